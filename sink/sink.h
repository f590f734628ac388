/* SPDX-License-Identifier: MIT
 *
 * The sink as an actor: takes partials from workers, keeps each source's once, says COUNTED, and writes the output when the
 * broker says FINALIZE and the figures agree. What keeps and writes is given: sink/merge.h for a merge, a fake in a test.
 */
#ifndef SHEAF_SINK_SINK_H
#define SHEAF_SINK_SINK_H

#include "sink/merge.h"
#include "wire/actor.h"

/* The functions of sink/merge.h by the same names; a fake casts its own struct. Called in the sink's thread only. */
struct sink_craft {
    enum fault (*open)(const struct job *job, struct span plan_message, struct merge **ret, struct why *why);
    void (*destroy)(struct merge **self);
    void (*source)(struct merge *self, const struct source *source);
    void (*issue)(struct merge *self, const struct issue *issue);
    enum fault (*add)(struct merge *self, uint32_t source, struct span bytes, struct sha256 sha,
                      enum merge_verdict *ret, struct why *why);
    void (*failed)(struct merge *self, uint32_t source, enum fault fault, struct span reason);
    enum fault (*finish)(struct merge *self, merge_progress *progress, void *context, struct merge_summary *ret,
                         struct why *why);
    enum fault (*each_issue)(struct merge *self,
                             enum fault (*visit)(void *context, const struct issue *issue, const struct source *source),
                             void *context);
};

struct sink_options {
    void *context; /* of wire/port; shared, outlives the actor */
    const char *workers_endpoint; /* bound */
    const char *broker_endpoint;  /* connected; both borrowed while it is opened */
    const struct sink_craft *craft; /* borrowed for ever */
};

extern const struct actor_role sink_role;

/* Real merges: sink/merge_craft.c. */
extern const struct sink_craft merge_craft;
/* Stack jobs: sink/stack_merge_craft.c. */
extern const struct sink_craft stack_merge_craft;

#endif

/* SPDX-License-Identifier: MIT
 *
 * A worker as an actor: takes tasks from the broker by credit, reads one source at a time, and delivers its partial to the
 * sink until that says COUNTED. What reads is given: workers/position_work.h for a merge, a fake in a test.
 */
#ifndef SHEAF_WORKERS_WORKER_H
#define SHEAF_WORKERS_WORKER_H

#include "wire/actor.h"
#include "wire/source.h"

/* How the sources of one kind of plan are read. Called in the worker's thread only. */
struct worker_craft {
    /* From the plan's encoding; NULL with `why`: no source of this job can be read. */
    void *(*begin)(struct span plan, struct why *why);
    /* Appends the partial to `out`; a fault fails the source. Must end with FAULT_CANCELLED soon after
     * interrupt_wanted() says so. *ret_cells: cells read, for progress. */
    enum fault (*read)(void *reader, const struct source *source, struct buffer *out, uint64_t *ret_cells,
                       struct why *why);
    void (*end)(void *reader);
};

struct worker_options {
    void *context; /* of wire/port; shared, outlives the actor */
    const char *broker_endpoint, *sink_endpoint; /* connected; borrowed while it is opened */
    const struct worker_craft *craft;            /* borrowed for ever */
    uint64_t nonce;                              /* no two workers of a broker may have the same */
};

extern const struct actor_role worker_role;

#endif

/* SPDX-License-Identifier: MIT
 *
 * Holds the plan that the reader borrows, and looks into each partial for the number of cells that progress shows.
 */
#include "workers/position_work.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/must.h"
#include "workers/position.h"

#define HEADER_ARENA_BYTES ((size_t)64 << 20)

struct position_job {
    struct plan plan;
    struct position_reader *reader;
    struct arena *arena;
};

static void end_position(void *context)
{
    struct position_job *self = context;
    position_reader_destroy(&self->reader);
    plan_free(&self->plan);
    arena_destroy(&self->arena);
    free(self);
}

static void *begin_position(struct span plan, struct why *why)
{
    struct position_job *self = must_alloc(sizeof *self);
    enum fault fault = plan_decode(plan, &self->plan);
    if (fault != FAULT_NONE) {
        (void)why_set(why, fault, "the plan of the job cannot be read: are all programs of the same version?");
        free(self);
        return NULL;
    }
    self->reader = position_reader_new(&self->plan);
    self->arena = arena_new(HEADER_ARENA_BYTES);
    return self;
}

static enum fault read_position(void *context, const struct source *source, struct buffer *out, uint64_t *ret_cells,
                                struct why *why)
{
    struct position_job *self = context;
    struct partial partial;
    enum fault fault = position_read(self->reader, source, &budget_default, out, why);
    if (fault != FAULT_NONE)
        return fault;
    arena_clear(self->arena);
    fault = partial_open(buffer_span(out), self->arena, &partial);
    if (fault == FAULT_NONE)
        *ret_cells = partial.counts.read;
    return fault;
}

const struct worker_craft position_work = {.begin = begin_position, .read = read_position, .end = end_position};

/* SPDX-License-Identifier: MIT
 *
 * The walk over the fragments of all used sources, in their order: out of the spool, past --dedupe, into the output.
 */
#ifndef SHEAF_SINK_STACK_JOIN_H
#define SHEAF_SINK_STACK_JOIN_H

#include "sink/stack_merge.h"
#include "sink/stack_writer.h"

struct stack_joined { /* of one source */
    uint64_t rows;    /* written */
    uint64_t duplicates, duplicate_cells;
};

struct stack_joiner;

struct stack_joiner *stack_joiner_new(const struct stack_parts *parts); /* borrowed */
void stack_joiner_destroy(struct stack_joiner **self);

/* While partial results still come: joins the sources that are there whole, in their order, up to the first that is not. So the
 * output is written beside the reading. Not with --dedupe. FAULT_IO: the spool does not hold what came, or the writer's. */
enum fault stack_joiner_advance(struct stack_joiner *self, struct stack_writer *writer, struct why *why) MUST_CHECK;
/* Whether `record` is what stack_joiner_advance waits for: then the bytes of its fragments need not be kept, if they are given
 * to stack_joiner_give before it. They are borrowed until it returns. */
bool stack_joiner_is_next(struct stack_joiner *self, uint32_t record);
void stack_joiner_give(struct stack_joiner *self, struct span bytes);

/* All is in: joins what is left. `writer` NULL: only what --dedupe would leave out is found. `joined` has room for every record of the
 * ledger, zeroed; the head of a source gets its figures. Faults as above, and FAULT_CANCELLED. */
enum fault stack_joiner_finish(struct stack_joiner *self, const struct merge_end *end, struct stack_writer *writer,
                               struct stack_joined *joined) MUST_CHECK;

#endif

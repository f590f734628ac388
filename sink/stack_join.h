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

/* `writer` NULL: only what --dedupe would leave out is found. `joined` has room for every record of the ledger, zeroed; the head of a
 * source gets its figures. FAULT_IO: the spool does not hold what came. FAULT_CANCELLED. */
enum fault stack_join(const struct merge_end *end, const struct stack_parts *parts, struct stack_writer *writer,
                      struct stack_joined *joined) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * The end of a stack: its rows are joined, then what became of every source is written and checked against what is there.
 */
#ifndef SHEAF_SINK_STACK_FINISH_H
#define SHEAF_SINK_STACK_FINISH_H

#include "sink/stack_join.h"

/* Up to so many columns an output is never sparse: its rows may be joined before all is known. */
#define STACK_SPARSE_COLUMNS 64u

/* What of the output was written ahead of the end. */
struct stack_ahead {
    struct stack_joiner *joiner;
    struct stack_writer *writer; /* NULL: nothing */
    uint32_t sheet_rows;         /* of one sheet, with its header */
};
void stack_ahead_free(struct stack_ahead *self);

/* The functions of struct merge_mode. */
enum fault stack_finish_output(const struct merge_end *end, const struct stack_parts *parts, struct stack_ahead *ahead) MUST_CHECK;
enum fault stack_finish_check(const struct merge_end *end, const struct stack_parts *parts) MUST_CHECK;
enum fault stack_finish_refused(const struct merge_end *end, const struct stack_parts *parts, const struct why *refusal) MUST_CHECK;

#endif

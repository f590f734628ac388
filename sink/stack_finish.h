/* SPDX-License-Identifier: MIT
 *
 * The end of a stack: its rows are joined, then what became of every source is written and checked against what is there.
 */
#ifndef SHEAF_SINK_STACK_FINISH_H
#define SHEAF_SINK_STACK_FINISH_H

#include "sink/stack_merge.h"

/* The functions of struct merge_mode. `sheet_rows`: of one sheet, with its header. */
enum fault stack_finish_output(const struct merge_end *end, const struct stack_parts *parts, uint32_t sheet_rows) MUST_CHECK;
enum fault stack_finish_check(const struct merge_end *end, const struct stack_parts *parts) MUST_CHECK;
enum fault stack_finish_refused(const struct merge_end *end, const struct stack_parts *parts, const struct why *refusal) MUST_CHECK;

#endif

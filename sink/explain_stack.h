/* SPDX-License-Identifier: MIT */
#ifndef SHEAF_SINK_EXPLAIN_STACK_H
#define SHEAF_SINK_EXPLAIN_STACK_H

#include "sink/stack_reader.h"

/* explain_cell for the output of a stack, into ret's arena. */
enum fault explain_stacked(struct output_file *file, const struct stack_book *book, size_t sheet, struct cell_ref cell,
                           struct explanation *ret, struct why *why) MUST_CHECK;

#endif

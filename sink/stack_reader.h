/* SPDX-License-Identifier: MIT
 *
 * Reading the output of a stack back, row by row: for `sheaf explain` and `sheaf diff`. It is known by the header of its Sources.
 */
#ifndef SHEAF_SINK_STACK_READER_H
#define SHEAF_SINK_STACK_READER_H

#include "sink/contributions_reader.h"

struct stack_book {
    size_t n_data;   /* the data stand in the first so many sheets */
    bool has_origin; /* their first columns say file, sheet and row of each row: not with --no-source-columns */
};

/* *ret_is_stack false: the output of another mode, or none of ours. */
enum fault stack_book_open(struct output_file *file, struct stack_book *ret, bool *ret_is_stack, struct why *why) MUST_CHECK;

struct stack_read_cell {
    uint32_t col;
    struct told value;
};

struct stack_read_row {
    uint32_t row; /* 0-based, in the output; the header is row 0 */
    const struct stack_read_cell *cells; /* those with a value, ascending; numbers in 15 digits */
    uint32_t n_cells;
    struct span file, sheet; /* with has_origin */
    uint64_t source_row;
};

/* Spans live during the call. A fault ends the reading and is returned. */
typedef enum fault stack_row_visit(void *context, const struct stack_read_row *row);
enum fault stack_rows_read(struct output_file *file, const struct stack_book *book, size_t sheet, stack_row_visit *visit, void *context,
                           struct why *why) MUST_CHECK;

#endif

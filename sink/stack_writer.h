/* SPDX-License-Identifier: MIT
 *
 * The data of a stack on its way out: the sheets "Data", "Data (2)", ... of a new workbook, or one file of CSV or JSON lines.
 * Fragments are joined as they are wherever that can be. The calls come in this order: new, fragments and rows, end, lists by
 * stack_writer_book, prepare, commit.
 */
#ifndef SHEAF_SINK_STACK_WRITER_H
#define SHEAF_SINK_STACK_WRITER_H

#include "sink/cells.h"
#include "wire/stack_partial.h"
#include "wire/stack_plan.h"

#define STACK_DATA_SHEET "Data"

struct stack_writer;

struct stack_writer_sheet {
    struct span name; /* "" for a text file */
    uint64_t rows;    /* of data */
};

/* `sheet_rows`: of one sheet, with its header; at least 2. `has_refs`: cells and rows get their r, gaps go. The plan is borrowed. */
enum fault stack_writer_new(const char *path, const struct job *job, const struct stack_plan *plan, uint32_t sheet_rows,
                            bool has_refs, struct stack_writer **ret, struct why *why) MUST_CHECK;
void stack_writer_destroy(struct stack_writer **self); /* without commit an earlier file stays as it was */

/* Joins fragments that stand one behind another: `joined` is their lengths and rows in all, and their joined CRC. They must be one
 * fragment only where `stack_writer_room` is less than their rows, or there are cell references to write. FAULT_CORRUPT: not what
 * `joined` says. */
enum fault stack_writer_join(struct stack_writer *self, const struct stack_fragment *joined, struct span bytes, struct why *why) MUST_CHECK;
/* Rows that a fragment may have to be joined as it is; 0: none is. */
uint64_t stack_writer_room(const struct stack_writer *self);
/* Rows as text (sink/row_text.h). */
enum fault stack_writer_rows(struct stack_writer *self, struct span rows, uint32_t n, struct why *why) MUST_CHECK;
/* All rows are there. */
enum fault stack_writer_end(struct stack_writer *self, struct why *why) MUST_CHECK;

uint64_t stack_writer_count(const struct stack_writer *self); /* rows of data so far */
uint32_t stack_writer_sheets(const struct stack_writer *self);
struct stack_writer_sheet stack_writer_sheet(const struct stack_writer *self, uint32_t sheet);
/* Where lists go; false for a text file, which has none. */
bool stack_writer_book(struct stack_writer *self, struct cells_book *ret);

/* As output_book_prepare and output_book_commit. */
enum fault stack_writer_prepare(struct stack_writer *self, const char **ret_readable, struct why *why) MUST_CHECK;
enum fault stack_writer_commit(struct stack_writer *self, struct why *why) MUST_CHECK;

#endif

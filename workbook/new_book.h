/* SPDX-License-Identifier: MIT
 *
 * A workbook written from nothing (ECMA-376-1 12.3): sheets stream out one after the other, the first of them often
 * joined from fragments that workers have rendered and deflated. Content types, relationships, workbook part, styles and the mark
 * of our outputs are written at the end. What Excel insists on (order of parts and elements, limits) is kept here.
 * One thread; nothing has its final name before commit.
 */
#ifndef SHEAF_WORKBOOK_NEW_BOOK_H
#define SHEAF_WORKBOOK_NEW_BOOK_H

#include "workbook/output_book.h"

struct new_book;

enum fault new_book_new(const char *path, enum deflate_level level, struct new_book **ret, struct why *why) MUST_CHECK;
void new_book_destroy(struct new_book **self); /* without commit an earlier file stays as it was */

/* Cell formats; number 0 is General, given by new_book_new. Give them before the first sheet that uses them is complete.
 * FAULT_LIMIT over 65,490. */
struct new_book_format {
    const char *code;  /* number format code; NULL or "General": none. A built-in code gets its built-in id */
    size_t code_len;
    bool bold, wrapped;
    const char *fill, *font_color; /* "FF" RRGGBB or NULL */
    bool bottom_border;
};
enum fault new_book_format(struct new_book *self, const struct new_book_format *format, uint32_t *ret) MUST_CHECK;

/* The looks of an output's lists; made when they are first asked for. */
uint32_t new_book_style(struct new_book *self, enum output_style style);

/* --- a table: rows that come as fragments (wire/stack_partial.h), or are put here --- */
struct new_book_table {
    const struct sheet_column *columns; /* widths */
    size_t n_columns;
    uint32_t frozen_rows, frozen_cols;
    uint32_t filter_columns; /* an autofilter over so many columns from row 1 to the last row; 0 = none */
};
/* The name is made valid and unique as in "Data", "Data (2)"; *ret_name lives as long as self. One table at a time. */
enum fault new_book_begin_table(struct new_book *self, struct span name, const struct new_book_table *table, struct span *ret_name,
                                struct why *why) MUST_CHECK;
/* <row> elements as text: they are deflated here. `n_rows` of them. */
enum fault new_book_rows(struct new_book *self, struct span rows, uint32_t n_rows, struct why *why) MUST_CHECK;
/* The same, deflated already. */
enum fault new_book_join(struct new_book *self, struct span deflated, uint32_t crc32, uint64_t raw_len, uint32_t n_rows,
                         struct why *why) MUST_CHECK;
enum fault new_book_end_table(struct new_book *self, struct why *why) MUST_CHECK;

/* --- a small sheet, cell by cell (Sources, Issues); several may be open; they come after the tables in the order of adding --- */
enum fault new_book_add_sheet(struct new_book *self, struct span name, struct sheet_writer **ret, struct span *ret_name,
                              struct why *why) MUST_CHECK;

void new_book_mark(struct new_book *self, struct span value); /* as output_book_mark */
void new_book_stamp(struct new_book *self);
/* As output_book_prepare and output_book_commit. */
enum fault new_book_prepare(struct new_book *self, bool durable, const char **ret_readable, struct why *why) MUST_CHECK;
enum fault new_book_commit(struct new_book *self, struct why *why) MUST_CHECK;
uint64_t new_book_bytes(const struct new_book *self);

#endif

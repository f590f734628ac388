/* SPDX-License-Identifier: MIT
 *
 * A new worksheet written as a stream, row by row, into an entry spool: memory does not grow with rows.
 * Text goes out as inline strings (the template's shared strings stay as they are), characters that XML cannot hold
 * as _xHHHH_, and text that looks like an escape is escaped again. Text is never a formula. Limits of
 * Excel (rows, columns, 32,767 UTF-16 units per cell) are the caller's to split at; meeting one here is FAULT_LIMIT.
 */
#ifndef SHEAF_WORKBOOK_SHEET_WRITER_H
#define SHEAF_WORKBOOK_SHEET_WRITER_H

#include "core/decimal.h"
#include "workbook/cell_ref.h"
#include "workbook/package_writer.h"

struct sheet_writer; /* made by output_book_add_sheet, which owns it */

struct sheet_column {
    uint32_t first, last; /* 0-based */
    double width;         /* characters */
};

/* Before the first row. Freeze `rows` and `cols` at the top left (0 = none); an autofilter over `filter` columns of row
 * `filter_row` (0 columns = none) down to the last row written. */
void sheet_writer_columns(struct sheet_writer *self, const struct sheet_column *columns, size_t n);
void sheet_writer_freeze(struct sheet_writer *self, uint32_t rows, uint32_t cols);
void sheet_writer_filter(struct sheet_writer *self, uint32_t filter_row, uint32_t filter_columns);

/* Rows ascend, columns ascend within a row. */
enum fault sheet_writer_row(struct sheet_writer *self, uint32_t row) MUST_CHECK;
enum fault sheet_writer_text(struct sheet_writer *self, uint32_t col, struct span text, uint32_t style) MUST_CHECK;
enum fault sheet_writer_number(struct sheet_writer *self, uint32_t col, double value, uint32_t style) MUST_CHECK;
enum fault sheet_writer_decimal(struct sheet_writer *self, uint32_t col, struct decimal value, uint32_t style) MUST_CHECK;
enum fault sheet_writer_boolean(struct sheet_writer *self, uint32_t col, bool value, uint32_t style) MUST_CHECK;
enum fault sheet_writer_error(struct sheet_writer *self, uint32_t col, struct span error, uint32_t style) MUST_CHECK;
enum fault sheet_writer_blank(struct sheet_writer *self, uint32_t col, uint32_t style) MUST_CHECK;
/* An internal link on a cell of a row already begun ("Income!B7", sheet name quoted by the caller via sheet_quote). Kept
 * until the end; at most 65,530 per sheet, further ones are ignored and counted. */
void sheet_writer_link(struct sheet_writer *self, uint32_t row, uint32_t col, struct span location);

/* --- for output_book and new_book only -------------------------------------------------------------------- */
/* `is_strict`: the workbook is a Strict one (ISO/IEC 29500-1), whose sheets have another namespace. */
enum fault sheet_writer_new(enum deflate_level level, const char *spool_folder, bool is_strict,
                            struct sheet_writer **ret, struct why *why) MUST_CHECK;
/* The same over any sink: nothing is spooled, and finish gives no spool. */
struct sheet_writer *sheet_writer_new_over(codec_sink *sink, void *context);
void sheet_writer_destroy(struct sheet_writer **self);
/* Everything so far goes out, whole rows; the caller puts the next `n_rows` rows into the sink himself. FAULT_LIMIT: more rows
 * than a sheet has; nothing goes out then. */
enum fault sheet_writer_pass(struct sheet_writer *self, uint32_t n_rows) MUST_CHECK;
/* Ends the sheet; the spool belongs to the writer. Gives the first fault met, also by calls that return none. */
enum fault sheet_writer_finish(struct sheet_writer *self, struct entry_spool **ret_spool) MUST_CHECK;
/* The autofilter's range ("$A$1:$F$9") for its defined name, after finish; false without an autofilter. */
bool sheet_writer_filter_range(const struct sheet_writer *self, struct buffer *out);
uint64_t sheet_writer_links_ignored(const struct sheet_writer *self);

/* 'My Sheet' quoting of a sheet name for a location or formula. */
void sheet_quote(struct span name, struct buffer *out);

#endif

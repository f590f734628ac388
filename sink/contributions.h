/* SPDX-License-Identifier: MIT
 *
 * Where every number comes from, written as a stream: one row per result cell. The layout is a contract: sink/explain.c
 * reads it back, so every header and position stands here and nowhere else.
 *
 * Wide (sheet "Contributions"; a further one, "Contributions (2)" ..., when the rows are full; every sheet has the header):
 *     row 1:  Sheet | Cell | Row label | Column label | Function | Result | n | <identity of source 1> | <source 2> | ...
 *     then one row per cell that has a contributor, ascending by the template's sheets, row-major. All sources of the job
 *     stand in source order, failed ones too. An empty cell = this source has nothing to contribute there. Kinds stay: number
 *     (dates and durations as numbers with a date or duration format), text (also when it begins with =), boolean, error.
 *     Result is empty when the sources' values gave none (function `same` that disagrees); the issue says so.
 * Long (more sources than columns): the same seven columns, then Source | Value, one row per contribution.
 *     The wide form is never used for exactly two sources that are called "Source" and "Value": the header tells the form.
 * CSV (--contributions=csv, or too much for sheets): the long form beside the workbook, "out.xlsx" -> "out.contributions.csv":
 *     UTF-8 with a byte order mark, RFC 4180 with CR LF, decimal point, TRUE/FALSE. A text that begins with = + - @, a tab, a
 *     carriage return or an apostrophe gets one apostrophe before it; numbers never.
 * Original (--preset=original): a title in row 1, the header in row 5: Cell | File Name | Contribution.
 *
 * The template may have a sheet "Contributions" of its own: ours then is "Contributions (2)". Find ours by the header.
 */
#ifndef SHEAF_SINK_CONTRIBUTIONS_H
#define SHEAF_SINK_CONTRIBUTIONS_H

#include "sink/results.h"
#include "workbook/output_book.h"

#define CONTRIBUTIONS_SHEET "Contributions"

enum contributions_column {
    CONTRIBUTIONS_COL_SHEET,
    CONTRIBUTIONS_COL_CELL,
    CONTRIBUTIONS_COL_ROW_LABEL,
    CONTRIBUTIONS_COL_COLUMN_LABEL,
    CONTRIBUTIONS_COL_FUNCTION,
    CONTRIBUTIONS_COL_RESULT,
    CONTRIBUTIONS_COL_N,
    CONTRIBUTIONS_FIXED_COLS, /* wide: the first source's column */
    CONTRIBUTIONS_COL_SOURCE = CONTRIBUTIONS_FIXED_COLS, /* long and CSV */
    CONTRIBUTIONS_COL_VALUE,
    CONTRIBUTIONS_LONG_COLS,
};

/* Header texts by column; the last two only in the long form. */
#define CONTRIBUTIONS_HEADERS \
    {"Sheet", "Cell", "Row label", "Column label", "Function", "Result", "n", "Source", "Value"}

#define CONTRIBUTIONS_HEADER_ROW 0u /* 0-based */
#define CONTRIBUTIONS_WIDE_SOURCES_MAX (16384u - CONTRIBUTIONS_FIXED_COLS) /* 16,377 */
#define CONTRIBUTIONS_LONG_SHEETS_MAX 32u /* more rows than these hold: CSV */

#define CONTRIBUTIONS_CSV_SUFFIX ".contributions.csv" /* replaces the extension of the output path */

#define ORIGINAL_CONTRIBUTIONS_HEADER_ROW 4u /* 0-based: row 5 */
#define ORIGINAL_CONTRIBUTIONS_HEADERS {"Cell", "File Name", "Contribution"}
#define ORIGINAL_PLAIN_SHEET "Consolidated (Plain)"

struct contributions;

/* AUTO: wide while the sources fit the columns, then long while the rows fit the sheets, then CSV. A form that was asked for and
 * does not fit gives the next one that does. `n_parts` = contributions of all cells. */
enum contributions_form contributions_choose(enum contributions_form wanted, struct ledger *ledger, uint64_t n_parts);

/* Everything is borrowed until destroy. `form` as chosen, not AUTO; `csv_path` for CONTRIBUTIONS_CSV. NONE writes nothing. */
enum fault contributions_new(enum contributions_form form, struct output_book *book, const struct plan *plan,
                             struct results *results, struct ledger *ledger, const char *csv_path,
                             struct contributions **ret, struct why *why) MUST_CHECK;
/* Removes a CSV that was not committed. */
void contributions_destroy(struct contributions **self);
enum fault contributions_cell(struct contributions *self, const struct result_cell *cell, struct why *why) MUST_CHECK;
/* Where the first row of the cell written last stands: false without a sheet. 0-based. The name lives as long as the book. */
bool contributions_place(const struct contributions *self, struct span *ret_sheet, uint32_t *ret_row);
/* Completes the CSV, and gives it its name; nothing to do for sheets. */
enum fault contributions_finish(struct contributions *self, struct why *why) MUST_CHECK;
enum fault contributions_commit(struct contributions *self, struct why *why) MUST_CHECK;

#endif

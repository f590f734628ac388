/* SPDX-License-Identifier: MIT
 *
 * What a row below the header is: data, blank, the header again, a total, or text below the table. Rows come in ascending
 * order. A row is watched only as far as it is suspect: usually its first cell alone is looked at.
 *
 * Two questions need what stands above: is this number the sum of its column, and was there a blank row since the last row of
 * data? A judge that did not see the sheet from its beginning (a slice) or did not add up says so (`wants_past`); its owner
 * then has another judge read the sheet up to this row, and gives its memory to this one (row_judge_recall).
 */
#ifndef SHEAF_WORKERS_ROW_JUDGE_H
#define SHEAF_WORKERS_ROW_JUDGE_H

#include "wire/stack_layout.h"
#include "workbook/sheet.h"
#include "workers/row_totals.h"

#define ROW_FOOTERS_MAX 64u /* more rows of text than these in a row are no footer */

enum row_verdict { ROW_DATA, ROW_BLANK, ROW_REPEATED, ROW_TOTAL, ROW_DOUBTFUL, ROW_FOOTER };

enum row_watch {
    ROW_WATCH_FIRST = 1,  /* the first cell is still to come */
    ROW_WATCH_HEADER = 2, /* so far the header's texts */
    ROW_WATCH_TOTAL = 4,  /* begins with a word for a total */
    ROW_WATCH_FOOTER = 8, /* so far text in few columns, maybe below a blank row */
    ROW_WATCH_SUM = 16,   /* numbers are added up */
};

struct row_number {
    uint32_t index; /* of the layout's column */
    double value;
};

struct row_judge {
    const struct stack_layout_sheet *sheet; /* borrowed */
    bool keeps_totals, keeps_footers;
    /* the open row */
    unsigned watch; /* enum row_watch; 0: its cells need not be shown */
    uint32_t row;
    bool has_value, has_word;
    uint32_t n_texts, n_header, n_others; /* n_others: values that are no numbers */
    struct row_number *numbers;
    uint32_t n_numbers;
    /* what is remembered */
    bool knows_block; /* whether a blank row was seen since the last row of data */
    bool is_in_block;
    uint32_t n_block; /* rows of text in it */
    bool knows_sums;
    uint32_t last_row;
    struct row_column_sums *sums; /* by the layout's column */
};

void row_judge_init(struct row_judge *self, bool keeps_totals, bool keeps_footers);
void row_judge_free(struct row_judge *self);
/* A sheet begins, or a part of it that does not begin at the top (`is_part`); `adds`: sums from the start. */
void row_judge_open(struct row_judge *self, const struct stack_layout_sheet *sheet, bool is_part, bool adds);
/* `row` is 1-based and below the header. Sets self->watch. */
void row_judge_begin(struct row_judge *self, uint32_t row);
/* A cell with a value in column `index` of the layout, while self->watch is not 0. `is_date`: by its format. */
void row_judge_cell(struct row_judge *self, uint32_t index, const struct cell *cell, bool is_date);
/* A formula without a cached value: the row is not blank, and neither header nor text below the table. */
void row_judge_uncached(struct row_judge *self);
/* True: row_judge_recall must come before row_judge_end. */
bool row_judge_wants_past(const struct row_judge *self);
/* Takes the memory of a judge that has seen the sheet up to this row. */
void row_judge_recall(struct row_judge *self, struct row_judge *past);
enum row_verdict row_judge_end(struct row_judge *self);

#endif

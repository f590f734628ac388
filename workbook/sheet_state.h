/* SPDX-License-Identifier: MIT
 *
 * The inside of the sheet scanner, shared by its complete road (sheet_scanner.c) and its fast one (sheet_fast.c).
 */
#ifndef SHEAF_WORKBOOK_SHEET_STATE_H
#define SHEAF_WORKBOOK_SHEET_STATE_H

#include "core/buffer.h"
#include "workbook/markup.h"
#include "workbook/shared_strings_table.h"
#include "workbook/sheet_scanner.h"

/* Per cell, calls and what they save and restore would be a third of the work. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Where the scanner stands. Leaves and unknown elements are not places: they are counted in `skip`. */
enum sheet_place {
    BEFORE_ROOT,
    IN_SHEET,
    IN_COLUMNS,
    IN_MERGES,
    IN_DATA,
    IN_ROW,
    IN_CELL,
    IN_VALUE,
    IN_FORMULA,
    IN_INLINE,
    IN_RUN,
    IN_TEXT,
};

/* The `t` of a cell (ECMA-376-1 18.18.11). */
enum stored_type { STORED_NUMBER, STORED_SHARED, STORED_STRING, STORED_INLINE, STORED_BOOLEAN, STORED_ERROR, STORED_DATE };

struct sheet_scanner {
    struct markup *markup;
    struct sheet_handler handler;
    const struct shared_strings *strings;
    uint32_t n_strings;
    struct why *why;
    enum sheet_place place;
    unsigned skip; /* open elements that do not matter, from the outermost one on */
    bool is_in_run; /* IN_TEXT within <r>, not directly within <is> */

    uint32_t row, next_row, next_col; /* of the open row; what a missing r stands for */
    bool has_row;
    uint64_t row_text, row_mask; /* the digits of the open row's number as they stand in its cells' r, and 0xFF for each */
    unsigned row_digits;
    struct expected_cell {
        uint64_t text, mask; /* what r="..." is likely to hold, with the closing quote */
        uint64_t step;       /* added to the text for the next column */
        unsigned left;       /* columns up to Z; 0: nothing is expected */
        unsigned len;        /* without the quote */
        uint32_t col;
    } expected;
    char row_tag[40]; /* what followed r="..." in the last row that the fast road took, if that said nothing of interest */
    size_t row_tag_len;

    uint64_t cells, max_cells;
    struct cell cell; /* what goes to the handler; members that do not change from cell to cell stay */
    enum stored_type stored;
    bool has_value_element, has_inline;
    struct buffer *text;           /* where wanted text goes: one of the next three */
    struct buffer value, inlined, formula;
};

/* Gives self->cell to the handler if that wants it, and clears what only formulas set. */
static ALWAYS_INLINE enum fault sheet_emit(struct sheet_scanner *self)
{
    struct cell *cell = &self->cell;
    if (!cell->has_value && !cell->formula && !self->handler.wants_blanks)
        return FAULT_NONE;
    enum fault fault = self->handler.cell ? self->handler.cell(self->handler.self, cell) : FAULT_NONE;
    if (cell->formula) {
        cell->formula = FORMULA_NONE;
        cell->formula_text = (struct span){NULL, 0};
        cell->has_formula_range = false;
        cell->shared_index = 0;
    }
    return fault;
}

/* Columns follow each other as a rule: A7, B7, C7. `text` begins with the reference of column `col` and its quote; the one
 * that is `skip` (0 or 1) behind it is expected next. */
static ALWAYS_INLINE void sheet_expect_cell(struct expected_cell *self, uint64_t text, unsigned len, unsigned n_letters,
                                            uint32_t col, unsigned skip)
{
    self->left = 0;
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    if (len > 7 || col + skip >= GRID_COLS)
        return;
    unsigned at = 8 * (n_letters - 1), most = GRID_COLS - col - skip;
    self->mask = UINT64_MAX >> (8 * (7 - len));
    self->step = UINT64_C(1) << at;
    self->left = 'Z' + 1 - (unsigned)(text >> at & 0xFF) - skip;
    self->left = self->left < most ? self->left : most;
    self->text = (text & self->mask) + (skip ? self->step : 0);
    self->len = len;
    self->col = col + skip;
#else
    (void)text, (void)len, (void)n_letters, (void)col, (void)skip;
#endif
}

/* The value of a cell that names a shared text; index < n_strings. */
static ALWAYS_INLINE void sheet_take_string(struct sheet_scanner *self, uint32_t index)
{
    if (self->strings && !self->handler.wants_indexes) {
        self->cell.value = shared_strings_at(self->strings, index);
    } else {
        self->cell.value = span_make(cell_text_unread, 0);
        self->cell.string_index = index;
    }
}

/* Opens row `row` (0-based) for the rows and cells that follow. */
enum fault sheet_open_row(struct sheet_scanner *self, uint32_t row, bool is_hidden) MUST_CHECK;
/* FAULT_LIMIT when there are too many. */
enum fault sheet_over_limit(struct sheet_scanner *self) MUST_CHECK;

typedef const char *sheet_fast_road(void *self, const char *at, const char *end, enum fault *ret_fault);
/* NULL when the machine or the build lacks it. */
sheet_fast_road *sheet_fast_find(enum scan_road road);

#endif

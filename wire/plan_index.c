/* SPDX-License-Identifier: MIT
 *
 * What follows from a plan and is not sent: input numbers and the way back from them, folded names,
 * and the indexes that find the labels of a cell. Built once by plan_seal; then read by any thread.
 */
#include "wire/plan.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"

/* a merged label over more lines than this is seen from its own cell only */
#define SHADOWS_MAX 4000000u
/* how many constants a row label's search walks over: bounds the work per cell */
#define CONSTANTS_PASSED 64u

static bool fold_name(struct plan_sheet *sheet, struct arena *arena)
{
    struct buffer folded;
    buffer_init(&folded, sheet->name.len * 4 + 16);
    utf8_fold(sheet->name, &folded);
    sheet->folded_name = arena_copy(arena, buffer_span(&folded));
    buffer_free(&folded);
    return sheet->folded_name.data != NULL;
}

static bool number_inputs(struct plan_sheet *sheet, struct arena *arena, uint32_t first)
{
    size_t n = (size_t)plan_area_rows(sheet) * plan_area_cols(sheet);
    uint32_t inputs = 0;
    for (size_t i = 0; i < n; i++)
        inputs += sheet->cells[i].role == ROLE_INPUT;
    if (inputs > PLAN_INPUTS_MAX - first)
        return false;
    sheet->first_input = first;
    sheet->n_inputs = inputs;
    sheet->input_of = arena_alloc(arena, n * sizeof *sheet->input_of);
    sheet->cell_of = arena_alloc(arena, inputs * sizeof *sheet->cell_of);
    if (!sheet->input_of || !sheet->cell_of)
        return false;
    uint32_t input = 0;
    for (size_t i = 0; i < n; i++) {
        if (sheet->cells[i].role == ROLE_INPUT) {
            sheet->cell_of[input] = (uint32_t)i;
            sheet->input_of[i] = first + input++;
        } else {
            sheet->input_of[i] = PLAN_NO_INPUT;
        }
    }
    return true;
}

static int by_line(const void *a, const void *b)
{
    const struct plan_shadow *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->label < y->label ? -1 : x->label > y->label;
}

/* How many lines a label is seen from in each direction: 1, or those of the merged area that it
 * anchors. */
static struct plan_range seen_from(const struct plan_sheet *sheet, const struct plan_label *label)
{
    const struct plan_range *merge = plan_merge_at(sheet, label->row, label->col);
    return merge ? *merge : (struct plan_range){label->row, label->col, label->row, label->col};
}

static bool shadow_labels(struct plan_sheet *sheet, struct arena *arena)
{
    uint64_t rows = 0, cols = 0;
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        struct plan_range range = seen_from(sheet, &sheet->labels[i]);
        rows += range.last_row - range.first_row + 1;
        cols += range.last_col - range.first_col + 1;
    }
    bool is_wide = rows <= SHADOWS_MAX && cols <= SHADOWS_MAX;
    sheet->n_by_row = is_wide ? (uint32_t)rows : sheet->n_labels;
    sheet->n_by_column = is_wide ? (uint32_t)cols : sheet->n_labels;
    sheet->by_row = arena_alloc(arena, sheet->n_by_row * sizeof *sheet->by_row);
    sheet->by_column = arena_alloc(arena, sheet->n_by_column * sizeof *sheet->by_column);
    if (!sheet->by_row || !sheet->by_column)
        return false;
    uint32_t r = 0, c = 0;
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        const struct plan_label *label = &sheet->labels[i];
        struct plan_range range = {label->row, label->col, label->row, label->col};
        if (is_wide)
            range = seen_from(sheet, label);
        for (uint32_t row = range.first_row; row <= range.last_row; row++)
            sheet->by_row[r++] = (struct plan_shadow){row, label->col, i};
        for (uint32_t col = range.first_col; col <= range.last_col; col++)
            sheet->by_column[c++] = (struct plan_shadow){col, label->row, i};
    }
    qsort(sheet->by_row, sheet->n_by_row, sizeof *sheet->by_row, by_line);
    qsort(sheet->by_column, sheet->n_by_column, sizeof *sheet->by_column, by_line);
    return true;
}

int plan_range_compare(const void *a, const void *b)
{
    const struct plan_range *x = a, *y = b;
    if (x->first_row != y->first_row)
        return x->first_row < y->first_row ? -1 : 1;
    if (x->first_col != y->first_col)
        return x->first_col < y->first_col ? -1 : 1;
    if (x->last_row != y->last_row)
        return x->last_row < y->last_row ? -1 : 1;
    return x->last_col < y->last_col ? -1 : x->last_col > y->last_col;
}

enum fault plan_seal(struct plan *self)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < self->n_sheets; i++) {
        struct plan_sheet *sheet = &self->sheets[i];
        if (sheet->n_merges)
            qsort(sheet->merges, sheet->n_merges, sizeof *sheet->merges, plan_range_compare);
        if (!fold_name(sheet, self->arena) || !number_inputs(sheet, self->arena, n) ||
            !shadow_labels(sheet, self->arena))
            return FAULT_LIMIT;
        n += sheet->n_inputs;
    }
    self->n_inputs = n;
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    plan_encode(&bytes, self);
    self->hash = sha256_of(buffer_span(&bytes));
    buffer_free(&bytes);
    return FAULT_NONE;
}

static uint32_t sheet_of(const struct plan *self, uint32_t input)
{
    must(input < self->n_inputs);
    uint32_t low = 0, high = self->n_sheets;
    while (
        high - low >
        1) { /* the last sheet that begins at or before the input; empty ones share a beginning */
        uint32_t middle = low + (high - low) / 2;
        if (self->sheets[middle].first_input <= input)
            low = middle;
        else
            high = middle;
    }
    return low;
}

void plan_locate(const struct plan *self, uint32_t input, uint32_t *ret_sheet, uint32_t *ret_row,
                 uint32_t *ret_col)
{
    uint32_t index = sheet_of(self, input);
    const struct plan_sheet *sheet = &self->sheets[index];
    uint32_t place = sheet->cell_of[input - sheet->first_input];
    *ret_sheet = index;
    *ret_row = sheet->area.first_row + place / plan_area_cols(sheet);
    *ret_col = sheet->area.first_col + place % plan_area_cols(sheet);
}

const struct plan_cell *plan_cell_of(const struct plan *self, uint32_t input)
{
    const struct plan_sheet *sheet = &self->sheets[sheet_of(self, input)];
    return &sheet->cells[sheet->cell_of[input - sheet->first_input]];
}

const struct plan_label *plan_label_at(const struct plan_sheet *sheet, uint32_t row, uint32_t col)
{
    uint32_t low = 0, high = sheet->n_labels;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct plan_label *label = &sheet->labels[middle];
        if (label->row == row && label->col == col)
            return label;
        if (label->row < row || (label->row == row && label->col < col))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct plan_range *plan_merge_at(const struct plan_sheet *sheet, uint32_t row, uint32_t col)
{
    uint32_t low = 0, high = sheet->n_merges;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct plan_range *merge = &sheet->merges[middle];
        if (merge->first_row == row && merge->first_col == col)
            return merge;
        if (merge->first_row < row || (merge->first_row == row && merge->first_col < col))
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* How many shadows stand before (line, at). */
static uint32_t shadows_before(const struct plan_shadow *shadows, uint32_t n, uint32_t line,
                               uint32_t at)
{
    uint32_t low = 0, high = n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (shadows[middle].line < line ||
            (shadows[middle].line == line && shadows[middle].at < at))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_text(const struct plan_sheet *sheet, const struct plan_label *label)
{
    return sheet->cells[plan_place(sheet, label->row, label->col)].role == ROLE_LABEL;
}

struct span plan_row_label(const struct plan *self, uint32_t input)
{
    uint32_t index, row, col;
    plan_locate(self, input, &index, &row, &col);
    const struct plan_sheet *sheet = &self->sheets[index];
    uint32_t i = shadows_before(sheet->by_row, sheet->n_by_row, row, col);
    const struct plan_label *nearest = NULL;
    for (uint32_t passed = 0;
         i > 0 && sheet->by_row[i - 1].line == row && passed < CONSTANTS_PASSED; i--, passed++) {
        const struct plan_label *label = &sheet->labels[sheet->by_row[i - 1].label];
        if (is_text(sheet, label))
            return label->shown;
        nearest = nearest ? nearest : label;
    }
    return nearest ? nearest->shown : (struct span){"", 0};
}

struct span plan_column_label(const struct plan *self, uint32_t input)
{
    uint32_t index, row, col;
    plan_locate(self, input, &index, &row, &col);
    const struct plan_sheet *sheet = &self->sheets[index];
    uint32_t i = shadows_before(sheet->by_column, sheet->n_by_column, col, row);
    if (i == 0 || sheet->by_column[i - 1].line != col)
        return (struct span){"", 0};
    return sheet->labels[sheet->by_column[i - 1].label].shown;
}

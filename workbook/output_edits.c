/* SPDX-License-Identifier: MIT
 *
 * Edits are kept in the order of calls, 24 bytes each, and settled once: sorted, the last value of a cell and the last
 * style of a cell win.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/output_state.h"

static int compare(const struct edit *a, const struct edit *b)
{
    if (a->row != b->row)
        return a->row < b->row ? -1 : 1;
    return (a->col > b->col) - (a->col < b->col);
}

/* NULL, with the fault kept for write, where a sheet cannot take edits. */
static struct output_sheet *target(struct output_book *self, size_t index, struct cell_ref at)
{
    must(index < self->n_sheets && at.row < GRID_ROWS && at.col < GRID_COLS);
    const struct book_sheet *sheet = &self->book->sheets[index];
    if (sheet->kind == SHEET_WORKSHEET && sheet->entry != PACKAGE_NONE)
        return &self->sheets[self->sheets[index].same_as];
    struct why why = {0};
    why_set(&why, FAULT_UNSUPPORTED, "the template's sheet is no worksheet: nothing can be written to it");
    why_at_sheet(&why, sheet->name);
    output_fail(self, FAULT_UNSUPPORTED, &why);
    return NULL;
}

void output_edit_add(struct output_sheet *sheet, const struct edit *edit)
{
    if (sheet->n_edits == sheet->edits_capacity) {
        sheet->edits_capacity = sheet->edits_capacity ? sheet->edits_capacity * 2 : 64;
        sheet->edits = must_realloc(sheet->edits, sheet->edits_capacity * sizeof *sheet->edits);
    }
    sheet->is_sorted = sheet->n_edits == 0 || (sheet->is_sorted && compare(&sheet->edits[sheet->n_edits - 1], edit) < 0);
    sheet->edits[sheet->n_edits++] = *edit;
}

static void add(struct output_book *self, size_t sheet, struct cell_ref at, enum edit_kind kind, double number,
                uint32_t style)
{
    struct output_sheet *to = target(self, sheet, at);
    if (to)
        output_edit_add(to, &(struct edit){.row = at.row, .col = (uint16_t)at.col, .kind = (uint8_t)kind, .style = style, .number = number});
}

static void add_text(struct output_book *self, size_t sheet, struct cell_ref at, enum edit_kind kind, struct span text,
                     uint32_t style)
{
    struct output_sheet *to = target(self, sheet, at);
    if (!to)
        return;
    if (text.len > UINT32_MAX / 2 || buffer_append(&self->texts, text)) {
        struct why why = {0};
        why_set(&why, FAULT_LIMIT, "the results hold too much text");
        output_fail(self, FAULT_LIMIT, &why);
        return;
    }
    output_edit_add(to, &(struct edit){.row = at.row, .col = (uint16_t)at.col, .kind = (uint8_t)kind, .style = style,
                                       .text_len = (uint32_t)text.len, .text_at = self->texts.len - text.len});
}

void output_book_set_number(struct output_book *self, size_t sheet, struct cell_ref at, double value, uint32_t style)
{
    add(self, sheet, at, EDIT_NUMBER, value, style);
}

void output_book_set_text(struct output_book *self, size_t sheet, struct cell_ref at, struct span text, uint32_t style)
{
    add_text(self, sheet, at, EDIT_TEXT, text, style);
}

void output_book_set_boolean(struct output_book *self, size_t sheet, struct cell_ref at, bool value, uint32_t style)
{
    add(self, sheet, at, EDIT_BOOLEAN, value, style);
}

void output_book_set_error(struct output_book *self, size_t sheet, struct cell_ref at, struct span error, uint32_t style)
{
    add_text(self, sheet, at, EDIT_ERROR, error, style);
}

void output_book_set_style(struct output_book *self, size_t sheet, struct cell_ref at, uint32_t style)
{
    add(self, sheet, at, EDIT_STYLE, 0, style);
}

/* Stable merge sort: equal cells keep the order of calls. */
static void sort_edits(struct edit *edits, struct edit *spare, size_t n)
{
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t low = 0; low + width < n; low += 2 * width) {
            size_t middle = low + width, high = middle + width < n ? middle + width : n;
            size_t a = low, b = middle, to = low;
            while (a < middle || b < high)
                spare[to++] = b == high || (a < middle && compare(&edits[a], &edits[b]) <= 0) ? edits[a++] : edits[b++];
            memcpy(edits + low, spare + low, (high - low) * sizeof *edits);
        }
    }
}

static void join(struct edit *kept, const struct edit *later)
{
    uint32_t style = later->style == STYLE_KEEP ? kept->style : later->style;
    bool is_overruled = edit_is_cache(later->kind) && !edit_is_cache(kept->kind) && kept->kind != EDIT_STYLE;
    if (later->kind != EDIT_STYLE && !is_overruled)
        *kept = *later;
    kept->style = style;
}

void output_edits_settle(struct output_sheet *sheet)
{
    if (sheet->is_sorted || !sheet->n_edits)
        return;
    struct edit *spare = must_alloc(sheet->n_edits * sizeof *spare);
    sort_edits(sheet->edits, spare, sheet->n_edits);
    free(spare);
    size_t kept = 0;
    for (size_t i = 1; i < sheet->n_edits; i++) {
        if (compare(&sheet->edits[kept], &sheet->edits[i]) == 0)
            join(&sheet->edits[kept], &sheet->edits[i]);
        else
            sheet->edits[++kept] = sheet->edits[i];
    }
    sheet->n_edits = kept + 1;
    sheet->is_sorted = true;
}

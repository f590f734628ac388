/* SPDX-License-Identifier: MIT
 *
 * Reading a template sheet whole: a template is a form, not a data sheet, and roles need to see it
 * all at once.
 */
#include "ventilator/template_sheet.h"

#include <stdlib.h>

#include "core/must.h"
#include "wire/plan.h"

#define TEXT_BYTES_MAX ((size_t)512 << 20)

/* Room for one more; false when `max` is reached. */
static bool grow(void **items, uint32_t n, uint32_t *capacity, size_t size, uint32_t max)
{
    if (n < *capacity)
        return true;
    if (n >= max)
        return false;
    *capacity = *capacity ? *capacity * 2 : 64;
    *items = must_realloc(*items, *capacity * size);
    return true;
}

static enum fault add_range(struct cell_range **ranges, uint32_t *n, uint32_t *capacity,
                            struct cell_range range)
{
    if (!grow((void **)ranges, *n, capacity, sizeof **ranges, TEMPLATE_MERGES_MAX))
        return FAULT_LIMIT;
    (*ranges)[(*n)++] = range;
    return FAULT_NONE;
}

static enum fault on_cell(void *self, const struct cell *cell)
{
    struct template_sheet *sheet = self;
    if (!grow((void **)&sheet->cells, sheet->n_cells, &sheet->cells_capacity, sizeof *sheet->cells,
              PLAN_CELLS_MAX))
        return FAULT_LIMIT;
    struct template_cell *to = &sheet->cells[sheet->n_cells++];
    *to = (struct template_cell){cell->row,
                                 cell->col,
                                 cell->style,
                                 cell->type,
                                 cell->formula != FORMULA_NONE,
                                 cell->value.len ? arena_copy(sheet->arena, cell->value) : SPAN("")};
    if (!to->value.data)
        return FAULT_LIMIT;
    bool fills = cell->formula == FORMULA_ARRAY || cell->formula == FORMULA_DATA_TABLE;
    if (fills && cell->has_formula_range)
        return add_range(&sheet->arrays, &sheet->n_arrays, &sheet->arrays_capacity,
                         cell->formula_range);
    return FAULT_NONE;
}

static enum fault on_merge(void *self, struct cell_range range)
{
    struct template_sheet *sheet = self;
    return add_range(&sheet->merges, &sheet->n_merges, &sheet->merges_capacity, range);
}

static enum fault on_protection(void *self)
{
    struct template_sheet *sheet = self;
    sheet->is_protected = true;
    return FAULT_NONE;
}

static int by_address(const void *a, const void *b)
{
    const struct template_cell *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->col < y->col ? -1 : x->col > y->col;
}

static bool is_row_major(const struct template_sheet *sheet)
{
    for (uint32_t i = 1; i < sheet->n_cells; i++) {
        if (by_address(&sheet->cells[i - 1], &sheet->cells[i]) >= 0)
            return false;
    }
    return true;
}

/* Stable merge sort from the bottom up: of cells with one address the last in the file must stay
 * last. */
static void sort_cells(struct template_sheet *sheet)
{
    struct template_cell *spare = must_alloc(sheet->n_cells * sizeof *spare), *from = sheet->cells,
                         *to = spare;
    for (uint32_t width = 1; width < sheet->n_cells; width *= 2) {
        for (uint32_t begin = 0; begin < sheet->n_cells; begin += 2 * width) {
            uint32_t left = begin, middle = begin + width, end = begin + 2 * width;
            middle = middle < sheet->n_cells ? middle : sheet->n_cells;
            end = end < sheet->n_cells ? end : sheet->n_cells;
            uint32_t right = middle;
            for (uint32_t i = begin; i < end; i++) {
                bool takes_left =
                    left < middle && (right == end || by_address(&from[left], &from[right]) <= 0);
                to[i] = takes_left ? from[left++] : from[right++];
            }
        }
        struct template_cell *swap = from;
        from = to;
        to = swap;
    }
    sheet->cells = from;
    sheet->cells_capacity = sheet->n_cells; /* `spare` may be the one that stays */
    free(to);
}

static void settle_cells(struct template_sheet *sheet)
{
    if (is_row_major(sheet))
        return;
    sort_cells(sheet);
    uint32_t n = 0;
    for (uint32_t i = 0; i < sheet->n_cells; i++) {
        if (n && by_address(&sheet->cells[n - 1], &sheet->cells[i]) == 0)
            n--;
        sheet->cells[n++] = sheet->cells[i];
    }
    sheet->n_cells = n;
}

enum fault template_sheet_read(struct book *book, size_t index,
                               const struct shared_strings *strings, struct template_sheet *ret,
                               struct why *why)
{
    struct template_sheet self = {.arena = arena_new(TEXT_BYTES_MAX)};
    struct sheet_handler handler = {.self = &self,
                                    .cell = on_cell,
                                    .merge = on_merge,
                                    .protection = on_protection,
                                    .wants_blanks = true};
    enum fault fault = sheet_scan(book, index, strings, &handler, why);
    if (fault == FAULT_LIMIT && why && why->fault == FAULT_NONE)
        why_set(why, FAULT_LIMIT, "too many cells, texts or merged areas for a template");
    if (fault == FAULT_NONE)
        fault = template_notes_read(book, index, &self, why);
    if (fault != FAULT_NONE) {
        why_at_sheet(why, book->sheets[index].name);
        template_sheet_free(&self);
        return fault;
    }
    settle_cells(&self);
    *ret = self;
    return FAULT_NONE;
}

void template_sheet_free(struct template_sheet *self)
{
    free(self->cells);
    free(self->merges);
    free(self->arrays);
    free(self->notes);
    arena_destroy(&self->arena);
    *self = (struct template_sheet){0};
}

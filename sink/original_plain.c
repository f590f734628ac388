/* SPDX-License-Identifier: MIT
 *
 * "Consolidated (Plain)" merges two streams that both ascend: the template's cells, kept from one scan of the active sheet, and
 * the results of a walk, which win where both have a cell.
 */
#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "sink/cells.h"
#include "sink/contributions.h"
#include "sink/original.h"
#include "workbook/shared_strings.h"
#include "workbook/sheet.h"

#define TEXT_BYTES ((size_t)1 << 30)
#define CELLS_MAX 4000000u
#define NO_ROW UINT32_MAX

struct kept_cell {
    uint32_t row, col, order; /* a cell given twice: the later one counts */
    enum cell_type type;
    struct span value; /* from the arena */
};

struct plain {
    struct cells cells;
    const struct plan *plan;
    struct arena *arena;
    struct kept_cell *kept;
    uint32_t n_kept, capacity, next;
    uint32_t row; /* being written */
};

static enum fault keep_cell(void *context, const struct cell *cell)
{
    struct plain *self = context;
    if (!cell->has_value || cell->type == CELL_BLANK)
        return FAULT_NONE;
    if (self->n_kept == CELLS_MAX)
        return FAULT_LIMIT;
    if (self->n_kept == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 1024;
        self->kept = must_realloc(self->kept, self->capacity * sizeof *self->kept);
    }
    struct span value = arena_copy(self->arena, cell->value);
    if (!value.data)
        return FAULT_LIMIT;
    self->kept[self->n_kept] = (struct kept_cell){cell->row, cell->col, self->n_kept, cell->type, value};
    self->n_kept++;
    return FAULT_NONE;
}

static int by_place(const void *a, const void *b)
{
    const struct kept_cell *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->col != y->col)
        return x->col < y->col ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static bool is_same_cell(const struct kept_cell *a, const struct kept_cell *b)
{
    return a->row == b->row && a->col == b->col;
}

static enum fault go_to(struct plain *self, uint32_t row)
{
    if (self->row == row)
        return FAULT_NONE;
    self->row = row;
    return sheet_writer_row(self->cells.sheet, row);
}

static enum fault write_kept(struct plain *self, const struct kept_cell *kept)
{
    double number;
    enum fault fault = go_to(self, kept->row);
    if (fault != FAULT_NONE)
        return fault;
    uint32_t style = cells_style(&self->cells, OUTPUT_PLAIN);
    if (kept->type == CELL_NUMBER && number_parse(kept->value, &number) == FAULT_NONE)
        return sheet_writer_number(self->cells.sheet, kept->col, number, style);
    if (kept->type == CELL_BOOLEAN)
        return sheet_writer_boolean(self->cells.sheet, kept->col, span_is(kept->value, "1"), style);
    if (kept->type == CELL_ERROR)
        return sheet_writer_error(self->cells.sheet, kept->col, kept->value, style);
    return cells_text(&self->cells, kept->col, kept->value, OUTPUT_PLAIN);
}

/* Writes the template's cells before (row, col), and passes over one at it when the result replaces it. */
static enum fault write_until(struct plain *self, uint32_t row, uint32_t col, bool replaces)
{
    enum fault fault = FAULT_NONE;
    for (; self->next < self->n_kept && fault == FAULT_NONE; self->next++) {
        const struct kept_cell *kept = &self->kept[self->next];
        bool is_before = kept->row < row || (kept->row == row && kept->col < col);
        bool is_here = kept->row == row && kept->col == col;
        bool is_repeated = self->next + 1 < self->n_kept && is_same_cell(kept, kept + 1);
        if (!is_before && !(is_here && replaces))
            break;
        if (is_before && !is_repeated)
            fault = write_kept(self, kept);
    }
    return fault;
}

static enum fault put_result(void *context, const struct result_cell *cell)
{
    struct plain *self = context;
    if (cell->result.n == 0 || cell->result.kind == RESULT_NONE || cell->sheet != 0)
        return FAULT_NONE;
    enum fault fault = write_until(self, cell->row, cell->col, true);
    if (fault == FAULT_NONE)
        fault = go_to(self, cell->row);
    return fault == FAULT_NONE ? cells_result(&self->cells, cell->col, cell) : fault;
}

static enum fault read_template(struct plain *self, struct book *book, struct why *why)
{
    struct shared_strings *strings = NULL;
    enum fault fault = shared_strings_read(book, &strings, why);
    struct sheet_handler handler = {.self = self, .cell = keep_cell};
    if (fault == FAULT_NONE)
        fault = sheet_scan(book, self->plan->sheets[0].template_index, strings, &handler, why);
    shared_strings_destroy(&strings);
    if (self->n_kept)
        qsort(self->kept, self->n_kept, sizeof *self->kept, by_place);
    return fault;
}

enum fault original_plain_write(struct output_book *output, struct book *template_book, const struct plan *plan,
                                struct results *results, struct why *why)
{
    struct plain self = {.cells = {cells_of_output(output), results, NULL}, .plan = plan, .arena = arena_new(TEXT_BYTES), .row = NO_ROW};
    struct span name;
    enum fault fault = read_template(&self, template_book, why);
    if (fault == FAULT_NONE)
        fault = cells_add_sheet(&self.cells, SPAN(ORIGINAL_PLAIN_SHEET), &name, why);
    if (fault == FAULT_NONE)
        fault = results_each(results, put_result, &self);
    if (fault == FAULT_NONE)
        fault = write_until(&self, GRID_ROWS, 0, false);
    arena_destroy(&self.arena);
    free(self.kept);
    return fault;
}

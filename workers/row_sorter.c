/* SPDX-License-Identifier: MIT */
#include "workers/row_sorter.h"

#include <stdlib.h>

#include "core/must.h"

struct kept_row {
    uint32_t row;
    bool is_hidden;
};

struct kept_cell {
    uint32_t row, col, style;
    uint32_t text_len;
    uint64_t order; /* of arrival */
    size_t text_at;
    uint8_t type, formula;
    bool has_value;
};

struct row_sorter {
    struct kept_row *rows;
    struct kept_cell *cells;
    size_t n_rows, rows_room, n_cells, cells_room;
    struct buffer texts;
};

struct row_sorter *row_sorter_new(void)
{
    struct row_sorter *self = must_alloc(sizeof *self);
    buffer_init(&self->texts, ROW_SORTER_BYTES_MAX);
    return self;
}

void row_sorter_destroy(struct row_sorter **self)
{
    if (!*self)
        return;
    free((*self)->rows);
    free((*self)->cells);
    buffer_free(&(*self)->texts);
    free(*self);
    *self = NULL;
}

void row_sorter_clear(struct row_sorter *self)
{
    self->n_rows = self->n_cells = 0;
    buffer_clear(&self->texts);
}

/* The room that one more needs; 0: too much. */
static size_t next_room(size_t n, size_t room, size_t size)
{
    if (n < room)
        return room;
    size_t more = room ? room * 2 : 256;
    return more <= ROW_SORTER_BYTES_MAX / size ? more : 0;
}

enum fault row_sorter_row(struct row_sorter *self, const struct sheet_row *row)
{
    size_t room = next_room(self->n_rows, self->rows_room, sizeof *self->rows);
    if (!room)
        return FAULT_LIMIT;
    if (room != self->rows_room)
        self->rows = must_realloc(self->rows, room * sizeof *self->rows);
    self->rows_room = room;
    self->rows[self->n_rows++] = (struct kept_row){row->row, row->is_hidden};
    return FAULT_NONE;
}

enum fault row_sorter_cell(struct row_sorter *self, const struct cell *cell)
{
    size_t room = next_room(self->n_cells, self->cells_room, sizeof *self->cells);
    if (!room)
        return FAULT_LIMIT;
    if (room != self->cells_room)
        self->cells = must_realloc(self->cells, room * sizeof *self->cells);
    self->cells_room = room;
    self->cells[self->n_cells] = (struct kept_cell){.row = self->n_rows ? self->rows[self->n_rows - 1].row : cell->row,
                                                    .col = cell->col,
                                                    .style = cell->style,
                                                    .text_len = (uint32_t)cell->value.len,
                                                    .order = self->n_cells,
                                                    .text_at = self->texts.len,
                                                    .type = (uint8_t)cell->type,
                                                    .formula = (uint8_t)cell->formula,
                                                    .has_value = cell->has_value};
    self->n_cells++;
    return buffer_append(&self->texts, cell->value);
}

static int compare_rows(const void *a, const void *b)
{
    const struct kept_row *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static int compare_cells(const void *a, const void *b)
{
    const struct kept_cell *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->col != y->col)
        return x->col < y->col ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static bool is_replaced(const struct row_sorter *self, size_t i)
{
    return i + 1 < self->n_cells && self->cells[i + 1].row == self->cells[i].row && self->cells[i + 1].col == self->cells[i].col;
}

static struct cell make_cell(const struct row_sorter *self, const struct kept_cell *kept)
{
    return (struct cell){.row = kept->row,
                         .col = kept->col,
                         .style = kept->style,
                         .type = (enum cell_type)kept->type,
                         .formula = (enum cell_formula)kept->formula,
                         .has_value = kept->has_value,
                         .value = kept->text_len ? span_make(self->texts.data + kept->text_at, kept->text_len) : SPAN("")};
}

/* The cells of one row, from `at` on; *ret_next behind them. */
static enum fault give_row(struct row_sorter *self, const struct row_sorter_handler *handler, const struct sheet_row *row,
                           size_t at, size_t *ret_next)
{
    uint32_t lost = 0;
    size_t end = at;
    for (; end < self->n_cells && self->cells[end].row == row->row; end++)
        lost += is_replaced(self, end);
    *ret_next = end;
    enum fault fault = handler->row(handler->self, row, lost);
    for (; at < end && fault == FAULT_NONE; at++) {
        struct cell cell = make_cell(self, &self->cells[at]);
        if (!is_replaced(self, at))
            fault = handler->cell(handler->self, &cell);
    }
    return fault;
}

enum fault row_sorter_give(struct row_sorter *self, const struct row_sorter_handler *handler)
{
    if (self->n_rows)
        qsort(self->rows, self->n_rows, sizeof *self->rows, compare_rows);
    if (self->n_cells)
        qsort(self->cells, self->n_cells, sizeof *self->cells, compare_cells);
    enum fault fault = FAULT_NONE;
    size_t at = 0;
    for (size_t i = 0; i < self->n_rows && fault == FAULT_NONE;) {
        struct sheet_row row = {.row = self->rows[i].row};
        for (; i < self->n_rows && self->rows[i].row == row.row; i++)
            row.is_hidden |= self->rows[i].is_hidden;
        fault = give_row(self, handler, &row, at, &at);
    }
    row_sorter_clear(self);
    return fault;
}

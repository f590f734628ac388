/* SPDX-License-Identifier: MIT
 *
 * Sorted slots and an index of the rows that have any: a column's range costs its rows, not its rows times the width of the
 * sheet.
 */
#include "workbook/formula_grid.h"

#include <stdlib.h>

#include "core/must.h"

void grid_free(struct grid *self)
{
    free(self->slots);
    free(self->rows);
    free(self->hidden);
    *self = (struct grid){0};
}

static bool is_before(const struct slot *a, const struct slot *b)
{
    return a->row != b->row ? a->row < b->row : a->col < b->col;
}

struct slot *grid_add(struct grid *self, uint32_t row, uint32_t col)
{
    if (self->n_slots == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 256;
        self->slots = must_realloc(self->slots, self->capacity * sizeof *self->slots);
    }
    struct slot *slot = &self->slots[self->n_slots];
    *slot = (struct slot){.row = row, .col = (uint16_t)col, .formula = NO_FORMULA};
    if (self->n_slots == 0)
        self->is_sorted = true;
    else if (!is_before(slot - 1, slot))
        self->is_sorted = false;
    self->n_slots++;
    return slot;
}

void grid_hide(struct grid *self, uint32_t row)
{
    if (self->n_hidden == self->hidden_capacity) {
        self->hidden_capacity = self->hidden_capacity ? self->hidden_capacity * 2 : 64;
        self->hidden = must_realloc(self->hidden, self->hidden_capacity * sizeof *self->hidden);
    }
    self->hidden[self->n_hidden++] = row;
}

static int compare_rows(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Bottom-up merge sort: stable, so that the later of two slots for a cell stays the later, and no worst case. */
static void sort_slots(struct grid *self)
{
    size_t n = self->n_slots;
    struct slot *from = self->slots, *to = must_alloc(n * sizeof *to);
    for (size_t width = 1; width < n; width *= 2) {
        for (size_t start = 0; start < n; start += 2 * width) {
            size_t a = start, a_end = start + width < n ? start + width : n;
            size_t b = a_end, b_end = a_end + width < n ? a_end + width : n;
            for (size_t out = start; out < b_end; out++) {
                bool takes_b = a == a_end || (b < b_end && is_before(&from[b], &from[a]));
                to[out] = from[takes_b ? b++ : a++];
            }
        }
        struct slot *swap = from;
        from = to;
        to = swap;
    }
    free(to);
    self->slots = from;
    self->capacity = n;
}

static void drop_replaced(struct grid *self)
{
    size_t kept = 0;
    for (size_t i = 0; i < self->n_slots; i++) {
        bool is_replaced = i + 1 < self->n_slots && self->slots[i + 1].row == self->slots[i].row &&
                           self->slots[i + 1].col == self->slots[i].col;
        if (!is_replaced)
            self->slots[kept++] = self->slots[i];
    }
    self->n_slots = kept;
}

static void index_rows(struct grid *self)
{
    size_t n = 0;
    for (size_t i = 0; i < self->n_slots; i++)
        n += i == 0 || self->slots[i].row != self->slots[i - 1].row;
    free(self->rows);
    self->rows = must_alloc((n + 1) * sizeof *self->rows);
    self->n_rows = 0;
    for (size_t i = 0; i < self->n_slots; i++)
        if (i == 0 || self->slots[i].row != self->slots[i - 1].row)
            self->rows[self->n_rows++] = (struct grid_row){self->slots[i].row, (uint32_t)i};
    self->rows[n] = (struct grid_row){UINT32_MAX, (uint32_t)self->n_slots};
}

void grid_index(struct grid *self)
{
    if (!self->is_sorted && self->n_slots) {
        sort_slots(self);
        drop_replaced(self);
        self->is_sorted = true;
    }
    index_rows(self);
    if (self->n_hidden)
        qsort(self->hidden, self->n_hidden, sizeof *self->hidden, compare_rows);
}

/* The first index row that is not above `row`. */
static size_t seek_row(const struct grid *self, uint32_t row)
{
    size_t low = 0, high = self->n_rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->rows[middle].row < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static size_t seek_column(const struct grid *self, size_t low, size_t high, uint32_t col)
{
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->slots[middle].col < col)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct slot *grid_find(const struct grid *self, uint32_t row, uint32_t col)
{
    size_t at = seek_row(self, row);
    if (at == self->n_rows || self->rows[at].row != row)
        return NULL;
    size_t end = self->rows[at + 1].first, slot = seek_column(self, self->rows[at].first, end, col);
    return slot < end && self->slots[slot].col == col ? &self->slots[slot] : NULL;
}

static size_t seek_hidden(const struct grid *self, uint32_t row)
{
    size_t low = 0, high = self->n_hidden;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (self->hidden[middle] < row)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool grid_is_hidden(const struct grid *self, uint32_t row)
{
    return grid_has_hidden(self, row, row);
}

bool grid_has_hidden(const struct grid *self, uint32_t first_row, uint32_t last_row)
{
    size_t at = seek_hidden(self, first_row);
    return at < self->n_hidden && self->hidden[at] <= last_row;
}

struct grid_walk grid_walk_begin(const struct grid *self, struct cell_range range)
{
    return (struct grid_walk){.grid = self,
                              .range = range,
                              .row = seek_row(self, range.first.row),
                              .end_row = seek_row(self, range.last.row + 1)};
}

struct slot *grid_walk_next(struct grid_walk *self)
{
    const struct grid *grid = self->grid;
    for (;;) {
        if (self->slot < self->end && grid->slots[self->slot].col <= self->range.last.col)
            return &grid->slots[self->slot++];
        if (self->row >= self->end_row)
            return NULL;
        self->end = grid->rows[self->row + 1].first;
        self->slot = seek_column(grid, grid->rows[self->row].first, self->end, self->range.first.col);
        self->row++;
    }
}

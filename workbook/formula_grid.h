/* SPDX-License-Identifier: MIT
 *
 * What a calculation knows of one sheet: the cells that are there, row by row, and nothing for those that are not. A range
 * of any size is walked in steps of present cells.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_GRID_H
#define SHEAF_WORKBOOK_FORMULA_GRID_H

#include "core/arena.h"
#include "workbook/formula.h"

#define NO_FORMULA UINT32_MAX

/* 32 bytes would do for a calc_value alone; millions of them are kept. */
struct slot {
    uint32_t row;
    uint16_t col;
    uint8_t kind;     /* calc_kind; CALC_BLANK: nothing here (a result that was taken away) */
    uint32_t len;     /* of text */
    uint32_t formula; /* an index of the calculation's formulas, or NO_FORMULA */
    union {
        double number;
        const char *text;
    };
};

struct grid_row {
    uint32_t row;
    uint32_t first; /* the slot that it begins with; its last is before the next row's first */
};

struct grid {
    struct slot *slots;
    size_t n_slots, capacity;
    bool is_sorted; /* false: a slot was added that does not come after the one before */
    struct grid_row *rows;
    size_t n_rows; /* one more entry behind the last says where it ends */
    uint32_t *hidden;
    size_t n_hidden, hidden_capacity; /* rows, ascending after grid_index */
};

void grid_free(struct grid *self);
/* The address of the new slot, valid until the next is added. A second slot for a cell replaces the first at grid_index. */
struct slot *grid_add(struct grid *self, uint32_t row, uint32_t col);
void grid_hide(struct grid *self, uint32_t row);
/* Puts slots and rows in order; after it and before the next grid_add the functions below may be called. */
void grid_index(struct grid *self);
struct slot *grid_find(const struct grid *self, uint32_t row, uint32_t col); /* NULL: blank */
bool grid_is_hidden(const struct grid *self, uint32_t row);
bool grid_has_hidden(const struct grid *self, uint32_t first_row, uint32_t last_row);

/* The present cells of a range, row by row. */
struct grid_walk {
    const struct grid *grid;
    struct cell_range range;
    size_t row, end_row; /* index of the next row, and of the first that is below the range */
    size_t slot, end; /* in the row at hand */
};
struct grid_walk grid_walk_begin(const struct grid *self, struct cell_range range);
struct slot *grid_walk_next(struct grid_walk *self); /* NULL: the end */

static inline struct calc_value slot_value(const struct slot *slot)
{
    struct calc_value value = {.kind = (enum calc_kind)slot->kind};
    if (slot->kind == CALC_TEXT || slot->kind == CALC_ERROR)
        value.text = span_make(slot->text, slot->len);
    else
        value.number = slot->number;
    return value;
}

static inline void slot_put(struct slot *slot, struct calc_value value)
{
    slot->kind = (uint8_t)value.kind;
    if (value.kind == CALC_TEXT || value.kind == CALC_ERROR) {
        slot->text = value.text.data;
        slot->len = (uint32_t)value.text.len;
    } else {
        slot->number = value.number;
    }
}

#endif

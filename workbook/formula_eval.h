/* SPDX-License-Identifier: MIT
 *
 * Evaluating one tree at one cell. A cell that is needed and not evaluated yet is noted, the evaluation goes on for as
 * long as it may find more of them, and its result is thrown away: formula.c evaluates those cells first and asks again.
 * So no formula recurses into another, however long the chain of cells.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_EVAL_H
#define SHEAF_WORKBOOK_FORMULA_EVAL_H

#include "workbook/formula_grid.h"
#include "workbook/formula_parse.h"
#include "workbook/formula_value.h"

enum formula_state { FORMULA_NEW, FORMULA_STARTED, FORMULA_DONE };

struct formula {
    const struct node *root; /* NULL: not a plain formula, its value is unknown */
    uint32_t slot;           /* in the grid of `sheet`; UINT32_MAX: its cell was replaced */
    uint32_t row, base_row;  /* where it stands; where its tree was written (shared formulas) */
    uint16_t col, base_col;
    uint16_t sheet;
    uint8_t state; /* formula_state */
    bool has_subtotal;
    bool is_array; /* {=...}: a range stays a range where a plain formula takes one cell of it */
    bool has_cached;
    struct calc_value cached;
};

struct calculation {
    struct arena *trees;   /* nodes, literals, names */
    struct arena *scratch; /* texts of one evaluation */
    struct text_pool *texts;
    struct grid *grids; /* one per sheet of the book, also for those that have no cells */
    size_t n_sheets;
    size_t n_cells;
    bool is_settled; /* false: cells were added since they were put in order */
    struct formula *formulas; /* in the order of loading */
    size_t n_formulas, capacity;
    struct formula_name *names;
    size_t n_names;
    uint64_t steps_left; /* each cell and node visited is one */
};

/* A rectangle of cells. */
struct area {
    size_t sheet;
    struct cell_range range;
};

/* What an argument gives: a value, or cells. */
struct operand {
    struct calc_value value;
    struct area area;
    bool is_area;    /* also a single cell */
    bool is_missing; /* the argument is left out; value is a blank */
};

/* How many cells one evaluation notes before it is tried again. */
#define NEEDS_MAX 65536

struct evaluation {
    struct calculation *calculation;
    const struct formula *formula;
    bool is_pending;  /* cells are missing: the result counts for nothing yet */
    bool is_circular; /* it needs itself: unknown */
    bool keeps_areas; /* inside SUMPRODUCT or an array formula: no implicit intersection */
    uint32_t *needs;  /* formulas to evaluate first; NEEDS_MAX of room */
    size_t n_needs;
};

/* The value of the formula, never blank. Its text lives in the tree, the grid or the scratch arena. */
struct calc_value evaluation_run(struct evaluation *self);

struct operand evaluate_operand(struct evaluation *self, const struct node *node);
/* One value: a range of several cells gives the one in the formula's own row or column, as Excel does it. */
struct calc_value evaluate_scalar(struct evaluation *self, const struct node *node);
struct calc_value evaluate_number(struct evaluation *self, const struct node *node);  /* NUMBER, ERROR, UNKNOWN */
struct calc_value evaluate_boolean(struct evaluation *self, const struct node *node); /* BOOLEAN, ERROR, UNKNOWN */
struct calc_value operand_scalar(struct evaluation *self, const struct operand *operand);
/* a & b & c ...: `n` texts joined; #VALUE! when too long for a cell. */
struct calc_value evaluation_join(struct evaluation *self, const struct span *texts, size_t n);

struct calc_value area_cell(struct evaluation *self, size_t sheet, uint32_t row, uint32_t col);

/* The cells of an area that are not blank. Cells still to be evaluated are noted and come as CALC_UNKNOWN. */
struct area_walk {
    struct evaluation *evaluation;
    struct grid_walk walk;
    const struct slot *slot; /* the one at hand */
};
struct area_walk area_begin(struct evaluation *self, const struct area *area);
bool area_next(struct area_walk *self, struct calc_value *ret);

static inline uint64_t area_cells(const struct area *area)
{
    return (uint64_t)(area->range.last.row - area->range.first.row + 1) *
           (area->range.last.col - area->range.first.col + 1);
}

/* The defined name `name` at load, as the value or area that it stands for. */
struct formula_name {
    struct span folded;
    uint32_t sheet; /* that it is local to, or UINT32_MAX */
    const struct node *root;
};

#endif

/* SPDX-License-Identifier: MIT
 *
 * A calculation: putting results in, evaluating the formulas in the order in which they need each other, telling the values.
 * Formulas wait on a stack of our own, never on the machine's.
 */
#include "workbook/formula.h"

#include <stdlib.h>

#include "core/must.h"
#include "workbook/formula_eval.h"
#include "workbook/text_pool.h"

/* About two seconds' worth; formulas that are not reached by then are unknown. */
#define STEPS_MAX 200000000u
/* Formulas waiting on the stack; one may wait in several places. */
#define WAITING_MAX ((size_t)4 << 20)
#define NO_SLOT UINT32_MAX

void calculation_destroy(struct calculation **self)
{
    if (!*self)
        return;
    for (size_t i = 0; i < (*self)->n_sheets; i++)
        grid_free(&(*self)->grids[i]);
    free((*self)->grids);
    free((*self)->formulas);
    free((*self)->names);
    text_pool_destroy(&(*self)->texts);
    arena_destroy(&(*self)->scratch);
    arena_destroy(&(*self)->trees);
    free(*self);
    *self = NULL;
}

static struct calc_value keep(struct calculation *self, struct calc_value value)
{
    if (value.kind != CALC_TEXT && value.kind != CALC_ERROR)
        return value;
    return text_pool_keep(self->texts, value.text, &value.text) ? value : value_unknown();
}

void calculation_set(struct calculation *self, size_t sheet, struct cell_ref at, struct calc_value value)
{
    must(sheet < self->n_sheets);
    slot_put(grid_add(&self->grids[sheet], at.row, at.col), keep(self, value));
    self->is_settled = false;
}

/* Puts the cells in order and ties formulas to them; one whose cell was replaced has none. */
static void settle(struct calculation *self)
{
    if (self->is_settled)
        return;
    for (size_t i = 0; i < self->n_formulas; i++)
        self->formulas[i].slot = NO_SLOT;
    for (size_t i = 0; i < self->n_sheets; i++) {
        struct grid *grid = &self->grids[i];
        grid_index(grid);
        for (size_t j = 0; j < grid->n_slots; j++)
            if (grid->slots[j].formula != NO_FORMULA)
                self->formulas[grid->slots[j].formula].slot = (uint32_t)j;
    }
    self->is_settled = true;
}

/* --- running -------------------------------------------------------------------------------------------------------- */

struct run {
    struct calculation *calculation;
    uint32_t *waiting; /* formulas; the last is evaluated next */
    size_t n, capacity;
    uint32_t *needs;
};

static void wait_for(struct run *self, uint32_t formula)
{
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 1024;
        self->waiting = must_realloc(self->waiting, self->capacity * sizeof *self->waiting);
    }
    self->waiting[self->n++] = formula;
}

/* Tables mostly depend downwards, so the first needed is evaluated first. */
static void wait_for_needs(struct run *self, size_t n)
{
    if (self->n + n > WAITING_MAX)
        n = 1;
    for (size_t i = n; i; i--)
        wait_for(self, self->needs[i - 1]);
}

/* False: it needs others first. */
static bool evaluate(struct run *self, struct formula *formula)
{
    struct calculation *calculation = self->calculation;
    struct evaluation evaluation = {.calculation = calculation, .formula = formula, .needs = self->needs};
    arena_clear(calculation->scratch);
    formula->state = FORMULA_STARTED;
    struct calc_value value = evaluation_run(&evaluation);
    if (evaluation.is_pending && !evaluation.is_circular && calculation->steps_left) {
        wait_for_needs(self, evaluation.n_needs);
        return false;
    }
    slot_put(&calculation->grids[formula->sheet].slots[formula->slot], keep(calculation, value));
    formula->state = FORMULA_DONE;
    return true;
}

static void evaluate_waiting(struct run *self)
{
    while (self->n) {
        struct formula *formula = &self->calculation->formulas[self->waiting[self->n - 1]];
        if (formula->state == FORMULA_DONE || evaluate(self, formula))
            self->n--;
    }
}

void calculation_run(struct calculation *self)
{
    struct run run = {.calculation = self, .needs = must_alloc(NEEDS_MAX * sizeof *run.needs)};
    settle(self);
    self->steps_left = STEPS_MAX;
    for (size_t i = 0; i < self->n_formulas; i++)
        self->formulas[i].state = FORMULA_NEW;
    for (size_t i = 0; i < self->n_formulas; i++) {
        if (self->formulas[i].slot == NO_SLOT)
            continue;
        wait_for(&run, (uint32_t)i);
        evaluate_waiting(&run);
    }
    free(run.waiting);
    free(run.needs);
}

/* --- results -------------------------------------------------------------------------------------------------------- */

static bool differs(const struct formula *formula, struct calc_value value)
{
    if (value.kind == CALC_UNKNOWN)
        return formula->has_cached;
    if (!formula->has_cached || value.kind != formula->cached.kind)
        return true;
    if (value.kind == CALC_TEXT || value.kind == CALC_ERROR)
        return !span_equal(value.text, formula->cached.text);
    return value.number != formula->cached.number;
}

enum fault calculation_each(struct calculation *self, calculation_visit *visit, void *context)
{
    settle(self);
    for (size_t i = 0; i < self->n_sheets; i++)
        for (size_t j = 0; j < self->grids[i].n_slots; j++) {
            const struct slot *slot = &self->grids[i].slots[j];
            if (slot->formula == NO_FORMULA)
                continue;
            struct calc_value value = slot_value(slot);
            enum fault fault = visit(context, i, (struct cell_ref){slot->row, slot->col}, &value,
                                     differs(&self->formulas[slot->formula], value));
            if (fault)
                return fault;
        }
    return FAULT_NONE;
}

struct calc_value calculation_get(struct calculation *self, size_t sheet, struct cell_ref at)
{
    must(sheet < self->n_sheets);
    settle(self);
    const struct slot *slot = grid_find(&self->grids[sheet], at.row, at.col);
    return slot ? slot_value(slot) : (struct calc_value){.kind = CALC_BLANK};
}

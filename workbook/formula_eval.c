/* SPDX-License-Identifier: MIT
 *
 * The tree walk: references with their shifts, operators, reading cells. Functions are in formula_functions.c.
 */
#include "workbook/formula_eval.h"

#include "core/utf8.h"
#include "workbook/formula_functions.h"

/* --- cells ------------------------------------------------------------------------------------------------------- */

static bool spend_step(struct evaluation *self)
{
    if (self->calculation->steps_left == 0)
        return false;
    self->calculation->steps_left--;
    return true;
}

static struct calc_value read_slot(struct evaluation *self, const struct slot *slot)
{
    if (!spend_step(self))
        return value_unknown();
    if (slot->formula == NO_FORMULA)
        return slot_value(slot);
    switch (self->calculation->formulas[slot->formula].state) {
    case FORMULA_DONE:
        return slot_value(slot);
    case FORMULA_STARTED:
        self->is_circular = true;
        break;
    default:
        self->is_pending = true;
        if (self->n_needs < NEEDS_MAX)
            self->needs[self->n_needs++] = slot->formula;
    }
    return value_unknown();
}

struct calc_value area_cell(struct evaluation *self, size_t sheet, uint32_t row, uint32_t col)
{
    const struct slot *slot = grid_find(&self->calculation->grids[sheet], row, col);
    return slot ? read_slot(self, slot) : (struct calc_value){.kind = CALC_BLANK};
}

struct area_walk area_begin(struct evaluation *self, const struct area *area)
{
    struct area_walk walk = {.evaluation = self,
                             .walk = grid_walk_begin(&self->calculation->grids[area->sheet], area->range)};
    /* Rows that have no cell in these columns cost time too. */
    uint64_t rows = walk.walk.end_row - walk.walk.row, *left = &self->calculation->steps_left;
    *left = *left > rows ? *left - rows : 0;
    return walk;
}

bool area_next(struct area_walk *self, struct calc_value *ret)
{
    /* Once it is circular, or there is no room to note more, the rest cannot matter. */
    struct evaluation *evaluation = self->evaluation;
    if (evaluation->is_circular || evaluation->n_needs == NEEDS_MAX)
        return false;
    do {
        self->slot = grid_walk_next(&self->walk);
        if (!self->slot)
            return false;
        *ret = read_slot(evaluation, self->slot);
    } while (ret->kind == CALC_BLANK);
    return true;
}

/* --- references -------------------------------------------------------------------------------------------------- */

static bool shift(uint32_t value, bool moves, uint32_t from, uint32_t to, uint32_t size, uint32_t *ret)
{
    int64_t moved = moves ? (int64_t)value + to - from : (int64_t)value;
    *ret = (uint32_t)moved;
    return moved >= 0 && moved < size; /* Excel goes round the edge of the sheet; nobody means that */
}

static struct operand operand_value(struct calc_value value)
{
    return (struct operand){.value = value};
}

static struct operand locate(const struct formula *formula, const struct node_reference *reference)
{
    uint32_t row1, row2, col1, col2;
    if (!shift(reference->row1, reference->flags & ROW1_MOVES, formula->base_row, formula->row, GRID_ROWS, &row1) ||
        !shift(reference->row2, reference->flags & ROW2_MOVES, formula->base_row, formula->row, GRID_ROWS, &row2) ||
        !shift(reference->col1, reference->flags & COL1_MOVES, formula->base_col, formula->col, GRID_COLS, &col1) ||
        !shift(reference->col2, reference->flags & COL2_MOVES, formula->base_col, formula->col, GRID_COLS, &col2))
        return operand_value(value_unknown());
    struct area area = {.sheet = reference->sheet == OWN_SHEET ? formula->sheet : (size_t)reference->sheet,
                        .range = {{row1 < row2 ? row1 : row2, col1 < col2 ? col1 : col2},
                                  {row1 < row2 ? row2 : row1, col1 < col2 ? col2 : col1}}};
    return (struct operand){.area = area, .is_area = true};
}

struct calc_value operand_scalar(struct evaluation *self, const struct operand *operand)
{
    if (!operand->is_area)
        return operand->value;
    const struct cell_range *range = &operand->area.range;
    const struct formula *formula = self->formula;
    uint32_t row = range->first.row, col = range->first.col;
    if (area_cells(&operand->area) > 1) {
        if (self->keeps_areas)
            return value_unknown();
        bool is_column = range->first.col == range->last.col, is_row = range->first.row == range->last.row;
        if (is_column && formula->row >= range->first.row && formula->row <= range->last.row)
            row = formula->row;
        else if (is_row && formula->col >= range->first.col && formula->col <= range->last.col)
            col = formula->col;
        else
            return is_column || is_row ? value_error("#VALUE!") : value_unknown();
    }
    return area_cell(self, operand->area.sheet, row, col);
}

struct calc_value evaluate_scalar(struct evaluation *self, const struct node *node)
{
    struct operand operand = evaluate_operand(self, node);
    return operand_scalar(self, &operand);
}

struct calc_value evaluate_number(struct evaluation *self, const struct node *node)
{
    return value_to_number(evaluate_scalar(self, node));
}

struct calc_value evaluate_boolean(struct evaluation *self, const struct node *node)
{
    return value_to_boolean(evaluate_scalar(self, node));
}

/* --- operators --------------------------------------------------------------------------------------------------- */

struct calc_value evaluation_join(struct evaluation *self, const struct span *texts, size_t n)
{
    size_t len = 0;
    for (size_t i = 0; i < n; i++)
        len += texts[i].len;
    if (len > 4 * TEXT_UNITS_MAX)
        return value_error("#VALUE!");
    char *out = arena_alloc(self->calculation->scratch, len + 1);
    if (!out)
        return value_unknown();
    size_t at = 0;
    for (size_t i = 0; i < n; i++) {
        if (texts[i].len)
            memcpy(out + at, texts[i].data, texts[i].len);
        at += texts[i].len;
    }
    struct span text = span_make(out, len);
    return len > TEXT_UNITS_MAX && utf16_units(text) > TEXT_UNITS_MAX ? value_error("#VALUE!") : value_text(text);
}

static struct calc_value concat(struct evaluation *self, struct calc_value a, struct calc_value b)
{
    char room_a[VALUE_TEXT_MAX], room_b[VALUE_TEXT_MAX];
    a = value_to_text(a, room_a);
    b = value_to_text(b, room_b);
    if (value_is_bad(a))
        return a;
    return value_is_bad(b) ? b : evaluation_join(self, (struct span[]){a.text, b.text}, 2);
}

/* The left operand's error wins; text that is no number and an error together: not known which. */
static struct calc_value calculate(enum node_operator op, struct calc_value a, struct calc_value b, bool is_last)
{
    if (value_is_bad(a))
        return a;
    a = value_to_number(a);
    if (a.kind == CALC_ERROR && value_is_bad(b))
        return value_unknown();
    b = value_to_number(b);
    if (value_is_bad(a))
        return a;
    return value_is_bad(b) ? b : value_arithmetic(op, a.number, b.number, is_last);
}

static struct calc_value compare(enum node_operator op, struct calc_value a, struct calc_value b)
{
    if (value_is_bad(a))
        return a;
    return value_is_bad(b) ? b : value_compare(op, a, b);
}

static struct calc_value evaluate_chain(struct evaluation *self, const struct node *chain)
{
    struct calc_value value = evaluate_scalar(self, chain->child);
    for (const struct node *node = chain->child->next; node; node = node->next) {
        /* Unknown for good: nothing to its right can change that. Pending: look for more to evaluate first. */
        if (value_is_unknown(value) && !self->is_pending)
            return value;
        struct calc_value other = evaluate_scalar(self, node);
        enum node_operator op = node->join;
        bool is_last = !node->next && chain == self->formula->root && !chain->is_grouped;
        if (op == OPERATOR_CONCAT)
            value = concat(self, value, other);
        else if (op < OPERATOR_CONCAT)
            value = compare(op, value, other);
        else
            value = calculate(op, value, other, is_last);
    }
    return value;
}

static struct calc_value evaluate_sign(struct evaluation *self, const struct node *node)
{
    struct calc_value value = evaluate_number(self, node->child);
    if (value.kind != CALC_NUMBER)
        return value;
    return value_number(node->kind == NODE_NEGATE ? -value.number : value.number / 100);
}

/* A name stands for what it names at its own place: only references that do not move are kept as names. */
static struct operand evaluate_name(struct evaluation *self, const struct node *node)
{
    return evaluate_operand(self, self->calculation->names[node->name].root);
}

struct operand evaluate_operand(struct evaluation *self, const struct node *node)
{
    if (!spend_step(self))
        return operand_value(value_unknown());
    switch ((enum node_kind)node->kind) {
    case NODE_NUMBER:
        return operand_value(value_number(node->number));
    case NODE_TEXT:
        return operand_value(value_text(node->text));
    case NODE_BOOLEAN:
        return operand_value(value_boolean(node->number != 0));
    case NODE_ERROR:
        return operand_value((struct calc_value){.kind = CALC_ERROR, .text = node->text});
    case NODE_REFERENCE:
        return locate(self->formula, &node->reference);
    case NODE_NAME:
        return evaluate_name(self, node);
    case NODE_MISSING:
        return (struct operand){.is_missing = true};
    case NODE_NEGATE:
    case NODE_PERCENT:
        return operand_value(evaluate_sign(self, node));
    case NODE_CHAIN:
        return operand_value(evaluate_chain(self, node));
    case NODE_CALL:
        return formula_function_call(self, node);
    case NODE_UNKNOWN:
        break;
    }
    return operand_value(value_unknown());
}

struct calc_value evaluation_run(struct evaluation *self)
{
    if (!self->formula->root)
        return value_unknown();
    self->keeps_areas = self->formula->is_array;
    struct calc_value value = evaluate_scalar(self, self->formula->root);
    if (self->is_circular || self->is_pending)
        return value_unknown();
    return value.kind == CALC_BLANK ? value_number(0) : value;
}

/* SPDX-License-Identifier: MIT
 *
 * Functions over many values. In cells, texts and booleans are passed over; given directly they count ("3" is 3, TRUE is 1).
 */
#include "workbook/formula_functions.h"
#include "workbook/formula_total.h"

enum aggregate {
    AGGREGATE_SUM,
    AGGREGATE_AVERAGE,
    AGGREGATE_COUNT,
    AGGREGATE_COUNTA,
    AGGREGATE_MAX,
    AGGREGATE_MIN,
    AGGREGATE_PRODUCT,
    AGGREGATE_NONE
};

struct gather {
    struct evaluation *evaluation;
    enum aggregate aggregate;
    bool skips_subtotals, skips_hidden;
    uint64_t n;
    double extreme, product;
    struct calc_value bad; /* the error to give, or unknown; blank while all is well */
    struct total total;
};

static void gather_begin(struct gather *self, struct evaluation *evaluation, enum aggregate aggregate)
{
    self->evaluation = evaluation;
    self->aggregate = aggregate;
    self->skips_subtotals = self->skips_hidden = false;
    self->n = 0;
    self->extreme = 0;
    self->product = 1;
    self->bad = (struct calc_value){.kind = CALC_BLANK};
    total_clear(&self->total);
}

/* Which of two different errors comes first is not documented. */
static struct calc_value worse(struct calc_value a, struct calc_value b)
{
    if (a.kind == CALC_BLANK || value_is_unknown(b))
        return b;
    return value_is_unknown(a) || span_equal(a.text, b.text) ? a : value_unknown();
}

static void take_number(struct gather *self, double number)
{
    self->n++;
    switch (self->aggregate) {
    case AGGREGATE_SUM:
    case AGGREGATE_AVERAGE:
        total_add(&self->total, number);
        break;
    case AGGREGATE_MAX:
        self->extreme = self->n == 1 || number > self->extreme ? number : self->extreme;
        break;
    case AGGREGATE_MIN:
        self->extreme = self->n == 1 || number < self->extreme ? number : self->extreme;
        break;
    case AGGREGATE_PRODUCT:
        self->product *= number;
        break;
    default:
        break;
    }
}

static void take_cell(struct gather *self, struct calc_value value)
{
    if (value_is_unknown(value))
        self->bad = value;
    else if (self->aggregate == AGGREGATE_COUNTA)
        self->n++;
    else if (value.kind == CALC_ERROR && self->aggregate != AGGREGATE_COUNT)
        self->bad = worse(self->bad, value);
    else if (value.kind == CALC_NUMBER)
        take_number(self, value.number);
}

static bool is_passed_over(const struct gather *self, const struct area_walk *walk)
{
    const struct slot *slot = walk->slot;
    if (self->skips_subtotals && slot->formula != NO_FORMULA &&
        self->evaluation->calculation->formulas[slot->formula].has_subtotal)
        return true;
    return self->skips_hidden && grid_is_hidden(walk->walk.grid, slot->row);
}

static void take_area(struct gather *self, const struct area *area)
{
    struct area_walk walk = area_begin(self->evaluation, area);
    struct calc_value value;
    while (area_next(&walk, &value)) {
        if (!is_passed_over(self, &walk))
            take_cell(self, value);
        /* Unknown for good, not for now. */
        if (value_is_unknown(self->bad) && !self->evaluation->is_pending)
            return;
    }
}

static void take_direct(struct gather *self, struct calc_value value)
{
    if (self->aggregate == AGGREGATE_COUNTA && !value_is_unknown(value)) {
        self->n++;
        return;
    }
    value = value_to_number(value);
    if (value.kind == CALC_NUMBER)
        take_number(self, value.number);
    else if (self->aggregate != AGGREGATE_COUNT || value_is_unknown(value))
        self->bad = worse(self->bad, value);
}

static void take_arguments(struct gather *self, const struct node *first)
{
    for (const struct node *node = first; node; node = node->next) {
        struct operand operand = evaluate_operand(self->evaluation, node);
        if (operand.is_area)
            take_area(self, &operand.area);
        else
            take_direct(self, operand.value);
    }
}

static struct calc_value finish(const struct gather *self)
{
    double result;
    if (self->bad.kind != CALC_BLANK)
        return self->bad;
    switch (self->aggregate) {
    case AGGREGATE_SUM:
        return total_sum(&self->total, &result) ? value_number(result) : value_error("#NUM!");
    case AGGREGATE_AVERAGE:
        if (self->n == 0)
            return value_error("#DIV/0!");
        return total_mean(&self->total, &result) ? value_number(result) : value_error("#NUM!");
    case AGGREGATE_COUNT:
    case AGGREGATE_COUNTA:
        return value_number((double)self->n);
    case AGGREGATE_MAX:
    case AGGREGATE_MIN:
        return value_number(self->extreme);
    case AGGREGATE_PRODUCT:
        return value_number(self->n ? self->product : 0);
    case AGGREGATE_NONE:
        break;
    }
    return value_unknown();
}

static struct calc_value aggregate(struct evaluation *self, const struct node *call, enum aggregate aggregate)
{
    struct gather gather;
    gather_begin(&gather, self, aggregate);
    take_arguments(&gather, call->child);
    return finish(&gather);
}

struct calc_value call_sum(struct evaluation *self, const struct node *call)
{
    return aggregate(self, call, AGGREGATE_SUM);
}

struct calc_value call_average(struct evaluation *self, const struct node *call)
{
    return aggregate(self, call, AGGREGATE_AVERAGE);
}

struct calc_value call_count(struct evaluation *self, const struct node *call)
{
    return aggregate(self, call, AGGREGATE_COUNT);
}

struct calc_value call_counta(struct evaluation *self, const struct node *call)
{
    return aggregate(self, call, AGGREGATE_COUNTA);
}

struct calc_value call_min(struct evaluation *self, const struct node *call)
{
    return aggregate(self, call, AGGREGATE_MIN);
}

struct calc_value call_max(struct evaluation *self, const struct node *call)
{
    return aggregate(self, call, AGGREGATE_MAX);
}

struct calc_value call_product(struct evaluation *self, const struct node *call)
{
    return aggregate(self, call, AGGREGATE_PRODUCT);
}

/* --- SUBTOTAL ------------------------------------------------------------------------------------------------------ */

/* 1 ... 11 leave out rows that a filter hides but not those hidden by hand; the file does not tell one from the other.
 * 101 ... 111 leave out both. */
static void take_subtotal_area(struct gather *self, const struct area *area)
{
    const struct grid *grid = &self->evaluation->calculation->grids[area->sheet];
    if (!self->skips_hidden && grid_has_hidden(grid, area->range.first.row, area->range.last.row))
        self->bad = value_unknown();
    take_area(self, area);
}

struct calc_value call_subtotal(struct evaluation *self, const struct node *call)
{
    static const enum aggregate aggregates[] = {
        AGGREGATE_NONE, AGGREGATE_AVERAGE, AGGREGATE_COUNT, AGGREGATE_COUNTA, AGGREGATE_MAX,
        AGGREGATE_MIN,  AGGREGATE_PRODUCT, AGGREGATE_NONE,  AGGREGATE_NONE,   AGGREGATE_SUM,
    };
    struct calc_value number = evaluate_number(self, call->child);
    if (number.kind != CALC_NUMBER)
        return number;
    bool skips_hidden = number.number >= 100;
    double index = skips_hidden ? number.number - 100 : number.number;
    if (!(index >= 1 && index < 10))
        return value_unknown();
    struct gather gather;
    gather_begin(&gather, self, aggregates[(int)index]);
    gather.skips_hidden = skips_hidden;
    gather.skips_subtotals = true;
    for (const struct node *node = call->child->next; node; node = node->next) {
        struct operand operand = evaluate_operand(self, node);
        if (!operand.is_area)
            return value_unknown();
        take_subtotal_area(&gather, &operand.area);
    }
    return finish(&gather);
}

/* --- COUNTBLANK, AND, OR -------------------------------------------------------------------------------------------- */

struct calc_value call_countblank(struct evaluation *self, const struct node *call)
{
    struct operand operand = evaluate_operand(self, call->child);
    if (!operand.is_area)
        return value_unknown();
    uint64_t filled = 0;
    bool is_unknown = false;
    struct area_walk walk = area_begin(self, &operand.area);
    struct calc_value value;
    while (area_next(&walk, &value)) {
        is_unknown |= value_is_unknown(value);
        filled += value.kind != CALC_TEXT || value.text.len > 0;
    }
    return is_unknown ? value_unknown() : value_number((double)(area_cells(&operand.area) - filled));
}

struct logic {
    uint64_t n, n_true;
    struct calc_value bad;
};

static void take_logic(struct logic *self, struct calc_value value)
{
    value = value_to_boolean(value);
    if (value_is_bad(value)) {
        self->bad = worse(self->bad, value);
    } else {
        self->n++;
        self->n_true += value.number != 0;
    }
}

/* In cells, texts are passed over. */
static struct calc_value gather_logic(struct evaluation *self, const struct node *call, struct logic *logic)
{
    *logic = (struct logic){.bad = {.kind = CALC_BLANK}};
    for (const struct node *node = call->child; node; node = node->next) {
        struct operand operand = evaluate_operand(self, node);
        if (!operand.is_area) {
            take_logic(logic, operand.value);
            continue;
        }
        struct area_walk walk = area_begin(self, &operand.area);
        struct calc_value value;
        while (area_next(&walk, &value))
            if (value.kind != CALC_TEXT)
                take_logic(logic, value);
    }
    if (logic->bad.kind == CALC_BLANK && logic->n == 0)
        logic->bad = value_error("#VALUE!");
    return logic->bad;
}

struct calc_value call_and(struct evaluation *self, const struct node *call)
{
    struct logic logic;
    struct calc_value bad = gather_logic(self, call, &logic);
    return bad.kind != CALC_BLANK ? bad : value_boolean(logic.n_true == logic.n);
}

struct calc_value call_or(struct evaluation *self, const struct node *call)
{
    struct logic logic;
    struct calc_value bad = gather_logic(self, call, &logic);
    return bad.kind != CALC_BLANK ? bad : value_boolean(logic.n_true > 0);
}

/* --- SUMPRODUCT ----------------------------------------------------------------------------------------------------- */

static bool has_same_size(const struct area *a, const struct area *b)
{
    return a->range.last.row - a->range.first.row == b->range.last.row - b->range.first.row &&
           a->range.last.col - a->range.first.col == b->range.last.col - b->range.first.col;
}

/* An error anywhere is the result, also where the other factor is blank. */
static struct calc_value find_bad(struct evaluation *self, const struct area *area)
{
    struct calc_value bad = {.kind = CALC_BLANK}, value;
    struct area_walk walk = area_begin(self, area);
    while (area_next(&walk, &value))
        if (value_is_bad(value))
            bad = worse(bad, value);
    return bad;
}

#define FACTORS_MAX 8

static void add_product(struct evaluation *self, const struct area *areas, size_t n, const struct slot *slot,
                        double first, struct total *total)
{
    double factors[FACTORS_MAX] = {first};
    for (size_t i = 1; i < n; i++) {
        struct calc_value value = area_cell(self, areas[i].sheet,
                                            slot->row - areas[0].range.first.row + areas[i].range.first.row,
                                            slot->col - areas[0].range.first.col + areas[i].range.first.col);
        factors[i] = value.kind == CALC_NUMBER ? value.number : 0;
    }
    for (size_t i = 2; i < n; i++)
        factors[1] *= factors[i];
    if (n == 1)
        total_add(total, first);
    else
        total_add_product(total, factors[0], factors[1]);
}

static struct calc_value multiply_areas(struct evaluation *self, const struct area *areas, size_t n)
{
    struct calc_value bad = {.kind = CALC_BLANK}, value;
    for (size_t i = 0; i < n; i++) {
        if (!has_same_size(&areas[0], &areas[i]))
            return value_error("#VALUE!");
        struct calc_value other = find_bad(self, &areas[i]);
        if (other.kind != CALC_BLANK)
            bad = worse(bad, other);
    }
    if (bad.kind != CALC_BLANK || self->is_pending)
        return bad;
    struct total total;
    total_clear(&total);
    struct area_walk walk = area_begin(self, &areas[0]);
    while (area_next(&walk, &value))
        if (value.kind == CALC_NUMBER)
            add_product(self, areas, n, walk.slot, value.number, &total);
    double sum;
    return total_sum(&total, &sum) ? value_number(sum) : value_error("#NUM!");
}

/* Of ranges of one size; products of expressions over ranges need arrays, which are not calculated here. */
struct calc_value call_sumproduct(struct evaluation *self, const struct node *call)
{
    struct area areas[FACTORS_MAX];
    size_t n = 0;
    if (call->n > FACTORS_MAX)
        return value_unknown();
    for (const struct node *node = call->child; node; node = node->next) {
        struct operand operand = evaluate_operand(self, node);
        if (!operand.is_area)
            return value_unknown();
        areas[n++] = operand.area;
    }
    return multiply_areas(self, areas, n);
}

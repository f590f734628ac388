/* SPDX-License-Identifier: MIT */
#include "workers/row_filter.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "workers/sheet_match.h"

#define FOLDED_BYTES_MAX ((size_t)64 << 20)

void row_filter_init(struct row_filter *self, const struct stack_plan *plan)
{
    *self = (struct row_filter){.plan = plan};
    buffer_init(&self->folded, FOLDED_BYTES_MAX);
    must(plan->n_conditions <= STACK_CONDITIONS_MAX);
    if (!plan->n_conditions)
        return;
    self->all = UINT64_MAX >> (64 - plan->n_conditions);
    self->by_column = must_alloc((plan->n_columns + 1) * sizeof *self->by_column);
    for (uint32_t i = 0; i < plan->n_conditions; i++) {
        uint32_t column = plan->conditions[i].column;
        if (column < plan->n_columns)
            self->by_column[column] |= UINT64_C(1) << i;
    }
}

void row_filter_free(struct row_filter *self)
{
    free(self->by_column);
    buffer_free(&self->folded);
    self->by_column = NULL;
}

static bool meets_order(enum stack_operator op, int order)
{
    switch (op) {
    case STACK_EQUAL:
        return order == 0;
    case STACK_UNEQUAL:
        return order != 0;
    case STACK_LESS:
        return order < 0;
    case STACK_LESS_EQUAL:
        return order <= 0;
    case STACK_GREATER:
        return order > 0;
    case STACK_GREATER_EQUAL:
        return order >= 0;
    default:
        return false;
    }
}

static bool meets_blank(const struct stack_condition *condition)
{
    bool is_same = condition->text.len == 0;
    if (condition->op == STACK_EQUAL || condition->op == STACK_LIKE)
        return is_same;
    return (condition->op == STACK_UNEQUAL || condition->op == STACK_UNLIKE) && !is_same;
}

static bool meets_text(struct row_filter *self, const struct stack_condition *condition, struct span text)
{
    buffer_clear(&self->folded);
    utf8_fold(text, &self->folded);
    if (condition->op == STACK_LIKE || condition->op == STACK_UNLIKE)
        return sheet_name_matches(condition->text, buffer_span(&self->folded)) == (condition->op == STACK_LIKE);
    return meets_order(condition->op, span_compare(buffer_span(&self->folded), condition->text));
}

static bool meets(struct row_filter *self, const struct stack_condition *condition, const struct row_value *value)
{
    double number;
    if (value->type == CELL_NUMBER && condition->has_number && condition->op < STACK_LIKE &&
        number_parse(value->text, &number) == FAULT_NONE)
        return meets_order(condition->op, (number > condition->number) - (number < condition->number));
    if (value->type == CELL_BOOLEAN)
        return meets_text(self, condition, span_is(value->text, "1") ? SPAN("true") : SPAN("false"));
    return meets_text(self, condition, value->text);
}

void row_filter_open(struct row_filter *self, struct span file, struct span sheet)
{
    self->when_blank = 0;
    for (uint32_t i = 0; i < self->plan->n_conditions; i++) {
        const struct stack_condition *condition = &self->plan->conditions[i];
        bool is_met = condition->column == STACK_COLUMN_FILE    ? meets_text(self, condition, file)
                      : condition->column == STACK_COLUMN_SHEET ? meets_text(self, condition, sheet)
                                                                : meets_blank(condition);
        self->when_blank |= (uint64_t)is_met << i;
    }
}

void row_filter_cell(struct row_filter *self, uint32_t column, const struct row_value *value)
{
    for (uint64_t left = self->by_column[column]; left; left &= left - 1) {
        unsigned i = (unsigned)__builtin_ctzll(left);
        uint64_t bit = UINT64_C(1) << i;
        self->met &= ~bit;
        if (meets(self, &self->plan->conditions[i], value))
            self->met |= bit;
    }
}

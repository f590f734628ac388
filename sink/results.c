/* SPDX-License-Identifier: MIT
 *
 * Gather gives the values of a cell, aggregate makes one of them; here is the loop, and the weights of weighted averages.
 */
#include "sink/results.h"

#include <stdlib.h>

#include "core/must.h"
#include "sink/fold.h"
#include "workbook/dates.h"

struct results {
    const struct plan *plan;
    const struct job *job;
    struct gather *gather;
    struct aggregate *aggregate;
    uint32_t n_slots;
    uint32_t position;
    results_field *tell_field;
    void *field_context;
    const struct gathered **parts, **left_out;
    struct buffer adding, text; /* the text of the value being added; that of results_text */
    /* weights of the cells of the block: one row of n_slots per weighted cell, ascending */
    uint32_t *weighted_inputs, *weight_inputs;
    uint32_t n_weighted, weighted_capacity;
    struct decimal *weights;
    bool *has_weight;
};

struct results *results_new(const struct plan *plan, const struct job *job, struct ledger *ledger)
{
    struct results *self = must_alloc(sizeof *self);
    self->plan = plan;
    self->job = job;
    self->n_slots = ledger_used(ledger);
    /* weights take as much again as the values of a block */
    size_t budget = plan->n_weights ? GATHER_BYTES_DEFAULT / 2 : GATHER_BYTES_DEFAULT;
    self->gather = gather_new(ledger_spool(ledger), ledger_slots(ledger), self->n_slots, plan->n_inputs, budget);
    self->aggregate = aggregate_new();
    self->parts = must_alloc((self->n_slots + 1) * sizeof *self->parts);
    self->left_out = must_alloc((self->n_slots + 1) * sizeof *self->left_out);
    buffer_init(&self->adding, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->text, BUFFER_LIMIT_DEFAULT);
    return self;
}

void results_destroy(struct results **self)
{
    struct results *r = *self;
    if (!r)
        return;
    gather_destroy(&r->gather);
    aggregate_destroy(&r->aggregate);
    free(r->parts);
    free(r->left_out);
    buffer_free(&r->adding);
    buffer_free(&r->text);
    free(r->weighted_inputs);
    free(r->weight_inputs);
    free(r->weights);
    free(r->has_weight);
    free(r);
    *self = NULL;
}

uint32_t results_position(const struct results *self)
{
    return self->position;
}

double results_serial(const struct results *self, double serial_1900)
{
    return self->plan->is_template_1904 ? serial_1900 - DATE_1904_SHIFT : serial_1900;
}

static enum fault part_text(struct results *self, const struct gathered *part, struct buffer *buffer, struct span *ret)
{
    buffer_clear(buffer);
    *ret = (struct span){"", 0};
    if (part->value.kind != VALUE_TEXT && part->value.kind != VALUE_ERROR)
        return FAULT_NONE;
    enum fault fault = gather_text(self->gather, part->slot, &part->value, buffer);
    if (fault == FAULT_NONE)
        *ret = buffer_span(buffer);
    return fault;
}

enum fault results_text(struct results *self, const struct gathered *part, struct span *ret)
{
    return part_text(self, part, &self->text, ret);
}

/* --- weights ------------------------------------------------------------------------------------------------------------------ */

static int by_input(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The first weight of the plan at or after an input. */
static uint32_t first_weight(const struct plan *plan, uint32_t input)
{
    uint32_t low = 0, high = plan->n_weights;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (plan->weights[middle].input < input)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Reads the weight cells that the block's weighted averages need, each once. */
static enum fault load_weights(struct results *self, uint32_t first, uint32_t end)
{
    const struct plan *plan = self->plan;
    uint32_t from = first_weight(plan, first), to = first_weight(plan, end);
    uint32_t n = 0;
    self->n_weighted = 0;
    if (from == to)
        return FAULT_NONE;
    if (to - from > self->weighted_capacity) {
        self->weighted_capacity = to - from;
        self->weight_inputs = must_realloc(self->weight_inputs, self->weighted_capacity * sizeof *self->weight_inputs);
        size_t cells = (size_t)self->weighted_capacity * (self->n_slots + 1);
        self->weights = must_realloc(self->weights, cells * sizeof *self->weights);
        self->has_weight = must_realloc(self->has_weight, cells * sizeof *self->has_weight);
    }
    for (uint32_t i = from; i < to; i++)
        self->weight_inputs[n++] = plan->weights[i].weight_input;
    qsort(self->weight_inputs, n, sizeof *self->weight_inputs, by_input);
    uint32_t unique = 0;
    for (uint32_t i = 0; i < n; i++)
        if (unique == 0 || self->weight_inputs[unique - 1] != self->weight_inputs[i])
            self->weight_inputs[unique++] = self->weight_inputs[i];
    self->n_weighted = unique;
    return gather_numbers(self->gather, self->weight_inputs, unique, self->weights, self->has_weight);
}

/* The row of weights for an input cell; UINT32_MAX when it has none. */
static uint32_t weight_row(const struct results *self, uint32_t input)
{
    uint32_t at = first_weight(self->plan, input);
    if (at == self->plan->n_weights || self->plan->weights[at].input != input)
        return UINT32_MAX;
    uint32_t wanted = self->plan->weights[at].weight_input;
    const uint32_t *found = self->n_weighted ? bsearch(&wanted, self->weight_inputs, self->n_weighted,
                                                       sizeof *self->weight_inputs, by_input)
                                             : NULL;
    return found ? (uint32_t)(found - self->weight_inputs) : UINT32_MAX;
}

/* --- one cell ------------------------------------------------------------------------------------------------------------------ */

static const struct decimal *weight_of(const struct results *self, uint32_t row, uint32_t slot)
{
    if (row == UINT32_MAX)
        return NULL;
    size_t at = (size_t)row * self->n_slots + slot;
    return self->has_weight[at] ? &self->weights[at] : NULL;
}

/* The reference system with --avg-blank=skip: percentages are averaged over those that are not zero. */
static bool is_skipped_zero(const struct results *self, enum function function, const struct partial_value *value)
{
    return self->job->is_preset_original && !self->job->average_blank_zero && function == FUNCTION_AVERAGE &&
           value->kind != VALUE_ERROR && value->number.coefficient == 0;
}

static enum fault add_values(struct results *self, struct result_cell *cell, const struct gathered *values, uint32_t n)
{
    enum function function = (enum function)cell->plan->function;
    uint32_t row = function == FUNCTION_WAVG ? weight_row(self, cell->input) : UINT32_MAX;
    uint32_t n_parts = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct gathered *part = &values[i];
        enum value_kind kind = (enum value_kind)part->value.kind;
        struct span text = {"", 0};
        if (aggregate_needs_text(function, kind)) {
            enum fault fault = part_text(self, part, &self->adding, &text);
            if (fault != FAULT_NONE)
                return fault;
        }
        const struct decimal *weight = weight_of(self, row, part->slot);
        if (!is_skipped_zero(self, function, &part->value) &&
            aggregate_add(self->aggregate, &part->value, text, weight))
            self->parts[n_parts++] = part;
        else if (aggregate_takes(function, kind))
            self->left_out[cell->n_left_out++] = part;
    }
    return FAULT_NONE;
}

void results_tell_fields(struct results *self, results_field *tell, void *context)
{
    self->tell_field = tell;
    self->field_context = context;
}

static enum fault give_field(struct results *self, uint32_t input)
{
    const struct gather_rest *rest = gather_rest_of(self->gather, input);
    if (!self->tell_field || !fold_is_field(rest, self->n_slots))
        return FAULT_NONE;
    return self->tell_field(self->field_context, input, rest);
}

static enum fault give_cell(struct results *self, uint32_t input, results_visit *visit, void *context)
{
    uint32_t n;
    const struct gathered *values = gather_input(self->gather, input, &n);
    if (n == 0)
        return give_field(self, input);
    struct result_cell cell = {.input = input, .plan = plan_cell_of(self->plan, input)};
    plan_locate(self->plan, input, &cell.sheet, &cell.row, &cell.col);
    aggregate_begin(self->aggregate, (enum function)cell.plan->function,
                    self->job->average_blank_zero ? self->n_slots : 0);
    enum fault fault = add_values(self, &cell, values, n);
    if (fault != FAULT_NONE)
        return fault;
    cell.result = aggregate_end(self->aggregate);
    cell.parts = self->parts;
    cell.left_out = self->left_out;
    cell.sum = aggregate_sum(self->aggregate);
    return visit(context, &cell);
}

enum fault results_each(struct results *self, results_visit *visit, void *context)
{
    gather_rewind(self->gather);
    self->position = 0;
    for (;;) {
        uint32_t first, end;
        enum fault fault = gather_next(self->gather, &first, &end);
        if (fault == FAULT_NONE && first < end)
            fault = load_weights(self, first, end);
        if (fault != FAULT_NONE || first == end)
            return fault;
        for (uint32_t input = first; input < end; input++) {
            fault = give_cell(self, input, visit, context);
            if (fault != FAULT_NONE)
                return fault;
            self->position = input + 1;
        }
    }
}

/* SPDX-License-Identifier: MIT
 *
 * Ten lines that fit a note: by size for numbers, by source order where nothing has a size.
 */
#include "sink/notes.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"

#define LINE_UNITS 200u /* of an identity or a text value: ten lines stay far below the limit of a note */

struct notes {
    const struct plan *plan;
    struct results *results;
    struct ledger *ledger;
    bool average_blank_zero;
    struct buffer out;
};

struct notes *notes_new(const struct plan *plan, struct results *results, struct ledger *ledger, bool average_blank_zero)
{
    struct notes *self = must_alloc(sizeof *self);
    *self = (struct notes){plan, results, ledger, average_blank_zero, {0}};
    buffer_init(&self->out, BUFFER_LIMIT_DEFAULT);
    return self;
}

void notes_destroy(struct notes **self)
{
    if (!*self)
        return;
    buffer_free(&(*self)->out);
    free(*self);
    *self = NULL;
}

static bool has_size(const struct partial_value *value)
{
    return value->kind == VALUE_NUMBER || value->kind == VALUE_CONVERTED || value->kind == VALUE_DURATION;
}

/* Does a stand before b in the note? Sizes first, bigger first; then source order. */
static bool stands_before(const struct gathered *a, const struct gathered *b)
{
    if (has_size(&a->value) != has_size(&b->value))
        return has_size(&a->value);
    int order = has_size(&a->value) ? decimal_compare_abs(a->value.number, b->value.number) : 0;
    return order ? order > 0 : a->slot < b->slot;
}

static uint32_t pick_top(const struct result_cell *cell, const struct gathered *top[NOTES_TOP])
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < cell->result.n; i++) {
        uint32_t at = n;
        while (at > 0 && stands_before(cell->parts[i], top[at - 1]))
            at--;
        if (at == NOTES_TOP)
            continue;
        n += n < NOTES_TOP;
        for (uint32_t k = n - 1; k > at; k--)
            top[k] = top[k - 1];
        top[at] = cell->parts[i];
    }
    return n;
}

static void put_percent(struct decimal value, struct buffer *out)
{
    char digits[DECIMAL_TEXT_MAX];
    buffer_put(out, span_make(digits, decimal_format(decimal_shift(value, -2), digits)));
    buffer_put_char(out, '%');
}

void notes_put_value(const struct partial_value *value, struct span text, const struct plan_cell *plan, struct buffer *out)
{
    if ((plan->flags & PLAN_PERCENT) && (value->kind == VALUE_NUMBER || value->kind == VALUE_CONVERTED))
        put_percent(value->number, out);
    else
        value_put_text(value, text, out);
}

void notes_put_result(const struct result_cell *cell, struct buffer *out)
{
    static const enum value_kind kinds[] = {
        [RESULT_NUMBER] = VALUE_NUMBER, [RESULT_DATE] = VALUE_DATE,       [RESULT_DURATION] = VALUE_DURATION,
        [RESULT_TEXT] = VALUE_TEXT,     [RESULT_BOOLEAN] = VALUE_BOOLEAN, [RESULT_ERROR] = VALUE_ERROR,
    };
    const struct result *result = &cell->result;
    if (result->kind == RESULT_NONE)
        return;
    struct partial_value value = {.kind = (uint8_t)kinds[result->kind]};
    if (result->kind != RESULT_TEXT && result->kind != RESULT_ERROR)
        value.number = decimal_from_double(result->number, DECIMAL_15);
    notes_put_value(&value, result->text, cell->plan, out);
}

static enum fault put_line(struct notes *self, const struct result_cell *cell, const struct gathered *part)
{
    struct span text;
    enum fault fault = results_text(self->results, part, &text);
    if (fault != FAULT_NONE)
        return fault;
    struct span identity = utf8_cut_utf16(ledger_slot(self->ledger, part->slot)->source.identity, LINE_UNITS);
    buffer_put_char(&self->out, '\n');
    buffer_put(&self->out, identity);
    buffer_put(&self->out, SPAN(": "));
    notes_put_value(&part->value, utf8_cut_utf16(text, LINE_UNITS), cell->plan, &self->out);
    return FAULT_NONE;
}

enum fault notes_text(struct notes *self, const struct result_cell *cell, struct span *ret)
{
    enum function function = (enum function)cell->plan->function;
    buffer_clear(&self->out);
    bool all = function == FUNCTION_AVERAGE && self->average_blank_zero;
    uint32_t n = all ? ledger_used(self->ledger) : cell->result.n;
    buffer_putf(&self->out, "%s of %u source%s%s", function_name(function), n, n == 1 ? "" : "s",
                all ? " (blank counts as 0)" : "");
    const struct gathered *top[NOTES_TOP];
    uint32_t n_top = pick_top(cell, top);
    for (uint32_t i = 0; i < n_top; i++) {
        enum fault fault = put_line(self, cell, top[i]);
        if (fault != FAULT_NONE)
            return fault;
    }
    if (cell->result.n > n_top)
        buffer_putf(&self->out, "\n\u2026 and %u more", cell->result.n - n_top);
    *ret = utf8_cut_utf16(buffer_span(&self->out), CELL_TEXT_UNITS);
    return FAULT_NONE;
}

/* SPDX-License-Identifier: MIT
 *
 * Cached values of formulas: brought up to date where workbook/formula.h can, taken away where it cannot, never left
 * stale. A workbook without new values keeps them all: nothing that a formula reads has changed.
 */
#include <math.h>

#include "core/must.h"
#include "workbook/formula.h"
#include "workbook/output_state.h"

static struct calc_value value_of(const struct output_book *self, const struct edit *edit)
{
    struct span text = edit->text_len ? span_make(self->texts.data + edit->text_at, edit->text_len) : SPAN("");
    switch ((enum edit_kind)edit->kind) {
    case EDIT_NUMBER:
        if (!isfinite(edit->number))
            return (struct calc_value){.kind = CALC_ERROR, .text = SPAN("#NUM!")};
        return (struct calc_value){.kind = CALC_NUMBER, .number = edit->number};
    case EDIT_BOOLEAN:
        return (struct calc_value){.kind = CALC_BOOLEAN, .number = edit->number};
    case EDIT_ERROR:
        return (struct calc_value){.kind = CALC_ERROR, .text = text};
    default:
        return (struct calc_value){.kind = CALC_TEXT, .text = text};
    }
}

static bool is_value(const struct edit *edit)
{
    return edit->kind != EDIT_STYLE && !edit_is_cache(edit->kind);
}

static bool has_values(const struct output_book *self)
{
    for (size_t i = 0; i < self->n_sheets; i++)
        for (size_t j = 0; j < self->sheets[i].n_edits; j++)
            if (is_value(&self->sheets[i].edits[j]))
                return true;
    return false;
}

static void set_values(const struct output_book *self, struct calculation *calculation)
{
    for (size_t i = 0; i < self->n_sheets; i++)
        for (size_t j = 0; j < self->sheets[i].n_edits; j++) {
            const struct edit *edit = &self->sheets[i].edits[j];
            if (is_value(edit))
                calculation_set(calculation, i, (struct cell_ref){edit->row, edit->col}, value_of(self, edit));
        }
}

static enum fault take_cached(void *context, size_t index, struct cell_ref at, const struct calc_value *value,
                              bool is_changed)
{
    static const uint8_t kinds[] = {[CALC_BLANK] = EDIT_CACHE_DROP,     [CALC_NUMBER] = EDIT_CACHE_NUMBER,
                                    [CALC_TEXT] = EDIT_CACHE_TEXT,      [CALC_BOOLEAN] = EDIT_CACHE_BOOLEAN,
                                    [CALC_ERROR] = EDIT_CACHE_ERROR,    [CALC_UNKNOWN] = EDIT_CACHE_DROP};
    struct output_book *self = context;
    if (!is_changed)
        return FAULT_NONE;
    struct edit edit = {.row = at.row, .col = (uint16_t)at.col, .kind = kinds[value->kind], .style = STYLE_KEEP};
    if (edit.kind == EDIT_CACHE_TEXT || edit.kind == EDIT_CACHE_ERROR) {
        edit.text_len = (uint32_t)value->text.len;
        edit.text_at = self->texts.len;
        if (value->text.len && buffer_append(&self->texts, value->text))
            return FAULT_LIMIT;
    } else {
        edit.number = value->number;
    }
    output_edit_add(&self->sheets[index], &edit);
    return FAULT_NONE;
}

static enum fault recalculate(struct output_book *self, struct why *why)
{
    struct shared_strings *strings = NULL;
    struct calculation *calculation = NULL;
    enum fault fault = shared_strings_read(self->book, &strings, why);
    if (!fault)
        fault = calculation_new(self->book, strings, &calculation, why);
    if (!fault) {
        set_values(self, calculation);
        calculation_run(calculation);
        fault = calculation_each(calculation, take_cached, self);
    }
    calculation_destroy(&calculation);
    shared_strings_destroy(&strings);
    return fault;
}

enum fault output_recalculate(struct output_book *self, struct why *why)
{
    if (!has_values(self))
        return FAULT_NONE;
    struct why ignored;
    enum fault fault = recalculate(self, &ignored);
    if (fault == FAULT_IO || fault == FAULT_NO_SPACE || fault == FAULT_CANCELLED) {
        if (why)
            *why = ignored;
        return fault;
    }
    /* Too big, or a sheet that nobody wrote to is damaged: no value is known. */
    for (size_t i = 0; fault && i < self->n_sheets; i++) {
        const struct book_sheet *sheet = &self->book->sheets[i];
        self->sheets[i].drops_caches = sheet->kind == SHEET_WORKSHEET && sheet->entry != PACKAGE_NONE;
    }
    return FAULT_NONE;
}

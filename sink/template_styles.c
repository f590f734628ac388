/* SPDX-License-Identifier: MIT
 *
 * One scan of each mapped sheet.
 */
#include "sink/template_styles.h"

#include <stdlib.h>

#include "core/must.h"
#include "workbook/sheet.h"

struct template_styles {
    uint32_t *styles; /* by input */
};

struct scan {
    const struct plan_sheet *sheet;
    uint32_t *styles;
};

static enum fault take_style(void *context, const struct cell *cell)
{
    const struct scan *scan = context;
    const struct plan_range *area = &scan->sheet->area;
    if (cell->row < area->first_row || cell->row > area->last_row || cell->col < area->first_col ||
        cell->col > area->last_col)
        return FAULT_NONE;
    size_t width = area->last_col - area->first_col + 1;
    uint32_t input = scan->sheet->input_of[(cell->row - area->first_row) * width + (cell->col - area->first_col)];
    if (input != PLAN_NO_INPUT)
        scan->styles[input] = cell->style;
    return FAULT_NONE;
}

enum fault template_styles_new(struct book *book, const struct plan *plan, struct template_styles **ret, struct why *why)
{
    struct template_styles *self = must_alloc(sizeof *self);
    self->styles = must_alloc(((size_t)plan->n_inputs + 1) * sizeof *self->styles);
    struct shared_strings *strings = NULL;
    enum fault fault = shared_strings_read(book, &strings, why);
    for (uint32_t i = 0; i < plan->n_sheets && fault == FAULT_NONE; i++) {
        struct scan scan = {&plan->sheets[i], self->styles};
        struct sheet_handler handler = {.self = &scan, .cell = take_style, .wants_blanks = true};
        fault = sheet_scan(book, plan->sheets[i].template_index, strings, &handler, why);
    }
    shared_strings_destroy(&strings);
    if (fault != FAULT_NONE)
        template_styles_destroy(&self);
    else
        *ret = self;
    return fault;
}

void template_styles_destroy(struct template_styles **self)
{
    if (!*self)
        return;
    free((*self)->styles);
    free(*self);
    *self = NULL;
}

uint32_t template_styles_at(const struct template_styles *self, uint32_t input)
{
    return self->styles[input];
}

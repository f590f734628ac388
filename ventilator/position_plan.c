/* SPDX-License-Identifier: MIT
 *
 * From a template and a job to a plan: opens the template, picks its sheets, gives every cell its
 * role, settles weights, and copies what a reader of sources must know of the options.
 */
#include "ventilator/position_plan.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "ventilator/roles.h"
#include "workbook/sheet_selector.h"
#include "workbook/text_number.h"

struct planner {
    const struct job *job;
    struct package *package;
    struct book *book;
    struct shared_strings *strings;
    struct styles *styles;
    struct sheet_selector selector;
    struct role_context roles;
    struct plan plan;
};

static enum fault open_template(struct planner *self, struct why *why)
{
    char *path = must_strndup(self->job->template_path.data, self->job->template_path.len);
    enum fault fault = package_open(path, NULL, &self->package, why);
    free(path);
    if (fault == FAULT_NONE)
        fault = book_open(self->package, &self->book, why);
    if (fault == FAULT_NONE)
        fault = shared_strings_read(self->book, &self->strings, why);
    struct why broken = {
        0}; /* broken styles leave a template without formats, not without a plan */
    if (fault == FAULT_NONE &&
        (fault = styles_read(self->book, &self->styles, &broken)) != FAULT_NONE && why)
        *why = broken;
    return fault;
}

static void close_template(struct planner *self)
{
    sheet_selector_free(&self->selector);
    styles_destroy(&self->styles);
    shared_strings_destroy(&self->strings);
    book_close(&self->book);
    package_close(&self->package);
    free(self->roles.requests);
}

static size_t worksheets(const struct book *book, size_t *ret_first)
{
    size_t n = 0;
    for (size_t i = 0; i < book->n_sheets; i++) {
        if (book->sheets[i].kind == SHEET_WORKSHEET && n++ == 0)
            *ret_first = i;
    }
    return n;
}

static void list_sheets(const struct book *book, struct buffer *out)
{
    for (size_t i = 0; i < book->n_sheets && out->len < 150; i++)
        buffer_putf(out, "%s%.*s", i ? ", " : "", SPAN_ARGS(book->sheets[i].name));
}

/* Which sheets of the template are mapped. A selector that speaks of the sources only
 * ("/Return.*./") leaves a template of one sheet as it is. */
static enum fault pick_sheets(struct planner *self, bool *picked, struct why *why)
{
    const struct book *book = self->book;
    size_t n = 0, only = 0;
    for (size_t i = 0; i < book->n_sheets; i++) {
        picked[i] =
            sheet_selector_picks(&self->selector, book, i) && !roles_leave_out(&self->roles, i);
        n += picked[i];
    }
    if (n)
        return FAULT_NONE;
    if (worksheets(book, &only) == 1 && !roles_leave_out(&self->roles, only)) {
        picked[only] = true;
        return FAULT_NONE;
    }
    if (self->selector.kind == SELECT_BY_NAME || self->selector.kind == SELECT_ALL)
        return why_set(why, FAULT_USAGE, "the template has no worksheet to fill in");
    struct buffer names;
    buffer_init(&names, BUFFER_LIMIT_DEFAULT);
    list_sheets(book, &names);
    why_set(why, FAULT_USAGE, "--sheet \"%.*s\": the template has no such sheet; it has: %.*s",
            SPAN_ARGS(self->job->sheet_selector), SPAN_ARGS(buffer_span(&names)));
    buffer_free(&names);
    return FAULT_USAGE;
}

static struct span fold_name(struct arena *arena, struct span name)
{
    struct buffer folded;
    buffer_init(&folded, name.len * 4 + 16);
    utf8_fold(name, &folded);
    struct span copy = arena_copy(arena, buffer_span(&folded));
    buffer_free(&folded);
    return copy;
}

static enum fault read_sheet(struct planner *self, size_t index, struct why *why)
{
    struct template_sheet sheet;
    enum fault fault = template_sheet_read(self->book, index, self->strings, &sheet, why);
    if (fault != FAULT_NONE)
        return fault;
    fault = roles_assign(&self->roles, index, &sheet, &self->plan.sheets[self->plan.n_sheets], why);
    self->plan.n_sheets++;
    template_sheet_free(&sheet);
    return fault;
}

static enum fault read_sheets(struct planner *self, struct why *why)
{
    const struct book *book = self->book;
    struct plan *plan = &self->plan;
    bool *picked = arena_alloc(plan->arena, book->n_sheets * sizeof *picked);
    plan->sheets = arena_alloc(plan->arena, book->n_sheets * sizeof *plan->sheets);
    plan->unmapped = arena_alloc(plan->arena, book->n_sheets * sizeof *plan->unmapped);
    if (!picked || !plan->sheets || !plan->unmapped)
        return why_set(why, FAULT_LIMIT, "too many sheets in the template");
    enum fault fault = pick_sheets(self, picked, why);
    for (size_t i = 0; i < book->n_sheets && fault == FAULT_NONE; i++) {
        bool is_left_out = self->job->skip_hidden && book->sheets[i].state != SHEET_VISIBLE;
        if (picked[i] && !is_left_out) {
            fault = read_sheet(self, i, why);
            continue;
        }
        struct span name = fold_name(plan->arena, book->sheets[i].name);
        if (!name.data)
            return why_set(why, FAULT_LIMIT, "too many sheets in the template");
        plan->unmapped[plan->n_unmapped++] = name;
    }
    return fault;
}

/* --- weights --- */

static const struct plan_sheet *plan_sheet_of(const struct plan *plan, size_t index)
{
    for (uint32_t i = 0; i < plan->n_sheets; i++) {
        if (plan->sheets[i].template_index == index)
            return &plan->sheets[i];
    }
    return NULL;
}

static uint32_t input_at(const struct plan_sheet *sheet, struct cell_ref at)
{
    if (!sheet || !plan_range_has(&sheet->area, at.row, at.col))
        return PLAN_NO_INPUT;
    return sheet->input_of[plan_place(sheet, at.row, at.col)];
}

/* The input that "C5" or "Other!C5" names. */
static uint32_t find_weight(const struct planner *self, const struct weight_request *request)
{
    char name[512];
    size_t len, sheet = request->sheet;
    struct cell_range range;
    if (request->weight.len >= sizeof name ||
        !sheet_range_parse(request->weight, name, &len, &range) ||
        range.first.row != range.last.row || range.first.col != range.last.col)
        return PLAN_NO_INPUT;
    if (len) {
        int found = book_find_sheet(self->book, span_make(name, len));
        if (found < 0)
            return PLAN_NO_INPUT;
        sheet = (size_t)found;
    }
    return input_at(plan_sheet_of(&self->plan, sheet), range.first);
}

static int by_input(const void *a, const void *b)
{
    const struct plan_weight *x = a, *y = b;
    return x->input < y->input ? -1 : x->input > y->input;
}

static enum fault settle_weights(struct planner *self, struct why *why)
{
    struct plan *plan = &self->plan;
    if (self->roles.n_requests == 0)
        return FAULT_NONE;
    plan->weights = arena_alloc(plan->arena, self->roles.n_requests * sizeof *plan->weights);
    if (!plan->weights)
        return why_set(why, FAULT_LIMIT, "too many weighted averages");
    for (uint32_t i = 0; i < self->roles.n_requests; i++) {
        const struct weight_request *request = &self->roles.requests[i];
        uint32_t input = input_at(plan_sheet_of(plan, request->sheet), request->at);
        if (input == PLAN_NO_INPUT || plan_cell_of(plan, input)->function != FUNCTION_WAVG)
            continue; /* a later note of the same cell said otherwise */
        uint32_t weight = find_weight(self, request);
        if (weight == PLAN_NO_INPUT) {
            why_set(why, FAULT_USAGE,
                    "@wavg(%.*s): the weight must be an input cell of a mapped sheet",
                    SPAN_ARGS(request->weight));
            why_at_sheet(why, self->book->sheets[request->sheet].name);
            why_at_cell(why, request->at.row + 1, request->at.col + 1);
            return FAULT_USAGE;
        }
        plan->weights[plan->n_weights++] = (struct plan_weight){input, weight};
    }
    qsort(plan->weights, plan->n_weights, sizeof *plan->weights, by_input);
    uint32_t n = 0;
    for (uint32_t i = 0; i < plan->n_weights; i++) {
        if (n == 0 || plan->weights[n - 1].input != plan->weights[i].input)
            plan->weights[n++] = plan->weights[i];
    }
    plan->n_weights = n;
    return FAULT_NONE;
}

/* A weighted average by --function or a colour has no weight cell to go with. */
static enum fault check_weights(const struct planner *self, struct why *why)
{
    const struct plan *plan = &self->plan;
    uint32_t weight = 0;
    for (uint32_t input = 0; input < plan->n_inputs; input++) {
        if (plan_cell_of(plan, input)->function != FUNCTION_WAVG)
            continue;
        while (weight < plan->n_weights && plan->weights[weight].input < input)
            weight++;
        if (weight < plan->n_weights && plan->weights[weight].input == input)
            continue;
        uint32_t sheet, row, col;
        plan_locate(plan, input, &sheet, &row, &col);
        why_set(
            why, FAULT_USAGE,
            "a weighted average needs the cell of its weight: put a note @wavg(C5) on the cell");
        why_at_sheet(why, plan->sheets[sheet].name);
        why_at_cell(why, row + 1, col + 1);
        return FAULT_USAGE;
    }
    return FAULT_NONE;
}

/* --- options --- */

static enum fault check_options(const struct job *job, struct why *why)
{
    struct text_number_locale locale;
    if (job->text_rule == JOB_TEXT_LOCALE && !text_number_locale_find(job->text_locale, &locale))
        return why_set(why, FAULT_USAGE,
                       "--text-numbers=locale:%.*s: not a known locale (de, de-CH, en, fr ...)",
                       SPAN_ARGS(job->text_locale));
    struct cell_range range;
    char name[512];
    size_t len;
    bool is_cell = job->id_cell.len < sizeof name &&
                   (job->id_cell.len == 0 ||
                    (sheet_range_parse(job->id_cell, name, &len, &range) &&
                     range.first.row == range.last.row && range.first.col == range.last.col));
    if (!is_cell)
        return why_set(why, FAULT_USAGE,
                       "--id-cell \"%.*s\": one cell is expected, as in \"Cover!B3\"",
                       SPAN_ARGS(job->id_cell));
    return FAULT_NONE;
}

static enum fault copy_options(struct planner *self, struct why *why)
{
    const struct job *job = self->job;
    struct plan *plan = &self->plan;
    plan->precision = job->is_preset_original ? DECIMAL_FULL : job->precision;
    plan->text_rule = job->is_preset_original ? JOB_TEXT_OFF : job->text_rule;
    plan->errors = job->errors;
    plan->drift = job->drift;
    plan->skip_hidden = job->skip_hidden;
    plan->is_preset_original = job->is_preset_original;
    plan->is_template_1904 = self->book->is_1904;
    plan->text_locale = arena_copy(plan->arena, job->text_locale);
    plan->sheet_selector = arena_copy(plan->arena, job->sheet_selector);
    plan->id_cell = arena_copy(plan->arena, job->id_cell);
    plan->aliases = arena_alloc(plan->arena, job->n_aliases * sizeof *plan->aliases);
    bool fits =
        plan->text_locale.data && plan->sheet_selector.data && plan->id_cell.data && plan->aliases;
    for (uint32_t i = 0; fits && i < job->n_aliases; i++) {
        struct alias *to = &plan->aliases[plan->n_aliases++];
        to->from = fold_name(plan->arena, job->aliases[i].from);
        to->to = fold_name(plan->arena, job->aliases[i].to);
        fits = to->from.data && to->to.data;
    }
    return fits ? FAULT_NONE : why_set(why, FAULT_LIMIT, "the options are too long");
}

static enum fault start(struct planner *self, struct why *why)
{
    const struct job *job = self->job;
    self->roles = (struct role_context){.job = job,
                                        .book = self->book,
                                        .styles = self->styles,
                                        .arena = self->plan.arena,
                                        .cells_left = PLAN_CELLS_MAX};
    struct span selector = job->is_preset_original ? SPAN("active") : job->sheet_selector;
    enum fault fault = sheet_selector_parse(selector, &self->selector, why);
    if (fault == FAULT_NONE && !job->is_preset_original)
        fault = regions_from_ranges(job, self->book, self->plan.arena, &self->roles.ranges, why);
    if (fault == FAULT_NONE && !job->is_preset_original)
        fault = regions_from_names(self->book, self->plan.arena, &self->roles.names, why);
    return fault;
}

static enum fault seal(struct planner *self, struct why *why)
{
    struct plan *plan = &self->plan;
    if (plan_seal(plan) != FAULT_NONE)
        return why_set(why, FAULT_LIMIT, "the template has more than %u input cells; use --range",
                       PLAN_INPUTS_MAX);
    if (plan->n_inputs == 0)
        return why_set(
            why, FAULT_USAGE,
            "the template has no cell to fill in: all are labels, constants or formulas. "
            "--template-filled makes "
            "its numbers inputs; --range, notes (@sum) or --role-color name single cells");
    enum fault fault = settle_weights(self, why);
    if (fault == FAULT_NONE)
        fault = check_weights(self, why);
    if (fault == FAULT_NONE && plan->n_weights &&
        plan_seal(plan) != FAULT_NONE) /* the weights are part of the hash */
        fault = why_set(why, FAULT_LIMIT, "the template is too large; use --range");
    return fault;
}

enum fault position_plan(const struct job *job, struct plan *ret, struct why *why)
{
    struct planner self = {.job = job, .plan = {.arena = arena_new(PLAN_ARENA_BYTES)}};
    enum fault fault = check_options(job, why);
    if (fault == FAULT_NONE)
        fault = open_template(&self, why);
    if (fault == FAULT_NONE)
        fault = start(&self, why);
    if (fault == FAULT_NONE)
        fault = copy_options(&self, why);
    if (fault == FAULT_NONE)
        fault = read_sheets(&self, why);
    if (fault == FAULT_NONE)
        fault = seal(&self, why);
    close_template(&self);
    if (fault == FAULT_NONE)
        *ret = self.plan;
    else
        plan_free(&self.plan);
    return fault;
}

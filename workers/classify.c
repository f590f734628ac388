/* SPDX-License-Identifier: MIT
 *
 * One decision per cell, in the order of the template's area, so that the same source gives the
 * same issues whatever the order of its XML.
 */
#include "workers/classify.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"

/* Template lines back to lines of the source, for the place of an issue. */
struct inverse {
    uint32_t first, n;
    uint32_t *source_line;
};

struct sheet_pass {
    struct classifier *self;
    const struct sheet_values *values;
    struct inverse rows, columns;
};

void classifier_init(struct classifier *self, const struct plan *plan,
                     struct partial_builder *builder, struct issue_log *issues)
{
    static const enum text_number_rule rules[] = {
        [JOB_TEXT_STRICT] = TEXT_NUMBER_STRICT,
        [JOB_TEXT_PLAIN] = TEXT_NUMBER_PLAIN,
        [JOB_TEXT_LOCALE] = TEXT_NUMBER_LOCALE,
        [JOB_TEXT_OFF] = TEXT_NUMBER_OFF,
    };
    *self = (struct classifier){
        .plan = plan, .builder = builder, .issues = issues, .text_rule = rules[plan->text_rule]};
    if (self->text_rule == TEXT_NUMBER_LOCALE &&
        !text_number_locale_find(plan->text_locale, &self->locale))
        self->text_rule = TEXT_NUMBER_STRICT;
}

/* --- places --- */

static void invert(struct inverse *self, const struct line_map *map, uint32_t first, uint32_t last)
{
    *self = (struct inverse){first, last - first + 1, NULL};
    if (!map)
        return;
    self->source_line = must_alloc(self->n * sizeof *self->source_line);
    memset(self->source_line, 0xFF,
           self->n * sizeof *self->source_line); /* DRIFT_NONE: deleted from the source */
    for (uint32_t line = 0; line < map->n; line++) {
        uint32_t to = map->template_line[line];
        if (to != DRIFT_NONE && to >= first && to <= last)
            self->source_line[to - first] = line;
    }
    for (int64_t to = (int64_t)map->n + map->offset; to <= last; to++) {
        if (to >= first)
            self->source_line[to - first] = (uint32_t)(to - map->offset);
    }
}

static uint32_t source_line(const struct inverse *self, uint32_t line)
{
    return self->source_line ? self->source_line[line - self->first] : line;
}

static void tell(struct sheet_pass *pass, enum issue_code code, uint32_t row, uint32_t col,
                 struct span value)
{
    issue_log_cell(pass->self->issues, code, source_line(&pass->rows, row),
                   source_line(&pass->columns, col), value, (struct span){"", 0});
}

/* The same about an input cell. False: it is only counted. */
static bool tell_input(struct sheet_pass *pass, enum issue_code code, uint32_t place, uint32_t row, uint32_t col,
                       struct span value)
{
    return issue_log_add(pass->self->issues, (struct issue){.code = code,
                                                            .row = source_line(&pass->rows, row) + 1,
                                                            .col = source_line(&pass->columns, col) + 1,
                                                            .value = value,
                                                            .count = 1,
                                                            .input = pass->values->sheet->input_of[place] + 1});
}

/* What a person sees in the cell, for an issue. */
static struct span seen_value(const struct slot *slot, char scratch[DECIMAL_TEXT_MAX])
{
    switch (slot->kind) {
    case SLOT_NUMBER:
    case SLOT_DATE:
    case SLOT_DURATION:
        return span_make(scratch, decimal_format(slot->number, scratch));
    case SLOT_TEXT:
    case SLOT_ERROR:
    case SLOT_BAD:
        return span_make(slot->text, slot->text_len);
    case SLOT_BOOLEAN:
        return slot->number.coefficient ? SPAN("TRUE") : SPAN("FALSE");
    default:
        return (struct span){"", 0};
    }
}

/* --- inputs --- */

enum outcome { OUTCOME_USED, OUTCOME_NOT_APPLICABLE, OUTCOME_SKIPPED };

struct decision {
    enum outcome outcome;
    enum issue_code issue; /* ISSUE_CODES: none */
    enum value_kind kind;
    bool is_value; /* goes into the partial result */
    struct decimal number;
};

static struct decision use(enum value_kind kind, struct decimal number)
{
    return (struct decision){OUTCOME_USED, ISSUE_CODES, kind, true, number};
}

static struct decision skip(enum issue_code issue, enum value_kind kind, struct decimal number)
{
    return (struct decision){OUTCOME_SKIPPED, issue, kind, true, number};
}

static struct decision skip_without_value(enum issue_code issue)
{
    return (struct decision){.outcome = OUTCOME_SKIPPED, .issue = issue};
}

static const struct decision not_applicable = {.outcome = OUTCOME_NOT_APPLICABLE,
                                               .issue = ISSUE_CODES};

static bool takes_date(enum function function)
{
    switch (function) {
    case FUNCTION_COUNT:
    case FUNCTION_COUNTA:
    case FUNCTION_MIN:
    case FUNCTION_MAX:
    case FUNCTION_FIRST:
    case FUNCTION_LAST:
    case FUNCTION_SAME:
        return true;
    default:
        return false;
    }
}

static struct decision decide_text(const struct classifier *self, const struct slot *slot,
                                   enum function function)
{
    static const struct decimal none;
    struct span text = span_make(slot->text, slot->text_len);
    if (text.len == 0) /* a formula that gave "": no number, and a value for counta only */
        return function == FUNCTION_COUNTA ? use(VALUE_TEXT, none) : not_applicable;
    if (function_takes_text(function))
        return use(VALUE_TEXT, none);
    struct decimal number;
    enum text_number_verdict verdict = TEXT_NUMBER_NOT;
    if (!(slot->flags & SLOT_CUT)) /* what is longer than 256 bytes is no number */
        verdict = text_number_parse(text, self->text_rule,
                                    self->text_rule == TEXT_NUMBER_LOCALE ? &self->locale : NULL,
                                    &number);
    if (verdict == TEXT_NUMBER_CONVERTED) {
        struct decision decision = use(VALUE_CONVERTED, number);
        decision.issue = ISSUE_TEXT_CONVERTED;
        return decision;
    }
    if (self->plan->is_preset_original) /* every label of the source stands at an "input" there */
        return not_applicable;
    return skip(verdict == TEXT_NUMBER_AMBIGUOUS ? ISSUE_TEXT_AMBIGUOUS : ISSUE_TEXT_NOT_NUMBER,
                VALUE_TEXT, none);
}

static struct decision decide_error(struct classifier *self, enum function function)
{
    static const struct decimal none;
    struct decision decision = skip(ISSUE_ERROR_VALUE, VALUE_ERROR, none);
    if (self->plan->errors == ERRORS_PROPAGATE &&
        function != FUNCTION_COUNT) /* COUNT passes over errors */
        decision.outcome = OUTCOME_USED;
    if (self->plan->errors == ERRORS_FAIL)
        self->is_refused = true;
    return decision;
}

static bool is_beyond(struct decimal value)
{
    static const struct decimal limit = {15, -1}; /* 150 % */
    return decimal_compare_abs(value, limit) > 0;
}

static struct decision decide_number(const struct classifier *self, const struct plan_cell *cell,
                                     const struct slot *slot)
{
    struct decision decision = use(VALUE_NUMBER, slot->number);
    if (cell->flags & PLAN_PERCENT && !self->plan->is_preset_original && is_beyond(slot->number))
        decision.issue = ISSUE_PERCENT_RANGE;
    return decision;
}

static struct decision decide_input(struct classifier *self, const struct plan_cell *cell,
                                    const struct slot *slot)
{
    switch (slot->kind) {
    case SLOT_NUMBER:
        return decide_number(self, cell, slot);
    case SLOT_DURATION:
        return use(VALUE_DURATION, slot->number);
    case SLOT_DATE:
        return takes_date(cell->function) ? use(VALUE_DATE, slot->number)
                                          : skip(ISSUE_DATE_VALUE, VALUE_DATE, slot->number);
    case SLOT_BOOLEAN:
        return function_takes_text(cell->function)
                   ? use(VALUE_BOOLEAN, slot->number)
                   : skip(ISSUE_BOOLEAN_VALUE, VALUE_BOOLEAN, slot->number);
    case SLOT_TEXT:
        return decide_text(self, slot, cell->function);
    case SLOT_ERROR:
        return decide_error(self, cell->function);
    case SLOT_NO_VALUE:
        return skip_without_value(ISSUE_NO_CACHED_VALUE);
    default:
        return skip(ISSUE_TEXT_NOT_NUMBER, VALUE_TEXT, (struct decimal){0});
    }
}

/* The sink folds these where no source has a number: then it is a field for text or a date. */
static bool is_no_number(enum issue_code issue)
{
    return issue == ISSUE_TEXT_NOT_NUMBER || issue == ISSUE_DATE_VALUE || issue == ISSUE_BOOLEAN_VALUE;
}

static enum fault classify_input(struct sheet_pass *pass, uint32_t place, uint32_t row,
                                 uint32_t col, enum outcome *ret_outcome)
{
    struct classifier *self = pass->self;
    const struct slot *slot = &pass->values->slots[place];
    char scratch[DECIMAL_TEXT_MAX];
    struct decision decision = decide_input(self, &pass->values->sheet->cells[place], slot);
    uint8_t flags = is_no_number(decision.issue) ? VALUE_NO_NUMBER : 0;
    if (self->plan->skip_hidden && slot->flags & SLOT_HIDDEN &&
        decision.outcome != OUTCOME_NOT_APPLICABLE) {
        decision.outcome = OUTCOME_SKIPPED;
        decision.issue = ISSUE_HIDDEN_SKIPPED;
    }
    *ret_outcome = decision.outcome;
    bool is_told = decision.issue == ISSUE_CODES ||
                   tell_input(pass, decision.issue, place, row, col, seen_value(slot, scratch));
    if (!is_told && is_no_number(decision.issue))
        flags |= VALUE_UNTOLD;
    if (decision.outcome == OUTCOME_USED)
        flags = VALUE_USED;
    if (!decision.is_value)
        return FAULT_NONE;
    struct partial_value value = {
        .input = pass->values->sheet->input_of[place],
        .kind = (uint8_t)decision.kind,
        .flags = flags,
        .number = decision.number,
    };
    bool has_text = value.kind == VALUE_TEXT || value.kind == VALUE_ERROR; /* a number is not written out for nothing */
    return partial_builder_value(self->builder, value, has_text ? seen_value(slot, scratch) : (struct span){"", 0});
}

/* --- other roles --- */

static enum outcome classify_label(struct sheet_pass *pass, uint32_t place, uint32_t row,
                                   uint32_t col)
{
    const struct slot *slot = &pass->values->slots[place];
    char scratch[DECIMAL_TEXT_MAX];
    bool is_constant = pass->values->sheet->cells[place].role == ROLE_CONSTANT;
    if (!(slot->flags & SLOT_SAME))
        tell(pass, is_constant ? ISSUE_CONSTANT_DIFFERS : ISSUE_LABEL_DIFFERS, row, col,
             seen_value(slot, scratch));
    return OUTCOME_NOT_APPLICABLE;
}

/* In the source an array formula may fill the cell: computed, though the cell itself has no
 * formula. */
static bool is_computed(const struct sheet_pass *pass, uint32_t row, uint32_t col)
{
    uint32_t source_row = source_line(&pass->rows, row),
             source_col = source_line(&pass->columns, col);
    for (uint32_t i = 0; i < pass->values->n_arrays; i++) {
        if (cell_range_has(pass->values->arrays[i], source_row, source_col))
            return true;
    }
    return false;
}

static enum outcome classify_formula(struct sheet_pass *pass, uint32_t place, uint32_t row,
                                     uint32_t col)
{
    const struct slot *slot = &pass->values->slots[place];
    char scratch[DECIMAL_TEXT_MAX];
    bool is_empty_text = slot->kind == SLOT_TEXT && slot->text_len == 0;
    if (slot->kind == SLOT_ERROR && (slot->flags & SLOT_FORMULA || is_computed(pass, row, col))) {
        tell(pass, ISSUE_ERROR_COMPUTED, row, col, seen_value(slot, scratch));
        return OUTCOME_NOT_APPLICABLE;
    }
    if (slot->flags & SLOT_FORMULA || is_empty_text || is_computed(pass, row, col))
        return OUTCOME_NOT_APPLICABLE;
    tell(pass, ISSUE_FORMULA_OVERWRITTEN, row, col, seen_value(slot, scratch));
    return OUTCOME_SKIPPED;
}

static enum fault classify_cell(struct sheet_pass *pass, uint32_t place, uint32_t row, uint32_t col,
                                enum outcome *ret_outcome)
{
    const struct slot *slot = &pass->values->slots[place];
    char scratch[DECIMAL_TEXT_MAX];
    switch (pass->values->sheet->cells[place].role) {
    case ROLE_INPUT:
        return classify_input(pass, place, row, col, ret_outcome);
    case ROLE_LABEL:
    case ROLE_CONSTANT:
        *ret_outcome = classify_label(pass, place, row, col);
        break;
    case ROLE_FORMULA:
        *ret_outcome = classify_formula(pass, place, row, col);
        break;
    case ROLE_COVERED:
        tell(pass, ISSUE_UNDER_MERGE, row, col, seen_value(slot, scratch));
        *ret_outcome = OUTCOME_SKIPPED;
        break;
    default:
        *ret_outcome = OUTCOME_NOT_APPLICABLE;
    }
    return FAULT_NONE;
}

/* A label or constant that is blank in the source. Of one in a deleted row or column the shift is
 * told already. */
static void tell_blank(struct sheet_pass *pass, uint32_t place, uint32_t row, uint32_t col)
{
    uint8_t role = pass->values->sheet->cells[place].role;
    if (source_line(&pass->rows, row) == DRIFT_NONE ||
        source_line(&pass->columns, col) == DRIFT_NONE)
        return;
    if (role == ROLE_LABEL || role == ROLE_CONSTANT)
        tell(pass, role == ROLE_LABEL ? ISSUE_LABEL_DIFFERS : ISSUE_CONSTANT_DIFFERS, row, col,
             (struct span){"", 0});
}

/* --- the sheet as a whole --- */

struct outside {
    uint64_t n;
    struct cell_ref first;
    struct cell_range range;
};

/* ROLE_OUTSIDE cells are inside the area but not mapped: told together with what lies beyond it. */
static void add_outside(struct outside *self, uint32_t row, uint32_t col)
{
    struct cell_ref at = {row, col};
    if (self->n++ == 0) {
        self->first = at;
        self->range = (struct cell_range){at, at};
    }
    struct cell_range *range = &self->range;
    range->first.row = row < range->first.row ? row : range->first.row;
    range->first.col = col < range->first.col ? col : range->first.col;
    range->last.row = row > range->last.row ? row : range->last.row;
    range->last.col = col > range->last.col ? col : range->last.col;
}

static void tell_outside(struct issue_log *issues, const struct outside *outside)
{
    if (outside->n == 0)
        return;
    char first[CELL_REF_TEXT_MAX], last[CELL_REF_TEXT_MAX], detail[96];
    cell_ref_format(outside->range.first, first);
    cell_ref_format(outside->range.last, last);
    int n = snprintf(detail, sizeof detail, "%llu cell%s in %s:%s", (unsigned long long)outside->n,
                     outside->n == 1 ? "" : "s", first, last);
    issue_log_add(issues, (struct issue){.code = ISSUE_OUTSIDE_TEMPLATE,
                                         .row = outside->first.row + 1,
                                         .col = outside->first.col + 1,
                                         .detail = span_make(detail, (size_t)n),
                                         .count = outside->n});
}

static void tell_zero_formulas(struct issue_log *issues, const struct sheet_values *values)
{
    if (values->n_formulas == 0 || values->n_formulas_zero < values->n_formulas ||
        values->n_numbers == 0)
        return;
    char detail[64];
    int n = snprintf(detail, sizeof detail, "%llu formula%s",
                     (unsigned long long)values->n_formulas, values->n_formulas == 1 ? "" : "s");
    issue_log_add(issues, (struct issue){.code = ISSUE_FORMULA_ZERO,
                                         .detail = span_make(detail, (size_t)n),
                                         .count = values->n_formulas});
}

/* The source's merged areas that touch the template's area, in the template's numbering. */
static struct plan_range *mapped_merges(const struct sheet_values *values, uint32_t *ret_n)
{
    struct plan_range *ranges = must_alloc(values->n_merges * sizeof *ranges);
    const struct plan_range *area = &values->sheet->area;
    static const struct line_map identity;
    const struct line_map *rows = values->rows ? values->rows : &identity;
    const struct line_map *columns = values->columns ? values->columns : &identity;
    uint32_t n = 0;
    for (uint32_t i = 0; i < values->n_merges; i++) {
        const struct cell_range *from = &values->merges[i];
        struct plan_range to = {
            line_map_get(rows, from->first.row), line_map_get(columns, from->first.col),
            line_map_get(rows, from->last.row), line_map_get(columns, from->last.col)};
        bool is_mapped = to.first_row != DRIFT_NONE && to.first_col != DRIFT_NONE &&
                         to.last_row != DRIFT_NONE && to.last_col != DRIFT_NONE;
        bool touches = is_mapped && to.first_row <= area->last_row &&
                       to.last_row >= area->first_row && to.first_col <= area->last_col &&
                       to.last_col >= area->first_col;
        if (touches)
            ranges[n++] = to;
    }
    if (n)
        qsort(ranges, n, sizeof *ranges, plan_range_compare);
    *ret_n = n;
    return ranges;
}

static size_t put_range(char *out, size_t size, const struct plan_range *range)
{
    char first[CELL_REF_TEXT_MAX], last[CELL_REF_TEXT_MAX];
    cell_ref_format((struct cell_ref){range->first_row, range->first_col}, first);
    cell_ref_format((struct cell_ref){range->last_row, range->last_col}, last);
    return (size_t)snprintf(out, size, "%s:%s", first, last);
}

static void tell_merges(struct issue_log *issues, const struct sheet_values *values)
{
    const struct plan_sheet *sheet = values->sheet;
    uint32_t n, i = 0, k = 0, extra = 0, missing = 0;
    struct plan_range *ranges = mapped_merges(values, &n);
    const struct plan_range *first = NULL;
    while (i < n || k < sheet->n_merges) {
        int order = i == n                 ? 1
                    : k == sheet->n_merges ? -1
                                           : plan_range_compare(&ranges[i], &sheet->merges[k]);
        const struct plan_range *odd = order < 0   ? &ranges[i]
                                       : order > 0 ? &sheet->merges[k]
                                                   : NULL;
        first = first ? first : odd;
        extra += order < 0;
        missing += order > 0;
        i += order <= 0;
        k += order >= 0;
    }
    if (first) {
        char text[2 * CELL_REF_TEXT_MAX + 2], detail[128];
        size_t len = put_range(text, sizeof text, first);
        int length = snprintf(detail, sizeof detail,
                              "%u merged only here, %u only in the template, first %s", extra,
                              missing, text);
        issue_log_add(issues, (struct issue){.code = ISSUE_MERGE_DIFFERS,
                                             .row = first->first_row + 1,
                                             .col = first->first_col + 1,
                                             .value = span_make(text, len),
                                             .detail = span_make(detail, (size_t)length),
                                             .count = extra + missing});
    }
    free(ranges);
}

static void count(struct partial_counts *counts, enum outcome outcome)
{
    counts->read++;
    counts->used += outcome == OUTCOME_USED;
    counts->not_applicable += outcome == OUTCOME_NOT_APPLICABLE;
    counts->skipped += outcome == OUTCOME_SKIPPED;
}

static enum fault classify_cells(struct sheet_pass *pass, struct outside *outside)
{
    const struct sheet_values *values = pass->values;
    const struct plan_range *area = &values->sheet->area;
    uint32_t place = 0;
    for (uint32_t row = area->first_row; row <= area->last_row; row++) {
        for (uint32_t col = area->first_col; col <= area->last_col; col++, place++) {
            enum outcome outcome = OUTCOME_SKIPPED;
            if (values->slots[place].kind == SLOT_BLANK) {
                tell_blank(pass, place, row, col);
                continue;
            }
            if (values->sheet->cells[place].role == ROLE_OUTSIDE) {
                add_outside(outside, source_line(&pass->rows, row),
                            source_line(&pass->columns, col));
            } else {
                enum fault fault = classify_cell(pass, place, row, col, &outcome);
                if (fault != FAULT_NONE)
                    return fault;
            }
            count(&pass->self->counts, outcome);
        }
    }
    return FAULT_NONE;
}

enum fault classify_sheet(struct classifier *self, const struct sheet_values *values,
                          const struct drift *drift)
{
    const struct plan_range *area = &values->sheet->area;
    struct sheet_pass pass = {.self = self, .values = values};
    struct outside outside = {values->n_outside, values->outside_first, values->outside};
    invert(&pass.rows, drift ? &drift->rows : NULL, area->first_row, area->last_row);
    invert(&pass.columns, drift ? &drift->columns : NULL, area->first_col, area->last_col);
    enum fault fault = classify_cells(&pass, &outside);
    if (fault == FAULT_NONE) {
        self->counts.read += values->n_outside;
        self->counts.skipped += values->n_outside;
        if (!self->plan->is_preset_original)
            tell_merges(self->issues, values);
        tell_outside(self->issues, &outside);
        tell_zero_formulas(self->issues, values);
    }
    free(pass.rows.source_line);
    free(pass.columns.source_line);
    return fault;
}

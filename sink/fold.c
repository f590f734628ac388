/* SPDX-License-Identifier: MIT
 *
 * One bit per input cell. A worker tells two hundred issues of a kind on a sheet and counts the others: what a field has in
 * those is found among the source's values, each of which knows whether it was told.
 */
#include "sink/fold.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"

#define CHUNK_VALUES 512u

struct fold {
    const struct plan *plan;
    uint64_t *bits;
    uint32_t n;
    char detail[96];
};

struct fold *fold_new(const struct plan *plan)
{
    struct fold *self = must_alloc(sizeof *self);
    self->plan = plan;
    self->bits = must_alloc((plan->n_inputs / 64 + 1) * sizeof *self->bits);
    return self;
}

void fold_destroy(struct fold **self)
{
    if (!*self)
        return;
    free((*self)->bits);
    free(*self);
    *self = NULL;
}

static uint32_t no_numbers(const struct gather_rest *rest)
{
    return rest->n_texts + rest->n_dates + rest->n_booleans;
}

bool fold_is_field(const struct gather_rest *rest, uint32_t n_sources)
{
    uint32_t n = no_numbers(rest);
    return rest->n_doubtful == 0 && (n >= FOLD_SOURCES_MIN || (n == 2 && n_sources == 2));
}

void fold_put_detail(const struct gather_rest *rest, uint32_t n_sources, struct buffer *out)
{
    const struct {
        const char *kind;
        uint32_t n;
    } parts[] = {{"text", rest->n_texts}, {"a date", rest->n_dates}, {"TRUE or FALSE", rest->n_booleans}};
    const char *between = "";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (parts[i].n == 0)
            continue;
        buffer_putf(out, "%s%s in %u", between, parts[i].kind, parts[i].n);
        between = ", ";
    }
    buffer_putf(out, " of %u sources", n_sources);
}

void fold_add(struct fold *self, uint32_t input)
{
    must(input < self->plan->n_inputs);
    self->bits[input / 64] |= UINT64_C(1) << input % 64;
    self->n++;
}

bool fold_is_empty(const struct fold *self)
{
    return self->n == 0;
}

static bool is_field(const struct fold *self, uint32_t input)
{
    return input < self->plan->n_inputs && self->bits[input / 64] >> input % 64 & 1;
}

/* The kind of the values that a code skips; VALUE_ERROR for codes that are not folded. */
static enum value_kind skipped_kind(enum issue_code code)
{
    switch (code) {
    case ISSUE_TEXT_NOT_NUMBER:
        return VALUE_TEXT;
    case ISSUE_DATE_VALUE:
        return VALUE_DATE;
    case ISSUE_BOOLEAN_VALUE:
        return VALUE_BOOLEAN;
    default:
        return VALUE_ERROR;
    }
}

/* Of which kind a TOO_MANY has more. */
static enum value_kind untold_kind(const struct issue *issue)
{
    static const enum issue_code codes[] = {ISSUE_TEXT_NOT_NUMBER, ISSUE_DATE_VALUE, ISSUE_BOOLEAN_VALUE};
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (span_equal(issue->value, span_of(issue_name(codes[i]))))
            return skipped_kind(codes[i]);
    return VALUE_ERROR;
}

/* Counts the values of a kind in fields of the sheet whose issues were not told. */
static enum fault count_untold(const struct fold *self, struct spool *spool, const struct gather_source *values,
                               const struct plan_sheet *sheet, enum value_kind kind, uint64_t *ret)
{
    unsigned char chunk[CHUNK_VALUES * PARTIAL_VALUE_BYTES];
    *ret = 0;
    for (uint32_t first = 0; first < values->n_values; first += CHUNK_VALUES) {
        uint32_t left = values->n_values - first, n = left < CHUNK_VALUES ? left : CHUNK_VALUES;
        enum fault fault = spool_read(spool, values->values_at + (uint64_t)first * PARTIAL_VALUE_BYTES, chunk,
                                      (size_t)n * PARTIAL_VALUE_BYTES);
        if (fault != FAULT_NONE)
            return fault;
        for (uint32_t i = 0; i < n; i++) {
            struct partial_value value;
            partial_value_get(chunk + (size_t)i * PARTIAL_VALUE_BYTES, &value);
            bool is_here = value.input >= sheet->first_input && value.input - sheet->first_input < sheet->n_inputs;
            *ret += is_here && value.flags & VALUE_UNTOLD && value.kind == kind && is_field(self, value.input);
        }
    }
    return FAULT_NONE;
}

static enum fault shrink(struct fold *self, struct spool *spool, const struct gather_source *values, struct issue *issue,
                         bool *ret_is_left)
{
    uint32_t sheet, row, col;
    uint64_t n;
    plan_locate(self->plan, issue->input - 1, &sheet, &row, &col);
    enum fault fault = count_untold(self, spool, values, &self->plan->sheets[sheet], untold_kind(issue), &n);
    if (fault != FAULT_NONE || n == 0)
        return fault;
    issue->count -= n < issue->count ? n : issue->count;
    int len = snprintf(self->detail, sizeof self->detail, "%llu more of %.*s", (unsigned long long)issue->count,
                       SPAN_ARGS(issue->value));
    issue->detail = span_make(self->detail, (size_t)len);
    *ret_is_left = issue->count > 0;
    return FAULT_NONE;
}

enum fault fold_issue(struct fold *self, struct spool *spool, const struct gather_source *values, struct issue *issue,
                      bool *ret_is_left)
{
    *ret_is_left = true;
    if (issue->input == 0 || issue->input > self->plan->n_inputs)
        return FAULT_NONE;
    if (skipped_kind(issue->code) != VALUE_ERROR)
        *ret_is_left = !is_field(self, issue->input - 1);
    else if (issue->code == ISSUE_TOO_MANY && untold_kind(issue) != VALUE_ERROR)
        return shrink(self, spool, values, issue, ret_is_left);
    return FAULT_NONE;
}

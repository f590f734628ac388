/* SPDX-License-Identifier: MIT
 *
 * Position mode's part of a merge: partial results hold values by input number, and the output is the filled template.
 */
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "sink/contributions_csv.h"
#include "sink/finish.h"
#include "sink/merge_mode.h"

#define SHEETS_UNITS 2000u

struct position_merge {
    struct plan plan;
    struct ledger *ledger;
    char *csv_path;
    struct buffer sheets;
};

static void position_destroy(void **self)
{
    struct position_merge *m = *self;
    if (!m)
        return;
    if (m->plan.arena)
        plan_free(&m->plan);
    buffer_free(&m->sheets);
    free(m->csv_path);
    free(m);
    *self = NULL;
}

static enum fault position_open(const struct job *job, struct span plan_message, struct ledger *ledger, void **ret,
                                struct why *why)
{
    struct position_merge *self = must_alloc(sizeof *self);
    self->ledger = ledger;
    self->csv_path = contributions_csv_path(job->output_path);
    buffer_init(&self->sheets, BUFFER_LIMIT_DEFAULT);
    *ret = self;
    enum fault fault = plan_decode(plan_message, &self->plan);
    return fault == FAULT_NONE ? fault : why_set(why, fault, "the plan of the job cannot be read");
}

/* --- partials ------------------------------------------------------------------------------------------------------------------- */

static bool partial_fits(const struct partial *partial, const struct plan *plan, struct span bytes)
{
    if (!sha256_equal(partial->plan, plan->hash))
        return false;
    if (partial->n_values) {
        struct partial_value last;
        partial_value_get((const unsigned char *)bytes.data + partial->values_at +
                              (uint64_t)(partial->n_values - 1) * PARTIAL_VALUE_BYTES,
                          &last);
        if (last.input >= plan->n_inputs)
            return false;
    }
    for (uint32_t i = 0; i < partial->n_sheets; i++)
        if (partial->sheets[i].plan_sheet >= plan->n_sheets)
            return false;
    return true;
}

/* "Income; Costs (as Cost 2024)": what was read for each sheet of the plan. */
static struct span describe_sheets(struct position_merge *self, const struct partial *partial)
{
    struct buffer *out = &self->sheets;
    buffer_clear(out);
    for (uint32_t i = 0; i < partial->n_sheets; i++) {
        const struct partial_sheet *sheet = &partial->sheets[i];
        struct span name = self->plan.sheets[sheet->plan_sheet].name;
        if (sheet->match == MATCH_MISSING)
            continue;
        if (out->len)
            buffer_put(out, SPAN("; "));
        buffer_put(out, name);
        if (!span_equal(name, sheet->source_name))
            buffer_putf(out, " (as %.*s)", SPAN_ARGS(sheet->source_name));
    }
    return utf8_cut_utf16(buffer_span(out), SHEETS_UNITS);
}

static struct ledger_facts facts_of(struct position_merge *self, const struct partial *partial)
{
    return (struct ledger_facts){
        .content = partial->source,
        .state = partial->state,
        .counts = partial->counts,
        .sheets = describe_sheets(self, partial),
        .id_text = partial->id_text,
        .values = {.values_at = partial->values_at,
                   .texts_at = partial->texts_at,
                   .texts_len = partial->texts_len,
                   .n_values = partial->n_values},
        .issues_at = partial->issues_at,
        .issues_len = partial->issues_len,
        .n_issues = partial->n_issues,
    };
}

static enum fault position_keep(void *context, uint32_t source, struct span bytes, struct sha256 sha,
                                enum merge_verdict *ret, struct why *why)
{
    struct position_merge *self = context;
    struct arena *arena = arena_new((size_t)64 << 20);
    struct partial partial;
    uint64_t at;
    enum fault fault = FAULT_NONE;
    *ret = MERGE_CORRUPT;
    if (partial_open(bytes, arena, &partial) == FAULT_NONE && partial_fits(&partial, &self->plan, bytes)) {
        struct ledger_facts facts = facts_of(self, &partial);
        fault = ledger_keep(self->ledger, source, bytes, sha, &facts, ret, &at, why);
    }
    arena_destroy(&arena);
    return fault;
}

/* --- the end ------------------------------------------------------------------------------------------------------------------- */

static enum fault position_output(void *self, const struct merge_end *end)
{
    const struct position_merge *m = self;
    return finish_output(end, &m->plan, m->csv_path);
}

static enum fault position_check(void *self, const struct merge_end *end)
{
    return finish_check(end, &((const struct position_merge *)self)->plan);
}

static enum fault position_refused(void *self, const struct merge_end *end, const struct why *refusal)
{
    return finish_refused(end, &((const struct position_merge *)self)->plan, refusal);
}

static const struct merge_mode position_mode = {
    .open = position_open,
    .destroy = position_destroy,
    .keep = position_keep,
    .output = position_output,
    .check = position_check,
    .refused = position_refused,
};

enum fault merge_new(const struct job *job, struct span plan_message, struct merge **ret, struct why *why)
{
    return merge_open(&position_mode, job, plan_message, ret, why);
}

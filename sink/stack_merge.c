/* SPDX-License-Identifier: MIT */
#include "sink/stack_merge.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "sink/stack_finish.h"
#include "workbook/cell_ref.h"
#include "workbook/codec.h"

#define HEAD_BYTES_MAX ((size_t)256 << 20) /* what opening a partial result may take */
#define SHEETS_UNITS 2000u
#define SHEET_ROWS_VARIABLE "SHEAF_SHEET_ROWS" /* tests: fewer rows to a sheet than there may be */

struct stack_merge {
    struct stack_plan plan;
    struct stack_parts parts;
    const struct job *job;
    bool joins_ahead;
    struct stack_ahead ahead;
};

static void stack_destroy(void **self)
{
    struct stack_merge *m = *self;
    if (!m)
        return;
    stack_ahead_free(&m->ahead);
    if (m->plan.arena)
        stack_plan_free(&m->plan);
    free(m->parts.items);
    free(m);
    *self = NULL;
}

static uint32_t sheet_rows(void)
{
    const char *text = getenv(SHEET_ROWS_VARIABLE);
    unsigned long rows = text ? strtoul(text, NULL, 10) : GRID_ROWS;
    return rows >= 2 && rows <= GRID_ROWS ? (uint32_t)rows : GRID_ROWS;
}

/* Rows may go out as soon as all before them are there, unless what comes later has a say in how. */
static bool joins_ahead(const struct job *job, const struct stack_plan *plan)
{
    bool is_settled = plan->form != STACK_XLSX || (!job->stack.cell_refs && plan->n_columns <= STACK_SPARSE_COLUMNS);
    return is_settled && plan->n_columns && plan->dedupe == DEDUPE_NONE && !job->is_check;
}

static enum fault stack_open(const struct job *job, struct span plan_message, struct ledger *ledger, void **ret, struct why *why)
{
    struct stack_merge *self = must_alloc(sizeof *self);
    self->parts = (struct stack_parts){.ledger = ledger, .plan = &self->plan};
    self->job = job;
    self->ahead.sheet_rows = sheet_rows();
    *ret = self;
    enum fault fault = stack_plan_decode(plan_message, &self->plan);
    if (fault != FAULT_NONE)
        return why_set(why, fault, "the plan of the job cannot be read");
    self->ahead.joiner = stack_joiner_new(&self->parts);
    self->joins_ahead = joins_ahead(job, &self->plan);
    return FAULT_NONE;
}

/* --- partials ------------------------------------------------------------------------------------------------------------------ */

const struct stack_part *stack_parts_at(const struct stack_parts *self, uint32_t record)
{
    return record < self->n && self->items[record].bytes_at ? &self->items[record] : NULL;
}

static struct stack_part *part_for(struct stack_parts *self, uint32_t record)
{
    if (record >= self->n) {
        uint32_t n = record + 1 + self->n / 4;
        self->items = must_realloc(self->items, n * sizeof *self->items);
        memset(self->items + self->n, 0, (n - self->n) * sizeof *self->items);
        self->n = n;
    }
    return &self->items[record];
}

static struct ledger_facts facts_of(const struct stack_partial *partial)
{
    return (struct ledger_facts){
        .content = partial->source,
        .slice = partial->slice,
        .state = partial->state,
        .counts = partial->counts,
        .id_text = partial->id_text,
        .issues_at = partial->issues_at,
        .issues_len = partial->issues_len,
        .n_issues = partial->n_issues,
    };
}

static enum fault note_part(struct stack_parts *self, uint32_t record, const struct stack_partial *partial, struct span bytes, uint64_t at)
{
    struct stack_part *part = part_for(self, record);
    struct span fragments = span_make(bytes.data + partial->fragments_at, (size_t)partial->n_fragments * STACK_FRAGMENT_BYTES);
    struct span rows = span_make(bytes.data + partial->rows_at, partial->has_rows ? partial->n_rows * STACK_ROW_BYTES : 0);
    *part = (struct stack_part){
        .fragments_at = at + partial->fragments_at,
        .rows_at = at + partial->rows_at,
        .bytes_at = at + partial->bytes_at,
        .bytes_len = partial->bytes_len,
        .n_rows = partial->n_rows,
        .n_fragments = partial->n_fragments,
        .n_sheets = partial->n_sheets,
        .fragments_crc = codec_crc32(0, fragments),
        .rows_crc = codec_crc32(0, rows),
        .bytes_crc = codec_crc32(0, span_make(bytes.data + partial->bytes_at, partial->bytes_len)),
        .has_rows = partial->has_rows,
    };
    return spool_append(ledger_spool(self->ledger), span_make(partial->sheets, partial->n_sheets * sizeof *partial->sheets),
                        &part->sheets_at);
}

static bool partial_fits(const struct stack_partial *partial, const struct stack_plan *plan)
{
    bool wants_rows = plan->dedupe != DEDUPE_NONE && partial->n_rows;
    return sha256_equal(partial->plan, plan->hash) && (partial->has_rows || !wants_rows);
}

/* `given`: the fragments of the part that came, where they are not in the spool. */
static enum fault join_ahead(struct stack_merge *self, struct span given, struct why *why)
{
    enum fault fault = FAULT_NONE;
    if (!self->joins_ahead)
        return FAULT_NONE;
    if (!self->ahead.writer) {
        char *path = must_strndup(self->job->output_path.data, self->job->output_path.len);
        fault = stack_writer_new(path, self->job, &self->plan, self->ahead.sheet_rows, false, &self->ahead.writer, why);
        free(path);
    }
    if (fault != FAULT_NONE)
        return fault;
    stack_joiner_give(self->ahead.joiner, given);
    return stack_joiner_advance(self->ahead.joiner, self->ahead.writer, why);
}

static enum fault stack_keep(void *context, uint32_t source, struct span bytes, struct sha256 sha, enum merge_verdict *ret,
                             struct why *why)
{
    struct stack_merge *self = context;
    struct arena *arena = arena_new(HEAD_BYTES_MAX);
    struct stack_partial partial;
    enum fault fault = FAULT_NONE;
    *ret = MERGE_CORRUPT;
    if (stack_partial_open(bytes, bytes.len, arena, &partial) == FAULT_NONE && partial_fits(&partial, &self->plan)) {
        struct ledger_facts facts = facts_of(&partial);
        uint64_t at;
        bool is_next = self->joins_ahead && partial.state == PARTIAL_OK && stack_joiner_is_next(self->ahead.joiner, source);
        struct span kept = is_next ? span_make(bytes.data, partial.bytes_at) : bytes;
        fault = ledger_keep(self->parts.ledger, source, kept, sha, &facts, ret, &at, why);
        if (fault == FAULT_NONE && *ret == MERGE_COUNTED)
            fault = note_part(&self->parts, source, &partial, bytes, at);
        if (fault == FAULT_NONE && *ret == MERGE_COUNTED)
            fault = join_ahead(self, is_next ? span_from(bytes, partial.bytes_at) : SPAN(""), why);
    }
    arena_destroy(&arena);
    return fault;
}

/* --- the end ------------------------------------------------------------------------------------------------------------------- */

static enum fault stack_check(void *context, const struct merge_end *end)
{
    return stack_finish_check(end, &((const struct stack_merge *)context)->parts);
}

static enum fault stack_refused(void *context, const struct merge_end *end, const struct why *refusal)
{
    return stack_finish_refused(end, &((const struct stack_merge *)context)->parts, refusal);
}

/* An output without a column would say nothing, and might take the place of one that did. */
static enum fault refuse_no_column(struct stack_merge *self, const struct merge_end *end)
{
    struct why refusal;
    bool is_common = end->job->stack.columns == COLUMNS_INTERSECTION;
    enum fault fault = why_set(&refusal, FAULT_REFUSED, "nothing usable: %s; nothing was written",
                               is_common ? "no column is in all sources (--columns=intersection)"
                                         : "no sheet has a header row there; say which row it is with --header");
    enum fault other = stack_refused(self, end, &refusal);
    if (other != FAULT_NONE)
        return other;
    if (end->why)
        *end->why = refusal;
    return fault;
}

static enum fault stack_output(void *context, const struct merge_end *end)
{
    struct stack_merge *self = context;
    if (!self->plan.n_columns)
        return refuse_no_column(self, end);
    return stack_finish_output(end, &self->parts, &self->ahead);
}

static const struct merge_mode stack_mode = {
    .open = stack_open,
    .destroy = stack_destroy,
    .keep = stack_keep,
    .output = stack_output,
    .check = stack_check,
    .refused = stack_refused,
};

enum fault stack_merge_new(const struct job *job, struct span plan_message, struct merge **ret, struct why *why)
{
    return merge_open(&stack_mode, job, plan_message, ret, why);
}

/* SPDX-License-Identifier: MIT
 *
 * Issues in the order of the output, read back from the spool: what the ventilator found stands in a list by source, what a worker
 * told lies in one piece.
 */
#include <stdlib.h>

#include "core/must.h"
#include "sink/ledger_state.h"

static enum fault load(struct ledger *self, uint64_t at, uint64_t len)
{
    buffer_clear(&self->scratch);
    char *to = buffer_reserve(&self->scratch, len);
    if (!to)
        return FAULT_LIMIT;
    enum fault fault = spool_read(self->spool, at, to, len);
    if (fault == FAULT_NONE)
        self->scratch.len = len;
    return fault;
}

/* Gives `n` issues that lie one after another in the spool; those of a worker go through the fold. */
static enum fault give(struct ledger *self, uint64_t at, uint64_t len, uint32_t n, uint32_t source, ledger_visit *visit,
                       void *context, bool is_of_worker)
{
    enum fault fault = load(self, at, len);
    if (fault != FAULT_NONE)
        return fault;
    struct cursor in;
    cursor_init(&in, buffer_span(&self->scratch));
    for (uint32_t i = 0; i < n && fault == FAULT_NONE; i++) {
        struct issue issue;
        fault = issue_decode(&in, &issue);
        if (fault != FAULT_NONE)
            return fault;
        issue.source = source;
        bool is_left = true;
        if (is_of_worker && self->fold)
            fault = fold_issue(self->fold, self->spool, &self->records[source].values, &issue, &is_left);
        if (fault == FAULT_NONE && is_left)
            fault = visit(context, &issue);
    }
    return fault;
}

static enum fault give_failure(const struct record *record, ledger_visit *visit, void *context)
{
    struct issue issue = {
        .code = record->fault == FAULT_ENCRYPTED ? ISSUE_SOURCE_ENCRYPTED
                : record->fault == FAULT_CHANGED ? ISSUE_SOURCE_CHANGED
                                                 : ISSUE_SOURCE_FAILED,
        .source = record->source.index,
        .value = span_of(fault_text(record->fault)),
        .detail = record->reason,
        .count = 1,
    };
    return visit(context, &issue);
}

static enum fault give_stored(struct ledger *self, const struct stored_issue *stored, ledger_visit *visit, void *context)
{
    return give(self, stored->at, stored->len, 1, stored->source, visit, context, false);
}

static int by_source(const void *a, const void *b)
{
    const struct stored_issue *x = a, *y = b;
    uint32_t s = x->source + 1, t = y->source + 1; /* the job (UINT32_MAX) first */
    if (s != t)
        return s < t ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at; /* as they came */
}

static enum fault give_source(struct ledger *self, uint32_t source, size_t *next_found, ledger_visit *visit, void *context)
{
    const struct record *record = &self->records[source];
    enum fault fault = record->has_failed ? give_failure(record, visit, context) : FAULT_NONE;
    for (; fault == FAULT_NONE && *next_found < self->found.n && self->found.items[*next_found].source == source;
         ++*next_found)
        fault = give_stored(self, &self->found.items[*next_found], visit, context);
    for (uint32_t end = ledger_next(self, source), i = source; i < end && fault == FAULT_NONE; i++) {
        const struct record *slice = &self->records[i];
        if (slice->n_issues)
            fault = give(self, slice->issues_at, slice->issues_len, slice->n_issues, source, visit, context, true);
    }
    return fault;
}

/* More notes are a note: they do not make a run with warnings of one without. */
static enum issue_code more_code(int code)
{
    return issue_severity((enum issue_code)code) == SEVERITY_INFO ? (enum issue_code)code : ISSUE_TOO_MANY;
}

static enum fault give_results(struct ledger *self, ledger_visit *visit, void *context)
{
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < self->results.n && fault == FAULT_NONE; i++)
        fault = give_stored(self, &self->results.items[i], visit, context);
    for (int code = 0; code < ISSUE_CODES && fault == FAULT_NONE; code++) {
        if (self->result_codes[code] <= LEDGER_RESULT_ISSUES_MAX)
            continue;
        struct issue more = {
            .code = more_code(code),
            .source = ISSUE_NO_SOURCE,
            .value = span_of(issue_name((enum issue_code)code)),
            .detail = SPAN("more of this kind, only counted"),
            .count = self->result_codes[code] - LEDGER_RESULT_ISSUES_MAX,
        };
        fault = visit(context, &more);
    }
    return fault;
}

enum fault ledger_each_issue(struct ledger *self, ledger_visit *visit, void *context)
{
    if (self->found.n)
        qsort(self->found.items, self->found.n, sizeof *self->found.items, by_source);
    enum fault fault = FAULT_NONE;
    size_t next = 0;
    for (; fault == FAULT_NONE && next < self->found.n && self->found.items[next].source == ISSUE_NO_SOURCE; next++)
        fault = give_stored(self, &self->found.items[next], visit, context);
    for (uint32_t source = 0; source < self->n && fault == FAULT_NONE; source = ledger_next(self, source))
        fault = give_source(self, source, &next, visit, context);
    return fault == FAULT_NONE ? give_results(self, visit, context) : fault;
}

static enum fault count_left(void *context, const struct issue *issue)
{
    (void)issue;
    ++*(uint32_t *)context;
    return FAULT_NONE;
}

enum fault ledger_fold(struct ledger *self, struct fold *fold)
{
    must(!self->fold && self->used);
    self->fold = fold;
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < self->n && fault == FAULT_NONE; i++) {
        struct record *record = &self->records[i];
        uint32_t left = 0;
        if (record->n_issues == 0)
            continue;
        fault = give(self, record->issues_at, record->issues_len, record->n_issues, i, count_left, &left, true);
        if (fault != FAULT_NONE)
            break;
        record->warnings -= record->n_issues - left; /* all that a fold takes away are warnings */
        if (record->status <= STATUS_WARNED)
            record->status = record_settle_status(record);
    }
    return fault;
}

void ledger_count_issues(const struct ledger *self, uint32_t counts[3])
{
    memcpy(counts, self->severities, sizeof self->severities);
    for (uint32_t i = 0; i < self->n; i = ledger_next(self, i)) {
        counts[SEVERITY_ERROR] += self->records[i].errors;
        counts[SEVERITY_WARNING] += self->records[i].warnings;
        counts[SEVERITY_INFO] += self->records[i].infos;
    }
    for (int code = 0; code < ISSUE_CODES; code++)
        counts[issue_severity(more_code(code))] += self->result_codes[code] > LEDGER_RESULT_ISSUES_MAX;
}

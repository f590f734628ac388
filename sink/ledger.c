/* SPDX-License-Identifier: MIT
 *
 * Partials and issues lie in one spool as they came; a record keeps where. Only the records (some hundred bytes per
 * source) stay in memory.
 */
#include "sink/ledger.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/must.h"
#include "core/utf8.h"

#define ARENA_BYTES ((size_t)2 << 30)
#define RECORDS_STEP 1024u
#define IDENTITY_UNITS 200u /* of a cell's text that names a source: as long as a file name may be */

struct stored_issue {
    uint64_t at;
    uint32_t source, len;
};

struct issue_list {
    struct stored_issue *items;
    size_t n, capacity;
};

struct ledger {
    struct arena *arena;
    struct spool *spool;
    struct record *records;
    uint32_t n, capacity;
    struct issue_list found, results; /* by the ventilator (and here); about results */
    uint32_t severities[3];           /* of issues that belong to no record, and of found ones */
    uint64_t result_codes[ISSUE_CODES];
    struct fold *fold; /* NULL: no fields */
    uint32_t *used;    /* slot -> source */
    struct gather_source *slots;
    uint32_t n_used;
    struct buffer scratch;
};

const char *source_status_name(enum source_status status)
{
    static const char *const names[] = {"used", "used with warnings", "failed", "rejected", "duplicate"};
    must(status <= STATUS_DUPLICATE);
    return names[status];
}

enum fault ledger_new(struct ledger **ret, struct why *why)
{
    struct ledger *self = must_alloc(sizeof *self);
    self->arena = arena_new(ARENA_BYTES);
    buffer_init(&self->scratch, BUFFER_LIMIT_DEFAULT);
    enum fault fault = spool_new(NULL, &self->spool, why);
    if (fault != FAULT_NONE)
        ledger_destroy(&self);
    else
        *ret = self;
    return fault;
}

void ledger_destroy(struct ledger **self)
{
    struct ledger *l = *self;
    if (!l)
        return;
    arena_destroy(&l->arena);
    spool_destroy(&l->spool);
    fold_destroy(&l->fold);
    free(l->records);
    free(l->found.items);
    free(l->results.items);
    free(l->used);
    free(l->slots);
    buffer_free(&l->scratch);
    free(l);
    *self = NULL;
}

/* The record of a source, made when it is new; NULL for an index beyond the limit. */
static struct record *record_for(struct ledger *self, uint32_t source)
{
    if (source >= LEDGER_SOURCES_MAX)
        return NULL;
    if (source >= self->capacity) {
        uint32_t capacity = self->capacity ? self->capacity : 64;
        while (capacity <= source) /* ten thousand records must not cost the room of sixteen thousand */
            capacity += capacity < RECORDS_STEP ? capacity : RECORDS_STEP;
        self->records = must_realloc(self->records, capacity * sizeof *self->records);
        memset(self->records + self->capacity, 0, (capacity - self->capacity) * sizeof *self->records);
        self->capacity = capacity;
    }
    if (source >= self->n)
        self->n = source + 1;
    return &self->records[source];
}

/* Text is ours: an arena of 2 GiB that is full has met a hostile job. */
static enum fault copy_text(struct ledger *self, struct span text, struct span *ret)
{
    struct span copy = arena_copy(self->arena, text);
    if (!copy.data)
        return FAULT_LIMIT;
    *ret = copy;
    return FAULT_NONE;
}

enum fault ledger_source(struct ledger *self, const struct source *source)
{
    struct record *record = record_for(self, source->index);
    if (!record)
        return FAULT_LIMIT;
    must(!record->is_known);
    struct source copy = *source;
    enum fault fault = copy_text(self, source->path, &copy.path);
    if (fault == FAULT_NONE)
        fault = copy_text(self, source->name, &copy.name);
    if (fault == FAULT_NONE)
        fault = copy_text(self, source->identity, &copy.identity);
    if (fault == FAULT_NONE)
        fault = copy_text(self, source->reason, &copy.reason);
    if (fault != FAULT_NONE)
        return fault;
    record->source = copy;
    record->is_known = true;
    return FAULT_NONE;
}

static void count_severity(uint32_t *errors, uint32_t *warnings, uint32_t *infos, enum severity severity)
{
    ++*(severity == SEVERITY_ERROR ? errors : severity == SEVERITY_WARNING ? warnings : infos);
}

static enum fault store_issue(struct ledger *self, struct issue_list *list, const struct issue *issue)
{
    buffer_clear(&self->scratch);
    issue_encode(&self->scratch, issue);
    if (list->n == list->capacity) {
        list->capacity = list->capacity ? list->capacity * 2 : 64;
        list->items = must_realloc(list->items, list->capacity * sizeof *list->items);
    }
    struct stored_issue *stored = &list->items[list->n];
    *stored = (struct stored_issue){.source = issue->source, .len = (uint32_t)self->scratch.len};
    enum fault fault = spool_append(self->spool, buffer_span(&self->scratch), &stored->at);
    if (fault != FAULT_NONE)
        return fault;
    list->n++;
    enum severity severity = issue_severity(issue->code);
    struct record *record = issue->source == ISSUE_NO_SOURCE ? NULL : record_for(self, issue->source);
    if (record)
        count_severity(&record->errors, &record->warnings, &record->infos, severity);
    else
        self->severities[severity]++;
    return FAULT_NONE;
}

enum fault ledger_issue(struct ledger *self, const struct issue *issue)
{
    if (issue->source != ISSUE_NO_SOURCE && !record_for(self, issue->source))
        return FAULT_LIMIT;
    return store_issue(self, &self->found, issue);
}

enum fault ledger_result_issue(struct ledger *self, const struct issue *issue)
{
    if (++self->result_codes[issue->code] > LEDGER_RESULT_ISSUES_MAX)
        return FAULT_NONE;
    if (issue->source != ISSUE_NO_SOURCE && self->records[issue->source].status == STATUS_USED)
        self->records[issue->source].status = STATUS_WARNED;
    return store_issue(self, &self->results, issue);
}

/* --- partials --------------------------------------------------------------------------------------------------------------- */

static bool partial_fits(const struct partial *partial, const struct plan *plan, const struct record *record,
                         struct span bytes)
{
    if (!sha256_equal(partial->plan, plan->hash))
        return false;
    if (record->is_known && !sha256_equal(partial->source, record->source.sha))
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
static struct span describe_sheets(struct ledger *self, const struct partial *partial, const struct plan *plan)
{
    struct buffer *out = &self->scratch;
    buffer_clear(out);
    for (uint32_t i = 0; i < partial->n_sheets; i++) {
        const struct partial_sheet *sheet = &partial->sheets[i];
        struct span name = plan->sheets[sheet->plan_sheet].name;
        if (sheet->match == MATCH_MISSING)
            continue;
        if (out->len)
            buffer_put(out, SPAN("; "));
        buffer_put(out, name);
        if (!span_equal(name, sheet->source_name))
            buffer_putf(out, " (as %.*s)", SPAN_ARGS(sheet->source_name));
    }
    return arena_copy(self->arena, utf8_cut_utf16(buffer_span(out), 2000));
}

static enum fault count_partial_issues(struct record *record, struct span issues)
{
    struct cursor in;
    cursor_init(&in, issues);
    for (uint32_t i = 0; i < record->n_issues; i++) {
        struct issue issue;
        enum fault fault = issue_decode(&in, &issue);
        if (fault != FAULT_NONE)
            return fault;
        count_severity(&record->errors, &record->warnings, &record->infos, issue_severity(issue.code));
    }
    return FAULT_NONE;
}

static enum fault store_partial(struct ledger *self, struct record *record, const struct partial *partial,
                                const struct plan *plan, struct span bytes, struct why *why)
{
    uint64_t at;
    enum fault fault = spool_append(self->spool, bytes, &at);
    if (fault != FAULT_NONE)
        return why_set(why, fault, "cannot keep a partial result: %s; set TMPDIR to a folder with room", fault_text(fault));
    record->content = partial->source;
    record->state = partial->state;
    record->counts = partial->counts;
    record->values = (struct gather_source){
        .values_at = at + partial->values_at,
        .texts_at = at + partial->texts_at,
        .texts_len = partial->texts_len,
        .n_values = partial->n_values,
    };
    record->issues_at = at + partial->issues_at;
    record->issues_len = partial->issues_len;
    record->n_issues = partial->n_issues;
    record->sheets = describe_sheets(self, partial, plan);
    record->id_text = arena_copy(self->arena, utf8_cut_utf16(utf8_trim(partial->id_text), IDENTITY_UNITS));
    if (!record->sheets.data || !record->id_text.data)
        return why_set(why, FAULT_LIMIT, "the names of the sources need more than 2 GiB");
    record->has_partial = true;
    return count_partial_issues(record, span_make(bytes.data + partial->issues_at, partial->issues_len));
}

enum fault ledger_add(struct ledger *self, const struct plan *plan, uint32_t source, struct span bytes, struct sha256 sha,
                      enum merge_verdict *ret, struct why *why)
{
    *ret = MERGE_CORRUPT;
    struct record *record = record_for(self, source);
    if (!record || !sha256_equal(sha256_of(bytes), sha))
        return FAULT_NONE;
    if (record->has_partial || record->has_failed) {
        *ret = record->has_partial && sha256_equal(record->partial_sha, sha) ? MERGE_AGAIN : MERGE_CONFLICT;
        return FAULT_NONE;
    }
    struct arena *arena = arena_new((size_t)64 << 20);
    struct partial partial;
    enum fault fault = FAULT_NONE;
    if (partial_open(bytes, arena, &partial) == FAULT_NONE && partial_fits(&partial, plan, record, bytes)) {
        record->partial_sha = sha;
        fault = store_partial(self, record, &partial, plan, bytes, why);
        *ret = MERGE_COUNTED;
    }
    arena_destroy(&arena);
    return fault;
}

enum fault ledger_failed(struct ledger *self, uint32_t source, enum fault fault, struct span reason)
{
    struct record *record = record_for(self, source);
    if (!record)
        return FAULT_LIMIT;
    if (record->has_partial || record->has_failed) /* counted wins over dead (pipeline.md) */
        return FAULT_NONE;
    record->has_failed = true;
    record->fault = fault;
    return copy_text(self, reason, &record->reason);
}

/* --- the end ------------------------------------------------------------------------------------------------------------------- */

static enum source_status status_of(struct record *record)
{
    if (record->source.state == SOURCE_DUPLICATE)
        return STATUS_DUPLICATE;
    if (record->source.state == SOURCE_FAILED) {
        record->has_failed = true;
        record->fault = record->source.fault;
        record->reason = record->source.reason;
    }
    if (record->has_failed)
        return STATUS_FAILED;
    must(record->has_partial);
    if (record->state == PARTIAL_REJECTED)
        return STATUS_REJECTED;
    return record->errors || record->warnings ? STATUS_WARNED : STATUS_USED;
}

/* A partial that came before its source was announced, and is of other content: it does not count. */
static void check_content(struct record *record)
{
    if (!record->has_partial || sha256_equal(record->content, record->source.sha))
        return;
    record->has_failed = true;
    record->fault = FAULT_PROTOCOL;
    record->reason = SPAN("the partial result is of another content than the source");
    record->n_issues = record->errors = record->warnings = record->infos = 0;
}

struct renaming {
    struct ledger *self;
    struct source *sources;
    enum fault fault;
};

static void report_clash(void *context, uint32_t source, uint32_t with)
{
    struct renaming *renaming = context;
    struct issue issue = {
        .code = ISSUE_DUPLICATE_IDENTITY,
        .source = source,
        .value = renaming->sources[with].name,
        .detail = renaming->self->records[source].id_text,
        .count = 1,
    };
    if (renaming->fault == FAULT_NONE)
        renaming->fault = ledger_issue(renaming->self, &issue);
}

/* --id-cell: what the cell says is the identity of the source, again unique over all. */
static enum fault rename_sources(struct ledger *self)
{
    bool any = false;
    struct source *sources = must_alloc((self->n ? self->n : 1) * sizeof *sources);
    for (uint32_t i = 0; i < self->n; i++) {
        struct record *record = &self->records[i];
        sources[i] = record->source;
        if (record->status <= STATUS_WARNED && record->id_text.len) {
            sources[i].identity = record->id_text;
            any = true;
        }
    }
    struct renaming renaming = {self, sources, FAULT_NONE};
    if (any) {
        source_unique(sources, self->n, self->arena, report_clash, &renaming);
        for (uint32_t i = 0; i < self->n; i++)
            self->records[i].source.identity = sources[i].identity;
    }
    free(sources);
    return renaming.fault;
}

enum fault ledger_settle(struct ledger *self)
{
    self->used = must_alloc((self->n ? self->n : 1) * sizeof *self->used);
    self->slots = must_alloc((self->n ? self->n : 1) * sizeof *self->slots);
    for (uint32_t i = 0; i < self->n; i++) {
        struct record *record = &self->records[i];
        must(record->is_known);
        check_content(record);
        record->status = status_of(record);
        if (record->status == STATUS_FAILED)
            record->errors++;
        if (record->status > STATUS_WARNED)
            continue;
        self->used[self->n_used] = i;
        self->slots[self->n_used++] = record->values;
    }
    enum fault fault = rename_sources(self);
    for (uint32_t i = 0; i < self->n_used; i++) { /* a clash of names is a warning too */
        struct record *record = &self->records[self->used[i]];
        record->status = status_of(record);
    }
    return fault;
}

uint32_t ledger_sources(const struct ledger *self)
{
    return self->n;
}

const struct record *ledger_record(const struct ledger *self, uint32_t source)
{
    must(source < self->n);
    return &self->records[source];
}

uint32_t ledger_used(const struct ledger *self)
{
    return self->n_used;
}

const struct gather_source *ledger_slots(const struct ledger *self)
{
    return self->slots;
}

const struct record *ledger_slot(const struct ledger *self, uint32_t slot)
{
    must(slot < self->n_used);
    return &self->records[self->used[slot]];
}

struct spool *ledger_spool(struct ledger *self)
{
    return self->spool;
}

/* --- issues in order ------------------------------------------------------------------------------------------------------------ */

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
    if (fault == FAULT_NONE && record->n_issues)
        fault = give(self, record->issues_at, record->issues_len, record->n_issues, source, visit, context, true);
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
    for (uint32_t source = 0; source < self->n && fault == FAULT_NONE; source++)
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
            record->status = status_of(record);
    }
    return fault;
}

void ledger_count_issues(const struct ledger *self, uint32_t counts[3])
{
    memcpy(counts, self->severities, sizeof self->severities);
    for (uint32_t i = 0; i < self->n; i++) {
        counts[SEVERITY_ERROR] += self->records[i].errors;
        counts[SEVERITY_WARNING] += self->records[i].warnings;
        counts[SEVERITY_INFO] += self->records[i].infos;
    }
    for (int code = 0; code < ISSUE_CODES; code++)
        counts[issue_severity(more_code(code))] += self->result_codes[code] > LEDGER_RESULT_ISSUES_MAX;
}

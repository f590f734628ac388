/* SPDX-License-Identifier: MIT
 *
 * Partials, layouts and issues lie in one spool as they came; a record keeps where. Only the records (some hundred bytes per
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
    if (span_equal(text, *ret)) /* a slice is called as the one before it */
        return FAULT_NONE;
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
    static const struct source nothing = {.path = {"", 0}, .name = {"", 0}, .identity = {"", 0}, .reason = {"", 0}};
    const struct source *like = source->slice && self->records[source->index - 1].is_known ? &record[-1].source : &nothing;
    struct source copy = *source;
    copy.path = like->path;
    copy.name = like->name;
    copy.identity = like->identity;
    copy.reason = like->reason;
    copy.layout = (struct span){"", 0};
    enum fault fault = copy_text(self, source->path, &copy.path);
    if (fault == FAULT_NONE)
        fault = copy_text(self, source->name, &copy.name);
    if (fault == FAULT_NONE)
        fault = copy_text(self, source->identity, &copy.identity);
    if (fault == FAULT_NONE)
        fault = copy_text(self, source->reason, &copy.reason);
    if (fault == FAULT_NONE && source->layout.len)
        fault = spool_append(self->spool, source->layout, &record->layout_at);
    if (fault != FAULT_NONE)
        return fault;
    record->layout_len = source->layout.len;
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
    if (issue->source != ISSUE_NO_SOURCE && issue_severity(issue->code) != SEVERITY_INFO &&
        self->records[issue->source].status == STATUS_USED)
        self->records[issue->source].status = STATUS_WARNED;
    return store_issue(self, &self->results, issue);
}

/* --- partials --------------------------------------------------------------------------------------------------------------- */

static enum fault count_partial_issues(struct record *record, struct span issues)
{
    struct cursor in;
    cursor_init(&in, issues);
    for (uint32_t i = 0; i < record->n_issues; i++) {
        struct issue issue;
        enum fault fault = issue_decode(&in, &issue);
        if (fault != FAULT_NONE)
            return fault;
        record->told[issue_severity(issue.code)]++;
    }
    record->errors += record->told[SEVERITY_ERROR];
    record->warnings += record->told[SEVERITY_WARNING];
    record->infos += record->told[SEVERITY_INFO];
    return FAULT_NONE;
}

enum merge_verdict ledger_judge(struct ledger *self, uint32_t source, struct span bytes, struct sha256 sha)
{
    const struct record *record = record_for(self, source);
    if (!record || !sha256_equal(message_digest(bytes), sha))
        return MERGE_CORRUPT;
    if (!record->has_partial && !record->has_failed)
        return MERGE_COUNTED;
    return record->has_partial && sha256_equal(record->partial_sha, sha) ? MERGE_AGAIN : MERGE_CONFLICT;
}

static bool is_of_source(const struct record *record)
{
    return sha256_equal(record->content, record->source.sha) && record->slice == record->source.slice;
}

static void note_facts(struct record *record, const struct ledger_facts *facts, uint64_t at)
{
    record->content = facts->content;
    record->slice = facts->slice;
    record->state = facts->state;
    record->counts = facts->counts;
    record->values = facts->values;
    record->values.values_at += at;
    record->values.texts_at += at;
    record->issues_at = at + facts->issues_at;
    record->issues_len = facts->issues_len;
    record->n_issues = facts->n_issues;
}

enum fault ledger_keep(struct ledger *self, uint32_t source, struct span bytes, struct sha256 sha,
                       const struct ledger_facts *facts, enum merge_verdict *ret, uint64_t *ret_at, struct why *why)
{
    struct record *record = record_for(self, source);
    must(record && !record->has_partial && !record->has_failed);
    struct record kept = *record;
    note_facts(&kept, facts, 0);
    *ret = MERGE_CORRUPT;
    if (record->is_known && !is_of_source(&kept))
        return FAULT_NONE;
    enum fault fault = spool_append(self->spool, bytes, ret_at);
    if (fault != FAULT_NONE)
        return why_set(why, fault, "cannot keep a partial result: %s; set TMPDIR to a folder with room", fault_text(fault));
    note_facts(record, facts, *ret_at);
    record->partial_sha = sha;
    record->sheets = arena_copy(self->arena, facts->sheets);
    record->id_text = arena_copy(self->arena, utf8_cut_utf16(utf8_trim(facts->id_text), IDENTITY_UNITS));
    if (!record->sheets.data || !record->id_text.data)
        return why_set(why, FAULT_LIMIT, "the names of the sources need more than 2 GiB");
    record->has_partial = true;
    *ret = MERGE_COUNTED;
    return count_partial_issues(record, span_make(bytes.data + facts->issues_at, facts->issues_len));
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

/* What the worker told about a source does not count with it. */
static void drop_told(struct record *record)
{
    record->errors -= record->told[SEVERITY_ERROR];
    record->warnings -= record->told[SEVERITY_WARNING];
    record->infos -= record->told[SEVERITY_INFO];
    memset(record->told, 0, sizeof record->told);
    record->n_issues = 0;
}

/* A partial that came before its source was announced, and is of other content: it does not count. */
static void check_content(struct record *record)
{
    if (!record->has_partial || is_of_source(record))
        return;
    record->has_failed = true;
    record->fault = FAULT_PROTOCOL;
    record->reason = SPAN("the partial result is of another content than the source");
    drop_told(record);
}

/* --- slices: what is told of one is told of its source -------------------------------------------------------------------------- */

static uint32_t head_of(const struct ledger *self, uint32_t source)
{
    return source == ISSUE_NO_SOURCE ? source : source - self->records[source].source.slice;
}

static bool slices_are_sound(const struct ledger *self)
{
    for (uint32_t i = 0; i < self->n; i++) {
        const struct source *source = &self->records[i].source;
        if (source->slice == 0)
            continue;
        const struct source *before = i ? &self->records[i - 1].source : NULL;
        if (!before || before->slice + 1 != source->slice || !sha256_equal(before->sha, source->sha))
            return false;
    }
    return true;
}

/* One slice that fails or is rejected fails or rejects the source: with its reason, and without what was told of the others. */
static const struct record *find_spoiler(const struct ledger *self, uint32_t head, uint32_t end)
{
    const struct record *found = NULL;
    for (uint32_t i = head; i < end; i++) {
        const struct record *record = &self->records[i];
        if (record->has_failed)
            return record;
        if (!found && record->has_partial && record->state == PARTIAL_REJECTED)
            found = record;
    }
    return found;
}

static void join_slice(struct record *head, const struct record *slice)
{
    head->counts.read += slice->counts.read;
    head->counts.used += slice->counts.used;
    head->counts.not_applicable += slice->counts.not_applicable;
    head->counts.skipped += slice->counts.skipped;
    head->errors += slice->errors;
    head->warnings += slice->warnings;
    head->infos += slice->infos;
}

static void join_slices(struct ledger *self, uint32_t head, uint32_t end)
{
    struct record *record = &self->records[head];
    const struct record *spoiler = find_spoiler(self, head, end);
    for (uint32_t i = head; i < end && spoiler; i++)
        if (&self->records[i] != spoiler)
            drop_told(&self->records[i]);
    if (spoiler) {
        record->has_failed = spoiler->has_failed;
        record->fault = spoiler->fault;
        record->reason = spoiler->reason;
        record->state = spoiler->state;
    }
    for (uint32_t i = head + 1; i < end; i++) {
        must(self->records[i].has_partial || self->records[i].has_failed || record->source.state != SOURCE_TASK);
        join_slice(record, &self->records[i]);
    }
}

struct renaming {
    struct ledger *self;
    enum fault fault;
};

static void report_clash(void *context, uint32_t source, uint32_t with)
{
    struct renaming *renaming = context;
    const struct record *records = renaming->self->records;
    struct issue issue = {
        .code = ISSUE_DUPLICATE_IDENTITY,
        .source = source,
        .value = records[with].source.name,
        .detail = records[source].id_text,
        .count = 1,
    };
    if (renaming->fault == FAULT_NONE)
        renaming->fault = ledger_issue(renaming->self, &issue);
}

/* --id-cell: what the cell says is the identity of the source, again unique over all. */
static enum fault rename_sources(struct ledger *self)
{
    bool any = false;
    uint32_t n = 0;
    struct source *sources = must_alloc((self->n ? self->n : 1) * sizeof *sources);
    for (uint32_t i = 0; i < self->n; i = ledger_next(self, i), n++) {
        struct record *record = &self->records[i];
        sources[n] = record->source;
        if (record->status <= STATUS_WARNED && record->id_text.len) {
            sources[n].identity = record->id_text;
            any = true;
        }
    }
    struct renaming renaming = {self, FAULT_NONE};
    if (any) {
        source_unique(sources, n, self->arena, report_clash, &renaming);
        for (uint32_t i = 0; i < n; i++)
            self->records[sources[i].index].source.identity = sources[i].identity;
    }
    free(sources);
    return renaming.fault;
}

static void list_used(struct ledger *self, uint32_t source)
{
    const struct record *record = &self->records[source];
    if (record->status > STATUS_WARNED)
        return;
    self->used[self->n_used] = source;
    self->slots[self->n_used++] = record->values;
}

enum fault ledger_settle(struct ledger *self)
{
    self->used = must_alloc((self->n ? self->n : 1) * sizeof *self->used);
    self->slots = must_alloc((self->n ? self->n : 1) * sizeof *self->slots);
    for (uint32_t i = 0; i < self->n; i++) {
        must(self->records[i].is_known);
        check_content(&self->records[i]);
    }
    if (!slices_are_sound(self))
        return FAULT_PROTOCOL;
    for (uint32_t i = 0; i < self->n; i = ledger_next(self, i)) {
        struct record *record = &self->records[i];
        if (record->source.state == SOURCE_TASK)
            join_slices(self, i, ledger_next(self, i));
        record->status = status_of(record);
        if (record->status == STATUS_FAILED)
            record->errors++;
        list_used(self, i);
    }
    for (size_t i = 0; i < self->found.n; i++)
        self->found.items[i].source = head_of(self, self->found.items[i].source);
    enum fault fault = rename_sources(self);
    for (uint32_t i = 0; i < self->n_used; i++) { /* a clash of names is a warning too */
        struct record *record = &self->records[self->used[i]];
        record->status = status_of(record);
    }
    return fault;
}

uint32_t ledger_records(const struct ledger *self)
{
    return self->n;
}

uint32_t ledger_next(const struct ledger *self, uint32_t source)
{
    do
        source++;
    while (source < self->n && self->records[source].source.slice);
    return source;
}

const struct record *ledger_record(const struct ledger *self, uint32_t source)
{
    must(source < self->n);
    return &self->records[source];
}

void ledger_skip_cells(struct ledger *self, uint32_t source, uint64_t cells)
{
    struct partial_counts *counts = &self->records[source].counts;
    must(source < self->n && cells <= counts->used);
    counts->used -= cells;
    counts->skipped += cells;
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
            record->status = status_of(record);
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

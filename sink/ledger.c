/* SPDX-License-Identifier: MIT
 *
 * Partials, layouts and issues lie in one spool as they came; a record keeps where. Only the records (some hundred bytes per
 * source) stay in memory.
 */
#include "sink/ledger_state.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/must.h"
#include "core/utf8.h"

#define ARENA_BYTES ((size_t)2 << 30)
#define RECORDS_STEP 1024u
#define IDENTITY_UNITS 200u /* of a cell's text that names a source: as long as a file name may be */

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

struct record *ledger_record_for(struct ledger *self, uint32_t source)
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
    struct record *record = ledger_record_for(self, source->index);
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
    struct record *record = issue->source == ISSUE_NO_SOURCE ? NULL : ledger_record_for(self, issue->source);
    if (record)
        count_severity(&record->errors, &record->warnings, &record->infos, severity);
    else
        self->severities[severity]++;
    return FAULT_NONE;
}

enum fault ledger_issue(struct ledger *self, const struct issue *issue)
{
    if (issue->source != ISSUE_NO_SOURCE && !ledger_record_for(self, issue->source))
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
    const struct record *record = ledger_record_for(self, source);
    if (!record || !sha256_equal(message_digest(bytes), sha))
        return MERGE_CORRUPT;
    if (!record->has_partial && !record->has_failed)
        return MERGE_COUNTED;
    return record->has_partial && sha256_equal(record->partial_sha, sha) ? MERGE_AGAIN : MERGE_CONFLICT;
}

bool record_is_of_source(const struct record *record)
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
    struct record *record = ledger_record_for(self, source);
    must(record && !record->has_partial && !record->has_failed);
    struct record kept = *record;
    note_facts(&kept, facts, 0);
    *ret = MERGE_CORRUPT;
    if (record->is_known && !record_is_of_source(&kept))
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
    struct record *record = ledger_record_for(self, source);
    if (!record)
        return FAULT_LIMIT;
    if (record->has_partial || record->has_failed) /* counted wins over dead (pipeline.md) */
        return FAULT_NONE;
    record->has_failed = true;
    record->fault = fault;
    return copy_text(self, reason, &record->reason);
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

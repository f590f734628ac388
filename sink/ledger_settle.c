/* SPDX-License-Identifier: MIT
 *
 * All is in: what each source comes to. A source that was cut is one again, all of it or nothing.
 */
#include <stdlib.h>

#include "core/must.h"
#include "sink/ledger_state.h"

enum source_status record_settle_status(struct record *record)
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
    if (!record->has_partial || record_is_of_source(record))
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

/* From slice 0 on, one behind the other, none left out. */
static bool slices_are_sound(const struct ledger *self)
{
    static const struct source nothing;
    for (uint32_t i = 0; i < self->n; i++) {
        const struct source *source = &self->records[i].source, *before = i ? &self->records[i - 1].source : &nothing;
        bool is_next = before->slice + 1 == source->slice && sha256_equal(before->sha, source->sha);
        bool is_last = i + 1 == self->n || self->records[i + 1].source.slice == 0;
        if ((source->slice && (i == 0 || !is_next)) || (is_last && source->slice + 1 < source->slices))
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
        record->status = record_settle_status(record);
        if (record->status == STATUS_FAILED)
            record->errors++;
        list_used(self, i);
    }
    for (size_t i = 0; i < self->found.n; i++)
        self->found.items[i].source = head_of(self, self->found.items[i].source);
    enum fault fault = rename_sources(self);
    for (uint32_t i = 0; i < self->n_used; i++) { /* a clash of names is a warning too */
        struct record *record = &self->records[self->used[i]];
        record->status = record_settle_status(record);
    }
    return fault;
}

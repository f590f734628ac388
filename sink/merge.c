/* SPDX-License-Identifier: MIT
 *
 * The life of a merge, the same for every mode: sources, issues and partials go into the ledger as they come; finish settles
 * it and hands over to the mode (sink/merge_mode.h). A fault in a call that cannot return one is kept and comes out of finish.
 */
#include "sink/merge_mode.h"

#include <stdlib.h>

#include "core/must.h"

struct merge {
    const struct merge_mode *mode;
    void *of_mode;
    struct job job;
    struct ledger *ledger;
    char *output_path, *report_path; /* report_path: NULL without a report */
    enum fault fault; /* the first one in a call without a return value */
    bool is_finished;
};

static void copy_job(const struct job *job, struct job *ret)
{
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    job_encode(&bytes, job);
    must(job_decode(buffer_span(&bytes), ret) == FAULT_NONE);
    buffer_free(&bytes);
}

static char *text_of(struct span text)
{
    return must_strndup(text.data ? text.data : "", text.len);
}

enum fault merge_open(const struct merge_mode *mode, const struct job *job, struct span plan_message, struct merge **ret,
                      struct why *why)
{
    struct merge *self = must_alloc(sizeof *self);
    self->mode = mode;
    copy_job(job, &self->job);
    self->output_path = text_of(self->job.output_path);
    self->report_path = self->job.report_path.len ? text_of(self->job.report_path) : NULL;
    enum fault fault = ledger_new(&self->ledger, why);
    if (fault == FAULT_NONE)
        fault = mode->open(&self->job, plan_message, self->ledger, &self->of_mode, why);
    if (fault != FAULT_NONE)
        merge_destroy(&self);
    else
        *ret = self;
    return fault;
}

void merge_destroy(struct merge **self)
{
    struct merge *m = *self;
    if (!m)
        return;
    m->mode->destroy(&m->of_mode);
    ledger_destroy(&m->ledger);
    job_free(&m->job);
    free(m->output_path);
    free(m->report_path);
    free(m);
    *self = NULL;
}

static void keep_fault(struct merge *self, enum fault fault)
{
    if (self->fault == FAULT_NONE)
        self->fault = fault;
}

void merge_source(struct merge *self, const struct source *source)
{
    enum fault fault = ledger_source(self->ledger, source);
    keep_fault(self, fault);
    if (fault == FAULT_NONE && self->mode->source)
        self->mode->source(self->of_mode, source);
}

void merge_issue(struct merge *self, const struct issue *issue)
{
    keep_fault(self, ledger_issue(self->ledger, issue));
}

enum fault merge_add(struct merge *self, uint32_t source, struct span bytes, struct sha256 sha, enum merge_verdict *ret,
                     struct why *why)
{
    must(!self->is_finished);
    *ret = ledger_judge(self->ledger, source, bytes, sha);
    return *ret == MERGE_COUNTED ? self->mode->keep(self->of_mode, source, bytes, sha, ret, why) : FAULT_NONE;
}

void merge_failed(struct merge *self, uint32_t source, enum fault fault, struct span reason)
{
    must(!self->is_finished);
    keep_fault(self, ledger_failed(self->ledger, source, fault, reason));
}

/* --- the end ------------------------------------------------------------------------------------------------------------------- */

static void count_sources(struct ledger *ledger, struct merge_summary *summary)
{
    for (uint32_t i = 0; i < ledger_records(ledger); i = ledger_next(ledger, i)) {
        const struct record *record = ledger_record(ledger, i);
        summary->sources++;
        summary->used += record->status <= STATUS_WARNED;
        summary->failed += record->status == STATUS_FAILED;
        summary->rejected += record->status == STATUS_REJECTED;
        summary->duplicates += record->status == STATUS_DUPLICATE;
        if (record->status > STATUS_WARNED)
            continue;
        summary->cells_read += record->counts.read;
        summary->cells_used += record->counts.used;
        summary->cells_not_applicable += record->counts.not_applicable;
        summary->cells_skipped += record->counts.skipped;
    }
}

void merge_count_issues(const struct merge_end *end)
{
    uint32_t issues[3];
    ledger_count_issues(end->ledger, issues);
    end->summary->warnings = issues[SEVERITY_WARNING];
    end->summary->infos = issues[SEVERITY_INFO];
}

static enum fault refuse(struct merge *self, const struct merge_end *end)
{
    const struct merge_summary *summary = end->summary;
    struct why refusal;
    enum fault fault = why_set(&refusal, FAULT_REFUSED,
                               "nothing usable: of %u source%s %u failed, %u %s rejected and %u %s duplicates; nothing was written",
                               summary->sources, summary->sources == 1 ? "" : "s", summary->failed, summary->rejected,
                               summary->rejected == 1 ? "was" : "were", summary->duplicates,
                               summary->duplicates == 1 ? "was" : "were");
    enum fault other = self->mode->refused(self->of_mode, end, &refusal);
    if (other != FAULT_NONE)
        return other;
    if (end->why)
        *end->why = refusal;
    return fault;
}

enum fault merge_finish(struct merge *self, merge_progress *progress, void *context, struct merge_summary *ret,
                        struct why *why)
{
    must(!self->is_finished);
    self->is_finished = true;
    struct merge_summary summary = {.self_check_passed = true};
    if (why)
        *why = (struct why){0};
    enum fault fault = self->fault;
    if (fault == FAULT_NONE)
        fault = ledger_settle(self->ledger);
    if (fault != FAULT_NONE)
        return why_set(why, fault, "cannot keep the partial results: %s", fault_text(fault));
    count_sources(self->ledger, &summary);
    struct merge_end end = {&self->job, self->ledger, self->output_path, self->report_path, progress, context, &summary, why};
    if (self->job.is_check)
        fault = self->mode->check(self->of_mode, &end);
    else if (summary.used == 0)
        fault = refuse(self, &end);
    else
        fault = self->mode->output(self->of_mode, &end);
    merge_count_issues(&end);
    *ret = summary;
    return fault;
}

struct issue_walk {
    struct merge *merge;
    enum fault (*visit)(void *context, const struct issue *issue, const struct source *source);
    void *context;
};

static enum fault visit_with_source(void *context, const struct issue *issue)
{
    const struct issue_walk *walk = context;
    const struct source *source =
        issue->source == ISSUE_NO_SOURCE ? NULL : &ledger_record(walk->merge->ledger, issue->source)->source;
    return walk->visit(walk->context, issue, source);
}

enum fault merge_each_issue(struct merge *self, enum fault (*visit)(void *context, const struct issue *issue,
                            const struct source *source), void *context)
{
    must(self->is_finished);
    struct issue_walk walk = {self, visit, context};
    return ledger_each_issue(self->ledger, visit_with_source, &walk);
}

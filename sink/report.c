/* SPDX-License-Identifier: MIT
 *
 * JSON written as it comes, one line per source, issue and result, so that a report of millions of lines needs no memory
 * and can be searched with line tools.
 */
#include "sink/report.h"

#include <stdlib.h>
#include <time.h>

#include "core/must.h"
#include "sink/json_out.h"
#include "sink/side_file.h"
#include "sink/sources_sheet.h"
#include "workbook/cell_ref.h"

#define REPORT_VERSION 1

struct report {
    const struct job *job;
    const struct report_mode *mode;
    struct ledger *ledger;
    struct side_file *file;
    struct buffer *out; /* the file's */
    struct buffer scratch;
    struct why *why; /* during report_new */
    struct json_out json;
};

/* --- parts ---------------------------------------------------------------------------------------------------------------------- */

static void put_time(struct report *self)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    json_text(&self->json, "written", span_of(text));
}

static void put_job(struct report *self)
{
    static const char *const modes[] = {"position", "category", "stack", "collect"};
    const struct job *job = self->job;
    char hash[65];
    json_open_object(&self->json, "job");
    json_text(&self->json, "mode", span_of(modes[job->mode]));
    json_text_if_any(&self->json, "template", job->template_path);
    json_text(&self->json, "output", job->output_path);
    self->mode->job(self->mode->self, &self->json, job);
    json_bool(&self->json, "skip_hidden", job->skip_hidden);
    json_text_if_any(&self->json, "sheet", job->sheet_selector);
    json_count(&self->json, "max_failed", job->max_failed);
    sha256_hex(self->mode->plan, hash);
    json_text(&self->json, "plan", span_of(hash));
    json_close_object(&self->json);
}

static enum fault put_record(struct report *self, uint32_t index)
{
    const struct record *record = ledger_record(self->ledger, index);
    enum fault fault = FAULT_NONE;
    char hash[65];
    const struct source *source = &record->source;
    json_open_item(&self->json);
    json_text(&self->json, "source", source->identity);
    json_text(&self->json, "file", source->name);
    if (source->state != SOURCE_FAILED) {
        sha256_hex(source->sha, hash);
        json_text(&self->json, "sha256", span_of(hash));
    }
    json_count(&self->json, "size", source->size);
    json_text(&self->json, "status", span_of(source_status_name(record->status)));
    buffer_clear(&self->scratch);
    sources_put_reason(self->ledger, record, &self->scratch);
    json_text_if_any(&self->json, "reason", buffer_span(&self->scratch));
    json_text_if_any(&self->json, "sheets", record->sheets);
    if (record->has_partial && record->status != STATUS_FAILED) {
        json_open_object(&self->json, "cells");
        json_count(&self->json, "read", record->counts.read);
        json_count(&self->json, "used", record->counts.used);
        json_count(&self->json, "not_applicable", record->counts.not_applicable);
        json_count(&self->json, "skipped", record->counts.skipped);
        json_close_object(&self->json);
    }
    if (self->mode->source)
        fault = self->mode->source(self->mode->self, &self->json, index);
    json_count(&self->json, "errors", record->errors);
    json_count(&self->json, "warnings", record->warnings);
    json_count(&self->json, "infos", record->infos);
    json_close_item(&self->json);
    return fault == FAULT_NONE ? side_file_flush(self->file, self->why) : fault;
}

void report_put_cell(struct json_out *json, uint32_t row, uint32_t col)
{
    char ref[CELL_REF_TEXT_MAX];
    if (row < GRID_ROWS && col < GRID_COLS)
        json_text(json, "cell", span_make(ref, cell_ref_format((struct cell_ref){row, col}, ref)));
}

static enum fault put_issue(void *context, const struct issue *issue)
{
    struct report *self = context;
    json_open_item(&self->json);
    json_text(&self->json, "severity", span_of(severity_name(issue_severity(issue->code))));
    json_text(&self->json, "code", span_of(issue_name(issue->code)));
    if (issue->source != ISSUE_NO_SOURCE) {
        const struct source *source = &ledger_record(self->ledger, issue->source)->source;
        json_text(&self->json, "source", source->identity);
        json_text(&self->json, "file", source->name);
    }
    json_text_if_any(&self->json, "sheet", issue->sheet);
    if (issue->row && issue->col)
        report_put_cell(&self->json, issue->row - 1, issue->col - 1);
    else if (issue->row)
        json_count(&self->json, "row", issue->row);
    json_text_if_any(&self->json, "value", issue->value);
    json_text(&self->json, "meaning", span_of(issue_text(issue->code)));
    json_text_if_any(&self->json, "detail", issue->detail);
    json_text(&self->json, "action", span_of(issue_action(issue->code)));
    json_count(&self->json, "count", issue->count);
    json_close_item(&self->json);
    return side_file_flush(self->file, self->why);
}

static enum fault put_head(struct report *self)
{
    buffer_put_char(self->out, '{');
    json_count(&self->json, "report", REPORT_VERSION);
    if (self->job->stamp)
        put_time(self);
    put_job(self);
    if (self->mode->head)
        self->mode->head(self->mode->self, &self->json);
    json_open_list(&self->json, "sources");
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < ledger_records(self->ledger) && fault == FAULT_NONE; i = ledger_next(self->ledger, i))
        fault = put_record(self, i);
    json_close_list(&self->json);
    json_open_list(&self->json, "issues");
    if (fault == FAULT_NONE)
        fault = ledger_each_issue(self->ledger, put_issue, self);
    json_close_list(&self->json);
    json_open_list(&self->json, self->mode->list);
    return fault;
}

enum fault report_new(const char *path, const struct job *job, const struct report_mode *mode, struct ledger *ledger,
                      struct report **ret, struct why *why)
{
    struct report *self = must_alloc(sizeof *self);
    *self = (struct report){.job = job, .mode = mode, .ledger = ledger, .why = why};
    buffer_init(&self->scratch, BUFFER_LIMIT_DEFAULT);
    enum fault fault = side_file_new(path, &self->file, why);
    if (fault == FAULT_NONE) {
        self->out = self->json.out = side_file_buffer(self->file);
        fault = put_head(self);
    }
    self->why = NULL;
    if (fault != FAULT_NONE)
        report_destroy(&self);
    else
        *ret = self;
    return fault;
}

void report_destroy(struct report **self)
{
    if (!*self)
        return;
    side_file_destroy(&(*self)->file);
    buffer_free(&(*self)->scratch);
    free(*self);
    *self = NULL;
}

struct json_out *report_json(struct report *self)
{
    return &self->json;
}

enum fault report_flush(struct report *self, struct why *why)
{
    return side_file_flush(self->file, why);
}

static void put_check(struct report *self, const struct merge_summary *summary)
{
    json_open_object(&self->json, "self_check");
    json_bool(&self->json, "passed", summary->self_check_passed);
    json_count(&self->json, "cells_read", summary->cells_read);
    json_count(&self->json, "cells_used", summary->cells_used);
    json_count(&self->json, "cells_not_applicable", summary->cells_not_applicable);
    json_count(&self->json, "cells_skipped", summary->cells_skipped);
    self->mode->check(&self->json, summary);
    json_close_object(&self->json);
}

static void put_summary(struct report *self, const struct merge_summary *summary, const struct why *refusal)
{
    char hash[65];
    json_open_object(&self->json, "summary");
    json_count(&self->json, "sources", summary->sources);
    json_count(&self->json, "used", summary->used);
    json_count(&self->json, "failed", summary->failed);
    json_count(&self->json, "rejected", summary->rejected);
    json_count(&self->json, "duplicates", summary->duplicates);
    json_count(&self->json, "warnings", summary->warnings);
    json_count(&self->json, "infos", summary->infos);
    self->mode->summary(&self->json, summary);
    if (refusal) {
        json_text(&self->json, "refused", span_of(refusal->text));
    } else {
        sha256_hex(summary->output_sha, hash);
        json_text(&self->json, "output", summary->output_path);
        json_count(&self->json, "output_bytes", summary->output_bytes);
        json_text(&self->json, "output_sha256", span_of(hash));
        json_text_if_any(&self->json, "contributions_csv", summary->contributions_csv);
    }
    json_close_object(&self->json);
}

enum fault report_finish(struct report *self, const struct merge_summary *summary, const struct why *refusal,
                         struct why *why)
{
    json_close_list(&self->json);
    buffer_put_char(self->out, '\n');
    put_check(self, summary);
    buffer_put_char(self->out, '\n');
    put_summary(self, summary, refusal);
    buffer_put_text(self->out, "}\n");
    return side_file_finish(self->file, why);
}

enum fault report_commit(struct report *self, struct why *why)
{
    return side_file_commit(self->file, why);
}

enum fault report_refusal(const char *path, const struct job *job, const struct report_mode *mode, struct ledger *ledger,
                          struct merge_summary *summary, const struct why *refusal, struct why *why)
{
    struct report *report = NULL;
    enum fault fault = report_new(path, job, mode, ledger, &report, why);
    if (fault == FAULT_NONE)
        fault = report_finish(report, summary, refusal, why);
    if (fault == FAULT_NONE)
        fault = report_commit(report, why);
    report_destroy(&report);
    if (fault == FAULT_NONE)
        summary->report_path = span_of(path);
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * JSON written as it comes, one line per source, issue and result, so that a report of millions of lines needs no memory
 * and can be searched with line tools.
 */
#include "sink/report.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "sink/side_file.h"
#include "sink/sources_sheet.h"
#include "workbook/cell_ref.h"

#define REPORT_VERSION 1

struct report {
    const struct job *job;
    const struct plan *plan;
    struct ledger *ledger;
    struct side_file *file;
    struct buffer *out; /* the file's */
    struct buffer scratch;
    struct why *why; /* during report_new */
    bool has_item;   /* the array being written */
    bool has_member; /* the object being written */
};

/* --- JSON ---------------------------------------------------------------------------------------------------------------------- */

static void key(struct report *self, const char *name)
{
    if (self->has_member)
        buffer_put_char(self->out, ',');
    self->has_member = true;
    buffer_putf(self->out, "\"%s\":", name);
}

static void put_text(struct report *self, const char *name, struct span text)
{
    key(self, name);
    utf8_put_json(self->out, text);
}

/* Most texts of most lines are empty. */
static void put_text_if_any(struct report *self, const char *name, struct span text)
{
    if (text.len)
        put_text(self, name, text);
}

static void put_count(struct report *self, const char *name, uint64_t count)
{
    key(self, name);
    buffer_put_u64(self->out, count);
}

static void put_bool(struct report *self, const char *name, bool value)
{
    key(self, name);
    buffer_put_text(self->out, value ? "true" : "false");
}

static void put_double(struct report *self, const char *name, double value)
{
    char digits[NUMBER_TEXT_MAX];
    must(isfinite(value));
    key(self, name);
    buffer_put(self->out, span_make(digits, number_format(value, digits)));
}

static void open_object(struct report *self, const char *name)
{
    key(self, name);
    buffer_put_char(self->out, '{');
    self->has_member = false;
}

static void close_object(struct report *self)
{
    buffer_put_char(self->out, '}');
    self->has_member = true;
}

static void open_array(struct report *self, const char *name)
{
    buffer_put_text(self->out, ",\n");
    buffer_putf(self->out, "\"%s\":[", name);
    self->has_item = false;
}

static void close_array(struct report *self)
{
    buffer_put_text(self->out, "\n]");
    self->has_member = true;
}

/* An item of an array is an object on a line of its own. */
static void open_item(struct report *self)
{
    buffer_put_text(self->out, self->has_item ? ",\n{" : "\n{");
    self->has_item = true;
    self->has_member = false;
}

static void close_item(struct report *self)
{
    buffer_put_char(self->out, '}');
}

/* --- parts ---------------------------------------------------------------------------------------------------------------------- */

static void put_time(struct report *self)
{
    char text[32];
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
    put_text(self, "written", span_of(text));
}

static void put_job(struct report *self)
{
    static const char *const modes[] = {"position", "category", "stack", "collect"};
    static const char *const errors[] = {"skip", "propagate", "fail"};
    static const char *const drifts[] = {"reject", "align", "report"};
    static const char *const duplicates[] = {"first", "error", "all"};
    static const char *const texts[] = {"strict", "plain", "locale", "off"};
    const struct job *job = self->job;
    char hash[65];
    open_object(self, "job");
    put_text(self, "mode", span_of(modes[job->mode]));
    put_text(self, "template", job->template_path);
    put_text(self, "output", job->output_path);
    put_text(self, "function", span_of(function_name(job->function)));
    put_text(self, "precision", job->precision == DECIMAL_FULL ? SPAN("full") : SPAN("15"));
    put_text(self, "text_numbers", span_of(texts[job->text_rule]));
    put_text_if_any(self, "locale", job->text_locale);
    put_text(self, "errors", span_of(errors[job->errors]));
    put_text(self, "drift", span_of(drifts[job->drift]));
    put_text(self, "duplicates", span_of(duplicates[job->duplicates]));
    put_text(self, "avg_blank", job->average_blank_zero ? SPAN("zero") : SPAN("skip"));
    put_bool(self, "skip_hidden", job->skip_hidden);
    put_bool(self, "preset_original", job->is_preset_original);
    put_text_if_any(self, "sheet", job->sheet_selector);
    put_count(self, "max_failed", job->max_failed);
    sha256_hex(self->plan->hash, hash);
    put_text(self, "plan", span_of(hash));
    close_object(self);
}

static void put_record(struct report *self, const struct record *record)
{
    char hash[65];
    const struct source *source = &record->source;
    open_item(self);
    put_text(self, "source", source->identity);
    put_text(self, "file", source->name);
    if (source->state != SOURCE_FAILED) {
        sha256_hex(source->sha, hash);
        put_text(self, "sha256", span_of(hash));
    }
    put_count(self, "size", source->size);
    put_text(self, "status", span_of(source_status_name(record->status)));
    buffer_clear(&self->scratch);
    sources_put_reason(self->ledger, record, &self->scratch);
    put_text_if_any(self, "reason", buffer_span(&self->scratch));
    put_text_if_any(self, "sheets", record->sheets);
    if (record->has_partial && record->status != STATUS_FAILED) {
        open_object(self, "cells");
        put_count(self, "read", record->counts.read);
        put_count(self, "used", record->counts.used);
        put_count(self, "not_applicable", record->counts.not_applicable);
        put_count(self, "skipped", record->counts.skipped);
        close_object(self);
    }
    put_count(self, "errors", record->errors);
    put_count(self, "warnings", record->warnings);
    put_count(self, "infos", record->infos);
    close_item(self);
}

static void put_cell(struct report *self, uint32_t row, uint32_t col)
{
    char ref[CELL_REF_TEXT_MAX];
    if (row < GRID_ROWS && col < GRID_COLS)
        put_text(self, "cell", span_make(ref, cell_ref_format((struct cell_ref){row, col}, ref)));
}

static enum fault put_issue(void *context, const struct issue *issue)
{
    struct report *self = context;
    open_item(self);
    put_text(self, "severity", span_of(severity_name(issue_severity(issue->code))));
    put_text(self, "code", span_of(issue_name(issue->code)));
    if (issue->source != ISSUE_NO_SOURCE) {
        const struct source *source = &ledger_record(self->ledger, issue->source)->source;
        put_text(self, "source", source->identity);
        put_text(self, "file", source->name);
    }
    put_text_if_any(self, "sheet", issue->sheet);
    if (issue->row && issue->col)
        put_cell(self, issue->row - 1, issue->col - 1);
    put_text_if_any(self, "value", issue->value);
    put_text(self, "meaning", span_of(issue_text(issue->code)));
    put_text_if_any(self, "detail", issue->detail);
    put_text(self, "action", span_of(issue_action(issue->code)));
    put_count(self, "count", issue->count);
    close_item(self);
    return side_file_flush(self->file, self->why);
}

static enum fault put_head(struct report *self)
{
    buffer_put_char(self->out, '{');
    put_count(self, "report", REPORT_VERSION);
    if (self->job->stamp)
        put_time(self);
    put_job(self);
    open_array(self, "sources");
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < ledger_records(self->ledger) && fault == FAULT_NONE; i = ledger_next(self->ledger, i)) {
        put_record(self, ledger_record(self->ledger, i));
        fault = side_file_flush(self->file, self->why);
    }
    close_array(self);
    open_array(self, "issues");
    if (fault == FAULT_NONE)
        fault = ledger_each_issue(self->ledger, put_issue, self);
    close_array(self);
    open_array(self, "results");
    return fault;
}

enum fault report_new(const char *path, const struct job *job, const struct plan *plan, struct ledger *ledger,
                      struct report **ret, struct why *why)
{
    struct report *self = must_alloc(sizeof *self);
    *self = (struct report){.job = job, .plan = plan, .ledger = ledger, .why = why};
    buffer_init(&self->scratch, BUFFER_LIMIT_DEFAULT);
    enum fault fault = side_file_new(path, &self->file, why);
    if (fault == FAULT_NONE) {
        self->out = side_file_buffer(self->file);
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

static void put_result(struct report *self, const struct result *result)
{
    static const char *const kinds[] = {
        [RESULT_NONE] = "none",         [RESULT_NUMBER] = "number", [RESULT_DATE] = "date",
        [RESULT_DURATION] = "duration", [RESULT_TEXT] = "text",     [RESULT_BOOLEAN] = "boolean",
        [RESULT_ERROR] = "error",
    };
    put_text(self, "kind", span_of(kinds[result->kind]));
    if (result->kind == RESULT_TEXT || result->kind == RESULT_ERROR)
        put_text(self, "result", result->text);
    else if (result->kind == RESULT_BOOLEAN)
        put_bool(self, "result", result->number != 0);
    else if (result->kind != RESULT_NONE)
        put_double(self, "result", result->number);
}

enum fault report_cell(struct report *self, const struct result_cell *cell, struct why *why)
{
    open_item(self);
    put_text(self, "sheet", self->plan->sheets[cell->sheet].name);
    put_cell(self, cell->row, cell->col);
    put_text_if_any(self, "row_label", plan_row_label(self->plan, cell->input));
    put_text_if_any(self, "column_label", plan_column_label(self->plan, cell->input));
    put_text(self, "function", span_of(function_name((enum function)cell->plan->function)));
    put_result(self, &cell->result);
    put_count(self, "n", cell->result.n);
    buffer_clear(&self->scratch);
    decimal_sum_put(cell->sum, &self->scratch);
    put_text(self, "contributions_sum", buffer_span(&self->scratch));
    close_item(self);
    return side_file_flush(self->file, why);
}

static void put_check(struct report *self, const struct merge_summary *summary)
{
    open_object(self, "self_check");
    put_bool(self, "passed", summary->self_check_passed);
    put_count(self, "cells_read", summary->cells_read);
    put_count(self, "cells_used", summary->cells_used);
    put_count(self, "cells_not_applicable", summary->cells_not_applicable);
    put_count(self, "cells_skipped", summary->cells_skipped);
    put_count(self, "contributions", summary->contributions);
    close_object(self);
}

static void put_summary(struct report *self, const struct merge_summary *summary, const struct why *refusal)
{
    char hash[65];
    open_object(self, "summary");
    put_count(self, "sources", summary->sources);
    put_count(self, "used", summary->used);
    put_count(self, "failed", summary->failed);
    put_count(self, "rejected", summary->rejected);
    put_count(self, "duplicates", summary->duplicates);
    put_count(self, "warnings", summary->warnings);
    put_count(self, "infos", summary->infos);
    put_count(self, "result_cells", summary->result_cells);
    if (refusal) {
        put_text(self, "refused", span_of(refusal->text));
    } else {
        sha256_hex(summary->output_sha, hash);
        put_text(self, "output", summary->output_path);
        put_count(self, "output_bytes", summary->output_bytes);
        put_text(self, "output_sha256", span_of(hash));
        put_text_if_any(self, "contributions_csv", summary->contributions_csv);
    }
    close_object(self);
}

enum fault report_finish(struct report *self, const struct merge_summary *summary, const struct why *refusal,
                         struct why *why)
{
    close_array(self);
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

/* SPDX-License-Identifier: MIT
 *
 * Making a job's output: the broker is heard and told in between, then it gets the first issues and the figures.
 */
#include "sink/sink_state.h"

#include "core/clock.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "wire/submit.h"

#define WRITING_MS 50 /* WRITING at most this often */


struct writer { /* what the writer's hooks know */
    struct sink *sink;
    struct sink_job *job;
};

static bool is_unwanted(void *context)
{
    struct writer *writer = context;
    sink_take_control(writer->sink);
    return writer->job->is_cancelled || actor_is_ending(writer->sink->pipe);
}

static bool on_progress(void *context, uint64_t done, uint64_t total)
{
    struct writer *writer = context;
    struct sink *self = writer->sink;
    int64_t now = clock_now_ms();
    if (now - self->told_ms >= WRITING_MS) {
        self->told_ms = now;
        writing_encode(sink_body(self), &(struct writing){writer->job->id, done, total});
        sink_tell_broker(self, MESSAGE_WRITING, buffer_span(&self->body));
    }
    return !is_unwanted(writer);
}

struct reporter {
    struct sink *sink;
    struct batch batch;
    struct buffer items;
    uint32_t n_issues;
};

static void flush_report(struct reporter *reporter)
{
    if (!reporter->batch.n)
        return;
    reporter->batch.items = buffer_span(&reporter->items);
    batch_encode(sink_body(reporter->sink), &reporter->batch);
    sink_tell_broker(reporter->sink, MESSAGE_REPORT, buffer_span(&reporter->sink->body));
    buffer_clear(&reporter->items);
    reporter->batch.n = 0;
    reporter->batch.number++;
}

static enum fault report_issue(void *context, const struct issue *issue, const struct source *source)
{
    struct reporter *reporter = context;
    if (reporter->n_issues == REPORT_ISSUES_MAX)
        return FAULT_LIMIT;
    struct issue placed = *issue;
    if (source)
        placed.source = source->index;
    placed_issue_encode(&reporter->items, &placed);
    reporter->n_issues++;
    reporter->batch.n++;
    if (reporter->items.len >= BATCH_BYTES)
        flush_report(reporter);
    return FAULT_NONE;
}

/* The first issues travel before FINAL; all of them are in the workbook and the report. */
static void report_issues(struct sink *self, struct sink_job *job)
{
    struct reporter reporter = {.sink = self, .batch = {.job = job->id, .kind = BATCH_ISSUES}};
    buffer_init(&reporter.items, BUFFER_LIMIT_DEFAULT);
    enum fault fault = self->craft->each_issue(job->merge, report_issue, &reporter);
    flush_report(&reporter);
    if (fault != FAULT_NONE && reporter.n_issues < REPORT_ISSUES_MAX)
        log_warn("report", "issues=%u fault=%s", reporter.n_issues, fault_name(fault));
    buffer_free(&reporter.items);
}

static void fill_final(struct final *final, const struct merge_summary *from)
{
    final->sources = from->sources;
    final->used = from->used;
    final->failed = from->failed;
    final->rejected = from->rejected;
    final->duplicates = from->duplicates;
    final->warnings = from->warnings;
    final->infos = from->infos;
    final->result_cells = from->result_cells;
    final->cells_read = from->cells_read;
    final->cells_used = from->cells_used;
    final->cells_not_applicable = from->cells_not_applicable;
    final->cells_skipped = from->cells_skipped;
    final->contributions = from->contributions;
    final->output_bytes = from->output_bytes;
    final->rows = from->rows;
    final->columns = from->columns;
    final->row_counts = from->row_counts;
    final->self_check_passed = from->self_check_passed;
    final->output_sha = from->output_sha;
    final->output_path = from->output_path;
    final->report_path = from->report_path;
    final->contributions_csv = from->contributions_csv;
    final->n_samples = from->n_samples < FINAL_SAMPLES_MAX ? from->n_samples : FINAL_SAMPLES_MAX;
    for (uint32_t i = 0; i < final->n_samples; i++)
        final->samples[i] = (struct final_sample){span_of(from->samples[i].sheet), span_of(from->samples[i].cell),
                                                  span_of(from->samples[i].label), span_of(from->samples[i].value),
                                                  from->samples[i].n};
}

static void write_output(struct sink *self, struct sink_job *job)
{
    struct writer writer = {self, job};
    struct merge_summary summary = {0};
    struct final final = {.job = job->id};
    job->state = SINK_WRITING;
    interrupt_set(is_unwanted, &writer);
    enum fault fault = self->craft->finish(job->merge, on_progress, &writer, &summary, &final.why);
    interrupt_set(NULL, NULL);
    if (fault == FAULT_NONE || fault == FAULT_REFUSED)
        report_issues(self, job); /* refused: they say what is wrong with the sources */
    if (fault != FAULT_NONE && final.why.fault == FAULT_NONE)
        (void)why_set(&final.why, fault, "%s", fault_text(fault));
    else if (fault == FAULT_NONE)
        final.why = (struct why){0};
    fill_final(&final, &summary);
    sink_end_job(self, job, &final);
}

static struct sink_job *find_due(struct sink *self)
{
    struct sink_job *job = self->jobs;
    while (job && job->state != SINK_DUE)
        job = job->next;
    return job;
}

void sink_write_due(struct sink *self)
{
    struct sink_job *job;
    while (!actor_is_ending(self->pipe) && (job = find_due(self)))
        write_output(self, job);
}

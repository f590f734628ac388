/* SPDX-License-Identifier: MIT
 *
 * Order of the work: the data, the lists, the report, the file; names are given at the very end, the output's last.
 */
#include "sink/stack_finish.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/must.h"
#include "sink/issues_sheet.h"
#include "sink/report.h"
#include "sink/stack_join.h"
#include "sink/stack_sources.h"
#include "sink/stack_writer.h"

#define SPARSE_GAPS_MIN 1000000u
#define SPARSE_GAPS_PER_CELL 4u

struct stack_finish {
    const struct merge_end *end;
    const struct stack_parts *parts;
    struct stack_joined *joined; /* by record */
    struct stack_writer *writer; /* borrowed; NULL in a preflight */
    struct stack_sources sources;
    struct report_mode report_mode;
    struct report *report;
};

static void init(struct stack_finish *self, const struct merge_end *end, const struct stack_parts *parts)
{
    *self = (struct stack_finish){.end = end, .parts = parts};
    self->joined = must_alloc((ledger_records(parts->ledger) + (size_t)1) * sizeof *self->joined);
    self->sources = (struct stack_sources){parts, self->joined};
    self->report_mode = stack_report(&self->sources);
    end->summary->columns = parts->plan->n_columns + (parts->plan->has_source_columns ? STACK_SOURCE_COLUMNS : 0);
}

void stack_ahead_free(struct stack_ahead *self)
{
    stack_writer_destroy(&self->writer);
    stack_joiner_destroy(&self->joiner);
}

static void release(struct stack_finish *self)
{
    report_destroy(&self->report);
    free(self->joined);
}

static enum fault say_unread(const struct stack_finish *self, enum fault fault)
{
    const struct why *why = self->end->why;
    if (fault == FAULT_NONE || (why && why->fault != FAULT_NONE))
        return fault;
    return why_set(self->end->why, fault, "cannot read back what was kept of the sources: %s", fault_text(fault));
}

/* --- what --dedupe has left out ------------------------------------------------------------------------------------------------ */

static enum fault settle_duplicates(struct stack_finish *self)
{
    struct ledger *ledger = self->end->ledger;
    struct merge_summary *summary = self->end->summary;
    enum fault fault = FAULT_NONE;
    for (uint32_t slot = 0; slot < ledger_used(ledger) && fault == FAULT_NONE; slot++) {
        uint32_t source = ledger_slot(ledger, slot)->source.index;
        const struct stack_joined *joined = &self->joined[source];
        if (!joined->duplicates)
            continue;
        if (joined->duplicate_cells > ledger_record(ledger, source)->counts.used)
            return why_set(self->end->why, FAULT_PROTOCOL, "the rows of %.*s have more cells than it counts",
                           SPAN_ARGS(ledger_record(ledger, source)->source.name));
        ledger_skip_cells(ledger, source, joined->duplicate_cells);
        summary->cells_used -= joined->duplicate_cells;
        summary->cells_skipped += joined->duplicate_cells;
        struct issue issue = {.code = ISSUE_ROW_DUPLICATE, .source = source, .count = joined->duplicates};
        fault = ledger_issue(ledger, &issue);
    }
    return fault;
}

/* --- the check of itself ------------------------------------------------------------------------------------------------------- */

/* Every row that a worker counted as written is in the output, or is one that --dedupe has left out. */
static bool adds_up(const struct stack_finish *self, uint32_t source, const struct stack_told *told)
{
    const struct partial_counts *cells = &ledger_record(self->end->ledger, source)->counts;
    const struct stack_joined *joined = &self->joined[source];
    bool is_written = !self->writer || joined->rows == told->rows.written;
    return is_written && cells->read == cells->used + cells->not_applicable + cells->skipped;
}

static enum fault check_sources(struct stack_finish *self)
{
    struct ledger *ledger = self->end->ledger;
    struct merge_summary *summary = self->end->summary;
    for (uint32_t slot = 0; slot < ledger_used(ledger); slot++) {
        const struct record *record = ledger_slot(ledger, slot);
        struct stack_told told;
        enum fault fault = stack_sources_told(&self->sources, record->source.index, &told);
        if (fault != FAULT_NONE)
            return say_unread(self, fault);
        stack_counts_add(&summary->row_counts, &told.rows);
        bool is_right = adds_up(self, record->source.index, &told);
        stack_told_free(&told);
        if (!is_right)
            return why_set(self->end->why, FAULT_IO, "the rows of %.*s in the output are not those that were counted; run again",
                           SPAN_ARGS(record->source.name));
    }
    summary->rows = summary->row_counts.written;
    summary->result_cells = summary->cells_used;
    return FAULT_NONE;
}

static enum fault check_sheets(struct stack_finish *self)
{
    uint64_t rows = 0;
    for (uint32_t i = 0; i < stack_writer_sheets(self->writer); i++)
        rows += stack_writer_sheet(self->writer, i).rows;
    if (rows == self->end->summary->rows && rows == stack_writer_count(self->writer))
        return FAULT_NONE;
    return why_set(self->end->why, FAULT_IO, "the output has other rows than the sources; run again");
}

/* --- lists and report ---------------------------------------------------------------------------------------------------------- */

static enum fault write_lists(struct stack_finish *self)
{
    struct cells_book book;
    if (!stack_writer_book(self->writer, &book))
        return FAULT_NONE;
    struct sources_form form = stack_sources_form(&self->sources);
    enum fault fault = sources_sheet_write(book, self->end->ledger, &form, self->end->why);
    return say_unread(self, fault == FAULT_NONE ? issues_sheet_write(book, self->end->ledger, NULL, self->end->why) : fault);
}

static enum fault write_report(struct stack_finish *self)
{
    const struct merge_end *end = self->end;
    if (!end->report_path)
        return FAULT_NONE;
    enum fault fault = report_new(end->report_path, end->job, &self->report_mode, end->ledger, &self->report, end->why);
    for (uint32_t i = 0; i < stack_writer_sheets(self->writer) && fault == FAULT_NONE; i++) {
        struct stack_writer_sheet sheet = stack_writer_sheet(self->writer, i);
        struct json_out *json = report_json(self->report);
        json_open_item(json);
        json_text_if_any(json, "sheet", sheet.name);
        json_count(json, "rows", sheet.rows);
        json_close_item(json);
        fault = report_flush(self->report, end->why);
    }
    return say_unread(self, fault);
}

/* --- all together -------------------------------------------------------------------------------------------------------------- */

/* Sources with few columns in common leave mostly gaps, each a <c/> for every reader to pass: references cost less then. */
static bool is_sparse(const struct stack_finish *self)
{
    uint64_t rows = 0, cells = self->end->summary->cells_used;
    for (uint32_t i = 0; i < self->parts->n; i++)
        rows += self->parts->items[i].n_rows;
    if (self->parts->plan->n_columns <= STACK_SPARSE_COLUMNS)
        return false;
    uint64_t places = rows * self->parts->plan->n_columns; /* at most 2^31 fragments' rows times 2^14 */
    uint64_t gaps = places > cells ? places - cells : 0;
    return gaps > SPARSE_GAPS_MIN && gaps / SPARSE_GAPS_PER_CELL > cells;
}

static enum fault write_data(struct stack_finish *self, struct stack_ahead *ahead)
{
    const struct merge_end *end = self->end;
    bool has_refs = end->job->stack.cell_refs || is_sparse(self);
    enum fault fault = FAULT_NONE;
    if (!ahead->writer)
        fault = stack_writer_new(end->output_path, end->job, self->parts->plan, ahead->sheet_rows, has_refs, &ahead->writer, end->why);
    self->writer = ahead->writer;
    if (fault == FAULT_NONE)
        fault = stack_joiner_finish(ahead->joiner, end, self->writer, self->joined);
    return fault == FAULT_NONE ? stack_writer_end(self->writer, end->why) : fault;
}

static enum fault check(struct stack_finish *self)
{
    enum fault fault = settle_duplicates(self);
    if (fault == FAULT_NONE)
        fault = check_sources(self);
    if (fault == FAULT_NONE && self->writer)
        fault = check_sheets(self);
    self->end->summary->self_check_passed = fault == FAULT_NONE;
    return fault;
}

/* The hash of a large output is work that only some ask for. */
static enum fault measure_output(const struct merge_end *end, const char *path)
{
    struct merge_summary *summary = end->summary;
    struct stat info;
    if (end->job->wants_output_sha || end->report_path)
        return sha256_file(path, &summary->output_sha, &summary->output_bytes, end->why);
    if (stat(path, &info) != 0)
        return why_set(end->why, fault_from_errno(errno), "%s: %s", end->output_path, strerror(errno));
    summary->output_bytes = (uint64_t)info.st_size;
    return FAULT_NONE;
}

/* Completes every file under no name. */
static enum fault prepare(struct stack_finish *self)
{
    const struct merge_end *end = self->end;
    struct merge_summary *summary = end->summary;
    const char *readable;
    enum fault fault = stack_writer_prepare(self->writer, &readable, end->why);
    if (fault == FAULT_NONE)
        fault = measure_output(end, readable);
    if (fault != FAULT_NONE)
        return fault;
    summary->output_path = span_of(end->output_path);
    if (!self->report)
        return FAULT_NONE;
    summary->report_path = span_of(end->report_path);
    merge_count_issues(end);
    return report_finish(self->report, summary, NULL, end->why);
}

static enum fault commit(struct stack_finish *self)
{
    enum fault fault = self->report ? report_commit(self->report, self->end->why) : FAULT_NONE;
    return fault == FAULT_NONE ? stack_writer_commit(self->writer, self->end->why) : fault;
}

enum fault stack_finish_output(const struct merge_end *end, const struct stack_parts *parts, struct stack_ahead *ahead)
{
    struct stack_finish self;
    init(&self, end, parts);
    enum fault fault = write_data(&self, ahead);
    if (fault == FAULT_NONE)
        fault = check(&self);
    if (fault == FAULT_NONE)
        fault = write_lists(&self);
    if (fault == FAULT_NONE)
        fault = write_report(&self);
    if (fault == FAULT_NONE)
        fault = prepare(&self);
    if (fault == FAULT_NONE)
        fault = commit(&self);
    release(&self);
    if (fault != FAULT_NONE && end->why && end->why->fault == FAULT_NONE)
        why_set(end->why, fault, "cannot write %s: %s", end->output_path, fault_text(fault));
    return fault;
}

enum fault stack_finish_check(const struct merge_end *end, const struct stack_parts *parts)
{
    struct stack_finish self;
    init(&self, end, parts);
    struct stack_joiner *joiner = stack_joiner_new(parts);
    enum fault fault = parts->plan->dedupe != DEDUPE_NONE ? stack_joiner_finish(joiner, end, NULL, self.joined) : FAULT_NONE;
    stack_joiner_destroy(&joiner);
    if (fault == FAULT_NONE)
        fault = check(&self);
    release(&self);
    return fault;
}

enum fault stack_finish_refused(const struct merge_end *end, const struct stack_parts *parts, const struct why *refusal)
{
    struct stack_finish self;
    init(&self, end, parts);
    enum fault fault = FAULT_NONE;
    if (end->report_path)
        fault = report_refusal(end->report_path, end->job, &self.report_mode, end->ledger, end->summary, refusal, end->why);
    release(&self);
    return fault;
}

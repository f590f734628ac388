/* SPDX-License-Identifier: MIT
 *
 * Order of the work: results into the template, Sources and Issues, Contributions with notes and links, the package, the
 * files beside it. Whatever fails, no file has changed: each gets its name at the very end.
 */
#include "sink/finish.h"

#include <math.h>
#include <stdlib.h>

#include "core/hash.h"
#include "core/must.h"
#include "core/utf8.h"
#include "sink/cells.h"
#include "sink/contributions.h"
#include "sink/issues_sheet.h"
#include "sink/notes.h"
#include "sink/original.h"
#include "sink/position_report.h"
#include "sink/proof.h"
#include "sink/sources_sheet.h"
#include "sink/template_styles.h"

#define VALUE_UNITS 100u    /* of a text in the detail of an issue */
#define PROGRESS_CELLS 256u /* how often the caller is asked whether to go on */

struct finish {
    const struct job *job;
    const struct plan *plan;
    struct ledger *ledger;
    struct merge_summary *summary;
    merge_progress *progress;
    void *context;
    struct why *why;
    struct results *results;
    struct package *package;
    struct book *book;
    struct output_book *output;
    struct template_styles *styles; /* NULL without a highlight */
    struct contributions *contributions;
    struct original *original; /* NULL but for --preset=original */
    struct notes *notes;       /* NULL: none, or too many */
    struct report *report;
    struct report_mode report_mode;
    struct proof *proof;
    struct fold *fold; /* until the ledger has it */
    uint64_t walked; /* cells of both walks, for the progress */
    uint64_t n_parts;
    double sample_size[3];
    struct span csv_written;
};

static void init(struct finish *self, const struct merge_end *end, const struct plan *plan)
{
    *self = (struct finish){.job = end->job, .plan = plan, .ledger = end->ledger, .summary = end->summary, .why = end->why,
                            .progress = end->progress, .context = end->context,
                            .report_mode = position_report(plan)};
    self->results = results_new(plan, end->job, end->ledger);
}

static void release(struct finish *self)
{
    report_destroy(&self->report);
    notes_destroy(&self->notes);
    original_destroy(&self->original);
    contributions_destroy(&self->contributions);
    proof_destroy(&self->proof);
    template_styles_destroy(&self->styles);
    output_book_destroy(&self->output);
    book_close(&self->book);
    package_close(&self->package);
    results_destroy(&self->results);
    fold_destroy(&self->fold);
}

static enum fault go_on(struct finish *self, uint64_t base)
{
    if (!self->progress || self->walked++ % PROGRESS_CELLS)
        return FAULT_NONE;
    if (self->progress(self->context, base + results_position(self->results), 2 * (uint64_t)self->plan->n_inputs))
        return FAULT_NONE;
    return why_set(self->why, FAULT_CANCELLED, "cancelled; nothing was written");
}

static size_t output_sheet(const struct finish *self, const struct result_cell *cell)
{
    return self->plan->sheets[cell->sheet].template_index;
}

static struct cell_ref place(const struct result_cell *cell)
{
    return (struct cell_ref){cell->row, cell->col};
}

/* --- the template -------------------------------------------------------------------------------------------------------------- */

/* The template is the one that the plan was made from: its sheets stand where the plan says. */
static enum fault check_template(struct finish *self)
{
    for (uint32_t i = 0; i < self->plan->n_sheets; i++) {
        const struct plan_sheet *sheet = &self->plan->sheets[i];
        if (sheet->template_index >= self->book->n_sheets ||
            !span_equal(self->book->sheets[sheet->template_index].name, sheet->name))
            return why_set(self->why, FAULT_CHANGED, "the template changed during the run: sheet \"%.*s\" moved; run again",
                           SPAN_ARGS(sheet->name));
    }
    return FAULT_NONE;
}

static enum fault open_template(struct finish *self)
{
    char *path = must_strndup(self->job->template_path.data, self->job->template_path.len);
    enum fault fault = package_open(path, NULL, &self->package, self->why);
    free(path);
    if (fault == FAULT_NONE)
        fault = book_open(self->package, &self->book, self->why);
    if (fault == FAULT_NONE)
        fault = check_template(self);
    enum deflate_level level = self->job->compress_small ? DEFLATE_SMALL : DEFLATE_FAST;
    if (fault == FAULT_NONE)
        fault = output_book_new(self->book, level, NULL, &self->output, self->why);
    bool highlights = self->job->highlight != JOB_HIGHLIGHT_NONE || self->job->is_preset_original;
    if (fault == FAULT_NONE && highlights)
        fault = template_styles_new(self->book, self->plan, &self->styles, self->why);
    return fault;
}

static enum fault style_for(struct finish *self, const struct result_cell *cell, uint32_t *ret)
{
    *ret = STYLE_KEEP;
    if (!self->styles)
        return FAULT_NONE;
    bool is_fill = self->job->highlight == JOB_HIGHLIGHT_FILL && !self->job->is_preset_original;
    enum fault fault = output_book_highlight(self->output, template_styles_at(self->styles, cell->input),
                                             is_fill ? HIGHLIGHT_FILL : HIGHLIGHT_BORDER, ret);
    if (fault == FAULT_LIMIT)
        return why_set(self->why, fault, "the template has too many cell formats for a highlight; use --highlight=none");
    return fault;
}

static enum fault fill_cell(struct finish *self, const struct result_cell *cell)
{
    const struct result *result = &cell->result;
    size_t sheet = output_sheet(self, cell);
    uint32_t style;
    enum fault fault = style_for(self, cell, &style);
    if (fault != FAULT_NONE)
        return fault;
    switch (result->kind) {
    case RESULT_NONE:
        break;
    case RESULT_NUMBER:
    case RESULT_DURATION:
        output_book_set_number(self->output, sheet, place(cell), result->number, style);
        break;
    case RESULT_DATE:
        output_book_set_number(self->output, sheet, place(cell), results_serial(self->results, result->number), style);
        break;
    case RESULT_TEXT:
        output_book_set_text(self->output, sheet, place(cell), utf8_cut_utf16(result->text, CELL_TEXT_UNITS), style);
        break;
    case RESULT_BOOLEAN:
        output_book_set_boolean(self->output, sheet, place(cell), result->number != 0, style);
        break;
    case RESULT_ERROR:
        output_book_set_error(self->output, sheet, place(cell), result->text, style);
        break;
    }
    return FAULT_NONE;
}

/* --- the first walk: results --------------------------------------------------------------------------------------------------- */

/* "north/A1: Bern" */
static enum fault put_named_value(struct finish *self, const struct gathered *part, const struct plan_cell *plan,
                                  struct buffer *out)
{
    struct span text;
    enum fault fault = results_text(self->results, part, &text);
    if (fault != FAULT_NONE)
        return fault;
    buffer_putf(out, "%.*s: ", SPAN_ARGS(ledger_slot(self->ledger, part->slot)->source.identity));
    notes_put_value(&part->value, utf8_cut_utf16(utf8_trim(text), VALUE_UNITS), plan, out);
    return FAULT_NONE;
}

/* Who disagrees: the first source and the first one that shows another value. */
static enum fault put_disagreement(struct finish *self, const struct result_cell *cell, struct buffer *out)
{
    struct buffer first, other;
    buffer_init(&first, BUFFER_LIMIT_DEFAULT);
    buffer_init(&other, BUFFER_LIMIT_DEFAULT);
    enum fault fault = put_named_value(self, cell->parts[0], cell->plan, &first);
    size_t skip = ledger_slot(self->ledger, cell->parts[0]->slot)->source.identity.len;
    for (uint32_t i = 1; i < cell->result.n && fault == FAULT_NONE; i++) {
        buffer_clear(&other);
        fault = put_named_value(self, cell->parts[i], cell->plan, &other);
        size_t other_skip = ledger_slot(self->ledger, cell->parts[i]->slot)->source.identity.len;
        if (!span_equal(span_from(buffer_span(&first), skip), span_from(buffer_span(&other), other_skip)))
            break;
    }
    buffer_put(out, SPAN("; "));
    buffer_put(out, buffer_span(&first));
    buffer_put(out, SPAN(", "));
    buffer_put(out, buffer_span(&other));
    buffer_free(&first);
    buffer_free(&other);
    return fault;
}

static enum fault tell_result(struct finish *self, const struct result_cell *cell)
{
    if (!cell->result.has_issue)
        return FAULT_NONE;
    struct buffer detail;
    buffer_init(&detail, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&detail, "%s of %u value%s", function_name((enum function)cell->plan->function), cell->result.n,
                cell->result.n == 1 ? "" : "s");
    enum fault fault = FAULT_NONE;
    if (cell->result.issue == ISSUE_RESULT_NOT_SAME)
        fault = put_disagreement(self, cell, &detail);
    struct issue issue = {
        .code = cell->result.issue,
        .source = ISSUE_NO_SOURCE,
        .sheet = self->plan->sheets[cell->sheet].name,
        .row = cell->row + 1,
        .col = cell->col + 1,
        .detail = buffer_span(&detail),
        .count = 1,
    };
    if (fault == FAULT_NONE)
        fault = ledger_result_issue(self->ledger, &issue);
    buffer_free(&detail);
    return fault;
}

static enum fault tell_unweighted(struct finish *self, const struct result_cell *cell)
{
    enum fault fault = FAULT_NONE;
    if (cell->plan->function != FUNCTION_WAVG)
        return fault;
    struct buffer value;
    buffer_init(&value, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < cell->n_left_out && fault == FAULT_NONE; i++) {
        buffer_clear(&value);
        value_put_text(&cell->left_out[i]->value, (struct span){"", 0}, &value);
        struct issue issue = {
            .code = ISSUE_WEIGHT_MISSING,
            .source = ledger_slot(self->ledger, cell->left_out[i]->slot)->source.index,
            .sheet = self->plan->sheets[cell->sheet].name,
            .row = cell->row + 1,
            .col = cell->col + 1,
            .value = buffer_span(&value),
            .count = 1,
        };
        fault = ledger_result_issue(self->ledger, &issue);
    }
    buffer_free(&value);
    return fault;
}

/* Terminated; cut at a character. */
static void copy_cut(char *to, size_t size, struct span text)
{
    size_t len = text.len < size - 1 ? text.len : size - 1;
    while (len < text.len && len > 0 && ((unsigned char)text.data[len] & 0xC0) == 0x80)
        len--;
    if (len)
        memcpy(to, text.data, len);
    to[len] = '\0';
}

static void describe_sample(struct finish *self, const struct result_cell *cell, uint32_t at)
{
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    struct span row = plan_row_label(self->plan, cell->input), column = plan_column_label(self->plan, cell->input);
    buffer_putf(&text, "%.*s%s%.*s", SPAN_ARGS(row), row.len && column.len ? " / " : "", SPAN_ARGS(column));
    copy_cut(self->summary->samples[at].label, sizeof self->summary->samples[at].label, buffer_span(&text));
    buffer_clear(&text);
    notes_put_result(cell, &text);
    copy_cut(self->summary->samples[at].value, sizeof self->summary->samples[at].value, buffer_span(&text));
    copy_cut(self->summary->samples[at].sheet, sizeof self->summary->samples[at].sheet,
             self->plan->sheets[cell->sheet].name);
    cell_ref_format(place(cell), self->summary->samples[at].cell);
    self->summary->samples[at].n = cell->result.n;
    buffer_free(&text);
}

/* The biggest results, for a person to look at; equal ones in the template's order. */
static void consider_sample(struct finish *self, const struct result_cell *cell)
{
    struct merge_summary *summary = self->summary;
    if (cell->result.kind != RESULT_NUMBER && cell->result.kind != RESULT_DURATION)
        return;
    double size = fabs(cell->result.number);
    uint32_t at = summary->n_samples;
    while (at > 0 && size > self->sample_size[at - 1])
        at--;
    if (at == 3)
        return;
    summary->n_samples += summary->n_samples < 3;
    for (uint32_t k = summary->n_samples - 1; k > at; k--) {
        summary->samples[k] = summary->samples[k - 1];
        self->sample_size[k] = self->sample_size[k - 1];
    }
    self->sample_size[at] = size;
    describe_sample(self, cell, at);
}

static enum fault settle_cell(void *context, const struct result_cell *cell)
{
    struct finish *self = context;
    enum fault fault = go_on(self, 0);
    if (fault == FAULT_NONE)
        fault = tell_unweighted(self, cell);
    if (fault == FAULT_NONE)
        fault = tell_result(self, cell);
    if (fault != FAULT_NONE || cell->result.n == 0)
        return fault;
    self->n_parts += cell->result.n;
    if (cell->result.kind != RESULT_NONE) {
        self->summary->result_cells++;
        consider_sample(self, cell);
    }
    if (self->proof)
        fault = proof_keep(self->proof, cell);
    return fault == FAULT_NONE && self->output ? fill_cell(self, cell) : fault;
}

/* One line for what every source has there, instead of one for each. */
static enum fault settle_field(void *context, uint32_t input, const struct gather_rest *rest)
{
    struct finish *self = context;
    uint32_t sheet, row, col;
    struct span text;
    enum fault fault = results_text(self->results, &rest->first, &text);
    if (fault != FAULT_NONE)
        return fault;
    struct buffer value, detail;
    buffer_init(&value, BUFFER_LIMIT_DEFAULT);
    buffer_init(&detail, BUFFER_LIMIT_DEFAULT);
    plan_locate(self->plan, input, &sheet, &row, &col);
    value_put_text(&rest->first.value, utf8_cut_utf16(text, VALUE_UNITS), &value);
    fold_put_detail(rest, ledger_used(self->ledger), &detail);
    struct issue issue = {
        .code = ISSUE_FIELD_NOT_NUMBER,
        .source = ISSUE_NO_SOURCE,
        .sheet = self->plan->sheets[sheet].name,
        .row = row + 1,
        .col = col + 1,
        .value = buffer_span(&value),
        .detail = buffer_span(&detail),
        .count = (uint64_t)rest->n_texts + rest->n_dates + rest->n_booleans,
        .input = input + 1,
    };
    fold_add(self->fold, input);
    fault = ledger_result_issue(self->ledger, &issue);
    buffer_free(&value);
    buffer_free(&detail);
    return fault;
}

static enum fault settle_all(struct finish *self)
{
    self->fold = fold_new(self->plan);
    results_tell_fields(self->results, settle_field, self);
    enum fault fault = results_each(self->results, settle_cell, self);
    results_tell_fields(self->results, NULL, NULL);
    if (fault != FAULT_NONE || fold_is_empty(self->fold))
        return fault;
    struct fold *fold = self->fold;
    self->fold = NULL;
    return ledger_fold(self->ledger, fold);
}

/* --- the second walk: where they come from ----------------------------------------------------------------------------------- */

static enum fault link_cell(struct finish *self, const struct result_cell *cell)
{
    struct span sheet;
    uint32_t row;
    bool has_place = self->original ? original_place(self->original, &sheet, &row)
                                    : contributions_place(self->contributions, &sheet, &row);
    if (!self->job->links || !has_place)
        return FAULT_NONE;
    struct buffer location, tooltip;
    buffer_init(&location, BUFFER_LIMIT_DEFAULT);
    buffer_init(&tooltip, BUFFER_LIMIT_DEFAULT);
    cells_put_location(&location, sheet, (struct cell_ref){row, 0});
    buffer_putf(&tooltip, "%u contribution%s", cell->result.n, cell->result.n == 1 ? "" : "s");
    output_book_link(self->output, output_sheet(self, cell), place(cell), buffer_span(&location),
                     buffer_span(&tooltip));
    buffer_free(&location);
    buffer_free(&tooltip);
    return FAULT_NONE;
}

static enum fault annotate_cell(struct finish *self, const struct result_cell *cell)
{
    struct span text;
    if (!self->notes)
        return FAULT_NONE;
    enum fault fault = self->original ? original_note(self->original, cell, &text) : notes_text(self->notes, cell, &text);
    if (fault == FAULT_NONE)
        output_book_note(self->output, output_sheet(self, cell), place(cell), SPAN(NOTES_AUTHOR), text);
    return fault;
}

static enum fault explain_cell(void *context, const struct result_cell *cell)
{
    struct finish *self = context;
    enum fault fault = go_on(self, self->plan->n_inputs);
    if (fault == FAULT_NONE)
        fault = proof_check(self->proof, cell, self->why);
    if (fault != FAULT_NONE || cell->result.n == 0)
        return fault;
    fault = self->original ? original_cell(self->original, cell, self->why)
                           : contributions_cell(self->contributions, cell, self->why);
    if (fault == FAULT_NONE && cell->result.kind != RESULT_NONE) {
        fault = link_cell(self, cell);
        if (fault == FAULT_NONE)
            fault = annotate_cell(self, cell);
    }
    if (fault == FAULT_NONE && self->report)
        fault = report_cell(self->report, self->plan, cell, self->why);
    return fault;
}

static enum fault walk_results(struct finish *self)
{
    enum fault fault = proof_new(self->ledger, self->plan, &self->proof, self->why);
    return fault == FAULT_NONE ? settle_all(self) : fault;
}

static enum fault write_lists(struct finish *self)
{
    struct cells_book book = cells_of_output(self->output);
    struct sources_form form = sources_of_position(self->ledger);
    enum fault fault = sources_sheet_write(book, self->ledger, &form, self->why);
    return fault == FAULT_NONE ? issues_sheet_write(book, self->ledger, self->plan, self->why) : fault;
}

static enum fault walk_contributions(struct finish *self, const char *report_path, const char *csv_path)
{
    const struct job *job = self->job;
    enum contributions_form form = contributions_choose(job->contributions, self->ledger, self->n_parts);
    enum fault fault;
    if (job->is_preset_original)
        fault = original_new(self->output, self->book, self->plan, self->results, self->ledger, &self->original, self->why);
    else
        fault = contributions_new(form, self->output, self->plan, self->results, self->ledger, csv_path,
                                  &self->contributions, self->why);
    if (fault == FAULT_NONE && report_path)
        fault = report_new(report_path, job, &self->report_mode, self->ledger, &self->report, self->why);
    if (fault != FAULT_NONE)
        return fault;
    if (job->notes && self->summary->result_cells <= job->notes_max)
        self->notes = notes_new(self->plan, self->results, self->ledger, job->average_blank_zero);
    if (form == CONTRIBUTIONS_CSV && !job->is_preset_original)
        self->csv_written = span_of(csv_path);
    fault = results_each(self->results, explain_cell, self);
    if (fault == FAULT_NONE)
        fault = proof_end(self->proof, self->why);
    return fault;
}

/* --- all together ---------------------------------------------------------------------------------------------------------------- */

/* Completes every file of the output under no name: what can go wrong goes wrong here, with the earlier files untouched. */
static enum fault prepare(struct finish *self, const struct merge_end *end)
{
    struct merge_summary *summary = self->summary;
    summary->contributions = self->n_parts;
    summary->self_check_passed = proof_passed(self->proof);
    char hash[65];
    const char *readable;
    sha256_hex(self->plan->hash, hash);
    output_book_mark(self->output, span_of(hash));
    if (self->job->stamp)
        output_book_stamp(self->output);
    enum fault fault = output_book_prepare(self->output, end->output_path, true, &readable, NULL, self->why);
    if (fault == FAULT_NONE)
        fault = sha256_file(readable, &summary->output_sha, &summary->output_bytes, self->why);
    if (fault == FAULT_NONE && self->contributions)
        fault = contributions_finish(self->contributions, self->why);
    if (fault != FAULT_NONE)
        return fault;
    summary->output_path = span_of(end->output_path);
    summary->contributions_csv = self->csv_written;
    summary->report_path = end->report_path ? span_of(end->report_path) : (struct span){"", 0};
    merge_count_issues(end);
    return self->report ? report_finish(self->report, summary, NULL, self->why) : FAULT_NONE;
}

/* The workbook comes last: when it is there, everything is. */
static enum fault commit(struct finish *self)
{
    enum fault fault = self->contributions ? contributions_commit(self->contributions, self->why) : FAULT_NONE;
    if (fault == FAULT_NONE && self->report)
        fault = report_commit(self->report, self->why);
    return fault == FAULT_NONE ? output_book_commit(self->output, self->why) : fault;
}

enum fault finish_output(const struct merge_end *end, const struct plan *plan, const char *csv_path)
{
    struct finish self;
    init(&self, end, plan);
    enum fault fault = open_template(&self);
    if (fault == FAULT_NONE)
        fault = walk_results(&self);
    if (fault == FAULT_NONE && !end->job->is_preset_original)
        fault = write_lists(&self);
    if (fault == FAULT_NONE)
        fault = walk_contributions(&self, end->report_path, csv_path);
    if (fault == FAULT_NONE && self.original)
        fault = original_plain(self.original, end->why);
    if (fault == FAULT_NONE && end->job->is_preset_original)
        fault = write_lists(&self);
    if (fault == FAULT_NONE)
        fault = prepare(&self, end);
    if (fault == FAULT_NONE)
        fault = commit(&self);
    release(&self);
    if (fault != FAULT_NONE && end->why && end->why->fault == FAULT_NONE)
        why_set(end->why, fault, "cannot write %s: %s", end->output_path, fault_text(fault));
    return fault;
}

enum fault finish_check(const struct merge_end *end, const struct plan *plan)
{
    struct finish self;
    init(&self, end, plan);
    enum fault fault = settle_all(&self);
    end->summary->contributions = self.n_parts;
    release(&self);
    return fault;
}

enum fault finish_refused(const struct merge_end *end, const struct plan *plan, const struct why *refusal)
{
    if (!end->report_path)
        return FAULT_NONE;
    struct report_mode mode = position_report(plan);
    return report_refusal(end->report_path, end->job, &mode, end->ledger, end->summary, refusal, end->why);
}

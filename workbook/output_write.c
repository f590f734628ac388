/* SPDX-License-Identifier: MIT
 *
 * The end of an output workbook: everything that depends on everything else is settled first (cached values, notes,
 * styles, the workbook part), then the package is written in the template's order, new parts behind.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/output_state.h"

struct plan { /* what becomes of an entry of the template */
    const struct output_part *part; /* changed or dropped */
    size_t sheet;                   /* patched; PACKAGE_NONE: not */
};

static bool is_patched(const struct output_sheet *sheet)
{
    return sheet->n_edits || sheet->links.len || sheet->drawing_id[0] || sheet->drops_caches;
}

static enum fault settle(struct output_book *self, struct why *why)
{
    for (size_t i = 0; i < self->n_sheets; i++)
        output_edits_settle(&self->sheets[i]);
    enum fault fault = output_recalculate(self, why);
    for (size_t i = 0; i < self->n_sheets; i++)
        output_edits_settle(&self->sheets[i]);
    if (!fault)
        fault = output_notes_finish(self, why);
    if (!fault)
        fault = output_package_finish(self, why);
    if (!fault)
        fault = output_styles_finish(self, why);
    return fault;
}

static struct plan *make_plan(const struct output_book *self, size_t n)
{
    struct plan *plan = must_alloc((n + 1) * sizeof *plan);
    for (size_t i = 0; i < n; i++)
        plan[i].sheet = PACKAGE_NONE;
    for (size_t i = 0; i < self->n_parts; i++)
        if (self->parts[i]->entry != PACKAGE_NONE)
            plan[self->parts[i]->entry].part = self->parts[i];
    for (size_t i = 0; i < self->n_sheets; i++)
        if (self->sheets[i].same_as == i && is_patched(&self->sheets[i]))
            plan[self->book->sheets[i].entry].sheet = i;
    return plan;
}

static enum fault add_bytes(void *context, struct span bytes)
{
    return package_writer_add(context, bytes);
}

static enum fault patch_sheet(struct output_book *self, struct package_writer *writer, size_t index, bool *ret_changed,
                              struct why *why)
{
    struct output_sheet *sheet = &self->sheets[index];
    size_t entry = self->book->sheets[index].entry;
    struct sheet_patch patch = {.edits = sheet->edits,
                                .n_edits = sheet->n_edits,
                                .texts = &self->texts,
                                .hyperlinks = buffer_span(&sheet->links),
                                .legacy_drawing = span_of(sheet->drawing_id),
                                .is_strict = output_is_strict(self),
                                .drop_all_cached = sheet->drops_caches};
    struct sheet_survey survey;
    struct sheet_patch_counts counts = {0};
    struct why found = {0};
    enum fault fault = sheet_survey(self->package, entry, &patch, &survey, &found);
    bool is_untouched = !sheet->n_edits && !sheet->links.len && !sheet->drawing_id[0];
    /* A damaged sheet that nobody writes to goes as it is. */
    if (fault && (!is_untouched || fault == FAULT_IO)) {
        *why = found;
        goto out;
    }
    bool is_idle = is_untouched && (fault || !survey.cached_values);
    *ret_changed = !is_idle;
    if (is_idle) {
        fault = package_writer_copy(writer, self->package, entry, why);
    } else {
        fault = package_writer_begin(writer, package_entry_at(self->package, entry)->name);
        if (!fault)
            fault = sheet_patch_write(self->package, entry, &patch, &survey, add_bytes, writer, &counts, why);
        if (!fault)
            fault = package_writer_end(writer);
    }
    sheet_survey_free(&survey);
    self->stats.cells_written += counts.cells_written;
    self->stats.formulas_recomputed += counts.caches_written;
    self->stats.formulas_dropped += counts.caches_dropped;
out:
    if (fault)
        why_at_sheet(why, self->book->sheets[index].name);
    return fault;
}

static enum fault write_entry(struct output_book *self, struct package_writer *writer, size_t entry,
                              const struct plan *plan, struct why *why)
{
    bool is_changed = true;
    enum fault fault = FAULT_NONE;
    if (plan->part && plan->part->is_dropped)
        return FAULT_NONE;
    if (plan->part)
        fault = package_writer_put(writer, plan->part->name, buffer_span(&plan->part->bytes));
    else if (plan->sheet != PACKAGE_NONE)
        fault = patch_sheet(self, writer, plan->sheet, &is_changed, why);
    else {
        fault = package_writer_copy(writer, self->package, entry, why);
        is_changed = false;
    }
    self->stats.parts_changed += is_changed;
    self->stats.parts_copied += !is_changed;
    return fault;
}

static enum fault write_template(struct output_book *self, struct package_writer *writer, struct why *why)
{
    size_t n = self->package ? package_entries(self->package) : 0;
    struct plan *plan = make_plan(self, n);
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < n && !fault; i++)
        fault = write_entry(self, writer, i, &plan[i], why);
    free(plan);
    return fault;
}

static enum fault write_new(struct output_book *self, struct package_writer *writer)
{
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < self->n_parts && !fault; i++)
        if (self->parts[i]->entry == PACKAGE_NONE)
            fault = package_writer_put(writer, self->parts[i]->name, buffer_span(&self->parts[i]->bytes));
    for (size_t i = 0; i < self->n_added && !fault; i++)
        if (self->added[i].spool)
            fault = package_writer_put_spool(writer, self->added[i].part_name, self->added[i].spool);
    return fault;
}

enum fault output_book_prepare(struct output_book *self, const char *path, bool durable, const char **ret_readable,
                               struct output_stats *stats, struct why *why)
{
    struct package_writer *writer = self->writer;
    struct why local = {0};
    enum fault fault = self->fault;
    must(!self->is_prepared);
    self->writer = NULL;
    self->is_prepared = true;
    if (fault)
        local = self->why;
    else
        fault = settle(self, &local);
    if (!fault && !writer)
        fault = package_writer_new(path, self->level, &writer, &local);
    if (!fault && self->is_stamped)
        package_writer_set_time(writer, time(NULL));
    if (!fault)
        fault = write_template(self, writer, &local);
    if (!fault)
        fault = write_new(self, writer);
    if (!fault)
        fault = package_writer_finish(writer, durable, &local);
    if (fault && !local.fault && writer)
        local = *package_writer_why(writer);
    if (fault && !local.fault)
        why_set(&local, fault, "cannot write %s: %s", path, fault_text(fault));
    if (fault && why)
        *why = local;
    if (fault) {
        package_writer_destroy(&writer);
        return fault;
    }
    self->writer = writer;
    self->is_durable = durable;
    self->stats.bytes = package_writer_size(writer);
    *ret_readable = package_writer_readable(writer);
    if (stats)
        *stats = self->stats;
    return FAULT_NONE;
}

enum fault output_book_commit(struct output_book *self, struct why *why)
{
    must(self->writer);
    enum fault fault = package_writer_commit(self->writer, self->is_durable, why);
    package_writer_destroy(&self->writer);
    return fault;
}

enum fault output_book_write(struct output_book *self, const char *path, bool durable, struct output_stats *stats,
                             struct why *why)
{
    const char *readable;
    enum fault fault = output_book_prepare(self, path, durable, &readable, stats, why);
    return fault ? fault : output_book_commit(self, why);
}

/* SPDX-License-Identifier: MIT
 *
 * One source against a position plan: open, match the sheets, look for drift, settle every cell.
 * All or nothing: until the last byte is read and the file is seen not to have changed, nothing
 * leaves this function.
 */
#include "workers/position.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/styles_cache.h"
#include "workers/classify.h"
#include "workers/sheet_match.h"

#define LABEL_ARENA_BYTES ((size_t)512 << 20)
#define FEW_LABELS 2u          /* this many may differ without a doubt about the layout ... */
#define FEW_LABELS_PERCENT 10u /* ... or this share */

struct position_reader {
    const struct plan *plan;
    struct sheet_selector selector;
    enum fault selector_fault;
    struct why selector_why;
    struct sheet_values values;
    struct arena *arena; /* of one sheet: labels, maps */
    struct styles_cache *styles;
};

/* One source being read. */
struct reading {
    struct position_reader *reader;
    const struct plan *plan;
    struct package *package;
    struct book *book;
    struct shared_strings *strings;
    const struct styles *styles; /* of the reader's cache */
    struct partial_builder *builder;
    struct issue_log issues;
    struct classifier classifier;
    struct matched_sheet *matches;
    bool *is_taken;
    bool is_rejected;
    struct cell_ref id_at; /* of --id-cell, in the source */
    size_t id_sheet;
};

struct position_reader *position_reader_new(const struct plan *plan)
{
    struct position_reader *self = must_alloc(sizeof *self);
    self->plan = plan;
    struct span selector = plan->is_preset_original ? SPAN("active") : plan->sheet_selector;
    self->selector_fault = sheet_selector_parse(selector, &self->selector, &self->selector_why);
    sheet_values_init(&self->values, plan);
    self->arena = arena_new(LABEL_ARENA_BYTES);
    self->styles = styles_cache_new();
    return self;
}

void position_reader_destroy(struct position_reader **self)
{
    if (!*self)
        return;
    sheet_selector_free(&(*self)->selector);
    sheet_values_free(&(*self)->values);
    arena_destroy(&(*self)->arena);
    styles_cache_destroy(&(*self)->styles);
    free(*self);
    *self = NULL;
}

/* --- the file --- */

static enum fault check_unchanged(const struct source *source, const char *path, struct why *why)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return why_set(why, fault_from_errno(errno), "cannot open: %s", strerror(errno));
    int64_t mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    if ((uint64_t)st.st_size != source->size || mtime_ns != source->mtime_ns)
        return why_set(why, FAULT_CHANGED, "the file changed since the run began; run again");
    return FAULT_NONE;
}

static enum fault open_source(struct reading *self, const char *path, const struct budget *budget,
                              struct why *why)
{
    enum fault fault = package_open(path, budget, &self->package, why);
    if (fault == FAULT_NONE)
        fault = book_open(self->package, &self->book, why);
    if (fault == FAULT_NONE)
        fault = shared_strings_read(self->book, &self->strings, why);
    if (fault != FAULT_NONE)
        return fault;
    struct why broken = {0};
    fault = styles_cache_read(self->reader->styles, self->book, &self->styles, &broken);
    if (fault != FAULT_NONE && why)
        *why = broken;
    if (fault == FAULT_NONE && broken.fault != FAULT_NONE)
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_STYLES_BROKEN,
                                                    .detail = span_of(broken.text),
                                                    .count = 1});
    return fault;
}

static void close_source(struct reading *self)
{
    partial_builder_destroy(&self->builder);
    shared_strings_destroy(&self->strings);
    book_close(&self->book);
    package_close(&self->package);
    free(self->matches);
    free(self->is_taken);
}

/* --- drift --- */

struct label_state {
    uint32_t labels, labels_differ; /* texts */
    uint32_t constants_differ;
};

static struct label_state count_labels(const struct sheet_values *values)
{
    struct label_state state = {0};
    const struct plan_sheet *sheet = values->sheet;
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        uint32_t place = plan_place(sheet, sheet->labels[i].row, sheet->labels[i].col);
        bool differs = !(values->slots[place].flags & SLOT_SAME);
        if (sheet->cells[place].role == ROLE_LABEL) {
            state.labels++;
            state.labels_differ += differs;
        } else {
            state.constants_differ += differs;
        }
    }
    return state;
}

static bool is_more_than_a_few(struct label_state state)
{
    uint32_t share = state.labels * FEW_LABELS_PERCENT / 100;
    return state.labels_differ > (share > FEW_LABELS ? share : FEW_LABELS);
}

static enum issue_code shift_code(const struct shift *shift)
{
    if (shift->is_column)
        return shift->is_insertion ? ISSUE_COLUMN_INSERTED : ISSUE_COLUMN_DELETED;
    return shift->is_insertion ? ISSUE_ROW_INSERTED : ISSUE_ROW_DELETED;
}

/* "1 row inserted before row 4", "2 columns missing: column C of the template". */
static void describe_shift(const struct shift *shift, char *out, size_t size)
{
    const char *what = shift->is_column ? "column" : "row";
    uint32_t line = shift->is_insertion ? shift->source_line : shift->template_line;
    char name[16];
    if (shift->is_column && line < GRID_COLS)
        column_format(line, name);
    else
        snprintf(name, sizeof name, "%u", line + 1);
    snprintf(out, size,
             shift->is_insertion ? "%u %s%s inserted before %s %s"
                                 : "%u %s%s missing: %s %s of the template",
             shift->n, what, shift->n == 1 ? "" : "s", what, name);
}

static void tell_shifts(struct reading *self, const struct drift *drift, enum drift_policy policy)
{
    for (uint32_t i = 0; i < drift->n_shifts; i++) {
        const struct shift *shift = &drift->shifts[i];
        char text[96];
        describe_shift(shift, text, sizeof text);
        struct issue issue = {
            .code = shift_code(shift), .detail = span_of(text), .count = shift->n};
        if (policy == DRIFT_REJECT)
            issue.code = ISSUE_SOURCE_REJECTED;
        else if (policy == DRIFT_REPORT)
            issue.code = ISSUE_LAYOUT_SHIFTED;
        if (shift->is_column)
            issue.col = shift->source_line + 1;
        else
            issue.row = shift->source_line + 1;
        issue_log_add(&self->issues, issue);
    }
}

static void reject(struct reading *self, uint32_t row, uint32_t col, const char *detail)
{
    self->is_rejected = true;
    issue_log_add(&self->issues, (struct issue){.code = ISSUE_SOURCE_REJECTED,
                                                .row = row,
                                                .col = col,
                                                .detail = span_of(detail),
                                                .count = 1});
}

static enum fault find_drift(struct reading *self, const struct plan_sheet *sheet, size_t index,
                             struct drift *ret, bool *ret_is_found, struct why *why)
{
    struct arena *arena = self->reader->arena;
    struct label_index labels;
    struct label_seen *seen;
    uint32_t n;
    arena_clear(arena);
    if (!label_index_make(sheet, arena, &labels))
        return why_set(why, FAULT_LIMIT, "too many labels to compare");
    enum fault fault = sheet_labels_read(self->plan, &labels, self->book, index, self->strings,
                                         self->styles, arena, &seen, &n, why);
    if (fault == FAULT_NONE)
        *ret_is_found = drift_find(&labels, seen, n, arena, ret);
    return fault;
}

/* --- sheets --- */

static enum fault scan(struct reading *self, const struct plan_sheet *sheet, size_t index,
                       const struct drift *drift, struct why *why)
{
    return sheet_values_read(&self->reader->values, sheet, self->book, index, self->strings,
                             self->styles, drift, why);
}

static enum fault read_aligned(struct reading *self, const struct plan_sheet *sheet, size_t index,
                               const struct drift *drift, struct why *why)
{
    const struct sheet_values *values = &self->reader->values;
    enum fault fault = scan(self, sheet, index, drift, why);
    if (fault != FAULT_NONE)
        return fault;
    if (values->is_unsure) {
        tell_shifts(self, drift, DRIFT_REJECT);
        reject(
            self, values->unsure_at.row + 1, values->unsure_at.col + 1,
            "it cannot be told which of several lines without labels was inserted or removed here");
        return FAULT_NONE;
    }
    tell_shifts(self, drift, DRIFT_ALIGN);
    return classify_sheet(&self->classifier, values, drift);
}

static void remember_id_cell(struct reading *self, const struct plan_sheet *sheet, size_t index,
                             const struct drift *drift);

static enum fault settle_sheet(struct reading *self, const struct plan_sheet *sheet, size_t index,
                               struct why *why)
{
    const struct sheet_values *values = &self->reader->values;
    struct label_state state = count_labels(values);
    enum drift_policy policy = self->plan->drift;
    struct drift drift;
    bool is_found = false;
    if (state.labels_differ + state.constants_differ) {
        enum fault fault = find_drift(self, sheet, index, &drift, &is_found, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    remember_id_cell(self, sheet, index, is_found && policy == DRIFT_ALIGN ? &drift : NULL);
    if (is_found && policy == DRIFT_ALIGN)
        return read_aligned(self, sheet, index, &drift, why);
    if (is_found) {
        self->is_rejected |= policy == DRIFT_REJECT;
        tell_shifts(self, &drift, policy);
    } else if (is_more_than_a_few(state) && policy != DRIFT_REPORT) {
        char detail[160];
        snprintf(detail, sizeof detail,
                 "%u of %u labels differ, and no inserted or missing rows or columns explain it",
                 state.labels_differ, state.labels);
        reject(self, 0, 0, detail);
    }
    return self->is_rejected ? FAULT_NONE : classify_sheet(&self->classifier, values, NULL);
}

static enum fault read_sheet(struct reading *self, uint32_t i, struct why *why)
{
    const struct plan_sheet *sheet = &self->plan->sheets[i];
    struct matched_sheet match = self->matches[i];
    bool is_missing = match.index == NO_SHEET;
    const struct book_sheet *from = is_missing ? NULL : &self->book->sheets[match.index];
    bool is_skipped = from && self->plan->skip_hidden && from->state != SHEET_VISIBLE;
    partial_builder_sheet(self->builder,
                          (struct partial_sheet){i, from ? from->name : (struct span){"", 0},
                                                 is_skipped ? MATCH_MISSING : match.match});
    issue_log_sheet(&self->issues, from ? from->name : sheet->name);
    if (is_missing || is_skipped) {
        enum issue_code code = is_missing ? ISSUE_SHEET_MISSING : ISSUE_HIDDEN_SKIPPED;
        issue_log_add(&self->issues, (struct issue){.code = code, .count = 1});
        return FAULT_NONE;
    }
    if (match.match == MATCH_ALIGNED)
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_SHEET_RENAMED,
                                                    .value = from->name,
                                                    .detail = sheet->name,
                                                    .count = 1});
    enum fault fault = scan(self, sheet, match.index, NULL, why);
    if (fault == FAULT_NONE)
        fault = settle_sheet(self, sheet, match.index, why);
    if (fault != FAULT_NONE && why && why->fault == FAULT_NONE)
        why_set(why, fault, "more text in mapped cells than a result can hold; use --range");
    return fault;
}

/* --- a sheet under another name, told by its labels --- */

#define LABELS_TO_RECOGNIZE 3u

static enum fault resembles(struct reading *self, const struct plan_sheet *sheet, size_t index,
                            uint32_t *ret_found, struct why *why)
{
    struct drift drift = {0};
    bool is_shifted = false;
    enum fault fault = find_drift(self, sheet, index, &drift, &is_shifted, why);
    uint32_t found = drift.at_home > drift.found || !is_shifted ? drift.at_home : drift.found;
    bool is_same = sheet->n_labels >= LABELS_TO_RECOGNIZE &&
                   (uint64_t)found * 10 >= (uint64_t)sheet->n_labels * 9;
    *ret_found = is_same ? found : 0;
    return fault;
}

/* Two templates' sheets with the same labels could both be meant: then neither is taken. */
static bool is_ambiguous(struct reading *self, uint32_t plan_sheet)
{
    const struct plan_sheet *sheet = &self->plan->sheets[plan_sheet];
    for (uint32_t i = 0; i < self->plan->n_sheets; i++) {
        const struct plan_sheet *other = &self->plan->sheets[i];
        bool is_alike = i != plan_sheet && self->matches[i].index == NO_SHEET &&
                        other->n_labels == sheet->n_labels;
        for (uint32_t k = 0; k < sheet->n_labels && is_alike; k++)
            is_alike = span_equal(sheet->labels[k].text, other->labels[k].text) &&
                       sheet->labels[k].row == other->labels[k].row &&
                       sheet->labels[k].col == other->labels[k].col;
        if (is_alike)
            return true;
    }
    return false;
}

static enum fault match_by_labels(struct reading *self, struct why *why)
{
    for (uint32_t i = 0; i < self->plan->n_sheets; i++) {
        if (self->matches[i].index != NO_SHEET || is_ambiguous(self, i))
            continue;
        uint32_t best = 0, n_best = 0;
        size_t best_index = NO_SHEET;
        for (size_t k = 0; k < self->book->n_sheets; k++) {
            uint32_t found;
            if (self->is_taken[k] || self->book->sheets[k].kind != SHEET_WORKSHEET)
                continue;
            enum fault fault = resembles(self, &self->plan->sheets[i], k, &found, why);
            if (fault != FAULT_NONE)
                return fault;
            n_best = found > best ? 1 : n_best + (found && found == best);
            best_index = found > best ? k : best_index;
            best = found > best ? found : best;
        }
        if (n_best == 1) { /* a sheet and its copy ("Income", "Income (2)") cannot be told apart */
            self->matches[i] = (struct matched_sheet){best_index, MATCH_ALIGNED};
            self->is_taken[best_index] = true;
        }
    }
    return FAULT_NONE;
}

/* --- --id-cell --- */

static bool parse_id_cell(const struct plan *plan, char *name, size_t *ret_len,
                          struct cell_ref *ret_at)
{
    struct cell_range range;
    if (plan->id_cell.len == 0 || !sheet_range_parse(plan->id_cell, name, ret_len, &range))
        return false;
    *ret_at = range.first;
    return true;
}

/* Where the template's line is in the source; the line itself when it is not mapped. */
static uint32_t find_line(const struct line_map *map, uint32_t line)
{
    for (uint32_t i = 0; i < map->n; i++) {
        if (map->template_line[i] == line)
            return i;
    }
    int64_t at = (int64_t)line - map->offset;
    return at >= map->n ? (uint32_t)at : line;
}

static void remember_id_cell(struct reading *self, const struct plan_sheet *sheet, size_t index,
                             const struct drift *drift)
{
    char *name = must_alloc(self->plan->id_cell.len + 1);
    size_t len;
    struct cell_ref at;
    bool is_first = sheet == &self->plan->sheets[0];
    if (parse_id_cell(self->plan, name, &len, &at) &&
        (len ? utf8_fold_equal(span_make(name, len), sheet->name) : is_first)) {
        self->id_sheet = index;
        self->id_at = drift ? (struct cell_ref){find_line(&drift->rows, at.row),
                                                find_line(&drift->columns, at.col)}
                            : at;
    }
    free(name);
}

static enum fault read_id_cell(struct reading *self, struct why *why)
{
    char *name = must_alloc(self->plan->id_cell.len + 1);
    size_t len;
    struct cell_ref at;
    enum fault fault = FAULT_NONE;
    if (parse_id_cell(self->plan, name, &len, &at)) {
        if (self->id_sheet == NO_SHEET && len) { /* not a mapped sheet */
            int index = book_find_sheet(self->book, span_make(name, len));
            self->id_sheet = index < 0 ? NO_SHEET : (size_t)index;
            self->id_at = at;
        }
        struct buffer text;
        buffer_init(&text, 1 << 20);
        if (self->id_sheet != NO_SHEET)
            fault = sheet_cell_text(self->book, self->id_sheet, self->id_at, self->strings,
                                    self->styles, &text, why);
        partial_builder_id(self->builder, buffer_span(&text));
        buffer_free(&text);
    }
    free(name);
    return fault;
}

/* --- the whole --- */

static void tell_extra_sheets(struct reading *self)
{
    enum selector_kind kind = self->reader->selector.kind;
    if (kind != SELECT_BY_NAME && kind != SELECT_ALL)
        return;
    for (size_t i = 0; i < self->book->n_sheets; i++) {
        if (self->is_taken[i] || !sheet_is_extra(self->plan, self->book, i))
            continue;
        issue_log_sheet(&self->issues, self->book->sheets[i].name);
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_SHEET_EXTRA, .count = 1});
    }
}

static enum fault match_sheets(struct reading *self, struct why *why)
{
    self->matches = must_alloc(self->plan->n_sheets * sizeof *self->matches);
    self->is_taken = must_alloc(self->book->n_sheets * sizeof *self->is_taken);
    sheet_match(self->plan, &self->reader->selector, self->book, self->matches, self->is_taken);
    enum selector_kind kind = self->reader->selector.kind;
    bool by_labels =
        self->plan->drift == DRIFT_ALIGN && (kind == SELECT_BY_NAME || kind == SELECT_ALL);
    return by_labels ? match_by_labels(self, why) : FAULT_NONE;
}

static enum fault read_sheets(struct reading *self, struct why *why)
{
    enum fault fault = match_sheets(self, why);
    for (uint32_t i = 0; i < self->plan->n_sheets && fault == FAULT_NONE && !self->is_rejected; i++)
        fault = read_sheet(self, i, why);
    if (fault != FAULT_NONE || self->is_rejected)
        return fault;
    tell_extra_sheets(self);
    return read_id_cell(self, why);
}

/* A refused source counts for nothing: what was used is skipped after all. */
static struct partial_counts final_counts(struct reading *self)
{
    struct partial_counts counts = self->classifier.counts;
    if (self->is_rejected) {
        counts.skipped += counts.used;
        counts.used = 0;
    }
    must(counts.read == counts.used + counts.not_applicable + counts.skipped);
    return counts;
}

enum fault position_read(struct position_reader *self, const struct source *source,
                         const struct budget *budget, struct buffer *out, struct why *why)
{
    if (self->selector_fault != FAULT_NONE) {
        if (why)
            *why = self->selector_why;
        return self->selector_fault;
    }
    struct reading reading = {.reader = self,
                              .plan = self->plan,
                              .id_sheet = NO_SHEET,
                              .builder = partial_builder_new(self->plan->hash, source->sha)};
    issue_log_init(&reading.issues, reading.builder);
    classifier_init(&reading.classifier, self->plan, reading.builder, &reading.issues);
    char *path = must_strndup(source->path.data, source->path.len);
    struct why own = {0}; /* callers may pass NULL; who fills it is asked about it above */
    enum fault fault = check_unchanged(source, path, &own);
    if (fault == FAULT_NONE)
        fault = open_source(&reading, path, budget, &own);
    if (fault == FAULT_NONE)
        fault = read_sheets(&reading, &own);
    if (fault == FAULT_NONE ||
        fault == FAULT_CORRUPT) { /* a file that is being written looks corrupt */
        struct why changed = {0};
        enum fault again = check_unchanged(source, path, &changed);
        if (again != FAULT_NONE) {
            fault = again;
            own = changed;
        }
    }
    if (fault == FAULT_NONE) {
        if (reading.classifier.is_refused && !reading.is_rejected) {
            issue_log_sheet(&reading.issues, (struct span){"", 0});
            reject(&reading, 0, 0, "it holds an error value (--errors=fail)");
        }
        issue_log_end(&reading.issues);
        if (reading.is_rejected)
            partial_builder_reject(reading.builder);
        partial_builder_finish(reading.builder, final_counts(&reading), out);
    } else if (why) {
        *why = own;
    }
    free(path);
    close_source(&reading);
    return fault;
}

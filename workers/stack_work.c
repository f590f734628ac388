/* SPDX-License-Identifier: MIT
 *
 * A task from its source record to its partial result. Until the last byte is read and the file is seen not to have changed,
 * nothing leaves this file. A sheet whose order cannot be trusted turns up while it is read: then the task begins anew.
 */
#include "workers/stack_work.h"

#include <stdlib.h>

#include "core/arena.h"
#include "core/must.h"
#include "workers/row_past.h"
#include "workers/stack_source.h"

#define LAYOUT_ARENA_BYTES ((size_t)256 << 20)

struct stack_job {
    struct stack_plan plan;
    struct row_formats *formats;
    struct row_reader *reader;
    struct arena *arena, *spare; /* of the layouts of this task and of the one before, which a half-read sheet still views */
    struct stack_source file;
    /* the task */
    const struct source *source;
    struct stack_layout layout;
    enum row_order *orders; /* by sheet of the layout */
    struct stack_partial_builder *builder;
};

/* --- what a row asks --- */

static struct row_past past_of(struct stack_job *self)
{
    return (struct row_past){
        .reader = self->reader, .book = self->file.book, .strings = self->file.strings, .why = &self->file.why};
}

static enum fault recall(void *context, uint32_t until, struct row_judge *judge)
{
    struct row_past past = past_of(context);
    return row_past_recall(&past, until, judge);
}

static enum fault look_ahead(void *context, uint32_t after, bool *ret_follows)
{
    struct row_past past = past_of(context);
    return row_past_look_ahead(&past, after, ret_follows);
}

/* --- whole sheets --- */

static enum fault open_rows(struct stack_job *self, uint32_t i, bool is_part)
{
    const struct stack_layout_sheet *sheet = &self->layout.sheets[i];
    return row_reader_open(self->reader, sheet, self->source->name, stack_layout_is_cut(&self->layout), is_part, self->orders[i]);
}

static void tell_no_header(struct stack_job *self, const struct stack_layout_sheet *sheet, const struct stack_counts *rows)
{
    if (sheet->last_header || !rows->above)
        return;
    struct issue issue = {.code = ISSUE_HEADER_MISSING, .source = ISSUE_NO_SOURCE, .sheet = sheet->name, .count = 1};
    stack_partial_builder_issue(self->builder, &issue);
}

static enum fault close_rows(struct stack_job *self, uint32_t i)
{
    struct stack_sheet_counts counts = {.sheet = i};
    enum fault fault = row_reader_close(self->reader, &counts.rows);
    if (fault != FAULT_NONE)
        return fault;
    tell_no_header(self, &self->layout.sheets[i], &counts.rows);
    stack_partial_builder_sheet(self->builder, &counts);
    return FAULT_NONE;
}

static enum fault read_sheet(struct stack_job *self, uint32_t i)
{
    struct sheet_handler handler = row_reader_handler(self->reader);
    self->file.at = 0; /* the reader no longer knows a sheet that is half read */
    enum fault fault = open_rows(self, i, false);
    if (fault == FAULT_NONE)
        fault = sheet_scan(self->file.book, self->layout.sheets[i].index, self->file.strings, &handler, &self->file.why);
    return fault == FAULT_NONE ? close_rows(self, i) : fault;
}

/* --- slices --- */

static enum fault push(struct stack_job *self, struct span bytes)
{
    return sheet_scanner_push(self->file.scanner, bytes);
}

static enum fault push_until(struct stack_job *self, uint64_t to)
{
    for (;;) {
        struct span bytes;
        enum fault fault = part_windows_next(&self->file.windows, to, &bytes, &self->file.why);
        if (fault == FAULT_NONE && !bytes.len)
            return FAULT_NONE;
        if (fault == FAULT_NONE)
            fault = push(self, bytes);
        if (fault != FAULT_NONE)
            return fault;
    }
}

/* The bytes up to `to` have been pushed: on to the next row's tag, or to the end of the part. */
static enum fault push_to_row(struct stack_job *self)
{
    struct row_reader *reader = self->reader;
    reader->is_past_end = !reader->has_pending;
    while (!reader->has_pending) {
        struct span bytes;
        enum fault fault = part_windows_next_tag(&self->file.windows, &bytes, &self->file.why);
        if (fault == FAULT_NONE)
            fault = bytes.len ? push(self, bytes) : sheet_scanner_finish(self->file.scanner);
        if (fault != FAULT_NONE || !bytes.len)
            return fault;
    }
    return FAULT_NONE;
}

static void make_scanner(struct stack_job *self)
{
    struct sheet_handler handler = row_reader_handler(self->reader);
    sheet_scanner_destroy(&self->file.scanner);
    self->file.scanner = sheet_scanner_new(self->file.strings, &handler, budget_default.cells, &self->file.why);
}

/* Anew from the part's first byte; the prologue is pushed if there is one that can be repeated. */
static enum fault open_part(struct stack_job *self, const struct book_sheet *sheet)
{
    struct stack_source *file = &self->file;
    stack_source_close_sheet(file);
    enum fault fault = entry_stream_open(file->package, sheet->entry, &file->windows.stream, &file->why);
    if (fault == FAULT_NONE)
        fault = part_skip_begin(&file->skip, &file->windows, &file->why);
    make_scanner(self);
    if (fault != FAULT_NONE)
        return fault;
    if (file->skip.can_skip)
        return push(self, buffer_span(&file->skip.prologue));
    entry_stream_close(&file->windows.stream);
    file->windows = (struct part_windows){0};
    return entry_stream_open(file->package, sheet->entry, &file->windows.stream, &file->why);
}

/* All rows before `from` are scanned for nothing. */
static enum fault scan_to(struct stack_job *self, const struct book_sheet *sheet, uint64_t from)
{
    enum fault fault = open_part(self, sheet);
    self->reader->is_skipping = true;
    if (fault == FAULT_NONE)
        fault = push_until(self, from);
    if (fault == FAULT_NONE)
        fault = push_to_row(self);
    self->reader->is_skipping = false;
    return fault;
}

static enum fault skip_to(struct stack_job *self, const struct book_sheet *sheet, bool is_open)
{
    struct stack_source *file = &self->file;
    uint64_t from = self->layout.from;
    enum fault fault = is_open ? FAULT_NONE : open_part(self, sheet);
    if (fault == FAULT_NONE)
        fault = part_skip_to(&file->skip, &file->windows, from, &file->why);
    if (fault != FAULT_NONE)
        return fault;
    if (!file->skip.can_skip)
        return scan_to(self, sheet, from);
    if (!file->skip.tag.len)
        return FAULT_NONE; /* no row begins behind `from` */
    make_scanner(self);
    fault = push(self, buffer_span(&file->skip.prologue));
    self->reader->is_past_end = true; /* the row is pending, as if a slice had ended before it */
    if (fault == FAULT_NONE)
        fault = push(self, buffer_span(&file->skip.tag));
    return fault == FAULT_NONE && !self->reader->has_pending ? scan_to(self, sheet, from) : fault;
}

/* Opens the rows of the slice and brings the part to its first row, which is pending unless the slice begins at the top. No row
 * pending: none begins behind `from`. */
static enum fault begin_slice(struct stack_job *self, const struct book_sheet *sheet)
{
    struct stack_source *file = &self->file;
    uint64_t from = self->layout.from;
    uint32_t index = self->layout.sheets[0].index;
    bool is_open = file->windows.stream && file->sheet == index;
    if (is_open && file->at == from && from) {
        row_reader_resume(self->reader, &self->layout.sheets[0]);
        return FAULT_NONE;
    }
    is_open = is_open && file->skip.can_skip && part_windows_at(&file->windows) <= from;
    enum fault fault = open_rows(self, 0, from > 0);
    file->sheet = index;
    file->at = 0;
    if (fault != FAULT_NONE)
        return fault;
    return from ? skip_to(self, sheet, is_open) : open_part(self, sheet);
}

static enum fault read_rows(struct stack_job *self)
{
    struct row_reader *reader = self->reader;
    if (!reader->has_pending && self->layout.from)
        return FAULT_NONE;
    if (part_windows_at(&self->file.windows) > self->layout.to)
        return FAULT_NONE; /* the row that is pending belongs to a later slice */
    enum fault fault = row_reader_take_pending(reader);
    if (fault == FAULT_NONE)
        fault = push_until(self, self->layout.to);
    return fault == FAULT_NONE ? push_to_row(self) : fault;
}

static enum fault read_slice(struct stack_job *self)
{
    struct stack_source *file = &self->file;
    const struct book_sheet *sheet = &file->book->sheets[self->layout.sheets[0].index];
    enum fault fault = begin_slice(self, sheet);
    if (fault == FAULT_NONE)
        fault = read_rows(self);
    if (fault == FAULT_NONE)
        fault = close_rows(self, 0);
    file->at = fault == FAULT_NONE && self->reader->has_pending ? self->layout.to : 0;
    if (fault != FAULT_NONE) {
        why_at_part(&file->why, sheet->part_name);
        why_at_sheet(&file->why, sheet->name);
    }
    return fault;
}

/* --- the source --- */

static void tell_source(struct stack_job *self, enum issue_code code, struct span detail)
{
    struct issue issue = {.code = code, .source = ISSUE_NO_SOURCE, .detail = detail, .count = 1};
    stack_partial_builder_issue(self->builder, &issue);
}

/* Layouts come from the ventilator, files may have been replaced: nothing is taken for granted. */
static enum fault check_layout(const struct stack_job *self, struct why *why)
{
    const struct stack_layout *layout = &self->layout;
    bool is_cut = stack_layout_is_cut(layout);
    bool is_sound = true;
    for (uint32_t i = 0; i < layout->n_sheets && is_sound; i++) {
        const struct stack_layout_sheet *sheet = &layout->sheets[i];
        is_sound = sheet->index < self->file.book->n_sheets && sheet->first_header <= sheet->last_header;
        for (uint32_t c = 0; c < sheet->n_columns && is_sound; c++)
            is_sound = sheet->columns[c].col < GRID_COLS && (!c || sheet->columns[c].col > sheet->columns[c - 1].col) &&
                       (sheet->columns[c].column < self->plan.n_columns || sheet->columns[c].column == STACK_COLUMN_NONE);
    }
    if (!is_sound)
        return why_set(why, FAULT_PROTOCOL, "the layout of the source does not fit it: are all programs of the same version?");
    if (is_cut && self->file.book->sheets[layout->sheets[0].index].entry == PACKAGE_NONE)
        return why_set(why, FAULT_CORRUPT, "the part of the sheet is missing: the file is damaged, ask for a fresh copy");
    return FAULT_NONE;
}

static enum fault read_sheets(struct stack_job *self)
{
    enum fault fault = FAULT_NONE;
    if (self->file.styles_broken.fault != FAULT_NONE && self->source->slice == 0)
        tell_source(self, ISSUE_STYLES_BROKEN, span_of(self->file.styles_broken.text));
    if (stack_layout_is_cut(&self->layout))
        return read_slice(self);
    for (uint32_t i = 0; i < self->layout.n_sheets && fault == FAULT_NONE; i++)
        fault = read_sheet(self, i);
    return fault;
}

static enum fault explain(struct stack_job *self, enum fault fault, struct why *why)
{
    if (self->file.why.fault == FAULT_NONE)
        (void)why_set(&self->file.why, fault, "its rows are more than a result can hold; stack the source alone, or use --sheet");
    if (why)
        *why = self->file.why;
    return fault;
}

/* A sheet said that it must be read in another order: from which on all of them are known to have been read for nothing. */
static bool wants_again(struct stack_job *self, enum fault fault)
{
    if (fault != FAULT_REFUSED || !self->reader->wants_order)
        return false;
    for (uint32_t i = 0; i < self->layout.n_sheets; i++) {
        if (&self->layout.sheets[i] == self->reader->sheet)
            self->orders[i] = self->reader->wanted_order;
    }
    stack_source_close_sheet(&self->file);
    return true;
}

static void begin_partial(struct stack_job *self)
{
    if (self->builder)
        stack_partial_builder_restart(self->builder, self->source->sha, self->source->slice);
    else
        self->builder = stack_partial_builder_new(self->plan.hash, self->source->sha, self->source->slice);
    row_reader_start(self->reader, self->builder);
}

static enum fault read_open(struct stack_job *self, struct why *why)
{
    enum fault fault;
    do {
        self->file.why = (struct why){0};
        begin_partial(self);
        fault = read_sheets(self);
        if (fault == FAULT_NONE)
            fault = row_reader_finish(self->reader);
    } while (wants_again(self, fault));
    return fault == FAULT_NONE ? FAULT_NONE : explain(self, fault, why);
}

static enum fault read_source(struct stack_job *self, struct why *why)
{
    bool is_new;
    enum fault fault = stack_source_open(&self->file, self->source, &is_new, why);
    if (fault == FAULT_NONE)
        fault = check_layout(self, why);
    if (fault != FAULT_NONE)
        return fault;
    if (is_new) {
        struct row_book *book = &self->reader->render->book;
        self->reader->strings = self->file.strings;
        book->is_1904 = self->file.book->is_1904;
        book->has_strict_dates = self->file.book->has_strict_dates;
        row_styles_fill(&book->styles, self->formats, self->file.styles, book->is_1904);
    }
    self->orders = must_realloc(self->orders, (self->layout.n_sheets + 1) * sizeof *self->orders);
    memset(self->orders, 0, (self->layout.n_sheets + 1) * sizeof *self->orders);
    return read_open(self, why);
}

static enum fault reject_source(struct stack_job *self)
{
    begin_partial(self);
    tell_source(self, ISSUE_COLUMNS_DIFFER, self->layout.reason);
    stack_partial_builder_reject(self->builder);
    return FAULT_NONE;
}

/* --- the craft --- */

static void end_stack(void *context)
{
    struct stack_job *self = context;
    stack_partial_builder_destroy(&self->builder);
    row_reader_destroy(&self->reader);
    row_formats_destroy(&self->formats);
    stack_source_free(&self->file);
    stack_plan_free(&self->plan);
    arena_destroy(&self->arena);
    arena_destroy(&self->spare);
    free(self->orders);
    free(self);
}

static void *begin_stack(struct span plan, struct why *why)
{
    struct stack_job *self = must_alloc(sizeof *self);
    enum fault fault = stack_plan_decode(plan, &self->plan);
    if (fault != FAULT_NONE) {
        (void)why_set(why, fault, "the plan of the job cannot be read: are all programs of the same version?");
        free(self);
        return NULL;
    }
    self->formats = row_formats_new(&self->plan);
    self->reader = row_reader_new(&self->plan);
    self->reader->context = self;
    self->reader->recall = recall;
    self->reader->look_ahead = look_ahead;
    self->arena = arena_new(LAYOUT_ARENA_BYTES);
    self->spare = arena_new(LAYOUT_ARENA_BYTES);
    stack_source_init(&self->file);
    return self;
}

static enum fault decode_layout(struct stack_job *self, struct why *why)
{
    struct arena *arena = self->spare;
    self->spare = self->arena;
    self->arena = arena;
    arena_clear(arena);
    struct span bytes = arena_copy(arena, self->source->layout); /* a half-read sheet outlives the message */
    if (!bytes.data || stack_layout_decode(bytes, arena, &self->layout) != FAULT_NONE)
        return why_set(why, FAULT_PROTOCOL, "the layout of the source cannot be read: are all programs of the same version?");
    return FAULT_NONE;
}

static enum fault read_stack(void *context, const struct source *source, struct buffer *out, uint64_t *ret_cells,
                             struct why *why)
{
    struct stack_job *self = context;
    struct why own = {0};
    self->source = source;
    enum fault fault = decode_layout(self, &own);
    if (fault == FAULT_NONE)
        fault = stack_source_check(source, &own);
    if (fault == FAULT_NONE)
        fault = self->layout.is_rejected ? reject_source(self) : read_source(self, &own);
    if (fault == FAULT_NONE || fault == FAULT_CORRUPT) { /* a file that is being written looks corrupt */
        struct why changed = {0};
        enum fault again = stack_source_check(source, &changed);
        if (again != FAULT_NONE) {
            fault = again;
            own = changed;
        }
    }
    if (fault == FAULT_NONE) {
        struct partial_counts counts = self->layout.is_rejected ? (struct partial_counts){0} : self->reader->counts;
        stack_partial_builder_finish(self->builder, counts, out);
        *ret_cells = counts.read;
    } else {
        stack_source_close(&self->file);
        if (why)
            *why = own;
    }
    return fault;
}

const struct worker_craft stack_work = {.begin = begin_stack, .read = read_stack, .end = end_stack};

/* SPDX-License-Identifier: MIT
 *
 * One source of a stack read as a worker reads it: a workbook of a few lines (workbook_file.h), the names of its header, the
 * columns of the plan; back come the rows, the issues and the counts as text.
 */
#ifndef SHEAF_TESTS_SUPPORT_STACK_CASE_H
#define SHEAF_TESTS_SUPPORT_STACK_CASE_H

#include <unistd.h>

#include "tests/support/workbook_file.h"
#include "wire/stack_layout.h"
#include "wire/stack_partial.h"
#include "wire/stack_plan.h"
#include "workbook/codec.h"
#include "workers/stack_work.h"

#define STACK_CASE_COLUMNS 256

struct stack_case {
    struct stack_plan plan;       /* what a test sets: form, conditions, ...; the columns come from `columns` */
    const char *columns;          /* of the plan: "Name|Qty" */
    const char *headers;          /* of every sheet, from column A on: "Qty|Name"; "" between bars: no header there. NULL: columns */
    uint32_t first_header, last_header; /* 0: row 1; UINT32_MAX: none */
    uint64_t slice_bytes;         /* 0: the sheets are not cut */
    unsigned readers;             /* slices go round as many readers; 0 is 1 */
    /* what came back */
    struct buffer rows, issues;
    struct stack_counts counts;
    struct partial_counts cells;
    struct buffer hashes;
    unsigned fragments;
    enum fault fault;
    struct why why;
};

static inline uint32_t stack_case_split(const char *text, struct span *names)
{
    uint32_t n = 0;
    struct span rest = span_of(text);
    for (const char *bar; (bar = memchr(rest.data, '|', rest.len)); n++) {
        names[n] = span_make(rest.data, (size_t)(bar - rest.data));
        rest = span_from(rest, names[n].len + 1);
    }
    names[n++] = rest;
    must(n <= STACK_CASE_COLUMNS);
    return n;
}

static inline uint32_t stack_case_map(const struct stack_case *self, struct stack_layout_column *columns)
{
    struct span names[STACK_CASE_COLUMNS];
    uint32_t n = 0, n_names = stack_case_split(self->headers ? self->headers : self->columns, names);
    for (uint32_t col = 0; col < n_names; col++) {
        if (!names[col].len)
            continue;
        columns[n] = (struct stack_layout_column){
            .col = col, .column = STACK_COLUMN_NONE, .header = names[col], .name = names[col]};
        for (uint32_t i = 0; i < self->plan.n_columns; i++) {
            if (span_equal(self->plan.columns[i].name, names[col]))
                columns[n].column = i;
        }
        n++;
    }
    return n;
}

static inline void stack_case_inflate(struct span bytes, struct buffer *out)
{
    struct inflater *inflater = inflater_new();
    while (bytes.len) {
        size_t len;
        bool is_end;
        char *room = buffer_reserve(out, 1 << 16);
        must(room && inflater_step(inflater, &bytes, room, 1 << 16, &len, &is_end) == FAULT_NONE && !is_end);
        out->len += len;
    }
    inflater_destroy(&inflater);
}

static inline void stack_case_take_issues(struct stack_case *self, struct span bytes, uint32_t n)
{
    struct cursor in;
    cursor_init(&in, bytes);
    for (uint32_t i = 0; i < n; i++) {
        struct issue issue;
        must(issue_decode(&in, &issue) == FAULT_NONE);
        buffer_putf(&self->issues, "%s %.*s!R%uC%u x%llu '%.*s'\n", issue_name(issue.code), SPAN_ARGS(issue.sheet), issue.row,
                    issue.col, (unsigned long long)issue.count, SPAN_ARGS(issue.value));
    }
}

static inline void stack_case_add_counts(struct stack_case *self, const struct stack_partial *partial)
{
    for (uint32_t i = 0; i < partial->n_sheets; i++) {
        const uint64_t *from = (const uint64_t *)&partial->sheets[i].rows;
        uint64_t *to = (uint64_t *)&self->counts;
        for (unsigned k = 0; k < STACK_COUNTS; k++)
            to[k] += from[k];
    }
    self->cells.read += partial->counts.read;
    self->cells.used += partial->counts.used;
    self->cells.not_applicable += partial->counts.not_applicable;
    self->cells.skipped += partial->counts.skipped;
    must(partial->counts.read == partial->counts.used + partial->counts.not_applicable + partial->counts.skipped);
}

static inline void stack_case_take(struct stack_case *self, struct span bytes)
{
    struct arena *arena = arena_new(1 << 20);
    struct stack_partial partial;
    must(stack_partial_open(bytes, bytes.len, arena, &partial) == FAULT_NONE);
    stack_case_add_counts(self, &partial);
    uint64_t at = partial.bytes_at;
    for (uint32_t i = 0; i < partial.n_fragments; i++) {
        struct stack_fragment fragment;
        stack_fragment_get((const unsigned char *)bytes.data + partial.fragments_at + i * STACK_FRAGMENT_BYTES, &fragment);
        size_t before = self->rows.len;
        if (self->plan.form == STACK_XLSX)
            stack_case_inflate(span_make(bytes.data + at, fragment.len), &self->rows);
        else
            buffer_put(&self->rows, span_make(bytes.data + at, fragment.len));
        struct span raw = span_from(buffer_span(&self->rows), before);
        must(raw.len == fragment.raw_len && codec_crc32(0, raw) == fragment.crc32);
        at += fragment.len;
        self->fragments++;
    }
    if (partial.has_rows)
        buffer_put(&self->hashes, span_make(bytes.data + partial.rows_at, partial.n_rows * STACK_ROW_BYTES));
    stack_case_take_issues(self, span_make(bytes.data + partial.issues_at, partial.issues_len), partial.n_issues);
    arena_destroy(&arena);
}

static inline void stack_case_task(struct stack_case *self, void *reader, const struct source *source, struct stack_layout *layout)
{
    struct buffer encoded, out;
    uint64_t cells;
    buffer_init(&encoded, 1 << 24);
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    stack_layout_encode(&encoded, layout);
    struct source task = *source;
    task.layout = buffer_span(&encoded);
    self->fault = stack_work.read(reader, &task, &out, &cells, &self->why);
    if (self->fault == FAULT_NONE)
        stack_case_take(self, buffer_span(&out));
    buffer_free(&encoded);
    buffer_free(&out);
}

/* Slices of the first sheet, cut without a look at it. */
static inline void stack_case_slices(struct stack_case *self, void **readers, struct source *source, struct stack_layout *layout,
                                     uint64_t bytes)
{
    unsigned n_readers = self->readers ? self->readers : 1;
    layout->n_sheets = 1;
    source->slices = (uint32_t)((bytes + self->slice_bytes - 1) / self->slice_bytes);
    source->slices = source->slices < 2 ? 2 : source->slices;
    for (uint32_t i = 0; i < source->slices && self->fault == FAULT_NONE; i++) {
        source->slice = i;
        layout->from = i * self->slice_bytes;
        layout->to = i + 1 == source->slices ? STACK_TO_END : (i + 1) * self->slice_bytes;
        stack_case_task(self, readers[i % n_readers], source, layout);
    }
}

static inline void stack_case_free(struct stack_case *self)
{
    buffer_free(&self->rows);
    buffer_free(&self->issues);
    buffer_free(&self->hashes);
}

#define STACK_CASE_READERS 4

static inline void stack_case_run(struct stack_case *self, const struct workbook_text *text, struct workbook_file *file)
{
    struct stack_layout_column columns[STACK_CASE_COLUMNS];
    struct stack_layout_sheet sheets[6] = {0};
    struct stack_layout layout = {.sheets = sheets, .to = STACK_TO_END};
    uint32_t n = stack_case_map(self, columns);
    while (layout.n_sheets < 6 && text->sheets[layout.n_sheets].name) {
        struct stack_layout_sheet *sheet = &sheets[layout.n_sheets];
        bool has_header = self->first_header != UINT32_MAX;
        sheet->index = layout.n_sheets;
        sheet->name = span_of(text->sheets[layout.n_sheets].name);
        sheet->first_header = !has_header ? 0 : self->first_header ? self->first_header : 1;
        sheet->last_header = !has_header ? 0 : self->last_header ? self->last_header : sheet->first_header;
        sheet->columns = columns;
        sheet->n_columns = has_header ? n : 0;
        layout.n_sheets++;
    }
    struct buffer plan;
    void *readers[STACK_CASE_READERS] = {NULL};
    unsigned n_readers = self->slice_bytes && self->readers ? self->readers : 1;
    buffer_init(&plan, 1 << 24);
    stack_plan_encode(&plan, &self->plan);
    must(n_readers <= STACK_CASE_READERS);
    for (unsigned i = 0; i < n_readers; i++)
        must((readers[i] = stack_work.begin(buffer_span(&plan), &self->why)));
    file->source.name = SPAN("north/a & b.xlsx");
    file->source.path = span_of(file->path);
    if (self->slice_bytes)
        stack_case_slices(self, readers, &file->source, &layout, strlen(text->sheets[0].xml));
    else
        stack_case_task(self, readers[0], &file->source, &layout);
    for (unsigned i = 0; i < n_readers; i++)
        stack_work.end(readers[i]);
    buffer_free(&plan);
}

/* stack_case_free is the caller's to call. */
static inline void stack_case_read(struct stack_case *self, const struct workbook_text *text)
{
    struct span names[STACK_CASE_COLUMNS];
    static struct stack_column columns[STACK_CASE_COLUMNS];
    buffer_init(&self->rows, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->issues, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->hashes, BUFFER_LIMIT_DEFAULT);
    self->counts = (struct stack_counts){0};
    self->cells = (struct partial_counts){0};
    self->fragments = 0;
    self->fault = FAULT_NONE;
    self->why = (struct why){0};
    self->plan.n_columns = stack_case_split(self->columns, names);
    for (uint32_t i = 0; i < self->plan.n_columns; i++)
        columns[i] = (struct stack_column){names[i], names[i]};
    self->plan.columns = columns;
    if (self->plan.has_source_columns) {
        self->plan.source_names[0] = SPAN("_file");
        self->plan.source_names[1] = SPAN("_sheet");
        self->plan.source_names[2] = SPAN("_row");
    }
    struct workbook_file file = workbook_file(text);
    stack_case_run(self, text, &file);
    close(file.fd);
}

#endif

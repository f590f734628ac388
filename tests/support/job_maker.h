/* SPDX-License-Identifier: MIT
 *
 * A position job without files to read: a template "Form" of rows x cols input cells with labels, made with our own writer, its
 * plan, sources by number and their partial results. Used by the tests of the sink and by its memory bench.
 */
#ifndef SHEAF_TESTS_SUPPORT_JOB_MAKER_H
#define SHEAF_TESTS_SUPPORT_JOB_MAKER_H

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/must.h"
#include "sink/merge.h"
#include "workbook/output_book.h"

struct job_maker {
    char folder[64], template_path[96], output_path[96], report_path[96], csv_path[128];
    uint32_t rows, cols; /* of input cells; cell (r, c) has input number r * cols + c and stands at row r + 1, column c + 1 */
    struct job job;
    struct plan plan;
    struct merge *merge;
};

static inline void maker_must(enum fault fault, const struct why *why)
{
    if (fault == FAULT_NONE)
        return;
    char line[512];
    fprintf(stderr, "%s: %s\n", fault_name(fault), why_line(why, line, sizeof line));
    abort();
}

static inline void maker_template(struct job_maker *self)
{
    struct why why = {0};
    struct output_book *book = NULL;
    struct sheet_writer *sheet;
    struct span name;
    char text[32];
    maker_must(output_book_new(NULL, DEFLATE_FAST, NULL, &book, &why), &why);
    maker_must(output_book_add_sheet(book, SPAN("Form"), &sheet, &name, &why), &why);
    maker_must(sheet_writer_row(sheet, 0), &why);
    for (uint32_t c = 0; c < self->cols; c++) {
        snprintf(text, sizeof text, "Column %u", c + 1);
        maker_must(sheet_writer_text(sheet, c + 1, span_of(text), 0), &why);
    }
    for (uint32_t r = 0; r < self->rows; r++) {
        snprintf(text, sizeof text, "Row %u", r + 1);
        maker_must(sheet_writer_row(sheet, r + 1), &why);
        maker_must(sheet_writer_text(sheet, 0, span_of(text), 0), &why);
    }
    maker_must(output_book_write(book, self->template_path, false, NULL, &why), &why);
    output_book_destroy(&book);
}

static inline void maker_label(struct job_maker *self, uint32_t row, uint32_t col, const char *what, uint32_t n)
{
    struct plan_sheet *sheet = &self->plan.sheets[0];
    char text[32];
    snprintf(text, sizeof text, "%s %u", what, n);
    struct span copy = arena_copy(self->plan.arena, span_of(text));
    sheet->labels[sheet->n_labels++] = (struct plan_label){row, col, copy, copy};
    sheet->cells[row * (self->cols + 1) + col].role = ROLE_LABEL;
}

/* The plan, not sealed yet: a test may still change functions and flags. */
static inline void maker_plan(struct job_maker *self)
{
    self->plan = (struct plan){.arena = arena_new(PLAN_ARENA_BYTES), .n_sheets = 1};
    struct plan_sheet *sheet = self->plan.sheets = arena_alloc(self->plan.arena, sizeof *sheet);
    size_t n = (size_t)(self->rows + 1) * (self->cols + 1);
    sheet->name = SPAN("Form");
    sheet->area = (struct plan_range){0, 0, self->rows, self->cols};
    sheet->cells = arena_alloc(self->plan.arena, n * sizeof *sheet->cells);
    sheet->labels = arena_alloc(self->plan.arena, (self->rows + self->cols + 1) * sizeof *sheet->labels);
    sheet->cells[0].role = ROLE_OUTSIDE;
    for (uint32_t c = 0; c < self->cols; c++)
        maker_label(self, 0, c + 1, "Column", c + 1);
    for (uint32_t r = 0; r < self->rows; r++)
        maker_label(self, r + 1, 0, "Row", r + 1);
}

static inline struct plan_cell *maker_cell(struct job_maker *self, uint32_t input)
{
    return &self->plan.sheets[0].cells[(input / self->cols + 1) * (self->cols + 1) + input % self->cols + 1];
}

static inline void maker_init(struct job_maker *self, uint32_t rows, uint32_t cols)
{
    *self = (struct job_maker){.rows = rows, .cols = cols};
    snprintf(self->folder, sizeof self->folder, "/tmp/sheaf-test-XXXXXX");
    must(mkdtemp(self->folder));
    snprintf(self->template_path, sizeof self->template_path, "%s/form.xlsx", self->folder);
    snprintf(self->output_path, sizeof self->output_path, "%s/out.xlsx", self->folder);
    snprintf(self->report_path, sizeof self->report_path, "%s/report.json", self->folder);
    snprintf(self->csv_path, sizeof self->csv_path, "%s/out.contributions.csv", self->folder);
    maker_template(self);
    job_init(&self->job);
    self->job.template_path = span_of(self->template_path);
    self->job.output_path = span_of(self->output_path);
    self->job.report_path = span_of(self->report_path);
    maker_plan(self);
}

/* Seals the plan and opens the merge. */
static inline void maker_open(struct job_maker *self)
{
    struct why why = {0};
    struct buffer message;
    buffer_init(&message, BUFFER_LIMIT_DEFAULT);
    maker_must(plan_seal(&self->plan), &why);
    plan_encode(&message, &self->plan);
    maker_must(merge_new(&self->job, buffer_span(&message), &self->merge, &why), &why);
    buffer_free(&message);
}

static inline void maker_free(struct job_maker *self)
{
    merge_destroy(&self->merge);
    plan_free(&self->plan);
    job_free(&self->job);
    const char *const paths[] = {self->template_path, self->output_path, self->report_path, self->csv_path};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        unlink(paths[i]);
    must(rmdir(self->folder) == 0); /* nothing else was left behind */
}

static inline struct sha256 maker_sha(uint32_t source)
{
    struct sha256 sha = {{0}};
    memcpy(sha.bytes, &source, sizeof source);
    sha.bytes[31] = 1;
    return sha;
}

static inline struct source maker_source(uint32_t index, char name[32])
{
    snprintf(name, 32, "unit-%05u.xlsx", index);
    return (struct source){.index = index,
                           .path = span_of(name),
                           .name = span_of(name),
                           .identity = span_make(name, 10),
                           .sha = maker_sha(index),
                           .size = 1000 + index};
}

static inline void maker_announce(struct job_maker *self, uint32_t index)
{
    char name[32];
    struct source source = maker_source(index, name);
    merge_source(self->merge, &source);
}

/* The partial result of a source: fill(builder, context) puts its values and issues and gives the counts. */
typedef struct partial_counts maker_fill(struct job_maker *self, uint32_t source, struct partial_builder *builder);
static inline void maker_partial(struct job_maker *self, uint32_t source, maker_fill *fill, struct buffer *out)
{
    struct partial_builder *builder = partial_builder_new(self->plan.hash, maker_sha(source));
    struct partial_counts counts = fill(self, source, builder);
    partial_builder_sheet(builder, (struct partial_sheet){0, SPAN("Form"), MATCH_EXACT});
    partial_builder_finish(builder, counts, out);
    partial_builder_destroy(&builder);
}

static inline enum merge_verdict maker_add_bytes(struct job_maker *self, uint32_t source, struct span bytes)
{
    struct why why = {0};
    enum merge_verdict verdict;
    maker_must(merge_add(self->merge, source, bytes, message_digest(bytes), &verdict, &why), &why);
    return verdict;
}

static inline enum merge_verdict maker_add(struct job_maker *self, uint32_t source, maker_fill *fill)
{
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    maker_partial(self, source, fill, &bytes);
    enum merge_verdict verdict = maker_add_bytes(self, source, buffer_span(&bytes));
    buffer_free(&bytes);
    return verdict;
}

static inline void maker_number(struct partial_builder *builder, uint32_t input, struct decimal number)
{
    struct partial_value value = {.input = input, .kind = VALUE_NUMBER, .flags = VALUE_USED, .number = number};
    must(partial_builder_value(builder, value, (struct span){"", 0}) == FAULT_NONE);
}

static inline void maker_text(struct partial_builder *builder, uint32_t input, enum value_kind kind, const char *text)
{
    struct partial_value value = {.input = input, .kind = (uint8_t)kind, .flags = VALUE_USED};
    must(partial_builder_value(builder, value, span_of(text)) == FAULT_NONE);
}

#endif

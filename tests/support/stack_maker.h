/* SPDX-License-Identifier: MIT
 *
 * A stack job without files to read: columns A, B and C, sources by number, and their partial results with rows of the test's
 * making. Used by the tests of the sink.
 */
#ifndef SHEAF_TESTS_SUPPORT_STACK_MAKER_H
#define SHEAF_TESTS_SUPPORT_STACK_MAKER_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/must.h"
#include "sink/stack_merge.h"
#include "workbook/codec.h"

#define STACK_MAKER_COLUMNS 3u

struct stack_maker {
    char folder[64], output_path[96], report_path[96];
    struct job job;
    struct stack_plan plan;
    struct stack_column columns[STACK_MAKER_COLUMNS];
    struct merge *merge;
};

static inline void stack_must(enum fault fault, const struct why *why)
{
    char line[512];
    if (fault != FAULT_NONE) {
        fprintf(stderr, "%s: %s\n", fault_name(fault), why_line(why, line, sizeof line));
        abort();
    }
}

/* A test may change job and plan before stack_maker_open. */
static inline void stack_maker_init(struct stack_maker *self, enum stack_form form)
{
    static const char *const endings[] = {"xlsx", "csv", "jsonl"};
    *self = (struct stack_maker){.columns = {{SPAN("A"), SPAN("a")}, {SPAN("B & <b>"), SPAN("b & <b>")}, {SPAN("C, \"c\""), SPAN("c")}}};
    snprintf(self->folder, sizeof self->folder, "/tmp/sheaf-test-XXXXXX");
    must(mkdtemp(self->folder));
    snprintf(self->output_path, sizeof self->output_path, "%s/all.%s", self->folder, endings[form]);
    snprintf(self->report_path, sizeof self->report_path, "%s/report.json", self->folder);
    job_init(&self->job);
    self->job.wants_output_sha = true;
    self->job.mode = MODE_STACK;
    self->job.stack.form = form;
    self->job.output_path = span_of(self->output_path);
    self->job.report_path = span_of(self->report_path);
    self->plan = (struct stack_plan){.columns = self->columns, .n_columns = STACK_MAKER_COLUMNS, .form = form, .has_source_columns = true,
                                     .source_names = {SPAN("_file"), SPAN("_sheet"), SPAN("_row")}};
}

static inline void stack_maker_open(struct stack_maker *self)
{
    struct why why = {0};
    struct buffer message;
    buffer_init(&message, BUFFER_LIMIT_DEFAULT);
    stack_plan_seal(&self->plan);
    stack_plan_encode(&message, &self->plan);
    stack_must(stack_merge_new(&self->job, buffer_span(&message), &self->merge, &why), &why);
    buffer_free(&message);
}

static inline void stack_maker_free(struct stack_maker *self)
{
    merge_destroy(&self->merge);
    job_free(&self->job);
    unlink(self->output_path);
    unlink(self->report_path);
    must(rmdir(self->folder) == 0); /* nothing else was left behind */
}

static inline struct sha256 stack_maker_sha(uint32_t head)
{
    struct sha256 sha = {{0}};
    memcpy(sha.bytes, &head, sizeof head);
    sha.bytes[31] = 1;
    return sha;
}

/* Slice `slice` of the source at `head`, whose sheet "Sales" has the columns A, B and, dropped, "Extra". */
static inline void stack_maker_announce(struct stack_maker *self, uint32_t head, uint32_t slice, uint32_t slices)
{
    char name[32];
    snprintf(name, sizeof name, "unit-%05u.xlsx", head);
    struct stack_layout_column columns[] = {{0, 0, SPAN("A"), SPAN("A")}, {1, 1, SPAN("B & <b>"), SPAN("B & <b>")},
                                            {2, STACK_COLUMN_NONE, SPAN("Extra"), SPAN("Extra")}};
    struct stack_layout_sheet sheet = {.index = 1, .name = SPAN("Sales"), .first_header = 3, .last_header = 4, .columns = columns, .n_columns = 3};
    struct stack_layout layout = {.sheets = &sheet, .n_sheets = 1, .from = slice * 100, .to = slice + 1 < slices ? slice * 100 + 100 : STACK_TO_END};
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    stack_layout_encode(&bytes, &layout);
    struct source source = {.index = head + slice, .path = span_of(name), .name = span_of(name), .identity = span_make(name, 10),
                            .sha = stack_maker_sha(head), .size = 1000 + head, .slice = slice, .slices = slices,
                            .layout = buffer_span(&bytes)};
    merge_source(self->merge, &source);
    buffer_free(&bytes);
}

/* One row of data in the form of the plan: file and number, two values. */
static inline void stack_maker_row(enum stack_form form, uint32_t head, uint32_t row, const char *b, struct buffer *out)
{
    if (form == STACK_CSV)
        buffer_putf(out, "unit-%05u.xlsx,Sales,%u,%u,\"%s\r\n\",\r\n", head, row, row * 10, b);
    else if (form == STACK_JSONL)
        buffer_putf(out, "{\"_file\":\"unit-%05u.xlsx\",\"_sheet\":\"Sales\",\"_row\":%u,\"A\":%u,\"b\":\"%s\"}\n", head, row, row * 10, b);
    else
        buffer_putf(out, "<row><c t=\"inlineStr\"><is><t>unit-%05u.xlsx</t></is></c><c t=\"inlineStr\"><is><t>Sales</t></is></c>"
                    "<c><v>%u</v></c><c s=\"2\"><v>%u</v></c><c/><c t=\"inlineStr\"><is><t>%s</t></is></c></row>", head, row, row * 10, b);
}

struct stack_maker_part { /* what a slice holds */
    uint32_t first_row, n_rows, per_fragment;
    const char *b;               /* of every row; NULL: the row's number */
    void (*more)(struct stack_partial_builder *builder); /* issues; may be NULL */
    bool is_rejected;
};

static inline void stack_maker_fragment(struct stack_maker *self, struct stack_partial_builder *builder, uint32_t head,
                                        const struct stack_maker_part *part, uint32_t first, uint32_t n)
{
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_FAST);
    struct buffer text, bytes;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < n; i++) {
        char b[16];
        snprintf(b, sizeof b, "%u", first + i);
        stack_maker_row(self->plan.form, head, first + i, part->b ? part->b : b, &text);
    }
    struct span raw = buffer_span(&text);
    if (self->plan.form == STACK_XLSX)
        must(fragment_deflate(deflater, raw, &bytes) == FAULT_NONE);
    else
        buffer_put(&bytes, raw);
    must(stack_partial_builder_fragment(builder, buffer_span(&bytes), (uint32_t)raw.len, codec_crc32(0, raw), n) == FAULT_NONE);
    for (uint32_t i = 0; i < n && self->plan.dedupe != DEDUPE_NONE; i++) { /* the same b, the same row */
        struct stack_row row = {.n_cells = 2};
        snprintf((char *)row.hash, sizeof row.hash, "%s-%u", part->b ? part->b : "", part->b ? 0 : first + i);
        stack_partial_builder_row(builder, &row);
    }
    buffer_free(&text);
    buffer_free(&bytes);
    fragment_deflater_destroy(&deflater);
}

static inline enum merge_verdict stack_maker_add(struct stack_maker *self, uint32_t head, uint32_t slice, const struct stack_maker_part *part)
{
    struct stack_partial_builder *builder = stack_partial_builder_new(self->plan.hash, stack_maker_sha(head), slice);
    struct stack_sheet_counts counts = {.sheet = 0, .rows = {.written = part->n_rows, .blank = 1, .header = slice ? 0 : 2}};
    struct partial_counts cells = {.read = 2 * (uint64_t)part->n_rows + 3, .used = 2 * (uint64_t)part->n_rows, .not_applicable = 1, .skipped = 2};
    uint32_t n;
    for (uint32_t done = 0; done < part->n_rows; done += n) {
        n = part->n_rows - done < part->per_fragment ? part->n_rows - done : part->per_fragment;
        stack_maker_fragment(self, builder, head, part, part->first_row + done, n);
    }
    stack_partial_builder_sheet(builder, &counts);
    if (part->more)
        part->more(builder);
    if (part->is_rejected) {
        stack_partial_builder_reject(builder);
        cells = (struct partial_counts){0};
    }
    struct buffer bytes;
    struct why why = {0};
    enum merge_verdict verdict;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    stack_partial_builder_finish(builder, cells, &bytes);
    stack_must(merge_add(self->merge, head + slice, buffer_span(&bytes), message_digest(buffer_span(&bytes)), &verdict, &why), &why);
    stack_partial_builder_destroy(&builder);
    buffer_free(&bytes);
    return verdict;
}

#endif

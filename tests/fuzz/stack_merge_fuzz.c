/* SPDX-License-Identifier: MIT
 *
 * Partial results of a stack with rows of any content, and of any number that is not theirs, through the whole sink: an output is
 * made or refused with a reason, and what it counts adds up. Input: a byte of options, then per fragment: its source (two of the
 * three are slices of one), how many rows it claims, the length of its text (two bytes), the text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/must.h"
#include "sink/stack_merge.h"
#include "workbook/codec.h"

#define RECORDS 3u /* 0 and 1: the slices of one source; 2 */
#define FRAGMENTS 64u

enum option { OPTION_FORM = 3, OPTION_DEDUPE = 4, OPTION_REFS = 8, OPTION_CHECK = 16, OPTION_FAILED = 32, OPTION_REJECTED = 64 };

struct piece {
    uint32_t record, n_rows;
    struct span text;
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t read_pieces(const uint8_t *data, size_t size, struct piece *ret)
{
    size_t n = 0;
    for (size_t at = 1; n < FRAGMENTS && at + 4 < size;) {
        size_t len = data[at + 2] | (size_t)data[at + 3] << 8, left = size - at - 4;
        struct span text = span_make(data + at + 4, len < left ? len : left);
        struct piece piece = {data[at] % RECORDS, data[at + 1] % 32 + 1u, text};
        at += 4 + text.len;
        if (piece.n_rows <= text.len)
            ret[n++] = piece;
    }
    return n;
}

static struct sha256 content(uint32_t record)
{
    return (struct sha256){{record < 2 ? 1 : 2}};
}

static void announce(struct merge *merge, uint32_t record)
{
    struct stack_layout_column column = {0, 0, SPAN("A"), SPAN("A")};
    struct stack_layout_sheet sheet = {.index = record / 2, .name = SPAN("S"), .first_header = 1, .last_header = 1, .columns = &column, .n_columns = 1};
    struct stack_layout layout = {.sheets = &sheet, .n_sheets = 1, .from = record == 1, .to = record == 0 ? 1 : STACK_TO_END};
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    stack_layout_encode(&bytes, &layout);
    struct source source = {.index = record, .name = SPAN("x.xlsx"), .identity = SPAN("x"), .sha = content(record), .slice = record == 1,
                            .slices = record < 2 ? 2 : 1, .layout = buffer_span(&bytes)};
    merge_source(merge, &source);
    buffer_free(&bytes);
}

static uint32_t put_piece(struct stack_partial_builder *builder, const struct stack_plan *plan, const struct piece *piece)
{
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_FAST);
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    if (plan->form == STACK_XLSX)
        must(fragment_deflate(deflater, piece->text, &bytes) == FAULT_NONE);
    else
        buffer_put(&bytes, piece->text);
    must(stack_partial_builder_fragment(builder, buffer_span(&bytes), (uint32_t)piece->text.len, codec_crc32(0, piece->text), piece->n_rows) ==
         FAULT_NONE);
    for (uint32_t i = 0; i < piece->n_rows && plan->dedupe != DEDUPE_NONE; i++) {
        struct stack_row row = {.hash = {(unsigned char)(piece->text.data[i] % 8)}, .n_cells = 1};
        stack_partial_builder_row(builder, &row);
    }
    fragment_deflater_destroy(&deflater);
    buffer_free(&bytes);
    return piece->n_rows;
}

static void add_record(struct merge *merge, const struct stack_plan *plan, uint32_t record, const struct piece *pieces, size_t n, bool is_rejected)
{
    struct stack_partial_builder *builder = stack_partial_builder_new(plan->hash, content(record), record == 1);
    struct stack_sheet_counts sheet = {.rows = {.blank = 1}};
    struct issue issue = {.code = ISSUE_TOTAL_DOUBTFUL, .row = 1, .col = 1, .count = 1};
    struct buffer bytes;
    enum merge_verdict verdict;
    for (size_t i = 0; i < n; i++)
        if (pieces[i].record == record)
            sheet.rows.written += put_piece(builder, plan, &pieces[i]);
    stack_partial_builder_sheet(builder, &sheet);
    stack_partial_builder_issue(builder, &issue);
    uint64_t rows = sheet.rows.written;
    struct partial_counts counts = {rows + 1, rows, 0, 1};
    if (is_rejected) {
        stack_partial_builder_reject(builder);
        counts = (struct partial_counts){1, 0, 0, 1};
    }
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    stack_partial_builder_finish(builder, counts, &bytes);
    must(merge_add(merge, record, buffer_span(&bytes), sha256_of(buffer_span(&bytes)), &verdict, NULL) == FAULT_NONE);
    if (verdict == MERGE_CORRUPT) /* what deflate cannot have made */
        merge_failed(merge, record, FAULT_PROTOCOL, SPAN("corrupt"));
    stack_partial_builder_destroy(&builder);
    buffer_free(&bytes);
}

/* What is told one by one is what the summary counts. */
static enum fault count_issue(void *context, const struct issue *issue, const struct source *source)
{
    uint32_t *counts = context;
    must(issue->count > 0 && (!source || source->slice == 0));
    counts[issue_severity(issue->code)]++;
    return FAULT_NONE;
}

static void check(struct merge *merge, enum fault fault, const struct merge_summary *summary)
{
    uint32_t issues[3] = {0};
    must(merge_each_issue(merge, count_issue, issues) == FAULT_NONE);
    must(summary->warnings == issues[SEVERITY_WARNING] && summary->infos == issues[SEVERITY_INFO]);
    must(summary->sources == 2 && summary->used + summary->failed + summary->rejected == 2);
    if (fault == FAULT_NONE)
        must(summary->cells_read == summary->cells_used + summary->cells_not_applicable + summary->cells_skipped &&
             summary->rows == summary->row_counts.written && summary->cells_used == summary->rows);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct piece pieces[FRAGMENTS];
    struct stack_column columns[] = {{SPAN("A"), SPAN("a")}};
    struct stack_plan plan = {.columns = columns, .n_columns = 1, .source_names = {SPAN("_file"), SPAN("_sheet"), SPAN("_row")}};
    struct job job;
    struct merge *merge;
    struct merge_summary summary;
    struct why why = {0};
    struct buffer message;
    char path[64];
    if (size < 2)
        return 0;
    size_t n = read_pieces(data, size, pieces);
    plan.form = (data[0] & OPTION_FORM) % 3;
    plan.dedupe = data[0] & OPTION_DEDUPE ? DEDUPE_ROW : DEDUPE_NONE;
    stack_plan_seal(&plan);
    snprintf(path, sizeof path, "%s/sheaf-fuzz-%ld.out", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp", (long)getpid());
    job_init(&job);
    job.mode = MODE_STACK;
    job.output_path = span_of(path);
    job.is_check = data[0] & OPTION_CHECK;
    job.stack.cell_refs = data[0] & OPTION_REFS;
    setenv("SHEAF_SHEET_ROWS", "7", 1);
    buffer_init(&message, BUFFER_LIMIT_DEFAULT);
    stack_plan_encode(&message, &plan);
    must(stack_merge_new(&job, buffer_span(&message), &merge, NULL) == FAULT_NONE);
    for (uint32_t i = 0; i < RECORDS; i++)
        announce(merge, i);
    for (uint32_t i = RECORDS; i > 0; i--) {
        if (i == 2 && data[0] & OPTION_FAILED)
            merge_failed(merge, 1, FAULT_CORRUPT, SPAN("damaged"));
        else
            add_record(merge, &plan, i - 1, pieces, n, i == 1 && data[0] & OPTION_REJECTED);
    }
    enum fault fault = merge_finish(merge, NULL, NULL, &summary, &why);
    must(fault == FAULT_NONE || why.text[0]);
    must((fault == FAULT_NONE && !job.is_check) == (access(path, F_OK) == 0));
    check(merge, fault, &summary);
    merge_destroy(&merge);
    unlink(path);
    buffer_free(&message);
    job_free(&job);
    return 0;
}

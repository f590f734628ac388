/* SPDX-License-Identifier: MIT
 *
 * Partial results of any content (well-formed, since wire/partial.c refuses the others: partial_fuzz) through a preflight: every
 * function over every kind of value, without a crash, and with counts that add up. Input: per value 26 bytes: source, function
 * of the cell, then the value as it travels.
 */
#include "core/must.h"
#include "sink/merge.h"

#define SOURCES 4u
#define INPUTS 20u
#define ITEM (2 + PARTIAL_VALUE_BYTES)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct sha256 content(uint32_t source)
{
    return (struct sha256){{(unsigned char)(source + 1)}};
}

static void make_plan(struct plan *plan, const uint8_t *data, size_t n)
{
    *plan = (struct plan){.arena = arena_new(PLAN_ARENA_BYTES), .n_sheets = 1};
    struct plan_sheet *sheet = plan->sheets = arena_alloc(plan->arena, sizeof *sheet);
    sheet->name = SPAN("S");
    sheet->area = (struct plan_range){0, 0, INPUTS - 1, 0};
    sheet->cells = arena_alloc(plan->arena, INPUTS * sizeof *sheet->cells);
    plan->weights = arena_alloc(plan->arena, INPUTS * sizeof *plan->weights);
    for (size_t i = 0; i < n; i++) {
        struct partial_value value;
        partial_value_get(data + i * ITEM + 2, &value);
        sheet->cells[value.input % INPUTS].function = data[i * ITEM + 1] % FUNCTIONS;
    }
    for (uint32_t i = 0; i < INPUTS; i++)
        if (sheet->cells[i].function == FUNCTION_WAVG)
            plan->weights[plan->n_weights++] = (struct plan_weight){i, (i * 7 + 3) % INPUTS};
    must(plan_seal(plan) == FAULT_NONE);
}

/* As a worker tells of a value, or only counts it. */
static void tell(struct partial_builder *builder, const struct partial_value *value, uint32_t *untold)
{
    static const enum issue_code codes[] = {
        [VALUE_DATE] = ISSUE_DATE_VALUE, [VALUE_TEXT] = ISSUE_TEXT_NOT_NUMBER, [VALUE_BOOLEAN] = ISSUE_BOOLEAN_VALUE};
    if (!(value->flags & VALUE_NO_NUMBER) || value->kind < VALUE_DATE || value->kind > VALUE_BOOLEAN)
        return;
    struct issue issue = {.code = codes[value->kind], .row = 1, .col = 1, .count = 1, .input = value->input + 1};
    if (!(value->flags & VALUE_UNTOLD))
        partial_builder_issue(builder, &issue);
    else if (value->kind == VALUE_TEXT)
        ++*untold;
}

static void add_source(struct merge *merge, const struct plan *plan, uint32_t index, const uint8_t *data, size_t n)
{
    struct partial_builder *builder = partial_builder_new(plan->hash, content(index));
    uint32_t untold = 0;
    for (size_t i = 0; i < n; i++) {
        struct partial_value value;
        if (data[i * ITEM] % SOURCES != index)
            continue;
        partial_value_get(data + i * ITEM + 2, &value);
        value.input %= INPUTS;
        struct span text = span_make(data, value.text_len % (n * ITEM));
        must(partial_builder_value(builder, value, text) == FAULT_NONE);
        tell(builder, &value, &untold);
    }
    struct issue more = {.code = ISSUE_TOO_MANY, .value = SPAN("TEXT_NOT_NUMBER"), .count = untold, .input = 1};
    if (untold)
        partial_builder_issue(builder, &more);
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    partial_builder_finish(builder, (struct partial_counts){0}, &bytes);
    partial_builder_destroy(&builder);
    enum merge_verdict verdict;
    must(merge_add(merge, index, buffer_span(&bytes), sha256_of(buffer_span(&bytes)), &verdict, NULL) == FAULT_NONE);
    must(verdict == MERGE_COUNTED || verdict == MERGE_CORRUPT);
    if (verdict == MERGE_CORRUPT)
        merge_failed(merge, index, FAULT_PROTOCOL, SPAN("corrupt"));
    buffer_free(&bytes);
}

/* What is told one by one is what the summary counts. */
static enum fault count_issue(void *context, const struct issue *issue, const struct source *source)
{
    uint32_t *counts = context;
    (void)source;
    must(issue->count > 0);
    counts[issue_severity(issue->code)]++;
    return FAULT_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t n = size / ITEM;
    struct plan plan;
    struct job job;
    struct merge *merge;
    struct merge_summary summary;
    struct buffer message;
    if (n == 0 || n > 200)
        return 0;
    make_plan(&plan, data, n);
    job_init(&job);
    job.is_check = true;
    buffer_init(&message, BUFFER_LIMIT_DEFAULT);
    plan_encode(&message, &plan);
    must(merge_new(&job, buffer_span(&message), &merge, NULL) == FAULT_NONE);
    for (uint32_t i = 0; i < SOURCES; i++) {
        merge_source(merge, &(struct source){.index = i, .identity = SPAN("x"), .sha = content(i)});
        add_source(merge, &plan, i, data, n);
    }
    must(merge_finish(merge, NULL, NULL, &summary, NULL) == FAULT_NONE);
    must(summary.used + summary.failed == SOURCES && summary.contributions <= n);
    uint32_t issues[3] = {0};
    must(merge_each_issue(merge, count_issue, issues) == FAULT_NONE);
    must(summary.warnings == issues[SEVERITY_WARNING] && summary.infos == issues[SEVERITY_INFO]);
    merge_destroy(&merge);
    buffer_free(&message);
    plan_free(&plan);
    job_free(&job);
    return 0;
}

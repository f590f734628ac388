/* SPDX-License-Identifier: MIT
 *
 * A template and a source as text, read end to end (plan, wire, partial), the outcome as text
 * again: one line per value
 * ("Sheet!B2 number 12.5", with " skipped" when it is not used), then one per issue ("CODE Sheet!B2
 * value (detail) xCOUNT").
 */
#ifndef SHEAF_TESTS_SUPPORT_POSITION_CASE_H
#define SHEAF_TESTS_SUPPORT_POSITION_CASE_H

#include <check.h>

#include "tests/support/workbook_file.h"
#include "ventilator/position_plan.h"
#include "workbook/cell_ref.h"
#include "workers/position.h"

static inline void case_put_value(struct buffer *out, const struct plan *plan,
                                  const struct partial *partial, const char *bytes,
                                  const struct partial_value *value)
{
    static const char *const kinds[] = {"number", "converted", "duration", "date",
                                        "text",   "boolean",   "error"};
    uint32_t sheet, row, col;
    char ref[CELL_REF_TEXT_MAX], number[DECIMAL_TEXT_MAX];
    plan_locate(plan, value->input, &sheet, &row, &col);
    cell_ref_format((struct cell_ref){row, col}, ref);
    buffer_putf(out, "%.*s!%s %s ", SPAN_ARGS(plan->sheets[sheet].name), ref, kinds[value->kind]);
    if (value->kind == VALUE_TEXT || value->kind == VALUE_ERROR)
        buffer_put(out, span_make(bytes + partial->texts_at + value->text_at, value->text_len));
    else
        buffer_put(out, span_make(number, decimal_format(value->number, number)));
    buffer_put_text(out, value->flags & VALUE_USED ? "\n" : " skipped\n");
}

static inline void case_put_issue(struct buffer *out, const struct issue *issue)
{
    char ref[24] = "";
    if (issue->row && issue->col)
        cell_ref_format((struct cell_ref){issue->row - 1, issue->col - 1}, ref);
    else if (issue->row)
        snprintf(ref, sizeof ref, "%u:%u", issue->row, issue->row);
    else if (issue->col)
        column_format(issue->col - 1, ref);
    buffer_put_text(out, issue_name(issue->code));
    if (issue->sheet.len || ref[0])
        buffer_putf(out, " %.*s%s%s", SPAN_ARGS(issue->sheet), ref[0] ? "!" : "", ref);
    if (issue->value.len)
        buffer_putf(out, " %.*s", SPAN_ARGS(issue->value));
    if (issue->detail.len)
        buffer_putf(out, " (%.*s)", SPAN_ARGS(issue->detail));
    if (issue->count != 1)
        buffer_putf(out, " x%llu", (unsigned long long)issue->count);
    buffer_put_char(out, '\n');
}

static inline void case_put_partial(struct buffer *out, const struct plan *plan, struct span bytes)
{
    struct arena *arena = arena_new(1 << 24);
    struct partial partial;
    ck_assert_int_eq(partial_open(bytes, arena, &partial), FAULT_NONE);
    if (partial.state == PARTIAL_REJECTED)
        buffer_put_text(out, "rejected\n");
    if (partial.id_text.len)
        buffer_putf(out, "id %.*s\n", SPAN_ARGS(partial.id_text));
    for (uint32_t i = 0; i < partial.n_values; i++) {
        struct partial_value value;
        partial_value_get((const unsigned char *)bytes.data + partial.values_at +
                              i * PARTIAL_VALUE_BYTES,
                          &value);
        case_put_value(out, plan, &partial, bytes.data, &value);
    }
    struct cursor in;
    cursor_init(&in, span_make(bytes.data + partial.issues_at, partial.issues_len));
    for (uint32_t i = 0; i < partial.n_issues; i++) {
        struct issue issue;
        ck_assert_int_eq(issue_decode(&in, &issue), FAULT_NONE);
        case_put_issue(out, &issue);
    }
    arena_destroy(&arena);
}

/* The plan of a template under a job's options; template_path is filled in. */
static inline enum fault case_plan(const struct workbook_text *template, struct job *job,
                                   struct plan *ret, struct why *why)
{
    struct workbook_file file = workbook_file(template);
    job->template_path = span_of(file.path);
    enum fault fault = position_plan(job, ret, why);
    close(file.fd);
    return fault;
}

/* The plan goes through its encoding, as it does on the way to a worker. */
static inline struct plan case_sent(struct plan *plan)
{
    struct buffer bytes;
    struct plan sent;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    plan_encode(&bytes, plan);
    ck_assert_int_eq(plan_decode(buffer_span(&bytes), &sent), FAULT_NONE);
    ck_assert(sha256_equal(plan->hash, sent.hash));
    buffer_free(&bytes);
    plan_free(plan);
    return sent;
}

static inline void case_expect(struct job *job, const struct workbook_text *template,
                               const struct workbook_text *source, const char *expected)
{
    struct plan plan;
    struct why why = {0};
    enum fault fault = case_plan(template, job, &plan, &why);
    ck_assert_msg(fault == FAULT_NONE, "plan: %s", why.text);
    plan = case_sent(&plan);
    struct workbook_file file = workbook_file(source);
    file.source.path = span_of(file.path);
    struct position_reader *reader = position_reader_new(&plan);
    struct buffer bytes, text;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    fault = position_read(reader, &file.source, NULL, &bytes, &why);
    ck_assert_msg(fault == FAULT_NONE, "read: %s", why.text);
    case_put_partial(&text, &plan, buffer_span(&bytes));
    ck_assert_str_eq(buffer_text(&text), expected);
    buffer_free(&bytes);
    buffer_free(&text);
    position_reader_destroy(&reader);
    close(file.fd);
    plan_free(&plan);
}

/* The roles of a sheet as a drawing, one letter per cell: T label, 9 constant, = formula, x
 * ignored, c covered, - outside, inputs by function: s sum, a average, M max, m min, j join, f
 * first, w weighted ..., otherwise i. */
static inline void case_draw(struct buffer *out, const struct plan_sheet *sheet)
{
    static const char inputs[FUNCTIONS] = {
        [FUNCTION_SUM] = 's',  [FUNCTION_AVERAGE] = 'a', [FUNCTION_MAX] = 'M', [FUNCTION_MIN] = 'm',
        [FUNCTION_JOIN] = 'j', [FUNCTION_FIRST] = 'f',   [FUNCTION_WAVG] = 'w'};
    uint32_t cols = plan_area_cols(sheet), n = plan_area_rows(sheet) * cols;
    for (uint32_t i = 0; i < n; i++) {
        const struct plan_cell *cell = &sheet->cells[i];
        char letter = inputs[cell->function] ? inputs[cell->function] : 'i';
        buffer_put_char(out, cell->role == ROLE_INPUT ? letter : "?T9=xc-"[cell->role]);
        if (i % cols == cols - 1)
            buffer_put_char(out, '\n');
    }
}

static inline void case_expect_roles(struct job *job, const struct workbook_text *template,
                                     const char *expected)
{
    struct plan plan;
    struct why why = {0};
    enum fault fault = case_plan(template, job, &plan, &why);
    ck_assert_msg(fault == FAULT_NONE, "plan: %s", why.text);
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < plan.n_sheets; i++) {
        if (plan.n_sheets > 1)
            buffer_putf(&text, "[%.*s]\n", SPAN_ARGS(plan.sheets[i].name));
        case_draw(&text, &plan.sheets[i]);
    }
    ck_assert_str_eq(buffer_text(&text), expected);
    buffer_free(&text);
    plan_free(&plan);
}

#endif

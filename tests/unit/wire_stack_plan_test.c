/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "tests/support/suite.h"
#include "wire/cursor.h"
#include "wire/plan.h"
#include "wire/stack_plan.h"

static struct stack_plan sample(void)
{
    struct stack_plan plan = {.arena = arena_new(1 << 20), .n_columns = 3, .n_formats = 2, .n_conditions = 3};
    plan.columns = arena_alloc(plan.arena, 3 * sizeof *plan.columns);
    plan.columns[0] = (struct stack_column){SPAN("Customer Name"), SPAN("customer name")};
    plan.columns[1] = (struct stack_column){SPAN("Menge"), SPAN("menge")};
    plan.columns[2] = (struct stack_column){SPAN("Stra\xC3\x9F\x65"), SPAN("strasse")};
    plan.formats = arena_alloc(plan.arena, 2 * sizeof *plan.formats);
    plan.formats[0] = SPAN("0.00");
    plan.formats[1] = SPAN("dd/mm/yyyy");
    plan.conditions = arena_alloc(plan.arena, 3 * sizeof *plan.conditions);
    plan.conditions[0] = (struct stack_condition){1, STACK_GREATER_EQUAL, SPAN("-2.5"), true, -2.5};
    plan.conditions[1] = (struct stack_condition){STACK_COLUMN_FILE, STACK_LIKE, SPAN("north/*"), false, 0};
    plan.conditions[2] = (struct stack_condition){2, STACK_EQUAL, SPAN(""), false, 0};
    plan.form = STACK_JSONL;
    plan.compress_small = true;
    plan.has_source_columns = true;
    plan.source_names[0] = SPAN("_file");
    plan.source_names[1] = SPAN("_sheet");
    plan.source_names[2] = SPAN("Zeile");
    plan.dedupe = DEDUPE_KEY;
    plan.n_dedupe_columns = 2;
    plan.dedupe_columns = arena_alloc(plan.arena, 2 * sizeof *plan.dedupe_columns);
    plan.dedupe_columns[0] = 0;
    plan.dedupe_columns[1] = 2;
    plan.keep_footers = true;
    stack_plan_seal(&plan);
    return plan;
}

static struct buffer encoded(const struct stack_plan *plan)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    stack_plan_encode(&out, plan);
    return out;
}

static enum fault decode(const struct stack_plan *plan)
{
    struct stack_plan back;
    struct buffer bytes = encoded(plan);
    enum fault fault = stack_plan_decode(buffer_span(&bytes), &back);
    if (fault == FAULT_NONE)
        stack_plan_free(&back);
    buffer_free(&bytes);
    return fault;
}

START_TEST(a_plan_survives_the_wire_and_keeps_its_hash)
{
    struct stack_plan plan = sample(), back;
    struct buffer bytes = encoded(&plan);
    ck_assert_int_eq(stack_plan_decode(buffer_span(&bytes), &back), FAULT_NONE);
    ck_assert(sha256_equal(plan.hash, back.hash) && sha256_equal(back.hash, sha256_of(buffer_span(&bytes))));
    struct buffer again = encoded(&back);
    ck_assert(span_equal(buffer_span(&bytes), buffer_span(&again)));
    memset(bytes.data, 0, bytes.len); /* the plan must have copied */
    ck_assert_uint_eq(back.n_columns, 3);
    ck_assert(span_is(back.columns[2].name, "Stra\xC3\x9F\x65") && span_is(back.columns[2].key, "strasse"));
    ck_assert_uint_eq(back.n_formats, 2);
    ck_assert(span_is(back.formats[1], "dd/mm/yyyy"));
    ck_assert_uint_eq(back.n_conditions, 3);
    ck_assert(back.conditions[0].has_number && back.conditions[0].number == -2.5);
    ck_assert_int_eq(back.conditions[0].op, STACK_GREATER_EQUAL);
    ck_assert(back.conditions[1].column == STACK_COLUMN_FILE && !back.conditions[1].has_number);
    ck_assert(span_is(back.conditions[1].text, "north/*"));
    ck_assert_int_eq(back.form, STACK_JSONL);
    ck_assert(back.compress_small && back.has_source_columns && back.keep_footers && !back.keep_totals && !back.skip_hidden);
    ck_assert(span_is(back.source_names[2], "Zeile"));
    ck_assert_int_eq(back.dedupe, DEDUPE_KEY);
    ck_assert_uint_eq(back.n_dedupe_columns, 2);
    ck_assert_uint_eq(back.dedupe_columns[1], 2);
    buffer_free(&bytes);
    buffer_free(&again);
    stack_plan_free(&back);
    stack_plan_free(&plan);
}
END_TEST

START_TEST(every_option_changes_the_hash)
{
    struct stack_plan plan = sample();
    struct sha256 first = plan.hash;
    bool *const switches[] = {&plan.compress_small, &plan.has_source_columns, &plan.skip_hidden, &plan.keep_totals,
                              &plan.keep_footers};
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++) {
        *switches[i] = !*switches[i];
        stack_plan_seal(&plan);
        ck_assert_msg(!sha256_equal(plan.hash, first), "switch %zu", i);
        *switches[i] = !*switches[i];
    }
    plan.form = STACK_CSV;
    stack_plan_seal(&plan);
    ck_assert(!sha256_equal(plan.hash, first));
    plan.form = STACK_JSONL;
    stack_plan_seal(&plan);
    ck_assert(sha256_equal(plan.hash, first));
    stack_plan_free(&plan);
}
END_TEST

START_TEST(a_plan_cut_anywhere_is_refused)
{
    struct stack_plan plan = sample(), back;
    struct buffer bytes = encoded(&plan);
    for (size_t n = 0; n < bytes.len; n++)
        ck_assert_int_eq(stack_plan_decode(span_make(bytes.data, n), &back), FAULT_PROTOCOL);
    buffer_put_char(&bytes, '\xC0');
    ck_assert_int_eq(stack_plan_decode(buffer_span(&bytes), &back), FAULT_PROTOCOL);
    buffer_free(&bytes);
    stack_plan_free(&plan);
}
END_TEST

START_TEST(neither_mode_takes_the_plan_of_the_other)
{
    struct stack_plan stack = sample(), stack_back;
    struct plan position = {.arena = arena_new(PLAN_ARENA_BYTES)}, position_back;
    ck_assert_int_eq(plan_seal(&position), FAULT_NONE);
    struct buffer bytes = encoded(&stack), others;
    buffer_init(&others, BUFFER_LIMIT_DEFAULT);
    plan_encode(&others, &position);
    ck_assert_int_eq(plan_decode(buffer_span(&bytes), &position_back), FAULT_PROTOCOL);
    ck_assert_int_eq(stack_plan_decode(buffer_span(&others), &stack_back), FAULT_PROTOCOL);
    ck_assert_int_eq(plan_decode(buffer_span(&others), &position_back), FAULT_NONE);
    plan_free(&position_back);
    buffer_free(&bytes);
    buffer_free(&others);
    plan_free(&position);
    stack_plan_free(&stack);
}
END_TEST

/* Each is refused alone: set, tried, taken back. */
START_TEST(a_plan_that_contradicts_itself_is_refused)
{
    struct stack_plan plan = sample();
#define REFUSED_WITH(field, value)                              \
    do {                                                        \
        __typeof__(field) was = field;                          \
        field = value;                                          \
        ck_assert_msg(decode(&plan) == FAULT_PROTOCOL, #field); \
        field = was;                                            \
    } while (0)
    REFUSED_WITH(plan.columns[1].name, SPAN(""));
    REFUSED_WITH(plan.columns[1].name, SPAN("\xFF"));
    REFUSED_WITH(plan.columns[1].key, SPAN("\xC3"));
    REFUSED_WITH(plan.formats[0], SPAN(""));
    REFUSED_WITH(plan.conditions[0].column, 3);
    REFUSED_WITH(plan.conditions[0].column, STACK_COLUMN_NONE);
    REFUSED_WITH(plan.conditions[0].op, STACK_UNLIKE + 1);
    REFUSED_WITH(plan.conditions[0].number, (double)NAN);
    REFUSED_WITH(plan.conditions[0].number, -(double)INFINITY);
    REFUSED_WITH(plan.form, STACK_JSONL + 1);
    REFUSED_WITH(plan.source_names[1], SPAN(""));
    REFUSED_WITH(plan.dedupe, DEDUPE_ROW);
    REFUSED_WITH(plan.dedupe, DEDUPE_KEY + 1);
    REFUSED_WITH(plan.n_dedupe_columns, 0);
    REFUSED_WITH(plan.dedupe_columns[1], 3);
    REFUSED_WITH(plan.dedupe_columns[1], 0);
#undef REFUSED_WITH
    ck_assert_int_eq(decode(&plan), FAULT_NONE);
    stack_plan_free(&plan);
}
END_TEST

static enum fault decode_columns(uint32_t n, bool has_source_columns)
{
    struct stack_plan plan = {.arena = arena_new((size_t)64 << 20), .n_columns = n};
    plan.columns = arena_alloc(plan.arena, n * sizeof *plan.columns);
    for (uint32_t i = 0; i < n; i++)
        plan.columns[i] = (struct stack_column){SPAN("x"), SPAN("x")};
    plan.has_source_columns = has_source_columns;
    for (unsigned i = 0; i < STACK_SOURCE_COLUMNS; i++)
        plan.source_names[i] = SPAN("_");
    enum fault fault = decode(&plan);
    stack_plan_free(&plan);
    return fault;
}

START_TEST(the_output_has_no_more_columns_than_a_sheet)
{
    ck_assert_int_eq(decode_columns(STACK_COLUMNS_MAX, false), FAULT_NONE);
    ck_assert_int_eq(decode_columns(STACK_COLUMNS_MAX + 1, false), FAULT_PROTOCOL);
    ck_assert_int_eq(decode_columns(STACK_COLUMNS_MAX - STACK_SOURCE_COLUMNS, true), FAULT_NONE);
    ck_assert_int_eq(decode_columns(STACK_COLUMNS_MAX - STACK_SOURCE_COLUMNS + 1, true), FAULT_PROTOCOL);
}
END_TEST

SUITE(wire_stack_plan, a_plan_survives_the_wire_and_keeps_its_hash, every_option_changes_the_hash, a_plan_cut_anywhere_is_refused,
      neither_mode_takes_the_plan_of_the_other, a_plan_that_contradicts_itself_is_refused,
      the_output_has_no_more_columns_than_a_sheet)

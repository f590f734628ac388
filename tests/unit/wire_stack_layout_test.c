/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"
#include "wire/stack_layout.h"
#include "wire/stack_plan.h"

static struct stack_layout_column columns[] = {
    {0, 2, {"Kunde", 5}, {"Kunde", 5}},
    {2, STACK_COLUMN_NONE, {"", 0}, {"Column_C", 8}},
    {3, 0, {"Q1", 2}, {"2024 / Q1", 9}},
};
static struct stack_layout_sheet sheets[] = {
    {1, {"Data", 4}, 3, 4, columns, 3},
    {4, {"Empty", 5}, 0, 0, NULL, 0},
};

static struct stack_layout sample(void)
{
    return (struct stack_layout){.sheets = sheets, .n_sheets = 2, .to = STACK_TO_END};
}

static struct buffer encoded(const struct stack_layout *layout)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    stack_layout_encode(&out, layout);
    return out;
}

static enum fault decode(const struct stack_layout *layout)
{
    struct stack_layout back;
    struct buffer bytes = encoded(layout);
    struct arena *arena = arena_new(1 << 20);
    enum fault fault = stack_layout_decode(buffer_span(&bytes), arena, &back);
    arena_destroy(&arena);
    buffer_free(&bytes);
    return fault;
}

START_TEST(a_layout_survives_the_wire)
{
    struct stack_layout layout = sample(), back;
    struct buffer bytes = encoded(&layout);
    struct arena *arena = arena_new(1 << 20);
    ck_assert_int_eq(stack_layout_decode(buffer_span(&bytes), arena, &back), FAULT_NONE);
    ck_assert_uint_eq(back.n_sheets, 2);
    const struct stack_layout_sheet *data = &back.sheets[0];
    ck_assert(data->index == 1 && span_is(data->name, "Data") && data->first_header == 3 && data->last_header == 4);
    ck_assert_uint_eq(data->n_columns, 3);
    ck_assert(data->columns[0].column == 2 && span_is(data->columns[0].header, "Kunde"));
    ck_assert(data->columns[1].column == STACK_COLUMN_NONE && data->columns[1].header.len == 0);
    ck_assert(data->columns[2].col == 3 && span_is(data->columns[2].name, "2024 / Q1"));
    ck_assert(back.sheets[1].index == 4 && back.sheets[1].first_header == 0 && back.sheets[1].n_columns == 0);
    ck_assert(back.from == 0 && back.to == STACK_TO_END && !back.is_rejected);
    struct buffer again = encoded(&back);
    ck_assert(span_equal(buffer_span(&bytes), buffer_span(&again)));
    arena_destroy(&arena);
    buffer_free(&bytes);
    buffer_free(&again);
}
END_TEST

START_TEST(a_rejected_layout_says_why)
{
    struct stack_layout layout = {.to = STACK_TO_END, .is_rejected = true, .reason = SPAN("no column \"Menge\"")}, back;
    struct buffer bytes = encoded(&layout);
    struct arena *arena = arena_new(1 << 20);
    ck_assert_int_eq(stack_layout_decode(buffer_span(&bytes), arena, &back), FAULT_NONE);
    ck_assert(back.is_rejected && back.n_sheets == 0 && span_is(back.reason, "no column \"Menge\""));
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_layout_cut_anywhere_is_refused)
{
    struct stack_layout layout = sample(), back;
    struct buffer bytes = encoded(&layout);
    struct arena *arena = arena_new(1 << 20);
    for (size_t n = 0; n < bytes.len; n++)
        ck_assert_int_eq(stack_layout_decode(span_make(bytes.data, n), arena, &back), FAULT_PROTOCOL);
    buffer_put_char(&bytes, '\0');
    ck_assert_int_eq(stack_layout_decode(buffer_span(&bytes), arena, &back), FAULT_PROTOCOL);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(only_one_sheet_can_be_cut_and_no_slice_is_empty)
{
    struct stack_layout layout = {.sheets = sheets, .n_sheets = 1, .from = STACK_SLICE_BYTES, .to = 2 * STACK_SLICE_BYTES};
    ck_assert_int_eq(decode(&layout), FAULT_NONE);
    layout.to = STACK_TO_END;
    ck_assert_int_eq(decode(&layout), FAULT_NONE);
    layout.n_sheets = 2;
    ck_assert_int_eq(decode(&layout), FAULT_PROTOCOL);
    layout.n_sheets = 1;
    layout.to = layout.from;
    ck_assert_int_eq(decode(&layout), FAULT_PROTOCOL);
    layout.from = 0;
    layout.to = STACK_SLICE_BYTES;
    layout.n_sheets = 0;
    ck_assert_int_eq(decode(&layout), FAULT_PROTOCOL);
}
END_TEST

START_TEST(a_layout_that_contradicts_itself_is_refused)
{
    struct stack_layout layout = sample();
#define REFUSED_WITH(field, value)                                \
    do {                                                          \
        __typeof__(field) was = field;                            \
        field = value;                                            \
        ck_assert_msg(decode(&layout) == FAULT_PROTOCOL, #field); \
        field = was;                                              \
    } while (0)
    REFUSED_WITH(sheets[1].index, 1);
    REFUSED_WITH(sheets[1].index, 65535);
    REFUSED_WITH(sheets[0].first_header, 0);
    REFUSED_WITH(sheets[0].first_header, 5);
    REFUSED_WITH(sheets[0].last_header, 1048577);
    REFUSED_WITH(sheets[1].last_header, 1);
    REFUSED_WITH(columns[0].col, 2);
    REFUSED_WITH(columns[2].col, 16384);
    REFUSED_WITH(columns[2].column, 2); /* the same column of the plan twice */
    REFUSED_WITH(columns[2].column, STACK_COLUMNS_MAX);
    REFUSED_WITH(columns[2].name, SPAN(""));
#undef REFUSED_WITH
    ck_assert_int_eq(decode(&layout), FAULT_NONE);
    struct stack_layout_sheet was = sheets[0];
    sheets[0].first_header = sheets[0].last_header = 0; /* columns without a header */
    ck_assert_int_eq(decode(&layout), FAULT_PROTOCOL);
    sheets[0] = was;
}
END_TEST

SUITE(wire_stack_layout, a_layout_survives_the_wire, a_rejected_layout_says_why, a_layout_cut_anywhere_is_refused,
      only_one_sheet_can_be_cut_and_no_slice_is_empty, a_layout_that_contradicts_itself_is_refused)

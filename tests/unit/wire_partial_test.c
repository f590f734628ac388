/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "core/arena.h"
#include "tests/support/suite.h"
#include "wire/partial.h"

static struct sha256 hash_of(const char *text)
{
    return sha256_of(span_of(text));
}

static void add_number(struct partial_builder *builder, uint32_t input, int64_t coefficient,
                       int16_t exponent)
{
    struct partial_value value = {.input = input,
                                  .kind = VALUE_NUMBER,
                                  .flags = VALUE_USED,
                                  .number = {coefficient, exponent}};
    ck_assert_int_eq(partial_builder_value(builder, value, (struct span){0}), FAULT_NONE);
}

static void add_text(struct partial_builder *builder, uint32_t input, enum value_kind kind,
                     const char *text)
{
    struct partial_value value = {.input = input, .kind = (uint8_t)kind};
    ck_assert_int_eq(partial_builder_value(builder, value, span_of(text)), FAULT_NONE);
}

static struct buffer built(void)
{
    struct partial_builder *builder = partial_builder_new(hash_of("plan"), hash_of("source"));
    add_text(builder, 9, VALUE_TEXT, "nine");
    add_number(builder, 4, -15, -1);
    add_text(builder, 2, VALUE_ERROR, "#N/A");
    add_text(builder, 4000000, VALUE_TEXT, "");
    add_number(builder, 9, 99999999999999999, 292); /* replaces the text */
    add_text(builder, 7, VALUE_TEXT, "seven");
    partial_builder_sheet(builder, (struct partial_sheet){1, SPAN("Income"), MATCH_FOLDED});
    partial_builder_sheet(builder, (struct partial_sheet){2, {"", 0}, MATCH_MISSING});
    partial_builder_id(builder, SPAN("Z\xC3\xBCrich"));
    struct issue issue = {.code = ISSUE_ERROR_VALUE,
                          .sheet = SPAN("Income"),
                          .row = 3,
                          .col = 2,
                          .value = SPAN("#N/A"),
                          .count = 1};
    partial_builder_issue(builder, &issue);
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    partial_builder_finish(builder, (struct partial_counts){10, 3, 5, 2}, &out);
    partial_builder_destroy(&builder);
    return out;
}

static struct partial_value value_at(const struct partial *partial, const struct buffer *bytes,
                                     uint32_t i)
{
    struct partial_value value;
    partial_value_get(
        (const unsigned char *)bytes->data + partial->values_at + i * PARTIAL_VALUE_BYTES, &value);
    return value;
}

static struct span text_of(const struct partial *partial, const struct buffer *bytes,
                           struct partial_value value)
{
    return span_make(bytes->data + partial->texts_at + value.text_at, value.text_len);
}

START_TEST(values_come_back_sorted_the_last_of_an_input_wins)
{
    struct buffer bytes = built();
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_NONE);
    ck_assert(sha256_equal(partial.plan, hash_of("plan")) &&
              sha256_equal(partial.source, hash_of("source")));
    ck_assert_int_eq(partial.state, PARTIAL_OK);
    ck_assert_uint_eq(partial.counts.read, 10);
    ck_assert_uint_eq(partial.n_values, 5);
    const uint32_t inputs[] = {2, 4, 7, 9, 4000000};
    for (uint32_t i = 0; i < 5; i++)
        ck_assert_uint_eq(value_at(&partial, &bytes, i).input, inputs[i]);
    ck_assert(span_is(text_of(&partial, &bytes, value_at(&partial, &bytes, 0)), "#N/A"));
    ck_assert(span_is(text_of(&partial, &bytes, value_at(&partial, &bytes, 2)), "seven"));
    ck_assert_int_eq(value_at(&partial, &bytes, 1).number.coefficient, -15);
    ck_assert_int_eq(value_at(&partial, &bytes, 1).number.exponent, -1);
    ck_assert_int_eq(value_at(&partial, &bytes, 3).number.coefficient, 99999999999999999);
    ck_assert_int_eq(value_at(&partial, &bytes, 3).flags, VALUE_USED);
    ck_assert_uint_eq(partial.texts_len, strlen("#N/Aseven")); /* the replaced text is gone */
    ck_assert(span_is(partial.id_text, "Z\xC3\xBCrich"));
    ck_assert_uint_eq(partial.n_sheets, 2);
    ck_assert(span_is(partial.sheets[0].source_name, "Income") &&
              partial.sheets[0].match == MATCH_FOLDED);
    ck_assert(partial.sheets[1].match == MATCH_MISSING && partial.sheets[1].plan_sheet == 2);
    struct cursor in;
    struct issue issue;
    cursor_init(&in, span_make(bytes.data + partial.issues_at, partial.issues_len));
    ck_assert_int_eq(issue_decode(&in, &issue), FAULT_NONE);
    ck_assert_int_eq(issue.code, ISSUE_ERROR_VALUE);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

static enum fault open_with(enum value_kind kind, uint8_t flags)
{
    struct partial_builder *builder = partial_builder_new(hash_of("plan"), hash_of("source"));
    struct partial_value value = {.input = 1, .kind = (uint8_t)kind, .flags = flags};
    ck_assert_int_eq(partial_builder_value(builder, value, SPAN("Bern")), FAULT_NONE);
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    partial_builder_finish(builder, (struct partial_counts){1, 0, 0, 1}, &bytes);
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    enum fault fault = partial_open(buffer_span(&bytes), arena, &partial);
    arena_destroy(&arena);
    buffer_free(&bytes);
    partial_builder_destroy(&builder);
    return fault;
}

START_TEST(only_what_can_be_no_number_may_say_so)
{
    const uint8_t untold = VALUE_NO_NUMBER | VALUE_UNTOLD;
    ck_assert_int_eq(open_with(VALUE_TEXT, VALUE_NO_NUMBER), FAULT_NONE);
    ck_assert_int_eq(open_with(VALUE_DATE, untold), FAULT_NONE);
    ck_assert_int_eq(open_with(VALUE_BOOLEAN, untold), FAULT_NONE);
    ck_assert_int_eq(open_with(VALUE_NUMBER, VALUE_NO_NUMBER), FAULT_PROTOCOL);
    ck_assert_int_eq(open_with(VALUE_ERROR, untold), FAULT_PROTOCOL);
    ck_assert_int_eq(open_with(VALUE_TEXT, VALUE_UNTOLD), FAULT_PROTOCOL);
    ck_assert_int_eq(open_with(VALUE_TEXT, VALUE_NO_NUMBER | VALUE_USED), FAULT_PROTOCOL);
    ck_assert_int_eq(open_with(VALUE_TEXT, 8), FAULT_PROTOCOL);
}
END_TEST

START_TEST(a_rejected_source_keeps_its_issues_and_no_value)
{
    struct partial_builder *builder = partial_builder_new(hash_of("plan"), hash_of("source"));
    add_number(builder, 1, 1, 0);
    struct issue issue = {
        .code = ISSUE_SOURCE_REJECTED, .detail = SPAN("1 row inserted before row 4"), .count = 1};
    partial_builder_issue(builder, &issue);
    partial_builder_reject(builder);
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    partial_builder_finish(builder, (struct partial_counts){1, 0, 0, 1}, &bytes);
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_NONE);
    ck_assert_int_eq(partial.state, PARTIAL_REJECTED);
    ck_assert_uint_eq(partial.n_values, 0);
    ck_assert_uint_eq(partial.n_issues, 1);
    partial_builder_destroy(&builder);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_partial_cut_anywhere_is_refused)
{
    struct buffer bytes = built();
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    for (size_t n = 0; n < bytes.len; n++)
        ck_assert_int_eq(partial_open(span_make(bytes.data, n), arena, &partial), FAULT_PROTOCOL);
    buffer_put_char(&bytes, '\0');
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_PROTOCOL);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

/* Each damage keeps the layout and must be seen all the same. */
START_TEST(a_damaged_value_is_refused)
{
    struct buffer bytes = built();
    struct arena *arena = arena_new(1 << 20);
    struct partial partial, again;
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_NONE);
    unsigned char *second = (unsigned char *)bytes.data + partial.values_at + PARTIAL_VALUE_BYTES;
    const struct {
        unsigned at;
        unsigned char value;
    } damage[] = {
        {0, 2}, /* the input of the value before */
        {0, 8}, /* after the next one's */
        {4, VALUE_ERROR + 1},
        {4, VALUE_BOOLEAN}, /* -1.5 is no boolean */
        {5, 2},             /* unknown flag */
        {7, 0x7F},          /* exponent */
        {15, 0x7F},         /* coefficient beyond 17 digits */
        {20, 1},            /* a number with a text */
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        unsigned char was = second[damage[i].at];
        second[damage[i].at] = damage[i].value;
        ck_assert_msg(partial_open(buffer_span(&bytes), arena, &again) == FAULT_PROTOCOL,
                      "damage %zu", i);
        second[damage[i].at] = was;
    }
    unsigned char *text_len = second - 4;
    text_len[0] = 10; /* the texts are 9 bytes */
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &again), FAULT_PROTOCOL);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(many_values_out_of_order_are_sorted_and_the_later_one_kept)
{
    struct partial_builder *builder = partial_builder_new(hash_of("plan"), hash_of("source"));
    for (uint32_t i = 0; i < 5000;
         i++) /* 7919 and 4999 are primes: all inputs once, and input 0 again at the end */
        add_number(builder, i * 7919 % 4999, 10 * i + 1, 0);
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    partial_builder_finish(builder, (struct partial_counts){4999, 4999, 0, 0}, &bytes);
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_NONE);
    ck_assert_uint_eq(partial.n_values, 4999);
    for (uint32_t i = 1; i < 4999; i++) {
        struct partial_value value = value_at(&partial, &bytes, i * 7919 % 4999);
        ck_assert_int_eq(value.number.coefficient, 10 * i + 1);
    }
    ck_assert_int_eq(value_at(&partial, &bytes, 0).number.coefficient, 49991);
    partial_builder_destroy(&builder);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

SUITE(wire_partial, only_what_can_be_no_number_may_say_so, values_come_back_sorted_the_last_of_an_input_wins,
      a_rejected_source_keeps_its_issues_and_no_value, a_partial_cut_anywhere_is_refused,
      a_damaged_value_is_refused, many_values_out_of_order_are_sorted_and_the_later_one_kept)

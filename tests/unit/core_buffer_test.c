/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "core/buffer.h"
#include "tests/support/suite.h"

START_TEST(buffer_refuses_to_grow_past_its_limit)
{
    struct buffer b;
    buffer_init(&b, 4);
    ck_assert_int_eq(buffer_append(&b, SPAN("abc")), FAULT_NONE);
    ck_assert_int_eq(buffer_append(&b, SPAN("de")), FAULT_LIMIT);
    ck_assert_str_eq(buffer_text(&b), "abc");
    ck_assert_int_eq(buffer_append(&b, SPAN("d")), FAULT_NONE);
    ck_assert_str_eq(buffer_text(&b), "abcd");
    buffer_free(&b);
}
END_TEST

START_TEST(buffer_writes_numbers_as_digits)
{
    struct buffer b;
    buffer_init(&b, BUFFER_LIMIT_DEFAULT);
    buffer_put_u64(&b, 0);
    buffer_put_char(&b, ' ');
    buffer_put_u64(&b, 18446744073709551615u);
    buffer_putf(&b, " %s", "x");
    ck_assert_str_eq(buffer_text(&b), "0 18446744073709551615 x");
    buffer_free(&b);
}
END_TEST

START_TEST(formatted_text_fits_whatever_its_length_and_near_the_limit)
{
    struct buffer b;
    char pattern[2001];
    memset(pattern, 'x', 2000);
    pattern[2000] = '\0';
    buffer_init(&b, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&b, "%s|%d|%s", pattern, -7, "end");
    ck_assert_uint_eq(b.len, 2000 + 7);
    ck_assert_str_eq(buffer_text(&b) + 1999, "x|-7|end");
    buffer_free(&b);
    buffer_init(&b, 8);
    buffer_putf(&b, "%s", "sevenxx");
    ck_assert_str_eq(buffer_text(&b), "sevenxx");
    buffer_free(&b);
}
END_TEST

SUITE(core_buffer, formatted_text_fits_whatever_its_length_and_near_the_limit, buffer_refuses_to_grow_past_its_limit, buffer_writes_numbers_as_digits)

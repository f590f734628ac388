/* SPDX-License-Identifier: MIT */
#include "core/utf8.h"
#include "tests/support/suite.h"

START_TEST(overlong_surrogate_and_cut_sequences_are_invalid)
{
    ck_assert(utf8_valid(SPAN("Zürich \xF0\x9F\x98\x80 Gda\xC5\x84sk")));
    ck_assert(!utf8_valid(SPAN("\xC0\x80")));
    ck_assert(!utf8_valid(SPAN("\xE0\x9F\xBF")));
    ck_assert(!utf8_valid(SPAN("\xED\xA0\x80")));
    ck_assert(!utf8_valid(SPAN("\xF4\x90\x80\x80")));
    ck_assert(!utf8_valid(SPAN("abc\xE2\x82")));
    ck_assert(!utf8_valid(SPAN("\x80")));
}
END_TEST

START_TEST(folding_trims_folds_case_and_composes)
{
    ck_assert(utf8_fold_equal(SPAN("  Income\xC2\xA0"), SPAN("INCOME")));
    ck_assert(utf8_fold_equal(SPAN("Stra\xC3\x9F""e"), SPAN("STRASSE")));
    ck_assert(utf8_fold_equal(SPAN("Zu\xCC\x88rich"), SPAN("Z\xC3\xBCrich")));
    ck_assert(utf8_fold_equal(SPAN("a \t\n b"), SPAN("A b")));
    ck_assert(!utf8_fold_equal(SPAN("Income 2"), SPAN("Income2")));
}
END_TEST

START_TEST(natural_order_counts_digits_by_value)
{
    ck_assert_int_lt(utf8_natural_compare(SPAN("r2.xlsx"), SPAN("r10.xlsx")), 0);
    ck_assert_int_gt(utf8_natural_compare(SPAN("R11"), SPAN("r2")), 0);
    ck_assert_int_lt(utf8_natural_compare(SPAN("a007"), SPAN("a8")), 0);
    ck_assert_int_lt(utf8_natural_compare(SPAN("a1"), SPAN("a1b")), 0);
    ck_assert_int_ne(utf8_natural_compare(SPAN("A1"), SPAN("a1")), 0);
    ck_assert_int_eq(utf8_natural_compare(SPAN("x"), SPAN("x")), 0);
    ck_assert_int_eq(utf8_natural_compare(SPAN("a01"), SPAN("a1")), -utf8_natural_compare(SPAN("a1"), SPAN("a01")));
}
END_TEST

START_TEST(utf16_lengths_count_surrogate_pairs)
{
    ck_assert_uint_eq(utf16_units(SPAN("a\xC3\xA9\xF0\x9F\x98\x80")), 4);
    ck_assert_uint_eq(utf8_cut_utf16(SPAN("a\xF0\x9F\x98\x80z"), 2).len, 1);
    ck_assert_uint_eq(utf8_cut_utf16(SPAN("a\xF0\x9F\x98\x80z"), 3).len, 5);
}
END_TEST

START_TEST(printable_and_json_never_pass_controls_or_bad_bytes)
{
    struct buffer b;
    buffer_init(&b, BUFFER_LIMIT_DEFAULT);
    utf8_put_printable(&b, SPAN("a\x1B[1m\xFF\xC2\x9B"));
    ck_assert_str_eq(buffer_text(&b), "a\\x1B[1m\\xFF\\x9B");
    buffer_clear(&b);
    utf8_put_json(&b, SPAN("q\"\\\n\x01\xFF"));
    ck_assert_str_eq(buffer_text(&b), "\"q\\\"\\\\\\n\\u0001\xEF\xBF\xBD\"");
    buffer_free(&b);
}
END_TEST

SUITE(core_utf8, overlong_surrogate_and_cut_sequences_are_invalid, folding_trims_folds_case_and_composes,
      natural_order_counts_digits_by_value, utf16_lengths_count_surrogate_pairs,
      printable_and_json_never_pass_controls_or_bad_bytes)

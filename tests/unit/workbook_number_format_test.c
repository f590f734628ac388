/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tests/support/suite.h"
#include "workbook/number_format.h"

struct kind_case {
    const char *code;
    enum format_kind kind;
};

static void check_kinds(const struct kind_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        enum format_kind kind = number_format_kind(span_of(cases[i].code));
        ck_assert_msg(kind == cases[i].kind, "%s: kind %d, expected %d", cases[i].code, kind,
                      cases[i].kind);
    }
}

START_TEST(number_format_kind_of_numbers)
{
    static const struct kind_case cases[] = {
        {"", FORMAT_GENERAL},
        {"General", FORMAT_GENERAL},
        {"GENERAL", FORMAT_GENERAL},
        {"general;@", FORMAT_GENERAL},
        {"[Red]General", FORMAT_GENERAL},
        {"\"d\"General", FORMAT_GENERAL},
        {"0", FORMAT_NUMBER},
        {"#,##0.00", FORMAT_NUMBER},
        {"0.00E+00", FORMAT_NUMBER},
        {"##0.0e-0", FORMAT_NUMBER},
        {"# ?/?", FORMAT_NUMBER},
        {"@", FORMAT_TEXT},
        {";;;@", FORMAT_TEXT},
        {";;;", FORMAT_GENERAL},
        {"0%", FORMAT_PERCENT},
        {"0.00%;[Red]-0.00%", FORMAT_PERCENT},
        {"0\"%\"", FORMAT_NUMBER},
        {"0\\%", FORMAT_NUMBER},
        {"#,##0.00_);[Red](#,##0.00)", FORMAT_NUMBER},
        {"[$-409]#,##0", FORMAT_NUMBER},
        {"[$\xe2\x82\xac-407] #,##0.00", FORMAT_NUMBER},
        {"[>=100][Red]0;[<0]0.0;0.00", FORMAT_NUMBER},
        {"_-* #,##0.00 _d_-", FORMAT_NUMBER},
        {"*d0", FORMAT_NUMBER},
        {"000\\-00\\-0000", FORMAT_NUMBER},
        {"\"x\";0%", FORMAT_PERCENT},
        {"0E0", FORMAT_NUMBER},
        {"0 g", FORMAT_NUMBER},
    };
    check_kinds(cases, sizeof cases / sizeof cases[0]);
}
END_TEST

START_TEST(number_format_kind_of_dates_and_durations)
{
    static const struct kind_case cases[] = {
        {"m/d/yyyy", FORMAT_DATE},
        {"YYYY-MM-DD", FORMAT_DATE},
        {"h:mm AM/PM", FORMAT_DATE},
        {"mm:ss.0", FORMAT_DATE},
        {"[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", FORMAT_DATE},
        {"[$-409]d\\-mmm;@", FORMAT_DATE},
        {"yyyy\"\xe5\xb9\xb4\"", FORMAT_DATE},
        {"[Red]d", FORMAT_DATE},
        {"[$-411]ge.m.d", FORMAT_DATE},
        {"e", FORMAT_DATE},
        {"mmss.0", FORMAT_DATE},
        {"[h]:mm", FORMAT_DURATION},
        {"[HH]:MM:SS", FORMAT_DURATION},
        {"[mm]:ss.00", FORMAT_DURATION},
        {"[s]", FORMAT_DURATION},
        {"[hm]0", FORMAT_NUMBER},
        {"\"x\"d", FORMAT_DATE},
        {"\\d0", FORMAT_NUMBER},
        {"d;0", FORMAT_DATE},
        {"0;d", FORMAT_NUMBER},
    };
    check_kinds(cases, sizeof cases / sizeof cases[0]);
}
END_TEST

START_TEST(number_format_kind_finds_no_date_in_what_is_only_text)
{
    static const struct kind_case cases[] = {
        {"[Red]0", FORMAT_NUMBER},
        {"[Yellow]0", FORMAT_NUMBER},
        {"0\"days\"", FORMAT_NUMBER},
        {"\"days\" 0", FORMAT_NUMBER},
        {"0\\d", FORMAT_NUMBER},
        {"0_d", FORMAT_NUMBER},
        {"[Color10]0", FORMAT_NUMBER},
        {"[DBNum1]0", FORMAT_NUMBER},
        {"[$SEK-41D]0", FORMAT_NUMBER},
        {"[$\"d\"-409]0", FORMAT_NUMBER},
        {"[$kr.-406]\\ #,##0", FORMAT_NUMBER},
        {"[Magenta][<=5]0;[White]0.0", FORMAT_NUMBER},
    };
    check_kinds(cases, sizeof cases / sizeof cases[0]);
}
END_TEST

START_TEST(number_format_kind_survives_broken_codes)
{
    static const struct kind_case cases[] = {
        {"0\"open", FORMAT_NUMBER},
        {"\"open d", FORMAT_GENERAL},
        {"[open d", FORMAT_GENERAL},
        {"0\\", FORMAT_NUMBER},
        {"0_", FORMAT_NUMBER},
        {"0*", FORMAT_NUMBER},
        {"[]0", FORMAT_NUMBER},
        {"]0", FORMAT_NUMBER},
        {"[>x]0", FORMAT_NUMBER},
        {"\xff\xfe"
         "0",
         FORMAT_NUMBER},
        {";", FORMAT_GENERAL},
        {"0;0;0;0;d", FORMAT_NUMBER},
    };
    check_kinds(cases, sizeof cases / sizeof cases[0]);
    char many[4000];
    memset(many, '0', sizeof many);
    ck_assert_int_eq(number_format_kind(span_make(many, sizeof many)), FORMAT_NUMBER);
    memset(many, ';', sizeof many);
    ck_assert_int_eq(number_format_kind(span_make(many, sizeof many)), FORMAT_GENERAL);
    ck_assert_int_eq(number_format_kind(span_make("0\0d", 3)),
                     FORMAT_DATE); /* a NUL ends nothing */
}
END_TEST

START_TEST(number_format_knows_the_codes_that_have_only_a_number)
{
    ck_assert(span_is(number_format_builtin(0), "General"));
    ck_assert(span_is(number_format_builtin(10), "0.00%"));
    ck_assert(span_is(number_format_builtin(49), "@"));
    for (uint32_t id = 0; id < 200; id++) {
        struct span code = number_format_builtin(id);
        bool is_known = id <= 22 || (id >= 27 && id <= 58);
        ck_assert_msg((code.data != NULL) == is_known, "%u", id);
        if (!is_known)
            continue;
        bool is_date =
            (id >= 14 && id <= 22) || (id >= 27 && id <= 36) || id == 45 || id == 47 || id >= 50;
        enum format_kind kind = number_format_kind(code);
        ck_assert_msg((kind == FORMAT_DATE) == is_date, "%u: %.*s", id, SPAN_ARGS(code));
        ck_assert_msg((kind == FORMAT_DURATION) == (id == 46), "%u", id);
        ck_assert_msg((kind == FORMAT_PERCENT) == (id == 9 || id == 10), "%u", id);
    }
}
END_TEST

SUITE(workbook_number_format, number_format_kind_of_numbers,
      number_format_kind_of_dates_and_durations,
      number_format_kind_finds_no_date_in_what_is_only_text,
      number_format_kind_survives_broken_codes,
      number_format_knows_the_codes_that_have_only_a_number)

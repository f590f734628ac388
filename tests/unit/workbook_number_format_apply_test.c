/* SPDX-License-Identifier: MIT
 *
 * The texts are those that Excel shows; the corpus of texts saved by Excel has been compared as
 * well (docs/FORMAT.md).
 */
#include <check.h>
#include <math.h>

#include "tests/support/suite.h"
#include "workbook/number_format.h"

struct apply_case {
    const char *code;
    double value;
    const char *text;
};

static void check_texts(const struct apply_case *cases, size_t n, bool is_1904)
{
    for (size_t i = 0; i < n; i++) {
        struct buffer out;
        buffer_init(&out, 1 << 16);
        ck_assert_msg(number_format_apply(span_of(cases[i].code), cases[i].value, is_1904, &out),
                      "malformed: %s", cases[i].code);
        ck_assert_msg(strcmp(buffer_text(&out), cases[i].text) == 0,
                      "%.17g as %s is \"%s\", not \"%s\"", cases[i].value, cases[i].code,
                      buffer_text(&out), cases[i].text);
        buffer_free(&out);
    }
}

#define CHECK(cases) check_texts(cases, sizeof(cases) / sizeof(cases)[0], false)

START_TEST(number_format_shows_general_in_eleven_characters)
{
    static const struct apply_case cases[] = {
        {"General", 0, "0"},
        {"General", 1, "1"},
        {"General", -1.5, "-1.5"},
        {"General", 0.1 + 0.2, "0.3"},
        {"General", 3.14159265358979, "3.141592654"},
        {"General", 12345678901, "12345678901"},
        {"General", 123456789012, "1.23457E+11"},
        {"General", 99999999999.9, "1E+11"},
        {"General", 1234567.891234, "1234567.891"},
        {"General", 12345678901.5, "12345678902"},
        {"General", 0.0001, "0.0001"},
        {"General", 0.00012345678, "0.000123457"},
        {"General", 0.00001, "0.00001"},
        {"General", 0.000012345, "0.000012345"},
        {"General", 0.0000123456, "1.23456E-05"},
        {"General", 1e-9, "0.000000001"},
        {"General", 1e-10, "1E-10"},
        {"General", 1e100, "1E+100"},
        {"General", -1.23456789e-20, "-1.23457E-20"},
        {"General", 9.999996e20, "1E+21"},
        {"General", 1e307, "1E+307"},
        {"General", 5e-324, "4.94066E-324"},
        {"", 5, "5"},
        {"@", 12.5, "12.5"},
        {"General\" kg\"", 5, "5 kg"},
        {"General;@", -5, "-5"},
    };
    CHECK(cases);
}
END_TEST

START_TEST(number_format_fills_digit_placeholders)
{
    static const struct apply_case cases[] = {
        {"0", 1234.5, "1235"},
        {"0", 0, "0"},
        {"0", -0.4, "0"},
        {"0", -0.5, "-1"},
        {"#", 0, ""},
        {"0.00", 1.005, "1.01"},
        {"0.00", 2.675, "2.68"},
        {"0.00", -0.001, "0.00"},
        {"0.0#", 1, "1.0"},
        {"0.0#", 1.25, "1.25"},
        {"0.??", 1.5, "1.5 "},
        {"#.#", 0.25, ".3"},
        {"#.", 5, "5."},
        {".00", 12.5, "12.50"},
        {"0.#0", 5, "5.00"},
        {"000", 7, "007"},
        {"???", 7, "  7"},
        {"0##", 5, "005"},
        {"000\\-00\\-0000", 123456789, "123-45-6789"},
        {"(000) 000\\-0000", 5551234567, "(555) 123-4567"},
        {"#,##0", 1234567, "1,234,567"},
        {"#,##0", 999, "999"},
        {"#,##0.00", -1234.5, "-1,234.50"},
        {"0,000", 5, "0,005"},
        {"?,???", 5, "    5"},
        {"#,", 1234567, "1235"},
        {"0.0,,", 1234567, "1.2"},
        {"#,##0,", 1234567890, "1,234,568"},
        {"0%", 0.125, "13%"},
        {"0.00%", -0.5, "-50.00%"},
        {"%0", 0.5, "%50"},
        {"0\\%", 0.5, "1%"},
        {"0%%", 0.5, "5000%%"},
        {"$#,##0.00", -5, "-$5.00"},
        {"\"x\"", 5, "x"},
        {"\"x\"", -5, "-x"},
        {"0\" items\"", 3, "3 items"},
        {"_(0_)", 3, " 3 "},
        {"* 0", 3, "3"},
        {"[Red]0", 3, "3"},
        {"[$\xe2\x82\xac-407] 0", 3, "\xe2\x82\xac 3"},
        {"[$-409]0", 3, "3"},
        {"0.0", 1e20, "100000000000000000000.0"},
        {"#,##0", 1e15, "1,000,000,000,000,000"},
        {"0.00", 1e-300, "0.00"},
        {"0", 1.7976931348623157e308, NULL},
    };
    check_texts(cases, sizeof cases / sizeof cases[0] - 1, false);
    struct buffer out;
    buffer_init(&out, 1 << 16);
    ck_assert(number_format_apply(SPAN("#,##0"), 1.7976931348623157e308, false, &out));
    ck_assert_uint_eq(out.len, 309 + 102);
    ck_assert(span_starts(buffer_span(&out), SPAN("179,769,313,486,232,000,")));
    buffer_free(&out);
}
END_TEST

START_TEST(number_format_shows_exponents)
{
    static const struct apply_case cases[] = {
        {"0.00E+00", 12345, "1.23E+04"},
        {"0.00E+00", 0, "0.00E+00"},
        {"0.00E+00", -0.00012345, "-1.23E-04"},
        {"0E-0", 12345, "1E4"},
        {"0E-0", 0.00012, "1E-4"},
        {"##0.0E+0", 12345, "12.3E+3"},
        {"##0.0E+0", 123456, "123.5E+3"},
        {"##0.0E+0", 0.00012, "120.0E-6"},
        {"##0.0E+0", 999960, "1.0E+6"},
        {"0.0E+0", 9.96, "1.0E+1"},
        {".00E+0", 12345, ".12E+5"},
        {"0.00E+000", 1e100, "1.00E+100"},
        {"0.0E+00", 5e-324, "4.9E-324"},
    };
    CHECK(cases);
}
END_TEST

START_TEST(number_format_shows_fractions)
{
    static const struct apply_case cases[] = {
        {"# ?/?", 0.5, " 1/2"},
        {"# ?/?", 5, "5    "},
        {"# ?/?", 0, "0    "},
        {"# ?/?", 1.25, "1 1/4"},
        {"# ?/?", -1.25, "-1 1/4"},
        {"# ?/?", 0.999, "1    "},
        {"# ?\?/??", 3.14159265358979, "3  1/7 "},
        {"# ??\?/???", 3.14159265358979, "3  16/113"},
        {"# ?/8", 0.3, " 2/8"},
        {"# ?\?/100", 0.25, " 25/100"},
        {"?/?", 1.5, "3/2"},
        {"?/?", 5, "5/1"},
        {"0 0/0", 0.5, "0 1/2"},
        {"# ?/?\" in\"", 2.75, "2 3/4 in"},
        {"0/0", -0.5, "-1/2"},
        {"# ?/?", 1e20, "100000000000000000000    "},
        {"?/?", 1e20, "100000000000000000000/1"},
        {"# ?/?", 1e-300, "0    "},
        {"#,##0 ?/?", 1234.5, "1,234 1/2"},
        {"# ?/?", -0.001, "0    "},
        {"\"=\"# ?/?", 0, "=0    "},
    };
    CHECK(cases);
}
END_TEST

START_TEST(number_format_chooses_the_section)
{
    static const struct apply_case cases[] = {
        {"0;(0)", -5, "(5)"},
        {"0;(0)", 0, "0"},
        {"0;(0);\"-\"", 0, "-"},
        {"0;(0);\"-\";@", 5, "5"},
        {"0;;", -5, ""},
        {";;;", 5, ""},
        {"0;@", -5, "-5"},
        {"0;-0;;@", 0, ""},
        {"[>=100]0.0;0.00", 100, "100.0"},
        {"[>=100]0.0;0.00", 5, "5.00"},
        {"[>=100]0.0;0.00", -5, "-5.00"},
        {"[<0]\"minus \"0;0", -5, "minus 5"},
        {"[>0]0;[<0]\"-\"0;\"zero\"", -5, "-5"},
        {"[>0]0;[<0]\"-\"0;\"zero\"", 0, "zero"},
        {"[=1]\"one\";[=2]\"two\";0", 2, "two"},
        {"[=1]\"one\";[=2]\"two\";0", -3, "-3"},
        {"[>100]0.0", 5, "5"},
        {"[<1]0.0;[>5]0", 3, "########"},
        {"[<>5]0;\"five\"", 5, "five"},
        {"[<=-1]0.0;0", -2, "2.0"},
        {"[>=0]0;0.0", -2, "2.0"},
        {"[Red][<10]0;[Blue]0.0", 20, "20.0"},
        {"_(* #,##0.00_);_(* \\(#,##0.00\\);_(* \"-\"?\?_);_(@_)", -5.5, " (5.50)"},
        {"_(* #,##0.00_);_(* \\(#,##0.00\\);_(* \"-\"?\?_);_(@_)", 0, " -   "},
    };
    CHECK(cases);
}
END_TEST

START_TEST(number_format_shows_dates)
{
    static const struct apply_case cases[] = {
        {"m/d/yyyy", 45504, "7/31/2024"},
        {"yyyy-mm-dd", 45504.99, "2024-07-31"},
        {"dd.mm.yy", 45504, "31.07.24"},
        {"d-mmm-yy", 45504, "31-Jul-24"},
        {"dddd, mmmm d", 45504, "Wednesday, July 31"},
        {"ddd mmmmm", 45504, "Wed J"},
        {"yyy", 45504, "2024"},
        {"e", 45504, "2024"},
        {"bbbb", 45504, "bbbb"},
        {"bbbb/m", 45504, "2567/7"},
        {"[$-F800]dddd\\, mmmm dd\\, yyyy", 45504, "Wednesday, July 31, 2024"},
        {"m/d/yyyy", 0, "1/0/1900"},
        {"m/d/yyyy", 60, "2/29/1900"},
        {"dddd", 1, "Sunday"},
        {"m/d/yyyy", -1, "########"},
        {"m/d/yyyy", 2958466, "########"},
        {"m/d/yyyy", 1e300, "########"},
        {"yyyy\"\xe5\xb9\xb4\"m\"\xe6\x9c\x88\"", 45504,
         "2024\xe5\xb9\xb4"
         "7\xe6\x9c\x88"},
        {"yyyy;@", 45504, "2024"},
    };
    CHECK(cases);
    static const struct apply_case mac[] = {{"m/d/yyyy", 0, "1/1/1904"},
                                            {"m/d/yyyy", 45504 - 1462, "7/31/2024"},
                                            {"dddd", 0, "Friday"}};
    check_texts(mac, 3, true);
}
END_TEST

START_TEST(number_format_shows_times)
{
    static const struct apply_case cases[] = {
        {"h:mm", 0.75, "18:00"},
        {"hh:mm:ss", 0.520833333333333, "12:30:00"},
        {"h:mm AM/PM", 0.75, "6:00 PM"},
        {"h AM/PM", 0, "12 AM"},
        {"h a/p", 0.5, "12 p"},
        {"A/P", 0.1, "A"},
        {"mm:ss", 0.5 + 65.0 / 86400, "01:05"},
        {"h:mm", 0.4582, "10:59"},
        {"h:mm:ss", 0.999999, "0:00:00"},
        {"m/d h:mm", 45504.999999, "8/1 0:00"},
        {"mm:ss.00", 1.256 / 86400, "00:01.26"},
        {"s.000", 1.2345 / 86400, "1.235"},
        {"ss.00000", 1.5 / 86400, "01.50000"},
        {"yyyy-mm-dd hh:mm", 45504.5, "2024-07-31 12:00"},
        {"[h]:mm", 1.5, "36:00"},
        {"[hh]:mm:ss", 0.25, "06:00:00"},
        {"[mm]:ss", 0.5, "720:00"},
        {"[s]", 1, "86400"},
        {"[h]", -1.2, "-28"},
        {"[h]:mm", -1.2, "########"},
        {"[h]\"h\" mm\"m\"", 1.51, "36h 14m"},
        {"mm", 45504, "07"},
        {"h:m:s", 0.5, "12:0:0"},
        {"[h]:mm:ss.0", 1.00001, "24:00:00.9"},
    };
    CHECK(cases);
}
END_TEST

START_TEST(number_format_refuses_malformed_codes_and_appends_nothing)
{
    static const char *const bad[] = {"0\"open", "[Red", "0\\", "0_", "0*", "[>x]0", "hh[mm]"};
    struct buffer out;
    buffer_init(&out, 64);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!number_format_apply(span_of(bad[i]), 5, false, &out), "taken: %s", bad[i]);
    ck_assert(!number_format_apply(SPAN("0"), NAN, false, &out));
    ck_assert(!number_format_apply(SPAN("0"), -INFINITY, false, &out));
    ck_assert_uint_eq(out.len, 0);
    buffer_free(&out);
}
END_TEST

START_TEST(number_format_survives_extreme_codes)
{
    char code[500];
    static const char letters[] = "0#?%,@.;/Ey[h";
    struct buffer out;
    for (size_t i = 0; i < sizeof letters - 1; i++) {
        memset(code, letters[i], sizeof code);
        buffer_init(&out, 1 << 16);
        (void)number_format_apply(span_make(code, sizeof code), 1.7976931348623157e308, false,
                                  &out);
        (void)number_format_apply(span_make(code, sizeof code), -5e-324, true, &out);
        code[0] = '0';
        (void)number_format_apply(span_make(code, sizeof code), 1.7976931348623157e308, false,
                                  &out);
        (void)number_format_apply(span_make(code, sizeof code), -5e-324, true, &out);
        buffer_free(&out);
    }
}
END_TEST

SUITE(workbook_number_format_apply, number_format_shows_general_in_eleven_characters,
      number_format_fills_digit_placeholders, number_format_shows_exponents,
      number_format_shows_fractions, number_format_chooses_the_section, number_format_shows_dates,
      number_format_shows_times, number_format_refuses_malformed_codes_and_appends_nothing,
      number_format_survives_extreme_codes)

/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <float.h>
#include <math.h>

#include "core/decimal.h"
#include "tests/support/suite.h"

static struct decimal parse(const char *token, enum decimal_precision precision)
{
    struct decimal value;
    ck_assert_msg(decimal_parse(span_of(token), precision, &value) == FAULT_NONE, "refused: %s",
                  token);
    ck_assert_msg(decimal_valid(value), "not in normal form: %s", token);
    return value;
}

static void check_text(struct decimal value, const char *expected)
{
    char text[DECIMAL_TEXT_MAX + 1];
    text[decimal_format(value, text)] = '\0';
    ck_assert_str_eq(text, expected);
}

START_TEST(decimal_takes_short_tokens_digit_by_digit)
{
    static const struct {
        const char *token, *text;
    } cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {"0.000", "0"},
        {"0e99999", "0"},
        {"1", "1"},
        {"-1", "-1"},
        {"+5.", "5"},
        {".5", "0.5"},
        {"-.5e1", "-5"},
        {"1234.50", "1234.5"},
        {"000123000", "123000"},
        {"100000000000000000000", "100000000000000000000"},
        {"1e21", "1E+21"},
        {"1.5E+25", "1.5E+25"},
        {"0.00001", "0.00001"},
        {"0.000001", "1E-6"},
        {"123456789012345", "123456789012345"},
        {"0.123456789012345", "0.123456789012345"},
        {" 7\n", "7"},
        {"1e-320", "1E-320"},
        {"4.94065645841247e-324", "4.94065645841247E-324"},
        {"1e-400", "0"},
        {"-1e-99999999999", "0"},
        {"1.7e308", "1.7E+308"},
        {"0.000000000000000000000000000000000000000001e42", "1"},
        {"1000000000000000000000000000000e-30", "1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        check_text(parse(cases[i].token, DECIMAL_15), cases[i].text);
}
END_TEST

START_TEST(decimal_rounds_long_tokens_to_what_is_shown)
{
    check_text(parse("0.30000000000000004", DECIMAL_15), "0.3");
    check_text(parse("0.30000000000000004", DECIMAL_FULL), "0.30000000000000004");
    check_text(parse("1234.5600000000001", DECIMAL_15), "1234.56");
    check_text(parse("0.99999999999999989", DECIMAL_15), "1");
    check_text(parse("-99999999999999999", DECIMAL_15), "-100000000000000000");
    check_text(parse("8.9999999999999996E-2", DECIMAL_15), "0.09");
    check_text(parse("9007199254740993", DECIMAL_FULL), "9007199254740992");
    check_text(parse("9007199254740993", DECIMAL_15), "9007199254740990");
    check_text(parse("3.141592653589793238462643383279502884197", DECIMAL_15), "3.14159265358979");
    check_text(parse("3.141592653589793238462643383279502884197", DECIMAL_FULL),
               "3.141592653589793");
    check_text(parse("1.7976931348623157e308", DECIMAL_FULL), "1.7976931348623157E+308");
    check_text(parse("5e-324", DECIMAL_FULL), "5E-324");
    /* Exact ties at the 16th digit go to the even 15th: these doubles are their tokens exactly. */
    check_text(parse("100000000000000.5", DECIMAL_15), "100000000000000");
    check_text(parse("100000000000001.5", DECIMAL_15), "100000000000002");
    check_text(parse("100000000000002.5", DECIMAL_15), "100000000000002");
}
END_TEST

/* The shortcut on the token's digits must never differ from rounding the double itself. */
START_TEST(decimal_rounds_a_token_as_it_rounds_its_double)
{
    uint64_t state = 88172645463325252u;
    for (int i = 0; i < 200000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        char token[64];
        unsigned long long digits =
            1000000000000000u + state % (i % 2 ? 99000000000000000u : 9000000000000000u);
        if (i % 4 == 0) /* crowd the middles, where the two ways could part */
            digits = digits / 100 * 100 + 36 + state % 29;
        snprintf(token, sizeof token, "%llue%d", digits, (int)(state >> 40) % 270 - 135);
        char shown[64], ours[DECIMAL_TEXT_MAX + 1];
        snprintf(shown, sizeof shown, "%.14e", strtod(token, NULL));
        ours[decimal_format(parse(token, DECIMAL_15), ours)] = '\0';
        ck_assert_msg(decimal_compare(parse(token, DECIMAL_15), parse(shown, DECIMAL_15)) == 0,
                      "%s gives %s, its double shows %s", token, ours, shown);
    }
}
END_TEST

START_TEST(decimal_refuses_what_is_no_number)
{
    static const char *const bad[] = {"",
                                      " ",
                                      "-",
                                      "+",
                                      ".",
                                      "e5",
                                      "1e",
                                      "1e+",
                                      "nan",
                                      "inf",
                                      "0x1",
                                      "1_0",
                                      "1,5",
                                      "1 2",
                                      "--1",
                                      "1.2.3",
                                      "1e5.",
                                      "1e309",
                                      "-1e999999999999",
                                      "1.8e308",
                                      "\xc2\xa0"
                                      "1",
                                      "\v1",
                                      "1\f"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct decimal value;
        ck_assert_msg(decimal_parse(span_of(bad[i]), DECIMAL_15, &value) == FAULT_CORRUPT, "15: %s",
                      bad[i]);
        ck_assert_msg(decimal_parse(span_of(bad[i]), DECIMAL_FULL, &value) == FAULT_CORRUPT,
                      "full: %s", bad[i]);
    }
}
END_TEST

START_TEST(decimal_of_a_double_and_back_is_the_nearest)
{
    static const double values[] = {0.1,
                                    -0.1,
                                    1.0 / 3,
                                    2.0 / 3,
                                    1e22,
                                    1e23,
                                    123456789012345.0,
                                    5e-324,
                                    DBL_MIN,
                                    DBL_MAX,
                                    9007199254740991.0,
                                    0x1p-44,
                                    1e15,
                                    -1e17,
                                    4.35,
                                    2.675,
                                    1e300};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        double back = decimal_to_double(decimal_from_double(values[i], DECIMAL_FULL));
        ck_assert_msg(back == values[i], "%a came back as %a", values[i], back);
    }
    check_text(decimal_from_double(0.1 + 0.2, DECIMAL_15), "0.3");
    check_text(decimal_from_double(1e15 / 3, DECIMAL_15), "333333333333333");
    ck_assert(decimal_to_double(decimal_from_double(DBL_MAX, DECIMAL_15)) == DBL_MAX);
}
END_TEST

START_TEST(decimal_of_random_doubles_survives_in_full_precision)
{
    uint64_t state = 0x9e3779b97f4a7c15u;
    for (int i = 0; i < 20000; i++) {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        double value;
        memcpy(&value, &state, sizeof value);
        if (!isfinite(value))
            continue;
        double back = decimal_to_double(decimal_from_double(value, DECIMAL_FULL));
        ck_assert_msg(back == value, "%a came back as %a", value, back);
        char shown[64];
        snprintf(shown, sizeof shown, "%.14e", value);
        if (isfinite(strtod(shown, NULL)))
            ck_assert(decimal_to_double(decimal_from_double(value, DECIMAL_15)) ==
                      strtod(shown, NULL));
    }
}
END_TEST

START_TEST(decimal_compares_exactly)
{
    static const char *const ascending[] = {"-1e300",
                                            "-2",
                                            "-1.00000000000001",
                                            "-1",
                                            "-1e-300",
                                            "0",
                                            "1e-300",
                                            "0.99999999999999",
                                            "1",
                                            "1.00000000000001",
                                            "9",
                                            "10",
                                            "11",
                                            "1e17",
                                            "1e300"};
    int n = (int)(sizeof ascending / sizeof ascending[0]);
    for (int i = 0; i < n; i++) {
        for (int j = 0; j < n; j++) {
            int order =
                decimal_compare(parse(ascending[i], DECIMAL_15), parse(ascending[j], DECIMAL_15));
            ck_assert_msg(order == (i > j) - (i < j), "%s and %s: %d", ascending[i], ascending[j],
                          order);
        }
    }
    struct decimal a = {99999999999999999, 0}, b = {1, 17}, c = {-99999999999999999, 0};
    ck_assert_int_eq(decimal_compare(a, b), -1);
    ck_assert_int_eq(decimal_compare_abs(c, b), -1);
    ck_assert_int_eq(decimal_compare_abs(c, a), 0);
    ck_assert_int_eq(decimal_compare(c, a), -1);
}
END_TEST

START_TEST(decimal_shifts_and_negates_without_loss)
{
    check_text(decimal_shift(parse("82.5", DECIMAL_15), 2), "0.825");
    check_text(decimal_shift(parse("100", DECIMAL_15), 2), "1");
    check_text(decimal_shift(parse("0", DECIMAL_15), 2), "0");
    check_text(decimal_negate(parse("5", DECIMAL_15)), "-5");
    check_text(decimal_negate(parse("0", DECIMAL_15)), "0");
    check_text(decimal_from_int(-1200), "-1200");
    ck_assert_int_eq(decimal_from_int(-1200).exponent, 2);
}
END_TEST

START_TEST(decimal_from_outside_is_checked_for_its_form)
{
    ck_assert(decimal_valid((struct decimal){0, 0}));
    ck_assert(decimal_valid((struct decimal){-99999999999999999, -400}));
    ck_assert(!decimal_valid((struct decimal){0, 1}));
    ck_assert(!decimal_valid((struct decimal){10, 0}));
    ck_assert(!decimal_valid((struct decimal){100000000000000001, 0}));
    ck_assert(!decimal_valid((struct decimal){INT64_MIN, 0}));
    ck_assert(!decimal_valid((struct decimal){1, 401}));
    ck_assert(!decimal_valid((struct decimal){1, -401}));
}
END_TEST

SUITE(core_decimal, decimal_takes_short_tokens_digit_by_digit,
      decimal_rounds_long_tokens_to_what_is_shown, decimal_rounds_a_token_as_it_rounds_its_double,
      decimal_refuses_what_is_no_number, decimal_of_a_double_and_back_is_the_nearest,
      decimal_of_random_doubles_survives_in_full_precision, decimal_compares_exactly,
      decimal_shifts_and_negates_without_loss, decimal_from_outside_is_checked_for_its_form)

/* SPDX-License-Identifier: MIT */
#include "core/number.h"

#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/support/suite.h"

static double parsed(const char *text)
{
    double value = -12345;
    ck_assert_msg(number_parse(span_of(text), &value) == FAULT_NONE, "refused: %s", text);
    return value;
}

static void same(double a, double b, const char *text)
{
    ck_assert_msg(memcmp(&a, &b, sizeof a) == 0, "%s: %.17g (%a), not %.17g (%a)", text, a, a, b, b);
}

static uint64_t next_random(uint64_t *state) /* splitmix64 */
{
    uint64_t z = *state += 0x9E3779B97F4A7C15;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
    z = (z ^ z >> 27) * 0x94D049BB133111EB;
    return z ^ z >> 31;
}

static const char *formatted(double value)
{
    static char out[NUMBER_TEXT_MAX + 1];
    out[number_format(value, out)] = '\0';
    return out;
}

START_TEST(parse_reads_every_form_of_an_xml_double)
{
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"0", 0},          {"-0", -0.0},        {"+7", 7},          {".5", 0.5},        {"5.", 5},
        {" \t1.25\r\n", 1.25}, {"1e3", 1000},   {"1E+3", 1000},     {"1.5e-3", 0.0015}, {"00012", 12},
        {"0.1", 0.1},      {"1e22", 1e22},      {"1e23", 1e23},     {"123456789012345678", 123456789012345678.0},
        {"1e-400", 0},     {"0e999999999999999999999", 0}, {"4.9e-324", 4.9e-324},
        {"2.4703282292062327e-324", 0}, {"2.4703282292062328e-324", 4.9e-324},
        {"1.7976931348623157e308", 1.7976931348623157e308}, {"2.2250738585072011e-308", 2.2250738585072011e-308},
        {"2.2250738585072014e-308", 2.2250738585072014e-308},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        same(parsed(cases[i].text), cases[i].value, cases[i].text);
}
END_TEST

START_TEST(parse_refuses_what_is_no_number)
{
    static const char *const bad[] = {"",      " ",    ".",     "-",       "e5",    "1e",       "1e+",   "1 2",  "1,5",
                                      "0x10",  "nan",  "NaN",   "inf",     "-INF",  "Infinity", "1_000", "+-5",  "5%",
                                      "1e999", "-1e999", "1.7976931348623159e308", "1..2",  "1e5.5",    "--1",   "1-",   "abc"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double value = 42;
        ck_assert_msg(number_parse(span_of(bad[i]), &value) == FAULT_CORRUPT, "taken: %s", bad[i]);
        ck_assert_double_eq(value, 42);
    }
    double value;
    ck_assert_int_eq(number_parse(span_make("1\0", 2), &value), FAULT_CORRUPT);
}
END_TEST

START_TEST(parse_rounds_ties_to_even_however_long_the_text)
{
    static const char *const texts[] = {
        "9007199254740993", "9007199254740992.99999999999999999999", "9007199254740993.00000000000000000001",
        "9007199254740995", "1.00000000000000011102230246251565404236316680908203125",
        "1.00000000000000011102230246251565404236316680908203124",
        "1.00000000000000011102230246251565404236316680908203126", "8.5e-318", "0.000000000000000000000000000000000000001",
        "28.986351531301777", "0.98986351531301777", "-123456789012345.6789", "123456789012345.", "999999999999999999.9", "1234567890123456789",
        "6929495644600919.5", "3089914900000000000000", "7.8459735791271921e65", "1448997445238699", "10000000000000000000000000000000000000001e-20",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        same(parsed(texts[i]), strtod(texts[i], NULL), texts[i]);
}
END_TEST

START_TEST(parse_takes_the_digit_beyond_every_buffer_into_account)
{
    /* Half-way between two doubles for 2,000 digits, then one that decides. */
    char *text = malloc(4096);
    memset(text, '0', 4096);
    memcpy(text, "9007199254740993.", 17);
    text[3000] = '\0';
    same(parsed(text), 9007199254740992.0, "tie");
    text[2999] = '1';
    same(parsed(text), 9007199254740994.0, "above the tie");
    free(text);
}
END_TEST

START_TEST(parse_places_the_point_of_a_number_of_a_million_digits)
{
    size_t n = 1000000;
    char *text = malloc(n + 32);
    memset(text, '0', n);
    text[1] = '.';
    text[n - 1] = '7';
    memcpy(text + n, "e999998", 8);
    same(parsed(text), 7, "0.000...7e999998");
    memset(text, '9', 300);
    text[300] = '\0';
    same(parsed(text), strtod(text, NULL), "300 nines");
    free(text);
}
END_TEST

START_TEST(parse_agrees_with_the_c_library_on_random_texts)
{
    uint64_t state = 1;
    char text[80];
    for (int i = 0; i < 400000; i++) {
        uint64_t digits = next_random(&state) >> (next_random(&state) % 60);
        int exponent = (int)(next_random(&state) % 700) - 360;
        if (i % 3 == 0)
            snprintf(text, sizeof text, "%llue%d", (unsigned long long)digits, exponent);
        else if (i % 3 == 1)
            snprintf(text, sizeof text, "%llu.%llu", (unsigned long long)digits,
                     (unsigned long long)(next_random(&state) >> (next_random(&state) % 60)));
        else
            snprintf(text, sizeof text, "0.%012llu%llue%d", (unsigned long long)(digits % 1000), (unsigned long long)digits,
                     exponent / 8);
        double value = 0, expected = strtod(text, NULL);
        enum fault fault = number_parse(span_of(text), &value);
        if (isinf(expected))
            ck_assert_int_eq(fault, FAULT_CORRUPT);
        else
            same(value, expected, text);
    }
}
END_TEST

START_TEST(format_writes_numbers_as_excel_stores_them)
{
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"}, {-0.0, "0"}, {1, "1"}, {-12.5, "-12.5"}, {0.1, "0.1"}, {0.00012, "0.00012"}, {0.00001, "0.00001"},
        {1e-6, "1E-6"}, {1e-7, "1E-7"}, {100000, "100000"}, {1e20, "100000000000000000000"}, {1e21, "1E+21"},
        {1.5e25, "1.5E+25"}, {123456789012345680000.0, "123456789012345680000"}, {4.9e-324, "5E-324"},
        {1.7976931348623157e308, "1.7976931348623157E+308"}, {9007199254740993.0, "9007199254740992"},
        {0.1 + 0.2, "0.30000000000000004"}, {1.0 / 3, "0.3333333333333333"}, {1e22, "1E+22"}, {1e23, "1E+23"},
        {2.2250738585072014e-308, "2.2250738585072014E-308"}, {5e-5, "0.00005"}, {123456.789, "123456.789"},
        {1.5e300, "1.5E+300"}, {9007199254740994.5, "9007199254740994"}, {18014398509481988.0, "18014398509481988"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        ck_assert_str_eq(formatted(cases[i].value), cases[i].text);
}
END_TEST

/* The fewest digits of printf that come back, tried one by one. */
static int fewest_digits(double value)
{
    char text[40];
    for (int n = 1; n < 17; n++) {
        snprintf(text, sizeof text, "%.*e", n - 1, value);
        if (strtod(text, NULL) == value)
            return n;
    }
    return 17;
}

static int significant_digits(const char *text)
{
    int n = 0, zeros = 0;
    for (; *text && *text != 'E'; text++) {
        if (*text == '.' || *text == '-' || (*text == '0' && n == 0))
            continue;
        n++;
        zeros = *text == '0' ? zeros + 1 : 0;
    }
    return n - zeros;
}

START_TEST(format_is_the_shortest_text_that_comes_back)
{
    uint64_t state = 7;
    for (int i = 0; i < 200000; i++) {
        uint64_t bits = next_random(&state);
        if (i % 4 == 1) /* a power of two, whose interval is lopsided */
            bits &= (uint64_t)0xFFF << 52;
        if (i % 4 == 2) /* subnormal */
            bits &= ((uint64_t)1 << (1 + i % 52)) - 1;
        double value;
        memcpy(&value, &bits, sizeof value);
        if (i % 4 == 3) /* what people type */
            value = (double)(int64_t)(bits >> 30) / 10000;
        if (!isfinite(value) || value == 0)
            continue;
        const char *text = formatted(value);
        same(parsed(text), value, text);
        /* printf gives the nearest text of n digits, which at a power of two may miss the wider half of the interval. */
        ck_assert_msg(significant_digits(text) <= fewest_digits(value), "%s is longer than need be", text);
    }
}
END_TEST

START_TEST(format_survives_every_power_of_two_and_ten)
{
    for (int e = -1074; e < 1024; e++)
        same(parsed(formatted(ldexp(1, e))), ldexp(1, e), "power of two");
    for (int e = -323; e <= 308; e++) {
        char text[16];
        snprintf(text, sizeof text, "1e%d", e);
        double value = strtod(text, NULL);
        same(parsed(text), value, text);
        ck_assert_int_eq(significant_digits(formatted(value)), 1);
    }
}
END_TEST

SUITE(core_number, parse_reads_every_form_of_an_xml_double, parse_refuses_what_is_no_number,
      parse_rounds_ties_to_even_however_long_the_text, parse_takes_the_digit_beyond_every_buffer_into_account,
      parse_places_the_point_of_a_number_of_a_million_digits, parse_agrees_with_the_c_library_on_random_texts,
      format_writes_numbers_as_excel_stores_them, format_is_the_shortest_text_that_comes_back,
      format_survives_every_power_of_two_and_ten)

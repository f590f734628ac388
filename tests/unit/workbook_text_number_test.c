/* SPDX-License-Identifier: MIT */
#include <check.h>

#include "tests/support/suite.h"
#include "workbook/text_number.h"

#define NBSP "\xc2\xa0"
#define NARROW "\xe2\x80\xaf"

struct number_case {
    const char *text, *value;
};

/* Each text is the number `value`, under a rule. */
static void check_converted(enum text_number_rule rule, const struct text_number_locale *locale,
                            const struct number_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct decimal value;
        enum text_number_verdict verdict =
            text_number_parse(span_of(cases[i].text), rule, locale, &value);
        ck_assert_msg(verdict == TEXT_NUMBER_CONVERTED, "%s: verdict %d", cases[i].text, verdict);
        char text[DECIMAL_TEXT_MAX + 1];
        text[decimal_format(value, text)] = '\0';
        ck_assert_msg(strcmp(text, cases[i].value) == 0, "\"%s\" is %s, not %s", cases[i].text,
                      text, cases[i].value);
    }
}

static void check_verdict(enum text_number_rule rule, const struct text_number_locale *locale,
                          enum text_number_verdict expected, const char *const *texts, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct decimal value = {77, 7};
        enum text_number_verdict verdict =
            text_number_parse(span_of(texts[i]), rule, locale, &value);
        ck_assert_msg(verdict == expected, "\"%s\": verdict %d, expected %d", texts[i], verdict,
                      expected);
        ck_assert(value.coefficient == 77 && value.exponent == 7);
    }
}

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

START_TEST(text_number_strict_converts_what_has_one_meaning)
{
    static const struct number_case cases[] = {
        {"0", "0"},
        {"-0", "0"},
        {"5", "5"},
        {"+5", "5"},
        {"-5", "-5"},
        {"\xe2\x88\x92"
         "5",
         "-5"},
        {"- 5", "-5"},
        {"1234", "1234"},
        {"1234.5", "1234.5"},
        {"12,50", "12.5"},
        {"1234.567", "1234.567"},
        {"1234,567", "1234.567"},
        {"0.125", "0.125"},
        {"0,125", "0.125"},
        {".5", "0.5"},
        {",5", "0.5"},
        {".125", "0.125"},
        {"-.5", "-0.5"},
        {"1.2345", "1.2345"},
        {"1.234,50", "1234.5"},
        {"1,234.50", "1234.5"},
        {"1,234.567", "1234.567"},
        {"1.234,567", "1234.567"},
        {"1,234,567", "1234567"},
        {"1.234.567", "1234567"},
        {"1,234,567.8", "1234567.8"},
        {"1.234.567,8", "1234567.8"},
        {"1 234", "1234"},
        {"1 234,5", "1234.5"},
        {"1 234.567", "1234.567"},
        {"1 234 567", "1234567"},
        {"1'234", "1234"},
        {"1'234'567.80", "1234567.8"},
        {"1\xe2\x80\x99"
         "234,5",
         "1234.5"},
        {"1" NBSP "234", "1234"},
        {"1" NARROW "234,50", "1234.5"},
        {"12" NBSP "345 678", "12345678"},
        {"123456789012345", "123456789012345"},
        {"0.123456789012345", "0.123456789012345"},
        {"1.50000000000000000000", "1.5"},
        {"0.00", "0"},
    };
    check_converted(TEXT_NUMBER_STRICT, NULL, cases, COUNT(cases));
}
END_TEST

START_TEST(text_number_strict_undresses_amounts)
{
    static const struct number_case cases[] = {
        {"(100)", "-100"},
        {"( 1,234.50 )", "-1234.5"},
        {"($5)", "-5"},
        {"$(5)", "-5"},
        {"(5) USD", "-5"},
        {"$16,766.56", "16766.56"},
        {"-$5", "-5"},
        {"$-5", "-5"},
        {"$ 5", "5"},
        {"5$", "5"},
        {"\xe2\x82\xac 1.234,50", "1234.5"},
        {"1.234,50 \xe2\x82\xac", "1234.5"},
        {"EUR 12,50", "12.5"},
        {"12.50CHF", "12.5"},
        {"R5", "5"},
        {"R 22 301,03", "22301.03"},
        {"R 762 786,76", "762786.76"},
        {"R$ 1.234,56", "1234.56"},
        {"US$5", "5"},
        {"100 kr", "100"},
        {"100 kr.", "100"},
        {"Fr. 12.50", "12.5"},
        {"12,50 z\xc5\x82", "12.5"},
        {"1 234,50 K\xc4\x8d", "1234.5"},
        {"\xc2\xa3"
         "9.99",
         "9.99"},
        {"\xe2\x82\xb9 100", "100"},
        {"12.5%", "0.125"},
        {"12,5 %", "0.125"},
        {"100%", "1"},
        {"-5%", "-0.05"},
        {"(5%)", "-0.05"},
        {"(5)%", "-0.05"},
        {"'12", "12"},
        {"' 12 ", "12"},
        {" 12\t", "12"},
        {"3731.31" NBSP, "3731.31"},
        {" 30037.11 ", "30037.11"},
        {NARROW "5", "5"},
    };
    check_converted(TEXT_NUMBER_STRICT, NULL, cases, COUNT(cases));
}
END_TEST

START_TEST(text_number_strict_converts_what_returns_really_hold)
{
    static const struct number_case cases[] = {
        {"8,707.08", "8707.08"},     {"215'204.54", "215204.54"},       {"495.101,47", "495101.47"},
        {"-45.190,58", "-45190.58"}, {"-658929.21" NBSP, "-658929.21"}, {"401951.60", "401951.6"},
        {"R 7 510,28", "7510.28"},
    };
    check_converted(TEXT_NUMBER_STRICT, NULL, cases, COUNT(cases));
}
END_TEST

START_TEST(text_number_strict_reports_two_meanings)
{
    static const char *const texts[] = {"1.234",  "1,234",   "12.345",  "123,456",
                                        "-1.234", "$1,234",  "(1.234)", "1,234 \xe2\x82\xac",
                                        "1.234%", " 1,234 ", "999.000"};
    check_verdict(TEXT_NUMBER_STRICT, NULL, TEXT_NUMBER_AMBIGUOUS, texts, COUNT(texts));
}
END_TEST

START_TEST(text_number_keeps_codes_as_text)
{
    static const char *const texts[] = {"007",
                                        "00",
                                        "0123.5",
                                        "01.234",
                                        "-007",
                                        "012,345.6",
                                        "0 123 456",
                                        "1234567890123456",
                                        "12345678901234567890",
                                        "0.1234567890123456",
                                        "1000000000000000000",
                                        "'007"};
    check_verdict(TEXT_NUMBER_STRICT, NULL, TEXT_NUMBER_KEPT, texts, COUNT(texts));
    check_verdict(TEXT_NUMBER_PLAIN, NULL, TEXT_NUMBER_KEPT,
                  (const char *const[]){"007", "1234567890123456"}, 2);
}
END_TEST

START_TEST(text_number_refuses_what_is_no_number)
{
    static const char *const texts[] = {
        "",
        " ",
        NBSP,
        "-",
        "+",
        "()",
        "%",
        "$",
        "R",
        "nan",
        "NaN",
        "inf",
        "-inf",
        "Infinity",
        "0x10",
        "1e5",
        "1E5",
        "1_000",
        "12-5",
        "100-",
        "-100-",
        "--5",
        "+-5",
        "-(5)",
        "(-5)",
        "(5",
        "5)",
        "((5))",
        "1,2,3",
        "1.2.3",
        "12,34,567",
        "1.23,5",
        "1,2345,678",
        "1,234.567,8",
        "1.234,567.8",
        "1,234 567",
        "1'234,567'8",
        "1234,567.8",
        "1 23",
        "12 34",
        "1  234",
        "1 2345",
        "5.",
        "5,",
        ".",
        ",",
        "1..5",
        ",.5",
        "1.,5",
        "5 5 5",
        "5%%",
        "%5",
        "$5$",
        "$$5",
        "$5 %",
        "5 USD EUR",
        "5 usd",
        "TOP 5",
        "USDEUR5",
        "TBC",
        "?",
        "nil",
        "N/A",
        "not received",
        "5 apples",
        "Q1",
        "2024-07-31",
        "31/07/2024",
        "12:30",
        "1/2",
        "#5",
        "=5",
        "5\n6",
        "\xff"
        "5",
        "5\xc2",
        "''5",
        "1\xc2\xb2",
        "\xd9\xa5",
    };
    for (size_t i = 0; i < COUNT(texts); i++) {
        check_verdict(TEXT_NUMBER_STRICT, NULL, TEXT_NUMBER_NOT, &texts[i], 1);
    }
    char many[100000];
    memset(many, '5', sizeof many);
    struct decimal value;
    ck_assert_int_eq(
        text_number_parse(span_make(many, sizeof many), TEXT_NUMBER_STRICT, NULL, &value),
        TEXT_NUMBER_NOT);
}
END_TEST

START_TEST(text_number_plain_knows_only_digits_and_a_point)
{
    static const struct number_case cases[] = {{"1234.50", "1234.5"},
                                               {" -5 ", "-5"},
                                               {"1.234", "1.234"},
                                               {NBSP "+7", "7"},
                                               {".5", "0.5"},
                                               {"\xe2\x88\x92"
                                                "2",
                                                "-2"}};
    check_converted(TEXT_NUMBER_PLAIN, NULL, cases, COUNT(cases));
    static const char *const texts[] = {"1,5", "1,234.5", "1 234", "1'234", "$5", "5%",
                                        "(5)", "'5",      "5.",    "1.2.3", "1e5"};
    check_verdict(TEXT_NUMBER_PLAIN, NULL, TEXT_NUMBER_NOT, texts, COUNT(texts));
}
END_TEST

START_TEST(text_number_off_converts_nothing)
{
    static const char *const texts[] = {"5", "1.5", "(5)"};
    check_verdict(TEXT_NUMBER_OFF, NULL, TEXT_NUMBER_NOT, texts, COUNT(texts));
}
END_TEST

static struct text_number_locale find(const char *name)
{
    struct text_number_locale locale;
    ck_assert_msg(text_number_locale_find(span_of(name), &locale), "unknown: %s", name);
    return locale;
}

START_TEST(text_number_locale_decides_what_is_ambiguous)
{
    struct text_number_locale de = find("de"), en = find("en_US.UTF-8"), swiss = find("de-CH"),
                              fr = find("fr_FR");
    static const struct number_case german[] = {
        {"1.234", "1234"},    {"1,234", "1.234"},    {"12.345.678,9", "12345678.9"},
        {"1234,5", "1234.5"}, {"1 234,5", "1234.5"}, {"7%", "0.07"}};
    check_converted(TEXT_NUMBER_LOCALE, &de, german, COUNT(german));
    static const char *const not_german[] = {"12.50", "1,234.5", "1234.5", "1,234,567"};
    check_verdict(TEXT_NUMBER_LOCALE, &de, TEXT_NUMBER_NOT, not_german, COUNT(not_german));
    static const struct number_case english[] = {
        {"1,234", "1234"}, {"1.234", "1.234"}, {"(1,234.5)", "-1234.5"}, {"$1,234", "1234"}};
    check_converted(TEXT_NUMBER_LOCALE, &en, english, COUNT(english));
    static const struct number_case of_switzerland[] = {{"1'234.50", "1234.5"},
                                                        {"1\xe2\x80\x99"
                                                         "234",
                                                         "1234"},
                                                        {"1.234", "1.234"}};
    check_converted(TEXT_NUMBER_LOCALE, &swiss, of_switzerland, COUNT(of_switzerland));
    check_verdict(TEXT_NUMBER_LOCALE, &swiss, TEXT_NUMBER_NOT,
                  (const char *const[]){"1,234", "1,5"}, 2);
    static const struct number_case french[] = {{"1" NARROW "234,5", "1234.5"}, {"1,234", "1.234"}};
    check_converted(TEXT_NUMBER_LOCALE, &fr, french, COUNT(french));
    check_verdict(TEXT_NUMBER_LOCALE, &fr, TEXT_NUMBER_NOT, (const char *const[]){"1.234", "1.5"},
                  2);
    check_verdict(TEXT_NUMBER_LOCALE, &de, TEXT_NUMBER_KEPT,
                  (const char *const[]){"007", "0.123.456", "0.125"}, 3);
}
END_TEST

START_TEST(text_number_locale_is_found_by_language_and_region)
{
    ck_assert_int_eq(find("de").decimal, ',');
    ck_assert_int_eq(find("DE_ch").decimal, '.');
    ck_assert_int_eq(find("es-ES").decimal, ',');
    ck_assert_int_eq(find("es-MX").decimal, '.');
    ck_assert_int_eq(find("en-ZA").decimal, ',');
    ck_assert_int_eq(find("pt_BR@euro").decimal, ',');
    struct text_number_locale locale;
    static const char *const unknown[] = {"",       "C",     "POSIX",      "xx", "-", "d",
                                          "german", "de CH", "de-CH-1996", "  ", "e", "1"};
    for (size_t i = 0; i < COUNT(unknown); i++) {
        ck_assert_msg(!text_number_locale_find(span_of(unknown[i]), &locale), "known: %s",
                      unknown[i]);
    }
}
END_TEST

SUITE(workbook_text_number, text_number_strict_converts_what_has_one_meaning,
      text_number_strict_undresses_amounts, text_number_strict_converts_what_returns_really_hold,
      text_number_strict_reports_two_meanings, text_number_keeps_codes_as_text,
      text_number_refuses_what_is_no_number, text_number_plain_knows_only_digits_and_a_point,
      text_number_off_converts_nothing, text_number_locale_decides_what_is_ambiguous,
      text_number_locale_is_found_by_language_and_region)

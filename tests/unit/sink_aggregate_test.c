/* SPDX-License-Identifier: MIT */
#include "sink/aggregate.h"

#include "core/utf8.h"
#include "tests/support/suite.h"

static struct aggregate *a;

static void begin(enum function function)
{
    if (!a)
        a = aggregate_new();
    aggregate_begin(a, function, 0);
}

static struct partial_value value(enum value_kind kind, const char *number)
{
    struct partial_value v = {.kind = (uint8_t)kind, .flags = VALUE_USED};
    ck_assert_int_eq(decimal_parse(span_of(number), DECIMAL_15, &v.number), FAULT_NONE);
    return v;
}

static bool add(enum value_kind kind, const char *number)
{
    struct partial_value v = value(kind, number);
    return aggregate_add(a, &v, (struct span){"", 0}, NULL);
}

static bool add_text(const char *text)
{
    struct partial_value v = {.kind = VALUE_TEXT, .flags = VALUE_USED};
    return aggregate_add(a, &v, span_of(text), NULL);
}

static bool add_error(const char *text)
{
    struct partial_value v = {.kind = VALUE_ERROR, .flags = VALUE_USED};
    return aggregate_add(a, &v, span_of(text), NULL);
}

static struct result over(enum function function, const char *const *numbers, size_t n)
{
    begin(function);
    for (size_t i = 0; i < n; i++)
        ck_assert(add(VALUE_NUMBER, numbers[i]));
    return aggregate_end(a);
}
#define OVER(function, ...) over(function, (const char *[]){__VA_ARGS__}, sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *))

START_TEST(a_sum_is_the_exact_decimal_sum)
{
    struct result r = OVER(FUNCTION_SUM, "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1", "0.1");
    ck_assert_int_eq(r.kind, RESULT_NUMBER);
    ck_assert(r.number == 1.0);
    ck_assert_uint_eq(r.n, 10);
    ck_assert(OVER(FUNCTION_SUM, "1e15", "0.1", "-1e15").number == 0.1);
}
END_TEST

START_TEST(no_contributor_gives_no_result)
{
    for (int f = 0; f < FUNCTIONS; f++) {
        begin((enum function)f);
        struct result r = aggregate_end(a);
        ck_assert_int_eq(r.kind, RESULT_NONE);
        ck_assert_uint_eq(r.n, 0);
    }
}
END_TEST

START_TEST(every_function_of_numbers_gives_its_value)
{
    ck_assert(OVER(FUNCTION_COUNT, "3", "0", "5").number == 3);
    ck_assert(OVER(FUNCTION_COUNTA, "3", "0", "5").number == 3);
    ck_assert(OVER(FUNCTION_AVERAGE, "1", "2", "6").number == 3);
    ck_assert(OVER(FUNCTION_MAX, "-3", "-1", "-2").number == -1);
    ck_assert(OVER(FUNCTION_MIN, "-1", "-3", "-2").number == -3);
    ck_assert(OVER(FUNCTION_PRODUCT, "0.1", "3", "-2").number == -0.6);
    ck_assert(OVER(FUNCTION_VARP, "2", "4", "4", "4", "5", "5", "7", "9").number == 4);
    ck_assert(OVER(FUNCTION_STDEVP, "2", "4", "4", "4", "5", "5", "7", "9").number == 2);
    ck_assert(OVER(FUNCTION_VAR, "1", "2", "3", "4").number == 5.0 / 3);
    ck_assert(OVER(FUNCTION_STDEV, "10", "10", "10").number == 0);
    ck_assert(OVER(FUNCTION_MEDIAN, "9", "1", "5").number == 5);
    ck_assert(OVER(FUNCTION_MEDIAN, "9", "1", "0.1", "0.2").number == 0.6);
    ck_assert(OVER(FUNCTION_FIRST, "9", "1", "5").number == 9);
    ck_assert(OVER(FUNCTION_LAST, "9", "1", "5").number == 5);
    ck_assert(OVER(FUNCTION_SAME, "5", "5.0", "5").number == 5);
}
END_TEST

START_TEST(average_divides_by_all_sources_when_told)
{
    begin(FUNCTION_AVERAGE);
    aggregate_begin(a, FUNCTION_AVERAGE, 8);
    ck_assert(add(VALUE_NUMBER, "1"));
    ck_assert(add(VALUE_CONVERTED, "3"));
    struct result r = aggregate_end(a);
    ck_assert(r.number == 0.5);
    ck_assert_uint_eq(r.n, 2);
}
END_TEST

START_TEST(a_sample_deviation_of_one_value_is_no_number)
{
    struct result r = OVER(FUNCTION_STDEV, "5");
    ck_assert_int_eq(r.kind, RESULT_ERROR);
    ck_assert(span_is(r.text, "#DIV/0!"));
    ck_assert(r.has_issue && r.issue == ISSUE_RESULT_UNDEFINED);
    ck_assert(OVER(FUNCTION_VARP, "5").number == 0);
}
END_TEST

START_TEST(overflow_is_an_error_value_and_an_issue)
{
    struct result r = OVER(FUNCTION_SUM, "1.7e308", "1.7e308");
    ck_assert_int_eq(r.kind, RESULT_ERROR);
    ck_assert(span_is(r.text, "#NUM!"));
    ck_assert(r.has_issue && r.issue == ISSUE_RESULT_OVERFLOW);
    r = OVER(FUNCTION_PRODUCT, "1e200", "1e200");
    ck_assert(r.kind == RESULT_ERROR && r.issue == ISSUE_RESULT_OVERFLOW);
    ck_assert(OVER(FUNCTION_PRODUCT, "1e200", "1e200", "1e-300").number == 1e100);
}
END_TEST

START_TEST(sums_and_averages_refuse_dates_and_booleans_and_text)
{
    begin(FUNCTION_SUM);
    ck_assert(!add(VALUE_DATE, "45000"));
    ck_assert(!add(VALUE_BOOLEAN, "1"));
    ck_assert(!add_text("5"));
    ck_assert(add(VALUE_NUMBER, "2"));
    struct result r = aggregate_end(a);
    ck_assert(r.number == 2);
    ck_assert_uint_eq(r.n, 1);
}
END_TEST

START_TEST(dates_work_in_max_and_stay_dates)
{
    begin(FUNCTION_MAX);
    ck_assert(add(VALUE_DATE, "45000"));
    ck_assert(add(VALUE_DATE, "45001.5"));
    struct result r = aggregate_end(a);
    ck_assert_int_eq(r.kind, RESULT_DATE);
    ck_assert(r.number == 45001.5);
    begin(FUNCTION_COUNT);
    ck_assert(add(VALUE_DATE, "45000"));
    ck_assert(aggregate_end(a).kind == RESULT_NUMBER);
}
END_TEST

START_TEST(durations_add_up_and_stay_durations)
{
    begin(FUNCTION_SUM);
    ck_assert(add(VALUE_DURATION, "0.5"));
    ck_assert(add(VALUE_DURATION, "1.25"));
    struct result r = aggregate_end(a);
    ck_assert_int_eq(r.kind, RESULT_DURATION);
    ck_assert(r.number == 1.75);
    begin(FUNCTION_SUM);
    ck_assert(add(VALUE_DURATION, "0.5"));
    ck_assert(add(VALUE_NUMBER, "1"));
    ck_assert_int_eq(aggregate_end(a).kind, RESULT_NUMBER);
    begin(FUNCTION_VARP);
    ck_assert(add(VALUE_DURATION, "1"));
    ck_assert(add(VALUE_DURATION, "3"));
    ck_assert_int_eq(aggregate_end(a).kind, RESULT_NUMBER);
    begin(FUNCTION_STDEVP);
    ck_assert(add(VALUE_DURATION, "1"));
    ck_assert(add(VALUE_DURATION, "3"));
    ck_assert_int_eq(aggregate_end(a).kind, RESULT_DURATION);
}
END_TEST

START_TEST(a_propagated_error_is_the_first_in_source_order)
{
    begin(FUNCTION_SUM);
    ck_assert(add(VALUE_NUMBER, "1"));
    ck_assert(add_error("#N/A"));
    ck_assert(add_error("#REF!"));
    struct result r = aggregate_end(a);
    ck_assert_int_eq(r.kind, RESULT_ERROR);
    ck_assert(span_is(r.text, "#N/A"));
    ck_assert_uint_eq(r.n, 3);
    begin(FUNCTION_COUNT);
    ck_assert(!add_error("#N/A"));
    begin(FUNCTION_COUNTA);
    ck_assert(add_error("#N/A"));
    ck_assert(aggregate_end(a).number == 1);
    begin(FUNCTION_LAST);
    ck_assert(add_error("#N/A"));
    ck_assert(add(VALUE_NUMBER, "4"));
    ck_assert(aggregate_end(a).number == 4);
}
END_TEST

START_TEST(same_gives_the_value_or_an_issue)
{
    begin(FUNCTION_SAME);
    ck_assert(add_text("Bern "));
    ck_assert(add_text("Bern"));
    struct result r = aggregate_end(a);
    ck_assert_int_eq(r.kind, RESULT_TEXT);
    ck_assert(span_is(r.text, "Bern "));
    begin(FUNCTION_SAME);
    ck_assert(add_text("5"));
    ck_assert(add(VALUE_NUMBER, "5"));
    r = aggregate_end(a);
    ck_assert_int_eq(r.kind, RESULT_NONE);
    ck_assert(r.has_issue && r.issue == ISSUE_RESULT_NOT_SAME);
    ck_assert_uint_eq(r.n, 2);
    begin(FUNCTION_SAME);
    ck_assert(add(VALUE_NUMBER, "5"));
    ck_assert(add(VALUE_CONVERTED, "5"));
    ck_assert(aggregate_end(a).number == 5);
}
END_TEST

START_TEST(join_shows_every_kind_in_source_order)
{
    begin(FUNCTION_JOIN);
    ck_assert(add_text("=1+1"));
    ck_assert(add(VALUE_NUMBER, "1.50"));
    ck_assert(add(VALUE_BOOLEAN, "1"));
    ck_assert(add(VALUE_DATE, "45000"));
    ck_assert(add(VALUE_DURATION, "1.5"));
    struct result r = aggregate_end(a);
    ck_assert_int_eq(r.kind, RESULT_TEXT);
    ck_assert_msg(span_is(r.text, "=1+1; 1.5; TRUE; 2023-03-15; 36:00:00"), "%.*s", SPAN_ARGS(r.text));
}
END_TEST

START_TEST(join_is_cut_at_the_limit_of_a_cell_between_characters)
{
    char text[1001];
    for (int i = 0; i < 1000; i += 4)
        memcpy(text + i, "\xF0\x9F\x98\x80", 4); /* two UTF-16 units */
    text[1000] = '\0';
    begin(FUNCTION_JOIN);
    for (int i = 0; i < 100; i++)
        ck_assert(add_text(text));
    struct result r = aggregate_end(a);
    ck_assert(r.has_issue && r.issue == ISSUE_RESULT_TEXT_CUT);
    ck_assert(utf8_valid(r.text));
    size_t units = utf16_units(r.text);
    ck_assert(units == CELL_TEXT_UNITS || units == CELL_TEXT_UNITS - 1);
    ck_assert_uint_eq(r.n, 100);
}
END_TEST

START_TEST(a_weighted_average_leaves_out_values_without_a_weight)
{
    struct decimal two = decimal_from_int(2), six = decimal_from_int(6);
    struct partial_value x = value(VALUE_NUMBER, "10"), y = value(VALUE_NUMBER, "20");
    begin(FUNCTION_WAVG);
    ck_assert(aggregate_add(a, &x, SPAN(""), &two));
    ck_assert(aggregate_add(a, &y, SPAN(""), &six));
    ck_assert(!aggregate_add(a, &y, SPAN(""), NULL));
    struct result r = aggregate_end(a);
    ck_assert(r.number == 17.5);
    ck_assert_uint_eq(r.n, 2);
    struct decimal zero = decimal_from_int(0);
    begin(FUNCTION_WAVG);
    ck_assert(aggregate_add(a, &x, SPAN(""), &zero));
    r = aggregate_end(a);
    ck_assert(r.kind == RESULT_ERROR && r.issue == ISSUE_RESULT_UNDEFINED);
}
END_TEST

START_TEST(a_result_does_not_remember_the_cell_before)
{
    OVER(FUNCTION_MEDIAN, "100", "200", "300");
    ck_assert(OVER(FUNCTION_MEDIAN, "1").number == 1);
    OVER(FUNCTION_PRODUCT, "7", "7");
    ck_assert(OVER(FUNCTION_PRODUCT, "2").number == 2);
    OVER(FUNCTION_STDEVP, "1", "100");
    ck_assert(OVER(FUNCTION_STDEVP, "3", "3").number == 0);
    begin(FUNCTION_SUM);
    ck_assert(add_error("#N/A"));
    aggregate_end(a);
    ck_assert(OVER(FUNCTION_SUM, "1", "2").number == 3);
}
END_TEST

SUITE(sink_aggregate, a_sum_is_the_exact_decimal_sum, no_contributor_gives_no_result,
      every_function_of_numbers_gives_its_value, average_divides_by_all_sources_when_told,
      a_sample_deviation_of_one_value_is_no_number, overflow_is_an_error_value_and_an_issue,
      sums_and_averages_refuse_dates_and_booleans_and_text, dates_work_in_max_and_stay_dates,
      durations_add_up_and_stay_durations, a_propagated_error_is_the_first_in_source_order,
      same_gives_the_value_or_an_issue, join_shows_every_kind_in_source_order,
      join_is_cut_at_the_limit_of_a_cell_between_characters, a_weighted_average_leaves_out_values_without_a_weight,
      a_result_does_not_remember_the_cell_before)

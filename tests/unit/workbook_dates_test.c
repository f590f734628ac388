/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <math.h>

#include "tests/support/suite.h"
#include "workbook/dates.h"

static void check_serial(double serial, bool is_1904, const char *expected)
{
    struct date_time date;
    ck_assert_msg(date_from_serial(serial, is_1904, &date), "refused: %.17g", serial);
    char text[41];
    text[date_to_iso(date, true, text)] = '\0';
    ck_assert_str_eq(text, expected);
}

static double parse(const char *text, bool is_1904)
{
    double serial = NAN;
    ck_assert_msg(date_from_iso(span_of(text), is_1904, &serial), "refused: %s", text);
    return serial;
}

START_TEST(dates_of_the_1900_system_have_the_day_that_never_was)
{
    check_serial(1, false, "1900-01-01T00:00:00");
    check_serial(59, false, "1900-02-28T00:00:00");
    check_serial(60, false, "1900-02-29T00:00:00");
    check_serial(61, false, "1900-03-01T00:00:00");
    check_serial(36526, false, "2000-01-01T00:00:00");
    check_serial(36585, false, "2000-02-29T00:00:00");
    check_serial(45504.520833333336, false, "2024-07-31T12:30:00");
    check_serial(2958465, false, "9999-12-31T00:00:00");
    check_serial(2958465.99998, false, "9999-12-31T23:59:58.272");
    check_serial(0.5, false, "12:00:00");
    check_serial(0, false, "00:00:00");
}
END_TEST

START_TEST(dates_of_the_1904_system_are_1462_days_later)
{
    check_serial(0, true, "1904-01-01T00:00:00");
    check_serial(45504 - 1462, true, "2024-07-31T00:00:00");
    struct date_time a, b;
    for (int serial = 0; serial < 2957003; serial += 997) {
        ck_assert(date_from_serial(serial, true, &a));
        ck_assert(date_from_serial(serial + DATE_1904_SHIFT, false, &b));
        ck_assert(a.year == b.year && a.month == b.month && a.day == b.day);
    }
}
END_TEST

START_TEST(dates_out_of_range_are_refused)
{
    struct date_time date;
    ck_assert(!date_from_serial(-0.0001, false, &date));
    ck_assert(!date_from_serial(-1, true, &date));
    ck_assert(!date_from_serial(2958466, false, &date));
    ck_assert(
        !date_from_serial(2958465.9999999999, false, &date)); /* would round to the year 10000 */
    ck_assert(!date_from_serial(2958466 - 1462, true, &date));
    ck_assert(!date_from_serial(1e300, false, &date));
    ck_assert(!date_from_serial(NAN, false, &date));
    ck_assert(!date_from_serial(INFINITY, false, &date));
}
END_TEST

START_TEST(dates_of_every_serial_lead_back_to_it)
{
    struct date_time date, before = {0};
    for (int serial = 1; serial < 2958466; serial += serial < 100 ? 1 : 1 + serial % 3) {
        ck_assert(date_from_serial(serial, false, &date));
        ck_assert_int_eq((int)date_to_serial(date, false), serial);
        ck_assert(
            date.year > before.year ||
            (date.year == before.year &&
             (date.month > before.month || (date.month == before.month && date.day > before.day))));
        before = date;
    }
    ck_assert(date_to_serial((struct date_time){2024, 7, 31, 12, 30, 0, 0}, false) ==
              45504.520833333336);
    ck_assert(date_to_serial((struct date_time){1904, 1, 1, 12, 0, 0, 0}, true) == 0.5);
}
END_TEST

START_TEST(dates_round_to_the_millisecond_and_carry)
{
    check_serial(45504.999999999, false, "2024-08-01T00:00:00");
    check_serial(45504.00001, false, "2024-07-31T00:00:00.864");
    check_serial(59.999999999999, false, "1900-02-29T00:00:00");
}
END_TEST

START_TEST(dates_in_iso_form_become_serials)
{
    ck_assert(parse("2024-07-31", false) == 45504);
    ck_assert(parse("2024-07-31T12:30:00", false) == 45504.520833333336);
    ck_assert(parse("2024-07-31T12:30:00Z", false) == 45504.520833333336);
    ck_assert(parse(" 2024-07-31T12:30 ", false) == 45504.520833333336);
    ck_assert(parse("2024-07-31T00:00:00.5", false) == 45504 + 0.5 / 86400);
    ck_assert(parse("2024-07-31T00:00:00.123456789", false) == 45504 + 0.123456 / 86400);
    ck_assert(parse("12:30:00", false) == 12.5 / 24);
    ck_assert(parse("12:30:00", true) == 12.5 / 24);
    ck_assert(parse("1904-01-01", true) == 0);
    ck_assert(parse("1900-02-28", false) == 59);
    ck_assert(parse("1900-02-29", false) == 60);
    ck_assert(parse("1900-03-01", false) == 61);
    ck_assert(parse("9999-12-31", false) == 2958465);
}
END_TEST

START_TEST(dates_in_other_forms_are_refused)
{
    static const char *const bad[] = {"",
                                      "2024",
                                      "2024-7-31",
                                      "2024-07-32",
                                      "2024-13-01",
                                      "2024-00-01",
                                      "2024-01-00",
                                      "2023-02-29",
                                      "2100-02-29",
                                      "2024-07-31T",
                                      "2024-07-31T12",
                                      "2024-07-31T24:00:00",
                                      "2024-07-31T12:60:00",
                                      "2024-07-31T12:30:60",
                                      "2024-07-31T12:30:00.",
                                      "12:30:00x",
                                      "2024-07-31T12:30:00+02:00",
                                      "1899-12-30",
                                      "31.07.2024",
                                      "2024-07-31 12:30:00",
                                      ":",
                                      "12:",
                                      "2024-07-31Z"};
    double serial;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_msg(!date_from_iso(span_of(bad[i]), false, &serial), "taken: %s", bad[i]);
    ck_assert(!date_from_iso(SPAN("1903-12-31"), true, &serial));
}
END_TEST

START_TEST(durations_of_strict_workbooks_are_fractions_of_a_day)
{
    ck_assert_double_eq(parse("PT0H11M0.000S", false), 11.0 / 1440);
    ck_assert_double_eq(parse("PT24H0M0.000S", true), 1);
    ck_assert_double_eq(parse("P2DT12H", false), 2.5);
    ck_assert_double_eq(parse("-PT6H", false), -0.25);
    static const char *const bad[] = {"P", "PT", "PT1", "P1H", "PT1D", "PT1M1H", "PT1.2.3S", "PTH", "1H"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double serial;
        ck_assert_msg(!date_from_iso(span_of(bad[i]), false, &serial), "taken: %s", bad[i]);
    }
}
END_TEST

START_TEST(strict_dates_have_no_day_that_never_was)
{
    static const struct {
        const char *text;
        double serial;
    } cases[] = {{"1899-12-31", 1}, {"1900-01-01", 2}, {"1900-02-28", 60}, {"1900-03-01", 61}, {"2009-06-15", 39979},
                 {"12:00:00", 0.5}, {"PT6H", 0.25}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        double serial = NAN;
        ck_assert(date_from_iso_strict(span_of(cases[i].text), &serial));
        ck_assert_double_eq(serial, cases[i].serial);
    }
}
END_TEST

SUITE(workbook_dates, dates_of_the_1900_system_have_the_day_that_never_was,
      dates_of_the_1904_system_are_1462_days_later, dates_out_of_range_are_refused,
      dates_of_every_serial_lead_back_to_it, dates_round_to_the_millisecond_and_carry,
      dates_in_iso_form_become_serials, dates_in_other_forms_are_refused, durations_of_strict_workbooks_are_fractions_of_a_day,
      strict_dates_have_no_day_that_never_was)

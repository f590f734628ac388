/* SPDX-License-Identifier: MIT
 *
 * Serials to civil dates and back. Days are counted from 1 March 0000 in the proleptic Gregorian
 * calendar (the leap day then ends the year, which makes months a linear formula); the phantom day
 * of 1900 is put in where serials are made and read.
 */
#include "workbook/dates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/number.h"

#define EPOCH_1900 693900  /* days of 1899-12-31: serial 0 */
#define PHANTOM 60         /* serial of 29 February 1900 */
#define SERIAL_END 2958466 /* 10000-01-01 */
#define DAY_MS 86400000

/* Days since 0000-03-01. Years from 0 on. */
static int32_t days_from_civil(int32_t year, int32_t month, int32_t day)
{
    int32_t y = month <= 2 ? year - 1 : year, m = month <= 2 ? month + 9 : month - 3;
    return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
}

static void civil_from_days(int32_t days, struct date_time *ret)
{
    int32_t era = days / 146097, of_era = days % 146097;
    int32_t year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    int32_t of_year = of_era - (365 * year + year / 4 - year / 100);
    int32_t month = (5 * of_year + 2) / 153;
    ret->day = (uint8_t)(of_year - (153 * month + 2) / 5 + 1);
    ret->month = (uint8_t)(month < 10 ? month + 3 : month - 9);
    ret->year = era * 400 + year + (ret->month <= 2);
}

static bool is_leap(int32_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static uint8_t days_of_month(int32_t year, uint8_t month)
{
    static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return (uint8_t)(days[month - 1] + (month == 2 && is_leap(year)));
}

static void set_day(int32_t serial, struct date_time *ret)
{
    if (serial == 0)
        *ret = (struct date_time){.year = 1900, .month = 1, .day = 0};
    else if (serial == PHANTOM)
        *ret = (struct date_time){.year = 1900, .month = 2, .day = 29};
    else
        civil_from_days(EPOCH_1900 + serial - (serial > PHANTOM), ret);
}

bool date_from_serial(double serial, bool is_1904, struct date_time *ret)
{
    if (is_1904)
        serial += DATE_1904_SHIFT;
    if (!(serial >= (is_1904 ? DATE_1904_SHIFT : 0) && serial < SERIAL_END))
        return false;
    double day = floor(serial);
    int64_t ms = llround((serial - day) * DAY_MS);
    if (ms == DAY_MS) {
        day++;
        ms = 0;
    }
    if (day >= SERIAL_END)
        return false;
    struct date_time date = {0};
    set_day((int32_t)day, &date);
    date.hour = (uint8_t)(ms / 3600000);
    date.minute = (uint8_t)(ms / 60000 % 60);
    date.second = (uint8_t)(ms / 1000 % 60);
    date.microsecond = (uint32_t)(ms % 1000 * 1000);
    *ret = date;
    return true;
}

static int32_t serial_of_day(const struct date_time *date)
{
    if (date->year == 1900 && date->month == 2 && date->day == 29)
        return PHANTOM;
    int32_t serial = days_from_civil(date->year, date->month, date->day) - EPOCH_1900;
    return serial + (serial >= PHANTOM);
}

double date_to_serial(struct date_time date, bool is_1904)
{
    double seconds = date.hour * 3600.0 + date.minute * 60.0 + date.second;
    double fraction = (seconds * 1e6 + date.microsecond) / 86400e6;
    return serial_of_day(&date) - (is_1904 ? DATE_1904_SHIFT : 0) + fraction;
}

/* --- ISO 8601, the forms of t="d"
 * -------------------------------------------------------------------- */

/* Exactly `n` digits at the front, taken off `text`. */
static bool take_number(struct span *text, size_t n, uint32_t *ret)
{
    if (text->len < n)
        return false;
    uint32_t value = 0;
    for (size_t i = 0; i < n; i++) {
        if (text->data[i] < '0' || text->data[i] > '9')
            return false;
        value = value * 10 + (uint32_t)(text->data[i] - '0');
    }
    *text = span_from(*text, n);
    *ret = value;
    return true;
}

static bool take_char(struct span *text, char c)
{
    if (!text->len || text->data[0] != c)
        return false;
    *text = span_from(*text, 1);
    return true;
}

static bool take_date(struct span *text, struct date_time *date)
{
    uint32_t year, month, day;
    if (!take_number(text, 4, &year) || !take_char(text, '-') || !take_number(text, 2, &month) ||
        !take_char(text, '-') || !take_number(text, 2, &day))
        return false;
    if (month < 1 || month > 12 || day < 1)
        return false;
    bool is_phantom = year == 1900 && month == 2 && day == 29;
    if (!is_phantom && day > days_of_month((int32_t)year, (uint8_t)month))
        return false;
    date->year = (int32_t)year;
    date->month = (uint8_t)month;
    date->day = (uint8_t)day;
    return true;
}

/* Any number of digits, the first six count. */
static bool take_fraction(struct span *text, uint32_t *ret_microsecond)
{
    uint32_t value = 0, weight = 100000, digit;
    if (!text->len)
        return false;
    size_t before = text->len;
    while (take_number(text, 1, &digit)) {
        value += digit * weight;
        weight /= 10;
    }
    *ret_microsecond = value;
    return text->len < before;
}

static bool take_time(struct span *text, struct date_time *date)
{
    uint32_t hour, minute, second = 0, microsecond = 0;
    if (!take_number(text, 2, &hour) || !take_char(text, ':') || !take_number(text, 2, &minute))
        return false;
    if (take_char(text, ':')) {
        if (!take_number(text, 2, &second))
            return false;
        if (take_char(text, '.') && !take_fraction(text, &microsecond))
            return false;
    }
    if (hour > 23 || minute > 59 || second > 59)
        return false;
    date->hour = (uint8_t)hour;
    date->minute = (uint8_t)minute;
    date->second = (uint8_t)second;
    date->microsecond = microsecond;
    take_char(text, 'Z');
    return true;
}

/* Digits of any number, with a fraction where seconds allow it. */
static bool take_amount(struct span *text, double *ret)
{
    size_t n = 0;
    while (n < text->len && ((text->data[n] >= '0' && text->data[n] <= '9') || text->data[n] == '.'))
        n++;
    bool is_number = n > 0 && number_parse(span_make(text->data, n), ret) == FAULT_NONE;
    *text = span_from(*text, n);
    return is_number;
}

/* "P1DT11H3M0.5S", what Excel writes into Strict workbooks for formats such as [h]:mm; in days. */
static bool take_duration(struct span text, double *ret_days)
{
    static const char units[] = "DHMS";
    static const double seconds[] = {86400, 3600, 60, 1};
    double total = 0, amount;
    size_t next = 0;
    bool has_time = false, is_negative = take_char(&text, '-'), has_any = false;
    if (!take_char(&text, 'P'))
        return false;
    while (text.len) {
        if (!has_time && take_char(&text, 'T')) {
            has_time = true;
            next = next ? next : 1;
            continue;
        }
        if (!take_amount(&text, &amount) || !text.len)
            return false;
        const char *unit = memchr(units + next, text.data[0], sizeof units - 1 - next);
        if (!unit || (*unit == 'D') == has_time)
            return false;
        next = (size_t)(unit - units) + 1;
        total += amount * seconds[next - 1];
        text = span_from(text, 1);
        has_any = true;
    }
    *ret_days = (is_negative ? -total : total) / 86400;
    return has_any;
}

bool date_from_iso_strict(struct span text, double *ret_serial)
{
    double serial;
    if (!date_from_iso(text, false, &serial))
        return false;
    text = span_trim_ascii(text);
    bool is_date = text.len > 4 && text.data[4] == '-';
    *ret_serial = is_date && serial < PHANTOM ? serial + 1 : serial;
    return true;
}

bool date_from_iso(struct span text, bool is_1904, double *ret_serial)
{
    struct date_time date = {
        .year = 1899, .month = 12, .day = 31}; /* serial 0: a time of day alone */
    text = span_trim_ascii(text);
    if (take_duration(text, ret_serial))
        return true;
    bool is_time_only = text.len > 2 && text.data[2] == ':';
    if (!is_time_only && !take_date(&text, &date))
        return false;
    bool has_time = is_time_only || take_char(&text, 'T');
    if ((has_time && !take_time(&text, &date)) || text.len)
        return false;
    /* Below one day both systems agree. */
    double serial = date_to_serial(date, is_1904 && !is_time_only);
    if (serial < 0)
        return false;
    *ret_serial = serial;
    return true;
}

size_t date_to_iso(struct date_time date, bool with_time, char out[40])
{
    int n = 0;
    if (date.day != 0)
        n = snprintf(out, 40, "%04d-%02u-%02u%s", (int)date.year, date.month, date.day,
                     with_time ? "T" : "");
    if (with_time || date.day == 0)
        n += snprintf(out + n, 40 - (size_t)n, "%02u:%02u:%02u", date.hour, date.minute,
                      date.second);
    if ((with_time || date.day == 0) && date.microsecond) {
        n += snprintf(out + n, 40 - (size_t)n, ".%06u", (unsigned)date.microsecond);
        while (out[n - 1] == '0')
            n--;
    }
    return (size_t)n;
}

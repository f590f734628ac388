/* SPDX-License-Identifier: MIT
 *
 * Sections of dates, times and elapsed time. A section that shows time is rounded to the unit that
 * it can show (seconds, or their decimals), and the carry goes up to the day; a date alone is never
 * rounded up.
 */
#include <math.h>
#include <stdio.h>

#include "workbook/dates.h"
#include "workbook/number_format_code.h"

#define SUBSECOND_DIGITS 3
#define SERIAL_END 2958466
#define TOO_WIDE "########" /* what Excel shows for a date that is none */

static const char *const months[] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                   "Thursday", "Friday", "Saturday"};

/* A value, taken apart as its section needs it. */
struct moment {
    struct date_time date;
    unsigned weekday;   /* 0 Sunday, as Excel counts: 1 January 1900 is one */
    int64_t seconds;    /* since serial 0, for elapsed time */
    unsigned subsecond; /* in units of the section */
    unsigned digits;    /* of subsecond */
    bool is_twelve_hours;
};

struct needs {
    unsigned digits;
    bool has_time, has_am_pm;
};

static struct needs look_over(const struct format_section *section)
{
    struct needs needs = {0};
    for (size_t i = 0; i < section->n; i++) {
        const struct format_token *token = &section->tokens[i];
        if (token->kind == FORMAT_TOKEN_SUBSECOND && token->count > needs.digits)
            needs.digits = token->count < SUBSECOND_DIGITS ? token->count : SUBSECOND_DIGITS;
        needs.has_am_pm |= token->kind == FORMAT_TOKEN_AM_PM;
        needs.has_time |= token->kind == FORMAT_TOKEN_ELAPSED ||
                          (token->kind == FORMAT_TOKEN_DATE && strchr("hMs", token->letter));
    }
    needs.has_time |= needs.has_am_pm;
    return needs;
}

static bool split(double value, bool is_1904, const struct needs *needs, struct moment *ret)
{
    static const int64_t units[] = {1, 10, 100, 1000};
    if (!(value >= 0 && value < SERIAL_END))
        return false;
    int64_t unit = units[needs->digits];
    double day = floor(value);
    int64_t ticks = llround((value - day) * 86400 * (double)unit);
    if (!needs->has_time)
        ticks = 0;
    int64_t total = (int64_t)day * 86400 * unit + ticks;
    double serial = (double)(total / (86400 * unit));
    *ret = (struct moment){.seconds = total / unit,
                           .subsecond = (unsigned)(total % unit),
                           .digits = needs->digits,
                           .is_twelve_hours = needs->has_am_pm};
    if (!date_from_serial(serial, is_1904, &ret->date))
        return false;
    int64_t of_day = ret->seconds % 86400;
    ret->date.hour = (uint8_t)(of_day / 3600);
    ret->date.minute = (uint8_t)(of_day / 60 % 60);
    ret->date.second = (uint8_t)(of_day % 60);
    ret->weekday = (unsigned)(((int64_t)serial + (is_1904 ? DATE_1904_SHIFT : 0) + 6) % 7);
    return true;
}

/* --- tokens
 * --------------------------------------------------------------------------------------- */

static void put_padded(struct buffer *out, int64_t value, unsigned width)
{
    buffer_putf(out, "%0*lld", (int)width, (long long)value);
}

static void put_name(struct buffer *out, const char *name, unsigned count)
{
    size_t n = strlen(name);
    buffer_put(out, span_make(name, count == 3 && n > 3 ? 3 : count == 5 ? 1 : n));
}

static void put_year(struct buffer *out, int32_t year, unsigned count)
{
    if (count <= 2)
        put_padded(out, year % 100, 2);
    else
        put_padded(out, year, 4);
}

static void put_date_token(const struct moment *moment, const struct format_token *token,
                           struct buffer *out)
{
    const struct date_time *date = &moment->date;
    unsigned count = token->count, width = count < 2 ? 1 : 2;
    unsigned hour = !moment->is_twelve_hours ? date->hour : date->hour % 12 ? date->hour % 12 : 12;
    switch (token->letter) {
    case 'y':
        put_year(out, date->year, count);
        break;
    case 'e':
        put_year(out, date->year, 4);
        break;
    case 'b': /* Buddhist era */
        put_year(out, date->year + 543, count);
        break;
    case 'm':
        if (count > 2)
            put_name(out, months[date->month - 1], count);
        else
            put_padded(out, date->month, width);
        break;
    case 'd':
        if (count > 2)
            put_name(out, days[moment->weekday], count == 3 ? 3 : 4);
        else
            put_padded(out, date->day, width);
        break;
    case 'h':
        put_padded(out, hour, width);
        break;
    case 'M':
        put_padded(out, date->minute, width);
        break;
    case 's':
        put_padded(out, date->second, width);
        break;
    default: /* g: the Gregorian era has no mark */
        break;
    }
}

static void put_elapsed(const struct moment *moment, const struct format_token *token,
                        struct buffer *out)
{
    int64_t divisor = token->letter == 'h' ? 3600 : token->letter == 'm' ? 60 : 1;
    put_padded(out, moment->seconds / divisor, token->count < 20 ? token->count : 20);
}

static void put_subsecond(const struct moment *moment, const struct format_token *token,
                          struct buffer *out)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%0*u", (int)moment->digits, moment->subsecond);
    buffer_put_char(out, '.');
    for (unsigned i = 0; i < token->count; i++)
        buffer_put_char(out, i < moment->digits ? digits[i] : '0');
}

static void put_am_pm(const struct moment *moment, const struct format_token *token,
                      struct buffer *out)
{
    bool is_pm = moment->date.hour >= 12;
    if (token->text.len == 5)
        buffer_put_text(out, is_pm ? "PM" : "AM");
    else
        buffer_put_char(out, token->text.data[is_pm ? 2 : 0]); /* "A/P", in the case of the code */
}

static void put_token(const struct moment *moment, const struct format_token *token,
                      struct buffer *out)
{
    if (token->kind == FORMAT_TOKEN_DATE)
        put_date_token(moment, token, out);
    else if (token->kind == FORMAT_TOKEN_ELAPSED)
        put_elapsed(moment, token, out);
    else if (token->kind == FORMAT_TOKEN_SUBSECOND)
        put_subsecond(moment, token, out);
    else if (token->kind == FORMAT_TOKEN_AM_PM)
        put_am_pm(moment, token, out);
    else
        format_put_literal(token, out);
}

void format_put_date(const struct format_section *section, double value, bool is_1904,
                     struct buffer *out)
{
    struct needs needs = look_over(section);
    struct moment moment;
    if (value < 0 && !section->has_date) { /* "[h]" alone knows negative time, "[h]:mm" does not */
        buffer_put_char(out, '-');
        value = -value;
    }
    if (!split(value, is_1904, &needs, &moment)) {
        buffer_put_text(out, TOO_WIDE);
        return;
    }
    for (size_t i = 0; i < section->n; i++)
        put_token(&moment, &section->tokens[i], out);
}

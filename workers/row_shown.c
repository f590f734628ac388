/* SPDX-License-Identifier: MIT */
#include "workers/row_shown.h"

#include <math.h>
#include <stdio.h>

#include "workbook/dates.h"

#define HOURS_MAX 1e9

/* To the millisecond, as dates are. */
static size_t show_duration(double days, char out[ROW_SHOWN_MAX])
{
    double size = fabs(days);
    if (!(size * 24 < HOURS_MAX))
        return 0;
    uint64_t ms = (uint64_t)llround(size * 86400000.0);
    int n = snprintf(out, ROW_SHOWN_MAX, "%s%llu:%02u:%02u", days < 0 && ms ? "-" : "", (unsigned long long)(ms / 3600000),
                     (unsigned)(ms / 60000 % 60), (unsigned)(ms / 1000 % 60));
    if (ms % 1000) {
        n += snprintf(out + n, ROW_SHOWN_MAX - (size_t)n, ".%03u", (unsigned)(ms % 1000));
        while (out[n - 1] == '0')
            n--;
    }
    return (size_t)n;
}

size_t row_shown(const struct row_value *value, char out[ROW_SHOWN_MAX])
{
    double number;
    bool is_date = value->style->kind == FORMAT_DATE, is_duration = value->style->kind == FORMAT_DURATION;
    if (value->type != CELL_NUMBER || (!is_date && !is_duration) || number_parse(value->text, &number) != FAULT_NONE)
        return 0;
    if (is_duration)
        return show_duration(number, out);
    struct date_time date;
    if (!date_from_serial(number, false, &date))
        return 0;
    bool has_time = date.hour || date.minute || date.second || date.microsecond || date.day == 0;
    return date_to_iso(date, has_time, out);
}

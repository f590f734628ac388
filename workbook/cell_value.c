/* SPDX-License-Identifier: MIT
 *
 * Numbers of cells. The 1904 shift is made on the decimal, not on a double: 0.1 days stay 0.1 days.
 */
#include "workbook/cell_value.h"

#include "core/utf8.h"
#include "workbook/dates.h"

#define EXACT_PLACES 16 /* 1462 * 10^16 + 10^17 fits 128 bits with room to spare */

/* value + 1462, rounded half-even to the digits that `precision` keeps. */
static struct decimal shift_1904(struct decimal value, enum decimal_precision precision)
{
    if (value.exponent > 0 || value.exponent < -EXACT_PLACES)
        return decimal_from_double(decimal_to_double(value) + DATE_1904_SHIFT, precision);
    __int128 sum = DATE_1904_SHIFT;
    for (int i = 0; i < -value.exponent; i++)
        sum *= 10;
    sum += value.coefficient;
    __int128 limit = precision == DECIMAL_15 ? 1000000000000000 : 100000000000000000;
    int16_t exponent = value.exponent;
    bool is_sticky = false;
    while (sum >= limit || sum <= -limit) {
        int digit = (int)(sum % 10);
        sum /= 10;
        exponent++;
        int size = digit < 0 ? -digit : digit;
        if (sum < limit && sum > -limit && (size > 5 || (size == 5 && (is_sticky || sum % 2))))
            sum += digit < 0 ? -1 : 1;
        is_sticky = is_sticky || digit;
    }
    return decimal_shift(decimal_from_int((int64_t)sum), -exponent);
}

static bool is_day(struct decimal value)
{
    return decimal_compare_abs(value, decimal_from_int(1)) >= 0;
}

enum fault cell_number(const struct cell *cell, enum format_kind kind, bool is_1904,
                       enum decimal_precision precision, struct decimal *ret)
{
    if (cell->type == CELL_DATE) {
        double serial; /* as of the 1900 system at once */
        if (!date_from_iso(cell->value, false, &serial))
            return FAULT_CORRUPT;
        *ret = decimal_from_double(serial, precision);
        return FAULT_NONE;
    }
    struct decimal value;
    enum fault fault = decimal_parse(cell->value, precision, &value);
    if (fault != FAULT_NONE)
        return fault;
    *ret = is_1904 && kind == FORMAT_DATE && is_day(value) ? shift_1904(value, precision) : value;
    return FAULT_NONE;
}

void cell_put_constant(const struct cell *cell, enum format_kind kind, bool is_1904,
                       enum decimal_precision precision, struct buffer *out)
{
    struct decimal value;
    if (cell->type == CELL_BOOLEAN) {
        buffer_put_text(out, span_is(cell->value, "1") ? "TRUE" : "FALSE");
    } else if ((cell->type == CELL_NUMBER || cell->type == CELL_DATE) &&
               cell_number(cell, kind, is_1904, precision, &value) == FAULT_NONE) {
        char text[DECIMAL_TEXT_MAX];
        buffer_put(out, span_make(text, decimal_format(value, text)));
    } else {
        utf8_fold(cell->value, out);
    }
}

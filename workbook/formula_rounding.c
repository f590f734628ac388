/* SPDX-License-Identifier: MIT
 *
 * Rounding, on the decimal that a number shows: ROUND(1.005,2) is 1.01 although the double is a little less. A computed number
 * may lie a few bits from the boundary that its 15 digits show; where that decides, the result is unknown.
 */
#include <math.h>

#include "core/decimal.h"
#include "workbook/formula_functions.h"

enum rounding { ROUND_HALF, ROUND_UP, ROUND_DOWN };

/* More places than a double has, to either side. */
#define PLACES_MAX 320

static struct decimal round_decimal(struct decimal value, int places, enum rounding rounding)
{
    int dropped = -value.exponent - places;
    if (dropped <= 0)
        return value;
    int64_t unit = 1, kept = 0, sign = value.coefficient < 0 ? -1 : 1;
    int64_t rest = value.coefficient * sign; /* |coefficient| < 10^17 */
    if (dropped <= 17) {
        for (int i = 0; i < dropped; i++)
            unit *= 10;
        kept = rest / unit;
        rest %= unit;
    }
    bool is_half = dropped <= 17 && rest >= unit - rest;
    if (rest && ((rounding == ROUND_HALF && is_half) || rounding == ROUND_UP))
        kept++;
    return decimal_shift(decimal_from_int(sign * kept), places);
}

static struct calc_value round_number(double number, double places, enum rounding rounding)
{
    if (fabs(places) > PLACES_MAX)
        return value_unknown();
    struct decimal shown = round_decimal(decimal_from_double(number, DECIMAL_15), (int)places, rounding);
    struct decimal whole = round_decimal(decimal_from_double(number, DECIMAL_FULL), (int)places, rounding);
    double result = decimal_to_double(shown);
    return result == decimal_to_double(whole) ? value_number(result) : value_unknown();
}

static struct calc_value call_rounding(struct evaluation *self, const struct node *call, enum rounding rounding)
{
    struct calc_value number = evaluate_number(self, call->child), places = value_number(0);
    if (call->n == 2)
        places = evaluate_number(self, call->child->next);
    if (value_is_bad(number))
        return value_is_bad(places) ? value_unknown() : number;
    return value_is_bad(places) ? places : round_number(number.number, trunc(places.number), rounding);
}

struct calc_value call_round(struct evaluation *self, const struct node *call)
{
    return call_rounding(self, call, ROUND_HALF);
}

struct calc_value call_roundup(struct evaluation *self, const struct node *call)
{
    return call_rounding(self, call, ROUND_UP);
}

struct calc_value call_rounddown(struct evaluation *self, const struct node *call)
{
    return call_rounding(self, call, ROUND_DOWN);
}

struct calc_value call_trunc(struct evaluation *self, const struct node *call)
{
    return call_rounding(self, call, ROUND_DOWN);
}

static bool floor_surely(double number, double *ret)
{
    *ret = floor(number);
    return floor(decimal_to_double(decimal_from_double(number, DECIMAL_15))) == *ret;
}

struct calc_value call_int(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_number(self, call->child);
    double whole;
    if (value.kind != CALC_NUMBER)
        return value;
    return floor_surely(value.number, &whole) ? value_number(whole) : value_unknown();
}

/* n - d * INT(n / d): known only where every step is exact. */
static struct calc_value modulo(double n, double d)
{
    double rest = fmod(n, d), whole;
    if (rest != 0 && (rest < 0) != (d < 0))
        rest += d;
    if (fabs(n / d) >= 0x1p40 || !floor_surely(n / d, &whole))
        return value_unknown();
    double back = d * whole;
    return n - back == rest ? value_number(rest) : value_unknown();
}

struct calc_value call_mod(struct evaluation *self, const struct node *call)
{
    struct calc_value n = evaluate_number(self, call->child), d = evaluate_number(self, call->child->next);
    if (value_is_bad(n))
        return value_is_bad(d) ? value_unknown() : n;
    if (value_is_bad(d))
        return d;
    return d.number == 0 ? value_error("#DIV/0!") : modulo(n.number, d.number);
}

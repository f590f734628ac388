/* SPDX-License-Identifier: MIT
 *
 * A decimal of at most 17 digits: taken from a number token or a double, compared, shifted,
 * written. The token's digits are used directly wherever that provably gives what rounding the
 * double gives; the rest goes through the double.
 */
#include "core/decimal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/decimal_ratio.h"
#include "core/must.h"
#include "core/number.h"

#define COEFFICIENT_LIMIT 100000000000000000 /* 10^17, exclusive */
#define EXPONENT_LIMIT 400

/* Between these powers of ten every decimal of 15 digits survives the way through a double. */
#define SAFE_LOW (-290)
#define SAFE_HIGH 290

static struct decimal normalize(int64_t coefficient, int exponent)
{
    if (coefficient == 0)
        return (struct decimal){0, 0};
    while (coefficient % 10 == 0) {
        coefficient /= 10;
        exponent++;
    }
    return (struct decimal){coefficient, (int16_t)exponent};
}

static int count_digits(uint64_t value)
{
    int n = 1;
    while (n < 19 && value >= (uint64_t)decimal_powers[n])
        n++;
    return n;
}

static uint64_t magnitude_of(struct decimal value)
{
    return value.coefficient < 0 ? -(uint64_t)value.coefficient : (uint64_t)value.coefficient;
}

bool decimal_valid(struct decimal value)
{
    if (value.coefficient == 0)
        return value.exponent == 0;
    return value.coefficient > -COEFFICIENT_LIMIT && value.coefficient < COEFFICIENT_LIMIT &&
           value.coefficient % 10 != 0 && value.exponent >= -EXPONENT_LIMIT &&
           value.exponent <= EXPONENT_LIMIT;
}

/* --- taking ------------------------------------------------------------------------------------
 */

/* What a token says, digit by digit. */
struct digits {
    bool is_negative;
    uint64_t coefficient; /* the first 17 significant digits */
    int n; /* significant digits without trailing zeros; over 17: not all in coefficient */
    int64_t exponent; /* value = coefficient * 10^exponent when n <= 17 */
};

/* Feeds one digit. Zeros are held back until a nonzero digit follows, so that trailing ones never
 * count. */
static void take_digit(struct digits *d, int64_t *held, unsigned digit)
{
    if (digit == 0) {
        *held += d->n > 0;
        return;
    }
    int64_t n = d->n + *held + 1;
    if (n <= 17) {
        d->coefficient = d->coefficient * (uint64_t)decimal_powers[*held + 1] + digit;
        d->n = (int)n;
    } else {
        d->n = 18;
    }
    *held = 0;
}

static const char *scan_exponent(const char *p, const char *end, int64_t *ret)
{
    bool is_negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+'))
        p++;
    const char *first = p;
    int64_t value = 0;
    for (; p < end && *p >= '0' && *p <= '9'; p++) {
        if (value < 1000000)
            value = value * 10 + (*p - '0');
    }
    *ret = is_negative ? -value : value;
    return p > first ? p : NULL;
}

/* Of XML: fewer characters than span_trim_ascii takes. */
static bool is_white(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct span trim(struct span text)
{
    while (text.len && is_white(text.data[0]))
        text = span_from(text, 1);
    while (text.len && is_white(text.data[text.len - 1]))
        text.len--;
    return text;
}

/* The grammar of number_parse. */
static bool scan_token(struct span token, struct digits *d)
{
    *d = (struct digits){0};
    struct span text = trim(token);
    const char *p = text.data, *end = p + text.len;
    if (p < end && (*p == '-' || *p == '+'))
        d->is_negative = *p++ == '-';
    int64_t held = 0, fraction = 0, exponent = 0;
    bool has_point = false, has_digit = false;
    for (; p < end; p++) {
        if (*p >= '0' && *p <= '9') {
            take_digit(d, &held, (unsigned)(*p - '0'));
            has_digit = true;
            fraction += has_point;
        } else if (*p == '.' && !has_point) {
            has_point = true;
        } else {
            break;
        }
    }
    if (!has_digit)
        return false;
    if (p < end && (*p == 'e' || *p == 'E')) {
        p = scan_exponent(p + 1, end, &exponent);
        if (!p)
            return false;
    }
    d->exponent = exponent - fraction + held;
    return p == end;
}

static struct decimal from_digits(const struct digits *d)
{
    int64_t coefficient = (int64_t)d->coefficient;
    return normalize(d->is_negative ? -coefficient : coefficient, (int)d->exponent);
}

/* A token of 16 or 17 digits lies within 12 units of its 17th digit of its nearest double (half a
 * unit in the last place is at most 2^-53 * 10^17 = 11.2 of them). Unless that can carry it over
 * the middle between two decimals of 15 digits, the token rounds to where the double does. */
static bool round_digits(struct digits *d)
{
    uint64_t wide = d->n == 16 ? d->coefficient * 10 : d->coefficient;
    uint64_t tail = wide % 100;
    if (tail >= 38 && tail <= 62)
        return false;
    d->exponent += d->n == 16 ? 1 : 2;
    d->coefficient = wide / 100 + (tail > 50);
    return true;
}

enum fault decimal_parse(struct span token, enum decimal_precision precision, struct decimal *ret)
{
    struct digits d;
    if (!token.len || !scan_token(token, &d))
        return FAULT_CORRUPT;
    if (d.n == 0) {
        *ret = (struct decimal){0, 0};
        return FAULT_NONE;
    }
    if (d.n <= 17 && d.exponent > SAFE_LOW && d.exponent < SAFE_HIGH - 17) {
        if (d.n <= 15 || (precision == DECIMAL_15 && round_digits(&d))) {
            *ret = from_digits(&d);
            return FAULT_NONE;
        }
    }
    double value;
    if (number_parse(token, &value) != FAULT_NONE)
        return FAULT_CORRUPT;
    if (d.n <= 15 && precision == DECIMAL_15 && value != 0)
        *ret = from_digits(&d);
    else
        *ret = decimal_from_double(value, precision);
    return FAULT_NONE;
}

struct decimal decimal_from_int(int64_t value)
{
    must(value > -COEFFICIENT_LIMIT && value < COEFFICIENT_LIMIT);
    return normalize(value, 0);
}

/* "%.14e" gives the exact value rounded half-even; the decimal mark of the C locale is skipped
 * unread. */
static struct decimal round_to_15(double value)
{
    char text[40];
    int len = snprintf(text, sizeof text, "%.14e", value);
    must(len > 0 && (size_t)len < sizeof text);
    int64_t coefficient = 0;
    const char *p = text;
    for (; *p != 'e'; p++) {
        if (*p >= '0' && *p <= '9')
            coefficient = coefficient * 10 + (*p - '0');
    }
    int exponent = atoi(p + 1);
    return normalize(text[0] == '-' ? -coefficient : coefficient, exponent - 14);
}

struct decimal decimal_from_double(double value, enum decimal_precision precision)
{
    must(isfinite(value));
    if (value == 0)
        return (struct decimal){0, 0};
    if (fabs(value) < 1e15 && value == (double)(int64_t)value)
        return normalize((int64_t)value, 0);
    if (precision == DECIMAL_15)
        return round_to_15(value);
    char text[NUMBER_TEXT_MAX];
    struct digits d;
    must(scan_token(span_make(text, number_format(value, text)), &d) && d.n <= 17);
    return from_digits(&d);
}

/* --- changing and comparing ----------------------------------------------------------------------
 */

struct decimal decimal_shift(struct decimal value, int places)
{
    if (value.coefficient == 0)
        return value;
    int exponent = value.exponent - places;
    must(exponent >= -EXPONENT_LIMIT && exponent <= EXPONENT_LIMIT);
    return (struct decimal){value.coefficient, (int16_t)exponent};
}

struct decimal decimal_negate(struct decimal value)
{
    return (struct decimal){-value.coefficient, value.exponent};
}

int decimal_compare_abs(struct decimal a, struct decimal b)
{
    uint64_t x = magnitude_of(a), y = magnitude_of(b);
    if (!x || !y)
        return (x != 0) - (y != 0);
    if (a.exponent == b.exponent)
        return (x > y) - (x < y);
    int top_x = count_digits(x) + a.exponent, top_y = count_digits(y) + b.exponent;
    if (top_x != top_y)
        return top_x < top_y ? -1 : 1;
    /* Same leading place: the exponents differ by at most 16, so the aligned one keeps its 17
     * digits. */
    if (a.exponent > b.exponent)
        x *= (uint64_t)decimal_powers[a.exponent - b.exponent];
    else
        y *= (uint64_t)decimal_powers[b.exponent - a.exponent];
    return (x > y) - (x < y);
}

int decimal_compare(struct decimal a, struct decimal b)
{
    int sign_a = (a.coefficient > 0) - (a.coefficient < 0);
    int sign_b = (b.coefficient > 0) - (b.coefficient < 0);
    if (sign_a != sign_b)
        return sign_a < sign_b ? -1 : 1;
    return sign_a * decimal_compare_abs(a, b);
}

/* --- giving --------------------------------------------------------------------------------------
 */

double decimal_to_double(struct decimal value)
{
    uint64_t magnitude = magnitude_of(value);
    /* Both operands are exact, so the one operation rounds correctly. */
    if (magnitude <= (uint64_t)1 << 53 && value.exponent >= -18 && value.exponent <= 18) {
        double coefficient = (double)value.coefficient;
        return value.exponent < 0 ? coefficient / (double)decimal_powers[-value.exponent]
                                  : coefficient * (double)decimal_powers[value.exponent];
    }
    mpz_t num, den;
    mpz_init(num);
    mpz_init_set_ui(den, 1);
    decimal_mpz_set_i64(num, value.coefficient);
    decimal_scale(num, den, value.exponent);
    double result = value.coefficient < 0 ? -HUGE_VAL : HUGE_VAL;
    if (decimal_round_ratio(num, den, false, &result) != FAULT_NONE)
        result = value.coefficient < 0 ? -DBL_MAX : DBL_MAX;
    mpz_clears(num, den, NULL);
    return result;
}

static size_t put_zeros(char *out, int n)
{
    memset(out, '0', (size_t)n);
    return (size_t)n;
}

/* "12345" with its point after `before` digits (1..n-1 inside, n none, 0 and less with zeros in
 * front). */
static size_t put_plain(char *out, const char *digits, int n, int before)
{
    size_t len = 0;
    if (before <= 0) {
        out[len++] = '0';
        out[len++] = '.';
        len += put_zeros(out + len, -before);
        before = 0;
    } else if (before >= n) {
        memcpy(out, digits, (size_t)n);
        return (size_t)n + put_zeros(out + n, before - n);
    }
    memcpy(out + len, digits, (size_t)before);
    len += (size_t)before;
    if (before)
        out[len++] = '.';
    memcpy(out + len, digits + before, (size_t)(n - before));
    return len + (size_t)(n - before);
}

static size_t put_scientific(char *out, const char *digits, int n, int exponent)
{
    size_t len = 0;
    out[len++] = digits[0];
    if (n > 1) {
        out[len++] = '.';
        memcpy(out + len, digits + 1, (size_t)(n - 1));
        len += (size_t)(n - 1);
    }
    char tail[12];
    int more = snprintf(tail, sizeof tail, "E%+d", exponent);
    memcpy(out + len, tail, (size_t)more);
    return len + (size_t)more;
}

size_t decimal_format(struct decimal value, char out[DECIMAL_TEXT_MAX])
{
    if (value.coefficient == 0) {
        out[0] = '0';
        return 1;
    }
    char room[20], *digits = room + sizeof room;
    for (uint64_t rest = magnitude_of(value); rest; rest /= 10)
        *--digits = (char)('0' + rest % 10);
    int n = (int)(room + sizeof room - digits);
    int exponent = value.exponent + n - 1;
    size_t sign = value.coefficient < 0;
    if (sign)
        out[0] = '-';
    if (exponent >= -5 && exponent <= 20)
        return sign + put_plain(out + sign, digits, n, exponent + 1);
    return sign + put_scientific(out + sign, digits, n, exponent);
}

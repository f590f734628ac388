/* SPDX-License-Identifier: MIT
 *
 * Sections of digit placeholders: integer and fraction digits with literals between them,
 * thousands, scaling by commas and percent signs, exponents; and General. Everything works on the
 * decimal of 15 digits, as Excel does: 1.005 shows as 1.01 with 0.00.
 */
#include "workbook/number_format_code.h"

#include <stdio.h>

/* A value stays within the exponents of struct decimal whatever a code asks for. */
#define SCALE_MAX 60

/* --- digits -------------------------------------------------------------------------------------
 */

static uint64_t magnitude_of(struct decimal value)
{
    return value.coefficient < 0 ? -(uint64_t)value.coefficient : (uint64_t)value.coefficient;
}

static uint64_t power_of_ten(int n)
{
    uint64_t power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

struct format_digits format_round(struct decimal value, int places)
{
    uint64_t coefficient = magnitude_of(value);
    int exponent = value.exponent, drop = -places - exponent;
    if (drop > 18) {
        coefficient = 0;
    } else if (drop > 0) {
        coefficient = (coefficient + 5 * power_of_ten(drop - 1)) / power_of_ten(drop);
        exponent = -places;
    }
    struct format_digits digits = {.exponent = exponent};
    if (coefficient)
        digits.n =
            snprintf(digits.text, sizeof digits.text, "%llu", (unsigned long long)coefficient);
    return digits;
}

char format_digit_at(const struct format_digits *digits, int power)
{
    int at = digits->n - 1 - (power - digits->exponent);
    return at >= 0 && at < digits->n ? digits->text[at] : '0';
}

int format_integer_length(const struct format_digits *digits)
{
    int length = digits->n + digits->exponent;
    return digits->n && length > 0 ? length : 0;
}

/* Power of the last digit that is not 0; above every power for zero. */
static int lowest_power(const struct format_digits *digits)
{
    int at = digits->n - 1;
    while (at >= 0 && digits->text[at] == '0')
        at--;
    return at < 0 ? INT16_MAX : digits->exponent + digits->n - 1 - at;
}

static void put_digit(const struct format_run *run, int power, struct buffer *out)
{
    buffer_put_char(out, format_digit_at(&run->digits, power));
    if (run->has_thousands && power > 0 && power % 3 == 0)
        buffer_put_char(out, ',');
}

void format_put_integer_digit(struct format_run *run, char letter, struct buffer *out)
{
    int length = format_integer_length(&run->digits), power = run->n - 1 - run->at;
    for (int extra = length - 1; run->at == 0 && extra > power; extra--)
        put_digit(run, extra, out);
    run->at++;
    run->is_filling |= letter == '0';
    if (power < length || run->is_filling) {
        put_digit(run, power, out);
    } else if (letter == '?') {
        buffer_put_char(out, ' ');
        if (run->has_thousands && power > 0 && power % 3 == 0)
            buffer_put_char(out, ' ');
    }
}

/* --- General ------------------------------------------------------------------------------------
 */

static void put_decimals(const struct format_digits *digits, int power, struct buffer *out)
{
    int lowest = lowest_power(digits);
    if (lowest >= 0)
        return;
    buffer_put_char(out, '.');
    for (; power >= lowest; power--)
        buffer_put_char(out, format_digit_at(digits, power));
}

static void put_scientific(struct decimal value, int top, struct buffer *out)
{
    struct decimal mantissa = decimal_shift(value, top);
    struct format_digits digits = format_round(mantissa, 5);
    if (format_integer_length(&digits) > 1) {
        top++;
        digits = format_round(decimal_shift(value, top), 5);
    }
    buffer_put_char(out, format_digit_at(&digits, 0));
    put_decimals(&digits, -1, out);
    buffer_putf(out, "E%c%02d", top < 0 ? '-' : '+', top < 0 ? -top : top);
}

#define GENERAL_WIDTH 11

void format_put_general(struct decimal value, struct buffer *out)
{
    struct format_digits exact = format_round(value, 400);
    int top = exact.n - 1 + exact.exponent;
    /* As many decimals as fit behind the integer digits (or "0") and the point. */
    int places = GENERAL_WIDTH - 2 - (top > 0 ? top : 0);
    struct format_digits digits = format_round(value, places > 0 ? places : 0);
    int length = format_integer_length(&digits);
    /* A small number stays plain while nothing of it is lost. */
    bool is_small = exact.n && top < -4 && value.exponent < -places;
    if (length > GENERAL_WIDTH || is_small) {
        put_scientific(value, top, out);
        return;
    }
    for (int power = length ? length - 1 : 0; power >= 0; power--)
        buffer_put_char(out, format_digit_at(&digits, power));
    put_decimals(&digits, -1, out);
}

/* --- sections -----------------------------------------------------------------------------------
 */

enum part { PART_INTEGER, PART_FRACTION, PART_EXPONENT };

struct layout {
    int n_integer, n_fraction, n_exponent;
    int last_zero; /* fraction placeholders up to here show their digit whatever it is; -1 none */
    int scale;     /* the value is divided by 10^scale */
    bool has_thousands, has_point, has_exponent;
};

static void lay_out_digit(struct layout *layout, enum part part, char letter)
{
    if (part == PART_INTEGER) {
        layout->n_integer++;
    } else if (part == PART_FRACTION) {
        if (letter == '0')
            layout->last_zero = layout->n_fraction;
        layout->n_fraction++;
    } else {
        layout->n_exponent++;
    }
}

/* Commas between integer placeholders mean thousands; behind the last placeholder each divides by a
 * thousand. */
static struct layout lay_out(const struct format_section *section)
{
    struct layout layout = {.last_zero = -1};
    enum part part = PART_INTEGER;
    int commas = 0;
    for (size_t i = 0; i < section->n; i++) {
        const struct format_token *token = &section->tokens[i];
        if (token->kind == FORMAT_TOKEN_DIGIT) {
            layout.has_thousands |= commas > 0 && part == PART_INTEGER;
            commas = 0;
            lay_out_digit(&layout, part, token->letter);
        } else if (token->kind == FORMAT_TOKEN_COMMA && part != PART_EXPONENT) {
            commas += layout.n_integer + layout.n_fraction > 0;
        } else if (token->kind == FORMAT_TOKEN_POINT && part == PART_INTEGER) {
            layout.has_point = true;
            part = PART_FRACTION;
            layout.scale += 3 * commas;
            commas = 0;
        } else if (token->kind == FORMAT_TOKEN_EXPONENT && part != PART_EXPONENT) {
            layout.has_exponent = true;
            part = PART_EXPONENT;
            layout.scale += 3 * commas;
            commas = 0;
        } else if (token->kind == FORMAT_TOKEN_PERCENT) {
            layout.scale -= 2;
        }
    }
    layout.scale += 3 * commas;
    layout.scale = layout.scale > SCALE_MAX    ? SCALE_MAX
                   : layout.scale < -SCALE_MAX ? -SCALE_MAX
                                               : layout.scale;
    return layout;
}

/* The exponent that leaves as many integer digits as there are placeholders, in steps of their
 * number; *ret the mantissa. */
static int split_exponent(struct decimal value, const struct layout *layout,
                          struct format_digits *ret)
{
    struct format_digits exact = format_round(value, 800);
    int step = layout->n_integer > 0 ? layout->n_integer : 1;
    int top = exact.n ? exact.n - 1 + exact.exponent + (layout->n_integer == 0) : 0;
    int exponent = top >= 0 ? top / step * step : -((-top + step - 1) / step * step);
    *ret = format_round(decimal_shift(value, exponent), layout->n_fraction);
    if (format_integer_length(ret) > layout->n_integer) {
        exponent += step;
        *ret = format_round(decimal_shift(value, exponent), layout->n_fraction);
    }
    return exponent;
}

struct writing {
    const struct layout *layout;
    struct format_run mantissa, exponent;
    bool is_exponent_negative;
    enum part part;
    int fraction_at;
    struct buffer *out;
};

static void put_fraction_digit(struct writing *self, char letter)
{
    const struct format_digits *digits = &self->mantissa.digits;
    int at = self->fraction_at++, power = -1 - at;
    if (at <= self->layout->last_zero || power >= lowest_power(digits))
        buffer_put_char(self->out, format_digit_at(digits, power));
    else if (letter == '?')
        buffer_put_char(self->out, ' ');
}

static void put_placeholder(struct writing *self, char letter)
{
    if (self->part == PART_INTEGER)
        format_put_integer_digit(&self->mantissa, letter, self->out);
    else if (self->part == PART_FRACTION)
        put_fraction_digit(self, letter);
    else
        format_put_integer_digit(&self->exponent, letter, self->out);
}

static void put_point(struct writing *self)
{
    if (self->part == PART_INTEGER) {
        self->part = PART_FRACTION;
        int length = format_integer_length(&self->mantissa.digits);
        for (int power = length - 1; self->layout->n_integer == 0 && power >= 0; power--)
            buffer_put_char(self->out, format_digit_at(&self->mantissa.digits, power));
    }
    buffer_put_char(self->out, '.');
}

static void put_exponent_mark(struct writing *self, char sign)
{
    self->part = PART_EXPONENT;
    buffer_put_char(self->out, 'E');
    if (self->is_exponent_negative)
        buffer_put_char(self->out, '-');
    else if (sign == '+')
        buffer_put_char(self->out, '+');
}

static void put_token(struct writing *self, const struct format_token *token)
{
    if (token->kind == FORMAT_TOKEN_DIGIT)
        put_placeholder(self, token->letter);
    else if (token->kind == FORMAT_TOKEN_POINT)
        put_point(self);
    else if (token->kind == FORMAT_TOKEN_EXPONENT)
        put_exponent_mark(self, token->letter);
    else if (token->kind != FORMAT_TOKEN_COMMA)
        format_put_literal(token, self->out);
}

void format_put_number(const struct format_section *section, struct decimal value, bool has_sign,
                       struct buffer *out)
{
    struct layout layout = lay_out(section);
    struct writing writing = {.layout = &layout, .out = out};
    value = decimal_shift(value, layout.scale);
    if (layout.has_exponent) {
        int exponent = split_exponent(value, &layout, &writing.mantissa.digits);
        writing.is_exponent_negative = exponent < 0;
        writing.exponent.digits = format_round(decimal_from_int(exponent), 0);
        writing.exponent.n = layout.n_exponent;
    } else {
        writing.mantissa.digits = format_round(value, layout.n_fraction);
    }
    writing.mantissa.n = layout.n_integer;
    writing.mantissa.has_thousands = layout.has_thousands;
    /* -0.001 shows as 0.00, but words alone ("Loss") keep the sign. */
    if (has_sign && (writing.mantissa.digits.n || !section->digits))
        buffer_put_char(out, '-');
    for (size_t i = 0; i < section->n; i++)
        put_token(&writing, &section->tokens[i]);
}

/* SPDX-License-Identifier: MIT
 *
 * Sections like "# ?/?", "??/??" and "# ?/16". The denominator is the last convergent of the
 * continued fraction that has few enough digits: so Excel shows 3.14159 as 3 1/7 and not as the
 * closer 3 14/99.
 */
#include "workbook/number_format_code.h"

#define DENOMINATOR_DIGITS 7
#define PARTS 18 /* digits of the fractional part that count */

struct fraction_layout {
    size_t numerator, slash, denominator,
        end; /* token indexes; the integer part is in front of numerator */
    int n_integer;
    uint64_t fixed; /* denominator, 0 when it is found */
};

static bool is_digit(const struct format_token *token)
{
    return token->kind == FORMAT_TOKEN_DIGIT;
}

/* A fixed denominator begins with 1..9; zeros in it look like placeholders. */
static void read_denominator(const struct format_section *section, struct fraction_layout *layout)
{
    const struct format_token *tokens = section->tokens;
    size_t i = layout->denominator;
    bool is_fixed = i < section->n && tokens[i].kind == FORMAT_TOKEN_NUMERAL;
    for (; i < section->n && i < layout->denominator + DENOMINATOR_DIGITS; i++) {
        bool is_numeral = tokens[i].kind == FORMAT_TOKEN_NUMERAL;
        if (is_fixed ? !is_numeral && !(is_digit(&tokens[i]) && tokens[i].letter == '0')
                     : !is_digit(&tokens[i]))
            break;
        if (is_fixed)
            layout->fixed = layout->fixed * 10 + (uint64_t)(tokens[i].letter - '0');
    }
    layout->end = i;
}

static bool lay_out(const struct format_section *section, struct fraction_layout *layout)
{
    const struct format_token *tokens = section->tokens;
    size_t slash = 0;
    while (slash < section->n && tokens[slash].kind != FORMAT_TOKEN_SLASH)
        slash++;
    *layout =
        (struct fraction_layout){.slash = slash, .denominator = slash + 1, .numerator = slash};
    if (slash == section->n)
        return false;
    while (layout->numerator > 0 && is_digit(&tokens[layout->numerator - 1]))
        layout->numerator--;
    for (size_t i = 0; i < layout->numerator; i++)
        layout->n_integer += is_digit(&tokens[i]);
    read_denominator(section, layout);
    return layout->numerator < slash && layout->end > layout->denominator;
}

/* --- the fraction -------------------------------------------------------------------------------
 */

static uint64_t power_of_ten(int n)
{
    uint64_t power = 1;
    while (n-- > 0)
        power *= 10;
    return power;
}

/* |value| = integer + part / 10^PARTS; the integer may be too long for 64 bits only when there is
 * no part. */
static void split(struct decimal value, struct decimal *ret_integer, uint64_t *ret_part)
{
    uint64_t coefficient =
        (uint64_t)(value.coefficient < 0 ? -value.coefficient : value.coefficient);
    *ret_integer = (struct decimal){(int64_t)coefficient, value.exponent};
    *ret_part = 0;
    if (value.exponent >= 0)
        return;
    int places = -value.exponent;
    if (places > PARTS) { /* digits behind the 18th change no fraction of seven */
        int drop = places - PARTS;
        coefficient = drop > 18 ? 0 : coefficient / power_of_ten(drop);
        places = PARTS;
    }
    uint64_t unit = power_of_ten(places);
    *ret_integer = decimal_from_int((int64_t)(coefficient / unit));
    *ret_part = coefficient % unit * power_of_ten(PARTS - places);
}

/* Convergents of part / 10^PARTS by Euclid's algorithm. */
static void approximate(uint64_t part, uint64_t limit, uint64_t *ret_numerator,
                        uint64_t *ret_denominator)
{
    uint64_t a = part, b = power_of_ten(PARTS);
    uint64_t p0 = 1, q0 = 0, p = 0, q = 1; /* the convergent before 0/1 */
    while (a) {
        uint64_t quotient = b / a, rest = b % a;
        if (quotient > limit || quotient * q + q0 > limit)
            break;
        uint64_t next_p = quotient * p + p0, next_q = quotient * q + q0;
        p0 = p, q0 = q, p = next_p, q = next_q;
        b = a, a = rest;
    }
    *ret_numerator = p;
    *ret_denominator = q;
}

static void find_fraction(uint64_t part, const struct fraction_layout *layout,
                          uint64_t *ret_numerator, uint64_t *ret_denominator)
{
    int digits = (int)(layout->end - layout->denominator);
    if (!layout->fixed) {
        approximate(part, power_of_ten(digits) - 1, ret_numerator, ret_denominator);
        return;
    }
    unsigned __int128 scaled = (unsigned __int128)part * layout->fixed + power_of_ten(PARTS) / 2;
    *ret_numerator = (uint64_t)(scaled / power_of_ten(PARTS));
    *ret_denominator = layout->fixed;
}

/* --- writing
 * -------------------------------------------------------------------------------------- */

static void put_run(const struct format_token *tokens, size_t n, struct decimal value,
                    struct buffer *out)
{
    struct format_run run = {.digits = format_round(value, 0), .n = (int)n};
    for (size_t i = 0; i < n; i++)
        format_put_integer_digit(&run, tokens[i].letter, out);
}

static void put_blanks(const struct format_section *section, const struct fraction_layout *layout,
                       struct buffer *out)
{
    for (size_t i = layout->numerator; i < layout->end; i++) {
        if (!is_digit(&section->tokens[i]) || section->tokens[i].letter != '#')
            buffer_put_char(out, ' ');
    }
}

/* Denominators stand at the left of their places: "1/2 ". */
static void put_denominator(const struct format_section *section,
                            const struct fraction_layout *layout, uint64_t denominator,
                            struct buffer *out)
{
    size_t before = out->len;
    buffer_put_u64(out, denominator);
    size_t written = out->len - before;
    for (size_t i = layout->denominator + written; i < layout->end && !layout->fixed; i++) {
        if (section->tokens[i].letter == '?')
            buffer_put_char(out, ' ');
    }
}

static void put_integer(const struct format_section *section, const struct fraction_layout *layout,
                        struct decimal integer, bool is_whole, struct buffer *out)
{
    struct format_run run = {.digits = format_round(integer, 0), .n = layout->n_integer};
    for (size_t i = 0; i < layout->numerator; i++)
        run.has_thousands |= section->tokens[i].kind == FORMAT_TOKEN_COMMA;
    size_t written = 0;
    for (size_t i = 0; i < layout->numerator; i++) {
        const struct format_token *token = &section->tokens[i];
        if (token->kind == FORMAT_TOKEN_COMMA)
            continue;
        if (!is_digit(token)) {
            format_put_literal(token, out);
            continue;
        }
        size_t before = out->len;
        format_put_integer_digit(&run, token->letter, out);
        written += out->len - before;
        if (is_whole && run.at == run.n && !written) /* of 0 something must be left */
            buffer_put_char(out, '0');
    }
}

/* integer * denominator + numerator, as a double of 15 digits. */
static struct decimal join(struct decimal integer, uint64_t numerator, uint64_t denominator)
{
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    decimal_sum_add(&sum, decimal_from_int((int64_t)numerator));
    decimal_sum_add_product(&sum, integer, decimal_from_int((int64_t)denominator));
    double total;
    if (decimal_sum_to_double(&sum, &total) != FAULT_NONE)
        return integer;
    return decimal_from_double(total, DECIMAL_15);
}

bool format_put_fraction(const struct format_section *section, struct decimal value, bool has_sign,
                         struct buffer *out)
{
    struct fraction_layout layout;
    if (!lay_out(section, &layout))
        return false;
    struct decimal integer;
    uint64_t part, numerator, denominator;
    split(value, &integer, &part);
    find_fraction(part, &layout, &numerator, &denominator);
    bool is_mixed = layout.n_integer > 0;
    if (is_mixed && numerator == denominator) {
        integer = decimal_from_int(integer.coefficient + 1); /* exponent 0, as there is a part */
        numerator = 0;
    }
    bool is_whole = is_mixed && numerator == 0;
    if (has_sign && (numerator || integer.coefficient))
        buffer_put_char(out, '-');
    put_integer(section, &layout, integer, is_whole, out);
    if (is_whole) {
        put_blanks(section, &layout, out);
    } else {
        struct decimal top =
            is_mixed ? decimal_from_int((int64_t)numerator) : join(integer, numerator, denominator);
        put_run(section->tokens + layout.numerator, layout.slash - layout.numerator, top, out);
        buffer_put_char(out, '/');
        put_denominator(section, &layout, denominator, out);
    }
    for (size_t i = layout.end; i < section->n; i++)
        format_put_literal(&section->tokens[i], out);
    return true;
}

/* SPDX-License-Identifier: MIT
 *
 * Coercion, comparison and arithmetic of single values.
 */
#include "workbook/formula_value.h"

#include <math.h>
#include <strings.h>

#include "core/decimal.h"
#include "core/utf8.h"

struct calc_value value_number(double number)
{
    if (!isfinite(number))
        return value_error("#NUM!");
    if (fpclassify(number) == FP_SUBNORMAL || number == 0)
        number = 0;
    return (struct calc_value){.kind = CALC_NUMBER, .number = number};
}

/* --- text and numbers -------------------------------------------------------------------------------------------- */

/* Wide digits (U+FF10 ...) are digits to Excel; none of them and no ASCII digit: no date, time or number. */
static bool has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= '0' && c <= '9')
            return true;
        if (c == 0xEF && i + 2 < text.len && (unsigned char)text.data[i + 1] == 0xBC)
            return true;
    }
    return false;
}

static bool is_plain_number(struct span text)
{
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        bool is_digit = c >= '0' && c <= '9';
        digits += is_digit;
        if (!is_digit && c != '.' && !(i == 0 && (c == '-' || c == '+')))
            return false;
    }
    return digits > 0 && digits <= 15;
}

enum text_reading value_read_number(struct span text, double *ret)
{
    if (!has_digit(text))
        return TEXT_IS_NO_NUMBER;
    while (text.len && text.data[0] == ' ')
        text = span_from(text, 1);
    while (text.len && text.data[text.len - 1] == ' ')
        text.len--;
    if (!is_plain_number(text) || number_parse(text, ret) != FAULT_NONE)
        return TEXT_IS_UNSURE; /* a date, a percentage, a currency, thousands: as the user's country has it */
    return TEXT_IS_NUMBER;
}

struct calc_value value_to_number(struct calc_value value)
{
    double number;
    switch (value.kind) {
    case CALC_NUMBER:
    case CALC_ERROR:
    case CALC_UNKNOWN:
        return value;
    case CALC_BLANK:
        return value_number(0);
    case CALC_BOOLEAN:
        return value_number(value.number);
    case CALC_TEXT:
        break;
    }
    switch (value_read_number(value.text, &number)) {
    case TEXT_IS_NUMBER:
        return value_number(number);
    case TEXT_IS_NO_NUMBER:
        return value_error("#VALUE!");
    case TEXT_IS_UNSURE:
        break;
    }
    return value_unknown();
}

static bool is_word(struct span text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

struct calc_value value_to_boolean(struct calc_value value)
{
    switch (value.kind) {
    case CALC_BOOLEAN:
    case CALC_ERROR:
    case CALC_UNKNOWN:
        return value;
    case CALC_BLANK:
        return value_boolean(false);
    case CALC_NUMBER:
        return value_boolean(value.number != 0);
    case CALC_TEXT:
        break;
    }
    if (is_word(value.text, "TRUE") || is_word(value.text, "FALSE"))
        return value_boolean(value.text.len == 4);
    return has_digit(value.text) ? value_unknown() : value_error("#VALUE!");
}

struct calc_value value_to_text(struct calc_value value, char room[VALUE_TEXT_MAX])
{
    switch (value.kind) {
    case CALC_TEXT:
    case CALC_ERROR:
    case CALC_UNKNOWN:
        return value;
    case CALC_BLANK:
        return value_text(SPAN(""));
    case CALC_BOOLEAN:
        return value_text(value.number != 0 ? SPAN("TRUE") : SPAN("FALSE"));
    case CALC_NUMBER:
        break;
    }
    /* Where the number format General goes over to an exponent is not written down anywhere. */
    double size = fabs(value.number);
    if (size != 0 && (size < 1e-4 || size >= 1e15))
        return value_unknown();
    return value_text(span_make(room, decimal_format(decimal_from_double(value.number, DECIMAL_15), room)));
}

/* --- comparison -------------------------------------------------------------------------------------------------- */

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] & 0x80)
            return false;
    return true;
}

/* Kana and wide forms (U+3040-30FF, U+FF00-FFEF) are equal to others under some settings of the system. */
static bool has_wide_forms(struct span text)
{
    for (size_t i = 0; i + 1 < text.len; i++) {
        unsigned char a = (unsigned char)text.data[i], b = (unsigned char)text.data[i + 1];
        if ((a == 0xE3 && b >= 0x81 && b <= 0x83) || (a == 0xEF && b >= 0xBC && b <= 0xBF))
            return true;
    }
    return false;
}

enum text_verdict value_text_equal(struct span a, struct span b)
{
    if (span_equal(a, b))
        return TEXT_EQUAL;
    if (is_ascii(a) && is_ascii(b))
        return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0 ? TEXT_EQUAL : TEXT_DIFFERENT;
    if (has_wide_forms(a) || has_wide_forms(b))
        return TEXT_MAYBE_EQUAL;
    /* Equal but for case, composition or blanks: near enough to leave it to Excel. */
    return utf8_fold_equal(a, b) ? TEXT_MAYBE_EQUAL : TEXT_DIFFERENT;
}

/* Letters, digits and spaces sort alike everywhere; what else there is (hyphens, accents) is a matter of the locale. */
static bool sorts_alike(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!(c == ' ' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
            return false;
    }
    return true;
}

static bool order_texts(struct span a, struct span b, int *ret)
{
    if (!sorts_alike(a) || !sorts_alike(b))
        return false;
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? strncasecmp(a.data, b.data, n) : 0;
    *ret = order ? order : (a.len > b.len) - (a.len < b.len);
    return true;
}

/* Excel compares what it shows, 15 digits. Two doubles a few bits apart that round to different digits: who knows. */
static bool order_numbers(double a, double b, int *ret)
{
    *ret = (a > b) - (a < b);
    if (*ret == 0 || fabs(a - b) > fabs(a) * 1e-14)
        return true;
    if (decimal_compare(decimal_from_double(a, DECIMAL_15), decimal_from_double(b, DECIMAL_15)) == 0) {
        *ret = 0;
        return true;
    }
    return fabs(a - b) > fabs(a) * 0x1p-50;
}

static int rank(enum calc_kind kind)
{
    return kind == CALC_BOOLEAN ? 2 : kind == CALC_TEXT ? 1 : 0;
}

/* A blank takes the kind of what it is compared with. */
static void fill_blank(struct calc_value *value, enum calc_kind other)
{
    if (value->kind != CALC_BLANK)
        return;
    value->kind = other == CALC_BLANK ? CALC_NUMBER : other;
    value->number = 0;
    value->text = SPAN("");
}

static bool order_values(struct calc_value a, struct calc_value b, bool needs_order, int *ret)
{
    fill_blank(&a, b.kind);
    fill_blank(&b, a.kind);
    *ret = rank(a.kind) - rank(b.kind);
    if (*ret)
        return true;
    if (a.kind == CALC_NUMBER)
        return order_numbers(a.number, b.number, ret);
    if (a.kind == CALC_BOOLEAN) {
        *ret = (a.number > b.number) - (a.number < b.number);
        return true;
    }
    enum text_verdict verdict = value_text_equal(a.text, b.text);
    if (needs_order && verdict == TEXT_DIFFERENT)
        return order_texts(a.text, b.text, ret);
    *ret = verdict == TEXT_DIFFERENT;
    return verdict != TEXT_MAYBE_EQUAL;
}

struct calc_value value_compare(enum node_operator op, struct calc_value a, struct calc_value b)
{
    int order;
    bool needs_order = op != OPERATOR_EQUAL && op != OPERATOR_NOT_EQUAL;
    if (!order_values(a, b, needs_order, &order))
        return value_unknown();
    switch (op) {
    case OPERATOR_EQUAL:
        return value_boolean(order == 0);
    case OPERATOR_NOT_EQUAL:
        return value_boolean(order != 0);
    case OPERATOR_LESS:
        return value_boolean(order < 0);
    case OPERATOR_LESS_EQUAL:
        return value_boolean(order <= 0);
    case OPERATOR_GREATER:
        return value_boolean(order > 0);
    case OPERATOR_GREATER_EQUAL:
        return value_boolean(order >= 0);
    default:
        return value_unknown();
    }
}

/* --- arithmetic -------------------------------------------------------------------------------------------------- */

/* Excel shows 0 for =0.3-0.2-0.1 although the bits differ, but only as the last step of a formula; how many bits it
 * forgives is not documented. Clearly noise: 0. Clearly not: as it is. Between: unknown. */
static struct calc_value add(double a, double b, bool is_last)
{
    double sum = a + b, size = fabs(a) > fabs(b) ? fabs(a) : fabs(b);
    if (is_last && sum != 0 && fabs(sum) < size * 0x1p-46)
        return fabs(sum) <= size * 0x1p-50 ? value_number(0) : value_unknown();
    return value_number(sum);
}

static struct calc_value power(double base, double exponent)
{
    if (base == 0 && exponent == 0)
        return value_error("#NUM!");
    if (base == 0 && exponent < 0)
        return value_error("#DIV/0!");
    if (base < 0 && exponent != trunc(exponent))
        return value_unknown(); /* odd roots of negative numbers have been answered both ways */
    return value_number(pow(base, exponent));
}

struct calc_value value_arithmetic(enum node_operator op, double a, double b, bool is_last)
{
    switch (op) {
    case OPERATOR_ADD:
        return add(a, b, is_last);
    case OPERATOR_SUBTRACT:
        return add(a, -b, is_last);
    case OPERATOR_MULTIPLY:
        return value_number(a * b);
    case OPERATOR_DIVIDE:
        return b == 0 ? value_error("#DIV/0!") : value_number(a / b);
    case OPERATOR_POWER:
        return power(a, b);
    default:
        return value_unknown();
    }
}

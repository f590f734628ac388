/* SPDX-License-Identifier: MIT
 *
 * Text to number in two steps: what may stand around the digits (blanks, one sign or brackets, one
 * currency, one percent sign) is taken off, then the groups of digits and the marks between them
 * are judged as a whole. A text that could mean two numbers is never converted.
 */
#include "workbook/text_number.h"

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/text_number_names.h"

#define TEXT_MAX 128 /* bytes; numbers of 15 digits are shorter however they are dressed */
#define SIGNIFICANT_MAX 15

enum mark { MARK_NONE, MARK_POINT, MARK_COMMA, MARK_APOSTROPHE, MARK_BLANK };

/* "1'234.50" is the digits "123450", the lengths 1, 3, 2 and the marks ' and . */
struct groups {
    char digits[TEXT_MAX];
    uint8_t lengths[TEXT_MAX + 1];
    uint8_t marks[TEXT_MAX];
    unsigned n_digits, n_marks;
};

struct dress {
    bool has_sign, has_minus, has_brackets, has_currency, has_percent;
};

static enum mark mark_of(uint32_t character)
{
    switch (character) {
    case '.':
        return MARK_POINT;
    case ',':
        return MARK_COMMA;
    case '\'':
    case 0x2019: /* right single quotation mark: the Swiss mark as word processors write it */
        return MARK_APOSTROPHE;
    case ' ':
    case 0xA0:   /* no-break space */
    case 0x2007: /* figure space */
    case 0x2009: /* thin space */
    case 0x202F: /* narrow no-break space */
        return MARK_BLANK;
    default:
        return MARK_NONE;
    }
}

/* --- what stands around the digits ---------------------------------------------------------------
 */

static bool take_front(struct span *text, const char *word)
{
    struct span prefix = span_of(word);
    if (!span_starts(*text, prefix))
        return false;
    *text = utf8_trim(span_from(*text, prefix.len));
    return true;
}

static bool take_back(struct span *text, const char *word)
{
    struct span suffix = span_of(word);
    if (!span_ends(*text, suffix))
        return false;
    *text = utf8_trim(span_make(text->data, text->len - suffix.len));
    return true;
}

static bool take_sign(struct span *text, struct dress *dress)
{
    if (dress->has_sign)
        return false;
    if (take_front(text, "-") || take_front(text, "\xe2\x88\x92")) /* U+2212 */
        dress->has_minus = true;
    else if (!take_front(text, "+"))
        return false;
    return dress->has_sign = true;
}

static bool take_brackets(struct span *text, struct dress *dress)
{
    if (dress->has_brackets || !span_starts(*text, SPAN("(")) || !span_ends(*text, SPAN(")")))
        return false;
    take_front(text, "(");
    return dress->has_brackets = take_back(text, ")");
}

static bool take_currency(struct span *text, struct dress *dress)
{
    if (dress->has_currency)
        return false;
    size_t front = text_number_currency_front(*text), back = text_number_currency_back(*text);
    if (!front && !back)
        return false;
    *text = utf8_trim(front ? span_from(*text, front) : span_make(text->data, text->len - back));
    return dress->has_currency = true;
}

static bool take_percent(struct span *text, struct dress *dress)
{
    if (dress->has_percent || !take_back(text, "%"))
        return false;
    return dress->has_percent = true;
}

/* False when the parts contradict each other. */
static bool undress(struct span *text, struct dress *dress)
{
    while (take_sign(text, dress) || take_brackets(text, dress) || take_currency(text, dress) ||
           take_percent(text, dress))
        continue;
    return !(dress->has_sign && dress->has_brackets) &&
           !(dress->has_currency && dress->has_percent);
}

/* --- the digits and the marks between them
 * --------------------------------------------------------- */

static bool split_groups(struct span text, struct groups *ret)
{
    *ret = (struct groups){0};
    while (text.len) {
        unsigned len;
        uint32_t character = utf8_decode(text, &len);
        text = span_from(text, len);
        if (character >= '0' && character <= '9') {
            ret->digits[ret->n_digits++] = (char)character;
            ret->lengths[ret->n_marks]++;
            continue;
        }
        enum mark mark = mark_of(character);
        if (mark == MARK_NONE)
            return false;
        ret->marks[ret->n_marks++] = (uint8_t)mark;
    }
    return ret->lengths[ret->n_marks] > 0; /* "5." is the number of a list item as well */
}

static bool is_grouping(const struct text_number_locale *locale, enum mark mark)
{
    for (size_t i = 0; i < 4 && locale->grouping[i][0]; i++) {
        unsigned len;
        const char *text = locale->grouping[i];
        if (mark_of(utf8_decode(span_make(text, strnlen(text, 4)), &len)) == mark)
            return true;
    }
    return false;
}

/* The first `n` marks group the integer: all alike, in correct threes. */
static bool groups_well(const struct groups *g, unsigned n, const struct text_number_locale *locale)
{
    if (n == 0)
        return true;
    if (g->lengths[0] < 1 || g->lengths[0] > 3 || (locale && !is_grouping(locale, g->marks[0])))
        return false;
    for (unsigned i = 0; i < n; i++) {
        if (g->marks[i] != g->marks[0] || g->lengths[i + 1] != 3)
            return false;
    }
    return true;
}

/* One mark, three digits behind it, one to three before it: a thousand or a thousandth. A number
 * that begins with 0 has no thousands. */
static bool is_ambiguous(const struct groups *g)
{
    return g->n_marks == 1 && g->lengths[1] == 3 && g->lengths[0] >= 1 && g->lengths[0] <= 3 &&
           g->digits[0] != '0';
}

static bool is_decimal_mark(const struct groups *g, const struct text_number_locale *locale)
{
    enum mark last = g->marks[g->n_marks - 1];
    if (locale)
        return last == mark_of((unsigned char)locale->decimal);
    if (last != MARK_POINT && last != MARK_COMMA)
        return false;
    return g->n_marks == 1 || last != g->marks[0];
}

static enum text_number_verdict
judge(const struct groups *g, const struct text_number_locale *locale, unsigned *ret_fraction)
{
    bool has_decimal = g->n_marks && is_decimal_mark(g, locale);
    unsigned n_grouping = g->n_marks - has_decimal;
    if (!groups_well(g, n_grouping, locale))
        return TEXT_NUMBER_NOT;
    if (has_decimal && !locale && is_ambiguous(g))
        return TEXT_NUMBER_AMBIGUOUS;
    unsigned fraction = has_decimal ? g->lengths[g->n_marks] : 0;
    unsigned first = 0, last = g->n_digits;
    while (first < last && g->digits[first] == '0')
        first++;
    while (last > first && last > g->n_digits - fraction && g->digits[last - 1] == '0')
        last--;
    bool has_leading_zero = g->n_digits - fraction > 1 && g->digits[0] == '0';
    if (has_leading_zero || last - first > SIGNIFICANT_MAX)
        return TEXT_NUMBER_KEPT;
    *ret_fraction = fraction;
    return TEXT_NUMBER_CONVERTED;
}

static struct decimal get_value(const struct groups *g, unsigned fraction,
                                const struct dress *dress)
{
    char token[TEXT_MAX + 16];
    size_t len = 0, integer = g->n_digits - fraction;
    if (dress->has_minus || dress->has_brackets)
        token[len++] = '-';
    memcpy(token + len, g->digits, integer);
    len += integer;
    token[len++] = '.';
    memcpy(token + len, g->digits + integer, fraction);
    struct decimal value;
    must(decimal_parse(span_make(token, len + fraction), DECIMAL_15, &value) == FAULT_NONE);
    return dress->has_percent ? decimal_shift(value, 2) : value;
}

/* Most texts are words: out before anything is compared. */
static bool has_digit(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] >= '0' && text.data[i] <= '9')
            return true;
    }
    return false;
}

enum text_number_verdict text_number_parse(struct span text, enum text_number_rule rule,
                                           const struct text_number_locale *locale,
                                           struct decimal *ret)
{
    static const struct text_number_locale plain = {.decimal = '.'};
    must((rule == TEXT_NUMBER_LOCALE) == (locale != NULL));
    text = utf8_trim(text);
    if (rule == TEXT_NUMBER_OFF || text.len > TEXT_MAX || !has_digit(text))
        return TEXT_NUMBER_NOT;
    struct dress dress = {0};
    struct groups groups;
    if (rule == TEXT_NUMBER_PLAIN) {
        take_sign(&text, &dress);
        locale = &plain;
    } else {
        take_front(&text, "'");
        if (!undress(&text, &dress))
            return TEXT_NUMBER_NOT;
    }
    if (!split_groups(text, &groups))
        return TEXT_NUMBER_NOT;
    unsigned fraction = 0;
    enum text_number_verdict verdict = judge(&groups, locale, &fraction);
    if (verdict == TEXT_NUMBER_CONVERTED)
        *ret = get_value(&groups, fraction, &dress);
    return verdict;
}

/* SPDX-License-Identifier: MIT
 *
 * COUNTIF, SUMIF, AVERAGEIF and their forms with several conditions. A condition is a value ("equals"), or a text with an
 * operator before it: ">5", "<>x", "a*". Conditions on dates, booleans and errors as text are left unknown.
 */
#include <strings.h>

#include "workbook/formula_functions.h"
#include "workbook/formula_total.h"

struct criterion {
    enum node_operator op;
    bool is_number;
    bool is_pattern; /* `text` has * or ? or ~ */
    bool takes_blank;
    double number;
    struct span text;
};

#define PATTERN_MAX 255 /* as in Excel; bounds the time of a match too */

enum match { MATCH_NO, MATCH_YES, MATCH_UNSURE };

static struct span read_operator(struct span text, enum node_operator *ret)
{
    static const struct {
        const char *text;
        enum node_operator op;
    } table[] = {
        {"<>", OPERATOR_NOT_EQUAL}, {"<=", OPERATOR_LESS_EQUAL}, {">=", OPERATOR_GREATER_EQUAL},
        {"=", OPERATOR_EQUAL},      {"<", OPERATOR_LESS},        {">", OPERATOR_GREATER},
    };
    *ret = OPERATOR_NONE;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (span_starts(text, span_of(table[i].text))) {
            *ret = table[i].op;
            return span_from(text, strlen(table[i].text));
        }
    return text;
}

static bool has_wildcard(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '*' || text.data[i] == '?' || text.data[i] == '~')
            return true;
    return false;
}

/* Words that Excel reads as something other than text. */
static bool is_special(struct span text)
{
    return formula_error_find(text).len || value_text_equal(text, SPAN("TRUE")) == TEXT_EQUAL ||
           value_text_equal(text, SPAN("FALSE")) == TEXT_EQUAL;
}

/* "Item 5" is text to everybody; "5 May", "May 5", "5%" and "$5" are not, depending on the country. */
static bool is_surely_text(struct span text)
{
    static const char months[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    unsigned char c = (unsigned char)text.data[0];
    if (c >= 0x80)
        return c != 0xC2 && c != 0xEF && !(c == 0xE2 && text.len > 1 && (unsigned char)text.data[1] == 0x82);
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
        return false;
    for (const char *month = months; *month && text.len >= 3; month += 3)
        if (strncasecmp(text.data, month, 3) == 0)
            return false;
    return true;
}

/* False: a condition whose meaning is not certain. */
static bool read_text_criterion(struct span text, struct criterion *ret)
{
    enum node_operator op;
    text = read_operator(text, &op);
    bool is_bare = op == OPERATOR_NONE;
    ret->op = is_bare ? OPERATOR_EQUAL : op;
    if (!text.len) { /* "<>": not blank; "" and "=" differ on empty texts */
        ret->text = text;
        return op == OPERATOR_NOT_EQUAL;
    }
    switch (value_read_number(text, &ret->number)) {
    case TEXT_IS_NUMBER:
        ret->is_number = true;
        break;
    case TEXT_IS_UNSURE:
        if (!is_surely_text(text))
            return false;
        break;
    case TEXT_IS_NO_NUMBER:
        break;
    }
    ret->text = text;
    ret->is_pattern = !ret->is_number && has_wildcard(text);
    bool is_order = ret->op != OPERATOR_EQUAL && ret->op != OPERATOR_NOT_EQUAL;
    ret->takes_blank = ret->op == OPERATOR_NOT_EQUAL;
    return !is_special(text) && !(is_order && !ret->is_number);
}

static bool read_criterion(struct calc_value value, struct criterion *ret)
{
    *ret = (struct criterion){.op = OPERATOR_EQUAL};
    switch (value.kind) {
    case CALC_BLANK: /* as 0 */
    case CALC_NUMBER:
        ret->is_number = true;
        ret->number = value.number;
        return true;
    case CALC_TEXT:
        return read_text_criterion(value.text, ret);
    default:
        return false;
    }
}

/* --- one cell ------------------------------------------------------------------------------------------------------ */

static size_t character_length(struct span text)
{
    size_t len = 1;
    while (len < text.len && (text.data[len] & 0xC0) == 0x80)
        len++;
    return len;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* ? one character, * any run, ~ takes the next as it is. Goes back only to the last *. */
static bool match_pattern(struct span pattern, struct span text)
{
    size_t p = 0, t = 0, star = SIZE_MAX, mark = 0;
    while (t < text.len) {
        bool is_escaped = p + 1 < pattern.len && pattern.data[p] == '~';
        if (p < pattern.len && !is_escaped && pattern.data[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.len && !is_escaped && pattern.data[p] == '?') {
            p++;
            t += character_length(span_from(text, t));
        } else if (p < pattern.len && lower(pattern.data[p + is_escaped]) == lower(text.data[t])) {
            p += 1 + is_escaped;
            t++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

static enum match compare_numbers(enum node_operator op, double a, double b)
{
    struct calc_value x = {.kind = CALC_NUMBER, .number = a}, y = {.kind = CALC_NUMBER, .number = b};
    struct calc_value result = value_compare(op, x, y);
    return result.kind != CALC_BOOLEAN ? MATCH_UNSURE : result.number != 0 ? MATCH_YES : MATCH_NO;
}

static enum match invert(enum match match, bool is_inverted)
{
    return match == MATCH_UNSURE || !is_inverted ? match : match == MATCH_YES ? MATCH_NO : MATCH_YES;
}

/* "1,000", "50%", "1/2": a number to somebody. */
static bool may_be_number(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!memchr("0123456789 .,%$()+-/:eE", text.data[i], 23) && !(text.data[i] & 0x80))
            return false;
    return true;
}

/* Text that is a number equals it, but is not less or greater. */
static enum match match_number(const struct criterion *self, struct calc_value value)
{
    double number;
    bool is_equality = self->op == OPERATOR_EQUAL || self->op == OPERATOR_NOT_EQUAL;
    if (value.kind == CALC_NUMBER)
        return compare_numbers(self->op, value.number, self->number);
    if (value.kind == CALC_TEXT && is_equality) {
        enum text_reading reading = value_read_number(value.text, &number);
        if (reading == TEXT_IS_NUMBER)
            return compare_numbers(self->op, number, self->number);
        if (reading == TEXT_IS_UNSURE && may_be_number(value.text))
            return MATCH_UNSURE;
    }
    return self->op == OPERATOR_NOT_EQUAL ? MATCH_YES : MATCH_NO;
}

static enum match match_text(const struct criterion *self, struct calc_value value)
{
    bool is_inverted = self->op == OPERATOR_NOT_EQUAL;
    if (value.kind != CALC_TEXT)
        return is_inverted ? MATCH_YES : MATCH_NO;
    if (self->is_pattern) {
        bool is_plain = true; /* the pattern folds ASCII only */
        for (size_t i = 0; i < self->text.len; i++)
            is_plain &= !(self->text.data[i] & 0x80);
        if (!is_plain || self->text.len > PATTERN_MAX)
            return MATCH_UNSURE;
        return invert(match_pattern(self->text, value.text) ? MATCH_YES : MATCH_NO, is_inverted);
    }
    enum text_verdict verdict = value_text_equal(self->text, value.text);
    if (verdict == TEXT_MAYBE_EQUAL)
        return MATCH_UNSURE;
    return invert(verdict == TEXT_EQUAL ? MATCH_YES : MATCH_NO, is_inverted);
}

/* `value` may be blank. */
static enum match match_criterion(const struct criterion *self, struct calc_value value)
{
    if (value.kind == CALC_UNKNOWN)
        return MATCH_UNSURE;
    if (value.kind == CALC_BLANK)
        return self->takes_blank ? MATCH_YES : MATCH_NO;
    if (!self->is_number && !self->text.len) /* "<>" */
        return MATCH_YES;
    if (value.kind == CALC_ERROR)
        return self->op == OPERATOR_NOT_EQUAL ? MATCH_UNSURE : MATCH_NO;
    return self->is_number ? match_number(self, value) : match_text(self, value);
}

/* --- several conditions --------------------------------------------------------------------------------------------- */

#define CRITERIA_MAX 16

struct conditions {
    size_t n;
    struct area areas[CRITERIA_MAX];
    struct criterion criteria[CRITERIA_MAX];
};

/* A blank result: all is well. */
static struct calc_value read_conditions(struct evaluation *self, const struct node *node, struct conditions *ret)
{
    struct calc_value good = {.kind = CALC_BLANK};
    ret->n = 0;
    for (; node && node->next; node = node->next->next) {
        struct operand operand = evaluate_operand(self, node);
        struct calc_value value = evaluate_scalar(self, node->next);
        if (ret->n == CRITERIA_MAX || !operand.is_area || value_is_bad(value) ||
            !read_criterion(value, &ret->criteria[ret->n]))
            return value_unknown();
        ret->areas[ret->n] = operand.area;
        const struct cell_range *a = &ret->areas[0].range, *b = &operand.area.range;
        if (a->last.row - a->first.row != b->last.row - b->first.row ||
            a->last.col - a->first.col != b->last.col - b->first.col)
            return value_error("#VALUE!");
        ret->n++;
    }
    return node ? value_unknown() : good;
}

/* The cell of each condition at an offset from the corners. */
static enum match match_offset(struct evaluation *self, const struct conditions *conditions, uint32_t row, uint32_t col)
{
    enum match all = MATCH_YES;
    for (size_t i = 0; i < conditions->n && all != MATCH_NO; i++) {
        const struct area *area = &conditions->areas[i];
        struct calc_value value = area_cell(self, area->sheet, area->range.first.row + row, area->range.first.col + col);
        enum match match = match_criterion(&conditions->criteria[i], value);
        all = match == MATCH_NO || all == MATCH_YES ? match : all;
    }
    return all;
}

/* Evaluates what is still to be evaluated in all of the areas. False: not yet. */
static bool settle(struct evaluation *self, const struct conditions *conditions)
{
    for (size_t i = 0; i < conditions->n; i++) {
        struct area_walk walk = area_begin(self, &conditions->areas[i]);
        struct calc_value value;
        while (area_next(&walk, &value))
            continue;
    }
    return !self->is_pending && !self->is_circular;
}

static struct calc_value count(struct evaluation *self, const struct conditions *conditions)
{
    size_t lead = 0; /* the walk needs a condition that no blank cell meets */
    while (lead < conditions->n && conditions->criteria[lead].takes_blank)
        lead++;
    bool is_inverse = lead == conditions->n; /* then count the misses: a cell that is there in one of the areas */
    if ((is_inverse && conditions->n > 1) || !settle(self, conditions))
        return value_unknown();
    const struct area *area = &conditions->areas[is_inverse ? 0 : lead];
    struct area_walk walk = area_begin(self, area);
    struct calc_value value;
    uint64_t n = 0;
    while (area_next(&walk, &value)) {
        enum match match = match_offset(self, conditions, walk.slot->row - area->range.first.row,
                                        walk.slot->col - area->range.first.col);
        if (match == MATCH_UNSURE)
            return value_unknown();
        n += match == (is_inverse ? MATCH_NO : MATCH_YES);
    }
    return value_number((double)(is_inverse ? area_cells(area) - n : n));
}

/* Over the numbers of `area` whose offset meets the conditions. A value that is an error counts only when it is met. */
static struct calc_value add(struct evaluation *self, const struct conditions *conditions, const struct area *area,
                             bool is_mean)
{
    struct calc_value value, bad = {.kind = CALC_BLANK};
    struct total total;
    total_clear(&total);
    if (!settle(self, conditions))
        return value_unknown();
    struct area_walk walk = area_begin(self, area);
    while (area_next(&walk, &value)) {
        if (value.kind != CALC_NUMBER && !value_is_bad(value))
            continue;
        enum match match = match_offset(self, conditions, walk.slot->row - area->range.first.row,
                                        walk.slot->col - area->range.first.col);
        if (match == MATCH_UNSURE || (match == MATCH_YES && value_is_unknown(value)))
            bad = value_unknown();
        else if (match == MATCH_YES && value.kind == CALC_ERROR)
            bad = bad.kind == CALC_BLANK || span_equal(bad.text, value.text) ? value : value_unknown();
        else if (match == MATCH_YES)
            total_add(&total, value.number);
    }
    double result;
    if (bad.kind != CALC_BLANK)
        return bad;
    if (is_mean && total.n == 0)
        return value_error("#DIV/0!");
    return (is_mean ? total_mean(&total, &result) : total_sum(&total, &result)) ? value_number(result)
                                                                             : value_error("#NUM!");
}

struct calc_value call_countifs(struct evaluation *self, const struct node *call)
{
    struct conditions conditions;
    struct calc_value bad = read_conditions(self, call->child, &conditions);
    return bad.kind != CALC_BLANK ? bad : count(self, &conditions);
}

struct calc_value call_countif(struct evaluation *self, const struct node *call)
{
    return call_countifs(self, call);
}

/* SUMIF's third argument gives the corner; its size is that of the first. */
static struct calc_value call_if(struct evaluation *self, const struct node *call, bool is_mean)
{
    struct operand where = evaluate_operand(self, call->child), what = where;
    struct calc_value criterion = evaluate_scalar(self, call->child->next);
    struct conditions conditions = {.n = 1, .areas = {where.area}};
    if (call->n == 3)
        what = evaluate_operand(self, call->child->next->next);
    if (!where.is_area || !what.is_area || value_is_bad(criterion) || !read_criterion(criterion, &conditions.criteria[0]))
        return value_unknown();
    const struct cell_range *size = &where.area.range;
    uint32_t rows = size->last.row - size->first.row, cols = size->last.col - size->first.col;
    struct cell_range *range = &what.area.range;
    if (rows >= GRID_ROWS - range->first.row || cols >= GRID_COLS - range->first.col)
        return value_unknown();
    range->last = (struct cell_ref){range->first.row + rows, range->first.col + cols};
    return add(self, &conditions, &what.area, is_mean);
}

struct calc_value call_sumif(struct evaluation *self, const struct node *call)
{
    return call_if(self, call, false);
}

struct calc_value call_averageif(struct evaluation *self, const struct node *call)
{
    return call_if(self, call, true);
}

static struct calc_value call_ifs(struct evaluation *self, const struct node *call, bool is_mean)
{
    struct operand what = evaluate_operand(self, call->child);
    struct conditions conditions;
    struct calc_value bad = read_conditions(self, call->child->next, &conditions);
    if (bad.kind != CALC_BLANK || !what.is_area)
        return bad.kind != CALC_BLANK ? bad : value_unknown();
    const struct cell_range *a = &what.area.range, *b = &conditions.areas[0].range;
    if (a->last.row - a->first.row != b->last.row - b->first.row ||
        a->last.col - a->first.col != b->last.col - b->first.col)
        return value_error("#VALUE!");
    return add(self, &conditions, &what.area, is_mean);
}

struct calc_value call_sumifs(struct evaluation *self, const struct node *call)
{
    return call_ifs(self, call, false);
}

struct calc_value call_averageifs(struct evaluation *self, const struct node *call)
{
    return call_ifs(self, call, true);
}

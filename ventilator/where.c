/* SPDX-License-Identifier: MIT */
#include "ventilator/where.h"

#include <math.h>

#include "core/number.h"
#include "core/utf8.h"
#include "workbook/dates.h"

#define WHERE_BYTES_MAX 65536u

static const struct {
    struct span text;
    enum stack_operator op;
} operators[] = {
    /* longer ones before those that they begin with */
    {{"==", 2}, STACK_EQUAL},     {{"!=", 2}, STACK_UNEQUAL},       {{"<>", 2}, STACK_UNEQUAL}, {{"<=", 2}, STACK_LESS_EQUAL},
    {{">=", 2}, STACK_GREATER_EQUAL}, {{"!~", 2}, STACK_UNLIKE},    {{"=", 1}, STACK_EQUAL},    {{"<", 1}, STACK_LESS},
    {{">", 1}, STACK_GREATER},    {{"~", 1}, STACK_LIKE},
};

static bool take_operator(struct span *rest, enum stack_operator *ret)
{
    for (size_t i = 0; i < sizeof operators / sizeof operators[0]; i++) {
        if (!span_starts(*rest, operators[i].text))
            continue;
        *ret = operators[i].op;
        *rest = span_from(*rest, operators[i].text.len);
        return true;
    }
    return false;
}

static bool is_quote(struct span text)
{
    return text.len && (text.data[0] == '\'' || text.data[0] == '"');
}

/* A quoted text at the beginning of *rest, a doubled quote in it being one. False: it does not end. */
static bool take_quoted(struct span *rest, struct buffer *out)
{
    char quote = rest->data[0];
    for (size_t at = 1; at < rest->len; at++) {
        if (rest->data[at] == quote && !(at + 1 < rest->len && rest->data[at + 1] == quote)) {
            *rest = span_from(*rest, at + 1);
            return true;
        }
        at += rest->data[at] == quote;
        buffer_put_char(out, rest->data[at]);
    }
    return false;
}

static enum fault take_name(struct span *rest, struct buffer *out, struct span whole, struct why *why)
{
    enum stack_operator ignored;
    if (is_quote(*rest))
        return take_quoted(rest, out) ? FAULT_NONE
                                      : why_set(why, FAULT_USAGE, "--where \"%.*s\": the name's quote is not closed", SPAN_ARGS(whole));
    size_t len = 0;
    for (struct span at = *rest; at.len && !take_operator(&(struct span){at.data, at.len}, &ignored); at = span_from(at, 1))
        len++;
    buffer_put(out, utf8_trim(span_make(rest->data, len)));
    *rest = span_from(*rest, len);
    return FAULT_NONE;
}

/* "2024-07-31", with or without a time: what --where knows as a date. */
static bool read_date(struct span text, double *ret)
{
    bool is_date = text.len >= 10 && text.data[4] == '-' && text.data[7] == '-';
    return is_date && date_from_iso(text, false, ret) && isfinite(*ret);
}

static enum fault take_value(struct span rest, struct span whole, struct buffer *out, struct stack_condition *ret, struct why *why)
{
    bool is_quoted = is_quote(rest);
    if (is_quoted && (!take_quoted(&rest, out) || utf8_trim(rest).len))
        return why_set(why, FAULT_USAGE, "--where \"%.*s\": the value's quote is not closed at its end", SPAN_ARGS(whole));
    if (!is_quoted)
        buffer_put(out, rest);
    bool compares = ret->op != STACK_LIKE && ret->op != STACK_UNLIKE;
    struct span value = buffer_span(out);
    ret->has_number =
        !is_quoted && compares && value.len && (number_parse(value, &ret->number) == FAULT_NONE || read_date(value, &ret->number));
    if (!ret->has_number)
        ret->number = 0;
    bool has_order = ret->op >= STACK_LESS && ret->op <= STACK_GREATER_EQUAL;
    if (!utf8_trim(value).len && (has_order || !compares))
        return why_set(why, FAULT_USAGE, "--where \"%.*s\": there is no value to compare with", SPAN_ARGS(whole));
    return FAULT_NONE;
}

static enum fault keep(struct arena *arena, struct span text, struct span *ret, struct why *why)
{
    *ret = arena_copy(arena, text);
    return ret->data ? FAULT_NONE : why_set(why, FAULT_LIMIT, "the conditions are too long");
}

enum fault where_parse(struct span text, struct arena *arena, struct where *ret, struct why *why)
{
    *ret = (struct where){.condition = {.text = SPAN("")}};
    if (text.len > WHERE_BYTES_MAX || !utf8_valid(text))
        return why_set(why, FAULT_USAGE, "--where: the condition is no text of at most %u bytes", WHERE_BYTES_MAX);
    struct buffer part, folded;
    buffer_init(&part, WHERE_BYTES_MAX);
    buffer_init(&folded, WHERE_BYTES_MAX * 4 + 16);
    struct span rest = utf8_trim(text);
    enum fault fault = take_name(&rest, &part, text, why);
    rest = utf8_trim(rest);
    if (!fault && (!utf8_trim(buffer_span(&part)).len || !take_operator(&rest, &ret->condition.op)))
        fault = why_set(why, FAULT_USAGE, "--where \"%.*s\": say NAME OP VALUE, with OP one of = != < <= > >= ~ !~", SPAN_ARGS(text));
    if (!fault)
        fault = keep(arena, buffer_span(&part), &ret->name, why);
    buffer_clear(&part);
    if (!fault)
        fault = take_value(utf8_trim(rest), text, &part, &ret->condition, why);
    if (!fault) {
        utf8_fold(buffer_span(&part), &folded);
        fault = keep(arena, buffer_span(&folded), &ret->condition.text, why);
    }
    buffer_free(&part);
    buffer_free(&folded);
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * The text that a value shows: which section it takes, whether its sign is written, and who writes
 * it.
 */
#include "workbook/number_format.h"

#include <math.h>

#include "workbook/number_format_code.h"

void format_put_literal(const struct format_token *token, struct buffer *out)
{
    switch (token->kind) {
    case FORMAT_TOKEN_SPACE:
        buffer_put_char(out, ' ');
        break;
    case FORMAT_TOKEN_FILL: /* fills what is left of the column: of no width here */
    case FORMAT_TOKEN_EXPONENT:
    case FORMAT_TOKEN_SUBSECOND:
    case FORMAT_TOKEN_ELAPSED:
        break;
    case FORMAT_TOKEN_DIGIT: /* of a kind that its section has no place for */
    case FORMAT_TOKEN_NUMERAL:
        buffer_put_char(out, token->letter);
        break;
    case FORMAT_TOKEN_POINT:
        buffer_put_char(out, '.');
        break;
    default:
        buffer_put(out, token->text);
        break;
    }
}

/* --- which section
 * -------------------------------------------------------------------------------- */

static bool holds(const struct format_section *section, double value)
{
    switch (section->comparison) {
    case FORMAT_LT:
        return value < section->limit;
    case FORMAT_LE:
        return value <= section->limit;
    case FORMAT_EQ:
        return value == section->limit;
    case FORMAT_NE:
        return value != section->limit;
    case FORMAT_GE:
        return value >= section->limit;
    case FORMAT_GT:
        return value > section->limit;
    default:
        return true;
    }
}

/* A last section with @ is for texts, unless it is the only one. */
static size_t count_number_sections(const struct format_code *code)
{
    size_t n = code->n_sections;
    if (n == FORMAT_SECTIONS)
        return n - 1;
    const struct format_section *last = &code->sections[n - 1];
    return n > 1 && last->has_text && !last->digits ? n - 1 : n;
}

/* -1: none of the conditions holds. */
static int choose_section(const struct format_code *code, double value)
{
    size_t n = count_number_sections(code);
    const struct format_section *first = &code->sections[0], *second = &code->sections[1];
    if (n == 1)
        return holds(first, value) ? 0 : -1;
    if (!first->comparison && !second->comparison)
        return n == 2 ? value < 0 : value > 0 ? 0 : value < 0 ? 1 : 2;
    if (first->comparison ? holds(first, value) : value > 0 || (n == 2 && value == 0))
        return 0;
    if (second->comparison ? holds(second, value) : n == 2 || value < 0)
        return 1;
    return n > 2 ? 2 : -1;
}

/* Only negative values come here, so the section itself says that they are. */
static bool is_for_negatives(const struct format_section *section)
{
    return (section->comparison == FORMAT_LT && section->limit <= 0) ||
           ((section->comparison == FORMAT_LE || section->comparison == FORMAT_EQ) &&
            section->limit < 0);
}

static bool shows_sign(const struct format_code *code, int index)
{
    const struct format_section *first = &code->sections[0];
    if (code->sections[index].comparison)
        return !is_for_negatives(&code->sections[index]);
    if (index != 1)
        return true;
    bool is_rest =
        !first->comparison ||
        ((first->comparison == FORMAT_GE || first->comparison == FORMAT_GT) && first->limit == 0);
    return !is_rest;
}

/* --- who writes it
 * -------------------------------------------------------------------------------- */

static void put_general_section(const struct format_section *section, struct decimal value,
                                bool has_sign, struct buffer *out)
{
    if (has_sign)
        buffer_put_char(out, '-');
    for (size_t i = 0; i < section->n; i++) {
        const struct format_token *token = &section->tokens[i];
        if (token->kind == FORMAT_TOKEN_GENERAL || token->kind == FORMAT_TOKEN_TEXT)
            format_put_general(value, out);
        else
            format_put_literal(token, out);
    }
}

static void put_value(const struct format_section *section, double value, bool has_sign,
                      struct buffer *out)
{
    struct decimal decimal = decimal_from_double(fabs(value), DECIMAL_15);
    has_sign = has_sign && value < 0;
    if (section->has_general || (section->has_text && !section->digits))
        put_general_section(section, decimal, has_sign, out);
    else if (!format_put_fraction(section, decimal, has_sign, out))
        format_put_number(section, decimal, has_sign, out);
}

/* The codes that stand for what the user has chosen in the system: as Excel (en-US) saves them to
 * text. */
static struct span replace_system_code(const struct format_section *section)
{
    if (section->system == 0xF800)
        return SPAN("dddd, mmmm d, yyyy");
    if (section->system == 0xF400)
        return SPAN("hh:mm:ss");
    return (struct span){0};
}

/* A lone condition leaves General for the rest; where each section has one, nothing is left to
 * show. */
static struct span replace_unmatched(const struct format_code *code)
{
    return count_number_sections(code) == 1 ? SPAN("General") : SPAN("\"########\"");
}

static void put_section(const struct format_section *section, double value, bool has_sign,
                        bool is_1904, struct buffer *out)
{
    if (section->has_date || section->has_elapsed)
        format_put_date(section, value, is_1904, out);
    else
        put_value(section, value, has_sign, out);
}

bool number_format_apply(struct span code, double value, bool is_1904, struct buffer *out)
{
    struct format_code parsed;
    format_code_parse(code.len ? code : SPAN("General"), &parsed);
    if (parsed.is_malformed || !isfinite(value))
        return false;
    int index = choose_section(&parsed, value);
    struct span replaced =
        index < 0 ? replace_unmatched(&parsed) : replace_system_code(&parsed.sections[index]);
    if (replaced.data) {
        format_code_parse(replaced, &parsed);
        index = 0;
    }
    const struct format_section *section = &parsed.sections[index];
    if (section->n) /* an empty section hides the value */
        put_section(section, value, shows_sign(&parsed, index), is_1904, out);
    return true;
}

/* SPDX-License-Identifier: MIT
 *
 * Not a parser of formulas: a cutter that knows words, strings, quoted names and brackets, which is all that
 * telling a reference from a name or a function takes.
 */
#include "workbook/formula_shift.h"

struct half { /* "$A" or "$1" */
    bool is_absolute;
    bool is_there;
    uint32_t value; /* 0-based */
};

struct token_ref {
    struct half col, row;
};

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Characters of names, functions and references; bytes of UTF-8 beyond ASCII too. */
static bool is_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '$' || c == '\\' || c == '?' ||
           (unsigned char)c >= 0x80;
}

static size_t word_len(struct span text)
{
    size_t n = 0;
    while (n < text.len && is_word(text.data[n]))
        n++;
    return n;
}

static size_t take_col(struct span text, struct half *ret)
{
    size_t i = text.len && text.data[0] == '$', letters = 0;
    uint32_t col = 0;
    ret->is_absolute = i == 1;
    for (; i < text.len && is_letter(text.data[i]) && letters < 4; i++, letters++)
        col = col * 26 + (uint32_t)((text.data[i] & ~0x20) - 'A' + 1);
    ret->is_there = letters >= 1 && letters <= 3 && col <= GRID_COLS;
    ret->value = col - 1;
    return ret->is_there ? i : 0;
}

static size_t take_row(struct span text, struct half *ret)
{
    size_t i = text.len && text.data[0] == '$', digits = 0;
    uint32_t row = 0;
    ret->is_absolute = i == 1;
    for (; i < text.len && is_digit(text.data[i]) && digits < 8; i++, digits++)
        row = row * 10 + (uint32_t)(text.data[i] - '0');
    ret->is_there = digits && digits < 8 && row >= 1 && row <= GRID_ROWS;
    ret->value = row - 1;
    return ret->is_there ? i : 0;
}

/* "$B$7", "B", "7": the whole word or nothing. */
static bool parse_word(struct span word, struct token_ref *ret)
{
    *ret = (struct token_ref){0};
    size_t used = take_col(word, &ret->col);
    size_t more = take_row(span_from(word, used), &ret->row);
    return used + more == word.len && word.len > 0;
}

static uint32_t move(struct half half, uint32_t from, uint32_t to, uint32_t size)
{
    return half.is_absolute ? half.value : (half.value + size + to - from) % size;
}

static void put_ref(struct buffer *out, struct token_ref ref, struct cell_ref from, struct cell_ref to)
{
    char letters[4];
    if (ref.col.is_there) {
        column_format(move(ref.col, from.col, to.col, GRID_COLS), letters);
        buffer_putf(out, "%s%s", ref.col.is_absolute ? "$" : "", letters);
    }
    if (ref.row.is_there)
        buffer_putf(out, "%s%u", ref.row.is_absolute ? "$" : "", move(ref.row, from.row, to.row, GRID_ROWS) + 1);
}

/* A:C, 2:5: columns or rows on both sides of the colon. Gives the length eaten, 0 when it is none. */
static size_t put_whole_range(struct buffer *out, struct span text, size_t first_len, struct token_ref first,
                              struct cell_ref from, struct cell_ref to)
{
    struct token_ref last;
    if (first.col.is_there == first.row.is_there || first_len >= text.len || text.data[first_len] != ':')
        return 0;
    size_t last_len = word_len(span_from(text, first_len + 1));
    size_t end = first_len + 1 + last_len;
    if (!parse_word(span_make(text.data + first_len + 1, last_len), &last) || last.col.is_there != first.col.is_there ||
        last.row.is_there != first.row.is_there || (end < text.len && (text.data[end] == '!' || text.data[end] == '(')))
        return 0;
    put_ref(out, first, from, to);
    buffer_put_char(out, ':');
    put_ref(out, last, from, to);
    return end;
}

static size_t put_word(struct buffer *out, struct span text, struct cell_ref from, struct cell_ref to)
{
    size_t len = word_len(text);
    struct token_ref ref;
    char next = len < text.len ? text.data[len] : 0;
    if (parse_word(span_make(text.data, len), &ref)) {
        size_t eaten = put_whole_range(out, text, len, ref, from, to);
        if (eaten)
            return eaten;
        if (ref.col.is_there && ref.row.is_there && next != '(' && next != '!' && next != '[') {
            put_ref(out, ref, from, to);
            return len;
        }
    }
    buffer_put(out, span_make(text.data, len));
    return len;
}

/* "text", 'sheet' with the quote doubled inside. */
static size_t quoted_len(struct span text)
{
    size_t i = 1;
    for (; i < text.len; i++) {
        if (text.data[i] != text.data[0])
            continue;
        if (i + 1 < text.len && text.data[i + 1] == text.data[0])
            i++;
        else
            return i + 1;
    }
    return text.len;
}

/* [1]Sheet!A1, Table[[#This Row],[A1]]: nothing inside the brackets is a reference. */
static size_t bracket_len(struct span text)
{
    unsigned depth = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == '\'' && i + 1 < text.len)
            i++; /* escapes the next character in a column's name */
        else if (text.data[i] == '[')
            depth++;
        else if (text.data[i] == ']' && --depth == 0)
            return i + 1;
    }
    return text.len;
}

void formula_shift(struct span formula, struct cell_ref from, struct cell_ref to, struct buffer *out)
{
    while (formula.len) {
        char c = formula.data[0];
        size_t len = 1;
        if (is_word(c)) {
            formula = span_from(formula, put_word(out, formula, from, to));
            continue;
        }
        if (c == '"' || c == '\'')
            len = quoted_len(formula);
        else if (c == '[')
            len = bracket_len(formula);
        buffer_put(out, span_make(formula.data, len));
        formula = span_from(formula, len);
    }
}

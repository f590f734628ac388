/* SPDX-License-Identifier: MIT
 *
 * A1 text to coordinates and back. Nothing here rounds, wraps or guesses: a reference outside the
 * grid, with a leading zero, or with anything behind it is no reference.
 */
#include "workbook/cell_ref.h"

#include "core/must.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static unsigned letter_value(char c) /* 1..26, 0 for no letter */
{
    unsigned char upper = (unsigned char)c & 0xdf;
    return upper >= 'A' && upper <= 'Z' ? upper - 'A' + 1u : 0;
}

/* Each takes its part off the front of `text`, with a "$" before it. */
static bool take_column(struct span *text, uint32_t *ret_col)
{
    size_t i = text->len && text->data[0] == '$';
    uint32_t col = 0;
    size_t first = i;
    for (unsigned v; i < text->len && (v = letter_value(text->data[i])); i++) {
        if (i - first == 3)
            return false;
        col = col * 26 + v;
    }
    if (i == first || col > GRID_COLS)
        return false;
    *ret_col = col - 1;
    *text = span_from(*text, i);
    return true;
}

static bool take_row(struct span *text, uint32_t *ret_row)
{
    size_t i = text->len && text->data[0] == '$';
    uint32_t row = 0;
    size_t first = i;
    for (; i < text->len && is_digit(text->data[i]); i++) {
        if (i - first == 7)
            return false;
        row = row * 10 + (uint32_t)(text->data[i] - '0');
    }
    if (i == first || text->data[first] == '0' || row > GRID_ROWS)
        return false;
    *ret_row = row - 1;
    *text = span_from(*text, i);
    return true;
}

bool cell_ref_parse(struct span text, struct cell_ref *ret)
{
    struct cell_ref ref;
    if (!take_column(&text, &ref.col) || !take_row(&text, &ref.row) || text.len)
        return false;
    *ret = ref;
    return true;
}

static void order(uint32_t *a, uint32_t *b)
{
    if (*a > *b) {
        uint32_t t = *a;
        *a = *b;
        *b = t;
    }
}

/* The two sides of "A:C", "2:5" or "B2:D9" are of one kind; a single side must be a cell. */
bool cell_range_parse(struct span text, struct cell_range *ret)
{
    struct cell_range range = {{0, 0}, {GRID_ROWS - 1, GRID_COLS - 1}};
    struct span rest = text;
    bool has_col = take_column(&rest, &range.first.col);
    bool has_row = take_row(&rest, &range.first.row);
    if (!rest.len) {
        if (!has_col || !has_row)
            return false;
        range.last = range.first;
        *ret = range;
        return true;
    }
    if (rest.data[0] != ':')
        return false;
    rest = span_from(rest, 1);
    if (take_column(&rest, &range.last.col) != has_col ||
        take_row(&rest, &range.last.row) != has_row || rest.len || !(has_col || has_row))
        return false;
    order(&range.first.col, &range.last.col);
    order(&range.first.row, &range.last.row);
    *ret = range;
    return true;
}

size_t column_format(uint32_t col, char out[4])
{
    must(col < GRID_COLS);
    char letters[3];
    size_t n = 0;
    for (uint32_t rest = col + 1; rest; rest = (rest - 1) / 26)
        letters[n++] = (char)('A' + (rest - 1) % 26);
    for (size_t i = 0; i < n; i++)
        out[i] = letters[n - 1 - i];
    out[n] = '\0';
    return n;
}

size_t cell_ref_format(struct cell_ref ref, char out[CELL_REF_TEXT_MAX])
{
    must(ref.row < GRID_ROWS);
    size_t len = column_format(ref.col, out);
    char digits[7];
    size_t n = 0;
    for (uint32_t rest = ref.row + 1; rest; rest /= 10)
        digits[n++] = (char)('0' + rest % 10);
    while (n)
        out[len++] = digits[--n];
    out[len] = '\0';
    return len;
}

/* 'It''s'!A1: returns the length of the quoted part with both quotes, 0 when it does not end. */
static size_t unquote(struct span text, char *name, size_t *ret_len)
{
    size_t len = 0;
    for (size_t i = 1; i < text.len; i++) {
        if (text.data[i] == '\'') {
            if (i + 1 == text.len || text.data[i + 1] != '\'') {
                *ret_len = len;
                return i + 1;
            }
            i++;
        }
        name[len++] = text.data[i];
    }
    return 0;
}

bool sheet_range_parse(struct span text, char *name, size_t *ret_name_len, struct cell_range *ret)
{
    size_t name_len = 0, taken = 0;
    if (text.len && text.data[0] == '\'') {
        taken = unquote(text, name, &name_len);
        if (!taken || taken == text.len || text.data[taken] != '!' || !name_len)
            return false;
        taken++;
    } else {
        const char *mark = text.len ? memrchr(text.data, '!', text.len) : NULL;
        if (mark) {
            name_len = (size_t)(mark - text.data);
            if (!name_len)
                return false;
            memcpy(name, text.data, name_len);
            taken = name_len + 1;
        }
    }
    struct span rest = taken ? span_from(text, taken) : text;
    if (!cell_range_parse(rest, ret))
        return false;
    *ret_name_len = name_len;
    return true;
}

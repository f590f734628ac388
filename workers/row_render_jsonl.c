/* SPDX-License-Identifier: MIT
 *
 * One object a line, every column in each: members are followed by a comma, and the last one's gives way to the brace.
 * A number stays the token that it was unless JSON has no such token.
 */
#include "core/utf8.h"
#include "workers/row_render.h"
#include "workers/row_shown.h"
#include "workers/row_text.h"

#define MEMBER_SPARE 64
#define JSON_WORST 6 /* \u0001 */

/* --- keys --- */

static void make_keys(struct row_render *self)
{
    const struct stack_plan *plan = self->plan;
    if (self->key_ends)
        return;
    self->key_ends = must_alloc((plan->n_columns + 1) * sizeof *self->key_ends);
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        utf8_put_json(&self->keys, plan->columns[i].name);
        buffer_put_char(&self->keys, ':');
        self->key_ends[i] = (uint32_t)self->keys.len;
    }
}

static struct span key_of(const struct row_render *self, uint32_t column)
{
    uint32_t from = column ? self->key_ends[column - 1] : 0;
    return span_make(self->keys.data + from, self->key_ends[column] - from);
}

static enum fault open_jsonl(struct row_render *self, struct span file, struct span sheet)
{
    make_keys(self);
    buffer_put_char(&self->prefix, '{');
    if (!self->plan->has_source_columns)
        return FAULT_NONE;
    struct span values[] = {file, sheet};
    for (size_t i = 0; i < STACK_SOURCE_COLUMNS; i++) {
        utf8_put_json(&self->prefix, self->plan->source_names[i]);
        buffer_put_char(&self->prefix, ':');
        if (i == 2)
            break;
        utf8_put_json(&self->prefix, values[i]);
        buffer_put_char(&self->prefix, ',');
    }
    return FAULT_NONE;
}

/* --- values --- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* RFC 8259 section 6. */
static bool is_json_number(struct span token)
{
    size_t i = 0, n = token.len;
    if (i < n && token.data[i] == '-')
        i++;
    if (i == n || !is_digit(token.data[i]) || (token.data[i] == '0' && i + 1 < n && is_digit(token.data[i + 1])))
        return false;
    while (i < n && is_digit(token.data[i]))
        i++;
    if (i < n && token.data[i] == '.') {
        if (++i == n || !is_digit(token.data[i]))
            return false;
        while (i < n && is_digit(token.data[i]))
            i++;
    }
    if (i < n && (token.data[i] | 0x20) == 'e') {
        i++;
        if (i < n && (token.data[i] == '+' || token.data[i] == '-'))
            i++;
        if (i == n || !is_digit(token.data[i]))
            return false;
        while (i < n && is_digit(token.data[i]))
            i++;
    }
    return i == n;
}

static char *put_number(char *at, struct span token)
{
    double number;
    if (is_json_number(token) || number_parse(token, &number) != FAULT_NONE)
        return row_copy_token(at, token);
    return at + number_format(number, at);
}

/* Room: JSON_WORST * len + 2. Valid UTF-8. */
static char *put_string(char *at, struct span text)
{
    static const char hex[] = "0123456789abcdef";
    *at++ = '"';
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c >= 0x20 && c != '"' && c != '\\') {
            *at++ = (char)c;
            continue;
        }
        *at++ = '\\';
        switch (c) {
        case '\n':
            *at++ = 'n';
            break;
        case '\r':
            *at++ = 'r';
            break;
        case '\t':
            *at++ = 't';
            break;
        case '"':
        case '\\':
            *at++ = (char)c;
            break;
        default:
            memcpy(at, "u00", 3);
            at[3] = hex[c >> 4];
            at[4] = hex[c & 15];
            at += 5;
        }
    }
    *at++ = '"';
    return at;
}

static char *put_value(char *at, const struct row_value *value)
{
    char shown[ROW_SHOWN_MAX];
    switch (value->type) {
    case CELL_NUMBER: {
        size_t len = row_shown(value, shown);
        return len ? put_string(at, span_make(shown, len)) : put_number(at, value->text);
    }
    case CELL_BOOLEAN:
        return row_copy_token(at, span_is(value->text, "1") ? SPAN("true") : SPAN("false"));
    case CELL_ERROR:
        memcpy(at, "{\"error\":", 9);
        at = put_string(at + 9, value->text);
        *at++ = '}';
        return at;
    default:
        return put_string(at, value->text);
    }
}

/* --- rows --- */

static enum fault begin_jsonl(struct row_render *self, uint32_t row_1based)
{
    struct span prefix = buffer_span(&self->prefix);
    if (!row_bytes_want(&self->bytes, prefix.len + MEMBER_SPARE))
        return FAULT_LIMIT;
    row_bytes_put(&self->bytes, prefix);
    if (self->plan->has_source_columns) {
        self->bytes.at = row_put_u32(self->bytes.at, row_1based);
        *self->bytes.at++ = ',';
    }
    return FAULT_NONE;
}

static enum fault gap_jsonl(struct row_render *self, uint32_t from, uint32_t to)
{
    for (uint32_t column = from; column < to; column++) {
        struct span key = key_of(self, column);
        if (!row_bytes_want(&self->bytes, key.len + 5))
            return FAULT_LIMIT;
        row_bytes_put(&self->bytes, key);
        row_bytes_put(&self->bytes, SPAN("null,"));
    }
    return FAULT_NONE;
}

static enum fault cell_jsonl(struct row_render *self, uint32_t column, const struct cell *cell)
{
    struct row_value value;
    struct span key = key_of(self, column);
    row_value_of(&self->book, cell, &value);
    self->has_cut = value.is_cut;
    if (!row_bytes_want(&self->bytes, key.len + JSON_WORST * value.text.len + MEMBER_SPARE))
        return FAULT_LIMIT;
    row_bytes_put(&self->bytes, key);
    self->bytes.at = put_value(self->bytes.at, &value);
    *self->bytes.at++ = ',';
    return FAULT_NONE;
}

static enum fault end_jsonl(struct row_render *self)
{
    if (self->next < self->plan->n_columns && gap_jsonl(self, self->next, self->plan->n_columns) != FAULT_NONE)
        return FAULT_LIMIT;
    bool has_members = self->plan->n_columns || self->plan->has_source_columns;
    if (!row_bytes_want(&self->bytes, 2))
        return FAULT_LIMIT;
    self->bytes.at -= has_members;
    row_bytes_put(&self->bytes, SPAN("}\n"));
    return FAULT_NONE;
}

const struct row_form row_form_jsonl = {
    .open = open_jsonl, .begin = begin_jsonl, .cell = cell_jsonl, .cells = row_render_cells, .gap = gap_jsonl, .end = end_jsonl};

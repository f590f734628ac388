/* SPDX-License-Identifier: MIT
 *
 * RFC 4180: every field is followed by its comma, and the last one of a record gives way to the line end. A text that a
 * spreadsheet program would run as a formula gets an apostrophe in front.
 */
#include "workers/row_render.h"
#include "workers/row_shown.h"
#include "workers/row_text.h"

#define FIELD_SPARE 64

static bool is_formula_like(struct span text)
{
    return text.len && memchr("=+-@\t\r", text.data[0], 6) != NULL;
}

static bool wants_quotes(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (c == '"' || c == ',' || c == '\r' || c == '\n')
            return true;
    }
    return text.len && (text.data[0] == ' ' || text.data[text.len - 1] == ' ');
}

/* Room: 2 * len + 8. */
static char *put_field(char *at, struct span text)
{
    bool is_quoted = wants_quotes(text);
    if (is_quoted)
        *at++ = '"';
    if (is_formula_like(text))
        *at++ = '\'';
    if (!is_quoted) {
        at = row_copy_token(at, text);
    } else {
        for (size_t i = 0; i < text.len; i++) {
            if (text.data[i] == '"')
                *at++ = '"';
            *at++ = text.data[i];
        }
        *at++ = '"';
    }
    *at++ = ',';
    return at;
}

static enum fault open_csv(struct row_render *self, struct span file, struct span sheet)
{
    if (!self->plan->has_source_columns)
        return FAULT_NONE;
    struct span names[] = {file, sheet};
    for (size_t i = 0; i < 2; i++) {
        char *room = buffer_reserve(&self->prefix, 2 * names[i].len + FIELD_SPARE);
        if (!room)
            return FAULT_LIMIT;
        self->prefix.len += (size_t)(put_field(room, names[i]) - room);
    }
    return FAULT_NONE;
}

static enum fault begin_csv(struct row_render *self, uint32_t row_1based)
{
    struct span prefix = buffer_span(&self->prefix);
    if (!row_bytes_want(&self->bytes, prefix.len + FIELD_SPARE))
        return FAULT_LIMIT;
    row_bytes_put(&self->bytes, prefix);
    if (self->plan->has_source_columns) {
        self->bytes.at = row_put_u32(self->bytes.at, row_1based);
        *self->bytes.at++ = ',';
    }
    return FAULT_NONE;
}

static enum fault gap_csv(struct row_render *self, uint32_t from, uint32_t to)
{
    if (!row_bytes_want(&self->bytes, to - from))
        return FAULT_LIMIT;
    memset(self->bytes.at, ',', to - from);
    self->bytes.at += to - from;
    return FAULT_NONE;
}

static enum fault cell_csv(struct row_render *self, uint32_t column, const struct cell *cell)
{
    (void)column;
    struct row_value value;
    char shown[ROW_SHOWN_MAX];
    row_value_of(&self->book, cell, &value);
    self->has_cut = value.is_cut;
    if (!row_bytes_want(&self->bytes, 2 * value.text.len + FIELD_SPARE))
        return FAULT_LIMIT;
    char *at = self->bytes.at;
    switch (value.type) {
    case CELL_NUMBER: {
        size_t len = row_shown(&value, shown);
        at = row_copy_token(at, len ? span_make(shown, len) : value.text);
        *at++ = ',';
        break;
    }
    case CELL_BOOLEAN:
        at = row_copy_token(at, span_is(value.text, "1") ? SPAN("TRUE") : SPAN("FALSE"));
        *at++ = ',';
        break;
    default:
        at = put_field(at, value.text);
    }
    self->bytes.at = at;
    return FAULT_NONE;
}

static enum fault end_csv(struct row_render *self)
{
    if (self->next < self->plan->n_columns && gap_csv(self, self->next, self->plan->n_columns) != FAULT_NONE)
        return FAULT_LIMIT;
    bool has_fields = self->plan->n_columns || self->plan->has_source_columns;
    if (!row_bytes_want(&self->bytes, 2))
        return FAULT_LIMIT;
    self->bytes.at -= has_fields;
    row_bytes_put(&self->bytes, SPAN("\r\n"));
    return FAULT_NONE;
}

const struct row_form row_form_csv = {
    .open = open_csv, .begin = begin_csv, .cell = cell_csv, .cells = row_render_cells, .gap = gap_csv, .end = end_csv};

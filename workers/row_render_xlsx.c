/* SPDX-License-Identifier: MIT
 *
 * Rows of a worksheet, without r attributes, texts inline. The two cells that ledgers are made of, numbers and plain texts,
 * are a few stores of whole words each; all else goes the long way.
 */
#include "core/utf8.h"
#include "workers/row_render.h"
#include "workers/row_text.h"

#define CELL_SPARE 160 /* around a value: opening and closing tags, and what is stored beyond them */

/* XML white space at either end. */
static inline bool is_edged(struct span text)
{
    const uint64_t spaces = UINT64_C(1) << ' ' | 1 << '\t' | 1 << '\n' | 1 << '\r';
    unsigned char first = text.len ? (unsigned char)text.data[0] : 'x', last = text.len ? (unsigned char)text.data[text.len - 1] : 'x';
    return (first <= ' ' && spaces >> first & 1) || (last <= ' ' && spaces >> last & 1);
}

static enum fault open_xlsx(struct row_render *self, struct span file, struct span sheet)
{
    buffer_put(&self->prefix, SPAN("<row>"));
    if (!self->plan->has_source_columns)
        return FAULT_NONE;
    struct span names[] = {utf8_cut_utf16(file, ROW_TEXT_UNITS), utf8_cut_utf16(sheet, ROW_TEXT_UNITS)};
    for (size_t i = 0; i < 2; i++) {
        char *room = buffer_reserve(&self->prefix, ROW_XML_WORST * names[i].len + CELL_SPARE);
        if (!room)
            return FAULT_LIMIT;
        bool has_break;
        static const struct span open = {"<c t=\"inlineStr\"><is><t>", 24}, close = {"</t></is></c>", 13};
        static const struct span preserve = {"<c t=\"inlineStr\"><is><t xml:space=\"preserve\">", 45};
        char *from = room + preserve.len, *end = row_put_xml(from, names[i], &has_break);
        struct span head = has_break || is_edged(names[i]) ? preserve : open;
        memmove(room + head.len, from, (size_t)(end - from));
        memcpy(room, head.data, head.len);
        end -= preserve.len - head.len;
        memcpy(end, close.data, close.len);
        self->prefix.len += (size_t)(end - room) + close.len;
    }
    buffer_put(&self->prefix, SPAN("<c><v>"));
    return FAULT_NONE;
}

static enum fault begin_xlsx(struct row_render *self, uint32_t row_1based)
{
    struct span prefix = buffer_span(&self->prefix);
    if (!row_bytes_want(&self->bytes, prefix.len + 32))
        return FAULT_LIMIT;
    row_bytes_put(&self->bytes, prefix);
    if (self->plan->has_source_columns) {
        self->bytes.at = row_put_u32(self->bytes.at, row_1based);
        row_bytes_put(&self->bytes, SPAN("</v></c>"));
    }
    return FAULT_NONE;
}

static enum fault gap_xlsx(struct row_render *self, uint32_t from, uint32_t to)
{
    if (!row_bytes_want(&self->bytes, 4 * (size_t)(to - from)))
        return FAULT_LIMIT;
    char *at = self->bytes.at;
    for (; from < to; from++, at += 4)
        memcpy(at, "<c/>", 4);
    self->bytes.at = at;
    return FAULT_NONE;
}

static char *put_head(char *at, const struct row_style *style, struct span rest)
{
    size_t len = (size_t)style->number_len - 4; /* without "><v>" */
    memcpy(at, style->number, sizeof style->number);
    memcpy(at + len, rest.data, rest.len);
    return at + len + rest.len;
}

static char *put_text(char *at, const struct row_style *style, struct span text)
{
    bool has_break;
    if (!is_edged(text)) {
        memcpy(at, style->text, sizeof style->text);
        size_t plain = row_copy_xml_plain(at + style->text_len, text);
        char *from = at + style->text_len + plain, *end = from;
        has_break = false;
        if (plain < text.len)
            end = row_put_xml(from, span_from(text, plain), &has_break);
        if (!has_break) {
            memcpy(end, "</t></is></c>", 13);
            return end + 13;
        }
    }
    at = put_head(at, style, SPAN(" t=\"inlineStr\"><is><t xml:space=\"preserve\">"));
    at = row_put_xml(at, text, &has_break);
    memcpy(at, "</t></is></c>", 13);
    return at + 13;
}

static enum fault put_rare(struct row_render *self, const struct cell *cell)
{
    struct row_value value;
    row_value_of(&self->book, cell, &value);
    self->has_cut = value.is_cut;
    if (!row_bytes_want(&self->bytes, ROW_XML_WORST * value.text.len + CELL_SPARE))
        return FAULT_LIMIT;
    char *at = self->bytes.at;
    bool ignored;
    switch (value.type) {
    case CELL_NUMBER:
        memcpy(at, value.style->number, sizeof value.style->number);
        at = row_copy_token(at + value.style->number_len, value.text);
        break;
    case CELL_BOOLEAN:
        at = put_head(at, value.style, SPAN(" t=\"b\"><v>"));
        *at++ = span_is(value.text, "1") ? '1' : '0';
        break;
    case CELL_ERROR:
        at = row_put_xml(put_head(at, value.style, SPAN(" t=\"e\"><v>")), value.text, &ignored);
        break;
    default:
        self->bytes.at = put_text(at, value.style, value.text);
        return FAULT_NONE;
    }
    memcpy(at, "</v></c>", 8);
    self->bytes.at = at + 8;
    return FAULT_NONE;
}

static inline void put_number(struct row_render *self, const struct row_style *style, struct span token)
{
    char *at = self->bytes.at;
    memcpy(at, style->number, sizeof style->number);
    at = row_copy_token(at + style->number_len, token);
    memcpy(at, "</v></c>", 8);
    self->bytes.at = at + 8;
}

static enum fault cell_xlsx(struct row_render *self, uint32_t column, const struct cell *cell)
{
    (void)column;
    const struct row_style *style = row_styles_get(&self->book.styles, cell->style);
    struct span value = cell->value;
    if (cell->type == CELL_NUMBER && !style->is_shifted) {
        if (!row_bytes_want(&self->bytes, value.len + CELL_SPARE))
            return FAULT_LIMIT;
        put_number(self, style, value);
        return FAULT_NONE;
    }
    if (cell->type == CELL_TEXT && value.len <= ROW_TEXT_UNITS) {
        if (!row_bytes_want(&self->bytes, ROW_XML_WORST * value.len + CELL_SPARE))
            return FAULT_LIMIT;
        self->bytes.at = put_text(self->bytes.at, style, value);
        return FAULT_NONE;
    }
    return put_rare(self, cell);
}

static enum fault cells_xlsx(struct row_render *self, const struct row_kept *cells, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        const struct row_kept *kept = &cells[i];
        const struct row_style *style = row_styles_get(&self->book.styles, kept->style);
        size_t gap = kept->column - self->next;
        if (style->is_shifted && !kept->text) {
            if (row_render_cells(self, kept, 1) != FAULT_NONE)
                return FAULT_LIMIT;
            continue;
        }
        if (!row_bytes_want(&self->bytes, ROW_XML_WORST * (size_t)kept->len + CELL_SPARE + 4 * gap))
            return FAULT_LIMIT;
        for (; gap; gap--, self->bytes.at += 4)
            memcpy(self->bytes.at, "<c/>", 4);
        self->next = kept->column + 1;
        if (kept->text)
            self->bytes.at = put_text(self->bytes.at, style, span_make(kept->text, kept->len));
        else
            put_number(self, style, span_make(kept->token, kept->len));
    }
    return FAULT_NONE;
}

static enum fault end_xlsx(struct row_render *self)
{
    return row_bytes_append(&self->bytes, SPAN("</row>")) ? FAULT_NONE : FAULT_LIMIT;
}

const struct row_form row_form_xlsx = {
    .open = open_xlsx, .begin = begin_xlsx, .cell = cell_xlsx, .cells = cells_xlsx, .gap = gap_xlsx, .end = end_xlsx};

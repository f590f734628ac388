/* SPDX-License-Identifier: MIT
 *
 * Rows become XML in a buffer of 64 KiB, the buffer goes deflated into a spool. Only links are kept until the
 * end, because the schema wants them behind the rows (ECMA-376-1 18.3.1.99).
 */
#include <math.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "workbook/sheet_writer.h"
#include "workbook/xml_put.h"

#define OUT_BYTES (64u << 10)
#define LINKS_MAX 65530u
#define TEXT_UNITS_MAX 32767u
#define NO_ROW UINT32_MAX
#define CELL_START_BYTES 24 /* <c r="XFD1048576 */

struct sheet_writer {
    struct entry_spool *spool; /* NULL over a sink of the caller's */
    codec_sink *sink;
    void *context;
    struct buffer out, links;
    struct sheet_column *columns;
    size_t n_columns;
    uint32_t freeze_rows, freeze_cols;
    uint32_t filter_row, filter_columns;
    uint32_t row, next_col; /* the last row, NO_ROW before the first */
    bool is_row_open;
    char row_digits[8];     /* of the open row: a wide row writes them a thousand times */
    size_t row_len;
    uint32_t n_links;
    uint64_t links_ignored;
    bool has_head, is_finished, is_strict;
    enum fault fault;
};

struct sheet_writer *sheet_writer_new_over(codec_sink *sink, void *context)
{
    struct sheet_writer *self = must_alloc(sizeof *self);
    self->sink = sink;
    self->context = context;
    self->row = NO_ROW;
    buffer_init(&self->out, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->links, BUFFER_LIMIT_DEFAULT);
    return self;
}

static enum fault add_to_spool(void *context, struct span bytes)
{
    return entry_spool_add(context, bytes);
}

enum fault sheet_writer_new(enum deflate_level level, const char *spool_folder, bool is_strict,
                            struct sheet_writer **ret, struct why *why)
{
    struct entry_spool *spool;
    enum fault fault = entry_spool_new(level, spool_folder, &spool, why);
    if (fault)
        return fault;
    *ret = sheet_writer_new_over(add_to_spool, spool);
    (*ret)->spool = spool;
    (*ret)->is_strict = is_strict;
    return FAULT_NONE;
}

void sheet_writer_destroy(struct sheet_writer **self_p)
{
    struct sheet_writer *self = *self_p;
    if (!self)
        return;
    entry_spool_destroy(&self->spool);
    buffer_free(&self->out);
    buffer_free(&self->links);
    free(self->columns);
    free(self);
    *self_p = NULL;
}

/* --- head --------------------------------------------------------------------------------------------------- */

void sheet_writer_columns(struct sheet_writer *self, const struct sheet_column *columns, size_t n)
{
    must(!self->has_head);
    free(self->columns);
    self->columns = NULL;
    self->n_columns = n;
    if (!n)
        return;
    self->columns = must_alloc(n * sizeof *columns);
    memcpy(self->columns, columns, n * sizeof *columns);
}

void sheet_writer_freeze(struct sheet_writer *self, uint32_t rows, uint32_t cols)
{
    must(!self->has_head && rows < GRID_ROWS && cols < GRID_COLS);
    self->freeze_rows = rows;
    self->freeze_cols = cols;
}

void sheet_writer_filter(struct sheet_writer *self, uint32_t filter_row, uint32_t filter_columns)
{
    must(!self->is_finished && filter_row < GRID_ROWS && filter_columns <= GRID_COLS);
    self->filter_row = filter_row;
    self->filter_columns = filter_columns;
}

static void put_ref(struct buffer *out, uint32_t row, uint32_t col)
{
    char text[CELL_REF_TEXT_MAX];
    size_t len = cell_ref_format((struct cell_ref){row, col}, text);
    buffer_put(out, span_make(text, len));
}

static void put_number(struct buffer *out, double value)
{
    char text[NUMBER_TEXT_MAX];
    buffer_put(out, span_make(text, number_format(value, text)));
}

static void put_pane(struct sheet_writer *self)
{
    uint32_t rows = self->freeze_rows, cols = self->freeze_cols;
    const char *pane = rows && cols ? "bottomRight" : rows ? "bottomLeft" : "topRight";
    buffer_put(&self->out, SPAN("<sheetViews><sheetView workbookViewId=\"0\"><pane"));
    if (cols)
        buffer_putf(&self->out, " xSplit=\"%u\"", cols);
    if (rows)
        buffer_putf(&self->out, " ySplit=\"%u\"", rows);
    buffer_put(&self->out, SPAN(" topLeftCell=\""));
    put_ref(&self->out, rows, cols);
    buffer_putf(&self->out, "\" activePane=\"%s\" state=\"frozen\"/><selection pane=\"%s\"/></sheetView></sheetViews>",
                pane, pane);
}

static void put_head(struct sheet_writer *self)
{
    if (self->has_head)
        return;
    self->has_head = true;
    buffer_putf(&self->out, "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet xmlns=\"%s\">",
                self->is_strict ? "http://purl.oclc.org/ooxml/spreadsheetml/main"
                                : "http://schemas.openxmlformats.org/spreadsheetml/2006/main");
    if (self->freeze_rows || self->freeze_cols)
        put_pane(self);
    else
        buffer_put(&self->out, SPAN("<sheetViews><sheetView workbookViewId=\"0\"/></sheetViews>"));
    buffer_put(&self->out, SPAN("<sheetFormatPr defaultRowHeight=\"15\"/>"));
    if (self->n_columns)
        buffer_put(&self->out, SPAN("<cols>"));
    for (size_t i = 0; i < self->n_columns; i++) {
        buffer_putf(&self->out, "<col min=\"%u\" max=\"%u\" width=\"", self->columns[i].first + 1,
                    self->columns[i].last + 1);
        put_number(&self->out, self->columns[i].width);
        buffer_put(&self->out, SPAN("\" customWidth=\"1\"/>"));
    }
    if (self->n_columns)
        buffer_put(&self->out, SPAN("</cols>"));
    buffer_put(&self->out, SPAN("<sheetData>"));
}

/* --- rows and cells ------------------------------------------------------------------------------------------ */

static enum fault flush(struct sheet_writer *self)
{
    if (!self->fault)
        self->fault = self->sink(self->context, buffer_span(&self->out));
    buffer_clear(&self->out);
    return self->fault;
}

static void end_row(struct sheet_writer *self)
{
    if (self->is_row_open)
        buffer_put(&self->out, SPAN("</row>"));
    self->is_row_open = false;
}

enum fault sheet_writer_row(struct sheet_writer *self, uint32_t row)
{
    must(!self->is_finished && (self->row == NO_ROW || row > self->row));
    if (row >= GRID_ROWS)
        return self->fault = FAULT_LIMIT;
    put_head(self);
    end_row(self);
    self->row = row;
    self->is_row_open = true;
    char *end = self->row_digits + sizeof self->row_digits, *at = end;
    for (uint32_t rest = row + 1; rest; rest /= 10)
        *--at = (char)('0' + rest % 10);
    self->row_len = (size_t)(end - at);
    memmove(self->row_digits, at, self->row_len);
    buffer_put(&self->out, SPAN("<row r=\""));
    buffer_put(&self->out, span_make(self->row_digits, self->row_len));
    buffer_put(&self->out, SPAN("\">"));
    self->next_col = 0;
    return self->out.len >= OUT_BYTES ? flush(self) : self->fault;
}

enum fault sheet_writer_pass(struct sheet_writer *self, uint32_t n_rows)
{
    must(!self->is_finished);
    uint32_t rows = self->row == NO_ROW ? 0 : self->row + 1;
    if (n_rows > GRID_ROWS - rows)
        return self->fault = FAULT_LIMIT;
    put_head(self);
    end_row(self);
    if (rows + n_rows)
        self->row = rows + n_rows - 1;
    return flush(self);
}

/* <c r="B7" s="3"; the caller adds the type and closes the tag. */
static enum fault begin_cell(struct sheet_writer *self, uint32_t col, uint32_t style)
{
    must(!self->is_finished && self->is_row_open && col >= self->next_col);
    if (col >= GRID_COLS)
        return self->fault = FAULT_LIMIT;
    self->next_col = col + 1;
    char *start = buffer_reserve(&self->out, CELL_START_BYTES), *at = start;
    must(start);
    memcpy(at, "<c r=\"", 6);
    at += 6;
    at += column_format(col, at);
    memcpy(at, self->row_digits, self->row_len);
    at += self->row_len;
    self->out.len += (size_t)(at - start);
    if (style) {
        buffer_put(&self->out, SPAN("\" s=\""));
        buffer_put_u64(&self->out, style);
    }
    buffer_put_char(&self->out, '"');
    return self->fault;
}

static enum fault end_cell(struct sheet_writer *self)
{
    return self->out.len >= OUT_BYTES ? flush(self) : self->fault;
}

enum fault sheet_writer_text(struct sheet_writer *self, uint32_t col, struct span text, uint32_t style)
{
    if (text.len > TEXT_UNITS_MAX && utf16_units(text) > TEXT_UNITS_MAX)
        return self->fault = FAULT_LIMIT;
    enum fault fault = begin_cell(self, col, style);
    if (fault)
        return fault;
    buffer_put_text(&self->out, xml_wants_preserve(text) ? " t=\"inlineStr\"><is><t xml:space=\"preserve\">"
                                                         : " t=\"inlineStr\"><is><t>");
    xml_put_text(&self->out, text);
    buffer_put(&self->out, SPAN("</t></is></c>"));
    return end_cell(self);
}

static enum fault put_cell(struct sheet_writer *self, uint32_t col, uint32_t style, const char *type, struct span value)
{
    enum fault fault = begin_cell(self, col, style);
    if (fault)
        return fault;
    if (*type)
        buffer_putf(&self->out, " t=\"%s\"", type);
    buffer_put(&self->out, SPAN("><v>"));
    xml_put_plain(&self->out, value);
    buffer_put(&self->out, SPAN("</v></c>"));
    return end_cell(self);
}

enum fault sheet_writer_number(struct sheet_writer *self, uint32_t col, double value, uint32_t style)
{
    char text[NUMBER_TEXT_MAX];
    if (!isfinite(value))
        return put_cell(self, col, style, "e", SPAN("#NUM!"));
    return put_cell(self, col, style, "", span_make(text, number_format(value, text)));
}

/* Most cells of the Contributions: digits need no escaping and go straight to their place. */
enum fault sheet_writer_decimal(struct sheet_writer *self, uint32_t col, struct decimal value, uint32_t style)
{
    enum fault fault = begin_cell(self, col, style);
    if (fault)
        return fault;
    buffer_put(&self->out, SPAN("><v>"));
    char *at = buffer_reserve(&self->out, DECIMAL_TEXT_MAX);
    must(at);
    self->out.len += decimal_format(value, at);
    buffer_put(&self->out, SPAN("</v></c>"));
    return end_cell(self);
}

enum fault sheet_writer_boolean(struct sheet_writer *self, uint32_t col, bool value, uint32_t style)
{
    return put_cell(self, col, style, "b", value ? SPAN("1") : SPAN("0"));
}

enum fault sheet_writer_error(struct sheet_writer *self, uint32_t col, struct span error, uint32_t style)
{
    return put_cell(self, col, style, "e", error);
}

enum fault sheet_writer_blank(struct sheet_writer *self, uint32_t col, uint32_t style)
{
    enum fault fault = begin_cell(self, col, style);
    if (fault)
        return fault;
    buffer_put(&self->out, SPAN("/>"));
    return end_cell(self);
}

void sheet_writer_link(struct sheet_writer *self, uint32_t row, uint32_t col, struct span location)
{
    must(!self->is_finished);
    if (self->n_links == LINKS_MAX) {
        self->links_ignored++;
        return;
    }
    self->n_links++;
    buffer_put_text(&self->links, "<hyperlink ref=\"");
    put_ref(&self->links, row, col);
    buffer_put_text(&self->links, "\" location=\"");
    xml_put_value(&self->links, location);
    buffer_put_text(&self->links, "\"/>");
}

/* --- tail --------------------------------------------------------------------------------------------------- */

static uint32_t filter_last_row(const struct sheet_writer *self)
{
    return self->row == NO_ROW || self->row < self->filter_row ? self->filter_row : self->row;
}

enum fault sheet_writer_finish(struct sheet_writer *self, struct entry_spool **ret_spool)
{
    must(!self->is_finished);
    put_head(self);
    end_row(self);
    self->is_finished = true;
    buffer_put(&self->out, SPAN("</sheetData>"));
    if (self->filter_columns) {
        buffer_put(&self->out, SPAN("<autoFilter ref=\""));
        put_ref(&self->out, self->filter_row, 0);
        buffer_put_char(&self->out, ':');
        put_ref(&self->out, filter_last_row(self), self->filter_columns - 1);
        buffer_put(&self->out, SPAN("\"/>"));
    }
    if (self->n_links) {
        buffer_put(&self->out, SPAN("<hyperlinks>"));
        buffer_put(&self->out, buffer_span(&self->links));
        buffer_put(&self->out, SPAN("</hyperlinks>"));
    }
    buffer_put_text(&self->out, "<pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" bottom=\"0.75\" header=\"0.3\" "
                                "footer=\"0.3\"/></worksheet>");
    enum fault fault = flush(self);
    if (!fault && self->spool)
        fault = entry_spool_end(self->spool);
    *ret_spool = self->spool;
    return fault;
}

bool sheet_writer_filter_range(const struct sheet_writer *self, struct buffer *out)
{
    char last[4];
    if (!self->filter_columns)
        return false;
    column_format(self->filter_columns - 1, last);
    buffer_putf(out, "$A$%u:$%s$%u", self->filter_row + 1, last, filter_last_row(self) + 1);
    return true;
}

uint64_t sheet_writer_links_ignored(const struct sheet_writer *self)
{
    return self->links_ignored;
}

void sheet_quote(struct span name, struct buffer *out)
{
    buffer_put_char(out, '\'');
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] == '\'')
            buffer_put_char(out, '\'');
        buffer_put_char(out, name.data[i]);
    }
    buffer_put_char(out, '\'');
}

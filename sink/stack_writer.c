/* SPDX-License-Identifier: MIT
 *
 * A sheet has room for so many rows: a fragment that goes beyond is inflated, cut, and written as text on both sides.
 */
#include "sink/stack_writer.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "sink/contributions_csv.h"
#include "sink/fragment_text.h"
#include "sink/row_text.h"
#include "sink/side_file.h"
#include "workbook/new_book.h"
#include "workbook/number_format.h"
#include "workbook/xml_put.h"

#define WIDTH_MIN 12.0       /* a date: a number that does not fit is shown as ### */
#define WIDTH_TIME_MIN 20.0  /* a date with its time */
#define WIDTH_MAX 40.0
#define WIDTH_FILE 24.0
#define BYTE_ORDER_MARK "\xEF\xBB\xBF" /* without it Excel takes a CSV for another encoding */
#define FILTER_ARROW 3.0 /* characters */
#define CELL_TEXT_UNITS_MAX 32767u

struct stack_writer {
    const struct stack_plan *plan;
    char *path;
    bool has_refs;
    uint32_t sheet_rows;
    struct new_book *book;   /* STACK_XLSX */
    struct side_file *file;  /* else */
    struct fragment_text *text;
    struct buffer header;    /* the row, or the record with its line end */
    struct buffer referred;  /* rows with references */
    struct sheet_column *widths;
    uint32_t n_columns;
    uint32_t next_row;       /* 1-based, in the open sheet; 0: none is open */
    struct stack_writer_sheet *sheets;
    uint32_t n_sheets;
    uint64_t count;
};

/* --- the header ---------------------------------------------------------------------------------------------------------------- */

static struct span column_name(const struct stack_plan *plan, uint32_t col)
{
    uint32_t n_source = plan->has_source_columns ? STACK_SOURCE_COLUMNS : 0;
    struct span name = col < n_source ? plan->source_names[col] : plan->columns[col - n_source].name;
    return utf8_cut_utf16(name, CELL_TEXT_UNITS_MAX);
}

static void put_header_cell(struct buffer *out, struct span name)
{
    buffer_putf(out, "<c s=\"%d\" t=\"inlineStr\"><is><t%s>", STACK_STYLE_HEADER,
                xml_wants_preserve(name) ? " xml:space=\"preserve\"" : "");
    xml_put_text(out, name);
    buffer_put_text(out, "</t></is></c>");
}

static void make_header(struct stack_writer *self)
{
    bool is_csv = self->plan->form == STACK_CSV;
    struct buffer *out = &self->header;
    buffer_put_text(out, is_csv ? BYTE_ORDER_MARK : "<row>");
    for (uint32_t col = 0; col < self->n_columns; col++) {
        if (!is_csv)
            put_header_cell(out, column_name(self->plan, col));
        else if (col)
            buffer_put_char(out, ',');
        if (is_csv)
            csv_put_text(out, column_name(self->plan, col));
    }
    buffer_put_text(out, is_csv ? "\r\n" : "</row>");
}

/* Which column has which format only the workers know: one that shows date and time makes room for it everywhere. */
static bool has_times(const struct stack_plan *plan)
{
    for (uint32_t i = 0; i < plan->n_formats; i++) {
        struct span code = plan->formats[i];
        bool has_hours = memchr(code.data, 'h', code.len) || memchr(code.data, 'H', code.len);
        bool has_years = memchr(code.data, 'y', code.len) || memchr(code.data, 'Y', code.len);
        if (has_hours && has_years && number_format_kind(code) == FORMAT_DATE)
            return true;
    }
    return false;
}

static void measure_columns(struct stack_writer *self)
{
    double narrow = has_times(self->plan) ? WIDTH_TIME_MIN : WIDTH_MIN;
    self->widths = must_alloc((self->n_columns + 1) * sizeof *self->widths);
    for (uint32_t col = 0; col < self->n_columns; col++) {
        double width = (double)utf8_characters(column_name(self->plan, col)) + FILTER_ARROW;
        double least = col == 0 && self->plan->has_source_columns ? WIDTH_FILE : narrow;
        width = width < least ? least : width > WIDTH_MAX ? WIDTH_MAX : width;
        self->widths[col] = (struct sheet_column){col, col, width};
    }
}

/* --- opening ------------------------------------------------------------------------------------------------------------------- */

/* The numbers that workers have put into the cells are the places in this order. */
static enum fault add_formats(struct stack_writer *self, struct why *why)
{
    static const struct new_book_format fixed[STACK_STYLES_FIXED] = {
        [STACK_STYLE_HEADER] = {.bold = true, .bottom_border = true},
        [STACK_STYLE_DATE] = {.code = "yyyy-mm-dd", .code_len = 10},
        [STACK_STYLE_DATE_TIME] = {.code = "yyyy-mm-dd hh:mm:ss", .code_len = 19},
    };
    enum fault fault = FAULT_NONE;
    for (uint32_t i = STACK_STYLE_HEADER; i < STACK_STYLES_FIXED + self->plan->n_formats && fault == FAULT_NONE; i++) {
        struct new_book_format format = {0};
        uint32_t number;
        if (i < STACK_STYLES_FIXED)
            format = fixed[i];
        else
            format = (struct new_book_format){.code = self->plan->formats[i - STACK_STYLES_FIXED].data,
                                              .code_len = self->plan->formats[i - STACK_STYLES_FIXED].len};
        fault = new_book_format(self->book, &format, &number);
        if (fault == FAULT_NONE && number != i)
            return why_set(why, FAULT_PROTOCOL, "the plan of the job names a number format twice");
    }
    return fault == FAULT_NONE ? fault : why_set(why, fault, "cannot make the cell formats: %s", fault_text(fault));
}

static enum fault open_book(struct stack_writer *self, const struct job *job, struct why *why)
{
    enum deflate_level level = job->compress_small ? DEFLATE_SMALL : DEFLATE_FAST;
    enum fault fault = new_book_new(self->path, level, &self->book, why);
    if (fault != FAULT_NONE)
        return fault;
    if (job->stamp)
        new_book_stamp(self->book);
    make_header(self);
    measure_columns(self);
    return add_formats(self, why);
}

static enum fault open_file(struct stack_writer *self, struct why *why)
{
    enum fault fault = side_file_new(self->path, &self->file, why);
    if (fault != FAULT_NONE)
        return fault;
    self->sheets = must_alloc(sizeof *self->sheets);
    self->n_sheets = 1;
    if (self->plan->form == STACK_CSV)
        make_header(self);
    return buffer_append(side_file_buffer(self->file), buffer_span(&self->header));
}

enum fault stack_writer_new(const char *path, const struct job *job, const struct stack_plan *plan, uint32_t sheet_rows,
                            bool has_refs, struct stack_writer **ret, struct why *why)
{
    must(sheet_rows >= 2);
    struct stack_writer *self = must_alloc(sizeof *self);
    *self = (struct stack_writer){.plan = plan, .path = must_strdup(path), .has_refs = has_refs,
                                  .sheet_rows = sheet_rows};
    self->n_columns = plan->n_columns + (plan->has_source_columns ? STACK_SOURCE_COLUMNS : 0);
    self->text = fragment_text_new(plan->form);
    buffer_init(&self->header, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->referred, (size_t)4 * STACK_FRAGMENT_RAW_MAX);
    enum fault fault = plan->form == STACK_XLSX ? open_book(self, job, why) : open_file(self, why);
    if (fault != FAULT_NONE)
        stack_writer_destroy(&self);
    else
        *ret = self;
    return fault;
}

void stack_writer_destroy(struct stack_writer **self)
{
    struct stack_writer *w = *self;
    if (!w)
        return;
    new_book_destroy(&w->book);
    side_file_destroy(&w->file);
    fragment_text_destroy(&w->text);
    buffer_free(&w->header);
    buffer_free(&w->referred);
    free(w->widths);
    free(w->sheets);
    free(w->path);
    free(w);
    *self = NULL;
}

/* --- rows ---------------------------------------------------------------------------------------------------------------------- */

/* Rows that fit the open sheet. */
static enum fault put_rows(struct stack_writer *self, struct span rows, uint32_t n, struct why *why)
{
    uint32_t row = self->next_row;
    self->next_row += n;
    if (!self->has_refs)
        return new_book_rows(self->book, rows, n, why);
    buffer_clear(&self->referred);
    enum fault fault = row_text_refer(rows, row, &self->referred);
    if (fault != FAULT_NONE)
        return why_set(why, fault, "cannot number the rows: %s", fault_text(fault));
    return new_book_rows(self->book, buffer_span(&self->referred), n, why);
}

static enum fault begin_sheet(struct stack_writer *self, struct why *why)
{
    struct new_book_table table = {.columns = self->widths, .n_columns = self->n_columns, .frozen_rows = 1,
                                   .filter_columns = self->n_columns};
    self->sheets = must_realloc(self->sheets, (self->n_sheets + 1) * sizeof *self->sheets);
    struct stack_writer_sheet *sheet = &self->sheets[self->n_sheets++];
    *sheet = (struct stack_writer_sheet){0};
    enum fault fault = new_book_begin_table(self->book, SPAN(STACK_DATA_SHEET), &table, &sheet->name, why);
    self->next_row = 1;
    return fault == FAULT_NONE ? put_rows(self, buffer_span(&self->header), 1, why) : fault;
}

static uint32_t room_left(const struct stack_writer *self)
{
    return self->next_row ? self->sheet_rows - (self->next_row - 1) : 0;
}

/* Makes room for at least one row. */
static enum fault make_room(struct stack_writer *self, struct why *why)
{
    if (room_left(self))
        return FAULT_NONE;
    enum fault fault = self->next_row ? new_book_end_table(self->book, why) : FAULT_NONE;
    return fault == FAULT_NONE ? begin_sheet(self, why) : fault;
}

static void count_rows(struct stack_writer *self, uint64_t n)
{
    self->count += n;
    self->sheets[self->n_sheets - 1].rows += n;
}

static enum fault put_text(struct stack_writer *self, struct span text, struct why *why)
{
    enum fault fault = buffer_append(side_file_buffer(self->file), text);
    return fault == FAULT_NONE ? side_file_flush(self->file, why) : why_set(why, fault, "a row is too long for memory");
}

enum fault stack_writer_rows(struct stack_writer *self, struct span rows, uint32_t n, struct why *why)
{
    if (self->file) {
        count_rows(self, n);
        return put_text(self, rows, why);
    }
    enum fault fault = FAULT_NONE;
    while (n && fault == FAULT_NONE) {
        fault = make_room(self, why);
        uint32_t room = room_left(self), some = n < room ? n : room;
        struct span first = some == n ? rows : row_text_first(STACK_XLSX, rows, some);
        if (!first.data)
            return why_set(why, FAULT_CORRUPT, "a fragment has fewer rows than it says");
        if (fault == FAULT_NONE)
            fault = put_rows(self, first, some, why);
        count_rows(self, some);
        rows = span_from(rows, first.len);
        n -= some;
    }
    return fault;
}

uint64_t stack_writer_room(const struct stack_writer *self)
{
    if (self->file)
        return UINT64_MAX;
    uint32_t room = room_left(self);
    return self->has_refs ? 0 : room ? room : self->sheet_rows - 1;
}

enum fault stack_writer_join(struct stack_writer *self, const struct stack_fragment *joined, struct span bytes, struct why *why)
{
    if (self->file)
        return stack_writer_rows(self, bytes, joined->n_rows, why);
    enum fault fault;
    if (joined->n_rows > stack_writer_room(self)) {
        struct span rows;
        fault = fragment_text_get(self->text, joined, bytes, &rows);
        if (fault != FAULT_NONE)
            return why_set(why, fault, "a fragment of rows cannot be read: %s", fault_text(fault));
        return stack_writer_rows(self, rows, joined->n_rows, why);
    }
    fault = make_room(self, why);
    if (fault != FAULT_NONE)
        return fault;
    self->next_row += joined->n_rows;
    count_rows(self, joined->n_rows);
    return new_book_join(self->book, bytes, joined->crc32, joined->raw_len, joined->n_rows, why);
}

enum fault stack_writer_end(struct stack_writer *self, struct why *why)
{
    if (self->file)
        return FAULT_NONE;
    enum fault fault = self->next_row ? FAULT_NONE : begin_sheet(self, why); /* no row at all: the header says so */
    return fault == FAULT_NONE ? new_book_end_table(self->book, why) : fault;
}

uint64_t stack_writer_count(const struct stack_writer *self)
{
    return self->count;
}

uint32_t stack_writer_sheets(const struct stack_writer *self)
{
    return self->n_sheets;
}

struct stack_writer_sheet stack_writer_sheet(const struct stack_writer *self, uint32_t sheet)
{
    must(sheet < self->n_sheets);
    return self->sheets[sheet];
}

/* --- the end ------------------------------------------------------------------------------------------------------------------- */

static enum fault add_list(void *book, struct span name, struct sheet_writer **ret, struct span *ret_name, struct why *why)
{
    return new_book_add_sheet(book, name, ret, ret_name, why);
}

static uint32_t list_style(void *book, enum output_style style)
{
    return new_book_style(book, style);
}

bool stack_writer_book(struct stack_writer *self, struct cells_book *ret)
{
    *ret = (struct cells_book){self->book, add_list, list_style};
    return self->book != NULL;
}

enum fault stack_writer_prepare(struct stack_writer *self, const char **ret_readable, struct why *why)
{
    if (self->book) {
        char hash[65];
        sha256_hex(self->plan->hash, hash);
        new_book_mark(self->book, span_of(hash));
        return new_book_prepare(self->book, true, ret_readable, why);
    }
    enum fault fault = side_file_finish(self->file, why);
    if (fault == FAULT_NONE)
        *ret_readable = side_file_readable(self->file);
    return fault;
}

enum fault stack_writer_commit(struct stack_writer *self, struct why *why)
{
    return self->book ? new_book_commit(self->book, why) : side_file_commit(self->file, why);
}

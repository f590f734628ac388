/* SPDX-License-Identifier: MIT
 *
 * Whether the first columns are the source columns is not written anywhere, and their names are free: they are, when the first row
 * of data begins with a file that Sources lists and has a number in the third column.
 */
#include "sink/stack_reader.h"

#include <stdlib.h>

#include "core/decimal.h"
#include "core/must.h"
#include "core/number.h"
#include "sink/stack_sources.h"
#include "workbook/sheet.h"

#define ROW_BYTES_MAX ((size_t)1 << 30)

enum origin_column { ORIGIN_FILE, ORIGIN_SHEET, ORIGIN_ROW };

/* --- rows ---------------------------------------------------------------------------------------------------------------------- */

struct row_reader {
    const struct stack_book *book;
    stack_row_visit *visit;
    void *context;
    struct arena *texts; /* of this row */
    struct stack_read_cell *cells;
    uint32_t capacity;
    struct stack_read_row row;
    bool has_row;
};

static uint64_t whole_number(struct told value)
{
    double number;
    bool is_row = value.kind == TOLD_NUMBER && number_parse(value.text, &number) == FAULT_NONE && number >= 1 && number <= GRID_ROWS;
    return is_row ? (uint64_t)number : 0;
}

static void read_origin(struct row_reader *self)
{
    struct stack_read_row *row = &self->row;
    row->file = row->sheet = SPAN("");
    row->source_row = 0;
    for (uint32_t i = 0; self->book->has_origin && i < row->n_cells && row->cells[i].col <= ORIGIN_ROW; i++) {
        struct told value = row->cells[i].value;
        if (row->cells[i].col == ORIGIN_FILE)
            row->file = value.text;
        else if (row->cells[i].col == ORIGIN_SHEET)
            row->sheet = value.text;
        else
            row->source_row = whole_number(value);
    }
}

static enum fault tell_row(struct row_reader *self)
{
    if (!self->has_row)
        return FAULT_NONE;
    self->has_row = false;
    self->row.cells = self->cells;
    read_origin(self);
    enum fault fault = self->visit(self->context, &self->row);
    arena_clear(self->texts);
    return fault;
}

static enum fault begin_row(void *context, const struct sheet_row *row)
{
    struct row_reader *self = context;
    enum fault fault = tell_row(self);
    self->row = (struct stack_read_row){.row = row->row};
    self->has_row = true;
    return fault;
}

/* A number is the decimal that Excel shows: 1.50 is 1.5, and the last bits are nobody's change. */
static struct told plain_number(struct told value, char digits[DECIMAL_TEXT_MAX])
{
    struct decimal number;
    if (value.kind == TOLD_NUMBER && decimal_parse(value.text, DECIMAL_15, &number) == FAULT_NONE)
        value.text = span_make(digits, decimal_format(number, digits));
    return value;
}

static enum fault take_cell(void *context, const struct cell *cell)
{
    struct row_reader *self = context;
    char digits[DECIMAL_TEXT_MAX];
    struct told value = plain_number(told_cell(cell), digits);
    if (value.kind == TOLD_NOTHING)
        return FAULT_NONE;
    if (self->row.n_cells == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->cells = must_realloc(self->cells, self->capacity * sizeof *self->cells);
    }
    struct stack_read_cell *to = &self->cells[self->row.n_cells++];
    to->col = cell->col;
    return told_copy(self->texts, value, &to->value) ? FAULT_NONE : FAULT_LIMIT;
}

enum fault stack_rows_read(struct output_file *file, const struct stack_book *book, size_t sheet, stack_row_visit *visit, void *context,
                           struct why *why)
{
    struct row_reader self = {.book = book, .visit = visit, .context = context, .texts = arena_new(ROW_BYTES_MAX)};
    struct sheet_handler handler = {.self = &self, .row = begin_row, .cell = take_cell};
    enum fault fault = sheet_scan(file->book, sheet, file->strings, &handler, why);
    if (fault == FAULT_NONE)
        fault = tell_row(&self);
    free(self.cells);
    arena_destroy(&self.texts);
    return fault;
}

/* --- which sheets are what ----------------------------------------------------------------------------------------------------- */

static enum fault look_at_header(void *context, const struct stack_read_row *row)
{
    static const char *const headers[] = STACK_SOURCES_HEADERS;
    size_t n = sizeof headers / sizeof *headers;
    bool is_sources = row->row == 0 && row->n_cells == n;
    for (uint32_t i = 0; i < n && is_sources; i++)
        is_sources = row->cells[i].col == i && span_is(row->cells[i].value.text, headers[i]);
    *(bool *)context = is_sources;
    return FAULT_CANCELLED; /* that is all there is to see */
}

/* The first row of data, then whether Sources lists its file. */
struct origin_search {
    struct arena *arena;
    struct span file;
    bool is_numbered, is_listed;
};

static enum fault note_first_row(void *context, const struct stack_read_row *row)
{
    struct origin_search *self = context;
    if (row->row == 0)
        return FAULT_NONE;
    self->is_numbered = row->source_row > 0;
    self->file = arena_copy(self->arena, row->file);
    return FAULT_CANCELLED;
}

static enum fault look_for_file(void *context, const struct stack_read_row *row)
{
    struct origin_search *self = context;
    for (uint32_t i = 0; i < row->n_cells && row->row > 0; i++)
        if (row->cells[i].col == SOURCES_COL_FILE && span_equal(row->cells[i].value.text, self->file)) {
            self->is_listed = true;
            return FAULT_CANCELLED;
        }
    return FAULT_NONE;
}

static enum fault find_origin(struct output_file *file, struct stack_book *book, struct why *why)
{
    struct origin_search search = {.arena = arena_new(ROW_BYTES_MAX)};
    book->has_origin = true;
    enum fault fault = stack_rows_read(file, book, 0, note_first_row, &search, why);
    search.is_listed = fault == FAULT_NONE; /* no row at all: nothing speaks against it */
    if (fault == FAULT_CANCELLED && search.is_numbered && search.file.len)
        fault = stack_rows_read(file, book, book->n_data, look_for_file, &search, why);
    book->has_origin = search.is_listed;
    arena_destroy(&search.arena);
    return fault == FAULT_CANCELLED ? FAULT_NONE : fault;
}

enum fault stack_book_open(struct output_file *file, struct stack_book *ret, bool *ret_is_stack, struct why *why)
{
    *ret = (struct stack_book){0};
    *ret_is_stack = false;
    if (!file->book->n_sheets || !span_is(file->book->sheets[0].name, STACK_DATA_SHEET))
        return FAULT_NONE;
    for (size_t i = 0; i < file->book->n_sheets && !*ret_is_stack; i++) {
        enum fault fault = stack_rows_read(file, ret, i, look_at_header, ret_is_stack, why);
        if (fault != FAULT_NONE && fault != FAULT_CANCELLED)
            return fault;
        ret->n_data = i;
    }
    *ret_is_stack &= ret->n_data > 0;
    return *ret_is_stack ? find_origin(file, ret, why) : FAULT_NONE;
}

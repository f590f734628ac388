/* SPDX-License-Identifier: MIT
 *
 * Pieces of a part are pulled and pushed into the scanner until enough rows have been seen. What the scanner gives is a list of
 * cells in document order; rows are made of it afterwards, sorted where the document is not.
 */
#include "ventilator/sheet_top.h"

#include <stdlib.h>
#include <strings.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/entry_stream.h"
#include "workbook/sheet_scanner.h"

#define FIRST_PIECE_BYTES ((size_t)16 << 10)
#define LARGE_PIECE_BYTES ((size_t)128 << 10)

struct reading {
    struct sheet_top *top;
    uint32_t last_row; /* 1-based; 0 = detecting */
    uint32_t row;      /* 0-based, of the last cell */
    uint32_t n_rows, n_cells, n_texts; /* of the open row: cells and texts */
    uint32_t n_below;                  /* rows below the header, or what could be it */
    bool has_row, has_candidate, is_enough;
};

/* --- collecting --- */

static bool is_blank_text(struct span text)
{
    return utf8_trim(text).len == 0;
}

/* At the first cell of another row: true when the rows so far are enough. Where the header is given, that is one row below it;
 * rows out of order are waited for a while. */
static bool is_enough(struct reading *self, uint32_t next_row)
{
    self->n_rows++;
    if (self->last_row) {
        self->has_candidate |= self->row + 1 == self->last_row;
        self->n_below += next_row + 1 > self->last_row;
        return self->n_below > (self->has_candidate ? 1 : TOP_ROWS_MAX);
    }
    self->has_candidate |= self->n_texts >= 2;
    self->n_below += self->has_candidate && self->n_cells > 2; /* lines of a label and a value may go on for long above a table */
    self->n_cells = self->n_texts = 0;
    return self->n_rows >= TOP_ROWS_MAX || self->n_below > TOP_ROWS_BELOW;
}

static enum fault keep_cell(struct sheet_top *top, const struct cell *cell)
{
    if (top->n_cells == top->cells_capacity) {
        top->cells_capacity = top->cells_capacity ? top->cells_capacity * 2 : 256;
        top->cells = must_realloc(top->cells, top->cells_capacity * sizeof *top->cells);
    }
    struct top_cell *to = &top->cells[top->n_cells++];
    *to = (struct top_cell){.row = cell->row,
                            .col = cell->col,
                            .style = cell->style,
                            .type = (uint8_t)(cell->has_value ? cell->type : CELL_BLANK),
                            .string = cell_is_unread(cell) ? cell->string_index : TOP_NO_STRING,
                            .at = (uint32_t)top->bytes.len,
                            .len = (uint32_t)cell->value.len};
    return buffer_append(&top->bytes, cell->value);
}

static enum fault on_cell(void *context, const struct cell *cell)
{
    struct reading *self = context;
    bool is_text = cell->has_value && cell->type == CELL_TEXT;
    if (is_text && !cell_is_unread(cell) && is_blank_text(cell->value))
        return FAULT_NONE;
    if (self->has_row && cell->row != self->row)
        self->is_enough = is_enough(self, cell->row);
    self->is_enough |= self->top->n_cells == TOP_CELLS_MAX;
    if (self->is_enough)
        return FAULT_CANCELLED;
    self->has_row = true;
    self->row = cell->row;
    self->n_cells++;
    self->n_texts += is_text;
    return keep_cell(self->top, cell);
}

/* --- rows --- */

static int by_place(const void *a, const void *b)
{
    const struct top_cell *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    if (x->col != y->col)
        return x->col < y->col ? -1 : 1;
    return x->at < y->at ? -1 : x->at > y->at; /* the later in the file is the later in the bytes, or neither has any */
}

static void order_cells(struct sheet_top *top)
{
    bool is_ordered = true;
    for (uint32_t i = 1; i < top->n_cells && is_ordered; i++)
        is_ordered = top->cells[i - 1].row < top->cells[i].row ||
                     (top->cells[i - 1].row == top->cells[i].row && top->cells[i - 1].col < top->cells[i].col);
    if (is_ordered)
        return;
    qsort(top->cells, top->n_cells, sizeof *top->cells, by_place);
    uint32_t n = 0;
    for (uint32_t i = 0; i < top->n_cells; i++) {
        if (n && top->cells[n - 1].row == top->cells[i].row && top->cells[n - 1].col == top->cells[i].col)
            n--;
        top->cells[n++] = top->cells[i];
    }
    top->n_cells = n;
}

static void make_rows(struct sheet_top *top)
{
    uint32_t capacity = 64;
    top->rows = must_alloc(capacity * sizeof *top->rows);
    for (uint32_t i = 0; i < top->n_cells; i++) {
        const struct top_cell *cell = &top->cells[i];
        if (!top->n_rows || top->rows[top->n_rows - 1].row != cell->row) {
            if (top->n_rows == capacity) {
                capacity *= 2;
                top->rows = must_realloc(top->rows, capacity * sizeof *top->rows);
            }
            top->rows[top->n_rows++] = (struct top_row){.row = cell->row, .first = i};
        }
        top->rows[top->n_rows - 1].n++;
        top->rows[top->n_rows - 1].n_texts += cell->type == CELL_TEXT;
    }
}

const struct top_row *sheet_top_row(const struct sheet_top *self, uint32_t row)
{
    for (uint32_t i = 0; i < self->n_rows; i++) {
        if (self->rows[i].row == row && self->rows[i].n)
            return &self->rows[i];
    }
    return NULL;
}

const struct top_cell *sheet_top_cell(const struct sheet_top *self, const struct top_row *row, uint32_t col)
{
    uint32_t low = 0, high = row ? row->n : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct top_cell *cell = &self->cells[row->first + middle];
        if (cell->col == col)
            return cell;
        if (cell->col < col)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* --- reading --- */

/* The tag that begins with `head`, up to its '>'. */
static struct span find_tag(struct span text, struct span head)
{
    const char *found = text.len ? memmem(text.data, text.len, head.data, head.len) : NULL;
    const char *end = found ? memchr(found, '>', text.len - (size_t)(found - text.data)) : NULL;
    return end ? span_make(found, (size_t)(end - found)) : (struct span){"", 0};
}

/* Read as text, because what is asked is how it is written: all that a cut relies on. */
static bool is_plain(struct span text)
{
    if (span_starts(text, SPAN("\xEF\xBB\xBF")))
        text = span_from(text, 3);
    struct span declaration = span_starts(text, SPAN("<?xml")) ? find_tag(text, SPAN("<?xml")) : SPAN("");
    const char *name = declaration.len ? memmem(declaration.data, declaration.len, "encoding=", 9) : NULL;
    if (name && (declaration.len - (size_t)(name - declaration.data) < 15 || strncasecmp(name + 10, "utf-8", 5) != 0))
        return false;
    struct span row = find_tag(text, SPAN("<row "));
    return find_tag(text, SPAN("<worksheet")).len && row.len && memmem(row.data, row.len, " r=\"", 4);
}

static enum fault pull(struct entry_stream *stream, struct sheet_scanner *scanner, struct reading *reading, struct why *why)
{
    for (size_t size = FIRST_PIECE_BYTES;; size += size < LARGE_PIECE_BYTES ? size : 0) {
        struct span piece;
        enum fault fault = entry_stream_take(stream, size, &piece, why);
        if (fault)
            return fault;
        if (!piece.len)
            return sheet_scanner_finish(scanner);
        if (size == FIRST_PIECE_BYTES)
            reading->top->is_plain = is_plain(piece);
        fault = sheet_scanner_push(scanner, piece);
        if (fault)
            return fault;
    }
}

static enum fault scan_top(struct book *book, size_t index, struct reading *reading, struct why *why)
{
    const struct book_sheet *sheet = &book->sheets[index];
    struct sheet_handler handler = {.self = reading, .cell = on_cell, .wants_indexes = true};
    struct entry_stream *stream;
    struct why own = {0};
    enum fault fault = entry_stream_open(book->package, sheet->entry, &stream, &own);
    if (!fault) {
        struct sheet_scanner *scanner = sheet_scanner_new(NULL, &handler, package_budget(book->package)->cells, &own);
        fault = pull(stream, scanner, reading, &own);
        sheet_scanner_destroy(&scanner);
        entry_stream_close(&stream);
    }
    if (reading->is_enough && fault == FAULT_CANCELLED)
        return FAULT_NONE; /* our own word; an interrupt does not set is_enough */
    if (fault == FAULT_LIMIT && own.fault == FAULT_NONE)
        why_set(&own, FAULT_LIMIT, "the first rows hold more than %zu MiB of text", TOP_BYTES_MAX >> 20);
    if (fault) {
        why_at_part(&own, sheet->part_name);
        why_at_sheet(&own, sheet->name);
        if (why)
            *why = own;
    }
    return fault;
}

enum fault sheet_top_read(struct book *book, size_t index, uint32_t first_row, uint32_t last_row, struct sheet_top *ret,
                          struct why *why)
{
    must(index < book->n_sheets && first_row <= last_row);
    struct sheet_top top = {0};
    buffer_init(&top.bytes, TOP_BYTES_MAX);
    struct reading reading = {.top = &top, .last_row = last_row};
    enum fault fault = book->sheets[index].entry == PACKAGE_NONE ? FAULT_NONE : scan_top(book, index, &reading, why);
    if (fault) {
        sheet_top_free(&top);
        return fault;
    }
    order_cells(&top);
    make_rows(&top);
    *ret = top;
    return FAULT_NONE;
}

void sheet_top_free(struct sheet_top *self)
{
    free(self->cells);
    free(self->rows);
    free(self->merges);
    buffer_free(&self->bytes);
    *self = (struct sheet_top){0};
}

/* --- shared texts --- */

uint32_t sheet_top_strings(const struct sheet_top *self, uint32_t from, uint32_t to)
{
    uint32_t n = 0;
    for (uint32_t r = from; r < to; r++) {
        const struct top_row *row = &self->rows[r];
        for (uint32_t i = row->first; i < row->first + row->n; i++) {
            uint32_t string = self->cells[i].string;
            if (string != TOP_NO_STRING && string >= n)
                n = string + 1;
        }
    }
    return n;
}

static enum fault settle_row(struct sheet_top *self, struct top_row *row, const struct shared_strings *strings, struct why *why)
{
    uint32_t n = 0;
    struct top_cell *cells = &self->cells[row->first];
    for (uint32_t i = 0; i < row->n; i++) {
        struct top_cell cell = cells[i];
        if (cell.string != TOP_NO_STRING) {
            if (cell.string >= shared_strings_count(strings)) {
                why_set(why, FAULT_CORRUPT, "the cell names shared string %u, and there are %u", cell.string,
                        shared_strings_count(strings));
                why_at_cell(why, cell.row + 1, cell.col + 1);
                return FAULT_CORRUPT;
            }
            struct span text = shared_strings_get(strings, cell.string);
            cell.string = TOP_NO_STRING;
            cell.at = (uint32_t)self->bytes.len;
            cell.len = (uint32_t)text.len;
            if (buffer_append(&self->bytes, text))
                return why_set(why, FAULT_LIMIT, "the first rows hold more than %zu MiB of text", TOP_BYTES_MAX >> 20);
            if (is_blank_text(text)) {
                row->n_texts--;
                continue;
            }
        }
        cells[n++] = cell;
    }
    row->n = n;
    return FAULT_NONE;
}

enum fault sheet_top_settle(struct sheet_top *self, uint32_t from, uint32_t to, const struct shared_strings *strings,
                            struct why *why)
{
    enum fault fault = FAULT_NONE;
    for (uint32_t r = from; r < to && !fault; r++)
        fault = settle_row(self, &self->rows[r], strings, why);
    return fault;
}

/* --- merged areas --- */

static enum fault on_merge(void *context, struct cell_range range)
{
    struct sheet_top *self = context;
    if (!self->n_rows || range.first.row > self->rows[self->n_rows - 1].row || self->n_merges == TOP_MERGES_MAX)
        return FAULT_NONE; /* far below the header */
    if ((self->n_merges & (self->n_merges - 1)) == 0)
        self->merges = must_realloc(self->merges, (self->n_merges ? self->n_merges * 2 : 1) * sizeof *self->merges);
    self->merges[self->n_merges++] = range;
    return FAULT_NONE;
}

static int by_first_cell(const void *a, const void *b)
{
    const struct cell_range *x = a, *y = b;
    if (x->first.row != y->first.row)
        return x->first.row < y->first.row ? -1 : 1;
    return x->first.col < y->first.col ? -1 : x->first.col > y->first.col;
}

enum fault sheet_top_read_merges(struct sheet_top *self, struct book *book, size_t index, struct why *why)
{
    if (self->has_merges)
        return FAULT_NONE;
    self->has_merges = true;
    struct sheet_handler handler = {.self = self, .merge = on_merge, .wants_indexes = true};
    enum fault fault = sheet_scan(book, index, NULL, &handler, why);
    if (!fault && self->n_merges)
        qsort(self->merges, self->n_merges, sizeof *self->merges, by_first_cell);
    return fault;
}

const struct cell_range *sheet_top_merge(const struct sheet_top *self, uint32_t row, uint32_t col)
{
    struct cell_range key = {.first = {row, col}};
    return self->n_merges ? bsearch(&key, self->merges, self->n_merges, sizeof key, by_first_cell) : NULL;
}

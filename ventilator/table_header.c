/* SPDX-License-Identifier: MIT
 *
 * First the tops of all sheets are read, then as much of the shared strings as the rows need that could be headers, then each
 * sheet decides. A row is the header when it has two texts and is wide enough not to be a line above the table.
 */
#include "ventilator/table_header.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "ventilator/sheet_top.h"
#include "workbook/number_format.h"

#define NAME_BYTES_MAX ((size_t)1 << 20)
#define FILLED_MAX 4000000u /* header cells that merged areas may fill: overlapping ones could go on for ever */

struct finder {
    struct book *book;
    uint32_t index; /* in the book */
    const struct styles *styles;
    struct shared_strings **strings; /* as many as were needed so far */
    struct arena *arena;
    struct sheet_top top;
    uint32_t n_settled; /* rows of the top whose texts are there */
    uint32_t widest;    /* of the rows that hold only text */
    struct why *why;
};

/* --- texts when they are needed --- */

static enum fault settle_rows(struct finder *self, uint32_t to)
{
    if (to <= self->n_settled)
        return FAULT_NONE;
    uint32_t n = sheet_top_strings(&self->top, self->n_settled, to);
    enum fault fault = FAULT_NONE;
    if (!*self->strings || shared_strings_count(*self->strings) < n) {
        shared_strings_destroy(self->strings);
        fault = shared_strings_read_first(self->book, n, self->strings, self->why);
    }
    if (!fault)
        fault = sheet_top_settle(&self->top, self->n_settled, to, *self->strings, self->why);
    if (fault)
        why_at_sheet(self->why, self->book->sheets[self->index].name);
    else
        self->n_settled = to;
    return fault;
}

/* How many rows of the top could have to be looked at in full: down to two below the first with two texts. */
static uint32_t likely_rows(const struct sheet_top *top, uint32_t last_row)
{
    uint32_t r = 0;
    while (r < top->n_rows && (last_row ? top->rows[r].row + 1 < last_row : top->rows[r].n_texts < 2))
        r++;
    return r + 2 < top->n_rows ? r + 2 : top->n_rows;
}

/* --- which row --- */

static uint32_t widest_text_row(const struct sheet_top *top)
{
    uint32_t widest = 0;
    for (uint32_t r = 0; r < top->n_rows; r++) {
        const struct top_row *row = &top->rows[r];
        if (row->n == row->n_texts && row->n > widest)
            widest = row->n;
    }
    return widest;
}

/* A cell with something in it, then a blank one with something beneath it: what a merged header looks like. */
static bool has_open_gap(const struct sheet_top *top, const struct top_row *row)
{
    const struct top_row *below = sheet_top_row(top, row->row + 1);
    uint32_t first = top->cells[row->first].col;
    for (uint32_t i = 0; below && i < below->n; i++) {
        uint32_t col = top->cells[below->first + i].col;
        if (col > first && !sheet_top_cell(top, row, col))
            return true;
    }
    return false;
}

static bool is_anchor(const struct sheet_top *top, const struct cell_range *merge, uint32_t row)
{
    return merge->first.row == row && sheet_top_cell(top, sheet_top_row(top, row), merge->first.col);
}

/* The merged area that begins at a cell and goes on to the right. */
static const struct cell_range *wide_merge_at(const struct sheet_top *top, uint32_t row, uint32_t col)
{
    const struct cell_range *merge = sheet_top_merge(top, row, col);
    return merge && merge->last.col > col ? merge : NULL;
}

/* Columns of the row with something in them, merged areas counted in full. */
static uint32_t width_of(const struct sheet_top *top, const struct top_row *row)
{
    uint64_t width = row->n;
    for (uint32_t i = 0; i < top->n_merges; i++) {
        if (is_anchor(top, &top->merges[i], row->row))
            width += top->merges[i].last.col - top->merges[i].first.col;
    }
    return width < GRID_COLS ? (uint32_t)width : GRID_COLS;
}

/* "Branch: | Zurich" is a line about the table, whatever its width. */
static bool is_labelled_line(const struct sheet_top *top, const struct top_row *row)
{
    struct span first = utf8_trim(sheet_top_value(top, &top->cells[row->first]));
    return top->cells[row->first].type == CELL_TEXT && span_ends(first, SPAN(":"));
}

static enum fault is_header(struct finder *self, uint32_t r, bool *ret)
{
    *ret = false;
    if (self->top.rows[r].n_texts < 2)
        return FAULT_NONE;
    enum fault fault = settle_rows(self, r + 2 < self->top.n_rows ? r + 2 : self->top.n_rows);
    const struct top_row *row = &self->top.rows[r];
    if (fault || row->n_texts < 2)
        return fault;
    if (has_open_gap(&self->top, row))
        fault = sheet_top_read_merges(&self->top, self->book, self->index, self->why);
    uint32_t width = width_of(&self->top, row);
    if (width < self->widest && is_labelled_line(&self->top, row))
        return fault;
    *ret = !fault && (uint64_t)width * 2 > self->widest;
    return fault;
}

/* --- how many rows --- */

static bool is_name_like(const struct sheet_top *top, const struct top_cell *cell)
{
    if (cell->type == CELL_TEXT)
        return true;
    if (cell->type == CELL_DATE)
        return true;
    struct span token = sheet_top_value(top, cell);
    return cell->type == CELL_NUMBER && token.len <= 4 && !memchr(token.data, '.', token.len); /* a year, a month */
}

/* The row below a header row is its second level when the first has areas merged over columns that it has names for, and
 * nothing under the columns that have their name already. */
static bool is_next_level(const struct sheet_top *top, const struct top_row *upper)
{
    const struct top_row *lower = sheet_top_row(top, upper->row + 1);
    uint32_t n_named = 0;
    if (!lower)
        return false;
    for (uint32_t i = 0; i < upper->n; i++) {
        uint32_t col = top->cells[upper->first + i].col;
        const struct cell_range *merge = wide_merge_at(top, upper->row, col);
        if (!merge && sheet_top_cell(top, lower, col))
            return false;
        for (uint32_t c = col; merge && merge->last.row == upper->row && c <= merge->last.col; c++) {
            const struct top_cell *cell = sheet_top_cell(top, lower, c);
            if (cell && !is_name_like(top, cell))
                return false;
            n_named += cell != NULL;
        }
    }
    return n_named > 0;
}

static enum fault find_levels(struct finder *self, uint32_t r, struct table_header *ret)
{
    ret->first_row = ret->last_row = self->top.rows[r].row + 1;
    for (; r + 1 < self->top.n_rows && ret->last_row - ret->first_row + 1 < HEADER_LEVELS_MAX; r++) {
        enum fault fault = settle_rows(self, r + 2);
        if (fault || !self->top.has_merges || !self->top.rows[r].n || !is_next_level(&self->top, &self->top.rows[r]))
            return fault;
        ret->last_row++;
    }
    return FAULT_NONE;
}

static enum fault detect(struct finder *self, struct table_header *ret)
{
    self->widest = widest_text_row(&self->top);
    for (uint32_t r = 0; r < self->top.n_rows; r++) {
        bool is_found;
        enum fault fault = is_header(self, r, &is_found);
        if (fault)
            return fault;
        if (is_found)
            return find_levels(self, r, ret);
    }
    return FAULT_NONE;
}

/* --header: the rows are as they are said to be, if there is anything in them. */
static enum fault take_given(struct finder *self, uint32_t first_row, uint32_t last_row, struct table_header *ret)
{
    uint32_t n = 0;
    while (n < self->top.n_rows && self->top.rows[n].row <= last_row) /* and the row below the header */
        n++;
    enum fault fault = settle_rows(self, n);
    bool has_gap = false, has_name = false;
    for (uint32_t r = 0; r < n && !fault; r++) {
        const struct top_row *row = &self->top.rows[r];
        if (row->n && row->row + 1 >= first_row && row->row + 1 <= last_row) {
            has_name = true;
            has_gap |= has_open_gap(&self->top, row);
        }
    }
    if (has_gap && !fault)
        fault = sheet_top_read_merges(&self->top, self->book, self->index, self->why);
    if (has_name) {
        ret->first_row = first_row;
        ret->last_row = last_row;
    }
    return fault;
}

/* --- names --- */

/* What stands in a header cell, as Excel shows it. */
static void put_shown(const struct finder *self, const struct top_cell *cell, struct buffer *out)
{
    struct span value = sheet_top_value(&self->top, cell);
    double number;
    if (cell->type == CELL_BOOLEAN) {
        buffer_put_text(out, span_is(value, "1") ? "TRUE" : "FALSE");
        return;
    }
    size_t before = out->len;
    bool is_shown = cell->type == CELL_NUMBER && number_parse(value, &number) == FAULT_NONE &&
                    number_format_apply(styles_format(self->styles, cell->style), number, self->book->is_1904, out);
    if (is_shown && out->len > before && out->data[before] != '#')
        return;
    out->len = before;
    buffer_put(out, value);
}

/* White space at the ends off, within folded to one blank. */
static void put_folded(struct buffer *out, struct span text)
{
    bool is_pending = false;
    text = utf8_trim(text);
    for (size_t at = 0; at < text.len;) {
        struct span rest = span_from(text, at);
        unsigned len = 1;
        if ((unsigned char)rest.data[0] >= 0x80)
            (void)utf8_decode(rest, &len);
        if (utf8_trim(span_make(rest.data, len)).len) {
            if (is_pending)
                buffer_put_char(out, ' ');
            buffer_put(out, span_make(rest.data, len));
            is_pending = false;
        } else {
            is_pending = true;
        }
        at += len;
    }
}

/* The first and last column that have a name in any level. */
static bool find_extent(const struct sheet_top *top, const struct table_header *header, uint32_t *ret_first, uint32_t *ret_last)
{
    *ret_first = UINT32_MAX;
    *ret_last = 0;
    for (uint32_t number = header->first_row; number <= header->last_row; number++) {
        const struct top_row *row = sheet_top_row(top, number - 1);
        if (!row)
            continue;
        uint32_t first = top->cells[row->first].col, last = top->cells[row->first + row->n - 1].col;
        *ret_first = first < *ret_first ? first : *ret_first;
        *ret_last = last > *ret_last ? last : *ret_last;
    }
    for (uint32_t i = 0; i < top->n_merges; i++) {
        const struct cell_range *merge = &top->merges[i];
        if (merge->first.row + 1 >= header->first_row && merge->first.row + 1 <= header->last_row && merge->last.col > *ret_last &&
            is_anchor(top, merge, merge->first.row))
            *ret_last = merge->last.col;
    }
    return *ret_first != UINT32_MAX;
}

/* The cells of a level: those of the row, and merged ones over all their columns. */
static void fill_level(const struct sheet_top *top, uint32_t row_number, uint32_t first, uint32_t last, const struct top_cell **cells,
                       uint64_t *left)
{
    const struct top_row *row = sheet_top_row(top, row_number);
    for (uint32_t i = 0; row && i < row->n; i++) {
        const struct top_cell *cell = &top->cells[row->first + i];
        if (cell->col >= first && cell->col <= last)
            cells[cell->col - first] = cell;
    }
    for (uint32_t i = 0; i < top->n_merges; i++) {
        const struct cell_range *merge = &top->merges[i];
        if (row_number < merge->first.row || row_number > merge->last.row || merge->last.col - merge->first.col >= *left)
            continue;
        const struct top_cell *anchor =
            row_number == merge->first.row ? sheet_top_cell(top, sheet_top_row(top, row_number), merge->first.col) : NULL;
        *left -= merge->last.col - merge->first.col;
        for (uint32_t c = merge->first.col > first ? merge->first.col : first; c <= merge->last.col && c <= last; c++)
            cells[c - first] = anchor;
    }
}

static enum fault too_much(struct finder *self)
{
    return why_set(self->why, FAULT_LIMIT, "the header is too long to be one; say which row it is with --header");
}

static enum fault name_column(struct finder *self, const struct top_cell *const *cells, uint32_t n_levels, uint32_t width,
                              struct header_column *column, struct buffer *shown, struct buffer *name)
{
    buffer_clear(name);
    for (uint32_t level = 0; level < n_levels; level++) {
        const struct top_cell *cell = cells[(size_t)level * width];
        if (!cell)
            continue;
        buffer_clear(shown);
        if (cell->len + name->len > NAME_BYTES_MAX / 4)
            return too_much(self);
        put_shown(self, cell, shown);
        size_t before = name->len;
        buffer_put_text(name, before ? " / " : "");
        size_t begin = name->len;
        put_folded(name, buffer_span(shown));
        if (name->len == begin)
            name->len = before;
    }
    if (!name->len) {
        char letters[4];
        column_format(column->col, letters);
        buffer_putf(name, "Column_%s", letters);
    }
    column->name = arena_copy(self->arena, buffer_span(name));
    return column->name.data ? FAULT_NONE : too_much(self);
}

static enum fault name_columns(struct finder *self, struct table_header *header)
{
    uint32_t first, last;
    if (!find_extent(&self->top, header, &first, &last)) {
        header->first_row = header->last_row = 0;
        return FAULT_NONE;
    }
    uint32_t n_levels = header->last_row - header->first_row + 1, width = last - first + 1;
    uint64_t left = FILLED_MAX;
    header->columns = arena_alloc(self->arena, width * sizeof *header->columns);
    if (!header->columns)
        return too_much(self);
    const struct top_cell **cells = must_alloc((size_t)n_levels * width * sizeof *cells);
    for (uint32_t level = 0; level < n_levels; level++)
        fill_level(&self->top, header->first_row - 1 + level, first, last, cells + (size_t)level * width, &left);
    struct buffer shown, name;
    buffer_init(&shown, NAME_BYTES_MAX);
    buffer_init(&name, NAME_BYTES_MAX);
    const struct top_row *own = sheet_top_row(&self->top, header->last_row - 1);
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < width && !fault; i++) {
        struct header_column *column = &header->columns[header->n_columns++];
        const struct top_cell *cell = sheet_top_cell(&self->top, own, first + i);
        column->col = first + i;
        column->header = arena_copy(self->arena, cell ? sheet_top_value(&self->top, cell) : SPAN(""));
        fault = column->header.data ? name_column(self, cells + i, n_levels, width, column, &shown, &name) : too_much(self);
    }
    buffer_free(&shown);
    buffer_free(&name);
    free(cells);
    return fault;
}

/* --- all sheets of a book --- */

static enum fault find_header(struct finder *self, uint32_t first_row, uint32_t last_row, struct table_header *ret)
{
    *ret = (struct table_header){.is_empty = self->top.n_rows == 0, .is_plain = self->top.is_plain};
    enum fault fault = first_row ? take_given(self, first_row, last_row, ret) : detect(self, ret);
    if (!fault && ret->first_row)
        fault = name_columns(self, ret);
    if (fault)
        why_at_sheet(self->why, self->book->sheets[self->index].name);
    return fault;
}

enum fault table_headers_read(struct book *book, const struct styles *styles, const uint32_t *indexes, uint32_t n, uint32_t first_row,
                              uint32_t last_row, struct arena *arena, struct table_header *ret, struct why *why)
{
    struct shared_strings *strings = NULL;
    struct finder *finders = must_alloc((n + 1) * sizeof *finders);
    uint32_t n_strings = 0;
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < n && !fault; i++) {
        finders[i] = (struct finder){book, indexes[i], styles, &strings, arena, .why = why};
        fault = sheet_top_read(book, indexes[i], first_row, last_row, &finders[i].top, why);
        if (!fault) {
            const struct sheet_top *top = &finders[i].top;
            uint32_t wanted = sheet_top_strings(top, 0, likely_rows(top, last_row));
            n_strings = wanted > n_strings ? wanted : n_strings;
        }
    }
    if (!fault)
        fault = shared_strings_read_first(book, n_strings, &strings, why);
    for (uint32_t i = 0; i < n && !fault; i++)
        fault = find_header(&finders[i], first_row, last_row, &ret[i]);
    for (uint32_t i = 0; i < n; i++)
        sheet_top_free(&finders[i].top);
    shared_strings_destroy(&strings);
    free(finders);
    return fault;
}

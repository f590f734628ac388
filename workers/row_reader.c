/* SPDX-License-Identifier: MIT
 *
 * Rows begin and cells arrive here; what becomes of a row when it ends stands in row_verdict.c.
 */
#include "workers/row_reader.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/shared_strings_table.h"
#include "workers/row_text.h"

/* Bits of `watch` behind those of enum row_watch. */
enum {
    WATCH_JUDGE = 31,
    WATCH_SORT = 1 << 8,    /* cells are kept and come again in order */
    WATCH_IGNORE = 1 << 9,  /* a row that is not data: its cells are counted */
    WATCH_PIECES = 1 << 10, /* in `always` only: the output's columns stand in another order */
    WATCH_VALUES = 1 << 11, /* conditions or hashes want the values */
};

/* --- life --- */

static void put_issue(void *context, const struct issue *issue)
{
    stack_partial_builder_issue(context, issue);
}

struct row_reader *row_reader_new(const struct stack_plan *plan)
{
    struct row_reader *self = must_alloc(sizeof *self);
    self->plan = plan;
    self->render = row_render_new(plan);
    self->sorter = row_sorter_new();
    must(row_bytes_grow(&self->held_bytes, 1));
    row_fragments_init(&self->fragments, plan);
    row_judge_init(&self->judge, plan->keep_totals, plan->keep_footers);
    row_filter_init(&self->filter, plan);
    row_hash_init(&self->hash, plan);
    return self;
}

void row_reader_destroy(struct row_reader **self)
{
    if (!*self)
        return;
    row_render_destroy(&(*self)->render);
    row_sorter_destroy(&(*self)->sorter);
    row_fragments_free(&(*self)->fragments);
    row_judge_free(&(*self)->judge);
    row_filter_free(&(*self)->filter);
    row_hash_free(&(*self)->hash);
    row_bytes_free(&(*self)->held_bytes);
    free((*self)->columns);
    free(*self);
    *self = NULL;
}

void row_reader_start(struct row_reader *self, struct stack_partial_builder *builder)
{
    self->builder = self->fragments.builder = builder;
    self->fragments.n_rows = 0;
    row_bytes_cut(&self->render->bytes, 0);
    issue_log_init_with(&self->issues, put_issue, builder);
    self->counts = (struct partial_counts){0};
    self->errors = 0;
    self->n_held = self->n_kept = 0;
    self->wants_order = false;
}

/* --- a sheet --- */

/* *ret_ascending: the output's columns come in the order of the sheet's. */
static void map_columns(struct row_reader *self, bool *ret_ascending)
{
    const struct stack_layout_sheet *sheet = self->sheet;
    self->n_columns = sheet->n_columns ? sheet->columns[sheet->n_columns - 1].col + 1 : 0;
    if (self->n_columns > self->columns_room) {
        self->columns = must_realloc(self->columns, self->n_columns * sizeof *self->columns);
        self->columns_room = self->n_columns;
    }
    for (uint32_t col = 0; col < self->n_columns; col++)
        self->columns[col] = (struct row_column){ROW_COLUMN_OUTSIDE, 0};
    uint32_t next = 0;
    *ret_ascending = true;
    for (uint32_t i = 0; i < sheet->n_columns; i++) {
        uint32_t column = sheet->columns[i].column;
        self->columns[sheet->columns[i].col] = (struct row_column){column, i};
        if (column == ROW_COLUMN_DROPPED)
            continue;
        *ret_ascending = *ret_ascending && column >= next;
        next = column + 1;
    }
}

static void begin_counts(struct row_reader *self)
{
    self->rows = (struct stack_counts){0};
    self->outside = 0;
    self->is_unordered_told = false;
    issue_log_sheet(&self->issues, self->sheet->name);
}

enum fault row_reader_open(struct row_reader *self, const struct stack_layout_sheet *sheet, struct span file, bool is_cut,
                           bool is_part, enum row_order order)
{
    bool is_ascending;
    self->sheet = sheet;
    self->is_cut = is_cut;
    self->order = order;
    map_columns(self, &is_ascending);
    begin_counts(self);
    bool adds = (order != ROW_ORDER_TRUSTED || self->expects_totals) && !is_part && !self->plan->keep_totals;
    row_judge_open(&self->judge, sheet, is_part, adds);
    row_filter_open(&self->filter, file, sheet->name);
    row_sorter_clear(self->sorter);
    self->always = (order == ROW_ORDER_CELLS ? WATCH_SORT : 0) | (is_ascending ? 0 : WATCH_PIECES) |
                   (self->filter.by_column || self->hash.is_wanted ? WATCH_VALUES : 0);
    self->watch = WATCH_SORT;
    self->open.place = ROW_NOWHERE;
    self->last_row = 0;
    self->has_pending = self->is_past_end = self->is_skipping = false;
    return row_render_open(self->render, file, sheet->name, !is_ascending);
}

/* --- rows --- */

/* The row that was told before must stand above this one. */
static enum fault check_order(struct row_reader *self, uint32_t row)
{
    if (row > self->last_row)
        return FAULT_NONE;
    if (!self->is_cut) {
        self->wants_order = true;
        self->wanted_order = ROW_ORDER_ROWS;
        return FAULT_REFUSED;
    }
    if (!self->is_unordered_told)
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_ROWS_UNORDERED,
                                                    .row = row,
                                                    .detail = SPAN("taken as they stand: the sheet is too large to be sorted"),
                                                    .count = 1});
    self->is_unordered_told = true;
    return FAULT_NONE;
}

static enum row_place place_of(const struct row_reader *self, uint32_t row)
{
    if (row > self->sheet->last_header && self->sheet->last_header)
        return ROW_BELOW;
    return row < self->sheet->first_header || !self->sheet->last_header ? ROW_ABOVE : ROW_IN_HEADER;
}

static enum fault begin_row(struct row_reader *self, const struct sheet_row *event, uint32_t lost)
{
    struct open_row *open = &self->open;
    uint32_t row = event->row + 1;
    enum fault fault = check_order(self, row);
    if (fault != FAULT_NONE)
        return fault;
    self->last_row = row;
    self->next_col = 0;
    open->row = row;
    open->place = place_of(self, row);
    open->is_hidden = event->is_hidden;
    open->is_refused = false;
    open->used = open->dropped = open->outside = open->uncached = open->errors = open->first_len = 0;
    open->lost = lost;
    if (open->place != ROW_BELOW) {
        self->watch = WATCH_IGNORE | (self->always & WATCH_SORT);
        return FAULT_NONE;
    }
    row_judge_begin(&self->judge, row);
    self->watch = (self->always & ~(unsigned)WATCH_PIECES) | self->judge.watch;
    if (self->always & WATCH_VALUES) {
        row_filter_begin(&self->filter);
        row_hash_begin(&self->hash);
    }
    self->row_from = row_bytes_len(&self->render->bytes);
    return row_render_begin(self->render, row);
}

/* --- the usual cells, which wait for each other --- */

static void tell_cut(struct row_reader *self, uint32_t col, struct span text)
{
    issue_log_cell(&self->issues, ISSUE_TEXT_CUT, self->open.row - 1, col, text, SPAN(""));
}

/* Texts that are longer than a cell may be. */
static void cut_kept(struct row_reader *self, struct row_kept *kept)
{
    struct span text = span_make(kept->text, kept->len), cut = utf8_cut_utf16(text, ROW_TEXT_UNITS);
    if (cut.len < text.len)
        tell_cut(self, kept->col, text);
    kept->len = (uint32_t)cut.len;
}

/* Counted as used already: unless another cell has come for its column before. */
static enum fault put_piece(struct row_reader *self, uint32_t column, const struct cell *cell)
{
    bool is_twice;
    enum fault fault = row_render_piece(self->render, column, cell, &is_twice);
    self->open.used -= is_twice;
    self->open.lost += is_twice;
    return fault;
}

/* The texts of a row lie anywhere in a large table: first where each of them lies is asked for, then what stands there, then all
 * are rendered, so that the waits for memory overlap. */
enum fault row_reader_put_kept(struct row_reader *self)
{
    uint32_t n = self->n_kept;
    if (!n)
        return FAULT_NONE;
    self->n_kept = 0;
    for (uint32_t i = 0; i < n; i++) {
        struct row_kept *kept = &self->kept[i];
        if (!kept->text)
            continue;
        struct span text = shared_strings_at(self->strings, kept->index);
        kept->text = text.data;
        kept->len = (uint32_t)text.len;
        __builtin_prefetch(text.data);
        if (text.len > ROW_TEXT_UNITS)
            cut_kept(self, kept);
    }
    if (!(self->always & WATCH_PIECES))
        return self->render->form->cells(self->render, self->kept, n);
    struct cell cell = {.has_value = true};
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < n && fault == FAULT_NONE; i++) {
        row_kept_fill(&self->kept[i], &cell);
        fault = put_piece(self, self->kept[i].column, &cell);
    }
    return fault;
}

/* --- cells the long way --- */

static enum fault take_value(struct row_reader *self, uint32_t column, const struct cell *cell)
{
    if (!(self->watch & WATCH_VALUES))
        return FAULT_NONE;
    struct row_value value;
    row_value_of(&self->render->book, cell, &value);
    if (self->filter.by_column)
        row_filter_cell(&self->filter, column, &value);
    return self->hash.is_wanted ? row_hash_cell(&self->hash, column, &value) : FAULT_NONE;
}

static enum fault put_cell(struct row_reader *self, uint32_t column, const struct cell *cell)
{
    self->render->has_cut = false;
    self->open.used++;
    enum fault fault = self->always & WATCH_PIECES ? put_piece(self, column, cell) : row_render_cell(self->render, column, cell);
    if (self->render->has_cut)
        tell_cut(self, cell->col, cell->value);
    return fault;
}

static void remember_first(struct row_reader *self, const struct cell *cell)
{
    struct open_row *open = &self->open;
    if (open->first_len || cell->type != CELL_TEXT || !(self->judge.watch & (ROW_WATCH_TOTAL | ROW_WATCH_FOOTER)))
        return;
    struct span text = utf8_cut_utf16(cell->value, ROW_FIRST_TEXT_UNITS);
    open->first_len = (uint32_t)text.len;
    if (text.len)
        memcpy(open->first, text.data, text.len);
}

static void judge_cell(struct row_reader *self, uint32_t index, const struct cell *cell)
{
    row_judge_cell(&self->judge, index, cell, row_cell_is_date(&self->render->book, cell));
    remember_first(self, cell);
    self->watch = self->judge.watch | (self->watch & ~(unsigned)WATCH_JUDGE);
}

static enum fault take_outside(struct row_reader *self, const struct cell *cell)
{
    if (!self->outside++) {
        self->outside_row = self->open.row;
        self->outside_col = cell->col + 1;
    }
    self->open.outside++;
    return FAULT_NONE;
}

static enum fault take_uncached(struct row_reader *self, const struct cell *cell)
{
    if (!self->open.uncached++)
        self->open.uncached_col = cell->col + 1;
    row_judge_uncached(&self->judge);
    self->watch = self->judge.watch | (self->watch & ~(unsigned)WATCH_JUDGE);
    return FAULT_NONE;
}

static enum fault want_order(struct row_reader *self)
{
    self->wants_order = true;
    self->wanted_order = ROW_ORDER_CELLS;
    return FAULT_REFUSED;
}

static enum fault take_watched(struct row_reader *self, const struct cell *cell)
{
    if (self->watch & WATCH_IGNORE) {
        self->open.used++;
        return FAULT_NONE;
    }
    if (cell->col < self->next_col)
        return want_order(self);
    self->next_col = cell->col + 1;
    struct row_column place = {ROW_COLUMN_OUTSIDE, 0};
    if (cell->col < self->n_columns)
        place = self->columns[cell->col];
    if (place.column == ROW_COLUMN_OUTSIDE)
        return take_outside(self, cell);
    if (!cell->has_value)
        return take_uncached(self, cell);
    if (self->watch & WATCH_JUDGE)
        judge_cell(self, place.index, cell);
    if (place.column == ROW_COLUMN_DROPPED) {
        self->open.dropped++;
        return FAULT_NONE;
    }
    if (cell->type == CELL_ERROR && !self->open.errors++)
        self->open.errors_col = cell->col + 1;
    enum fault fault = row_reader_put_kept(self);
    if (fault == FAULT_NONE)
        fault = take_value(self, place.column, cell);
    return fault != FAULT_NONE ? fault : put_cell(self, place.column, cell);
}

/* --- events --- */

static enum fault give_row(void *context, const struct sheet_row *row, uint32_t lost)
{
    struct row_reader *self = context;
    enum fault fault = row_reader_end_row(self);
    return fault != FAULT_NONE ? fault : begin_row(self, row, lost);
}

static enum fault give_cell(void *context, const struct cell *cell)
{
    return take_watched(context, cell);
}

static enum fault give_sorted(struct row_reader *self)
{
    struct row_sorter_handler handler = {.self = self, .row = give_row, .cell = give_cell};
    return row_sorter_give(self->sorter, &handler);
}

static enum fault take_row(void *context, const struct sheet_row *row)
{
    struct row_reader *self = context;
    if (self->is_past_end) {
        self->pending = *row;
        self->has_pending = true;
        self->is_past_end = false;
        self->watch = WATCH_SORT; /* no cell comes before the slice is ended */
        return FAULT_NONE;
    }
    if (self->is_skipping)
        return FAULT_NONE;
    if (self->order == ROW_ORDER_CELLS) {
        enum fault fault = give_sorted(self);
        return fault != FAULT_NONE ? fault : row_sorter_row(self->sorter, row);
    }
    if (self->order == ROW_ORDER_ROWS)
        return row_sorter_row(self->sorter, row);
    enum fault fault = row_reader_end_row(self);
    return fault != FAULT_NONE ? fault : begin_row(self, row, 0);
}

static enum fault take_unusual(struct row_reader *self, const struct cell *cell)
{
    struct cell read;
    if (self->is_skipping)
        return FAULT_NONE;
    if (cell_is_unread(cell)) {
        read = *cell;
        read.value = shared_strings_at(self->strings, cell->string_index);
        cell = &read;
    }
    return self->order != ROW_ORDER_TRUSTED ? row_sorter_cell(self->sorter, cell) : take_watched(self, cell);
}

/* A cell that cannot wait: its value is gone when the next one comes. */
static enum fault put_now(struct row_reader *self, uint32_t column, const struct cell *cell)
{
    if (cell->type == CELL_ERROR || cell->type == CELL_DATE || cell->value.len > ROW_TEXT_UNITS)
        return take_unusual(self, cell);
    enum fault fault = row_reader_put_kept(self);
    if (fault != FAULT_NONE)
        return fault;
    self->next_col = cell->col + 1;
    self->open.used++;
    return self->always & WATCH_PIECES ? put_piece(self, column, cell) : row_render_cell(self->render, column, cell);
}

static enum fault take_cell(void *context, const struct cell *cell)
{
    struct row_reader *self = context;
    if (self->watch || !cell->has_value || cell->col < self->next_col || cell->col >= self->n_columns)
        return take_unusual(self, cell);
    uint32_t column = self->columns[cell->col].column;
    struct row_kept *kept = &self->kept[self->n_kept];
    if (column >= ROW_COLUMN_OUTSIDE)
        return take_unusual(self, cell);
    if (cell->type == CELL_NUMBER && cell->value.len <= sizeof kept->token) {
        row_copy_token(kept->token, cell->value);
        kept->len = (uint32_t)cell->value.len;
        kept->text = NULL;
    } else if (cell_is_unread(cell)) {
        kept->index = cell->string_index;
        kept->text = cell_text_unread;
        __builtin_prefetch(&self->strings->ends[cell->string_index]);
    } else {
        return put_now(self, column, cell);
    }
    kept->column = column;
    kept->style = cell->style;
    kept->col = cell->col;
    self->next_col = cell->col + 1;
    self->open.used++;
    return ++self->n_kept == ROW_KEPT_MAX ? row_reader_put_kept(self) : FAULT_NONE;
}

struct sheet_handler row_reader_handler(struct row_reader *self)
{
    return (struct sheet_handler){.self = self, .row = take_row, .cell = take_cell, .wants_indexes = true};
}

/* --- the end of a sheet or slice --- */

void row_reader_resume(struct row_reader *self, const struct stack_layout_sheet *sheet)
{
    self->sheet = self->judge.sheet = sheet;
    begin_counts(self);
}

enum fault row_reader_take_pending(struct row_reader *self)
{
    if (!self->has_pending)
        return FAULT_NONE;
    struct sheet_row row = self->pending;
    self->has_pending = false;
    return take_row(self, &row);
}

static void tell_outside(struct row_reader *self)
{
    if (self->outside)
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_OUTSIDE_TABLE,
                                                    .row = self->outside_row,
                                                    .col = self->outside_col,
                                                    .count = self->outside});
}

static void tell_unordered(struct row_reader *self)
{
    if (self->order == ROW_ORDER_ROWS)
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_ROWS_UNORDERED, .count = 1});
}

enum fault row_reader_close(struct row_reader *self, struct stack_counts *ret_counts)
{
    enum fault fault = self->order != ROW_ORDER_TRUSTED ? give_sorted(self) : FAULT_NONE;
    if (fault == FAULT_NONE)
        fault = row_reader_end_row(self);
    if (fault == FAULT_NONE)
        fault = row_reader_settle_held(self);
    if (fault != FAULT_NONE)
        return fault;
    tell_unordered(self);
    tell_outside(self);
    issue_log_end(&self->issues);
    self->expects_totals = self->rows.totals > 0;
    *ret_counts = self->rows;
    return FAULT_NONE;
}

enum fault row_reader_finish(struct row_reader *self)
{
    if (self->errors) {
        issue_log_sheet(&self->issues, self->errors_sheet);
        issue_log_add(&self->issues, (struct issue){.code = ISSUE_ERROR_KEPT,
                                                    .row = self->errors_row,
                                                    .col = self->errors_col,
                                                    .count = self->errors});
    }
    return row_fragments_close(&self->fragments, &self->render->bytes);
}

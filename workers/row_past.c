/* SPDX-License-Identifier: MIT */
#include "workers/row_past.h"

struct second_look {
    const struct row_reader *reader;
    struct row_judge judge;
    bool has_row, is_done, follows;
    uint32_t until, after; /* rows; 0: not asked */
};

static void end_row(struct second_look *self)
{
    if (!self->has_row)
        return;
    self->has_row = false;
    enum row_verdict verdict = row_judge_end(&self->judge);
    if (self->after && self->judge.row > self->after && verdict != ROW_BLANK && verdict != ROW_FOOTER)
        self->follows = self->is_done = true;
}

static enum fault take_row(void *context, const struct sheet_row *event)
{
    struct second_look *self = context;
    uint32_t row = event->row + 1;
    end_row(self);
    self->is_done = self->is_done || (self->until && row >= self->until);
    if (self->is_done)
        return FAULT_REFUSED;
    self->has_row = row > self->judge.sheet->last_header;
    if (self->has_row)
        row_judge_begin(&self->judge, row);
    return FAULT_NONE;
}

static enum fault take_cell(void *context, const struct cell *cell)
{
    struct second_look *self = context;
    const struct row_reader *reader = self->reader;
    if (!self->has_row || !self->judge.watch || cell->col >= reader->n_columns)
        return FAULT_NONE;
    struct row_column place = reader->columns[cell->col];
    if (place.column == ROW_COLUMN_OUTSIDE)
        return FAULT_NONE;
    if (!cell->has_value)
        row_judge_uncached(&self->judge);
    else
        row_judge_cell(&self->judge, place.index, cell, row_cell_is_date(&reader->render->book, cell));
    return FAULT_NONE;
}

static enum fault look(const struct row_past *self, struct second_look *second)
{
    struct sheet_handler handler = {.self = second, .row = take_row, .cell = take_cell};
    second->reader = self->reader;
    row_judge_init(&second->judge, self->reader->plan->keep_totals, self->reader->plan->keep_footers);
    row_judge_open(&second->judge, self->reader->sheet, false, true);
    enum fault fault = sheet_scan(self->book, self->reader->sheet->index, self->strings, &handler, self->why);
    if (second->is_done && fault == FAULT_REFUSED)
        fault = FAULT_NONE;
    else if (fault == FAULT_NONE)
        end_row(second);
    return fault;
}

enum fault row_past_recall(const struct row_past *self, uint32_t until, struct row_judge *judge)
{
    struct second_look second = {.until = until};
    enum fault fault = look(self, &second);
    if (fault == FAULT_NONE)
        row_judge_recall(judge, &second.judge);
    row_judge_free(&second.judge);
    return fault;
}

enum fault row_past_look_ahead(const struct row_past *self, uint32_t after, bool *ret_follows)
{
    struct second_look second = {.after = after};
    enum fault fault = look(self, &second);
    *ret_follows = second.follows;
    row_judge_free(&second.judge);
    return fault;
}

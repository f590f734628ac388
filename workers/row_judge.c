/* SPDX-License-Identifier: MIT */
#include "workers/row_judge.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"

void row_judge_init(struct row_judge *self, bool keeps_totals, bool keeps_footers)
{
    *self = (struct row_judge){.keeps_totals = keeps_totals, .keeps_footers = keeps_footers};
}

void row_judge_free(struct row_judge *self)
{
    free(self->numbers);
    free(self->sums);
    self->numbers = NULL;
    self->sums = NULL;
}

static void make_room_for_sums(struct row_judge *self)
{
    size_t n = self->sheet->n_columns;
    self->sums = must_realloc(self->sums, (n + 1) * sizeof *self->sums);
    memset(self->sums, 0, n * sizeof *self->sums);
}

void row_judge_open(struct row_judge *self, const struct stack_layout_sheet *sheet, bool is_part, bool adds)
{
    self->sheet = sheet;
    self->numbers = must_realloc(self->numbers, (sheet->n_columns + 1) * sizeof *self->numbers);
    self->knows_block = !is_part;
    self->is_in_block = false;
    self->n_block = 0;
    self->knows_sums = adds;
    self->last_row = is_part ? 0 : sheet->last_header;
    if (adds)
        make_room_for_sums(self);
}

void row_judge_begin(struct row_judge *self, uint32_t row)
{
    if (self->last_row && row > self->last_row + 1) { /* a gap is a blank row */
        self->knows_block = self->is_in_block = true;
    }
    self->row = self->last_row = row;
    self->has_value = self->has_word = false;
    self->n_texts = self->n_header = self->n_others = self->n_numbers = 0;
    self->watch = ROW_WATCH_FIRST;
    if (!self->keeps_footers && (self->is_in_block || !self->knows_block))
        self->watch |= ROW_WATCH_FOOTER;
    if (self->knows_sums)
        self->watch |= ROW_WATCH_SUM;
}

static bool is_header_text(const struct row_judge *self, uint32_t index, const struct cell *cell)
{
    struct span header = self->sheet->columns[index].header;
    if (cell->type != CELL_TEXT || !header.len || !cell->value.len)
        return false;
    return span_equal(header, cell->value) || utf8_fold_equal(header, cell->value);
}

/* Never wrong about "no", which is what most rows hear: at the first letters of ASCII that differ, as long as all before them
 * are of ASCII and no blanks, no folding makes the texts equal. */
static bool may_be_header(struct span header, struct span text)
{
    size_t n = header.len < text.len ? header.len : text.len;
    for (size_t i = 0; i < n; i++) {
        unsigned char a = (unsigned char)header.data[i], b = (unsigned char)text.data[i];
        if (a >= 0x80 || b >= 0x80 || a <= ' ' || b <= ' ')
            return true;
        if (a != b && ((a ^ b) != 0x20 || (a | 0x20) < 'a' || (a | 0x20) > 'z'))
            return false;
    }
    return n > 0;
}

static void look_at_first(struct row_judge *self, uint32_t index, const struct cell *cell)
{
    self->watch &= ~(unsigned)ROW_WATCH_FIRST;
    self->has_value = true;
    if (cell->type != CELL_TEXT)
        return;
    if (may_be_header(self->sheet->columns[index].header, cell->value))
        self->watch |= ROW_WATCH_HEADER;
    if (!self->keeps_totals && row_is_total_word(cell->value)) {
        self->watch |= ROW_WATCH_TOTAL;
        self->has_word = true;
    }
}

static bool is_footer_so_far(const struct row_judge *self)
{
    return self->n_texts * 2 < self->sheet->n_columns;
}

static void note_value(struct row_judge *self, uint32_t index, const struct cell *cell, bool is_date)
{
    double value;
    if (cell->type == CELL_NUMBER && !is_date && self->n_numbers < self->sheet->n_columns &&
        number_parse(cell->value, &value) == FAULT_NONE)
        self->numbers[self->n_numbers++] = (struct row_number){index, value};
    else
        self->n_others++;
}

void row_judge_cell(struct row_judge *self, uint32_t index, const struct cell *cell, bool is_date)
{
    if (self->watch & ROW_WATCH_FIRST)
        look_at_first(self, index, cell);
    if (self->watch & ROW_WATCH_HEADER) {
        if (is_header_text(self, index, cell))
            self->n_header++;
        else
            self->watch &= ~(unsigned)ROW_WATCH_HEADER;
    }
    if (self->watch & ROW_WATCH_FOOTER) {
        self->n_texts++;
        if (cell->type != CELL_TEXT || !is_footer_so_far(self))
            self->watch &= ~(unsigned)ROW_WATCH_FOOTER;
    }
    if (self->watch & (ROW_WATCH_TOTAL | ROW_WATCH_SUM))
        note_value(self, index, cell, is_date);
}

void row_judge_uncached(struct row_judge *self)
{
    self->has_value = true;
    self->watch &= ROW_WATCH_SUM | ROW_WATCH_TOTAL;
}

static bool is_suspect_total(const struct row_judge *self)
{
    return self->has_word && self->n_numbers;
}

static bool is_suspect_footer(const struct row_judge *self)
{
    return self->has_value && (self->watch & ROW_WATCH_FOOTER);
}

bool row_judge_wants_past(const struct row_judge *self)
{
    return (is_suspect_total(self) && !self->knows_sums) || (is_suspect_footer(self) && !self->knows_block);
}

void row_judge_recall(struct row_judge *self, struct row_judge *past)
{
    must(past->knows_block && past->knows_sums && past->sheet->n_columns == self->sheet->n_columns);
    struct row_column_sums *sums = self->sums;
    self->sums = past->sums;
    past->sums = sums;
    self->knows_sums = self->knows_block = true;
    self->is_in_block = past->is_in_block || self->row > past->last_row + 1;
    self->n_block = past->n_block;
    if (!self->is_in_block)
        self->watch &= ~(unsigned)ROW_WATCH_FOOTER;
}

/* --- the verdict --- */

/* Half of the header's texts and nothing else. */
static bool is_header_again(const struct row_judge *self)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < self->sheet->n_columns; i++)
        n += self->sheet->columns[i].header.len > 0;
    return (self->watch & ROW_WATCH_HEADER) && self->n_header * 2 >= n;
}

static bool is_total(const struct row_judge *self)
{
    struct row_evidence evidence = {.n_against = self->n_others - 1}; /* without the word itself */
    for (uint32_t i = 0; i < self->n_numbers; i++)
        row_evidence_number(&evidence, &self->sums[self->numbers[i].index], self->numbers[i].value);
    return row_evidence_is_total(&evidence);
}

static void add_numbers(struct row_judge *self)
{
    for (uint32_t i = 0; i < self->n_numbers; i++) {
        struct row_column_sums *sums = &self->sums[self->numbers[i].index];
        row_sum_add(&sums->all, self->numbers[i].value);
        row_sum_add(&sums->part, self->numbers[i].value);
    }
}

static void begin_part(struct row_judge *self)
{
    for (uint32_t i = 0; i < self->sheet->n_columns; i++)
        self->sums[i].part = (struct row_sum){0};
}

static enum row_verdict end_text(struct row_judge *self)
{
    self->n_block++;
    return self->n_block <= ROW_FOOTERS_MAX ? ROW_FOOTER : ROW_DATA;
}

enum row_verdict row_judge_end(struct row_judge *self)
{
    must(!row_judge_wants_past(self));
    if (!self->has_value) {
        self->knows_block = self->is_in_block = true;
        return ROW_BLANK;
    }
    if (is_suspect_footer(self))
        return end_text(self);
    self->knows_block = true;
    self->is_in_block = false;
    self->n_block = 0;
    if (is_header_again(self))
        return ROW_REPEATED;
    if (is_suspect_total(self) && is_total(self)) {
        begin_part(self);
        return ROW_TOTAL;
    }
    if (self->watch & (ROW_WATCH_SUM | ROW_WATCH_TOTAL) && self->knows_sums)
        add_numbers(self);
    return is_suspect_total(self) ? ROW_DOUBTFUL : ROW_DATA;
}

/* SPDX-License-Identifier: MIT
 *
 * The sheets Contributions, row by row as the cells come. Only the header and the position are kept.
 */
#include "sink/contributions.h"

#include <stdlib.h>

#include "core/must.h"
#include "sink/cells.h"
#include "sink/contributions_csv.h"

#define ROWS_PER_SHEET (GRID_ROWS - 1) /* below the header */

struct contributions {
    enum contributions_form form;
    struct cells cells;
    const struct plan *plan;
    struct ledger *ledger;
    struct contributions_csv *csv;
    struct span sheet_name;
    uint32_t row;          /* the next one to write, 0-based */
    uint32_t row_of_cell;  /* where the last cell began */
    struct span sheet_of_cell;
};

static bool header_is_ambiguous(const struct ledger *ledger)
{
    return ledger_records(ledger) == 2 && span_is(ledger_record(ledger, 0)->source.identity, "Source") &&
           span_is(ledger_record(ledger, 1)->source.identity, "Value");
}

enum contributions_form contributions_choose(enum contributions_form wanted, struct ledger *ledger, uint64_t n_parts)
{
    if (wanted == CONTRIBUTIONS_NONE || wanted == CONTRIBUTIONS_CSV)
        return wanted;
    bool wide_fits = ledger_records(ledger) <= CONTRIBUTIONS_WIDE_SOURCES_MAX && !header_is_ambiguous(ledger);
    if (wanted != CONTRIBUTIONS_LONG && wide_fits)
        return CONTRIBUTIONS_WIDE;
    return n_parts <= (uint64_t)ROWS_PER_SHEET * CONTRIBUTIONS_LONG_SHEETS_MAX ? CONTRIBUTIONS_LONG : CONTRIBUTIONS_CSV;
}

enum fault contributions_new(enum contributions_form form, struct output_book *book, const struct plan *plan,
                             struct results *results, struct ledger *ledger, const char *csv_path,
                             struct contributions **ret, struct why *why)
{
    must(form != CONTRIBUTIONS_AUTO);
    struct contributions *self = must_alloc(sizeof *self);
    *self = (struct contributions){
        .form = form, .cells = {cells_of_output(book), results, NULL}, .plan = plan, .ledger = ledger, .row = GRID_ROWS};
    if (form == CONTRIBUTIONS_CSV) {
        enum fault fault = contributions_csv_new(csv_path, plan, results, ledger, &self->csv, why);
        if (fault != FAULT_NONE) {
            contributions_destroy(&self);
            return fault;
        }
    }
    *ret = self;
    return FAULT_NONE;
}

void contributions_destroy(struct contributions **self)
{
    if (!*self)
        return;
    contributions_csv_destroy(&(*self)->csv);
    free(*self);
    *self = NULL;
}

/* A further sheet with its header. */
static enum fault begin_sheet(struct contributions *self, struct why *why)
{
    static const char *const headers[] = CONTRIBUTIONS_HEADERS;
    static const struct sheet_column columns[] = {{0, 0, 18}, {1, 1, 8},  {2, 3, 28}, {4, 4, 10},
                                                  {5, 5, 16}, {6, 6, 7}, {7, 8, 14}};
    struct cells *cells = &self->cells;
    enum fault fault =
        cells_add_sheet(cells, SPAN(CONTRIBUTIONS_SHEET), &self->sheet_name, why);
    if (fault != FAULT_NONE)
        return fault;
    bool is_long = self->form == CONTRIBUTIONS_LONG;
    uint32_t n = is_long ? CONTRIBUTIONS_LONG_COLS : CONTRIBUTIONS_FIXED_COLS;
    sheet_writer_columns(cells->sheet, columns, sizeof columns / sizeof *columns);
    sheet_writer_freeze(cells->sheet, 1, 2);
    sheet_writer_filter(cells->sheet, CONTRIBUTIONS_HEADER_ROW, n);
    fault = cells_header(cells, CONTRIBUTIONS_HEADER_ROW, headers, n);
    for (uint32_t i = 0; !is_long && i < ledger_records(self->ledger) && fault == FAULT_NONE; i++)
        fault = cells_text(cells, CONTRIBUTIONS_FIXED_COLS + i, ledger_record(self->ledger, i)->source.identity,
                           OUTPUT_HEADER);
    self->row = CONTRIBUTIONS_HEADER_ROW + 1;
    return fault;
}

/* Begins the next row, in the next sheet when this one is full, with the columns that all forms share. */
static enum fault begin_row(struct contributions *self, const struct result_cell *cell, struct why *why)
{
    const struct cells *cells = &self->cells;
    struct span sheet = self->plan->sheets[cell->sheet].name;
    enum fault fault = self->row >= GRID_ROWS ? begin_sheet(self, why) : FAULT_NONE;
    if (fault == FAULT_NONE)
        fault = sheet_writer_row(cells->sheet, self->row);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, CONTRIBUTIONS_COL_SHEET, sheet, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_reference(cells, self->row, CONTRIBUTIONS_COL_CELL, sheet, (struct cell_ref){cell->row, cell->col});
    if (fault == FAULT_NONE)
        fault = cells_text(cells, CONTRIBUTIONS_COL_ROW_LABEL, plan_row_label(self->plan, cell->input), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, CONTRIBUTIONS_COL_COLUMN_LABEL, plan_column_label(self->plan, cell->input),
                           OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, CONTRIBUTIONS_COL_FUNCTION,
                           span_of(function_name((enum function)cell->plan->function)), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_result(cells, CONTRIBUTIONS_COL_RESULT, cell);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, CONTRIBUTIONS_COL_N, cell->result.n);
    return fault;
}

static void note_place(struct contributions *self)
{
    self->row_of_cell = self->row;
    self->sheet_of_cell = self->sheet_name;
}

static enum fault write_wide(struct contributions *self, const struct result_cell *cell, struct why *why)
{
    enum fault fault = begin_row(self, cell, why);
    note_place(self);
    for (uint32_t i = 0; i < cell->result.n && fault == FAULT_NONE; i++) {
        uint32_t source = ledger_slot(self->ledger, cell->parts[i]->slot)->source.index;
        fault = cells_part(&self->cells, CONTRIBUTIONS_FIXED_COLS + source, cell->parts[i], cell->plan);
    }
    self->row++;
    return fault;
}

static enum fault write_long(struct contributions *self, const struct result_cell *cell, struct why *why)
{
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < cell->result.n && fault == FAULT_NONE; i++, self->row++) {
        const struct gathered *part = cell->parts[i];
        fault = begin_row(self, cell, why);
        if (i == 0)
            note_place(self);
        if (fault == FAULT_NONE)
            fault = cells_text(&self->cells, CONTRIBUTIONS_COL_SOURCE,
                               ledger_slot(self->ledger, part->slot)->source.identity, OUTPUT_PLAIN);
        if (fault == FAULT_NONE)
            fault = cells_part(&self->cells, CONTRIBUTIONS_COL_VALUE, part, cell->plan);
    }
    return fault;
}

enum fault contributions_cell(struct contributions *self, const struct result_cell *cell, struct why *why)
{
    if (cell->result.n == 0)
        return FAULT_NONE;
    switch (self->form) {
    case CONTRIBUTIONS_WIDE:
        return write_wide(self, cell, why);
    case CONTRIBUTIONS_LONG:
        return write_long(self, cell, why);
    case CONTRIBUTIONS_CSV:
        return contributions_csv_cell(self->csv, cell, why);
    case CONTRIBUTIONS_AUTO:
    case CONTRIBUTIONS_NONE:
        break;
    }
    return FAULT_NONE;
}

bool contributions_place(const struct contributions *self, struct span *ret_sheet, uint32_t *ret_row)
{
    if (!self->sheet_of_cell.len)
        return false;
    *ret_sheet = self->sheet_of_cell;
    *ret_row = self->row_of_cell;
    return true;
}

enum fault contributions_finish(struct contributions *self, struct why *why)
{
    return self->csv ? contributions_csv_finish(self->csv, why) : FAULT_NONE;
}

enum fault contributions_commit(struct contributions *self, struct why *why)
{
    return self->csv ? contributions_csv_commit(self->csv, why) : FAULT_NONE;
}

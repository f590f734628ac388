/* SPDX-License-Identifier: MIT */
#include "sink/original.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "sink/cells.h"
#include "sink/contributions.h"

#define NOTE_LINES 100u /* contributors in a note; the sheet has them all */
#define NOTE_VALUE_UNITS 100u

enum original_column { COL_CELL, COL_FILE, COL_CONTRIBUTION, COLS };

struct original {
    struct cells cells;
    struct output_book *output;
    struct book *template_book;
    const struct plan *plan;
    struct ledger *ledger;
    struct span sheet_name, sheet_of_cell;
    uint32_t row, row_of_cell;
    struct buffer note;
};

enum fault original_new(struct output_book *output, struct book *template_book, const struct plan *plan,
                        struct results *results, struct ledger *ledger, struct original **ret, struct why *why)
{
    (void)why;
    struct original *self = must_alloc(sizeof *self);
    *self = (struct original){.cells = {cells_of_output(output), results, NULL},
                              .output = output,
                              .template_book = template_book,
                              .plan = plan,
                              .ledger = ledger,
                              .row = GRID_ROWS};
    buffer_init(&self->note, BUFFER_LIMIT_DEFAULT);
    *ret = self;
    return FAULT_NONE;
}

void original_destroy(struct original **self)
{
    if (!*self)
        return;
    buffer_free(&(*self)->note);
    free(*self);
    *self = NULL;
}

static enum fault begin_sheet(struct original *self, struct why *why)
{
    static const char *const headers[] = ORIGINAL_CONTRIBUTIONS_HEADERS;
    static const struct sheet_column columns[] = {{0, 0, 12}, {1, 1, 48}, {2, 2, 20}};
    struct cells *cells = &self->cells;
    enum fault fault =
        cells_add_sheet(cells, SPAN(CONTRIBUTIONS_SHEET), &self->sheet_name, why);
    if (fault != FAULT_NONE)
        return fault;
    sheet_writer_columns(cells->sheet, columns, sizeof columns / sizeof *columns);
    sheet_writer_freeze(cells->sheet, ORIGINAL_CONTRIBUTIONS_HEADER_ROW + 1, 0);
    sheet_writer_filter(cells->sheet, ORIGINAL_CONTRIBUTIONS_HEADER_ROW, COLS);
    fault = sheet_writer_row(cells->sheet, 0);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, 0, SPAN("Contributions"), OUTPUT_TITLE);
    if (fault == FAULT_NONE)
        fault = sheet_writer_row(cells->sheet, 1);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, 0, SPAN("Sheet"), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, 1, self->plan->sheets[0].name, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = sheet_writer_row(cells->sheet, 2);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, 0, SPAN("Files"), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, 1, ledger_used(self->ledger));
    if (fault == FAULT_NONE)
        fault = cells_header(cells, ORIGINAL_CONTRIBUTIONS_HEADER_ROW, headers, COLS);
    self->row = ORIGINAL_CONTRIBUTIONS_HEADER_ROW + 1;
    return fault;
}

static enum fault write_row(struct original *self, const struct result_cell *cell, const struct gathered *part,
                            struct why *why)
{
    const struct cells *cells = &self->cells;
    enum fault fault = self->row >= GRID_ROWS ? begin_sheet(self, why) : FAULT_NONE;
    if (fault == FAULT_NONE)
        fault = sheet_writer_row(cells->sheet, self->row);
    if (fault == FAULT_NONE)
        fault = cells_reference(cells, self->row, COL_CELL, self->plan->sheets[cell->sheet].name,
                                (struct cell_ref){cell->row, cell->col});
    if (fault == FAULT_NONE)
        fault = cells_text(cells, COL_FILE, ledger_slot(self->ledger, part->slot)->source.name, OUTPUT_PLAIN);
    return fault == FAULT_NONE ? cells_part(cells, COL_CONTRIBUTION, part, cell->plan) : fault;
}

enum fault original_cell(struct original *self, const struct result_cell *cell, struct why *why)
{
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < cell->result.n && fault == FAULT_NONE; i++, self->row++) {
        fault = write_row(self, cell, cell->parts[i], why);
        if (i == 0) {
            self->sheet_of_cell = self->sheet_name;
            self->row_of_cell = self->row;
        }
    }
    return fault;
}

bool original_place(const struct original *self, struct span *ret_sheet, uint32_t *ret_row)
{
    if (!self->sheet_of_cell.len)
        return false;
    *ret_sheet = self->sheet_of_cell;
    *ret_row = self->row_of_cell;
    return true;
}

static void put_total(const struct result_cell *cell, struct buffer *out)
{
    char digits[NUMBER_TEXT_MAX];
    if (cell->result.kind == RESULT_TEXT || cell->result.kind == RESULT_ERROR)
        buffer_put(out, utf8_cut_utf16(cell->result.text, NOTE_VALUE_UNITS));
    else
        buffer_put(out, span_make(digits, number_format(cell->result.number, digits)));
}

enum fault original_note(struct original *self, const struct result_cell *cell, struct span *ret)
{
    struct buffer *out = &self->note;
    char ref[CELL_REF_TEXT_MAX];
    buffer_clear(out);
    cell_ref_format((struct cell_ref){cell->row, cell->col}, ref);
    buffer_putf(out, "Consolidation Summary\nCell: %s\nTotal: ", ref);
    put_total(cell, out);
    buffer_put_text(out, "\nContributors (file | value):");
    uint32_t lines = cell->result.n < NOTE_LINES ? cell->result.n : NOTE_LINES;
    for (uint32_t i = 0; i < lines; i++) {
        const struct gathered *part = cell->parts[i];
        struct span text;
        enum fault fault = results_text(self->cells.results, part, &text);
        if (fault != FAULT_NONE)
            return fault;
        buffer_putf(out, "\n%.*s | ",
                    SPAN_ARGS(utf8_cut_utf16(ledger_slot(self->ledger, part->slot)->source.name, NOTE_VALUE_UNITS)));
        value_put_text(&part->value, utf8_cut_utf16(text, NOTE_VALUE_UNITS), out);
    }
    if (cell->result.n > lines)
        buffer_putf(out, "\n\u2026 and %u more", cell->result.n - lines);
    *ret = utf8_cut_utf16(buffer_span(out), CELL_TEXT_UNITS);
    return FAULT_NONE;
}

enum fault original_plain(struct original *self, struct why *why)
{
    return original_plain_write(self->output, self->template_book, self->plan, self->cells.results, why);
}

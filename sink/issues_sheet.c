/* SPDX-License-Identifier: MIT */
#include "sink/issues_sheet.h"

#include <stdio.h>

#include "core/utf8.h"
#include "sink/cells.h"

struct issues_sheet {
    struct cells cells;
    struct ledger *ledger;
    const struct plan *plan;
    struct why *why;
    uint32_t row;
};

static enum fault begin_sheet(struct issues_sheet *self)
{
    static const char *const headers[] = ISSUES_HEADERS;
    static const struct sheet_column columns[] = {{0, 0, 10}, {1, 1, 22}, {2, 2, 24}, {3, 3, 18}, {4, 4, 8},
                                                  {5, 5, 24}, {6, 6, 44}, {7, 7, 44}, {8, 8, 60}, {9, 9, 8}};
    struct cells *cells = &self->cells;
    struct span name;
    enum fault fault = cells_add_sheet(cells, SPAN(ISSUES_SHEET), &name, self->why);
    if (fault != FAULT_NONE)
        return fault;
    sheet_writer_columns(cells->sheet, columns, sizeof columns / sizeof *columns);
    sheet_writer_freeze(cells->sheet, 1, 0);
    sheet_writer_filter(cells->sheet, 0, ISSUES_COLS);
    self->row = 1;
    return cells_header(cells, 0, headers, ISSUES_COLS);
}

/* The output's sheet that an issue's sheet corresponds to; empty when there is none. */
static struct span output_sheet(const struct plan *plan, struct span sheet)
{
    for (uint32_t i = 0; plan && sheet.len && i < plan->n_sheets; i++)
        if (span_equal(plan->sheets[i].name, sheet) || utf8_fold_equal(plan->sheets[i].name, sheet))
            return plan->sheets[i].name;
    return (struct span){"", 0};
}

/* Of what is about a whole row. */
static enum fault write_row_number(const struct cells *cells, uint32_t row)
{
    char text[16];
    snprintf(text, sizeof text, "row %u", (unsigned)row);
    return cells_text(cells, ISSUES_COL_CELL, span_of(text), OUTPUT_PLAIN);
}

static enum fault write_place(const struct issues_sheet *self, const struct issue *issue)
{
    const struct cells *cells = &self->cells;
    enum fault fault = FAULT_NONE;
    if (issue->source != ISSUE_NO_SOURCE)
        fault = cells_text(cells, ISSUES_COL_SOURCE, ledger_record(self->ledger, issue->source)->source.identity,
                           OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, ISSUES_COL_SHEET, issue->sheet, OUTPUT_PLAIN);
    bool has_cell = issue->row && issue->col && issue->row <= GRID_ROWS && issue->col <= GRID_COLS;
    if (fault == FAULT_NONE && has_cell)
        fault = cells_reference(cells, self->row, ISSUES_COL_CELL, output_sheet(self->plan, issue->sheet),
                                (struct cell_ref){issue->row - 1, issue->col - 1});
    else if (fault == FAULT_NONE && issue->row)
        fault = write_row_number(cells, issue->row);
    return fault;
}

static enum fault write_words(const struct cells *cells, const struct issue *issue)
{
    enum fault fault = cells_text(cells, ISSUES_COL_VALUE, issue->value, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, ISSUES_COL_MEANING, span_of(issue_text(issue->code)), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, ISSUES_COL_DETAIL, issue->detail, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, ISSUES_COL_ACTION, span_of(issue_action(issue->code)), OUTPUT_PLAIN);
    return fault == FAULT_NONE ? cells_count(cells, ISSUES_COL_COUNT, issue->count) : fault;
}

static enum fault write_issue(void *context, const struct issue *issue)
{
    static const enum output_style styles[] = {
        [SEVERITY_INFO] = OUTPUT_PLAIN, [SEVERITY_WARNING] = OUTPUT_WARNING, [SEVERITY_ERROR] = OUTPUT_ERROR};
    struct issues_sheet *self = context;
    const struct cells *cells = &self->cells;
    enum severity severity = issue_severity(issue->code);
    enum fault fault = self->row == GRID_ROWS ? begin_sheet(self) : FAULT_NONE;
    if (fault == FAULT_NONE)
        fault = sheet_writer_row(cells->sheet, self->row);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, ISSUES_COL_SEVERITY, span_of(severity_name(severity)), styles[severity]);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, ISSUES_COL_CODE, span_of(issue_name(issue->code)), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = write_place(self, issue);
    if (fault == FAULT_NONE)
        fault = write_words(cells, issue);
    self->row++;
    return fault;
}

enum fault issues_sheet_write(struct cells_book book, struct ledger *ledger, const struct plan *plan, struct why *why)
{
    struct issues_sheet self = {.cells = {.book = book}, .ledger = ledger, .plan = plan, .why = why};
    enum fault fault = begin_sheet(&self);
    return fault == FAULT_NONE ? ledger_each_issue(ledger, write_issue, &self) : fault;
}

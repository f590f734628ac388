/* SPDX-License-Identifier: MIT
 *
 * One row per source: what became of it and how its cells were counted (read = used + not applicable + skipped).
 */
#include "sink/sources_sheet.h"

void sources_put_reason(const struct ledger *ledger, const struct record *record, struct buffer *out)
{
    if (record->status == STATUS_FAILED) {
        buffer_put_text(out, fault_text(record->fault));
        if (record->reason.len)
            buffer_putf(out, ": %.*s", SPAN_ARGS(record->reason));
    } else if (record->status == STATUS_DUPLICATE && record->source.same_as < ledger_records(ledger)) {
        buffer_putf(out, "same content as %.*s",
                    SPAN_ARGS(ledger_record(ledger, record->source.same_as)->source.name));
    } else if (record->status == STATUS_REJECTED) {
        buffer_put_text(out, "see Issues");
    }
}

static enum output_style status_style(enum source_status status)
{
    return status == STATUS_USED                                  ? OUTPUT_PLAIN
           : status == STATUS_FAILED || status == STATUS_REJECTED ? OUTPUT_ERROR
                                                                  : OUTPUT_WARNING;
}

enum fault sources_put_cells(const struct cells *cells, uint32_t col, const struct record *record)
{
    const uint64_t counts[] = {record->counts.read, record->counts.used, record->counts.not_applicable, record->counts.skipped};
    enum fault fault = FAULT_NONE;
    if (record->status > STATUS_WARNED && record->status != STATUS_REJECTED)
        return FAULT_NONE;
    for (uint32_t i = 0; i < sizeof counts / sizeof *counts && fault == FAULT_NONE; i++)
        fault = cells_count(cells, col + i, counts[i]);
    return fault;
}

enum fault sources_put_first(const struct cells *cells, const struct record *record, struct span sheets)
{
    char hash[65];
    sha256_hex(record->source.sha, hash);
    bool has_hash = record->status != STATUS_FAILED || record->source.state != SOURCE_FAILED;
    enum fault fault = cells_text(cells, SOURCES_COL_IDENTITY, record->source.identity, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, SOURCES_COL_FILE, record->source.name, OUTPUT_PLAIN);
    if (fault == FAULT_NONE && has_hash)
        fault = cells_text(cells, SOURCES_COL_SHA256, span_of(hash), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, SOURCES_COL_SIZE, record->source.size);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, SOURCES_COL_SHEETS, sheets, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, SOURCES_COL_STATUS, span_of(source_status_name(record->status)),
                           status_style(record->status));
    return fault;
}

enum fault sources_put_last(const struct cells *cells, uint32_t col, const struct ledger *ledger, const struct record *record)
{
    struct buffer reason;
    buffer_init(&reason, BUFFER_LIMIT_DEFAULT);
    sources_put_reason(ledger, record, &reason);
    enum fault fault = cells_count(cells, col, record->warnings + record->errors);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, col + 1, buffer_span(&reason), OUTPUT_PLAIN);
    buffer_free(&reason);
    return fault;
}

static enum fault put_position_row(void *context, const struct cells *cells, uint32_t source)
{
    const struct ledger *ledger = context;
    const struct record *record = ledger_record(ledger, source);
    enum fault fault = sources_put_first(cells, record, record->sheets);
    if (fault == FAULT_NONE)
        fault = sources_put_cells(cells, SOURCES_COL_READ, record);
    return fault == FAULT_NONE ? sources_put_last(cells, SOURCES_COL_WARNINGS, ledger, record) : fault;
}

struct sources_form sources_of_position(struct ledger *ledger)
{
    static const char *const headers[] = SOURCES_HEADERS;
    static const struct sheet_column widths[] = {{0, 0, 24}, {1, 1, 40},  {2, 2, 20}, {3, 3, 11},
                                                 {4, 4, 30}, {5, 5, 18}, {6, 10, 11}, {11, 11, 60}};
    return (struct sources_form){ledger, headers, SOURCES_COLS, widths, sizeof widths / sizeof *widths, put_position_row};
}

static enum fault begin_sheet(struct cells *cells, const struct sources_form *form, struct why *why)
{
    struct span name;
    enum fault fault = cells_add_sheet(cells, SPAN(SOURCES_SHEET), &name, why);
    if (fault != FAULT_NONE)
        return fault;
    sheet_writer_columns(cells->sheet, form->widths, form->n_widths);
    sheet_writer_freeze(cells->sheet, 1, 1);
    sheet_writer_filter(cells->sheet, 0, form->n_headers);
    return cells_header(cells, 0, form->headers, form->n_headers);
}

enum fault sources_sheet_write(struct cells_book book, const struct ledger *ledger, const struct sources_form *form,
                               struct why *why)
{
    struct cells cells = {.book = book};
    enum fault fault = begin_sheet(&cells, form, why);
    uint32_t row = 1;
    for (uint32_t i = 0; i < ledger_records(ledger) && fault == FAULT_NONE; i = ledger_next(ledger, i), row++) {
        if (row == GRID_ROWS) {
            fault = begin_sheet(&cells, form, why);
            row = 1;
        }
        if (fault == FAULT_NONE)
            fault = sheet_writer_row(cells.sheet, row);
        if (fault == FAULT_NONE)
            fault = form->row(form->self, &cells, i);
    }
    return fault;
}

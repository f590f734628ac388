/* SPDX-License-Identifier: MIT
 *
 * One row per source: what became of it and how its cells were counted (read = used + not applicable + skipped).
 */
#include "sink/sources_sheet.h"

#include "sink/cells.h"

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

static enum fault write_counts(const struct cells *cells, const struct record *record)
{
    if (record->status > STATUS_WARNED && record->status != STATUS_REJECTED)
        return FAULT_NONE;
    enum fault fault = cells_count(cells, SOURCES_COL_READ, record->counts.read);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, SOURCES_COL_USED, record->counts.used);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, SOURCES_COL_NOT_APPLICABLE, record->counts.not_applicable);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, SOURCES_COL_SKIPPED, record->counts.skipped);
    return fault;
}

static enum fault write_record(const struct cells *cells, const struct ledger *ledger, const struct record *record,
                               struct buffer *reason)
{
    char hash[65];
    sha256_hex(record->source.sha, hash);
    bool has_hash = record->status != STATUS_FAILED || record->source.state != SOURCE_FAILED;
    buffer_clear(reason);
    sources_put_reason(ledger, record, reason);
    enum fault fault = cells_text(cells, SOURCES_COL_IDENTITY, record->source.identity, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, SOURCES_COL_FILE, record->source.name, OUTPUT_PLAIN);
    if (fault == FAULT_NONE && has_hash)
        fault = cells_text(cells, SOURCES_COL_SHA256, span_of(hash), OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, SOURCES_COL_SIZE, record->source.size);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, SOURCES_COL_SHEETS, record->sheets, OUTPUT_PLAIN);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, SOURCES_COL_STATUS, span_of(source_status_name(record->status)),
                           status_style(record->status));
    if (fault == FAULT_NONE)
        fault = write_counts(cells, record);
    if (fault == FAULT_NONE)
        fault = cells_count(cells, SOURCES_COL_WARNINGS, record->warnings + record->errors);
    return fault == FAULT_NONE ? cells_text(cells, SOURCES_COL_REASON, buffer_span(reason), OUTPUT_PLAIN) : fault;
}

static enum fault begin_sheet(struct cells *cells, struct why *why)
{
    static const char *const headers[] = SOURCES_HEADERS;
    static const struct sheet_column columns[] = {{0, 0, 24}, {1, 1, 40},  {2, 2, 20}, {3, 3, 11},
                                                  {4, 4, 30}, {5, 5, 18}, {6, 10, 11}, {11, 11, 60}};
    struct span name;
    enum fault fault = cells_add_sheet(cells, SPAN(SOURCES_SHEET), &name, why);
    if (fault != FAULT_NONE)
        return fault;
    sheet_writer_columns(cells->sheet, columns, sizeof columns / sizeof *columns);
    sheet_writer_freeze(cells->sheet, 1, 1);
    sheet_writer_filter(cells->sheet, 0, SOURCES_COLS);
    return cells_header(cells, 0, headers, SOURCES_COLS);
}

enum fault sources_sheet_write(struct output_book *book, const struct ledger *ledger, struct why *why)
{
    struct cells cells = {.book = cells_of_output(book)};
    struct buffer reason;
    buffer_init(&reason, BUFFER_LIMIT_DEFAULT);
    enum fault fault = begin_sheet(&cells, why);
    uint32_t row = 1;
    for (uint32_t i = 0; i < ledger_records(ledger) && fault == FAULT_NONE; i = ledger_next(ledger, i), row++) {
        if (row == GRID_ROWS) {
            fault = begin_sheet(&cells, why);
            row = 1;
        }
        if (fault == FAULT_NONE)
            fault = sheet_writer_row(cells.sheet, row);
        if (fault == FAULT_NONE)
            fault = write_record(&cells, ledger, ledger_record(ledger, i), &reason);
    }
    buffer_free(&reason);
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * The sheet "Sources": one row per source of the job in source order, whether used or not. Its first columns are the same in
 * every mode; sink/explain.c reads two of them back.
 */
#ifndef SHEAF_SINK_SOURCES_SHEET_H
#define SHEAF_SINK_SOURCES_SHEET_H

#include "sink/cells.h"
#include "sink/ledger.h"

#define SOURCES_SHEET "Sources"

enum sources_column {
    SOURCES_COL_IDENTITY,
    SOURCES_COL_FILE, /* relative path as shown to people */
    SOURCES_COL_SHA256,
    SOURCES_COL_SIZE,
    SOURCES_COL_SHEETS,
    SOURCES_COL_STATUS, /* used | used with warnings | failed | rejected | duplicate */
    SOURCES_COL_READ,   /* from here on position mode's */
    SOURCES_COL_USED,
    SOURCES_COL_NOT_APPLICABLE,
    SOURCES_COL_SKIPPED,
    SOURCES_COL_WARNINGS,
    SOURCES_COL_REASON,
    SOURCES_COLS,
};

#define SOURCES_HEADERS                                                                                              \
    {"Source", "File", "SHA-256", "Size", "Sheets", "Status", "Cells read", "Used", "Not applicable", "Skipped", \
     "Warnings", "Reason"}

/* The sheet of a mode. */
struct sources_form {
    void *self;
    const char *const *headers;
    uint32_t n_headers;
    const struct sheet_column *widths;
    size_t n_widths;
    enum fault (*row)(void *self, const struct cells *cells, uint32_t source); /* the whole row, which is begun */
};
enum fault sources_sheet_write(struct cells_book book, const struct ledger *ledger, const struct sources_form *form,
                               struct why *why) MUST_CHECK;
/* Position mode's; `ledger` is borrowed. */
struct sources_form sources_of_position(struct ledger *ledger);

/* For a form's row: the columns up to SOURCES_COL_STATUS. */
enum fault sources_put_first(const struct cells *cells, const struct record *record, struct span sheets) MUST_CHECK;
/* The columns of how cells were counted: read, used, not applicable, skipped; nothing of a source that was not read. */
enum fault sources_put_cells(const struct cells *cells, uint32_t col, const struct record *record) MUST_CHECK;
/* Two columns: warnings and reason. */
enum fault sources_put_last(const struct cells *cells, uint32_t col, const struct ledger *ledger, const struct record *record) MUST_CHECK;
/* Why a source does not count, for a person: "failed: password protected ...", "same content as b.xlsx"; else empty.
 * Appends. */
void sources_put_reason(const struct ledger *ledger, const struct record *record, struct buffer *out);

#endif

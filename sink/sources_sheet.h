/* SPDX-License-Identifier: MIT
 *
 * The sheet "Sources": one row per source of the job in source order, whether used or not. sink/explain.c reads the first
 * two columns back.
 */
#ifndef SHEAF_SINK_SOURCES_SHEET_H
#define SHEAF_SINK_SOURCES_SHEET_H

#include "sink/ledger.h"
#include "workbook/output_book.h"

#define SOURCES_SHEET "Sources"

enum sources_column {
    SOURCES_COL_IDENTITY,
    SOURCES_COL_FILE, /* relative path as shown to people */
    SOURCES_COL_SHA256,
    SOURCES_COL_SIZE,
    SOURCES_COL_SHEETS,
    SOURCES_COL_STATUS, /* used | used with warnings | failed | rejected | duplicate */
    SOURCES_COL_READ,
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

enum fault sources_sheet_write(struct output_book *book, const struct ledger *ledger, struct why *why) MUST_CHECK;
/* Why a source does not count, for a person: "failed: password protected ...", "same content as b.xlsx"; else empty.
 * Appends. */
void sources_put_reason(const struct ledger *ledger, const struct record *record, struct buffer *out);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The sheet "Issues": everything worth telling, in the ledger's order; further sheets when the rows are full.
 */
#ifndef SHEAF_SINK_ISSUES_SHEET_H
#define SHEAF_SINK_ISSUES_SHEET_H

#include "sink/cells.h"
#include "sink/ledger.h"

#define ISSUES_SHEET "Issues"

enum issues_column {
    ISSUES_COL_SEVERITY,
    ISSUES_COL_CODE,
    ISSUES_COL_SOURCE, /* identity; empty for the job and the results */
    ISSUES_COL_SHEET,
    ISSUES_COL_CELL,
    ISSUES_COL_VALUE,
    ISSUES_COL_MEANING,
    ISSUES_COL_DETAIL,
    ISSUES_COL_ACTION,
    ISSUES_COL_COUNT,
    ISSUES_COLS,
};

#define ISSUES_HEADERS                                                                                              \
    {"Severity", "Code", "Source", "Sheet", "Cell", "Value", "Meaning", "Detail", "Action", "Count"}

/* A cell is linked to the output's cell of the same sheet name and address, where the plan has that sheet; never without a plan (NULL). */
enum fault issues_sheet_write(struct cells_book book, struct ledger *ledger, const struct plan *plan,
                              struct why *why) MUST_CHECK;

#endif

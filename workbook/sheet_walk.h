/* SPDX-License-Identifier: MIT
 *
 * A worksheet part as tokens with a place: which row and cell each belongs to, counted as Excel counts when `r` is
 * left out. What patching and surveying a sheet share.
 */
#ifndef SHEAF_WORKBOOK_SHEET_WALK_H
#define SHEAF_WORKBOOK_SHEET_WALK_H

#include "workbook/cell_ref.h"
#include "workbook/xml_cut.h"

enum walk_event {
    WALK_ROOT,     /* <worksheet> */
    WALK_ROOT_END, /* </worksheet> */
    WALK_PART,     /* a child of the root: <cols>, <hyperlinks/> ... and <sheetData> */
    WALK_PART_END,
    WALK_ROW, /* an empty tag has no WALK_ROW_END */
    WALK_ROW_END,
    WALK_CELL, /* the same */
    WALK_CELL_END,
    WALK_IN_CELL, /* anything inside a cell */
    WALK_OTHER,
};

struct walk_step {
    enum walk_event event;
    const struct xml_cut_token *token;
    struct cell_ref at; /* row: in rows and cells; col: in cells */
    unsigned depth;     /* of the element that the token starts or ends, 1 for the root; of the parent for others */
    struct span part;   /* local name of the child of the root that we are in, or that starts or ends; lives during the step */
    bool in_sheet_data;
};

typedef enum fault sheet_walk_visit(void *context, const struct walk_step *step);

/* FAULT_CORRUPT for a reference outside the grid, otherwise as xml_cut_stream_part. */
enum fault sheet_walk(struct package *package, size_t entry, sheet_walk_visit *visit, void *context,
                      struct why *why) MUST_CHECK;

#endif

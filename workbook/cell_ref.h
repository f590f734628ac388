/* SPDX-License-Identifier: MIT
 *
 * A1 references (ECMA-376-1 18.18.7 ST_CellRef, 18.18.62 ST_Ref). Rows and columns are 0-based inside
 * the program; only text is 1-based.
 */
#ifndef SHEAF_WORKBOOK_CELL_REF_H
#define SHEAF_WORKBOOK_CELL_REF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

#define GRID_ROWS 1048576u
#define GRID_COLS 16384u

struct cell_ref {
    uint32_t row, col; /* 0-based; row < GRID_ROWS, col < GRID_COLS */
};

struct cell_range {
    struct cell_ref first, last; /* inclusive; first <= last in both directions */
};

/* "B7", "$B$7", lower case too; false on anything else or outside the grid. */
bool cell_ref_parse(struct span text, struct cell_ref *ret);
/* "B7" or "B2:D9", corners in any order; also "A:C" and "2:5" as whole columns and rows. */
bool cell_range_parse(struct span text, struct cell_range *ret);
#define CELL_REF_TEXT_MAX 16 /* "XFD1048576" and a NUL */
size_t cell_ref_format(struct cell_ref ref, char out[CELL_REF_TEXT_MAX]); /* terminated; returns the length */
size_t column_format(uint32_t col, char out[4]);                          /* letters, terminated */
/* "Sheet!B7", "'My Sheet'!B7:C9" ('' for a quote); without "!" the sheet is empty. The name is unquoted into
 * `name` (size >= text.len). */
bool sheet_range_parse(struct span text, char *name, size_t *ret_name_len, struct cell_range *ret);

static inline bool cell_range_has(struct cell_range range, uint32_t row, uint32_t col)
{
    return row >= range.first.row && row <= range.last.row && col >= range.first.col && col <= range.last.col;
}

#endif

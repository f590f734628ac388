/* SPDX-License-Identifier: MIT
 *
 * Where the header of a sheet's table is and what its columns are called (consolidation.md section 4). What stands below a
 * header decides nothing: the same header is found over three rows and over a million.
 */
#ifndef SHEAF_VENTILATOR_TABLE_HEADER_H
#define SHEAF_VENTILATOR_TABLE_HEADER_H

#include "workbook/sheet.h"
#include "workbook/styles.h"

struct header_column {
    uint32_t col;       /* 0-based */
    struct span header; /* the cell in the last header row as stored; "" = blank */
    struct span name;   /* levels joined with " / ", white space folded; "Column_C" for a blank one; not yet unique */
};

struct table_header {
    uint32_t first_row, last_row;  /* 1-based; 0: none was found */
    struct header_column *columns; /* ascending, without gaps: from the first header cell to the last */
    uint32_t n_columns;
    bool is_empty; /* nothing at all in the sheet */
    bool is_plain; /* the sheet may be cut: ventilator/sheet_top.h */
};

#define HEADER_LEVELS_MAX 8u

/* The headers of n sheets of a book, one for each of `indexes`, into `ret`; memory from `arena`. first_row, last_row: --header, 1-based; 0 =
 * detected. `styles` shows dates and numbers in headers as Excel does. Reads the beginnings of the sheets and of the shared strings only.
 * FAULT_CORRUPT ..., FAULT_LIMIT with the sheet. */
enum fault table_headers_read(struct book *book, const struct styles *styles, const uint32_t *indexes, uint32_t n, uint32_t first_row,
                              uint32_t last_row, struct arena *arena, struct table_header *ret, struct why *why) MUST_CHECK;

#endif

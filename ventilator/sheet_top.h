/* SPDX-License-Identifier: MIT
 *
 * The first rows of a sheet, as far as its header may reach: read without inflating more than them, and without the shared
 * strings, whose texts are asked for later and only where they matter.
 */
#ifndef SHEAF_VENTILATOR_SHEET_TOP_H
#define SHEAF_VENTILATOR_SHEET_TOP_H

#include "workbook/sheet.h"

#define TOP_ROWS_MAX 50u          /* rows with something in them that are looked at */
#define TOP_ROWS_BELOW 8u         /* ... of them below the first that could be a header, rows of two cells not counted */
#define TOP_CELLS_MAX 1000000u
#define TOP_BYTES_MAX ((size_t)256 << 20)
#define TOP_MERGES_MAX 100000u
#define TOP_NO_STRING UINT32_MAX

struct top_cell {
    uint32_t row, col; /* 0-based */
    uint32_t style;
    uint32_t string;   /* of a shared text: its index, until sheet_top_settle; else TOP_NO_STRING */
    uint32_t at, len;  /* the value, in `bytes` */
    uint8_t type;      /* enum cell_type; CELL_BLANK: a formula without a value */
};

struct top_row {
    uint32_t row;      /* 0-based */
    uint32_t first, n; /* cells, ascending columns, none blank */
    uint32_t n_texts;
};

struct sheet_top {
    struct top_cell *cells;
    uint32_t n_cells, cells_capacity;
    struct top_row *rows; /* ascending; none without cells */
    uint32_t n_rows;
    struct buffer bytes;
    struct cell_range *merges; /* those that begin in these rows, by first cell; only after sheet_top_read_merges */
    uint32_t n_merges;
    bool has_merges; /* they were read */
    bool is_plain;   /* UTF-8, names without prefix, rows with their numbers: what a reader may be put into the middle of */
};

/* Detects: reads the rows among which the header would be. first_row > 0 (1-based): reads those down to last_row and one more.
 * Faults name the sheet. */
enum fault sheet_top_read(struct book *book, size_t index, uint32_t first_row, uint32_t last_row, struct sheet_top *ret,
                          struct why *why) MUST_CHECK;
void sheet_top_free(struct sheet_top *self);
/* One more than the highest index of a shared text in rows[from] .. rows[to - 1]; 0 when there is none. */
uint32_t sheet_top_strings(const struct sheet_top *self, uint32_t from, uint32_t to);
/* Puts the shared texts into those rows: blank ones are no cells any more. FAULT_CORRUPT: an index that is none; FAULT_LIMIT. */
enum fault sheet_top_settle(struct sheet_top *self, uint32_t from, uint32_t to, const struct shared_strings *strings,
                            struct why *why) MUST_CHECK;
/* Reads all the sheet for them, because they stand behind the cells. */
enum fault sheet_top_read_merges(struct sheet_top *self, struct book *book, size_t index, struct why *why) MUST_CHECK;

static inline struct span sheet_top_value(const struct sheet_top *self, const struct top_cell *cell)
{
    return span_make(cell->len ? self->bytes.data + cell->at : "", cell->len);
}

/* The row of this number (0-based), the cell of this column; NULL when there is nothing in it. */
const struct top_row *sheet_top_row(const struct sheet_top *self, uint32_t row);
const struct top_cell *sheet_top_cell(const struct sheet_top *self, const struct top_row *row, uint32_t col);
/* The merged area that begins at a cell; NULL when there is none. */
const struct cell_range *sheet_top_merge(const struct sheet_top *self, uint32_t row, uint32_t col);

#endif

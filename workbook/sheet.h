/* SPDX-License-Identifier: MIT
 *
 * The sheet scanner: the hot path. One pass over the inflated bytes of a worksheet part, SIMD where the
 * machine has it, nothing allocated per cell. It reads what Excel reads: cells and rows with or without
 * `r`, any attribute order, prefixed and Strict XML, UTF-8 and UTF-16, shared, inline and rich strings, CDATA,
 * comments, character references, formulas (shared and array), merges. <dimension> is ignored.
 */
#ifndef SHEAF_WORKBOOK_SHEET_H
#define SHEAF_WORKBOOK_SHEET_H

#include "workbook/book.h"
#include "workbook/shared_strings.h"

enum cell_type {
    CELL_BLANK,   /* no value: styled only */
    CELL_NUMBER,  /* value: the number token, white space trimmed, grammar checked */
    CELL_TEXT,    /* value: decoded text (shared, inline or formula string), may be empty */
    CELL_BOOLEAN, /* value: "0" or "1" */
    CELL_ERROR,   /* value: "#N/A" ... */
    CELL_DATE,    /* t="d": value is the ISO 8601 text */
};

enum cell_formula { FORMULA_NONE, FORMULA_NORMAL, FORMULA_SHARED, FORMULA_ARRAY, FORMULA_DATA_TABLE };

struct cell {
    uint32_t row, col; /* 0-based */
    uint32_t style;    /* index into cellXfs, as stored (may be out of range) */
    enum cell_type type;
    enum cell_formula formula;
    bool has_value;         /* false: a formula without a cached value, or blank */
    double number;          /* CELL_NUMBER, for a handler that wants_numbers: the double nearest to `value` */
    struct span value;      /* valid during the call (shared strings: while the table lives) */
    struct span formula_text; /* decoded; empty for followers of a shared formula */
    uint32_t shared_index;    /* FORMULA_SHARED: si */
    struct cell_range formula_range; /* FORMULA_SHARED master and FORMULA_ARRAY: ref */
    bool has_formula_range;
    uint32_t string_index;           /* of a text that cell_is_unread */
};

/* A shared text that was asked for by its index (wants_indexes): its value is empty. */
extern const char cell_text_unread[];
static inline bool cell_is_unread(const struct cell *cell)
{
    return cell->value.data == cell_text_unread;
}

struct sheet_row {
    uint32_t row; /* 0-based */
    bool is_hidden;
};

struct sheet_handler {
    void *self;
    /* Each may be NULL. A fault stops the scan and is returned. Cells come in document order, which is
     * row-major in well-made files only. */
    enum fault (*row)(void *self, const struct sheet_row *row);
    enum fault (*cell)(void *self, const struct cell *cell);
    enum fault (*merge)(void *self, struct cell_range range);
    enum fault (*column)(void *self, uint32_t first, uint32_t last, bool is_hidden); /* 0-based; <col> */
    enum fault (*protection)(void *self);                                            /* <sheetProtection sheet="1"> */
    bool wants_blanks; /* report styled cells without a value or formula */
    bool wants_indexes; /* shared texts are told by their index, which is one of the table's; without a table nobody has checked it */
    bool wants_numbers; /* fill cell.number: cheaper here than from the token later */
};

/* Scans sheet `index` of the book. Chart sheets and missing parts give no cells and no fault.
 * FAULT_CORRUPT names the cell, FAULT_LIMIT, FAULT_UNSAFE_XML. The same cell twice: the last one wins in Excel;
 * both are reported here, in order. */
enum fault sheet_scan(struct book *book, size_t index, const struct shared_strings *strings,
                      const struct sheet_handler *handler, struct why *why) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * A corpus is many workbooks of one shape: every cell is a function of file, sheet, row and column, so that any thread may
 * make any piece and the same arguments give the same bytes. What is written is counted: the truth that programs are held to.
 */
#ifndef SHEAF_BENCH_SHAPE_H
#define SHEAF_BENCH_SHAPE_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/span.h"

struct tally {
    uint64_t numbers, dates, texts, booleans, blanks, rows;
    __int128 sum, date_sum; /* of numbers and of dates, in ten-thousandths */
    uint64_t string_bytes, xml_bytes, file_bytes;
};

struct cell_writer {
    struct buffer out;
    struct tally tally;
    uint32_t row; /* 1-based */
};

struct shape {
    const char *const *sheet_names;
    uint32_t n_sheets, n_columns, n_files;
    uint32_t n_rows;   /* of each sheet, the header included */
    bool is_template;  /* without the numbers */
    const char *styles;
    const char *columns; /* <cols> */
    /* <si> elements of one file; returns how many. */
    uint32_t (*put_strings)(const struct shape *self, uint32_t file, struct cell_writer *out);
    void (*put_row)(const struct shape *self, uint32_t file, uint32_t sheet, struct cell_writer *out); /* out->row */
};

struct shape forms_shape(uint32_t files, uint32_t rows);
struct shape ledger_shape(uint32_t files, uint32_t rows);

/* --- for shapes: cells of the row out->row, column 0-based --- */

uint64_t shape_random(uint64_t a, uint64_t b, uint64_t c); /* any value, always the same */
void put_text_cell(struct cell_writer *self, uint32_t column, uint32_t style, uint32_t string);
void put_amount_cell(struct cell_writer *self, uint32_t column, uint32_t style, int64_t ten_thousandths);
void put_date_cell(struct cell_writer *self, uint32_t column, uint32_t style, uint32_t serial);
void put_boolean_cell(struct cell_writer *self, uint32_t column, uint32_t style, bool value);
void put_blank_cell(struct cell_writer *self, uint32_t column, uint32_t style);
/* A formula with its cached value. */
void put_formula_cell(struct cell_writer *self, uint32_t column, uint32_t style, const char *formula, int64_t ten_thousandths);
void put_formula_text_cell(struct cell_writer *self, uint32_t column, uint32_t style, const char *formula, const char *text);
/* One <si>. */
void put_string(struct cell_writer *self, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Rows and cells that do not stand in the order of their numbers: kept, sorted, given out as a spreadsheet program shows them
 * (of two cells in one place the later one). Only broken writers make such sheets.
 */
#ifndef SHEAF_WORKERS_ROW_SORTER_H
#define SHEAF_WORKERS_ROW_SORTER_H

#include "workbook/sheet.h"

#define ROW_SORTER_BYTES_MAX ((size_t)512 << 20)

struct row_sorter;
struct row_sorter *row_sorter_new(void);
void row_sorter_destroy(struct row_sorter **self);
void row_sorter_clear(struct row_sorter *self);
/* FAULT_LIMIT. Cells are of the row added last. */
enum fault row_sorter_row(struct row_sorter *self, const struct sheet_row *row) MUST_CHECK;
enum fault row_sorter_cell(struct row_sorter *self, const struct cell *cell) MUST_CHECK;

/* Gives all out in order, and clears. `lost`: cells of the row that later ones have replaced. */
struct row_sorter_handler {
    void *self;
    enum fault (*row)(void *self, const struct sheet_row *row, uint32_t lost);
    enum fault (*cell)(void *self, const struct cell *cell);
};
enum fault row_sorter_give(struct row_sorter *self, const struct row_sorter_handler *handler) MUST_CHECK;

#endif

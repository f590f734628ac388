/* SPDX-License-Identifier: MIT
 *
 * Cells and defined names on their way into a calculation. What knows of files is in formula_book.c; a test brings its
 * cells itself.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_LOAD_H
#define SHEAF_WORKBOOK_FORMULA_LOAD_H

#include "workbook/formula_eval.h"
#include "workbook/sheet.h"

/* A calculation without cells. */
struct calculation *calculation_make(size_t n_sheets);

struct loader;
/* `find_sheet` as in struct formula_names; `calculation` is borrowed. */
struct loader *loader_new(struct calculation *calculation, bool is_1904, int (*find_sheet)(void *self, struct span name),
                          void *find_sheet_self);
void loader_destroy(struct loader **self);
/* All names, before the first cell. Their formulas are copied. */
void loader_take_names(struct loader *self, const struct defined_name *names, size_t n);
void loader_begin_sheet(struct loader *self, size_t sheet);
/* Handlers for sheet_scan. FAULT_LIMIT: more cells than a calculation holds, or trees. */
enum fault loader_take_cell(void *self, const struct cell *cell);
enum fault loader_take_row(void *self, const struct sheet_row *row);
void loader_end_sheet(struct loader *self);
bool loader_is_full(const struct loader *self); /* it was one of ours that gave FAULT_LIMIT */

#endif

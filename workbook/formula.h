/* SPDX-License-Identifier: MIT
 *
 * Recomputing the simple formulas of a template, so that a reader that does not calculate (openpyxl, a phone
 * preview) sees right numbers. docs/FORMAT.md lists exactly which functions and operators. What is not on the list,
 * and all that depends on it, is "unknown": its cached value is dropped. Evaluation is in doubles, as Excel does it,
 * sums of ranges exact (core/decimal) before the one rounding.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_H
#define SHEAF_WORKBOOK_FORMULA_H

#include "workbook/book.h"
#include "workbook/shared_strings.h"

struct calculation;

enum calc_kind { CALC_BLANK, CALC_NUMBER, CALC_TEXT, CALC_BOOLEAN, CALC_ERROR, CALC_UNKNOWN };
struct calc_value {
    enum calc_kind kind;
    double number;    /* NUMBER; BOOLEAN 0 or 1 */
    struct span text; /* TEXT, ERROR ("#DIV/0!") */
};

/* Loads the constants and formulas of every worksheet of the template, shared formulas expanded. FAULT_LIMIT when there are
 * more than 4 M cells: then every formula counts as unknown and the caller drops their values. */
enum fault calculation_new(struct book *book, const struct shared_strings *strings, struct calculation **ret,
                           struct why *why) MUST_CHECK;
void calculation_destroy(struct calculation **self);
/* A result put in a cell (replaces what the template has there, formula or constant). Text is copied. */
void calculation_set(struct calculation *self, size_t sheet, struct cell_ref at, struct calc_value value);
/* Evaluates all formulas; circular ones are unknown. Bounded: depth and steps, never hangs. */
void calculation_run(struct calculation *self);
/* Every formula cell in sheet order, row-major. `is_changed`: the value differs from the template's cached one. Return
 * a fault to stop. */
typedef enum fault calculation_visit(void *context, size_t sheet, struct cell_ref at, const struct calc_value *value,
                                     bool is_changed);
enum fault calculation_each(struct calculation *self, calculation_visit *visit, void *context) MUST_CHECK;
/* The value of one cell after run. */
struct calc_value calculation_get(struct calculation *self, size_t sheet, struct cell_ref at);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A formula as it reads when it is copied to another cell: relative references move, absolute ones stay, text and
 * quoted sheet names are left alone (ECMA-376-1 18.3.1.40, shared formulas).
 */
#ifndef SHEAF_WORKBOOK_FORMULA_SHIFT_H
#define SHEAF_WORKBOOK_FORMULA_SHIFT_H

#include "core/buffer.h"
#include "workbook/cell_ref.h"

/* Appends the formula of `from` as it reads in `to`. A reference that leaves the grid wraps around its edge, as Excel
 * does in shared formulas. */
void formula_shift(struct span formula, struct cell_ref from, struct cell_ref to, struct buffer *out);

#endif

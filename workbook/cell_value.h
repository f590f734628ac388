/* SPDX-License-Identifier: MIT
 *
 * A cell's number as consolidation counts it: an exact decimal, dates as serials of the 1900
 * system.
 */
#ifndef SHEAF_WORKBOOK_CELL_VALUE_H
#define SHEAF_WORKBOOK_CELL_VALUE_H

#include "core/decimal.h"
#include "workbook/number_format.h"
#include "workbook/sheet.h"

/* Of a CELL_NUMBER or CELL_DATE with a value. `kind` is the cell's format. A date of a 1904 book is
 * shifted by 1,462 days; a time of day (below 1) is not, nor is a duration. FAULT_CORRUPT: not a
 * number or beyond a double. */
enum fault cell_number(const struct cell *cell, enum format_kind kind, bool is_1904,
                       enum decimal_precision precision, struct decimal *ret) MUST_CHECK;

/* The form in which constants of template and source are compared: shortest decimal, TRUE, FALSE,
 * the error or text. */
void cell_put_constant(const struct cell *cell, enum format_kind kind, bool is_1904,
                       enum decimal_precision precision, struct buffer *out);

#endif

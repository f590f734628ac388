/* SPDX-License-Identifier: MIT
 *
 * What a cell's value is once it stands in the output: dates in the 1900 system, ISO dates as serials, everything else
 * as it is. The renderers, conditions and --dedupe all see values through here; the usual cells need none of it.
 */
#ifndef SHEAF_WORKERS_ROW_VALUE_H
#define SHEAF_WORKERS_ROW_VALUE_H

#include "core/number.h"
#include "workbook/sheet.h"
#include "workers/row_style.h"

struct row_book {
    struct row_styles styles;
    bool is_1904, has_strict_dates;
};

struct row_value {
    enum cell_type type;           /* NUMBER, TEXT, BOOLEAN, ERROR: no CELL_DATE any more */
    struct span text;              /* views the cell, or `scratch` */
    const struct row_style *style; /* that counts */
    bool is_cut;                   /* a text that was longer than a cell may be */
    char scratch[64];
};

#define ROW_TEXT_UNITS 32767u /* of UTF-16: what a cell may hold */

/* A cell with a value. `ret` must not be copied. */
void row_value_of(const struct row_book *self, const struct cell *cell, struct row_value *ret);

static inline bool row_cell_is_date(const struct row_book *self, const struct cell *cell)
{
    return cell->type == CELL_DATE || row_styles_get(&self->styles, cell->style)->kind == FORMAT_DATE;
}

#endif

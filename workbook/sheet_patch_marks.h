/* SPDX-License-Identifier: MIT
 *
 * What the two passes of a sheet patch tell each other in edit.marks.
 */
#ifndef SHEAF_WORKBOOK_SHEET_PATCH_MARKS_H
#define SHEAF_WORKBOOK_SHEET_PATCH_MARKS_H

#include "workbook/sheet_patch.h"

enum edit_mark {
    EDIT_HAS_ROW = 1,
    EDIT_HAS_CELL = 2,
    EDIT_DONE = 4, /* inserted */
};

/* Index of the first edit at or behind a place. */
size_t sheet_patch_lower(const struct sheet_patch *self, uint32_t row, uint32_t col);

#endif

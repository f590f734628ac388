/* SPDX-License-Identifier: MIT
 *
 * One sheet of the template in memory, as far as roles depend on it: cells with their styles,
 * merged areas, array formulas, protection, notes.
 */
#ifndef SHEAF_VENTILATOR_TEMPLATE_SHEET_H
#define SHEAF_VENTILATOR_TEMPLATE_SHEET_H

#include "workbook/sheet.h"

struct template_cell {
    uint32_t row, col, style;
    enum cell_type type;
    bool is_formula;
    struct span value;
};

struct template_note {
    struct cell_ref at;
    struct span text;
};

struct template_sheet {
    struct arena *arena;
    struct template_cell *cells; /* row-major; each address once (the last one in the file) */
    uint32_t n_cells, cells_capacity;
    struct cell_range *merges, *arrays; /* arrays: what array formulas fill */
    uint32_t n_merges, merges_capacity, n_arrays, arrays_capacity;
    struct template_note *notes; /* in file order */
    uint32_t n_notes, notes_capacity;
    bool is_protected;
};

#define TEMPLATE_MERGES_MAX 1000000u
#define TEMPLATE_NOTES_MAX 1000000u

/* Faults name the sheet. FAULT_LIMIT: more than PLAN_CELLS_MAX cells. */
enum fault template_sheet_read(struct book *book, size_t index,
                               const struct shared_strings *strings, struct template_sheet *ret,
                               struct why *why) MUST_CHECK;
void template_sheet_free(struct template_sheet *self);

/* Notes of a sheet (comments part by relationship; legacy and threaded alike). Part of
 * template_sheet_read. */
enum fault template_notes_read(struct book *book, size_t index, struct template_sheet *sheet,
                               struct why *why) MUST_CHECK;

#endif

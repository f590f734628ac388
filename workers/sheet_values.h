/* SPDX-License-Identifier: MIT
 *
 * One sheet of a source laid over the template's area: what each address holds, before anything is
 * decided about it. Filled in one scan; a cell that stands twice in the file counts as the last
 * one, as in Excel.
 */
#ifndef SHEAF_WORKERS_SHEET_VALUES_H
#define SHEAF_WORKERS_SHEET_VALUES_H

#include "core/decimal.h"
#include "wire/plan.h"
#include "workbook/sheet.h"
#include "workbook/styles.h"
#include "workers/drift.h"

enum slot_kind {
    SLOT_BLANK,
    SLOT_NUMBER,
    SLOT_DATE,
    SLOT_DURATION,
    SLOT_TEXT,
    SLOT_BOOLEAN, /* number 0 or 1 */
    SLOT_ERROR,
    SLOT_NO_VALUE, /* a formula without a cached value */
    SLOT_BAD,      /* a number or date that is none: kept as text */
};

enum slot_flags {
    SLOT_FORMULA = 1,
    SLOT_HIDDEN = 2,
    SLOT_CUT = 4,  /* the text is longer than what is kept */
    SLOT_SAME = 8, /* equal to the template's label or constant */
};

struct slot {
    union {
        struct decimal number;
        struct {
            const char *text; /* in the sheet's arena */
            uint32_t text_len;
        };
    };
    uint8_t kind, flags;
};

struct sheet_values {
    const struct plan *plan; /* borrowed */
    const struct plan_sheet *sheet;
    struct slot *slots; /* as sheet->cells */
    size_t slots_capacity;
    struct arena *texts;
    struct buffer scratch;
    /* outside the template's area */
    uint64_t n_outside;
    struct cell_ref outside_first; /* in the file's order */
    struct cell_range outside;
    /* geometry, in the source's numbering */
    struct cell_range *merges, *arrays;
    uint32_t n_merges, merges_capacity, n_arrays, arrays_capacity;
    unsigned char *hidden_columns; /* GRID_COLS */
    bool is_row_hidden;
    /* of the whole sheet */
    uint64_t n_formulas, n_formulas_zero,
        n_numbers;  /* formulas with a number; of these 0; typed numbers that are not 0 */
    bool is_unsure; /* a value stands in a line that the drift mapping cannot place */
    struct cell_ref unsure_at;
    /* during a scan */
    const struct styles *styles;
    const struct line_map *rows, *columns; /* NULL: literal addresses */
    bool is_1904;
};

void sheet_values_init(struct sheet_values *self, const struct plan *plan);
void sheet_values_free(struct sheet_values *self);

/* Scans sheet `index` into the slots of `sheet`. `drift` may be NULL. FAULT_LIMIT: more text than
 * is kept of one sheet. */
enum fault sheet_values_read(struct sheet_values *self, const struct plan_sheet *sheet,
                             struct book *book, size_t index, const struct shared_strings *strings,
                             const struct styles *styles, const struct drift *drift,
                             struct why *why) MUST_CHECK;

/* The cells of a source sheet whose text is some label's of the template: what drift_find wants.
 * Memory from `arena`. */
enum fault sheet_labels_read(const struct plan *plan, const struct label_index *index,
                             struct book *book, size_t source_sheet,
                             const struct shared_strings *strings, const struct styles *styles,
                             struct arena *arena, struct label_seen **ret, uint32_t *ret_n,
                             struct why *why) MUST_CHECK;

/* The text of one cell as shown to people ("" when blank), for --id-cell. Appends to `out`. */
enum fault sheet_cell_text(struct book *book, size_t index, struct cell_ref at,
                           const struct shared_strings *strings, const struct styles *styles,
                           struct buffer *out, struct why *why) MUST_CHECK;

/* Functions for which a text is a value. */
bool function_takes_text(enum function function);

#endif

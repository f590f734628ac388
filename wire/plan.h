/* SPDX-License-Identifier: MIT
 *
 * A plan: how one source is to be read, worked out once by the ventilator from the template and the
 * options, the same for every source. Its bytes are its identity: the SHA-256 of the encoding is
 * half of the key of every partial result, so it holds nothing that differs between runs that read
 * alike (no paths, no output options).
 *
 * Input cells are numbered through all sheets, in sheet order, row-major: an "input number". A
 * partial result is a list of (input number, value).
 */
#ifndef SHEAF_WIRE_PLAN_H
#define SHEAF_WIRE_PLAN_H

#include "core/arena.h"
#include "core/hash.h"
#include "wire/job.h"

/* sheaf-wide copy of workbook/cell_ref.h's idea, because wire knows no workbook: 0-based,
 * inclusive. */
struct plan_range {
    uint32_t first_row, first_col, last_row, last_col;
};

enum role {
    ROLE_INPUT,    /* aggregated */
    ROLE_LABEL,    /* text kept, compared: drift check */
    ROLE_CONSTANT, /* number, date or boolean kept, compared */
    ROLE_FORMULA,  /* kept live */
    ROLE_IGNORED,  /* @ignore and its kin: read, not applicable */
    ROLE_COVERED,  /* under a merge, not its anchor */
    ROLE_OUTSIDE,  /* in the bounding box but not mapped (outside --range) */
};

enum plan_cell_flags {
    PLAN_PERCENT = 1,  /* the template's number format is a percentage */
    PLAN_DATE = 2,     /* ... a date */
    PLAN_DURATION = 4, /* ... a duration */
};

struct plan_cell {
    uint8_t role;     /* enum role */
    uint8_t function; /* enum function, for ROLE_INPUT */
    uint8_t flags;
};

struct plan_label { /* ROLE_LABEL and ROLE_CONSTANT */
    uint32_t row, col;
    struct span text;  /* label: utf8_fold; constant: shortest decimal, "TRUE", "FALSE" */
    struct span shown; /* as in the template, for messages and for row and column labels */
};

struct plan_weight {              /* FUNCTION_WAVG: the weight of an input cell */
    uint32_t input, weight_input; /* input numbers; the weight cell is an input too */
};

struct plan_sheet {
    struct span name;        /* template's sheet name */
    struct span folded_name; /* utf8_fold */
    uint32_t template_index; /* position in the template's sheet list */
    struct plan_range area;  /* bounding box of the mapped cells */
    struct plan_cell *cells; /* row-major over the area */
    uint32_t first_input;    /* number of the first input cell of this sheet */
    uint32_t n_inputs;
    struct plan_label *labels; /* row-major */
    uint32_t n_labels;
    struct plan_range *merges; /* ascending by first cell */
    uint32_t n_merges;
    /* derived, not encoded */
    uint32_t *input_of; /* per area cell its input number, or PLAN_NO_INPUT */
    uint32_t *cell_of;  /* per input of this sheet its place in the area */
    struct plan_shadow *by_row, *by_column;
    uint32_t n_by_row, n_by_column;
};

/* Where a label is seen from: its own cell, or a row or column of the merged area that it fills.
 * Sorted by line, then at. */
struct plan_shadow {
    uint32_t line, at; /* by_row: row, column; by_column: column, row */
    uint32_t label;    /* in plan_sheet.labels */
};

struct plan {
    struct arena *arena;
    struct sha256 hash; /* of the encoding; set by plan_decode and plan_seal */
    struct plan_sheet *sheets;
    uint32_t n_sheets;
    uint32_t n_inputs;           /* over all sheets */
    struct plan_weight *weights; /* by input, ascending */
    uint32_t n_weights;
    /* how to read: copies from the job */
    enum decimal_precision precision;
    enum text_rule text_rule;
    struct span text_locale;
    enum error_policy errors;
    enum drift_policy drift;
    bool skip_hidden;
    bool is_preset_original;
    bool is_template_1904;
    struct span sheet_selector; /* as in the job */
    struct alias *aliases;
    uint32_t n_aliases;
    struct span id_cell;
    struct span *unmapped; /* folded names of the template's sheets that are not mapped: no
                              SHEET_EXTRA for them */
    uint32_t n_unmapped;
};

/* Input cells of all sheets; more is FAULT_LIMIT: "use --range". */
#define PLAN_INPUTS_MAX 4000000u
#define PLAN_CELLS_MAX 8000000u /* cells of the areas of all sheets, mapped or not */
#define PLAN_NO_INPUT UINT32_MAX
#define PLAN_ARENA_BYTES ((size_t)1 << 30)

void plan_encode(struct buffer *out, const struct plan *self);
enum fault plan_decode(struct span message, struct plan *ret) MUST_CHECK; /* copies, and seals */
void plan_free(struct plan *self);
/* For who builds a plan (sheets with name, area, cells, labels, merges, all from self->arena):
 * numbers the inputs, derives folded names and indexes, encodes and hashes. FAULT_LIMIT:
 * PLAN_INPUTS_MAX or the arena. */
enum fault plan_seal(struct plan *self) MUST_CHECK;

static inline uint32_t plan_area_cols(const struct plan_sheet *sheet)
{
    return sheet->area.last_col - sheet->area.first_col + 1;
}

static inline uint32_t plan_area_rows(const struct plan_sheet *sheet)
{
    return sheet->area.last_row - sheet->area.first_row + 1;
}

/* The order of `merges`, for qsort: by first cell, then by last. */
int plan_range_compare(const void *a, const void *b);

static inline bool plan_range_has(const struct plan_range *range, uint32_t row, uint32_t col)
{
    return row >= range->first_row && row <= range->last_row && col >= range->first_col &&
           col <= range->last_col;
}

/* The place of a cell in sheet->cells; the cell is inside the area. */
static inline uint32_t plan_place(const struct plan_sheet *sheet, uint32_t row, uint32_t col)
{
    return (row - sheet->area.first_row) * plan_area_cols(sheet) + (col - sheet->area.first_col);
}

/* The label at a cell; NULL when there is none. */
const struct plan_label *plan_label_at(const struct plan_sheet *sheet, uint32_t row, uint32_t col);
/* The merged area that begins at the cell; NULL when there is none. */
const struct plan_range *plan_merge_at(const struct plan_sheet *sheet, uint32_t row, uint32_t col);

/* The sheet and cell of an input number (< n_inputs). Logarithmic in the sheets, then by a derived
 * index. */
void plan_locate(const struct plan *self, uint32_t input, uint32_t *ret_sheet, uint32_t *ret_row,
                 uint32_t *ret_col);
const struct plan_cell *plan_cell_of(const struct plan *self, uint32_t input);
/* The nearest label left of (row label; text before constants) and above (column label) an input
 * cell, as shown in the template, a merged label seen from every row and column that it fills;
 * empty if none. */
struct span plan_row_label(const struct plan *self, uint32_t input);
struct span plan_column_label(const struct plan *self, uint32_t input);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Values and results as cells of a new sheet, each kind with its look, and text cut to what a cell holds.
 */
#ifndef SHEAF_SINK_CELLS_H
#define SHEAF_SINK_CELLS_H

#include "sink/results.h"
#include "workbook/output_book.h"

struct cells {
    struct output_book *book;
    struct results *results; /* NULL where no values are written */
    struct sheet_writer *sheet;
};

/* Empty text writes no cell. */
enum fault cells_text(const struct cells *self, uint32_t col, struct span text, enum output_style style) MUST_CHECK;
enum fault cells_count(const struct cells *self, uint32_t col, uint64_t count) MUST_CHECK;
enum fault cells_header(const struct cells *self, uint32_t row, const char *const *texts, uint32_t n) MUST_CHECK;
/* `plan` tells whether a number is a percentage. */
enum fault cells_part(const struct cells *self, uint32_t col, const struct gathered *part,
                      const struct plan_cell *plan) MUST_CHECK;
enum fault cells_result(const struct cells *self, uint32_t col, const struct result_cell *cell) MUST_CHECK;
/* A reference like "B7" as text, linked to that cell of the sheet `name` (no link when the name is empty). */
enum fault cells_reference(const struct cells *self, uint32_t row, uint32_t col, struct span name,
                           struct cell_ref at) MUST_CHECK;
/* "'My Sheet'!B7" */
void cells_put_location(struct buffer *out, struct span sheet, struct cell_ref at);

#endif

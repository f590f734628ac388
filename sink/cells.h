/* SPDX-License-Identifier: MIT
 *
 * Values and results as cells of a new sheet, each kind with its look, and text cut to what a cell holds.
 */
#ifndef SHEAF_SINK_CELLS_H
#define SHEAF_SINK_CELLS_H

#include "sink/results.h"
#include "workbook/output_book.h"

/* The workbook that sheets are added to: a template with changes, or a new one (workbook/new_book.h). */
struct cells_book {
    void *book;
    enum fault (*add_sheet)(void *book, struct span name, struct sheet_writer **ret, struct span *ret_name, struct why *why);
    uint32_t (*style)(void *book, enum output_style style);
};
struct cells_book cells_of_output(struct output_book *book);

struct cells {
    struct cells_book book;
    struct results *results; /* NULL where no values are written */
    struct sheet_writer *sheet;
};

/* Goes on in a new sheet. */
enum fault cells_add_sheet(struct cells *self, struct span name, struct span *ret_name, struct why *why) MUST_CHECK;
uint32_t cells_style(const struct cells *self, enum output_style style);
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

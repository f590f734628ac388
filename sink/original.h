/* SPDX-License-Identifier: MIT
 *
 * --preset=original: what the reference system adds to its workbook, for parity: its form of Contributions, its note text and
 * the sheet "Consolidated (Plain)". The results themselves are ordinary ones: the plan makes every cell of the active sheet an
 * input, and percent cells averages.
 */
#ifndef SHEAF_SINK_ORIGINAL_H
#define SHEAF_SINK_ORIGINAL_H

#include "sink/results.h"
#include "workbook/output_book.h"

struct original;

/* All borrowed. `template_book` is read again for the plain sheet. */
enum fault original_new(struct output_book *output, struct book *template_book, const struct plan *plan,
                        struct results *results, struct ledger *ledger, struct original **ret, struct why *why) MUST_CHECK;
void original_destroy(struct original **self);
/* One row per cell and file in "Contributions", below the header in row 5. */
enum fault original_cell(struct original *self, const struct result_cell *cell, struct why *why) MUST_CHECK;
/* As contributions_place. */
bool original_place(const struct original *self, struct span *ret_sheet, uint32_t *ret_row);
/* The note text: Consolidation Summary, Cell, Total, Contributors. A view until the next call. */
enum fault original_note(struct original *self, const struct result_cell *cell, struct span *ret) MUST_CHECK;
/* Writes "Consolidated (Plain)": the template's values with the results in their places, without any format. Walks the
 * results once more. */
enum fault original_plain(struct original *self, struct why *why) MUST_CHECK;

/* In original_plain.c. */
enum fault original_plain_write(struct output_book *output, struct book *template_book, const struct plan *plan,
                                struct results *results, struct why *why) MUST_CHECK;

#endif

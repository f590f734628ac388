/* SPDX-License-Identifier: MIT
 *
 * A first look at a sheet before anything of it is printed: how long its dump will be about, and which of its values a
 * later one for the same cell replaces (the last one wins, as in Excel). So a dump is refused before its first line, and a
 * damaged sheet prints nothing.
 */
#ifndef SHEAF_CLI_CELLS_SURVEY_H
#define SHEAF_CLI_CELLS_SURVEY_H

#include "workbook/sheet.h"

struct cells_survey {
    uint64_t values;    /* cells with a value */
    uint64_t bytes;     /* of the dump, within a few bytes per line */
    uint64_t *replaced; /* ordinals of the values that are replaced, ascending; the first value is 0 */
    size_t n_replaced;
};

/* Stops with FAULT_LIMIT as soon as there are more than `limit_bytes`. `ret` needs cells_survey_free. */
enum fault cells_survey_sheet(struct book *book, size_t index, const struct shared_strings *strings, uint64_t limit_bytes,
                              struct cells_survey *ret, struct why *why) MUST_CHECK;
void cells_survey_free(struct cells_survey *self);

/* The serial of a t="d" cell in the date system of its book. */
bool cells_survey_serial(const struct book *book, struct span text, double *ret);

/* What both passes count as a value: not blank, not an empty text. */
static inline bool cells_survey_counts(const struct cell *cell)
{
    return cell->has_value && (cell->type != CELL_TEXT || cell->value.len > 0);
}

#endif

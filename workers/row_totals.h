/* SPDX-License-Identifier: MIT
 *
 * Rows that add up the rows above them. A word makes a row suspect, its numbers prove it: docs/FORMAT.md, "stack", says when.
 */
#ifndef SHEAF_WORKERS_ROW_TOTALS_H
#define SHEAF_WORKERS_ROW_TOTALS_H

#include <stdint.h>

#include "core/span.h"

/* "Total", "Grand Total:", "Summe", "合計" ...: the whole text, folded, without a colon at the end. */
bool row_is_total_word(struct span text);

/* A sum that loses nothing that matters here: the rounding errors are added up beside it (Neumaier). */
struct row_sum {
    double sum, error, size; /* size: of the absolute values */
    uint32_t n;
};

void row_sum_add(struct row_sum *self, double value);
/* Whether `value` is what a program stores for this sum. */
bool row_sum_is(const struct row_sum *self, double value);
bool row_sum_is_mean(const struct row_sum *self, double value);

/* Per column of a sheet. */
struct row_column_sums {
    struct row_sum all;  /* since the header, dropped totals not counted */
    struct row_sum part; /* since the last dropped total */
};

/* What a suspect row holds. */
struct row_evidence {
    uint32_t n_numbers;   /* in it at all */
    uint32_t n_proving;   /* not zero, and a sum of their column */
    uint32_t n_against;   /* neither sum nor mean nor count, and every other value of the row but its word */
};

void row_evidence_number(struct row_evidence *self, const struct row_column_sums *sums, double value);
bool row_evidence_is_total(const struct row_evidence *self);

#endif

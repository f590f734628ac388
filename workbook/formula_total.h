/* SPDX-License-Identifier: MIT
 *
 * The total of the numbers of a range: exact, rounded once. Numbers of at most 15 digits (all that people type) are added as
 * the decimals that they show, so that ten times 0.1 is 1; as soon as one has more digits (a third, a root) the
 * doubles themselves are added, still exactly.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_TOTAL_H
#define SHEAF_WORKBOOK_FORMULA_TOTAL_H

#include "core/decimal.h"

/* Doubles that do not overlap span 2,098 bits: 40 pieces of 53. */
#define TOTAL_PIECES 48

struct total {
    uint64_t n;
    double whole;           /* the sum while all terms are whole and it stays below 2^53 */
    bool is_whole;
    bool is_decimal;        /* else only the pieces count */
    bool is_infinite;
    unsigned n_pieces;
    double pieces[TOTAL_PIECES]; /* ascending, not overlapping: their sum is exact */
    struct decimal_sum decimals;
};

void total_clear(struct total *self);
void total_add(struct total *self, double term);
void total_add_product(struct total *self, double a, double b); /* counts one */
/* False: it overflows (#NUM!). */
bool total_sum(const struct total *self, double *ret);
bool total_mean(const struct total *self, double *ret); /* n > 0 */

#endif

/* SPDX-License-Identifier: MIT
 *
 * Exact addition of doubles after Shewchuk ("Adaptive Precision Floating-Point Arithmetic and Fast Robust Geometric
 * Predicates", 1997): the running sum is kept as pieces whose bits do not overlap.
 */
#include "workbook/formula_total.h"

#include <math.h>

#include "core/must.h"

#define WHOLE_LIMIT 9007199254740992.0 /* 2^53 */

/* The struct is about a KiB and a half; only what is used before it is written is cleared. */
void total_clear(struct total *self)
{
    self->n = 0;
    self->whole = 0;
    self->is_whole = true;
    self->is_decimal = true;
    self->is_infinite = false;
    self->n_pieces = 0;
}

static void add_piece(struct total *self, double x)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < self->n_pieces; i++) {
        double y = self->pieces[i];
        if (fabs(x) < fabs(y)) {
            double swap = x;
            x = y;
            y = swap;
        }
        double high = x + y, low = y - (high - x);
        if (low != 0)
            self->pieces[kept++] = low;
        x = high;
    }
    if (!isfinite(x)) {
        self->is_infinite = true;
        kept = 0;
        x = 0;
    }
    must(kept < TOTAL_PIECES);
    self->pieces[kept] = x;
    self->n_pieces = kept + 1;
}

static bool take_decimal(double value, struct decimal *ret)
{
    *ret = decimal_from_double(value, DECIMAL_15);
    return decimal_to_double(*ret) == value;
}

static void leave_whole(struct total *self)
{
    self->is_whole = false;
    decimal_sum_clear(&self->decimals);
    add_piece(self, self->whole);
    int64_t whole = (int64_t)self->whole;
    decimal_sum_add(&self->decimals, decimal_from_int(whole));
}

static bool add_whole(struct total *self, double term)
{
    if (term != trunc(term) || fabs(term) >= WHOLE_LIMIT || fabs(self->whole + term) >= WHOLE_LIMIT)
        return false;
    self->whole += term;
    return true;
}

void total_add(struct total *self, double term)
{
    self->n++;
    if (self->is_whole && add_whole(self, term))
        return;
    if (self->is_whole)
        leave_whole(self);
    add_piece(self, term);
    struct decimal decimal;
    if (self->is_decimal && (self->is_decimal = take_decimal(term, &decimal)))
        decimal_sum_add(&self->decimals, decimal);
}

void total_add_product(struct total *self, double a, double b)
{
    double product = a * b;
    self->n++;
    if (self->is_whole && a == trunc(a) && b == trunc(b) && add_whole(self, product))
        return;
    if (self->is_whole)
        leave_whole(self);
    add_piece(self, product);
    struct decimal x, y;
    if (self->is_decimal && (self->is_decimal = take_decimal(a, &x) && take_decimal(b, &y)))
        decimal_sum_add_product(&self->decimals, x, y);
}

/* The nearest double of the pieces: adding from the largest down is exact until the first remainder, which then only
 * matters when it lies half way and what follows has the same sign. */
static double round_pieces(const struct total *self)
{
    unsigned i = self->n_pieces;
    double high = i ? self->pieces[--i] : 0, low = 0;
    while (i) {
        double x = high, y = self->pieces[--i];
        high = x + y;
        low = y - (high - x);
        if (low != 0)
            break;
    }
    if (i && ((low < 0 && self->pieces[i - 1] < 0) || (low > 0 && self->pieces[i - 1] > 0))) {
        double twice = low * 2, x = high + twice;
        if (twice == x - high)
            high = x;
    }
    return high;
}

bool total_sum(const struct total *self, double *ret)
{
    if (self->is_whole) {
        *ret = self->whole;
        return true;
    }
    if (self->is_infinite)
        return false;
    if (self->is_decimal)
        return decimal_sum_to_double(&self->decimals, ret) == FAULT_NONE;
    *ret = round_pieces(self);
    return true;
}

bool total_mean(const struct total *self, double *ret)
{
    if (!self->is_whole && !self->is_infinite && self->is_decimal)
        return decimal_sum_divide(&self->decimals, self->n, ret) == FAULT_NONE;
    double sum;
    if (!total_sum(self, &sum))
        return false;
    *ret = sum / (double)self->n; /* both exact when whole: one rounding */
    return true;
}

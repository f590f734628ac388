/* SPDX-License-Identifier: MIT
 *
 * Exact decimal arithmetic for totals (docs: consolidation.md section 1, "Exactness"). A value is a
 * decimal of at most 17 significant digits; sums of values, of squares and of products are kept as
 * wide fixed-point integers, so that addition is exact, commutative and associative: any order and
 * any grouping over any workers gives the same total. Division, roots and the conversion to a double
 * happen once, at the end, correctly rounded (GMP).
 */
#ifndef SHEAF_CORE_DECIMAL_H
#define SHEAF_CORE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

/* coefficient * 10^exponent. |coefficient| < 10^17; zero is {0, 0}; a nonzero coefficient has no trailing
 * zeros (normal form, so equal values are equal structs). -400 <= exponent <= 400. */
struct decimal {
    int64_t coefficient;
    int16_t exponent;
};

enum decimal_precision {
    DECIMAL_15,   /* what Excel shows: at most 15 significant digits */
    DECIMAL_FULL, /* the shortest decimal of the nearest double: at most 17 digits */
};

/* Is it in the form above? For whoever decodes one from outside; every other function takes it for granted. */
bool decimal_valid(struct decimal value);

/* Takes a number token as stored in a sheet (grammar of number_parse). With DECIMAL_15 a token of at
 * most 15 significant digits is taken as it is; a longer one is rounded half-even to 15 digits of its
 * nearest double's exact value (what Excel shows for it). What a double cannot tell from 0 is 0. FAULT_CORRUPT: not a
 * number, or it overflows a double. */
enum fault decimal_parse(struct span token, enum decimal_precision precision, struct decimal *ret) MUST_CHECK;
struct decimal decimal_from_int(int64_t value); /* |value| < 10^17 */
/* The same rounding as decimal_parse, from a finite double. */
struct decimal decimal_from_double(double value, enum decimal_precision precision);

/* value / 10^places, exact (moves the exponent, which must stay within its range: |places| <= 50 is safe once). */
struct decimal decimal_shift(struct decimal value, int places);
struct decimal decimal_negate(struct decimal value);
int decimal_compare(struct decimal a, struct decimal b); /* -1, 0, 1; exact */
int decimal_compare_abs(struct decimal a, struct decimal b);
double decimal_to_double(struct decimal value); /* nearest double, at most +-DBL_MAX */

#define DECIMAL_TEXT_MAX 32
/* Shortest text of the decimal in the form of number_format ("0.1", "-1234.5", "1.5E+25"). Not terminated. */
size_t decimal_format(struct decimal value, char out[DECIMAL_TEXT_MAX]);

/* A sum of any number of terms, exact. About 1 KiB; plain memory, no destroy; copied by assignment. */
#define DECIMAL_SUM_LIMBS 120
struct decimal_sum {
    int64_t limbs[DECIMAL_SUM_LIMBS]; /* base 10^15, signed, least significant first */
    uint32_t pending;                 /* additions since the last carry pass */
    int16_t low, high;                /* limbs that may be nonzero: low <= i < high */
};

void decimal_sum_clear(struct decimal_sum *self);
void decimal_sum_add(struct decimal_sum *self, struct decimal term);
void decimal_sum_add_product(struct decimal_sum *self, struct decimal a, struct decimal b); /* exact a*b */
void decimal_sum_add_sum(struct decimal_sum *self, const struct decimal_sum *other);
bool decimal_sum_equal(const struct decimal_sum *a, const struct decimal_sum *b);
/* Nearest double of the exact sum; FAULT_LIMIT when it overflows (#NUM!). */
enum fault decimal_sum_to_double(const struct decimal_sum *self, double *ret) MUST_CHECK;
/* The exact sum as plain digits ("-1234.50" has no trailing zeros: "-1234.5"). At most ~1,900 bytes. */
void decimal_sum_put(const struct decimal_sum *self, struct buffer *out);

/* Nearest double of a/b. FAULT_CORRUPT when b is 0, FAULT_LIMIT on overflow. */
enum fault decimal_sum_ratio(const struct decimal_sum *a, const struct decimal_sum *b, double *ret) MUST_CHECK;
enum fault decimal_sum_divide(const struct decimal_sum *a, uint64_t n, double *ret) MUST_CHECK;
/* (n * sum_squares - sum^2) / (n * (n - population ? 0 : 1)): exact until the one final rounding. n >= 1, and
 * >= 2 for the sample form, else FAULT_CORRUPT. `root` takes the square root too (correctly rounded). */
enum fault decimal_variance(const struct decimal_sum *sum, const struct decimal_sum *squares, uint64_t n,
                            bool population, bool root, double *ret) MUST_CHECK;

/* The product of any number of factors, exact, rounded once: independent of the order. */
struct decimal_product;
struct decimal_product *decimal_product_new(void);
void decimal_product_destroy(struct decimal_product **self);
void decimal_product_clear(struct decimal_product *self); /* = 1 */
void decimal_product_multiply(struct decimal_product *self, struct decimal factor);
enum fault decimal_product_to_double(const struct decimal_product *self, double *ret) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * The one rounding at the end of exact arithmetic: big integers (GMP) to the nearest double, ties
 * to even, subnormals and overflow included. Private to core/decimal*.c.
 */
#ifndef SHEAF_CORE_DECIMAL_RATIO_H
#define SHEAF_CORE_DECIMAL_RATIO_H

#include <gmp.h>
#include <stdbool.h>

#include "core/fault.h"

/* 10^n for n = 0..18. */
extern const int64_t decimal_powers[19];

/* mpz from and to 64 bits, whatever the width of long. */
void decimal_mpz_set_i64(mpz_t out, int64_t value);
void decimal_mpz_set_u64(mpz_t out, uint64_t value);

/* value *= 10^exponent when exponent > 0; else other *= 10^-exponent. For ratios value/other. */
void decimal_scale(mpz_t value, mpz_t other, int64_t exponent);

/* Nearest double of num/den (den > 0), or of its square root (num >= 0). FAULT_LIMIT on overflow.
 */
enum fault decimal_round_ratio(const mpz_t num, const mpz_t den, bool root, double *ret) MUST_CHECK;

#endif

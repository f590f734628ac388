/* SPDX-License-Identifier: MIT
 *
 * num/den to the nearest double: scale by a power of two until the integer quotient has at least 64
 * bits, keep its top bits, fold everything below into one sticky bit, and round once. The sticky
 * bit makes the result exact however long the integers are; the same works for the integer square
 * root, because isqrt(floor(x)) = floor(sqrt(x)).
 */
#include "core/decimal_ratio.h"

#include <float.h>
#include <math.h>

#include "core/must.h"

const int64_t decimal_powers[19] = {1,
                                    10,
                                    100,
                                    1000,
                                    10000,
                                    100000,
                                    1000000,
                                    10000000,
                                    100000000,
                                    1000000000,
                                    10000000000,
                                    100000000000,
                                    1000000000000,
                                    10000000000000,
                                    100000000000000,
                                    1000000000000000,
                                    10000000000000000,
                                    100000000000000000,
                                    1000000000000000000};

void decimal_mpz_set_u64(mpz_t out, uint64_t value)
{
    mpz_import(out, 1, 1, sizeof value, 0, 0, &value);
}

void decimal_mpz_set_i64(mpz_t out, int64_t value)
{
    decimal_mpz_set_u64(out, value < 0 ? -(uint64_t)value : (uint64_t)value);
    if (value < 0)
        mpz_neg(out, out);
}

void decimal_scale(mpz_t value, mpz_t other, int64_t exponent)
{
    mpz_t power;
    mpz_init(power);
    mpz_ui_pow_ui(power, 10, (unsigned long)(exponent < 0 ? -exponent : exponent));
    if (exponent > 0)
        mpz_mul(value, value, power);
    else if (exponent < 0)
        mpz_mul(other, other, power);
    mpz_clear(power);
}

/* Rounds magnitude * 2^exponent (+ something below one unit when sticky) to 53 bits, or to the
 * fewer that a subnormal has. The magnitude has 64 bits or more. */
static enum fault round_bits(const mpz_t magnitude, int64_t exponent, bool sticky, double *ret)
{
    int64_t bits = (int64_t)mpz_sizeinbase(magnitude, 2);
    int64_t top = exponent + bits; /* value < 2^top */
    if (top > DBL_MAX_EXP)
        return FAULT_LIMIT;
    int64_t lowest = top - DBL_MANT_DIG; /* weight of the last bit that stays */
    if (lowest < DBL_MIN_EXP - DBL_MANT_DIG)
        lowest = DBL_MIN_EXP - DBL_MANT_DIG;
    int64_t drop = lowest - exponent;
    must(drop > 0);
    mpz_t kept;
    mpz_init(kept);
    mpz_fdiv_q_2exp(kept, magnitude, (mp_bitcnt_t)drop);
    bool half = mpz_tstbit(magnitude, (mp_bitcnt_t)(drop - 1));
    bool below = sticky || (int64_t)mpz_scan1(magnitude, 0) < drop - 1;
    if (half && (below || mpz_odd_p(kept)))
        mpz_add_ui(kept, kept, 1);
    double value = ldexp(mpz_get_d(kept), (int)lowest); /* exact: kept <= 2^53 */
    mpz_clear(kept);
    if (isinf(value))
        return FAULT_LIMIT;
    *ret = value;
    return FAULT_NONE;
}

/* Bits of extra precision so that the quotient (or its root) has 66 bits or more; even for a root.
 */
static int64_t choose_scale(const mpz_t num, const mpz_t den, bool root)
{
    int64_t have = (int64_t)mpz_sizeinbase(num, 2) - (int64_t)mpz_sizeinbase(den, 2);
    int64_t want = (root ? 132 : 66) + 1 - have;
    if (root && want % 2)
        want++;
    return want;
}

enum fault decimal_round_ratio(const mpz_t num, const mpz_t den, bool root, double *ret)
{
    must(mpz_sgn(den) > 0);
    must(!root || mpz_sgn(num) >= 0);
    int sign = mpz_sgn(num);
    if (sign == 0) {
        *ret = 0;
        return FAULT_NONE;
    }
    int64_t scale = choose_scale(num, den, root);
    mpz_t n, d, quotient, rest;
    mpz_inits(n, d, quotient, rest, NULL);
    mpz_abs(n, num);
    mpz_set(d, den);
    if (scale >= 0)
        mpz_mul_2exp(n, n, (mp_bitcnt_t)scale);
    else
        mpz_mul_2exp(d, d, (mp_bitcnt_t)-scale);
    mpz_fdiv_qr(quotient, rest, n, d);
    bool sticky = mpz_sgn(rest) != 0;
    if (root) {
        mpz_sqrtrem(quotient, rest, quotient);
        sticky = sticky || mpz_sgn(rest) != 0;
        scale /= 2;
    }
    double value = 0;
    enum fault fault = round_bits(quotient, -scale, sticky, &value);
    mpz_clears(n, d, quotient, rest, NULL);
    if (fault == FAULT_NONE)
        *ret = sign < 0 ? -value : value;
    return fault;
}

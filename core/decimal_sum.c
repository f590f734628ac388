/* SPDX-License-Identifier: MIT
 *
 * Exact sums in fixed point: limbs of 15 decimal digits, one lattice for every sum, so that adding
 * is adding limb by limb and never depends on the order. Limbs have three spare digits: carries
 * wait until CARRY_AFTER additions have come together.
 */
#include "core/decimal.h"

#include "core/decimal_ratio.h"
#include "core/must.h"

#define BASE 1000000000000000 /* 10^15 */
#define BASE_DIGITS 15
/* Limb 0 counts units of 10^-810: below the square of the smallest decimal (10^-800), a multiple
 * of 15. The top limb ends at 10^990: above the largest product (10^834) as often as 64 bits can
 * count. */
#define LOWEST (-810)

/* An addition changes a limb by less than 10^16, and a limb after a carry pass is below 10^15 (the
 * carry of another sum's limbs included): 256 of them stay far below 2^63. */
#define CARRY_AFTER 256

void decimal_sum_clear(struct decimal_sum *self)
{
    *self = (struct decimal_sum){0};
}

/* Leaves |limb| < BASE in each limb, the signs mixed. */
static void carry(struct decimal_sum *self)
{
    int64_t over = 0;
    int i = self->low;
    for (; i < self->high || over; i++) {
        must(i < DECIMAL_SUM_LIMBS);
        int64_t limb = self->limbs[i] + over;
        over = limb / BASE;
        self->limbs[i] = limb % BASE;
    }
    if (i > self->high)
        self->high = (int16_t)i;
    self->pending = 0;
}

/* The one form of each value: all limbs of one sign, no zero limbs at either end, low = high = 0
 * for zero. */
static void make_normal(struct decimal_sum *self)
{
    carry(self);
    while (self->high > self->low && self->limbs[self->high - 1] == 0)
        self->high--;
    if (self->high > self->low) {
        int64_t sign = self->limbs[self->high - 1] < 0 ? -1 : 1;
        int64_t borrow = 0;
        for (int i = self->low; i < self->high; i++) {
            int64_t limb = self->limbs[i] * sign - borrow;
            borrow = limb < 0;
            self->limbs[i] = (limb + borrow * BASE) * sign;
        }
        must(!borrow);
    }
    while (self->high > self->low && self->limbs[self->high - 1] == 0)
        self->high--;
    while (self->low < self->high && self->limbs[self->low] == 0)
        self->low++;
    if (self->low == self->high)
        self->low = self->high = 0;
}

static void widen(struct decimal_sum *self, int low, int high)
{
    if (self->low == self->high) {
        self->low = (int16_t)low;
        self->high = (int16_t)high;
        return;
    }
    if (low < self->low)
        self->low = (int16_t)low;
    if (high > self->high)
        self->high = (int16_t)high;
}

static void count_addition(struct decimal_sum *self)
{
    if (++self->pending >= CARRY_AFTER)
        carry(self);
}

void decimal_sum_add(struct decimal_sum *self, struct decimal term)
{
    if (term.coefficient == 0)
        return;
    must(decimal_valid(term));
    unsigned at = (unsigned)(term.exponent - LOWEST);
    unsigned i = at / BASE_DIGITS, shift = at % BASE_DIGITS;
    int64_t split = decimal_powers[BASE_DIGITS - shift];
    self->limbs[i] += term.coefficient % split * decimal_powers[shift];
    self->limbs[i + 1] += term.coefficient / split; /* < 10^16 */
    widen(self, (int)i, (int)i + 2);
    count_addition(self);
}

void decimal_sum_add_product(struct decimal_sum *self, struct decimal a, struct decimal b)
{
    if (a.coefficient == 0 || b.coefficient == 0)
        return;
    must(decimal_valid(a) && decimal_valid(b));
    __int128 product = (__int128)a.coefficient * b.coefficient; /* < 10^34 */
    unsigned at = (unsigned)(a.exponent + b.exponent - LOWEST);
    unsigned i = at / BASE_DIGITS, shift = at % BASE_DIGITS;
    int64_t split = decimal_powers[BASE_DIGITS - shift];
    int64_t lowest = (int64_t)(product % split);
    product /= split; /* < 10^33 */
    self->limbs[i] += lowest * decimal_powers[shift];
    self->limbs[i + 1] += (int64_t)(product % BASE);
    product /= BASE; /* < 10^18 */
    self->limbs[i + 2] += (int64_t)(product % BASE);
    self->limbs[i + 3] += (int64_t)(product / BASE);
    widen(self, (int)i, (int)i + 4);
    count_addition(self);
}

void decimal_sum_add_sum(struct decimal_sum *self, const struct decimal_sum *other)
{
    struct decimal_sum settled;
    if (other->pending) {
        settled = *other;
        carry(&settled);
        other = &settled;
    }
    if (other->low == other->high)
        return;
    for (int i = other->low; i < other->high; i++)
        self->limbs[i] += other->limbs[i];
    widen(self, other->low, other->high);
    count_addition(self);
}

bool decimal_sum_equal(const struct decimal_sum *a, const struct decimal_sum *b)
{
    struct decimal_sum x = *a, y = *b;
    make_normal(&x);
    make_normal(&y);
    return x.low == y.low && x.high == y.high &&
           memcmp(x.limbs + x.low, y.limbs + y.low, (size_t)(x.high - x.low) * sizeof x.limbs[0]) ==
               0;
}

/* --- giving --------------------------------------------------------------------------------------
 */

/* The sum as value * 10^exponent. */
static int64_t get_integer(const struct decimal_sum *self, mpz_t value)
{
    mpz_t limb;
    mpz_init(limb);
    mpz_set_ui(value, 0);
    for (int i = self->high - 1; i >= self->low; i--) {
        decimal_mpz_set_i64(limb, BASE);
        mpz_mul(value, value, limb);
        decimal_mpz_set_i64(limb, self->limbs[i]);
        mpz_add(value, value, limb);
    }
    mpz_clear(limb);
    return LOWEST + (int64_t)BASE_DIGITS * self->low;
}

/* num/den * 10^exponent, rounded once. */
static enum fault round_scaled(mpz_t num, mpz_t den, int64_t exponent, bool root, double *ret)
{
    if (mpz_sgn(den) < 0) {
        mpz_neg(num, num);
        mpz_neg(den, den);
    }
    decimal_scale(num, den, exponent);
    return decimal_round_ratio(num, den, root, ret);
}

enum fault decimal_sum_to_double(const struct decimal_sum *self, double *ret)
{
    return decimal_sum_divide(self, 1, ret);
}

enum fault decimal_sum_divide(const struct decimal_sum *a, uint64_t n, double *ret)
{
    if (n == 0)
        return FAULT_CORRUPT;
    mpz_t num, den;
    mpz_inits(num, den, NULL);
    int64_t exponent = get_integer(a, num);
    decimal_mpz_set_u64(den, n);
    enum fault fault = round_scaled(num, den, exponent, false, ret);
    mpz_clears(num, den, NULL);
    return fault;
}

enum fault decimal_sum_ratio(const struct decimal_sum *a, const struct decimal_sum *b, double *ret)
{
    mpz_t num, den;
    mpz_inits(num, den, NULL);
    int64_t exponent = get_integer(a, num) - get_integer(b, den);
    enum fault fault = FAULT_CORRUPT;
    if (mpz_sgn(den) != 0)
        fault = round_scaled(num, den, exponent, false, ret);
    mpz_clears(num, den, NULL);
    return fault;
}

/* num = n * squares - sum^2, times 10^exponent. */
static int64_t get_deviation(const struct decimal_sum *sum, const struct decimal_sum *squares,
                             mpz_t n, mpz_t num)
{
    mpz_t total, one;
    mpz_inits(total, one, NULL);
    int64_t exponent = get_integer(squares, num), other = 2 * get_integer(sum, total);
    mpz_mul(num, num, n);
    mpz_mul(total, total, total);
    if (exponent > other) {
        decimal_scale(num, one, exponent - other);
        exponent = other;
    } else {
        decimal_scale(total, one, other - exponent);
    }
    mpz_sub(num, num, total);
    mpz_clears(total, one, NULL);
    return exponent;
}

enum fault decimal_variance(const struct decimal_sum *sum, const struct decimal_sum *squares,
                            uint64_t n, bool population, bool root, double *ret)
{
    if (n < (population ? 1 : 2))
        return FAULT_CORRUPT;
    mpz_t count, num, den;
    mpz_inits(count, num, den, NULL);
    decimal_mpz_set_u64(count, n);
    int64_t exponent = get_deviation(sum, squares, count, num);
    mpz_sub_ui(den, count, population ? 0 : 1);
    mpz_mul(den, den, count);
    /* Negative only when the three do not belong together (Cauchy-Schwarz). */
    enum fault fault = FAULT_CORRUPT;
    if (mpz_sgn(num) >= 0)
        fault = round_scaled(num, den, exponent, root, ret);
    mpz_clears(count, num, den, NULL);
    return fault;
}

/* `n` digits of the integer digits * 10^-places, as plain text. */
static void put_digits(struct buffer *out, const char *digits, int64_t n, int64_t places)
{
    if (places >= n) {
        buffer_put_text(out, "0.");
        for (int64_t i = n; i < places; i++)
            buffer_put_char(out, '0');
        buffer_put(out, span_make(digits, (size_t)n));
        return;
    }
    buffer_put(out, span_make(digits, (size_t)(n - places)));
    if (places > 0) {
        buffer_put_char(out, '.');
        buffer_put(out, span_make(digits + n - places, (size_t)places));
    }
}

void decimal_sum_put(const struct decimal_sum *self, struct buffer *out)
{
    char digits[DECIMAL_SUM_LIMBS * BASE_DIGITS + 3];
    mpz_t value, one;
    mpz_init(value);
    mpz_init_set_ui(one, 1);
    int64_t exponent = get_integer(self, value);
    if (exponent > 0) {
        decimal_scale(value, one, exponent);
        exponent = 0;
    }
    if (mpz_sgn(value) < 0)
        buffer_put_char(out, '-');
    mpz_abs(value, value);
    must(mpz_sizeinbase(value, 10) < sizeof digits - 1);
    mpz_get_str(digits, 10, value);
    int64_t n = (int64_t)strlen(digits);
    while (n > 1 && exponent < 0 && digits[n - 1] == '0')
        n--, exponent++;
    if (mpz_sgn(value) == 0)
        exponent = 0;
    put_digits(out, digits, n, -exponent);
    mpz_clears(value, one, NULL);
}

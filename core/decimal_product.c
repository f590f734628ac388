/* SPDX-License-Identifier: MIT
 *
 * An exact product: an integer and a power of ten. Factors meet others of their own size (a stack
 * of products of 1, 2, 4, 8 ... factors), so that a million of them take big balanced
 * multiplications and not a million long ones.
 */
#include "core/decimal.h"

#include <stdlib.h>

#include "core/decimal_ratio.h"
#include "core/must.h"

#define LEVELS 64
#define FAR 400 /* powers of ten that no double reaches: no need to write such an integer out */

struct decimal_product {
    uint64_t n;       /* factors that are on the stack; bit i: levels[i] is occupied */
    int64_t exponent; /* of ten */
    bool is_negative, is_zero;
    mpz_t levels[LEVELS]; /* levels[i]: the product of 2^i coefficients */
};

struct decimal_product *decimal_product_new(void)
{
    struct decimal_product *self = must_alloc(sizeof *self);
    for (int i = 0; i < LEVELS; i++)
        mpz_init(self->levels[i]);
    return self;
}

void decimal_product_destroy(struct decimal_product **self)
{
    if (!*self)
        return;
    for (int i = 0; i < LEVELS; i++)
        mpz_clear((*self)->levels[i]);
    free(*self);
    *self = NULL;
}

void decimal_product_clear(struct decimal_product *self)
{
    self->n = 0;
    self->exponent = 0;
    self->is_negative = self->is_zero = false;
}

void decimal_product_multiply(struct decimal_product *self, struct decimal factor)
{
    must(decimal_valid(factor));
    if (factor.coefficient == 0)
        self->is_zero = true;
    if (self->is_zero)
        return;
    self->is_negative ^= factor.coefficient < 0;
    self->exponent += factor.exponent;
    uint64_t magnitude =
        (uint64_t)(factor.coefficient < 0 ? -factor.coefficient : factor.coefficient);
    if (magnitude == 1)
        return;
    mpz_t part;
    mpz_init(part);
    decimal_mpz_set_u64(part, magnitude);
    int level = 0;
    for (; self->n >> level & 1; level++)
        mpz_mul(part, part, self->levels[level]);
    mpz_swap(part, self->levels[level]);
    mpz_clear(part);
    self->n++;
}

enum fault decimal_product_to_double(const struct decimal_product *self, double *ret)
{
    mpz_t num, den;
    mpz_init_set_ui(num, self->is_zero ? 0 : 1);
    mpz_init_set_ui(den, 1);
    for (int level = 0; level < LEVELS && !self->is_zero; level++) {
        if (self->n >> level & 1)
            mpz_mul(num, num, self->levels[level]);
    }
    if (self->is_negative && !self->is_zero)
        mpz_neg(num, num);
    int64_t magnitude = self->exponent + (int64_t)mpz_sizeinbase(num, 10); /* within 1 */
    enum fault fault = FAULT_LIMIT;
    if (self->is_zero || magnitude < -FAR) {
        *ret = 0;
        fault = FAULT_NONE;
    } else if (magnitude <= FAR) {
        decimal_scale(num, den, self->exponent);
        fault = decimal_round_ratio(num, den, false, ret);
    }
    mpz_clears(num, den, NULL);
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * Numbers, one a line: decimal_parse agrees with number_parse on what is a number and on its value;
 * what is written reads back; sums forward, backward and in two halves are one sum; a sum without
 * itself is nothing.
 */
#include <math.h>
#include <stdint.h>

#include "core/decimal.h"
#include "core/must.h"
#include "core/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TERMS 64

static void check_round_trip(struct decimal value)
{
    char text[DECIMAL_TEXT_MAX];
    struct decimal back;
    size_t n = decimal_format(value, text);
    must(n <= sizeof text);
    must(decimal_parse(span_make(text, n), DECIMAL_FULL, &back) == FAULT_NONE);
    must(decimal_to_double(back) == decimal_to_double(value));
}

static bool take(struct span token, struct decimal *ret)
{
    double value = 0;
    struct decimal shown, full;
    bool is_number = number_parse(token, &value) == FAULT_NONE;
    must((decimal_parse(token, DECIMAL_15, &shown) == FAULT_NONE) == is_number);
    must((decimal_parse(token, DECIMAL_FULL, &full) == FAULT_NONE) == is_number);
    if (!is_number)
        return false;
    must(decimal_valid(shown) && decimal_valid(full));
    must(decimal_to_double(full) == value);
    must(fabs(decimal_to_double(shown) - value) <= fabs(value) * 1e-14 + 1e-323);
    check_round_trip(full);
    *ret = full;
    return true;
}

static size_t split(const uint8_t *data, size_t size, struct decimal terms[TERMS])
{
    size_t n = 0;
    for (size_t at = 0; at < size && n < TERMS;) {
        const uint8_t *end = memchr(data + at, '\n', size - at);
        size_t len = end ? (size_t)(end - data) - at : size - at;
        n += take(span_make(data + at, len), &terms[n]);
        at += len + 1;
    }
    return n;
}

static void check_sums(const struct decimal *terms, size_t n)
{
    struct decimal_sum forward, backward, half, squares;
    decimal_sum_clear(&forward);
    decimal_sum_clear(&backward);
    decimal_sum_clear(&half);
    decimal_sum_clear(&squares);
    for (size_t i = 0; i < n; i++) {
        decimal_sum_add(&forward, terms[i]);
        decimal_sum_add(i < n / 2 ? &backward : &half, terms[n - 1 - i]);
        decimal_sum_add_product(&squares, terms[i], terms[i]);
    }
    decimal_sum_add_sum(&backward, &half);
    must(decimal_sum_equal(&forward, &backward));
    double value = 0, variance = 0;
    must(decimal_sum_to_double(&forward, &value) <= FAULT_LIMIT && isfinite(value));
    enum fault fault = decimal_variance(&forward, &squares, n, true, true, &variance);
    must(fault == FAULT_NONE || fault == FAULT_LIMIT);
    must(variance >= 0);
    for (size_t i = 0; i < n; i++)
        decimal_sum_add(&forward, decimal_negate(terms[i]));
    decimal_sum_clear(&half);
    must(decimal_sum_equal(&forward, &half));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct decimal terms[TERMS];
    size_t n = split(data, size, terms);
    if (n)
        check_sums(terms, n);
    return 0;
}

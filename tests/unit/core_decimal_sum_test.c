/* SPDX-License-Identifier: MIT
 *
 * Expected doubles marked "fractions" were computed with Python's fractions and decimal; long sums
 * are compared with GMP rationals here.
 */
#include <check.h>
#include <float.h>
#include <gmp.h>
#include <math.h>
#include <stdlib.h>

#include "core/decimal.h"
#include "tests/support/suite.h"

static struct decimal number(const char *token)
{
    struct decimal value;
    ck_assert_msg(decimal_parse(span_of(token), DECIMAL_15, &value) == FAULT_NONE, "refused: %s",
                  token);
    return value;
}

static void add(struct decimal_sum *sum, const char *token)
{
    decimal_sum_add(sum, number(token));
}

static double total(const struct decimal_sum *sum)
{
    double value = NAN;
    ck_assert_int_eq(decimal_sum_to_double(sum, &value), FAULT_NONE);
    return value;
}

static void check_text(const struct decimal_sum *sum, const char *expected)
{
    struct buffer text;
    buffer_init(&text, 4096);
    decimal_sum_put(sum, &text);
    ck_assert_str_eq(buffer_text(&text), expected);
    buffer_free(&text);
}

static uint64_t next(uint64_t *state)
{
    *state ^= *state << 13, *state ^= *state >> 7, *state ^= *state << 17;
    return *state * 0x2545f4914f6cdd1du;
}

static struct decimal random_decimal(uint64_t *state, int spread)
{
    struct decimal value =
        decimal_from_int((int64_t)(next(state) % 199999999999999999u) - 99999999999999999);
    if (next(state) % 2)
        value = decimal_from_int(value.coefficient % 1000000);
    return decimal_shift(
        value, value.coefficient ? (int)(next(state) % (unsigned)(2 * spread)) - spread : 0);
}

START_TEST(decimal_sum_of_ten_tenths_is_one)
{
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    for (int i = 0; i < 10; i++)
        add(&sum, "0.1");
    ck_assert(total(&sum) == 1.0);
    check_text(&sum, "1");
}
END_TEST

START_TEST(decimal_sum_keeps_what_doubles_lose)
{
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    add(&sum, "1e15"), add(&sum, "0.1"), add(&sum, "-1e15");
    ck_assert(total(&sum) == 0.1);
    add(&sum, "1e300"), add(&sum, "1e-300"), add(&sum, "-1e300"), add(&sum, "-0.1");
    ck_assert(total(&sum) == 1e-300);
    add(&sum, "-1e-300");
    ck_assert(total(&sum) == 0.0);
    ck_assert(!signbit(total(&sum)));
    check_text(&sum, "0");
}
END_TEST

START_TEST(decimal_sum_writes_plain_digits)
{
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    check_text(&sum, "0");
    add(&sum, "-1234.50");
    check_text(&sum, "-1234.5");
    add(&sum, "-1e20");
    check_text(&sum, "-100000000000000001234.5");
    add(&sum, "1e20"), add(&sum, "1234.5003");
    check_text(&sum, "0.0003");
    add(&sum, "-0.0003"), add(&sum, "5e30");
    check_text(&sum, "5000000000000000000000000000000");
}
END_TEST

#define TERMS 1000000

/* Adds terms[0..n) in groups that are summed apart and then merged in a random order. */
static void add_in_groups(struct decimal_sum *sum, const struct decimal *terms, size_t n,
                          uint64_t *state)
{
    enum { GROUPS = 50 };
    struct decimal_sum *groups = calloc(GROUPS, sizeof *groups);
    for (size_t i = 0; i < n; i++)
        decimal_sum_add(&groups[next(state) % GROUPS], terms[i]);
    decimal_sum_clear(sum);
    for (size_t left = GROUPS; left;) {
        size_t pick = next(state) % left--;
        decimal_sum_add_sum(sum, &groups[pick]);
        groups[pick] = groups[left];
    }
    free(groups);
}

START_TEST(decimal_sum_of_a_million_terms_is_the_same_in_any_order_and_grouping)
{
    uint64_t state = 42;
    struct decimal *terms = calloc(TERMS, sizeof *terms);
    struct decimal_sum forward, backward, grouped;
    decimal_sum_clear(&forward);
    decimal_sum_clear(&backward);
    for (size_t i = 0; i < TERMS; i++)
        decimal_sum_add(&forward, terms[i] = random_decimal(&state, 40));
    for (size_t i = TERMS; i--;)
        decimal_sum_add(&backward, terms[i]);
    add_in_groups(&grouped, terms, TERMS, &state);
    free(terms);
    ck_assert(decimal_sum_equal(&forward, &backward));
    ck_assert(decimal_sum_equal(&forward, &grouped));
    double a = total(&forward), b = total(&backward), c = total(&grouped);
    ck_assert(memcmp(&a, &b, sizeof a) == 0 && memcmp(&a, &c, sizeof a) == 0);
    add(&backward, "1e-60");
    ck_assert(!decimal_sum_equal(&forward, &backward));
}
END_TEST

/* value += coefficient * 10^(exponent + 850), with GMP alone. */
static void add_integer(mpz_t value, struct decimal term)
{
    mpz_t power, coefficient;
    mpz_inits(power, coefficient, NULL);
    mpz_ui_pow_ui(power, 10, (unsigned long)(term.exponent + 850));
    mpz_set_si(coefficient, term.coefficient);
    mpz_addmul(value, power, coefficient);
    mpz_clears(power, coefficient, NULL);
}

/* Compares with the integer that GMP made: `value` units of 10^-850. */
static void check_integer(const struct decimal_sum *sum, mpz_t value)
{
    struct buffer ours;
    buffer_init(&ours, 4096);
    decimal_sum_put(sum, &ours);
    buffer_put_text(&ours, memchr(ours.data, '.', ours.len) ? "" : ".");
    size_t point = (size_t)((char *)memchr(ours.data, '.', ours.len) - ours.data);
    while (ours.len - point - 1 < 850)
        buffer_put_char(&ours, '0');
    memmove(ours.data + point, ours.data + point + 1, ours.len - point - 1);
    ours.len--;
    mpz_t back;
    ck_assert_int_eq(mpz_init_set_str(back, buffer_text(&ours), 10), 0);
    ck_assert(mpz_cmp(back, value) == 0);
    mpz_clear(back);
    buffer_free(&ours);
}

START_TEST(decimal_sum_equals_big_integers_over_the_whole_range)
{
    uint64_t state = 7;
    mpz_t expected;
    mpz_init(expected);
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    for (int i = 0; i < 20000; i++) {
        struct decimal term = random_decimal(&state, 340);
        decimal_sum_add(&sum, term);
        add_integer(expected, term);
        if (i % 997 == 0)
            check_integer(&sum, expected);
    }
    check_integer(&sum, expected);
    mpz_clear(expected);
}
END_TEST

START_TEST(decimal_sum_of_products_equals_big_integers)
{
    uint64_t state = 11;
    mpz_t expected, a, b, power;
    mpz_inits(expected, a, b, power, NULL);
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    for (int i = 0; i < 20000; i++) {
        struct decimal x = random_decimal(&state, 380), y = random_decimal(&state, 380);
        decimal_sum_add_product(&sum, x, y);
        mpz_set_si(a, x.coefficient);
        mpz_set_si(b, y.coefficient);
        mpz_mul(a, a, b);
        mpz_ui_pow_ui(power, 10, (unsigned long)(x.exponent + y.exponent + 850));
        mpz_addmul(expected, a, power);
    }
    check_integer(&sum, expected);
    mpz_clears(expected, a, b, power, NULL);
}
END_TEST

START_TEST(decimal_sum_holds_the_extremes_of_its_range)
{
    struct decimal big = {99999999999999999, 400}, small = {99999999999999999, -400},
                   one = {1, -400};
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    for (int i = 0; i < 3000; i++) {
        decimal_sum_add_product(&sum, big, big);
        decimal_sum_add_product(&sum, small, small);
    }
    double value;
    ck_assert_int_eq(decimal_sum_to_double(&sum, &value), FAULT_LIMIT);
    for (int i = 0; i < 3000; i++)
        decimal_sum_add_product(&sum, decimal_negate(big), big);
    ck_assert(total(&sum) == 0.0); /* what is left is below half of the smallest double */
    for (int i = 0; i < 3000; i++)
        decimal_sum_add_product(&sum, small, decimal_negate(small));
    check_text(&sum, "0");
    decimal_sum_add_product(&sum, one, one);
    struct decimal_sum zero;
    decimal_sum_clear(&zero);
    ck_assert(!decimal_sum_equal(&sum, &zero));
}
END_TEST

START_TEST(decimal_sum_carries_at_limb_boundaries)
{
    static const char *const edges[] = {"999999999999999",   "1e-15", "1e15", "-1e15",
                                        "0.999999999999999", "-1e-15"};
    struct decimal_sum sum, back;
    decimal_sum_clear(&sum);
    decimal_sum_clear(&back);
    for (size_t i = 0; i < 6; i++) {
        for (int k = 0; k < 700; k++) {
            add(&sum, edges[i]);
            decimal_sum_add(&back, decimal_negate(number(edges[5 - i])));
        }
    }
    decimal_sum_add_sum(&sum, &back);
    check_text(&sum, "0");
    struct decimal_sum zero;
    decimal_sum_clear(&zero);
    ck_assert(decimal_sum_equal(&sum, &zero));
    add(&sum, "1e15"), add(&sum, "-1e-15"); /* borrows through all limbs between */
    check_text(&sum, "999999999999999.999999999999999");
    struct decimal_sum same;
    decimal_sum_clear(&same);
    add(&same, "999999999999999"), add(&same, "0.999999999999999");
    ck_assert(decimal_sum_equal(&sum, &same));
}
END_TEST

START_TEST(decimal_sum_merges_with_itself_scaled_without_overflow_of_a_limb)
{
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    add(&sum, "999999999999999");
    mpz_t expected;
    mpz_init_set_ui(expected, 999999999999999u);
    for (int i = 0; i < 1000; i++) { /* doubles each time: 2^1000 */
        struct decimal_sum copy = sum;
        decimal_sum_add_sum(&sum, &copy);
        mpz_mul_2exp(expected, expected, 1);
    }
    char *text = mpz_get_str(NULL, 10, expected);
    check_text(&sum, text);
    free(text);
    mpz_clear(expected);
}
END_TEST

START_TEST(decimal_sum_rounds_to_the_nearest_double_ties_to_even)
{
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    add(&sum, "9007199254740990"), add(&sum, "3"); /* 2^53 + 1 lies in the middle */
    ck_assert(total(&sum) == 9007199254740992.0);
    add(&sum, "1e-300");
    ck_assert(total(&sum) == 9007199254740994.0);
    add(&sum, "2"), add(&sum, "-1e-300"); /* 2^53 + 3 */
    ck_assert(total(&sum) == 9007199254740996.0);
}
END_TEST

START_TEST(decimal_sum_reaches_subnormals_and_overflow)
{
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    decimal_sum_add_product(&sum, number("2.47032822920623e-160"), number("1e-164"));
    ck_assert(total(&sum) == 0.0); /* just below half of 2^-1074 */
    decimal_sum_add_product(&sum, number("1e-175"), number("1e-163"));
    ck_assert(total(&sum) == 5e-324);
    decimal_sum_clear(&sum);
    struct decimal most = decimal_from_double(DBL_MAX, DECIMAL_FULL);
    decimal_sum_add(&sum, most);
    ck_assert(total(&sum) == DBL_MAX);
    add(&sum, "9e291"); /* under half a unit of the last place: 2^970 = 9.98e291 */
    ck_assert(total(&sum) == DBL_MAX);
    add(&sum, "2e291");
    double value;
    ck_assert_int_eq(decimal_sum_to_double(&sum, &value), FAULT_LIMIT);
    add(&sum, "-1e300");
    ck_assert(total(&sum) < DBL_MAX);
}
END_TEST

static const char *const sample[] = {"2.5",       "3.7", "1e-9", "-4.4",
                                     "1000000.1", "0.1", "0.2",  "0.30000000000000004"};

static void take_sample(struct decimal_sum *sum, struct decimal_sum *squares)
{
    decimal_sum_clear(sum);
    decimal_sum_clear(squares);
    for (size_t i = 0; i < 8; i++) {
        decimal_sum_add(sum, number(sample[i]));
        decimal_sum_add_product(squares, number(sample[i]), number(sample[i]));
    }
}

START_TEST(decimal_averages_and_variances_are_the_rounded_exact_rationals)
{
    struct decimal_sum sum, squares, divisor;
    take_sample(&sum, &squares);
    double value;
    ck_assert_int_eq(decimal_sum_divide(&sum, 8, &value), FAULT_NONE);
    ck_assert(value == 125000.31250000013); /* fractions, as all below */
    ck_assert_int_eq(decimal_variance(&sum, &squares, 8, true, false, &value), FAULT_NONE);
    ck_assert(value == 109374946879.83356);
    ck_assert_int_eq(decimal_variance(&sum, &squares, 8, true, true, &value), FAULT_NONE);
    ck_assert(value == 330718.8335729212);
    ck_assert_int_eq(decimal_variance(&sum, &squares, 8, false, false, &value), FAULT_NONE);
    ck_assert(value == 124999939291.23836);
    ck_assert_int_eq(decimal_variance(&sum, &squares, 8, false, true, &value), FAULT_NONE);
    ck_assert(value == 353553.3047381093);
    decimal_sum_clear(&divisor);
    add(&divisor, "3.3");
    ck_assert_int_eq(decimal_sum_ratio(&sum, &divisor, &value), FAULT_NONE);
    ck_assert(value == 303031.0606060609);
}
END_TEST

START_TEST(decimal_variance_of_close_values_does_not_cancel)
{
    struct decimal_sum sum, squares;
    decimal_sum_clear(&sum);
    decimal_sum_clear(&squares);
    static const char *const close[] = {"1000000000.1", "1000000000.2", "1000000000.3"};
    for (size_t i = 0; i < 3; i++) {
        decimal_sum_add(&sum, number(close[i]));
        decimal_sum_add_product(&squares, number(close[i]), number(close[i]));
    }
    double value;
    ck_assert_int_eq(decimal_variance(&sum, &squares, 3, false, false, &value), FAULT_NONE);
    ck_assert(value == 0.01);
    ck_assert_int_eq(decimal_variance(&sum, &squares, 3, false, true, &value), FAULT_NONE);
    ck_assert(value == 0.1);
}
END_TEST

START_TEST(decimal_refuses_to_divide_by_nothing)
{
    struct decimal_sum sum, squares, zero;
    take_sample(&sum, &squares);
    decimal_sum_clear(&zero);
    double value = 7;
    ck_assert_int_eq(decimal_sum_divide(&sum, 0, &value), FAULT_CORRUPT);
    ck_assert_int_eq(decimal_sum_ratio(&sum, &zero, &value), FAULT_CORRUPT);
    ck_assert_int_eq(decimal_variance(&sum, &squares, 0, true, false, &value), FAULT_CORRUPT);
    ck_assert_int_eq(decimal_variance(&sum, &squares, 1, false, false, &value), FAULT_CORRUPT);
    ck_assert_int_eq(decimal_variance(&sum, &zero, 8, true, false, &value),
                     FAULT_CORRUPT); /* cannot be: squares too small */
    ck_assert(value == 7);
    decimal_sum_clear(&sum);
    add(&sum, "-6");
    decimal_sum_clear(&zero);
    add(&zero, "-4");
    ck_assert_int_eq(decimal_sum_ratio(&sum, &zero, &value), FAULT_NONE);
    ck_assert(value == 1.5);
}
END_TEST

START_TEST(decimal_product_is_exact_and_independent_of_the_order)
{
    struct decimal_product *product = decimal_product_new();
    double value = 0;
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_NONE);
    ck_assert(value == 1.0);
    for (size_t i = 0; i < 8; i++)
        decimal_product_multiply(product, number(sample[i]));
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_NONE);
    ck_assert(value == -0.00024420002442); /* fractions */
    decimal_product_clear(product);
    for (size_t i = 8; i--;)
        decimal_product_multiply(product, number(sample[i]));
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_NONE);
    ck_assert(value == -0.00024420002442);
    decimal_product_multiply(product, number("0"));
    decimal_product_multiply(product, number("-3"));
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_NONE);
    ck_assert(value == 0.0 && !signbit(value));
    decimal_product_destroy(&product);
    ck_assert_ptr_null(product);
    decimal_product_destroy(&product);
}
END_TEST

START_TEST(decimal_product_comes_back_from_beyond_the_range_of_doubles)
{
    struct decimal_product *product = decimal_product_new();
    double value = 0;
    for (int i = 0; i < 1000; i++)
        decimal_product_multiply(product, number("3e300"));
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_LIMIT);
    for (int i = 0; i < 1001; i++)
        decimal_product_multiply(product, number("5e-301"));
    /* (3e300 * 5e-301)^1000 * 5e-301 = 1.5^1000 * 5e-301: fractions */
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_NONE);
    ck_assert_msg(value == 6.169202984530868e-125, "%.17g", value);
    for (int i = 0; i < 10; i++)
        decimal_product_multiply(product, number("1e-300"));
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_NONE);
    ck_assert(value == 0.0);
    decimal_product_destroy(&product);
}
END_TEST

START_TEST(decimal_product_of_many_factors_ends_soon)
{
    struct decimal_product *product = decimal_product_new();
    struct decimal up = {10000000000000001, 0}, down = {99999999999999, -14};
    for (int i = 0; i < 100000; i++) {
        decimal_product_multiply(product, up);
        decimal_product_multiply(product, down);
    }
    double value;
    ck_assert_int_eq(decimal_product_to_double(product, &value), FAULT_LIMIT);
    decimal_product_destroy(&product);
}
END_TEST

SUITE(core_decimal_sum, decimal_sum_of_ten_tenths_is_one, decimal_sum_keeps_what_doubles_lose,
      decimal_sum_writes_plain_digits,
      decimal_sum_of_a_million_terms_is_the_same_in_any_order_and_grouping,
      decimal_sum_equals_big_integers_over_the_whole_range,
      decimal_sum_of_products_equals_big_integers, decimal_sum_holds_the_extremes_of_its_range,
      decimal_sum_carries_at_limb_boundaries,
      decimal_sum_merges_with_itself_scaled_without_overflow_of_a_limb,
      decimal_sum_rounds_to_the_nearest_double_ties_to_even,
      decimal_sum_reaches_subnormals_and_overflow,
      decimal_averages_and_variances_are_the_rounded_exact_rationals,
      decimal_variance_of_close_values_does_not_cancel, decimal_refuses_to_divide_by_nothing,
      decimal_product_is_exact_and_independent_of_the_order,
      decimal_product_comes_back_from_beyond_the_range_of_doubles,
      decimal_product_of_many_factors_ends_soon)

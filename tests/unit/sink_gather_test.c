/* SPDX-License-Identifier: MIT */
#include "sink/gather.h"

#include "core/arena.h"
#include "tests/support/suite.h"

#define SOURCES 7u
#define INPUTS 3000u

static struct spool *spool;
static struct gather_source sources[SOURCES];

/* Source s has input i when (i * 7 + s * 3) % (s + 1) == 0: one is dense, the others sparser and sparser; the last one has only
 * its very last input. Every eleventh value is not used. */
static bool has_value(uint32_t slot, uint32_t input)
{
    if (slot == SOURCES - 1)
        return input == INPUTS - 1;
    return (input * 7 + slot * 3) % (slot + 1) == 0;
}

static bool is_used(uint32_t slot, uint32_t input)
{
    return (slot * 5 + input) % 11 != 0;
}

static int64_t number_of(uint32_t slot, uint32_t input)
{
    return (int64_t)input * 10 + slot + 1;
}

static void put_source(uint32_t slot)
{
    struct partial_builder *builder = partial_builder_new((struct sha256){{1}}, (struct sha256){{2}});
    for (uint32_t k = INPUTS; k-- > 0;) { /* in the wrong order */
        if (!has_value(slot, k))
            continue;
        struct partial_value value = {.input = k, .kind = k % 5 ? VALUE_NUMBER : VALUE_TEXT};
        value.flags = is_used(slot, k) ? VALUE_USED : 0;
        value.number = decimal_from_int(number_of(slot, k));
        char text[32];
        snprintf(text, sizeof text, "s%u i%u", slot, k);
        ck_assert_int_eq(partial_builder_value(builder, value, k % 5 ? SPAN("") : span_of(text)), FAULT_NONE);
    }
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    partial_builder_finish(builder, (struct partial_counts){0}, &bytes);
    partial_builder_destroy(&builder);
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_NONE);
    uint64_t at;
    ck_assert_int_eq(spool_append(spool, buffer_span(&bytes), &at), FAULT_NONE);
    sources[slot] = (struct gather_source){.values_at = at + partial.values_at,
                                           .texts_at = at + partial.texts_at,
                                           .texts_len = partial.texts_len,
                                           .n_values = partial.n_values};
    arena_destroy(&arena);
    buffer_free(&bytes);
}

static void put_sources(void)
{
    ck_assert_int_eq(spool_new(NULL, &spool, NULL), FAULT_NONE);
    for (uint32_t slot = 0; slot < SOURCES; slot++)
        put_source(slot);
}

static uint32_t check_input(struct gather *gather, uint32_t input)
{
    uint32_t n, expected = 0;
    const struct gathered *values = gather_input(gather, input, &n);
    for (uint32_t slot = 0; slot < SOURCES; slot++) {
        if (!has_value(slot, input) || !is_used(slot, input))
            continue;
        ck_assert_uint_lt(expected, n);
        const struct gathered *got = &values[expected++];
        ck_assert_uint_eq(got->slot, slot);
        ck_assert_uint_eq(got->value.input, input);
        if (got->value.kind == VALUE_NUMBER) {
            ck_assert_int_eq(decimal_compare(got->value.number, decimal_from_int(number_of(slot, input))), 0);
            continue;
        }
        char want[32];
        snprintf(want, sizeof want, "s%u i%u", slot, input);
        struct buffer text;
        buffer_init(&text, BUFFER_LIMIT_DEFAULT);
        ck_assert_int_eq(gather_text(gather, slot, &got->value, &text), FAULT_NONE);
        ck_assert_str_eq(buffer_text(&text), want);
        buffer_free(&text);
    }
    ck_assert_uint_eq(n, expected);
    return n;
}

static void check_all(struct gather *gather, uint32_t *ret_blocks)
{
    uint32_t first, end, next = 0, blocks = 0;
    for (;;) {
        ck_assert_int_eq(gather_next(gather, &first, &end), FAULT_NONE);
        ck_assert_uint_eq(first, next);
        if (first == end)
            break;
        blocks++;
        for (uint32_t input = first; input < end; input++)
            check_input(gather, input);
        next = end;
    }
    ck_assert_uint_eq(next, INPUTS);
    *ret_blocks = blocks;
}

START_TEST(gather_gives_every_used_value_in_source_order_whatever_the_block)
{
    static const size_t budgets[] = {1, 1000, 50000, 1 << 20, 64 << 20};
    put_sources();
    for (size_t i = 0; i < sizeof budgets / sizeof *budgets; i++) {
        struct gather *gather = gather_new(spool, sources, SOURCES, INPUTS, budgets[i]);
        uint32_t blocks;
        check_all(gather, &blocks);
        ck_assert_uint_eq(blocks == 1, budgets[i] >= INPUTS * SOURCES * sizeof(struct gathered));
        gather_rewind(gather);
        check_all(gather, &blocks);
        gather_destroy(&gather);
    }
    spool_destroy(&spool);
}
END_TEST

START_TEST(gather_finds_numbers_of_single_cells_wherever_they_lie)
{
    put_sources();
    struct gather *gather = gather_new(spool, sources, SOURCES, INPUTS, 50000);
    uint32_t first, end;
    for (int block = 0; block < 3; block++)
        ck_assert_int_eq(gather_next(gather, &first, &end), FAULT_NONE);
    uint32_t inputs[INPUTS];
    for (uint32_t i = 0; i < INPUTS; i++)
        inputs[i] = i;
    static struct decimal numbers[INPUTS * SOURCES];
    static bool found[INPUTS * SOURCES];
    ck_assert_int_eq(gather_numbers(gather, inputs, INPUTS, numbers, found), FAULT_NONE);
    for (uint32_t input = 0; input < INPUTS; input++) {
        for (uint32_t slot = 0; slot < SOURCES; slot++) {
            bool want = has_value(slot, input) && input % 5;
            ck_assert_msg(found[input * SOURCES + slot] == want, "input %u slot %u", input, slot);
            if (want)
                ck_assert_int_eq(numbers[input * SOURCES + slot].exponent >= 0 &&
                                     decimal_compare(numbers[input * SOURCES + slot],
                                                     decimal_from_int(number_of(slot, input))) == 0,
                                 1);
        }
    }
    uint32_t few[] = {0, 1, INPUTS / 2, INPUTS - 1};
    ck_assert_int_eq(gather_numbers(gather, few, 4, numbers, found), FAULT_NONE);
    for (uint32_t i = 0; i < 4; i++)
        for (uint32_t slot = 0; slot < SOURCES; slot++)
            ck_assert_int_eq(found[i * SOURCES + slot], has_value(slot, few[i]) && few[i] % 5 != 0);
    gather_destroy(&gather);
    spool_destroy(&spool);
}
END_TEST

START_TEST(gather_of_no_sources_passes_over_every_input)
{
    ck_assert_int_eq(spool_new(NULL, &spool, NULL), FAULT_NONE);
    struct gather *gather = gather_new(spool, sources, 0, 10, 1000);
    uint32_t first, end, n;
    ck_assert_int_eq(gather_next(gather, &first, &end), FAULT_NONE);
    ck_assert_uint_eq(end, 10);
    gather_input(gather, 9, &n);
    ck_assert_uint_eq(n, 0);
    gather_destroy(&gather);
    spool_destroy(&spool);
}
END_TEST

SUITE(sink_gather, gather_gives_every_used_value_in_source_order_whatever_the_block,
      gather_finds_numbers_of_single_cells_wherever_they_lie, gather_of_no_sources_passes_over_every_input)

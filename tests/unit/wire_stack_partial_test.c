/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"
#include "wire/stack_partial.h"

static struct stack_partial_builder *begun(void)
{
    return stack_partial_builder_new(sha256_of(SPAN("plan")), sha256_of(SPAN("source")), 3);
}

static void add_fragment(struct stack_partial_builder *builder, const char *bytes, uint32_t raw_len, uint32_t n_rows)
{
    ck_assert_int_eq(stack_partial_builder_fragment(builder, span_of(bytes), raw_len, raw_len * 3, n_rows), FAULT_NONE);
}

static void add_issue(struct stack_partial_builder *builder)
{
    struct issue issue = {.code = ISSUE_TOTAL_ROW, .sheet = SPAN("Data"), .row = 9, .value = SPAN("Total"), .count = 1};
    stack_partial_builder_issue(builder, &issue);
}

static struct buffer finished(struct stack_partial_builder *builder, struct partial_counts counts)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    stack_partial_builder_finish(builder, counts, &out);
    stack_partial_builder_destroy(&builder);
    return out;
}

static struct buffer built_with(struct stack_partial_builder *builder, bool has_rows)
{
    add_fragment(builder, "first", 40, 2);
    add_fragment(builder, "second!", 20, 1);
    for (uint32_t i = 0; has_rows && i < 3; i++) {
        struct stack_row row = {.n_cells = 7 + i};
        memset(row.hash, (int)('a' + i), sizeof row.hash);
        stack_partial_builder_row(builder, &row);
    }
    add_issue(builder);
    add_issue(builder);
    struct stack_sheet_counts first = {1, {.written = 2, .blank = 1, .header = 1, .above = 4, .totals = 1}};
    struct stack_sheet_counts second = {2, {.written = 1, .repeated = 5, .filtered = 6, .footers = 7, .hidden = 8}};
    stack_partial_builder_sheet(builder, &first);
    stack_partial_builder_sheet(builder, &second);
    stack_partial_builder_id(builder, SPAN("Z\xC3\xBCrich"));
    return finished(builder, (struct partial_counts){30, 24, 4, 2});
}

static struct buffer built(bool has_rows)
{
    return built_with(begun(), has_rows);
}

START_TEST(nothing_of_the_last_partial_is_left_in_the_next)
{
    struct stack_partial_builder *builder = stack_partial_builder_new(sha256_of(SPAN("plan")), sha256_of(SPAN("another")), 0);
    struct stack_row row = {.n_cells = 1};
    struct stack_sheet_counts counts = {0, {.written = 9}};
    add_fragment(builder, "dropped", 40, 9);
    stack_partial_builder_row(builder, &row);
    stack_partial_builder_sheet(builder, &counts);
    stack_partial_builder_id(builder, SPAN("id"));
    add_issue(builder);
    stack_partial_builder_reject(builder);
    stack_partial_builder_restart(builder, sha256_of(SPAN("source")), 3);
    struct buffer bytes = built_with(builder, true), expected = built(true);
    ck_assert_uint_eq(bytes.len, expected.len);
    ck_assert_mem_eq(bytes.data, expected.data, bytes.len);
    buffer_free(&bytes);
    buffer_free(&expected);
}
END_TEST

START_TEST(a_partial_comes_back_as_it_was_built)
{
    struct buffer bytes = built(true);
    struct arena *arena = arena_new(1 << 20);
    struct stack_partial partial;
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &partial), FAULT_NONE);
    ck_assert(sha256_equal(partial.plan, sha256_of(SPAN("plan"))) && sha256_equal(partial.source, sha256_of(SPAN("source"))));
    ck_assert(partial.slice == 3 && partial.state == PARTIAL_OK && partial.counts.read == 30 && partial.counts.skipped == 2);
    ck_assert(span_is(partial.id_text, "Z\xC3\xBCrich"));
    ck_assert(partial.n_sheets == 2 && partial.n_rows == 3 && partial.has_rows && partial.n_issues == 2);
    ck_assert(partial.sheets[0].sheet == 1 && partial.sheets[0].rows.above == 4 && partial.sheets[0].rows.totals == 1);
    const struct stack_counts *second = &partial.sheets[1].rows;
    ck_assert(second->repeated == 5 && second->filtered == 6 && second->footers == 7 && second->hidden == 8);
    ck_assert_uint_eq(partial.n_fragments, 2);
    struct stack_fragment fragment;
    const unsigned char *data = (const unsigned char *)bytes.data;
    stack_fragment_get(data + partial.fragments_at + STACK_FRAGMENT_BYTES, &fragment);
    ck_assert(fragment.len == 7 && fragment.raw_len == 20 && fragment.crc32 == 60 && fragment.n_rows == 1);
    struct stack_row row;
    stack_row_get(data + partial.rows_at + 2 * STACK_ROW_BYTES, &row);
    ck_assert(row.n_cells == 9 && row.hash[0] == 'c' && row.hash[15] == 'c');
    ck_assert(span_is(span_make(data + partial.bytes_at, partial.bytes_len), "firstsecond!"));
    ck_assert_uint_eq(partial.bytes_at + partial.bytes_len, bytes.len);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(the_beginning_of_a_partial_is_enough_to_open_it)
{
    struct buffer bytes = built(false);
    struct arena *arena = arena_new(1 << 20);
    struct stack_partial partial, again;
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &partial), FAULT_NONE);
    ck_assert(!partial.has_rows && partial.rows_at == partial.issues_at);
    for (size_t n = 0; n <= bytes.len; n++) {
        enum fault expected = n < partial.bytes_at ? FAULT_PROTOCOL : FAULT_NONE;
        ck_assert_int_eq(stack_partial_open(span_make(bytes.data, n), bytes.len, arena, &again), expected);
    }
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len - 1, arena, &again), FAULT_PROTOCOL);
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len + 1, arena, &again), FAULT_PROTOCOL);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_partial_cut_anywhere_is_refused)
{
    struct buffer bytes = built(true);
    struct arena *arena = arena_new(1 << 20);
    struct stack_partial partial;
    for (size_t n = 0; n < bytes.len; n++)
        ck_assert_int_eq(stack_partial_open(span_make(bytes.data, n), n, arena, &partial), FAULT_PROTOCOL);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_rejected_source_keeps_its_issues_and_no_row)
{
    struct stack_partial_builder *builder = begun();
    add_fragment(builder, "first", 40, 2);
    struct stack_sheet_counts sheet = {0, {.written = 2}};
    stack_partial_builder_sheet(builder, &sheet);
    add_issue(builder);
    stack_partial_builder_reject(builder);
    struct buffer bytes = finished(builder, (struct partial_counts){5, 0, 0, 5});
    struct arena *arena = arena_new(1 << 20);
    struct stack_partial partial;
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &partial), FAULT_NONE);
    ck_assert_int_eq(partial.state, PARTIAL_REJECTED);
    ck_assert(partial.n_fragments == 0 && partial.n_sheets == 0 && partial.n_rows == 0 && partial.bytes_len == 0);
    ck_assert(partial.n_issues == 1 && partial.counts.skipped == 5);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_source_without_rows_is_a_partial_too)
{
    struct buffer bytes = finished(begun(), (struct partial_counts){0});
    struct arena *arena = arena_new(1 << 20);
    struct stack_partial partial;
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &partial), FAULT_NONE);
    ck_assert(partial.n_fragments == 0 && partial.bytes_at == bytes.len && partial.n_issues == 0);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

/* Each damage keeps the layout and must be seen all the same. */
START_TEST(a_damaged_fragment_is_refused)
{
    struct buffer bytes = built(true);
    struct arena *arena = arena_new(1 << 20);
    struct stack_partial partial, again;
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &partial), FAULT_NONE);
    unsigned char *first = (unsigned char *)bytes.data + partial.fragments_at;
    const struct {
        unsigned at;
        unsigned char value;
    } damage[] = {
        {0, 6},     /* the fragments are longer than their bytes */
        {0, 0},     /* an empty one */
        {3, 1},     /* 16 MiB more */
        {4, 1},     /* two rows in one byte */
        {6, 1},     /* 64 KiB out of five bytes is more than deflate can */
        {7, 0xFF},  /* over the largest fragment */
        {12, 0},    /* no row */
        {12, 3},    /* one row too many */
        {15, 0x80}, /* very many */
    };
    for (size_t i = 0; i < sizeof damage / sizeof damage[0]; i++) {
        unsigned char was = first[damage[i].at];
        first[damage[i].at] = damage[i].value;
        ck_assert_msg(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &again) == FAULT_PROTOCOL, "damage %zu", i);
        first[damage[i].at] = was;
    }
    bytes.data[partial.issues_at] ^= 0x40; /* no array any more */
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &again), FAULT_PROTOCOL);
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

/* What only a peer of bad faith writes: the bytes of the header, each set to every value, open to nothing that contradicts itself. */
START_TEST(no_byte_of_the_header_can_make_the_sums_wrong)
{
    struct buffer bytes = built(true);
    struct arena *arena = arena_new((size_t)64 << 20);
    struct stack_partial partial;
    ck_assert_int_eq(stack_partial_open(buffer_span(&bytes), bytes.len, arena, &partial), FAULT_NONE);
    size_t n_header = partial.fragments_at;
    for (size_t i = 0; i < n_header; i++) {
        char was = bytes.data[i];
        for (int value = 0; value < 256; value++) {
            bytes.data[i] = (char)value;
            arena_clear(arena);
            if (stack_partial_open(buffer_span(&bytes), bytes.len, arena, &partial) != FAULT_NONE)
                continue;
            uint64_t written = 0;
            for (uint32_t k = 0; k < partial.n_sheets; k++)
                written += partial.sheets[k].rows.written;
            ck_assert(written == 3 && partial.n_rows == 3 && partial.n_fragments == 2);
            const struct partial_counts *counts = &partial.counts;
            ck_assert_uint_eq(counts->read, counts->used + counts->not_applicable + counts->skipped);
            ck_assert_uint_eq(partial.bytes_at + partial.bytes_len, bytes.len);
        }
        bytes.data[i] = was;
    }
    arena_destroy(&arena);
    buffer_free(&bytes);
}
END_TEST

START_TEST(a_partial_over_its_limit_is_a_fault_and_not_a_crash)
{
    struct stack_partial_builder *builder = begun();
    const uint32_t most = STACK_PARTIAL_BYTES_MAX / STACK_ROW_BYTES; /* rows may come with what dedupe needs of them */
    add_fragment(builder, "first", most - 10, most - 10);
    ck_assert_int_eq(stack_partial_builder_fragment(builder, SPAN("second"), most, 0, most), FAULT_LIMIT);
    add_fragment(builder, "third", 1, 1);
    struct stack_sheet_counts sheet = {0, {.written = most - 9}};
    stack_partial_builder_sheet(builder, &sheet);
    struct buffer bytes = finished(builder, (struct partial_counts){0});
    ck_assert_int_eq(memcmp(bytes.data + bytes.len - 10, "firstthird", 10), 0);
    buffer_free(&bytes);
}
END_TEST

SUITE(wire_stack_partial, nothing_of_the_last_partial_is_left_in_the_next, a_partial_comes_back_as_it_was_built,
      the_beginning_of_a_partial_is_enough_to_open_it,
      a_partial_cut_anywhere_is_refused, a_rejected_source_keeps_its_issues_and_no_row, a_source_without_rows_is_a_partial_too,
      a_damaged_fragment_is_refused, no_byte_of_the_header_can_make_the_sums_wrong,
      a_partial_over_its_limit_is_a_fault_and_not_a_crash)

/* SPDX-License-Identifier: MIT */
#include "tests/support/suite.h"
#include "wire/cursor.h"

static struct cursor over(struct span bytes)
{
    struct cursor c;
    cursor_init(&c, bytes);
    return c;
}

START_TEST(what_is_packed_is_read_back)
{
    struct buffer b;
    buffer_init(&b, BUFFER_LIMIT_DEFAULT);
    pack_array(&b, 9);
    pack_u64(&b, UINT64_MAX);
    pack_i64(&b, INT64_MIN);
    pack_i64(&b, -1);
    pack_double(&b, -0.1);
    pack_bool(&b, true);
    pack_nil(&b);
    pack_text(&b, SPAN("Gda\xC5\x84sk"));
    pack_bytes(&b, SPAN("\0\1"));
    pack_u64(&b, 200);
    struct cursor c = over(buffer_span(&b));
    ck_assert_uint_eq(cursor_enter(&c, 9), 9);
    ck_assert_uint_eq(cursor_u64(&c), UINT64_MAX);
    ck_assert_int_eq(cursor_i64(&c), INT64_MIN);
    ck_assert_int_eq(cursor_i64(&c), -1);
    ck_assert_double_eq(cursor_double(&c), -0.1);
    ck_assert(cursor_bool(&c));
    ck_assert(cursor_is_nil(&c));
    ck_assert(span_is(cursor_text(&c), "Gda\xC5\x84sk"));
    ck_assert_uint_eq(cursor_bytes(&c).len, 2);
    ck_assert_uint_eq(cursor_u32(&c), 200);
    cursor_leave(&c, 0);
    ck_assert(cursor_at_end(&c));
    buffer_free(&b);
}
END_TEST

START_TEST(a_header_that_claims_more_than_the_bytes_is_a_fault)
{
    struct cursor c = over(SPAN("\xdd\x10\x00\x00\x00"));
    ck_assert_uint_eq(cursor_enter(&c, 0), 0);
    ck_assert_int_eq(c.fault, FAULT_PROTOCOL);
    c = over(SPAN("\xdd\xff\x00\x00\x00"));
    cursor_skip(&c);
    ck_assert_int_eq(c.fault, FAULT_PROTOCOL);
    c = over(SPAN("\xdb\xff\xff\xff\xffxx"));
    ck_assert_uint_eq(cursor_text(&c).len, 0);
    ck_assert_int_eq(c.fault, FAULT_PROTOCOL);
}
END_TEST

START_TEST(deep_nesting_is_a_fault_and_never_recursion)
{
    char deep[10000];
    memset(deep, '\x91', sizeof deep);
    deep[sizeof deep - 1] = '\x01';
    struct cursor c = over(span_make(deep, sizeof deep));
    cursor_skip(&c);
    ck_assert(cursor_at_end(&c));
    c = over(span_make(deep, sizeof deep));
    for (int i = 0; i < CURSOR_DEPTH_MAX; i++)
        cursor_enter(&c, 1);
    ck_assert_int_eq(c.fault, FAULT_NONE);
    cursor_enter(&c, 1);
    ck_assert_int_eq(c.fault, FAULT_PROTOCOL);
}
END_TEST

START_TEST(items_added_by_a_newer_peer_are_skipped)
{
    struct cursor c = over(SPAN("\x93\x01\xa3new\x91\xc0\x07"));
    uint32_t n = cursor_enter(&c, 1);
    ck_assert_uint_eq(cursor_u64(&c), 1);
    cursor_leave(&c, n - 1);
    ck_assert_uint_eq(cursor_u64(&c), 7);
    ck_assert(cursor_at_end(&c));
}
END_TEST

START_TEST(after_a_fault_everything_reads_as_zero)
{
    struct cursor c = over(SPAN("\xa1x\x05"));
    ck_assert_uint_eq(cursor_u64(&c), 0);
    ck_assert_uint_eq(cursor_u64(&c), 0);
    ck_assert_uint_eq(cursor_text(&c).len, 0);
    ck_assert(!cursor_at_end(&c));
    c = over(SPAN("\xcf\x00\x00\x00\x01\x00\x00\x00\x00"));
    ck_assert_uint_eq(cursor_u32(&c), 0);
    ck_assert_int_eq(c.fault, FAULT_PROTOCOL);
}
END_TEST

SUITE(wire_cursor, what_is_packed_is_read_back, a_header_that_claims_more_than_the_bytes_is_a_fault,
      deep_nesting_is_a_fault_and_never_recursion, items_added_by_a_newer_peer_are_skipped, after_a_fault_everything_reads_as_zero)

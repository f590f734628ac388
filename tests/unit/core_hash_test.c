/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <unistd.h>

#include "core/hash.h"
#include "core/spool.h"
#include "tests/support/suite.h"

START_TEST(sha256_matches_the_standards_example)
{
    char hex[65];
    sha256_hex(sha256_of(SPAN("abc")), hex);
    ck_assert_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    struct sha256_stream *s = sha256_stream_new();
    sha256_stream_add(s, SPAN("a"));
    sha256_stream_add(s, SPAN("bc"));
    ck_assert(sha256_equal(sha256_stream_end(&s), sha256_of(SPAN("abc"))));
    ck_assert_ptr_null(s);
}
END_TEST

START_TEST(a_missing_file_is_not_found)
{
    struct sha256 hash;
    uint64_t size;
    struct why why;
    ck_assert_int_eq(sha256_file("/nonexistent/file", &hash, &size, &why), FAULT_NOT_FOUND);
    ck_assert_int_eq(why.fault, FAULT_NOT_FOUND);
}
END_TEST

START_TEST(equal_bytes_hash_alike_and_lengths_matter)
{
    ck_assert_uint_eq(hash_bytes(SPAN("0123456789abcdefXYZ")), hash_bytes(SPAN("0123456789abcdefXYZ")));
    ck_assert_uint_ne(hash_bytes(SPAN("a\0")), hash_bytes(SPAN("a")));
    ck_assert_uint_ne(hash_bytes(SPAN("0123456789abcdef")), hash_bytes(SPAN("0123456789abcdeg")));
}
END_TEST

START_TEST(the_digest_of_a_short_message_is_its_sha256)
{
    ck_assert(sha256_equal(message_digest(SPAN("abc")), sha256_of(SPAN("abc"))));
    ck_assert(sha256_equal(message_digest(SPAN("")), sha256_of(SPAN(""))));
}
END_TEST

static char message[200017];

static void fill_message(void)
{
    uint32_t state = 1;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (char)((state = state * 1664525u + 1013904223u) >> 24);
}

START_TEST(a_changed_bit_of_a_long_message_changes_its_digest)
{
    fill_message();
    struct sha256 right = message_digest(span_make(message, sizeof message));
    for (size_t at = 0; at < sizeof message; at += at < 300 || at > sizeof message - 300 ? 1 : 997) {
        message[at] ^= (char)(1 << at % 8);
        ck_assert(!sha256_equal(message_digest(span_make(message, sizeof message)), right));
        message[at] ^= (char)(1 << at % 8);
    }
    ck_assert(!sha256_equal(message_digest(span_make(message, sizeof message - 1)), right));
    ck_assert(sha256_equal(message_digest(span_make(message, sizeof message)), right));
}
END_TEST

START_TEST(a_long_messages_digest_sees_the_order_of_its_blocks)
{
    static char swapped[sizeof message];
    fill_message();
    memcpy(swapped, message + 65536, 65536);
    memcpy(swapped + 65536, message, 65536);
    memcpy(swapped + 131072, message + 131072, sizeof message - 131072);
    ck_assert(!sha256_equal(message_digest(span_make(message, sizeof message)), message_digest(span_make(swapped, sizeof swapped))));
}
END_TEST

/* Processes of different machines compare it: it must never change. */
START_TEST(a_long_messages_digest_is_the_same_everywhere)
{
    char hex[65];
    fill_message();
    sha256_hex(message_digest(span_make(message, sizeof message)), hex);
    ck_assert_str_eq(hex, "85da62a989f8ee7ead0745c33b16301a1a77c6a093a83c04efa300c8b868164d");
}
END_TEST

START_TEST(a_spool_gives_back_what_was_appended)
{
    struct spool *spool = NULL;
    ck_assert_int_eq(spool_new(NULL, &spool, NULL), FAULT_NONE);
    char big[100000];
    for (size_t i = 0; i < sizeof big; i++)
        big[i] = (char)(i * 7);
    uint64_t first, second, third;
    ck_assert_int_eq(spool_append(spool, SPAN("head"), &first), FAULT_NONE);
    ck_assert_int_eq(spool_append(spool, span_make(big, sizeof big), &second), FAULT_NONE);
    ck_assert_int_eq(spool_append(spool, SPAN("tail"), &third), FAULT_NONE);
    ck_assert_uint_eq(first, 0);
    ck_assert_uint_eq(second, 4);
    ck_assert_uint_eq(third, 4 + sizeof big);
    char back[sizeof big];
    ck_assert_int_eq(spool_read(spool, third, back, 4), FAULT_NONE);
    ck_assert_int_eq(memcmp(back, "tail", 4), 0);
    ck_assert_int_eq(spool_read(spool, second, back, sizeof big), FAULT_NONE);
    ck_assert_int_eq(memcmp(back, big, sizeof big), 0);
    ck_assert_int_eq(spool_read(spool, third, back, 5), FAULT_IO);
    ck_assert_int_eq(spool_append(spool, SPAN("more"), NULL), FAULT_NONE);
    ck_assert_uint_eq(spool_size(spool), sizeof big + 12);
    spool_destroy(&spool);
    spool_destroy(&spool);
}
END_TEST

SUITE(core_hash, sha256_matches_the_standards_example, a_missing_file_is_not_found, equal_bytes_hash_alike_and_lengths_matter,
      the_digest_of_a_short_message_is_its_sha256, a_changed_bit_of_a_long_message_changes_its_digest,
      a_long_messages_digest_sees_the_order_of_its_blocks, a_long_messages_digest_is_the_same_everywhere,
      a_spool_gives_back_what_was_appended)

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
      a_spool_gives_back_what_was_appended)

/* SPDX-License-Identifier: MIT */
#include "workbook/codec.h"

#include <zlib.h>

#include "core/buffer.h"
#include "tests/support/suite.h"

static enum fault keep(void *context, struct span bytes)
{
    ck_assert_uint_le(bytes.len, 64 << 10);
    return buffer_append(context, bytes);
}

static enum fault append_to(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

static enum fault refuse(void *context, struct span bytes)
{
    (void)bytes;
    ++*(int *)context;
    return FAULT_NO_SPACE;
}

/* Bytes that compress somewhat, the same on every run. */
static void fill(struct buffer *out, size_t n)
{
    uint32_t seed = 12345;
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        buffer_put_char(out, i % 7 < 4 ? (char)('a' + i % 23) : (char)(seed >> 24));
    }
}

static void deflate_pieces(struct deflater *deflater, struct span plain, size_t piece)
{
    for (size_t at = 0; at < plain.len; at += piece)
        ck_assert_int_eq(
            deflater_add(deflater, span_make(plain.data + at,
                                             plain.len - at < piece ? plain.len - at : piece)),
            FAULT_NONE);
    ck_assert_int_eq(deflater_end(deflater), FAULT_NONE);
}

static enum fault inflate_pieces(struct inflater *inflater, struct span packed, size_t in_piece,
                                 size_t out_piece, struct buffer *out, bool *ret_end)
{
    *ret_end = false;
    inflater_reset(inflater);
    for (size_t at = 0; !*ret_end && at < packed.len;) {
        struct span input =
            span_make(packed.data + at, packed.len - at < in_piece ? packed.len - at : in_piece);
        size_t offered = input.len, len;
        do {
            size_t before = input.len;
            enum fault fault = inflater_step(inflater, &input, buffer_reserve(out, out_piece),
                                             out_piece, &len, ret_end);
            out->len += len;
            if (fault)
                return fault;
            if (!len && input.len == before)
                break;
        } while (!*ret_end);
        at += offered - input.len;
    }
    return FAULT_NONE;
}

static void round_trip(enum deflate_level level, size_t n, size_t add, size_t in_piece,
                       size_t out_piece)
{
    struct buffer plain, packed, again;
    buffer_init(&plain, BUFFER_LIMIT_DEFAULT), buffer_init(&packed, BUFFER_LIMIT_DEFAULT),
        buffer_init(&again, BUFFER_LIMIT_DEFAULT);
    fill(&plain, n);
    struct deflater *deflater = deflater_new(level, keep, &packed);
    struct inflater *inflater = inflater_new();
    for (int round = 0; round < 2; round++) { /* the second time through the same objects */
        buffer_clear(&packed), buffer_clear(&again);
        deflater_reset(deflater, keep, &packed);
        deflate_pieces(deflater, buffer_span(&plain), add);
        ck_assert_uint_eq(deflater_size(deflater), n);
        ck_assert_uint_eq(deflater_crc32(deflater),
                          crc32(0, (const Bytef *)plain.data, (uInt)plain.len));
        size_t stream = packed.len;
        buffer_put_text(&packed, "trailing bytes of somebody else");
        bool is_end;
        ck_assert_int_eq(
            inflate_pieces(inflater, buffer_span(&packed), in_piece, out_piece, &again, &is_end),
            FAULT_NONE);
        ck_assert(is_end);
        ck_assert_uint_eq(inflater_consumed(inflater), stream);
        ck_assert(span_equal(buffer_span(&plain), buffer_span(&again)));
    }
    deflater_destroy(&deflater), deflater_destroy(&deflater);
    inflater_destroy(&inflater), inflater_destroy(&inflater);
    buffer_free(&plain), buffer_free(&packed), buffer_free(&again);
}

START_TEST(what_is_deflated_inflates_to_the_same_bytes_in_pieces_of_any_size)
{
    for (enum deflate_level level = DEFLATE_FAST; level <= DEFLATE_SMALL; level++) {
        round_trip(level, 0, 1, 4096, 4096);
        round_trip(level, 1, 1, 1, 1);
        round_trip(level, 5000, 1, 1, 1);
        round_trip(level, 100000, 777, 13, 100000);
        round_trip(level, 100000, 100000, 100000, 7);
        round_trip(level, 3000000, 65536, 8192, 131072);
    }
}
END_TEST

START_TEST(the_crc_is_that_of_zip_and_can_be_continued)
{
    ck_assert_uint_eq(codec_crc32(0, SPAN("123456789")), 0xcbf43926u);
    ck_assert_uint_eq(codec_crc32(codec_crc32(0, SPAN("1234")), SPAN("56789")), 0xcbf43926u);
    ck_assert_uint_eq(codec_crc32(0, SPAN("")), 0);
}
END_TEST

START_TEST(a_stream_cut_at_any_byte_never_ends)
{
    struct buffer plain, packed, out;
    buffer_init(&plain, 1 << 20), buffer_init(&packed, 1 << 20), buffer_init(&out, 1 << 20);
    fill(&plain, 600);
    struct deflater *deflater = deflater_new(DEFLATE_SMALL, keep, &packed);
    deflate_pieces(deflater, buffer_span(&plain), plain.len);
    struct inflater *inflater = inflater_new();
    for (size_t cut = 0; cut < packed.len; cut++) {
        bool is_end;
        buffer_clear(&out);
        ck_assert_int_eq(
            inflate_pieces(inflater, span_make(packed.data, cut), 64, 64, &out, &is_end),
            FAULT_NONE);
        ck_assert(!is_end);
        ck_assert(out.len == 0 || memcmp(out.data, plain.data, out.len) == 0);
    }
    deflater_destroy(&deflater), inflater_destroy(&inflater);
    buffer_free(&plain), buffer_free(&packed), buffer_free(&out);
}
END_TEST

/* ISA-L lets some incomplete Huffman codes pass that zlib refuses (the CRC then decides); the other
 * way round never. */
static bool zlib_inflates(struct span packed, struct buffer *out, uint64_t *ret_consumed)
{
    z_stream z = {.next_in = (Bytef *)packed.data, .avail_in = (uInt)packed.len};
    ck_assert_int_eq(inflateInit2(&z, -15), Z_OK);
    buffer_clear(out);
    z.next_out = (Bytef *)buffer_reserve(out, 4 << 20);
    z.avail_out = 4 << 20;
    bool is_end = inflate(&z, Z_FINISH) == Z_STREAM_END;
    out->len = z.total_out;
    *ret_consumed = z.total_in;
    inflateEnd(&z);
    return is_end;
}

START_TEST(damaged_streams_that_zlib_reads_give_the_same_bytes)
{
    struct buffer plain, packed, out, expected;
    buffer_init(&plain, 1 << 20), buffer_init(&packed, 1 << 20);
    buffer_init(&out, 8 << 20), buffer_init(&expected, 8 << 20);
    fill(&plain, 4000);
    struct deflater *deflater = deflater_new(DEFLATE_FAST, keep, &packed);
    deflate_pieces(deflater, buffer_span(&plain), plain.len);
    struct inflater *inflater = inflater_new();
    unsigned refused = 0, equal = 0;
    for (size_t at = 0; at < packed.len * 8; at++) {
        packed.data[at / 8] ^= (char)(1 << at % 8);
        bool is_end = false;
        uint64_t consumed;
        buffer_clear(&out);
        enum fault fault = inflate_pieces(inflater, buffer_span(&packed), 100, 512, &out, &is_end);
        ck_assert(fault == FAULT_NONE || fault == FAULT_CORRUPT);
        if (zlib_inflates(buffer_span(&packed), &expected, &consumed)) {
            ck_assert_msg(!fault && is_end, "bit %zu: only zlib reads it", at);
            ck_assert(span_equal(buffer_span(&out), buffer_span(&expected)));
            ck_assert_uint_eq(inflater_consumed(inflater), consumed);
            equal++;
        }
        refused += fault == FAULT_CORRUPT;
        packed.data[at / 8] ^= (char)(1 << at % 8);
    }
    ck_assert_uint_gt(refused, 1000);
    ck_assert_uint_gt(equal, 1000);
    deflater_destroy(&deflater), inflater_destroy(&inflater);
    buffer_free(&plain), buffer_free(&packed), buffer_free(&out), buffer_free(&expected);
}
END_TEST

START_TEST(a_fault_of_the_sink_ends_the_stream)
{
    int calls = 0;
    struct deflater *deflater = deflater_new(DEFLATE_FAST, refuse, &calls);
    struct buffer plain;
    buffer_init(&plain, 8 << 20);
    fill(&plain, 4 << 20);
    ck_assert_int_eq(deflater_add(deflater, buffer_span(&plain)), FAULT_NO_SPACE);
    ck_assert_int_eq(calls, 1);
    deflater_destroy(&deflater);
    buffer_free(&plain);
}
END_TEST

/* Rows of a sheet as they are rendered, so that matches reach far. */
static void fill_rows(struct buffer *out, size_t n)
{
    uint32_t seed = 99;
    while (out->len < n) {
        buffer_put_text(out, "<row>");
        for (int i = 0; i < 9; i++) {
            seed = seed * 1664525u + 1013904223u;
            buffer_putf(out, "<c s=\"5\"><v>%u.%02u</v></c>", seed >> 16, seed >> 8 & 63);
        }
        buffer_put_text(out, "</row>");
    }
}

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * 1664525u + 1013904223u;
    return *seed >> 8;
}

/* Cuts at random, empty and one-byte pieces among them, each deflated apart. */
static uint32_t deflate_fragments(enum deflate_level level, struct span plain, uint32_t seed, struct buffer *out)
{
    struct fragment_deflater *deflater = fragment_deflater_new(level);
    uint32_t crc = 0;
    for (size_t at = 0; at < plain.len;) {
        size_t len = next_random(&seed) % 4 ? next_random(&seed) % 90000 : next_random(&seed) % 3;
        struct span piece = span_make(plain.data + at, len < plain.len - at ? len : plain.len - at);
        ck_assert_int_eq(fragment_deflate(deflater, piece, out), FAULT_NONE);
        crc = codec_crc32_join(crc, codec_crc32(0, piece), piece.len);
        at += piece.len;
    }
    fragment_deflater_destroy(&deflater), fragment_deflater_destroy(&deflater);
    return crc;
}

static void check_both_inflate(struct span packed, struct span plain)
{
    struct buffer out;
    uint64_t consumed;
    bool is_end;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    ck_assert(zlib_inflates(packed, &out, &consumed));
    ck_assert_uint_eq(consumed, packed.len);
    ck_assert(span_equal(buffer_span(&out), plain));
    struct inflater *inflater = inflater_new();
    buffer_clear(&out);
    ck_assert_int_eq(inflate_pieces(inflater, packed, 1000, 5000, &out, &is_end), FAULT_NONE);
    ck_assert(is_end);
    ck_assert_uint_eq(inflater_consumed(inflater), packed.len);
    ck_assert(span_equal(buffer_span(&out), plain));
    inflater_destroy(&inflater);
    buffer_free(&out);
}

START_TEST(fragments_deflated_apart_and_set_one_behind_another_are_one_stream)
{
    for (enum deflate_level level = DEFLATE_FAST; level <= DEFLATE_SMALL; level++)
        for (uint32_t seed = 1; seed <= 12; seed++) {
            struct buffer plain, packed;
            buffer_init(&plain, BUFFER_LIMIT_DEFAULT), buffer_init(&packed, BUFFER_LIMIT_DEFAULT);
            if (seed % 2)
                fill_rows(&plain, 700000);
            else
                fill(&plain, 700000); /* half of it noise: stored blocks too */
            uint32_t crc = deflate_fragments(level, buffer_span(&plain), seed, &packed);
            ck_assert_uint_eq(crc, codec_crc32(0, buffer_span(&plain)));
            buffer_put(&packed, CODEC_LAST_BLOCK);
            check_both_inflate(buffer_span(&packed), buffer_span(&plain));
            buffer_free(&plain), buffer_free(&packed);
        }
}
END_TEST

START_TEST(a_fragment_depends_on_nothing_that_was_deflated_before_it)
{
    struct buffer plain, once, twice;
    buffer_init(&plain, 1 << 22), buffer_init(&once, 1 << 22), buffer_init(&twice, 1 << 22);
    fill_rows(&plain, 100000);
    for (enum deflate_level level = DEFLATE_FAST; level <= DEFLATE_SMALL; level++) {
        struct fragment_deflater *deflater = fragment_deflater_new(level);
        buffer_clear(&once), buffer_clear(&twice);
        ck_assert_int_eq(fragment_deflate(deflater, buffer_span(&plain), &once), FAULT_NONE);
        ck_assert_int_eq(fragment_deflate(deflater, buffer_span(&plain), &twice), FAULT_NONE);
        ck_assert(span_equal(buffer_span(&once), buffer_span(&twice)));
        fragment_deflater_destroy(&deflater);
    }
    buffer_free(&plain), buffer_free(&once), buffer_free(&twice);
}
END_TEST

START_TEST(a_fragment_that_its_buffer_has_no_room_for_is_a_fault)
{
    struct buffer plain, out;
    buffer_init(&plain, 1 << 22), buffer_init(&out, 1000);
    fill(&plain, 1 << 20);
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_FAST);
    ck_assert_int_eq(fragment_deflate(deflater, buffer_span(&plain), &out), FAULT_LIMIT);
    buffer_free(&out);
    buffer_init(&out, 1 << 22);
    ck_assert_int_eq(fragment_deflate(deflater, SPAN("as good as new"), &out), FAULT_NONE);
    buffer_put(&out, CODEC_LAST_BLOCK);
    check_both_inflate(buffer_span(&out), SPAN("as good as new"));
    fragment_deflater_destroy(&deflater);
    buffer_free(&plain), buffer_free(&out);
}
END_TEST

START_TEST(small_fragments_of_a_mebibyte_are_no_larger_than_zlib_6_over_the_whole)
{
    struct buffer plain, packed, whole;
    buffer_init(&plain, 1 << 24), buffer_init(&packed, 1 << 24), buffer_init(&whole, 1 << 24);
    fill_rows(&plain, 3 << 20);
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_SMALL);
    for (size_t at = 0; at < plain.len; at += 1 << 20) {
        size_t len = plain.len - at < 1 << 20 ? plain.len - at : 1 << 20;
        ck_assert_int_eq(fragment_deflate(deflater, span_make(plain.data + at, len), &packed), FAULT_NONE);
    }
    fragment_deflater_destroy(&deflater);
    z_stream z = {.next_in = (Bytef *)plain.data, .avail_in = (uInt)plain.len};
    ck_assert_int_eq(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
    z.next_out = (Bytef *)buffer_reserve(&whole, 8 << 20);
    z.avail_out = 8 << 20;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    ck_assert_uint_le(packed.len + CODEC_LAST_BLOCK.len, z.total_out);
    deflateEnd(&z);
    buffer_free(&plain), buffer_free(&packed), buffer_free(&whole);
}
END_TEST

START_TEST(fragments_joined_between_what_is_added_keep_its_size_and_crc)
{
    struct buffer plain, packed, expected;
    buffer_init(&plain, 1 << 22), buffer_init(&packed, 1 << 24), buffer_init(&expected, 1 << 24);
    fill_rows(&plain, 50000);
    struct span rows = buffer_span(&plain);
    for (enum deflate_level level = DEFLATE_FAST; level <= DEFLATE_SMALL; level++)
        for (uint32_t seed = 1; seed < 20; seed++) {
            struct buffer fragments;
            buffer_init(&fragments, 1 << 22);
            uint32_t crc = deflate_fragments(level, rows, seed, &fragments), random = seed;
            buffer_clear(&packed), buffer_clear(&expected);
            struct deflater *deflater = deflater_new(level, append_to, &packed);
            for (int i = 0; i < 9; i++) {
                bool is_joined = next_random(&random) % 2;
                struct span added = span_make(rows.data, next_random(&random) % 3 * 1000);
                buffer_put(&expected, is_joined ? rows : added);
                ck_assert_int_eq(is_joined ? deflater_join(deflater, buffer_span(&fragments), crc, rows.len)
                                           : deflater_add(deflater, added),
                                 FAULT_NONE);
            }
            ck_assert_int_eq(deflater_end(deflater), FAULT_NONE);
            ck_assert_uint_eq(deflater_size(deflater), expected.len);
            ck_assert_uint_eq(deflater_crc32(deflater), codec_crc32(0, buffer_span(&expected)));
            check_both_inflate(buffer_span(&packed), buffer_span(&expected));
            deflater_destroy(&deflater);
            buffer_free(&fragments);
        }
    buffer_free(&plain), buffer_free(&packed), buffer_free(&expected);
}
END_TEST

SUITE(workbook_codec, what_is_deflated_inflates_to_the_same_bytes_in_pieces_of_any_size,
      the_crc_is_that_of_zip_and_can_be_continued, a_stream_cut_at_any_byte_never_ends,
      damaged_streams_that_zlib_reads_give_the_same_bytes, a_fault_of_the_sink_ends_the_stream,
      fragments_deflated_apart_and_set_one_behind_another_are_one_stream,
      a_fragment_depends_on_nothing_that_was_deflated_before_it,
      a_fragment_that_its_buffer_has_no_room_for_is_a_fault,
      small_fragments_of_a_mebibyte_are_no_larger_than_zlib_6_over_the_whole,
      fragments_joined_between_what_is_added_keep_its_size_and_crc)

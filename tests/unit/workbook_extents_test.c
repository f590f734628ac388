/* SPDX-License-Identifier: MIT */
#include "workbook/extents.h"

#include "tests/support/suite.h"
#include "tests/support/zip_file.h"

static enum fault read_memory(void *context, uint64_t offset, void *to, size_t len)
{
    const struct span *bytes = context;
    ck_assert_uint_le(offset + len, bytes->len); /* the checker must never ask for more */
    memcpy(to, bytes->data + offset, len);
    return FAULT_NONE;
}

static struct why why;

static enum fault read_bytes(struct span bytes, uint64_t entries_max, struct extents *ret)
{
    struct extent_source source = {&bytes, bytes.len, read_memory};
    why = (struct why){0};
    enum fault fault = extents_read(&source, entries_max, ret, &why);
    ck_assert_int_eq(why.fault, fault);
    ck_assert(!fault || why.text[0]);
    return fault;
}

static enum fault verdict_of_bytes(struct span bytes)
{
    struct extents extents = {0};
    enum fault fault = read_bytes(bytes, 1000, &extents);
    extents_free(&extents);
    return fault;
}

static enum fault verdict(struct zip_file *zip)
{
    enum fault fault = verdict_of_bytes(buffer_span(&zip->bytes));
    zip_free(zip);
    return fault;
}

static void begin_with_two(struct zip_file *zip)
{
    zip_begin(zip);
    zip_add_text(zip, "a.xml", "<a>the first part, long enough to be worth it</a>");
    zip_add(zip,
            (struct zip_part){.name = "b.bin", .content = SPAN("stored bytes"), .is_stored = true});
}

/* One file with two sound parts and this one. */
static enum fault verdict_with(struct zip_part part)
{
    struct zip_file zip;
    begin_with_two(&zip);
    zip_add(&zip, part);
    zip_end(&zip);
    return verdict(&zip);
}

START_TEST(a_sound_directory_is_read_with_every_field)
{
    struct zip_file zip;
    struct extents extents;
    begin_with_two(&zip);
    zip_add(&zip, (struct zip_part){
                      .name = "c", .content = SPAN("cc"), .external = 0xa1ff0000u, .flags = 0x800});
    zip_end(&zip);
    ck_assert_int_eq(read_bytes(buffer_span(&zip.bytes), 3, &extents), FAULT_NONE);
    ck_assert_uint_eq(extents.n, 3);
    const struct extent *b = &extents.items[1], *c = &extents.items[2];
    ck_assert(span_is(b->name, "b.bin"));
    ck_assert_uint_eq(b->method, 0);
    ck_assert_uint_eq(b->size, 12);
    ck_assert_uint_eq(b->compressed_size, 12);
    ck_assert_uint_eq(b->crc32, codec_crc32(0, SPAN("stored bytes")));
    ck_assert(memcmp(zip.bytes.data + b->data_offset, "stored bytes", 12) == 0);
    ck_assert_uint_eq(c->method, 8);
    ck_assert_uint_eq(c->flags, 0x800);
    ck_assert_uint_eq(c->external_attributes, 0xa1ff0000u);
    extents_free(&extents);
    zip_free(&zip);
}
END_TEST

START_TEST(descriptors_zip64_comments_and_padding_are_accepted)
{
    struct zip_file zip;
    ck_assert_int_eq(
        verdict_with((struct zip_part){.name = "c", .content = SPAN("x"), .has_descriptor = true}),
        0);
    ck_assert_int_eq(
        verdict_with((struct zip_part){
            .name = "c", .content = SPAN("x"), .has_descriptor = true, .has_signature = true}),
        0);
    ck_assert_int_eq(
        verdict_with((struct zip_part){.name = "c", .content = SPAN("x"), .is_zip64 = true}), 0);
    for (int kind = 0; kind < 4; kind++) {
        begin_with_two(&zip);
        zip.is_zip64 = kind & 1;
        if (kind & 2)
            zip.comment = SPAN("a comment PK\5\6 that is no end");
        zip_end(&zip);
        for (int i = 0; i < 4096 && kind < 2; i++)
            buffer_put_char(&zip.bytes, '\0');
        ck_assert_msg(verdict(&zip) == FAULT_NONE, "%d: %s", kind, why.text);
    }
    zip_begin(&zip);
    zip_end(&zip);
    ck_assert_int_eq(verdict(&zip), FAULT_NONE);
}
END_TEST

START_TEST(a_file_cut_at_any_byte_is_refused)
{
    for (int kind = 0; kind < 2; kind++) {
        struct zip_file zip;
        begin_with_two(&zip);
        zip.is_zip64 = kind;
        zip_end(&zip);
        for (size_t len = 0; len < zip.bytes.len; len++)
            ck_assert_int_eq(verdict_of_bytes(span_make(zip.bytes.data, len)), FAULT_CORRUPT);
        ck_assert_int_eq(verdict(&zip), FAULT_NONE);
    }
}
END_TEST

START_TEST(any_flipped_bit_of_the_structure_is_read_within_the_file)
{
    struct zip_file zip;
    begin_with_two(&zip);
    zip.is_zip64 = true;
    zip_end(&zip);
    for (size_t bit = 0; bit < zip.bytes.len * 8; bit++) {
        zip.bytes.data[bit / 8] ^= (char)(1 << bit % 8);
        struct extents extents = {0};
        if (read_bytes(buffer_span(&zip.bytes), 1000, &extents) == FAULT_NONE)
            for (size_t i = 0; i < extents.n; i++)
                ck_assert_uint_le(extents.items[i].data_offset + extents.items[i].compressed_size,
                                  zip.bytes.len);
        extents_free(&extents);
        zip.bytes.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    zip_free(&zip);
}
END_TEST

START_TEST(two_ends_are_refused)
{
    struct zip_file zip, inner;
    zip_begin(&inner);
    zip_end(&inner);
    begin_with_two(&zip);
    zip.comment = buffer_span(&inner.bytes); /* its end is the end of the file, too */
    zip_end(&zip);
    ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
    zip_free(&inner);
}
END_TEST

START_TEST(bytes_behind_or_between_the_end_records_are_refused)
{
    struct zip_file zip;
    begin_with_two(&zip);
    zip_end(&zip);
    buffer_put_text(&zip.bytes, "x");
    ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
    begin_with_two(&zip);
    size_t directory = zip.bytes.len;
    zip.directory_offset = ZIP_LIE(directory - 1);
    zip_end(&zip);
    ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
    begin_with_two(&zip);
    zip.directory_size = ZIP_LIE(0x7fffffff);
    zip_end(&zip);
    ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
}
END_TEST

START_TEST(counts_that_do_not_add_up_are_refused)
{
    static const uint64_t counts[] = {0, 1, 3, 65534};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct zip_file zip;
        begin_with_two(&zip);
        zip.entries = ZIP_LIE(counts[i]);
        zip_end(&zip);
        ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
    }
    struct zip_file zip;
    begin_with_two(&zip);
    zip.is_zip64 = true;
    zip.entries = ZIP_LIE((uint64_t)1 << 40);
    zip_end(&zip);
    ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
}
END_TEST

START_TEST(more_entries_than_the_limit_are_refused)
{
    struct zip_file zip;
    zip_begin(&zip);
    for (int i = 0; i < 11; i++) {
        char name[8];
        snprintf(name, sizeof name, "%d", i);
        zip_add_text(&zip, name, "x");
    }
    zip_end(&zip);
    struct extents extents = {0};
    ck_assert_int_eq(read_bytes(buffer_span(&zip.bytes), 10, &extents), FAULT_LIMIT);
    ck_assert_int_eq(read_bytes(buffer_span(&zip.bytes), 11, &extents), FAULT_NONE);
    extents_free(&extents);
    zip_free(&zip);
}
END_TEST

START_TEST(local_headers_that_disagree_are_refused)
{
    struct span text = SPAN("some text");
    ck_assert_int_eq(
        verdict_with((struct zip_part){.name = "c", .content = text, .local_name = "d"}),
        FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_with((struct zip_part){.name = "c", .content = text, .local_name = "cc"}),
        FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_with((struct zip_part){.name = "c", .content = text, .local_method = ZIP_LIE(0)}),
        FAULT_CORRUPT);
    ck_assert_int_eq(verdict_with((struct zip_part){.name = "c", .content = text}), FAULT_NONE);
    struct zip_file zip;
    for (int field = 0; field < 3; field++) { /* CRC and both sizes of the first local header */
        begin_with_two(&zip);
        zip_end(&zip);
        zip.bytes.data[14 + 4 * field]++;
        ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
    }
}
END_TEST

START_TEST(entries_outside_the_file_are_refused)
{
    struct span text = SPAN("some text");
    static const uint64_t offsets[] = {1, 7, 100000, UINT32_MAX};
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++)
        ck_assert_int_eq(verdict_with((struct zip_part){
                             .name = "c", .content = text, .offset = ZIP_LIE(offsets[i])}),
                         FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_with((struct zip_part){
            .name = "c", .content = text, .is_zip64 = true, .offset = ZIP_LIE(UINT64_MAX)}),
        FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_with((struct zip_part){.name = "c", .content = text, .compressed = ZIP_LIE(5000)}),
        FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_with((struct zip_part){
            .name = "c", .content = text, .is_zip64 = true, .compressed = ZIP_LIE(UINT64_MAX)}),
        FAULT_CORRUPT);
}
END_TEST

START_TEST(sizes_that_cannot_be_are_refused)
{
    struct span text = SPAN("some text");
    ck_assert_int_eq(verdict_with((struct zip_part){
                         .name = "c", .content = text, .is_stored = true, .size = ZIP_LIE(8)}),
                     FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_with((struct zip_part){.name = "c", .content = text, .size = ZIP_LIE(0xfffffffeu)}),
        FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_with((struct zip_part){
            .name = "c", .content = text, .is_zip64 = true, .size = ZIP_LIE(UINT64_MAX)}),
        FAULT_CORRUPT);
}
END_TEST

START_TEST(two_names_for_one_entry_overlap)
{
    struct zip_file zip;
    begin_with_two(&zip);
    struct span first = SPAN("<a>the first part, long enough to be worth it</a>");
    zip_add(&zip, (struct zip_part){.name = "a.xml", .content = first, .offset = ZIP_LIE(0)});
    zip_end(&zip);
    ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
    ck_assert_msg(strstr(why.text, "overlap"), "%s", why.text);
}
END_TEST

/* D. Fifield, "A better zip bomb", 2019: a stored block quotes the next local header, so that each
 * entry's data run through those of all that follow. Every header agrees with the directory; only
 * the ranges give it away. */
START_TEST(a_quoted_overlap_is_refused)
{
    struct zip_file zip;
    struct buffer kernel;
    zip_begin(&zip);
    buffer_init(&kernel, 1 << 20);
    struct span text = SPAN("the kernel of it all");
    zip_pack(&(struct zip_part){.content = text}, &kernel);
    size_t header = 30 + 1, quote = 5;
    struct zip_part inner = {.name = "b",
                             .content = buffer_span(&kernel),
                             .is_packed = true,
                             .size = ZIP_LIE(text.len),
                             .crc = ZIP_LIE(codec_crc32(0, text))};
    /* The outer entry: header "a", a stored block of the inner header, then the inner deflate
     * stream. */
    struct zip_file probe;
    zip_begin(&probe);
    zip_add(&probe, inner);
    struct buffer quoted;
    buffer_init(&quoted, 1 << 20);
    zip_put(&quoted, 0, 1), zip_put(&quoted, header, 2), zip_put(&quoted, ~header, 2);
    buffer_put(&quoted, buffer_span(&probe.bytes));
    struct buffer plain;
    buffer_init(&plain, 1 << 20);
    buffer_put(&plain, span_make(probe.bytes.data, header));
    buffer_put(&plain, text);
    zip_add(&zip, (struct zip_part){.name = "a",
                                    .content = buffer_span(&quoted),
                                    .is_packed = true,
                                    .size = ZIP_LIE(plain.len),
                                    .crc = ZIP_LIE(codec_crc32(0, buffer_span(&plain)))});
    inner.offset = ZIP_LIE(header + quote);
    size_t len = zip.bytes.len;
    zip_add(&zip, inner);
    zip.bytes.len = len; /* only its directory entry is new */
    zip_end(&zip);
    ck_assert_int_eq(verdict(&zip), FAULT_CORRUPT);
    ck_assert_msg(strstr(why.text, "overlap"), "%s", why.text);
    zip_free(&probe);
    buffer_free(&kernel), buffer_free(&quoted), buffer_free(&plain);
}
END_TEST

SUITE(workbook_extents, a_sound_directory_is_read_with_every_field,
      descriptors_zip64_comments_and_padding_are_accepted, a_file_cut_at_any_byte_is_refused,
      any_flipped_bit_of_the_structure_is_read_within_the_file, two_ends_are_refused,
      bytes_behind_or_between_the_end_records_are_refused, counts_that_do_not_add_up_are_refused,
      more_entries_than_the_limit_are_refused, local_headers_that_disagree_are_refused,
      entries_outside_the_file_are_refused, sizes_that_cannot_be_are_refused,
      two_names_for_one_entry_overlap, a_quoted_overlap_is_refused)

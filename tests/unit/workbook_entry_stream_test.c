/* SPDX-License-Identifier: MIT */
#include "workbook/entry_stream.h"

#include <unistd.h>

#include "tests/support/suite.h"
#include "tests/support/zip_file.h"
#include "workbook/file_bytes.h"

enum { PARTS = 3, STORED = 2 };
static const char *const names[PARTS] = {"xl/a.xml", "xl/b.xml", "xl/stored.xml"};
static struct buffer texts[PARTS];
static struct why why;

static void fill(struct buffer *out, size_t len, uint32_t seed)
{
    buffer_init(out, BUFFER_LIMIT_DEFAULT);
    while (out->len < len) {
        seed = seed * 1664525u + 1013904223u;
        buffer_putf(out, "<c><v>%u</v></c>", seed >> seed % 16);
    }
}

/* With much padding the file is too large to be held whole; `lie` is told of the first part. */
static struct package *open_parts(size_t padding, struct zip_part lie, const struct budget *budget)
{
    struct zip_file zip;
    struct package *package;
    char path[32];
    int fd;
    zip_begin(&zip);
    for (int i = 0; i < PARTS; i++) {
        struct zip_part part = i ? (struct zip_part){.is_stored = i == STORED} : lie;
        fill(&texts[i], 300000u + (size_t)i * 1000, (uint32_t)i + 1);
        part.name = names[i];
        part.content = buffer_span(&texts[i]);
        zip_add(&zip, part);
    }
    char *zeros = calloc(1, padding + 1);
    zip_add(&zip, (struct zip_part){.name = "padding", .content = span_make(zeros, padding), .is_stored = true});
    zip_end(&zip);
    enum fault fault = package_open_any(zip_path(buffer_span(&zip.bytes), path, &fd), budget, &package, &why);
    ck_assert_msg(!fault, "%s", why.text);
    close(fd);
    zip_free(&zip);
    free(zeros);
    return package;
}

static void close_parts(struct package **package)
{
    package_close(package);
    for (int i = 0; i < PARTS; i++)
        buffer_free(&texts[i]);
}

static struct entry_stream *open_stream(struct package *package, int i)
{
    struct entry_stream *stream;
    ck_assert_msg(!entry_stream_open(package, package_find(package, span_of(names[i])), &stream, &why), "%s",
                  why.text);
    return stream;
}

/* The next window is what comes next in the text. */
static size_t check_next(struct entry_stream *stream, int i)
{
    struct span window;
    uint64_t at = entry_stream_offset(stream);
    ck_assert_msg(!entry_stream_next(stream, &window, &why), "%s", why.text);
    ck_assert_uint_le(window.len, 128 << 10);
    ck_assert_uint_eq(entry_stream_offset(stream), at + window.len);
    ck_assert(span_equal(window, span_make(texts[i].data + at, window.len)));
    return window.len;
}

static const size_t paddings[] = {0, FILE_BYTES_WHOLE_MAX};

START_TEST(windows_are_the_part_from_its_beginning_to_its_end)
{
    for (size_t k = 0; k < 2; k++) {
        struct package *package = open_parts(paddings[k], (struct zip_part){0}, NULL);
        for (int i = 0; i < PARTS; i++) {
            struct entry_stream *stream = open_stream(package, i);
            while (check_next(stream, i))
                ;
            ck_assert_uint_eq(entry_stream_offset(stream), texts[i].len);
            ck_assert_uint_eq(check_next(stream, i), 0); /* stays at the end */
            entry_stream_close(&stream), entry_stream_close(&stream);
        }
        close_parts(&package);
    }
}
END_TEST

START_TEST(several_parts_are_read_in_turns_and_one_is_left_half_read)
{
    for (size_t k = 0; k < 2; k++) {
        struct package *package = open_parts(paddings[k], (struct zip_part){0}, NULL);
        struct entry_stream *streams[PARTS + 1];
        for (int i = 0; i <= PARTS; i++)
            streams[i] = open_stream(package, i % PARTS); /* one of them twice */
        check_next(streams[0], 0);
        for (size_t more = 1; more;) {
            more = 0;
            for (int i = 1; i <= PARTS; i++)
                more += check_next(streams[i], i % PARTS);
        }
        ck_assert_uint_gt(check_next(streams[0], 0), 0);
        for (int i = 0; i <= PARTS; i++)
            entry_stream_close(&streams[i]);
        struct entry_stream *again = open_stream(package, 0);
        check_next(again, 0);
        entry_stream_close(&again);
        close_parts(&package);
    }
}
END_TEST

static enum fault read_within(void *context, struct span bytes)
{
    struct buffer whole;
    (void)bytes;
    buffer_init(&whole, 1 << 24);
    ck_assert_int_eq(package_read(context, package_find(context, span_of(names[1])), &whole, &why), 0);
    ck_assert(span_equal(buffer_span(&whole), buffer_span(&texts[1])));
    buffer_free(&whole);
    return FAULT_NONE;
}

START_TEST(a_part_can_be_read_while_another_is_handed_on)
{
    struct package *package = open_parts(0, (struct zip_part){0}, NULL);
    ck_assert_int_eq(package_stream(package, package_find(package, span_of(names[0])), read_within, package, &why), 0);
    close_parts(&package);
}
END_TEST

static enum fault read_lie(struct zip_part lie, const struct budget *budget)
{
    struct package *package = open_parts(0, lie, budget);
    struct entry_stream *stream;
    struct span window = SPAN("-");
    why = (struct why){0};
    enum fault fault = entry_stream_open(package, 0, &stream, &why);
    if (!fault) {
        while (!fault && window.len)
            fault = entry_stream_next(stream, &window, &why);
        entry_stream_close(&stream);
    }
    ck_assert_int_eq(why.fault, fault);
    if (fault)
        ck_assert_str_eq(why.part, names[0]);
    close_parts(&package);
    return fault;
}

START_TEST(what_lies_is_refused_as_by_package_stream)
{
    ck_assert_int_eq(read_lie((struct zip_part){0}, NULL), FAULT_NONE);
    ck_assert_int_eq(read_lie((struct zip_part){.size = ZIP_LIE(1000)}, NULL), FAULT_CORRUPT);
    ck_assert_int_eq(read_lie((struct zip_part){.size = ZIP_LIE(1000000)}, NULL), FAULT_CORRUPT);
    ck_assert_int_eq(read_lie((struct zip_part){.crc = ZIP_LIE(1)}, NULL), FAULT_CORRUPT);
    ck_assert_int_eq(read_lie((struct zip_part){.flags = 1}, NULL), FAULT_ENCRYPTED);
    ck_assert_int_eq(read_lie((struct zip_part){.method = ZIP_LIE(12), .local_method = ZIP_LIE(12)}, NULL),
                     FAULT_UNSUPPORTED);
    ck_assert_int_eq(read_lie((struct zip_part){0}, &(struct budget){.part_bytes = 100000}), FAULT_LIMIT);
    ck_assert_int_eq(read_lie((struct zip_part){0}, &(struct budget){.total_bytes = 200000}), FAULT_LIMIT);
}
END_TEST

START_TEST(pieces_are_as_large_as_asked_and_join)
{
    struct package *package = open_parts(0, (struct zip_part){0}, NULL);
    for (int i = 0; i < PARTS; i++) {
        struct entry_stream *stream = open_stream(package, i);
        size_t at = 0, sizes[] = {1, 17, 4096, 100000, (size_t)1 << 30};
        for (unsigned k = 0;; k++) {
            struct span piece;
            size_t size = sizes[k % 5];
            ck_assert_msg(!entry_stream_take(stream, size, &piece, &why), "%s", why.text);
            if (!piece.len)
                break;
            ck_assert(piece.len <= size && piece.len <= (size_t)128 << 10 && at + piece.len <= texts[i].len);
            ck_assert(memcmp(piece.data, texts[i].data + at, piece.len) == 0);
            at += piece.len;
            ck_assert_uint_eq(entry_stream_offset(stream), at);
        }
        ck_assert_uint_eq(at, texts[i].len);
        entry_stream_close(&stream);
    }
    close_parts(&package);
}
END_TEST

SUITE(workbook_entry_stream, windows_are_the_part_from_its_beginning_to_its_end,
      several_parts_are_read_in_turns_and_one_is_left_half_read, a_part_can_be_read_while_another_is_handed_on,
      what_lies_is_refused_as_by_package_stream, pieces_are_as_large_as_asked_and_join)

/* SPDX-License-Identifier: MIT */
#include "workbook/package.h"

#include <sys/stat.h>

#include "tests/support/suite.h"
#include "tests/support/zip_file.h"

static struct why why;
static const struct budget *budget;

static struct zip_file begin_book(void)
{
    struct zip_file zip;
    zip_begin(&zip);
    zip_add_text(&zip, "[Content_Types].xml", "<Types/>");
    zip_add_text(&zip, "_rels/.rels", "<Relationships/>");
    zip_add_text(&zip, "xl/workbook.xml", "<workbook/>");
    return zip;
}

static enum fault open_bytes(struct span bytes, struct package **ret)
{
    char path[32];
    int fd;
    why = (struct why){0};
    enum fault fault = package_open(zip_path(bytes, path, &fd), budget, ret, &why);
    close(fd);
    ck_assert_int_eq(why.fault, fault);
    return fault;
}

static struct package *open_book(struct zip_file *zip)
{
    struct package *package = NULL;
    zip_end(zip);
    ck_assert_msg(open_bytes(buffer_span(&zip->bytes), &package) == FAULT_NONE, "%s", why.text);
    zip_free(zip);
    return package;
}

struct eaten {
    uint64_t bytes;
    enum fault answer;
};

static enum fault eat(void *context, struct span bytes)
{
    struct eaten *self = context;
    self->bytes += bytes.len;
    return self->answer;
}

/* A book with one more part, which is then read. */
static enum fault verdict_of_part(struct zip_part part, struct eaten *eaten)
{
    struct zip_file zip = begin_book();
    zip_add(&zip, part);
    struct package *package = open_book(&zip);
    size_t entry = package_find(package, span_of(part.name));
    ck_assert_uint_ne(entry, PACKAGE_NONE);
    enum fault fault = package_stream(package, entry, eat, eaten, &why);
    if (fault && !eaten->answer) {
        ck_assert_int_eq(why.fault, fault);
        ck_assert_str_eq(why.part, part.name);
    }
    package_close(&package);
    ck_assert_ptr_null(package);
    return fault;
}

static struct span zeros(size_t n)
{
    static const char bytes[50000000];
    must(n <= sizeof bytes);
    return span_make(bytes, n);
}

START_TEST(parts_are_found_whatever_the_case_slash_or_percent)
{
    struct zip_file zip = begin_book();
    zip_add_text(&zip, "xl\\Worksheets\\Sheet 1.XML", "one");
    zip_add_text(&zip, "/xl/b%C3%A4r.xml", "two");
    struct package *package = open_book(&zip);
    static const char *const names[] = {"xl/worksheets/sheet 1.xml", "/xl/worksheets/sheet%201.xml",
                                        "XL/WORKSHEETS/SHEET 1.XML", "xl\\worksheets\\sheet 1.xml"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_msg(package_find(package, span_of(names[i])) == 3, "%s", names[i]);
    ck_assert_uint_eq(package_find(package, SPAN("xl/b\xc3\xa4r.xml")), 4);
    ck_assert_uint_eq(package_find(package, SPAN("xl/b%c3%a4r.xml")), 4);
    ck_assert_uint_eq(package_find(package, SPAN("xl/worksheets%2fsheet 1.xml")), PACKAGE_NONE);
    ck_assert_uint_eq(package_find(package, SPAN("")), PACKAGE_NONE);
    ck_assert(span_is(package_entry_at(package, 3)->name, "xl/Worksheets/Sheet 1.XML"));
    package_close(&package);
}
END_TEST

START_TEST(entries_that_climb_out_are_entries_but_never_parts)
{
    static const char *const names[] = {"../evil.xml", "xl/../../evil.xml", "xl//evil.xml",   "xl/",
                                        "./evil.xml",  "xl/evil\x01.xml",   "%2e%2e/evil.xml"};
    struct zip_file zip = begin_book();
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        zip_add_text(&zip, names[i], "x");
    zip_add_text(&zip, "../evil.xml", "twice");
    struct package *package = open_book(&zip);
    ck_assert_uint_eq(package_entries(package), 11);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        ck_assert_msg(package_find(package, span_of(names[i])) == PACKAGE_NONE, "%s", names[i]);
    package_close(&package);
}
END_TEST

START_TEST(two_parts_of_one_name_are_refused)
{
    static const char *const twins[] = {"xl/workbook.xml", "XL/Workbook.xml", "/xl/workbook.xml",
                                        "xl\\workbook.xml", "xl/%77orkbook.xml"};
    for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
        struct zip_file zip = begin_book();
        struct package *package = NULL;
        zip_add_text(&zip, twins[i], "<other/>");
        zip_end(&zip);
        ck_assert_msg(open_bytes(buffer_span(&zip.bytes), &package) == FAULT_CORRUPT, "%s",
                      twins[i]);
        zip_free(&zip);
    }
}
END_TEST

START_TEST(a_part_is_streamed_in_large_pieces_and_counted)
{
    struct eaten eaten = {0};
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = zeros(3000001)}, &eaten),
        FAULT_NONE);
    ck_assert_uint_eq(eaten.bytes, 3000001);
    eaten = (struct eaten){0};
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = zeros(300001), .is_stored = true},
                        &eaten),
        FAULT_NONE);
    ck_assert_uint_eq(eaten.bytes, 300001);
    eaten = (struct eaten){0};
    ck_assert_int_eq(verdict_of_part((struct zip_part){.name = "p", .content = SPAN("")}, &eaten),
                     FAULT_NONE);
    ck_assert_uint_eq(eaten.bytes, 0);
}
END_TEST

START_TEST(a_part_that_says_10_bytes_and_inflates_to_50_million_gives_none)
{
    struct eaten eaten = {0};
    struct zip_part part = {.name = "p", .content = zeros(50000000), .size = ZIP_LIE(10)};
    ck_assert_int_eq(verdict_of_part(part, &eaten), FAULT_CORRUPT);
    ck_assert_uint_eq(eaten.bytes, 0);
    part.content = zeros(200000);
    part.size = ZIP_LIE(199999);
    ck_assert_int_eq(verdict_of_part(part, &eaten), FAULT_CORRUPT);
    ck_assert_uint_lt(eaten.bytes, 200000);
}
END_TEST

START_TEST(a_part_smaller_than_it_says_is_refused)
{
    struct eaten eaten = {0};
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = SPAN("abc"), .size = ZIP_LIE(4)},
                        &eaten),
        FAULT_CORRUPT);
}
END_TEST

START_TEST(a_wrong_checksum_is_refused)
{
    struct eaten eaten = {0};
    for (int is_stored = 0; is_stored < 2; is_stored++)
        ck_assert_int_eq(verdict_of_part((struct zip_part){.name = "p",
                                                           .content = SPAN("abc"),
                                                           .crc = ZIP_LIE(7),
                                                           .is_stored = is_stored},
                                         &eaten),
                         FAULT_CORRUPT);
}
END_TEST

START_TEST(deflate_data_that_end_early_or_late_are_refused)
{
    struct buffer packed;
    struct eaten eaten = {0};
    struct span text = SPAN("some text to be packed");
    buffer_init(&packed, 1 << 20);
    zip_pack(&(struct zip_part){.content = text}, &packed);
    struct zip_part part = {.name = "p",
                            .is_packed = true,
                            .size = ZIP_LIE(text.len),
                            .crc = ZIP_LIE(codec_crc32(0, text)),
                            .content = buffer_span(&packed)};
    ck_assert_int_eq(verdict_of_part(part, &eaten), FAULT_NONE);
    for (part.content.len = 0; part.content.len < packed.len; part.content.len++)
        ck_assert_int_eq(verdict_of_part(part, &eaten), FAULT_CORRUPT);
    buffer_put_text(&packed, "!");
    part.content = buffer_span(&packed);
    ck_assert_int_eq(verdict_of_part(part, &eaten), FAULT_CORRUPT);
    buffer_free(&packed);
}
END_TEST

START_TEST(links_passwords_and_strange_methods_are_refused_by_class)
{
    struct eaten eaten = {0};
    struct span text = SPAN("/etc/passwd");
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = text, .external = 0xa1ff0000u},
                        &eaten),
        FAULT_CORRUPT);
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = text, .flags = 1}, &eaten),
        FAULT_ENCRYPTED);
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = text, .method = ZIP_LIE(12)},
                        &eaten),
        FAULT_UNSUPPORTED);
    ck_assert_uint_eq(eaten.bytes, 0);
}
END_TEST

START_TEST(budgets_hold_for_a_part_and_for_all_together)
{
    struct eaten eaten = {0};
    struct budget small = {.part_bytes = 1000};
    budget = &small;
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = zeros(1001)}, &eaten),
        FAULT_LIMIT);
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = zeros(1000)}, &eaten),
        FAULT_NONE);
    struct zip_file zip = begin_book();
    zip_add(&zip, (struct zip_part){.name = "p", .content = zeros(600)});
    small = (struct budget){.total_bytes = 1000, .small_part_bytes = 500};
    struct package *package = open_book(&zip);
    ck_assert_uint_eq(package_budget(package)->part_bytes, budget_default.part_bytes);
    ck_assert_int_eq(package_stream_small(package, 3, eat, &eaten, &why), FAULT_LIMIT);
    ck_assert_int_eq(package_stream(package, 3, eat, &eaten, &why), FAULT_NONE);
    ck_assert_int_eq(package_stream(package, 3, eat, &eaten, &why), FAULT_LIMIT);
    package_close(&package);
    small = (struct budget){.entries = 2};
    zip = begin_book();
    zip_end(&zip);
    ck_assert_int_eq(open_bytes(buffer_span(&zip.bytes), &package), FAULT_LIMIT);
    zip_free(&zip);
    budget = NULL;
}
END_TEST

START_TEST(a_fault_of_the_consumer_stops_and_comes_back)
{
    struct eaten eaten = {.answer = FAULT_DRIFT};
    ck_assert_int_eq(
        verdict_of_part((struct zip_part){.name = "p", .content = zeros(3000000)}, &eaten),
        FAULT_DRIFT);
    ck_assert_uint_le(eaten.bytes, 128 << 10);
}
END_TEST

START_TEST(a_package_can_be_read_again_after_a_fault)
{
    struct zip_file zip = begin_book();
    zip_add(&zip, (struct zip_part){.name = "bad", .content = zeros(500000), .crc = ZIP_LIE(7)});
    struct package *package = open_book(&zip);
    struct eaten eaten = {0};
    struct buffer text;
    buffer_init(&text, 100);
    for (int i = 0; i < 3; i++) {
        buffer_clear(&text);
        ck_assert_int_eq(package_stream(package, 3, eat, &eaten, &why), FAULT_CORRUPT);
        ck_assert_int_eq(package_read(package, 2, &text, &why), FAULT_NONE);
        ck_assert_str_eq(buffer_text(&text), "<workbook/>");
    }
    buffer_free(&text);
    package_close(&package);
}
END_TEST

START_TEST(raw_bytes_are_those_of_the_file)
{
    struct zip_file zip = begin_book();
    struct span text = SPAN("text text text text text text");
    struct buffer packed, raw;
    buffer_init(&packed, 1000), buffer_init(&raw, 1000);
    zip_pack(&(struct zip_part){.content = text}, &packed);
    zip_add(&zip, (struct zip_part){.name = "p", .content = text, .has_descriptor = true});
    struct package *package = open_book(&zip);
    ck_assert_int_eq(package_stream_raw(package, 3, zip_keep, &raw, &why), FAULT_NONE);
    ck_assert(span_equal(buffer_span(&raw), buffer_span(&packed)));
    ck_assert_uint_eq(package_entry_at(package, 3)->crc32, codec_crc32(0, text));
    ck_assert_uint_eq(package_entry_at(package, 3)->size, text.len);
    package_close(&package);
    buffer_free(&packed), buffer_free(&raw);
}
END_TEST

START_TEST(a_package_cut_at_any_byte_never_opens)
{
    struct zip_file zip = begin_book();
    zip_end(&zip);
    for (size_t len = 0; len < zip.bytes.len; len++) {
        struct package *package = NULL;
        enum fault fault = open_bytes(span_make(zip.bytes.data, len), &package);
        ck_assert_msg(fault == FAULT_CORRUPT || fault == FAULT_NOT_SPREADSHEET, "%zu: %s", len,
                      fault_name(fault));
        ck_assert_ptr_null(package);
    }
    zip_free(&zip);
}
END_TEST

START_TEST(what_is_no_file_is_refused_without_waiting)
{
    struct package *package = NULL;
    char folder[] = "/tmp/sheaf_testXXXXXX", fifo[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(fifo, sizeof fifo, "%s/fifo", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(package_open(fifo, NULL, &package, &why), FAULT_IO);
    ck_assert_int_eq(package_open(folder, NULL, &package, &why), FAULT_IO);
    unlink(fifo);
    ck_assert_int_eq(package_open(fifo, NULL, &package, &why), FAULT_NOT_FOUND);
    rmdir(folder);
}
END_TEST

SUITE(workbook_package, parts_are_found_whatever_the_case_slash_or_percent,
      entries_that_climb_out_are_entries_but_never_parts, two_parts_of_one_name_are_refused,
      a_part_is_streamed_in_large_pieces_and_counted,
      a_part_that_says_10_bytes_and_inflates_to_50_million_gives_none,
      a_part_smaller_than_it_says_is_refused, a_wrong_checksum_is_refused,
      deflate_data_that_end_early_or_late_are_refused,
      links_passwords_and_strange_methods_are_refused_by_class,
      budgets_hold_for_a_part_and_for_all_together, a_fault_of_the_consumer_stops_and_comes_back,
      a_package_can_be_read_again_after_a_fault, raw_bytes_are_those_of_the_file,
      a_package_cut_at_any_byte_never_opens, what_is_no_file_is_refused_without_waiting)

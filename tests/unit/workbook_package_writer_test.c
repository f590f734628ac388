/* SPDX-License-Identifier: MIT
 *
 * What we write is read back with libzip, which shares no code with the writer.
 */
#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#include "tests/support/mini_book.h"
#include "tests/support/suite.h"
#include "workbook/entry_spool.h"

static char folder[] = "/tmp/sheaf-test-XXXXXX";
static char path[64];

static void begin(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.xlsx", folder);
}

static unsigned files_in_folder(void)
{
    DIR *dir = opendir(folder);
    unsigned n = 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        n += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(dir);
    return n;
}

static void end(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static struct package_writer *open_writer(enum deflate_level level)
{
    struct package_writer *writer;
    struct why why = {0};
    ck_assert_msg(!package_writer_new(path, level, &writer, &why), "%s", why.text);
    return writer;
}

static void commit(struct package_writer *writer)
{
    struct why why = {0};
    ck_assert_msg(!package_writer_commit(writer, true, &why), "%s", why.text);
    package_writer_destroy(&writer);
}

static zip_t *open_zip(void)
{
    int error = 0;
    zip_t *zip = zip_open(path, ZIP_RDONLY | ZIP_CHECKCONS, &error);
    ck_assert_msg(zip != NULL, "libzip: error %d", error);
    return zip;
}

static void check_entry(zip_t *zip, const char *name, struct span expected, int method)
{
    zip_stat_t st;
    ck_assert_int_eq(zip_stat(zip, name, 0, &st), 0);
    ck_assert_uint_eq(st.size, expected.len);
    ck_assert_int_eq(st.comp_method, method);
    char *bytes = malloc(st.size + 1);
    zip_file_t *file = zip_fopen(zip, name, 0);
    ck_assert_int_eq(zip_fread(file, bytes, st.size + 1), (zip_int64_t)st.size);
    ck_assert_int_eq(zip_fclose(file), 0); /* checks the CRC */
    ck_assert(memcmp(bytes, expected.data, expected.len) == 0);
    free(bytes);
}

START_TEST(entries_put_streamed_and_spooled_are_read_back_by_libzip)
{
    begin();
    struct buffer big;
    buffer_init(&big, BUFFER_LIMIT_DEFAULT);
    for (unsigned i = 0; i < 200000; i++)
        buffer_putf(&big, "<c r=\"A%u\"><v>%u</v></c>", i, i * 7919u);
    struct package_writer *writer = open_writer(DEFLATE_SMALL);
    ck_assert_int_eq(package_writer_put(writer, SPAN("small.xml"), SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")), 0);
    ck_assert_int_eq(package_writer_begin(writer, SPAN("big.xml")), 0);
    for (size_t at = 0; at < big.len; at += 1000)
        ck_assert_int_eq(package_writer_add(writer, span_make(big.data + at, big.len - at < 1000 ? big.len - at : 1000)), 0);
    ck_assert_int_eq(package_writer_end(writer), 0);
    struct entry_spool *spool;
    ck_assert_int_eq(entry_spool_new(DEFLATE_FAST, NULL, &spool, NULL), 0);
    ck_assert_int_eq(entry_spool_add(spool, buffer_span(&big)), 0);
    ck_assert_int_eq(entry_spool_end(spool), 0);
    ck_assert_int_eq(package_writer_put_spool(writer, SPAN("spooled.xml"), spool), 0);
    entry_spool_destroy(&spool);
    ck_assert_int_eq(package_writer_begin(writer, SPAN("empty.xml")), 0);
    ck_assert_int_eq(package_writer_end(writer), 0);
    ck_assert_int_eq(package_writer_put(writer, SPAN("x"), SPAN("x")), 0);
    ck_assert_int_eq(package_writer_put(writer, SPAN("xl/\xc3\xa9.xml"), SPAN("")), 0);
    commit(writer);
    zip_t *zip = open_zip();
    ck_assert_int_eq(zip_get_num_entries(zip, 0), 6);
    check_entry(zip, "small.xml", SPAN("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), ZIP_CM_DEFLATE);
    check_entry(zip, "big.xml", buffer_span(&big), ZIP_CM_DEFLATE);
    check_entry(zip, "spooled.xml", buffer_span(&big), ZIP_CM_DEFLATE);
    check_entry(zip, "empty.xml", SPAN(""), ZIP_CM_DEFLATE);
    check_entry(zip, "x", SPAN("x"), ZIP_CM_STORE); /* deflated it would be longer */
    check_entry(zip, "xl/\xc3\xa9.xml", SPAN(""), ZIP_CM_STORE);
    zip_close(zip);
    buffer_free(&big);
    end();
}
END_TEST

START_TEST(a_package_of_70000_entries_is_zip64_and_is_read_back)
{
    begin();
    struct package_writer *writer = open_writer(DEFLATE_FAST);
    for (unsigned i = 0; i < 70000; i++) {
        char name[16];
        snprintf(name, sizeof name, "p%u", i);
        ck_assert_int_eq(package_writer_put(writer, span_of(name), span_of(name)), 0);
    }
    commit(writer);
    zip_t *zip = open_zip();
    ck_assert_int_eq(zip_get_num_entries(zip, 0), 70000);
    check_entry(zip, "p69999", SPAN("p69999"), ZIP_CM_STORE);
    zip_close(zip);
    end();
}
END_TEST

START_TEST(the_same_calls_give_the_same_bytes)
{
    begin();
    struct buffer first;
    buffer_init(&first, BUFFER_LIMIT_DEFAULT);
    for (int i = 0; i < 2; i++) {
        struct package_writer *writer = open_writer(DEFLATE_FAST);
        ck_assert_int_eq(package_writer_begin(writer, SPAN("a")), 0);
        ck_assert_int_eq(package_writer_add(writer, SPAN("hello hello hello")), 0);
        ck_assert_int_eq(package_writer_end(writer), 0);
        commit(writer);
        char bytes[4096];
        FILE *file = fopen(path, "rb");
        size_t n = fread(bytes, 1, sizeof bytes, file);
        fclose(file);
        if (i == 0)
            buffer_put(&first, span_make(bytes, n));
        else
            ck_assert(span_equal(buffer_span(&first), span_make(bytes, n)));
        sleep(i == 0 ? 2 : 0); /* DOS times have two seconds: a clock would show */
    }
    buffer_free(&first);
    end();
}
END_TEST

START_TEST(without_a_commit_the_earlier_file_stands_and_nothing_is_left)
{
    begin();
    FILE *file = fopen(path, "w");
    fputs("earlier", file);
    fclose(file);
    struct package_writer *writer = open_writer(DEFLATE_FAST);
    ck_assert_int_eq(package_writer_put(writer, SPAN("a"), SPAN("b")), 0);
    package_writer_destroy(&writer);
    package_writer_destroy(&writer); /* twice is allowed */
    ck_assert_uint_eq(files_in_folder(), 1);
    char text[16] = "";
    file = fopen(path, "r");
    ck_assert_ptr_nonnull(fgets(text, sizeof text, file));
    fclose(file);
    ck_assert_str_eq(text, "earlier");
    writer = open_writer(DEFLATE_FAST);
    commit(writer);
    ck_assert_uint_eq(files_in_folder(), 1);
    zip_t *zip = open_zip();
    zip_close(zip);
    end();
}
END_TEST

START_TEST(a_folder_or_a_device_is_no_target)
{
    struct package_writer *writer = NULL;
    struct why why = {0};
    ck_assert_int_eq(package_writer_new("/tmp", DEFLATE_FAST, &writer, &why), FAULT_IO);
    ck_assert_int_eq(package_writer_new("/dev/null", DEFLATE_FAST, &writer, &why), FAULT_IO);
    ck_assert_int_eq(package_writer_new("/nowhere/at/all.xlsx", DEFLATE_FAST, &writer, &why), FAULT_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(why.text, "/nowhere/at/all.xlsx"));
    ck_assert_ptr_null(writer);
}
END_TEST

START_TEST(a_write_that_fails_is_told_and_leaves_nothing)
{
    begin();
    struct rlimit limit = {1 << 20, 1 << 20}; /* bytes per file; the test runs in a process of its own */
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    struct package_writer *writer = open_writer(DEFLATE_FAST);
    struct why why = {0};
    struct buffer noise;
    buffer_init(&noise, BUFFER_LIMIT_DEFAULT);
    uint64_t x = 88172645463325252u;
    for (int i = 0; i < 400000; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        buffer_put(&noise, span_make(&x, 8));
    }
    ck_assert_int_eq(package_writer_put(writer, SPAN("noise"), buffer_span(&noise)), FAULT_IO);
    ck_assert_int_eq(package_writer_put(writer, SPAN("more"), SPAN("more")), FAULT_IO);
    ck_assert_int_eq(package_writer_commit(writer, false, &why), FAULT_IO);
    ck_assert_ptr_nonnull(strstr(why.text, "a.xlsx"));
    package_writer_destroy(&writer);
    ck_assert_uint_eq(files_in_folder(), 0);
    buffer_free(&noise);
    end();
}
END_TEST

static enum fault keep(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

START_TEST(copied_entries_keep_their_compressed_bytes)
{
    struct mini_book mini;
    struct mini_part parts[] = {{"xl/media/image1.png", "not really an image, but it is copied as it is, as it is"}};
    mini_begin(&mini, parts, 1);
    struct package_writer *writer;
    struct why why = {0};
    ck_assert_int_eq(package_writer_new(mini.out, DEFLATE_SMALL, &writer, &why), 0);
    for (size_t i = 0; i < package_entries(mini.package); i++)
        ck_assert_int_eq(package_writer_copy(writer, mini.package, i, &why), 0);
    commit(writer);
    struct package *copy;
    ck_assert_int_eq(package_open(mini.out, NULL, &copy, &why), 0);
    ck_assert_uint_eq(package_entries(copy), package_entries(mini.package));
    for (size_t i = 0; i < package_entries(copy); i++) {
        struct buffer a, b;
        buffer_init(&a, 1 << 20);
        buffer_init(&b, 1 << 20);
        ck_assert_int_eq(package_stream_raw(mini.package, i, keep, &a, &why), 0);
        ck_assert_int_eq(package_stream_raw(copy, i, keep, &b, &why), 0);
        ck_assert_uint_gt(a.len, 0);
        ck_assert(span_equal(buffer_span(&a), buffer_span(&b)));
        ck_assert(span_equal(package_entry_at(copy, i)->name, package_entry_at(mini.package, i)->name));
        buffer_free(&a);
        buffer_free(&b);
    }
    package_close(&copy);
    char *text = mini_read(mini.out, "xl/media/image1.png");
    ck_assert_str_eq(text, parts[0].text);
    free(text);
    mini_end(&mini);
}
END_TEST

static uint64_t inflated_len;

static enum fault count(void *context, struct span bytes)
{
    (void)context;
    inflated_len += bytes.len;
    return FAULT_NONE;
}

START_TEST(fragments_are_joined_with_what_is_added_into_one_entry)
{
    begin();
    struct package_writer *writer = open_writer(DEFLATE_FAST);
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_SMALL);
    struct buffer expected, fragment;
    buffer_init(&expected, 1 << 24), buffer_init(&fragment, 1 << 24);
    ck_assert_int_eq(package_writer_begin(writer, SPAN("joined.xml")), 0);
    for (unsigned i = 0; i < 50; i++) {
        char text[9000];
        struct span bytes = {text, 0};
        for (unsigned k = 0; bytes.len < 8000 && k < i * 17; k++)
            bytes.len += (size_t)snprintf(text + bytes.len, 64, "<row><c><v>%u</v></c></row>", i * k * 7919u);
        buffer_put(&expected, bytes);
        if (i % 3 == 1) {
            ck_assert_int_eq(package_writer_add(writer, bytes), 0);
            continue;
        }
        buffer_clear(&fragment);
        ck_assert_int_eq(fragment_deflate(deflater, bytes, &fragment), 0);
        ck_assert_int_eq(package_writer_join(writer, buffer_span(&fragment), codec_crc32(0, bytes), bytes.len), 0);
    }
    ck_assert_int_eq(package_writer_end(writer), 0);
    ck_assert_int_eq(package_writer_put(writer, SPAN("after.xml"), SPAN("after")), 0);
    commit(writer);
    zip_t *zip = open_zip();
    check_entry(zip, "joined.xml", buffer_span(&expected), ZIP_CM_DEFLATE);
    check_entry(zip, "after.xml", SPAN("after"), ZIP_CM_STORE);
    zip_close(zip);
    fragment_deflater_destroy(&deflater);
    buffer_free(&expected), buffer_free(&fragment);
    end();
}
END_TEST

START_TEST(an_entry_joined_to_more_than_4_gib_is_zip64_and_is_read_back)
{
    enum { FRAGMENT = 16 << 20, TIMES = 257 };
    begin();
    struct package_writer *writer = open_writer(DEFLATE_FAST);
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_FAST);
    char *bytes = calloc(1, FRAGMENT);
    struct buffer fragment;
    buffer_init(&fragment, 1 << 24);
    ck_assert_int_eq(fragment_deflate(deflater, span_make(bytes, FRAGMENT), &fragment), 0);
    uint32_t crc = codec_crc32(0, span_make(bytes, FRAGMENT));
    ck_assert_int_eq(package_writer_begin(writer, SPAN("huge.xml")), 0);
    for (int i = 0; i < TIMES; i++)
        ck_assert_int_eq(package_writer_join(writer, buffer_span(&fragment), crc, FRAGMENT), 0);
    ck_assert_int_eq(package_writer_end(writer), 0);
    ck_assert_int_eq(package_writer_put(writer, SPAN("after.xml"), SPAN("after")), 0);
    commit(writer);
    zip_t *zip = open_zip();
    check_entry(zip, "after.xml", SPAN("after"), ZIP_CM_STORE);
    zip_close(zip);
    struct budget budget = {.part_bytes = (uint64_t)5 << 30};
    struct package *package;
    struct why why = {0};
    ck_assert_msg(!package_open_any(path, &budget, &package, &why), "%s", why.text);
    ck_assert_uint_eq(package_entry_at(package, 0)->size, (uint64_t)TIMES * FRAGMENT);
    ck_assert_msg(!package_stream(package, 0, count, NULL, &why), "%s", why.text); /* checks the CRC */
    ck_assert_uint_eq(inflated_len, (uint64_t)TIMES * FRAGMENT);
    package_close(&package);
    fragment_deflater_destroy(&deflater);
    buffer_free(&fragment);
    free(bytes);
    end();
}
END_TEST

SUITE(workbook_package_writer, entries_put_streamed_and_spooled_are_read_back_by_libzip,
      a_package_of_70000_entries_is_zip64_and_is_read_back, the_same_calls_give_the_same_bytes,
      without_a_commit_the_earlier_file_stands_and_nothing_is_left, a_folder_or_a_device_is_no_target,
      a_write_that_fails_is_told_and_leaves_nothing,
      copied_entries_keep_their_compressed_bytes, fragments_are_joined_with_what_is_added_into_one_entry,
      an_entry_joined_to_more_than_4_gib_is_zip64_and_is_read_back)

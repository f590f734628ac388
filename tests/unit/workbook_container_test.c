/* SPDX-License-Identifier: MIT */
#include "tests/support/suite.h"
#include "tests/support/zip_file.h"
#include "workbook/package.h"

static enum container detect(struct span bytes)
{
    char path[32];
    int fd;
    enum container container = CONTAINER_UNKNOWN;
    ck_assert_int_eq(container_detect(zip_path(bytes, path, &fd), &container, NULL), FAULT_NONE);
    close(fd);
    ck_assert_ptr_nonnull(container_name(container));
    return container;
}

static enum fault open_fault(struct span bytes)
{
    char path[32];
    int fd;
    struct package *package = NULL;
    struct why why = {0};
    enum fault fault = package_open(zip_path(bytes, path, &fd), NULL, &package, &why);
    close(fd);
    package_close(&package);
    ck_assert(!fault || why.text[0]);
    return fault;
}

START_TEST(text_is_told_apart_from_markup_and_noise)
{
    static const struct {
        struct span bytes;
        enum container container;
        enum fault fault;
    } cases[] = {
        {SPAN("a,b\n1,2\n"), CONTAINER_CSV, FAULT_UNSUPPORTED},
        {SPAN("\xef\xbb\xbf"
              "a;b\r\n"),
         CONTAINER_CSV, FAULT_UNSUPPORTED},
        {SPAN("Gr\xf6\xdf"
              "e\t1\n"),
         CONTAINER_CSV, FAULT_UNSUPPORTED},
        {SPAN("\xff\xfe"
              "a\0;\0b\0"),
         CONTAINER_CSV, FAULT_UNSUPPORTED},
        {SPAN(" \n<!DOCTYPE HTML><p>"), CONTAINER_HTML, FAULT_NOT_SPREADSHEET},
        {SPAN("<table><tr><td>1"), CONTAINER_HTML, FAULT_NOT_SPREADSHEET},
        {SPAN("<?xml version=\"1.0\"?><html>"), CONTAINER_HTML, FAULT_NOT_SPREADSHEET},
        {SPAN("<?xml version=\"1.0\"?><Workbook>"), CONTAINER_XML, FAULT_NOT_SPREADSHEET},
        {SPAN("%PDF-1.7\n"), CONTAINER_PDF, FAULT_UNSUPPORTED},
        {SPAN(""), CONTAINER_EMPTY, FAULT_NOT_SPREADSHEET},
        {SPAN("P"), CONTAINER_UNKNOWN, FAULT_NOT_SPREADSHEET},
        {SPAN("\0\0\0\0\0\0\0\0"), CONTAINER_UNKNOWN, FAULT_NOT_SPREADSHEET},
        {SPAN("\x05someone,\n \0\0\0"), CONTAINER_UNKNOWN, FAULT_NOT_SPREADSHEET},
        {SPAN("PK\x03\x04"), CONTAINER_ZIP_OTHER, FAULT_CORRUPT},
        {SPAN("\x09\x08\x10\x00\x00\x06\x05\x00"), CONTAINER_XLS, FAULT_UNSUPPORTED},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(detect(cases[i].bytes) == cases[i].container, "%zu is %d", i,
                      detect(cases[i].bytes));
        ck_assert_msg(open_fault(cases[i].bytes) == cases[i].fault, "%zu: %d", i,
                      open_fault(cases[i].bytes));
    }
}
END_TEST

static enum container detect_zip(const char *const *names, const char *mimetype,
                                 enum fault *ret_fault)
{
    struct zip_file zip;
    zip_begin(&zip);
    if (mimetype)
        zip_add(&zip, (struct zip_part){
                          .name = "mimetype", .content = span_of(mimetype), .is_stored = true});
    for (; *names; names++)
        zip_add_text(&zip, *names, "<x/>");
    zip_end(&zip);
    enum container container = detect(buffer_span(&zip.bytes));
    *ret_fault = open_fault(buffer_span(&zip.bytes));
    zip_free(&zip);
    return container;
}

START_TEST(zip_files_are_told_apart_by_their_parts)
{
    enum fault fault;
    const char *const moved[] = {"[Content_Types].xml", "_rels/.rels", "somewhere/else.xml", NULL};
    ck_assert_int_eq(detect_zip(moved, NULL, &fault), CONTAINER_XLSX);
    ck_assert_int_eq(fault, FAULT_NONE);
    const char *const binary[] = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.bin", NULL};
    ck_assert_int_eq(detect_zip(binary, NULL, &fault), CONTAINER_XLSB);
    ck_assert_int_eq(fault, FAULT_UNSUPPORTED);
    const char *const word[] = {"[Content_Types].xml", "_rels/.rels", "word/document.xml", NULL};
    ck_assert_int_eq(detect_zip(word, NULL, &fault), CONTAINER_ZIP_OTHER);
    ck_assert_int_eq(fault, FAULT_NOT_SPREADSHEET);
    const char *const open_document[] = {"content.xml", NULL};
    ck_assert_int_eq(
        detect_zip(open_document, "application/vnd.oasis.opendocument.spreadsheet", &fault),
        CONTAINER_ODS);
    ck_assert_int_eq(fault, FAULT_UNSUPPORTED);
    ck_assert_int_eq(detect_zip(open_document, "application/vnd.oasis.opendocument.text", &fault),
                     CONTAINER_ZIP_OTHER);
    const char *const none[] = {NULL};
    ck_assert_int_eq(detect_zip(none, NULL, &fault), CONTAINER_ZIP_OTHER);
    ck_assert_int_eq(fault, FAULT_NOT_SPREADSHEET);
}
END_TEST

/* A compound file: header, one FAT sector (0), two directory sectors (1, 2). */
static struct span compound(char *bytes, const char *name, uint32_t next_of_directory)
{
    size_t len = 512 * 4;
    memset(bytes, 0, len);
    memcpy(bytes, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8);
    bytes[30] = 9;
    bytes[44] = 1;
    bytes[48] = 1; /* first directory sector */
    memset(bytes + 68, 0xff, 4);
    memset(bytes + 76, 0xff, 436);
    memset(bytes + 76, 0, 4); /* the FAT is sector 0 */
    memset(bytes + 512, 0xff, 512);
    memcpy(bytes + 512 + 4, &next_of_directory, 4); /* tests run on little-endian machines */
    char *entry = bytes + 512 * 3 + 128;            /* in sector 2 */
    for (size_t i = 0; name[i]; i++)
        entry[2 * i] = name[i];
    entry[64] = (char)(2 * (strlen(name) + 1));
    entry[66] = 2;
    return span_make(bytes, len);
}

START_TEST(compound_files_are_told_apart_by_their_directory)
{
    char bytes[2048];
    ck_assert_int_eq(detect(compound(bytes, "EncryptedPackage", 2)), CONTAINER_ENCRYPTED_OOXML);
    ck_assert_int_eq(open_fault(compound(bytes, "EncryptedPackage", 2)), FAULT_ENCRYPTED);
    ck_assert_int_eq(detect(compound(bytes, "Workbook", 2)), CONTAINER_XLS);
    ck_assert_int_eq(detect(compound(bytes, "BOOK", 2)), CONTAINER_XLS);
    ck_assert_int_eq(open_fault(compound(bytes, "Workbook", 2)), FAULT_UNSUPPORTED);
    ck_assert_int_eq(detect(compound(bytes, "WordDocument", 2)), CONTAINER_OLE2_OTHER);
    ck_assert_int_eq(open_fault(compound(bytes, "WordDocument", 2)), FAULT_NOT_SPREADSHEET);
}
END_TEST

START_TEST(loops_and_lies_in_a_compound_file_end)
{
    char bytes[2048];
    static const uint32_t nexts[] = {1, 0, 3, 1000000, 0xfffffff9u, 0xfffffffeu};
    for (size_t i = 0; i < sizeof nexts / sizeof nexts[0]; i++)
        ck_assert_int_eq(detect(compound(bytes, "Workbook", nexts[i])), CONTAINER_OLE2_OTHER);
    struct span file = compound(bytes, "Workbook", 2);
    for (size_t len = 512; len < file.len; len += 13) /* cut anywhere */
        detect(span_make(bytes, len));
    for (int shift = 0; shift < 256; shift++) {
        bytes[30] = (char)shift;
        detect(file);
    }
    compound(bytes, "Workbook", 2);
    memset(bytes + 48, 0x40,
           4); /* a directory far away: its FAT sector is looked up through a DIFAT that loops */
    memset(bytes + 68, 0, 4);
    detect(file);
}
END_TEST

SUITE(workbook_container, text_is_told_apart_from_markup_and_noise,
      zip_files_are_told_apart_by_their_parts, compound_files_are_told_apart_by_their_directory,
      loops_and_lies_in_a_compound_file_end)

/* SPDX-License-Identifier: MIT
 *
 * Workbooks of a few lines of XML for tests: the parts are given as text, the rest is made around them.
 */
#ifndef SHEAF_TESTS_SUPPORT_MINI_BOOK_H
#define SHEAF_TESTS_SUPPORT_MINI_BOOK_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "workbook/book.h"
#include "workbook/package_writer.h"

#define MAIN_NS "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define REL_NS "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define SHEET_HEAD "<worksheet xmlns=\"" MAIN_NS "\" xmlns:r=\"" REL_NS "\">"

struct mini_part {
    const char *name;
    const char *text; /* text (ASCII) behind the bytes FF FE is written as UTF-16 */
};

struct mini_book {
    char folder[64], path[96], out[96];
    struct package *package;
    struct book *book;
};

static const char mini_types[] =
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
    "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" "
    "ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" "
    "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>"
    "<Override PartName=\"/xl/worksheets/sheet1.xml\" "
    "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/></Types>";
static const char mini_root_rels[] =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
    "Type=\"" REL_NS "/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>";
static const char mini_workbook[] = "<workbook xmlns=\"" MAIN_NS "\" xmlns:r=\"" REL_NS
                                    "\"><sheets><sheet name=\"Form\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
static const char mini_workbook_rels[] =
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" "
    "Type=\"" REL_NS "/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>";

static inline const struct mini_part *mini_find(const struct mini_part *parts, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(parts[i].name, name) == 0)
            return &parts[i];
    return NULL;
}

static inline void mini_put(struct package_writer *writer, const struct mini_part *part)
{
    struct buffer wide;
    buffer_init(&wide, BUFFER_LIMIT_DEFAULT);
    struct span bytes = span_of(part->text);
    if (strncmp(part->text, "\xff\xfe", 2) == 0) {
        buffer_put(&wide, span_make(part->text, 2));
        for (const char *c = part->text + 2; *c; c++)
            buffer_put(&wide, span_make((char[]){*c, 0}, 2));
        bytes = buffer_span(&wide);
    }
    ck_assert_int_eq(package_writer_put(writer, span_of(part->name), bytes), FAULT_NONE);
    buffer_free(&wide);
}

/* The five parts that every workbook needs may be given too; then they replace the built-in ones. */
static inline void mini_begin(struct mini_book *self, const struct mini_part *parts, size_t n)
{
    static const struct mini_part base[] = {{.name = "[Content_Types].xml", .text = mini_types},
                                            {.name = "_rels/.rels", .text = mini_root_rels},
                                            {.name = "xl/workbook.xml", .text = mini_workbook},
                                            {.name = "xl/_rels/workbook.xml.rels", .text = mini_workbook_rels},
                                            {.name = "xl/worksheets/sheet1.xml",
                                             .text = SHEET_HEAD "<sheetData/></worksheet>"}};
    struct package_writer *writer;
    struct why why = {0};
    *self = (struct mini_book){.folder = "/tmp/sheaf-test-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(self->folder));
    snprintf(self->path, sizeof self->path, "%s/in.xlsx", self->folder);
    snprintf(self->out, sizeof self->out, "%s/out.xlsx", self->folder);
    ck_assert_int_eq(package_writer_new(self->path, DEFLATE_FAST, &writer, &why), FAULT_NONE);
    for (size_t i = 0; i < 5; i++) {
        const struct mini_part *given = mini_find(parts, n, base[i].name);
        mini_put(writer, given ? given : &base[i]);
    }
    for (size_t i = 0; i < n; i++)
        if (!mini_find(base, 5, parts[i].name))
            mini_put(writer, &parts[i]);
    ck_assert_int_eq(package_writer_commit(writer, false, &why), FAULT_NONE);
    package_writer_destroy(&writer);
    ck_assert_msg(!package_open(self->path, NULL, &self->package, &why), "%s", why.text);
    ck_assert_msg(!book_open(self->package, &self->book, &why), "%s", why.text);
}

static inline void mini_end(struct mini_book *self)
{
    book_close(&self->book);
    package_close(&self->package);
    unlink(self->path);
    unlink(self->out);
    ck_assert_msg(rmdir(self->folder) == 0, "something was left in %s", self->folder);
}

/* A part of a package as text; "" when it is not there. The caller frees. */
static inline char *mini_read(const char *path, const char *part)
{
    struct package *package;
    struct buffer bytes;
    struct why why = {0};
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    ck_assert_msg(!package_open(path, NULL, &package, &why), "%s", why.text);
    size_t entry = package_find(package, span_of(part));
    if (entry != PACKAGE_NONE)
        ck_assert_int_eq(package_read(package, entry, &bytes, &why), FAULT_NONE);
    char *text = strdup(buffer_text(&bytes));
    buffer_free(&bytes);
    package_close(&package);
    return text;
}

static inline bool mini_has(const char *path, const char *part)
{
    struct package *package;
    struct why why = {0};
    ck_assert_int_eq(package_open(path, NULL, &package, &why), FAULT_NONE);
    bool has = package_find(package, span_of(part)) != PACKAGE_NONE;
    package_close(&package);
    return has;
}

#endif

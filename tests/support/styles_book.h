/* SPDX-License-Identifier: MIT
 *
 * A book that has nothing but styles: what styles_read looks at, in a package of its own.
 */
#ifndef SHEAF_TESTS_SUPPORT_STYLES_BOOK_H
#define SHEAF_TESTS_SUPPORT_STYLES_BOOK_H

#include <check.h>
#include <unistd.h>

#include "tests/support/zip_file.h"
#include "workbook/book.h"
#include "workbook/package.h"

struct styles_book {
    struct zip_file zip;
    int fd;
    struct book book;
};

/* NULL: without that part. */
static inline void styles_book_open(struct styles_book *self, const char *styles_xml, const char *theme_xml)
{
    char path[32];
    struct package *package = NULL;
    zip_begin(&self->zip);
    zip_add_text(&self->zip, "[Content_Types].xml", "<Types/>");
    zip_add_text(&self->zip, "_rels/.rels", "<Relationships/>");
    zip_add_text(&self->zip, "xl/workbook.xml", "<workbook/>");
    if (styles_xml)
        zip_add_text(&self->zip, "xl/styles.xml", styles_xml);
    if (theme_xml)
        zip_add_text(&self->zip, "xl/theme/theme1.xml", theme_xml);
    zip_end(&self->zip);
    ck_assert_int_eq(package_open(zip_path(buffer_span(&self->zip.bytes), path, &self->fd), NULL, &package, NULL), FAULT_NONE);
    self->book = (struct book){.package = package,
                               .styles_entry = package_find(package, SPAN("xl/styles.xml")),
                               .theme_entry = package_find(package, SPAN("xl/theme/theme1.xml"))};
}

static inline void styles_book_close(struct styles_book *self)
{
    package_close(&self->book.package);
    zip_free(&self->zip);
    close(self->fd);
}

#endif

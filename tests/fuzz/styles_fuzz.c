/* SPDX-License-Identifier: MIT
 *
 * A styles part, a NUL, a theme part: whatever they hold, each style has a kind, a code and a
 * colour, and only limits are faults.
 */
#include <stdint.h>

#include "core/must.h"
#include "tests/support/zip_file.h"
#include "workbook/styles.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put_parts(struct zip_file *zip, struct span styles, struct span theme)
{
    zip_begin(zip);
    zip_add_text(zip, "[Content_Types].xml", "<Types/>");
    zip_add_text(zip, "_rels/.rels", "<Relationships/>");
    zip_add_text(zip, "xl/workbook.xml", "<workbook/>");
    zip_add(zip, (struct zip_part){.name = "xl/styles.xml", .content = styles, .is_stored = true});
    zip_add(zip, (struct zip_part){.name = "xl/theme.xml", .content = theme, .is_stored = true});
    zip_end(zip);
}

static void check_styles(const struct styles *styles)
{
    for (uint32_t i = 0; i <= styles_count(styles); i++) {
        must(styles_kind(styles, i) <= FORMAT_TEXT && styles_format(styles, i).data);
        must(styles_fill(styles, i) >= -1 && styles_fill(styles, i) <= 0xFFFFFF);
        (void)styles_is_locked(styles, i);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size ? memchr(data, 0, size) : NULL;
    size_t n = end ? (size_t)(end - data) : size;
    struct zip_file zip;
    put_parts(&zip, span_make(data, n),
              span_make(data + n + (end != NULL), size - n - (end != NULL)));
    char path[32];
    int fd;
    struct package *package = NULL;
    must(package_open(zip_path(buffer_span(&zip.bytes), path, &fd), NULL, &package, NULL) ==
         FAULT_NONE);
    close(fd);
    struct book book = {.package = package,
                        .styles_entry = package_find(package, SPAN("xl/styles.xml")),
                        .theme_entry = package_find(package, SPAN("xl/theme.xml"))};
    struct styles *styles = NULL;
    enum fault fault = styles_read(&book, &styles, NULL);
    must(fault == FAULT_NONE || fault == FAULT_LIMIT);
    if (styles)
        check_styles(styles);
    styles_destroy(&styles);
    package_close(&package);
    zip_free(&zip);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a file: told apart, opened as a package, read as a book, every entry streamed.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/must.h"
#include "workbook/book.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum fault count(void *context, struct span bytes)
{
    *(uint64_t *)context += bytes.len;
    return FAULT_NONE;
}

static void stream_entries(struct package *package)
{
    uint64_t total = 0;
    for (size_t i = 0; i < package_entries(package); i++) {
        const struct package_entry *entry = package_entry_at(package, i);
        uint64_t bytes = 0, raw = 0;
        if (package_stream(package, i, count, &bytes, NULL) == FAULT_NONE)
            must(bytes == entry->size);
        if (package_stream_raw(package, i, count, &raw, NULL) == FAULT_NONE)
            must(raw == entry->compressed_size);
        must(bytes <= entry->size);
        total += bytes;
    }
    must(total <= package_budget(package)->total_bytes);
}

static void read_book(struct package *package)
{
    struct book *book = NULL;
    struct why why = {0};
    enum fault fault = book_open(package, &book, &why);
    must(fault == why.fault && !fault == (book != NULL));
    if (fault)
        return;
    must(book->active_tab < book->n_sheets || !book->active_tab);
    for (size_t i = 0; i < book->n_sheets; i++) {
        struct book_sheet *sheet = &book->sheets[i];
        must(sheet->entry == PACKAGE_NONE || sheet->entry < package_entries(package));
        must(sheet->kind == SHEET_MISSING || sheet->entry != PACKAGE_NONE);
        must(book_find_sheet(book, sheet->name) >= 0);
        (void)book_content_type(book, sheet->part_name);
    }
    book_close(&book);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct budget budget = {
        .entries = 100, .part_bytes = 1 << 20, .total_bytes = 4 << 20, .small_part_bytes = 1 << 18};
    char path[32];
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    must(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    enum container container;
    must(container_detect(path, &container, NULL) == FAULT_NONE && container_name(container));
    struct package *package = NULL;
    struct why why = {0};
    enum fault fault = package_open(path, &budget, &package, &why);
    must(fault == why.fault && !fault == (package != NULL));
    if (package) {
        read_book(package);
        stream_entries(package);
    }
    package_close(&package);
    close(fd);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * The directory of a ZIP file, with ZIP64 where the sizes say so.
 */
#include "bench/lib/zip_in.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/must.h"

enum { END_BYTES = 22, LOCATOR_BYTES = 20, CENTRAL_BYTES = 46, LOCAL_BYTES = 30, DEFLATED = 8, ZIP64_FIELD = 1 };
#define NO_32 UINT32_MAX

static uint32_t get16(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) | get16(p + 2) << 16;
}

static uint64_t get64(const unsigned char *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

struct span zip_in_load(const char *path)
{
    static char *bytes;
    static size_t capacity;
    struct stat info;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &info) != 0) {
        perror(path);
        exit(1);
    }
    size_t size = (size_t)info.st_size;
    if (size + 64 > capacity)
        bytes = must_realloc(bytes, capacity = size + 64);
    for (size_t at = 0; at < size;) {
        ssize_t n = read(file, bytes + at, size - at);
        must(n > 0);
        at += (size_t)n;
    }
    close(file);
    return span_make(bytes, size);
}

/* A size or place that did not fit into 32 bits stands in the ZIP64 field, in order. */
static uint64_t widen(uint32_t value, const unsigned char **field)
{
    if (value != NO_32 || !*field)
        return value;
    *field += 8;
    return get64(*field - 8);
}

static const unsigned char *zip64_field(const unsigned char *extra, uint32_t len)
{
    for (const unsigned char *end = extra + len; extra + 4 <= end; extra += 4 + get16(extra + 2))
        if (get16(extra) == ZIP64_FIELD)
            return extra + 4;
    return NULL;
}

void zip_in_walk(struct span file, void (*entry)(void *context, const struct zip_in_entry *entry), void *context)
{
    const unsigned char *bytes = (const unsigned char *)file.data;
    must(file.len >= END_BYTES);
    size_t end = file.len - END_BYTES;
    while (end > 0 && get32(bytes + end) != 0x06054b50)
        end--;
    uint64_t n = get16(bytes + end + 10), directory = get32(bytes + end + 16);
    if (end >= LOCATOR_BYTES && get32(bytes + end - LOCATOR_BYTES) == 0x07064b50) {
        const unsigned char *wide = bytes + get64(bytes + end - LOCATOR_BYTES + 8);
        n = get64(wide + 32);
        directory = get64(wide + 48);
    }
    const unsigned char *at = bytes + directory;
    for (; n > 0; n--) {
        uint32_t name = get16(at + 28), extra = get16(at + 30);
        const unsigned char *field = zip64_field(at + CENTRAL_BYTES + name, extra);
        struct zip_in_entry one = {.name = span_make(at + CENTRAL_BYTES, name), .crc = get32(at + 16), .is_deflated = get16(at + 10) == DEFLATED};
        one.size = widen(get32(at + 24), &field);
        uint64_t stored = widen(get32(at + 20), &field);
        const unsigned char *local = bytes + widen(get32(at + 42), &field);
        one.data = span_make(local + LOCAL_BYTES + get16(local + 26) + get16(local + 28), stored);
        entry(context, &one);
        at += CENTRAL_BYTES + name + extra + get16(at + 32);
    }
}

bool zip_in_is_needed(const struct zip_in_entry *entry)
{
    static const char *const needless[] = {"docProps/", "xl/theme/", "xl/media/", "xl/printerSettings/", "xl/calcChain"};
    for (size_t i = 0; i < sizeof needless / sizeof needless[0]; i++)
        if (entry->name.len >= strlen(needless[i]) && memcmp(entry->name.data, needless[i], strlen(needless[i])) == 0)
            return false;
    return true;
}

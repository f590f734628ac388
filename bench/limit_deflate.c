/* SPDX-License-Identifier: MIT
 *
 * limit_deflate [--small] [--zlib6] FILE: inflates the sheets and shared strings of a workbook into memory, then only deflates them
 * again, in one stream each, as --compress=fast (or small) does. Prints the CPU seconds of the deflating alone, and with --zlib6 how
 * long the same parts become with zlib at level 6, which is what office programs use.
 */
#include <isa-l/igzip_lib.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <zlib.h>

#include "bench/lib/zip_in.h"
#include "core/must.h"
#include "workbook/codec.h"

#define STEP_BYTES ((size_t)1 << 20)

struct deflating {
    struct deflater *deflater;
    bool wants_zlib;
    uint64_t deflated, zlib, stored, xml;
    double seconds;
};

static enum fault count(void *context, struct span bytes)
{
    *(uint64_t *)context += bytes.len;
    return FAULT_NONE;
}

static double thread_seconds(void)
{
    struct timespec now;
    must(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static char *inflate_entry(const struct zip_in_entry *entry)
{
    static struct inflate_state state;
    char *text = must_alloc(entry->size + 1);
    memset(text, 1, entry->size); /* no page of it is touched for the first time while the clock runs */
    isal_inflate_init(&state);
    state.next_in = (uint8_t *)(uintptr_t)entry->data.data;
    state.avail_in = (uint32_t)entry->data.len;
    state.next_out = (uint8_t *)text;
    must(entry->size < UINT32_MAX);
    state.avail_out = (uint32_t)entry->size + 1;
    must(isal_inflate(&state) == ISAL_DECOMP_OK && state.total_out == entry->size);
    return text;
}

static uint64_t zlib_size(const char *text, size_t len)
{
    enum { LEVEL = 6, RAW_DEFLATE = -15, MEMORY_LEVEL = 8 };
    static Bytef out[1 << 16];
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)len};
    must(deflateInit2(&stream, LEVEL, Z_DEFLATED, RAW_DEFLATE, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK);
    int status = Z_OK;
    while (status == Z_OK) {
        stream.next_out = out;
        stream.avail_out = sizeof out;
        status = deflate(&stream, Z_FINISH);
    }
    must(status == Z_STREAM_END);
    uint64_t size = stream.total_out;
    deflateEnd(&stream);
    return size;
}

static bool is_data(struct span name)
{
    return memmem(name.data, name.len, "sheets/sheet", 12) || memmem(name.data, name.len, "sharedStrings", 13);
}

static void deflate_entry(void *context, const struct zip_in_entry *entry)
{
    struct deflating *self = context;
    if (!entry->is_deflated || !is_data(entry->name))
        return;
    char *text = inflate_entry(entry);
    double start = thread_seconds();
    deflater_reset(self->deflater, count, &self->deflated);
    for (size_t at = 0; at < entry->size; at += STEP_BYTES)
        must(!deflater_add(self->deflater, span_make(text + at, entry->size - at < STEP_BYTES ? entry->size - at : STEP_BYTES)));
    must(!deflater_end(self->deflater) && deflater_crc32(self->deflater) == entry->crc);
    self->seconds += thread_seconds() - start;
    self->xml += entry->size;
    self->stored += entry->data.len;
    if (self->wants_zlib)
        self->zlib += zlib_size(text, entry->size);
    free(text);
}

int main(int argc, char **argv)
{
    struct deflating self = {0};
    enum deflate_level level = DEFLATE_FAST;
    for (; argc > 2; argc--, argv++) {
        if (strcmp(argv[1], "--small") == 0)
            level = DEFLATE_SMALL;
        self.wants_zlib |= strcmp(argv[1], "--zlib6") == 0;
    }
    must(argc == 2);
    self.deflater = deflater_new(level, count, &self.deflated);
    zip_in_walk(zip_in_load(argv[1]), deflate_entry, &self);
    deflater_destroy(&self.deflater);
    printf("{\"cpu_s\":%.6f,\"xml_bytes\":%llu,\"stored_bytes\":%llu,\"deflated_bytes\":%llu,\"zlib6_bytes\":%llu}\n", self.seconds,
           (unsigned long long)self.xml, (unsigned long long)self.stored, (unsigned long long)self.deflated, (unsigned long long)self.zlib);
    return 0;
}

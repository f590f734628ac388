/* SPDX-License-Identifier: MIT
 *
 * Plain ZIP without ZIP64: no corpus has a part of 4 GiB. Fixed times, so that the same corpus has the same bytes.
 */
#include "bench/lib/zip_out.h"

#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

#include "core/must.h"

enum { LEVEL = 6, MEMORY_LEVEL = 8, RAW_DEFLATE = -15, DOS_DATE = (44 << 9) | (10 << 5) | 1 };

struct zip_out {
    FILE *file;
    struct buffer directory;
    uint32_t entries;
    uint64_t at;
};

void zip_piece_make(struct zip_piece *ret, struct span bytes, bool is_last)
{
    z_stream stream = {0};
    must(deflateInit2(&stream, LEVEL, Z_DEFLATED, RAW_DEFLATE, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) == Z_OK);
    buffer_init(&ret->deflated, BUFFER_LIMIT_DEFAULT);
    size_t room = deflateBound(&stream, bytes.len) + 64;
    stream.next_in = (Bytef *)(uintptr_t)bytes.data;
    stream.avail_in = (uInt)bytes.len;
    stream.next_out = (Bytef *)buffer_reserve(&ret->deflated, room);
    stream.avail_out = (uInt)room;
    must(stream.next_out && deflate(&stream, is_last ? Z_FINISH : Z_SYNC_FLUSH) == (is_last ? Z_STREAM_END : Z_OK));
    must(stream.avail_in == 0 && stream.avail_out > 0);
    ret->deflated.len = stream.total_out;
    ret->crc = (uint32_t)crc32_z(0, (const Bytef *)bytes.data, bytes.len);
    ret->size = bytes.len;
    deflateEnd(&stream);
}

void zip_piece_free(struct zip_piece *self)
{
    buffer_free(&self->deflated);
}

struct zip_out *zip_out_new(const char *path)
{
    struct zip_out *self = must_alloc(sizeof *self);
    self->file = fopen(path, "wb");
    if (!self->file) {
        perror(path);
        exit(1);
    }
    buffer_init(&self->directory, BUFFER_LIMIT_DEFAULT);
    return self;
}

static void put16(struct buffer *out, uint64_t value)
{
    buffer_put_char(out, (char)value);
    buffer_put_char(out, (char)(value >> 8));
}

static void put32(struct buffer *out, uint64_t value)
{
    put16(out, value);
    put16(out, value >> 16);
}

/* What the local header and the directory have in common. */
static void put_facts(struct buffer *out, uint32_t crc, uint64_t deflated, uint64_t size, size_t name)
{
    put16(out, 20); /* version needed */
    put16(out, 0);
    put16(out, Z_DEFLATED);
    put16(out, 0);
    put16(out, DOS_DATE);
    put32(out, crc);
    put32(out, deflated);
    put32(out, size);
    put16(out, name);
    put16(out, 0);
}

static void write_bytes(struct zip_out *self, struct span bytes)
{
    must(fwrite(bytes.data, 1, bytes.len, self->file) == bytes.len);
    self->at += bytes.len;
}

void zip_out_part(struct zip_out *self, const char *name, const struct zip_piece *pieces, uint32_t n)
{
    uint64_t deflated = 0, size = 0;
    uLong crc = crc32_z(0, NULL, 0);
    for (uint32_t i = 0; i < n; i++) {
        deflated += pieces[i].deflated.len;
        size += pieces[i].size;
        crc = crc32_combine(crc, pieces[i].crc, (z_off_t)pieces[i].size);
    }
    must(size < UINT32_MAX && self->at < UINT32_MAX);
    struct span text = span_of(name);
    struct buffer local;
    buffer_init(&local, 4096);
    put32(&local, 0x04034b50);
    put_facts(&local, (uint32_t)crc, deflated, size, text.len);
    buffer_put(&local, text);
    put32(&self->directory, 0x02014b50);
    put16(&self->directory, 20);
    put_facts(&self->directory, (uint32_t)crc, deflated, size, text.len);
    put32(&self->directory, 0); /* comment, disk */
    put16(&self->directory, 0);
    put32(&self->directory, 0);
    put32(&self->directory, self->at);
    buffer_put(&self->directory, text);
    self->entries++;
    write_bytes(self, buffer_span(&local));
    for (uint32_t i = 0; i < n; i++)
        write_bytes(self, buffer_span(&pieces[i].deflated));
    buffer_free(&local);
}

void zip_out_text(struct zip_out *self, const char *name, struct span text)
{
    struct zip_piece piece;
    zip_piece_make(&piece, text, true);
    zip_out_part(self, name, &piece, 1);
    zip_piece_free(&piece);
}

uint64_t zip_out_close(struct zip_out **self)
{
    struct zip_out *zip = *self;
    uint64_t directory = zip->at, length = zip->directory.len;
    write_bytes(zip, buffer_span(&zip->directory));
    struct buffer end;
    buffer_init(&end, 4096);
    put32(&end, 0x06054b50);
    put32(&end, 0);
    put16(&end, zip->entries);
    put16(&end, zip->entries);
    put32(&end, length);
    put32(&end, directory);
    put16(&end, 0);
    write_bytes(zip, buffer_span(&end));
    buffer_free(&end);
    uint64_t size = zip->at;
    must(fclose(zip->file) == 0);
    buffer_free(&zip->directory);
    free(zip);
    *self = NULL;
    return size;
}

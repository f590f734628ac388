/* SPDX-License-Identifier: MIT
 *
 * ZIP files for tests, byte by byte, so that every field can lie: zip_begin, zip_add, ..., zip_end,
 * then the bytes are in self->bytes. zip_path gives a name under which they can be opened.
 */
#ifndef SHEAF_TESTS_SUPPORT_ZIP_FILE_H
#define SHEAF_TESTS_SUPPORT_ZIP_FILE_H

#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/buffer.h"
#include "core/must.h"
#include "workbook/codec.h"

struct zip_lie {
    bool is_told;
    uint64_t value;
};
#define ZIP_LIE(v) ((struct zip_lie){true, (v)})

struct zip_part {
    const char *name;
    struct span content;
    bool is_stored; /* else deflated */
    bool is_packed; /* content is the deflate stream itself; say size and crc */
    bool has_descriptor, has_signature, is_zip64;
    uint16_t flags;
    uint32_t external;
    const char *local_name; /* NULL: the same */
    struct zip_lie size, compressed, crc, method, local_method, offset;
    size_t name_len; /* 0: strlen(name) */
};

struct zip_file {
    struct buffer bytes, central;
    unsigned n;
    /* What zip_end writes otherwise. */
    bool is_zip64;
    struct zip_lie entries, directory_size, directory_offset;
    struct span comment;
};

static inline void zip_put(struct buffer *out, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buffer_put_char(out, (char)(value >> 8 * i));
}

static inline enum fault zip_keep(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

static inline void zip_begin(struct zip_file *self)
{
    *self = (struct zip_file){.n = 0};
    buffer_init(&self->bytes, (size_t)1 << 30);
    buffer_init(&self->central, (size_t)1 << 30);
}

static inline void zip_free(struct zip_file *self)
{
    buffer_free(&self->bytes);
    buffer_free(&self->central);
}

static inline void zip_pack(const struct zip_part *part, struct buffer *out)
{
    if (part->is_stored || part->is_packed) {
        buffer_put(out, part->content);
        return;
    }
    struct deflater *deflater = deflater_new(DEFLATE_SMALL, zip_keep, out);
    must(!deflater_add(deflater, part->content) && !deflater_end(deflater));
    deflater_destroy(&deflater);
}

static inline uint64_t zip_told(struct zip_lie lie, uint64_t truth)
{
    return lie.is_told ? lie.value : truth;
}

static inline void zip_add(struct zip_file *self, struct zip_part part)
{
    struct buffer packed;
    buffer_init(&packed, (size_t)1 << 30);
    zip_pack(&part, &packed);
    uint64_t size = zip_told(part.size, part.content.len),
             compressed = zip_told(part.compressed, packed.len);
    uint32_t crc = (uint32_t)zip_told(part.crc, codec_crc32(0, part.content));
    uint16_t method = (uint16_t)zip_told(part.method, part.is_stored ? 0 : 8);
    uint16_t flags = (uint16_t)(part.flags | (part.has_descriptor ? 8 : 0));
    uint64_t offset = zip_told(part.offset, self->bytes.len);
    struct span name = span_make(part.name, part.name_len ? part.name_len : strlen(part.name));
    struct span local = part.local_name ? span_of(part.local_name) : name;
    bool is_later = part.has_descriptor;

    struct buffer *out = &self->bytes;
    zip_put(out, 0x04034b50, 4), zip_put(out, 20, 2), zip_put(out, flags, 2);
    zip_put(out, zip_told(part.local_method, method), 2), zip_put(out, 0x00210000, 4);
    zip_put(out, is_later ? 0 : crc, 4);
    zip_put(out, is_later ? 0 : part.is_zip64 ? UINT32_MAX : compressed, 4);
    zip_put(out, is_later ? 0 : part.is_zip64 ? UINT32_MAX : size, 4);
    zip_put(out, local.len, 2), zip_put(out, part.is_zip64 ? 20 : 0, 2);
    buffer_put(out, local);
    if (part.is_zip64)
        zip_put(out, 1, 2), zip_put(out, 16, 2), zip_put(out, size, 8), zip_put(out, compressed, 8);
    buffer_put(out, buffer_span(&packed));
    if (part.has_signature)
        zip_put(out, 0x08074b50, 4);
    if (part.has_descriptor)
        zip_put(out, crc, 4), zip_put(out, compressed, 4), zip_put(out, size, 4);

    out = &self->central;
    zip_put(out, 0x02014b50, 4), zip_put(out, 0x0314, 2), zip_put(out, 20, 2),
        zip_put(out, flags, 2);
    zip_put(out, method, 2), zip_put(out, 0x00210000, 4), zip_put(out, crc, 4);
    zip_put(out, part.is_zip64 ? UINT32_MAX : compressed, 4),
        zip_put(out, part.is_zip64 ? UINT32_MAX : size, 4);
    zip_put(out, name.len, 2), zip_put(out, part.is_zip64 ? 28 : 0, 2), zip_put(out, 0, 2),
        zip_put(out, 0, 2);
    zip_put(out, 0, 2), zip_put(out, part.external, 4),
        zip_put(out, part.is_zip64 ? UINT32_MAX : offset, 4);
    buffer_put(out, name);
    if (part.is_zip64) {
        zip_put(out, 1, 2), zip_put(out, 24, 2);
        zip_put(out, size, 8), zip_put(out, compressed, 8), zip_put(out, offset, 8);
    }
    self->n++;
    buffer_free(&packed);
}

static inline void zip_add_text(struct zip_file *self, const char *name, const char *text)
{
    zip_add(self, (struct zip_part){.name = name, .content = span_of(text)});
}

static inline void zip_end(struct zip_file *self)
{
    struct buffer *out = &self->bytes;
    uint64_t entries = zip_told(self->entries, self->n),
             offset = zip_told(self->directory_offset, out->len);
    uint64_t size = zip_told(self->directory_size, self->central.len);
    buffer_put(out, buffer_span(&self->central));
    if (self->is_zip64) {
        uint64_t at = out->len;
        zip_put(out, 0x06064b50, 4), zip_put(out, 44, 8), zip_put(out, 45, 2), zip_put(out, 45, 2),
            zip_put(out, 0, 8);
        zip_put(out, entries, 8), zip_put(out, entries, 8), zip_put(out, size, 8),
            zip_put(out, offset, 8);
        zip_put(out, 0x07064b50, 4), zip_put(out, 0, 4), zip_put(out, at, 8), zip_put(out, 1, 4);
        entries = UINT16_MAX, size = offset = UINT32_MAX;
    }
    zip_put(out, 0x06054b50, 4), zip_put(out, 0, 4), zip_put(out, entries, 2),
        zip_put(out, entries, 2);
    zip_put(out, size, 4), zip_put(out, offset, 4), zip_put(out, self->comment.len, 2);
    buffer_put(out, self->comment);
}

/* A nameless file with these bytes; close *ret_fd when done. */
static inline const char *zip_path(struct span bytes, char path[32], int *ret_fd)
{
    *ret_fd = memfd_create("test", MFD_CLOEXEC);
    must(*ret_fd >= 0);
    for (size_t done = 0; done < bytes.len;) {
        ssize_t n = write(*ret_fd, bytes.data + done, bytes.len - done);
        must(n > 0);
        done += (size_t)n;
    }
    snprintf(path, 32, "/proc/self/fd/%d", *ret_fd);
    return path;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * An entry deflated before its turn: several new sheets grow at the same time while a package takes one entry
 * after another. Compressed bytes go to a nameless temporary file, so memory does not grow with them.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/entry_spool.h"

#define STREAM_BYTES (128u << 10)

struct entry_spool {
    struct spool *spool;
    struct deflater *deflater; /* NULL after the end: its window is the bigger part of the object */
    struct entry_spool_sizes sizes;
    enum fault fault;
    bool is_ended;
};

static enum fault keep_bytes(void *context, struct span bytes)
{
    struct entry_spool *self = context;
    return spool_append(self->spool, bytes, NULL);
}

enum fault entry_spool_new(enum deflate_level level, const char *folder, struct entry_spool **ret, struct why *why)
{
    struct spool *spool;
    enum fault fault = spool_new(folder, &spool, why);
    if (fault)
        return fault;
    struct entry_spool *self = must_alloc(sizeof *self);
    self->spool = spool;
    self->deflater = deflater_new(level, keep_bytes, self);
    *ret = self;
    return FAULT_NONE;
}

void entry_spool_destroy(struct entry_spool **self_p)
{
    struct entry_spool *self = *self_p;
    if (!self)
        return;
    deflater_destroy(&self->deflater);
    spool_destroy(&self->spool);
    free(self);
    *self_p = NULL;
}

enum fault entry_spool_add(struct entry_spool *self, struct span bytes)
{
    must(!self->is_ended);
    if (!self->fault)
        self->fault = deflater_add(self->deflater, bytes);
    return self->fault;
}

enum fault entry_spool_end(struct entry_spool *self)
{
    must(!self->is_ended);
    if (!self->fault)
        self->fault = deflater_end(self->deflater);
    if (self->fault)
        return self->fault;
    self->sizes = (struct entry_spool_sizes){.size = deflater_size(self->deflater),
                                             .compressed_size = spool_size(self->spool),
                                             .crc32 = deflater_crc32(self->deflater)};
    deflater_destroy(&self->deflater);
    self->is_ended = true;
    return FAULT_NONE;
}

struct entry_spool_sizes entry_spool_sizes(const struct entry_spool *self)
{
    must(self->is_ended);
    return self->sizes;
}

enum fault entry_spool_stream(struct entry_spool *self, codec_sink *sink, void *context)
{
    must(self->is_ended);
    char *piece = must_alloc(STREAM_BYTES);
    enum fault fault = FAULT_NONE;
    for (uint64_t at = 0; at < self->sizes.compressed_size && !fault;) {
        uint64_t left = self->sizes.compressed_size - at;
        size_t len = left < STREAM_BYTES ? (size_t)left : STREAM_BYTES;
        fault = spool_read(self->spool, at, piece, len);
        if (!fault)
            fault = sink(context, span_make(piece, len));
        at += len;
    }
    free(piece);
    return fault;
}

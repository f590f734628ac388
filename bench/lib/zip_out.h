/* SPDX-License-Identifier: MIT
 *
 * Writes the packages of the corpora as office programs do: deflated by zlib at level 6, sizes in the local headers. A long
 * part is compressed in pieces, on any thread, and the pieces are joined.
 */
#ifndef SHEAF_BENCH_ZIP_OUT_H
#define SHEAF_BENCH_ZIP_OUT_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/span.h"

struct zip_piece {
    struct buffer deflated;
    uint32_t crc;
    uint64_t size;
};

/* Compresses one piece of a part; `is_last` ends the stream. */
void zip_piece_make(struct zip_piece *ret, struct span bytes, bool is_last);
void zip_piece_free(struct zip_piece *self);

struct zip_out;
struct zip_out *zip_out_new(const char *path);
/* A part in its pieces, in order. */
void zip_out_part(struct zip_out *self, const char *name, const struct zip_piece *pieces, uint32_t n);
/* A part in one piece. */
void zip_out_text(struct zip_out *self, const char *name, struct span text);
/* Writes the directory; returns the bytes of the file. */
uint64_t zip_out_close(struct zip_out **self);

#endif

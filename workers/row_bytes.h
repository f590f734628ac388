/* SPDX-License-Identifier: MIT
 *
 * Where rendered rows grow: one run of bytes that is filled through a bare pointer, because a cell costs a few nanoseconds.
 * Whoever writes asks for room first, then stores whole words and moves `at` by what counts of them.
 */
#ifndef SHEAF_WORKERS_ROW_BYTES_H
#define SHEAF_WORKERS_ROW_BYTES_H

#include <stdint.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/span.h"

#define ROW_BYTES_MAX ((size_t)1 << 31) /* rows that are not yet in a fragment; also the largest row */
#define ROW_BYTES_FIRST ((size_t)1 << 20)

struct row_bytes {
    char *data, *at, *end; /* at: behind the last byte; end - at: the room */
};

/* Out of line: rare. */
bool row_bytes_grow(struct row_bytes *self, size_t more);

/* Room for `more` bytes; false: over ROW_BYTES_MAX. */
static inline bool row_bytes_want(struct row_bytes *self, size_t more)
{
    return (size_t)(self->end - self->at) >= more || row_bytes_grow(self, more);
}

static inline size_t row_bytes_len(const struct row_bytes *self)
{
    return (size_t)(self->at - self->data);
}

/* Room must have been asked for. */
static inline void row_bytes_put(struct row_bytes *self, struct span bytes)
{
    if (bytes.len)
        memcpy(self->at, bytes.data, bytes.len);
    self->at += bytes.len;
}

static inline bool row_bytes_append(struct row_bytes *self, struct span bytes)
{
    if (!row_bytes_want(self, bytes.len))
        return false;
    row_bytes_put(self, bytes);
    return true;
}

static inline void row_bytes_cut(struct row_bytes *self, size_t len)
{
    self->at = self->data + len;
}

static inline void row_bytes_free(struct row_bytes *self)
{
    free(self->data);
    *self = (struct row_bytes){NULL, NULL, NULL};
}

#endif

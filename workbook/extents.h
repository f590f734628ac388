/* SPDX-License-Identifier: MIT
 *
 * The directory of a ZIP file (APPNOTE 6.3.3), read and proven consistent before anybody inflates:
 * one end record and nothing but NULs behind it, as many central headers as it says, each agreeing
 * with its local header, and the ranges of all entries disjoint and in front of the directory. That
 * stops overlap bombs, hidden second directories and lying sizes, which libzip 1.7.3 lets through.
 * Pure: bytes come through a callback.
 */
#ifndef SHEAF_WORKBOOK_EXTENTS_H
#define SHEAF_WORKBOOK_EXTENTS_H

#include <stdint.h>

#include "core/fault.h"
#include "core/span.h"

struct extent_source {
    void *context;
    uint64_t size; /* of the file */
    /* Reads exactly `len` bytes at `offset` (inside the file), or gives a fault. */
    enum fault (*read)(void *context, uint64_t offset, void *to, size_t len);
};

struct extent {
    struct span name; /* as stored */
    uint16_t flags, method;
    uint32_t crc32, external_attributes;
    uint64_t compressed_size, size; /* as declared */
    uint64_t header_offset, data_offset;
};

struct extents {
    struct extent *items; /* in the order of the central directory */
    size_t n;
    char *directory; /* what the names look at */
};

/* The central directory is held in memory: at most this much of it. */
#define EXTENTS_DIRECTORY_BYTES_MAX ((uint64_t)8 << 20)

/* FAULT_LIMIT for more than `entries_max` entries (before
 * anything is allocated for them), FAULT_CORRUPT, and what the source's read gives. */
enum fault extents_read(const struct extent_source *source, uint64_t entries_max,
                        struct extents *ret, struct why *why) MUST_CHECK;
void extents_free(struct extents *self);

#endif

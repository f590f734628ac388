/* SPDX-License-Identifier: MIT
 *
 * Walks the entries of a sound ZIP file in memory, for the limits: nothing is checked that no reader could do without.
 */
#ifndef SHEAF_BENCH_ZIP_IN_H
#define SHEAF_BENCH_ZIP_IN_H

#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

struct zip_in_entry {
    struct span name, data; /* data: as stored */
    uint32_t crc;
    uint64_t size; /* inflated */
    bool is_deflated;
};

/* The bytes of a file, in memory that the next call reuses; the process ends when it cannot be read. */
struct span zip_in_load(const char *path);
/* Calls entry() for each, in the order of the directory. */
void zip_in_walk(struct span file, void (*entry)(void *context, const struct zip_in_entry *entry), void *context);
/* Whether the entry is a part that a merge needs: workbook, relationships, content types, styles, strings, sheets. */
bool zip_in_is_needed(const struct zip_in_entry *entry);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The entries of a workbook's file, and zlib's inflate over one of them in pieces: for the peers in
 * C only, which read the well-formed files of the benches.
 */
#ifndef SHEAF_BENCH_ZIP_H
#define SHEAF_BENCH_ZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct zip {
    const unsigned char *bytes;
    size_t size;
};

struct zip_entry {
    const char *name; /* not terminated */
    size_t name_len;
    const unsigned char *data;
    size_t compressed, size;
    unsigned method;
};

typedef bool zip_piece(void *context, const char *bytes, size_t len); /* false: that is enough */

struct zip zip_open(const char *path);
void zip_close(struct zip *self);
/* *at is 0 at first; false: there is none left. */
bool zip_next(const struct zip *self, size_t *at, struct zip_entry *ret);
bool zip_find(const struct zip *self, const char *name, struct zip_entry *ret);
bool zip_is_below(const struct zip_entry *entry, const char *folder);
void zip_inflate(const struct zip_entry *entry, zip_piece *piece, void *context);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The styles of the book read before, for the next one: returns that were filled from one template have the same styles
 * part, byte for byte. Same means the compressed bytes themselves, never a checksum alone.
 */
#ifndef SHEAF_WORKBOOK_STYLES_CACHE_H
#define SHEAF_WORKBOOK_STYLES_CACHE_H

#include "workbook/styles.h"

struct styles_cache;
struct styles_cache *styles_cache_new(void);
void styles_cache_destroy(struct styles_cache **self);

/* As styles_read; *ret belongs to the cache and lives until the next call. */
enum fault styles_cache_read(struct styles_cache *self, struct book *book, const struct styles **ret,
                             struct why *why) MUST_CHECK;

#endif

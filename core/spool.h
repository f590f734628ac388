/* SPDX-License-Identifier: MIT
 *
 * A nameless temporary file (O_TMPFILE, or created and unlinked at once): what does not fit the memory
 * budget goes here and vanishes with the process, however that ends. Used from one thread at a time.
 */
#ifndef SHEAF_CORE_SPOOL_H
#define SHEAF_CORE_SPOOL_H

#include <stdint.h>

#include "core/fault.h"
#include "core/span.h"

struct spool;

/* In `folder`, or TMPDIR, or /tmp when folder is NULL. */
enum fault spool_new(const char *folder, struct spool **ret, struct why *why) MUST_CHECK;
void spool_destroy(struct spool **self);
/* Appends through a 64 KiB buffer; *ret_offset (may be NULL) is where the bytes begin. */
enum fault spool_append(struct spool *self, struct span bytes, uint64_t *ret_offset) MUST_CHECK;
/* Reads exactly `len` bytes (flushing first where needed); FAULT_IO when there are fewer. */
enum fault spool_read(struct spool *self, uint64_t offset, void *to, size_t len) MUST_CHECK;
uint64_t spool_size(const struct spool *self);

#endif

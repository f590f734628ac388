/* SPDX-License-Identifier: MIT
 *
 * An entry of a package inflated on demand, window by window: the reader decides when it goes on, and may keep a half-read part
 * from one task to the next. The same checks as package_stream (workbook/package.h): declared size, budget, CRC at the end.
 * Several may be open on one package; one thread.
 */
#ifndef SHEAF_WORKBOOK_ENTRY_STREAM_H
#define SHEAF_WORKBOOK_ENTRY_STREAM_H

#include "workbook/package.h"

struct entry_stream;

/* The package must outlive it. FAULT_UNSUPPORTED (method), FAULT_ENCRYPTED. Asks interrupt_wanted as it goes. */
enum fault entry_stream_open(struct package *package, size_t index, struct entry_stream **ret, struct why *why) MUST_CHECK;
void entry_stream_close(struct entry_stream **self);
/* The next window, up to 128 KiB, valid until the next call; empty at the end of the part, when CRC and size have been checked.
 * FAULT_CORRUPT, FAULT_LIMIT, FAULT_CANCELLED. */
enum fault entry_stream_next(struct entry_stream *self, struct span *ret, struct why *why) MUST_CHECK;
/* The same, up to `max` bytes (more than none): for who wants only the beginning of a part. */
enum fault entry_stream_take(struct entry_stream *self, size_t max, struct span *ret, struct why *why) MUST_CHECK;
/* Bytes given out so far. */
uint64_t entry_stream_offset(const struct entry_stream *self);

#endif

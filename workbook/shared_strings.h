/* SPDX-License-Identifier: MIT
 *
 * The shared string table (ECMA-376-1 18.4): parsed once by our own scanner into one byte store, used by
 * reference. Rich runs are joined, phonetic runs (rPh) skipped, _xHHHH_ escapes decoded, CR LF folded to
 * LF by XML rules. Read-only after it is built; then any thread may read.
 */
#ifndef SHEAF_WORKBOOK_SHARED_STRINGS_H
#define SHEAF_WORKBOOK_SHARED_STRINGS_H

#include "workbook/book.h"

struct shared_strings;

/* A book without the part gives an empty table. FAULT_CORRUPT, FAULT_LIMIT, FAULT_UNSAFE_XML. */
enum fault shared_strings_read(struct book *book, struct shared_strings **ret, struct why *why) MUST_CHECK;
/* The first `n` of them, or a few more, or all when there are fewer: reads no further than it must, so that what stands behind may be
 * broken. */
enum fault shared_strings_read_first(struct book *book, uint32_t n, struct shared_strings **ret, struct why *why) MUST_CHECK;
void shared_strings_destroy(struct shared_strings **self);
uint32_t shared_strings_count(const struct shared_strings *self);
/* UTF-8, valid while the table lives. index < count. */
struct span shared_strings_get(const struct shared_strings *self, uint32_t index);

#endif

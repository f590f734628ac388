/* SPDX-License-Identifier: MIT
 *
 * What the package writer needs of an entry spool to place it: its sizes and its compressed bytes. The rest
 * of its face is in workbook/package_writer.h.
 */
#ifndef SHEAF_WORKBOOK_ENTRY_SPOOL_H
#define SHEAF_WORKBOOK_ENTRY_SPOOL_H

#include "workbook/package_writer.h"

struct entry_spool_sizes {
    uint64_t size, compressed_size;
    uint32_t crc32;
};

/* After entry_spool_end. */
struct entry_spool_sizes entry_spool_sizes(const struct entry_spool *self);
/* The compressed bytes, in order, in pieces. */
enum fault entry_spool_stream(struct entry_spool *self, codec_sink *sink, void *context) MUST_CHECK;

#endif

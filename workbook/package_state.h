/* SPDX-License-Identifier: MIT
 *
 * An open package as package.c makes it and entry_stream.c reads it. Private to the two.
 */
#ifndef SHEAF_WORKBOOK_PACKAGE_STATE_H
#define SHEAF_WORKBOOK_PACKAGE_STATE_H

#include <zip.h>

#include "workbook/entry_stream.h"
#include "workbook/extents.h"
#include "workbook/file_bytes.h"

/* A part name as it is compared: without leading slash, percent-decoded, ASCII lower case. */
struct part_key {
    struct span name;
    size_t entry;
};

struct package {
    struct budget budget;
    struct file_bytes file;
    zip_t *zip;
    struct extents extents;
    struct package_entry *entries;
    char *names; /* of the entries, and of the keys behind them */
    struct part_key *keys;
    size_t n_keys;
    uint64_t total_bytes;      /* inflated so far, over all parts */
    struct entry_stream *idle; /* closed, kept for the next part: its window and tables are warm */
};

void entry_stream_free(struct entry_stream *self);

#endif

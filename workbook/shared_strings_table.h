/* SPDX-License-Identifier: MIT
 *
 * The table's inside, for the scanner's fast road, which looks up a string per cell, and for the rows of a stack, which
 * look up many at once. Private to workbook/shared_strings.c, the scanner and workers/row_reader.c.
 */
#ifndef SHEAF_WORKBOOK_SHARED_STRINGS_TABLE_H
#define SHEAF_WORKBOOK_SHARED_STRINGS_TABLE_H

#include "core/buffer.h"
#include "workbook/shared_strings.h"

struct shared_strings {
    struct buffer bytes;
    uint32_t *ends; /* ends[i] ends string i; it begins where i - 1 ends */
    uint32_t count, room;
};

/* index < count, which is the caller's to know. */
static inline __attribute__((always_inline)) struct span shared_strings_at(const struct shared_strings *self, uint32_t index)
{
    uint32_t from = index ? self->ends[index - 1] : 0;
    return span_make(self->bytes.data ? self->bytes.data + from : "", self->ends[index] - from);
}

#endif

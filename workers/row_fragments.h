/* SPDX-License-Identifier: MIT
 *
 * Rendered rows leave in fragments: closed at the row with which they reach STACK_FRAGMENT_RAW_TARGET, deflated apart.
 */
#ifndef SHEAF_WORKERS_ROW_FRAGMENTS_H
#define SHEAF_WORKERS_ROW_FRAGMENTS_H

#include "wire/stack_partial.h"
#include "wire/stack_plan.h"
#include "workbook/codec.h"
#include "workers/row_bytes.h"

struct row_fragments {
    struct stack_partial_builder *builder; /* borrowed; set by the owner */
    struct fragment_deflater *deflater;    /* NULL: not compressed */
    struct buffer deflated;
    uint32_t n_rows; /* in the open fragment */
};

void row_fragments_init(struct row_fragments *self, const struct stack_plan *plan);
void row_fragments_free(struct row_fragments *self);
/* Closes the fragment that `rows` is, and empties it. */
enum fault row_fragments_close(struct row_fragments *self, struct row_bytes *rows) MUST_CHECK;

/* One more row is complete at the end of `rows`. */
static inline enum fault row_fragments_add(struct row_fragments *self, struct row_bytes *rows)
{
    self->n_rows++;
    return row_bytes_len(rows) < STACK_FRAGMENT_RAW_TARGET ? FAULT_NONE : row_fragments_close(self, rows);
}

#endif

/* SPDX-License-Identifier: MIT */
#include "workers/row_fragments.h"

void row_fragments_init(struct row_fragments *self, const struct stack_plan *plan)
{
    *self = (struct row_fragments){0};
    buffer_init(&self->deflated, STACK_FRAGMENT_RAW_MAX + ((size_t)64 << 20));
    if (plan->form == STACK_XLSX)
        self->deflater = fragment_deflater_new(plan->compress_small ? DEFLATE_SMALL : DEFLATE_FAST);
}

void row_fragments_free(struct row_fragments *self)
{
    fragment_deflater_destroy(&self->deflater);
    buffer_free(&self->deflated);
}

enum fault row_fragments_close(struct row_fragments *self, struct row_bytes *rows)
{
    struct span raw = span_make(rows->data, row_bytes_len(rows)), bytes = raw;
    if (!self->n_rows)
        return FAULT_NONE;
    uint32_t crc32 = codec_crc32(0, raw);
    if (self->deflater) {
        buffer_clear(&self->deflated);
        if (fragment_deflate(self->deflater, raw, &self->deflated) != FAULT_NONE)
            return FAULT_LIMIT;
        bytes = buffer_span(&self->deflated);
    }
    uint32_t n_rows = self->n_rows;
    self->n_rows = 0;
    row_bytes_cut(rows, 0);
    return stack_partial_builder_fragment(self->builder, bytes, (uint32_t)raw.len, crc32, n_rows);
}

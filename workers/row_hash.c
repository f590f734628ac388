/* SPDX-License-Identifier: MIT
 *
 * SHA-256 over column, kind, length and value of every cell: a collision cannot be prepared, and 128 bits of it are enough
 * for any number of rows. Numbers count by value: 1 and 1.0 are the same.
 */
#include "workers/row_hash.h"

#include <endian.h>
#include <stdlib.h>

#include "core/hash.h"
#include "core/must.h"
#include "core/number.h"

#define ROW_MAX ((size_t)1 << 30)

void row_hash_init(struct row_hash *self, const struct stack_plan *plan)
{
    *self = (struct row_hash){.is_wanted = plan->dedupe != DEDUPE_NONE};
    buffer_init(&self->bytes, ROW_MAX);
    buffer_init(&self->sorted, ROW_MAX);
    if (!self->is_wanted)
        return;
    self->counts = must_alloc(plan->n_columns + 1);
    self->pieces = must_alloc((plan->n_columns + 1) * sizeof *self->pieces);
    if (plan->dedupe == DEDUPE_ROW)
        memset(self->counts, 1, plan->n_columns);
    for (uint32_t i = 0; i < plan->n_dedupe_columns && plan->dedupe == DEDUPE_KEY; i++) {
        if (plan->dedupe_columns[i] < plan->n_columns)
            self->counts[plan->dedupe_columns[i]] = true;
    }
}

void row_hash_free(struct row_hash *self)
{
    free(self->counts);
    free(self->pieces);
    buffer_free(&self->bytes);
    buffer_free(&self->sorted);
    self->counts = NULL;
    self->pieces = NULL;
}

void row_hash_begin(struct row_hash *self)
{
    buffer_clear(&self->bytes);
    self->n_pieces = 0;
    self->is_ordered = true;
}

/* Where the column's piece goes: a second value of a column replaces the first. */
static struct row_hash_piece *place(struct row_hash *self, uint32_t column)
{
    if (!self->n_pieces || column > self->pieces[self->n_pieces - 1].column)
        return &self->pieces[self->n_pieces++];
    for (uint32_t i = 0; i < self->n_pieces; i++) {
        if (self->pieces[i].column == column)
            return &self->pieces[i];
    }
    self->is_ordered = false;
    return &self->pieces[self->n_pieces++];
}

enum fault row_hash_cell(struct row_hash *self, uint32_t column, const struct row_value *value)
{
    if (!self->counts[column])
        return FAULT_NONE;
    struct span text = value->text;
    double number;
    uint64_t bits;
    if (value->type == CELL_NUMBER && number_parse(text, &number) == FAULT_NONE) {
        number += 0.0; /* -0 is 0 */
        memcpy(&bits, &number, sizeof bits);
        bits = htole64(bits);
        text = span_make(&bits, sizeof bits);
    }
    uint32_t head[3] = {htole32(column), htole32((uint32_t)value->type), htole32((uint32_t)text.len)};
    size_t at = self->bytes.len;
    if (buffer_append(&self->bytes, span_make(head, sizeof head)) != FAULT_NONE ||
        buffer_append(&self->bytes, text) != FAULT_NONE)
        return FAULT_LIMIT;
    *place(self, column) = (struct row_hash_piece){column, at, self->bytes.len - at};
    return FAULT_NONE;
}

static int compare_pieces(const void *a, const void *b)
{
    const struct row_hash_piece *x = a, *y = b;
    return (x->column > y->column) - (x->column < y->column);
}

enum fault row_hash_end(struct row_hash *self, unsigned char out[16])
{
    if (!self->is_ordered)
        qsort(self->pieces, self->n_pieces, sizeof *self->pieces, compare_pieces);
    buffer_clear(&self->sorted);
    for (uint32_t i = 0; i < self->n_pieces; i++) {
        if (buffer_append(&self->sorted, span_make(self->bytes.data + self->pieces[i].at, self->pieces[i].len)) != FAULT_NONE)
            return FAULT_LIMIT;
    }
    struct sha256 hash = sha256_of(buffer_span(&self->sorted));
    memcpy(out, hash.bytes, 16);
    return FAULT_NONE;
}

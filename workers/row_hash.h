/* SPDX-License-Identifier: MIT
 *
 * --dedupe: what makes a row the same as another, as 128 bits. Of all its values, or of its key columns; by kind and value, in
 * the order of the output's columns whatever their order in the sheet. The same in every process.
 */
#ifndef SHEAF_WORKERS_ROW_HASH_H
#define SHEAF_WORKERS_ROW_HASH_H

#include "wire/stack_partial.h"
#include "wire/stack_plan.h"
#include "workers/row_value.h"

struct row_hash_piece {
    uint32_t column;
    size_t at, len;
};

struct row_hash {
    bool is_wanted;
    bool *counts; /* by column */
    struct row_hash_piece *pieces;
    uint32_t n_pieces;
    bool is_ordered;
    struct buffer bytes, sorted;
};

void row_hash_init(struct row_hash *self, const struct stack_plan *plan);
void row_hash_free(struct row_hash *self);
void row_hash_begin(struct row_hash *self);
/* FAULT_LIMIT: a row of more text than can be held. */
enum fault row_hash_cell(struct row_hash *self, uint32_t column, const struct row_value *value) MUST_CHECK;
enum fault row_hash_end(struct row_hash *self, unsigned char out[16]) MUST_CHECK;

#endif

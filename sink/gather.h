/* SPDX-License-Identifier: MIT
 *
 * From columns to rows: every partial result is one source's values in input order; a result cell needs all sources' values
 * of one input. Reads the spool in blocks of inputs, one position per source, so that memory is a fixed budget whatever the
 * number of sources and cells. Blocking reads; one thread.
 */
#ifndef SHEAF_SINK_GATHER_H
#define SHEAF_SINK_GATHER_H

#include "core/spool.h"
#include "wire/partial.h"

/* One used source; a "slot" is a place in this array, which stands in source order. */
struct gather_source {
    uint64_t values_at, texts_at, texts_len; /* in the spool */
    uint32_t n_values;
};

struct gathered {
    uint32_t slot;
    struct partial_value value;
};

/* The values of one input that are not used. */
struct gather_rest {
    uint32_t n_texts, n_dates, n_booleans; /* VALUE_NO_NUMBER */
    uint32_t n_doubtful;                   /* a number that was skipped, or text that may be one */
    struct gathered first;                 /* of the texts, dates and booleans */
};

#define GATHER_BYTES_DEFAULT ((size_t)4 << 20)

struct gather;

/* `sources` is borrowed. Only values with VALUE_USED are given, the others are counted. `budget_bytes` bounds the block; one input of all sources
 * is always possible. */
struct gather *gather_new(struct spool *spool, const struct gather_source *sources, uint32_t n_sources, uint32_t n_inputs,
                          size_t budget_bytes);
void gather_destroy(struct gather **self);
/* Back to the first input. */
void gather_rewind(struct gather *self);
/* Reads the next block: inputs *ret_first <= i < *ret_end. Both equal: all have been read. FAULT_IO; FAULT_PROTOCOL when values
 * are not ascending. */
enum fault gather_next(struct gather *self, uint32_t *ret_first, uint32_t *ret_end) MUST_CHECK;
/* The values of one input of the block, by slot; valid until the next gather_next. */
const struct gathered *gather_input(const struct gather *self, uint32_t input, uint32_t *ret_n);

const struct gather_rest *gather_rest_of(const struct gather *self, uint32_t input);

/* The numbers that the sources have in the cells `inputs` (ascending, any of the plan, used or not): ret_found[i * n_sources +
 * slot] tells whether ret_numbers there is set. Meant for cells near the block that was read last. */
enum fault gather_numbers(struct gather *self, const uint32_t *inputs, uint32_t n, struct decimal *ret_numbers,
                          bool *ret_found) MUST_CHECK;

/* The text of a value, appended to `out`. */
enum fault gather_text(struct gather *self, uint32_t slot, const struct partial_value *value, struct buffer *out) MUST_CHECK;

#endif

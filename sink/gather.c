/* SPDX-License-Identifier: MIT
 *
 * A block is a matrix: one row per input, as wide as there are sources, filled source after source, so that each row ends
 * up in source order without sorting.
 */
#include "sink/gather.h"

#include <stdlib.h>

#include "core/must.h"

#define CHUNK_VALUES 512u /* of one read: 12 KiB */

struct position {
    uint32_t next;  /* the first value not read yet */
    uint32_t input; /* its input, when a chunk has shown it; 0 before that */
};

struct gather {
    struct spool *spool;
    const struct gather_source *sources;
    struct position *positions;
    uint32_t n_sources, n_inputs;
    uint32_t first, end; /* the block */
    bool holds_all;      /* the block is all inputs: further walks need not read it again */
    uint32_t width;      /* inputs of a block */
    struct gathered *matrix;
    uint32_t *counts;
    struct gather_rest *rest; /* per input of the block */
    uint32_t chunk_first, chunk_n; /* values of the source being read that are in `chunk` */
    unsigned char chunk[CHUNK_VALUES * PARTIAL_VALUE_BYTES];
};

struct gather *gather_new(struct spool *spool, const struct gather_source *sources, uint32_t n_sources, uint32_t n_inputs,
                          size_t budget_bytes)
{
    struct gather *self = must_alloc(sizeof *self);
    self->spool = spool;
    self->sources = sources;
    self->n_sources = n_sources;
    self->n_inputs = n_inputs;
    self->positions = must_alloc((size_t)n_sources * sizeof *self->positions);
    size_t row_bytes = (n_sources ? n_sources : 1) * sizeof *self->matrix + sizeof *self->rest;
    size_t width = budget_bytes / row_bytes;
    self->width = width < 1 ? 1 : width > n_inputs ? (n_inputs ? n_inputs : 1) : (uint32_t)width;
    self->matrix = must_alloc((size_t)self->width * (n_sources ? n_sources : 1) * sizeof *self->matrix);
    self->rest = must_alloc(self->width * sizeof *self->rest);
    self->counts = must_alloc(self->width * sizeof *self->counts);
    return self;
}

void gather_destroy(struct gather **self)
{
    if (!*self)
        return;
    free((*self)->positions);
    free((*self)->matrix);
    free((*self)->counts);
    free((*self)->rest);
    free(*self);
    *self = NULL;
}

void gather_rewind(struct gather *self)
{
    self->first = self->end = 0;
    if (!self->holds_all)
        memset(self->positions, 0, self->n_sources * sizeof *self->positions);
}

static enum fault read_chunk(struct gather *self, uint32_t slot, uint32_t first, uint32_t n)
{
    const struct gather_source *source = &self->sources[slot];
    must(n <= CHUNK_VALUES && first <= source->n_values && n <= source->n_values - first);
    self->chunk_first = first;
    self->chunk_n = n;
    return spool_read(self->spool, source->values_at + (uint64_t)first * PARTIAL_VALUE_BYTES, self->chunk,
                      (size_t)n * PARTIAL_VALUE_BYTES);
}

static struct partial_value chunk_value(const struct gather *self, uint32_t index)
{
    struct partial_value value;
    partial_value_get(self->chunk + (size_t)index * PARTIAL_VALUE_BYTES, &value);
    return value;
}

/* As many values as the source probably has in the rest of the block: a sparse source is not read over and over. */
static uint32_t guess_values(const struct gather *self, uint32_t remaining)
{
    uint64_t inputs_left = self->n_inputs - self->first;
    uint64_t expected = (uint64_t)remaining * (self->end - self->first) / inputs_left + 8;
    uint64_t n = expected < CHUNK_VALUES ? expected : CHUNK_VALUES;
    return n < remaining ? (uint32_t)n : remaining;
}

static bool has_number(const struct partial_value *value)
{
    return value->kind == VALUE_NUMBER || value->kind == VALUE_CONVERTED || value->kind == VALUE_DURATION;
}

static void count_rest(struct gather_rest *rest, uint32_t slot, const struct partial_value *value)
{
    if (!(value->flags & VALUE_NO_NUMBER)) {
        rest->n_doubtful += has_number(value) || value->kind == VALUE_TEXT;
        return;
    }
    if (rest->n_texts + rest->n_dates + rest->n_booleans == 0)
        rest->first = (struct gathered){slot, *value};
    rest->n_texts += value->kind == VALUE_TEXT;
    rest->n_dates += value->kind == VALUE_DATE;
    rest->n_booleans += value->kind == VALUE_BOOLEAN;
}

static void put_value(struct gather *self, uint32_t slot, const struct partial_value *value)
{
    uint32_t row = value->input - self->first;
    if (!(value->flags & VALUE_USED)) {
        count_rest(&self->rest[row], slot, value);
        return;
    }
    must(self->counts[row] < self->n_sources);
    struct gathered *to = self->matrix + (size_t)row * self->n_sources + self->counts[row]++;
    to->slot = slot;
    to->value = *value;
}

/* Takes the values of one chunk up to the end of the block; *ret_is_done when the next value lies behind it. */
static enum fault take_chunk(struct gather *self, uint32_t slot, bool *ret_is_done)
{
    struct position *position = &self->positions[slot];
    for (uint32_t i = 0; i < self->chunk_n; i++) {
        struct partial_value value = chunk_value(self, i);
        if (value.input < position->input || value.input >= self->n_inputs)
            return FAULT_PROTOCOL;
        position->input = value.input;
        if (value.input >= self->end) {
            *ret_is_done = true;
            return FAULT_NONE;
        }
        position->next++;
        position->input++; /* strictly ascending */
        put_value(self, slot, &value);
    }
    return FAULT_NONE;
}

static enum fault read_source(struct gather *self, uint32_t slot)
{
    const struct gather_source *source = &self->sources[slot];
    struct position *position = &self->positions[slot];
    bool is_done = false;
    while (!is_done && position->next < source->n_values && position->input < self->end) {
        uint32_t n = guess_values(self, source->n_values - position->next);
        enum fault fault = read_chunk(self, slot, position->next, n);
        if (fault == FAULT_NONE)
            fault = take_chunk(self, slot, &is_done);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

static enum fault read_block(struct gather *self)
{
    memset(self->counts, 0, self->width * sizeof *self->counts);
    memset(self->rest, 0, self->width * sizeof *self->rest);
    for (uint32_t slot = 0; slot < self->n_sources; slot++) {
        enum fault fault = read_source(self, slot);
        if (fault != FAULT_NONE)
            return fault;
    }
    self->holds_all = self->first == 0 && self->end == self->n_inputs;
    return FAULT_NONE;
}

enum fault gather_next(struct gather *self, uint32_t *ret_first, uint32_t *ret_end)
{
    self->first = self->end;
    self->end = self->n_inputs - self->first > self->width ? self->first + self->width : self->n_inputs;
    if (self->first < self->end && !self->holds_all) {
        enum fault fault = read_block(self);
        if (fault != FAULT_NONE)
            return fault;
    }
    *ret_first = self->first;
    *ret_end = self->end;
    return FAULT_NONE;
}

const struct gathered *gather_input(const struct gather *self, uint32_t input, uint32_t *ret_n)
{
    must(input >= self->first && input < self->end);
    uint32_t row = input - self->first;
    *ret_n = self->counts[row];
    return self->matrix + (size_t)row * self->n_sources;
}

const struct gather_rest *gather_rest_of(const struct gather *self, uint32_t input)
{
    must(input >= self->first && input < self->end);
    return &self->rest[input - self->first];
}

/* --- single cells, for weights ---------------------------------------------------------------------------------------------- */

/* The first value of the chunk whose input is not below `input`. */
static uint32_t chunk_lower_bound(const struct gather *self, uint32_t input)
{
    uint32_t low = 0, high = self->chunk_n;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (chunk_value(self, middle).input < input)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Whether the chunk can answer for this input: it lies between values that the chunk has, or beyond the source's own ends. */
static bool chunk_covers(const struct gather *self, uint32_t slot, uint32_t input)
{
    if (self->chunk_n == 0)
        return false;
    bool from_start = self->chunk_first == 0, to_end = self->chunk_first + self->chunk_n == self->sources[slot].n_values;
    return (from_start || chunk_value(self, 0).input <= input) &&
           (to_end || chunk_value(self, self->chunk_n - 1).input >= input);
}

/* Reads the chunk around value index `at`. */
static enum fault read_around(struct gather *self, uint32_t slot, uint32_t at)
{
    uint32_t n_values = self->sources[slot].n_values;
    uint32_t n = n_values < CHUNK_VALUES / 4 ? n_values : CHUNK_VALUES / 4;
    uint32_t first = at > n / 2 ? at - n / 2 : 0;
    if (first > n_values - n)
        first = n_values - n;
    return read_chunk(self, slot, first, n);
}

/* Chunk by chunk, halving: the first guess is the place where the block ended. */
static enum fault seek(struct gather *self, uint32_t slot, uint32_t input)
{
    uint32_t low = 0, high = self->sources[slot].n_values, at = self->positions[slot].next;
    while (!chunk_covers(self, slot, input) && low < high) {
        enum fault fault = read_around(self, slot, at);
        if (fault != FAULT_NONE)
            return fault;
        if (chunk_value(self, self->chunk_n - 1).input < input)
            low = self->chunk_first + self->chunk_n;
        else
            high = self->chunk_first;
        at = low + (high - low) / 2;
    }
    return FAULT_NONE;
}

enum fault gather_numbers(struct gather *self, const uint32_t *inputs, uint32_t n, struct decimal *ret_numbers,
                          bool *ret_found)
{
    for (uint32_t slot = 0; slot < self->n_sources; slot++) {
        self->chunk_n = 0;
        for (uint32_t i = 0; i < n; i++) {
            size_t to = (size_t)i * self->n_sources + slot;
            ret_found[to] = false;
            if (self->sources[slot].n_values == 0)
                continue;
            enum fault fault = seek(self, slot, inputs[i]);
            if (fault != FAULT_NONE)
                return fault;
            uint32_t index = chunk_lower_bound(self, inputs[i]);
            if (index == self->chunk_n)
                continue;
            struct partial_value value = chunk_value(self, index);
            ret_found[to] = value.input == inputs[i] && has_number(&value);
            ret_numbers[to] = value.number;
        }
    }
    return FAULT_NONE;
}

enum fault gather_text(struct gather *self, uint32_t slot, const struct partial_value *value, struct buffer *out)
{
    const struct gather_source *source = &self->sources[slot];
    if (value->text_at > source->texts_len || value->text_len > source->texts_len - value->text_at)
        return FAULT_PROTOCOL;
    char *to = buffer_reserve(out, value->text_len);
    if (!to)
        return FAULT_LIMIT;
    enum fault fault = spool_read(self->spool, source->texts_at + value->text_at, to, value->text_len);
    if (fault == FAULT_NONE)
        out->len += value->text_len;
    return fault;
}

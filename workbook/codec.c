/* SPDX-License-Identifier: MIT
 *
 * ISA-L behind one small interface: its inflate is about 2.5 times as fast as zlib's, its CRC
 * nearly free. DEFLATE_SMALL alone goes through zlib, because ISA-L has no slow and small level.
 * ISA-L counts in 32 bits and takes mutable pointers for its input; both stay inside this file.
 */
#include "workbook/codec.h"

#include <stdlib.h>

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>
#include <zlib.h>

#include "core/must.h"

/* One call never sees more than this, so that 32-bit counters cannot wrap. */
#define STEP_BYTES_MAX ((size_t)1 << 30)
#define PIECE_BYTES ((size_t)64 << 10)
/* ISA-L's matcher works with positions of 32 bits: long before they wrap the stream is flushed to a
 * byte boundary and begun anew, which deflate allows between any two blocks. */
#define FAST_STREAM_BYTES ((uint32_t)1 << 30)
/* Where rows hold numbers only, 14 is up to 3 % smaller; where they hold texts, 4 % larger (measured on stacked
 * rows; level 2 is 1 % smaller than 1 and up to a seventh slower, level 3 another 2 % and three times slower). */
#define FAST_WINDOW_BITS 15
/* zlib's 6 is the yardstick for the size of the output; 7 is still near its speed, and makes up for the
 * matches that fragments of 1 MiB cannot see (measured: 0.98 to 1.00 of level 6 over the whole). */
#define SMALL_LEVEL 7
#define SMALL_MEMORY 8 /* 9 gains nothing and is a tenth slower: its tables leave the L2 cache */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

uint32_t codec_crc32(uint32_t crc, struct span bytes)
{
    return bytes.len ? crc32_gzip_refl(crc, (const unsigned char *)bytes.data, bytes.len) : crc;
}

uint32_t codec_crc32_join(uint32_t a, uint32_t b, uint64_t len_b)
{
    must(len_b <= INT64_MAX);
    return (uint32_t)crc32_combine(a, b, (z_off_t)len_b);
}

/* --- inflate --- */

struct inflater {
    struct inflate_state state;
    uint64_t consumed; /* bytes of input, without what was read ahead past the end */
    bool is_ended;
};

struct inflater *inflater_new(void)
{
    struct inflater *self = must_realloc(NULL, sizeof *self); /* 80 KiB that isal_inflate_init makes ready */
    inflater_reset(self);
    return self;
}

void inflater_destroy(struct inflater **self)
{
    free(*self);
    *self = NULL;
}

void inflater_reset(struct inflater *self)
{
    isal_inflate_init(&self->state);
    self->consumed = 0;
    self->is_ended = false;
}

uint64_t inflater_consumed(const struct inflater *self)
{
    return self->consumed;
}

/* Up to eight bytes behind the final block may sit in the bit buffer: they are the caller's. Those
 * that came with an earlier call cannot be given back, but they are counted as not consumed. */
static void give_back_read_ahead(struct inflater *self, struct span *input, size_t taken)
{
    size_t extra = self->state.read_in_length > 0 ? (size_t)self->state.read_in_length / 8 : 0;
    self->consumed -= least(extra, (size_t)self->consumed);
    size_t back = least(extra, taken);
    input->data -= back;
    input->len += back;
}

enum fault inflater_step(struct inflater *self, struct span *input, void *out, size_t out_size,
                         size_t *ret_len, bool *ret_end)
{
    *ret_len = 0;
    *ret_end = self->is_ended;
    if (self->is_ended || !out_size)
        return FAULT_NONE;
    struct inflate_state *state = &self->state;
    size_t offered = least(input->len, STEP_BYTES_MAX), room = least(out_size, STEP_BYTES_MAX);
    state->next_in = (uint8_t *)input->data;
    state->avail_in = (uint32_t)offered;
    state->next_out = out;
    state->avail_out = (uint32_t)room;
    int result = isal_inflate(state);
    /* Behind an error the counters mean nothing: avail_in may even have wrapped (found by
     * fuzzing 2.30). */
    if ((result != ISAL_DECOMP_OK && result != ISAL_END_INPUT && result != ISAL_OUT_OVERFLOW) ||
        state->avail_in > offered || state->avail_out > room)
        return FAULT_CORRUPT;
    size_t taken = offered - state->avail_in;
    *input = span_from(*input, taken);
    self->consumed += taken;
    *ret_len = room - state->avail_out;
    if (state->block_state == ISAL_BLOCK_FINISH) {
        give_back_read_ahead(self, input, taken);
        *ret_end = self->is_ended = true;
    }
    return FAULT_NONE;
}

/* --- deflate --- */

struct deflater {
    enum deflate_level level;
    codec_sink *sink;
    void *context;
    uint32_t crc;
    uint64_t size;
    bool is_open_block; /* bytes were added behind the last byte boundary */
    struct isal_zstream *fast; /* one of the two, by level */
    unsigned char *fast_buffer;
    z_stream *small;
    unsigned char piece[PIECE_BYTES];
    size_t piece_len;
};

static void start_fast(struct deflater *self)
{
    isal_deflate_init(self->fast);
    self->fast->level = 1;
    self->fast->level_buf = self->fast_buffer;
    self->fast->level_buf_size = ISAL_DEF_LVL1_DEFAULT;
    self->fast->hist_bits = FAST_WINDOW_BITS;
    self->fast->flush = NO_FLUSH;
    self->fast->gzip_flag = IGZIP_DEFLATE;
}

struct deflater *deflater_new(enum deflate_level level, codec_sink *sink, void *context)
{
    struct deflater *self = must_alloc(sizeof *self);
    self->level = level;
    if (level == DEFLATE_FAST) {
        self->fast = must_alloc(sizeof *self->fast);
        self->fast_buffer = must_alloc(ISAL_DEF_LVL1_DEFAULT);
    } else {
        self->small = must_alloc(sizeof *self->small);
        must(deflateInit2(self->small, SMALL_LEVEL, Z_DEFLATED, -MAX_WBITS, SMALL_MEMORY,
                          Z_DEFAULT_STRATEGY) == Z_OK);
    }
    deflater_reset(self, sink, context);
    return self;
}

void deflater_destroy(struct deflater **self)
{
    if (!*self)
        return;
    if ((*self)->small)
        deflateEnd((*self)->small);
    free((*self)->small);
    free((*self)->fast_buffer);
    free((*self)->fast);
    free(*self);
    *self = NULL;
}

void deflater_reset(struct deflater *self, codec_sink *sink, void *context)
{
    self->sink = sink;
    self->context = context;
    self->crc = 0;
    self->size = 0;
    self->is_open_block = false;
    self->piece_len = 0;
    if (self->fast)
        start_fast(self);
    else
        must(deflateReset(self->small) == Z_OK);
}

static enum fault hand_on(struct deflater *self)
{
    size_t len = self->piece_len;
    self->piece_len = 0;
    return len ? self->sink(self->context, span_make(self->piece, len)) : FAULT_NONE;
}

/* How far a run goes: to the end of the bytes, to a byte boundary that nothing behind it looks past, or to
 * the end of the stream. */
enum goal { GOAL_ADD, GOAL_FLUSH, GOAL_END };

/* Each returns true when there is nothing more to write for the given input. */
static bool step_fast(struct deflater *self, struct span *bytes, enum goal goal)
{
    struct isal_zstream *stream = self->fast;
    size_t offered = least(bytes->len, STEP_BYTES_MAX);
    stream->next_in = (uint8_t *)bytes->data;
    stream->avail_in = (uint32_t)offered;
    stream->next_out = self->piece + self->piece_len;
    stream->avail_out = (uint32_t)(PIECE_BYTES - self->piece_len);
    stream->flush = goal == GOAL_FLUSH ? FULL_FLUSH : NO_FLUSH;
    stream->end_of_stream = goal == GOAL_END && offered == bytes->len;
    must(isal_deflate(stream) == COMP_OK);
    if (offered)
        *bytes = span_from(*bytes, offered - stream->avail_in);
    self->piece_len = PIECE_BYTES - stream->avail_out;
    if (goal == GOAL_END)
        return stream->internal_state.state == ZSTATE_END;
    return !bytes->len && stream->avail_out;
}

static bool step_small(struct deflater *self, struct span *bytes, enum goal goal)
{
    static const int flushes[] = {Z_NO_FLUSH, Z_FULL_FLUSH, Z_FINISH};
    z_stream *stream = self->small;
    size_t offered = least(bytes->len, STEP_BYTES_MAX);
    stream->next_in = (Bytef *)bytes->data;
    stream->avail_in = (uInt)offered;
    stream->next_out = self->piece + self->piece_len;
    stream->avail_out = (uInt)(PIECE_BYTES - self->piece_len);
    int result = deflate(stream, offered == bytes->len ? flushes[goal] : Z_NO_FLUSH);
    must(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
    if (offered)
        *bytes = span_from(*bytes, offered - stream->avail_in);
    self->piece_len = PIECE_BYTES - stream->avail_out;
    return goal == GOAL_END ? result == Z_STREAM_END : !bytes->len && stream->avail_out;
}

static enum fault run(struct deflater *self, struct span bytes, enum goal goal)
{
    for (bool is_done = false; !is_done;) {
        is_done = self->fast ? step_fast(self, &bytes, goal) : step_small(self, &bytes, goal);
        if (self->piece_len == PIECE_BYTES || (is_done && goal != GOAL_ADD)) {
            enum fault fault = hand_on(self);
            if (fault)
                return fault;
        }
    }
    return FAULT_NONE;
}

/* Everything so far goes out, whole bytes; what comes begins without a history. */
static enum fault flush(struct deflater *self)
{
    if (!self->is_open_block)
        return FAULT_NONE;
    enum fault fault = run(self, SPAN(""), GOAL_FLUSH);
    self->is_open_block = false;
    if (self->fast)
        start_fast(self);
    return fault;
}

static enum fault add(struct deflater *self, struct span bytes)
{
    while (bytes.len) {
        struct span piece = span_make(bytes.data, least(bytes.len, STEP_BYTES_MAX));
        self->is_open_block = true;
        enum fault fault = run(self, piece, GOAL_ADD);
        if (!fault && self->fast && self->fast->total_in >= FAST_STREAM_BYTES)
            fault = flush(self);
        if (fault)
            return fault;
        bytes = span_from(bytes, piece.len);
    }
    return FAULT_NONE;
}

enum fault deflater_add(struct deflater *self, struct span bytes)
{
    self->crc = codec_crc32(self->crc, bytes);
    self->size += bytes.len;
    return add(self, bytes);
}

enum fault deflater_join(struct deflater *self, struct span deflated, uint32_t crc32, uint64_t raw_len)
{
    enum fault fault = flush(self);
    if (fault || !deflated.len)
        return fault;
    self->crc = codec_crc32_join(self->crc, crc32, raw_len);
    self->size += raw_len;
    return self->sink(self->context, deflated);
}

enum fault deflater_end(struct deflater *self)
{
    return run(self, SPAN(""), GOAL_END);
}

uint32_t deflater_crc32(const struct deflater *self)
{
    return self->crc;
}

uint64_t deflater_size(const struct deflater *self)
{
    return self->size;
}

/* --- fragments --- */

struct fragment_deflater {
    struct deflater *deflater;
};

static enum fault append(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

struct fragment_deflater *fragment_deflater_new(enum deflate_level level)
{
    struct fragment_deflater *self = must_alloc(sizeof *self);
    self->deflater = deflater_new(level, append, NULL);
    return self;
}

void fragment_deflater_destroy(struct fragment_deflater **self)
{
    if (!*self)
        return;
    deflater_destroy(&(*self)->deflater);
    free(*self);
    *self = NULL;
}

enum fault fragment_deflate(struct fragment_deflater *self, struct span bytes, struct buffer *out)
{
    deflater_reset(self->deflater, append, out);
    enum fault fault = add(self->deflater, bytes);
    return fault ? fault : flush(self->deflater);
}

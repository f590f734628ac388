/* SPDX-License-Identifier: MIT
 *
 * Reading msgpack without trust: bounds-checked, allocation-free, depth-limited. msgpack-c packs; this reads,
 * because msgpack-c 4.0 reserves what an array header claims. After the first fault every read fails and
 * yields zero values, so a decode checks once at its end.
 */
#ifndef SHEAF_WIRE_CURSOR_H
#define SHEAF_WIRE_CURSOR_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

struct cursor {
    const unsigned char *at, *end;
    enum fault fault; /* the first one met; FAULT_NONE while all is well */
    unsigned depth;
};

#define CURSOR_DEPTH_MAX 8

void cursor_init(struct cursor *self, struct span bytes);
/* Array of exactly n or more items follows (arrays grow at the end: extra items are skipped by cursor_leave). Gives
 * the count; a count larger than the bytes that remain is a fault. */
uint32_t cursor_enter(struct cursor *self, uint32_t at_least);
/* Skips `surplus` items of an entered array and leaves it. */
void cursor_leave(struct cursor *self, uint32_t surplus);
uint64_t cursor_u64(struct cursor *self);
int64_t cursor_i64(struct cursor *self);
uint32_t cursor_u32(struct cursor *self); /* a larger value is a fault */
double cursor_double(struct cursor *self);
bool cursor_bool(struct cursor *self);
struct span cursor_text(struct cursor *self); /* str; view */
struct span cursor_bytes(struct cursor *self); /* bin; view */
bool cursor_is_nil(struct cursor *self);       /* consumes the nil when it is one */
void cursor_skip(struct cursor *self);         /* any one object */
bool cursor_at_end(const struct cursor *self);

/* Packing, the only place that includes msgpack.h. */
void pack_array(struct buffer *out, uint32_t n);
void pack_u64(struct buffer *out, uint64_t value);
void pack_i64(struct buffer *out, int64_t value);
void pack_double(struct buffer *out, double value);
void pack_bool(struct buffer *out, bool value);
void pack_nil(struct buffer *out);
void pack_text(struct buffer *out, struct span text);
void pack_bytes(struct buffer *out, struct span bytes);

#endif

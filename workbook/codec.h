/* SPDX-License-Identifier: MIT
 *
 * The one door to the deflate libraries (ISA-L; zlib for DEFLATE_SMALL only). RFC 1951 raw streams, CRC-32
 * as ZIP counts it. Each object belongs to one thread and is reused from part to part: its window and
 * tables are touched once.
 */
#ifndef SHEAF_WORKBOOK_CODEC_H
#define SHEAF_WORKBOOK_CODEC_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

uint32_t codec_crc32(uint32_t crc, struct span bytes); /* start with 0 */

struct inflater;
struct inflater *inflater_new(void);
void inflater_destroy(struct inflater **self);
void inflater_reset(struct inflater *self);

/* Consumes from *input and writes at most out_size bytes. *ret_len = bytes written; *ret_end = the final block
 * has ended (what is left of *input is not part of the stream). FAULT_CORRUPT on invalid data. Making no
 * progress with an empty *input means: more input is wanted. */
enum fault inflater_step(struct inflater *self, struct span *input, void *out, size_t out_size, size_t *ret_len,
                         bool *ret_end) MUST_CHECK;
/* Bytes of input that belong to the stream so far; exact once it has ended. */
uint64_t inflater_consumed(const struct inflater *self);

enum deflate_level { DEFLATE_FAST, DEFLATE_SMALL };

/* Output goes to `sink` in pieces of up to 64 KiB (fragments that are joined: as they come); a fault of the sink ends the
 * stream. */
typedef enum fault codec_sink(void *context, struct span bytes);

struct deflater;
struct deflater *deflater_new(enum deflate_level level, codec_sink *sink, void *context);
void deflater_destroy(struct deflater **self);
void deflater_reset(struct deflater *self, codec_sink *sink, void *context);
enum fault deflater_add(struct deflater *self, struct span bytes) MUST_CHECK;
/* Fragments (below) follow what was added so far, whose blocks are closed to a byte boundary first. crc32 and raw_len are of
 * the inflated bytes. */
enum fault deflater_join(struct deflater *self, struct span deflated, uint32_t crc32, uint64_t raw_len) MUST_CHECK;
enum fault deflater_end(struct deflater *self) MUST_CHECK; /* writes the final block */
uint32_t deflater_crc32(const struct deflater *self);      /* of the bytes added and joined so far */
uint64_t deflater_size(const struct deflater *self);       /* bytes added and joined so far, inflated */

/* --- fragments: pieces deflated apart and joined later --- */

/* Appends `bytes` as deflate blocks, none of them final, that end at a byte boundary and refer to nothing before them: fragments
 * set one behind another, then CODEC_LAST_BLOCK, are one stream. Matches and tables are begun anew for each; the state is reused.
 * FAULT_LIMIT of the buffer. */
struct fragment_deflater;
struct fragment_deflater *fragment_deflater_new(enum deflate_level level);
void fragment_deflater_destroy(struct fragment_deflater **self);
enum fault fragment_deflate(struct fragment_deflater *self, struct span bytes, struct buffer *out) MUST_CHECK;
#define CODEC_LAST_BLOCK SPAN("\x03\x00") /* RFC 1951 3.2.6: final, fixed codes, nothing in it */

/* The CRC-32 of a followed by b, from those of a and of b and the length of b. */
uint32_t codec_crc32_join(uint32_t a, uint32_t b, uint64_t len_b);

#endif

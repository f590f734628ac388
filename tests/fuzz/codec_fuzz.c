/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a deflate stream, in pieces, against zlib: what zlib reads we read too, to the same
 * bytes and the same end; and any bytes deflated come back. The first two bytes choose the sizes of
 * the pieces.
 */
#include <stdint.h>
#include <stdlib.h>

#include <zlib.h>

#include "core/buffer.h"
#include "core/must.h"
#include "workbook/codec.h"

#define OUT_BYTES_MAX ((size_t)1 << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* True when the stream ended within the limit of `out`. */
static bool inflate_ours(struct span packed, size_t in_piece, size_t out_piece, struct buffer *out,
                         uint64_t *ret_consumed)
{
    struct inflater *inflater = inflater_new();
    bool is_end = false;
    enum fault fault = FAULT_NONE;
    while (!is_end && !fault) {
        struct span input = span_make(packed.data, packed.len < in_piece ? packed.len : in_piece);
        size_t offered = input.len, len;
        char *to = buffer_reserve(out, out_piece);
        if (!to)
            break;
        fault = inflater_step(inflater, &input, to, out_piece, &len, &is_end);
        must(len <= out_piece && input.len <= offered);
        out->len += len;
        packed = span_from(packed, offered - input.len);
        if (!len && offered == input.len)
            break;
    }
    *ret_consumed = inflater_consumed(inflater);
    inflater_destroy(&inflater);
    return is_end && !fault;
}

static bool inflate_zlib(struct span packed, struct buffer *out, uint64_t *ret_consumed)
{
    z_stream z = {.next_in = (Bytef *)packed.data, .avail_in = (uInt)packed.len};
    must(inflateInit2(&z, -15) == Z_OK);
    z.next_out = (Bytef *)buffer_reserve(out, OUT_BYTES_MAX / 2);
    z.avail_out = OUT_BYTES_MAX / 2;
    bool is_end = inflate(&z, Z_FINISH) == Z_STREAM_END;
    out->len = z.total_out;
    *ret_consumed = z.total_in;
    inflateEnd(&z);
    return is_end;
}

static enum fault keep(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

static void check_round_trip(struct span plain, size_t piece, struct buffer *packed,
                             struct buffer *again)
{
    uint64_t consumed;
    buffer_clear(packed);
    buffer_clear(again);
    struct deflater *deflater =
        deflater_new(piece & 1 ? DEFLATE_FAST : DEFLATE_SMALL, keep, packed);
    for (size_t at = 0; at < plain.len; at += piece)
        must(!deflater_add(
            deflater, span_make(plain.data + at, plain.len - at < piece ? plain.len - at : piece)));
    must(!deflater_end(deflater) && deflater_crc32(deflater) == codec_crc32(0, plain));
    deflater_destroy(&deflater);
    must(inflate_zlib(buffer_span(packed), again, &consumed) && consumed == packed->len);
    must(span_equal(buffer_span(again), plain));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || size > OUT_BYTES_MAX / 4)
        return 0;
    size_t in_piece = 1 + data[0] * (size_t)7, out_piece = 1 + data[1] * (size_t)13;
    struct span bytes = span_make(data + 2, size - 2);
    struct buffer ours, theirs;
    uint64_t our_end, their_end;
    buffer_init(&ours, OUT_BYTES_MAX);
    buffer_init(&theirs, OUT_BYTES_MAX);
    bool is_ours = inflate_ours(bytes, in_piece, out_piece, &ours, &our_end);
    if (inflate_zlib(bytes, &theirs, &their_end)) {
        must(is_ours && our_end == their_end);
        must(span_equal(buffer_span(&ours), buffer_span(&theirs)));
    }
    check_round_trip(bytes, in_piece, &theirs, &ours);
    buffer_free(&ours);
    buffer_free(&theirs);
    return 0;
}

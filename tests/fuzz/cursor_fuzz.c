/* SPDX-License-Identifier: MIT
 *
 * The cursor on any bytes: the first bytes of the input are a program of reads, the rest is what it reads. Nothing is read
 * outside the bytes, no read goes on after a fault, and skipping an object ends where reading it ends.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "wire/cursor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define PROGRAM_BYTES 32

static void check_span(struct span bytes, const uint8_t *data, size_t size)
{
    if (!bytes.len)
        return;
    const uint8_t *at = (const uint8_t *)bytes.data;
    must(at >= data && bytes.len <= size && (size_t)(at - data) <= size - bytes.len);
}

/* One object by its accessor and by skip: both must stop at the same byte. */
static void compare_with_skip(struct cursor in, void (*read)(struct cursor *))
{
    struct cursor skipped = in;
    read(&in);
    cursor_skip(&skipped);
    if (in.fault == FAULT_NONE)
        must(skipped.fault == FAULT_NONE && skipped.at == in.at);
}

static void read_u64(struct cursor *in)
{
    cursor_u64(in);
}

static void read_text(struct cursor *in)
{
    cursor_text(in);
}

static void read_bytes(struct cursor *in)
{
    cursor_bytes(in);
}

static void step(struct cursor *in, uint8_t instruction, const uint8_t *data, size_t size)
{
    switch (instruction % 12) {
    case 0: cursor_u64(in); break;
    case 1: cursor_i64(in); break;
    case 2: cursor_u32(in); break;
    case 3: cursor_double(in); break;
    case 4: cursor_bool(in); break;
    case 5: check_span(cursor_text(in), data, size); break;
    case 6: check_span(cursor_bytes(in), data, size); break;
    case 7: cursor_is_nil(in); break;
    case 8: cursor_skip(in); break;
    case 9: must(cursor_enter(in, instruction / 12) <= size); break;
    case 10:
        if (in->depth)
            cursor_leave(in, instruction / 12);
        break;
    case 11:
        compare_with_skip(*in, read_u64);
        compare_with_skip(*in, read_text);
        compare_with_skip(*in, read_bytes);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < PROGRAM_BYTES)
        return 0;
    const uint8_t *bytes = data + PROGRAM_BYTES;
    size -= PROGRAM_BYTES;
    struct cursor in;
    cursor_init(&in, span_make(bytes, size));
    for (int i = 0; i < PROGRAM_BYTES; i++) {
        enum fault before = in.fault;
        step(&in, data[i], bytes, size);
        must(in.depth <= CURSOR_DEPTH_MAX && in.at <= in.end);
        if (before != FAULT_NONE)
            must(in.fault == before && in.at == in.end);
    }
    return 0;
}

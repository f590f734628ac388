/* SPDX-License-Identifier: MIT */
#include "wire/cursor.h"

#include <msgpack.h>
#include <string.h>

#include "core/must.h"

void cursor_init(struct cursor *self, struct span bytes)
{
    if (!bytes.len)
        bytes = SPAN(""); /* data may be NULL then, and NULL + 0 is not defined */
    *self = (struct cursor){.at = (const unsigned char *)bytes.data,
                            .end = (const unsigned char *)bytes.data + bytes.len};
}

static void fail(struct cursor *self)
{
    if (self->fault == FAULT_NONE)
        self->fault = FAULT_PROTOCOL;
    self->at = self->end;
}

static size_t left(const struct cursor *self)
{
    return (size_t)(self->end - self->at);
}

/* The next `n` bytes as a big-endian number; 0 and a fault when there are fewer. */
static uint64_t take_number(struct cursor *self, size_t n)
{
    if (self->fault != FAULT_NONE || left(self) < n) {
        fail(self);
        return 0;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | *self->at++;
    return value;
}

static struct span take_run(struct cursor *self, uint64_t len)
{
    if (self->fault != FAULT_NONE || left(self) < len) {
        fail(self);
        return (struct span){"", 0};
    }
    struct span run = span_make(self->at, (size_t)len);
    self->at += len;
    return run;
}

/* msgpack spec: fixarray 0x90, array16 0xdc, array32 0xdd. */
uint32_t cursor_enter(struct cursor *self, uint32_t at_least)
{
    unsigned tag = (unsigned)take_number(self, 1);
    uint64_t n = 0;
    if ((tag & 0xF0) == 0x90)
        n = tag & 0x0F;
    else if (tag == 0xdc)
        n = take_number(self, 2);
    else if (tag == 0xdd)
        n = take_number(self, 4);
    else
        fail(self);
    /* each item takes a byte at least: a header that claims more lies */
    if (n > left(self) || n < at_least || self->depth >= CURSOR_DEPTH_MAX)
        fail(self);
    if (self->fault != FAULT_NONE)
        return 0;
    self->depth++;
    return (uint32_t)n;
}

void cursor_leave(struct cursor *self, uint32_t surplus)
{
    while (surplus-- && self->fault == FAULT_NONE)
        cursor_skip(self);
    if (self->fault == FAULT_NONE) {
        must(self->depth > 0);
        self->depth--;
    }
}

int64_t cursor_i64(struct cursor *self)
{
    unsigned tag = (unsigned)take_number(self, 1);
    if (tag <= 0x7f)
        return (int64_t)tag;
    if (tag >= 0xe0)
        return (int64_t)tag - 256;
    switch (tag) {
    case 0xcc: return (int64_t)take_number(self, 1);
    case 0xcd: return (int64_t)take_number(self, 2);
    case 0xce: return (int64_t)take_number(self, 4);
    case 0xcf: {
        uint64_t value = take_number(self, 8);
        if (value > INT64_MAX)
            fail(self);
        return value > INT64_MAX ? 0 : (int64_t)value;
    }
    case 0xd0: return (int8_t)take_number(self, 1);
    case 0xd1: return (int16_t)take_number(self, 2);
    case 0xd2: return (int32_t)take_number(self, 4);
    case 0xd3: return (int64_t)take_number(self, 8);
    default: fail(self); return 0;
    }
}

uint64_t cursor_u64(struct cursor *self)
{
    if (left(self) >= 9 && *self->at == 0xcf) {
        self->at++;
        return take_number(self, 8);
    }
    int64_t value = cursor_i64(self);
    if (value < 0)
        fail(self);
    return value < 0 ? 0 : (uint64_t)value;
}

uint32_t cursor_u32(struct cursor *self)
{
    uint64_t value = cursor_u64(self);
    if (value > UINT32_MAX)
        fail(self);
    return value > UINT32_MAX ? 0 : (uint32_t)value;
}

double cursor_double(struct cursor *self)
{
    if (take_number(self, 1) != 0xcb)
        fail(self);
    uint64_t bits = take_number(self, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

bool cursor_bool(struct cursor *self)
{
    unsigned tag = (unsigned)take_number(self, 1);
    if (tag != 0xc2 && tag != 0xc3)
        fail(self);
    return tag == 0xc3;
}

struct span cursor_text(struct cursor *self)
{
    unsigned tag = (unsigned)take_number(self, 1);
    uint64_t len = 0;
    if ((tag & 0xE0) == 0xA0)
        len = tag & 0x1F;
    else if (tag >= 0xd9 && tag <= 0xdb)
        len = take_number(self, (size_t)1 << (tag - 0xd9));
    else
        fail(self);
    return take_run(self, len);
}

struct span cursor_bytes(struct cursor *self)
{
    unsigned tag = (unsigned)take_number(self, 1);
    uint64_t len = 0;
    if (tag >= 0xc4 && tag <= 0xc6)
        len = take_number(self, (size_t)1 << (tag - 0xc4));
    else
        fail(self);
    return take_run(self, len);
}

bool cursor_is_nil(struct cursor *self)
{
    if (self->fault != FAULT_NONE || !left(self) || *self->at != 0xc0)
        return false;
    self->at++;
    return true;
}

/* How many bytes follow a scalar's tag, or -1 for a tag that is no scalar of fixed size. */
static int scalar_size(unsigned tag)
{
    if (tag <= 0x7f || tag >= 0xe0 || tag == 0xc0 || tag == 0xc2 || tag == 0xc3)
        return 0;
    switch (tag) {
    case 0xcc: case 0xd0: return 1;
    case 0xcd: case 0xd1: return 2;
    case 0xca: case 0xce: case 0xd2: return 4;
    case 0xcb: case 0xcf: case 0xd3: return 8;
    case 0xd4: case 0xd5: case 0xd6: case 0xd7: case 0xd8: return 1 + (1 << (tag - 0xd4)); /* fixext */
    default: return -1;
    }
}

/* Flat: nested containers only add to the count of objects still to skip, so no depth can hurt. */
void cursor_skip(struct cursor *self)
{
    uint64_t todo = 1;
    while (todo && self->fault == FAULT_NONE) {
        todo--;
        unsigned tag = (unsigned)take_number(self, 1);
        uint64_t more = 0, bytes = 0;
        int size = scalar_size(tag);
        if (size >= 0)
            bytes = (uint64_t)size;
        else if ((tag & 0xE0) == 0xA0)
            bytes = tag & 0x1F;
        else if ((tag & 0xF0) == 0x90)
            more = tag & 0x0F;
        else if ((tag & 0xF0) == 0x80)
            more = 2 * (uint64_t)(tag & 0x0F);
        else if (tag >= 0xc4 && tag <= 0xc6)
            bytes = take_number(self, (size_t)1 << (tag - 0xc4));
        else if (tag >= 0xc7 && tag <= 0xc9)
            bytes = take_number(self, (size_t)1 << (tag - 0xc7)) + 1;
        else if (tag >= 0xd9 && tag <= 0xdb)
            bytes = take_number(self, (size_t)1 << (tag - 0xd9));
        else if (tag == 0xdc || tag == 0xdd)
            more = take_number(self, tag == 0xdc ? 2 : 4);
        else if (tag == 0xde || tag == 0xdf)
            more = 2 * take_number(self, tag == 0xde ? 2 : 4);
        else
            fail(self);
        take_run(self, bytes);
        todo += more;
        if (todo > left(self)) /* each takes a byte at least */
            fail(self);
    }
}

bool cursor_at_end(const struct cursor *self)
{
    return self->fault == FAULT_NONE && self->at == self->end;
}

static int write_packed(void *data, const char *bytes, size_t len)
{
    buffer_put(data, span_make(bytes, len));
    return 0;
}

static msgpack_packer packer_of(struct buffer *out)
{
    msgpack_packer packer;
    msgpack_packer_init(&packer, out, write_packed);
    return packer;
}

void pack_array(struct buffer *out, uint32_t n)
{
    msgpack_packer p = packer_of(out);
    msgpack_pack_array(&p, n);
}

void pack_u64(struct buffer *out, uint64_t value)
{
    msgpack_packer p = packer_of(out);
    msgpack_pack_uint64(&p, value);
}

void pack_i64(struct buffer *out, int64_t value)
{
    msgpack_packer p = packer_of(out);
    msgpack_pack_int64(&p, value);
}

void pack_double(struct buffer *out, double value)
{
    msgpack_packer p = packer_of(out);
    msgpack_pack_double(&p, value);
}

void pack_bool(struct buffer *out, bool value)
{
    msgpack_packer p = packer_of(out);
    value ? msgpack_pack_true(&p) : msgpack_pack_false(&p);
}

void pack_nil(struct buffer *out)
{
    msgpack_packer p = packer_of(out);
    msgpack_pack_nil(&p);
}

void pack_text(struct buffer *out, struct span text)
{
    msgpack_packer p = packer_of(out);
    msgpack_pack_str(&p, text.len);
    buffer_put(out, text);
}

void pack_bytes(struct buffer *out, struct span bytes)
{
    msgpack_packer p = packer_of(out);
    msgpack_pack_bin(&p, bytes.len);
    buffer_put(out, bytes);
}

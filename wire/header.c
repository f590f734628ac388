/* SPDX-License-Identifier: MIT
 *
 * Fixed big-endian fields rather than msgpack: a frame can be judged, routed and counted before its body is trusted.
 */
#include "wire/header.h"

#define MAGIC 0x5348u

static void put(unsigned char *to, uint64_t value, int bytes)
{
    for (int i = bytes; i-- > 0; value >>= 8)
        to[i] = (unsigned char)value;
}

static uint64_t get(const unsigned char *from, int bytes)
{
    uint64_t value = 0;
    for (int i = 0; i < bytes; i++)
        value = value << 8 | from[i];
    return value;
}

const char *message_name(uint8_t type)
{
    switch (type) {
#define X(name, number) \
    case number:        \
        return #name;
        MESSAGE_TABLE(X)
#undef X
    }
    return "?";
}

void header_encode(unsigned char to[HEADER_BYTES], const struct header *self)
{
    put(to, MAGIC, 2);
    to[2] = HEADER_VERSION;
    to[3] = self->type;
    put(to + 4, self->flags, 2);
    put(to + 6, 0, 2);
    put(to + 8, self->session, 8);
    put(to + 16, self->sequence, 8);
}

enum fault header_decode(struct span frame, struct header *ret, struct span *ret_body)
{
    const unsigned char *from = (const unsigned char *)frame.data;
    if (frame.len < HEADER_BYTES || get(from, 2) != MAGIC)
        return FAULT_PROTOCOL;
    if (from[2] != HEADER_VERSION)
        return FAULT_VERSION;
    if (message_name(from[3])[0] == '?')
        return FAULT_PROTOCOL;
    *ret = (struct header){.type = from[3],
                           .flags = (uint16_t)get(from + 4, 2),
                           .session = get(from + 8, 8),
                           .sequence = get(from + 16, 8)};
    *ret_body = span_from(frame, HEADER_BYTES);
    return FAULT_NONE;
}

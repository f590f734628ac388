/* SPDX-License-Identifier: MIT */
#include "core/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/must.h"

#define PUTF_ROOM 512u

void buffer_init(struct buffer *self, size_t limit_bytes)
{
    *self = (struct buffer){.limit_bytes = limit_bytes};
}

void buffer_free(struct buffer *self)
{
    free(self->data);
    buffer_init(self, self->limit_bytes);
}

void buffer_clear(struct buffer *self)
{
    self->len = 0;
}

char *buffer_reserve(struct buffer *self, size_t more)
{
    if (more > self->limit_bytes || self->len > self->limit_bytes - more)
        return NULL;
    size_t want = self->len + more;
    if (want > self->capacity || !self->data) {
        size_t capacity = self->capacity ? self->capacity : 64;
        while (capacity < want)
            capacity *= 2;
        self->data = must_realloc(self->data, capacity);
        self->capacity = capacity;
    }
    return self->data + self->len;
}

enum fault buffer_append(struct buffer *self, struct span bytes)
{
    char *to = buffer_reserve(self, bytes.len);
    if (!to)
        return FAULT_LIMIT;
    if (bytes.len)
        memcpy(to, bytes.data, bytes.len);
    self->len += bytes.len;
    return FAULT_NONE;
}

void buffer_put(struct buffer *self, struct span bytes)
{
    must(buffer_append(self, bytes) == FAULT_NONE);
}

void buffer_put_text(struct buffer *self, const char *text)
{
    buffer_put(self, span_of(text));
}

void buffer_put_char(struct buffer *self, char c)
{
    if (self->len < self->capacity && self->len < self->limit_bytes)
        self->data[self->len++] = c;
    else
        buffer_put(self, span_make(&c, 1));
}

void buffer_put_u64(struct buffer *self, uint64_t value)
{
    char digits[20];
    int n = 20;
    do
        digits[--n] = (char)('0' + value % 10);
    while (value /= 10);
    buffer_put(self, span_make(digits + n, (size_t)(20 - n)));
}

/* Most texts are short: they are formatted once, straight into the room that is there. */
void buffer_putf(struct buffer *self, const char *format, ...)
{
    size_t room = PUTF_ROOM;
    char *to = buffer_reserve(self, room);
    if (!to)
        to = buffer_reserve(self, room = 0); /* near the limit: measure first */
    must(to);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(room ? to : NULL, room, format, args);
    va_end(args);
    must(n >= 0);
    if ((size_t)n >= room) {
        to = buffer_reserve(self, (size_t)n + 1);
        must(to);
        va_start(args, format);
        vsnprintf(to, (size_t)n + 1, format, args);
        va_end(args);
    }
    self->len += (size_t)n;
}

const char *buffer_text(struct buffer *self)
{
    self->limit_bytes++; /* room for the NUL, which does not count */
    char *to = buffer_reserve(self, 1);
    self->limit_bytes--;
    must(to);
    *to = '\0';
    return self->data;
}

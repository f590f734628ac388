/* SPDX-License-Identifier: MIT
 *
 * A growing run of bytes, born with its limit. Appending past the limit appends nothing and returns
 * FAULT_LIMIT; what we write ourselves (messages, XML of our own) is given a limit that a correct
 * program never meets and uses the buffer_put_* family, which treats it as a bug.
 */
#ifndef SHEAF_CORE_BUFFER_H
#define SHEAF_CORE_BUFFER_H

#include <stdint.h>

#include "core/fault.h"
#include "core/span.h"

struct buffer {
    char *data;
    size_t len;
    size_t capacity;
    size_t limit_bytes;
};

#define BUFFER_LIMIT_DEFAULT ((size_t)1 << 30)

void buffer_init(struct buffer *self, size_t limit_bytes);
void buffer_free(struct buffer *self);  /* may be called twice; afterwards like new with the same limit */
void buffer_clear(struct buffer *self); /* keeps the memory */

/* Makes room for `more` bytes and returns where they go; the caller adds to self->len what it wrote.
 * NULL when the limit forbids it. */
char *buffer_reserve(struct buffer *self, size_t more);

enum fault buffer_append(struct buffer *self, struct span bytes) MUST_CHECK;

/* For our own output: exceeding the limit is a bug. */
void buffer_put(struct buffer *self, struct span bytes);
void buffer_put_text(struct buffer *self, const char *text);
void buffer_put_char(struct buffer *self, char c);
void buffer_put_u64(struct buffer *self, uint64_t value); /* decimal digits */
void buffer_putf(struct buffer *self, const char *format, ...) PRINTF_LIKE(2, 3);

/* A view, valid until the next change of the buffer. */
static inline struct span buffer_span(const struct buffer *self)
{
    return (struct span){self->data, self->len};
}

/* The bytes with a terminating NUL behind them (not counted in len). Valid until the next change. */
const char *buffer_text(struct buffer *self);

#endif

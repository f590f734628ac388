/* SPDX-License-Identifier: MIT
 *
 * Packing and reading the messages of a worker's session.
 */
#include "wire/session.h"

/* Views n leases, each of them a number. */
static struct span leases(struct cursor *in, uint32_t *ret_n)
{
    uint32_t n = cursor_enter(in, 0);
    const unsigned char *start = in->at;
    for (uint32_t i = 0; i < n && in->fault == FAULT_NONE; i++)
        cursor_u64(in);
    body_leave(in, 0, 0);
    *ret_n = in->fault == FAULT_NONE ? n : 0;
    return in->fault == FAULT_NONE ? span_make(start, (size_t)(in->at - start)) : (struct span){NULL, 0};
}

#define HELLO_FIELDS 5

void hello_encode(struct buffer *out, const struct hello *self)
{
    pack_array(out, HELLO_FIELDS);
    pack_u64(out, self->nonce);
    pack_u64(out, self->previous_session);
    pack_u64(out, self->slots);
    pack_items(out, self->n_held, self->held);
    pack_text(out, self->build);
}

enum fault hello_decode(struct span body, struct hello *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, HELLO_FIELDS);
    ret->nonce = cursor_u64(&in);
    ret->previous_session = cursor_u64(&in);
    ret->slots = cursor_u32(&in);
    ret->held = leases(&in, &ret->n_held);
    ret->build = cursor_text(&in);
    return body_close(&in, n, HELLO_FIELDS);
}

#define WELCOME_FIELDS 4

void welcome_encode(struct buffer *out, const struct welcome *self)
{
    pack_array(out, WELCOME_FIELDS);
    pack_u64(out, self->session);
    pack_u64(out, self->epoch);
    pack_u64(out, self->beat_ms);
    pack_u64(out, self->credit);
}

enum fault welcome_decode(struct span body, struct welcome *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, WELCOME_FIELDS);
    ret->session = cursor_u64(&in);
    ret->epoch = cursor_u64(&in);
    ret->beat_ms = cursor_u32(&in);
    ret->credit = cursor_u32(&in);
    return body_close(&in, n, WELCOME_FIELDS);
}

#define STAT_FIELDS 4

void stat_encode(struct buffer *out, const struct stat *self)
{
    pack_array(out, STAT_FIELDS);
    pack_u64(out, self->running);
    pack_u64(out, self->free);
    pack_u64(out, self->rss_bytes);
    pack_items(out, self->n_held, self->held);
}

enum fault stat_decode(struct span body, struct stat *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, STAT_FIELDS);
    ret->running = cursor_u32(&in);
    ret->free = cursor_u32(&in);
    ret->rss_bytes = cursor_u64(&in);
    ret->held = leases(&in, &ret->n_held);
    return body_close(&in, n, STAT_FIELDS);
}

void drain_encode(struct buffer *out, const struct drain *self)
{
    pack_array(out, 1);
    pack_u64(out, self->level);
}

enum fault drain_decode(struct span body, struct drain *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 1);
    ret->level = cursor_u32(&in);
    return body_close(&in, n, 1);
}

void empty_encode(struct buffer *out)
{
    pack_array(out, 0);
}

enum fault empty_decode(struct span body)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 0);
    return body_close(&in, n, 0);
}

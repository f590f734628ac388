/* SPDX-License-Identifier: MIT
 *
 * Packing and reading what travels with partial results.
 */
#include "wire/delivery.h"

void opening_encode(struct buffer *out, const struct opening *self)
{
    pack_array(out, 1);
    pack_u64(out, self->session);
}

enum fault opening_decode(struct span body, struct opening *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 1);
    ret->session = cursor_u64(&in);
    return body_close(&in, n, 1);
}

void grant_encode(struct buffer *out, const struct grant *self)
{
    pack_array(out, 2);
    pack_u64(out, self->partials);
    pack_u64(out, self->bytes);
}

enum fault grant_decode(struct span body, struct grant *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 2);
    ret->partials = cursor_u32(&in);
    ret->bytes = cursor_u64(&in);
    return body_close(&in, n, 2);
}

#define DELIVERY_FIELDS 5

void delivery_encode(struct buffer *out, const struct delivery *self)
{
    pack_array(out, DELIVERY_FIELDS);
    pack_job_id(out, self->job);
    pack_u64(out, self->index);
    pack_u64(out, self->slice);
    pack_sha256(out, self->plan);
    pack_sha256(out, self->sha);
}

enum fault delivery_decode(struct span body, struct delivery *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, DELIVERY_FIELDS);
    ret->job = cursor_job_id(&in);
    ret->index = cursor_u32(&in);
    ret->slice = cursor_u32(&in);
    ret->plan = cursor_sha256(&in);
    ret->sha = cursor_sha256(&in);
    return body_close(&in, n, DELIVERY_FIELDS);
}

void range_encode(struct buffer *out, const struct range *self)
{
    pack_array(out, 2);
    pack_u64(out, self->first);
    pack_u64(out, self->count);
}

enum fault range_next(struct cursor *items, struct range *ret)
{
    uint32_t n = cursor_enter(items, 2);
    ret->first = cursor_u32(items);
    ret->count = cursor_u32(items);
    body_leave(items, n, 2);
    if (items->fault == FAULT_NONE && ret->count > UINT32_MAX - ret->first)
        return FAULT_PROTOCOL;
    return items->fault;
}

static enum fault judge_range(struct cursor *items)
{
    return range_next(items, &(struct range){0});
}

enum fault counted_decode(struct span body, struct job_items *ret)
{
    return job_items_decode(body, judge_range, ret);
}

#define NAK_FIELDS 5

void nak_encode(struct buffer *out, const struct nak *self)
{
    pack_array(out, NAK_FIELDS);
    pack_job_id(out, self->job);
    pack_u64(out, self->index);
    pack_u64(out, self->slice);
    pack_u64(out, self->reason);
    pack_why(out, &self->why);
}

enum fault nak_decode(struct span body, struct nak *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, NAK_FIELDS);
    ret->job = cursor_job_id(&in);
    ret->index = cursor_u32(&in);
    ret->slice = cursor_u32(&in);
    ret->reason = (enum nak_reason)cursor_enum(&in, NAK_CONFLICT + 1);
    cursor_why(&in, &ret->why);
    return body_close(&in, n, NAK_FIELDS);
}

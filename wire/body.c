/* SPDX-License-Identifier: MIT
 *
 * The shared pieces of message bodies. After the first fault a cursor yields zeros, so these functions may be called in
 * a row and judged once, by body_close.
 */
#include "wire/body.h"

#include <stdio.h>

struct job_id job_id_make(const unsigned char bytes[16])
{
    struct job_id id;
    memcpy(id.bytes, bytes, sizeof id.bytes);
    return id;
}

const char *job_id_hex(struct job_id id, char out[33])
{
    for (int i = 0; i < 16; i++)
        snprintf(out + 2 * i, 3, "%02x", id.bytes[i]);
    return out;
}

uint32_t body_open(struct cursor *in, struct span body, uint32_t at_least)
{
    cursor_init(in, body);
    return cursor_enter(in, at_least);
}

void body_leave(struct cursor *in, uint32_t count, uint32_t used)
{
    if (in->fault == FAULT_NONE)
        cursor_leave(in, count - used);
}

enum fault body_close(struct cursor *in, uint32_t count, uint32_t used)
{
    body_leave(in, count, used);
    if (in->fault == FAULT_NONE && !cursor_at_end(in))
        return FAULT_PROTOCOL;
    return in->fault;
}

void pack_job_id(struct buffer *out, struct job_id id)
{
    pack_bytes(out, span_make(id.bytes, sizeof id.bytes));
}

static void refuse(struct cursor *in)
{
    if (in->fault == FAULT_NONE)
        in->fault = FAULT_PROTOCOL;
}

struct job_id cursor_job_id(struct cursor *in)
{
    struct job_id id = {{0}};
    struct span bytes = cursor_bytes(in);
    if (bytes.len == sizeof id.bytes)
        memcpy(id.bytes, bytes.data, sizeof id.bytes);
    else
        refuse(in);
    return id;
}

void pack_sha256(struct buffer *out, struct sha256 sha)
{
    pack_bytes(out, span_make(sha.bytes, SHA256_BYTES));
}

struct sha256 cursor_sha256(struct cursor *in)
{
    struct sha256 sha = {{0}};
    struct span bytes = cursor_bytes(in);
    if (bytes.len == SHA256_BYTES)
        memcpy(sha.bytes, bytes.data, SHA256_BYTES);
    else
        refuse(in);
    return sha;
}

unsigned cursor_enum(struct cursor *in, unsigned count)
{
    uint32_t value = cursor_u32(in);
    if (value < count)
        return value;
    refuse(in);
    return 0;
}

void pack_items(struct buffer *out, uint32_t n, struct span items)
{
    pack_array(out, n);
    buffer_put(out, items);
}

struct span cursor_items(struct cursor *in, uint32_t *ret_n)
{
    uint32_t n = cursor_enter(in, 0);
    const unsigned char *start = in->at;
    for (uint32_t i = 0; i < n && in->fault == FAULT_NONE; i++)
        cursor_skip(in);
    body_leave(in, 0, 0);
    *ret_n = in->fault == FAULT_NONE ? n : 0;
    return in->fault == FAULT_NONE ? span_make(start, (size_t)(in->at - start)) : (struct span){NULL, 0};
}

enum fault items_judge(struct span items, uint32_t n, enum fault (*judge)(struct cursor *items))
{
    struct cursor in;
    enum fault fault = FAULT_NONE;
    cursor_init(&in, items);
    for (uint32_t i = 0; i < n && fault == FAULT_NONE; i++)
        fault = judge(&in);
    return fault;
}

void job_items_encode(struct buffer *out, const struct job_items *self)
{
    pack_array(out, 2);
    pack_job_id(out, self->job);
    pack_items(out, self->n, self->items);
}

enum fault job_items_decode(struct span body, enum fault (*judge)(struct cursor *items), struct job_items *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 2);
    ret->job = cursor_job_id(&in);
    ret->items = cursor_items(&in, &ret->n);
    enum fault fault = body_close(&in, n, 2);
    return fault != FAULT_NONE ? fault : items_judge(ret->items, ret->n, judge);
}

void pack_why(struct buffer *out, const struct why *why)
{
    pack_array(out, 6);
    pack_u64(out, why->fault);
    pack_text(out, span_of(why->part));
    pack_text(out, span_of(why->sheet));
    pack_u64(out, why->row);
    pack_u64(out, why->col);
    pack_text(out, span_of(why->text));
}

void cursor_why(struct cursor *in, struct why *ret)
{
    *ret = (struct why){0};
    uint32_t n = cursor_enter(in, 6);
    enum fault fault = cursor_enum(in, FAULT_COUNT);
    struct span part = cursor_text(in), sheet = cursor_text(in);
    uint32_t row = cursor_u32(in), col = cursor_u32(in);
    struct span text = cursor_text(in);
    body_leave(in, n, 6);
    if (in->fault != FAULT_NONE)
        return;
    why_set(ret, fault, "%.*s", SPAN_ARGS(text)); /* cuts at a character */
    why_at_part(ret, part);
    why_at_sheet(ret, sheet);
    ret->row = row;
    ret->col = col;
}

/* SPDX-License-Identifier: MIT
 *
 * Packing and reading tasks and what becomes of them.
 */
#include "wire/task.h"

void plan_notice_encode(struct buffer *out, const struct plan_notice *self)
{
    pack_array(out, 2);
    pack_job_id(out, self->job);
    pack_sha256(out, self->plan);
}

enum fault plan_notice_decode(struct span body, struct plan_notice *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 2);
    ret->job = cursor_job_id(&in);
    ret->plan = cursor_sha256(&in);
    return body_close(&in, n, 2);
}

#define TASK_FIELDS 5

void task_encode(struct buffer *out, const struct task *self, struct span record)
{
    pack_array(out, TASK_FIELDS);
    pack_u64(out, self->index);
    pack_u64(out, self->slice);
    pack_u64(out, self->lease);
    pack_u64(out, self->attempt);
    buffer_put(out, record);
}

enum fault task_next(struct cursor *items, struct task *ret)
{
    uint32_t n = cursor_enter(items, TASK_FIELDS);
    ret->index = cursor_u32(items);
    ret->slice = cursor_u32(items);
    ret->lease = cursor_u64(items);
    ret->attempt = cursor_u32(items);
    enum fault fault = source_decode(items, &ret->source);
    body_leave(items, n, TASK_FIELDS);
    return items->fault != FAULT_NONE ? items->fault : fault;
}

static enum fault judge_task(struct cursor *items)
{
    return task_next(items, &(struct task){0});
}

enum fault task_batch_decode(struct span body, struct job_items *ret)
{
    return job_items_decode(body, judge_task, ret);
}

#define DONE_FIELDS 3

void done_encode(struct buffer *out, const struct done *self)
{
    pack_array(out, DONE_FIELDS);
    pack_u64(out, self->index);
    pack_u64(out, self->lease);
    pack_u64(out, self->cells);
}

enum fault done_next(struct cursor *items, struct done *ret)
{
    uint32_t n = cursor_enter(items, DONE_FIELDS);
    ret->index = cursor_u32(items);
    ret->lease = cursor_u64(items);
    ret->cells = cursor_u64(items);
    body_leave(items, n, DONE_FIELDS);
    return items->fault;
}

static enum fault judge_done(struct cursor *items)
{
    return done_next(items, &(struct done){0});
}

enum fault done_batch_decode(struct span body, struct job_items *ret)
{
    return job_items_decode(body, judge_done, ret);
}

#define FAIL_FIELDS 6

void fail_encode(struct buffer *out, const struct fail *self)
{
    pack_array(out, FAIL_FIELDS);
    pack_job_id(out, self->job);
    pack_u64(out, self->index);
    pack_u64(out, self->slice);
    pack_u64(out, self->lease);
    pack_u64(out, self->kind);
    pack_why(out, &self->why);
}

enum fault fail_decode(struct span body, struct fail *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, FAIL_FIELDS);
    ret->job = cursor_job_id(&in);
    ret->index = cursor_u32(&in);
    ret->slice = cursor_u32(&in);
    ret->lease = cursor_u64(&in);
    ret->kind = (enum fail_kind)cursor_enum(&in, FAIL_CRASH + 1);
    cursor_why(&in, &ret->why);
    return body_close(&in, n, FAIL_FIELDS);
}

void job_notice_encode(struct buffer *out, const struct job_notice *self)
{
    pack_array(out, 1);
    pack_job_id(out, self->job);
}

enum fault job_notice_decode(struct span body, struct job_notice *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 1);
    ret->job = cursor_job_id(&in);
    return body_close(&in, n, 1);
}

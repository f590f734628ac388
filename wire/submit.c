/* SPDX-License-Identifier: MIT
 *
 * Packing and reading what clients, the ventilator and the broker say about a job.
 */
#include "wire/submit.h"

void submit_encode(struct buffer *out, const struct submit *self)
{
    pack_array(out, 1);
    pack_job_id(out, self->job);
}

enum fault submit_decode(struct span body, struct submit *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 1);
    ret->job = cursor_job_id(&in);
    return body_close(&in, n, 1);
}

void placed_issue_encode(struct buffer *out, const struct issue *issue)
{
    pack_array(out, 2);
    pack_u64(out, issue->source);
    issue_encode(out, issue);
}

enum fault placed_issue_next(struct cursor *items, struct issue *ret)
{
    uint32_t n = cursor_enter(items, 2);
    uint32_t source = cursor_u32(items);
    enum fault fault = issue_decode(items, ret);
    body_leave(items, n, 2);
    ret->source = source;
    return items->fault != FAULT_NONE ? items->fault : fault;
}

#define BATCH_FIELDS 4

void batch_encode(struct buffer *out, const struct batch *self)
{
    pack_array(out, BATCH_FIELDS);
    pack_job_id(out, self->job);
    pack_u64(out, self->kind);
    pack_u64(out, self->number);
    pack_items(out, self->n, self->items);
}

static enum fault judge_source(struct cursor *items)
{
    return source_decode(items, &(struct source){0});
}

static enum fault judge_issue(struct cursor *items)
{
    return placed_issue_next(items, &(struct issue){0});
}

enum fault batch_decode(struct span body, struct batch *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, BATCH_FIELDS);
    ret->job = cursor_job_id(&in);
    ret->kind = (enum batch_kind)cursor_enum(&in, BATCH_ISSUES + 1);
    ret->number = cursor_u32(&in);
    ret->items = cursor_items(&in, &ret->n);
    enum fault fault = body_close(&in, n, BATCH_FIELDS);
    if (fault != FAULT_NONE)
        return fault;
    return items_judge(ret->items, ret->n, ret->kind == BATCH_SOURCES ? judge_source : judge_issue);
}

#define SEAL_FIELDS 3

void seal_encode(struct buffer *out, const struct seal *self)
{
    pack_array(out, SEAL_FIELDS);
    pack_job_id(out, self->job);
    pack_u64(out, self->sources);
    pack_u64(out, self->tasks);
}

enum fault seal_decode(struct span body, struct seal *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, SEAL_FIELDS);
    ret->job = cursor_job_id(&in);
    ret->sources = cursor_u32(&in);
    ret->tasks = cursor_u32(&in);
    return body_close(&in, n, SEAL_FIELDS);
}

void ok_encode(struct buffer *out, const struct ok *self)
{
    pack_array(out, 2);
    pack_job_id(out, self->job);
    pack_u64(out, self->number);
}

enum fault ok_decode(struct span body, struct ok *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 2);
    ret->job = cursor_job_id(&in);
    ret->number = cursor_u32(&in);
    return body_close(&in, n, 2);
}

#define PROGRESS_FIELDS 11

void progress_encode(struct buffer *out, const struct progress *self)
{
    pack_array(out, PROGRESS_FIELDS);
    pack_job_id(out, self->job);
    pack_u64(out, self->stage);
    pack_u64(out, self->sources_total);
    pack_u64(out, self->sources_done);
    pack_u64(out, self->sources_failed);
    pack_u64(out, self->bytes_total);
    pack_u64(out, self->bytes_done);
    pack_u64(out, self->cells_done);
    pack_u64(out, self->write_done);
    pack_u64(out, self->write_total);
    pack_text(out, self->last_name);
}

enum fault progress_decode(struct span body, struct progress *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, PROGRESS_FIELDS);
    ret->job = cursor_job_id(&in);
    ret->stage = (enum progress_stage)cursor_enum(&in, PROGRESS_WRITING + 1);
    ret->sources_total = cursor_u32(&in);
    ret->sources_done = cursor_u32(&in);
    ret->sources_failed = cursor_u32(&in);
    ret->bytes_total = cursor_u64(&in);
    ret->bytes_done = cursor_u64(&in);
    ret->cells_done = cursor_u64(&in);
    ret->write_done = cursor_u64(&in);
    ret->write_total = cursor_u64(&in);
    ret->last_name = cursor_text(&in);
    return body_close(&in, n, PROGRESS_FIELDS);
}

void err_encode(struct buffer *out, const struct err *self)
{
    pack_array(out, 2);
    pack_job_id(out, self->job);
    pack_why(out, &self->why);
}

enum fault err_decode(struct span body, struct err *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 2);
    ret->job = cursor_job_id(&in);
    cursor_why(&in, &ret->why);
    return body_close(&in, n, 2);
}

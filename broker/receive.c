/* SPDX-License-Identifier: MIT
 *
 * Messages become events of the core: one handler each, one table for each kind of peer. A peer may only say what is in its
 * table.
 */
#include <stdlib.h>

#include "broker/shell.h"
#include "core/log.h"
#include "core/must.h"
#include "wire/assembly.h"
#include "wire/delivery.h"
#include "wire/dispatch.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

#define SLOTS_MAX 4096 /* that a worker may claim */

/* --- from workers --- */

static enum fault on_hello(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct hello hello;
    if (hello_decode(parcel->body, &hello) != FAULT_NONE || hello.slots == 0 || hello.slots > SLOTS_MAX)
        return FAULT_PROTOCOL;
    struct hello_event event = {hello.nonce, hello.previous_session, hello.slots};
    shell_add_member(self, broker_core_hello(self->core, self->now, &event), parcel->peer);
    return FAULT_NONE;
}

static enum fault on_stat(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct stat stat;
    if (stat_decode(parcel->body, &stat) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint64_t *held = must_alloc(((size_t)stat.n_held + 1) * sizeof *held); /* no more than the message has bytes */
    struct cursor in;
    cursor_init(&in, stat.held);
    for (uint32_t i = 0; i < stat.n_held; i++)
        held[i] = cursor_u64(&in);
    broker_core_stat(self->core, self->now, parcel->header.session, held, stat.n_held);
    free(held);
    return FAULT_NONE;
}

static enum fault on_done(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct job_items batch;
    if (done_batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, batch.job);
    struct cursor in;
    cursor_init(&in, batch.items);
    for (uint32_t i = 0; i < batch.n; i++) {
        struct done done;
        if (done_next(&in, &done) != FAULT_NONE)
            return FAULT_PROTOCOL;
        broker_core_done(self->core, self->now, parcel->header.session, done.lease);
        if (handle != CORE_NO_JOB) {
            self->jobs[handle]->progress.cells_done += done.cells;
            self->jobs[handle]->has_news = true;
        }
    }
    return FAULT_NONE;
}

static enum fault on_fail(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct fail fail;
    if (fail_decode(parcel->body, &fail) != FAULT_NONE || fail.why.fault == FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, fail.job);
    broker_core_fail(self->core, self->now, parcel->header.session, fail.lease, fail.kind, &fail.why);
    if (handle != CORE_NO_JOB && fail.index < self->jobs[handle]->n_records &&
        broker_core_task_state(self->core, handle, fail.index) == TASK_DEAD)
        broker_job_ended(self->jobs[handle], fail.index, true);
    return FAULT_NONE;
}

static enum fault on_bye(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    if (empty_decode(parcel->body) != FAULT_NONE)
        return FAULT_PROTOCOL;
    broker_core_gone(self->core, self->now, parcel->header.session, false);
    return FAULT_NONE;
}

/* --- from the sink --- */

static void answer_ok(struct broker *self, const struct peer *peer, struct job_id job, uint32_t number)
{
    ok_encode(shell_body(self), &(struct ok){job, number});
    shell_tell_ventilator(self, peer, MESSAGE_OK, buffer_span(&self->body));
}

static enum fault on_sink_beat(void *role, const struct parcel *parcel)
{
    (void)role;
    return empty_decode(parcel->body);
}

/* A batch that the sink has taken: its ventilator may send another. */
static enum fault on_sink_ok(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct ok ok;
    if (ok_decode(parcel->body, &ok) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, ok.job);
    if (handle != CORE_NO_JOB)
        answer_ok(self, &self->jobs[handle]->owner, ok.job, ok.number);
    return FAULT_NONE;
}

static void count_range(struct broker *self, uint32_t handle, struct range range)
{
    struct broker_job *job = shell_job(self, handle);
    for (uint32_t i = range.first; i < range.first + range.count && i < job->n_records; i++) {
        enum task_state state = broker_core_task_state(self->core, handle, i);
        if (state == TASK_QUEUED || state == TASK_LEASED || state == TASK_WAIT)
            broker_job_ended(job, i, false);
    }
    broker_core_counted(self->core, self->now, handle, range.first, range.count);
}

static enum fault on_counted(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct job_items counted;
    if (counted_decode(parcel->body, &counted) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, counted.job);
    struct cursor in;
    cursor_init(&in, counted.items);
    for (uint32_t i = 0; i < counted.n && handle != CORE_NO_JOB; i++) {
        struct range range;
        if (range_next(&in, &range) != FAULT_NONE)
            return FAULT_PROTOCOL;
        count_range(self, handle, range);
    }
    return FAULT_NONE;
}

static enum fault on_writing(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct writing writing;
    if (writing_decode(parcel->body, &writing) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, writing.job);
    if (handle == CORE_NO_JOB)
        return FAULT_NONE;
    struct progress *progress = &self->jobs[handle]->progress;
    progress->stage = PROGRESS_WRITING;
    progress->write_done = writing.done;
    progress->write_total = writing.total;
    self->jobs[handle]->has_news = true;
    return FAULT_NONE;
}

static enum fault on_report(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct batch batch;
    if (batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, batch.job);
    if (handle != CORE_NO_JOB)
        shell_tell_ventilator(self, &self->jobs[handle]->owner, MESSAGE_REPORT, parcel->body);
    return FAULT_NONE;
}

static enum fault on_final(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct final final;
    if (final_decode(parcel->body, &final) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, final.job);
    if (handle == CORE_NO_JOB)
        return FAULT_NONE;
    struct broker_job *job = shell_job(self, handle);
    buffer_clear(&job->last_word);
    buffer_put(&job->last_word, parcel->body);
    broker_core_final(self->core, self->now, handle, final.why.fault);
    return FAULT_NONE;
}

static enum fault on_mismatch(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct mismatch mismatch;
    if (mismatch_decode(parcel->body, &mismatch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, mismatch.job);
    if (handle == CORE_NO_JOB)
        return FAULT_NONE;
    log_warn("mismatch", "sink_sources=%u sink_counted=%u sink_dead=%u", mismatch.sources, mismatch.counted, mismatch.dead);
    broker_core_mismatch(self->core, self->now, handle);
    return FAULT_NONE;
}

/* --- from ventilators --- */

static void refuse_job(struct broker *self, const struct peer *peer, struct job_id job, enum fault fault, const char *text)
{
    struct err err = {.job = job};
    (void)why_set(&err.why, fault, "%s", text);
    err_encode(shell_body(self), &err);
    shell_tell_ventilator(self, peer, MESSAGE_ERR, buffer_span(&self->body));
}

static enum fault on_submit(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct submit submit;
    if (submit_decode(parcel->body, &submit) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, submit.job);
    if (handle != CORE_NO_JOB) { /* known: nothing changes but whom to tell */
        self->jobs[handle]->owner = parcel->peer;
        return FAULT_NONE;
    }
    if (!self->sink.len) {
        refuse_job(self, &parcel->peer, submit.job, FAULT_IO, "the broker has no sink");
        return FAULT_NONE;
    }
    shell_keep_job(self, broker_core_open(self->core, submit.job), broker_job_new(submit.job, parcel->peer));
    job_opening_encode(shell_body(self), &(struct job_opening){.job = submit.job});
    shell_tell_sink(self, MESSAGE_JOB, buffer_span(&self->body), &parcel->blob);
    return FAULT_NONE;
}

static enum fault on_plan(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct plan_notice plan;
    if (plan_notice_decode(parcel->body, &plan) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, plan.job);
    if (handle == CORE_NO_JOB || self->jobs[handle]->has_plan)
        return FAULT_NONE;
    struct broker_job *job = shell_job(self, handle);
    if (buffer_append(&job->plan, parcel->blob) != FAULT_NONE) {
        shell_give_up(self, handle, FAULT_LIMIT, "the plan is larger than 256 MiB: use --range or --sheet");
        return FAULT_NONE;
    }
    job->plan_hash = plan.plan;
    job->has_plan = true;
    shell_tell_sink(self, MESSAGE_PLAN, parcel->body, &parcel->blob);
    return FAULT_NONE;
}

static enum fault add_sources(struct broker *self, uint32_t handle, const struct batch *batch)
{
    struct cursor in;
    enum fault fault = FAULT_NONE;
    cursor_init(&in, batch->items);
    for (uint32_t i = 0; i < batch->n && fault == FAULT_NONE; i++) {
        struct source source;
        const unsigned char *start = in.at;
        if (source_decode(&in, &source) != FAULT_NONE)
            return FAULT_PROTOCOL;
        fault = broker_core_source(self->core, handle, source.index, source.state == SOURCE_TASK);
        if (fault == FAULT_NONE)
            fault = broker_job_add(shell_job(self, handle), &source, span_make(start, (size_t)(in.at - start)));
    }
    return fault;
}

/* A chunk goes to the sink as it came; its OK comes back through on_sink_ok. */
static enum fault on_chunk(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct batch batch;
    if (batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, batch.job);
    if (handle == CORE_NO_JOB || broker_core_figures(self->core, handle).state != CORE_OPENING) {
        answer_ok(self, &parcel->peer, batch.job, batch.number); /* given up meanwhile */
        return FAULT_NONE;
    }
    enum fault fault = batch.kind == BATCH_SOURCES ? add_sources(self, handle, &batch) : FAULT_NONE;
    if (fault != FAULT_NONE)
        shell_give_up(self, handle, fault, fault == FAULT_LIMIT ? "too many sources for one job" : "the sources came out of order");
    else
        shell_tell_sink(self, MESSAGE_SOURCES, parcel->body, NULL);
    return FAULT_NONE;
}

static enum fault on_seal(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct seal seal;
    if (seal_decode(parcel->body, &seal) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, seal.job);
    if (handle == CORE_NO_JOB)
        return FAULT_NONE;
    enum fault fault = self->jobs[handle]->has_plan ? FAULT_NONE : FAULT_PROTOCOL;
    if (fault == FAULT_NONE) {
        shell_send_progress(self, handle);
        fault = broker_core_seal(self->core, self->now, handle, seal.sources, seal.tasks);
    }
    if (fault != FAULT_NONE)
        shell_give_up(self, handle, fault, "the job came incomplete");
    return FAULT_NONE;
}

static enum fault on_cancel(void *role, const struct parcel *parcel)
{
    struct broker *self = role;
    struct job_notice cancel;
    if (job_notice_decode(parcel->body, &cancel) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, cancel.job);
    if (handle != CORE_NO_JOB)
        broker_core_cancel(self->core, self->now, handle, FAULT_CANCELLED);
    return FAULT_NONE;
}

/* --- who may say what --- */

static const struct handler from_workers[] = {
    {MESSAGE_HELLO, on_hello}, {MESSAGE_STAT, on_stat}, {MESSAGE_DONE, on_done},
    {MESSAGE_FAIL, on_fail},   {MESSAGE_BYE, on_bye},   {0, NULL},
};
static const struct handler from_sinks[] = {
    {MESSAGE_HB, on_sink_beat},     {MESSAGE_OK, on_sink_ok},     {MESSAGE_COUNTED, on_counted},
    {MESSAGE_SYNC, on_counted},     {MESSAGE_WRITING, on_writing}, {MESSAGE_REPORT, on_report},
    {MESSAGE_FINAL, on_final},      {MESSAGE_MISMATCH, on_mismatch}, {0, NULL},
};
static const struct handler from_ventilators[] = {
    {MESSAGE_SUBMIT, on_submit}, {MESSAGE_PLAN, on_plan},     {MESSAGE_CHUNK, on_chunk},
    {MESSAGE_SEAL, on_seal},     {MESSAGE_CANCEL, on_cancel}, {0, NULL},
};

/* A worker that we do not know (we fenced it, or we are new) must begin again. */
static bool is_stranger(struct broker *self, const struct parcel *parcel)
{
    if (parcel->header.type == MESSAGE_HELLO || broker_core_heard(self->core, self->now, parcel->header.session))
        return false;
    empty_encode(shell_body(self));
    if (parcel->header.type != MESSAGE_BYE &&
        port_send(self->workers, &parcel->peer, MESSAGE_BYE, parcel->header.session, buffer_span(&self->body), NULL) !=
            FAULT_NONE)
        log_info("stranger", "session=%llu", (unsigned long long)parcel->header.session);
    return true;
}

enum fault shell_receive(struct broker *self, const struct port *from, const struct parcel *parcel)
{
    if (from == self->sinks) {
        self->sink = parcel->peer;
        return dispatch(from_sinks, self, parcel);
    }
    if (from == self->ventilators)
        return dispatch(from_ventilators, self, parcel);
    return is_stranger(self, parcel) ? FAULT_NONE : dispatch(from_workers, self, parcel);
}

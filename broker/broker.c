/* SPDX-License-Identifier: MIT
 *
 * Messages in, events to broker/core, actions out as messages. Everything that decides is in the core; here is who is
 * behind a session, how tasks are batched, and what happens when a peer does not read.
 */
#include "broker/broker.h"

#include <stdlib.h>

#include "broker/broker_job.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/must.h"
#include "wire/assembly.h"
#include "wire/delivery.h"
#include "wire/port.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

#define PROGRESS_MS 50      /* PROGRESS of a job at most this often */
#define MESSAGES_A_TURN 256 /* from one port before the next is looked at */
#define SLOTS_MAX 4096      /* that a worker may claim */

struct member { /* who is behind a session */
    uint64_t session;
    struct peer peer;
    struct buffer tasks; /* items of a TASK message being filled */
    uint32_t n_tasks, tasks_job;
};

struct broker {
    struct actor_pipe *pipe;
    struct port *workers, *sinks, *ventilators;
    struct broker_core *core;
    struct member **members;
    size_t n_members, members_capacity;
    struct broker_job **jobs; /* by the core's handle */
    uint32_t n_jobs;
    struct peer sink;    /* len 0: none has said anything yet */
    struct buffer body;  /* of the message being sent */
    uint32_t beat_ms;
    uint64_t epoch;
    int64_t now;
};

/* --- state ------------------------------------------------------------------------------------------------------- */

static void close_broker(void *context)
{
    struct broker *self = context;
    port_close(&self->workers);
    port_close(&self->sinks);
    port_close(&self->ventilators);
    for (size_t i = 0; i < self->n_members; i++) {
        buffer_free(&self->members[i]->tasks);
        free(self->members[i]);
    }
    free(self->members);
    for (uint32_t i = 0; i < self->n_jobs; i++)
        broker_job_destroy(&self->jobs[i]);
    free(self->jobs);
    broker_core_destroy(&self->core);
    buffer_free(&self->body);
    free(self);
}

static void *open_broker(struct actor_pipe *pipe, const void *args, struct why *why)
{
    const struct broker_options *options = args;
    struct broker *self = must_alloc(sizeof *self);
    self->pipe = pipe;
    self->beat_ms = options->beat_ms;
    self->epoch = options->core.epoch;
    self->core = broker_core_new(&options->core);
    buffer_init(&self->body, BUFFER_LIMIT_DEFAULT);
    const struct {
        const char *endpoint;
        struct port **port;
    } ports[] = {{options->workers_endpoint, &self->workers},
                 {options->sinks_endpoint, &self->sinks},
                 {options->ventilators_endpoint, &self->ventilators}};
    for (size_t i = 0; i < 3; i++) {
        struct port_options to = {.kind = PORT_ROUTER, .endpoint = ports[i].endpoint};
        if (port_open(options->context, &to, ports[i].port, why) != FAULT_NONE) {
            close_broker(self);
            return NULL;
        }
    }
    return self;
}

static struct member *find_member(struct broker *self, uint64_t session)
{
    for (size_t i = 0; i < self->n_members; i++)
        if (self->members[i]->session == session)
            return self->members[i];
    return NULL;
}

static void add_member(struct broker *self, uint64_t session, struct peer peer)
{
    struct member *member = find_member(self, session);
    if (!member) {
        if (self->n_members == self->members_capacity) {
            self->members_capacity = self->members_capacity ? 2 * self->members_capacity : 8;
            self->members = must_realloc(self->members, self->members_capacity * sizeof(struct member *));
        }
        member = self->members[self->n_members++] = must_alloc(sizeof *member);
        member->session = session;
        buffer_init(&member->tasks, BUFFER_LIMIT_DEFAULT);
    }
    member->peer = peer;
}

static void remove_member(struct broker *self, uint64_t session)
{
    for (size_t i = 0; i < self->n_members; i++) {
        if (self->members[i]->session != session)
            continue;
        buffer_free(&self->members[i]->tasks);
        free(self->members[i]);
        self->members[i] = self->members[--self->n_members];
        return;
    }
}

static struct broker_job *job_at(struct broker *self, uint32_t handle)
{
    must(handle < self->n_jobs && self->jobs[handle]);
    return self->jobs[handle];
}

static void keep_job(struct broker *self, uint32_t handle, struct broker_job *job)
{
    if (handle >= self->n_jobs) {
        self->jobs = must_realloc(self->jobs, (handle + 1) * sizeof(struct broker_job *));
        while (self->n_jobs <= handle)
            self->jobs[self->n_jobs++] = NULL;
    }
    self->jobs[handle] = job;
}

/* --- sending ----------------------------------------------------------------------------------------------------- */

/* Empties and lends the one body buffer: a message is encoded and sent before the next is begun. */
static struct buffer *new_body(struct broker *self)
{
    buffer_clear(&self->body);
    return &self->body;
}

/* A worker that does not read, or is not there, has lost its session: its tasks go elsewhere. */
static void tell_worker(struct broker *self, uint64_t session, uint8_t type, const struct span *blob)
{
    struct member *member = find_member(self, session);
    if (!member)
        return;
    enum fault fault = port_send(self->workers, &member->peer, type, session, buffer_span(&self->body), blob);
    if (fault == FAULT_NONE)
        return;
    log_warn("worker_unreachable", "session=%llu message=%s fault=%s", (unsigned long long)session, message_name(type),
             fault_name(fault));
    broker_core_gone(self->core, self->now, session, true);
}

static void give_up(struct broker *self, uint32_t handle, enum fault fault, const char *text)
{
    struct broker_job *job = job_at(self, handle);
    if (job->why.fault == FAULT_NONE)
        (void)why_set(&job->why, fault, "%s", text);
    broker_core_cancel(self->core, self->now, handle, fault);
}

/* Without its sink no job can end well: all that wait for its last word end now. */
static void lose_sink(struct broker *self, enum fault fault)
{
    log_error("sink_unreachable", "fault=%s", fault_name(fault));
    self->sink.len = 0;
    for (uint32_t handle = 0; handle < self->n_jobs; handle++) {
        struct broker_job *job = self->jobs[handle];
        if (!job)
            continue;
        if (job->why.fault == FAULT_NONE)
            (void)why_set(&job->why, FAULT_IO, "the sink of the job cannot be reached (%s)", fault_text(fault));
        broker_core_final(self->core, self->now, handle, FAULT_IO);
    }
}

static void tell_sink(struct broker *self, uint8_t type, struct span body, const struct span *blob)
{
    enum fault fault = FAULT_NOT_FOUND;
    if (self->sink.len)
        fault = port_send(self->sinks, &self->sink, type, 0, body, blob);
    if (fault != FAULT_NONE)
        lose_sink(self, fault);
}

static void tell_ventilator(struct broker *self, const struct peer *peer, uint8_t type, struct span body)
{
    enum fault fault = port_send(self->ventilators, peer, type, 0, body, NULL);
    if (fault != FAULT_NONE) /* progress is replaced by the next; a client that is gone needs no answer */
        log_warn("ventilator_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}

static void answer_ok(struct broker *self, const struct peer *peer, struct job_id job, uint32_t number)
{
    ok_encode(new_body(self), &(struct ok){job, number});
    tell_ventilator(self, peer, MESSAGE_OK, buffer_span(&self->body));
}

static void send_progress(struct broker *self, uint32_t handle)
{
    struct broker_job *job = job_at(self, handle);
    struct core_figures figures = broker_core_figures(self->core, handle);
    job->progress.sources_done = figures.counted + figures.dead + job->n_idle;
    job->progress.sources_failed = figures.dead + job->n_refused;
    job->progress.last_name = SPAN("");
    if (job->has_last) {
        struct cursor in;
        struct source source;
        cursor_init(&in, broker_job_record(job, job->last_index));
        if (source_decode(&in, &source) == FAULT_NONE)
            job->progress.last_name = source.name;
    }
    progress_encode(new_body(self), &job->progress);
    tell_ventilator(self, &job->owner, MESSAGE_PROGRESS, buffer_span(&self->body));
    job->has_news = false;
    job->told_ms = self->now;
}

/* --- actions ----------------------------------------------------------------------------------------------------- */

static void flush_tasks(struct broker *self, struct member *member)
{
    if (!member->n_tasks)
        return;
    struct broker_job *job = job_at(self, member->tasks_job);
    struct task_batch batch = {job->id, member->n_tasks, buffer_span(&member->tasks)};
    task_batch_encode(new_body(self), &batch);
    buffer_clear(&member->tasks);
    member->n_tasks = 0;
    tell_worker(self, member->session, MESSAGE_TASK, NULL);
}

static void on_action_welcome(struct broker *self, const struct action *action)
{
    struct welcome welcome = {.session = action->session, .epoch = self->epoch, .beat_ms = self->beat_ms};
    welcome_encode(new_body(self), &welcome);
    tell_worker(self, action->session, MESSAGE_WELCOME, NULL);
}

static void on_action_plan(struct broker *self, const struct action *action)
{
    struct broker_job *job = job_at(self, action->job);
    struct span plan = buffer_span(&job->plan);
    plan_notice_encode(new_body(self), &(struct plan_notice){job->id, job->plan_hash});
    tell_worker(self, action->session, MESSAGE_PLAN, &plan);
}

static void on_action_task(struct broker *self, const struct action *action)
{
    struct member *member = find_member(self, action->session);
    if (!member)
        return;
    if (member->n_tasks && (member->tasks_job != action->job || member->tasks.len >= BATCH_BYTES))
        flush_tasks(self, member);
    struct task task = {.index = action->index, .lease = action->lease, .attempt = action->attempt};
    task_encode(&member->tasks, &task, broker_job_record(job_at(self, action->job), action->index));
    member->tasks_job = action->job;
    member->n_tasks++;
}

static void on_action_drop(struct broker *self, const struct action *action)
{
    struct member *member = find_member(self, action->session);
    if (member && member->tasks_job == action->job) {
        buffer_clear(&member->tasks); /* not sent yet: need not be */
        member->n_tasks = 0;
    }
    job_notice_encode(new_body(self), &(struct job_notice){job_at(self, action->job)->id});
    tell_worker(self, action->session, MESSAGE_CANCEL, NULL);
}

static void on_action_fence(struct broker *self, const struct action *action)
{
    struct member *member = find_member(self, action->session);
    empty_encode(new_body(self));
    if (member && port_send(self->workers, &member->peer, MESSAGE_BYE, action->session, buffer_span(&self->body), NULL) !=
                      FAULT_NONE)
        log_info("fenced", "session=%llu", (unsigned long long)action->session);
    remove_member(self, action->session);
}

static void flush_dead(struct broker *self, struct broker_job *job)
{
    if (!job->n_tasks_dead)
        return;
    struct dead_batch batch = {job->id, job->n_tasks_dead, buffer_span(&job->tasks_dead)};
    dead_batch_encode(new_body(self), &batch);
    buffer_clear(&job->tasks_dead);
    job->n_tasks_dead = 0;
    tell_sink(self, MESSAGE_DEAD, buffer_span(&self->body), NULL);
}

static void on_action_dead(struct broker *self, const struct action *action)
{
    struct broker_job *job = job_at(self, action->job);
    const struct why *why = broker_core_why(self->core, action->job, action->index);
    must(why); /* nothing dies without a reason */
    dead_encode(&job->tasks_dead, &(struct dead){action->index, *why});
    job->n_tasks_dead++;
    if (job->tasks_dead.len >= BATCH_BYTES)
        flush_dead(self, job);
}

static void on_action_finalize(struct broker *self, const struct action *action)
{
    struct broker_job *job = job_at(self, action->job);
    struct core_figures figures = broker_core_figures(self->core, action->job);
    flush_dead(self, job);
    finalize_encode(new_body(self), &(struct finalize){job->id, figures.sources, figures.counted, figures.dead});
    tell_sink(self, MESSAGE_FINALIZE, buffer_span(&self->body), NULL);
    job->progress.stage = PROGRESS_WRITING;
    send_progress(self, action->job);
}

static void on_action_close(struct broker *self, const struct action *action)
{
    job_notice_encode(new_body(self), &(struct job_notice){job_at(self, action->job)->id});
    tell_sink(self, MESSAGE_CLOSE, buffer_span(&self->body), NULL);
}

/* The body of JOB_DONE: the sink's last word as it came, or ours when the job ended otherwise. */
static void last_word(struct broker *self, const struct broker_job *job, enum fault fault)
{
    struct final final = {0};
    bool said = job->last_word.len && final_decode(buffer_span(&job->last_word), &final) == FAULT_NONE;
    struct buffer *body = new_body(self);
    if (said && final.why.fault == fault) {
        buffer_put(body, buffer_span(&job->last_word));
        return;
    }
    final = (struct final){.job = job->id, .why = job->why};
    if (final.why.fault != fault)
        (void)why_set(&final.why, fault, "%s", fault_text(fault));
    final_encode(body, &final);
}

static void on_action_ended(struct broker *self, const struct action *action)
{
    struct broker_job *job = job_at(self, action->job);
    char hex[33];
    log_info("job_ended", "job=%s fault=%s", job_id_hex(job->id, hex), fault_name(action->fault));
    last_word(self, job, action->fault);
    tell_ventilator(self, &job->owner, MESSAGE_JOB_DONE, buffer_span(&self->body));
    broker_core_forget(self->core, action->job);
    broker_job_destroy(&self->jobs[action->job]);
}

/* True when something was sent, which may have caused actions: a worker that is gone. */
static bool flush_all_tasks(struct broker *self)
{
    bool sent = false;
    for (size_t i = 0; i < self->n_members; i++) {
        sent |= self->members[i]->n_tasks > 0;
        flush_tasks(self, self->members[i]);
    }
    return sent;
}

static void perform(struct broker *self)
{
    static void (*const table[])(struct broker *, const struct action *) = {
        [ACTION_WELCOME] = on_action_welcome,   [ACTION_PLAN] = on_action_plan,   [ACTION_TASK] = on_action_task,
        [ACTION_DROP] = on_action_drop,         [ACTION_FENCE] = on_action_fence, [ACTION_DEAD] = on_action_dead,
        [ACTION_FINALIZE] = on_action_finalize, [ACTION_CLOSE] = on_action_close, [ACTION_ENDED] = on_action_ended,
    };
    struct action action;
    do
        while (broker_core_next(self->core, &action))
            table[action.kind](self, &action);
    while (flush_all_tasks(self));
}

/* --- from workers ------------------------------------------------------------------------------------------------ */

static enum fault on_hello(struct broker *self, const struct parcel *parcel)
{
    struct hello hello;
    if (hello_decode(parcel->body, &hello) != FAULT_NONE || hello.slots == 0 || hello.slots > SLOTS_MAX)
        return FAULT_PROTOCOL;
    struct hello_event event = {hello.nonce, hello.previous_session, hello.slots};
    add_member(self, broker_core_hello(self->core, self->now, &event), parcel->peer);
    return FAULT_NONE;
}

static enum fault on_stat(struct broker *self, const struct parcel *parcel)
{
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

static enum fault on_done(struct broker *self, const struct parcel *parcel)
{
    struct done_batch batch;
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

static enum fault on_fail(struct broker *self, const struct parcel *parcel)
{
    struct fail fail;
    if (fail_decode(parcel->body, &fail) != FAULT_NONE || fail.why.fault == FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, fail.job);
    broker_core_fail(self->core, self->now, parcel->header.session, fail.lease, fail.kind, &fail.why);
    if (handle != CORE_NO_JOB && fail.index < self->jobs[handle]->n_records &&
        broker_core_task_state(self->core, handle, fail.index) == TASK_DEAD)
        broker_job_ended(self->jobs[handle], fail.index);
    return FAULT_NONE;
}

static enum fault on_bye(struct broker *self, const struct parcel *parcel)
{
    if (empty_decode(parcel->body) != FAULT_NONE)
        return FAULT_PROTOCOL;
    broker_core_gone(self->core, self->now, parcel->header.session, false);
    return FAULT_NONE;
}

/* --- from the sink ----------------------------------------------------------------------------------------------- */

static enum fault on_sink_beat(struct broker *self, const struct parcel *parcel)
{
    (void)self;
    return empty_decode(parcel->body);
}

/* A batch that the sink has taken: its ventilator may send another. */
static enum fault on_sink_ok(struct broker *self, const struct parcel *parcel)
{
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
    struct broker_job *job = job_at(self, handle);
    for (uint32_t i = range.first; i < range.first + range.count && i < job->n_records; i++) {
        enum task_state state = broker_core_task_state(self->core, handle, i);
        if (state == TASK_QUEUED || state == TASK_LEASED || state == TASK_WAIT)
            broker_job_ended(job, i);
    }
    broker_core_counted(self->core, self->now, handle, range.first, range.count);
}

static enum fault on_counted(struct broker *self, const struct parcel *parcel)
{
    struct counted counted;
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

static enum fault on_writing(struct broker *self, const struct parcel *parcel)
{
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

static enum fault on_report(struct broker *self, const struct parcel *parcel)
{
    struct batch batch;
    if (batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, batch.job);
    if (handle != CORE_NO_JOB)
        tell_ventilator(self, &self->jobs[handle]->owner, MESSAGE_REPORT, parcel->body);
    return FAULT_NONE;
}

static enum fault on_final(struct broker *self, const struct parcel *parcel)
{
    struct final final;
    if (final_decode(parcel->body, &final) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, final.job);
    if (handle == CORE_NO_JOB)
        return FAULT_NONE;
    struct broker_job *job = job_at(self, handle);
    buffer_clear(&job->last_word);
    buffer_put(&job->last_word, parcel->body);
    broker_core_final(self->core, self->now, handle, final.why.fault);
    return FAULT_NONE;
}

static enum fault on_mismatch(struct broker *self, const struct parcel *parcel)
{
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

/* --- from ventilators -------------------------------------------------------------------------------------------- */

static void refuse_job(struct broker *self, const struct peer *peer, struct job_id job, enum fault fault, const char *text)
{
    struct err err = {.job = job};
    (void)why_set(&err.why, fault, "%s", text);
    err_encode(new_body(self), &err);
    tell_ventilator(self, peer, MESSAGE_ERR, buffer_span(&self->body));
}

static enum fault on_submit(struct broker *self, const struct parcel *parcel)
{
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
    keep_job(self, broker_core_open(self->core, submit.job), broker_job_new(submit.job, parcel->peer));
    job_opening_encode(new_body(self), &(struct job_opening){.job = submit.job});
    tell_sink(self, MESSAGE_JOB, buffer_span(&self->body), &parcel->blob);
    return FAULT_NONE;
}

static enum fault on_plan(struct broker *self, const struct parcel *parcel)
{
    struct plan_notice plan;
    if (plan_notice_decode(parcel->body, &plan) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, plan.job);
    if (handle == CORE_NO_JOB || self->jobs[handle]->has_plan)
        return FAULT_NONE;
    struct broker_job *job = job_at(self, handle);
    if (buffer_append(&job->plan, parcel->blob) != FAULT_NONE) {
        give_up(self, handle, FAULT_LIMIT, "the plan is larger than 256 MiB: use --range or --sheet");
        return FAULT_NONE;
    }
    job->plan_hash = plan.plan;
    job->has_plan = true;
    tell_sink(self, MESSAGE_PLAN, parcel->body, &parcel->blob);
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
            fault = broker_job_add(job_at(self, handle), &source, span_make(start, (size_t)(in.at - start)));
    }
    return fault;
}

/* A chunk goes to the sink as it came; its OK comes back through on_sink_ok. */
static enum fault on_chunk(struct broker *self, const struct parcel *parcel)
{
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
        give_up(self, handle, fault, fault == FAULT_LIMIT ? "too many sources for one job" : "the sources came out of order");
    else
        tell_sink(self, MESSAGE_SOURCES, parcel->body, NULL);
    return FAULT_NONE;
}

static enum fault on_seal(struct broker *self, const struct parcel *parcel)
{
    struct seal seal;
    if (seal_decode(parcel->body, &seal) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, seal.job);
    if (handle == CORE_NO_JOB)
        return FAULT_NONE;
    enum fault fault = self->jobs[handle]->has_plan ? FAULT_NONE : FAULT_PROTOCOL;
    if (fault == FAULT_NONE) {
        send_progress(self, handle);
        fault = broker_core_seal(self->core, self->now, handle, seal.sources, seal.tasks);
    }
    if (fault != FAULT_NONE)
        give_up(self, handle, fault, "the job came incomplete");
    return FAULT_NONE;
}

static enum fault on_cancel(struct broker *self, const struct parcel *parcel)
{
    struct job_notice cancel;
    if (job_notice_decode(parcel->body, &cancel) != FAULT_NONE)
        return FAULT_PROTOCOL;
    uint32_t handle = broker_core_find(self->core, cancel.job);
    if (handle != CORE_NO_JOB)
        broker_core_cancel(self->core, self->now, handle, FAULT_CANCELLED);
    return FAULT_NONE;
}

/* --- the loop ---------------------------------------------------------------------------------------------------- */

struct handler {
    uint8_t type;
    enum fault (*handle)(struct broker *self, const struct parcel *parcel);
};

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

static enum fault handle(struct broker *self, const struct handler *table, const struct parcel *parcel)
{
    for (; table->handle; table++)
        if (table->type == parcel->header.type)
            return table->handle(self, parcel);
    return FAULT_PROTOCOL;
}

/* A worker that we do not know (we fenced it, or we are new) must begin again. */
static bool is_stranger(struct broker *self, const struct parcel *parcel)
{
    if (parcel->header.type == MESSAGE_HELLO || broker_core_heard(self->core, self->now, parcel->header.session))
        return false;
    empty_encode(new_body(self));
    if (parcel->header.type != MESSAGE_BYE &&
        port_send(self->workers, &parcel->peer, MESSAGE_BYE, parcel->header.session, buffer_span(&self->body), NULL) !=
            FAULT_NONE)
        log_info("stranger", "session=%llu", (unsigned long long)parcel->header.session);
    return true;
}

static void drain_port(struct broker *self, struct port *port, const struct handler *table)
{
    struct parcel parcel;
    for (int i = 0; i < MESSAGES_A_TURN; i++) {
        enum fault fault = port_receive(port, &parcel);
        if (fault == FAULT_TIMEOUT)
            return;
        if (fault == FAULT_NONE && port == self->sinks)
            self->sink = parcel.peer;
        if (fault == FAULT_NONE && port == self->workers && is_stranger(self, &parcel))
            continue;
        if (fault == FAULT_NONE)
            fault = handle(self, table, &parcel);
        if (fault != FAULT_NONE) /* counted and dropped: nobody can harm a job of others by garbage */
            log_warn("malformed", "message=%s fault=%s", message_name(parcel.header.type), fault_name(fault));
        perform(self);
    }
}

static void tell_news(struct broker *self)
{
    for (uint32_t handle = 0; handle < self->n_jobs; handle++) {
        struct broker_job *job = self->jobs[handle];
        if (job && job->has_news && self->now - job->told_ms >= PROGRESS_MS)
            send_progress(self, handle);
    }
}

static int wait_ms(struct broker *self)
{
    int64_t until = broker_core_deadline(self->core);
    for (uint32_t handle = 0; handle < self->n_jobs; handle++) {
        struct broker_job *job = self->jobs[handle];
        if (job && job->has_news && job->told_ms + PROGRESS_MS < until)
            until = job->told_ms + PROGRESS_MS;
    }
    if (until == INT64_MAX)
        return -1;
    int64_t left = until - clock_now_ms();
    return left < 0 ? 0 : left > 1000 ? 1000 : (int)left;
}

static void run_broker(void *context)
{
    struct broker *self = context;
    struct port *const ports[] = {self->sinks, self->workers, self->ventilators};
    while (!actor_is_ending(self->pipe)) {
        port_wait(ports, 3, actor_pipe_socket(self->pipe), wait_ms(self));
        self->now = clock_now_ms();
        drain_port(self, self->sinks, from_sinks);
        drain_port(self, self->workers, from_workers);
        drain_port(self, self->ventilators, from_ventilators);
        broker_core_tick(self->core, self->now);
        perform(self);
        tell_news(self);
    }
}

const struct actor_role broker_role = {"broker", open_broker, run_broker, close_broker};

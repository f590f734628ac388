/* SPDX-License-Identifier: MIT
 *
 * One thread, two sockets: the broker's for work, the sink's for results, so that a large partial never delays the word
 * of a cancellation. While a source is read the inbox is looked into through the interrupt hook; what comes in then only
 * changes state here and ends the read if its job is gone.
 */
#include "workers/worker.h"

#include <stdlib.h>

#include "core/clock.h"
#include "core/hash.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/must.h"
#include "wire/delivery.h"
#include "wire/dispatch.h"
#include "wire/port.h"
#include "wire/session.h"
#include "wire/task.h"
#include "workers/outbox.h"

#define AGAIN_MS 1000 /* HELLO and OPEN are repeated until they are answered */
#define SLOTS 1       /* tasks at a time: one thread */
#define PARTIAL_BYTES_MAX BUFFER_LIMIT_DEFAULT

struct assignment { /* a job that we work for */
    struct job_id id;
    struct sha256 plan;
    void *reader;   /* NULL: the plan cannot be used, `why` says why */
    struct why why;
    struct assignment *next;
};

struct errand { /* a task that waits */
    struct job_id job;
    struct buffer item; /* its encoding: what the message held */
    uint64_t lease;
    struct errand *next;
};

struct worker {
    struct actor_pipe *pipe;
    struct port *broker, *sink;
    const struct worker_craft *craft;
    uint64_t nonce, session; /* session 0: not welcome yet */
    int64_t again_ms;        /* when HELLO or OPEN is due again */
    int64_t beat_ms, next_beat_ms;
    struct assignment *assignments;
    struct errand *first, **last;
    struct errand *current; /* being read */
    bool is_current_dropped, is_draining;
    struct outbox outbox;
    struct buffer body;
    int64_t now;
};

static void *open_worker(struct actor_pipe *pipe, const void *args, struct why *why);
static void close_worker(void *context);

/* --- sending ----------------------------------------------------------------------------------------------------- */

static struct buffer *new_body(struct worker *self)
{
    buffer_clear(&self->body);
    return &self->body;
}

static void tell_broker(struct worker *self, uint8_t type)
{
    enum fault fault = port_send(self->broker, NULL, type, self->session, buffer_span(&self->body), NULL);
    if (fault != FAULT_NONE) /* the broker takes its leases back when STAT does not list them */
        log_warn("broker_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}

static void say_hello(struct worker *self, uint64_t previous)
{
    struct hello hello = {.nonce = self->nonce, .previous_session = previous, .slots = SLOTS, .build = SPAN("sheaf")};
    hello_encode(new_body(self), &hello);
    tell_broker(self, MESSAGE_HELLO);
    self->again_ms = self->now + AGAIN_MS;
}

static void say_open(struct worker *self)
{
    opening_encode(new_body(self), &(struct opening){self->session});
    enum fault fault = port_send(self->sink, NULL, MESSAGE_OPEN, self->session, buffer_span(&self->body), NULL);
    if (fault != FAULT_NONE)
        log_warn("sink_unreachable", "message=OPEN fault=%s", fault_name(fault));
    self->again_ms = self->now + AGAIN_MS;
}

static void say_stat(struct worker *self)
{
    struct buffer held;
    struct stat stat = {.running = self->current ? 1 : 0, .free = self->current ? 0 : SLOTS};
    buffer_init(&held, BUFFER_LIMIT_DEFAULT);
    for (const struct errand *errand = self->first; errand; errand = errand->next, stat.n_held++)
        pack_u64(&held, errand->lease);
    if (self->current && ++stat.n_held)
        pack_u64(&held, self->current->lease);
    for (size_t i = 0; i < self->outbox.n; i++, stat.n_held++)
        pack_u64(&held, self->outbox.partings[i]->lease);
    stat.held = buffer_span(&held);
    stat_encode(new_body(self), &stat);
    tell_broker(self, MESSAGE_STAT);
    buffer_free(&held);
    self->next_beat_ms = self->now + self->beat_ms;
}

static void say_done(struct worker *self, const struct errand *errand, uint32_t index, uint64_t cells)
{
    struct buffer item;
    buffer_init(&item, 64);
    done_encode(&item, &(struct done){index, errand->lease, cells});
    job_items_encode(new_body(self), &(struct job_items){errand->job, 1, buffer_span(&item)});
    tell_broker(self, MESSAGE_DONE);
    buffer_free(&item);
}

static enum fail_kind kind_of(enum fault fault)
{
    switch (fault) {
    case FAULT_IO:
    case FAULT_TIMEOUT:
    case FAULT_CANCELLED: /* of nobody's asking: interrupted, not judged */
        return FAIL_TRANSIENT;
    default:
        return FAIL_PERMANENT;
    }
}

static void say_fail(struct worker *self, struct job_id job, uint32_t index, uint64_t lease, enum fail_kind kind,
                     const struct why *why)
{
    struct fail fail = {.job = job, .index = index, .lease = lease, .kind = kind, .why = *why};
    fail_encode(new_body(self), &fail);
    tell_broker(self, MESSAGE_FAIL);
}

static void send_partials(struct worker *self)
{
    struct parting *parting;
    while (self->session && (parting = outbox_due(&self->outbox, self->now))) {
        struct span bytes = buffer_span(&parting->bytes);
        delivery_encode(new_body(self), &parting->delivery);
        if (port_send(self->sink, NULL, MESSAGE_PARTIAL, self->session, buffer_span(&self->body), &bytes) == FAULT_NONE)
            outbox_sent(parting, self->now);
        else
            outbox_refused(parting, self->now);
    }
}

/* --- jobs and tasks ---------------------------------------------------------------------------------------------- */

static struct assignment *find_assignment(struct worker *self, struct job_id id)
{
    struct assignment *assignment = self->assignments;
    while (assignment && !job_id_equal(assignment->id, id))
        assignment = assignment->next;
    return assignment;
}

static void free_assignment(struct worker *self, struct assignment *assignment)
{
    if (assignment->reader)
        self->craft->end(assignment->reader);
    free(assignment);
}

static void free_errand(struct errand *errand)
{
    buffer_free(&errand->item);
    free(errand);
}

static struct errand *next_errand(struct worker *self)
{
    struct errand *errand = self->first;
    self->first = errand->next;
    if (!self->first)
        self->last = &self->first;
    return errand;
}

static void drop_errands(struct worker *self, const struct job_id *job)
{
    struct errand **at = &self->first;
    while (*at) {
        struct errand *errand = *at;
        if (job && !job_id_equal(errand->job, *job)) {
            at = &errand->next;
            continue;
        }
        *at = errand->next;
        free_errand(errand);
    }
    self->last = at;
}

/* The reader of the job that is being read is freed when the read has ended: finish_current. */
static void drop_job(struct worker *self, struct job_id id)
{
    drop_errands(self, &id);
    outbox_drop_job(&self->outbox, id);
    if (self->current && job_id_equal(self->current->job, id)) {
        self->is_current_dropped = true;
        return;
    }
    for (struct assignment **at = &self->assignments; *at; at = &(*at)->next) {
        struct assignment *assignment = *at;
        if (!job_id_equal(assignment->id, id))
            continue;
        *at = assignment->next;
        free_assignment(self, assignment);
        return;
    }
}

/* Our session is over: whatever we hold is somebody else's by now. */
static void begin_again(struct worker *self)
{
    uint64_t previous = self->session;
    drop_errands(self, NULL);
    outbox_clear(&self->outbox);
    struct job_id keep = self->current ? self->current->job : (struct job_id){{0}};
    for (struct assignment *assignment = self->assignments, *next; assignment; assignment = next) {
        next = assignment->next;
        if (!self->current || !job_id_equal(assignment->id, keep))
            drop_job(self, assignment->id);
    }
    self->is_current_dropped = self->current != NULL;
    self->session = 0;
    self->nonce = self->nonce * 0x9e3779b97f4a7c15u + 1; /* another incarnation */
    say_hello(self, previous);
}

/* --- from the broker --------------------------------------------------------------------------------------------- */

static enum fault on_welcome(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    struct welcome welcome;
    if (welcome_decode(parcel->body, &welcome) != FAULT_NONE)
        return FAULT_PROTOCOL;
    if (self->session == welcome.session)
        return FAULT_NONE; /* the answer to a HELLO that was said twice */
    self->session = welcome.session;
    self->beat_ms = welcome.beat_ms;
    self->next_beat_ms = self->now + self->beat_ms;
    say_open(self);
    return FAULT_NONE;
}

static enum fault on_plan(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    struct plan_notice plan;
    if (plan_notice_decode(parcel->body, &plan) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    if (find_assignment(self, plan.job))
        return FAULT_NONE;
    struct assignment *assignment = must_alloc(sizeof *assignment);
    assignment->id = plan.job;
    assignment->plan = plan.plan;
    if (sha256_equal(sha256_of(parcel->blob), plan.plan))
        assignment->reader = self->craft->begin(parcel->blob, &assignment->why);
    else
        (void)why_set(&assignment->why, FAULT_PROTOCOL, "the plan of the job was damaged on its way to the worker");
    assignment->next = self->assignments;
    self->assignments = assignment;
    return FAULT_NONE;
}

/* Keeps a copy of the item's bytes: the message goes with the next one. */
static enum fault on_task(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    struct job_items batch;
    if (task_batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct cursor in;
    cursor_init(&in, batch.items);
    for (uint32_t i = 0; i < batch.n; i++) {
        const unsigned char *start = in.at;
        struct task task;
        if (task_next(&in, &task) != FAULT_NONE)
            return FAULT_PROTOCOL;
        struct errand *errand = must_alloc(sizeof *errand);
        errand->job = batch.job;
        errand->lease = task.lease;
        buffer_init(&errand->item, BUFFER_LIMIT_DEFAULT);
        buffer_put(&errand->item, span_make(start, (size_t)(in.at - start)));
        *self->last = errand;
        self->last = &errand->next;
    }
    return FAULT_NONE;
}

static enum fault on_cancel(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    struct job_notice cancel;
    if (job_notice_decode(parcel->body, &cancel) != FAULT_NONE)
        return FAULT_PROTOCOL;
    drop_job(self, cancel.job);
    return FAULT_NONE;
}

static enum fault on_beat(void *role, const struct parcel *parcel)
{
    (void)role;
    return empty_decode(parcel->body);
}

static enum fault on_drain(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    struct drain drain;
    if (drain_decode(parcel->body, &drain) != FAULT_NONE)
        return FAULT_PROTOCOL;
    self->is_draining = true;
    if (drain.level > 0)
        drop_errands(self, NULL);
    return FAULT_NONE;
}

static enum fault on_bye(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    if (empty_decode(parcel->body) != FAULT_NONE)
        return FAULT_PROTOCOL;
    if (parcel->header.session == self->session)
        begin_again(self);
    return FAULT_NONE;
}

/* --- from the sink ----------------------------------------------------------------------------------------------- */

static enum fault on_credit(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    return grant_decode(parcel->body, &self->outbox.grant);
}

static enum fault on_counted(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    struct job_items counted;
    if (counted_decode(parcel->body, &counted) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct cursor in;
    cursor_init(&in, counted.items);
    for (uint32_t i = 0; i < counted.n; i++) {
        struct range range;
        if (range_next(&in, &range) != FAULT_NONE)
            return FAULT_PROTOCOL;
        outbox_counted(&self->outbox, counted.job, range);
    }
    return FAULT_NONE;
}

static enum fault on_nak(void *role, const struct parcel *parcel)
{
    struct worker *self = role;
    struct nak nak;
    if (nak_decode(parcel->body, &nak) != FAULT_NONE)
        return FAULT_PROTOCOL;
    if (nak.reason == NAK_FENCED) {
        begin_again(self);
        return FAULT_NONE;
    }
    uint64_t lease = outbox_remove(&self->outbox, nak.job, nak.index, nak.slice);
    if (lease && nak.reason == NAK_CORRUPT)
        say_fail(self, nak.job, nak.index, lease, FAIL_TRANSIENT, &nak.why);
    if (nak.reason == NAK_CONFLICT)
        log_error("conflict", "source=%u why=\"%s\"", nak.index, nak.why.text);
    return FAULT_NONE;
}

/* --- the loop ---------------------------------------------------------------------------------------------------- */

static const struct handler from_broker[] = {
    {MESSAGE_WELCOME, on_welcome}, {MESSAGE_PLAN, on_plan}, {MESSAGE_TASK, on_task},   {MESSAGE_CANCEL, on_cancel},
    {MESSAGE_HB, on_beat},         {MESSAGE_BYE, on_bye},   {MESSAGE_DRAIN, on_drain}, {0, NULL},
};
static const struct handler from_sink[] = {
    {MESSAGE_CREDIT, on_credit}, {MESSAGE_COUNTED, on_counted}, {MESSAGE_NAK, on_nak}, {0, NULL},
};

/* All that is due, without waiting. */
static void attend(struct worker *self)
{
    self->now = clock_now_ms();
    dispatch_all(self->broker, from_broker, self);
    dispatch_all(self->sink, from_sink, self);
    if (self->again_ms <= self->now && !self->session)
        say_hello(self, 0);
    if (self->again_ms <= self->now && self->session && !self->outbox.grant.partials)
        say_open(self);
    if (self->session && self->beat_ms && self->next_beat_ms <= self->now)
        say_stat(self);
    send_partials(self);
}

static bool is_read_unwanted(void *context)
{
    struct worker *self = context;
    attend(self);
    return self->is_current_dropped || actor_is_ending(self->pipe);
}

static void deliver(struct worker *self, const struct assignment *assignment, const struct task *task,
                    struct buffer *bytes, uint64_t cells)
{
    struct delivery delivery = {.job = assignment->id,
                                .index = task->index,
                                .slice = task->slice,
                                .plan = assignment->plan,
                                .sha = message_digest(buffer_span(bytes))};
    self->now = clock_now_ms();
    outbox_add(&self->outbox, &delivery, task->lease, bytes, self->now);
    send_partials(self);
    say_done(self, self->current, task->index, cells);
}

static enum fault read_source(struct worker *self, const struct assignment *assignment, const struct task *task,
                              struct buffer *out, uint64_t *ret_cells, struct why *why)
{
    if (!assignment)
        return why_set(why, FAULT_TIMEOUT, "the plan of the job has not come to the worker");
    if (!assignment->reader) {
        *why = assignment->why;
        return why->fault;
    }
    interrupt_set(is_read_unwanted, self);
    enum fault fault = self->craft->read(assignment->reader, &task->source, out, ret_cells, why);
    interrupt_set(NULL, NULL);
    if (fault != FAULT_NONE && why->fault == FAULT_NONE)
        (void)why_set(why, fault, "%s", fault_text(fault)); /* a reader that gave no reason */
    return fault;
}

/* Forgets the task that was being read, and its job if that went meanwhile. */
static void finish_current(struct worker *self)
{
    struct errand *errand = self->current;
    self->current = NULL;
    if (self->is_current_dropped)
        drop_job(self, errand->job);
    self->is_current_dropped = false;
    free_errand(errand);
}

static void do_next_task(struct worker *self)
{
    struct buffer out;
    struct cursor in;
    struct task task;
    struct why why = {0};
    uint64_t cells = 0;
    self->current = next_errand(self);
    cursor_init(&in, buffer_span(&self->current->item));
    must(task_next(&in, &task) == FAULT_NONE); /* judged when it came */
    buffer_init(&out, PARTIAL_BYTES_MAX);
    struct assignment *assignment = find_assignment(self, self->current->job);
    enum fault fault = read_source(self, assignment, &task, &out, &cells, &why);
    if (!self->is_current_dropped && !actor_is_ending(self->pipe)) {
        if (fault == FAULT_NONE)
            deliver(self, assignment, &task, &out, cells);
        else
            say_fail(self, self->current->job, task.index, task.lease, kind_of(fault), &why);
    }
    buffer_free(&out);
    finish_current(self);
}

static int wait_ms(struct worker *self)
{
    int64_t until = outbox_deadline(&self->outbox);
    bool unanswered = !self->session || !self->outbox.grant.partials;
    if (unanswered && self->again_ms < until)
        until = self->again_ms;
    if (self->session && self->beat_ms && self->next_beat_ms < until)
        until = self->next_beat_ms;
    if (until == INT64_MAX)
        return -1;
    int64_t left = until - clock_now_ms();
    return left < 0 ? 0 : left > 1000 ? 1000 : (int)left;
}

static void run_worker(void *context)
{
    struct worker *self = context;
    struct port *const ports[] = {self->broker, self->sink};
    self->now = clock_now_ms();
    say_hello(self, 0);
    while (!actor_is_ending(self->pipe)) {
        attend(self);
        if (self->first && outbox_has_room(&self->outbox))
            do_next_task(self);
        else
            port_wait(ports, 2, actor_pipe_socket(self->pipe), wait_ms(self));
    }
    empty_encode(new_body(self));
    if (self->session)
        tell_broker(self, MESSAGE_BYE);
}

static void close_worker(void *context)
{
    struct worker *self = context;
    drop_errands(self, NULL);
    while (self->assignments) {
        struct assignment *assignment = self->assignments;
        self->assignments = assignment->next;
        free_assignment(self, assignment);
    }
    outbox_free(&self->outbox);
    buffer_free(&self->body);
    port_close(&self->broker);
    port_close(&self->sink);
    free(self);
}

static void *open_worker(struct actor_pipe *pipe, const void *args, struct why *why)
{
    const struct worker_options *options = args;
    struct worker *self = must_alloc(sizeof *self);
    self->pipe = pipe;
    self->craft = options->craft;
    self->nonce = options->nonce;
    self->last = &self->first;
    buffer_init(&self->body, BUFFER_LIMIT_DEFAULT);
    struct port_options broker = {.kind = PORT_DEALER, .endpoint = options->broker_endpoint};
    struct port_options sink = {.kind = PORT_DEALER, .endpoint = options->sink_endpoint};
    if (port_open(options->context, &broker, &self->broker, why) == FAULT_NONE &&
        port_open(options->context, &sink, &self->sink, why) == FAULT_NONE)
        return self;
    close_worker(self);
    return NULL;
}

const struct actor_role worker_role = {"worker", open_worker, run_worker, close_worker};

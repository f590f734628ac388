/* SPDX-License-Identifier: MIT
 *
 * One job after the other is planned; while that goes on the clients' socket is looked into through the interrupt hook, so
 * that a job may be cancelled in the middle of hashing its inputs. Then its lists are fed to the broker and to the client,
 * each at its own pace.
 */
#include "ventilator/ventilator.h"

#include <stdlib.h>

#include "core/hash.h"
#include "core/interrupt.h"
#include "core/log.h"
#include "core/must.h"
#include "ventilator/feed.h"
#include "wire/assembly.h"
#include "wire/dispatch.h"
#include "wire/port.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

#define PLAN_BYTES_MAX ((size_t)256 << 20)

enum order_state { ORDER_WAITING, ORDER_PLANNING, ORDER_RUNNING };

struct order { /* a job of a client */
    struct job_id id;
    struct peer client;
    enum order_state state;
    bool is_cancelled, is_sealed;
    struct buffer message; /* the job's encoding; empty once the broker has it */
    struct inputs inputs;
    struct feed to_broker, to_client;
    struct buffer last_word; /* JOB_DONE, kept until the client has all sources */
    struct order *next;
};

struct ventilator {
    struct actor_pipe *pipe;
    struct port *clients, *broker;
    const struct ventilator_craft *craft;
    struct order *orders; /* in order of arrival */
    struct order *planning;
    struct buffer body;
};

/* --- sending ----------------------------------------------------------------------------------------------------- */

static struct buffer *new_body(struct ventilator *self)
{
    buffer_clear(&self->body);
    return &self->body;
}

static enum fault tell_broker(struct ventilator *self, uint8_t type, const struct span *blob)
{
    enum fault fault = port_send(self->broker, NULL, type, 0, buffer_span(&self->body), blob);
    if (fault != FAULT_NONE)
        log_warn("broker_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
    return fault;
}

/* A client that is gone or does not read misses news; its job goes on. */
static void tell_client(struct ventilator *self, const struct peer *client, uint8_t type, struct span body)
{
    enum fault fault = port_send(self->clients, client, type, 0, body, NULL);
    if (fault != FAULT_NONE)
        log_warn("client_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}

/* --- orders ------------------------------------------------------------------------------------------------------ */

static struct order *find_order(struct ventilator *self, struct job_id id)
{
    struct order *order = self->orders;
    while (order && !job_id_equal(order->id, id))
        order = order->next;
    return order;
}

static void free_order(struct ventilator *self, struct order *order)
{
    buffer_free(&order->message);
    buffer_free(&order->last_word);
    if (order->inputs.arena)
        self->craft->free(&order->inputs);
    free(order);
}

static void remove_order(struct ventilator *self, struct order *order)
{
    struct order **at = &self->orders;
    while (*at != order)
        at = &(*at)->next;
    *at = order->next;
    free_order(self, order);
}

static void fail_order(struct ventilator *self, struct order *order, const struct why *why)
{
    err_encode(new_body(self), &(struct err){order->id, *why});
    tell_client(self, &order->client, MESSAGE_ERR, buffer_span(&self->body));
    remove_order(self, order);
}

/* --- planning ---------------------------------------------------------------------------------------------------- */

static void attend_clients(struct ventilator *self);

static bool is_planning_unwanted(void *context)
{
    struct ventilator *self = context;
    attend_clients(self);
    return self->planning->is_cancelled || actor_is_ending(self->pipe);
}

static enum fault plan_order(struct ventilator *self, struct order *order, struct buffer *plan, struct why *why)
{
    struct job job = {0};
    if (job_decode(buffer_span(&order->message), &job) != FAULT_NONE)
        return why_set(why, FAULT_PROTOCOL, "the job cannot be read: is the client of the same version?");
    order->to_client.with_layouts = job.is_check; /* what a check shows */
    interrupt_set(is_planning_unwanted, self);
    enum fault fault = self->craft->prepare(&job, &order->inputs, plan, why);
    interrupt_set(NULL, NULL);
    job_free(&job);
    if (fault == FAULT_NONE && is_planning_unwanted(self))
        fault = FAULT_CANCELLED; /* asked for when nobody looked any more */
    if (fault != FAULT_NONE && (why->fault == FAULT_NONE || fault == FAULT_CANCELLED))
        (void)why_set(why, fault, "%s", fault_text(fault));
    return fault;
}

static enum fault hand_over(struct ventilator *self, struct order *order, struct span plan)
{
    struct span message = buffer_span(&order->message);
    submit_encode(new_body(self), &(struct submit){order->id});
    enum fault fault = tell_broker(self, MESSAGE_SUBMIT, &message);
    if (fault != FAULT_NONE)
        return fault;
    buffer_free(&order->message);
    plan_notice_encode(new_body(self), &(struct plan_notice){order->id, sha256_of(plan)});
    return tell_broker(self, MESSAGE_PLAN, &plan);
}

static void begin_order(struct ventilator *self, struct order *order)
{
    struct why why = {0};
    struct buffer plan;
    buffer_init(&plan, PLAN_BYTES_MAX);
    progress_encode(new_body(self), &(struct progress){.job = order->id, .stage = PROGRESS_PLANNING});
    tell_client(self, &order->client, MESSAGE_PROGRESS, buffer_span(&self->body));
    order->state = ORDER_PLANNING;
    self->planning = order;
    enum fault fault = plan_order(self, order, &plan, &why);
    self->planning = NULL;
    if (fault == FAULT_NONE) {
        fault = hand_over(self, order, buffer_span(&plan));
        if (fault != FAULT_NONE)
            (void)why_set(&why, FAULT_IO, "the broker cannot be reached (%s)", fault_text(fault));
    }
    buffer_free(&plan);
    if (fault != FAULT_NONE)
        fail_order(self, order, &why);
    else
        order->state = ORDER_RUNNING;
}

/* --- feeding ----------------------------------------------------------------------------------------------------- */

static enum fault seal_order(struct ventilator *self, struct order *order)
{
    struct seal seal = {.job = order->id, .sources = order->inputs.n_sources};
    for (uint32_t i = 0; i < order->inputs.n_sources; i++)
        seal.tasks += order->inputs.sources[i].state == SOURCE_TASK;
    order->is_sealed = true;
    seal_encode(new_body(self), &seal);
    return tell_broker(self, MESSAGE_SEAL, NULL);
}

static enum fault feed_broker(struct ventilator *self, struct order *order)
{
    enum fault fault = FAULT_NONE;
    if (order->is_cancelled || order->last_word.len)
        return FAULT_NONE;
    while (fault == FAULT_NONE && feed_next(&order->to_broker, order->id, &order->inputs, &self->body))
        fault = tell_broker(self, MESSAGE_CHUNK, NULL);
    if (fault == FAULT_NONE && !order->is_sealed && feed_is_sent(&order->to_broker, &order->inputs))
        fault = seal_order(self, order);
    return fault;
}

static void feed_order(struct ventilator *self, struct order *order)
{
    enum fault fault = feed_broker(self, order);
    if (fault != FAULT_NONE) { /* not by being full: CHUNKS_AHEAD is far below the high-water mark */
        struct why why;
        (void)why_set(&why, FAULT_IO, "the broker cannot be reached (%s)", fault_text(fault));
        fail_order(self, order, &why);
        return;
    }
    while (!order->is_cancelled && feed_next(&order->to_client, order->id, &order->inputs, &self->body))
        tell_client(self, &order->client, MESSAGE_CHUNK, buffer_span(&self->body));
    if (!order->last_word.len || !(order->is_cancelled || feed_is_sent(&order->to_client, &order->inputs)))
        return;
    tell_client(self, &order->client, MESSAGE_JOB_DONE, buffer_span(&order->last_word));
    remove_order(self, order);
}

/* --- from clients ------------------------------------------------------------------------------------------------ */

static enum fault on_submit(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct submit submit;
    if (submit_decode(parcel->body, &submit) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, submit.job);
    if (order) { /* known: nothing changes but whom to tell */
        order->client = parcel->peer;
        return FAULT_NONE;
    }
    order = must_alloc(sizeof *order);
    order->id = submit.job;
    order->client = parcel->peer;
    order->to_broker.with_issues = order->to_broker.with_layouts = true;
    buffer_init(&order->message, BUFFER_LIMIT_DEFAULT);
    buffer_init(&order->last_word, BUFFER_LIMIT_DEFAULT);
    buffer_put(&order->message, parcel->blob);
    struct order **last = &self->orders;
    while (*last)
        last = &(*last)->next;
    *last = order;
    return FAULT_NONE;
}

static enum fault on_cancel(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct job_notice cancel;
    if (job_notice_decode(parcel->body, &cancel) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, cancel.job);
    if (!order)
        return FAULT_NONE;
    order->is_cancelled = true;
    if (order->state == ORDER_PLANNING)
        return FAULT_NONE; /* plan_order sees it */
    if (order->state == ORDER_WAITING) {
        struct why why;
        (void)why_set(&why, FAULT_CANCELLED, "%s", fault_text(FAULT_CANCELLED));
        fail_order(self, order, &why);
        return FAULT_NONE;
    }
    job_notice_encode(new_body(self), &cancel);
    return tell_broker(self, MESSAGE_CANCEL, NULL);
}

static enum fault on_client_ok(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct ok ok;
    if (ok_decode(parcel->body, &ok) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, ok.job);
    if (order)
        feed_answered(&order->to_client);
    return FAULT_NONE;
}

/* --- from the broker --------------------------------------------------------------------------------------------- */

static enum fault on_broker_ok(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct ok ok;
    if (ok_decode(parcel->body, &ok) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, ok.job);
    if (order)
        feed_answered(&order->to_broker);
    return FAULT_NONE;
}

static enum fault on_progress(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct progress progress;
    if (progress_decode(parcel->body, &progress) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, progress.job);
    if (order)
        tell_client(self, &order->client, MESSAGE_PROGRESS, parcel->body);
    return FAULT_NONE;
}

static enum fault on_report(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct batch batch;
    if (batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, batch.job);
    if (order)
        tell_client(self, &order->client, MESSAGE_REPORT, parcel->body);
    return FAULT_NONE;
}

static enum fault on_job_done(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct final final;
    if (final_decode(parcel->body, &final) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, final.job);
    if (order && !order->last_word.len)
        buffer_put(&order->last_word, parcel->body);
    return FAULT_NONE;
}

static enum fault on_err(void *role, const struct parcel *parcel)
{
    struct ventilator *self = role;
    struct err err;
    if (err_decode(parcel->body, &err) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct order *order = find_order(self, err.job);
    if (order)
        fail_order(self, order, &err.why);
    return FAULT_NONE;
}

/* --- the loop ---------------------------------------------------------------------------------------------------- */

static const struct handler from_clients[] = {
    {MESSAGE_SUBMIT, on_submit},
    {MESSAGE_CANCEL, on_cancel},
    {MESSAGE_OK, on_client_ok},
    {0, NULL},
};
static const struct handler from_broker[] = {
    {MESSAGE_OK, on_broker_ok},     {MESSAGE_PROGRESS, on_progress}, {MESSAGE_REPORT, on_report},
    {MESSAGE_JOB_DONE, on_job_done}, {MESSAGE_ERR, on_err},          {0, NULL},
};

static void attend_clients(struct ventilator *self)
{
    dispatch_all(self->clients, from_clients, self);
}

/* Plans at most one job, so that the others are fed in between. */
static bool begin_next(struct ventilator *self)
{
    for (struct order *order = self->orders; order; order = order->next) {
        if (order->state != ORDER_WAITING)
            continue;
        begin_order(self, order);
        return true;
    }
    return false;
}

static void run_ventilator(void *context)
{
    struct ventilator *self = context;
    struct port *const ports[] = {self->broker, self->clients};
    bool worked = false;
    while (!actor_is_ending(self->pipe)) {
        port_wait(ports, 2, actor_pipe_socket(self->pipe), worked ? 0 : -1);
        dispatch_all(self->broker, from_broker, self);
        attend_clients(self);
        for (struct order *order = self->orders, *next; order; order = next) {
            next = order->next;
            if (order->state == ORDER_RUNNING)
                feed_order(self, order);
        }
        worked = begin_next(self);
    }
}

static void close_ventilator(void *context)
{
    struct ventilator *self = context;
    while (self->orders)
        remove_order(self, self->orders);
    buffer_free(&self->body);
    port_close(&self->clients);
    port_close(&self->broker);
    free(self);
}

static void *open_ventilator(struct actor_pipe *pipe, const void *args, struct why *why)
{
    const struct ventilator_options *options = args;
    struct ventilator *self = must_alloc(sizeof *self);
    self->pipe = pipe;
    self->craft = options->craft;
    buffer_init(&self->body, BUFFER_LIMIT_DEFAULT);
    struct port_options clients = {.kind = PORT_ROUTER, .endpoint = options->clients_endpoint};
    struct port_options broker = {.kind = PORT_DEALER, .endpoint = options->broker_endpoint};
    if (port_open(options->context, &clients, &self->clients, why) == FAULT_NONE &&
        port_open(options->context, &broker, &self->broker, why) == FAULT_NONE)
        return self;
    close_ventilator(self);
    return NULL;
}

const struct actor_role ventilator_role = {"ventilator", open_ventilator, run_ventilator, close_ventilator};

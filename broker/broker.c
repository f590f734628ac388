/* SPDX-License-Identifier: MIT
 *
 * The actor around broker/core: opens its sockets, takes turns among them, and keeps time. Everything that decides is in the
 * core.
 */
#include "broker/broker.h"

#include <stdlib.h>

#include "broker/shell.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/must.h"

#define PROGRESS_MS 50      /* PROGRESS of a job at most this often */
#define MESSAGES_A_TURN 256 /* from one port before the next is looked at */

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

/* --- the loop --- */

static void drain_port(struct broker *self, struct port *port)
{
    struct parcel parcel;
    for (int i = 0; i < MESSAGES_A_TURN; i++) {
        enum fault fault = port_receive(port, &parcel);
        if (fault == FAULT_TIMEOUT)
            return;
        if (fault == FAULT_NONE)
            fault = shell_receive(self, port, &parcel);
        if (fault != FAULT_NONE) /* counted and dropped: nobody can harm a job of others by garbage */
            log_warn("malformed", "message=%s fault=%s", message_name(parcel.header.type), fault_name(fault));
        shell_perform(self);
    }
}

static void tell_news(struct broker *self)
{
    for (uint32_t handle = 0; handle < self->n_jobs; handle++) {
        struct broker_job *job = self->jobs[handle];
        if (job && job->has_news && self->now - job->told_ms >= PROGRESS_MS)
            shell_send_progress(self, handle);
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
        drain_port(self, self->sinks);
        drain_port(self, self->workers);
        drain_port(self, self->ventilators);
        broker_core_tick(self->core, self->now);
        shell_perform(self);
        tell_news(self);
    }
}

const struct actor_role broker_role = {"broker", open_broker, run_broker, close_broker};

/* SPDX-License-Identifier: MIT
 *
 * Two sockets: the broker's for control, and one that workers bring partials to. Control is emptied before each partial: what
 * the broker sent before it leased a task (the job, the plan, the sources) is then here before the task's partial. While
 * an output is written, control is looked into from the writer's progress.
 */
#include "sink/sink.h"

#include <stdlib.h>

#include "core/must.h"
#include "sink/sink_state.h"
#include "wire/session.h"

#define PARTIALS_A_TURN 64

static void run_sink(void *context)
{
    struct sink *self = context;
    struct port *const ports[] = {self->broker, self->workers};
    while (!actor_is_ending(self->pipe)) {
        port_wait(ports, 2, actor_pipe_socket(self->pipe), -1);
        sink_take_control(self);
        for (int i = 0; i < PARTIALS_A_TURN && dispatch_next(self->workers, sink_from_workers, self); i++)
            sink_take_control(self);
        sink_write_due(self);
    }
}

static void close_sink(void *context)
{
    struct sink *self = context;
    while (self->jobs) {
        struct sink_job *job = self->jobs;
        self->jobs = job->next;
        sink_free_job(self, job);
    }
    buffer_free(&self->body);
    port_close(&self->broker);
    port_close(&self->workers);
    free(self);
}

static void *open_sink(struct actor_pipe *pipe, const void *args, struct why *why)
{
    const struct sink_options *options = args;
    struct sink *self = must_alloc(sizeof *self);
    self->pipe = pipe;
    self->craft = options->craft;
    buffer_init(&self->body, BUFFER_LIMIT_DEFAULT);
    struct port_options broker = {.kind = PORT_DEALER, .endpoint = options->broker_endpoint};
    struct port_options workers = {.kind = PORT_ROUTER, .endpoint = options->workers_endpoint};
    if (port_open(options->context, &broker, &self->broker, why) != FAULT_NONE ||
        port_open(options->context, &workers, &self->workers, why) != FAULT_NONE) {
        close_sink(self);
        return NULL;
    }
    empty_encode(sink_body(self));
    sink_tell_broker(self, MESSAGE_HB, buffer_span(&self->body)); /* now the broker knows its sink */
    return self;
}

const struct actor_role sink_role = {"sink", open_sink, run_sink, close_sink};

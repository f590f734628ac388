/* SPDX-License-Identifier: MIT
 *
 * zactor with a start that can fail. What crosses here besides messages are the options (down, at the start) and the
 * outcome of the start (up); both live in a struct start on the stack of actor_start, which waits for the signal.
 */
#include "wire/actor.h"

#include "core/log.h" /* before czmq.h, which brings the macros of syslog.h */
#include "core/must.h"

#include <czmq.h>

#include "wire/edge.h"

struct actor_pipe {
    zsock_t *socket;
    bool is_ending;
};

struct actor {
    zactor_t *zactor;
    const struct actor_role *role;
};

struct start {
    const struct actor_role *role;
    const void *options;
    struct why why;
    bool is_up;
};

#define EDGE_UP "actor.up"

void actor_prepare(void)
{
    zsys_handler_set(NULL);
    zsys_init();
}

static void run_actor(zsock_t *socket, void *args)
{
    struct start *start = args;
    const struct actor_role *role = start->role; /* `start` is gone after the signal */
    struct actor_pipe pipe = {.socket = socket};
    edge_acquire(edge_of(EDGE_UP));
    log_set_role(role->name);
    void *self = role->open(&pipe, start->options, &start->why);
    start->is_up = self != NULL;
    edge_release(edge_of(EDGE_UP));
    zsock_signal(socket, 0);
    if (!self)
        return;
    role->run(self);
    role->close(self);
    edge_release(edge_of(EDGE_UP));
}

enum fault actor_start(const struct actor_role *role, const void *options, struct actor **ret, struct why *why)
{
    struct start start = {.role = role, .options = options};
    edge_release(edge_of(EDGE_UP));
    zactor_t *zactor = zactor_new(run_actor, &start);
    if (!zactor)
        return why_set(why, FAULT_LIMIT, "cannot start the %s: no more threads or sockets", role->name);
    edge_acquire(edge_of(EDGE_UP));
    if (!start.is_up) {
        zactor_destroy(&zactor);
        if (why)
            *why = start.why;
        must(start.why.fault != FAULT_NONE);
        return start.why.fault;
    }
    struct actor *self = must_alloc(sizeof *self);
    self->zactor = zactor;
    self->role = role;
    *ret = self;
    return FAULT_NONE;
}

void actor_stop(struct actor **self)
{
    if (!*self)
        return;
    zactor_destroy(&(*self)->zactor);
    edge_acquire(edge_of(EDGE_UP));
    free(*self);
    *self = NULL;
}

bool actor_is_ending(struct actor_pipe *self)
{
    if (self->is_ending)
        return true;
    zmsg_t *message = zmsg_recv_nowait(self->socket);
    self->is_ending = message != NULL; /* the pipe carries nothing but $TERM */
    zmsg_destroy(&message);
    return self->is_ending;
}

void *actor_pipe_socket(struct actor_pipe *self)
{
    return zsock_resolve(self->socket);
}

/* SPDX-License-Identifier: MIT
 *
 * zactor underneath. The state goes to the actor's thread when that starts and comes back when it has ended; in between
 * nobody else looks at it.
 */
#include "wire/actor.h"

#include "core/log.h" /* before czmq.h, which brings the macros of syslog.h */
#include "core/must.h"

#include <czmq.h>

#include "wire/edge.h"

struct actor_pipe {
    zsock_t *socket; /* while it runs */
    bool is_ending;
};

struct actor {
    const struct actor_role *role;
    void *state;
    struct actor_pipe pipe;
    zactor_t *zactor;
};

#define EDGE_END "actor.end" /* run has returned: the state is its opener's again */

void actor_prepare(void)
{
    zsys_handler_set(NULL);
    zsys_init();
}

enum fault actor_open(const struct actor_role *role, const void *options, struct actor **ret, struct why *why)
{
    struct why reason = {0};
    struct actor *self = must_alloc(sizeof *self);
    self->role = role;
    self->state = role->open(&self->pipe, options, &reason);
    if (self->state) {
        *ret = self;
        return FAULT_NONE;
    }
    free(self);
    must(reason.fault != FAULT_NONE);
    if (why)
        *why = reason;
    return reason.fault;
}

static void run_actor(zsock_t *socket, void *args)
{
    struct actor *self = args;
    self->pipe.socket = socket;
    log_set_role(self->role->name);
    zsock_signal(socket, 0);
    self->role->run(self->state);
    edge_release(edge_of(EDGE_END));
}

void actor_run(struct actor *self)
{
    self->zactor = zactor_new(run_actor, self);
    must(self->zactor);
}

void actor_stop(struct actor **self)
{
    if (!*self)
        return;
    zactor_destroy(&(*self)->zactor);
    edge_acquire(edge_of(EDGE_END));
    (*self)->role->close((*self)->state);
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

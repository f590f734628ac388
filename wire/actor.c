/* SPDX-License-Identifier: MIT
 *
 * zactor underneath. The state goes to the actor's thread when that starts and comes back when it has ended; in between
 * nobody else looks at it.
 */
#include "wire/actor.h"

#include "core/log.h" /* before czmq.h, which brings the macros of syslog.h */
#include "core/must.h"

#include <czmq.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

struct actor_pipe {
    zsock_t *socket; /* while it runs */
    bool is_ending;
};

struct actor {
    const struct actor_role *role;
    void *state;
    struct actor_pipe pipe;
    zactor_t *zactor;
    sem_t over; /* posted when the thread has nothing left to do */
};

/* zactor_destroy returns when the role's function has, and the thread then still closes its end of the pipe: if the process
 * exits before that, czmq waits 200 ms for it. A key's destructor runs after all that. */
static pthread_key_t last_breath;
static pthread_once_t has_key = PTHREAD_ONCE_INIT;

static void say_over(void *actor)
{
    sem_post(&((struct actor *)actor)->over);
}

static void make_key(void)
{
    must(pthread_key_create(&last_breath, say_over) == 0);
}

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
    must(pthread_setspecific(last_breath, self) == 0);
    log_set_role(self->role->name);
    zsock_signal(socket, 0);
    self->role->run(self->state);
}

void actor_run(struct actor *self)
{
    must(pthread_once(&has_key, make_key) == 0 && sem_init(&self->over, 0, 0) == 0);
    self->zactor = zactor_new(run_actor, self);
    must(self->zactor);
}

static void end_thread(struct actor *self)
{
    if (!self->zactor)
        return;
    zactor_destroy(&self->zactor);
    while (sem_wait(&self->over) != 0)
        must(errno == EINTR);
    sem_destroy(&self->over);
}

void actor_stop(struct actor **self)
{
    if (!*self)
        return;
    end_thread(*self);
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

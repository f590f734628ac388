/* SPDX-License-Identifier: MIT
 *
 * A role as a czmq actor: one thread, one struct of state, ended through its pipe. A role is three functions; all run in
 * the actor's thread. Start-up may meet a fault (no more sockets), and then there is no actor.
 */
#ifndef SHEAF_WIRE_ACTOR_H
#define SHEAF_WIRE_ACTOR_H

#include "core/fault.h"

struct actor_pipe; /* the actor's end; for port_wait through actor_pipe_socket */

struct actor_role {
    const char *name; /* of log lines and bugs */
    /* Makes the state; `options` live until it returns. NULL with `why` on a fault. */
    void *(*open)(struct actor_pipe *pipe, const void *options, struct why *why);
    void (*run)(void *self); /* returns soon after actor_is_ending says so */
    void (*close)(void *self);
};

struct actor;

/* Before the first actor, in the main thread: czmq leaves the signals to the program. May be called again. */
void actor_prepare(void);
/* czmq's limit of 1,024 sockets holds two for each actor. */
#define ACTORS_MAX 500

/* Blocks until `open` is done. */
enum fault actor_start(const struct actor_role *role, const void *options, struct actor **ret, struct why *why) MUST_CHECK;
/* Ends it and waits until it has closed its state. NULL is fine. */
void actor_stop(struct actor **self);

/* For the actor itself: true once, and from then on, after actor_stop was called. Does not block. */
bool actor_is_ending(struct actor_pipe *self);
void *actor_pipe_socket(struct actor_pipe *self);

#endif

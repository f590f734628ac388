/* SPDX-License-Identifier: MIT
 *
 * A role as a czmq actor: one thread, one struct of state, ended through its pipe. A role is three functions: `open` and
 * `close` run in the thread that starts and stops the actor, `run` in the actor's own. All actors of a process are opened
 * before the first is run: opening can fail, and a ZeroMQ socket that connects while its peer is already polling is a
 * race that ThreadSanitizer reports (inside libzmq, where no edge can be put).
 */
#ifndef SHEAF_WIRE_ACTOR_H
#define SHEAF_WIRE_ACTOR_H

#include "core/fault.h"

struct actor_pipe; /* how an actor learns that it shall end */

struct actor_role {
    const char *name; /* of log lines and bugs */
    /* Makes the state; `options` live until it returns, `pipe` until `close`. NULL with `why` on a fault. */
    void *(*open)(struct actor_pipe *pipe, const void *options, struct why *why);
    void (*run)(void *self); /* returns soon after actor_is_ending says so */
    void (*close)(void *self);
};

struct actor;

/* Before the first actor is run, in the main thread: czmq leaves the signals to the program. May be called again. */
void actor_prepare(void);
/* czmq's limit of 1,024 sockets holds two for each actor. */
#define ACTORS_MAX 500

enum fault actor_open(const struct actor_role *role, const void *options, struct actor **ret, struct why *why) MUST_CHECK;
void actor_run(struct actor *self);
/* Ends it if it runs, waits, and closes its state. NULL is fine. */
void actor_stop(struct actor **self);

/* For the actor itself, in `run`: true from the moment on at which actor_stop is called. Does not block. */
bool actor_is_ending(struct actor_pipe *self);
void *actor_pipe_socket(struct actor_pipe *self); /* for port_wait */

#endif

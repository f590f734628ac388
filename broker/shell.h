/* SPDX-License-Identifier: MIT
 *
 * Inside the broker: its state, who is behind a session, and sending. broker.c runs the loop, receive.c turns messages into
 * events of the core, perform.c turns its actions into messages.
 */
#ifndef SHEAF_BROKER_SHELL_H
#define SHEAF_BROKER_SHELL_H

#include "broker/broker_job.h"
#include "broker/core.h"
#include "wire/actor.h"
#include "wire/port.h"

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

struct member *shell_find_member(struct broker *self, uint64_t session); /* NULL: not there */
void shell_add_member(struct broker *self, uint64_t session, struct peer peer);
void shell_remove_member(struct broker *self, uint64_t session);
struct broker_job *shell_job(struct broker *self, uint32_t handle);
void shell_keep_job(struct broker *self, uint32_t handle, struct broker_job *job);

/* Empties and lends the one body buffer: a message is encoded and sent before the next is begun. */
struct buffer *shell_body(struct broker *self);
/* Sends the body. A worker that does not read, or is not there, has lost its session: its tasks go elsewhere. */
void shell_tell_worker(struct broker *self, uint64_t session, uint8_t type, const struct span *blob);
/* Without its sink no job can end well: all that wait for its last word end when it cannot be reached. */
void shell_tell_sink(struct broker *self, uint8_t type, struct span body, const struct span *blob);
void shell_tell_ventilator(struct broker *self, const struct peer *peer, uint8_t type, struct span body);
void shell_send_progress(struct broker *self, uint32_t handle);
/* The job cannot go on. */
void shell_give_up(struct broker *self, uint32_t handle, enum fault fault, const char *text);

/* Does what the core wants done (perform.c). */
void shell_perform(struct broker *self);

/* One message (receive.c). A fault: it was malformed, and is dropped. */
enum fault shell_receive(struct broker *self, const struct port *from, const struct parcel *parcel) MUST_CHECK;

#endif

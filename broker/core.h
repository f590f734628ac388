/* SPDX-License-Identifier: MIT
 *
 * The broker's mind: (state, event, now) -> actions. No socket, no clock, no workbook, so that a simulator drives the very
 * object that ships. The actor (broker/broker.c) turns messages into the events below and the actions into messages.
 *
 * What it promises: a task is complete when the sink has COUNTED it and never before; a job is finalized when every task
 * is counted or dead; whatever is lost, repeated or late on the way changes no total.
 *
 *     task:  QUEUED -> LEASED -> COUNTED;  LEASED -> WAIT (back-off) -> QUEUED;  -> DEAD.  COUNTED wins over DEAD
 *     job:   OPENING -> RUNNING -> FINALIZING -> ended;  any of them -> CLOSING -> ended
 */
#ifndef SHEAF_BROKER_CORE_H
#define SHEAF_BROKER_CORE_H

#include "core/fault.h"
#include "wire/body.h"
#include "wire/task.h"

struct core_options {
    uint64_t epoch;            /* one more at each start of a broker */
    int64_t silent_ms;         /* a session not heard for so long is gone; 0 = never (threads do not fall silent) */
    int64_t backoff_ms;        /* before the second attempt after a transient failure; doubles, with jitter */
    int64_t backoff_limit_ms;
    int64_t again_ms;          /* FINALIZE and CLOSE are repeated until FINAL; 0 = never (inproc loses nothing) */
    unsigned transient_max;    /* attempts that fail in passing before a task is dead */
    unsigned crash_max;        /* crashes of a reader before a task is dead */
    unsigned loss_max;         /* lost workers before a task is dead; from the second on it runs alone */
    uint64_t shuffle_seed;     /* not 0: tasks are dispatched in an order that it decides (tests) */
};
extern const struct core_options core_options_default;

struct broker_core;
struct broker_core *broker_core_new(const struct core_options *options);
void broker_core_destroy(struct broker_core **self);

enum action_kind {
    ACTION_WELCOME,  /* session */
    ACTION_PLAN,     /* session, job: before its first task */
    ACTION_TASK,     /* session, job, index, lease, attempt */
    ACTION_DROP,     /* session, job: the worker forgets the job (CANCEL) */
    ACTION_FENCE,    /* session: gone, whatever it still sends is late */
    ACTION_DEAD,     /* job, index: tell the sink; the reason is broker_core_why */
    ACTION_FINALIZE, /* job: after its ACTION_DEADs */
    ACTION_CLOSE,    /* job: give up at the sink */
    ACTION_ENDED,    /* job: tell its owner, then broker_core_forget; fault says how */
};

struct action {
    enum action_kind kind;
    enum fault fault; /* ENDED */
    uint32_t job, index, attempt;
    uint64_t session, lease;
};

/* The actions of the events so far, in order; false when there are no more. */
bool broker_core_next(struct broker_core *self, struct action *ret);

/* --- workers ---
 * A HELLO that comes again gives the same session and another WELCOME. */
struct hello_event {
    uint64_t nonce, previous_session;
    uint32_t slots;
};
uint64_t broker_core_hello(struct broker_core *self, int64_t now, const struct hello_event *event);
bool broker_core_heard(struct broker_core *self, int64_t now, uint64_t session); /* false: gone; tell it so */
void broker_core_stat(struct broker_core *self, int64_t now, uint64_t session, const uint64_t *held, size_t n);
void broker_core_done(struct broker_core *self, int64_t now, uint64_t session, uint64_t lease);
void broker_core_fail(struct broker_core *self, int64_t now, uint64_t session, uint64_t lease, enum fail_kind kind,
                      const struct why *why);
void broker_core_drain(struct broker_core *self, uint64_t session);
/* It left (BYE: no blame) or was lost (its tasks may be to blame). */
void broker_core_gone(struct broker_core *self, int64_t now, uint64_t session, bool is_lost);

/* --- jobs --- */
#define CORE_NO_JOB UINT32_MAX
/* A job that is there already is given again. */
uint32_t broker_core_open(struct broker_core *self, struct job_id id);
uint32_t broker_core_find(const struct broker_core *self, struct job_id id);
/* The sources come in order of index; only those with a task are dispatched. FAULT_PROTOCOL: not the next index, or sealed. */
enum fault broker_core_source(struct broker_core *self, uint32_t job, uint32_t index, bool has_task) MUST_CHECK;
/* FAULT_PROTOCOL: not as many as came. Dispatch begins. */
enum fault broker_core_seal(struct broker_core *self, int64_t now, uint32_t job, uint32_t sources, uint32_t tasks) MUST_CHECK;
void broker_core_counted(struct broker_core *self, int64_t now, uint32_t job, uint32_t first, uint32_t count);
/* The sink's last word on a job. */
void broker_core_final(struct broker_core *self, int64_t now, uint32_t job, enum fault fault);
/* The sink counts otherwise than FINALIZE said: finalize again by what is known now, or give up. */
void broker_core_mismatch(struct broker_core *self, int64_t now, uint32_t job);
/* FAULT_CANCELLED: by its owner. Any other fault: the job cannot go on. The job ends when the sink says FINAL. */
void broker_core_cancel(struct broker_core *self, int64_t now, uint32_t job, enum fault fault);
/* After ACTION_ENDED. */
void broker_core_forget(struct broker_core *self, uint32_t job);

/* --- time --- Call at the deadline (INT64_MAX = none) or later. */
void broker_core_tick(struct broker_core *self, int64_t now);
int64_t broker_core_deadline(const struct broker_core *self);

/* --- looking --- */
enum task_state { TASK_NONE, TASK_QUEUED, TASK_LEASED, TASK_WAIT, TASK_COUNTED, TASK_DEAD };
enum core_job_state { CORE_OPENING, CORE_RUNNING, CORE_FINALIZING, CORE_CLOSING, CORE_ENDED };
struct core_figures {
    enum core_job_state state;
    uint32_t sources, tasks, counted, dead;
};
struct core_figures broker_core_figures(const struct broker_core *self, uint32_t job);
enum task_state broker_core_task_state(const struct broker_core *self, uint32_t job, uint32_t index);
/* Why the last attempt failed; NULL when none did. */
const struct why *broker_core_why(const struct broker_core *self, uint32_t job, uint32_t index);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The state machine of broker/core.h. Dispatch runs at the end of every event: as long as a session has credit and a job
 * has a task that this session may have, a lease is made.
 */
#include "broker/core.h"

#include <stdlib.h>

#include "broker/queue.h"
#include "broker/roster.h"
#include "core/must.h"

#define MISSING_MAX 4     /* STATs without a lease before it counts as lost on its way */
#define MISMATCHES_MAX 100 /* of one job; more is no race but a bug of a sink */
#define SOLO_FROM 2       /* lost workers from which on a task runs alone */
#define CRASH_WAIT_MS 100

const struct core_options core_options_default = {
    .epoch = 1,
    .silent_ms = 2000,
    .backoff_ms = 500,
    .backoff_limit_ms = 60000,
    .again_ms = 1000,
    .transient_max = 5,
    .crash_max = 3,
    .loss_max = 5,
};

struct core_task {
    uint8_t state; /* enum task_state */
    uint8_t transients, crashes, losses;
    uint32_t attempts;
    uint64_t session, lease; /* LEASED */
    uint64_t avoid;          /* the session that failed it last */
    int64_t ready_ms;        /* WAIT */
    struct why *why;
};

struct core_job {
    struct job_id id;
    enum core_job_state state;
    struct core_task *tasks;
    uint32_t n_sources, capacity, n_tasks, n_counted, n_dead, n_waiting, n_told;
    struct queue queue;
    int64_t wake_ms;     /* the earliest end of a WAIT */
    int64_t again_ms;    /* when FINALIZE or CLOSE is said again */
    unsigned mismatches;
    enum fault fault; /* CLOSING: why */
};

struct broker_core {
    struct core_options options;
    struct roster roster;
    struct core_job **jobs; /* by handle; NULL where free */
    uint32_t n_jobs, turn_job;
    size_t turn_session;
    struct action *actions; /* from first_action on */
    size_t first_action, n_actions, actions_capacity;
};

struct broker_core *broker_core_new(const struct core_options *options)
{
    struct broker_core *self = must_alloc(sizeof *self);
    self->options = *options;
    roster_init(&self->roster, options->epoch);
    return self;
}

static void free_job(struct core_job *job)
{
    for (uint32_t i = 0; i < job->n_sources; i++)
        free(job->tasks[i].why);
    free(job->tasks);
    queue_free(&job->queue);
    free(job);
}

void broker_core_destroy(struct broker_core **self)
{
    if (!*self)
        return;
    for (uint32_t i = 0; i < (*self)->n_jobs; i++)
        if ((*self)->jobs[i])
            free_job((*self)->jobs[i]);
    free((*self)->jobs);
    free((*self)->actions);
    roster_free(&(*self)->roster);
    free(*self);
    *self = NULL;
}

/* --- actions ----------------------------------------------------------------------------------------------------- */

static void act(struct broker_core *self, struct action action)
{
    if (self->n_actions == self->actions_capacity) {
        self->actions_capacity = self->actions_capacity ? 2 * self->actions_capacity : 64;
        self->actions = must_realloc(self->actions, self->actions_capacity * sizeof action);
    }
    self->actions[self->n_actions++] = action;
}

bool broker_core_next(struct broker_core *self, struct action *ret)
{
    if (self->first_action == self->n_actions) {
        self->first_action = self->n_actions = 0;
        return false;
    }
    *ret = self->actions[self->first_action++];
    return true;
}

/* --- jobs and tasks ---------------------------------------------------------------------------------------------- */

static struct core_job *job_at(const struct broker_core *self, uint32_t handle)
{
    must(handle < self->n_jobs && self->jobs[handle]);
    return self->jobs[handle];
}

static bool job_is_over(const struct core_job *job)
{
    return job->state == CORE_CLOSING || job->state == CORE_ENDED;
}

/* The end of a task's lease in the books of its session; the task itself is the caller's. */
static void end_lease(struct broker_core *self, struct core_task *task)
{
    struct session *session = roster_find(&self->roster, task->session);
    struct lease *lease = session ? session_find(session, task->lease) : NULL;
    if (lease)
        session_release(session, lease);
    task->session = task->lease = 0;
}

static void kill_task(struct core_job *job, struct core_task *task)
{
    task->state = TASK_DEAD;
    job->n_dead++;
}

static void wait_task(struct core_job *job, struct core_task *task, int64_t until)
{
    task->state = TASK_WAIT;
    task->ready_ms = until;
    if (job->n_waiting++ == 0 || until < job->wake_ms)
        job->wake_ms = until;
}

static void requeue_task(struct core_job *job, struct core_task *task)
{
    task->state = TASK_QUEUED;
    queue_push_front(&job->queue, (uint32_t)(task - job->tasks));
}

static void keep_why(struct core_task *task, const struct why *why)
{
    if (!task->why)
        task->why = must_alloc(sizeof *task->why);
    *task->why = *why;
}

/* "Full jitter" without a source of chance: the lease number stands in for it. */
static int64_t backoff(const struct core_options *options, unsigned failures, uint64_t lease)
{
    int64_t wait = options->backoff_ms;
    for (unsigned i = 1; i < failures && wait < options->backoff_limit_ms; i++)
        wait *= 2;
    if (wait > options->backoff_limit_ms)
        wait = options->backoff_limit_ms;
    uint64_t spread = (lease * 0x9e3779b97f4a7c15u) >> 32;
    return wait / 2 + (int64_t)(spread % (uint64_t)(wait / 2 + 1));
}

/* A worker is lost that held this task. */
static void lose_task(struct broker_core *self, struct core_job *job, struct core_task *task, bool is_lost)
{
    task->session = task->lease = 0;
    task->losses += is_lost;
    if (task->losses < self->options.loss_max) {
        requeue_task(job, task);
        return;
    }
    struct why why;
    (void)why_set(&why, FAULT_TIMEOUT, "its worker was lost %u times while it held this file", task->losses);
    keep_why(task, &why);
    kill_task(job, task);
}

/* --- finalizing -------------------------------------------------------------------------------------------------- */

static int64_t again_at(const struct broker_core *self, int64_t now)
{
    return self->options.again_ms ? now + self->options.again_ms : INT64_MAX;
}

static void finalize(struct broker_core *self, int64_t now, uint32_t handle)
{
    struct core_job *job = job_at(self, handle);
    for (uint32_t i = 0; i < job->n_sources; i++)
        if (job->tasks[i].state == TASK_DEAD)
            act(self, (struct action){.kind = ACTION_DEAD, .job = handle, .index = i});
    act(self, (struct action){.kind = ACTION_FINALIZE, .job = handle});
    job->state = CORE_FINALIZING;
    job->again_ms = again_at(self, now);
}

static void finalize_if_complete(struct broker_core *self, int64_t now, uint32_t handle)
{
    struct core_job *job = job_at(self, handle);
    if (job->state == CORE_RUNNING && job->n_counted + job->n_dead == job->n_tasks)
        finalize(self, now, handle);
}

/* Takes the job out of every session's books. */
static void drop_job(struct broker_core *self, uint32_t handle)
{
    for (size_t s = 0; s < self->roster.n; s++) {
        struct session *session = self->roster.sessions[s];
        for (size_t i = session->n_leases; i-- > 0;)
            if (session->leases[i].job == handle)
                session_release(session, &session->leases[i]);
        if (session_is_told(session, handle))
            act(self, (struct action){.kind = ACTION_DROP, .session = session->id, .job = handle});
        session_untell(session, handle);
    }
}

/* --- dispatch ---------------------------------------------------------------------------------------------------- */

struct asker {
    const struct core_job *job;
    const struct session *session;
    bool has_others; /* other sessions could take it */
};

static bool may_take(void *context, uint32_t index)
{
    const struct asker *asker = context;
    const struct core_task *task = &asker->job->tasks[index];
    if (task->losses >= SOLO_FROM && asker->session->undone > 0)
        return false;
    return task->avoid != asker->session->id || !asker->has_others;
}

static void lease_task(struct broker_core *self, struct session *session, uint32_t handle, uint32_t index)
{
    struct core_task *task = &self->jobs[handle]->tasks[index];
    if (!session_is_told(session, handle)) {
        act(self, (struct action){.kind = ACTION_PLAN, .session = session->id, .job = handle});
        session_tell(session, handle);
    }
    task->state = TASK_LEASED;
    task->session = session->id;
    task->lease = roster_mint(&self->roster);
    task->attempts++;
    session_lease(session, task->lease, handle, index, task->losses >= SOLO_FROM);
    act(self, (struct action){.kind = ACTION_TASK,
                              .session = session->id,
                              .job = handle,
                              .index = index,
                              .lease = task->lease,
                              .attempt = task->attempts});
}

/* One task for the session, from the jobs in turn. */
static bool give_one(struct broker_core *self, struct session *session, bool has_others)
{
    for (uint32_t i = 0; i < self->n_jobs; i++) {
        uint32_t handle = (self->turn_job + i) % self->n_jobs;
        struct core_job *job = self->jobs[handle];
        uint32_t index;
        if (!job || job->state != CORE_RUNNING || !job->queue.len)
            continue;
        struct asker asker = {job, session, has_others};
        if (!queue_take(&job->queue, may_take, &asker, &index))
            continue;
        self->turn_job = handle + 1;
        lease_task(self, session, handle, index);
        return true;
    }
    return false;
}

/* One task to each session in turn, so that the last tasks of a job spread over all. */
static void dispatch(struct broker_core *self)
{
    size_t n = self->roster.n, idle = 0;
    bool has_others = n > 1 && roster_takers(&self->roster) > 1;
    while (idle < n) {
        struct session *session = self->roster.sessions[self->turn_session++ % n];
        if (session_may_have(session) && give_one(self, session, has_others))
            idle = 0;
        else
            idle++;
    }
}

/* --- events: workers --------------------------------------------------------------------------------------------- */

static void lose_session(struct broker_core *self, int64_t now, struct session *session, bool is_lost)
{
    uint64_t id = session->id;
    for (size_t i = 0; i < session->n_leases; i++) {
        struct lease lease = session->leases[i];
        struct core_job *job = self->jobs[lease.job];
        struct core_task *task = &job->tasks[lease.index];
        if (task->state == TASK_LEASED && task->lease == lease.id)
            lose_task(self, job, task, is_lost && !lease.is_done);
    }
    roster_forget(&self->roster, id);
    act(self, (struct action){.kind = ACTION_FENCE, .session = id});
    for (uint32_t handle = 0; handle < self->n_jobs; handle++)
        if (self->jobs[handle])
            finalize_if_complete(self, now, handle);
}

uint64_t broker_core_hello(struct broker_core *self, int64_t now, const struct hello_event *event)
{
    struct session *previous = roster_find(&self->roster, event->previous_session);
    if (previous && previous->nonce != event->nonce)
        lose_session(self, now, previous, false); /* it is back: it was only cut off */
    struct session *session = roster_join(&self->roster, event->nonce, event->slots, now);
    act(self, (struct action){.kind = ACTION_WELCOME, .session = session->id});
    dispatch(self);
    return session->id;
}

bool broker_core_heard(struct broker_core *self, int64_t now, uint64_t id)
{
    struct session *session = roster_find(&self->roster, id);
    if (session)
        session->heard_ms = now;
    return session != NULL;
}

static bool is_listed(const uint64_t *held, size_t n, uint64_t lease)
{
    for (size_t i = 0; i < n; i++)
        if (held[i] == lease)
            return true;
    return false;
}

void broker_core_stat(struct broker_core *self, int64_t now, uint64_t id, const uint64_t *held, size_t n)
{
    struct session *session = roster_find(&self->roster, id);
    if (!session)
        return;
    session->heard_ms = now;
    for (size_t i = session->n_leases; i-- > 0;) {
        struct lease *lease = &session->leases[i];
        lease->missing = is_listed(held, n, lease->id) ? 0 : lease->missing + 1;
        if (lease->missing < MISSING_MAX)
            continue;
        struct core_job *job = self->jobs[lease->job];
        struct core_task *task = &job->tasks[lease->index];
        uint64_t lost = lease->id;
        session_release(session, lease);
        if (task->state == TASK_LEASED && task->lease == lost)
            lose_task(self, job, task, false);
    }
    dispatch(self);
}

void broker_core_done(struct broker_core *self, int64_t now, uint64_t id, uint64_t lease_id)
{
    struct session *session = roster_find(&self->roster, id);
    struct lease *lease = session ? session_find(session, lease_id) : NULL;
    if (!lease)
        return;
    session->heard_ms = now;
    session_done(session, lease);
    dispatch(self);
}

/* What another attempt depends on. */
static void judge_failure(struct broker_core *self, int64_t now, struct core_job *job, struct core_task *task,
                          enum fail_kind kind, uint64_t lease)
{
    switch (kind) {
    case FAIL_PERMANENT:
        kill_task(job, task);
        return;
    case FAIL_TRANSIENT:
        if (++task->transients < self->options.transient_max)
            wait_task(job, task, now + backoff(&self->options, task->transients, lease));
        else
            kill_task(job, task);
        return;
    case FAIL_CRASH:
        if (++task->crashes < self->options.crash_max)
            wait_task(job, task, now + CRASH_WAIT_MS);
        else
            kill_task(job, task);
        return;
    }
}

void broker_core_fail(struct broker_core *self, int64_t now, uint64_t id, uint64_t lease_id, enum fail_kind kind,
                      const struct why *why)
{
    struct session *session = roster_find(&self->roster, id);
    struct lease *lease = session ? session_find(session, lease_id) : NULL;
    if (!lease)
        return; /* taken back before, or said twice */
    uint32_t handle = lease->job;
    struct core_job *job = self->jobs[handle];
    struct core_task *task = &job->tasks[lease->index];
    session->heard_ms = now;
    session_release(session, lease);
    if (task->state == TASK_LEASED && task->lease == lease_id) {
        task->session = task->lease = 0;
        task->avoid = id;
        keep_why(task, why);
        judge_failure(self, now, job, task, kind, lease_id);
        finalize_if_complete(self, now, handle);
    }
    dispatch(self);
}

void broker_core_drain(struct broker_core *self, uint64_t id)
{
    struct session *session = roster_find(&self->roster, id);
    if (session)
        session->is_draining = true;
}

void broker_core_gone(struct broker_core *self, int64_t now, uint64_t id, bool is_lost)
{
    struct session *session = roster_find(&self->roster, id);
    if (!session)
        return;
    lose_session(self, now, session, is_lost);
    dispatch(self);
}

/* --- events: jobs ------------------------------------------------------------------------------------------------ */

uint32_t broker_core_find(const struct broker_core *self, struct job_id id)
{
    for (uint32_t i = 0; i < self->n_jobs; i++)
        if (self->jobs[i] && job_id_equal(self->jobs[i]->id, id))
            return i;
    return CORE_NO_JOB;
}

uint32_t broker_core_open(struct broker_core *self, struct job_id id)
{
    uint32_t handle = broker_core_find(self, id);
    if (handle != CORE_NO_JOB)
        return handle;
    struct core_job *job = must_alloc(sizeof *job);
    job->id = id;
    for (handle = 0; handle < self->n_jobs && self->jobs[handle]; handle++)
        ;
    if (handle == self->n_jobs)
        self->jobs = must_realloc(self->jobs, ++self->n_jobs * sizeof(struct core_job *));
    self->jobs[handle] = job;
    return handle;
}

enum fault broker_core_source(struct broker_core *self, uint32_t handle, uint32_t index, bool has_task)
{
    struct core_job *job = job_at(self, handle);
    if (job->state == CORE_CLOSING)
        return FAULT_NONE; /* on its way when the job was given up */
    if (job->state != CORE_OPENING || index != job->n_sources || index == UINT32_MAX)
        return FAULT_PROTOCOL;
    if (job->n_sources == job->capacity) {
        job->capacity = job->capacity ? 2 * job->capacity : 64;
        job->tasks = must_realloc(job->tasks, job->capacity * sizeof *job->tasks);
    }
    job->tasks[job->n_sources++] = (struct core_task){.state = has_task ? TASK_QUEUED : TASK_NONE};
    if (has_task) {
        job->n_tasks++;
        queue_push(&job->queue, index);
    }
    return FAULT_NONE;
}

enum fault broker_core_seal(struct broker_core *self, int64_t now, uint32_t handle, uint32_t sources, uint32_t tasks)
{
    struct core_job *job = job_at(self, handle);
    if (job->state != CORE_OPENING)
        return FAULT_NONE; /* said twice, or given up */
    if (sources != job->n_sources || tasks != job->n_tasks)
        return FAULT_PROTOCOL;
    if (self->options.shuffle_seed)
        queue_shuffle(&job->queue, self->options.shuffle_seed);
    job->state = CORE_RUNNING;
    finalize_if_complete(self, now, handle);
    dispatch(self);
    return FAULT_NONE;
}

/* True when it was news. */
static bool count_task(struct broker_core *self, struct core_job *job, struct core_task *task)
{
    switch ((enum task_state)task->state) {
    case TASK_NONE:
    case TASK_COUNTED:
        return false;
    case TASK_DEAD:
        job->n_dead--;
        break;
    case TASK_WAIT:
        job->n_waiting--;
        break;
    case TASK_LEASED:
        end_lease(self, task);
        break;
    case TASK_QUEUED:
        break; /* its index stays in the queue: sweep_queue */
    }
    task->state = TASK_COUNTED;
    job->n_counted++;
    return true;
}

static bool is_no_longer_queued(void *context, uint32_t index)
{
    const struct core_job *job = context;
    return job->tasks[index].state != TASK_QUEUED;
}

/* Takes out what was counted while it waited for a second attempt. */
static void sweep_queue(struct core_job *job)
{
    uint32_t index;
    while (queue_take(&job->queue, is_no_longer_queued, job, &index))
        ;
}

void broker_core_counted(struct broker_core *self, int64_t now, uint32_t handle, uint32_t first, uint32_t count)
{
    struct core_job *job = job_at(self, handle);
    if (job_is_over(job))
        return;
    bool was_queued = false;
    for (uint32_t i = 0; i < count && first + i < job->n_sources; i++) {
        struct core_task *task = &job->tasks[first + i];
        was_queued |= task->state == TASK_QUEUED;
        count_task(self, job, task);
    }
    if (was_queued)
        sweep_queue(job);
    finalize_if_complete(self, now, handle);
    dispatch(self);
}

void broker_core_final(struct broker_core *self, int64_t now, uint32_t handle, enum fault fault)
{
    struct core_job *job = job_at(self, handle);
    (void)now;
    if (job->state == CORE_ENDED)
        return;
    /* who cancels too late has a result all the same */
    enum fault end = job->state == CORE_CLOSING && fault != FAULT_NONE ? job->fault : fault;
    job->state = CORE_ENDED;
    drop_job(self, handle);
    act(self, (struct action){.kind = ACTION_ENDED, .job = handle, .fault = end});
    dispatch(self);
}

void broker_core_mismatch(struct broker_core *self, int64_t now, uint32_t handle)
{
    struct core_job *job = job_at(self, handle);
    if (job->state != CORE_FINALIZING)
        return;
    if (++job->mismatches > MISMATCHES_MAX)
        broker_core_cancel(self, now, handle, FAULT_PROTOCOL);
    else
        finalize(self, now, handle);
}

static void close_job(struct broker_core *self, int64_t now, uint32_t handle)
{
    act(self, (struct action){.kind = ACTION_CLOSE, .job = handle});
    job_at(self, handle)->again_ms = again_at(self, now);
}

void broker_core_cancel(struct broker_core *self, int64_t now, uint32_t handle, enum fault fault)
{
    struct core_job *job = job_at(self, handle);
    if (job_is_over(job))
        return;
    job->state = CORE_CLOSING;
    job->fault = fault;
    drop_job(self, handle);
    close_job(self, now, handle);
    dispatch(self);
}

void broker_core_forget(struct broker_core *self, uint32_t handle)
{
    struct core_job *job = job_at(self, handle);
    must(job->state == CORE_ENDED);
    free_job(job);
    self->jobs[handle] = NULL;
}

/* --- time -------------------------------------------------------------------------------------------------------- */

static void wake_tasks(struct core_job *job, int64_t now)
{
    job->wake_ms = INT64_MAX;
    for (uint32_t i = 0; i < job->n_sources; i++) {
        struct core_task *task = &job->tasks[i];
        if (task->state != TASK_WAIT)
            continue;
        if (task->ready_ms <= now) {
            job->n_waiting--;
            requeue_task(job, task);
        } else if (task->ready_ms < job->wake_ms) {
            job->wake_ms = task->ready_ms;
        }
    }
}

void broker_core_tick(struct broker_core *self, int64_t now)
{
    struct session *silent;
    while (self->options.silent_ms && (silent = roster_silent(&self->roster, now - self->options.silent_ms)))
        lose_session(self, now, silent, true);
    for (uint32_t handle = 0; handle < self->n_jobs; handle++) {
        struct core_job *job = self->jobs[handle];
        if (!job)
            continue;
        if (job->state == CORE_RUNNING && job->n_waiting && job->wake_ms <= now)
            wake_tasks(job, now);
        if (job->state == CORE_FINALIZING && job->again_ms <= now)
            finalize(self, now, handle);
        if (job->state == CORE_CLOSING && job->again_ms <= now)
            close_job(self, now, handle);
    }
    dispatch(self);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

int64_t broker_core_deadline(const struct broker_core *self)
{
    int64_t deadline = INT64_MAX;
    for (size_t i = 0; self->options.silent_ms && i < self->roster.n; i++)
        deadline = earlier(deadline, self->roster.sessions[i]->heard_ms + self->options.silent_ms + 1);
    for (uint32_t handle = 0; handle < self->n_jobs; handle++) {
        const struct core_job *job = self->jobs[handle];
        if (!job)
            continue;
        if (job->state == CORE_RUNNING && job->n_waiting)
            deadline = earlier(deadline, job->wake_ms);
        if (job->state == CORE_FINALIZING || job->state == CORE_CLOSING)
            deadline = earlier(deadline, job->again_ms);
    }
    return deadline;
}

/* --- looking ----------------------------------------------------------------------------------------------------- */

struct core_figures broker_core_figures(const struct broker_core *self, uint32_t handle)
{
    const struct core_job *job = job_at(self, handle);
    return (struct core_figures){job->state, job->n_sources, job->n_tasks, job->n_counted, job->n_dead};
}

enum task_state broker_core_task_state(const struct broker_core *self, uint32_t handle, uint32_t index)
{
    const struct core_job *job = job_at(self, handle);
    must(index < job->n_sources);
    return (enum task_state)job->tasks[index].state;
}

const struct why *broker_core_why(const struct broker_core *self, uint32_t handle, uint32_t index)
{
    const struct core_job *job = job_at(self, handle);
    must(index < job->n_sources);
    return job->tasks[index].why;
}

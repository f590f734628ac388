/* SPDX-License-Identifier: MIT
 *
 * Actions of the core become messages. Tasks of one worker that follow each other travel together.
 */
#include "broker/shell.h"
#include "core/log.h"
#include "core/must.h"
#include "wire/assembly.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

static void flush_tasks(struct broker *self, struct member *member)
{
    if (!member->n_tasks)
        return;
    struct broker_job *job = shell_job(self, member->tasks_job);
    struct job_items batch = {job->id, member->n_tasks, buffer_span(&member->tasks)};
    job_items_encode(shell_body(self), &batch);
    buffer_clear(&member->tasks);
    member->n_tasks = 0;
    shell_tell_worker(self, member->session, MESSAGE_TASK, NULL);
}

static void on_action_welcome(struct broker *self, const struct action *action)
{
    struct welcome welcome = {.session = action->session, .epoch = self->epoch, .beat_ms = self->beat_ms};
    welcome_encode(shell_body(self), &welcome);
    shell_tell_worker(self, action->session, MESSAGE_WELCOME, NULL);
}

static void on_action_plan(struct broker *self, const struct action *action)
{
    struct broker_job *job = shell_job(self, action->job);
    struct span plan = buffer_span(&job->plan);
    plan_notice_encode(shell_body(self), &(struct plan_notice){job->id, job->plan_hash});
    shell_tell_worker(self, action->session, MESSAGE_PLAN, &plan);
}

static void on_action_task(struct broker *self, const struct action *action)
{
    struct member *member = shell_find_member(self, action->session);
    if (!member)
        return;
    if (member->n_tasks && (member->tasks_job != action->job || member->tasks.len >= BATCH_BYTES))
        flush_tasks(self, member);
    struct task task = {.index = action->index, .lease = action->lease, .attempt = action->attempt};
    task_encode(&member->tasks, &task, broker_job_record(shell_job(self, action->job), action->index));
    member->tasks_job = action->job;
    member->n_tasks++;
}

static void on_action_drop(struct broker *self, const struct action *action)
{
    struct member *member = shell_find_member(self, action->session);
    if (member && member->tasks_job == action->job) {
        buffer_clear(&member->tasks); /* not sent yet: need not be */
        member->n_tasks = 0;
    }
    job_notice_encode(shell_body(self), &(struct job_notice){shell_job(self, action->job)->id});
    shell_tell_worker(self, action->session, MESSAGE_CANCEL, NULL);
}

static void on_action_fence(struct broker *self, const struct action *action)
{
    struct member *member = shell_find_member(self, action->session);
    empty_encode(shell_body(self));
    if (member && port_send(self->workers, &member->peer, MESSAGE_BYE, action->session, buffer_span(&self->body), NULL) !=
                      FAULT_NONE)
        log_info("fenced", "session=%llu", (unsigned long long)action->session);
    shell_remove_member(self, action->session);
}

static void flush_dead(struct broker *self, struct broker_job *job)
{
    if (!job->n_tasks_dead)
        return;
    struct job_items batch = {job->id, job->n_tasks_dead, buffer_span(&job->tasks_dead)};
    job_items_encode(shell_body(self), &batch);
    buffer_clear(&job->tasks_dead);
    job->n_tasks_dead = 0;
    shell_tell_sink(self, MESSAGE_DEAD, buffer_span(&self->body), NULL);
}

static void on_action_dead(struct broker *self, const struct action *action)
{
    struct broker_job *job = shell_job(self, action->job);
    const struct why *why = broker_core_why(self->core, action->job, action->index);
    must(why); /* nothing dies without a reason */
    dead_encode(&job->tasks_dead, &(struct dead){action->index, *why});
    job->n_tasks_dead++;
    if (job->tasks_dead.len >= BATCH_BYTES)
        flush_dead(self, job);
}

static void on_action_finalize(struct broker *self, const struct action *action)
{
    struct broker_job *job = shell_job(self, action->job);
    struct core_figures figures = broker_core_figures(self->core, action->job);
    flush_dead(self, job);
    finalize_encode(shell_body(self), &(struct finalize){job->id, figures.sources, figures.counted, figures.dead});
    shell_tell_sink(self, MESSAGE_FINALIZE, buffer_span(&self->body), NULL);
    job->progress.stage = PROGRESS_WRITING;
    shell_send_progress(self, action->job);
}

static void on_action_close(struct broker *self, const struct action *action)
{
    job_notice_encode(shell_body(self), &(struct job_notice){shell_job(self, action->job)->id});
    shell_tell_sink(self, MESSAGE_CLOSE, buffer_span(&self->body), NULL);
}

/* The body of JOB_DONE: the sink's last word as it came, or ours when the job ended otherwise. */
static void last_word(struct broker *self, const struct broker_job *job, enum fault fault)
{
    struct final final = {0};
    bool said = job->last_word.len && final_decode(buffer_span(&job->last_word), &final) == FAULT_NONE;
    struct buffer *body = shell_body(self);
    if (said && final.why.fault == fault) {
        buffer_put(body, buffer_span(&job->last_word));
        return;
    }
    final = (struct final){.job = job->id, .why = job->why};
    if (final.why.fault != fault)
        (void)why_set(&final.why, fault, "%s", fault_text(fault));
    final_encode(body, &final);
}

static void on_action_ended(struct broker *self, const struct action *action)
{
    struct broker_job *job = shell_job(self, action->job);
    char hex[33];
    log_info("job_ended", "job=%s fault=%s", job_id_hex(job->id, hex), fault_name(action->fault));
    last_word(self, job, action->fault);
    shell_tell_ventilator(self, &job->owner, MESSAGE_JOB_DONE, buffer_span(&self->body));
    broker_core_forget(self->core, action->job);
    broker_job_destroy(&self->jobs[action->job]);
}

/* True when something was sent, which may have caused actions: a worker that is gone. */
static bool flush_all_tasks(struct broker *self)
{
    bool sent = false;
    for (size_t i = 0; i < self->n_members; i++) {
        sent |= self->members[i]->n_tasks > 0;
        flush_tasks(self, self->members[i]);
    }
    return sent;
}

void shell_perform(struct broker *self)
{
    static void (*const table[])(struct broker *, const struct action *) = {
        [ACTION_WELCOME] = on_action_welcome,   [ACTION_PLAN] = on_action_plan,   [ACTION_TASK] = on_action_task,
        [ACTION_DROP] = on_action_drop,         [ACTION_FENCE] = on_action_fence, [ACTION_DEAD] = on_action_dead,
        [ACTION_FINALIZE] = on_action_finalize, [ACTION_CLOSE] = on_action_close, [ACTION_ENDED] = on_action_ended,
    };
    struct action action;
    do
        while (broker_core_next(self->core, &action))
            table[action.kind](self, &action);
    while (flush_all_tasks(self));
}

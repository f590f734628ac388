/* SPDX-License-Identifier: MIT
 *
 * Members, jobs and sending: what happens when a peer does not read is decided here, once for each kind of peer.
 */
#include "broker/shell.h"

#include <stdlib.h>

#include "core/log.h"
#include "core/must.h"
#include "wire/submit.h"

/* --- members and jobs --- */

struct member *shell_find_member(struct broker *self, uint64_t session)
{
    for (size_t i = 0; i < self->n_members; i++)
        if (self->members[i]->session == session)
            return self->members[i];
    return NULL;
}

void shell_add_member(struct broker *self, uint64_t session, struct peer peer)
{
    struct member *member = shell_find_member(self, session);
    if (!member) {
        if (self->n_members == self->members_capacity) {
            self->members_capacity = self->members_capacity ? 2 * self->members_capacity : 8;
            self->members = must_realloc(self->members, self->members_capacity * sizeof(struct member *));
        }
        member = self->members[self->n_members++] = must_alloc(sizeof *member);
        member->session = session;
        buffer_init(&member->tasks, BUFFER_LIMIT_DEFAULT);
    }
    member->peer = peer;
}

void shell_remove_member(struct broker *self, uint64_t session)
{
    for (size_t i = 0; i < self->n_members; i++) {
        if (self->members[i]->session != session)
            continue;
        buffer_free(&self->members[i]->tasks);
        free(self->members[i]);
        self->members[i] = self->members[--self->n_members];
        return;
    }
}

struct broker_job *shell_job(struct broker *self, uint32_t handle)
{
    must(handle < self->n_jobs && self->jobs[handle]);
    return self->jobs[handle];
}

void shell_keep_job(struct broker *self, uint32_t handle, struct broker_job *job)
{
    if (handle >= self->n_jobs) {
        self->jobs = must_realloc(self->jobs, (handle + 1) * sizeof(struct broker_job *));
        while (self->n_jobs <= handle)
            self->jobs[self->n_jobs++] = NULL;
    }
    self->jobs[handle] = job;
}

/* --- sending --- */

struct buffer *shell_body(struct broker *self)
{
    buffer_clear(&self->body);
    return &self->body;
}

void shell_tell_worker(struct broker *self, uint64_t session, uint8_t type, const struct span *blob)
{
    struct member *member = shell_find_member(self, session);
    if (!member)
        return;
    enum fault fault = port_send(self->workers, &member->peer, type, session, buffer_span(&self->body), blob);
    if (fault == FAULT_NONE)
        return;
    log_warn("worker_unreachable", "session=%llu message=%s fault=%s", (unsigned long long)session, message_name(type),
             fault_name(fault));
    broker_core_gone(self->core, self->now, session, true);
}

void shell_give_up(struct broker *self, uint32_t handle, enum fault fault, const char *text)
{
    struct broker_job *job = shell_job(self, handle);
    if (job->why.fault == FAULT_NONE)
        (void)why_set(&job->why, fault, "%s", text);
    broker_core_cancel(self->core, self->now, handle, fault);
}

static void lose_sink(struct broker *self, enum fault fault)
{
    log_error("sink_unreachable", "fault=%s", fault_name(fault));
    self->sink.len = 0;
    for (uint32_t handle = 0; handle < self->n_jobs; handle++) {
        struct broker_job *job = self->jobs[handle];
        if (!job)
            continue;
        if (job->why.fault == FAULT_NONE)
            (void)why_set(&job->why, FAULT_IO, "the sink of the job cannot be reached (%s)", fault_text(fault));
        broker_core_final(self->core, self->now, handle, FAULT_IO);
    }
}

void shell_tell_sink(struct broker *self, uint8_t type, struct span body, const struct span *blob)
{
    enum fault fault = FAULT_NOT_FOUND;
    if (self->sink.len)
        fault = port_send(self->sinks, &self->sink, type, 0, body, blob);
    if (fault != FAULT_NONE)
        lose_sink(self, fault);
}

void shell_tell_ventilator(struct broker *self, const struct peer *peer, uint8_t type, struct span body)
{
    enum fault fault = port_send(self->ventilators, peer, type, 0, body, NULL);
    if (fault != FAULT_NONE) /* progress is replaced by the next; a client that is gone needs no answer */
        log_warn("ventilator_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}

void shell_send_progress(struct broker *self, uint32_t handle)
{
    struct broker_job *job = shell_job(self, handle);
    struct core_figures figures = broker_core_figures(self->core, handle);
    job->progress.sources_done = figures.counted + figures.dead + job->n_idle - job->n_parts;
    job->progress.sources_failed = figures.dead + job->n_refused - job->n_failed_parts;
    job->progress.last_name = SPAN("");
    if (job->has_last) {
        struct cursor in;
        struct source source;
        cursor_init(&in, broker_job_record(job, job->last_index));
        if (source_decode(&in, &source) == FAULT_NONE)
            job->progress.last_name = source.name;
    }
    progress_encode(shell_body(self), &job->progress);
    shell_tell_ventilator(self, &job->owner, MESSAGE_PROGRESS, buffer_span(&self->body));
    job->has_news = false;
    job->told_ms = self->now;
}

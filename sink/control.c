/* SPDX-License-Identifier: MIT
 *
 * What the broker says of jobs: their opening, their sources, their end.
 */
#include "sink/sink_state.h"

#include "core/must.h"
#include "wire/delivery.h"
#include "wire/submit.h"
#include "wire/task.h"

/* --- opening --- */

static enum fault on_job(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct job_opening opening;
    if (job_opening_decode(parcel->body, &opening) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    if (sink_find_job(self, opening.job))
        return FAULT_NONE;
    struct sink_job *job = must_alloc(sizeof *job);
    job->id = opening.job;
    buffer_init(&job->last_word, BUFFER_LIMIT_DEFAULT);
    job->next = self->jobs;
    self->jobs = job;
    struct why why = {0};
    enum fault fault = job_decode(parcel->blob, &job->job);
    job->has_job = fault == FAULT_NONE;
    if (fault != FAULT_NONE)
        sink_end_with_fault(self, job, fault, &why);
    return FAULT_NONE;
}

static enum fault on_plan(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct plan_notice plan;
    if (plan_notice_decode(parcel->body, &plan) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    struct sink_job *job = sink_find_job(self, plan.job);
    if (!job || job->state != SINK_OPENING)
        return FAULT_NONE;
    struct why why = {0};
    enum fault fault = self->craft->open(&job->job, parcel->blob, &job->merge, &why);
    if (fault != FAULT_NONE) {
        sink_end_with_fault(self, job, fault, &why);
        return FAULT_NONE;
    }
    job->plan = plan.plan;
    job->state = SINK_OPEN;
    return FAULT_NONE;
}

static void take_source(struct sink *self, struct sink_job *job, const struct source *source)
{
    if (sink_job_place(job, source->index) != PLACE_UNKNOWN)
        return; /* a batch that came twice */
    self->craft->source(job->merge, source);
    sink_job_set_place(job, source->index, source->state == SOURCE_TASK ? PLACE_AWAITED : PLACE_IDLE);
    job->n_sources++;
}

static enum fault take_batch(struct sink *self, struct sink_job *job, const struct batch *batch)
{
    struct cursor in;
    enum fault fault = FAULT_NONE;
    cursor_init(&in, batch->items);
    for (uint32_t i = 0; i < batch->n && fault == FAULT_NONE; i++) {
        struct source source;
        struct issue issue;
        if (batch->kind == BATCH_SOURCES) {
            fault = source_decode(&in, &source);
            if (fault == FAULT_NONE && source.index >= job->n_places + batch->n)
                fault = FAULT_PROTOCOL; /* sources come in order: no index can lie so far ahead */
            if (fault == FAULT_NONE)
                take_source(self, job, &source);
        } else {
            fault = placed_issue_next(&in, &issue);
            if (fault == FAULT_NONE)
                self->craft->issue(job->merge, &issue);
        }
    }
    return fault;
}

static enum fault on_sources(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct batch batch;
    if (batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = sink_find_job(self, batch.job);
    enum fault fault = FAULT_NONE;
    if (job && job->state == SINK_OPEN)
        fault = take_batch(self, job, &batch);
    ok_encode(sink_body(self), &(struct ok){batch.job, batch.number});
    sink_tell_broker(self, MESSAGE_OK, buffer_span(&self->body));
    return fault;
}

/* --- ending --- */

static enum fault on_dead(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct job_items batch;
    if (dead_batch_decode(parcel->body, &batch) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = sink_find_job(self, batch.job);
    struct cursor in;
    cursor_init(&in, batch.items);
    for (uint32_t i = 0; i < batch.n && job && job->state == SINK_OPEN; i++) {
        struct dead dead;
        char line[1024];
        if (dead_next(&in, &dead) != FAULT_NONE)
            return FAULT_PROTOCOL;
        if (sink_job_place(job, dead.index) != PLACE_AWAITED)
            continue; /* counted after all, or told before */
        self->craft->failed(job->merge, dead.index, dead.why.fault, span_of(why_line(&dead.why, line, sizeof line)));
        sink_job_set_place(job, dead.index, PLACE_DEAD);
        job->n_dead++;
    }
    return FAULT_NONE;
}

/* What the broker may have missed: everything that is counted. */
static void send_sync(struct sink *self, const struct sink_job *job)
{
    struct buffer items;
    struct job_items counted = {.job = job->id};
    buffer_init(&items, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < job->n_places;) {
        struct range range = {i, 0};
        while (i < job->n_places && job->places[i] == PLACE_COUNTED)
            range.count++, i++;
        if (range.count) {
            range_encode(&items, &range);
            counted.n++;
        } else {
            i++;
        }
    }
    counted.items = buffer_span(&items);
    job_items_encode(sink_body(self), &counted);
    sink_tell_broker(self, MESSAGE_SYNC, buffer_span(&self->body));
    buffer_free(&items);
}

static enum fault on_finalize(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct finalize finalize;
    if (finalize_decode(parcel->body, &finalize) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = sink_find_job(self, finalize.job);
    if (!job)
        return FAULT_NONE;
    if (job->state == SINK_ENDED) {
        sink_tell_broker(self, MESSAGE_FINAL, buffer_span(&job->last_word));
        return FAULT_NONE;
    }
    if (job->state != SINK_OPEN)
        return FAULT_NONE; /* said again while it is being done */
    if (finalize.sources == job->n_sources && finalize.counted == job->n_counted && finalize.dead == job->n_dead) {
        job->state = SINK_DUE;
        return FAULT_NONE;
    }
    send_sync(self, job);
    struct mismatch mismatch = {job->id, job->n_sources, job->n_counted, job->n_dead};
    mismatch_encode(sink_body(self), &mismatch);
    sink_tell_broker(self, MESSAGE_MISMATCH, buffer_span(&self->body));
    return FAULT_NONE;
}

static enum fault on_close(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct job_notice close;
    if (job_notice_decode(parcel->body, &close) != FAULT_NONE)
        return FAULT_PROTOCOL;
    struct sink_job *job = sink_find_job(self, close.job);
    struct final unknown = {.job = close.job};
    (void)why_set(&unknown.why, FAULT_CANCELLED, "the job was cancelled");
    if (!job) {
        final_encode(sink_body(self), &unknown);
        sink_tell_broker(self, MESSAGE_FINAL, buffer_span(&self->body));
    } else if (job->state == SINK_ENDED) {
        sink_tell_broker(self, MESSAGE_FINAL, buffer_span(&job->last_word));
    } else if (job->state == SINK_WRITING) {
        job->is_cancelled = true; /* the writer's progress sees it; FINAL comes from there */
    } else {
        sink_end_job(self, job, &unknown);
    }
    return FAULT_NONE;
}

static const struct handler from_broker[] = {
    {MESSAGE_JOB, on_job},   {MESSAGE_PLAN, on_plan},         {MESSAGE_SOURCES, on_sources},
    {MESSAGE_DEAD, on_dead}, {MESSAGE_FINALIZE, on_finalize}, {MESSAGE_CLOSE, on_close},
    {0, NULL},
};

void sink_take_control(struct sink *self)
{
    dispatch_all(self->broker, from_broker, self);
}

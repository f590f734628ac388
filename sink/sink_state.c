/* SPDX-License-Identifier: MIT
 *
 * Jobs from their opening to their last word, and what is said about them.
 */
#include "sink/sink_state.h"

#include <stdlib.h>

#include "core/log.h"
#include "core/must.h"

#define ENDED_MAX 64 /* last words kept for FINALIZEs that come late */

struct buffer *sink_body(struct sink *self)
{
    buffer_clear(&self->body);
    return &self->body;
}

void sink_tell_broker(struct sink *self, uint8_t type, struct span body)
{
    enum fault fault = port_send(self->broker, NULL, type, 0, body, NULL);
    if (fault != FAULT_NONE)
        log_warn("broker_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}

void sink_tell_worker(struct sink *self, const struct parcel *to, uint8_t type)
{
    enum fault fault =
        port_send(self->workers, &to->peer, type, to->header.session, buffer_span(&self->body), NULL);
    if (fault != FAULT_NONE) /* it sends the partial again, if it is still there */
        log_info("worker_unreachable", "message=%s fault=%s", message_name(type), fault_name(fault));
}


struct sink_job *sink_find_job(struct sink *self, struct job_id id)
{
    struct sink_job *job = self->jobs;
    while (job && !job_id_equal(job->id, id))
        job = job->next;
    return job;
}

/* All but the last word. */
static void empty_job(struct sink *self, struct sink_job *job)
{
    if (job->merge)
        self->craft->destroy(&job->merge);
    if (job->has_job)
        job_free(&job->job);
    job->has_job = false;
    free(job->places);
    job->places = NULL;
    job->n_places = job->capacity = 0;
}

void sink_free_job(struct sink *self, struct sink_job *job)
{
    empty_job(self, job);
    buffer_free(&job->last_word);
    free(job);
}

static void forget_oldest(struct sink *self)
{
    unsigned n = 0;
    for (struct sink_job **at = &self->jobs; *at;) {
        struct sink_job *job = *at;
        if (job->state == SINK_ENDED && ++n > ENDED_MAX) {
            *at = job->next;
            sink_free_job(self, job);
        } else {
            at = &job->next;
        }
    }
}

/* The last word on a job; from now on it is only repeated. */
void sink_end_job(struct sink *self, struct sink_job *job, const struct final *final)
{
    char hex[33];
    log_info("job_ended", "job=%s fault=%s sources=%u counted=%u dead=%u", job_id_hex(job->id, hex),
             fault_name(final->why.fault), job->n_sources, job->n_counted, job->n_dead);
    final_encode(&job->last_word, final);
    empty_job(self, job);
    job->state = SINK_ENDED;
    sink_tell_broker(self, MESSAGE_FINAL, buffer_span(&job->last_word));
    forget_oldest(self);
}

void sink_end_with_fault(struct sink *self, struct sink_job *job, enum fault fault, const struct why *why)
{
    struct final final = {.job = job->id, .why = *why};
    if (final.why.fault == FAULT_NONE)
        (void)why_set(&final.why, fault, "%s", fault_text(fault));
    sink_end_job(self, job, &final);
}

enum place sink_job_place(const struct sink_job *job, uint32_t index)
{
    return index < job->n_places ? (enum place)job->places[index] : PLACE_UNKNOWN;
}

void sink_job_set_place(struct sink_job *job, uint32_t index, enum place place)
{
    if (index >= job->capacity) {
        uint32_t capacity = job->capacity ? job->capacity : 256;
        while (capacity <= index)
            capacity *= 2;
        job->places = must_realloc(job->places, capacity);
        memset(job->places + job->capacity, PLACE_UNKNOWN, capacity - job->capacity);
        job->capacity = capacity;
    }
    job->places[index] = (unsigned char)place;
    if (index >= job->n_places)
        job->n_places = index + 1;
}

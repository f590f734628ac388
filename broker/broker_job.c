/* SPDX-License-Identifier: MIT
 *
 * Records are kept as one run of bytes with offsets: about 150 bytes a source, nothing else that grows with a job.
 */
#include "broker/broker_job.h"

#include <stdlib.h>

#include "core/must.h"

struct broker_job *broker_job_new(struct job_id id, struct peer owner)
{
    struct broker_job *self = must_alloc(sizeof *self);
    self->id = id;
    self->owner = owner;
    self->progress.job = id;
    self->progress.stage = PROGRESS_READING;
    buffer_init(&self->plan, BROKER_PLAN_MAX);
    buffer_init(&self->records, BROKER_RECORDS_MAX);
    buffer_init(&self->tasks_dead, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->last_word, BUFFER_LIMIT_DEFAULT);
    return self;
}

void broker_job_destroy(struct broker_job **self)
{
    if (!*self)
        return;
    buffer_free(&(*self)->plan);
    buffer_free(&(*self)->records);
    buffer_free(&(*self)->tasks_dead);
    buffer_free(&(*self)->last_word);
    free((*self)->record_at);
    free((*self)->sizes);
    free(*self);
    *self = NULL;
}

enum fault broker_job_add(struct broker_job *self, const struct source *source, struct span record)
{
    if (self->n_records == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 64;
        self->record_at = must_realloc(self->record_at, (self->capacity + 1) * sizeof *self->record_at);
        self->sizes = must_realloc(self->sizes, self->capacity * sizeof *self->sizes);
    }
    self->record_at[self->n_records] = self->records.len;
    if (buffer_append(&self->records, record) != FAULT_NONE)
        return FAULT_LIMIT;
    self->sizes[self->n_records++] = source->size;
    self->record_at[self->n_records] = self->records.len;
    self->n_idle += source->state != SOURCE_TASK;
    self->n_refused += source->state == SOURCE_FAILED;
    self->progress.sources_total++;
    self->progress.bytes_total += source->size;
    if (source->state != SOURCE_TASK)
        self->progress.bytes_done += source->size;
    return FAULT_NONE;
}

struct span broker_job_record(const struct broker_job *self, uint32_t index)
{
    must(index < self->n_records);
    size_t at = self->record_at[index];
    return span_make(self->records.data + at, self->record_at[index + 1] - at);
}

void broker_job_ended(struct broker_job *self, uint32_t index)
{
    self->progress.bytes_done += self->sizes[index];
    self->last_index = index;
    self->has_last = self->has_news = true;
}

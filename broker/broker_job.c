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
    free((*self)->kept);
    free(*self);
    *self = NULL;
}

/* The slices of one source have the shares of its bytes that add up to them. */
static uint64_t share_of(const struct source *source)
{
    if (source->slices < 2)
        return source->size;
    return source->size / source->slices + (source->slice < source->size % source->slices);
}

static void keep_place(struct broker_job *self, const struct source *source)
{
    uint32_t at = self->n_records, head = source->slice <= at ? at - source->slice : at;
    self->kept[at] = (struct broker_record){.bytes = share_of(source), .head = head};
    self->kept[head].left++;
    self->progress.sources_total += head == at;
    self->progress.bytes_total += self->kept[at].bytes;
    self->n_idle += source->state != SOURCE_TASK;
    self->n_refused += source->state == SOURCE_FAILED;
    if (source->state != SOURCE_TASK)
        self->progress.bytes_done += self->kept[at].bytes;
}

enum fault broker_job_add(struct broker_job *self, const struct source *source, struct span record)
{
    if (self->n_records == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 64;
        self->record_at = must_realloc(self->record_at, (self->capacity + 1) * sizeof *self->record_at);
        self->kept = must_realloc(self->kept, self->capacity * sizeof *self->kept);
    }
    self->record_at[self->n_records] = self->records.len;
    if (buffer_append(&self->records, record) != FAULT_NONE)
        return FAULT_LIMIT;
    keep_place(self, source);
    self->record_at[++self->n_records] = self->records.len;
    return FAULT_NONE;
}

struct span broker_job_record(const struct broker_job *self, uint32_t index)
{
    must(index < self->n_records);
    size_t at = self->record_at[index];
    return span_make(self->records.data + at, self->record_at[index + 1] - at);
}

void broker_job_ended(struct broker_job *self, uint32_t index, bool is_dead)
{
    struct broker_record *record = &self->kept[index], *head = &self->kept[record->head];
    if (record->is_ended)
        return;
    record->is_ended = true;
    self->n_parts += --head->left > 0;
    self->n_failed_parts += is_dead && head->is_failed;
    head->is_failed |= is_dead;
    self->progress.bytes_done += record->bytes;
    self->last_index = index;
    self->has_last = self->has_news = true;
}

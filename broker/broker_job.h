/* SPDX-License-Identifier: MIT
 *
 * What the broker keeps of a job besides its tasks' states: the plan's bytes, the records of the sources, who asked for
 * it, and the figures for PROGRESS.
 */
#ifndef SHEAF_BROKER_BROKER_JOB_H
#define SHEAF_BROKER_BROKER_JOB_H

#include "wire/assembly.h"
#include "wire/port.h"
#include "wire/submit.h"

#define BROKER_RECORDS_MAX ((size_t)1 << 30) /* bytes of source records of a job */
#define BROKER_PLAN_MAX ((size_t)256 << 20)

/* Of each record. A source that is cut has several, which stand together: a person counts it once. */
struct broker_record {
    uint64_t bytes;      /* of its file: a slice has its share */
    uint32_t head, left; /* the source's first record; there: how many have not ended */
    bool is_ended, is_failed; /* is_failed: at the head */
};

struct broker_job {
    struct job_id id;
    struct peer owner;
    struct buffer plan;
    struct sha256 plan_hash;
    bool has_plan;
    struct buffer records; /* encodings, one after another */
    uint64_t *record_at;   /* n_records + 1 of them */
    struct broker_record *kept;
    uint32_t n_records, capacity;
    uint32_t n_refused;    /* sources that failed before any task */
    uint32_t n_idle;       /* sources without a task */
    uint32_t n_parts, n_failed_parts; /* records that ended without being their source's last one, or that failed after another */
    struct buffer tasks_dead; /* items of a DEAD message being filled */
    uint32_t n_tasks_dead;
    struct buffer last_word; /* body of the sink's FINAL; empty while there is none */
    struct why why;          /* of a job that we gave up */
    struct progress progress;
    uint32_t last_index;     /* of the source that ended last */
    bool has_last, has_news;
    int64_t told_ms; /* when PROGRESS was sent last */
};

struct broker_job *broker_job_new(struct job_id id, struct peer owner);
void broker_job_destroy(struct broker_job **self);

/* FAULT_LIMIT when the records are too many. `record` is the encoding of `source`. */
enum fault broker_job_add(struct broker_job *self, const struct source *source, struct span record) MUST_CHECK;
struct span broker_job_record(const struct broker_job *self, uint32_t index);
/* A task has come to its end, counted or dead. Once each. */
void broker_job_ended(struct broker_job *self, uint32_t index, bool is_dead);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Work between broker and worker. All spans view the decoded message.
 *
 *     PLAN    broker -> worker   once per job and worker, before its first task; blob: the plan's encoding
 *     TASK    broker -> worker   leases: one source each; at most as many as the worker has credit
 *     DONE    worker -> broker   delivered to the sink: gives credit back, completes nothing
 *     FAIL    worker -> broker   gives credit back; the broker decides on another attempt
 *     CANCEL  broker -> worker   drop the job: its plan, its queued and running tasks
 */
#ifndef SHEAF_WIRE_TASK_H
#define SHEAF_WIRE_TASK_H

#include "core/hash.h"
#include "wire/body.h"
#include "wire/source.h"

struct plan_notice {
    struct job_id job;
    struct sha256 plan;
};

struct task {
    uint32_t index; /* of the source */
    uint32_t slice; /* of a huge source; 0 */
    uint64_t lease; /* one per dispatch */
    uint32_t attempt; /* from 1 */
    struct source source;
};

struct done {
    uint32_t index;
    uint64_t lease;
    uint64_t cells; /* read in it, for progress */
};

enum fail_kind {
    FAIL_TRANSIENT, /* may go well later: a busy disk, a time-out */
    FAIL_PERMANENT, /* the file itself: no other attempt */
    FAIL_CRASH,     /* took its reader down */
};

struct fail {
    struct job_id job;
    uint32_t index, slice;
    uint64_t lease;
    enum fail_kind kind;
    struct why why;
};

/* CANCEL, and CLOSE of the sink. */
struct job_notice {
    struct job_id job;
};

void plan_notice_encode(struct buffer *out, const struct plan_notice *self);
enum fault plan_notice_decode(struct span body, struct plan_notice *ret) MUST_CHECK;

/* TASK: items of task_encode. */
enum fault task_batch_decode(struct span body, struct job_items *ret) MUST_CHECK;
/* `record` is the encoding of the source: the broker hands it on as it got it. */
void task_encode(struct buffer *out, const struct task *self, struct span record);
enum fault task_next(struct cursor *items, struct task *ret) MUST_CHECK;

/* DONE: items of done_encode. */
enum fault done_batch_decode(struct span body, struct job_items *ret) MUST_CHECK;
void done_encode(struct buffer *out, const struct done *self);
enum fault done_next(struct cursor *items, struct done *ret) MUST_CHECK;

void fail_encode(struct buffer *out, const struct fail *self);
enum fault fail_decode(struct span body, struct fail *ret) MUST_CHECK;

void job_notice_encode(struct buffer *out, const struct job_notice *self);
enum fault job_notice_decode(struct span body, struct job_notice *ret) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * A job on its way in and news of it on their way out: client <-> ventilator <-> broker. All spans view the message.
 *
 *     SUBMIT    client -> ventilator -> broker   blob: the job's encoding (wire/job.h). A job id known already changes nothing
 *     CHUNK     ventilator -> broker, client     a batch of sources, or of issues that were found while planning
 *     OK        receiver of a CHUNK -> sender    that chunk was taken: at most CHUNKS_AHEAD are on their way
 *     SEAL      ventilator -> broker             all chunks are sent
 *     PROGRESS  broker -> ventilator -> client   a newer one replaces an older one
 *     REPORT    sink -> ... -> client            issues in output order, as batches, before JOB_DONE (wire/assembly.h)
 *     JOB_DONE  broker -> ventilator -> client   the end of a job: body as FINAL (wire/assembly.h)
 *     ERR       any -> asker                     what was asked cannot be done
 *     CANCEL    client -> ventilator -> broker   a job_notice (wire/task.h)
 */
#ifndef SHEAF_WIRE_SUBMIT_H
#define SHEAF_WIRE_SUBMIT_H

#include "wire/body.h"
#include "wire/issue.h"
#include "wire/source.h"

struct submit {
    struct job_id job;
};

enum batch_kind { BATCH_SOURCES, BATCH_ISSUES };

/* CHUNK, SOURCES and REPORT. */
struct batch {
    struct job_id job;
    enum batch_kind kind;
    uint32_t number; /* of the batch in its job, from 0 */
    uint32_t n;
    struct span items; /* n times struct source, or n times an issue with its source */
};

#define BATCH_BYTES ((size_t)64 << 10) /* a batch is closed when its items reach this */
#define CHUNKS_AHEAD 16

struct seal {
    struct job_id job;
    uint32_t sources, tasks;
};

struct ok {
    struct job_id job;
    uint32_t number; /* of the chunk */
};

enum progress_stage { PROGRESS_PLANNING, PROGRESS_READING, PROGRESS_WRITING };

struct progress {
    struct job_id job;
    enum progress_stage stage;
    uint32_t sources_total, sources_done, sources_failed;
    uint64_t bytes_total, bytes_done, cells_done, write_done, write_total;
    struct span last_name;
};

struct err {
    struct job_id job;
    struct why why;
};

void submit_encode(struct buffer *out, const struct submit *self);
enum fault submit_decode(struct span body, struct submit *ret) MUST_CHECK;

/* Decoding judges every item by its kind. */
void batch_encode(struct buffer *out, const struct batch *self);
enum fault batch_decode(struct span body, struct batch *ret) MUST_CHECK;
/* An issue together with `source`, which does not travel in the issue itself. */
void placed_issue_encode(struct buffer *out, const struct issue *issue);
enum fault placed_issue_next(struct cursor *items, struct issue *ret) MUST_CHECK;

void seal_encode(struct buffer *out, const struct seal *self);
enum fault seal_decode(struct span body, struct seal *ret) MUST_CHECK;
void ok_encode(struct buffer *out, const struct ok *self);
enum fault ok_decode(struct span body, struct ok *ret) MUST_CHECK;
void progress_encode(struct buffer *out, const struct progress *self);
enum fault progress_decode(struct span body, struct progress *ret) MUST_CHECK;
void err_encode(struct buffer *out, const struct err *self);
enum fault err_decode(struct span body, struct err *ret) MUST_CHECK;

#endif

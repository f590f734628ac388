/* SPDX-License-Identifier: MIT
 *
 * A job between broker and sink, from its opening to its end. All spans view the decoded message.
 *
 *     JOB       broker -> sink   blob: the job's encoding; then PLAN (wire/task.h), then SOURCES (batches, wire/submit.h)
 *     DEAD      broker -> sink   sources that could not be read, with the reason; sent before FINALIZE
 *     FINALIZE  broker -> sink   the manifest's size: counted + dead = tasks; the sink checks, then writes. Idempotent
 *     WRITING   sink -> broker   how far the output is
 *     REPORT    sink -> broker   issues in output order (batches, wire/submit.h): at most REPORT_ISSUES_MAX
 *     FINAL     sink -> broker   the end, good or bad; again for each FINALIZE and CLOSE that comes later
 *     MISMATCH  sink -> broker   what is counted is not what FINALIZE says
 *     CLOSE     broker -> sink   give the job up (a job_notice): answered by FINAL, cancelled unless it had ended
 *     SYNC      sink -> broker   what is counted of a job (body as COUNTED, wire/delivery.h)
 */
#ifndef SHEAF_WIRE_ASSEMBLY_H
#define SHEAF_WIRE_ASSEMBLY_H

#include "core/hash.h"
#include "wire/body.h"
#include "wire/stack_partial.h"

#define REPORT_ISSUES_MAX 10000
#define FINAL_SAMPLES_MAX 3

struct job_opening {
    struct job_id job;
    struct sha256 plan;
};

struct dead {
    uint32_t index;
    struct why why;
};

struct finalize {
    struct job_id job;
    uint32_t sources, counted, dead;
};

/* FINALIZE cannot be obeyed: the sink's own figures. */
struct mismatch {
    struct job_id job;
    uint32_t sources, counted, dead;
};

struct writing {
    struct job_id job;
    uint64_t done, total;
};

struct final_sample {
    struct span sheet, cell, label, value;
    uint32_t n;
};

/* FINAL and JOB_DONE. */
struct final {
    struct job_id job;
    struct why why; /* why.fault is FAULT_NONE when the result is there; the figures are then valid */
    uint32_t sources, used, failed, rejected, duplicates, warnings, infos;
    uint64_t result_cells, cells_read, cells_used, cells_not_applicable, cells_skipped, contributions, output_bytes;
    uint64_t rows; /* stack mode: of data in the output, and columns with the source columns */
    uint32_t columns;
    struct stack_counts row_counts; /* stack mode: where the rows of all sources went; written = rows */
    bool self_check_passed;
    struct sha256 output_sha;
    struct span output_path, report_path, contributions_csv;
    uint32_t n_samples;
    struct final_sample samples[FINAL_SAMPLES_MAX];
};

void job_opening_encode(struct buffer *out, const struct job_opening *self);
enum fault job_opening_decode(struct span body, struct job_opening *ret) MUST_CHECK;

/* DEAD: items of dead_encode. */
enum fault dead_batch_decode(struct span body, struct job_items *ret) MUST_CHECK;
void dead_encode(struct buffer *out, const struct dead *self);
enum fault dead_next(struct cursor *items, struct dead *ret) MUST_CHECK;

void finalize_encode(struct buffer *out, const struct finalize *self);
enum fault finalize_decode(struct span body, struct finalize *ret) MUST_CHECK;
void mismatch_encode(struct buffer *out, const struct mismatch *self);
enum fault mismatch_decode(struct span body, struct mismatch *ret) MUST_CHECK;
void writing_encode(struct buffer *out, const struct writing *self);
enum fault writing_decode(struct span body, struct writing *ret) MUST_CHECK;
void final_encode(struct buffer *out, const struct final *self);
enum fault final_decode(struct span body, struct final *ret) MUST_CHECK;

#endif

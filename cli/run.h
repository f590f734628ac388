/* SPDX-License-Identifier: MIT
 *
 * Running one job on this machine: the real roles as czmq actors (ventilator, broker, workers, sink) over inproc sockets with
 * the same messages as a pool's. The command line is their client. Blocks until the job ends.
 */
#ifndef SHEAF_CLI_RUN_H
#define SHEAF_CLI_RUN_H

#include "wire/issue.h"
#include "wire/job.h"
#include "wire/source.h"
#include "wire/stack_partial.h"

enum run_stage { RUN_PLANNING, RUN_READING, RUN_WRITING, RUN_DONE };

struct run_progress {
    enum run_stage stage;
    uint32_t sources_total, sources_done, sources_failed; /* files: one that is cut into slices is one */
    uint64_t bytes_total, bytes_done; /* of source files */
    uint64_t cells_done;              /* read so far */
    uint64_t write_done, write_total; /* result cells; in stack mode bytes */
    bool writes_bytes;
    struct span last_name;            /* the source that ended last; may be empty */
};

/* Everything that PROGRESS, JOB_DONE and ERR told; text owned by `arena`. */
struct run_result {
    struct arena *arena;
    enum fault fault; /* FAULT_NONE: the output is there (or the preflight is complete) */
    struct why why;
    uint32_t sources, used, failed, rejected, duplicates, warnings, infos;
    uint64_t result_cells, cells_read, cells_used, cells_not_applicable, cells_skipped, contributions, output_bytes;
    uint64_t rows; /* stack mode: of data in the output, and columns with the source columns */
    uint32_t columns;
    struct stack_counts row_counts; /* stack mode: where the rows of all sources went; written = rows */
    bool self_check_passed;
    struct sha256 output_sha;
    struct span output_path, report_path, contributions_csv;
    struct { struct span sheet, cell, label, value; uint32_t n; } samples[3];
    uint32_t n_samples;
    struct issue *issues; /* in output order; at most the first 10,000 */
    uint32_t n_issues;
    struct source *sources_list; /* by index, for names in messages; the slices of one source each have a record */
    uint32_t n_sources_list;
};

typedef void run_on_progress(void *context, const struct run_progress *progress);

/* `workers` >= 1. `interrupted` is polled (set by the signal handler of main): the job is cancelled, nothing is left behind,
 * fault FAULT_CANCELLED. The caller frees with run_result_free. Call at most once at a time per process. */
void run_job(const struct job *job, unsigned workers, volatile int *interrupted, run_on_progress *on_progress,
             void *context, struct run_result *ret);
void run_result_free(struct run_result *self);

#endif

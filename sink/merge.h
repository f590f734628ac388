/* SPDX-License-Identifier: MIT
 *
 * Partial results in, one workbook out. Partials are spooled as they come, in any order, once each; at the end they are
 * merged in source order, input by input, and the workbook, contributions and reports stream out. Memory does not grow
 * with sources x cells. No sockets: the sink actor (sink/sink.c) owns one merge per job.
 */
#ifndef SHEAF_SINK_MERGE_H
#define SHEAF_SINK_MERGE_H

#include "core/buffer.h"
#include "wire/issue.h"
#include "wire/job.h"
#include "wire/partial.h"
#include "wire/plan.h"
#include "wire/source.h"
#include "wire/stack_partial.h"

struct merge;

/* Everything is copied or decoded from messages; nothing is borrowed. */
enum fault merge_new(const struct job *job, struct span plan_message, struct merge **ret, struct why *why) MUST_CHECK;
void merge_destroy(struct merge **self);
/* The sources of the job, in any order of calls, each index once. */
void merge_source(struct merge *self, const struct source *source);
/* An issue about the job or a source that the ventilator found. */
void merge_issue(struct merge *self, const struct issue *issue);

enum merge_verdict { MERGE_COUNTED, MERGE_AGAIN /* same bytes as before */, MERGE_CONFLICT /* other bytes */, MERGE_CORRUPT };
/* Idempotent: keyed by source index. `sha` is the hash of `bytes` as the worker states it; checked. */
enum fault merge_add(struct merge *self, uint32_t source, struct span bytes, struct sha256 sha, enum merge_verdict *ret,
                     struct why *why) MUST_CHECK;
/* The source could not be read (dead after its attempts). */
void merge_failed(struct merge *self, uint32_t source, enum fault fault, struct span reason);

struct merge_summary {
    uint32_t sources, used, failed, rejected, duplicates;
    uint32_t warnings, infos; /* issues by severity */
    uint64_t result_cells, cells_read, cells_used, cells_not_applicable, cells_skipped;
    uint64_t contributions;
    uint64_t rows; /* stack mode: of data in the output, and columns with the source columns */
    uint32_t columns;
    struct stack_counts row_counts; /* stack mode: where the rows of all sources went; written = rows */
    bool self_check_passed;
    uint64_t output_bytes;
    struct sha256 output_sha;
    struct span output_path, report_path, contributions_csv; /* "" when not written; owned by the merge */
    /* up to three result cells to show to a person, biggest |result| first */
    struct { char sheet[64]; char cell[16]; char label[96]; char value[40]; uint32_t n; } samples[3];
    uint32_t n_samples;
};

/* Called now and then with cells done and cells in all; returning false cancels (FAULT_CANCELLED, nothing is left behind). */
typedef bool merge_progress(void *context, uint64_t done, uint64_t total);

/* All sources are counted, failed or duplicates (else it is a bug). Writes everything that the job asks for, checks itself
 * (sum of contributions = result per cell, counts per source), commits. `ret` is set whatever comes back.
 * FAULT_REFUSED: no usable source is left; only the report is written, and it says so. In a preflight (is_check) nothing is
 * written, and nothing usable is no fault. FAULT_IO names the cell when the contributions do not make the result (a damaged
 * spool). max_failed and exit codes are the caller's. */
enum fault merge_finish(struct merge *self, merge_progress *progress, void *context, struct merge_summary *ret,
                        struct why *why) MUST_CHECK;

/* After finish: every issue in output order, for `check` and --json. */
enum fault merge_each_issue(struct merge *self, enum fault (*visit)(void *context, const struct issue *issue,
                            const struct source *source), void *context) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * What a mode adds to the life of a merge (sink/merge.c): its plan, what its partial results say, and its output.
 */
#ifndef SHEAF_SINK_MERGE_MODE_H
#define SHEAF_SINK_MERGE_MODE_H

#include "sink/ledger.h"
#include "sink/merge.h"

/* What finishing has at hand; all borrowed. */
struct merge_end {
    const struct job *job;
    struct ledger *ledger; /* settled */
    const char *output_path, *report_path; /* report_path: NULL without a report */
    merge_progress *progress; /* may be NULL */
    void *context;
    struct merge_summary *summary; /* its paths live as long as the merge */
    struct why *why;
};

struct merge_mode {
    enum fault (*open)(const struct job *job, struct span plan_message, struct ledger *ledger, void **ret, struct why *why);
    void (*destroy)(void **self); /* NULL inside is accepted */
    /* The record exists. NULL: nothing to note. */
    void (*source)(void *self, const struct source *source);
    /* A partial that ledger_judge wants: opens and keeps it. */
    enum fault (*keep)(void *self, uint32_t source, struct span bytes, struct sha256 sha, enum merge_verdict *ret, struct why *why);
    /* Every file of the output. Fills the counters of the summary that come from the output. */
    enum fault (*output)(void *self, const struct merge_end *end);
    /* A preflight: only what there is to say as issues. */
    enum fault (*check)(void *self, const struct merge_end *end);
    /* Nothing usable: the report alone says so. */
    enum fault (*refused)(void *self, const struct merge_end *end, const struct why *refusal);
};

/* Warnings and notes so far, for the summary. */
void merge_count_issues(const struct merge_end *end);
enum fault merge_open(const struct merge_mode *mode, const struct job *job, struct span plan_message, struct merge **ret,
                      struct why *why) MUST_CHECK;

#endif

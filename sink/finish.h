/* SPDX-License-Identifier: MIT
 *
 * The end of a job: two walks over the result cells. The first fills the template, the second writes where each number comes
 * from and compares: what stands in Contributions makes the result that stands in the cell.
 */
#ifndef SHEAF_SINK_FINISH_H
#define SHEAF_SINK_FINISH_H

#include "sink/ledger.h"
#include "sink/merge.h"

struct finish_paths {
    char *output, *report, *csv; /* owned; report may be NULL */
};
void finish_paths_free(struct finish_paths *self);

/* The ledger is settled. Fills the counters of `summary` that come from results and outputs. */
enum fault finish_output(const struct job *job, const struct plan *plan, struct ledger *ledger, struct finish_paths *paths,
                         merge_progress *progress, void *context, struct merge_summary *summary,
                         struct why *why) MUST_CHECK;
/* A preflight: only what the results have to say as issues. */
enum fault finish_check(const struct job *job, const struct plan *plan, struct ledger *ledger, merge_progress *progress,
                        void *context, struct merge_summary *summary, struct why *why) MUST_CHECK;
/* Nothing usable: the report alone says so. */
enum fault finish_refused(const struct job *job, const struct plan *plan, struct ledger *ledger,
                          struct finish_paths *paths, struct merge_summary *summary, const struct why *refusal,
                          struct why *why) MUST_CHECK;

#endif

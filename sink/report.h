/* SPDX-License-Identifier: MIT
 *
 * The report (--report FILE.json): what Sources, Issues and Contributions say, for a machine, with the run's check of itself.
 * Streams; order of calls: new, cells in order, end. docs/FORMAT.md describes the members.
 */
#ifndef SHEAF_SINK_REPORT_H
#define SHEAF_SINK_REPORT_H

#include "sink/ledger.h"
#include "sink/results.h"

struct report;

/* Writes the job, the sources and the issues. All borrowed until destroy. */
enum fault report_new(const char *path, const struct job *job, const struct plan *plan, struct ledger *ledger,
                      struct report **ret, struct why *why) MUST_CHECK;
/* Removes an uncommitted file. */
void report_destroy(struct report **self);
enum fault report_cell(struct report *self, const struct result_cell *cell, struct why *why) MUST_CHECK;
/* Writes check and summary: the file is complete. `refusal` is NULL when an output is written. */
enum fault report_finish(struct report *self, const struct merge_summary *summary, const struct why *refusal,
                         struct why *why) MUST_CHECK;
/* Gives the finished file its name. */
enum fault report_commit(struct report *self, struct why *why) MUST_CHECK;

#endif

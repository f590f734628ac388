/* SPDX-License-Identifier: MIT
 *
 * The report (--report FILE.json): what Sources, Issues and the results say, for a machine, with the run's check of itself.
 * Streams; order of calls: new, items in order, finish. docs/FORMAT.md describes the members.
 */
#ifndef SHEAF_SINK_REPORT_H
#define SHEAF_SINK_REPORT_H

#include "sink/json_out.h"
#include "sink/ledger.h"

struct report;

/* What a mode says in it. */
struct report_mode {
    void *self;
    struct sha256 plan;
    const char *list; /* of the items that come last: "results" */
    void (*job)(void *self, struct json_out *json, const struct job *job);                /* in "job" */
    void (*head)(void *self, struct json_out *json);                                      /* lists before "sources"; may be NULL */
    enum fault (*source)(void *self, struct json_out *json, uint32_t source);             /* in its item; may be NULL */
    void (*check)(struct json_out *json, const struct merge_summary *summary);            /* in "self_check" */
    void (*summary)(struct json_out *json, const struct merge_summary *summary);          /* in "summary" */
};

/* Writes the job, the sources and the issues, and opens the last list. All borrowed until destroy. */
enum fault report_new(const char *path, const struct job *job, const struct report_mode *mode, struct ledger *ledger,
                      struct report **ret, struct why *why) MUST_CHECK;
/* Removes an uncommitted file. */
void report_destroy(struct report **self);
/* Where items of the last list go; report_flush after each. */
struct json_out *report_json(struct report *self);
enum fault report_flush(struct report *self, struct why *why) MUST_CHECK;
/* "cell": "B7", 0-based; nothing for a place beyond the grid. */
void report_put_cell(struct json_out *json, uint32_t row, uint32_t col);
/* Writes check and summary: the file is complete. `refusal` is NULL when an output is written. */
enum fault report_finish(struct report *self, const struct merge_summary *summary, const struct why *refusal,
                         struct why *why) MUST_CHECK;
/* Gives the finished file its name. */
enum fault report_commit(struct report *self, struct why *why) MUST_CHECK;
/* The whole report of a job without an output. */
enum fault report_refusal(const char *path, const struct job *job, const struct report_mode *mode, struct ledger *ledger,
                          struct merge_summary *summary, const struct why *refusal, struct why *why) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * The sink's book of sources: for each, what the ventilator said, where its partial result lies in the spool, whether it failed,
 * and every issue, in an order that depends on the order of the sources only. What the sheets Sources and Issues and the report
 * tell is read from here.
 */
#ifndef SHEAF_SINK_LEDGER_H
#define SHEAF_SINK_LEDGER_H

#include "core/spool.h"
#include "sink/fold.h"
#include "sink/gather.h"
#include "sink/merge.h"

#define LEDGER_SOURCES_MAX 4000000u
#define LEDGER_RESULT_ISSUES_MAX 10000u /* of one code; more are only counted (TOO_MANY) */

enum source_status { STATUS_USED, STATUS_WARNED, STATUS_FAILED, STATUS_REJECTED, STATUS_DUPLICATE };
const char *source_status_name(enum source_status status); /* "used", "used with warnings", "failed" ... */

struct record {
    struct source source; /* text owned by the ledger; identity final after ledger_settle; its layout lies in the spool */
    uint64_t layout_at, layout_len;
    bool is_known; /* ledger_source was called */
    bool has_partial, has_failed;
    struct sha256 partial_sha, content; /* of the partial's bytes; of the file it was made from */
    uint32_t slice;                     /* that it was made from */
    enum partial_state state;
    struct partial_counts counts;
    struct gather_source values;
    uint64_t issues_at, issues_len; /* in the spool */
    uint32_t n_issues;
    uint32_t told[3];    /* those, by severity */
    struct span sheets;  /* "Income; Costs (as Cost)" */
    struct span id_text; /* --id-cell */
    enum fault fault;    /* has_failed */
    struct span reason;
    uint32_t errors, warnings, infos; /* all issues by severity */
    enum source_status status;        /* after ledger_settle */
};

/* What a partial result says of its source, whatever the mode. Offsets count from the start of its bytes. */
struct ledger_facts {
    struct sha256 content;
    uint32_t slice;
    enum partial_state state;
    struct partial_counts counts;
    struct span sheets, id_text;
    struct gather_source values; /* position mode */
    uint64_t issues_at, issues_len;
    uint32_t n_issues;
};

struct ledger;

enum fault ledger_new(struct ledger **ret, struct why *why) MUST_CHECK;
void ledger_destroy(struct ledger **self);

/* FAULT_LIMIT: an index that no job has. */
enum fault ledger_source(struct ledger *self, const struct source *source) MUST_CHECK;
/* Issues of the job and the sources, in the order of calls for each; result issues come last. */
enum fault ledger_issue(struct ledger *self, const struct issue *issue) MUST_CHECK;
/* After ledger_settle. */
enum fault ledger_result_issue(struct ledger *self, const struct issue *issue) MUST_CHECK;
/* What becomes of a partial result: COUNTED is one to open and to keep, the others need nothing more. */
enum merge_verdict ledger_judge(struct ledger *self, uint32_t source, struct span bytes, struct sha256 sha);
/* After ledger_judge said COUNTED. *ret is CORRUPT for one of another content or slice than the source's; *ret_at is where the
 * bytes lie in the spool. */
enum fault ledger_keep(struct ledger *self, uint32_t source, struct span bytes, struct sha256 sha,
                       const struct ledger_facts *facts, enum merge_verdict *ret, uint64_t *ret_at, struct why *why) MUST_CHECK;
enum fault ledger_failed(struct ledger *self, uint32_t source, enum fault fault, struct span reason) MUST_CHECK;

/* All is in: gives every source its status and final identity and lists the used ones. A source that nothing is known
 * about is a bug. A source that is cut is the record of its first slice, which then counts for all of them: it is all or nothing.
 * FAULT_PROTOCOL: slices that do not stand together. */
enum fault ledger_settle(struct ledger *self) MUST_CHECK;
/* Of sources and of their slices; a source's index is that of its record. */
uint32_t ledger_records(const struct ledger *self);
const struct record *ledger_record(const struct ledger *self, uint32_t source);
/* The next source behind `source` and its slices: ledger_records when that was the last. */
uint32_t ledger_next(const struct ledger *self, uint32_t source);

/* Cells of a used source that the output does not take after all. After settle. */
void ledger_skip_cells(struct ledger *self, uint32_t source, uint64_t cells);
/* Takes the fields over: what workers told about them is left out from here on, and counts and status agree. After settle. */
enum fault ledger_fold(struct ledger *self, struct fold *fold) MUST_CHECK;

/* The used sources in source order: a slot is a place here (sink/gather.h). After settle. */
uint32_t ledger_used(const struct ledger *self);
const struct gather_source *ledger_slots(const struct ledger *self);
const struct record *ledger_slot(const struct ledger *self, uint32_t slot);
struct spool *ledger_spool(struct ledger *self);

/* Every issue: of the job, then source by source (its failure, what the ventilator found, what its worker found), then of the
 * results. Spans live during the call; `visit` does not change the ledger. */
typedef enum fault ledger_visit(void *context, const struct issue *issue);
enum fault ledger_each_issue(struct ledger *self, ledger_visit *visit, void *context) MUST_CHECK;
/* By severity, as ledger_each_issue would give them; after settle. */
void ledger_count_issues(const struct ledger *self, uint32_t counts[3]);

#endif

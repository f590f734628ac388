/* SPDX-License-Identifier: MIT
 *
 * What the parts of the ledger share: records and receipts (ledger.c), the settlement (ledger_settle.c), the issues
 * (ledger_issues.c). Nobody else looks in here.
 */
#ifndef SHEAF_SINK_LEDGER_STATE_H
#define SHEAF_SINK_LEDGER_STATE_H

#include "core/arena.h"
#include "sink/ledger.h"

struct stored_issue {
    uint64_t at;
    uint32_t source, len;
};

struct issue_list {
    struct stored_issue *items;
    size_t n, capacity;
};

struct ledger {
    struct arena *arena;
    struct spool *spool;
    struct record *records;
    uint32_t n, capacity;
    struct issue_list found, results; /* by the ventilator (and here); about results */
    uint32_t severities[3];           /* of issues that belong to no record, and of found ones */
    uint64_t result_codes[ISSUE_CODES];
    struct fold *fold; /* NULL: no fields */
    uint32_t *used;    /* slot -> source */
    struct gather_source *slots;
    uint32_t n_used;
    struct buffer scratch;
};

/* The record of a source, made when it is new; NULL for an index beyond the limit. */
struct record *ledger_record_for(struct ledger *self, uint32_t source);
/* Is what it has of the content and the slice that were announced? */
bool record_is_of_source(const struct record *record);
/* Takes a failure of the announcement over. */
enum source_status record_settle_status(struct record *record);

#endif

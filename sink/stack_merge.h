/* SPDX-License-Identifier: MIT
 *
 * Stack mode's part of a merge (sink/merge_mode.h): partial results are rows in the form of the output, which lie in the spool as
 * they came until they are joined in source order (sink/stack_finish.h).
 */
#ifndef SHEAF_SINK_STACK_MERGE_H
#define SHEAF_SINK_STACK_MERGE_H

#include "sink/ledger.h"
#include "sink/merge_mode.h"
#include "wire/stack_layout.h"
#include "wire/stack_partial.h"
#include "wire/stack_plan.h"

/* A merge for stack_plan_decode's plans; everything else by the functions of sink/merge.h. */
enum fault stack_merge_new(const struct job *job, struct span plan_message, struct merge **ret, struct why *why) MUST_CHECK;

/* Where the partial result of one record (a source, or a slice of one) lies in the spool. */
struct stack_part {
    uint64_t fragments_at, rows_at, bytes_at, bytes_len; /* in the spool */
    uint64_t sheets_at;                                  /* n_sheets of struct stack_sheet_counts, as they are in memory */
    uint64_t n_rows;
    uint32_t n_fragments, n_sheets;
    uint32_t fragments_crc, rows_crc, bytes_crc; /* what is read must be what came */
    bool has_rows;
};

/* What is known of the parts; lives with the merge. */
struct stack_parts {
    struct ledger *ledger;
    const struct stack_plan *plan;
    struct stack_part *items; /* by record */
    uint32_t n;               /* records behind have none */
};
/* NULL for a record without one. */
const struct stack_part *stack_parts_at(const struct stack_parts *self, uint32_t record);

/* What became of the rows of a source and of each of its sheets. */
struct stack_told {
    struct arena *arena;
    struct stack_counts rows;
    struct stack_told_sheet {
        uint32_t index; /* in the book */
        struct span name;
        uint32_t first_header, last_header;
        struct stack_counts rows;
    } *sheets; /* in book order */
    uint32_t n_sheets;
    struct span *extra;   /* names of columns that the output does not keep */
    uint32_t *missing;    /* columns of the plan */
    uint32_t n_extra, n_missing;
};
/* Reads it from the spool, from all slices of the source at `head`; duplicates are not in the sheets' counts. FAULT_IO, FAULT_LIMIT. */
enum fault stack_told_read(const struct stack_parts *parts, uint32_t head, struct stack_told *ret) MUST_CHECK;
void stack_told_free(struct stack_told *self);

void stack_counts_add(struct stack_counts *to, const struct stack_counts *from);

#endif

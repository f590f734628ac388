/* SPDX-License-Identifier: MIT
 *
 * From what the survey found to the plan: which columns and formats the output has, what the conditions mean, and for each source the
 * layout that a worker reads it by. Sources with large sheets are cut into slices here.
 */
#ifndef SHEAF_VENTILATOR_STACK_SETTLE_H
#define SHEAF_VENTILATOR_STACK_SETTLE_H

#include "ventilator/stack_survey.h"
#include "wire/stack_layout.h"
#include "wire/stack_plan.h"

#define SLICED_RECORDS_MAX 10000u /* of one source; a file that would need more is not cut */

struct settling {
    struct stack_survey *survey;
    struct inputs *inputs;
    struct stack_plan *plan;
    uint32_t *column_of;  /* per key: the plan's column, or STACK_COLUMN_NONE */
    bool *is_used;        /* per source: it has a header, and counts */
    struct span *rejected; /* per source: why its columns keep it out; no data = they do not */
    uint32_t first_used;  /* source; n_sources when there is none */
    uint32_t *stamps, stamp; /* per key */
    struct why *why;
};

/* Changes the sources (slices) and adds issues. FAULT_USAGE: a condition or key names a column that there is not. FAULT_LIMIT. `ret` is the
 * caller's. */
enum fault stack_settle(struct stack_survey *survey, struct inputs *inputs, struct stack_plan *ret, struct why *why) MUST_CHECK;

/* Part of stack_settle, ventilator/stack_columns.c: is_used, first_used, the plan's columns, column_of, rejected, and the issues about
 * columns. */
enum fault stack_settle_columns(struct settling *self) MUST_CHECK;

/* Edit distance of two texts (characters), at most `max` + 1; for names that are likely the same. */
unsigned stack_distance(struct span a, struct span b, unsigned max);

/* The records that a source becomes: each some whole sheets, or a part of one. */
struct stack_cut {
    uint32_t first_sheet, n_sheets; /* of the survey's */
    uint64_t from, to;
};
/* One or more, in order, into memory that the caller frees. Depends on the sheets' declared sizes alone. */
uint32_t stack_cut_source(const struct survey_source *source, uint64_t part_bytes_max, struct stack_cut **ret);

#endif

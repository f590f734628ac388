/* SPDX-License-Identifier: MIT
 *
 * A walk over the result cells of a job in the template's order: each with its result and the values that made it. Walked twice:
 * first to fill in the results, then to write where they come from, which checks the first walk.
 */
#ifndef SHEAF_SINK_RESULTS_H
#define SHEAF_SINK_RESULTS_H

#include "sink/aggregate.h"
#include "sink/gather.h"
#include "sink/ledger.h"

struct results;

struct result_cell {
    uint32_t input;
    uint32_t sheet;    /* of the plan */
    uint32_t row, col; /* 0-based */
    const struct plan_cell *plan;
    struct result result;
    const struct gathered *const *parts; /* result.n values that took part, in source order */
    const struct gathered *const *left_out; /* used by their kind, but without a weight (wavg), or a zero that is to be skipped */
    uint32_t n_left_out;
    const struct decimal_sum *sum; /* exact, of the numbers */
};

/* All borrowed; the ledger is settled. */
struct results *results_new(const struct plan *plan, const struct job *job, struct ledger *ledger);
void results_destroy(struct results **self);

/* Every input cell that a used source has a value for, ascending. Everything in `cell` lives during the call. */
typedef enum fault results_visit(void *context, const struct result_cell *cell);
enum fault results_each(struct results *self, results_visit *visit, void *context) MUST_CHECK;
/* Walks tell of inputs that no source has a number for (sink/fold.h) too; NULL: no more. */
typedef enum fault results_field(void *context, uint32_t input, const struct gather_rest *rest);
void results_tell_fields(struct results *self, results_field *tell, void *context);
/* How many inputs a walk has passed. */
uint32_t results_position(const struct results *self);

/* The text of a part (empty for a number); a view until the next call. */
enum fault results_text(struct results *self, const struct gathered *part, struct span *ret) MUST_CHECK;

/* What the parts and results of a date say in the date system of the output. */
double results_serial(const struct results *self, double serial_1900);

#endif

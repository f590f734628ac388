/* SPDX-License-Identifier: MIT
 *
 * --where: conditions on the values of a row, all of which it must meet.
 */
#ifndef SHEAF_WORKERS_ROW_FILTER_H
#define SHEAF_WORKERS_ROW_FILTER_H

#include "wire/stack_plan.h"
#include "workers/row_value.h"

struct row_filter {
    const struct stack_plan *plan;
    uint64_t *by_column;  /* the conditions on each column, a bit each; NULL: there are none */
    uint64_t all;         /* of every condition */
    uint64_t when_blank;  /* that a blank cell meets, and those on file and sheet that this sheet meets */
    uint64_t met;         /* by the open row so far */
    struct buffer folded;
};

void row_filter_init(struct row_filter *self, const struct stack_plan *plan);
void row_filter_free(struct row_filter *self);
void row_filter_open(struct row_filter *self, struct span file, struct span sheet);

static inline void row_filter_begin(struct row_filter *self)
{
    self->met = self->when_blank;
}

void row_filter_cell(struct row_filter *self, uint32_t column, const struct row_value *value);

static inline bool row_filter_passes(const struct row_filter *self)
{
    return self->met == self->all;
}

#endif

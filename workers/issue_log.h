/* SPDX-License-Identifier: MIT
 *
 * Issues of one source on their way into its partial result, at most a few hundred of a kind per
 * sheet: ten thousand cells with the same mistake are one mistake.
 */
#ifndef SHEAF_WORKERS_ISSUE_LOG_H
#define SHEAF_WORKERS_ISSUE_LOG_H

#include "wire/partial.h"

#define ISSUES_PER_CODE 200u
#define ISSUE_VALUE_UNITS 255u /* UTF-16 units of a cell's value that an issue keeps */

typedef void issue_put(void *context, const struct issue *issue);

struct issue_log {
    issue_put *put;
    void *context;                   /* borrowed */
    struct span sheet;               /* borrowed until the next issue_log_sheet */
    uint32_t seen[ISSUE_CODES];      /* on this sheet */
    uint32_t input[ISSUE_CODES];     /* struct issue's, of the last one */
};

void issue_log_init(struct issue_log *self, struct partial_builder *builder);
/* Into something else than a partial result of position mode. */
void issue_log_init_with(struct issue_log *self, issue_put *put, void *context);
/* The issues that follow are about this sheet (""  = the whole source). Ends the sheet before, see
 * issue_log_end. */
void issue_log_sheet(struct issue_log *self, struct span sheet);
/* Tells TOO_MANY for what was only counted. */
void issue_log_end(struct issue_log *self);

/* Row and column are 0-based; value is cut. */
void issue_log_cell(struct issue_log *self, enum issue_code code, uint32_t row, uint32_t col,
                    struct span value, struct span detail);
/* About the sheet or source; `issue` has all fields but sheet. False: it is only counted. */
bool issue_log_add(struct issue_log *self, struct issue issue);

#endif

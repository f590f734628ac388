/* SPDX-License-Identifier: MIT
 *
 * The run's check of itself. What the first walk put into the template is kept, cell by cell, in a spool; the second walk, whose
 * values go into Contributions, must come to the same: the contributions of a cell make its result, a sum is their sum to the
 * last digit. And per source: the values that took part are those that its worker counted as used.
 */
#ifndef SHEAF_SINK_PROOF_H
#define SHEAF_SINK_PROOF_H

#include "sink/ledger.h"
#include "sink/results.h"

struct proof;

enum fault proof_new(struct ledger *ledger, const struct plan *plan, struct proof **ret, struct why *why) MUST_CHECK;
void proof_destroy(struct proof **self);
/* First walk, cells with n > 0. */
enum fault proof_keep(struct proof *self, const struct result_cell *cell) MUST_CHECK;
/* Second walk, every cell. FAULT_IO names the cell that differs: nothing may be written then. */
enum fault proof_check(struct proof *self, const struct result_cell *cell, struct why *why) MUST_CHECK;
/* Second walk done: no cell was missing. */
enum fault proof_end(struct proof *self, struct why *why) MUST_CHECK;
/* The counts per source add up as well. */
bool proof_passed(const struct proof *self);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Working out the plan of a position job from the template: the role of every cell of every mapped
 * sheet (consolidation.md section 2, points 1 and 2), labels for the drift check, merges, weights.
 */
#ifndef SHEAF_VENTILATOR_POSITION_PLAN_H
#define SHEAF_VENTILATOR_POSITION_PLAN_H

#include "wire/issue.h"
#include "wire/job.h"
#include "wire/plan.h"

/* FAULT_USAGE when an option names a sheet or range that the template does not have, or there is no
 * input cell at all (the text says which options would make some). Other faults: the template
 * cannot be read. `ret` is owned by the caller. */
enum fault position_plan(const struct job *job, struct plan *ret, struct why *why) MUST_CHECK;

#endif

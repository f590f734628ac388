/* SPDX-License-Identifier: MIT
 *
 * How a worker reads the sources of a stack (wire/stack_plan.h): every sheet of the layout row by row, straight into the form
 * of the output. A source that comes in slices is kept open, and goes on where it stood when the next task is the next slice.
 */
#ifndef SHEAF_WORKERS_STACK_WORK_H
#define SHEAF_WORKERS_STACK_WORK_H

#include "workers/worker.h"

extern const struct worker_craft stack_work;

#endif

/* SPDX-License-Identifier: MIT
 *
 * Stack jobs for the worker actor: reads one source, or a slice of it, and renders its rows (wire/stack_partial.h).
 */
#ifndef SHEAF_WORKERS_STACK_WORK_H
#define SHEAF_WORKERS_STACK_WORK_H

#include "workers/worker.h"

extern const struct worker_craft stack_work;

#endif

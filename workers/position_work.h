/* SPDX-License-Identifier: MIT
 *
 * What a worker does for a position job: a plan becomes a reader, a source becomes a partial (workers/position.h).
 */
#ifndef SHEAF_WORKERS_POSITION_WORK_H
#define SHEAF_WORKERS_POSITION_WORK_H

#include "workers/worker.h"

extern const struct worker_craft position_work;

#endif

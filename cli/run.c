/* SPDX-License-Identifier: MIT
 *
 * A merge or a check on this machine: the pipeline with the real crafts.
 */
#include "cli/run.h"

#include <stdlib.h>

#include "cli/pipeline.h"
#include "workers/position_work.h"
#include "workers/stack_work.h"

/* For tests of "same bytes in any order of arrival": sources are read in an order that this number decides. */
#define SHUFFLE_VARIABLE "SHEAF_SHUFFLE_SEED"

void run_job(const struct job *job, unsigned workers, volatile int *interrupted, run_on_progress *on_progress,
             void *context, struct run_result *ret)
{
    const char *seed = getenv(SHUFFLE_VARIABLE);
    bool is_stack = job->mode == MODE_STACK;
    struct pipeline_options options = {
        .workers = workers,
        .shuffle_seed = seed ? strtoull(seed, NULL, 10) : 0,
        .ventilator = is_stack ? &stack_craft : &position_craft,
        .worker = is_stack ? &stack_work : &position_work,
        .sink = is_stack ? &stack_merge_craft : &merge_craft,
    };
    pipeline_run(job, &options, interrupted, on_progress, context, ret);
}

/* SPDX-License-Identifier: MIT
 *
 * The roles joined on one machine: broker, sink, workers and ventilator as actors over inproc sockets, and a client that
 * submits one job and waits for its end. cli/run.c gives it the real crafts; tests give fakes.
 */
#ifndef SHEAF_CLI_PIPELINE_H
#define SHEAF_CLI_PIPELINE_H

#include "cli/run.h"
#include "sink/sink.h"
#include "ventilator/ventilator.h"
#include "workers/worker.h"

struct pipeline_options {
    unsigned workers;      /* at least 1; at most PIPELINE_WORKERS_MAX are started */
    uint64_t shuffle_seed; /* not 0: sources are read in an order that it decides (tests of "same bytes") */
    const struct ventilator_craft *ventilator;
    const struct worker_craft *worker;
    const struct sink_craft *sink;
};
#define PIPELINE_WORKERS_MAX 256

/* As run_job. */
void pipeline_run(const struct job *job, const struct pipeline_options *options, volatile int *interrupted,
                  run_on_progress *on_progress, void *context, struct run_result *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Collecting what the messages of one job say into a struct run_result.
 */
#ifndef SHEAF_CLI_RESULT_H
#define SHEAF_CLI_RESULT_H

#include "cli/run.h"
#include "wire/assembly.h"
#include "wire/submit.h"

struct collector {
    struct run_result *result;
    uint32_t sources_capacity, issues_capacity;
    bool with_layouts; /* sources are told with what the survey found in them */
};

void collector_init(struct collector *self, struct run_result *result);
/* Sources must come in order. FAULT_LIMIT: more text than a client keeps. */
enum fault collector_batch(struct collector *self, const struct batch *batch) MUST_CHECK;
enum fault collector_final(struct collector *self, const struct final *final) MUST_CHECK;

#endif

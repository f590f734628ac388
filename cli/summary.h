/* SPDX-License-Identifier: MIT
 *
 * The outcome of merge and check: in words on standard output (errors on standard error), or as one JSON object.
 */
#ifndef SHEAF_CLI_SUMMARY_H
#define SHEAF_CLI_SUMMARY_H

#include "cli/options.h"
#include "cli/run.h"

struct summary_view {
    const struct invocation *asked;
    const struct run_result *result;
    int64_t elapsed_ms;
    int exit_code;
};

/* "" for an issue of no source. */
struct span summary_source_name(const struct run_result *result, uint32_t source);

void summary_print(const struct summary_view *view);
void summary_print_json(const struct summary_view *view);

#endif

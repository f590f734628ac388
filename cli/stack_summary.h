/* SPDX-License-Identifier: MIT
 *
 * What is told of a stack run besides issues: rows, where the others went, what columns sources lack; before a run what the survey found.
 */
#ifndef SHEAF_CLI_STACK_SUMMARY_H
#define SHEAF_CLI_STACK_SUMMARY_H

#include "cli/summary.h"
#include "core/buffer.h"

/* The first line or lines of the outcome. */
void stack_summary_put(struct buffer *out, const struct summary_view *view);
/* Members of the JSON object, each with a comma in front. */
void stack_summary_put_json(struct buffer *out, const struct run_result *result);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What options mean together: the kind of run, what has a meaning in it, and where the output goes. Found before any work begins.
 */
#ifndef SHEAF_CLI_SETTLE_H
#define SHEAF_CLI_SETTLE_H

#include "cli/options.h"

/* Settles mode and form. `given[i]`: option i of the table was given. Returns EXIT_DONE or EXIT_USAGE, told. */
int settle_run(struct invocation *self, const char *command, const bool *given);
/* Names the output if the user did not, and finds what would only go wrong after minutes of work: an output that cannot be written
 * or would overwrite an input. Returns EXIT_DONE, EXIT_USAGE or EXIT_OUTPUT, told. */
int settle_output(struct invocation *self);
/* The report would overwrite the template: EXIT_USAGE, told. */
int settle_report(const struct invocation *self, const char *command);

#endif

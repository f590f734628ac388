/* SPDX-License-Identifier: MIT
 *
 * Options of stack mode into a job.
 */
#ifndef SHEAF_CLI_STACK_OPTIONS_H
#define SHEAF_CLI_STACK_OPTIONS_H

#include "cli/options.h"

/* As set_option of options.c, for what it does not know. An option of the table that nobody knows is a bug. */
bool stack_option_set(struct invocation *self, const char *name, const char *value, int choice);

#endif

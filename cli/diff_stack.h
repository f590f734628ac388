/* SPDX-License-Identifier: MIT */
#ifndef SHEAF_CLI_DIFF_STACK_H
#define SHEAF_CLI_DIFF_STACK_H

#include <stdbool.h>

/* `sheaf diff` of two outputs of stack mode; returns the exit code. */
int diff_stack_files(const char *old_path, const char *new_path, bool is_json);

#endif

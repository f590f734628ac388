/* SPDX-License-Identifier: MIT
 *
 * The progress bar: one line on stderr, redrawn at most ten times a second on a terminal; elsewhere one line per stage.
 */
#ifndef SHEAF_CLI_PROGRESS_H
#define SHEAF_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "cli/run.h"

struct progress {
    bool is_on, is_bar;
    int64_t began_ms, drawn_ms;
    enum run_stage stage;
    uint32_t failed;
};

void progress_begin(struct progress *self, bool is_on, bool is_bar);
void progress_update(void *progress, const struct run_progress *now); /* a run_on_progress */
void progress_end(struct progress *self);                             /* clears the line */

/* The line without escapes, for `now_ms` since the start; returns its length. Pure. */
int progress_line(const struct run_progress *p, int64_t elapsed_ms, int columns, char *out, unsigned long size);

#endif

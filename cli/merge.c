/* SPDX-License-Identifier: MIT
 *
 * `sheaf merge` and `sheaf check`: options into a job, the job through the pipeline, the outcome told to a person or a machine.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/settle.h"
#include "cli/summary.h"
#include "core/clock.h"
#include "core/log.h"

static volatile int interrupted;

static void on_signal(int number)
{
    (void)number;
    interrupted = 1;
}

/* The first Ctrl-C ends the job cleanly; a second one, of an impatient user, ends the process. */
static void catch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESETHAND};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader of our messages that goes away does not end the job */
}

static int exit_code_of(const struct invocation *self, const struct run_result *result)
{
    switch (result->fault) {
    case FAULT_NONE:
        break;
    case FAULT_CANCELLED:
        return EXIT_INTERRUPTED;
    case FAULT_USAGE:
        return EXIT_USAGE;
    case FAULT_IO: /* of the output: what is wrong with a source is that source's */
    case FAULT_NO_SPACE:
        return EXIT_OUTPUT;
    default:
        return EXIT_NOTHING;
    }
    if (result->used == 0)
        return EXIT_NOTHING;
    if (result->failed + result->rejected > self->job.max_failed)
        return EXIT_SOURCES_FAILED;
    return result->failed + result->rejected + result->warnings > 0 ? EXIT_WARNINGS : EXIT_DONE;
}

static int run(int argc, char **argv, unsigned command)
{
    struct invocation self;
    bool is_done;
    int code = invocation_parse(argc, argv, command, &self, &is_done);
    if (code == EXIT_DONE && !is_done)
        code = settle_report(&self, argv[0]);
    if (code == EXIT_DONE && !is_done && command == MERGE)
        code = settle_output(&self);
    if (code != EXIT_DONE || is_done) {
        invocation_free(&self);
        return code;
    }
    self.job.is_check = command == CHECK;
    self.job.wants_output_sha = self.is_json;
    log_set_level(self.is_verbose ? LOG_INFO : LOG_ERROR);
    catch_signals();
    struct progress progress;
    bool is_bar = self.progress == PROGRESS_ALWAYS || (self.progress == PROGRESS_AUTO && isatty(STDERR_FILENO));
    progress_begin(&progress, !self.is_quiet && !self.is_json && self.progress != PROGRESS_NEVER, is_bar);
    int64_t began = clock_now_ms();
    struct run_result result;
    run_job(&self.job, self.workers, &interrupted, progress_update, &progress, &result);
    progress_end(&progress);
    code = exit_code_of(&self, &result);
    struct summary_view view = {&self, &result, clock_now_ms() - began, code};
    if (self.is_json)
        summary_print_json(&view);
    else
        summary_print(&view);
    run_result_free(&result);
    invocation_free(&self);
    return code;
}

int merge_command(int argc, char **argv)
{
    return run(argc, argv, MERGE);
}

int check_command(int argc, char **argv)
{
    return run(argc, argv, CHECK);
}

/* SPDX-License-Identifier: MIT
 *
 * `sheaf merge` and `sheaf check`: options into a job, the job through the pipeline, the outcome told to a person or a machine.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli/options.h"
#include "cli/progress.h"
#include "cli/run.h"
#include "cli/summary.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/must.h"
#include "workbook/book.h"

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

static bool ends_with(struct span path, const char *extension)
{
    struct span end = span_of(extension);
    return path.len > end.len && strncasecmp(path.data + path.len - end.len, end.data, end.len) == 0;
}

/* Whether the template carries macros decides the extension that Excel accepts. Unreadable templates are the ventilator's to
 * report. */
static bool template_has_macros(const struct job *job)
{
    struct package *package = NULL;
    struct book *book = NULL;
    bool has = package_open(job->template_path.data, NULL, &package, NULL) == FAULT_NONE &&
               book_open(package, &book, NULL) == FAULT_NONE && book->has_macros;
    book_close(&book);
    package_close(&package);
    return has;
}

static void default_output(struct invocation *self, bool has_macros)
{
    char name[128], folder[4096];
    const char *extension = has_macros ? "xlsm" : "xlsx";
    if (self->job.is_preset_original) {
        time_t now = time(NULL);
        struct tm day;
        localtime_r(&now, &day);
        static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        snprintf(name, sizeof name, "Consolidated_%s_%02d_%d.%s", months[day.tm_mon], day.tm_mday, day.tm_year + 1900,
                 extension);
    } else {
        snprintf(name, sizeof name, "consolidated.%s", extension);
    }
    char path[4096 + 130];
    snprintf(path, sizeof path, "%s/%s", getcwd(folder, sizeof folder) ? folder : ".", name);
    self->job.output_path = arena_copy(self->job.arena, span_of(path));
    must(self->job.output_path.data);
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* Finds what would only go wrong after minutes of work: an output that cannot be written or would overwrite an input. */
static int settle_output(struct invocation *self)
{
    struct job *job = &self->job;
    bool has_macros = template_has_macros(job);
    if (!self->has_output)
        default_output(self, has_macros);
    if (has_macros && !ends_with(job->output_path, ".xlsm"))
        return usage_error("merge", "the template has macros: the output must be called .xlsm, or Excel will not open it");
    if (!has_macros && !ends_with(job->output_path, ".xlsx"))
        return usage_error("merge", "the output must be called .xlsx: -o %.*s", SPAN_ARGS(job->output_path));
    if (is_same_file(job->output_path.data, job->template_path.data))
        return usage_error("merge", "the output would overwrite the template");
    if (job->report_path.len && (span_equal(job->report_path, job->output_path) ||
                                 is_same_file(job->report_path.data, job->output_path.data)))
        return usage_error("merge", "the report would overwrite the output; give it another name");
    for (uint32_t i = 0; i < job->n_inputs; i++)
        if (is_same_file(job->output_path.data, job->inputs[i].data))
            return usage_error("merge", "the output would overwrite the source %s", job->inputs[i].data);
    char folder[4096];
    snprintf(folder, sizeof folder, "%.*s", SPAN_ARGS(job->output_path));
    char *slash = strrchr(folder, '/');
    slash[slash == folder] = '\0';
    struct stat info;
    if (stat(job->output_path.data, &info) == 0 && S_ISDIR(info.st_mode)) {
        fprintf(stderr, "sheaf: %s is a folder; name the output file, as in -o %s/consolidated.xlsx\n",
                job->output_path.data, job->output_path.data);
        return EXIT_OUTPUT;
    }
    if (access(folder, W_OK | X_OK) != 0) {
        fprintf(stderr, "sheaf: cannot write in %s: %s; choose another folder with -o\n", folder, strerror(errno));
        return EXIT_OUTPUT;
    }
    return EXIT_DONE;
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
    if (code == EXIT_DONE && !is_done && self.job.report_path.len &&
        is_same_file(self.job.report_path.data, self.job.template_path.data))
        code = usage_error(command == MERGE ? "merge" : "check", "the report would overwrite the template");
    if (code == EXIT_DONE && !is_done && command == MERGE)
        code = settle_output(&self);
    if (code != EXIT_DONE || is_done) {
        invocation_free(&self);
        return code;
    }
    self.job.is_check = command == CHECK;
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

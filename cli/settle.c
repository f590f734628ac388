/* SPDX-License-Identifier: MIT */
#include "cli/settle.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "core/must.h"
#include "workbook/book.h"

/* --- kinds of run ------------------------------------------------------------------------------------------------------ */

static bool ends_with(struct span path, const char *extension)
{
    struct span end = span_of(extension);
    return path.len > end.len && strncasecmp(path.data + path.len - end.len, end.data, end.len) == 0;
}

static const struct {
    const char *extension;
    enum stack_form form;
} forms[] = {{".xlsx", STACK_XLSX}, {".csv", STACK_CSV}, {".jsonl", STACK_JSONL}, {".ndjson", STACK_JSONL}};

static int settle_form(struct invocation *self, const char *command)
{
    struct job *job = &self->job;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (!job->output_path.len || ends_with(job->output_path, forms[i].extension)) {
            job->stack.form = forms[i].form;
            return EXIT_DONE;
        }
    }
    if (ends_with(job->output_path, ".xlsm"))
        return usage_error(command, "rows have no macros: the output must be called .xlsx, .csv or .jsonl, not .xlsm");
    return usage_error(command, "the output of rows must be called .xlsx, .csv or .jsonl (also .ndjson): -o %s",
                       job->output_path.data);
}

static unsigned run_of(const struct job *job)
{
    if (job->mode == MODE_POSITION)
        return FILLING;
    return job->stack.form == STACK_XLSX ? ROWS_IN_A_BOOK : ROWS_AS_TEXT;
}

static const char *run_in_words(unsigned runs)
{
    switch (runs) {
    case FILLING:
        return "filling a template (-t)";
    case ROWS_IN_A_BOOK:
        return "rows in a workbook (-m stack)";
    case ROWS_AS_TEXT:
        return "rows as text (-m stack)";
    case FILLING | ROWS_IN_A_BOOK:
        return "workbooks";
    case STACKING:
        return "appending rows (-m stack)";
    default:
        must(!"no option stands for such a set");
        return "";
    }
}

static int check_options(const struct invocation *self, const char *command, const bool *given)
{
    unsigned run = run_of(&self->job);
    for (size_t i = 0; i < n_option_rows; i++)
        if (given[i] && !(option_rows[i].runs & run))
            return usage_error(command, "--%s is for %s, and this run is for %s", option_rows[i].name,
                               run_in_words(option_rows[i].runs), run_in_words(run));
    return EXIT_DONE;
}

static bool is_given(const bool *given, const char *name)
{
    for (size_t i = 0; i < n_option_rows; i++)
        if (strcmp(option_rows[i].name, name) == 0)
            return given[i];
    must(!"no such option");
    return false;
}

int settle_run(struct invocation *self, const char *command, const bool *given)
{
    struct job *job = &self->job;
    bool has_template = job->template_path.len > 0;
    if (!is_given(given, "mode"))
        job->mode = has_template ? MODE_POSITION : MODE_STACK;
    if (job->mode == MODE_POSITION && !has_template)
        return usage_error(command, "no template: say which workbook is to be filled with -t TEMPLATE (-m stack appends rows without one)");
    if (job->mode == MODE_STACK && has_template)
        return usage_error(command, "-m stack appends the rows of the sources and fills no template: leave out -t, or use -m position");
    int code = job->mode == MODE_STACK ? settle_form(self, command) : EXIT_DONE;
    return code == EXIT_DONE ? check_options(self, command, given) : code;
}

/* --- where the output goes ---------------------------------------------------------------------------------------------- */

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
    self->job.output_path = invocation_keep(self, span_of(path));
}

static bool is_same_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

/* The name must say what the file is; the form of rows follows from it already. */
static int settle_filled_name(struct invocation *self)
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
    return EXIT_DONE;
}

static int check_overwriting(const struct job *job)
{
    if (job->report_path.len && (span_equal(job->report_path, job->output_path) ||
                                 is_same_file(job->report_path.data, job->output_path.data)))
        return usage_error("merge", "the report would overwrite the output; give it another name");
    for (uint32_t i = 0; i < job->n_inputs; i++)
        if (is_same_file(job->output_path.data, job->inputs[i].data))
            return usage_error("merge", "the output would overwrite the source %s", job->inputs[i].data);
    return EXIT_DONE;
}

static int check_folder(const struct job *job)
{
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

int settle_output(struct invocation *self)
{
    int code = EXIT_DONE;
    if (self->job.mode == MODE_POSITION)
        code = settle_filled_name(self);
    else if (!self->has_output)
        default_output(self, false);
    if (code == EXIT_DONE)
        code = check_overwriting(&self->job);
    return code == EXIT_DONE ? check_folder(&self->job) : code;
}

int settle_report(const struct invocation *self, const char *command)
{
    const struct job *job = &self->job;
    if (job->report_path.len && job->template_path.len && is_same_file(job->report_path.data, job->template_path.data))
        return usage_error(command, "the report would overwrite the template");
    return EXIT_DONE;
}

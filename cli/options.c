/* SPDX-License-Identifier: MIT
 *
 * Options of merge and check into a job: a table of setters beside the table of options.
 */
#include "cli/options.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "cli/settle.h"
#include "cli/stack_options.h"
#include "core/buffer.h"
#include "core/must.h"
#include "workbook/cell_ref.h"

const struct option_row option_rows[] = {
#define OPTION(name, letter, argument, choices, fallback, commands, runs, group, help) \
    {name, letter, argument, choices, fallback, commands, runs, group, help},
#include "cli/options.def"
#undef OPTION
};
const size_t n_option_rows = sizeof option_rows / sizeof option_rows[0];

#define OPTIONS_MAX 96
#define WORKERS_MAX 1024
#define LIST_FILE_MAX ((size_t)256 << 20)

int usage_error(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("sheaf: ", stderr);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\nTry: sheaf %s%s--help\n", command, *command ? " " : "");
    return EXIT_USAGE;
}

static struct span keep(struct invocation *self, const char *text)
{
    return invocation_keep(self, span_of(text));
}

/* Paths travel absolute: roles may run in another folder or on another day. */
static struct span keep_path(struct invocation *self, const char *path)
{
    if (path[0] == '/')
        return keep(self, path);
    char folder[PATH_MAX];
    if (!getcwd(folder, sizeof folder))
        return keep(self, path);
    struct buffer joined;
    buffer_init(&joined, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&joined, "%s/%s", folder, path);
    struct span kept = keep(self, buffer_text(&joined));
    buffer_free(&joined);
    return kept;
}

/* The place of `value` among "a|b|c", or -1. */
static int choice_of(const char *choices, const char *value)
{
    size_t len = strlen(value);
    for (int at = 0; choices; at++) {
        const char *end = strchr(choices, '|');
        size_t n = end ? (size_t)(end - choices) : strlen(choices);
        if (n == len && strncasecmp(choices, value, n) == 0)
            return at;
        choices = end ? end + 1 : NULL;
    }
    return -1;
}

static bool parse_count(const char *text, uint32_t most, uint32_t *ret)
{
    char *end;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (errno || *end || end == text || text[0] == '-' || value > most)
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool set_alias(struct invocation *self, const char *value)
{
    const char *equals = strchr(value, '=');
    struct job *job = &self->job;
    if (!equals || equals == value || !equals[1])
        return false;
    struct alias *bigger = arena_alloc(job->arena, (job->n_aliases + 1) * sizeof *bigger);
    must(bigger);
    if (job->n_aliases)
        memcpy(bigger, job->aliases, job->n_aliases * sizeof *bigger);
    struct span whole = keep(self, value);
    size_t at = (size_t)(equals - value);
    bigger[job->n_aliases++] = (struct alias){span_make(whole.data, at), span_from(whole, at + 1)};
    job->aliases = bigger;
    return true;
}

static bool set_color(struct invocation *self, const char *value)
{
    char *end;
    const char *digits = value[0] == '#' ? value + 1 : value;
    unsigned long rgb = strtoul(digits, &end, 16);
    struct color_role role = {.rgb = (uint32_t)rgb};
    if (end != digits + 6 || *end != '=')
        return false;
    role.is_ignore = strcasecmp(end + 1, "ignore") == 0;
    if (!role.is_ignore && !function_find(span_of(end + 1), &role.function))
        return false;
    struct job *job = &self->job;
    struct color_role *bigger = arena_alloc(job->arena, (job->n_colors + 1) * sizeof *bigger);
    must(bigger);
    if (job->n_colors)
        memcpy(bigger, job->colors, job->n_colors * sizeof *bigger);
    bigger[job->n_colors++] = role;
    job->colors = bigger;
    return true;
}

static bool set_text_rule(struct invocation *self, const char *value)
{
    static const char choices[] = "strict|plain|locale|off"; /* the order of enum text_rule */
    if (strncmp(value, "locale:", 7) == 0 && value[7]) {
        self->job.text_rule = JOB_TEXT_LOCALE;
        self->job.text_locale = keep(self, value + 7);
        return true;
    }
    int choice = choice_of(choices, value);
    if (choice < 0 || choice == JOB_TEXT_LOCALE)
        return false;
    self->job.text_rule = (enum text_rule)choice;
    return true;
}

static bool set_range(struct invocation *self, const char *value)
{
    char *name = must_alloc(strlen(value) + 1);
    size_t len;
    struct cell_range range;
    bool is_good = sheet_range_parse(span_of(value), name, &len, &range);
    free(name);
    if (is_good)
        invocation_append(self, &self->job.ranges, &self->job.n_ranges, keep(self, value));
    return is_good;
}

static bool add_files_from(struct invocation *self, const char *path)
{
    FILE *list = strcmp(path, "-") == 0 ? stdin : fopen(path, "r");
    if (!list)
        return invocation_wrong(self, "%s", strerror(errno));
    char *line = NULL;
    size_t room = 0, total = 0;
    ssize_t n;
    while ((n = getline(&line, &room, list)) > 0 && (total += (size_t)n) < LIST_FILE_MAX) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (n > 0)
            invocation_append(self, &self->job.inputs, &self->job.n_inputs, keep(self, line));
    }
    free(line);
    if (list != stdin)
        fclose(list);
    return true;
}

static void set_preset_original(struct invocation *self)
{
    self->job.is_preset_original = true;
    self->job.precision = DECIMAL_FULL;
    self->job.highlight = JOB_HIGHLIGHT_BORDER;
    self->job.sheet_selector = SPAN("active");
    self->job.average_blank_zero = true;
}

/* One option with its value; false when the value is no good. `choice` is its place among the row's choices. */
static bool set_option(struct invocation *self, const char *name, const char *value, int choice)
{
    struct job *job = &self->job;
    struct { const char *name; void *field; } choices[] = {
        {"duplicates", &job->duplicates}, {"drift", &job->drift}, {"errors", &job->errors},
        {"precision", &job->precision}, {"contributions", &job->contributions}, {"highlight", &job->highlight},
        {"function", &job->function}, {"progress", &self->progress},
    };
    struct { const char *name; bool *field; bool when_given; } switches[] = {
        {"strict", &job->strict, true}, {"template-filled", &job->template_filled, true},
        {"skip-hidden", &job->skip_hidden, true}, {"no-notes", &job->notes, false}, {"no-links", &job->links, false},
        {"stamp", &job->stamp, true}, {"json", &self->is_json, true}, {"quiet", &self->is_quiet, true},
        {"verbose", &self->is_verbose, true},
    };
    struct { const char *name; struct span *field; bool is_path; } texts[] = {
        {"template", &job->template_path, true}, {"output", &job->output_path, true}, {"report", &job->report_path, true},
        {"id-cell", &job->id_cell, false}, {"id-regex", &job->id_regex, false}, {"sheet", &job->sheet_selector, false},
    };
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (strcmp(name, choices[i].name) == 0)
            return *(unsigned *)choices[i].field = (unsigned)choice, true;
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        if (strcmp(name, switches[i].name) == 0)
            return *switches[i].field = switches[i].when_given, true;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strcmp(name, texts[i].name) == 0)
            return *texts[i].field = texts[i].is_path ? keep_path(self, value) : keep(self, value), *value != '\0';
    if (strcmp(name, "mode") == 0)
        return job->mode = choice ? MODE_STACK : MODE_POSITION, true;
    if (strcmp(name, "constants") == 0)
        return job->constants_aggregate = choice == 1, true;
    if (strcmp(name, "avg-blank") == 0)
        return job->average_blank_zero = choice == 1, true;
    if (strcmp(name, "compress") == 0)
        return job->compress_small = choice == 1, true;
    if (strcmp(name, "preset") == 0)
        return true; /* applied first, see apply_preset */
    if (strcmp(name, "exclude") == 0)
        return invocation_append(self, &job->excludes, &job->n_excludes, keep(self, value)), true;
    if (strcmp(name, "files-from") == 0)
        return add_files_from(self, value);
    if (strcmp(name, "sheet-alias") == 0)
        return set_alias(self, value);
    if (strcmp(name, "role-color") == 0)
        return set_color(self, value);
    if (strcmp(name, "range") == 0)
        return set_range(self, value);
    if (strcmp(name, "text-numbers") == 0)
        return set_text_rule(self, value);
    if (strcmp(name, "notes-max") == 0)
        return parse_count(value, UINT32_MAX, &job->notes_max);
    if (strcmp(name, "max-failed") == 0)
        return parse_count(value, UINT32_MAX, &job->max_failed);
    if (strcmp(name, "workers") == 0)
        return parse_count(value, WORKERS_MAX, &self->workers) && self->workers > 0;
    return stack_option_set(self, name, value, choice);
}

/* The nearest option by edit distance, for "unknown option --templat (did you mean --template?)". */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[64];
    size_t n = strlen(b);
    if (n > 62)
        return 99;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1]; i++) {
        unsigned corner = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            unsigned cost = corner + (a[i - 1] != b[j - 1]);
            corner = row[j];
            unsigned step = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            row[j] = cost < step ? cost : step;
        }
    }
    return row[n];
}

static int unknown_option(const char *command, const char *given, unsigned bit)
{
    const char *name = given + strspn(given, "-"), *nearest = NULL;
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)strcspn(name, "="), name);
    unsigned best = 4;
    for (size_t i = 0; i < n_option_rows; i++) {
        unsigned d = distance(text, option_rows[i].name);
        if ((option_rows[i].commands & bit) && d < best) {
            best = d;
            nearest = option_rows[i].name;
        }
    }
    if (nearest)
        return usage_error(command, "unknown option %s (did you mean --%s?)", given, nearest);
    return usage_error(command, "unknown option %s", given);
}

/* getopt's tables from ours; val = index of the row + 1000. */
static void make_getopt_tables(unsigned bit, struct option *longs, char *shorts)
{
    *shorts++ = '+'; /* sources and options may mix: read_options takes the sources itself, in their order */
    *shorts++ = ':';
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (!(row->commands & bit))
            continue;
        *longs++ = (struct option){row->name, row->argument ? required_argument : no_argument, NULL, (int)i + 1000};
        if (row->letter) {
            *shorts++ = (char)row->letter;
            if (row->argument)
                *shorts++ = ':';
        }
    }
    *shorts = '\0';
    *longs = (struct option){0};
}

static const struct option_row *row_of(int value)
{
    if (value >= 1000)
        return &option_rows[value - 1000];
    for (size_t i = 0; i < n_option_rows; i++)
        if (option_rows[i].letter == value)
            return &option_rows[i];
    return NULL;
}

static int apply_row(struct invocation *self, const char *command, const struct option_row *row, const char *value)
{
    int choice = row->choices ? choice_of(row->choices, value) : 0;
    if (choice < 0 && strcmp(row->name, "mode") == 0 && choice_of("category|collect", value) >= 0)
        return usage_error(command, "--mode %s: not there yet; one of %s", value, row->choices);
    if (choice < 0)
        return usage_error(command, "--%s %s: one of %s", row->name, value, row->choices);
    if (set_option(self, row->name, value, choice))
        return EXIT_DONE;
    if (self->wrong[0])
        return usage_error(command, "--%s %s: %s", row->name, value, self->wrong);
    return usage_error(command, "--%s %s: not a valid %s (%s)", row->name, value, row->argument, row->help);
}

/* The preset is the ground on which the other options stand, wherever it is written. */
static void apply_preset(struct invocation *self, int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcasecmp(argv[i], "--preset=original") == 0 ||
            (strcmp(argv[i], "--preset") == 0 && i + 1 < argc && strcasecmp(argv[i + 1], "original") == 0))
            set_preset_original(self);
}

static int read_options(struct invocation *self, int argc, char **argv, unsigned bit, bool *given, bool *ret_stop)
{
    struct option longs[OPTIONS_MAX + 1];
    char shorts[2 * OPTIONS_MAX + 3];
    make_getopt_tables(bit, longs, shorts);
    apply_preset(self, argc, argv);
    opterr = 0;
    optind = 1;
    for (;;) {
        int at = optind, value = getopt_long(argc, argv, shorts, longs, NULL);
        if (value == -1) {
            if (optind >= argc)
                return EXIT_DONE;
            bool is_rest = optind > 1 && strcmp(argv[optind - 1], "--") == 0 && at != optind;
            do
                invocation_append(self, &self->job.inputs, &self->job.n_inputs, keep(self, argv[optind++]));
            while (is_rest && optind < argc);
            if (optind >= argc)
                return EXIT_DONE;
            continue;
        }
        if (value == ':')
            return usage_error(argv[0], "option %s needs a value", argv[optind - 1]);
        if (value == '?')
            return unknown_option(argv[0], argv[optind - 1], bit);
        const struct option_row *row = row_of(value);
        given[row - option_rows] = true;
        if (strcmp(row->name, "help") == 0) {
            help_print_command(command_find(argv[0]));
            *ret_stop = true;
            return EXIT_DONE;
        }
        int code = apply_row(self, argv[0], row, optarg);
        if (code != EXIT_DONE)
            return code;
    }
}

/* RFC 9562 5.7: 48 bits of milliseconds, then random bits with version and variant. */
static void make_id(unsigned char id[16])
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    uint64_t ms = (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
    must(getrandom(id, 16, 0) == 16);
    for (int i = 0; i < 6; i++)
        id[i] = (unsigned char)(ms >> (40 - 8 * i));
    id[6] = (unsigned char)((id[6] & 0x0F) | 0x70);
    id[8] = (unsigned char)((id[8] & 0x3F) | 0x80);
}

int invocation_parse(int argc, char **argv, unsigned command, struct invocation *ret, bool *ret_stop)
{
    *ret = (struct invocation){0};
    *ret_stop = false;
    job_init(&ret->job);
    make_id(ret->job.id);
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    ret->workers = cores > 0 ? (unsigned)cores : 1;
    bool given[OPTIONS_MAX] = {false};
    must(n_option_rows <= OPTIONS_MAX);
    int code = read_options(ret, argc, argv, command, given, ret_stop);
    if (code != EXIT_DONE || *ret_stop)
        return code;
    ret->has_output = ret->job.output_path.len > 0;
    code = settle_run(ret, argv[0], given);
    if (code == EXIT_DONE && !ret->job.n_inputs)
        return usage_error(argv[0], "no sources: name files, folders or patterns, or use --files-from");
    return code;
}

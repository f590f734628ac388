/* SPDX-License-Identifier: MIT
 *
 * The command line as data: one table of options (options.def), one of commands, and what `merge` and `check` were asked.
 */
#ifndef SHEAF_CLI_OPTIONS_H
#define SHEAF_CLI_OPTIONS_H

#include "wire/job.h"

enum exit_code {
    EXIT_DONE = 0,
    EXIT_WARNINGS = 1,
    EXIT_SOURCES_FAILED = 2,
    EXIT_NOTHING = 3,
    EXIT_USAGE = 4,
    EXIT_OUTPUT = 5,
    EXIT_INTERRUPTED = 130,
};

enum command_bit { MERGE = 1, CHECK = 2, EXPLAIN = 4, CELLS = 8, DIFF = 16 };

enum run_bit { /* kinds of run: what is made */
    FILLING = 1,        /* a template, filled */
    ROWS_IN_A_BOOK = 2, /* rows below each other, in a workbook */
    ROWS_AS_TEXT = 4,   /* ... as .csv or .jsonl */
    STACKING = ROWS_IN_A_BOOK | ROWS_AS_TEXT,
    ANY_RUN = FILLING | STACKING,
};

struct option_row {
    const char *name;
    int letter; /* 0 = long form only */
    const char *argument;
    const char *choices;
    const char *fallback;
    unsigned commands;
    unsigned runs; /* enum run_bit: in others the option is wrong usage */
    const char *group;
    const char *help;
};
extern const struct option_row option_rows[];
extern const size_t n_option_rows;

struct command_row {
    const char *name;
    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns the exit code */
    unsigned bit;                      /* in option_row.commands; 0 = no options */
    const char *synopsis;
    const char *help;
    const char *example;
};
extern const struct command_row command_rows[];
extern const size_t n_command_rows;
const struct command_row *command_find(const char *name);

enum progress_when { PROGRESS_AUTO, PROGRESS_ALWAYS, PROGRESS_NEVER };

struct invocation { /* of merge and check */
    struct job job; /* paths made absolute; texts in its arena */
    unsigned workers;
    bool is_json, is_quiet, is_verbose, has_output;
    enum progress_when progress;
    char wrong[256]; /* what a setter says of a value that is no good; "" = nothing in particular */
};

/* Parses argv of `merge` or `check`; prints what is wrong to stderr. EXIT_DONE: go on. Anything else: return it;
 * *ret_stop is set when --help was printed. Free with invocation_free. */
int invocation_parse(int argc, char **argv, unsigned command, struct invocation *ret, bool *ret_stop);
void invocation_free(struct invocation *self);

/* For setters: a copy in the job's arena, appended to a list there. */
struct span invocation_keep(struct invocation *self, struct span text);
void invocation_append(struct invocation *self, struct span **items, uint32_t *n, struct span item);
/* Sets what is wrong with a value; returns false. */
bool invocation_wrong(struct invocation *self, const char *format, ...) PRINTF_LIKE(2, 3);

/* "sheaf: MESSAGE" and a pointer to --help, on stderr; returns EXIT_USAGE. */
int usage_error(const char *command, const char *format, ...) PRINTF_LIKE(2, 3);

void help_print_overview(void);
void help_print_command(const struct command_row *command);
int help_command(int argc, char **argv);
int completion_command(int argc, char **argv);
int version_command(int argc, char **argv);
int merge_command(int argc, char **argv);
int check_command(int argc, char **argv);

#define SHEAF_VERSION "0.1.0"

#endif

/* SPDX-License-Identifier: MIT
 *
 * The door: finds the command and goes through it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cells.h"
#include "cli/diff.h"
#include "cli/explain.h"
#include "cli/options.h"
#include "core/process.h"

const struct command_row command_rows[] = {
    {"merge", merge_command, MERGE, "[-t TEMPLATE] [-o OUT.xlsx] [OPTION]... SOURCE...",
     "Add up returns on their template, or append the rows of tables",
     "sheaf merge -t template.xlsx -o consolidated.xlsx returns/\n"
     "  sheaf merge -o all.xlsx ledgers/\n"
     "  sheaf merge -o large.csv --where 'Amount >= 10000' --alias names.csv ledgers/"},
    {"check", check_command, CHECK, "[-t TEMPLATE] [OPTION]... SOURCE...",
     "Say what merge would find, and write nothing", "sheaf check -t template.xlsx returns/\n  sheaf check ledgers/"},
    {"explain", explain_command, EXPLAIN, "[--json] OUT.xlsx CELL", "Show where the number in a result cell comes from",
     "sheaf explain consolidated.xlsx 'Income!B7'"},
    {"diff", diff_command, DIFF, "[--json] OLD.xlsx NEW.xlsx", "Show which results changed, and through which source",
     "sheaf diff march.xlsx june.xlsx"},
    {"cells", cells_command, CELLS, "[--sheet NAME] FILE", "Print every cell of a workbook as tab-separated lines",
     "sheaf cells return.xlsx | head"},
    {"completion", completion_command, 0, "bash|zsh|fish", "Print the completion script of a shell",
     "source <(sheaf completion bash)"},
    {"help", help_command, 0, "[COMMAND]", "Explain a command", NULL},
    {"version", version_command, 0, "", "Print the version", NULL},
};
const size_t n_command_rows = sizeof command_rows / sizeof command_rows[0];

const struct command_row *command_find(const char *name)
{
    for (size_t i = 0; i < n_command_rows; i++)
        if (strcmp(command_rows[i].name, name) == 0)
            return &command_rows[i];
    return NULL;
}

static bool is_one_of(const char *word, const char *a, const char *b)
{
    return strcmp(word, a) == 0 || strcmp(word, b) == 0;
}

int main(int argc, char **argv)
{
    process_tune();
    if (argc < 2) {
        help_print_overview();
        return EXIT_USAGE;
    }
    if (is_one_of(argv[1], "--help", "-h"))
        return help_command(1, argv);
    if (is_one_of(argv[1], "--version", "-V"))
        return version_command(1, argv);
    const struct command_row *command = command_find(argv[1]);
    if (!command)
        return usage_error("", "no command %s", argv[1]);
    if (argc == 3 && is_one_of(argv[2], "--help", "-h")) {
        help_print_command(command);
        return EXIT_DONE;
    }
    int code = command->run(argc - 1, argv + 1);
    if (fflush(stdout) != 0 || ferror(stdout))
        return code ? code : EXIT_OUTPUT;
    return code;
}

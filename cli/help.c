/* SPDX-License-Identifier: MIT
 *
 * --help, the shell completions and the version, all from the tables.
 */
#include <stdio.h>
#include <string.h>

#include "cli/options.h"

#define HELP_COLUMN 34
#define HELP_WIDTH 110

void help_print_overview(void)
{
    puts("sheaf consolidates many spreadsheets into one workbook whose every number can be defended.\n");
    puts("Usage: sheaf COMMAND [OPTION]... [ARGUMENT]...\n\nCommands:");
    for (size_t i = 0; i < n_command_rows; i++)
        printf("  %-12s %s\n", command_rows[i].name, command_rows[i].help);
    puts("\nExamples:\n  sheaf merge -t template.xlsx -o consolidated.xlsx returns/\n  sheaf merge -o all.xlsx ledgers/\n");
    puts("sheaf COMMAND --help tells the options of a command; man sheaf tells everything.");
}

/* Prints `text` wrapped at the right edge, continuing at HELP_COLUMN. */
static void print_wrapped(const char *text, int at)
{
    while (*text) {
        size_t len = strcspn(text, " ");
        if (at > HELP_COLUMN && at + 1 + (int)len > HELP_WIDTH) {
            printf("\n%*s", HELP_COLUMN, "");
            at = HELP_COLUMN;
        }
        printf("%.*s", (int)len, text);
        at += (int)len;
        text += len;
        if (*text) {
            putchar(' ');
            at++;
            text++;
        }
    }
    putchar('\n');
}

static void print_option(const struct option_row *row)
{
    char left[128], help[512];
    if (row->letter)
        snprintf(left, sizeof left, "  -%c, --%s", row->letter, row->name);
    else
        snprintf(left, sizeof left, "      --%s", row->name);
    if (row->argument)
        snprintf(left + strlen(left), sizeof left - strlen(left), " %s", row->argument);
    snprintf(help, sizeof help, "%s%s%s%s%s%s%s%s", row->runs == FILLING && row->letter != 't' ? "with -t: " : "", row->help,
             row->choices ? " (" : "", row->choices ? row->choices : "", row->choices ? ")" : "",
             row->fallback ? " [" : "", row->fallback ? row->fallback : "", row->fallback ? "]" : "");
    int n = printf("%-*s", HELP_COLUMN - 2, left);
    if (n > HELP_COLUMN - 2)
        printf("\n%*s", HELP_COLUMN, "");
    else
        printf("  ");
    print_wrapped(help, HELP_COLUMN);
}

void help_print_command(const struct command_row *command)
{
    printf("Usage: sheaf %s %s\n\n%s.\n", command->name, command->synopsis, command->help);
    const char *group = NULL;
    for (size_t i = 0; command->bit && i < n_option_rows; i++) {
        if (!(option_rows[i].commands & command->bit))
            continue;
        if (!group || strcmp(group, option_rows[i].group) != 0)
            printf("\n%s:\n", group = option_rows[i].group);
        print_option(&option_rows[i]);
    }
    if (command->example)
        printf("\nExample%s:\n  %s\n", strchr(command->example, '\n') ? "s" : "", command->example);
}

int help_command(int argc, char **argv)
{
    const struct command_row *command = argc > 1 ? command_find(argv[1]) : NULL;
    if (argc > 1 && !command)
        return usage_error("", "no command %s", argv[1]);
    if (command)
        help_print_command(command);
    else
        help_print_overview();
    return EXIT_DONE;
}

int version_command(int argc, char **argv)
{
    (void)argc, (void)argv;
    puts("sheaf " SHEAF_VERSION);
    return EXIT_DONE;
}

static void print_bash(void)
{
    puts("# bash completion for sheaf: source it, or install it as sheaf in bash-completion's folder\n_sheaf () {");
    puts("    local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\" cmd=\"${COMP_WORDS[1]}\"");
    puts("    if [ \"$COMP_CWORD\" -eq 1 ]; then");
    printf("        COMPREPLY=($(compgen -W \"");
    for (size_t i = 0; i < n_command_rows; i++)
        printf("%s%s", i ? " " : "", command_rows[i].name);
    puts("\" -- \"$cur\"))\n        return\n    fi\n    case \"$prev\" in");
    for (size_t i = 0; i < n_option_rows; i++) {
        const struct option_row *row = &option_rows[i];
        if (!row->choices)
            continue;
        printf("    --%s", row->name);
        if (row->letter)
            printf("|-%c", row->letter);
        printf(") COMPREPLY=($(compgen -W \"");
        for (const char *c = row->choices; *c; c++)
            putchar(*c == '|' ? ' ' : *c);
        puts("\" -- \"$cur\")); return ;;");
    }
    puts("    esac\n    case \"$cmd:$cur\" in");
    for (size_t c = 0; c < n_command_rows; c++) {
        if (!command_rows[c].bit)
            continue;
        printf("    %s:-*) COMPREPLY=($(compgen -W \"", command_rows[c].name);
        for (size_t i = 0; i < n_option_rows; i++)
            if (option_rows[i].commands & command_rows[c].bit)
                printf("--%s ", option_rows[i].name);
        puts("\" -- \"$cur\")); return ;;");
    }
    puts("    esac\n    COMPREPLY=($(compgen -f -- \"$cur\"))\n}\ncomplete -o filenames -F _sheaf sheaf");
}

static void put_quoted(const char *text) /* inside single quotes, for zsh also without brackets and colons */
{
    for (; *text; text++) {
        if (*text == '\'')
            fputs("'\\''", stdout);
        else if (*text != '[' && *text != ']' && *text != ':')
            putchar(*text);
        else
            putchar(' ');
    }
}

static void print_zsh(void)
{
    puts("#compdef sheaf\n_sheaf () {\n  local -a commands\n  commands=(");
    for (size_t i = 0; i < n_command_rows; i++) {
        printf("    '%s:", command_rows[i].name);
        put_quoted(command_rows[i].help);
        puts("'");
    }
    puts("  )\n  if (( CURRENT == 2 )); then _describe command commands; return; fi\n  case $words[2] in");
    for (size_t c = 0; c < n_command_rows; c++) {
        if (!command_rows[c].bit)
            continue;
        printf("  %s) _arguments", command_rows[c].name);
        for (size_t i = 0; i < n_option_rows; i++) {
            const struct option_row *row = &option_rows[i];
            if (!(row->commands & command_rows[c].bit))
                continue;
            printf(" \\\n      '--%s%s[", row->name, row->argument ? "=" : "");
            put_quoted(row->help);
            printf("]");
            if (row->choices) {
                printf(":%s:(", row->argument);
                for (const char *at = row->choices; *at; at++)
                    putchar(*at == '|' ? ' ' : *at);
                putchar(')');
            } else if (row->argument) {
                printf(":%s:_files", row->argument);
            }
            putchar('\'');
        }
        puts(" \\\n      '*:file:_files' ;;");
    }
    puts("  esac\n}\n_sheaf \"$@\"");
}

static void print_fish(void)
{
    for (size_t c = 0; c < n_command_rows; c++) {
        printf("complete -c sheaf -n __fish_use_subcommand -f -a %s -d '", command_rows[c].name);
        put_quoted(command_rows[c].help);
        puts("'");
        for (size_t i = 0; command_rows[c].bit && i < n_option_rows; i++) {
            const struct option_row *row = &option_rows[i];
            if (!(row->commands & command_rows[c].bit))
                continue;
            printf("complete -c sheaf -n '__fish_seen_subcommand_from %s' -l %s", command_rows[c].name, row->name);
            if (row->letter)
                printf(" -s %c", row->letter);
            if (row->choices) {
                printf(" -x -a '");
                for (const char *at = row->choices; *at; at++)
                    putchar(*at == '|' ? ' ' : *at);
                putchar('\'');
            } else if (row->argument) {
                printf(" -r");
            }
            printf(" -d '");
            put_quoted(row->help);
            puts("'");
        }
    }
}

int completion_command(int argc, char **argv)
{
    static const struct {
        const char *shell;
        void (*print)(void);
    } shells[] = {{"bash", print_bash}, {"zsh", print_zsh}, {"fish", print_fish}};
    for (size_t i = 0; argc == 2 && i < sizeof shells / sizeof shells[0]; i++) {
        if (strcmp(argv[1], shells[i].shell) == 0) {
            shells[i].print();
            return EXIT_DONE;
        }
    }
    return usage_error("completion", "completion needs the name of a shell: bash, zsh or fish");
}

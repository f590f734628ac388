/* SPDX-License-Identifier: MIT
 *
 * `sheaf diff OLD.xlsx NEW.xlsx`: which results changed, and through which source.
 */
#ifndef SHEAF_CLI_DIFF_H
#define SHEAF_CLI_DIFF_H

/* Prints to stdout; faults to stderr. argv[0] is "diff". Exit codes: 0 all results are equal; 1 some differ; 3 a file cannot be
 * read or is no output; 4 wrong usage. */
int diff_command(int argc, char **argv);

#endif

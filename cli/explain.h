/* SPDX-License-Identifier: MIT
 *
 * `sheaf explain OUT.xlsx 'Sheet!B7'`: where a number comes from.
 */
#ifndef SHEAF_CLI_EXPLAIN_H
#define SHEAF_CLI_EXPLAIN_H

/* Prints to stdout; faults to stderr. argv[0] is "explain". Exit codes: 0; 3 when the cell is no result or the file cannot be
 * read; 4 wrong usage. */
int explain_command(int argc, char **argv);

#endif

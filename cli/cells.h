/* SPDX-License-Identifier: MIT
 *
 * `sheaf cells FILE`: every cell that is not empty, one line each, for people with grep and for checking readers
 * against each other.
 */
#ifndef SHEAF_CLI_CELLS_H
#define SHEAF_CLI_CELLS_H

/* Prints to stdout; faults as "error: CLASS: message" to stderr. argv[0] is "cells". Returns the exit code. */
int cells_command(int argc, char **argv);

#endif

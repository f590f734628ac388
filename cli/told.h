/* SPDX-License-Identifier: MIT
 *
 * What explain and diff print alike: values, references, tables, faults.
 */
#ifndef SHEAF_CLI_TOLD_H
#define SHEAF_CLI_TOLD_H

#include "sink/explain.h"

void told_put(struct buffer *out, struct told value);      /* safe for a terminal; "-" for nothing */
void told_put_json(struct buffer *out, struct told value); /* a number, string, boolean or null */
void told_put_cell(struct buffer *out, struct span sheet, struct cell_ref cell); /* 'My Sheet'!B7 */
void told_put_json_cell(struct buffer *out, struct span sheet, struct cell_ref cell); /* "sheet": ..., "cell": ... */

/* Columns as wide as what is in them. Fields are added row by row; `is_right` lines numbers up at their end. */
struct table;
struct table *table_new(size_t n_columns, const bool *is_right);
void table_add(struct table *self, struct span text);
void table_print(struct table *self); /* to stdout, with two spaces between; blanks at the end of a line are left out */
void table_destroy(struct table **self);

/* The only option of both commands. Faults in use are told; returns the exit code, 0 to go on. `n` paths are wanted. */
int told_options(int argc, char **argv, int n, const char *wanted, bool *ret_json);
/* "error: CLASS: PATH: why" on stderr; returns the exit code. */
int told_fault(const char *path, enum fault fault, const struct why *why);

#endif

/* SPDX-License-Identifier: MIT
 *
 * --alias FILE: two columns, a name that sources use and the column that it means. Comma, tab or semicolon, whichever makes two
 * fields of the first line.
 */
#ifndef SHEAF_CLI_ALIAS_FILE_H
#define SHEAF_CLI_ALIAS_FILE_H

#include "cli/options.h"

/* Appends to the job's column aliases; false with invocation_wrong, which names the line. */
bool alias_file_read(struct invocation *self, const char *path);
/* The same for the file's bytes. */
bool alias_text_read(struct invocation *self, struct span text);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A bug stops the process: `must (condition)` is always on and never judges data from outside.
 */
#ifndef SHEAF_CORE_MUST_H
#define SHEAF_CORE_MUST_H

#include <stddef.h>

#define must(condition) \
    ((condition) ? (void)0 : must_fail(#condition, __FILE__, __LINE__))

/* Prints expression, place, role and job of the calling thread to stderr and aborts. Any thread. */
_Noreturn void must_fail(const char *expression, const char *file, int line);

/* Names the role and job of the calling thread for must_fail; the strings are borrowed for ever. */
void must_role(const char *role);

/* Allocation of our own small things: never NULL, the process stops. A size that comes from outside
 * is checked against a named limit before it gets here. */
void *must_alloc(size_t size);            /* zeroed */
void *must_realloc(void *old, size_t size);
char *must_strdup(const char *text);
char *must_strndup(const char *text, size_t len);

#endif

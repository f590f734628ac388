/* SPDX-License-Identifier: MIT
 *
 * Memory that is released whole: one arena per task or request. Nothing in it outlives it, nothing in
 * it is freed by itself. Not shared between threads.
 */
#ifndef SHEAF_CORE_ARENA_H
#define SHEAF_CORE_ARENA_H

#include <stddef.h>

#include "core/span.h"

struct arena;

struct arena *arena_new(size_t limit_bytes);
void arena_destroy(struct arena **self); /* accepts NULL inside */
void arena_clear(struct arena *self);    /* keeps one block */

/* Aligned to 16 bytes, zeroed. NULL when the arena's limit is reached: that is FAULT_LIMIT. */
void *arena_alloc(struct arena *self, size_t size);
/* A terminated copy; span.data is NULL when the limit is reached. */
struct span arena_copy(struct arena *self, struct span text);
size_t arena_used(const struct arena *self);

#endif

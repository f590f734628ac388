/* SPDX-License-Identifier: MIT
 *
 * What setters of options share. Apart from the table of options, so that a test of a setter links without the commands.
 */
#include "cli/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/must.h"

struct span invocation_keep(struct invocation *self, struct span text)
{
    struct span copy = arena_copy(self->job.arena, text);
    must(copy.data);
    return copy;
}

bool invocation_wrong(struct invocation *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(self->wrong, sizeof self->wrong, format, args);
    va_end(args);
    return false;
}

/* Appends to a growing list in the arena (lists are short, but for the sources, which double). */
void invocation_append(struct invocation *self, struct span **items, uint32_t *n, struct span item)
{
    if ((*n & (*n - 1)) == 0) { /* 0, 1, 2, 4, 8 ...: time to double */
        struct span *bigger = arena_alloc(self->job.arena, (*n ? *n * 2 : 1) * sizeof **items);
        must(bigger);
        if (*n)
            memcpy(bigger, *items, *n * sizeof **items);
        *items = bigger;
    }
    (*items)[(*n)++] = item;
}

void invocation_free(struct invocation *self)
{
    job_free(&self->job);
}

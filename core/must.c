/* SPDX-License-Identifier: MIT */
#include "core/must.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local const char *role_of_thread = "main";

void must_role(const char *role)
{
    role_of_thread = role;
}

void must_fail(const char *expression, const char *file, int line)
{
    fprintf(stderr, "level=fatal role=%s event=bug must=\"%s\" at=%s:%d\n", role_of_thread, expression,
            file, line);
    abort();
}

void *must_alloc(size_t size)
{
    void *p = calloc(1, size ? size : 1);
    must(p);
    return p;
}

void *must_realloc(void *old, size_t size)
{
    void *p = realloc(old, size ? size : 1);
    must(p);
    return p;
}

char *must_strndup(const char *text, size_t len)
{
    char *copy = must_alloc(len + 1);
    memcpy(copy, text, len);
    return copy;
}

char *must_strdup(const char *text)
{
    return must_strndup(text, strlen(text));
}

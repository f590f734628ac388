/* SPDX-License-Identifier: MIT */
#include "core/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "core/must.h"

#define LINE_MAX_BYTES 2048

static atomic_int threshold = LOG_WARN;
static _Thread_local const char *role = "main";

void log_set_level(enum log_level level)
{
    atomic_store(&threshold, (int)level);
}

void log_set_role(const char *name)
{
    role = name;
    must_role(name);
}

void log_event(enum log_level level, const char *event, const char *format, ...)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    if ((int)level > atomic_load(&threshold))
        return;
    char line[LINE_MAX_BYTES];
    int n = snprintf(line, sizeof line, "level=%s role=%s event=%s ", names[level], role, event);
    va_list args;
    va_start(args, format);
    int more = vsnprintf(line + n, sizeof line - (size_t)n - 1, format, args);
    va_end(args);
    if (more > 0)
        n += more;
    if (n > LINE_MAX_BYTES - 2)
        n = LINE_MAX_BYTES - 2;
    for (int i = 0; i < n; i++) /* one event stays one line whatever a file name holds */
        if (line[i] == '\n' || line[i] == '\r')
            line[i] = ' ';
    line[n++] = '\n';
    if (write(STDERR_FILENO, line, (size_t)n) < 0)
        return; /* nowhere left to complain */
}

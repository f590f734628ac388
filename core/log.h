/* SPDX-License-Identifier: MIT
 *
 * One line per event to stderr, logfmt: level=info role=worker event=done job=... rows=... Any thread;
 * a line is written with one write().
 */
#ifndef SHEAF_CORE_LOG_H
#define SHEAF_CORE_LOG_H

#include "core/fault.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

void log_set_level(enum log_level level); /* default LOG_WARN; before threads start */
void log_set_role(const char *role);      /* for this thread; borrowed; also tells must_role */

/* `format` gives the pairs after event: log_event(LOG_INFO, "done", "task=%u rows=%u", ...). */
void log_event(enum log_level level, const char *event, const char *format, ...) PRINTF_LIKE(3, 4);

#define log_error(...) log_event(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_event(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_event(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_event(LOG_DEBUG, __VA_ARGS__)

#endif

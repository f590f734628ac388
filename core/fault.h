/* SPDX-License-Identifier: MIT
 *
 * A fault comes from outside: a bad file, a full disk, a silent peer. It is a return value and never
 * stops the process (bugs do: core/must.h). One table names every fault, the class that the command
 * line prints ("error: CLASS: ..."), the HTTP status that a front answers with, and a short text.
 */
#ifndef SHEAF_CORE_FAULT_H
#define SHEAF_CORE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

/* clang-format off */
#define FAULT_TABLE(X) \
    X(NONE,            200, "ok",              "no fault") \
    X(ENCRYPTED,       422, "encrypted",       "password protected") \
    X(CORRUPT,         422, "corrupt",         "damaged file") \
    X(LIMIT,           413, "limit",           "over a limit") \
    X(UNSAFE_XML,      422, "unsafe_xml",      "unsafe XML") \
    X(NOT_SPREADSHEET, 415, "not_spreadsheet", "not a spreadsheet") \
    X(UNSUPPORTED,     415, "unsupported",     "not supported") \
    X(NOT_FOUND,       404, "not_found",       "not found") \
    X(IO,              500, "io",              "cannot read or write") \
    X(NO_SPACE,        507, "no_space",        "no space left") \
    X(CHANGED,         409, "changed",         "changed while it was read") \
    X(DRIFT,           422, "drift",           "layout differs from the template") \
    X(REFUSED,         409, "refused",         "refused by an option") \
    X(PROTOCOL,        400, "protocol",        "malformed message") \
    X(VERSION,         400, "version",         "unknown protocol version") \
    X(TIMEOUT,         504, "timeout",         "took too long") \
    X(CANCELLED,       499, "cancelled",       "cancelled") \
    X(USAGE,           400, "usage",           "wrong usage")
/* clang-format on */

enum fault {
#define X(name, status, class, text) FAULT_##name,
    FAULT_TABLE(X)
#undef X
        FAULT_COUNT
};

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a) __attribute__((format(printf, f, a)))

/* Why a fault happened, for a person: filled at the one place that knows, read by whoever reports.
 * A caller that does not report passes NULL. Strings are always terminated, cut at a UTF-8 boundary. */
struct why {
    enum fault fault;
    char part[128];  /* the part of the package ("xl/worksheets/sheet1.xml"), or "" */
    char sheet[128]; /* the sheet's name, or "" */
    uint32_t row;    /* 1-based, 0 = not known */
    uint32_t col;    /* 1-based, 0 = not known */
    char text[384];  /* what is wrong, and what to do about it */
};

/* Fills `why` (if not NULL) and returns `fault`, so that a caller can `return why_set(...)`. */
enum fault why_set(struct why *why, enum fault fault, const char *format, ...) PRINTF_LIKE(3, 4);

/* Adds the place to an already filled `why`; each only where it is still empty. NULLs are ignored. */
void why_at_part(struct why *why, struct span part);
void why_at_sheet(struct why *why, struct span sheet);
void why_at_cell(struct why *why, uint32_t row_1based, uint32_t col_1based);

/* "part, Sheet!B7: text" into `out`, always terminated. Returns `out`. */
const char *why_line(const struct why *why, char *out, unsigned long size);

const char *fault_name(enum fault fault);  /* "CORRUPT" */
const char *fault_class(enum fault fault); /* "corrupt" */
const char *fault_text(enum fault fault);  /* "damaged file" */
int fault_http_status(enum fault fault);
/* FAULT_NO_SPACE for ENOSPC and EDQUOT, FAULT_NOT_FOUND for ENOENT, else FAULT_IO. */
enum fault fault_from_errno(int error);

#endif

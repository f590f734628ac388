/* SPDX-License-Identifier: MIT
 *
 * --sheet NAME|#N|active|/regex/|all: which sheets of a workbook are meant. The same rule reads the
 * template and every source.
 */
#ifndef SHEAF_WORKBOOK_SHEET_SELECTOR_H
#define SHEAF_WORKBOOK_SHEET_SELECTOR_H

#include <regex.h>

#include "workbook/book.h"

enum selector_kind {
    SELECT_BY_NAME, /* "": every worksheet, told apart by name */
    SELECT_ALL,     /* the same, said aloud */
    SELECT_NAME,
    SELECT_NUMBER, /* 1-based place in the sheet list */
    SELECT_ACTIVE,
    SELECT_REGEX, /* POSIX extended, case ignored */
};

struct sheet_selector {
    enum selector_kind kind;
    struct span name; /* borrowed */
    uint32_t number;
    regex_t regex;
};

/* FAULT_USAGE: a number or expression that is none. `ret` is then free. */
enum fault sheet_selector_parse(struct span text, struct sheet_selector *ret,
                                struct why *why) MUST_CHECK;
void sheet_selector_free(struct sheet_selector *self);
/* Worksheets only: chart and macro sheets are never picked. */
bool sheet_selector_picks(const struct sheet_selector *self, const struct book *book, size_t index);

#endif

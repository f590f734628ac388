/* SPDX-License-Identifier: MIT
 *
 * An opened source of a stack: its book, strings and styles, and, while it is read in slices, the half-read sheet.
 */
#ifndef SHEAF_WORKERS_STACK_SOURCE_H
#define SHEAF_WORKERS_STACK_SOURCE_H

#include "wire/source.h"
#include "workbook/sheet_scanner.h"
#include "workbook/styles_cache.h"
#include "workers/part_skip.h"

struct stack_source {
    struct styles_cache *styles_cache;
    struct why why;          /* of the scanner, which may outlive a task */
    /* the book */
    struct sha256 sha;
    struct buffer path;      /* as opened; empty: none is open */
    struct package *package;
    struct book *book;
    struct shared_strings *strings;
    const struct styles *styles;
    struct why styles_broken; /* fault set: they are, and this is why */
    /* the sheet that is read in slices */
    struct sheet_scanner *scanner;
    struct part_windows windows;
    struct part_skip skip;
    uint32_t sheet;          /* in the book */
    uint64_t at;             /* where the next slice begins; 0: no sheet is half read */
};

void stack_source_init(struct stack_source *self);
void stack_source_free(struct stack_source *self);
/* Opens the file unless it is the one that is open. *ret_new: it was not. */
enum fault stack_source_open(struct stack_source *self, const struct source *source, bool *ret_new, struct why *why) MUST_CHECK;
void stack_source_close(struct stack_source *self);
void stack_source_close_sheet(struct stack_source *self);
/* FAULT_CHANGED when the file is not of the size and time that the run began with. */
enum fault stack_source_check(const struct source *source, struct why *why) MUST_CHECK;

#endif

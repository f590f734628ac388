/* SPDX-License-Identifier: MIT
 *
 * What a cell's style index says about its value: number format kind, fill colour, locked or not. A broken
 * styles part never blocks the values: what cannot be read counts as General.
 */
#ifndef SHEAF_WORKBOOK_STYLES_H
#define SHEAF_WORKBOOK_STYLES_H

#include "workbook/book.h"
#include "workbook/number_format.h"

struct styles;

/* A book without styles gives an empty table (every index General). A broken styles or theme part gives what stands before
 * the break and FAULT_NONE, with the reason in `why` (why->fault set) for a warning. FAULT_LIMIT (over 1,000,000
 * formats), FAULT_IO stop. */
enum fault styles_read(struct book *book, struct styles **ret, struct why *why) MUST_CHECK;
void styles_destroy(struct styles **self);
uint32_t styles_count(const struct styles *self); /* cellXfs */

/* Any index; one out of range is General / none / locked. */
enum format_kind styles_kind(const struct styles *self, uint32_t style);
bool styles_is_percent(const struct styles *self, uint32_t style);
struct span styles_format(const struct styles *self, uint32_t style); /* format code, "General" */
bool styles_is_locked(const struct styles *self, uint32_t style);     /* protection; default true */
/* Solid fill foreground as 0xRRGGBB, theme and indexed colours resolved, tint applied; -1 for no fill. */
int32_t styles_fill(const struct styles *self, uint32_t style);

#endif

/* SPDX-License-Identifier: MIT
 *
 * One <c> element rewritten: new value, style or cached value; attributes and children that are not concerned stay
 * as they are. A shared formula whose master is overwritten lives on in its followers, written out.
 */
#ifndef SHEAF_WORKBOOK_CELL_PATCH_H
#define SHEAF_WORKBOOK_CELL_PATCH_H

#include "workbook/xml_cut.h"
#include "workbook/sheet_patch.h"

/* Masters overwritten so far in this sheet, by shared index. */
struct orphan {
    uint32_t index;
    struct cell_ref master;
    char *formula; /* decoded */
    bool is_active;
};

struct orphans {
    struct orphan *items;
    size_t n, n_active;
    struct cell_range *blocks; /* of array formulas and data tables seen while all cached values are dropped */
    size_t n_blocks;
};

void orphans_free(struct orphans *self);

/* A new cell, its attributes `r` and style, in the prefix of its sheet. */
void cell_patch_new(struct buffer *out, struct span prefix, const struct edit *edit, uint32_t style,
                    const struct buffer *texts);

/* `cell` is the whole element. `edit` may be NULL: then only orphans and `drop_cached` matter. */
enum fault cell_patch_rewrite(struct buffer *out, struct span cell, struct cell_ref at, const struct edit *edit,
                              bool drop_cached, const struct buffer *texts, struct orphans *orphans,
                              struct sheet_patch_counts *counts, struct why *why) MUST_CHECK;

#endif

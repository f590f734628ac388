/* SPDX-License-Identifier: MIT
 *
 * The workbook part changed as text: sheets added, defined names added, full calculation on load asked for.
 */
#ifndef SHEAF_WORKBOOK_BOOK_PATCH_H
#define SHEAF_WORKBOOK_BOOK_PATCH_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

struct new_sheet {
    struct span name;   /* valid and unique */
    struct span rel_id; /* of the workbook's relationships */
};

struct new_name {
    struct span name, formula;
    uint32_t sheet; /* localSheetId, or UINT32_MAX */
    bool is_hidden;
};

struct book_patch {
    const struct new_sheet *sheets;
    size_t n_sheets;
    const struct new_name *names; /* replace names of the same spelling and scope */
    size_t n_names;
    bool is_strict;
    bool wants_calculation; /* fullCalcOnLoad */
};

enum fault book_patch_apply(struct buffer *document, const struct book_patch *patch, struct why *why) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * Asking an output workbook about itself: the contributors of one result cell (`sheaf explain`) and what changed between
 * two outputs and through which source (`sheaf diff`). Reads the Contributions sheets (wide or long form) or the CSV beside
 * the workbook; needs no sources.
 */
#ifndef SHEAF_SINK_EXPLAIN_H
#define SHEAF_SINK_EXPLAIN_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/fault.h"
#include "workbook/cell_ref.h"

struct contribution {
    struct span source; /* identity */
    struct span file;   /* from Sources */
    struct span value;  /* number text, or text */
};

struct explanation {
    struct arena *arena;
    struct span sheet;
    struct cell_ref cell;
    struct span row_label, column_label, function, result;
    uint64_t n;
    struct contribution *items; /* in source order */
    size_t n_items;
};

/* FAULT_NOT_FOUND: not one of our outputs, or the cell is no result (why says what it is: label, formula, no contributor). */
enum fault explain_cell(const char *path, struct span sheet, struct cell_ref cell, struct explanation *ret,
                        struct why *why) MUST_CHECK;
void explanation_free(struct explanation *self);

/* For each result that differs between the two workbooks, ascending by sheet and cell. */
struct result_change {
    struct span sheet;
    struct cell_ref cell;
    struct span old_value, new_value; /* "" = not there */
    struct span source;               /* "" in the result's own line, then one line for each source that changed it */
    struct span old_part, new_part;
};
typedef enum fault diff_visit(void *context, const struct result_change *change);
enum fault diff_results(const char *old_path, const char *new_path, diff_visit *visit, void *context, struct why *why) MUST_CHECK;

#endif

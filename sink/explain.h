/* SPDX-License-Identifier: MIT
 *
 * Asking an output workbook about itself: the contributors of one result cell (`sheaf explain`) and what changed between
 * two outputs and through which source (`sheaf diff`). Reads the Contributions sheets (wide or long form) or the CSV beside
 * the workbook, and the rows of a stack; needs no sources.
 */
#ifndef SHEAF_SINK_EXPLAIN_H
#define SHEAF_SINK_EXPLAIN_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/fault.h"
#include "workbook/cell_ref.h"

enum told_kind { TOLD_NOTHING, TOLD_NUMBER, TOLD_TEXT, TOLD_BOOLEAN, TOLD_ERROR };

/* A value as text: a number in its shortest form, TRUE or FALSE, "#N/A". */
struct told {
    enum told_kind kind;
    struct span text;
};
bool told_equal(struct told a, struct told b);

struct contribution {
    struct span source; /* identity; with --preset=original, which keeps none, the file */
    struct span file;   /* from Sources; "" when it is not there */
    struct told value;
};

struct explanation {
    struct arena *arena;
    struct span sheet;
    struct cell_ref cell; /* the anchor, when a merged cell was asked for */
    struct span row_label, column_label, function;
    struct told result;
    uint64_t n;
    struct contribution *items; /* in source order */
    size_t n_items;
    bool is_stacked; /* a cell of a stack: it comes as it is from one row of one source; no function, no items */
    struct {
        struct span file, sheet;
        uint64_t row; /* 1-based */
    } origin;
};

/* `sheet` empty: the sheet that is shown on opening. FAULT_NOT_FOUND: not one of our outputs, or the cell is no result (why
 * says what it is: label, formula, no contributor). */
enum fault explain_cell(const char *path, struct span sheet, struct cell_ref cell, struct explanation *ret,
                        struct why *why) MUST_CHECK;
void explanation_free(struct explanation *self);

/* For each result that differs between the two workbooks, ascending by sheet and cell. */
struct result_change {
    struct span sheet;
    struct cell_ref cell;
    struct told old_value, new_value; /* TOLD_NOTHING: not there */
    struct span source;               /* "" in the result's own line, then one line for each source that changed it */
    struct told old_part, new_part;
};
typedef enum fault diff_visit(void *context, const struct result_change *change);
/* FAULT_LIMIT: more results or changes than fit in a GiB. *ret_path is the one of the two that a fault is about. Nothing is
 * visited before both are read. */
enum fault diff_results(const char *old_path, const char *new_path, diff_visit *visit, void *context, const char **ret_path,
                        struct why *why) MUST_CHECK;

/* --- two outputs of stack mode: rows that are known again by their file, sheet and row --- */

/* FAULT_NOT_FOUND: no such file. */
enum fault output_is_stack(const char *path, bool *ret, struct why *why) MUST_CHECK;

struct stack_change_source { /* a file whose rows are not the same in both */
    struct span file;
    uint64_t old_rows, new_rows, added, removed, changed;
};

enum row_change { ROW_ADDED, ROW_REMOVED, ROW_CHANGED };

struct stack_change_cell {
    struct span column;
    struct told old_value, new_value; /* TOLD_NOTHING: blank, or there is no such column */
};

struct stack_change_row {
    enum row_change kind;
    struct span file, sheet;
    uint64_t row; /* 1-based, in the source */
    const struct stack_change_cell *cells; /* ROW_CHANGED: those that differ, in the new one's order */
    size_t n_cells;
};

struct stack_diff_visit {
    void *self;
    enum fault (*source)(void *self, const struct stack_change_source *source);
    enum fault (*row)(void *self, const struct stack_change_row *row);
};

/* Every source that differs, in the order of the new output, then the first `max_rows` rows. 16 bytes of memory for each row of both.
 * FAULT_NOT_FOUND: one of them does not say where its rows come from. Otherwise as diff_results. */
enum fault diff_stacks(const char *old_path, const char *new_path, size_t max_rows, const struct stack_diff_visit *visit,
                       const char **ret_path, struct why *why) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * Layout drift: rows or columns that a user inserted into a form or removed from it, found by
 * aligning the labels that the template and the source have in common. Pure: cells in, mapping out.
 */
#ifndef SHEAF_WORKERS_DRIFT_H
#define SHEAF_WORKERS_DRIFT_H

#include "core/arena.h"
#include "wire/plan.h"

#define DRIFT_NONE UINT32_MAX

/* The distinct label texts of a template sheet, sorted, for looking up the cells of a source. */
struct label_index {
    const struct plan_sheet *sheet;
    struct span *texts; /* in compared form: labels folded, constants as decimals */
    uint32_t n_texts;
    uint32_t *id_of; /* per label of the sheet */
};

/* Memory from `arena`; false when it is full. */
bool label_index_make(const struct plan_sheet *sheet, struct arena *arena, struct label_index *ret);
/* The id of a text in compared form; DRIFT_NONE when the template has no such label. */
uint32_t label_index_find(const struct label_index *self, struct span text);

struct label_seen { /* a cell of the source whose text is some label's */
    uint32_t row, col, id;
};

/* How lines (rows or columns) of the source correspond to those of the template. */
struct line_map {
    uint32_t *template_line; /* per source line; DRIFT_NONE = inserted */
    bool *is_unsure;         /* which of several lines was inserted cannot be told */
    uint32_t n;
    int64_t offset; /* lines from n on: template line = source line + offset */
};

/* The template's line; DRIFT_NONE for an inserted one. A map of n = 0 and offset 0 is the identity.
 */
uint32_t line_map_get(const struct line_map *self, uint32_t source_line);
bool line_map_is_unsure(const struct line_map *self, uint32_t source_line);

struct shift {
    bool is_column, is_insertion;
    uint32_t source_line; /* 0-based: the first inserted line, or where the missing ones would be */
    uint32_t template_line; /* the line before which it happened; of a deletion, the first missing
                               line */
    uint32_t n;
};

#define SHIFTS_MAX 64

struct drift {
    struct line_map rows, columns;
    struct shift shifts[SHIFTS_MAX]; /* rows first, ascending */
    uint32_t n_shifts;
    uint32_t labels;  /* of the template */
    uint32_t at_home; /* found at their own address */
    uint32_t found;   /* found where the mapping says */
};

/* True when inserted or deleted lines explain the source's labels: at least nine in ten of those
 * that were not deleted themselves, half of all, and each shift at least one label more than the
 * literal addresses do. `seen` in any order. Labels of `ret` are counted in either case. Memory of
 * the maps from `arena`; when it is full: false. */
bool drift_find(const struct label_index *index, const struct label_seen *seen, uint32_t n,
                struct arena *arena, struct drift *ret);

#endif

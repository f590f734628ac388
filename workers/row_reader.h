/* SPDX-License-Identifier: MIT
 *
 * The rows of one sheet: what the scanner tells, judged, filtered, rendered, counted. Every row and every cell ends in exactly one
 * count. The usual cell passes through one function of a few tests into the renderer; whatever makes a row or a cell unusual
 * sets a bit in `watch`, and then it goes the long way.
 */
#ifndef SHEAF_WORKERS_ROW_READER_H
#define SHEAF_WORKERS_ROW_READER_H

#include "wire/stack_layout.h"
#include "workers/issue_log.h"
#include "workers/row_filter.h"
#include "workers/row_fragments.h"
#include "workers/row_hash.h"
#include "workers/row_judge.h"
#include "workers/row_render.h"
#include "workers/row_sorter.h"

#define ROW_COLUMN_DROPPED STACK_COLUMN_NONE        /* by --columns */
#define ROW_COLUMN_OUTSIDE (STACK_COLUMN_NONE - 1)  /* not under the header */
#define ROW_FIRST_TEXT_UNITS 60u                    /* of a row that an issue is about */

/* How the order of rows and cells in the sheet is trusted. */
enum row_order {
    ROW_ORDER_TRUSTED,
    ROW_ORDER_CELLS, /* the cells of a row are sorted */
    ROW_ORDER_ROWS,  /* the whole sheet is */
};

enum row_place { ROW_NOWHERE, ROW_ABOVE, ROW_IN_HEADER, ROW_BELOW };

struct row_column {
    uint32_t column; /* of the plan, or one of ROW_COLUMN_ */
    uint32_t index;  /* of the layout's columns */
};

/* A row between its tag and its verdict. */
struct open_row {
    enum row_place place;
    uint32_t row; /* 1-based */
    bool is_hidden, is_refused; /* is_refused: by --where */
    uint32_t used, dropped, outside, lost; /* cells; lost: replaced by a later one in the same place */
    uint32_t uncached, uncached_col;       /* formulas without a value, and the first one's column */
    uint32_t errors, errors_col;
    unsigned char hash[16];
    uint32_t first_len;
    char first[ROW_FIRST_TEXT_UNITS * 3];  /* the first text of a suspect row */
};

#define ROW_KEPT_MAX 64u /* cells that wait to be rendered together */

struct held_row {
    struct open_row row;
    size_t at, len; /* in `held_bytes` */
};

/* What the owner is asked: to tell the judge what stands above row `until` (1-based), see row_judge_recall. */
typedef enum fault row_recall(void *context, uint32_t until, struct row_judge *judge);
/* Whether a row that is no text below the table follows behind row `after`. */
typedef enum fault row_look_ahead(void *context, uint32_t after, bool *ret_follows);

struct row_reader {
    const struct stack_plan *plan;
    struct row_render *render;
    struct row_fragments fragments;
    struct row_judge judge;
    struct row_filter filter;
    struct row_hash hash;
    struct row_sorter *sorter;
    struct stack_partial_builder *builder; /* of the partial that is made; borrowed */
    struct issue_log issues;
    struct partial_counts counts;          /* of the partial */
    uint64_t errors;                       /* kept, of the partial; the first one: */
    struct span errors_sheet;
    uint32_t errors_row, errors_col;
    const struct shared_strings *strings;  /* of the book; the owner's to set */
    /* the sheet */
    const struct stack_layout_sheet *sheet;
    struct row_column *columns; /* by column of the sheet */
    uint32_t n_columns, columns_room;
    bool is_cut; /* into slices */
    enum row_order order;
    struct stack_counts rows;
    uint64_t outside;
    uint32_t outside_row, outside_col;
    bool is_unordered_told;
    bool expects_totals; /* the sheet before had one: this one is added up from its start, a second look costs more */
    void *context;
    row_recall *recall;
    row_look_ahead *look_ahead;
    /* the row */
    unsigned watch, always; /* `always`: the bits that every row below the header begins with */
    uint32_t next_col, last_row;
    struct open_row open;
    struct row_kept kept[ROW_KEPT_MAX];
    uint32_t n_kept;
    size_t row_from; /* its bytes begin here in render->bytes */
    struct held_row held[ROW_FOOTERS_MAX];
    uint32_t n_held;
    struct row_bytes held_bytes;
    /* the end of a slice: the next row tag ends it and is kept for the next one */
    bool is_past_end, has_pending, is_skipping;
    struct sheet_row pending;
    /* why a scan was stopped: the sheet must be read again from its start with this order */
    bool wants_order;
    enum row_order wanted_order;
};

struct row_reader *row_reader_new(const struct stack_plan *plan);
void row_reader_destroy(struct row_reader **self);

/* A partial result begins. */
void row_reader_start(struct row_reader *self, struct stack_partial_builder *builder);
/* A sheet, or a part of it (`is_part`: not from the top), begins. The layout's sheet and the names are borrowed until its end. */
enum fault row_reader_open(struct row_reader *self, const struct stack_layout_sheet *sheet, struct span file, bool is_cut,
                           bool is_part, enum row_order order) MUST_CHECK;
/* For the scanner. */
struct sheet_handler row_reader_handler(struct row_reader *self);
/* The next slice goes on where the last one ended: the judge remembers. `sheet`: the same as before, of the new layout. */
void row_reader_resume(struct row_reader *self, const struct stack_layout_sheet *sheet);
/* Opens the row that is pending, if any. */
enum fault row_reader_take_pending(struct row_reader *self) MUST_CHECK;
/* All of the sheet or slice has been seen; *ret_counts is for the partial. */
enum fault row_reader_close(struct row_reader *self, struct stack_counts *ret_counts) MUST_CHECK;
/* The last fragment and what is told once per source. */
enum fault row_reader_finish(struct row_reader *self) MUST_CHECK;

/* For workers/row_verdict.c: the open row ends. */
enum fault row_reader_end_row(struct row_reader *self) MUST_CHECK;
enum fault row_reader_put_kept(struct row_reader *self) MUST_CHECK;
enum fault row_reader_settle_held(struct row_reader *self) MUST_CHECK;

#endif

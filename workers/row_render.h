/* SPDX-License-Identifier: MIT
 *
 * Cells into the bytes of the output: one row after another behind self->bytes, in the forms of wire/stack_partial.h. Cells of
 * a row come in ascending order of output columns, or are put apart as pieces and assembled when the row ends.
 */
#ifndef SHEAF_WORKERS_ROW_RENDER_H
#define SHEAF_WORKERS_ROW_RENDER_H

#include "wire/stack_plan.h"
#include "workers/row_bytes.h"
#include "workers/row_value.h"

struct row_render;

/* A cell that waits until its row is rendered: a number whose token is short, or a text of the shared table. */
struct row_kept {
    uint32_t column, style, col; /* col: in the sheet */
    uint32_t len;
    const char *text; /* NULL: a number */
    union {
        char token[16]; /* all may be read */
        uint32_t index; /* in the table, until `text` and `len` are known */
    };
};

/* The members of a cell that renderers look at; has_value is set. */
static inline void row_kept_fill(const struct row_kept *self, struct cell *cell)
{
    cell->type = self->text ? CELL_TEXT : CELL_NUMBER;
    cell->style = self->style;
    cell->value = span_make(self->text ? self->text : self->token, self->len);
}

/* One form of output. Each returns FAULT_LIMIT when a row outgrows ROW_BYTES_MAX. */
struct row_form {
    enum fault (*open)(struct row_render *self, struct span file, struct span sheet); /* what every row of a sheet begins with */
    enum fault (*begin)(struct row_render *self, uint32_t row_1based);
    enum fault (*cell)(struct row_render *self, uint32_t column, const struct cell *cell); /* with a value */
    enum fault (*cells)(struct row_render *self, const struct row_kept *cells, uint32_t n); /* columns ascend */
    enum fault (*gap)(struct row_render *self, uint32_t from, uint32_t to);                /* blank columns */
    enum fault (*end)(struct row_render *self);
};

struct row_piece {
    uint32_t row; /* of which it is: others are not there; 0: none */
    size_t at, len;
};

struct row_render {
    const struct row_form *form;
    const struct stack_plan *plan; /* borrowed */
    struct row_book book;
    struct row_bytes bytes;
    uint32_t next;                 /* output column that comes next in the open row */
    bool has_cut;                  /* the last cell's text was cut */
    struct buffer prefix;          /* of every row: up to the row's number */
    struct buffer keys;            /* JSON: `"name":` of all columns, end to end */
    uint32_t *key_ends;
    bool has_pieces;
    struct row_piece *pieces;      /* by output column */
    uint32_t row, piece_last;      /* the open row; its last piece's column + 1 */
    size_t row_at;                 /* where the pieces of the open row begin */
    struct row_bytes assembled;
};

struct row_render *row_render_new(const struct stack_plan *plan);
void row_render_destroy(struct row_render **self);
/* A sheet begins. `has_pieces`: its columns do not stand in the order of the output's. self->book is the caller's to fill. */
enum fault row_render_open(struct row_render *self, struct span file, struct span sheet, bool has_pieces) MUST_CHECK;
enum fault row_render_end(struct row_render *self) MUST_CHECK;
/* In pieces. *ret_twice: the column had one already, which this one replaces. */
enum fault row_render_piece(struct row_render *self, uint32_t column, const struct cell *cell, bool *ret_twice) MUST_CHECK;

static inline enum fault row_render_begin(struct row_render *self, uint32_t row_1based)
{
    self->next = 0;
    self->row = row_1based;
    self->piece_last = 0;
    enum fault fault = self->form->begin(self, row_1based);
    self->row_at = row_bytes_len(&self->bytes);
    return fault;
}

/* A cell with a value, `column` at or behind self->next. */
static inline enum fault row_render_cell(struct row_render *self, uint32_t column, const struct cell *cell)
{
    if (column != self->next) {
        enum fault fault = self->form->gap(self, self->next, column);
        if (fault != FAULT_NONE)
            return fault;
    }
    self->next = column + 1;
    return self->form->cell(self, column, cell);
}

extern const struct row_form row_form_xlsx, row_form_csv, row_form_jsonl;

/* For forms: kept cells one by one. */
enum fault row_render_cells(struct row_render *self, const struct row_kept *cells, uint32_t n) MUST_CHECK;
/* For forms: the digits of a number. At most 10 bytes. */
char *row_put_u32(char *at, uint32_t value);

#endif

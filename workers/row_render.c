/* SPDX-License-Identifier: MIT
 *
 * What the forms share: growth, the pieces of rows whose columns stand in another order, and their assembly.
 */
#include "workers/row_render.h"

#include <stdlib.h>

#define PREFIX_BYTES_MAX ((size_t)16 << 20)
#define KEYS_BYTES_MAX ((size_t)1 << 30)

bool row_bytes_grow(struct row_bytes *self, size_t more)
{
    size_t len = row_bytes_len(self), size = (size_t)(self->end - self->data);
    if (more > ROW_BYTES_MAX || len > ROW_BYTES_MAX - more)
        return false;
    size = size ? size : ROW_BYTES_FIRST;
    while (size < len + more)
        size *= 2;
    self->data = must_realloc(self->data, size);
    self->at = self->data + len;
    self->end = self->data + size;
    return true;
}

char *row_put_u32(char *at, uint32_t value)
{
    char digits[10];
    unsigned n = 0;
    do
        digits[n++] = (char)('0' + value % 10);
    while (value /= 10);
    while (n)
        *at++ = digits[--n];
    return at;
}

struct row_render *row_render_new(const struct stack_plan *plan)
{
    static const struct row_form *const forms[] = {
        [STACK_XLSX] = &row_form_xlsx, [STACK_CSV] = &row_form_csv, [STACK_JSONL] = &row_form_jsonl};
    struct row_render *self = must_alloc(sizeof *self);
    self->form = forms[plan->form];
    self->plan = plan;
    row_styles_init(&self->book.styles);
    buffer_init(&self->prefix, PREFIX_BYTES_MAX);
    buffer_init(&self->keys, KEYS_BYTES_MAX);
    must(row_bytes_grow(&self->bytes, 1) && row_bytes_grow(&self->assembled, 1));
    return self;
}

void row_render_destroy(struct row_render **self)
{
    if (!*self)
        return;
    row_styles_free(&(*self)->book.styles);
    buffer_free(&(*self)->prefix);
    buffer_free(&(*self)->keys);
    row_bytes_free(&(*self)->bytes);
    row_bytes_free(&(*self)->assembled);
    free((*self)->key_ends);
    free((*self)->pieces);
    free(*self);
    *self = NULL;
}

enum fault row_render_open(struct row_render *self, struct span file, struct span sheet, bool has_pieces)
{
    self->has_pieces = has_pieces;
    if (has_pieces) {
        size_t n = self->plan->n_columns;
        self->pieces = must_realloc(self->pieces, (n ? n : 1) * sizeof *self->pieces);
        memset(self->pieces, 0, n * sizeof *self->pieces);
    }
    buffer_clear(&self->prefix);
    return self->form->open(self, file, sheet);
}

enum fault row_render_piece(struct row_render *self, uint32_t column, const struct cell *cell, bool *ret_twice)
{
    struct row_piece *piece = &self->pieces[column];
    *ret_twice = piece->row == self->row;
    piece->row = self->row;
    piece->at = row_bytes_len(&self->bytes) - self->row_at;
    enum fault fault = self->form->cell(self, column, cell);
    piece->len = row_bytes_len(&self->bytes) - self->row_at - piece->at;
    if (column >= self->piece_last)
        self->piece_last = column + 1;
    return fault;
}

enum fault row_render_cells(struct row_render *self, const struct row_kept *cells, uint32_t n)
{
    struct cell cell = {.has_value = true};
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < n && fault == FAULT_NONE; i++) {
        row_kept_fill(&cells[i], &cell);
        fault = row_render_cell(self, cells[i].column, &cell);
    }
    return fault;
}

/* The pieces move aside and come back in order. */
static enum fault assemble(struct row_render *self)
{
    struct row_bytes *aside = &self->assembled;
    size_t len = row_bytes_len(&self->bytes) - self->row_at;
    aside->at = aside->data;
    if (!row_bytes_append(aside, span_make(self->bytes.data + self->row_at, len)))
        return FAULT_LIMIT;
    row_bytes_cut(&self->bytes, self->row_at);
    self->next = 0;
    for (uint32_t column = 0; column < self->piece_last; column++) {
        const struct row_piece *piece = &self->pieces[column];
        if (piece->row != self->row)
            continue;
        if (column != self->next && self->form->gap(self, self->next, column) != FAULT_NONE)
            return FAULT_LIMIT;
        if (!row_bytes_append(&self->bytes, span_make(aside->data + piece->at, piece->len)))
            return FAULT_LIMIT;
        self->next = column + 1;
    }
    return FAULT_NONE;
}

enum fault row_render_end(struct row_render *self)
{
    if (self->has_pieces) {
        enum fault fault = assemble(self);
        if (fault != FAULT_NONE)
            return fault;
    }
    return self->form->end(self);
}

/* SPDX-License-Identifier: MIT
 *
 * A cell of a stack comes from one row of one source, and its row says which.
 */
#include "sink/explain_stack.h"

#include "core/utf8.h"

#define SHOWN_TEXT_UNITS 60u

struct row_search {
    struct cell_ref cell;
    struct explanation *found;
    bool is_found, is_full;
    uint32_t last_row; /* seen */
};

static struct span keep(struct row_search *self, struct span text)
{
    struct span copy = arena_copy(self->found->arena, text);
    self->is_full |= copy.data == NULL;
    return copy;
}

static struct told value_at(const struct stack_read_row *row, uint32_t col)
{
    for (uint32_t i = 0; i < row->n_cells; i++)
        if (row->cells[i].col == col)
            return row->cells[i].value;
    return (struct told){TOLD_NOTHING, {"", 0}};
}

static enum fault look_at_row(void *context, const struct stack_read_row *row)
{
    struct row_search *self = context;
    struct explanation *found = self->found;
    self->last_row = row->row;
    if (row->row == 0)
        found->column_label = keep(self, value_at(row, self->cell.col).text);
    if (row->row == self->cell.row) {
        struct told value = value_at(row, self->cell.col);
        found->result = (struct told){value.kind, keep(self, value.text)};
        found->origin.file = keep(self, row->file);
        found->origin.sheet = keep(self, row->sheet);
        found->origin.row = row->source_row;
        self->is_found = true;
    }
    if (self->is_full)
        return FAULT_LIMIT;
    return self->is_found ? FAULT_CANCELLED : FAULT_NONE;
}

static enum fault judge(const struct row_search *self, const struct stack_book *book, struct span sheet, struct why *why)
{
    char at[CELL_REF_TEXT_MAX];
    cell_ref_format(self->cell, at);
    if (!self->is_found)
        return why_set(why, FAULT_NOT_FOUND, "%.*s!%s is below the data, which end at row %u", SPAN_ARGS(sheet), at,
                       (unsigned)self->last_row + 1);
    if (self->cell.row == 0)
        return why_set(why, FAULT_NOT_FOUND, "%.*s!%s is the header, \"%.*s\": ask for a cell below it", SPAN_ARGS(sheet), at,
                       SPAN_ARGS(utf8_cut_utf16(self->found->column_label, SHOWN_TEXT_UNITS)));
    if (!book->has_origin)
        return why_set(why, FAULT_NOT_FOUND, "%.*s!%s: the rows do not say where they come from, since --no-source-columns left that "
                       "out; run the merge without it", SPAN_ARGS(sheet), at);
    if (!self->found->column_label.len)
        return why_set(why, FAULT_NOT_FOUND, "%.*s!%s is beside the data: no column has that place", SPAN_ARGS(sheet), at);
    return FAULT_NONE;
}

enum fault explain_stacked(struct output_file *file, const struct stack_book *book, size_t sheet, struct cell_ref cell,
                           struct explanation *ret, struct why *why)
{
    struct row_search search = {.cell = cell, .found = ret};
    struct span name = file->book->sheets[sheet].name;
    if (sheet >= book->n_data)
        return why_set(why, FAULT_NOT_FOUND, "%.*s is a list, no data: ask for a cell of %.*s", SPAN_ARGS(name),
                       SPAN_ARGS(file->book->sheets[0].name));
    ret->is_stacked = true;
    ret->cell = cell;
    ret->sheet = keep(&search, name);
    enum fault fault = stack_rows_read(file, book, sheet, look_at_row, &search, why);
    if (search.is_full)
        return why_set(why, FAULT_LIMIT, "the row is too long for memory");
    if (fault != FAULT_NONE && fault != FAULT_CANCELLED)
        return fault;
    return judge(&search, book, name, why);
}

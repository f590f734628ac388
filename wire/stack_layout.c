/* SPDX-License-Identifier: MIT
 *
 * A source's layout as bytes. Believed is nothing: sheets and columns ascend and lie in the grid, a column of the plan is met once in a
 * sheet, and only one sheet can be cut.
 */
#include "wire/stack_layout.h"

#include "wire/cursor.h"
#include "wire/stack_plan.h"

#define LAYOUT_VERSION 1
#define LAYOUT_FIELDS 6
#define GRID_ROWS 1048576u /* workbook/cell_ref.h says the same; wire knows no workbook */
#define GRID_COLS 16384u
#define SHEETS_MAX 65535u

static void pack_sheet(struct buffer *out, const struct stack_layout_sheet *sheet)
{
    pack_array(out, 5);
    pack_u64(out, sheet->index);
    pack_text(out, sheet->name);
    pack_u64(out, sheet->first_header);
    pack_u64(out, sheet->last_header);
    pack_array(out, sheet->n_columns);
    for (uint32_t i = 0; i < sheet->n_columns; i++) {
        const struct stack_layout_column *column = &sheet->columns[i];
        pack_array(out, 4);
        pack_u64(out, column->col);
        if (column->column == STACK_COLUMN_NONE)
            pack_nil(out);
        else
            pack_u64(out, column->column);
        pack_text(out, column->header);
        pack_text(out, column->name);
    }
}

void stack_layout_encode(struct buffer *out, const struct stack_layout *self)
{
    pack_array(out, LAYOUT_FIELDS);
    pack_u64(out, LAYOUT_VERSION);
    pack_array(out, self->n_sheets);
    for (uint32_t i = 0; i < self->n_sheets; i++)
        pack_sheet(out, &self->sheets[i]);
    pack_u64(out, self->from);
    pack_u64(out, self->to);
    pack_bool(out, self->is_rejected);
    pack_text(out, self->reason);
}

/* --- decoding: every helper returns false on what no encoder writes --- */

/* Which columns of the plan a sheet has had so far. */
struct met {
    unsigned char bits[STACK_COLUMNS_MAX / 8];
};

static bool meet(struct met *met, uint32_t column)
{
    if (column == STACK_COLUMN_NONE)
        return true;
    if (column >= STACK_COLUMNS_MAX || met->bits[column / 8] & 1u << column % 8)
        return false;
    met->bits[column / 8] |= (unsigned char)(1u << column % 8);
    return true;
}

static bool read_column(struct cursor *in, struct stack_layout_column *ret)
{
    uint32_t n = cursor_enter(in, 4);
    ret->col = cursor_u32(in);
    ret->column = cursor_is_nil(in) ? STACK_COLUMN_NONE : cursor_u32(in);
    ret->header = cursor_text(in);
    ret->name = cursor_text(in);
    if (in->fault != FAULT_NONE || ret->col >= GRID_COLS || !ret->name.len)
        return false;
    cursor_leave(in, n - 4);
    return in->fault == FAULT_NONE;
}

static bool read_columns(struct cursor *in, struct arena *arena, struct stack_layout_sheet *sheet)
{
    sheet->n_columns = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || sheet->n_columns > GRID_COLS)
        return false;
    sheet->columns = arena_alloc(arena, sheet->n_columns * sizeof *sheet->columns);
    if (!sheet->columns)
        return false;
    struct met met = {{0}};
    for (uint32_t i = 0; i < sheet->n_columns; i++) {
        struct stack_layout_column *column = &sheet->columns[i];
        if (!read_column(in, column) || (i && column->col <= column[-1].col) || !meet(&met, column->column))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_sheet(struct cursor *in, struct arena *arena, struct stack_layout_sheet *ret)
{
    uint32_t n = cursor_enter(in, 5);
    ret->index = cursor_u32(in);
    ret->name = cursor_text(in);
    ret->first_header = cursor_u32(in);
    ret->last_header = cursor_u32(in);
    if (!read_columns(in, arena, ret))
        return false;
    cursor_leave(in, n - 5);
    bool has_header = ret->first_header > 0 && ret->first_header <= ret->last_header && ret->last_header <= GRID_ROWS;
    bool has_none = ret->first_header == 0 && ret->last_header == 0 && ret->n_columns == 0;
    return in->fault == FAULT_NONE && ret->index < SHEETS_MAX && (has_header || has_none);
}

static bool read_sheets(struct cursor *in, struct arena *arena, struct stack_layout *ret)
{
    ret->n_sheets = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || ret->n_sheets > SHEETS_MAX)
        return false;
    ret->sheets = arena_alloc(arena, ret->n_sheets * sizeof *ret->sheets);
    if (!ret->sheets)
        return false;
    for (uint32_t i = 0; i < ret->n_sheets; i++) {
        if (!read_sheet(in, arena, &ret->sheets[i]) || (i && ret->sheets[i].index <= ret->sheets[i - 1].index))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool range_is_sound(const struct stack_layout *self)
{
    return !stack_layout_is_cut(self) || (self->n_sheets == 1 && self->from < self->to);
}

enum fault stack_layout_decode(struct span bytes, struct arena *arena, struct stack_layout *ret)
{
    struct stack_layout self = {0};
    struct cursor in;
    cursor_init(&in, bytes);
    uint32_t n = cursor_enter(&in, LAYOUT_FIELDS);
    if (cursor_u32(&in) != LAYOUT_VERSION || !read_sheets(&in, arena, &self))
        return FAULT_PROTOCOL;
    self.from = cursor_u64(&in);
    self.to = cursor_u64(&in);
    self.is_rejected = cursor_bool(&in);
    self.reason = cursor_text(&in);
    if (in.fault != FAULT_NONE)
        return FAULT_PROTOCOL;
    cursor_leave(&in, n - LAYOUT_FIELDS);
    if (!cursor_at_end(&in) || !range_is_sound(&self))
        return FAULT_PROTOCOL;
    *ret = self;
    return FAULT_NONE;
}

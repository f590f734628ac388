/* SPDX-License-Identifier: MIT
 *
 * The plan as bytes. Cells travel as runs of equal ones: a form of 10,000 cells is a few hundred
 * bytes. Nothing is believed on the way in: areas lie in the grid, runs fill them exactly, labels
 * stand in order on label cells.
 */
#include "wire/plan.h"

#include "wire/cursor.h"

#define PLAN_VERSION 1
#define PLAN_FIELDS 15
#define GRID_ROWS 1048576u /* workbook/cell_ref.h says the same; wire knows no workbook */
#define GRID_COLS 16384u
#define SHEETS_MAX 65535u

static uint32_t cell_word(struct plan_cell cell)
{
    return cell.role | (uint32_t)cell.function << 8 | (uint32_t)cell.flags << 16;
}

static void pack_range(struct buffer *out, struct plan_range range)
{
    pack_array(out, 4);
    pack_u64(out, range.first_row);
    pack_u64(out, range.first_col);
    pack_u64(out, range.last_row);
    pack_u64(out, range.last_col);
}

static uint32_t run_length(const struct plan_cell *cells, uint32_t n)
{
    uint32_t run = 1;
    while (run < n && cell_word(cells[run]) == cell_word(cells[0]))
        run++;
    return run;
}

static void pack_cells(struct buffer *out, const struct plan_cell *cells, uint32_t n)
{
    uint32_t runs = 0;
    for (uint32_t i = 0; i < n; i += run_length(cells + i, n - i))
        runs++;
    pack_array(out, runs * 2);
    for (uint32_t i = 0; i < n;) {
        uint32_t run = run_length(cells + i, n - i);
        pack_u64(out, run);
        pack_u64(out, cell_word(cells[i]));
        i += run;
    }
}

static void pack_sheet(struct buffer *out, const struct plan_sheet *sheet)
{
    pack_array(out, 6);
    pack_text(out, sheet->name);
    pack_u64(out, sheet->template_index);
    pack_range(out, sheet->area);
    pack_cells(out, sheet->cells, plan_area_rows(sheet) * plan_area_cols(sheet));
    pack_array(out, sheet->n_labels);
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        const struct plan_label *label = &sheet->labels[i];
        pack_array(out, 4);
        pack_u64(out, label->row);
        pack_u64(out, label->col);
        pack_text(out, label->text);
        pack_text(out, label->shown);
    }
    pack_array(out, sheet->n_merges);
    for (uint32_t i = 0; i < sheet->n_merges; i++)
        pack_range(out, sheet->merges[i]);
}

void plan_encode(struct buffer *out, const struct plan *self)
{
    pack_array(out, PLAN_FIELDS);
    pack_u64(out, PLAN_VERSION);
    pack_array(out, self->n_sheets);
    for (uint32_t i = 0; i < self->n_sheets; i++)
        pack_sheet(out, &self->sheets[i]);
    pack_array(out, self->n_weights * 2);
    for (uint32_t i = 0; i < self->n_weights; i++) {
        pack_u64(out, self->weights[i].input);
        pack_u64(out, self->weights[i].weight_input);
    }
    pack_u64(out, self->precision);
    pack_u64(out, self->text_rule);
    pack_text(out, self->text_locale);
    pack_u64(out, self->errors);
    pack_u64(out, self->drift);
    pack_bool(out, self->skip_hidden);
    pack_bool(out, self->is_preset_original);
    pack_bool(out, self->is_template_1904);
    pack_text(out, self->sheet_selector);
    pack_array(out, self->n_aliases * 2);
    for (uint32_t i = 0; i < self->n_aliases; i++) {
        pack_text(out, self->aliases[i].from);
        pack_text(out, self->aliases[i].to);
    }
    pack_text(out, self->id_cell);
    pack_array(out, self->n_unmapped);
    for (uint32_t i = 0; i < self->n_unmapped; i++)
        pack_text(out, self->unmapped[i]);
}

/* --- decoding: every helper returns false on what no encoder writes --- */

static bool copy_text(struct cursor *in, struct arena *arena, struct span *ret)
{
    *ret = arena_copy(arena, cursor_text(in));
    return ret->data && in->fault == FAULT_NONE;
}

static bool read_range(struct cursor *in, struct plan_range *ret)
{
    uint32_t n = cursor_enter(in, 4);
    ret->first_row = cursor_u32(in);
    ret->first_col = cursor_u32(in);
    ret->last_row = cursor_u32(in);
    ret->last_col = cursor_u32(in);
    if (in->fault != FAULT_NONE)
        return false;
    cursor_leave(in, n - 4);
    return ret->first_row <= ret->last_row && ret->first_col <= ret->last_col &&
           ret->last_row < GRID_ROWS && ret->last_col < GRID_COLS;
}

static bool unpack_cell(uint32_t word, struct plan_cell *ret)
{
    *ret = (struct plan_cell){(uint8_t)word, (uint8_t)(word >> 8), (uint8_t)(word >> 16)};
    return word >> 24 == 0 && ret->role <= ROLE_OUTSIDE && ret->function < FUNCTIONS &&
           ret->flags <= (PLAN_PERCENT | PLAN_DATE | PLAN_DURATION);
}

static bool read_cells(struct cursor *in, struct arena *arena, struct plan_sheet *sheet,
                       uint64_t *cells_left)
{
    uint64_t area = (uint64_t)plan_area_rows(sheet) * plan_area_cols(sheet);
    if (area > *cells_left)
        return false;
    *cells_left -= area;
    uint32_t n = cursor_enter(in, 2);
    if (in->fault != FAULT_NONE || n % 2)
        return false;
    sheet->cells = arena_alloc(arena, (size_t)area * sizeof *sheet->cells);
    if (!sheet->cells)
        return false;
    uint64_t at = 0;
    for (uint32_t i = 0; i < n; i += 2) {
        uint32_t run = cursor_u32(in);
        struct plan_cell cell;
        if (!unpack_cell(cursor_u32(in), &cell) || in->fault != FAULT_NONE || run == 0 ||
            run > area - at)
            return false;
        for (uint32_t k = 0; k < run; k++)
            sheet->cells[at++] = cell;
    }
    cursor_leave(in, 0);
    return at == area;
}

static bool is_after(const struct plan_label *a, const struct plan_label *b)
{
    return a->row > b->row || (a->row == b->row && a->col > b->col);
}

static bool read_label(struct cursor *in, struct arena *arena, const struct plan_sheet *sheet,
                       struct plan_label *ret)
{
    uint32_t n = cursor_enter(in, 4);
    ret->row = cursor_u32(in);
    ret->col = cursor_u32(in);
    if (!copy_text(in, arena, &ret->text) || !copy_text(in, arena, &ret->shown))
        return false;
    cursor_leave(in, n - 4);
    if (!plan_range_has(&sheet->area, ret->row, ret->col))
        return false;
    uint8_t role = sheet->cells[plan_place(sheet, ret->row, ret->col)].role;
    return role == ROLE_LABEL || role == ROLE_CONSTANT;
}

static bool read_labels(struct cursor *in, struct arena *arena, struct plan_sheet *sheet)
{
    sheet->n_labels = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE)
        return false;
    sheet->labels = arena_alloc(arena, sheet->n_labels * sizeof *sheet->labels);
    if (!sheet->labels)
        return false;
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        if (!read_label(in, arena, sheet, &sheet->labels[i]))
            return false;
        if (i && !is_after(&sheet->labels[i], &sheet->labels[i - 1]))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_merges(struct cursor *in, struct arena *arena, struct plan_sheet *sheet)
{
    sheet->n_merges = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE)
        return false;
    sheet->merges = arena_alloc(arena, sheet->n_merges * sizeof *sheet->merges);
    if (!sheet->merges)
        return false;
    for (uint32_t i = 0; i < sheet->n_merges; i++) {
        if (!read_range(in, &sheet->merges[i]))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_sheets(struct cursor *in, struct plan *plan)
{
    uint64_t cells_left = PLAN_CELLS_MAX;
    plan->n_sheets = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || plan->n_sheets > SHEETS_MAX)
        return false;
    plan->sheets = arena_alloc(plan->arena, plan->n_sheets * sizeof *plan->sheets);
    if (!plan->sheets)
        return false;
    for (uint32_t i = 0; i < plan->n_sheets; i++) {
        struct plan_sheet *sheet = &plan->sheets[i];
        uint32_t n = cursor_enter(in, 6);
        if (!copy_text(in, plan->arena, &sheet->name))
            return false;
        sheet->template_index = cursor_u32(in);
        if (!read_range(in, &sheet->area) || !read_cells(in, plan->arena, sheet, &cells_left) ||
            !read_labels(in, plan->arena, sheet) || !read_merges(in, plan->arena, sheet))
            return false;
        cursor_leave(in, n - 6);
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_weights(struct cursor *in, struct plan *plan)
{
    uint32_t n = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || n % 2)
        return false;
    plan->n_weights = n / 2;
    plan->weights = arena_alloc(plan->arena, plan->n_weights * sizeof *plan->weights);
    if (!plan->weights)
        return false;
    for (uint32_t i = 0; i < plan->n_weights; i++) {
        plan->weights[i].input = cursor_u32(in);
        plan->weights[i].weight_input = cursor_u32(in);
        if (i && plan->weights[i].input <= plan->weights[i - 1].input)
            return false;
    }
    cursor_leave(in, 0);
    return in->fault == FAULT_NONE;
}

static bool read_choice(struct cursor *in, uint32_t last, uint32_t *ret)
{
    *ret = cursor_u32(in);
    return in->fault == FAULT_NONE && *ret <= last;
}

static bool read_options(struct cursor *in, struct plan *plan)
{
    uint32_t precision, text_rule, errors, drift;
    if (!read_choice(in, DECIMAL_FULL, &precision) || !read_choice(in, JOB_TEXT_OFF, &text_rule) ||
        !copy_text(in, plan->arena, &plan->text_locale) || !read_choice(in, ERRORS_FAIL, &errors) ||
        !read_choice(in, DRIFT_REPORT, &drift))
        return false;
    plan->precision = precision;
    plan->text_rule = text_rule;
    plan->errors = errors;
    plan->drift = drift;
    plan->skip_hidden = cursor_bool(in);
    plan->is_preset_original = cursor_bool(in);
    plan->is_template_1904 = cursor_bool(in);
    return copy_text(in, plan->arena, &plan->sheet_selector);
}

static bool read_aliases(struct cursor *in, struct plan *plan)
{
    uint32_t n = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || n % 2)
        return false;
    plan->n_aliases = n / 2;
    plan->aliases = arena_alloc(plan->arena, plan->n_aliases * sizeof *plan->aliases);
    if (!plan->aliases)
        return false;
    for (uint32_t i = 0; i < plan->n_aliases; i++) {
        if (!copy_text(in, plan->arena, &plan->aliases[i].from) ||
            !copy_text(in, plan->arena, &plan->aliases[i].to))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_unmapped(struct cursor *in, struct plan *plan)
{
    plan->n_unmapped = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE)
        return false;
    plan->unmapped = arena_alloc(plan->arena, plan->n_unmapped * sizeof *plan->unmapped);
    if (!plan->unmapped)
        return false;
    for (uint32_t i = 0; i < plan->n_unmapped; i++) {
        if (!copy_text(in, plan->arena, &plan->unmapped[i]))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool weights_name_inputs(const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->n_weights; i++) {
        if (plan->weights[i].input >= plan->n_inputs ||
            plan->weights[i].weight_input >= plan->n_inputs)
            return false;
    }
    return true;
}

static bool read_plan(struct cursor *in, struct plan *plan)
{
    uint32_t n = cursor_enter(in, PLAN_FIELDS);
    if (cursor_u32(in) != PLAN_VERSION || in->fault != FAULT_NONE)
        return false;
    if (!read_sheets(in, plan) || !read_weights(in, plan) || !read_options(in, plan) ||
        !read_aliases(in, plan) || !copy_text(in, plan->arena, &plan->id_cell) ||
        !read_unmapped(in, plan))
        return false;
    cursor_leave(in, n - PLAN_FIELDS);
    return in->fault == FAULT_NONE && cursor_at_end(in);
}

enum fault plan_decode(struct span message, struct plan *ret)
{
    struct plan plan = {.arena = arena_new(PLAN_ARENA_BYTES)};
    struct cursor in;
    cursor_init(&in, message);
    if (!read_plan(&in, &plan) || plan_seal(&plan) != FAULT_NONE || !weights_name_inputs(&plan)) {
        plan_free(&plan);
        return FAULT_PROTOCOL;
    }
    *ret = plan;
    return FAULT_NONE;
}

void plan_free(struct plan *self)
{
    arena_destroy(&self->arena);
    *self = (struct plan){0};
}

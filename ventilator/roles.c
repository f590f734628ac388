/* SPDX-License-Identifier: MIT
 *
 * Roles are painted on the sheet's area from the weakest rule to the strongest; a later coat covers
 * an earlier one. Merged areas come last: a cell that nobody can see has no role of its own.
 */
#include "ventilator/roles.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "workbook/cell_value.h"

#define MERGE_CELLS_MAX 65536u /* a larger merged area does not widen the used range */
#define FOLD_BYTES_MAX ((size_t)1 << 20)
#define FLAG_TEXT 0x80 /* in plan_cell.flags while roles are painted: the cell holds a text */

struct painter {
    struct role_context *context;
    size_t index;
    const struct template_sheet *sheet;
    struct plan_sheet *plan;
};

static bool takes_text(enum function function)
{
    return function == FUNCTION_COUNTA || function == FUNCTION_FIRST || function == FUNCTION_LAST ||
           function == FUNCTION_SAME || function == FUNCTION_JOIN;
}

static struct plan_cell *cell_at(struct painter *self, uint32_t row, uint32_t col)
{
    if (!plan_range_has(&self->plan->area, row, col))
        return NULL;
    return &self->plan->cells[plan_place(self->plan, row, col)];
}

/* --- the area --- */

struct box {
    struct plan_range range;
    bool is_set;
};

static void widen(struct box *box, struct cell_range by)
{
    if (!box->is_set) {
        *box = (struct box){{by.first.row, by.first.col, by.last.row, by.last.col}, true};
        return;
    }
    struct plan_range *range = &box->range;
    range->first_row = by.first.row < range->first_row ? by.first.row : range->first_row;
    range->first_col = by.first.col < range->first_col ? by.first.col : range->first_col;
    range->last_row = by.last.row > range->last_row ? by.last.row : range->last_row;
    range->last_col = by.last.col > range->last_col ? by.last.col : range->last_col;
}

static uint64_t cells_of(struct plan_range range)
{
    return (uint64_t)(range.last_row - range.first_row + 1) *
           (range.last_col - range.first_col + 1);
}

static struct box used_box(const struct template_sheet *sheet)
{
    struct box box = {0};
    for (uint32_t i = 0; i < sheet->n_cells; i++) {
        struct cell_ref at = {sheet->cells[i].row, sheet->cells[i].col};
        widen(&box, (struct cell_range){at, at});
    }
    for (uint32_t i = 0; i < sheet->n_merges; i++) {
        struct cell_range merge = sheet->merges[i];
        struct plan_range range = {merge.first.row, merge.first.col, merge.last.row,
                                   merge.last.col};
        if (cells_of(range) > MERGE_CELLS_MAX)
            merge.last = merge.first;
        widen(&box, merge);
    }
    for (uint32_t i = 0; i < sheet->n_notes; i++) {
        struct role_override role;
        struct span word;
        if (note_parse(sheet->notes[i].text, &role, &word) == NOTE_OVERRIDE)
            widen(&box, (struct cell_range){sheet->notes[i].at, sheet->notes[i].at});
    }
    return box;
}

static bool is_for(const struct region *region, size_t sheet)
{
    return region->sheet == EVERY_SHEET || region->sheet == sheet;
}

/* A region as cells of the area: whole columns and rows end where the used range does. */
static bool clip(struct cell_range range, struct plan_range area, struct plan_range *ret)
{
    *ret = (struct plan_range){
        range.first.row > area.first_row ? range.first.row : area.first_row,
        range.first.col > area.first_col ? range.first.col : area.first_col,
        range.last.row < area.last_row ? range.last.row : area.last_row,
        range.last.col < area.last_col ? range.last.col : area.last_col,
    };
    return ret->first_row <= ret->last_row && ret->first_col <= ret->last_col;
}

static bool is_whole_line(struct cell_range range)
{
    return (range.first.row == 0 && range.last.row == GRID_ROWS - 1) ||
           (range.first.col == 0 && range.last.col == GRID_COLS - 1);
}

static void widen_by_ranges(struct box *box, const struct regions *ranges, size_t sheet)
{
    for (uint32_t i = 0; i < ranges->n; i++) {
        if (is_for(&ranges->items[i], sheet) && !is_whole_line(ranges->items[i].range))
            widen(box, ranges->items[i].range);
    }
}

static enum fault set_area(struct painter *self, struct why *why)
{
    struct role_context *context = self->context;
    struct box box = used_box(self->sheet), ranges = {0};
    if (context->job->is_preset_original && box.is_set)
        box.range.first_row = box.range.first_col = 0; /* R0 counts its used range from A1 */
    widen_by_ranges(&ranges, &context->ranges, self->index);
    if (ranges.is_set && box.is_set && cells_of(box.range) > context->cells_left)
        box = ranges; /* a few cells at the far end of a sheet must not forbid a small range */
    widen_by_ranges(&box, &context->ranges, self->index);
    widen_by_ranges(&box, &context->names, self->index);
    self->plan->area = box.range; /* an empty sheet: A1 */
    uint64_t n = cells_of(box.range);
    self->plan->cells =
        n > context->cells_left ? NULL : arena_alloc(context->arena, n * sizeof *self->plan->cells);
    if (!self->plan->cells)
        return why_set(why, FAULT_LIMIT,
                       "the used range has %llu cells, more than %u can be mapped; use --range",
                       (unsigned long long)n, PLAN_CELLS_MAX);
    context->cells_left -= n;
    for (uint64_t i = 0; i < n; i++)
        self->plan->cells[i] =
            (struct plan_cell){box.is_set ? ROLE_INPUT : ROLE_OUTSIDE, context->job->function, 0};
    return FAULT_NONE;
}

/* --- coats, weakest first --- */

static enum role natural_role(const struct job *job, const struct template_cell *cell)
{
    if (cell->is_formula)
        return ROLE_FORMULA;
    switch (cell->type) {
    case CELL_TEXT:
        return cell->value.len ? ROLE_LABEL : ROLE_INPUT;
    case CELL_NUMBER:
    case CELL_DATE:
        return job->constants_aggregate || job->template_filled ? ROLE_INPUT : ROLE_CONSTANT;
    case CELL_BOOLEAN:
        return job->constants_aggregate ? ROLE_INPUT : ROLE_CONSTANT;
    case CELL_ERROR:
        return ROLE_CONSTANT;
    default:
        return ROLE_INPUT;
    }
}

static uint8_t format_flags(const struct styles *styles, uint32_t style)
{
    if (styles_is_percent(styles, style))
        return PLAN_PERCENT;
    enum format_kind kind = styles_kind(styles, style);
    return kind == FORMAT_DATE ? PLAN_DATE : kind == FORMAT_DURATION ? PLAN_DURATION : 0;
}

static void paint_nature(struct painter *self)
{
    const struct job *job = self->context->job;
    for (uint32_t i = 0; i < self->sheet->n_cells; i++) {
        const struct template_cell *from = &self->sheet->cells[i];
        struct plan_cell *to = cell_at(self, from->row, from->col);
        if (!to)
            continue;
        to->role = job->is_preset_original ? ROLE_INPUT : natural_role(job, from);
        to->flags = format_flags(self->context->styles, from->style);
        if (from->type == CELL_DATE && !to->flags)
            to->flags = PLAN_DATE;
        to->function = to->flags & PLAN_PERCENT ? FUNCTION_AVERAGE : job->function;
        if (natural_role(job, from) == ROLE_LABEL)
            to->flags |= FLAG_TEXT;
    }
}

/* What an array formula fills is computed, though only its first cell says so. */
static void paint_arrays(struct painter *self)
{
    for (uint32_t i = 0; i < self->sheet->n_arrays; i++) {
        struct plan_range range;
        if (!clip(self->sheet->arrays[i], self->plan->area, &range))
            continue;
        for (uint32_t row = range.first_row; row <= range.last_row; row++) {
            for (uint32_t col = range.first_col; col <= range.last_col; col++)
                cell_at(self, row, col)->role = ROLE_FORMULA;
        }
    }
}

static void paint_ranges(struct painter *self)
{
    const struct regions *ranges = &self->context->ranges;
    if (ranges->n == 0)
        return;
    uint64_t n = cells_of(self->plan->area);
    unsigned char *is_mapped = must_alloc(n);
    for (uint32_t i = 0; i < ranges->n; i++) {
        struct plan_range range;
        if (!is_for(&ranges->items[i], self->index) ||
            !clip(ranges->items[i].range, self->plan->area, &range))
            continue;
        for (uint32_t row = range.first_row; row <= range.last_row; row++)
            memset(is_mapped + plan_place(self->plan, row, range.first_col), 1,
                   range.last_col - range.first_col + 1);
    }
    for (uint64_t i = 0; i < n; i++) {
        if (!is_mapped[i] && self->plan->cells[i].role == ROLE_INPUT)
            self->plan->cells[i].role = ROLE_OUTSIDE;
    }
    free(is_mapped);
}

/* On a protected form the unlocked cells are what is to be filled in: text in them is a
 * placeholder, not a label. */
static void paint_unlocked(struct painter *self)
{
    const struct styles *styles = self->context->styles;
    const struct template_sheet *sheet = self->sheet;
    bool has_unlocked = false;
    for (uint32_t i = 0; i < sheet->n_cells && !has_unlocked; i++)
        has_unlocked = !styles_is_locked(styles, sheet->cells[i].style);
    if (!sheet->is_protected || !has_unlocked)
        return;
    uint64_t n = cells_of(self->plan->area);
    for (uint64_t i = 0; i < n; i++) {
        if (self->plan->cells[i].role == ROLE_INPUT)
            self->plan->cells[i].role = ROLE_OUTSIDE;
    }
    for (uint32_t i = 0; i < sheet->n_cells; i++) {
        struct plan_cell *to = cell_at(self, sheet->cells[i].row, sheet->cells[i].col);
        if (to && to->role != ROLE_FORMULA && !styles_is_locked(styles, sheet->cells[i].style))
            to->role = ROLE_INPUT;
    }
}

static void paint_override(struct plan_cell *to, const struct role_override *role)
{
    to->role = role->is_ignore ? ROLE_IGNORED : ROLE_INPUT;
    to->function = role->function;
}

/* A colour or a name covers many cells at once: it does not turn the labels among them into
 * numbers. */
static void paint_region_cell(struct plan_cell *to, const struct role_override *role)
{
    if (!(to->flags & FLAG_TEXT) || role->is_ignore || takes_text(role->function))
        paint_override(to, role);
}

static void paint_colors(struct painter *self)
{
    const struct job *job = self->context->job;
    for (uint32_t i = 0; job->n_colors && i < self->sheet->n_cells; i++) {
        const struct template_cell *from = &self->sheet->cells[i];
        struct plan_cell *to = cell_at(self, from->row, from->col);
        int32_t fill = styles_fill(self->context->styles, from->style);
        for (uint32_t k = 0; to && fill >= 0 && k < job->n_colors; k++) {
            const struct color_role *color = &job->colors[k];
            struct role_override role = {.is_ignore = color->is_ignore,
                                         .function = color->function};
            if (color->rgb == (uint32_t)fill)
                paint_region_cell(to, &role);
        }
    }
}

static void paint_names(struct painter *self)
{
    const struct regions *names = &self->context->names;
    for (uint32_t i = 0; i < names->n; i++) {
        struct plan_range range;
        if (!is_for(&names->items[i], self->index) ||
            !clip(names->items[i].range, self->plan->area, &range))
            continue;
        for (uint32_t row = range.first_row; row <= range.last_row; row++) {
            for (uint32_t col = range.first_col; col <= range.last_col; col++)
                paint_region_cell(cell_at(self, row, col), &names->items[i].role);
        }
    }
}

static void request_weight(struct role_context *context, struct weight_request request)
{
    if (context->n_requests == context->requests_capacity) {
        context->requests_capacity =
            context->requests_capacity ? context->requests_capacity * 2 : 16;
        context->requests =
            must_realloc(context->requests, context->requests_capacity * sizeof *context->requests);
    }
    context->requests[context->n_requests++] = request;
}

static struct cell_ref anchor_of(const struct template_sheet *sheet, struct cell_ref at)
{
    for (uint32_t i = 0; i < sheet->n_merges; i++) {
        if (cell_range_has(sheet->merges[i], at.row, at.col))
            return sheet->merges[i].first;
    }
    return at;
}

static enum fault paint_notes(struct painter *self, struct why *why)
{
    for (uint32_t i = 0; i < self->sheet->n_notes; i++) {
        const struct template_note *note = &self->sheet->notes[i];
        struct role_override role;
        struct span word;
        enum note_verdict verdict = note_parse(note->text, &role, &word);
        if (verdict == NOTE_NOTHING)
            continue;
        if (verdict == NOTE_MISTAKE) {
            why_set(why, FAULT_USAGE,
                    "the note says @%.*s; sheaf knows @ignore, @sum, @average, @max, @min, @count, "
                    "@first "
                    "... and @wavg(C5), with the cell of the weight",
                    SPAN_ARGS(word));
            why_at_cell(why, note->at.row + 1, note->at.col + 1);
            return FAULT_USAGE;
        }
        struct cell_ref at = anchor_of(self->sheet, note->at);
        struct plan_cell *to = cell_at(self, at.row, at.col);
        if (!to)
            continue;
        paint_override(to, &role);
        if (role.weight.len) {
            struct span weight = arena_copy(self->context->arena, role.weight);
            request_weight(self->context, (struct weight_request){self->index, at, weight});
        }
    }
    return FAULT_NONE;
}

static enum fault paint_merges(struct painter *self, struct why *why)
{
    struct plan_sheet *plan = self->plan;
    plan->merges = arena_alloc(self->context->arena, self->sheet->n_merges * sizeof *plan->merges);
    if (!plan->merges)
        return why_set(why, FAULT_LIMIT, "too many merged areas");
    uint64_t painted =
        0; /* overlapping areas are malformed and must not cost more than the sheet */
    for (uint32_t i = 0; i < self->sheet->n_merges; i++) {
        struct cell_range merge = self->sheet->merges[i];
        struct plan_range range;
        if (!clip(merge, plan->area, &range))
            continue;
        plan->merges[plan->n_merges++] =
            (struct plan_range){merge.first.row, merge.first.col, merge.last.row, merge.last.col};
        painted += cells_of(range);
        if (painted > 4 * cells_of(plan->area))
            return why_set(why, FAULT_CORRUPT, "merged areas overlap");
        for (uint32_t row = range.first_row; row <= range.last_row; row++) {
            for (uint32_t col = range.first_col; col <= range.last_col; col++) {
                if (row != merge.first.row || col != merge.first.col)
                    cell_at(self, row, col)->role = ROLE_COVERED;
            }
        }
    }
    return FAULT_NONE;
}

/* Equal roles become equal cells, so that they travel as one run. */
static void settle_cells(struct plan_sheet *plan)
{
    uint64_t n = cells_of(plan->area);
    for (uint64_t i = 0; i < n; i++) {
        struct plan_cell *cell = &plan->cells[i];
        cell->flags &= (uint8_t)~FLAG_TEXT;
        if (cell->role != ROLE_INPUT)
            cell->function = 0;
        if (cell->role != ROLE_INPUT && cell->role != ROLE_CONSTANT)
            cell->flags = 0;
    }
}

/* --- labels --- */

static struct span shown_text(const struct role_context *context, const struct template_cell *from,
                              struct span constant, struct buffer *scratch)
{
    double value;
    buffer_clear(scratch);
    if (from->type == CELL_TEXT)
        return arena_copy(context->arena, from->value);
    if (from->type == CELL_NUMBER && number_parse(from->value, &value) == FAULT_NONE &&
        number_format_apply(styles_format(context->styles, from->style), value,
                            context->book->is_1904, scratch))
        return arena_copy(context->arena, buffer_span(scratch));
    return constant;
}

static bool add_label(struct painter *self, const struct template_cell *from,
                      struct buffer *scratch)
{
    struct role_context *context = self->context;
    struct plan_label *label = &self->plan->labels[self->plan->n_labels++];
    struct cell cell = {.type = from->type, .value = from->value};
    buffer_clear(scratch);
    cell_put_constant(&cell, styles_kind(context->styles, from->style), context->book->is_1904,
                      context->job->precision, scratch);
    label->row = from->row;
    label->col = from->col;
    label->text = arena_copy(context->arena, buffer_span(scratch));
    label->shown = shown_text(context, from, label->text, scratch);
    return label->text.data && label->shown.data;
}

static enum fault collect_labels(struct painter *self, struct why *why)
{
    struct plan_sheet *plan = self->plan;
    struct buffer scratch;
    buffer_init(&scratch, FOLD_BYTES_MAX);
    plan->labels = arena_alloc(self->context->arena, self->sheet->n_cells * sizeof *plan->labels);
    bool fits = plan->labels != NULL;
    for (uint32_t i = 0; i < self->sheet->n_cells && fits; i++) {
        const struct template_cell *from = &self->sheet->cells[i];
        const struct plan_cell *cell = cell_at(self, from->row, from->col);
        if (cell && (cell->role == ROLE_LABEL || cell->role == ROLE_CONSTANT))
            fits = from->value.len * 4 < FOLD_BYTES_MAX && add_label(self, from, &scratch);
    }
    buffer_free(&scratch);
    return fits ? FAULT_NONE : why_set(why, FAULT_LIMIT, "too much text in the template's labels");
}

bool roles_leave_out(const struct role_context *context, size_t index)
{
    for (uint32_t i = 0; i < context->ranges.n; i++) {
        if (is_for(&context->ranges.items[i], index))
            return false;
    }
    return context->ranges.n > 0;
}

enum fault roles_assign(struct role_context *context, size_t index,
                        const struct template_sheet *sheet, struct plan_sheet *ret, struct why *why)
{
    struct painter self = {context, index, sheet, ret};
    *ret =
        (struct plan_sheet){.name = arena_copy(context->arena, context->book->sheets[index].name),
                            .template_index = (uint32_t)index};
    enum fault fault = ret->name.data ? set_area(&self, why)
                                      : why_set(why, FAULT_LIMIT, "the sheet's name is too long");
    if (fault == FAULT_NONE) {
        paint_nature(&self);
        if (!context->job->is_preset_original) {
            paint_arrays(&self);
            paint_ranges(&self);
            paint_unlocked(&self);
            paint_colors(&self);
            paint_names(&self);
            fault = paint_notes(&self, why);
        }
    }
    if (fault == FAULT_NONE)
        fault = paint_merges(&self, why);
    if (fault == FAULT_NONE) {
        settle_cells(ret);
        fault = collect_labels(&self, why);
    }
    if (fault != FAULT_NONE)
        why_at_sheet(why, context->book->sheets[index].name);
    return fault;
}

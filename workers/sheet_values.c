/* SPDX-License-Identifier: MIT
 *
 * The scan of a source sheet. Numbers become decimals at once; of texts only what can matter is
 * kept: a long text in a cell that wants a number is not copied, so one shared string used in a
 * million cells stays one string.
 */
#include "workers/sheet_values.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "workbook/cell_value.h"

#define TEXT_BYTES_MAX ((size_t)256 << 20) /* kept texts of one sheet */
#define TEXT_KEPT 256u                     /* bytes of a text where no text is wanted */
#define TEXT_UNITS_MAX 32767u              /* Excel's limit of a cell */
#define RANGES_MAX 1000000u
#define ARRAYS_MAX 10000u /* they are searched one by one; more are taken for typed values */
#define FOLD_BYTES_MAX ((size_t)1 << 20)
#define LABELS_SEEN_MAX 1000000u

bool function_takes_text(enum function function)
{
    return function == FUNCTION_COUNTA || function == FUNCTION_FIRST || function == FUNCTION_LAST ||
           function == FUNCTION_SAME || function == FUNCTION_JOIN;
}

void sheet_values_init(struct sheet_values *self, const struct plan *plan)
{
    *self = (struct sheet_values){
        .plan = plan, .texts = arena_new(TEXT_BYTES_MAX), .hidden_columns = must_alloc(GRID_COLS)};
    buffer_init(&self->scratch, FOLD_BYTES_MAX);
}

void sheet_values_free(struct sheet_values *self)
{
    free(self->slots);
    free(self->merges);
    free(self->arrays);
    free(self->hidden_columns);
    arena_destroy(&self->texts);
    buffer_free(&self->scratch);
}

static void start(struct sheet_values *self, const struct plan_sheet *sheet)
{
    size_t n = (size_t)plan_area_rows(sheet) * plan_area_cols(sheet);
    if (n > self->slots_capacity) {
        free(self->slots);
        self->slots = must_alloc(n * sizeof *self->slots);
        self->slots_capacity = n;
    } else {
        memset(self->slots, 0, n * sizeof *self->slots);
    }
    arena_clear(self->texts);
    memset(self->hidden_columns, 0, GRID_COLS);
    self->sheet = sheet;
    self->n_outside = self->n_formulas = self->n_formulas_zero = self->n_numbers = 0;
    self->n_merges = self->n_arrays = 0;
    self->is_row_hidden = self->is_unsure = false;
}

static enum fault add_range(struct cell_range **ranges, uint32_t *n, uint32_t *capacity,
                            struct cell_range range)
{
    if (*n >= RANGES_MAX)
        return FAULT_LIMIT;
    if (*n == *capacity) {
        *capacity = *capacity ? *capacity * 2 : 64;
        *ranges = must_realloc(*ranges, *capacity * sizeof **ranges);
    }
    (*ranges)[(*n)++] = range;
    return FAULT_NONE;
}

static enum fault on_row(void *context, const struct sheet_row *row)
{
    struct sheet_values *self = context;
    self->is_row_hidden = row->is_hidden;
    return FAULT_NONE;
}

static enum fault on_column(void *context, uint32_t first, uint32_t last, bool is_hidden)
{
    struct sheet_values *self = context;
    for (uint32_t col = first; col <= last && col < GRID_COLS; col++)
        self->hidden_columns[col] = is_hidden;
    return FAULT_NONE;
}

static enum fault on_merge(void *context, struct cell_range range)
{
    struct sheet_values *self = context;
    return add_range(&self->merges, &self->n_merges, &self->merges_capacity, range);
}

/* --- cells outside the area --- */

static void count_outside(struct sheet_values *self, const struct cell *cell)
{
    struct cell_ref at = {cell->row, cell->col};
    if (self->n_outside++ == 0) {
        self->outside_first = at;
        self->outside = (struct cell_range){at, at};
    }
    struct cell_range *range = &self->outside;
    range->first.row = at.row < range->first.row ? at.row : range->first.row;
    range->first.col = at.col < range->first.col ? at.col : range->first.col;
    range->last.row = at.row > range->last.row ? at.row : range->last.row;
    range->last.col = at.col > range->last.col ? at.col : range->last.col;
}

/* --- one cell --- */

/* Nearly every number shows a digit that is not zero: parsing it again would only confirm that. */
static bool is_plainly_not_zero(struct span token)
{
    bool has_digit = false;
    if (token.len > 32) /* far from where a double underflows */
        return false;
    for (size_t i = 0; i < token.len; i++) {
        if (token.data[i] == 'e' || token.data[i] == 'E')
            return false;
        has_digit |= token.data[i] >= '1' && token.data[i] <= '9';
    }
    return has_digit;
}

static bool is_zero(struct span token)
{
    if (is_plainly_not_zero(token))
        return false;
    double value;
    return number_parse(token, &value) == FAULT_NONE && value == 0;
}

static void count_formula(struct sheet_values *self, const struct cell *cell)
{
    if (cell->type != CELL_NUMBER || !cell->has_value)
        return;
    bool zero = is_zero(cell->value);
    if (cell->formula == FORMULA_NONE) {
        self->n_numbers += !zero;
    } else {
        self->n_formulas++;
        self->n_formulas_zero += zero;
    }
}

static enum fault keep_text(struct sheet_values *self, struct slot *slot, struct span text,
                            bool is_wanted)
{
    struct span kept = text;
    if (is_wanted)
        kept = utf8_cut_utf16(text, TEXT_UNITS_MAX);
    else if (text.len > TEXT_KEPT)
        kept = utf8_cut_utf16(span_make(text.data, TEXT_KEPT),
                              TEXT_KEPT / 4); /* whole characters of the first bytes */
    if (kept.len < text.len)
        slot->flags |= SLOT_CUT;
    kept = arena_copy(self->texts, kept);
    if (!kept.data)
        return FAULT_LIMIT;
    slot->text = kept.data;
    slot->text_len = (uint32_t)kept.len;
    return FAULT_NONE;
}

static enum fault read_number(struct sheet_values *self, const struct cell *cell, struct slot *slot)
{
    enum format_kind kind = styles_kind(self->styles, cell->style);
    struct decimal number;
    if (cell_number(cell, kind, self->is_1904, self->plan->precision, &number) != FAULT_NONE) {
        slot->kind = SLOT_BAD;
        return keep_text(self, slot, cell->value, false);
    }
    slot->number = number;
    slot->kind = SLOT_NUMBER;
    if (cell->type == CELL_DATE || kind == FORMAT_DATE)
        slot->kind = SLOT_DATE;
    else if (kind == FORMAT_DURATION)
        slot->kind = SLOT_DURATION;
    return FAULT_NONE;
}

static enum fault read_value(struct sheet_values *self, const struct cell *cell, bool wants_text,
                             struct slot *slot)
{
    if (!cell->has_value && cell->formula != FORMULA_NONE) {
        slot->kind = SLOT_NO_VALUE;
        return FAULT_NONE;
    }
    switch (cell->type) {
    case CELL_NUMBER:
    case CELL_DATE:
        return read_number(self, cell, slot);
    case CELL_BOOLEAN:
        slot->kind = SLOT_BOOLEAN;
        slot->number = decimal_from_int(span_is(cell->value, "1"));
        return FAULT_NONE;
    case CELL_TEXT:
        slot->kind = SLOT_TEXT;
        return keep_text(self, slot, cell->value, wants_text);
    case CELL_ERROR:
        slot->kind = SLOT_ERROR;
        return keep_text(self, slot, cell->value, false);
    default:
        return FAULT_NONE;
    }
}

/* Most sources spell a label as the template does: their bytes are compared before anything is
 * folded. */
static bool is_same(struct sheet_values *self, const struct cell *cell, uint32_t row, uint32_t col)
{
    const struct plan_label *label = plan_label_at(self->sheet, row, col);
    if (cell->type == CELL_TEXT && span_equal(cell->value, label->shown))
        return true;
    if (cell->value.len * 4 >= FOLD_BYTES_MAX)
        return false;
    buffer_clear(&self->scratch);
    cell_put_constant(cell, styles_kind(self->styles, cell->style), self->is_1904,
                      self->plan->precision, &self->scratch);
    return span_equal(buffer_span(&self->scratch), label->text);
}

static bool is_blank(const struct cell *cell)
{
    return cell->formula == FORMULA_NONE && (cell->type == CELL_BLANK || !cell->has_value);
}

static enum fault fill_slot(struct sheet_values *self, const struct cell *cell, uint32_t row,
                            uint32_t col)
{
    uint32_t place = plan_place(self->sheet, row, col);
    const struct plan_cell *planned = &self->sheet->cells[place];
    struct slot *slot = &self->slots[place];
    *slot = (struct slot){.flags = cell->formula != FORMULA_NONE ? SLOT_FORMULA : 0};
    if (is_blank(cell))
        return FAULT_NONE; /* the same address again, now empty: the last one wins */
    if (self->is_row_hidden || self->hidden_columns[cell->col])
        slot->flags |= SLOT_HIDDEN;
    bool is_label = planned->role == ROLE_LABEL || planned->role == ROLE_CONSTANT;
    if (is_label && is_same(self, cell, row, col))
        slot->flags |= SLOT_SAME;
    bool wants_text = planned->role == ROLE_INPUT && function_takes_text(planned->function);
    return read_value(self, cell, wants_text, slot);
}

static bool map_cell(struct sheet_values *self, const struct cell *cell, uint32_t *ret_row,
                     uint32_t *ret_col)
{
    *ret_row = self->rows ? line_map_get(self->rows, cell->row) : cell->row;
    *ret_col = self->columns ? line_map_get(self->columns, cell->col) : cell->col;
    return *ret_row != DRIFT_NONE && *ret_col != DRIFT_NONE &&
           plan_range_has(&self->sheet->area, *ret_row, *ret_col);
}

/* A value in a line that could be the inserted one or the one beside it, where the template has an
 * input. */
static void note_unsure(struct sheet_values *self, const struct cell *cell)
{
    bool is_unsure = (self->rows && line_map_is_unsure(self->rows, cell->row)) ||
                     (self->columns && line_map_is_unsure(self->columns, cell->col));
    bool is_value = cell->type == CELL_NUMBER || cell->type == CELL_DATE;
    if (!is_unsure || !is_value || self->is_unsure)
        return;
    self->is_unsure = true;
    self->unsure_at = (struct cell_ref){cell->row, cell->col};
}

/* What an array formula fills beyond its own cell. */
static void note_array(struct sheet_values *self, const struct cell *cell)
{
    bool fills = cell->formula == FORMULA_ARRAY || cell->formula == FORMULA_DATA_TABLE;
    struct cell_range range = cell->formula_range;
    if (!fills || !cell->has_formula_range || self->n_arrays == ARRAYS_MAX ||
        (range.first.row == range.last.row && range.first.col == range.last.col))
        return;
    enum fault fault = add_range(&self->arrays, &self->n_arrays, &self->arrays_capacity, range);
    must(fault == FAULT_NONE); /* ARRAYS_MAX < RANGES_MAX */
}

static enum fault on_cell(void *context, const struct cell *cell)
{
    struct sheet_values *self = context;
    uint32_t row, col;
    bool is_inside = map_cell(self, cell, &row, &col);
    if (!is_blank(cell)) {
        count_formula(self, cell);
        note_unsure(self, cell);
        if (!is_inside)
            count_outside(self, cell);
    }
    note_array(self, cell);
    return is_inside ? fill_slot(self, cell, row, col) : FAULT_NONE;
}

enum fault sheet_values_read(struct sheet_values *self, const struct plan_sheet *sheet,
                             struct book *book, size_t index, const struct shared_strings *strings,
                             const struct styles *styles, const struct drift *drift,
                             struct why *why)
{
    start(self, sheet);
    self->styles = styles;
    self->is_1904 = book->is_1904;
    self->rows = drift ? &drift->rows : NULL;
    self->columns = drift ? &drift->columns : NULL;
    struct sheet_handler handler = {
        .self = self, .row = on_row, .cell = on_cell, .merge = on_merge, .column = on_column};
    enum fault fault = sheet_scan(book, index, strings, &handler, why);
    if (fault == FAULT_LIMIT && why && why->fault == FAULT_NONE)
        why_set(why, FAULT_LIMIT,
                "more than %zu MiB of text in mapped cells, or too many merged areas",
                TEXT_BYTES_MAX >> 20);
    if (fault != FAULT_NONE)
        why_at_sheet(why, book->sheets[index].name);
    return fault;
}

/* --- labels anywhere on a sheet --- */

struct label_reader {
    const struct plan *plan;
    const struct label_index *index;
    const struct styles *styles;
    bool is_1904;
    struct buffer scratch;
    struct label_seen *seen;
    uint32_t n, capacity;
};

static enum fault on_label(void *context, const struct cell *cell)
{
    struct label_reader *self = context;
    if (is_blank(cell) || cell->formula != FORMULA_NONE || self->n == LABELS_SEEN_MAX ||
        cell->value.len * 4 >= FOLD_BYTES_MAX)
        return FAULT_NONE;
    buffer_clear(&self->scratch);
    cell_put_constant(cell, styles_kind(self->styles, cell->style), self->is_1904,
                      self->plan->precision, &self->scratch);
    uint32_t id = label_index_find(self->index, buffer_span(&self->scratch));
    if (id == DRIFT_NONE)
        return FAULT_NONE;
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 256;
        self->seen = must_realloc(self->seen, self->capacity * sizeof *self->seen);
    }
    self->seen[self->n++] = (struct label_seen){cell->row, cell->col, id};
    return FAULT_NONE;
}

enum fault sheet_labels_read(const struct plan *plan, const struct label_index *index,
                             struct book *book, size_t source_sheet,
                             const struct shared_strings *strings, const struct styles *styles,
                             struct arena *arena, struct label_seen **ret, uint32_t *ret_n,
                             struct why *why)
{
    struct label_reader self = {
        .plan = plan, .index = index, .styles = styles, .is_1904 = book->is_1904};
    buffer_init(&self.scratch, FOLD_BYTES_MAX);
    struct sheet_handler handler = {.self = &self, .cell = on_label};
    enum fault fault = sheet_scan(book, source_sheet, strings, &handler, why);
    if (fault == FAULT_NONE) {
        *ret = arena_alloc(arena, self.n * sizeof **ret);
        *ret_n = self.n;
        if (!*ret)
            fault = why_set(why, FAULT_LIMIT, "too many labels to compare");
        else if (self.n)
            memcpy(*ret, self.seen, self.n * sizeof **ret);
    }
    if (fault != FAULT_NONE)
        why_at_sheet(why, book->sheets[source_sheet].name);
    free(self.seen);
    buffer_free(&self.scratch);
    return fault;
}

/* --- one cell as text --- */

struct text_reader {
    struct cell_ref at;
    const struct styles *styles;
    bool is_1904;
    struct buffer *out;
    size_t begin;
};

static enum fault on_text_cell(void *context, const struct cell *cell)
{
    struct text_reader *self = context;
    if (cell->row != self->at.row || cell->col != self->at.col || !cell->has_value)
        return FAULT_NONE;
    double value;
    self->out->len = self->begin;
    if (cell->type == CELL_NUMBER && number_parse(cell->value, &value) == FAULT_NONE &&
        number_format_apply(styles_format(self->styles, cell->style), value, self->is_1904,
                            self->out))
        return FAULT_NONE;
    if (cell->type == CELL_BOOLEAN)
        return buffer_append(self->out, span_is(cell->value, "1") ? SPAN("TRUE") : SPAN("FALSE"));
    return buffer_append(self->out, utf8_cut_utf16(utf8_trim(cell->value), TEXT_KEPT));
}

enum fault sheet_cell_text(struct book *book, size_t index, struct cell_ref at,
                           const struct shared_strings *strings, const struct styles *styles,
                           struct buffer *out, struct why *why)
{
    struct text_reader self = {at, styles, book->is_1904, out, out->len};
    struct sheet_handler handler = {.self = &self, .cell = on_text_cell};
    enum fault fault = sheet_scan(book, index, strings, &handler, why);
    if (fault != FAULT_NONE)
        why_at_sheet(why, book->sheets[index].name);
    return fault;
}

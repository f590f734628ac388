/* SPDX-License-Identifier: MIT
 *
 * The complete road: every form that a worksheet may have, element by element over workbook/markup. The usual forms
 * never come here: workbook/sheet_fast.c takes them first.
 */
#include "workbook/sheet_scanner.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/must.h"
#include "core/number.h"
#include "workbook/cell_text.h"
#include "workbook/sheet_state.h"

/* --- attributes ---------------------------------------------------------------------------------------------------------- */

/* Digits only, at most `max`; false otherwise. */
static bool read_u32(struct span text, uint32_t max, uint32_t *ret)
{
    text = span_trim_ascii(text);
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.data[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
        if (value > max)
            return false;
    }
    *ret = (uint32_t)value;
    return text.len > 0;
}

static bool is_true(struct span text)
{
    return span_is(text, "1") || span_is(text, "true") || span_is(text, "on");
}

/* For messages: never more than fits them. */
static int shown(struct span text)
{
    return (int)(text.len < 80 ? text.len : 80);
}

/* --- rows ---------------------------------------------------------------------------------------------------------------- */

static void remember_row_text(struct sheet_scanner *self, bool is_next)
{
    unsigned last = self->row_digits - 1;
    if (is_next && self->row % 10 != 9) { /* one digit is one more */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
        self->row_text += UINT64_C(1) << (8 * last);
#else
        self->row_text += UINT64_C(1) << (8 * (7 - last));
#endif
        return;
    }
    char digits[8] = {0};
    unsigned n = 0;
    for (uint32_t rest = self->row + 1; rest; rest /= 10)
        n++;
    self->row_digits = n;
    for (uint32_t rest = self->row + 1; rest; rest /= 10)
        digits[--n] = (char)('0' + rest % 10);
    memcpy(&self->row_text, digits, sizeof digits);
    memset(digits, 0, sizeof digits);
    memset(digits, 0xFF, self->row_digits);
    memcpy(&self->row_mask, digits, sizeof digits);
}

/* A cell of the first column. */
static void expect_first_cell(struct sheet_scanner *self)
{
    uint64_t text = 0;
    if (self->row_digits <= 6) {
        char bytes[8] = "A";
        memcpy(bytes + 1, &self->row_text, 7);
        bytes[1 + self->row_digits] = '"';
        memcpy(&text, bytes, sizeof text);
    }
    sheet_expect_cell(&self->expected, text, 1 + self->row_digits, 1, 0, 0);
}

enum fault sheet_open_row(struct sheet_scanner *self, uint32_t row, bool is_hidden)
{
    bool is_next = self->has_row && row == self->row + 1;
    self->row = row;
    self->next_row = row + 1;
    self->next_col = 0;
    self->has_row = true;
    self->cell.row = row;
    self->cell.col = 0;
    remember_row_text(self, is_next);
    expect_first_cell(self);
    struct sheet_row event = {.row = row, .is_hidden = is_hidden};
    return self->handler.row ? self->handler.row(self->handler.self, &event) : FAULT_NONE;
}

enum fault sheet_over_limit(struct sheet_scanner *self)
{
    return why_set(self->why, FAULT_LIMIT, "the sheet has more than %llu cells", (unsigned long long)self->max_cells);
}

static enum fault start_row(struct sheet_scanner *self, const struct markup_tag *tag)
{
    struct span r = markup_get(tag, "r");
    uint32_t number = self->next_row + 1;
    if ((r.data && !read_u32(r, GRID_ROWS, &number)) || number == 0 || number > GRID_ROWS)
        return why_set(self->why, FAULT_CORRUPT, "row number \"%.*s\" is outside of the sheet", shown(r), r.data ? r.data : "");
    self->place = IN_ROW;
    enum fault fault = sheet_open_row(self, number - 1, is_true(markup_get(tag, "hidden")));
    markup_want_fast(self->markup, !tag->has_prefix && markup_is_main_by_default(self->markup));
    return fault;
}

/* --- cells --------------------------------------------------------------------------------------------------------------- */

static bool read_type(struct span text, enum stored_type *ret)
{
    static const struct {
        const char *name;
        enum stored_type type;
    } table[] = {{"s", STORED_SHARED},  {"n", STORED_NUMBER}, {"str", STORED_STRING}, {"b", STORED_BOOLEAN},
                 {"e", STORED_ERROR},   {"d", STORED_DATE},   {"inlineStr", STORED_INLINE}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (span_is(text, table[i].name)) {
            *ret = table[i].type;
            return true;
        }
    }
    *ret = STORED_NUMBER;
    return !text.data;
}

/* Some writers give the 0-based number of the column instead of a reference: taken where it says what the place says. */
static bool is_column_number(struct span r, uint32_t col)
{
    uint32_t number;
    return read_u32(r, GRID_COLS, &number) && number == col;
}

static enum fault start_cell(struct sheet_scanner *self, const struct markup_tag *tag)
{
    if (self->cells++ >= self->max_cells)
        return sheet_over_limit(self);
    struct span r = markup_get(tag, "r"), t = markup_get(tag, "t"), s = markup_get(tag, "s");
    struct cell_ref at = {self->row, self->next_col};
    self->cell.col = self->next_col;
    if (r.data && !is_column_number(r, self->next_col) ? !cell_ref_parse(r, &at) : at.col >= GRID_COLS)
        return why_set(self->why, FAULT_CORRUPT, "cell reference \"%.*s\" is outside of the sheet", shown(r),
                       r.data ? r.data : "");
    struct cell *cell = &self->cell;
    cell->row = at.row;
    cell->col = at.col;
    self->next_col = at.col + 1;
    if (!s.data)
        cell->style = 0;
    else if (!read_u32(s, UINT32_MAX, &cell->style))
        cell->style = UINT32_MAX; /* out of range: General, as the contract has it */
    if (!read_type(t, &self->stored))
        return why_set(self->why, FAULT_CORRUPT, "unknown cell type \"%.*s\"", shown(t), t.data);
    self->has_value_element = self->has_inline = false;
    self->place = IN_CELL;
    return FAULT_NONE;
}

static void start_formula(struct sheet_scanner *self, const struct markup_tag *tag)
{
    struct cell *cell = &self->cell;
    struct span t = markup_get(tag, "t"), ref = markup_get(tag, "ref"), si = markup_get(tag, "si");
    cell->formula = span_is(t, "shared")      ? FORMULA_SHARED
                    : span_is(t, "array")     ? FORMULA_ARRAY
                    : span_is(t, "dataTable") ? FORMULA_DATA_TABLE
                                              : FORMULA_NORMAL;
    cell->has_formula_range = ref.data && cell_range_parse(ref, &cell->formula_range);
    cell->shared_index = 0;
    if (cell->formula == FORMULA_SHARED && !read_u32(si, UINT32_MAX - 1, &cell->shared_index))
        cell->shared_index = UINT32_MAX;
}

static void collect_text(struct sheet_scanner *self, enum sheet_place place, struct buffer *into)
{
    self->place = place;
    self->text = into;
    markup_want_text(self->markup, true);
}

static enum fault bad_value(struct sheet_scanner *self, struct span value, const char *what)
{
    return why_set(self->why, FAULT_CORRUPT, "\"%.*s\" is no %s", shown(value), value.len ? value.data : "", what);
}

/* A stored text: valid characters, escapes undone in the buffer where it was collected. */
static enum fault finish_text(struct sheet_scanner *self, struct buffer *text, struct span *ret)
{
    if (!cell_text_is_valid(buffer_span(text)))
        return why_set(self->why, FAULT_CORRUPT, "text with characters that XML does not allow");
    if (text->len)
        text->len = cell_text_unescape(text->data, text->len);
    *ret = text->len ? buffer_span(text) : SPAN("");
    return FAULT_NONE;
}

static enum fault finish_boolean(struct sheet_scanner *self, struct span value)
{
    bool is_one = span_is(value, "1") || (value.len == 4 && strncasecmp(value.data, "true", 4) == 0);
    bool is_zero = span_is(value, "0") || (value.len == 5 && strncasecmp(value.data, "false", 5) == 0);
    if (!is_one && !is_zero)
        return bad_value(self, value, "boolean");
    self->cell.value = is_one ? SPAN("1") : SPAN("0");
    return FAULT_NONE;
}

static enum fault finish_shared(struct sheet_scanner *self, struct span value)
{
    uint32_t index;
    if (!read_u32(value, UINT32_MAX, &index) || index >= self->n_strings)
        return bad_value(self, value, "index of a shared string");
    sheet_take_string(self, index);
    return FAULT_NONE;
}

/* The types whose white space does not count, and whose empty <v> is no value. */
static enum fault finish_token(struct sheet_scanner *self)
{
    static const enum cell_type types[] = {
        [STORED_NUMBER] = CELL_NUMBER, [STORED_SHARED] = CELL_TEXT, [STORED_BOOLEAN] = CELL_BOOLEAN,
        [STORED_ERROR] = CELL_ERROR,   [STORED_DATE] = CELL_DATE,
    };
    struct cell *cell = &self->cell;
    struct span value = span_trim_ascii(buffer_span(&self->value));
    if (!self->has_value_element || !value.len)
        return FAULT_NONE;
    cell->has_value = true;
    cell->type = types[self->stored];
    cell->value = value;
    switch (self->stored) {
    case STORED_NUMBER:
        return number_parse(value, &cell->number) ? bad_value(self, value, "number") : FAULT_NONE;
    case STORED_SHARED:
        return finish_shared(self, value);
    case STORED_BOOLEAN:
        return finish_boolean(self, value);
    default:
        return cell_text_is_valid(value) ? FAULT_NONE : bad_value(self, value, "text that XML allows");
    }
}

static enum fault end_cell(struct sheet_scanner *self)
{
    struct cell *cell = &self->cell;
    self->place = IN_ROW;
    cell->has_value = false;
    cell->type = CELL_BLANK;
    cell->value = SPAN("");
    enum fault fault = FAULT_NONE;
    if (self->stored == STORED_STRING || self->stored == STORED_INLINE) {
        bool is_inlined = self->has_inline && (self->stored == STORED_INLINE || !self->has_value_element);
        cell->has_value = is_inlined || self->has_value_element;
        cell->type = cell->has_value ? CELL_TEXT : CELL_BLANK;
        if (cell->has_value)
            fault = finish_text(self, is_inlined ? &self->inlined : &self->value, &cell->value);
    } else {
        fault = finish_token(self);
    }
    if (!fault && cell->formula)
        fault = finish_text(self, &self->formula, &cell->formula_text);
    if (cell->formula == FORMULA_NORMAL && !cell->formula_text.len) {
        cell->formula = FORMULA_NONE; /* an empty <f/> is none */
        cell->has_formula_range = false;
    }
    return fault ? fault : sheet_emit(self);
}

/* --- what surrounds the cells ---------------------------------------------------------------------------------------------- */

static enum fault start_root(struct sheet_scanner *self, const struct markup_tag *tag)
{
    static const char *const roots[] = {"worksheet", "dialogsheet", "macrosheet", "chartsheet"};
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        if (span_is(tag->name, roots[i])) {
            self->place = IN_SHEET;
            return FAULT_NONE;
        }
    }
    return why_set(self->why, FAULT_CORRUPT, "the part is no worksheet: its root is <%.*s>", shown(tag->name),
                   tag->name.data);
}

static enum fault take_column(struct sheet_scanner *self, const struct markup_tag *tag)
{
    uint32_t first, last;
    if (!self->handler.column || !read_u32(markup_get(tag, "min"), GRID_COLS, &first) ||
        !read_u32(markup_get(tag, "max"), UINT32_MAX, &last) || first == 0 || last < first)
        return FAULT_NONE;
    if (last > GRID_COLS)
        last = GRID_COLS;
    return self->handler.column(self->handler.self, first - 1, last - 1, is_true(markup_get(tag, "hidden")));
}

static enum fault take_merge(struct sheet_scanner *self, const struct markup_tag *tag)
{
    struct cell_range range;
    struct span ref = markup_get(tag, "ref");
    if (!self->handler.merge || !ref.data || !cell_range_parse(ref, &range))
        return FAULT_NONE; /* a broken merge never blocks the values */
    return self->handler.merge(self->handler.self, range);
}

static enum fault start_in_sheet(struct sheet_scanner *self, const struct markup_tag *tag)
{
    if (span_is(tag->name, "sheetData"))
        self->place = IN_DATA;
    else if (span_is(tag->name, "cols"))
        self->place = IN_COLUMNS;
    else if (span_is(tag->name, "mergeCells"))
        self->place = IN_MERGES;
    else
        self->skip = 1;
    if (span_is(tag->name, "sheetProtection") && is_true(markup_get(tag, "sheet")) && self->handler.protection)
        return self->handler.protection(self->handler.self);
    return FAULT_NONE;
}

static enum fault start_in_cell(struct sheet_scanner *self, const struct markup_tag *tag)
{
    if (span_is(tag->name, "v")) {
        self->has_value_element = true;
        buffer_clear(&self->value);
        collect_text(self, IN_VALUE, &self->value);
    } else if (span_is(tag->name, "f")) {
        buffer_clear(&self->formula);
        start_formula(self, tag);
        collect_text(self, IN_FORMULA, &self->formula);
    } else if (span_is(tag->name, "is")) {
        self->has_inline = true;
        buffer_clear(&self->inlined);
        self->place = IN_INLINE;
    } else {
        self->skip = 1;
    }
    return FAULT_NONE;
}

static enum fault start_in_inline(struct sheet_scanner *self, const struct markup_tag *tag)
{
    self->is_in_run = self->place == IN_RUN;
    if (span_is(tag->name, "t"))
        collect_text(self, IN_TEXT, &self->inlined);
    else if (span_is(tag->name, "r") && !self->is_in_run)
        self->place = IN_RUN;
    else
        self->skip = 1; /* phonetic runs, run properties */
    return FAULT_NONE;
}

/* --- the reader of the markup ---------------------------------------------------------------------------------------------- */

static enum fault start_leaf(struct sheet_scanner *self, const struct markup_tag *tag)
{
    self->skip = 1;
    if (self->place == IN_COLUMNS && span_is(tag->name, "col"))
        return take_column(self, tag);
    if (self->place == IN_MERGES && span_is(tag->name, "mergeCell"))
        return take_merge(self, tag);
    return FAULT_NONE;
}

static enum fault on_start(void *context, const struct markup_tag *tag)
{
    struct sheet_scanner *self = context;
    if (self->skip) {
        self->skip++;
        return FAULT_NONE;
    }
    if (self->place == BEFORE_ROOT)
        return start_root(self, tag);
    if (tag->ns != MARKUP_NS_MAIN) {
        self->skip = 1;
        return FAULT_NONE;
    }
    switch (self->place) {
    case IN_SHEET:
        return start_in_sheet(self, tag);
    case IN_DATA:
        if (span_is(tag->name, "row"))
            return start_row(self, tag);
        break;
    case IN_ROW:
        if (span_is(tag->name, "c"))
            return start_cell(self, tag);
        break;
    case IN_CELL:
        return start_in_cell(self, tag);
    case IN_INLINE:
    case IN_RUN:
        return start_in_inline(self, tag);
    default:
        break;
    }
    return start_leaf(self, tag);
}

static enum fault on_end(void *context)
{
    static const enum sheet_place parents[] = {
        [IN_SHEET] = BEFORE_ROOT, [IN_COLUMNS] = IN_SHEET, [IN_MERGES] = IN_SHEET, [IN_DATA] = IN_SHEET,
        [IN_ROW] = IN_DATA,       [IN_VALUE] = IN_CELL,    [IN_FORMULA] = IN_CELL, [IN_INLINE] = IN_CELL,
        [IN_RUN] = IN_INLINE,
    };
    struct sheet_scanner *self = context;
    if (self->skip) {
        self->skip--;
        return FAULT_NONE;
    }
    switch (self->place) {
    case IN_CELL:
        return end_cell(self);
    case IN_TEXT:
        self->place = self->is_in_run ? IN_RUN : IN_INLINE;
        markup_want_text(self->markup, false);
        return FAULT_NONE;
    case IN_VALUE:
    case IN_FORMULA:
        markup_want_text(self->markup, false);
        break;
    case IN_ROW:
        markup_want_fast(self->markup, false);
        break;
    default:
        break;
    }
    self->place = parents[self->place];
    return FAULT_NONE;
}

static enum fault on_text(void *context, struct span text)
{
    struct sheet_scanner *self = context;
    if (self->skip)
        return FAULT_NONE; /* a child within <v> or <t>: none of its business */
    if (buffer_append(self->text, text))
        return why_set(self->why, FAULT_LIMIT, "a text is longer than %zu bytes", CELL_TEXT_BYTES);
    return FAULT_NONE;
}

const char cell_text_unread[] = "";

/* --- life ------------------------------------------------------------------------------------------------------------------- */

static void open_markup(struct sheet_scanner *self, sheet_fast_road *fast)
{
    struct markup_reader reader = {.self = self, .start = on_start, .end = on_end, .text = on_text, .fast = fast};
    self->markup = markup_new(&reader, self->why);
}

struct sheet_scanner *sheet_scanner_new(const struct shared_strings *strings, const struct sheet_handler *handler,
                                        uint64_t max_cells, struct why *why)
{
    struct sheet_scanner *self = must_alloc(sizeof *self);
    self->handler = *handler;
    self->strings = strings;
    self->n_strings = strings ? shared_strings_count(strings) : handler->wants_indexes ? UINT32_MAX : 0;
    self->max_cells = max_cells;
    self->why = why;
    buffer_init(&self->value, CELL_TEXT_BYTES);
    buffer_init(&self->inlined, CELL_TEXT_BYTES);
    buffer_init(&self->formula, CELL_TEXT_BYTES);
    open_markup(self, sheet_fast_find(SCAN_ROAD_BEST));
    return self;
}

void sheet_scanner_destroy(struct sheet_scanner **self)
{
    if (!*self)
        return;
    markup_destroy(&(*self)->markup);
    buffer_free(&(*self)->value);
    buffer_free(&(*self)->inlined);
    buffer_free(&(*self)->formula);
    free(*self);
    *self = NULL;
}

bool sheet_scanner_set_road(struct sheet_scanner *self, enum scan_road road)
{
    sheet_fast_road *fast = sheet_fast_find(road);
    if (!fast && road != SCAN_ROAD_SLOW)
        return false;
    markup_destroy(&self->markup);
    open_markup(self, fast);
    return true;
}

/* A fault within the rows is one of the last cell that was begun. */
static enum fault with_place(struct sheet_scanner *self, enum fault fault)
{
    if (fault && self->why && self->why->fault == fault && self->has_row && self->place >= IN_DATA)
        why_at_cell(self->why, self->cell.row + 1, self->cell.col + 1);
    return fault;
}

enum fault sheet_scanner_push(struct sheet_scanner *self, struct span bytes)
{
    return with_place(self, markup_push(self->markup, bytes));
}

enum fault sheet_scanner_finish(struct sheet_scanner *self)
{
    return with_place(self, markup_finish(self->markup));
}

/* SPDX-License-Identifier: MIT
 *
 * The sheets are found by their header, from the last one back: a template that is itself an earlier output has such
 * sheets too, and new sheets come after those of the template.
 */
#include "sink/contributions_reader.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "sink/contributions.h"
#include "sink/contributions_csv.h"
#include "sink/sources_sheet.h"
#include "workbook/sheet.h"

#define HEADER_BYTES_MAX ((size_t)256 << 20) /* 16,377 identities of up to a cell's 32,767 characters, in practice far less */
#define ROW_BYTES_MAX ((size_t)4 << 20)

enum sheet_form { FORM_NONE, FORM_WIDE, FORM_LONG, FORM_ORIGINAL, FORM_SOURCES };

enum original_column { ORIGINAL_COL_CELL, ORIGINAL_COL_FILE, ORIGINAL_COL_VALUE, ORIGINAL_COLS };

bool told_equal(struct told a, struct told b)
{
    return a.kind == b.kind && span_equal(a.text, b.text);
}

bool told_copy(struct arena *arena, struct told value, struct told *ret)
{
    *ret = (struct told){value.kind, arena_copy(arena, value.text)};
    return ret->text.data != NULL;
}

struct told told_cell(const struct cell *cell)
{
    static const enum told_kind kinds[] = {
        [CELL_BLANK] = TOLD_NOTHING, [CELL_NUMBER] = TOLD_NUMBER, [CELL_TEXT] = TOLD_TEXT,
        [CELL_BOOLEAN] = TOLD_BOOLEAN, [CELL_ERROR] = TOLD_ERROR, [CELL_DATE] = TOLD_TEXT,
    };
    if (!cell->has_value)
        return (struct told){TOLD_NOTHING, {NULL, 0}};
    if (cell->type == CELL_BOOLEAN)
        return (struct told){TOLD_BOOLEAN, span_is(cell->value, "1") ? SPAN("TRUE") : SPAN("FALSE")};
    return (struct told){kinds[cell->type], cell->value};
}

enum fault output_file_open(const char *path, struct output_file *ret, struct why *why)
{
    struct output_file file = {.path = path};
    enum fault fault = package_open(path, NULL, &file.package, why);
    if (fault == FAULT_NONE)
        fault = book_open(file.package, &file.book, why);
    if (fault == FAULT_NONE)
        fault = shared_strings_read(file.book, &file.strings, why);
    if (fault != FAULT_NONE)
        output_file_close(&file);
    else
        *ret = file;
    return fault;
}

void output_file_close(struct output_file *self)
{
    shared_strings_destroy(&self->strings);
    book_close(&self->book);
    package_close(&self->package);
}

/* --- which sheets are ours ------------------------------------------------------------------------------------------ */

struct probe {
    enum sheet_form form;
    bool is_contributions, is_original, is_sources; /* the header cells seen so far agree */
    bool has_source, has_value, has_more;
    bool is_over;
    uint32_t n_first, n_fifth; /* cells in agreement */
};

static enum fault probe_cell(void *context, const struct cell *cell)
{
    static const char *const headers[] = CONTRIBUTIONS_HEADERS;
    static const char *const original[] = ORIGINAL_CONTRIBUTIONS_HEADERS;
    static const char *const sources[] = SOURCES_HEADERS;
    struct probe *self = context;
    if (cell->row > ORIGINAL_CONTRIBUTIONS_HEADER_ROW) {
        self->is_over = true;
        return FAULT_CANCELLED;
    }
    if (cell->row == CONTRIBUTIONS_HEADER_ROW) {
        if (cell->col < CONTRIBUTIONS_FIXED_COLS)
            self->is_contributions &= span_is(cell->value, headers[cell->col]);
        self->has_source |= cell->col == CONTRIBUTIONS_COL_SOURCE && span_is(cell->value, headers[cell->col]);
        self->has_value |= cell->col == CONTRIBUTIONS_COL_VALUE && span_is(cell->value, headers[cell->col]);
        self->has_more |= cell->col >= CONTRIBUTIONS_LONG_COLS;
        self->is_sources &= cell->col < SOURCES_COLS && span_is(cell->value, sources[cell->col]);
        self->n_first++;
    }
    if (cell->row == ORIGINAL_CONTRIBUTIONS_HEADER_ROW) {
        self->is_original &= cell->col < ORIGINAL_COLS && span_is(cell->value, original[cell->col]);
        self->n_fifth++;
    }
    return FAULT_NONE;
}

static enum fault probe_sheet(struct output_file *file, size_t sheet, enum sheet_form *ret, struct why *why)
{
    struct probe probe = {.is_contributions = true, .is_original = true, .is_sources = true};
    struct sheet_handler handler = {.self = &probe, .cell = probe_cell};
    enum fault fault = sheet_scan(file->book, sheet, file->strings, &handler, why);
    if (fault != FAULT_NONE && !probe.is_over)
        return fault;
    bool is_long = probe.has_source && probe.has_value && !probe.has_more;
    if (probe.is_contributions && probe.n_first > CONTRIBUTIONS_FIXED_COLS)
        *ret = is_long ? FORM_LONG : FORM_WIDE;
    else if (probe.is_sources && probe.n_first == SOURCES_COLS)
        *ret = FORM_SOURCES;
    else if (probe.is_original && probe.n_fifth == ORIGINAL_COLS)
        *ret = FORM_ORIGINAL;
    else
        *ret = FORM_NONE;
    return FAULT_NONE;
}

static bool is_contributions(enum sheet_form form)
{
    return form == FORM_WIDE || form == FORM_LONG || form == FORM_ORIGINAL;
}

/* The last run of sheets of one form: [*ret_first, *ret_end). Empty when there is none. */
static enum fault find_contributions(struct output_file *file, size_t *ret_first, size_t *ret_end, enum sheet_form *ret_form,
                                     struct why *why)
{
    *ret_first = *ret_end = 0;
    *ret_form = FORM_NONE;
    for (size_t i = file->book->n_sheets; i > 0; i--) {
        enum sheet_form form;
        enum fault fault = probe_sheet(file, i - 1, &form, why);
        if (fault != FAULT_NONE)
            return fault;
        if (*ret_form != FORM_NONE && form != *ret_form)
            break;
        if (!is_contributions(form))
            continue;
        if (*ret_form == FORM_NONE)
            *ret_end = i;
        *ret_form = form;
        *ret_first = i - 1;
    }
    return FAULT_NONE;
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

struct reader {
    const struct contributions_events *events;
    enum sheet_form form;
    struct arena *header;   /* of this sheet */
    struct arena *texts;    /* of this row */
    struct span *sources;   /* wide: by column */
    struct span sheet_name; /* original: the one sheet that it is about */
    uint32_t row;
    struct contributions_head head; /* of the row at hand */
    struct span source;             /* long, original: of the row at hand */
    bool has_row, is_told, has_cell, wants_parts;
    struct buffer last_sheet; /* of the result told last: its rows may go on in the next sheet */
    struct cell_ref last_cell;
    bool has_last;
};

/* Tells the head, unless it is that of the row before. */
static enum fault tell_head(struct reader *self)
{
    self->is_told = true;
    const struct contributions_head *head = &self->head;
    bool is_same = self->has_last && head->cell.row == self->last_cell.row && head->cell.col == self->last_cell.col &&
                   span_equal(head->sheet, buffer_span(&self->last_sheet));
    if (is_same)
        return FAULT_NONE;
    buffer_clear(&self->last_sheet);
    buffer_put(&self->last_sheet, head->sheet);
    self->last_cell = head->cell;
    self->has_last = true;
    return self->events->head(self->events->self, head, &self->wants_parts);
}

static struct span keep(struct reader *self, struct span text)
{
    return arena_copy(self->texts, text); /* an empty span when a row is absurdly long */
}

static void take_number(struct span text, uint64_t *ret)
{
    *ret = 0;
    for (size_t i = 0; i < text.len && i < 18 && text.data[i] >= '0' && text.data[i] <= '9'; i++)
        *ret = *ret * 10 + (uint64_t)(text.data[i] - '0');
}

static void take_head(struct reader *self, uint32_t col, struct told value)
{
    struct contributions_head *head = &self->head;
    switch (col) {
    case CONTRIBUTIONS_COL_SHEET:
        head->sheet = keep(self, value.text);
        break;
    case CONTRIBUTIONS_COL_CELL:
        self->has_cell = cell_ref_parse(value.text, &head->cell);
        break;
    case CONTRIBUTIONS_COL_ROW_LABEL:
        head->row_label = keep(self, value.text);
        break;
    case CONTRIBUTIONS_COL_COLUMN_LABEL:
        head->column_label = keep(self, value.text);
        break;
    case CONTRIBUTIONS_COL_FUNCTION:
        head->function = keep(self, value.text);
        break;
    case CONTRIBUTIONS_COL_RESULT:
        head->result = (struct told){value.kind, keep(self, value.text)};
        break;
    case CONTRIBUTIONS_COL_N:
        take_number(value.text, &head->n);
        break;
    }
}

static enum fault take_part(struct reader *self, struct span source, struct span file, struct told value)
{
    if (!self->has_cell)
        return FAULT_NONE; /* a row that somebody wrote below ours */
    enum fault fault = self->is_told ? FAULT_NONE : tell_head(self);
    if (fault != FAULT_NONE || !self->wants_parts)
        return fault;
    struct contributions_part part = {.source = source, .file = file, .value = value};
    return self->events->part(self->events->self, &part);
}

static void begin_row(struct reader *self, uint32_t row)
{
    arena_clear(self->texts);
    self->row = row;
    self->has_row = true;
    self->is_told = self->has_cell = false;
    self->source = (struct span){NULL, 0};
    self->head = (struct contributions_head){.sheet = self->sheet_name};
}

static enum fault take_wide(struct reader *self, uint32_t col, struct told value)
{
    if (col < CONTRIBUTIONS_FIXED_COLS)
        take_head(self, col, value);
    else if (self->sources[col].len)
        return take_part(self, self->sources[col], SPAN(""), value);
    return FAULT_NONE;
}

static enum fault take_long(struct reader *self, uint32_t col, struct told value)
{
    if (col < CONTRIBUTIONS_FIXED_COLS)
        take_head(self, col, value);
    else if (col == CONTRIBUTIONS_COL_SOURCE)
        self->source = keep(self, value.text);
    else if (col == CONTRIBUTIONS_COL_VALUE)
        return take_part(self, self->source, SPAN(""), value);
    return FAULT_NONE;
}

static enum fault take_original(struct reader *self, uint32_t col, struct told value)
{
    if (col == ORIGINAL_COL_CELL)
        self->has_cell = cell_ref_parse(value.text, &self->head.cell);
    else if (col == ORIGINAL_COL_FILE)
        self->source = keep(self, value.text);
    else if (col == ORIGINAL_COL_VALUE)
        return take_part(self, SPAN(""), self->source, value);
    return FAULT_NONE;
}

static enum fault take_header(struct reader *self, const struct cell *cell)
{
    bool is_wanted = self->form == FORM_WIDE ? cell->row == CONTRIBUTIONS_HEADER_ROW : cell->row == 1 && cell->col == 1;
    if (!is_wanted)
        return FAULT_NONE;
    struct span text = arena_copy(self->header, cell->value);
    if (!text.data)
        return FAULT_LIMIT;
    if (self->form == FORM_WIDE)
        self->sources[cell->col] = text;
    else
        self->sheet_name = text;
    return FAULT_NONE;
}

static enum fault read_cell(void *context, const struct cell *cell)
{
    struct reader *self = context;
    uint32_t header = self->form == FORM_ORIGINAL ? ORIGINAL_CONTRIBUTIONS_HEADER_ROW : CONTRIBUTIONS_HEADER_ROW;
    if (cell->row <= header)
        return take_header(self, cell);
    if (!self->has_row || cell->row != self->row)
        begin_row(self, cell->row);
    struct told value = told_cell(cell);
    if (value.kind == TOLD_NOTHING)
        return FAULT_NONE;
    return self->form == FORM_WIDE   ? take_wide(self, cell->col, value)
           : self->form == FORM_LONG ? take_long(self, cell->col, value)
                                     : take_original(self, cell->col, value);
}

static enum fault read_sheets(struct output_file *file, size_t first, size_t end, struct reader *reader, struct why *why)
{
    struct sheet_handler handler = {.self = reader, .cell = read_cell};
    enum fault fault = FAULT_NONE;
    for (size_t i = first; i < end && fault == FAULT_NONE; i++) {
        arena_clear(reader->header);
        memset(reader->sources, 0, GRID_COLS * sizeof *reader->sources);
        reader->sheet_name = (struct span){NULL, 0};
        reader->has_row = false;
        fault = sheet_scan(file->book, i, file->strings, &handler, why);
    }
    return fault;
}

static enum fault read_csv(struct output_file *file, const struct contributions_events *events, struct why *why)
{
    char *path = contributions_csv_path(span_of(file->path));
    enum fault fault = contributions_csv_read(path, events, why);
    if (fault == FAULT_NOT_FOUND)
        fault = why_set(why, fault, "it has no Contributions, and there is no %s: is it an output of sheaf merge, made on a template and "
                        "without --contributions=none?", path);
    free(path);
    return fault;
}

enum fault contributions_read(struct output_file *file, const struct contributions_events *events, struct why *why)
{
    struct reader reader = {.events = events};
    size_t first, end;
    enum fault fault = find_contributions(file, &first, &end, &reader.form, why);
    if (fault != FAULT_NONE)
        return fault;
    if (first == end)
        return read_csv(file, events, why);
    reader.header = arena_new(HEADER_BYTES_MAX);
    reader.texts = arena_new(ROW_BYTES_MAX);
    reader.sources = must_alloc(GRID_COLS * sizeof *reader.sources);
    buffer_init(&reader.last_sheet, BUFFER_LIMIT_DEFAULT);
    fault = read_sheets(file, first, end, &reader, why);
    buffer_free(&reader.last_sheet);
    free(reader.sources);
    arena_destroy(&reader.texts);
    arena_destroy(&reader.header);
    return fault;
}

/* --- Sources -------------------------------------------------------------------------------------------------------- */

struct sources_reader {
    void *context;
    enum fault (*visit)(void *context, struct span identity, struct span name);
    struct buffer identity;
    uint32_t row;
};

static enum fault read_source(void *context, const struct cell *cell)
{
    struct sources_reader *self = context;
    if (cell->row == 0)
        return FAULT_NONE;
    if (cell->col == SOURCES_COL_IDENTITY) {
        buffer_clear(&self->identity);
        buffer_put(&self->identity, cell->value);
        self->row = cell->row;
    } else if (cell->col == SOURCES_COL_FILE && cell->row == self->row) {
        return self->visit(self->context, buffer_span(&self->identity), cell->value);
    }
    return FAULT_NONE;
}

enum fault sources_read(struct output_file *file, void *context,
                        enum fault (*visit)(void *context, struct span identity, struct span name), struct why *why)
{
    enum sheet_form form = FORM_NONE;
    size_t sheet = file->book->n_sheets;
    while (form != FORM_SOURCES) {
        if (sheet == 0)
            return FAULT_NONE;
        enum fault fault = probe_sheet(file, --sheet, &form, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    struct sources_reader reader = {.context = context, .visit = visit};
    struct sheet_handler handler = {.self = &reader, .cell = read_source};
    buffer_init(&reader.identity, BUFFER_LIMIT_DEFAULT);
    enum fault fault = sheet_scan(file->book, sheet, file->strings, &handler, why);
    buffer_free(&reader.identity);
    return fault;
}

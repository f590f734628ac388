/* SPDX-License-Identifier: MIT
 *
 * One cell's contributors. When it has none, the cell itself is looked at, to say what it is instead.
 */
#include "sink/explain.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "sink/explain_stack.h"
#include "workbook/sheet.h"

#define EXPLANATION_BYTES_MAX ((size_t)512 << 20)
#define SHOWN_TEXT_UNITS 60u

void explanation_free(struct explanation *self)
{
    arena_destroy(&self->arena);
    *self = (struct explanation){0};
}

/* --- looking for the cell in the Contributions ---------------------------------------------------------------------- */

struct search {
    struct explanation *found;
    struct span sheet;
    struct cell_ref cell;
    bool is_found;
    bool is_full;
    struct contribution *items; /* grows; moved into the arena at the end */
    size_t n, capacity;
};

static struct span keep(struct search *self, struct span text)
{
    struct span copy = arena_copy(self->found->arena, text);
    self->is_full |= copy.data == NULL;
    return copy;
}

static enum fault search_head(void *context, const struct contributions_head *head, bool *ret_wants_parts)
{
    struct search *self = context;
    bool is_wanted = head->cell.row == self->cell.row && head->cell.col == self->cell.col &&
                     utf8_fold_equal(head->sheet, self->sheet);
    *ret_wants_parts = is_wanted;
    if (!is_wanted) /* the rows of one cell stand together */
        return self->is_found ? FAULT_CANCELLED : FAULT_NONE;
    self->is_found = true;
    self->found->row_label = keep(self, head->row_label);
    self->found->column_label = keep(self, head->column_label);
    self->found->function = keep(self, head->function);
    self->found->result = (struct told){head->result.kind, keep(self, head->result.text)};
    self->found->n = head->n;
    return self->is_full ? FAULT_LIMIT : FAULT_NONE;
}

static enum fault search_part(void *context, const struct contributions_part *part)
{
    struct search *self = context;
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->items = must_realloc(self->items, self->capacity * sizeof *self->items);
    }
    self->items[self->n++] = (struct contribution){
        .source = keep(self, part->source.len ? part->source : part->file),
        .file = keep(self, part->file),
        .value = {part->value.kind, keep(self, part->value.text)},
    };
    return self->is_full ? FAULT_LIMIT : FAULT_NONE;
}

static enum fault search_cell(struct output_file *file, struct search *self, struct why *why)
{
    struct contributions_events events = {.self = self, .head = search_head, .part = search_part};
    enum fault fault = contributions_read(file, &events, why);
    if (self->is_full)
        return why_set(why, FAULT_LIMIT, "more contributors than fit in memory: read the Contributions themselves");
    return fault == FAULT_CANCELLED && self->is_found ? FAULT_NONE : fault;
}

/* --- the files behind the identities -------------------------------------------------------------------------------- */

struct directory {
    struct arena *arena;
    struct listed {
        struct span identity, file;
    } *items;
    size_t n, capacity;
};

static enum fault list_source(void *context, struct span identity, struct span name)
{
    struct directory *self = context;
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->items = must_realloc(self->items, self->capacity * sizeof *self->items);
    }
    struct listed listed = {arena_copy(self->arena, identity), arena_copy(self->arena, name)};
    if (!listed.identity.data || !listed.file.data)
        return FAULT_LIMIT;
    self->items[self->n++] = listed;
    return FAULT_NONE;
}

static int compare_identity(const void *a, const void *b)
{
    const struct listed *x = a, *y = b;
    return span_compare(x->identity, y->identity);
}

static enum fault add_files(struct output_file *file, struct search *search, struct why *why)
{
    struct directory directory = {.arena = search->found->arena};
    enum fault fault = sources_read(file, &directory, list_source, why);
    if (directory.n)
        qsort(directory.items, directory.n, sizeof *directory.items, compare_identity);
    for (size_t i = 0; i < search->n && fault == FAULT_NONE && directory.n; i++) {
        struct listed key = {.identity = search->items[i].source};
        const struct listed *listed = bsearch(&key, directory.items, directory.n, sizeof key, compare_identity);
        if (listed && !search->items[i].file.len)
            search->items[i].file = listed->file;
    }
    free(directory.items);
    return fault;
}

/* --- the cell itself ------------------------------------------------------------------------------------------------- */

struct look {
    struct cell_ref cell, anchor;
    struct arena *arena;
    struct told value;
    struct span formula;
    bool has_formula;
};

static enum fault look_cell(void *context, const struct cell *cell)
{
    struct look *self = context;
    if (cell->row != self->cell.row || cell->col != self->cell.col)
        return FAULT_NONE;
    self->has_formula = cell->formula != FORMULA_NONE;
    self->formula = arena_copy(self->arena, cell->formula_text);
    return told_copy(self->arena, told_cell(cell), &self->value) ? FAULT_NONE : FAULT_LIMIT;
}

static enum fault look_merge(void *context, struct cell_range range)
{
    struct look *self = context;
    if (cell_range_has(range, self->cell.row, self->cell.col))
        self->anchor = range.first;
    return FAULT_NONE;
}

static enum fault look_at(struct output_file *file, size_t sheet, struct look *self, struct why *why)
{
    struct sheet_handler handler = {.self = self, .cell = look_cell, .merge = look_merge};
    self->anchor = self->cell;
    return sheet_scan(file->book, sheet, file->strings, &handler, why);
}

static enum fault say_what_it_is(const struct look *look, struct span sheet, struct why *why)
{
    char at[CELL_REF_TEXT_MAX];
    cell_ref_format(look->cell, at);
    struct span formula = utf8_cut_utf16(look->formula, SHOWN_TEXT_UNITS);
    struct span value = utf8_cut_utf16(look->value.text, SHOWN_TEXT_UNITS);
    if (look->has_formula)
        return why_set(why, FAULT_NOT_FOUND, "%.*s!%s is a formula of the template%s%.*s: ask for the cells that it uses",
                       SPAN_ARGS(sheet), at, formula.len ? ", =" : "", SPAN_ARGS(formula));
    if (look->value.kind == TOLD_TEXT)
        return why_set(why, FAULT_NOT_FOUND, "%.*s!%s is no result but a label of the template, \"%.*s\"", SPAN_ARGS(sheet),
                       at, SPAN_ARGS(value));
    if (look->value.kind != TOLD_NOTHING)
        return why_set(why, FAULT_NOT_FOUND, "%.*s!%s is no result but a constant of the template, %.*s", SPAN_ARGS(sheet),
                       at, SPAN_ARGS(value));
    return why_set(why, FAULT_NOT_FOUND, "%.*s!%s is empty: no source had a value for it, or it is outside of the cells that "
                   "are filled", SPAN_ARGS(sheet), at);
}

static enum fault find_sheet(struct output_file *file, struct span name, size_t *ret, struct why *why)
{
    const struct book *book = file->book;
    int sheet = name.len ? book_find_sheet(book, name) : (int)book->active_tab;
    if (sheet >= 0 && (size_t)sheet < book->n_sheets) {
        *ret = (size_t)sheet;
        return FAULT_NONE;
    }
    struct buffer names;
    buffer_init(&names, BUFFER_LIMIT_DEFAULT);
    for (size_t i = 0; i < book->n_sheets && names.len < 200; i++)
        buffer_putf(&names, "%s\"%.*s\"", i ? ", " : "", SPAN_ARGS(book->sheets[i].name));
    why_set(why, FAULT_NOT_FOUND, "there is no sheet \"%.*s\"; there are %s", SPAN_ARGS(name), buffer_text(&names));
    buffer_free(&names);
    return FAULT_NOT_FOUND;
}

/* --- all of it ------------------------------------------------------------------------------------------------------- */

/* Takes what was found; with --preset=original the result stands only in its own cell. */
static enum fault finish(struct output_file *file, size_t sheet, struct search *search, struct why *why)
{
    struct explanation *found = search->found;
    struct look look = {.cell = search->cell, .arena = found->arena};
    enum fault fault = add_files(file, search, why);
    if (fault == FAULT_NONE && found->result.kind == TOLD_NOTHING && found->n == 0) {
        fault = look_at(file, sheet, &look, why);
        found->result = look.value;
        found->n = search->n;
    }
    size_t size = search->n * sizeof *search->items;
    found->cell = search->cell;
    found->items = arena_alloc(found->arena, size + 1);
    if (fault != FAULT_NONE || !found->items)
        return fault != FAULT_NONE ? fault : FAULT_LIMIT;
    if (size)
        memcpy(found->items, search->items, size);
    found->n_items = search->n;
    return FAULT_NONE;
}

static enum fault explain(struct output_file *file, size_t sheet, struct search *search, struct why *why)
{
    search->sheet = file->book->sheets[sheet].name;
    search->found->sheet = keep(search, search->sheet);
    enum fault fault = search_cell(file, search, why);
    if (fault != FAULT_NONE || search->is_found)
        return fault != FAULT_NONE ? fault : finish(file, sheet, search, why);
    struct look look = {.cell = search->cell, .arena = search->found->arena};
    fault = look_at(file, sheet, &look, why);
    bool is_anchor = look.anchor.row == search->cell.row && look.anchor.col == search->cell.col;
    if (fault != FAULT_NONE || is_anchor)
        return fault != FAULT_NONE ? fault : say_what_it_is(&look, search->sheet, why);
    search->cell = look.anchor; /* inside a merged range: its corner holds the value */
    return explain(file, sheet, search, why);
}

static enum fault explain_any(struct output_file *file, size_t sheet, struct search *search, struct why *why)
{
    struct stack_book stack;
    bool is_stack;
    enum fault fault = stack_book_open(file, &stack, &is_stack, why);
    if (fault != FAULT_NONE)
        return fault;
    return is_stack ? explain_stacked(file, &stack, sheet, search->cell, search->found, why) : explain(file, sheet, search, why);
}

enum fault explain_cell(const char *path, struct span sheet, struct cell_ref cell, struct explanation *ret, struct why *why)
{
    struct output_file file;
    struct explanation found = {.arena = arena_new(EXPLANATION_BYTES_MAX)};
    struct search search = {.found = &found, .cell = cell};
    size_t index;
    enum fault fault = output_file_open(path, &file, why);
    if (fault == FAULT_NONE) {
        fault = find_sheet(&file, sheet, &index, why);
        if (fault == FAULT_NONE)
            fault = explain_any(&file, index, &search, why);
        output_file_close(&file);
    }
    free(search.items);
    if (fault != FAULT_NONE)
        explanation_free(&found);
    else
        *ret = found;
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * One file at a time: which sheets are picked, their headers, and the formats of their cells. Names are kept once for all files.
 */
#include "ventilator/stack_survey.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"

#define NAME_BYTES_MAX ((size_t)4 << 20)
#define GIVEN_LEVELS_MAX 64u

/* --- life --- */

static enum fault too_much(struct why *why)
{
    return why_set(why, FAULT_LIMIT, "the headers of all sources take more than %zu MiB; stack them in parts", SURVEY_ARENA_BYTES >> 20);
}

static enum fault take_aliases(struct stack_survey *self, struct why *why)
{
    const struct stack_options *options = &self->job->stack;
    self->alias_names = arena_alloc(self->arena, options->n_column_aliases * sizeof *self->alias_names);
    if (!self->alias_names)
        return too_much(why);
    for (uint32_t i = 0; i < options->n_column_aliases; i++) {
        const struct alias *alias = &options->column_aliases[i];
        buffer_clear(&self->folded);
        if (alias->from.len > NAME_BYTES_MAX / 8)
            return why_set(why, FAULT_USAGE, "--alias: a header is too long");
        utf8_fold(alias->from, &self->folded);
        struct span to = utf8_trim(alias->to);
        if (!self->folded.len || !to.len || !utf8_valid(to))
            return why_set(why, FAULT_USAGE, "--alias: \"%.*s\" stands for no name", SPAN_ARGS(alias->from));
        uint32_t key = text_set_add(&self->alias_keys, buffer_span(&self->folded));
        if (key == TEXT_SET_NONE)
            return too_much(why);
        self->alias_names[key] = to;
    }
    return FAULT_NONE;
}

static enum fault take_options(struct stack_survey *self, struct why *why)
{
    const struct stack_options *options = &self->job->stack;
    if (options->first_header > options->last_header || options->last_header > GRID_ROWS ||
        (options->first_header == 0) != (options->last_header == 0))
        return why_set(why, FAULT_USAGE, "--header: rows %u to %u are none of a sheet", options->first_header, options->last_header);
    if (options->last_header - options->first_header >= GIVEN_LEVELS_MAX)
        return why_set(why, FAULT_USAGE, "--header: a header has at most %u rows", GIVEN_LEVELS_MAX);
    if (options->n_wheres > STACK_CONDITIONS_MAX)
        return why_set(why, FAULT_USAGE, "--where: at most %u conditions", STACK_CONDITIONS_MAX);
    self->wheres = arena_alloc(self->arena, options->n_wheres * sizeof *self->wheres);
    must(self->wheres);
    enum fault fault = sheet_selector_parse(self->job->sheet_selector, &self->selector, why);
    for (uint32_t i = 0; i < options->n_wheres && !fault; i++)
        fault = where_parse(options->wheres[i], self->arena, &self->wheres[i], why);
    return fault ? fault : take_aliases(self, why);
}

enum fault stack_survey_new(const struct job *job, struct stack_survey **ret, struct why *why)
{
    struct stack_survey *self = must_alloc(sizeof *self);
    self->job = job;
    self->arena = arena_new(SURVEY_ARENA_BYTES);
    self->scratch = arena_new(SURVEY_ARENA_BYTES);
    self->styles = styles_cache_new();
    text_set_init(&self->texts, self->arena);
    text_set_init(&self->keys, self->arena);
    text_set_init(&self->formats, self->arena);
    text_set_init(&self->alias_keys, self->arena);
    buffer_init(&self->part, NAME_BYTES_MAX);
    buffer_init(&self->folded, NAME_BYTES_MAX * 4 + 16);
    enum fault fault = take_options(self, why);
    if (fault)
        stack_survey_destroy(&self);
    *ret = self;
    return fault;
}

void stack_survey_destroy(struct stack_survey **self_p)
{
    struct stack_survey *self = *self_p;
    if (!self)
        return;
    sheet_selector_free(&self->selector);
    styles_cache_destroy(&self->styles);
    text_set_free(&self->texts);
    text_set_free(&self->keys);
    text_set_free(&self->formats);
    text_set_free(&self->alias_keys);
    free(self->sources);
    free(self->key_stamps);
    free(self->key_counts);
    free(self->format_stamps);
    buffer_free(&self->part);
    buffer_free(&self->folded);
    arena_destroy(&self->arena);
    arena_destroy(&self->scratch);
    free(self);
    *self_p = NULL;
}

/* --- names --- */

void stack_survey_key(const struct stack_survey *self, struct span name, struct buffer *out)
{
    if (self->job->stack.key_exact)
        buffer_put(out, name);
    else
        utf8_fold(name, out);
}

struct span stack_survey_alias(struct stack_survey *self, struct span name)
{
    if (!self->alias_keys.n)
        return name;
    buffer_clear(&self->folded);
    utf8_fold(name, &self->folded);
    uint32_t key = text_set_find(&self->alias_keys, buffer_span(&self->folded));
    return key == TEXT_SET_NONE ? name : self->alias_names[key];
}

static uint32_t add_key(struct stack_survey *self, struct span name)
{
    buffer_clear(&self->folded);
    stack_survey_key(self, name, &self->folded);
    uint32_t key = text_set_add(&self->keys, buffer_span(&self->folded));
    if (key != TEXT_SET_NONE && key >= self->key_capacity) {
        uint32_t capacity = self->key_capacity ? self->key_capacity * 2 : 256;
        self->key_stamps = must_realloc(self->key_stamps, capacity * sizeof *self->key_stamps);
        self->key_counts = must_realloc(self->key_counts, capacity * sizeof *self->key_counts);
        memset(self->key_stamps + self->key_capacity, 0, (capacity - self->key_capacity) * sizeof *self->key_stamps);
        self->key_capacity = capacity;
    }
    return key;
}

/* Name, Name_2, Name_3: the first that the sheet does not have yet. */
static bool name_column(struct stack_survey *self, const struct header_column *from, struct survey_column *to)
{
    struct span name = stack_survey_alias(self, from->name);
    uint32_t key = add_key(self, name);
    if (key == TEXT_SET_NONE)
        return false;
    uint32_t first = key;
    if (self->key_stamps[first] != self->stamp)
        self->key_counts[first] = 1;
    while (self->key_stamps[key] == self->stamp) {
        buffer_clear(&self->part);
        buffer_put(&self->part, stack_survey_alias(self, from->name));
        buffer_putf(&self->part, "_%u", ++self->key_counts[first]);
        name = buffer_span(&self->part);
        key = add_key(self, name);
        if (key == TEXT_SET_NONE)
            return false;
    }
    self->key_stamps[key] = self->stamp;
    self->key_counts[key] = 1;
    *to = (struct survey_column){from->col, text_set_add(&self->texts, from->header), text_set_add(&self->texts, name), key};
    return to->header != TEXT_SET_NONE && to->name != TEXT_SET_NONE;
}

static bool keep_header(struct stack_survey *self, const struct table_header *header, struct survey_sheet *sheet)
{
    sheet->first_row = header->first_row;
    sheet->last_row = header->last_row;
    sheet->is_plain = header->is_plain;
    sheet->columns = arena_alloc(self->arena, header->n_columns * sizeof *sheet->columns);
    if (!sheet->columns)
        return false;
    self->stamp++;
    for (; sheet->n_columns < header->n_columns; sheet->n_columns++) {
        if (!name_column(self, &header->columns[sheet->n_columns], &sheet->columns[sheet->n_columns]))
            return false;
    }
    return true;
}

/* --- sheets --- */

static bool note(struct stack_survey *self, struct survey_source *source, enum issue_code code, struct span sheet, struct span value)
{
    struct survey_note **last = &source->notes, *added = arena_alloc(self->arena, sizeof *added);
    if (!added)
        return false;
    *added = (struct survey_note){.code = code, .sheet = arena_copy(self->arena, sheet), .value = arena_copy(self->arena, value)};
    if (!added->sheet.data || !added->value.data)
        return false;
    while (*last)
        last = &(*last)->next;
    *last = added;
    return true;
}

/* Hidden sheets are read only when all sheets, or they themselves, are asked for. */
static bool is_left_hidden(const struct stack_survey *self, const struct book_sheet *sheet)
{
    return sheet->state != SHEET_VISIBLE && (self->job->skip_hidden || self->selector.kind == SELECT_BY_NAME);
}

static enum fault pick_sheets(struct stack_survey *self, const struct book *book, struct survey_source *source, uint32_t *indexes,
                              struct why *why)
{
    bool is_picked = false;
    source->sheets = arena_alloc(self->arena, book->n_sheets * sizeof *source->sheets);
    if (!source->sheets)
        return too_much(why);
    for (uint32_t i = 0; i < book->n_sheets; i++) {
        const struct book_sheet *sheet = &book->sheets[i];
        if (sheet->kind == SHEET_MISSING && sheet_selector_picks(&self->selector, book, i))
            return why_set(why, FAULT_CORRUPT, "the sheet \"%.*s\" has no part in the file; ask for a fresh copy", SPAN_ARGS(sheet->name));
        if (!sheet_selector_picks(&self->selector, book, i))
            continue;
        is_picked = true;
        if (is_left_hidden(self, sheet)) {
            if (!note(self, source, ISSUE_SHEET_HIDDEN, sheet->name, SPAN("")))
                return too_much(why);
            continue;
        }
        indexes[source->n_sheets] = i;
        source->sheets[source->n_sheets] = (struct survey_sheet){.index = i, .name = arena_copy(self->arena, sheet->name)};
        if (sheet->entry != PACKAGE_NONE)
            source->sheets[source->n_sheets].bytes = package_entry_at(book->package, sheet->entry)->size;
        if (!source->sheets[source->n_sheets++].name.data)
            return too_much(why);
    }
    if (!is_picked && self->selector.kind != SELECT_BY_NAME && !note(self, source, ISSUE_SHEET_MISSING, SPAN(""), self->job->sheet_selector))
        return too_much(why);
    return FAULT_NONE;
}

/* A sheet without a header is the worker's to tell of: it sees whether there is anything in it. */
static enum fault keep_headers(struct stack_survey *self, const struct table_header *headers, struct survey_source *source, struct why *why)
{
    for (uint32_t i = 0; i < source->n_sheets; i++) {
        struct survey_sheet *sheet = &source->sheets[i];
        if (!keep_header(self, &headers[i], sheet))
            return too_much(why);
    }
    return FAULT_NONE;
}

/* --- formats --- */

static uint32_t add_format(struct stack_survey *self, struct span code)
{
    uint32_t format = text_set_add(&self->formats, code);
    if (format != TEXT_SET_NONE && format >= self->format_capacity) {
        uint32_t capacity = self->format_capacity ? self->format_capacity * 2 : 256;
        self->format_stamps = must_realloc(self->format_stamps, capacity * sizeof *self->format_stamps);
        memset(self->format_stamps + self->format_capacity, 0, (capacity - self->format_capacity) * sizeof *self->format_stamps);
        self->format_capacity = capacity;
    }
    return format;
}

static bool is_kept_format(struct span code)
{
    return code.len && !utf8_fold_equal(code, SPAN("General")) && utf8_valid(code);
}

static enum fault keep_formats(struct stack_survey *self, const struct styles *styles, uint32_t index, struct why *why)
{
    struct survey_source *source = &self->sources[index];
    uint32_t n = styles_count(styles), *formats = arena_alloc(self->scratch, (n + 1) * sizeof *formats);
    if (!formats)
        return too_much(why);
    self->stamp++;
    for (uint32_t i = 0; i < n; i++) {
        struct span code = styles_format(styles, i);
        if (!is_kept_format(code))
            continue;
        uint32_t format = add_format(self, code);
        if (format == TEXT_SET_NONE)
            return too_much(why);
        if (self->format_stamps[format] == self->stamp)
            continue;
        self->format_stamps[format] = self->stamp;
        formats[source->n_formats++] = format;
    }
    const struct survey_source *before = index ? &self->sources[index - 1] : source;
    if (before != source && before->n_formats == source->n_formats && before->formats &&
        memcmp(before->formats, formats, source->n_formats * sizeof *formats) == 0) {
        source->formats = before->formats;
        return FAULT_NONE;
    }
    source->formats = arena_alloc(self->arena, source->n_formats * sizeof *formats);
    if (!source->formats)
        return too_much(why);
    memcpy(source->formats, formats, source->n_formats * sizeof *formats);
    return FAULT_NONE;
}

/* --- a file --- */

static enum fault survey_book(struct stack_survey *self, struct book *book, uint32_t index, struct why *why)
{
    struct survey_source *source = &self->sources[index];
    const struct styles *styles;
    struct why broken = {0}; /* the worker tells of styles that cannot be read */
    enum fault fault = styles_cache_read(self->styles, book, &styles, &broken);
    if (fault) {
        if (why)
            *why = broken;
        return fault;
    }
    uint32_t *indexes = arena_alloc(self->scratch, (book->n_sheets + 1) * sizeof *indexes);
    struct table_header *headers = arena_alloc(self->scratch, (book->n_sheets + 1) * sizeof *headers);
    if (!indexes || !headers)
        return too_much(why);
    const struct stack_options *options = &self->job->stack;
    fault = pick_sheets(self, book, source, indexes, why);
    if (!fault)
        fault = table_headers_read(book, styles, indexes, source->n_sheets, options->first_header, options->last_header, self->scratch,
                                   headers, why);
    if (!fault)
        fault = keep_headers(self, headers, source, why);
    return fault ? fault : keep_formats(self, styles, index, why);
}

static struct survey_source *open_source(struct stack_survey *self, uint32_t index)
{
    if (index >= self->sources_capacity) {
        uint32_t capacity = self->sources_capacity ? self->sources_capacity : 64;
        while (capacity <= index)
            capacity *= 2;
        self->sources = must_realloc(self->sources, capacity * sizeof *self->sources);
        self->sources_capacity = capacity;
    }
    while (self->n_sources <= index)
        self->sources[self->n_sources++] = (struct survey_source){0};
    return &self->sources[index];
}

enum fault stack_survey_view(void *context, uint32_t index, const char *path, struct package *package, struct why *why)
{
    struct stack_survey *self = context;
    struct package *own = NULL;
    struct book *book = NULL;
    open_source(self, index);
    arena_clear(self->scratch);
    enum fault fault = FAULT_NONE;
    if (!package) { /* which says in words what the file is instead */
        fault = package_open(path, NULL, &own, why);
        package = own;
    }
    if (!fault)
        fault = book_open(package, &book, why);
    if (!fault)
        fault = survey_book(self, book, index, why);
    if (fault)
        self->sources[index] = (struct survey_source){0};
    book_close(&book);
    package_close(&own);
    return fault;
}

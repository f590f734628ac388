/* SPDX-License-Identifier: MIT
 *
 * The output workbook's face: it is opened on a template, collects what is to change, and hands out sheets. What
 * becomes of it at the end is in output_write.c.
 */
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/output_state.h"
#include "workbook/xml.h"

#define ARENA_BYTES ((size_t)1 << 30)
#define SHEET_NAME_UNITS 31u
#define SHEETS_MAX 65000u
#define PROPERTY_BYTES_MAX ((size_t)4 << 20) /* of a part that is searched for the mark */

/* --- life ------------------------------------------------------------------------------------------------------- */

static void link_sheets(struct output_book *self)
{
    for (size_t i = 0; i < self->n_sheets; i++) {
        struct output_sheet *sheet = &self->sheets[i];
        buffer_init(&sheet->links, BUFFER_LIMIT_DEFAULT);
        buffer_init(&sheet->note_texts, BUFFER_LIMIT_DEFAULT);
        sheet->same_as = i;
        for (size_t j = 0; j < i && sheet->same_as == i; j++)
            if (self->book->sheets[j].entry == self->book->sheets[i].entry)
                sheet->same_as = j;
    }
}

enum fault output_book_new(struct book *book, enum deflate_level level, const char *spool_folder,
                           struct output_book **ret, struct why *why)
{
    if (book && book->n_sheets > SHEETS_MAX)
        return why_set(why, FAULT_LIMIT, "the template has over %u sheets", SHEETS_MAX);
    struct output_book *self = must_alloc(sizeof *self);
    self->book = book;
    self->package = book ? book->package : NULL;
    self->level = level;
    self->spool_folder = spool_folder ? must_strdup(spool_folder) : NULL;
    self->arena = arena_new(ARENA_BYTES);
    buffer_init(&self->texts, (size_t)4 << 30);
    self->n_sheets = book ? book->n_sheets : 0;
    if (book)
        self->sheets = must_alloc((self->n_sheets ? self->n_sheets : 1) * sizeof *self->sheets);
    link_sheets(self);
    if (!book)
        output_parts_begin(self);
    *ret = self;
    return FAULT_NONE;
}

void output_book_destroy(struct output_book **self_p)
{
    struct output_book *self = *self_p;
    if (!self)
        return;
    for (size_t i = 0; i < self->n_sheets; i++)
        output_sheet_free(&self->sheets[i]);
    for (size_t i = 0; i < self->n_added; i++)
        sheet_writer_destroy(&self->added[i].writer);
    package_writer_destroy(&self->writer);
    output_styles_free(self);
    output_parts_free(self);
    buffer_free(&self->texts);
    arena_destroy(&self->arena);
    free(self->sheets);
    free(self->added);
    free(self->authors);
    free(self->spool_folder);
    free(self);
    *self_p = NULL;
}

enum fault output_fail(struct output_book *self, enum fault fault, const struct why *why)
{
    if (!self->fault) {
        self->fault = fault;
        self->why = *why;
    }
    return fault;
}

/* --- new sheets -------------------------------------------------------------------------------------------------- */

static bool is_name_taken(const struct output_book *self, struct span name)
{
    for (size_t i = 0; i < self->n_sheets; i++)
        if (utf8_fold_equal(self->book->sheets[i].name, name))
            return true;
    for (size_t i = 0; i < self->n_added; i++)
        if (utf8_fold_equal(self->added[i].name, name))
            return true;
    return utf8_fold_equal(name, SPAN("History")); /* Excel keeps that one for itself */
}

/* No []:*?/\ and no control characters; no apostrophe at the ends. */
static void clean_name(struct span name, struct buffer *out)
{
    name = utf8_trim(name);
    while (name.len && name.data[0] == '\'')
        name = span_from(name, 1);
    while (name.len && name.data[name.len - 1] == '\'')
        name.len--;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.data[i];
        buffer_put_char(out, c < 0x20 || c == 0x7f || strchr("[]:*?/\\", c) ? '_' : (char)c);
    }
    if (!out->len || !utf8_valid(buffer_span(out))) {
        buffer_clear(out);
        buffer_put_text(out, "Sheet");
    }
}

static struct span unique_name(struct output_book *self, struct span wanted)
{
    struct buffer clean, name;
    buffer_init(&clean, BUFFER_LIMIT_DEFAULT);
    buffer_init(&name, BUFFER_LIMIT_DEFAULT);
    clean_name(wanted, &clean);
    buffer_put(&name, utf8_trim(utf8_cut_utf16(buffer_span(&clean), SHEET_NAME_UNITS)));
    for (unsigned n = 2; is_name_taken(self, buffer_span(&name)); n++) {
        char suffix[16];
        int len = snprintf(suffix, sizeof suffix, " (%u)", n);
        buffer_clear(&name);
        buffer_put(&name, utf8_trim(utf8_cut_utf16(buffer_span(&clean), SHEET_NAME_UNITS - (size_t)len)));
        buffer_put_text(&name, suffix);
    }
    struct span copy = arena_copy(self->arena, buffer_span(&name));
    must(copy.data);
    buffer_free(&clean);
    buffer_free(&name);
    return copy;
}

enum fault output_sheet_insert(struct output_book *self, size_t at, struct span name, struct sheet_writer *writer,
                               struct why *why)
{
    if (self->n_sheets + self->n_added >= SHEETS_MAX)
        return why_set(why, FAULT_LIMIT, "the workbook would have over %u sheets", SHEETS_MAX);
    struct added_sheet sheet = {.writer = writer, .name = unique_name(self, name)};
    sheet.part_name = output_part_fresh(self, "worksheets/", "sheet", "xml");
    self->added = must_realloc(self->added, (self->n_added + 1) * sizeof *self->added);
    memmove(self->added + at + 1, self->added + at, (self->n_added - at) * sizeof *self->added);
    self->added[at] = sheet;
    self->n_added++;
    return FAULT_NONE;
}

enum fault output_book_add_sheet(struct output_book *self, struct span name, struct sheet_writer **ret,
                                 struct span *ret_name, struct why *why)
{
    struct sheet_writer *writer;
    enum fault fault = sheet_writer_new(self->level, self->spool_folder, output_is_strict(self), &writer, why);
    if (fault)
        return fault;
    fault = output_sheet_insert(self, self->n_added, name, writer, why);
    if (fault) {
        sheet_writer_destroy(&writer);
        return fault;
    }
    *ret = writer;
    if (ret_name)
        *ret_name = self->added[self->n_added - 1].name;
    return FAULT_NONE;
}

/* --- the mark ---------------------------------------------------------------------------------------------------- */

void output_book_mark(struct output_book *self, struct span value)
{
    self->mark = arena_copy(self->arena, value);
    must(self->mark.data);
}

void output_book_stamp(struct output_book *self)
{
    self->is_stamped = true;
}

static enum fault see_property(void *context, enum xml_namespace ns, struct span name,
                               const struct xml_attribute *attributes, size_t n)
{
    (void)ns;
    bool *is_marked = context;
    *is_marked |= span_is(name, "property") && span_is(xml_get(attributes, n, "name"), OUTPUT_MARK);
    return FAULT_NONE;
}

static bool part_has(struct package *package, size_t entry, struct span word)
{
    struct buffer bytes;
    buffer_init(&bytes, PROPERTY_BYTES_MAX);
    /* A part that cannot be read, or is too long to look through, may have it. */
    bool has = package_read(package, entry, &bytes, NULL) ||
               memmem(bytes.data, bytes.len, word.data, word.len);
    buffer_free(&bytes);
    return has;
}

bool output_package_is_marked(struct package *package)
{
    size_t rels = package_find(package, SPAN("_rels/.rels")), workbook = package_find(package, SPAN("xl/workbook.xml"));
    if (rels != PACKAGE_NONE && workbook != PACKAGE_NONE && !part_has(package, rels, SPAN("custom-properties")) &&
        !part_has(package, workbook, SPAN(OUTPUT_MARK)))
        return false;
    struct book *book = NULL;
    bool is_marked = book_open(package, &book, NULL) == FAULT_NONE && output_book_is_marked(book);
    book_close(&book);
    return is_marked;
}

bool output_book_is_marked(struct book *book)
{
    for (size_t i = 0; i < book->n_names; i++)
        if (span_is(book->names[i].name, OUTPUT_MARK))
            return true;
    struct relationships rels;
    bool is_marked = false;
    if (relationships_read(book->package, SPAN(""), book->arena, &rels, NULL))
        return false;
    const struct relationship *custom = relationships_find_type(&rels, "custom-properties");
    size_t entry = custom ? package_find(book->package, custom->target) : PACKAGE_NONE;
    struct xml_handler handler = {.self = &is_marked, .start = see_property};
    /* A property part that cannot be read marks nothing. */
    if (entry != PACKAGE_NONE && xml_parse_part(book->package, entry, &handler, NULL))
        return false;
    return is_marked;
}

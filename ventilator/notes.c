/* SPDX-License-Identifier: MIT
 *
 * The notes of a template sheet: comment elements of the comments part, their rich runs joined,
 * phonetic runs left out. Threaded comments are read through the legacy note that stands beside
 * each of them.
 */
#include "ventilator/template_sheet.h"

#include "core/must.h"
#include "workbook/xml.h"

#define NOTE_BYTES_MAX ((size_t)256 << 10)

struct note_reader {
    struct template_sheet *sheet;
    struct cell_ref at;
    bool is_in_note, is_in_text;
    unsigned phonetic; /* depth inside rPh */
    struct buffer text;
};

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    struct note_reader *self = context;
    if (ns != XML_NS_MAIN)
        return FAULT_NONE;
    if (span_is(name, "comment")) {
        self->is_in_note = cell_ref_parse(xml_get(attributes, n, "ref"), &self->at);
        buffer_clear(&self->text);
    } else if (span_is(name, "rPh")) {
        self->phonetic++;
    } else if (span_is(name, "t")) {
        self->is_in_text = self->is_in_note && self->phonetic == 0;
    }
    return FAULT_NONE;
}

static enum fault keep_note(struct note_reader *self)
{
    struct template_sheet *sheet = self->sheet;
    if (sheet->n_notes >= TEMPLATE_NOTES_MAX)
        return FAULT_LIMIT;
    if (sheet->n_notes == sheet->notes_capacity) {
        sheet->notes_capacity = sheet->notes_capacity ? sheet->notes_capacity * 2 : 32;
        sheet->notes = must_realloc(sheet->notes, sheet->notes_capacity * sizeof *sheet->notes);
    }
    struct span text = arena_copy(sheet->arena, buffer_span(&self->text));
    if (!text.data)
        return FAULT_LIMIT;
    sheet->notes[sheet->n_notes++] = (struct template_note){self->at, text};
    return FAULT_NONE;
}

static enum fault on_end(void *context, enum xml_namespace ns, struct span name)
{
    struct note_reader *self = context;
    if (ns != XML_NS_MAIN)
        return FAULT_NONE;
    if (span_is(name, "rPh") && self->phonetic) {
        self->phonetic--;
    } else if (span_is(name, "t")) {
        self->is_in_text = false;
    } else if (span_is(name, "comment") && self->is_in_note) {
        self->is_in_note = false;
        return keep_note(self);
    }
    return FAULT_NONE;
}

static enum fault on_text(void *context, struct span text)
{
    struct note_reader *self = context;
    return self->is_in_text ? buffer_append(&self->text, text) : FAULT_NONE;
}

enum fault template_notes_read(struct book *book, size_t index, struct template_sheet *sheet,
                               struct why *why)
{
    struct relationships relations;
    enum fault fault = relationships_read(book->package, book->sheets[index].part_name,
                                          sheet->arena, &relations, why);
    if (fault != FAULT_NONE)
        return fault;
    const struct relationship *comments = relationships_find_type(&relations, "comments");
    if (!comments || comments->is_external)
        return FAULT_NONE;
    size_t entry = package_find(book->package, comments->target);
    if (entry == PACKAGE_NONE)
        return FAULT_NONE; /* Excel opens such a file and shows no notes */
    struct note_reader reader = {.sheet = sheet};
    buffer_init(&reader.text, NOTE_BYTES_MAX);
    struct xml_handler handler = {&reader, on_start, on_end, on_text};
    fault = xml_parse_part(book->package, entry, &handler, why);
    buffer_free(&reader.text);
    return fault;
}

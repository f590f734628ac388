/* SPDX-License-Identifier: MIT
 *
 * Notes and links on cells of the template: what is there already is looked up once per sheet, when the first is
 * asked for, and stays as it is.
 */
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/notes.h"
#include "workbook/output_state.h"
#include "workbook/xml.h"
#include "workbook/xml_put.h"

#define LINKS_MAX 65530u
#define TOOLTIP_UNITS 255u
#define COMMENTS_MAX 2000000u
#define COMMENTS_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml.comments+xml"
#define DRAWING_TYPE "application/vnd.openxmlformats-officedocument.vmlDrawing"

void output_sheet_free(struct output_sheet *sheet)
{
    free(sheet->edits);
    free(sheet->notes);
    free(sheet->comments.items);
    buffer_free(&sheet->links);
    buffer_free(&sheet->note_texts);
    sheet_survey_free(&sheet->survey);
}

/* --- what is there ------------------------------------------------------------------------------------------------ */

static int compare_refs(const void *a, const void *b)
{
    const struct cell_ref *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->col > y->col) - (x->col < y->col);
}

static enum fault see_comment(void *context, enum xml_namespace ns, struct span name,
                              const struct xml_attribute *attributes, size_t n)
{
    (void)ns;
    struct comment_refs *self = context;
    struct cell_ref ref;
    if (!span_is(name, "comment") || !cell_ref_parse(xml_get(attributes, n, "ref"), &ref))
        return FAULT_NONE;
    if (self->n == COMMENTS_MAX)
        return FAULT_LIMIT;
    if ((self->n & (self->n + 1)) == 0)
        self->items = must_realloc(self->items, (self->n * 2 + 1) * sizeof *self->items);
    self->items[self->n++] = ref;
    return FAULT_NONE;
}

static size_t target_entry(const struct output_book *self, const struct relationship *rel)
{
    return rel && !rel->is_external ? package_find(self->package, rel->target) : PACKAGE_NONE;
}

static bool drawing_can_be_extended(const struct output_book *self, size_t entry)
{
    struct buffer drawing;
    buffer_init(&drawing, BUFFER_LIMIT_DEFAULT);
    bool can = !package_read(self->package, entry, &drawing, NULL) && notes_can_extend(buffer_span(&drawing));
    buffer_free(&drawing);
    return can;
}

/* Broken comments or drawings never block the values: such a sheet takes no new notes. */
static bool read_notes(struct output_book *self, struct output_sheet *sheet, size_t index)
{
    struct relationships rels;
    struct span part = package_entry_at(self->package, self->book->sheets[index].entry)->name;
    if (relationships_read(self->package, part, self->arena, &rels, NULL))
        return false;
    const struct relationship *rel = relationships_find_type(&rels, "comments");
    size_t entry = target_entry(self, rel);
    struct xml_handler handler = {.self = &sheet->comments, .start = see_comment};
    if (rel && (entry == PACKAGE_NONE || xml_parse_part(self->package, entry, &handler, NULL)))
        return false;
    if (sheet->comments.n)
        qsort(sheet->comments.items, sheet->comments.n, sizeof *sheet->comments.items, compare_refs);
    if (!sheet->survey.legacy_drawing[0])
        return true;
    entry = target_entry(self, relationships_find(&rels, span_of(sheet->survey.legacy_drawing)));
    return entry != PACKAGE_NONE && drawing_can_be_extended(self, entry);
}

static bool is_single(struct cell_range range)
{
    return range.first.row == range.last.row && range.first.col == range.last.col;
}

/* Single cells come first and sorted: they are looked up by halving, the few ranges one by one. */
static void sort_links(struct output_sheet *sheet)
{
    struct cell_range *links = sheet->survey.links;
    size_t n = 0;
    for (size_t i = 0; i < sheet->survey.n_links; i++) {
        if (!is_single(links[i]))
            continue;
        struct cell_range single = links[i];
        links[i] = links[n];
        links[n++] = single;
    }
    sheet->n_single_links = n;
    if (n)
        qsort(links, n, sizeof *links, compare_refs); /* by its first member */
}

bool output_sheet_survey(struct output_book *self, struct output_sheet *sheet, size_t index)
{
    if (sheet->is_surveyed)
        return !sheet->is_broken;
    sheet->is_surveyed = true;
    struct why why = {0};
    enum fault fault = sheet_survey(self->package, self->book->sheets[index].entry, NULL, &sheet->survey, &why);
    if (fault) {
        why_at_sheet(&why, self->book->sheets[index].name);
        output_fail(self, fault, &why);
        sheet->is_broken = true;
        return false;
    }
    sort_links(sheet);
    sheet->takes_notes = read_notes(self, sheet, index);
    return true;
}

static struct output_sheet *open_sheet(struct output_book *self, size_t index, struct cell_ref at)
{
    must(index < self->n_sheets && at.row < GRID_ROWS && at.col < GRID_COLS);
    index = self->sheets[index].same_as;
    const struct book_sheet *sheet = &self->book->sheets[index];
    if (sheet->kind != SHEET_WORKSHEET || sheet->entry == PACKAGE_NONE)
        return NULL;
    return output_sheet_survey(self, &self->sheets[index], index) ? &self->sheets[index] : NULL;
}

/* --- notes ---------------------------------------------------------------------------------------------------------- */

static uint32_t author_index(struct output_book *self, struct span author)
{
    for (size_t i = 0; i < self->n_authors; i++)
        if (span_equal(self->authors[i], author))
            return (uint32_t)i;
    self->authors = must_realloc(self->authors, (self->n_authors + 1) * sizeof *self->authors);
    self->authors[self->n_authors] = arena_copy(self->arena, author);
    must(self->authors[self->n_authors].data);
    return (uint32_t)self->n_authors++;
}

bool output_book_note(struct output_book *self, size_t index, struct cell_ref at, struct span author, struct span text)
{
    struct output_sheet *sheet = open_sheet(self, index, at);
    if (!sheet || !sheet->takes_notes)
        return false;
    if (sheet->comments.n && bsearch(&at, sheet->comments.items, sheet->comments.n, sizeof at, compare_refs))
        return false;
    if (buffer_append(&sheet->note_texts, text))
        return false;
    if (sheet->n_notes == sheet->notes_capacity) {
        sheet->notes_capacity = sheet->notes_capacity ? sheet->notes_capacity * 2 : 64;
        sheet->notes = must_realloc(sheet->notes, sheet->notes_capacity * sizeof *sheet->notes);
    }
    sheet->notes[sheet->n_notes++] = (struct note){.at = at,
                                                   .author = author_index(self, author),
                                                   .text_at = sheet->note_texts.len - text.len,
                                                   .text_len = (uint32_t)text.len};
    return true;
}

/* By cell, and in the order of calls within one: a place in the texts tells that order. */
static int compare_notes(const void *a, const void *b)
{
    const struct note *x = a, *y = b;
    int order = compare_refs(&x->at, &y->at);
    return order ? order : (x->text_at > y->text_at) - (x->text_at < y->text_at);
}

/* One note per cell, the last. */
static size_t view_notes(const struct output_book *self, struct output_sheet *sheet, struct note_view *views)
{
    size_t n = 0;
    qsort(sheet->notes, sheet->n_notes, sizeof *sheet->notes, compare_notes);
    for (size_t i = 0; i < sheet->n_notes; i++) {
        const struct note *note = &sheet->notes[i];
        if (n && compare_refs(&views[n - 1].at, &note->at) == 0)
            n--;
        views[n++] = (struct note_view){note->at, self->authors[note->author],
                                        note->text_len ? span_make(sheet->note_texts.data + note->text_at, note->text_len)
                                                       : SPAN("")};
    }
    return n;
}

/* The part behind a relationship, or a fresh one of that type; the fresh one's relationship id goes to `ret_id`. */
static enum fault open_target(struct output_book *self, struct span sheet_part, const struct relationship *rel,
                              const char *type, const char *content_type, struct span fresh_name,
                              struct output_part **ret, char ret_id[REL_ID_MAX], struct why *why)
{
    if (rel)
        return output_part_open_raw(self, package_entry_at(self->package, target_entry(self, rel))->name, ret, why);
    struct output_part *rels;
    enum fault fault = output_rels_open(self, sheet_part, &rels, why);
    if (!fault)
        fault = rels_add(&rels->bytes, type, output_is_strict(self), fresh_name, ret_id, why);
    if (!fault)
        fault = output_set_type(self, fresh_name, content_type, why);
    return fault ? fault : output_part_open(self, fresh_name, ret, why);
}

static enum fault put_comments(struct output_book *self, struct span sheet_part, const struct relationships *rels,
                               const struct note_view *views, size_t n, struct why *why)
{
    const struct relationship *rel = relationships_find_type(rels, "comments");
    struct output_part *part;
    char id[REL_ID_MAX];
    enum fault fault = FAULT_NONE;
    if (rel)
        fault = output_part_open(self, package_entry_at(self->package, target_entry(self, rel))->name, &part, why);
    else
        fault = open_target(self, sheet_part, NULL, "comments", COMMENTS_TYPE, output_part_fresh(self, "", "notes", "xml"),
                            &part, id, why);
    return fault ? fault : notes_put_comments(&part->bytes, views, n, output_is_strict(self), why);
}

static enum fault put_drawing(struct output_book *self, struct output_sheet *sheet, struct span sheet_part,
                              const struct relationships *rels, const struct note_view *views, size_t n,
                              struct why *why)
{
    const struct relationship *rel = NULL;
    struct output_part *part;
    if (sheet->survey.legacy_drawing[0])
        rel = relationships_find(rels, span_of(sheet->survey.legacy_drawing));
    struct span fresh = rel ? SPAN("") : output_part_fresh(self, "drawings/", "notesDrawing", "vml");
    enum fault fault = open_target(self, sheet_part, rel, "vmlDrawing", DRAWING_TYPE, fresh, &part, sheet->drawing_id, why);
    return fault ? fault : notes_put_drawing(&part->bytes, views, n, &self->next_cluster, why);
}

enum fault output_notes_finish(struct output_book *self, struct why *why)
{
    enum fault fault = FAULT_NONE;
    /* Excel numbers the clusters by sheet: stay clear of those of sheets whose drawings are not read. */
    self->next_cluster = (uint32_t)self->n_sheets + 1;
    for (size_t i = 0; i < self->n_sheets && !fault; i++) {
        struct output_sheet *sheet = &self->sheets[i];
        if (!sheet->n_notes)
            continue;
        struct span part = package_entry_at(self->package, self->book->sheets[i].entry)->name;
        struct note_view *views = must_alloc(sheet->n_notes * sizeof *views);
        size_t n = view_notes(self, sheet, views);
        struct relationships rels;
        fault = relationships_read(self->package, part, self->arena, &rels, why);
        if (!fault)
            fault = put_comments(self, part, &rels, views, n, why);
        if (!fault)
            fault = put_drawing(self, sheet, part, &rels, views, n, why);
        free(views);
    }
    return fault;
}

/* --- links ------------------------------------------------------------------------------------------------------------ */

static bool is_linked(const struct output_sheet *sheet, struct cell_ref at)
{
    const struct sheet_survey *survey = &sheet->survey;
    struct cell_range key = {at, at};
    if (sheet->n_single_links && bsearch(&key, survey->links, sheet->n_single_links, sizeof key, compare_refs))
        return true;
    for (size_t i = sheet->n_single_links; i < survey->n_links; i++)
        if (cell_range_has(survey->links[i], at.row, at.col))
            return true;
    return false;
}

bool output_book_link(struct output_book *self, size_t index, struct cell_ref at, struct span location,
                      struct span tooltip)
{
    struct output_sheet *sheet = open_sheet(self, index, at);
    if (!sheet || sheet->survey.n_links + sheet->n_links >= LINKS_MAX || is_linked(sheet, at))
        return false;
    char ref[CELL_REF_TEXT_MAX];
    cell_ref_format(at, ref);
    sheet->n_links++;
    if (sheet->links.len)
        buffer_put_char(&sheet->links, '\n');
    buffer_putf(&sheet->links, "ref=\"%s\" location=\"", ref);
    xml_put_value(&sheet->links, location);
    if (tooltip.len) {
        buffer_put_text(&sheet->links, "\" tooltip=\"");
        xml_put_value(&sheet->links, utf8_cut_utf16(tooltip, TOOLTIP_UNITS));
    }
    buffer_put_char(&sheet->links, '"');
    return true;
}

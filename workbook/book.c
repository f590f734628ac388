/* SPDX-License-Identifier: MIT
 *
 * From the package to its sheets, by relationships alone. What the values do not depend on (names,
 * views, styles) is read leniently; what they do depend on (the workbook part, the shared strings)
 * is not.
 */
#include "workbook/book.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/content_types.h"
#include "workbook/xml.h"

#define ARENA_BYTES_MAX ((size_t)64 << 20)

/* --- the workbook part --- */

struct reading {
    struct book *book;
    size_t sheets_capacity, names_capacity;
    unsigned depth;
    enum {
        IN_OTHER,
        IN_SHEETS,
        IN_NAMES,
        IN_VIEWS
    } section; /* the child of <workbook> that is open */
    bool has_view, has_visible_view, is_in_name;
    uint32_t active_tab;
    struct buffer formula; /* of the defined name that is open */
    struct why *why;
};

static enum fault too_large(const struct reading *self, const char *what)
{
    return why_set(self->why, FAULT_LIMIT, "the workbook has too many or too long %s", what);
}

/* Room for one more element at the end of an array that lives in the arena. */
static void *grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return items;
    size_t wanted = *capacity ? *capacity * 2 : 16;
    void *larger = arena_alloc(arena, wanted * size);
    if (!larger)
        return NULL;
    if (n)
        memcpy(larger, items, n * size);
    *capacity = wanted;
    return larger;
}

static enum sheet_state parse_state(struct span text)
{
    return span_is(text, "veryHidden") ? SHEET_VERY_HIDDEN
           : span_is(text, "hidden")   ? SHEET_HIDDEN
                                       : SHEET_VISIBLE;
}

static enum fault add_sheet(struct reading *self, const struct xml_attribute *attributes, size_t n)
{
    struct book *book = self->book;
    struct book_sheet *sheets =
        grow(book->arena, book->sheets, book->n_sheets, &self->sheets_capacity, sizeof *sheets);
    if (!sheets || book->n_sheets == BOOK_SHEETS_MAX)
        return too_large(self, "sheets");
    book->sheets = sheets;
    struct book_sheet *sheet = &sheets[book->n_sheets++];
    *sheet = (struct book_sheet){
        .name = arena_copy(book->arena, xml_get(attributes, n, "name")),
        .rel_id = arena_copy(book->arena, xml_get_ns(attributes, n, XML_NS_RELATIONSHIPS, "id")),
        .part_name = SPAN(""),
        .sheet_id = xml_get_u32(attributes, n, "sheetId", 0),
        .kind = SHEET_MISSING,
        .state = parse_state(xml_get(attributes, n, "state")),
        .entry = PACKAGE_NONE,
    };
    return sheet->name.data && sheet->rel_id.data ? FAULT_NONE : too_large(self, "sheets");
}

static enum fault begin_name(struct reading *self, const struct xml_attribute *attributes, size_t n)
{
    struct book *book = self->book;
    struct defined_name *names =
        grow(book->arena, book->names, book->n_names, &self->names_capacity, sizeof *names);
    if (!names || book->n_names == BOOK_NAMES_MAX)
        return too_large(self, "defined names");
    book->names = names;
    struct defined_name *name = &names[book->n_names];
    *name = (struct defined_name){
        .name = arena_copy(book->arena, xml_get(attributes, n, "name")),
        .sheet = xml_get_u32(attributes, n, "localSheetId", UINT32_MAX),
        .is_hidden = xml_get_bool(attributes, n, "hidden", false),
    };
    if (!name->name.data)
        return too_large(self, "defined names");
    self->is_in_name = true;
    buffer_clear(&self->formula);
    return FAULT_NONE;
}

static enum fault end_name(struct reading *self)
{
    struct book *book = self->book;
    struct defined_name *name = &book->names[book->n_names];
    self->is_in_name = false;
    if (!name->name.len)
        return FAULT_NONE;
    name->formula = arena_copy(book->arena, buffer_span(&self->formula));
    if (!name->formula.data)
        return too_large(self, "defined names");
    book->n_names++;
    return FAULT_NONE;
}

/* The first view that is not hidden says which sheet is active; without one, the first view. */
static void read_view(struct reading *self, const struct xml_attribute *attributes, size_t n)
{
    struct span visibility = xml_get(attributes, n, "visibility");
    bool is_visible = !visibility.data || span_is(visibility, "visible");
    if (!self->has_view || (is_visible && !self->has_visible_view))
        self->active_tab = xml_get_u32(attributes, n, "activeTab", 0);
    self->has_view = true;
    self->has_visible_view |= is_visible;
}

static enum fault read_root(struct reading *self, enum xml_namespace ns, struct span name)
{
    if (ns == XML_NS_MAIN && span_is(name, "workbook"))
        return FAULT_NONE;
    struct span type = book_content_type(self->book, self->book->part_name);
    if (memmem(type.data, type.len, "spreadsheetml", 13) ||
        memmem(type.data, type.len, "ms-excel", 8))
        return why_set(self->why, FAULT_CORRUPT,
                       "the workbook part holds <%.*s>, no workbook: the file is damaged",
                       SPAN_ARGS(name));
    return why_set(self->why, FAULT_NOT_SPREADSHEET, "an Office document, but not a spreadsheet");
}

static void enter_section(struct reading *self, struct span name,
                          const struct xml_attribute *attributes, size_t n)
{
    self->section = span_is(name, "sheets")         ? IN_SHEETS
                    : span_is(name, "definedNames") ? IN_NAMES
                    : span_is(name, "bookViews")    ? IN_VIEWS
                                                    : IN_OTHER;
    if (span_is(name, "workbookPr")) {
        self->book->is_1904 = xml_get_bool(attributes, n, "date1904", false);
        self->book->has_strict_dates = !xml_get_bool(attributes, n, "dateCompatibility", true);
    }
}

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    struct reading *self = context;
    unsigned depth = self->depth++;
    if (depth == 0) {
        self->book->is_strict |= span_is(xml_get(attributes, n, "conformance"), "strict");
        return read_root(self, ns, name);
    }
    if (ns != XML_NS_MAIN)
        return FAULT_NONE;
    if (depth == 1)
        enter_section(self, name, attributes, n);
    else if (depth == 2 && self->section == IN_SHEETS && span_is(name, "sheet"))
        return add_sheet(self, attributes, n);
    else if (depth == 2 && self->section == IN_NAMES && span_is(name, "definedName"))
        return begin_name(self, attributes, n);
    else if (depth == 2 && self->section == IN_VIEWS && span_is(name, "workbookView"))
        read_view(self, attributes, n);
    return FAULT_NONE;
}

static enum fault on_end(void *context, enum xml_namespace ns, struct span name)
{
    struct reading *self = context;
    (void)ns, (void)name;
    self->depth--;
    if (self->depth == 1)
        self->section = IN_OTHER;
    return self->depth == 2 && self->is_in_name ? end_name(self) : FAULT_NONE;
}

static enum fault on_text(void *context, struct span text)
{
    struct reading *self = context;
    if (!self->is_in_name || self->depth != 3)
        return FAULT_NONE;
    return buffer_append(&self->formula, text) ? too_large(self, "defined names") : FAULT_NONE;
}

static enum fault read_workbook_part(struct book *book, struct why *why)
{
    struct reading reading = {.book = book, .why = why};
    struct xml_handler handler = {&reading, on_start, on_end, on_text};
    buffer_init(&reading.formula, (size_t)1 << 20);
    enum fault fault = xml_parse_part(book->package, book->entry, &handler, why);
    buffer_free(&reading.formula);
    uint32_t last = book->n_sheets ? (uint32_t)book->n_sheets - 1 : 0;
    book->active_tab = reading.active_tab < last ? reading.active_tab : last;
    return fault;
}

/* --- what hangs off it --- */

static enum sheet_kind kind_of(const struct relationship *relationship)
{
    static const struct {
        const char *word;
        enum sheet_kind kind;
    } kinds[] = {{"/worksheet", SHEET_WORKSHEET},
                 {"/chartsheet", SHEET_CHARTSHEET},
                 {"/dialogsheet", SHEET_DIALOGSHEET},
                 {"/xlMacrosheet", SHEET_MACROSHEET},
                 {"/xlIntlMacrosheet", SHEET_MACROSHEET}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (span_ends(relationship->type, span_of(kinds[i].word)))
            return kinds[i].kind;
    return SHEET_MISSING;
}

static void find_sheets(struct book *book)
{
    for (size_t i = 0; i < book->n_sheets; i++) {
        struct book_sheet *sheet = &book->sheets[i];
        const struct relationship *relationship =
            relationships_find(&book->relationships, sheet->rel_id);
        if (!relationship || relationship->is_external)
            continue;
        sheet->part_name = relationship->target;
        sheet->entry = package_find(book->package, sheet->part_name);
        if (sheet->entry != PACKAGE_NONE)
            sheet->kind = kind_of(relationship);
    }
}

static const struct relationship *find_internal(const struct book *book, const char *word)
{
    const struct relationship *found = relationships_find_type(&book->relationships, word);
    return found && !found->is_external ? found : NULL;
}

static size_t find_part(const struct book *book, const char *word, struct span *ret_part)
{
    const struct relationship *found = find_internal(book, word);
    if (ret_part)
        *ret_part = found ? found->target : SPAN("");
    return found ? package_find(book->package, found->target) : PACKAGE_NONE;
}

static void find_parts(struct book *book)
{
    find_sheets(book);
    book->styles_entry = find_part(book, "styles", &book->styles_part);
    book->theme_entry = find_part(book, "theme", NULL);
    book->calc_chain_entry = find_part(book, "calcChain", NULL);
    book->strings_entry = find_part(book, "sharedStrings", &book->strings_part);
    /* Some writers name the part and leave it out when no cell needs it. */
    book->is_strings_missing = book->strings_part.len && book->strings_entry == PACKAGE_NONE;
}

/* --- the way to the workbook part --- */

static enum fault find_workbook_part(struct book *book, struct why *why)
{
    struct relationships root;
    enum fault fault = relationships_read(book->package, SPAN(""), book->arena, &root, why);
    if (fault)
        return fault;
    const struct relationship *office = relationships_find_type(&root, "officeDocument");
    book->entry = PACKAGE_NONE;
    if (office && !office->is_external)
        book->entry = package_find(book->package, office->target);
    if (book->entry == PACKAGE_NONE)
        return why_set(
            why, FAULT_CORRUPT,
            "the package names no workbook, or the workbook is missing: the file is damaged");
    book->part_name = office->target;
    book->is_strict = root.is_strict;
    return FAULT_NONE;
}

static enum fault check_type(struct book *book, struct why *why)
{
    struct span type = book_content_type(book, book->part_name);
    if (memmem(type.data, type.len, "sheet.binary", 12))
        return why_set(why, FAULT_UNSUPPORTED,
                       "%s is not supported here: save it as an Excel workbook (.xlsx)",
                       container_name(CONTAINER_XLSB));
    book->has_macros = memmem(type.data, type.len, "macroEnabled", 12) != NULL;
    return FAULT_NONE;
}

enum fault book_open(struct package *package, struct book **ret, struct why *why)
{
    struct book *book = must_alloc(sizeof *book);
    book->arena = arena_new(ARENA_BYTES_MAX);
    book->package = package;
    enum fault fault = content_types_read(package, book->arena, &book->content_types, why);
    if (!fault)
        fault = find_workbook_part(book, why);
    if (!fault)
        fault = check_type(book, why);
    if (!fault)
        fault = read_workbook_part(book, why);
    if (!fault)
        fault =
            relationships_read(package, book->part_name, book->arena, &book->relationships, why);
    if (fault) {
        book_close(&book);
        return fault;
    }
    find_parts(book);
    *ret = book;
    return FAULT_NONE;
}

void book_close(struct book **self)
{
    if (!*self)
        return;
    arena_destroy(&(*self)->arena);
    free(*self);
    *self = NULL;
}

/* --- questions --- */

int book_find_sheet(const struct book *self, struct span name)
{
    for (size_t i = 0; i < self->n_sheets; i++)
        if (span_equal(self->sheets[i].name, name))
            return (int)i;
    for (size_t i = 0; i < self->n_sheets; i++)
        if (utf8_fold_equal(self->sheets[i].name, name))
            return (int)i;
    return -1;
}

struct span book_content_type(const struct book *self, struct span part_name)
{
    return content_types_get(self->content_types, part_name);
}

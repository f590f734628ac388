/* SPDX-License-Identifier: MIT
 *
 * The parts that are held in memory while they change, by name. A workbook from nothing begins with a handful of
 * built-in ones, so that everything behind this file patches alike.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "core/must.h"
#include "workbook/xml_cut.h"
#include "workbook/output_state.h"

#define XML_HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
#define REL_TYPE "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
#define MAIN_TYPE "application/vnd.openxmlformats-officedocument.spreadsheetml."

static bool same_name(struct span a, struct span b)
{
    return a.len == b.len && strncasecmp(a.data, b.data, a.len) == 0;
}

static struct output_part *find_part(const struct output_book *self, struct span name)
{
    for (size_t i = 0; i < self->n_parts; i++)
        if (same_name(self->parts[i]->name, name))
            return self->parts[i];
    return NULL;
}

static struct output_part *add_part(struct output_book *self, struct span name, size_t entry)
{
    if (self->n_parts == self->parts_capacity) {
        self->parts_capacity = self->parts_capacity ? self->parts_capacity * 2 : 32;
        self->parts = must_realloc(self->parts, self->parts_capacity * sizeof *self->parts);
    }
    struct output_part *part = must_alloc(sizeof *part);
    part->name = arena_copy(self->arena, name);
    must(part->name.data);
    part->entry = entry;
    buffer_init(&part->bytes, BUFFER_LIMIT_DEFAULT);
    self->parts[self->n_parts++] = part;
    return part;
}

typedef enum fault part_reader(struct package *package, size_t entry, struct buffer *out, struct why *why);

static enum fault open_part(struct output_book *self, struct span name, part_reader *reader, struct output_part **ret,
                            struct why *why)
{
    struct output_part *part = find_part(self, name);
    if (!part) {
        size_t entry = self->package ? package_find(self->package, name) : PACKAGE_NONE;
        if (entry != PACKAGE_NONE)
            name = package_entry_at(self->package, entry)->name;
        part = add_part(self, name, entry);
        enum fault fault = entry == PACKAGE_NONE ? FAULT_NONE : reader(self->package, entry, &part->bytes, why);
        if (fault) { /* not changed after all: the template's bytes stand */
            self->n_parts--;
            buffer_free(&part->bytes);
            free(part);
            return fault;
        }
    }
    *ret = part;
    return FAULT_NONE;
}

enum fault output_part_open(struct output_book *self, struct span name, struct output_part **ret, struct why *why)
{
    return open_part(self, name, xml_cut_read_part, ret, why);
}

enum fault output_part_open_raw(struct output_book *self, struct span name, struct output_part **ret, struct why *why)
{
    return open_part(self, name, package_read, ret, why);
}

void output_part_drop(struct output_book *self, size_t entry)
{
    struct span name = package_entry_at(self->package, entry)->name;
    struct output_part *part = find_part(self, name);
    if (!part)
        part = add_part(self, name, entry);
    part->is_dropped = true;
}

const struct output_part *output_part_of_entry(const struct output_book *self, size_t entry)
{
    for (size_t i = 0; i < self->n_parts; i++)
        if (self->parts[i]->entry == entry)
            return self->parts[i];
    return NULL;
}

/* New sheets are parts only at the end; a sheet of the template may point at a part that is missing. */
static bool is_promised(const struct output_book *self, struct span name)
{
    for (size_t i = 0; i < self->n_added; i++)
        if (same_name(self->added[i].part_name, name))
            return true;
    for (size_t i = 0; i < self->n_sheets; i++)
        if (same_name(self->book->sheets[i].part_name, name))
            return true;
    return false;
}

struct span output_part_fresh(struct output_book *self, const char *folder, const char *stem, const char *extension)
{
    char name[512];
    struct span base = output_folder(self);
    for (unsigned i = 1;; i++) {
        int len = snprintf(name, sizeof name, "%.*s%s%s%u.%s", SPAN_ARGS(base), folder, stem, i, extension);
        must(len > 0 && (size_t)len < sizeof name);
        struct span span = span_make(name, (size_t)len);
        if (find_part(self, span) || (self->package && package_find(self->package, span) != PACKAGE_NONE))
            continue;
        if (is_promised(self, span))
            continue;
        struct span copy = arena_copy(self->arena, span);
        must(copy.data);
        return copy;
    }
}

struct span output_folder(const struct output_book *self)
{
    struct span name = self->book ? self->book->part_name : SPAN("xl/workbook.xml");
    if (name.len && name.data[0] == '/')
        name = span_from(name, 1);
    while (name.len && name.data[name.len - 1] != '/')
        name.len--;
    return name.len <= 256 ? name : SPAN("xl/"); /* anywhere will do: targets are absolute */
}

enum fault output_rels_open(struct output_book *self, struct span part_name, struct output_part **ret, struct why *why)
{
    struct buffer name;
    buffer_init(&name, BUFFER_LIMIT_DEFAULT);
    rels_part_name(part_name, &name);
    enum fault fault = output_part_open(self, buffer_span(&name), ret, why);
    buffer_free(&name);
    return fault;
}

enum fault output_set_type(struct output_book *self, struct span part_name, const char *content_type, struct why *why)
{
    struct output_part *types;
    enum fault fault = output_part_open(self, SPAN("[Content_Types].xml"), &types, why);
    return fault ? fault : types_set(&types->bytes, part_name, content_type, why);
}

void output_parts_free(struct output_book *self)
{
    for (size_t i = 0; i < self->n_parts; i++) {
        buffer_free(&self->parts[i]->bytes);
        free(self->parts[i]);
    }
    free(self->parts);
}

void output_parts_begin(struct output_book *self)
{
    static const struct {
        const char *name, *bytes;
    } parts[] = {
        {"[Content_Types].xml",
         XML_HEAD "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                  "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                  "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                  "<Override PartName=\"/xl/workbook.xml\" ContentType=\"" MAIN_TYPE "sheet.main+xml\"/>"
                  "<Override PartName=\"/xl/styles.xml\" ContentType=\"" MAIN_TYPE "styles+xml\"/></Types>"},
        {"_rels/.rels",
         XML_HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                  "<Relationship Id=\"rId1\" Type=\"" REL_TYPE "officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"},
        {"xl/workbook.xml",
         XML_HEAD "<workbook xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" "
                  "xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"><workbookPr/>"
                  "<bookViews><workbookView/></bookViews><sheets></sheets></workbook>"},
        {"xl/_rels/workbook.xml.rels",
         XML_HEAD "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                  "<Relationship Id=\"rId1\" Type=\"" REL_TYPE "styles\" Target=\"styles.xml\"/></Relationships>"},
        {"xl/styles.xml", ""},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        struct output_part *part = add_part(self, span_of(parts[i].name), PACKAGE_NONE);
        buffer_put_text(&part->bytes, parts[i].bytes);
    }
}

/* SPDX-License-Identifier: MIT
 *
 * Relationships (ECMA-376-2 9.3): which part hangs off which. Targets are resolved as RFC 3986
 * says, against the folder of the source part, and can never leave the package: "../" stops at its
 * root.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/book.h"
#include "workbook/xml.h"

#define TARGET_BYTES_MAX 4096

struct reading {
    struct relationships *out;
    size_t capacity;
    struct span folder; /* of the source part, with the slash; "" at the root */
    struct arena *arena;
    struct why *why;
};

static struct span folder_of(struct span part_name)
{
    const char *slash = part_name.len ? memrchr(part_name.data, '/', part_name.len) : NULL;
    return slash ? span_make(part_name.data, (size_t)(slash - part_name.data) + 1) : SPAN("");
}

/* --- targets --- */

static bool is_slash(char c)
{
    return c == '/' || c == '\\'; /* some writers use both */
}

/* "mailto:", "file:", "C:": a name with a scheme is no part. */
static bool has_scheme(struct span target)
{
    for (size_t i = 0; i < target.len && !is_slash(target.data[i]); i++)
        if (target.data[i] == ':')
            return true;
    return false;
}

struct path {
    char text[2 * TARGET_BYTES_MAX];
    size_t len;
};

static void append_segment(struct path *self, struct span segment)
{
    if (!segment.len || span_is(segment, "."))
        return;
    if (span_is(segment, "..")) {
        while (self->len && self->text[--self->len] != '/') {
        }
        return;
    }
    if (self->len)
        self->text[self->len++] = '/';
    memcpy(self->text + self->len, segment.data, segment.len);
    self->len += segment.len;
}

static void append_path(struct path *self, struct span path)
{
    size_t begin = 0;
    for (size_t i = 0; path.len && i <= path.len; i++)
        if (i == path.len || is_slash(path.data[i])) {
            append_segment(self, span_make(path.data + begin, i - begin));
            begin = i + 1;
        }
}

static struct span resolve(const struct reading *self, struct span target)
{
    struct path path;
    path.len = 0; /* not the text: 8 KiB per relationship */
    const char *fragment = target.len ? memchr(target.data, '#', target.len) : NULL;
    if (fragment)
        target.len = (size_t)(fragment - target.data);
    if (target.len > TARGET_BYTES_MAX || self->folder.len > TARGET_BYTES_MAX)
        return SPAN("");
    if (target.len && !is_slash(target.data[0]))
        append_path(&path, self->folder);
    append_path(&path, target);
    return arena_copy(self->arena, span_make(path.text, path.len));
}

/* --- reading --- */

static struct span transitional_type(struct reading *self, struct span type)
{
    static const struct span strict = {"http://purl.oclc.org/ooxml/", 27};
    static const char office[] = "http://schemas.openxmlformats.org/officeDocument/2006/";
    if (!span_starts(type, strict))
        return arena_copy(self->arena, type);
    struct span rest = span_from(type, strict.len);
    if (span_starts(rest, SPAN("officeDocument/")))
        rest = span_from(rest, strlen("officeDocument/"));
    self->out->is_strict = true;
    char *text = arena_alloc(self->arena, sizeof office + rest.len);
    if (!text)
        return span_make(NULL, 0);
    memcpy(text, office, sizeof office - 1);
    if (rest.len)
        memcpy(text + sizeof office - 1, rest.data, rest.len);
    return span_make(text, sizeof office - 1 + rest.len);
}

static enum fault too_many(const struct reading *self)
{
    return why_set(self->why, FAULT_LIMIT, "more relationships than the limit of %d",
                   RELATIONSHIPS_MAX);
}

static struct relationship *add(struct reading *self)
{
    struct relationships *out = self->out;
    if (out->n == RELATIONSHIPS_MAX)
        return NULL;
    if (out->n == self->capacity) {
        size_t capacity = self->capacity ? self->capacity * 2 : 16;
        struct relationship *items = arena_alloc(self->arena, capacity * sizeof *items);
        if (!items)
            return NULL;
        if (out->n)
            memcpy(items, out->items, out->n * sizeof *items);
        out->items = items;
        self->capacity = capacity;
    }
    return &out->items[out->n++];
}

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    struct reading *self = context;
    if (ns != XML_NS_PACKAGE_RELS || !span_is(name, "Relationship"))
        return FAULT_NONE;
    struct relationship *item = add(self);
    if (!item)
        return too_many(self);
    struct span target = span_trim_ascii(xml_get(attributes, n, "Target"));
    item->id = arena_copy(self->arena, xml_get(attributes, n, "Id"));
    item->type = transitional_type(self, xml_get(attributes, n, "Type"));
    item->is_external =
        span_is(xml_get(attributes, n, "TargetMode"), "External") || has_scheme(target);
    item->target = item->is_external ? arena_copy(self->arena, target) : resolve(self, target);
    return item->id.data && item->type.data && item->target.data ? FAULT_NONE : too_many(self);
}

static int compare_ids(const void *a, const void *b, void *items)
{
    const struct relationship *all = items;
    return span_compare(all[*(const uint32_t *)a].id, all[*(const uint32_t *)b].id);
}

static enum fault sort_ids(struct reading *self)
{
    struct relationships *out = self->out;
    uint32_t *by_id = arena_alloc(self->arena, out->n * sizeof *by_id);
    if (!by_id)
        return too_many(self);
    for (size_t i = 0; i < out->n; i++)
        by_id[i] = (uint32_t)i;
    qsort_r(by_id, out->n, sizeof *by_id, compare_ids, out->items);
    for (size_t i = 1; i < out->n; i++)
        if (span_equal(out->items[by_id[i - 1]].id, out->items[by_id[i]].id))
            return why_set(self->why, FAULT_CORRUPT,
                           "two relationships have the id \"%.*s\": the file is damaged",
                           SPAN_ARGS(out->items[by_id[i]].id));
    out->by_id = by_id;
    return FAULT_NONE;
}

/* "xl/workbook.xml" has its relationships in "xl/_rels/workbook.xml.rels". */
static size_t find_rels(struct package *package, struct span part_name, struct span folder)
{
    struct buffer name;
    buffer_init(&name, 2 * TARGET_BYTES_MAX);
    size_t entry = PACKAGE_NONE;
    if (part_name.len <= TARGET_BYTES_MAX) {
        buffer_put(&name, folder);
        buffer_put_text(&name, "_rels/");
        buffer_put(&name, span_from(part_name, folder.len));
        buffer_put_text(&name, ".rels");
        entry = package_find(package, buffer_span(&name));
    }
    buffer_free(&name);
    return entry;
}

enum fault relationships_read(struct package *package, struct span part_name, struct arena *arena,
                              struct relationships *ret, struct why *why)
{
    if (part_name.len && part_name.data[0] == '/')
        part_name = span_from(part_name, 1);
    struct relationships found = {0};
    struct reading reading = {
        .out = &found, .folder = folder_of(part_name), .arena = arena, .why = why};
    size_t entry = find_rels(package, part_name, reading.folder);
    if (entry != PACKAGE_NONE) {
        struct xml_handler handler = {.self = &reading, .start = on_start};
        enum fault fault = xml_parse_part(package, entry, &handler, why);
        if (!fault)
            fault = sort_ids(&reading);
        if (fault) {
            why_at_part(why, package_entry_at(package, entry)->name);
            return fault;
        }
    }
    *ret = found;
    return FAULT_NONE;
}

/* --- finding --- */

const struct relationship *relationships_find(const struct relationships *self, struct span id)
{
    size_t low = 0, high = self->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct relationship *item = &self->items[self->by_id[middle]];
        int order = span_compare(item->id, id);
        if (!order)
            return item;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

const struct relationship *relationships_find_type(const struct relationships *self,
                                                   const char *last_word)
{
    for (size_t i = 0; i < self->n; i++) {
        struct span type = self->items[i].type;
        const char *slash = type.len ? memrchr(type.data, '/', type.len) : NULL;
        if (slash && span_is(span_from(type, (size_t)(slash - type.data) + 1), last_word))
            return &self->items[i];
    }
    return NULL;
}

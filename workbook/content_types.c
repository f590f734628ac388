/* SPDX-License-Identifier: MIT
 *
 * Overrides and defaults in one table, sorted by folded key: "/xl/workbook.xml" for a part, ".xml"
 * for an extension. Of two entries with one key the first one counts.
 */
#include "workbook/content_types.h"

#include <stdlib.h>
#include <strings.h>

#include "core/must.h"
#include "workbook/xml.h"

struct content_type {
    struct span key, type;
    size_t order;
};

struct content_types {
    struct content_type *items;
    size_t n, capacity;
};

struct reading {
    struct content_types *types;
    struct arena *arena;
    struct why *why;
};

static int compare_folded(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? strncasecmp(a.data, b.data, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare(const void *a, const void *b)
{
    const struct content_type *x = a, *y = b;
    int order = compare_folded(x->key, y->key);
    return order ? order : (x->order > y->order) - (x->order < y->order);
}

static enum fault too_many(const struct reading *self)
{
    return why_set(self->why, FAULT_LIMIT, "more content types than the limit of %d",
                   CONTENT_TYPES_MAX);
}

static bool grow(struct reading *self)
{
    struct content_types *types = self->types;
    size_t capacity = types->capacity ? types->capacity * 2 : 32;
    struct content_type *items = arena_alloc(self->arena, capacity * sizeof *items);
    if (!items)
        return false;
    if (types->n)
        memcpy(items, types->items, types->n * sizeof *items);
    types->items = items;
    types->capacity = capacity;
    return true;
}

static enum fault add(struct reading *self, const char *mark, struct span name, struct span type)
{
    struct content_types *types = self->types;
    if (!name.len)
        return FAULT_NONE;
    if (types->n == CONTENT_TYPES_MAX || (types->n == types->capacity && !grow(self)))
        return too_many(self);
    char *key = arena_alloc(self->arena, name.len + 1);
    struct span kept = arena_copy(self->arena, type);
    if (!key || !kept.data)
        return too_many(self);
    key[0] = mark[0];
    memcpy(key + 1, name.data, name.len);
    types->items[types->n] = (struct content_type){span_make(key, name.len + 1), kept, types->n};
    types->n++;
    return FAULT_NONE;
}

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    struct reading *self = context;
    if (ns != XML_NS_CONTENT_TYPES)
        return FAULT_NONE;
    struct span type = xml_get(attributes, n, "ContentType");
    if (span_is(name, "Default"))
        return add(self, ".", xml_get(attributes, n, "Extension"), type);
    if (!span_is(name, "Override"))
        return FAULT_NONE;
    struct span part = xml_get(attributes, n, "PartName");
    return add(self, "/", part.len && part.data[0] == '/' ? span_from(part, 1) : part, type);
}

enum fault content_types_read(struct package *package, struct arena *arena,
                              struct content_types **ret, struct why *why)
{
    struct content_types *types = arena_alloc(arena, sizeof *types);
    must(types);
    size_t entry = package_find(package, SPAN("[Content_Types].xml"));
    if (entry != PACKAGE_NONE) {
        struct reading reading = {types, arena, why};
        struct xml_handler handler = {.self = &reading, .start = on_start};
        enum fault fault = xml_parse_part(package, entry, &handler, why);
        if (fault) {
            why_at_part(why, SPAN("[Content_Types].xml"));
            return fault;
        }
    }
    if (types->n)
        qsort(types->items, types->n, sizeof *types->items, compare);
    *ret = types;
    return FAULT_NONE;
}

static struct span find(const struct content_types *self, char mark, struct span name)
{
    size_t low = 0, high = self->n;
    while (low < high) { /* the first item that is not below */
        size_t middle = low + (high - low) / 2;
        struct span key = self->items[middle].key;
        int order =
            key.data[0] != mark ? key.data[0] - mark : compare_folded(span_from(key, 1), name);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == self->n || self->items[low].key.data[0] != mark ||
        compare_folded(span_from(self->items[low].key, 1), name) != 0)
        return span_make(NULL, 0);
    return self->items[low].type;
}

struct span content_types_get(const struct content_types *self, struct span part_name)
{
    if (part_name.len && part_name.data[0] == '/')
        part_name = span_from(part_name, 1);
    struct span type = find(self, '/', part_name);
    if (type.data || !part_name.len)
        return type.data ? type : SPAN("");
    const char *slash = memrchr(part_name.data, '/', part_name.len);
    struct span file =
        slash ? span_from(part_name, (size_t)(slash - part_name.data) + 1) : part_name;
    const char *dot = file.len ? memrchr(file.data, '.', file.len) : NULL;
    type =
        dot ? find(self, '.', span_from(file, (size_t)(dot - file.data) + 1)) : span_make(NULL, 0);
    return type.data ? type : SPAN("");
}

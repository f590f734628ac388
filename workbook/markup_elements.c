/* SPDX-License-Identifier: MIT
 *
 * Open elements and their namespaces. An element of markup compatibility is followed like any other but shown to nobody, and
 * below a Choice nothing is.
 */
#include "workbook/markup_state.h"

#include <string.h>

/* --- namespaces -------------------------------------------------------------------------------------------------------- */

static enum markup_namespace namespace_of(struct span uri)
{
    static const struct {
        const char *uri;
        enum markup_namespace ns;
    } table[] = {
        {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", MARKUP_NS_MAIN},
        {"http://purl.oclc.org/ooxml/spreadsheetml/main", MARKUP_NS_MAIN},
        {"http://schemas.openxmlformats.org/markup-compatibility/2006", MARKUP_NS_MCE},
        {"", MARKUP_NS_NONE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (span_is(uri, table[i].uri))
            return table[i].ns;
    }
    return MARKUP_NS_OTHER;
}

/* What a prefix ("" for the default) means here; false when it is not declared. */
static bool find_namespace(const struct markup *self, struct span prefix, enum markup_namespace *ret)
{
    for (unsigned i = self->n_bindings; i-- > 0;) {
        const struct markup_binding *b = &self->bindings[i];
        if (span_equal(prefix, span_make(b->prefix, b->len))) {
            *ret = b->ns;
            return true;
        }
    }
    *ret = prefix.len ? MARKUP_NS_OTHER : MARKUP_NS_NONE;
    return !prefix.len || span_is(prefix, "xml");
}

static void find_default(struct markup *self)
{
    find_namespace(self, (struct span){NULL, 0}, &self->default_ns);
}

static enum fault bind(struct markup *self, struct span prefix, struct span uri)
{
    if (self->n_bindings == MARKUP_BINDINGS || prefix.len > MARKUP_PREFIX_BYTES)
        return why_set(self->why, FAULT_LIMIT, "too many or too long namespace prefixes");
    struct markup_binding *b = &self->bindings[self->n_bindings++];
    b->depth = self->depth + 1;
    b->ns = namespace_of(uri);
    b->len = prefix.len;
    if (prefix.len)
        memcpy(b->prefix, prefix.data, prefix.len);
    else
        self->default_ns = b->ns;
    return FAULT_NONE;
}

static enum fault bind_all(struct markup *self, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const struct markup_attribute *a = &self->attributes[i];
        if (a->name.len < 5 || memcmp(a->name.data, "xmlns", 5) != 0)
            continue;
        enum fault fault = FAULT_NONE;
        if (a->name.len == 5)
            fault = bind(self, (struct span){NULL, 0}, a->value);
        else if (a->name.data[5] == ':')
            fault = bind(self, span_from(a->name, 6), a->value);
        if (fault)
            return fault;
    }
    return FAULT_NONE;
}

static void unbind(struct markup *self)
{
    bool was_default = false;
    while (self->n_bindings && self->bindings[self->n_bindings - 1].depth > self->depth)
        was_default |= self->bindings[--self->n_bindings].len == 0;
    if (was_default)
        find_default(self);
}

/* --- elements ------------------------------------------------------------------------------------------------------------ */

static struct span split_name(struct span whole, struct span *ret_prefix)
{
    const char *colon = memchr(whole.data, ':', whole.len);
    *ret_prefix = span_make(whole.data, colon ? (size_t)(colon - whole.data) : 0);
    return colon ? span_from(whole, (size_t)(colon - whole.data) + 1) : whole;
}

/* A markup-compatibility element: seen by nobody; a Choice hides all that is in it. */
static void open_transparent(struct markup *self, struct span name)
{
    self->transparent |= (uint64_t)1 << (self->depth - 1);
    if (!self->skip_depth && span_is(name, "Choice"))
        self->skip_depth = self->depth;
}

enum fault markup_open(struct markup *self, struct span whole, size_t n)
{
    if (self->depth == 0 && self->had_root)
        return why_set(self->why, FAULT_CORRUPT, "a second root element follows the first");
    if (self->depth == MARKUP_DEPTH)
        return why_set(self->why, FAULT_LIMIT, "elements nest deeper than %d", MARKUP_DEPTH);
    enum fault fault = bind_all(self, n);
    if (fault)
        return fault;
    struct markup_tag tag = {.attributes = self->attributes, .n = n};
    struct span prefix;
    tag.name = split_name(whole, &prefix);
    tag.has_prefix = prefix.len > 0;
    if (!tag.has_prefix)
        tag.ns = self->default_ns;
    else if (!find_namespace(self, prefix, &tag.ns))
        return why_set(self->why, FAULT_CORRUPT, "the prefix of <%.*s> is not declared",
                       (int)(whole.len < 64 ? whole.len : 64), whole.data);
    fault = buffer_append(&self->names, whole);
    if (fault)
        return why_set(self->why, fault, "element names are too long");
    self->had_root = true;
    self->depth++;
    self->name_ends[self->depth] = self->names.len;
    self->transparent &= ~((uint64_t)1 << (self->depth - 1));
    if (tag.ns == MARKUP_NS_MCE)
        open_transparent(self, tag.name);
    else if (!self->skip_depth)
        return self->reader.start(self->reader.self, &tag);
    return FAULT_NONE;
}

enum fault markup_close(struct markup *self)
{
    bool is_seen = !self->skip_depth && !(self->transparent >> (self->depth - 1) & 1);
    if (self->skip_depth == self->depth)
        self->skip_depth = 0;
    self->depth--;
    self->names.len = self->name_ends[self->depth];
    unbind(self);
    return is_seen ? self->reader.end(self->reader.self) : FAULT_NONE;
}

/* SPDX-License-Identifier: MIT
 *
 * Outlines and splices. Splices are sorted by place before they are applied; overlapping ones are a bug.
 */
#include <stdlib.h>

#include "core/must.h"
#include "workbook/part_edit.h"

/* --- outline ------------------------------------------------------------------------------------------------ */

static enum fault read_child(struct xml_cut *cutter, const struct xml_cut_token *tag, struct outline_item *ret,
                             struct why *why)
{
    *ret = (struct outline_item){.tag = *tag};
    enum fault fault = tag->kind == XML_CUT_START ? xml_cut_skip(cutter, why) : FAULT_NONE;
    const char *end = cutter->document.data + cutter->at;
    ret->whole = span_make(tag->raw.data, (size_t)(end - tag->raw.data));
    if (tag->kind != XML_CUT_START || fault)
        return fault;
    const char *close = end - 1;
    while (*close != '<')
        close--;
    ret->close = span_make(close, (size_t)(end - close));
    return FAULT_NONE;
}

static enum fault add_child(struct outline *self, struct xml_cut *cutter, const struct xml_cut_token *tag,
                            struct why *why)
{
    if (self->n == OUTLINE_CHILDREN_MAX)
        return why_set(why, FAULT_LIMIT, "%.*s has too many elements", SPAN_ARGS(self->self.tag.name));
    if ((self->n & (self->n + 1)) == 0) /* full at 0, 1, 3, 7 ... */
        self->children = must_realloc(self->children, (self->n * 2 + 1) * sizeof *self->children);
    return read_child(cutter, tag, &self->children[self->n++], why);
}

static enum fault read_children(struct xml_cut *cutter, struct outline *ret, struct why *why)
{
    struct xml_cut_token token;
    bool is_end = false;
    for (;;) {
        enum fault fault = xml_cut_read(cutter, &token, &is_end, why);
        if (!fault && xml_cut_opens(&token))
            fault = add_child(ret, cutter, &token, why);
        if (fault)
            return fault;
        if (token.kind != XML_CUT_END)
            continue;
        const char *start = ret->self.tag.raw.data;
        ret->self.close = token.raw;
        ret->self.whole = span_make(start, (size_t)(token.raw.data + token.raw.len - start));
        return FAULT_NONE;
    }
}

enum fault outline_read(struct span document, struct outline *ret, struct why *why)
{
    struct xml_cut cutter = {.document = document};
    struct xml_cut_token token;
    bool is_end = false;
    *ret = (struct outline){0};
    do {
        enum fault fault = xml_cut_read(&cutter, &token, &is_end, why);
        if (!fault && is_end)
            fault = why_set(why, FAULT_CORRUPT, "the XML has no element");
        if (fault)
            return fault;
    } while (!xml_cut_opens(&token));
    ret->self = (struct outline_item){.tag = token, .whole = token.raw};
    enum fault fault = token.kind == XML_CUT_START ? read_children(&cutter, ret, why) : FAULT_NONE;
    if (fault)
        outline_free(ret);
    return fault;
}

void outline_free(struct outline *self)
{
    free(self->children);
    *self = (struct outline){0};
}

const struct outline_item *outline_find(const struct outline *self, const char *local)
{
    for (size_t i = 0; i < self->n; i++)
        if (xml_cut_is(&self->children[i].tag, local))
            return &self->children[i];
    return NULL;
}

/* --- splices ------------------------------------------------------------------------------------------------- */

void splices_init(struct splices *self, struct span document)
{
    *self = (struct splices){.document = document};
    buffer_init(&self->text, BUFFER_LIMIT_DEFAULT);
}

void splices_free(struct splices *self)
{
    free(self->items);
    buffer_free(&self->text);
    *self = (struct splices){0};
}

static void add(struct splices *self, struct span where, size_t put_at)
{
    must(where.data >= self->document.data && where.data + where.len <= self->document.data + self->document.len);
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 16;
        self->items = must_realloc(self->items, self->capacity * sizeof *self->items);
    }
    self->items[self->n++] = (struct splice){.at = (size_t)(where.data - self->document.data),
                                             .cut = where.len,
                                             .put_at = put_at,
                                             .put_len = self->text.len - put_at};
}

void splices_replace(struct splices *self, struct span where, struct span with)
{
    size_t at = self->text.len;
    buffer_put(&self->text, with);
    add(self, where, at);
}

void splices_change(struct splices *self, const struct xml_cut_token *tag, const struct xml_cut_change *changes, size_t n)
{
    size_t at = self->text.len;
    xml_cut_put_changed(&self->text, tag, changes, n, tag->kind);
    add(self, tag->raw, at);
}

void splices_append(struct splices *self, const struct outline_item *parent, struct span xml,
                    const struct xml_cut_change *changes, size_t n)
{
    if (parent->tag.kind == XML_CUT_EMPTY) {
        size_t at = self->text.len;
        xml_cut_put_changed(&self->text, &parent->tag, changes, n, XML_CUT_START);
        buffer_put(&self->text, xml);
        buffer_putf(&self->text, "</%.*s>", SPAN_ARGS(parent->tag.name));
        add(self, parent->tag.raw, at);
        return;
    }
    if (n)
        splices_change(self, &parent->tag, changes, n);
    splices_replace(self, span_make(parent->close.data, 0), xml);
}

/* Stable, and nearly sorted as a rule. */
static void sort_splices(struct splices *self)
{
    for (size_t i = 1; i < self->n; i++) {
        struct splice item = self->items[i];
        size_t j = i;
        for (; j > 0 && self->items[j - 1].at > item.at; j--)
            self->items[j] = self->items[j - 1];
        self->items[j] = item;
    }
}

void splices_apply(struct splices *self, struct buffer *document)
{
    struct buffer out;
    size_t at = 0;
    must(document->data == self->document.data && document->len == self->document.len);
    buffer_init(&out, document->limit_bytes + self->text.len);
    sort_splices(self);
    for (size_t i = 0; i < self->n; i++) {
        const struct splice *item = &self->items[i];
        must(item->at >= at);
        buffer_put(&out, span_make(document->data + at, item->at - at));
        if (item->put_len)
            buffer_put(&out, span_make(self->text.data + item->put_at, item->put_len));
        at = item->at + item->cut;
    }
    buffer_put(&out, span_from(buffer_span(document), at));
    buffer_free(document);
    *document = out;
    splices_free(self);
}

/* SPDX-License-Identifier: MIT
 *
 * Targets are written absolute ("/xl/worksheets/sheet9.xml"): right whatever folder the source part lives in.
 */
#include <stdio.h>
#include <strings.h>

#include "workbook/part_edit.h"
#include "workbook/rels_patch.h"
#include "workbook/xml_put.h"

#define RELS_NEW                                                                                     \
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"                                 \
    "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"></Relationships>"

static bool same_text(struct span raw, const char *text)
{
    struct buffer decoded;
    buffer_init(&decoded, BUFFER_LIMIT_DEFAULT);
    xml_cut_decode(raw, &decoded);
    bool same = decoded.len == strlen(text) && strncasecmp(decoded.data ? decoded.data : "", text, decoded.len) == 0;
    buffer_free(&decoded);
    return same;
}

/* One that no relationship has, also when ids are compared without case. */
static void fresh_id(const struct outline *outline, char ret[REL_ID_MAX])
{
    for (size_t n = outline->n + 1;; n++) {
        bool is_taken = false;
        snprintf(ret, REL_ID_MAX, "rId%zu", n);
        for (size_t i = 0; i < outline->n && !is_taken; i++)
            is_taken = same_text(xml_cut_value(&outline->children[i].tag, "Id"), ret);
        if (!is_taken)
            return;
    }
}

static void put_type(struct buffer *out, const char *type, bool is_strict)
{
    if (strchr(type, ':'))
        buffer_put_text(out, type);
    else
        buffer_putf(out, "%s/relationships/%s",
                    is_strict ? "http://purl.oclc.org/ooxml/officeDocument"
                              : "http://schemas.openxmlformats.org/officeDocument/2006",
                    type);
}

enum fault rels_add(struct buffer *document, const char *type, bool is_strict, struct span part_name,
                    char ret_id[REL_ID_MAX], struct why *why)
{
    if (!document->len)
        buffer_put_text(document, RELS_NEW);
    struct outline outline;
    enum fault fault = outline_read(buffer_span(document), &outline, why);
    if (fault)
        return fault;
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    fresh_id(&outline, ret_id);
    buffer_putf(&xml, "<%.*sRelationship Id=\"%s\" Type=\"", SPAN_ARGS(outline.self.tag.prefix), ret_id);
    put_type(&xml, type, is_strict);
    buffer_put_text(&xml, "\" Target=\"/");
    xml_put_plain(&xml, part_name);
    buffer_put_text(&xml, "\"/>");
    struct splices splices;
    splices_init(&splices, buffer_span(document));
    splices_append(&splices, &outline.self, buffer_span(&xml), NULL, 0);
    splices_apply(&splices, document);
    buffer_free(&xml);
    outline_free(&outline);
    return FAULT_NONE;
}

static bool type_matches(struct span type, const char *last_word, const char *within)
{
    if (!span_ends(type, span_of(last_word)))
        return false;
    size_t rest = type.len - strlen(last_word);
    return rest && type.data[rest - 1] == '/' && (!within || memmem(type.data, type.len, within, strlen(within)));
}

enum fault rels_remove(struct buffer *document, const char *last_word, const char *within, struct why *why)
{
    struct outline outline;
    enum fault fault = outline_read(buffer_span(document), &outline, why);
    if (fault)
        return fault;
    struct splices splices;
    splices_init(&splices, buffer_span(document));
    for (size_t i = 0; i < outline.n; i++)
        if (type_matches(xml_cut_value(&outline.children[i].tag, "Type"), last_word, within))
            splices_replace(&splices, outline.children[i].whole, SPAN(""));
    splices_apply(&splices, document);
    outline_free(&outline);
    return FAULT_NONE;
}

/* --- content types ----------------------------------------------------------------------------------------------- */

static const struct outline_item *find_override(const struct outline *outline, struct span part_name)
{
    struct buffer name;
    const struct outline_item *found = NULL;
    buffer_init(&name, BUFFER_LIMIT_DEFAULT);
    buffer_put_char(&name, '/');
    buffer_put(&name, part_name);
    const char *text = buffer_text(&name);
    for (size_t i = 0; i < outline->n && !found; i++) {
        const struct outline_item *item = &outline->children[i];
        if (xml_cut_is(&item->tag, "Override") && same_text(xml_cut_value(&item->tag, "PartName"), text))
            found = item;
    }
    buffer_free(&name);
    return found;
}

enum fault types_set(struct buffer *document, struct span part_name, const char *content_type, struct why *why)
{
    struct outline outline;
    enum fault fault = outline_read(buffer_span(document), &outline, why);
    if (fault)
        return fault;
    const struct outline_item *old = find_override(&outline, part_name);
    struct splices splices;
    splices_init(&splices, buffer_span(document));
    if (old) {
        struct xml_cut_change change = {"ContentType", span_of(content_type)};
        splices_change(&splices, &old->tag, &change, 1);
    } else {
        struct buffer xml;
        buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
        buffer_putf(&xml, "<%.*sOverride PartName=\"/", SPAN_ARGS(outline.self.tag.prefix));
        xml_put_plain(&xml, part_name);
        buffer_putf(&xml, "\" ContentType=\"%s\"/>", content_type);
        splices_append(&splices, &outline.self, buffer_span(&xml), NULL, 0);
        buffer_free(&xml);
    }
    splices_apply(&splices, document);
    outline_free(&outline);
    return FAULT_NONE;
}

enum fault types_remove(struct buffer *document, struct span part_name, struct why *why)
{
    struct outline outline;
    enum fault fault = outline_read(buffer_span(document), &outline, why);
    if (fault)
        return fault;
    const struct outline_item *old = find_override(&outline, part_name);
    struct splices splices;
    splices_init(&splices, buffer_span(document));
    if (old)
        splices_replace(&splices, old->whole, SPAN(""));
    splices_apply(&splices, document);
    outline_free(&outline);
    return FAULT_NONE;
}

void rels_part_name(struct span part_name, struct buffer *out)
{
    size_t folder = part_name.len;
    while (folder && part_name.data[folder - 1] != '/')
        folder--;
    buffer_put(out, span_make(part_name.data, folder));
    buffer_put_text(out, "_rels/");
    buffer_put(out, span_from(part_name, folder));
    buffer_put_text(out, ".rels");
}

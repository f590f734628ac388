/* SPDX-License-Identifier: MIT
 *
 * The small parts of a workbook, each parsed whole.
 */
#include "bench/peers/c/outline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/tree.h>

#include "core/must.h"

struct part {
    char *bytes;
    size_t len;
};

static bool gather(void *context, const char *bytes, size_t len)
{
    struct part *self = context;
    self->bytes = must_realloc(self->bytes, self->len + len + 1);
    memcpy(self->bytes + self->len, bytes, len);
    self->len += len;
    return true;
}

static xmlDocPtr parse_part(const struct zip *zip, const char *name)
{
    struct zip_entry entry;
    struct part part = {0};
    if (!zip_find(zip, name, &entry))
        return NULL;
    zip_inflate(&entry, gather, &part);
    xmlDocPtr document =
        xmlReadMemory(part.bytes, (int)part.len, name, NULL, XML_PARSE_NONET | XML_PARSE_HUGE);
    must(document);
    free(part.bytes);
    return document;
}

static bool is_called(xmlNodePtr node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static xmlNodePtr child_called(xmlNodePtr parent, const char *name)
{
    for (xmlNodePtr node = parent->children; node; node = node->next)
        if (is_called(node, name))
            return node;
    return NULL;
}

static char *copy_attribute(xmlNodePtr node, const char *name)
{
    xmlChar *value = xmlGetProp(node, (const xmlChar *)name);
    char *copy = must_strdup(value ? (const char *)value : "");
    xmlFree(value);
    return copy;
}

static bool find_target(const struct zip *zip, xmlDocPtr relations, const char *id,
                        struct zip_entry *ret)
{
    bool is_found = false;
    for (xmlNodePtr node = xmlDocGetRootElement(relations)->children; node && !is_found;
         node = node->next) {
        if (!is_called(node, "Relationship"))
            continue;
        char *own = copy_attribute(node, "Id"), *target = copy_attribute(node, "Target"), path[512];
        snprintf(path, sizeof path, "%s%s", target[0] == '/' ? "" : "xl/",
                 target[0] == '/' ? target + 1 : target);
        is_found = strcmp(own, id) == 0 && zip_find(zip, path, ret);
        free(own);
        free(target);
    }
    return is_found;
}

static void read_sheets(struct outline *self, const struct zip *zip)
{
    xmlDocPtr book = parse_part(zip, "xl/workbook.xml"),
              relations = parse_part(zip, "xl/_rels/workbook.xml.rels");
    must(book && relations);
    xmlNodePtr sheets = child_called(xmlDocGetRootElement(book), "sheets");
    must(sheets);
    for (xmlNodePtr node = sheets->children; node; node = node->next) {
        if (!is_called(node, "sheet"))
            continue;
        char *id = copy_attribute(node, "id");
        self->sheets = must_realloc(self->sheets, (self->n_sheets + 1) * sizeof *self->sheets);
        struct outline_sheet *sheet = &self->sheets[self->n_sheets];
        if (find_target(zip, relations, id, &sheet->entry)) {
            sheet->name = copy_attribute(node, "name");
            self->n_sheets++;
        }
        free(id);
    }
    xmlFreeDoc(book);
    xmlFreeDoc(relations);
}

/* Letters in quotes, in brackets and behind a backslash mean themselves; [h], [m] and [s] make a
 * duration. */
static enum date_kind kind_of_code(const char *code)
{
    enum date_kind kind = DATE_NONE;
    for (const char *p = code; *p; p++) {
        if (*p == '"') {
            p = strchr(p + 1, '"');
        } else if (*p == '[') {
            if (strchr("hms", p[1] | 0x20) && (p[2] == ']' || p[2] == p[1]))
                return DATE_DURATION;
            p = strchr(p + 1, ']');
        } else if (*p == '\\' && p[1]) {
            p++;
        } else if (strchr("yd", *p | 0x20)) {
            kind = kind == DATE_TIME ? kind : DATE_DAY;
        } else if (strchr("hs", *p | 0x20)) {
            kind = DATE_TIME;
        }
        if (!p)
            break;
    }
    return kind;
}

static enum date_kind kind_of_number(unsigned long id)
{
    if (id >= 14 && id <= 17)
        return DATE_DAY;
    if (id >= 18 && id <= 22)
        return DATE_TIME;
    return id >= 45 && id <= 47 ? DATE_DURATION : DATE_NONE;
}

static enum date_kind kind_of_format(xmlNodePtr formats, const char *id)
{
    for (xmlNodePtr node = formats ? formats->children : NULL; node; node = node->next) {
        if (!is_called(node, "numFmt"))
            continue;
        char *own = copy_attribute(node, "numFmtId"), *code = copy_attribute(node, "formatCode");
        bool is_same = strcmp(own, id) == 0;
        enum date_kind kind = kind_of_code(code);
        free(own);
        free(code);
        if (is_same)
            return kind;
    }
    return kind_of_number(strtoul(id, NULL, 10));
}

static void read_styles(struct outline *self, const struct zip *zip)
{
    xmlDocPtr document = parse_part(zip, "xl/styles.xml");
    if (!document)
        return;
    xmlNodePtr root = xmlDocGetRootElement(document), formats = child_called(root, "numFmts"),
               cells = child_called(root, "cellXfs");
    for (xmlNodePtr node = cells ? cells->children : NULL; node; node = node->next) {
        if (!is_called(node, "xf"))
            continue;
        char *id = copy_attribute(node, "numFmtId");
        self->kinds = must_realloc(self->kinds, self->n_kinds + 1);
        self->kinds[self->n_kinds++] = (unsigned char)kind_of_format(formats, id);
        free(id);
    }
    xmlFreeDoc(document);
}

void outline_read(struct outline *self, const struct zip *zip)
{
    *self = (struct outline){0};
    read_sheets(self, zip);
    read_styles(self, zip);
}

void outline_free(struct outline *self)
{
    for (size_t i = 0; i < self->n_sheets; i++)
        free(self->sheets[i].name);
    free(self->sheets);
    free(self->kinds);
    *self = (struct outline){0};
}

/* SPDX-License-Identifier: MIT
 *
 * libxml2's push parser with SAX2 handlers.
 */
#include <string.h>

#include <libxml/parser.h>
#include <libxml/xmlerror.h>

#include "bench/peers/c/scan.h"
#include "core/must.h"

struct attributes {
    const xmlChar **five; /* local name, prefix, namespace, value, end of value */
    int n;
};

static struct slice find_attribute(const void *list, const char *name)
{
    const struct attributes *self = list;
    for (int i = 0; i < self->n; i++) {
        const xmlChar **a = self->five + (ptrdiff_t)i * 5;
        if (!a[1] && strcmp((const char *)a[0], name) == 0)
            return (struct slice){(const char *)a[3], (size_t)(a[4] - a[3])};
    }
    return (struct slice){NULL, 0};
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n, int n_defaulted,
                     const xmlChar **five)
{
    (void)prefix, (void)uri, (void)n_namespaces, (void)namespaces, (void)n_defaulted;
    scan_begin(context, (const char *)name, find_attribute, &(struct attributes){five, n});
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    (void)prefix, (void)uri;
    scan_end(context, (const char *)name);
}

static void on_text(void *context, const xmlChar *text, int len)
{
    scan_text(context, (const char *)text, (size_t)len);
}

static bool push(void *parser, const char *bytes, size_t len)
{
    xmlParserCtxtPtr self = parser;
    struct scan *scan = self->userData;
    must(xmlParseChunk(self, bytes, (int)len, 0) == XML_ERR_OK);
    return !scan->is_done;
}

void parse_entry(struct scan *self, const struct zip_entry *entry)
{
    xmlSAXHandler handlers = {
        .initialized = XML_SAX2_MAGIC,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
    };
    xmlParserCtxtPtr parser = xmlCreatePushParserCtxt(&handlers, self, NULL, 0, NULL);
    must(parser);
    xmlCtxtUseOptions(parser, XML_PARSE_HUGE | XML_PARSE_NONET);
    zip_inflate(entry, push, parser);
    if (!self->is_done)
        must(xmlParseChunk(parser, "", 0, 1) == XML_ERR_OK);
    xmlFreeParserCtxt(parser);
}

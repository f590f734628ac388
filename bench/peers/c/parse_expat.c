/* SPDX-License-Identifier: MIT
 *
 * expat. It knows no namespaces here: the benches' workbooks have no prefixes in their sheets.
 */
#include <string.h>

#include <expat.h>

#include "bench/peers/c/scan.h"
#include "core/must.h"

static struct slice find_attribute(const void *list, const char *name)
{
    for (const XML_Char *const *a = list; a[0]; a += 2)
        if (strcmp(a[0], name) == 0)
            return (struct slice){a[1], strlen(a[1])};
    return (struct slice){NULL, 0};
}

static void XMLCALL on_start(void *context, const XML_Char *name, const XML_Char **attributes)
{
    scan_begin(context, name, find_attribute, attributes);
}

static void XMLCALL on_end(void *context, const XML_Char *name)
{
    scan_end(context, name);
}

static void XMLCALL on_text(void *context, const XML_Char *text, int len)
{
    scan_text(context, text, (size_t)len);
}

static bool push(void *parser, const char *bytes, size_t len)
{
    const struct scan *scan = XML_GetUserData(parser);
    must(XML_Parse(parser, bytes, (int)len, 0) == XML_STATUS_OK);
    return !scan->is_done;
}

void parse_entry(struct scan *self, const struct zip_entry *entry)
{
    XML_Parser parser = XML_ParserCreate(NULL);
    must(parser);
    XML_SetUserData(parser, self);
    XML_SetElementHandler(parser, on_start, on_end);
    XML_SetCharacterDataHandler(parser, on_text);
    zip_inflate(entry, push, parser);
    if (!self->is_done)
        must(XML_Parse(parser, "", 0, 1) == XML_STATUS_OK);
    XML_ParserFree(parser);
}

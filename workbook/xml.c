/* SPDX-License-Identifier: MIT
 *
 * A document on its way: bytes -> UTF-8 (xml_text) -> limits (xml_guard) -> libxml2's push parser
 * -> the handler. libxml2 gets no way to load anything: no entity loader is reached without a
 * DOCTYPE, and the guard lets none pass.
 */
#include "workbook/xml.h"

#include <libxml/parser.h>
#include <pthread.h>

#include "core/must.h"
#include "workbook/xml_guard.h"
#include "workbook/xml_text.h"

/* libxml2 takes int lengths; small pieces also keep its buffers small. */
#define PIECE_BYTES ((size_t)64 << 10)

struct parse {
    const struct xml_handler *handler;
    struct why *why;
    enum fault fault; /* the first one */
    xmlParserCtxtPtr context;
    struct xml_text text;
    struct xml_guard guard;
    const xmlChar *last_uri; /* libxml2 interns them: the same pointer means the same namespace */
    enum xml_namespace last_ns;
    unsigned choice_depth; /* open elements from a skipped mc:Choice on */
    struct buffer values; /* of the attributes that hold a "&" */
    struct xml_attribute attributes[XML_ATTRIBUTES_MAX]; /* last: begin clears what stands before them */
};

/* --- namespaces --- */

static enum xml_namespace look_up_namespace(const char *uri)
{
    static const struct {
        const char *uri;
        enum xml_namespace ns;
    } table[] = {
        {"http://schemas.openxmlformats.org/spreadsheetml/2006/main", XML_NS_MAIN},
        {"http://purl.oclc.org/ooxml/spreadsheetml/main", XML_NS_MAIN},
        {"http://schemas.openxmlformats.org/officeDocument/2006/relationships",
         XML_NS_RELATIONSHIPS},
        {"http://purl.oclc.org/ooxml/officeDocument/relationships", XML_NS_RELATIONSHIPS},
        {"http://schemas.openxmlformats.org/package/2006/relationships", XML_NS_PACKAGE_RELS},
        {"http://schemas.openxmlformats.org/package/2006/content-types", XML_NS_CONTENT_TYPES},
        {"http://www.w3.org/XML/1998/namespace", XML_NS_XML},
        {"http://schemas.openxmlformats.org/markup-compatibility/2006", XML_NS_MCE},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
        if (strcmp(uri, table[i].uri) == 0)
            return table[i].ns;
    return XML_NS_OTHER;
}

/* A prefix that nobody declared is some other namespace. */
static enum xml_namespace namespace_of(struct parse *self, const xmlChar *prefix,
                                       const xmlChar *uri)
{
    if (!uri)
        return prefix ? XML_NS_OTHER : XML_NS_NONE;
    if (uri != self->last_uri) {
        self->last_uri = uri;
        self->last_ns = look_up_namespace((const char *)uri);
    }
    return self->last_ns;
}

/* --- callbacks of libxml2 --- */

static void stop(struct parse *self, enum fault fault)
{
    if (!fault || self->fault)
        return;
    self->fault = fault;
    xmlStopParser(self->context);
}

/* Without entity replacement libxml2 gives every "&" of an attribute as "&#38;", and nothing else
 * with a "&". */
static struct span decode_value(struct parse *self, struct span raw)
{
    static const char ampersand[] = "&#38;";
    if (!raw.len || !memchr(raw.data, '&', raw.len))
        return raw;
    char *out = self->values.data + self->values.len;
    size_t len = 0;
    while (raw.len) {
        bool is_escape = span_starts(raw, SPAN("&#38;"));
        out[len++] = raw.data[0];
        raw = span_from(raw, is_escape ? sizeof ampersand - 1 : 1);
    }
    self->values.len += len;
    return span_make(out, len);
}

/* Per attribute libxml2 gives name, prefix, URI, begin and end of the value. */
static void read_attributes(struct parse *self, int n, const xmlChar **from)
{
    size_t bytes = 0;
    for (int i = 0; i < n; i++)
        bytes += (size_t)(from[5 * i + 4] - from[5 * i + 3]);
    buffer_clear(&self->values);
    must(buffer_reserve(&self->values, bytes)); /* a start tag has at most XML_TAG_BYTES_MAX */
    for (int i = 0; i < n; i++, from += 5)
        self->attributes[i] = (struct xml_attribute){
            .ns = namespace_of(self, from[1], from[2]),
            .name = span_of((const char *)from[0]),
            .value = decode_value(self, span_make(from[3], (size_t)(from[4] - from[3]))),
        };
}

static bool is_transparent(enum xml_namespace ns, struct span name)
{
    return ns == XML_NS_MCE && (span_is(name, "AlternateContent") || span_is(name, "Fallback"));
}

static void on_start(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri,
                     int n_namespaces, const xmlChar **namespaces, int n, int n_defaulted,
                     const xmlChar **attributes)
{
    (void)n_namespaces, (void)namespaces, (void)n_defaulted;
    struct parse *self = context;
    if (self->fault)
        return;
    enum xml_namespace ns = namespace_of(self, prefix, uri);
    struct span name = span_of((const char *)local);
    if (self->choice_depth || (ns == XML_NS_MCE && span_is(name, "Choice"))) {
        self->choice_depth++;
        return;
    }
    if (is_transparent(ns, name) || !self->handler->start)
        return;
    if (n > XML_ATTRIBUTES_MAX) {
        stop(self, why_set(self->why, FAULT_LIMIT, "more than %d attributes of one element",
                           XML_ATTRIBUTES_MAX));
        return;
    }
    read_attributes(self, n, attributes);
    stop(self, self->handler->start(self->handler->self, ns, name, self->attributes, (size_t)n));
}

static void on_end(void *context, const xmlChar *local, const xmlChar *prefix, const xmlChar *uri)
{
    struct parse *self = context;
    if (self->fault)
        return;
    if (self->choice_depth) {
        self->choice_depth--;
        return;
    }
    enum xml_namespace ns = namespace_of(self, prefix, uri);
    struct span name = span_of((const char *)local);
    if (!is_transparent(ns, name) && self->handler->end)
        stop(self, self->handler->end(self->handler->self, ns, name));
}

static void on_text(void *context, const xmlChar *text, int len)
{
    struct parse *self = context;
    if (!self->fault && !self->choice_depth && self->handler->text)
        stop(self, self->handler->text(self->handler->self, span_make(text, (size_t)len)));
}

/* The guard has seen to it that this is never reached. */
static void on_doctype(void *context, const xmlChar *name, const xmlChar *external,
                       const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    struct parse *self = context;
    stop(self, why_set(self->why, FAULT_UNSAFE_XML, "the document has a DOCTYPE"));
}

static void on_error(void *context, xmlErrorPtr error)
{
    struct parse *self = context;
    if (self->fault || error->level != XML_ERR_FATAL)
        return;
    struct span text = span_trim_ascii(span_of(error->message));
    self->fault = why_set(self->why, FAULT_CORRUPT,
                          "line %d: XML that is not well-formed (%.*s): the file is damaged",
                          error->line, SPAN_ARGS(text));
}

/* --- feeding --- */

/* libxml2's own initialisation is not safe in two threads at once. */
static pthread_once_t has_libxml = PTHREAD_ONCE_INIT;

static void begin(struct parse *self, const struct xml_handler *handler, struct why *why)
{
    xmlSAXHandler sax = {
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = on_doctype,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .ignorableWhitespace = on_text,
        .cdataBlock = on_text,
        .serror = on_error,
    };
    must(pthread_once(&has_libxml, xmlInitParser) == 0);
    memset(self, 0, offsetof(struct parse, attributes));
    self->handler = handler;
    self->why = why;
    xml_text_init(&self->text);
    buffer_init(&self->values, XML_TAG_BYTES_MAX * 2);
    self->context = xmlCreatePushParserCtxt(&sax, self, NULL, 0, NULL);
    must(self->context);
    /* What we feed is UTF-8, whatever the declaration says. */
    xmlCtxtUseOptions(self->context, XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
}

static enum fault result_of(struct parse *self)
{
    if (!self->fault && !self->context->wellFormed)
        self->fault =
            why_set(self->why, FAULT_CORRUPT, "XML that is not well-formed: the file is damaged");
    return self->fault;
}

static enum fault feed(void *context, struct span bytes)
{
    struct parse *self = context;
    while (bytes.len && !self->fault) {
        struct span piece =
                        span_make(bytes.data, bytes.len < PIECE_BYTES ? bytes.len : PIECE_BYTES),
                    text;
        bytes = span_from(bytes, piece.len);
        enum fault fault = xml_text_add(&self->text, piece, &text, self->why);
        if (!fault)
            fault = xml_guard_check(&self->guard, text, self->why);
        if (fault)
            return self->fault = fault;
        if (text.len)
            xmlParseChunk(self->context, text.data, (int)text.len, 0);
        result_of(self);
    }
    return self->fault;
}

static enum fault finish(struct parse *self)
{
    enum fault fault = xml_text_end(&self->text, self->why);
    if (fault)
        return self->fault = fault;
    xmlParseChunk(self->context, NULL, 0, 1);
    return result_of(self);
}

static void release(struct parse *self)
{
    xmlFreeParserCtxt(self->context);
    xml_text_free(&self->text);
    buffer_free(&self->values);
}

enum fault xml_parse(struct span document, const struct xml_handler *handler, struct why *why)
{
    struct parse self;
    begin(&self, handler, why);
    enum fault fault = feed(&self, document);
    if (!fault)
        fault = finish(&self);
    release(&self);
    return fault;
}

enum fault xml_parse_part(struct package *package, size_t entry, const struct xml_handler *handler,
                          struct why *why)
{
    struct parse self;
    begin(&self, handler, why);
    enum fault fault = package_stream_small(package, entry, feed, &self, why);
    if (!fault)
        fault = finish(&self);
    if (fault)
        why_at_part(why, package_entry_at(package, entry)->name);
    release(&self);
    return fault;
}

/* --- attributes --- */

struct span xml_get_ns(const struct xml_attribute *attributes, size_t n, enum xml_namespace ns,
                       const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (attributes[i].ns == ns && span_is(attributes[i].name, name))
            return attributes[i].value.data ? attributes[i].value : SPAN("");
    return span_make(NULL, 0);
}

struct span xml_get(const struct xml_attribute *attributes, size_t n, const char *name)
{
    return xml_get_ns(attributes, n, XML_NS_NONE, name);
}

bool xml_get_bool(const struct xml_attribute *attributes, size_t n, const char *name, bool fallback)
{
    struct span value = span_trim_ascii(xml_get(attributes, n, name));
    if (span_is(value, "1") || span_is(value, "true") || span_is(value, "on"))
        return true;
    if (span_is(value, "0") || span_is(value, "false") || span_is(value, "off"))
        return false;
    return fallback;
}

uint32_t xml_get_u32(const struct xml_attribute *attributes, size_t n, const char *name,
                     uint32_t fallback)
{
    struct span value = span_trim_ascii(xml_get(attributes, n, name));
    uint64_t number = 0;
    if (value.len && value.data[0] == '+')
        value = span_from(value, 1);
    if (!value.len)
        return fallback;
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9')
            return fallback;
        number = number * 10 + (uint64_t)(value.data[i] - '0');
        if (number > UINT32_MAX)
            return fallback;
    }
    return (uint32_t)number;
}

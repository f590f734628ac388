/* SPDX-License-Identifier: MIT
 *
 * libxml2 SAX2 push for the small parts (workbook.xml, relationships, styles, content types, comments):
 * never xmlTextReader, never NOENT or HUGE. A DOCTYPE is FAULT_UNSAFE_XML at once; a start tag over 64 KiB,
 * more than 256 attributes, or depth over 64 is FAULT_LIMIT before the parser sees it (libxml2 2.9.14 is
 * quadratic in the attributes of one tag). Names arrive without prefix; namespaces of Strict documents
 * are told as their Transitional twins.
 */
#ifndef SHEAF_WORKBOOK_XML_H
#define SHEAF_WORKBOOK_XML_H

#include "core/fault.h"
#include "core/span.h"
#include "workbook/package.h"

enum xml_namespace {
    XML_NS_OTHER,
    XML_NS_NONE,
    XML_NS_MAIN,          /* .../spreadsheetml/2006/main */
    XML_NS_RELATIONSHIPS, /* .../officeDocument/2006/relationships (attributes r:id) */
    XML_NS_PACKAGE_RELS,  /* .../package/2006/relationships */
    XML_NS_CONTENT_TYPES, /* .../package/2006/content-types */
    XML_NS_XML,           /* xml:space */
    XML_NS_MCE,           /* markup-compatibility/2006 */
};

struct xml_attribute {
    enum xml_namespace ns;
    struct span name, value; /* value decoded; valid during the call */
};

struct xml_handler {
    void *self;
    /* Each may be NULL. A fault stops the parse. Spans are valid during the call only. */
    enum fault (*start)(void *self, enum xml_namespace ns, struct span name, const struct xml_attribute *attributes,
                        size_t n);
    enum fault (*end)(void *self, enum xml_namespace ns, struct span name);
    enum fault (*text)(void *self, struct span text); /* may come in pieces */
};

/* mc:AlternateContent: the Fallback is reported, Choice is skipped with all inside. */
enum fault xml_parse(struct span document, const struct xml_handler *handler, struct why *why) MUST_CHECK;
/* Reads the part whole, then parses it. `why->part` is set on every fault. */
enum fault xml_parse_part(struct package *package, size_t entry, const struct xml_handler *handler,
                          struct why *why) MUST_CHECK;

/* The value of an attribute without namespace (or of `ns`); span.data NULL when absent. */
struct span xml_get(const struct xml_attribute *attributes, size_t n, const char *name);
struct span xml_get_ns(const struct xml_attribute *attributes, size_t n, enum xml_namespace ns, const char *name);
/* xsd:boolean: "1", "true", "on" / "0", "false", "off"; `fallback` when absent or other. */
bool xml_get_bool(const struct xml_attribute *attributes, size_t n, const char *name, bool fallback);
/* Non-negative integer; `fallback` when absent, malformed or over 2^32-1. */
uint32_t xml_get_u32(const struct xml_attribute *attributes, size_t n, const char *name, uint32_t fallback);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Any bytes as a document: within the limits, balanced, and the same again when parsed again.
 */
#include <stdint.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/xml.h"
#include "workbook/xml_guard.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    unsigned depth;
    uint64_t hash;
};

static void mix(struct seen *self, struct span text)
{
    must(utf8_valid(text));
    for (size_t i = 0; i < text.len; i++)
        self->hash = (self->hash ^ (unsigned char)text.data[i]) * 1099511628211u;
}

static enum fault on_start(void *context, enum xml_namespace ns, struct span name,
                           const struct xml_attribute *attributes, size_t n)
{
    struct seen *self = context;
    must(++self->depth <= XML_DEPTH_MAX && n <= XML_ATTRIBUTES_MAX && name.len && ns <= XML_NS_MCE);
    mix(self, name);
    for (size_t i = 0; i < n; i++) {
        mix(self, attributes[i].name);
        mix(self, attributes[i].value);
    }
    return FAULT_NONE;
}

static enum fault on_end(void *context, enum xml_namespace ns, struct span name)
{
    struct seen *self = context;
    (void)ns;
    must(self->depth-- > 0);
    mix(self, name);
    return FAULT_NONE;
}

static enum fault on_text(void *context, struct span text)
{
    struct seen *self = context;
    for (size_t i = 0; i < text.len; i++) /* a piece may end inside a character */
        self->hash = (self->hash ^ (unsigned char)text.data[i]) * 1099511628211u;
    return FAULT_NONE;
}

static enum fault parse(struct span document, struct seen *seen)
{
    struct xml_handler handler = {seen, on_start, on_end, on_text};
    struct why why = {0};
    *seen = (struct seen){0};
    enum fault fault = xml_parse(document, &handler, &why);
    must(fault == why.fault && (!fault || why.text[0]));
    must(fault || seen->depth == 0);
    must(fault == FAULT_NONE || fault == FAULT_CORRUPT || fault == FAULT_LIMIT ||
         fault == FAULT_UNSAFE_XML || fault == FAULT_UNSUPPORTED);
    return fault;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct seen first, second;
    struct span document = {(const char *)data, size};
    enum fault fault = parse(document, &first);
    must(parse(document, &second) == fault && first.hash == second.hash);
    return 0;
}

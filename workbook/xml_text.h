/* SPDX-License-Identifier: MIT
 *
 * The bytes of an XML document as UTF-8, piece by piece: a byte order mark, the shape of the first
 * bytes or the declaration tells the encoding (XML 1.0 appendix F). UTF-8, US-ASCII, UTF-16 of both
 * orders and ISO-8859-1 are read; invalid text is a fault, never replaced.
 */
#ifndef SHEAF_WORKBOOK_XML_TEXT_H
#define SHEAF_WORKBOOK_XML_TEXT_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

enum xml_encoding {
    XML_ENCODING_UTF8,
    XML_ENCODING_UTF16LE,
    XML_ENCODING_UTF16BE,
    XML_ENCODING_LATIN1
};

struct xml_text {
    enum xml_encoding encoding;
    bool has_begun;
    unsigned char held[4]; /* the beginning of a character that the last piece cut in two */
    size_t n_held;
    struct buffer out; /* reused from piece to piece */
};

void xml_text_init(struct xml_text *self);
void xml_text_free(struct xml_text *self);

/* Decodes a piece; the first one must hold the XML declaration whole (or be the document). *ret is
 * valid until the next call; it is `bytes` itself where nothing has to be changed, and does not
 * begin with a byte order mark. FAULT_CORRUPT for invalid text, FAULT_UNSUPPORTED for another
 * encoding. */
enum fault xml_text_add(struct xml_text *self, struct span bytes, struct span *ret,
                        struct why *why) MUST_CHECK;
/* FAULT_CORRUPT when the text ends inside a character. */
enum fault xml_text_end(struct xml_text *self, struct why *why) MUST_CHECK;

#endif

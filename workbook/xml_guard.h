/* SPDX-License-Identifier: MIT
 *
 * Looks at the markup of a document before libxml2 does and refuses what libxml2 2.9.14 handles
 * badly: tags with masses of attributes (quadratic), deep nesting, huge comments, and every
 * DOCTYPE. It knows tags, quotes, comments, CDATA and processing instructions, nothing else;
 * whether the document is well-formed is the parser's business.
 */
#ifndef SHEAF_WORKBOOK_XML_GUARD_H
#define SHEAF_WORKBOOK_XML_GUARD_H

#include <stdint.h>

#include "core/fault.h"
#include "core/span.h"

#define XML_TAG_BYTES_MAX ((size_t)64 << 10)
#define XML_ATTRIBUTES_MAX 256
#define XML_DEPTH_MAX 64
#define XML_COMMENT_BYTES_MAX ((size_t)1 << 20) /* and processing instructions */

struct xml_guard {
    enum {
        GUARD_TEXT,
        GUARD_OPEN, /* behind "<" */
        GUARD_BANG, /* behind "<!": a comment, CDATA or a DOCTYPE */
        GUARD_TAG,  /* in a start tag */
        GUARD_END_TAG,
        GUARD_COMMENT,
        GUARD_CDATA,
        GUARD_PI,
    } state;
    char quote;   /* in GUARD_TAG: the quote that is open, or 0 */
    char last[2]; /* the two bytes before, the later one last */
    char bang[8]; /* what came behind "<!" */
    size_t n_bang;
    size_t len; /* bytes of this tag, comment or instruction so far */
    unsigned attributes, depth;
};

/* Starts as {0}. Takes the document as UTF-8, in pieces. FAULT_UNSAFE_XML, FAULT_LIMIT,
 * FAULT_CORRUPT. */
enum fault xml_guard_check(struct xml_guard *self, struct span bytes, struct why *why) MUST_CHECK;

#endif

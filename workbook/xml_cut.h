/* SPDX-License-Identifier: MIT
 *
 * XML as bytes with positions: what a patch needs, because it changes a few tags and must leave every other
 * byte as it is. It cuts a document into tags, text and the rest, and never decodes what nobody asked for. It
 * does not check well-formedness beyond what it walks over; meaning (namespaces, entities) is workbook/xml.h's.
 */
#ifndef SHEAF_WORKBOOK_XML_CUT_H
#define SHEAF_WORKBOOK_XML_CUT_H

#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"
#include "workbook/package.h"

enum xml_cut_kind {
    XML_CUT_START, /* <a ...> */
    XML_CUT_EMPTY, /* <a ... /> */
    XML_CUT_END,   /* </a> */
    XML_CUT_TEXT,  /* may come in pieces */
    XML_CUT_CDATA, /* whole */
    XML_CUT_OTHER, /* comment, processing instruction, XML declaration */
};

struct xml_cut_token {
    enum xml_cut_kind kind;
    struct span raw;    /* all its bytes */
    struct span name;   /* of a tag, with prefix */
    struct span prefix; /* with the colon ("x:"), or empty */
    struct span local;  /* the name without prefix */
};

static inline bool xml_cut_is(const struct xml_cut_token *token, const char *local)
{
    return token->kind <= XML_CUT_END && span_is(token->local, local);
}

static inline bool xml_cut_opens(const struct xml_cut_token *token)
{
    return token->kind == XML_CUT_START || token->kind == XML_CUT_EMPTY;
}

/* --- a document in memory (UTF-8) --------------------------------------------------------------------------- */

struct xml_cut {
    struct span document;
    size_t at;
    unsigned depth; /* open elements, the one just started included; the one just ended not */
};

enum xml_cut_answer { XML_CUT_GOT, XML_CUT_DONE, XML_CUT_MORE /* the document ends inside a token */, XML_CUT_BAD, XML_CUT_DOCTYPE };
enum xml_cut_answer xml_cut_next(struct xml_cut *self, struct xml_cut_token *ret);

/* The next token; FAULT_CORRUPT, FAULT_UNSAFE_XML. At the end *ret_end is true. */
enum fault xml_cut_read(struct xml_cut *self, struct xml_cut_token *ret, bool *ret_end, struct why *why) MUST_CHECK;
/* Moves past the end of the element just started (XML_CUT_START). */
enum fault xml_cut_skip(struct xml_cut *self, struct why *why) MUST_CHECK;

/* --- attributes ------------------------------------------------------------------------------------------- */

struct xml_cut_attribute {
    struct span name;  /* with prefix */
    struct span value; /* as written */
    struct span raw;   /* with the white space before it and the quotes */
};

/* Steps through a tag's attributes; `*at` starts at 0. */
bool xml_cut_attribute_next(const struct xml_cut_token *tag, size_t *at, struct xml_cut_attribute *ret);
/* The value as written; data is NULL when the attribute is absent. `name` with prefix. */
struct span xml_cut_value(const struct xml_cut_token *tag, const char *name);
bool xml_cut_value_u32(const struct xml_cut_token *tag, const char *name, uint32_t *ret);
/* Decodes the five entities and character references; other references stay as they are. Appends. */
void xml_cut_decode(struct span raw, struct buffer *out);

struct xml_cut_change {
    const char *name;
    struct span value; /* ready for "..."; data NULL removes the attribute */
};
/* The tag with these attributes changed (in place) or added (at the end), as `kind`; all else as it was. */
void xml_cut_put_changed(struct buffer *out, const struct xml_cut_token *tag, const struct xml_cut_change *changes,
                        size_t n, enum xml_cut_kind kind);

/* --- a document as a stream --------------------------------------------------------------------------------- */

typedef enum fault xml_cut_visit(void *context, const struct xml_cut_token *token);

/* UTF-8 passes as it is; UTF-16 is turned into UTF-8 and its XML declaration with it. Other encodings are
 * FAULT_UNSUPPORTED. A token over 16 MiB is FAULT_LIMIT. */
struct xml_cut_stream;
struct xml_cut_stream *xml_cut_stream_new(xml_cut_visit *visit, void *context);
void xml_cut_stream_destroy(struct xml_cut_stream **self);
enum fault xml_cut_stream_feed(struct xml_cut_stream *self, struct span bytes, struct why *why) MUST_CHECK;
enum fault xml_cut_stream_end(struct xml_cut_stream *self, struct why *why) MUST_CHECK;
/* A whole part, visited token by token. */
enum fault xml_cut_stream_part(struct package *package, size_t entry, xml_cut_visit *visit, void *context,
                              struct why *why) MUST_CHECK;
/* A whole part as UTF-8 into `out`. */
enum fault xml_cut_read_part(struct package *package, size_t entry, struct buffer *out, struct why *why) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * A push tokenizer for the big parts (worksheets, shared strings): bytes come in windows of any size, events go out as
 * soon as a token is whole; nothing is kept but the tail of an unfinished token. It checks what well-formedness promises a
 * reader of values (tags nest and match, attributes are quoted and unique, nothing follows the root, nothing is cut
 * off), resolves namespaces, takes UTF-8, UTF-16 and ISO-8859-1, and refuses a DOCTYPE.
 *
 * mc:AlternateContent is transparent: its Fallback is reported, each Choice is skipped with all inside.
 *
 * The owner may lend it a fast road for the usual shapes: see `fast`.
 */
#ifndef SHEAF_WORKBOOK_MARKUP_H
#define SHEAF_WORKBOOK_MARKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fault.h"
#include "core/span.h"

#define MARKUP_TAG_BYTES ((size_t)1 << 20) /* one tag; sqref lists of real files pass 64 KiB */
#define MARKUP_ATTRIBUTES 256
#define MARKUP_DEPTH 64

enum markup_namespace {
    MARKUP_NS_NONE,
    MARKUP_NS_MAIN, /* SpreadsheetML, Transitional or Strict */
    MARKUP_NS_MCE,  /* markup compatibility */
    MARKUP_NS_OTHER,
};

struct markup_attribute {
    struct span name;  /* with its prefix */
    struct span value; /* decoded */
};

struct markup_tag {
    enum markup_namespace ns;
    bool has_prefix;
    struct span name; /* without prefix */
    const struct markup_attribute *attributes;
    size_t n;
};

struct markup_reader {
    void *self;
    /* A fault stops the reading and is returned. Spans are valid during the call. */
    enum fault (*start)(void *self, const struct markup_tag *tag);
    enum fault (*end)(void *self);
    /* Decoded, in pieces, CR LF and CR folded to LF; only while text is wanted. */
    enum fault (*text)(void *self, struct span text);
    /* The fast road: called at a '<' between two tokens while it is on. Takes whole elements of the element that is open
     * and returns where it stopped, which is `at` when the bytes there are not of a shape that it knows. Whatever it
     * leaves is read the slow way. May be NULL. */
    const char *(*fast)(void *self, const char *at, const char *end, enum fault *ret_fault);
};

struct markup;

/* `reader` is copied. `why` is borrowed until markup_destroy; NULL is allowed. */
struct markup *markup_new(const struct markup_reader *reader, struct why *why);
void markup_destroy(struct markup **self);

/* FAULT_CORRUPT, FAULT_LIMIT, FAULT_UNSAFE_XML, FAULT_UNSUPPORTED (encoding). After a fault only destroy is allowed. */
enum fault markup_push(struct markup *self, struct span bytes) MUST_CHECK;
enum fault markup_finish(struct markup *self) MUST_CHECK; /* the document must be whole */

/* For the reader, from within its functions. */
void markup_want_text(struct markup *self, bool is_wanted);
void markup_want_fast(struct markup *self, bool is_wanted); /* for the element that is open now */
/* Whether a name without prefix means SpreadsheetML where the reader stands. */
bool markup_is_main_by_default(const struct markup *self);

/* The value of an attribute without prefix; span.data NULL when absent. */
struct span markup_get(const struct markup_tag *tag, const char *name);

#endif

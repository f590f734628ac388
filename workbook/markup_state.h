/* SPDX-License-Identifier: MIT
 *
 * Inside the tokenizer: its state, and the elements that are open. markup.c finds tokens, markup_elements.c keeps what is
 * known of open elements: names, depth, namespaces, what the reader does not see.
 */
#ifndef SHEAF_WORKBOOK_MARKUP_STATE_H
#define SHEAF_WORKBOOK_MARKUP_STATE_H

#include "core/buffer.h"
#include "workbook/markup.h"

#define MARKUP_BINDINGS 64 /* namespace declarations in force at once */
#define MARKUP_PREFIX_BYTES 64

enum markup_context { MARKUP_IN_CONTENT, MARKUP_IN_COMMENT, MARKUP_IN_INSTRUCTION, MARKUP_IN_CDATA };

struct markup_binding {
    unsigned depth; /* of the element that declares it */
    enum markup_namespace ns;
    size_t len;
    char prefix[MARKUP_PREFIX_BYTES];
};

struct markup {
    struct markup_reader reader;
    struct why *why;
    struct markup_encoding *encoding;
    struct buffer carry; /* an unfinished token */
    enum markup_context context;
    bool is_final, wants_text, had_root;
    unsigned depth;       /* open elements */
    unsigned fast_depth;  /* the fast road is open at this depth only; 0: nowhere */
    unsigned skip_depth;  /* all below this depth is skipped (an mc:Choice); 0: nothing is */
    uint64_t transparent; /* bit per depth: an element of markup compatibility, which the reader does not see */
    struct buffer names;                /* names of the open elements, with prefixes, end to end */
    unsigned n_bindings;
    enum markup_namespace default_ns;
    struct buffer decoded; /* attribute values that held references */
    struct markup_binding bindings[MARKUP_BINDINGS]; /* from here on: not cleared for each part */
    size_t name_ends[MARKUP_DEPTH + 1]; /* name_ends[d] ends the name of the element at depth d in `names` */
    struct markup_attribute attributes[MARKUP_ATTRIBUTES];
};

/* An element begins: `name` with its prefix; the first n of `attributes` are its. Tells the reader. FAULT_CORRUPT,
 * FAULT_LIMIT, or what the reader returns. */
enum fault markup_open(struct markup *self, struct span name, size_t n) MUST_CHECK;
/* The innermost one ends. */
enum fault markup_close(struct markup *self) MUST_CHECK;

#endif

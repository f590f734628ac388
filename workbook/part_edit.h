/* SPDX-License-Identifier: MIT
 *
 * Small parts changed as text: an outline tells where an element and its children stand, splices say what goes in or
 * out there, and one pass applies them. Bytes between the splices stay as they are.
 */
#ifndef SHEAF_WORKBOOK_PART_EDIT_H
#define SHEAF_WORKBOOK_PART_EDIT_H

#include "workbook/xml_cut.h"

struct outline_item {
    struct xml_cut_token tag;
    struct span whole; /* from the start tag to the end tag */
    struct span close; /* the end tag; empty when tag.kind is XML_CUT_EMPTY */
};

struct outline {
    struct outline_item self; /* the element itself */
    struct outline_item *children;
    size_t n;
};

#define OUTLINE_CHILDREN_MAX 4000000u
/* Outlines the one element in `document` (a part, or the `whole` of an item). Spans view the document. */
enum fault outline_read(struct span document, struct outline *ret, struct why *why) MUST_CHECK;
void outline_free(struct outline *self);
/* The first child of that local name, or NULL. */
const struct outline_item *outline_find(const struct outline *self, const char *local);

struct splice {
    size_t at, cut;         /* in the document */
    size_t put_at, put_len; /* in the text */
};

struct splices {
    struct span document; /* a view of what is to be changed */
    struct splice *items;
    size_t n, capacity;
    struct buffer text;
};

void splices_init(struct splices *self, struct span document);
void splices_free(struct splices *self);
/* `where` is a view into the document: these bytes are replaced. Length 0 inserts; inserts at one place keep their order. */
void splices_replace(struct splices *self, struct span where, struct span with);
/* The attributes of a tag. */
void splices_change(struct splices *self, const struct xml_cut_token *tag, const struct xml_cut_change *changes, size_t n);
/* As the last child; an empty element is opened. Once per element. `changes` to its tag are made on the way. */
void splices_append(struct splices *self, const struct outline_item *parent, struct span xml,
                    const struct xml_cut_change *changes, size_t n);
/* Applies all to the document, which must be what `document` holds; the splices are spent. */
void splices_apply(struct splices *self, struct buffer *document);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Relationship parts and [Content_Types].xml changed as text. An empty document is begun as a new one.
 */
#ifndef SHEAF_WORKBOOK_RELS_PATCH_H
#define SHEAF_WORKBOOK_RELS_PATCH_H

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

/* Adds an internal relationship to the part "/..." of the type with that last word ("worksheet"; for a type outside of
 * officeDocument the whole URI). The id it got goes to `ret_id`, terminated. */
#define REL_ID_MAX 32
enum fault rels_add(struct buffer *document, const char *type, bool is_strict, struct span part_name,
                    char ret_id[REL_ID_MAX], struct why *why) MUST_CHECK;
/* Removes every relationship whose type ends with "/last_word"; those whose type has `within` in it only, unless NULL. */
enum fault rels_remove(struct buffer *document, const char *last_word, const char *within, struct why *why) MUST_CHECK;

/* The content type of a part by an Override: replaced or added. */
enum fault types_set(struct buffer *document, struct span part_name, const char *content_type, struct why *why) MUST_CHECK;
enum fault types_remove(struct buffer *document, struct span part_name, struct why *why) MUST_CHECK;

/* "xl/_rels/workbook.xml.rels" for "xl/workbook.xml", "_rels/.rels" for "". */
void rels_part_name(struct span part_name, struct buffer *out);

#endif

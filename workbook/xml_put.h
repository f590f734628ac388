/* SPDX-License-Identifier: MIT
 *
 * Text into XML that we write: markup characters as entities, what XML 1.0 cannot hold as _xHHHH_ (ECMA-376-1
 * 22.9.2.19 ST_Xstring), invalid UTF-8 as U+FFFD. Whatever the text, the result is well-formed.
 */
#ifndef SHEAF_WORKBOOK_XML_PUT_H
#define SHEAF_WORKBOOK_XML_PUT_H

#include "core/buffer.h"
#include "core/span.h"

/* Element content of type ST_Xstring: text that looks like an escape is escaped again, CR goes as _x000D_. */
void xml_put_text(struct buffer *out, struct span text);
/* An attribute value of type ST_Xstring, without quotes; fit for "..." and '...'. */
void xml_put_value(struct buffer *out, struct span text);
/* Content or value that knows no _xHHHH_ (formulas, VML): what XML cannot hold becomes U+FFFD. */
void xml_put_plain(struct buffer *out, struct span text);
/* Must the element say xml:space="preserve"? */
bool xml_wants_preserve(struct span text);

#endif

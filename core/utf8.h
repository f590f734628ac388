/* SPDX-License-Identifier: MIT
 *
 * Text as Unicode: validation, conversion from UTF-16, case folding and NFC (libutf8proc), natural order.
 */
#ifndef SHEAF_CORE_UTF8_H
#define SHEAF_CORE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

bool utf8_valid(struct span text); /* RFC 3629: no surrogates, no overlong forms */
/* Decodes the character at text.data (valid UTF-8, len > 0); *ret_len is 1..4. */
uint32_t utf8_decode(struct span text, unsigned *ret_len);
unsigned utf8_encode(uint32_t character, char out[4]); /* returns the length; character is a scalar value */
size_t utf8_characters(struct span text);
size_t utf16_units(struct span text); /* how many UTF-16 units the text needs: Excel's lengths */
/* The longest prefix of at most `units` UTF-16 units, cut at a character. */
struct span utf8_cut_utf16(struct span text, size_t units);

/* Trims white space of Unicode (incl. NBSP U+00A0, narrow NBSP U+202F, BOM), at both ends. */
struct span utf8_trim(struct span text);

/* NFC + full case folding of the trimmed text, inner white space folded to one space: the form in which
 * sheet names, identities and labels are compared. Invalid UTF-8 is copied byte by byte. Appends to
 * `out`, whose limit must allow 4 times the input. */
void utf8_fold(struct span text, struct buffer *out);
bool utf8_fold_equal(struct span a, struct span b);

/* Natural order of paths: runs of digits compare by value, other characters by folded code point, then
 * bytes decide. A total order, locale-free. "a2" < "a10", "A2" next to "a2". */
int utf8_natural_compare(struct span a, struct span b);

/* Makes text safe to print on a terminal or a log line: control characters as \xNN, invalid bytes too. */
void utf8_put_printable(struct buffer *out, struct span text);
/* Appends a JSON string with quotes; invalid UTF-8 becomes U+FFFD. */
void utf8_put_json(struct buffer *out, struct span text);

#endif

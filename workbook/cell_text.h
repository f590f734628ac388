/* SPDX-License-Identifier: MIT
 *
 * From the bytes between two tags to the text that Excel shows: references (XML 1.0, 4.1), line ends (2.11),
 * _xHHHH_ escapes (ECMA-376-1 22.4.2.4, ST_Xstring), and the check that it is UTF-8 of characters that XML allows.
 */
#ifndef SHEAF_WORKBOOK_CELL_TEXT_H
#define SHEAF_WORKBOOK_CELL_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

/* One text: a shared string, a cell's value, a formula. Excel stops at 32,767 characters, 98,301 bytes at most. */
#define CELL_TEXT_BYTES ((size_t)1 << 20)
/* "&" to ";" of the longest reference that is taken, leading zeros included. */
#define REFERENCE_BYTES 32

/* The character that a reference "&...;" stands for (all of `text`); 0 when it is none. */
uint32_t reference_character(struct span text);

/* Undoes _xHHHH_ in place (never longer) and returns the new length. "_x005F_" protects what follows it; a capital X
 * is no escape; halves of a surrogate pair join, a lone half becomes U+FFFD. */
size_t cell_text_unescape(char *text, size_t len);

/* Whether `text` needs nothing of the above: then it may be used where it is. */
bool cell_text_is_plain(struct span text);
/* UTF-8 without the control characters that XML forbids. */
bool cell_text_is_valid(struct span text);

/* The text of raw bytes that hold no '<'. `ret` views `raw` when that is plain, else `scratch`, which is cleared first.
 * FAULT_CORRUPT for bad references or characters, FAULT_LIMIT over CELL_TEXT_BYTES. */
enum fault cell_text_decode(struct span raw, struct buffer *scratch, struct span *ret) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * Number format codes (ECMA-376-1 18.8.30, 18.8.31): a real parser, because `d` in [Red] or in quotes is
 * no date and [$-409] no currency. Codes are parsed, never evaluated as anything else.
 */
#ifndef SHEAF_WORKBOOK_NUMBER_FORMAT_H
#define SHEAF_WORKBOOK_NUMBER_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/decimal.h"
#include "core/span.h"

enum format_kind {
    FORMAT_GENERAL,
    FORMAT_NUMBER,
    FORMAT_PERCENT,
    FORMAT_DATE,     /* y, m, d, h, s outside quotes and brackets; also time of day */
    FORMAT_DURATION, /* [h], [m], [s] */
    FORMAT_TEXT,     /* @ */
};

/* The kind of a whole code: that of its first section with a placeholder. */
enum format_kind number_format_kind(struct span code);
/* The code of a built-in numFmtId (0..49, East Asian 27..36, 50..58 as dates); span.data NULL for others. */
struct span number_format_builtin(uint32_t id);
/* The id of a code that is built in with one meaning for all languages (18.8.30); false for others, currencies among them. */
bool number_format_builtin_id(struct span code, uint32_t *ret);

/* The text that Excel (en-US) shows for a number with this code: General, digit placeholders 0 # ?, thousands and
 * scaling commas, %, E+, fractions, sections and conditions, literals, colours, dates and times, elapsed time.
 * Month and day names are English whatever the code's locale; a date that is none shows as "########". Appends to
 * `out`, which must have room for the code twice and 4 KiB. `is_1904` selects the date system. False when the code is
 * malformed or the value not finite (nothing appended): Excel then shows the value as General. */
bool number_format_apply(struct span code, double value, bool is_1904, struct buffer *out);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Runs of harmless bytes are copied by words; between two runs stands one byte that is dealt with here.
 */
#include "workers/row_text.h"

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* "_xHHHH_" in the text itself would be read back as one character. */
static bool looks_escaped(struct span text)
{
    return text.len >= 7 && text.data[1] == 'x' && is_hex(text.data[2]) && is_hex(text.data[3]) && is_hex(text.data[4]) &&
           is_hex(text.data[5]) && text.data[6] == '_';
}

static char *put(char *to, struct span bytes)
{
    memcpy(to, bytes.data, bytes.len);
    return to + bytes.len;
}

static char *put_unit(char *to, unsigned unit)
{
    static const char hex[] = "0123456789ABCDEF";
    char text[7] = {'_', 'x', hex[unit >> 12 & 15], hex[unit >> 8 & 15], hex[unit >> 4 & 15], hex[unit & 15], '_'};
    return put(to, span_make(text, sizeof text));
}

/* The first byte of `text` (for U+FFFE and U+FFFF all three): *text is moved behind it. */
static char *put_special(char *to, struct span *text, bool *ret_break)
{
    unsigned char c = (unsigned char)text->data[0];
    struct span from = *text;
    *text = span_from(*text, 1);
    switch (c) {
    case '&':
        return put(to, SPAN("&amp;"));
    case '<':
        return put(to, SPAN("&lt;"));
    case '>':
        return put(to, SPAN("&gt;"));
    case '_':
        return put(to, looks_escaped(from) ? SPAN("_x005F_") : SPAN("_"));
    case 0xEF:
        if (from.len >= 3 && from.data[1] == '\xBF' && (unsigned char)from.data[2] >= 0xBE) {
            *text = span_from(from, 3);
            return put_unit(to, 0xFF00u | (unsigned char)from.data[2] | 0x40u);
        }
        break;
    case '\t':
    case '\n':
        *ret_break = true;
        break;
    default:
        if (c < 0x20)
            return put_unit(to, c);
    }
    *to = (char)c;
    return to + 1;
}

char *row_put_xml(char *to, struct span text, bool *ret_break)
{
    *ret_break = false;
    while (text.len) {
        size_t plain = row_copy_xml_plain(to, text);
        to += plain;
        text = span_from(text, plain);
        if (text.len)
            to = put_special(to, &text, ret_break);
    }
    return to;
}

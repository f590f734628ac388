/* SPDX-License-Identifier: MIT
 *
 * One loop over the bytes that copies runs of harmless ones whole and stops at the rest.
 */
#include "core/utf8.h"
#include "workbook/xml_put.h"

enum put_mode { PUT_TEXT, PUT_VALUE, PUT_PLAIN };

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f');
}

/* "_xHHHH_" in the text itself would be read back as one character. */
static bool looks_escaped(struct span text)
{
    return text.len >= 7 && text.data[0] == '_' && text.data[1] == 'x' && is_hex(text.data[2]) &&
           is_hex(text.data[3]) && is_hex(text.data[4]) && is_hex(text.data[5]) && text.data[6] == '_';
}

/* Length of the valid UTF-8 character at the start, 0 when there is none. */
static size_t character_len(struct span text)
{
    unsigned char c = (unsigned char)text.data[0];
    size_t len = c < 0x80 ? 1 : c < 0xc2 ? 0 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : c < 0xf5 ? 4 : 0;
    if (!len || len > text.len || !utf8_valid(span_make(text.data, len)))
        return 0;
    return len;
}

static void put_escape(struct buffer *out, unsigned unit, enum put_mode mode)
{
    if (mode == PUT_PLAIN)
        buffer_put_text(out, "\xef\xbf\xbd");
    else
        buffer_putf(out, "_x%04X_", unit);
}

/* U+FFFE and U+FFFF are the only characters above U+001F that XML 1.0 excludes. */
static bool is_noncharacter(struct span text, size_t len)
{
    return len == 3 && memcmp(text.data, "\xef\xbf", 2) == 0 && (unsigned char)text.data[2] >= 0xbe;
}

static size_t put_special(struct buffer *out, struct span text, enum put_mode mode)
{
    unsigned char c = (unsigned char)text.data[0];
    switch (c) {
    case '&':
        return buffer_put_text(out, "&amp;"), 1;
    case '<':
        return buffer_put_text(out, "&lt;"), 1;
    case '>':
        return buffer_put_text(out, "&gt;"), 1;
    case '"':
        return buffer_put_text(out, mode == PUT_TEXT ? "\"" : "&quot;"), 1;
    case '\'':
        return buffer_put_text(out, mode == PUT_TEXT ? "'" : "&apos;"), 1;
    case '_':
        return buffer_put_text(out, mode != PUT_PLAIN && looks_escaped(text) ? "_x005F_" : "_"), 1;
    case '\t':
    case '\n':
        if (mode == PUT_TEXT)
            return buffer_put_char(out, (char)c), 1;
        return buffer_putf(out, "&#%u;", c), 1;
    case '\r':
        return buffer_put_text(out, mode == PUT_PLAIN ? "&#13;" : "_x000D_"), 1;
    default:
        break;
    }
    if (c < 0x20)
        return put_escape(out, c, mode), 1;
    size_t len = character_len(text);
    if (!len)
        return buffer_put_text(out, "\xef\xbf\xbd"), 1;
    if (is_noncharacter(text, len))
        put_escape(out, 0xff00u | (unsigned char)((text.data[2] & 0x3f) | 0xc0), mode);
    else
        buffer_put(out, span_make(text.data, len));
    return len;
}

static bool is_plain(unsigned char c)
{
    return c >= 0x20 && c < 0x80 && c != '&' && c != '<' && c != '>' && c != '"' && c != '\'' && c != '_';
}

static void put(struct buffer *out, struct span text, enum put_mode mode)
{
    while (text.len) {
        size_t run = 0;
        while (run < text.len && is_plain((unsigned char)text.data[run]))
            run++;
        buffer_put(out, span_make(text.data, run));
        text = span_from(text, run);
        if (text.len)
            text = span_from(text, put_special(out, text, mode));
    }
}

void xml_put_text(struct buffer *out, struct span text)
{
    put(out, text, PUT_TEXT);
}

void xml_put_value(struct buffer *out, struct span text)
{
    put(out, text, PUT_VALUE);
}

void xml_put_plain(struct buffer *out, struct span text)
{
    put(out, text, PUT_PLAIN);
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool xml_wants_preserve(struct span text)
{
    if (!text.len)
        return false;
    return is_space(text.data[0]) || is_space(text.data[text.len - 1]) || memchr(text.data, '\n', text.len) ||
           memchr(text.data, '\t', text.len);
}

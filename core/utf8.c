/* SPDX-License-Identifier: MIT */
#include "core/utf8.h"

#include <stdlib.h>
#include <utf8proc.h>

#include "core/must.h"

/* Björn Höhrmann's observation in our own words: the second byte's range depends on the lead. Returns 1..4, 0 if invalid. */
static unsigned sequence_length(const unsigned char *at, size_t left)
{
    unsigned char lead = at[0];
    if (lead < 0x80)
        return 1;
    unsigned len = lead >= 0xC2 && lead <= 0xDF ? 2 : lead >= 0xE0 && lead <= 0xEF ? 3 : lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
    if (!len || left < len)
        return 0;
    unsigned char low = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    unsigned char high = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at[1] < low || at[1] > high)
        return 0;
    for (unsigned i = 2; i < len; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    return len;
}

bool utf8_valid(struct span text)
{
    const unsigned char *at = (const unsigned char *)text.data;
    size_t left = text.len;
    while (left) {
        unsigned len = sequence_length(at, left);
        if (!len)
            return false;
        at += len;
        left -= len;
    }
    return true;
}

uint32_t utf8_decode(struct span text, unsigned *ret_len)
{
    const unsigned char *at = (const unsigned char *)text.data;
    unsigned len = sequence_length(at, text.len);
    *ret_len = len ? len : 1;
    switch (len) {
    case 1:
        return at[0];
    case 2:
        return (at[0] & 0x1Fu) << 6 | (at[1] & 0x3Fu);
    case 3:
        return (at[0] & 0x0Fu) << 12 | (at[1] & 0x3Fu) << 6 | (at[2] & 0x3Fu);
    case 4:
        return (at[0] & 0x07u) << 18 | (at[1] & 0x3Fu) << 12 | (at[2] & 0x3Fu) << 6 | (at[3] & 0x3Fu);
    default:
        return 0xFFFD;
    }
}

unsigned utf8_encode(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

size_t utf8_characters(struct span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++)
        n += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return n;
}

size_t utf16_units(struct span text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        n += ((c & 0xC0) != 0x80) + (c >= 0xF0);
    }
    return n;
}

struct span utf8_cut_utf16(struct span text, size_t units)
{
    size_t at = 0;
    while (at < text.len) {
        unsigned len;
        uint32_t c = utf8_decode(span_from(text, at), &len);
        size_t need = c > 0xFFFF ? 2 : 1;
        if (need > units)
            break;
        units -= need;
        at += len;
    }
    return span_make(text.data, at);
}

static bool is_space(uint32_t c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || c == 0x85 || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200B) ||
           c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 || c == 0xFEFF;
}

struct span utf8_trim(struct span text)
{
    unsigned len;
    while (text.len && is_space(utf8_decode(text, &len)))
        text = span_from(text, len);
    while (text.len) {
        size_t at = text.len - 1;
        while (at > 0 && ((unsigned char)text.data[at] & 0xC0) == 0x80)
            at--;
        if (!is_space(utf8_decode(span_from(text, at), &len)) || at + len != text.len)
            break;
        text.len = at;
    }
    return text;
}

/* Folds white space runs to one space while copying characters that utf8proc has normalised. */
static void put_folded_spaces(struct buffer *out, struct span text)
{
    bool gap = false;
    for (size_t at = 0; at < text.len;) {
        unsigned len;
        uint32_t c = utf8_decode(span_from(text, at), &len);
        if (is_space(c)) {
            gap = true;
        } else {
            if (gap)
                buffer_put_char(out, ' ');
            gap = false;
            buffer_put(out, span_make(text.data + at, len));
        }
        at += len;
    }
}

static bool fold_ascii(struct span text, struct buffer *out)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    bool gap = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (is_space((unsigned char)c)) {
            gap = true;
            continue;
        }
        if (gap)
            buffer_put_char(out, ' ');
        gap = false;
        buffer_put_char(out, c >= 'A' && c <= 'Z' ? (char)(c + 32) : c);
    }
    return true;
}

void utf8_fold(struct span text, struct buffer *out)
{
    text = utf8_trim(text);
    if (fold_ascii(text, out))
        return;
    utf8proc_uint8_t *folded = NULL;
    utf8proc_ssize_t n = utf8_valid(text)
                             ? utf8proc_map((const utf8proc_uint8_t *)text.data, (utf8proc_ssize_t)text.len, &folded,
                                            UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_STABLE)
                             : -1;
    if (n >= 0)
        put_folded_spaces(out, span_make(folded, (size_t)n));
    else
        put_folded_spaces(out, text);
    free(folded);
}

bool utf8_fold_equal(struct span a, struct span b)
{
    if (span_equal(a, b))
        return true;
    struct buffer x, y;
    buffer_init(&x, BUFFER_LIMIT_DEFAULT);
    buffer_init(&y, BUFFER_LIMIT_DEFAULT);
    utf8_fold(a, &x);
    utf8_fold(b, &y);
    bool equal = span_equal(buffer_span(&x), buffer_span(&y));
    buffer_free(&x);
    buffer_free(&y);
    return equal;
}

static bool is_digit_at(struct span s, size_t at)
{
    return at < s.len && s.data[at] >= '0' && s.data[at] <= '9';
}

/* Compares the digit runs at *i and *j by value and moves behind them. */
static int compare_digits(struct span a, size_t *i, struct span b, size_t *j)
{
    while (is_digit_at(a, *i) && a.data[*i] == '0' && is_digit_at(a, *i + 1))
        ++*i;
    while (is_digit_at(b, *j) && b.data[*j] == '0' && is_digit_at(b, *j + 1))
        ++*j;
    size_t m = *i, n = *j;
    while (is_digit_at(a, m))
        m++;
    while (is_digit_at(b, n))
        n++;
    struct span x = span_make(a.data + *i, m - *i), y = span_make(b.data + *j, n - *j);
    *i = m;
    *j = n;
    if (x.len != y.len)
        return x.len < y.len ? -1 : 1;
    return span_compare(x, y);
}

static uint32_t folded_character(struct span s, size_t *at)
{
    unsigned len;
    uint32_t c = utf8_decode(span_from(s, *at), &len);
    *at += len;
    return (uint32_t)utf8proc_tolower((utf8proc_int32_t)c);
}

int utf8_natural_compare(struct span a, struct span b)
{
    size_t i = 0, j = 0;
    while (i < a.len && j < b.len) {
        int order;
        if (is_digit_at(a, i) && is_digit_at(b, j)) {
            order = compare_digits(a, &i, b, &j);
        } else {
            uint32_t x = folded_character(a, &i), y = folded_character(b, &j);
            order = x < y ? -1 : x > y;
        }
        if (order)
            return order;
    }
    if (i < a.len || j < b.len)
        return i < a.len ? 1 : -1;
    return span_compare(a, b);
}

void utf8_put_printable(struct buffer *out, struct span text)
{
    for (size_t at = 0; at < text.len;) {
        unsigned len = sequence_length((const unsigned char *)text.data + at, text.len - at);
        unsigned char c = (unsigned char)text.data[at];
        bool is_c1 = len == 2 && c == 0xC2 && (unsigned char)text.data[at + 1] < 0xA0;
        if (!len || c < 0x20 || c == 0x7F) {
            buffer_putf(out, "\\x%02X", c);
            at++;
        } else if (is_c1) {
            buffer_putf(out, "\\x%02X", (unsigned char)text.data[at + 1]);
            at += 2;
        } else {
            buffer_put(out, span_make(text.data + at, len));
            at += len;
        }
    }
}

static void put_json_control(struct buffer *out, unsigned char c)
{
    switch (c) {
    case '\n': buffer_put_text(out, "\\n"); break;
    case '\r': buffer_put_text(out, "\\r"); break;
    case '\t': buffer_put_text(out, "\\t"); break;
    default: buffer_putf(out, "\\u%04x", c);
    }
}

void utf8_put_json(struct buffer *out, struct span text)
{
    buffer_put_char(out, '"');
    for (size_t at = 0; at < text.len;) {
        unsigned len = sequence_length((const unsigned char *)text.data + at, text.len - at);
        unsigned char c = (unsigned char)text.data[at];
        if (!len) {
            buffer_put_text(out, "\xEF\xBF\xBD");
        } else if (c < 0x20) {
            put_json_control(out, c);
        } else {
            if (c == '"' || c == '\\')
                buffer_put_char(out, '\\');
            buffer_put(out, span_make(text.data + at, len));
        }
        at += len ? len : 1;
    }
    buffer_put_char(out, '"');
}

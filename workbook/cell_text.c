/* SPDX-License-Identifier: MIT */
#include "workbook/cell_text.h"

#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/utf8.h"

/* --- references ------------------------------------------------------------------------------------------------------ */

static bool is_xml_character(uint32_t c)
{
    return c == '\t' || c == '\n' || c == '\r' || (c >= 0x20 && c < 0xD800) || (c >= 0xE000 && c < 0xFFFE) ||
           (c >= 0x10000 && c <= 0x10FFFF);
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static uint32_t numeric_reference(struct span digits)
{
    unsigned base = 10;
    if (digits.len && digits.data[0] == 'x') {
        base = 16;
        digits = span_from(digits, 1);
    }
    uint32_t c = 0;
    for (size_t i = 0; i < digits.len; i++) {
        int digit = hex_value(digits.data[i]);
        if (digit < 0 || (unsigned)digit >= base || c > 0x10FFFF)
            return 0;
        c = c * base + (unsigned)digit;
    }
    return is_xml_character(c) ? c : 0;
}

uint32_t reference_character(struct span text)
{
    static const struct {
        const char *name;
        uint32_t character;
    } table[] = {{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}};
    if (text.len > 3 && text.len <= REFERENCE_BYTES && text.data[1] == '#' && text.data[text.len - 1] == ';')
        return numeric_reference(span_make(text.data + 2, text.len - 3));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (span_is(text, table[i].name))
            return table[i].character;
    }
    return 0;
}

/* --- escapes --------------------------------------------------------------------------------------------------------- */

/* The value of "_xHHHH_" at `text`, or -1. */
static int32_t escape_at(const char *text, size_t len)
{
    if (len < 7 || text[0] != '_' || text[1] != 'x' || text[6] != '_')
        return -1;
    int32_t value = 0;
    for (int i = 2; i < 6; i++) {
        int digit = hex_value(text[i]);
        if (digit < 0)
            return -1;
        value = value * 16 + digit;
    }
    return value;
}

static bool is_high_half(int32_t c)
{
    return c >= 0xD800 && c < 0xDC00;
}

static bool is_low_half(int32_t c)
{
    return c >= 0xDC00 && c < 0xE000;
}

size_t cell_text_unescape(char *text, size_t len)
{
    size_t to = 0;
    for (size_t from = 0; from < len;) {
        int32_t c = text[from] == '_' ? escape_at(text + from, len - from) : -1;
        if (c < 0) {
            text[to++] = text[from++];
            continue;
        }
        from += 7;
        int32_t low = is_high_half(c) ? escape_at(text + from, len - from) : -1;
        if (is_low_half(low)) {
            c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            from += 7;
        } else if (is_high_half(c) || is_low_half(c)) {
            c = 0xFFFD;
        }
        char encoded[4];
        unsigned n = utf8_encode((uint32_t)c, encoded);
        memcpy(text + to, encoded, n);
        to += n;
    }
    return to;
}

/* --- whole texts ----------------------------------------------------------------------------------------------------- */

/* Bytes that may need work: references, line ends, escapes, control characters, and all beyond ASCII. */
static bool is_special(unsigned char c)
{
    return c < 0x20 || c >= 0x80 || c == '&' || c == '_';
}

#ifdef __SSE2__
/* A bit per special byte. */
static inline unsigned special_bytes(__m128i v)
{
    /* As signed bytes, all of 0x80.. are below 0x20 as well. */
    __m128i odd = _mm_or_si128(_mm_cmplt_epi8(v, _mm_set1_epi8(0x20)),
                               _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('&')), _mm_cmpeq_epi8(v, _mm_set1_epi8('_'))));
    return (unsigned)_mm_movemask_epi8(odd);
}

/* The same for a text of 4 to 15 bytes, by two loads that overlap. */
static inline size_t short_plain_prefix(const char *text, size_t len)
{
    size_t half = len < 8 ? 4 : 8;
    uint64_t head = 0, tail = 0;
    memcpy(&head, text, half);
    memcpy(&tail, text + len - half, half);
    __m128i v = half == 8 ? _mm_set_epi64x((int64_t)tail, (int64_t)head) : _mm_set_epi64x(0, (int64_t)(head | tail << 32));
    unsigned odd = special_bytes(v) & (half == 8 ? 0xFFFF : 0xFF);
    size_t at = odd ? (unsigned)__builtin_ctz(odd) : 2 * half;
    return at < half ? at : len + at - 2 * half;
}
#endif

static size_t plain_prefix(struct span text)
{
    size_t i = 0;
#ifdef __SSE2__
    if (text.len >= 4 && text.len < 16)
        return short_plain_prefix(text.data, text.len);
    for (; i + 16 <= text.len; i += 16) {
        unsigned odd = special_bytes(_mm_loadu_si128((const __m128i *)(const void *)(text.data + i)));
        if (odd)
            return i + (unsigned)__builtin_ctz(odd);
    }
    if (i && i < text.len) { /* the last 16 bytes, of which the first are known to be plain */
        unsigned odd = special_bytes(_mm_loadu_si128((const __m128i *)(const void *)(text.data + text.len - 16)));
        return odd ? text.len - 16 + (unsigned)__builtin_ctz(odd) : text.len;
    }
#endif
    while (i < text.len && !is_special((unsigned char)text.data[i]))
        i++;
    return i;
}

bool cell_text_is_valid(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.data[i];
        if (c < 0x20 && c != '\t' && c != '\n' && c != '\r')
            return false;
    }
    return utf8_valid(text);
}

bool cell_text_is_plain(struct span text)
{
    size_t at = plain_prefix(text);
    if (at == text.len)
        return true;
    for (size_t i = at; i < text.len; i++) {
        char c = text.data[i];
        if (c == '&' || c == '\r' || (c == '_' && i + 1 < text.len && text.data[i + 1] == 'x'))
            return false;
    }
    return cell_text_is_valid(span_from(text, at));
}

/* Decodes one special byte at `at`; returns how many bytes of `raw` it took, 0 when they are malformed. */
static size_t decode_special(struct span raw, size_t at, struct buffer *out)
{
    char c = raw.data[at];
    if (c == '\r') {
        out->data[out->len++] = '\n';
        return at + 1 < raw.len && raw.data[at + 1] == '\n' ? 2 : 1;
    }
    if (c != '&') {
        out->data[out->len++] = c;
        return 1;
    }
    size_t most = raw.len - at < REFERENCE_BYTES ? raw.len - at : REFERENCE_BYTES;
    const char *stop = memchr(raw.data + at, ';', most);
    if (!stop)
        return 0;
    size_t n = (size_t)(stop - raw.data) - at + 1;
    uint32_t character = reference_character(span_make(raw.data + at, n));
    if (!character)
        return 0;
    out->len += utf8_encode(character, out->data + out->len);
    return n;
}

enum fault cell_text_decode(struct span raw, struct buffer *scratch, struct span *ret)
{
    if (raw.len > CELL_TEXT_BYTES)
        return FAULT_LIMIT;
    *ret = raw;
    if (cell_text_is_plain(raw))
        return FAULT_NONE;
    buffer_clear(scratch);
    if (!buffer_reserve(scratch, raw.len + 4)) /* a reference is never shorter than its character */
        return FAULT_LIMIT;
    for (size_t at = 0; at < raw.len;) {
        size_t plain = plain_prefix(span_from(raw, at));
        memcpy(scratch->data + scratch->len, raw.data + at, plain);
        scratch->len += plain;
        at += plain;
        if (at == raw.len)
            break;
        size_t taken = decode_special(raw, at, scratch);
        if (!taken)
            return FAULT_CORRUPT;
        at += taken;
    }
    if (!cell_text_is_valid(buffer_span(scratch)))
        return FAULT_CORRUPT;
    scratch->len = cell_text_unescape(scratch->data, scratch->len);
    *ret = buffer_span(scratch);
    return FAULT_NONE;
}

/* SPDX-License-Identifier: MIT
 *
 * Texts and short tokens copied by whole words. What is read beyond the end of a text never leaves its page, what is stored
 * beyond the end of a copy is overwritten by what follows: the caller has asked for room.
 */
#ifndef SHEAF_WORKERS_ROW_TEXT_H
#define SHEAF_WORKERS_ROW_TEXT_H

#include <stdint.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "core/span.h"

#define ROW_TEXT_SPARE 64 /* room behind a copy that may be scribbled on */
#define ROW_XML_WORST 7   /* bytes that one byte may become: _x0001_ */

/* Sanitizers see reads beyond the end, rightly: there every copy is exact. */
#if defined(SHEAF_ASAN) || defined(SHEAF_FUZZ) || defined(SHEAF_TSAN) || defined(__SANITIZE_ADDRESS__)
#define ROW_READS_AHEAD 0
#else
#define ROW_READS_AHEAD 1
#endif

static inline bool row_can_read16(const char *at)
{
    return ROW_READS_AHEAD && ((uintptr_t)at & 4095) <= 4096 - 16;
}

/* Room: len + 16. */
static inline char *row_copy_token(char *to, struct span token)
{
    if (token.len <= 16 && row_can_read16(token.data)) {
        char word[16];
        memcpy(word, token.data, 16);
        memcpy(to, word, 16);
    } else if (token.len) {
        memcpy(to, token.data, token.len);
    }
    return to + token.len;
}

#ifdef __SSE2__
/* Bit per byte that XML content cannot hold as it is, or that may have to be escaped: controls, & < > _ and the first byte of
 * U+FFFE and U+FFFF. */
static inline unsigned row_xml_specials(__m128i v)
{
    __m128i controls = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1F)), v);
    __m128i brackets = _mm_cmpeq_epi8(_mm_and_si128(v, _mm_set1_epi8((char)0xFD)), _mm_set1_epi8('<'));
    __m128i others = _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('&')),
                                  _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('_')), _mm_cmpeq_epi8(v, _mm_set1_epi8((char)0xEF))));
    return (unsigned)_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(controls, brackets), others));
}
#endif

/* Copies `text` to `to` as far as it needs no escape, and returns how far that is. Room: len + 16. */
static inline size_t row_copy_xml_plain(char *to, struct span text)
{
#ifdef __SSE2__
    size_t at = 0;
    for (; at + 16 <= text.len; at += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text.data + at));
        _mm_storeu_si128((__m128i *)(void *)(to + at), v);
        unsigned specials = row_xml_specials(v);
        if (specials)
            return at + (unsigned)__builtin_ctz(specials);
    }
    size_t left = text.len - at;
    if (!left)
        return at;
    __m128i v;
    if (row_can_read16(text.data + at)) {
        v = _mm_loadu_si128((const __m128i *)(const void *)(text.data + at));
    } else {
        char word[16] = {0};
        memcpy(word, text.data + at, left);
        v = _mm_loadu_si128((const __m128i *)(const void *)word);
    }
    _mm_storeu_si128((__m128i *)(void *)(to + at), v);
    unsigned specials = row_xml_specials(v) & ((1u << left) - 1);
    return specials ? at + (unsigned)__builtin_ctz(specials) : text.len;
#else
    (void)to;
    (void)text;
    return 0;
#endif
}

/* The whole text, escaped as xml_put_text does (workbook/xml_put.h); valid UTF-8. Room: ROW_XML_WORST * len + 16. Returns
 * behind the last byte. *ret_break: it holds a line break or a tab. */
char *row_put_xml(char *to, struct span text, bool *ret_break);

#endif

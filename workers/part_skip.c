/* SPDX-License-Identifier: MIT */
#include "workers/part_skip.h"

#include <string.h>
#include <strings.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define TAG_BYTES_MAX ((size_t)64 << 10)

/* --- windows --- */

uint64_t part_windows_at(const struct part_windows *self)
{
    return entry_stream_offset(self->stream) - self->left.len;
}

static enum fault fill(struct part_windows *self, struct why *why)
{
    if (self->left.len || self->is_ended)
        return FAULT_NONE;
    enum fault fault = entry_stream_next(self->stream, &self->left, why);
    self->is_ended = fault == FAULT_NONE && !self->left.len;
    return fault;
}

static struct span take(struct part_windows *self, size_t len)
{
    struct span taken = span_make(self->left.data, len);
    self->left = span_from(self->left, len);
    return taken;
}

enum fault part_windows_next(struct part_windows *self, uint64_t to, struct span *ret, struct why *why)
{
    *ret = SPAN("");
    if (part_windows_at(self) >= to)
        return FAULT_NONE;
    enum fault fault = fill(self, why);
    if (fault != FAULT_NONE)
        return fault;
    uint64_t room = to - part_windows_at(self);
    *ret = take(self, self->left.len < room ? self->left.len : (size_t)room);
    return FAULT_NONE;
}

enum fault part_windows_next_tag(struct part_windows *self, struct span *ret, struct why *why)
{
    *ret = SPAN("");
    enum fault fault = fill(self, why);
    if (fault != FAULT_NONE || !self->left.len)
        return fault;
    const char *end = memchr(self->left.data, '>', self->left.len);
    *ret = take(self, end ? (size_t)(end - self->left.data) + 1 : self->left.len);
    return FAULT_NONE;
}

/* --- the prologue --- */

void part_skip_init(struct part_skip *self)
{
    *self = (struct part_skip){0};
    buffer_init(&self->prologue, PART_PROLOGUE_BYTES_MAX + ((size_t)1 << 20));
    buffer_init(&self->tag, TAG_BYTES_MAX);
}

void part_skip_free(struct part_skip *self)
{
    buffer_free(&self->prologue);
    buffer_free(&self->tag);
}

static const char *find(struct span in, const char *text)
{
    return memmem(in.data, in.len, text, strlen(text));
}

/* No declaration, or one of UTF-8. */
static bool is_utf8(struct span prologue)
{
    if (span_starts(prologue, SPAN("\xef\xbb\xbf")))
        prologue = span_from(prologue, 3);
    if (!prologue.len || prologue.data[0] != '<')
        return false;
    const char *end = span_starts(prologue, SPAN("<?xml")) ? find(prologue, "?>") : NULL;
    if (!end)
        return prologue.len > 1 && prologue.data[1] != '?' && prologue.data[1] != '\0';
    struct span declaration = span_make(prologue.data, (size_t)(end - prologue.data));
    const char *name = find(declaration, "encoding");
    if (!name)
        return true;
    struct span value = span_from(declaration, (size_t)(name - declaration.data) + 8);
    value = span_trim_ascii(value);
    if (!value.len || value.data[0] != '=')
        return false;
    value = span_trim_ascii(span_from(value, 1));
    return value.len >= 7 && strncasecmp(value.data + 1, "utf-8", 5) == 0 && value.data[6] == value.data[0];
}

/* The end of <sheetData ...>; NULL while it is not there or of no use. */
static const char *end_of_start_tag(struct span prologue)
{
    const char *tag = find(prologue, "<sheetData");
    if (!tag)
        return NULL;
    struct span rest = span_from(prologue, (size_t)(tag - prologue.data));
    const char *end = memchr(rest.data, '>', rest.len);
    return end && end[-1] != '/' ? end + 1 : NULL;
}

/* What follows may only be skipped by looking at '<' and the letter behind it. */
static bool is_plain(struct span prologue)
{
    return is_utf8(prologue) && !find(prologue, "<!") && !find(prologue, "AlternateContent");
}

enum fault part_skip_begin(struct part_skip *self, struct part_windows *windows, struct why *why)
{
    buffer_clear(&self->prologue);
    self->can_skip = false;
    for (;;) {
        struct span window;
        enum fault fault = part_windows_next(windows, UINT64_MAX, &window, why);
        if (fault != FAULT_NONE || !window.len)
            return fault;
        size_t before = self->prologue.len;
        buffer_put(&self->prologue, window);
        const char *end = end_of_start_tag(buffer_span(&self->prologue));
        if (!end && self->prologue.len > PART_PROLOGUE_BYTES_MAX)
            return FAULT_NONE;
        if (!end)
            continue;
        size_t used = (size_t)(end - self->prologue.data) - before;
        windows->left = span_make(window.data + used, window.len - used + windows->left.len);
        self->prologue.len = before + used;
        self->can_skip = is_plain(buffer_span(&self->prologue));
        return FAULT_NONE;
    }
}

/* --- skipping --- */

/* The elements of rows: r (row, rich runs), c, v, f, i(s), t, and end tags. */
static bool is_known(char c)
{
    return c == 'c' || c == '/' || c == 'v' || c == 'r' || c == 'f' || c == 'i' || c == 't';
}

/* What stands at bytes.data[at], with one byte behind it at least, would change what follows means: an element that rows do not
 * have, a declaration of a namespace. */
static bool is_odd(struct span bytes, size_t at)
{
    char c = bytes.data[at], next = bytes.data[at + 1];
    if (c == '<')
        return !is_known(next);
    return c == 'x' && next == 'm' && (bytes.len - at < 5 || memcmp(bytes.data + at, "xmlns", 5) == 0);
}

static bool is_plain_run(struct span bytes)
{
    size_t at = 0;
#ifdef __SSE2__
    for (; at + 17 <= bytes.len; at += 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(bytes.data + at));
        __m128i next = _mm_loadu_si128((const __m128i *)(const void *)(bytes.data + at + 1));
        __m128i usual = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(next, _mm_set1_epi8('c')), _mm_cmpeq_epi8(next, _mm_set1_epi8('/'))),
                                     _mm_or_si128(_mm_cmpeq_epi8(next, _mm_set1_epi8('v')), _mm_cmpeq_epi8(next, _mm_set1_epi8('r'))));
        __m128i odd = _mm_andnot_si128(usual, _mm_cmpeq_epi8(v, _mm_set1_epi8('<')));
        odd = _mm_or_si128(odd, _mm_and_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('x')), _mm_cmpeq_epi8(next, _mm_set1_epi8('m'))));
        for (unsigned mask = (unsigned)_mm_movemask_epi8(odd); mask; mask &= mask - 1) {
            if (is_odd(bytes, at + (unsigned)__builtin_ctz(mask)))
                return false;
        }
    }
#endif
    for (; at + 1 < bytes.len; at++) {
        if (is_odd(bytes, at))
            return false;
    }
    return true;
}

/* Whether all of it is of the plain kind, as far as can be told: a name that two windows share is none. */
static bool pass(struct part_skip *self, struct span bytes)
{
    if (!bytes.len)
        return true;
    char before = self->last;
    self->last = bytes.data[bytes.len - 1];
    if ((before == '<' && !is_known(bytes.data[0])) || (before == 'x' && bytes.data[0] == 'm'))
        return false;
    return is_plain_run(bytes);
}

/* Keeps what may be the beginning of a tag. False: it grows too long to be one. */
static bool keep_tail(struct part_skip *self, struct span bytes)
{
    const char *less = memrchr(bytes.data, '<', bytes.len);
    if (less) {
        buffer_clear(&self->tag);
        bytes = span_from(bytes, (size_t)(less - bytes.data));
    } else if (!self->tag.len) {
        return true;
    }
    return buffer_append(&self->tag, bytes) == FAULT_NONE;
}

/* Where the tag at the start of `bytes` ends, behind '>', quotes heeded; 0: not yet. */
static size_t tag_len(struct span bytes)
{
    char quote = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        char c = bytes.data[i];
        if (quote)
            quote = c == quote ? 0 : quote;
        else if (c == '"' || c == '\'')
            quote = c;
        else if (c == '>')
            return i + 1;
    }
    return 0;
}

static bool is_row_tag(struct span tag)
{
    return tag.len >= 5 && span_starts(tag, SPAN("<row")) && (tag.data[4] == '>' || tag.data[4] == '/' || (unsigned char)tag.data[4] <= ' ');
}

static bool says_number(struct span tag)
{
    for (size_t i = 5; i + 2 < tag.len; i++) {
        if ((unsigned char)tag.data[i - 1] <= ' ' && tag.data[i] == 'r' && (tag.data[i + 1] == '=' || (unsigned char)tag.data[i + 1] <= ' '))
            return true;
    }
    return false;
}

/* Completes the tag that has begun in self->tag, or finds the next '<' and what follows it up to '>'. */
static enum fault next_tag(struct part_skip *self, struct part_windows *windows, bool *ret_found, struct why *why)
{
    *ret_found = false;
    for (;;) {
        struct span bytes;
        if (self->tag.len && tag_len(buffer_span(&self->tag))) {
            *ret_found = true;
            return FAULT_NONE;
        }
        enum fault fault = part_windows_next_tag(windows, &bytes, why);
        if (fault != FAULT_NONE || !bytes.len)
            return fault;
        if (!pass(self, bytes))
            return self->can_skip = false, FAULT_NONE;
        if (!self->tag.len) {
            const char *less = memchr(bytes.data, '<', bytes.len);
            bytes = less ? span_from(bytes, (size_t)(less - bytes.data)) : SPAN("");
        }
        if (buffer_append(&self->tag, bytes) != FAULT_NONE)
            return self->can_skip = false, FAULT_NONE;
    }
}

enum fault part_skip_to(struct part_skip *self, struct part_windows *windows, uint64_t from, struct why *why)
{
    struct span bytes;
    enum fault fault;
    buffer_clear(&self->tag);
    self->can_skip = self->can_skip && part_windows_at(windows) <= from;
    self->last = '>'; /* where a slice or the prologue ended */
    while (self->can_skip) {
        if ((fault = part_windows_next(windows, from, &bytes, why)) != FAULT_NONE)
            return fault;
        if (!bytes.len)
            break;
        self->can_skip = pass(self, bytes) && keep_tail(self, bytes);
    }
    if (self->tag.len && tag_len(buffer_span(&self->tag)))
        buffer_clear(&self->tag); /* it ended before `from` */
    while (self->can_skip) {
        bool is_found;
        if ((fault = next_tag(self, windows, &is_found, why)) != FAULT_NONE)
            return fault;
        struct span tag = buffer_span(&self->tag);
        if (!is_found) {
            buffer_clear(&self->tag);
            return FAULT_NONE;
        }
        if (is_row_tag(tag)) {
            self->can_skip = says_number(tag);
            return FAULT_NONE;
        }
        buffer_clear(&self->tag);
    }
    return FAULT_NONE;
}

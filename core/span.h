/* SPDX-License-Identifier: MIT
 *
 * A span is a view of bytes that somebody else owns: it lives as long as what it looks at. Not
 * terminated. A value: copied, compared, never freed.
 */
#ifndef SHEAF_CORE_SPAN_H
#define SHEAF_CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct span {
    const char *data; /* may be NULL only when len is 0 */
    size_t len;
};

#define SPAN(literal) ((struct span){"" literal, sizeof(literal) - 1})
#define SPAN_ARGS(s) (int)(s).len, (s).len ? (s).data : "" /* for "%.*s" */

static inline struct span span_of(const char *text)
{
    return (struct span){text, text ? strlen(text) : 0};
}

static inline struct span span_make(const void *data, size_t len)
{
    return (struct span){data, len};
}

static inline bool span_equal(struct span a, struct span b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static inline bool span_is(struct span a, const char *text)
{
    return span_equal(a, span_of(text));
}

static inline bool span_starts(struct span a, struct span prefix)
{
    return a.len >= prefix.len && (prefix.len == 0 || memcmp(a.data, prefix.data, prefix.len) == 0);
}

static inline bool span_ends(struct span a, struct span suffix)
{
    return a.len >= suffix.len &&
           (suffix.len == 0 || memcmp(a.data + a.len - suffix.len, suffix.data, suffix.len) == 0);
}

/* Bytewise order, shorter first on a common prefix. */
static inline int span_compare(struct span a, struct span b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n ? memcmp(a.data, b.data, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

/* The rest of `s` from byte `at` (at <= s.len). */
static inline struct span span_from(struct span s, size_t at)
{
    return (struct span){at ? s.data + at : s.data, s.len - at}; /* NULL + 0 is not defined in C17 */
}

static inline struct span span_trim_ascii(struct span s)
{
    while (s.len && (s.data[0] == ' ' || (s.data[0] >= '\t' && s.data[0] <= '\r')))
        s.data++, s.len--;
    while (s.len && (s.data[s.len - 1] == ' ' || (s.data[s.len - 1] >= '\t' && s.data[s.len - 1] <= '\r')))
        s.len--;
    return s;
}

#endif

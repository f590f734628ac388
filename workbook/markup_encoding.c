/* SPDX-License-Identifier: MIT */
#include "workbook/markup_encoding.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/buffer.h"
#include "core/must.h"
#include "core/utf8.h"

#define DECLARATION_BYTES 1024 /* "<?xml ... ?>" */
#define PIECE_BYTES ((size_t)16 << 10)

enum encoding { UNDECIDED, UTF8, UTF16_LITTLE, UTF16_BIG, LATIN1 };

struct markup_encoding {
    markup_encoding_sink *sink;
    void *context;
    struct why *why;
    enum encoding encoding;
    struct buffer head;  /* what came before the encoding is decided; later: transcoded pieces */
    unsigned odd_bytes;  /* UTF-16: a byte that waits for its other half */
    unsigned char odd;
    uint32_t high_half;  /* UTF-16: a surrogate that waits for its other half; 0: none */
};

struct markup_encoding *markup_encoding_new(markup_encoding_sink *sink, void *context, struct why *why)
{
    struct markup_encoding *self = must_alloc(sizeof *self);
    self->sink = sink;
    self->context = context;
    self->why = why;
    buffer_init(&self->head, DECLARATION_BYTES + PIECE_BYTES);
    return self;
}

void markup_encoding_destroy(struct markup_encoding **self)
{
    if (!*self)
        return;
    buffer_free(&(*self)->head);
    free(*self);
    *self = NULL;
}

/* --- detection ---------------------------------------------------------------------------------------------------------- */

struct mark {
    const char *bytes;
    size_t len, skipped;
    enum encoding encoding;
};

static const struct mark marks[] = {
    {"\xEF\xBB\xBF", 3, 3, UTF8},      {"\xFF\xFE", 2, 2, UTF16_LITTLE},   {"\xFE\xFF", 2, 2, UTF16_BIG},
    {"<\0", 2, 0, UTF16_LITTLE},       {"\0<", 2, 0, UTF16_BIG},
};

/* The value of encoding="..." in an XML declaration; empty when there is none. */
static struct span declared_name(struct span declaration)
{
    const char *end = declaration.data + declaration.len;
    const char *at = memmem(declaration.data, declaration.len, "encoding", 8);
    if (!at)
        return (struct span){NULL, 0};
    at += 8;
    while (at < end && *at != '"' && *at != '\'')
        at++;
    const char *close = at < end ? memchr(at + 1, *at, (size_t)(end - at - 1)) : NULL;
    return close ? span_make(at + 1, (size_t)(close - at - 1)) : (struct span){NULL, 0};
}

static bool is_name(struct span name, const char *known)
{
    return name.len == strlen(known) && strncasecmp(name.data, known, name.len) == 0;
}

/* A declaration that reads as bytes is no UTF-16, whatever it says: writers that transcode forget to change it. */
static enum fault decide_by_name(struct markup_encoding *self, struct span name)
{
    static const struct {
        const char *name;
        enum encoding encoding;
    } table[] = {{"utf-8", UTF8},       {"utf8", UTF8},         {"us-ascii", UTF8},     {"ascii", UTF8},
                 {"utf-16", UTF8},      {"utf-16le", UTF8},     {"iso-8859-1", LATIN1}, {"latin1", LATIN1}};
    self->encoding = UTF8;
    if (!name.len)
        return FAULT_NONE;
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (is_name(name, table[i].name)) {
            self->encoding = table[i].encoding;
            return FAULT_NONE;
        }
    }
    return why_set(self->why, FAULT_UNSUPPORTED, "the encoding \"%.*s\" is not supported",
                   (int)(name.len < 40 ? name.len : 40), name.data);
}

/* Decides from the first bytes; stays UNDECIDED where they are too few. */
static enum fault decide(struct markup_encoding *self, struct span head, bool is_final, size_t *ret_skipped)
{
    *ret_skipped = 0;
    if (head.len < 5 && !is_final) /* "<?xml" */
        return FAULT_NONE;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (!span_starts(head, span_make(marks[i].bytes, marks[i].len)))
            continue;
        *ret_skipped = marks[i].skipped;
        if (marks[i].encoding == UTF8)
            break; /* the declaration may follow, and lie; the mark wins */
        self->encoding = marks[i].encoding;
        return FAULT_NONE;
    }
    self->encoding = UTF8;
    if (*ret_skipped || !span_starts(head, SPAN("<?xml")))
        return FAULT_NONE;
    const char *stop = memmem(head.data, head.len < DECLARATION_BYTES ? head.len : DECLARATION_BYTES, "?>", 2);
    if (stop)
        return decide_by_name(self, declared_name(span_make(head.data, (size_t)(stop - head.data))));
    if (head.len < DECLARATION_BYTES && !is_final)
        self->encoding = UNDECIDED;
    return FAULT_NONE;
}

/* --- transcoding -------------------------------------------------------------------------------------------------------- */

static void put_character(struct buffer *out, uint32_t character)
{
    out->len += utf8_encode(character, out->data + out->len);
}

static enum fault put_utf16_unit(struct markup_encoding *self, uint32_t unit)
{
    bool is_low = unit >= 0xDC00 && unit < 0xE000, is_high = unit >= 0xD800 && unit < 0xDC00;
    if (is_low != (self->high_half != 0))
        return why_set(self->why, FAULT_CORRUPT, "half a surrogate pair in UTF-16");
    if (is_high)
        self->high_half = unit;
    else if (is_low)
        put_character(&self->head, 0x10000 + ((self->high_half - 0xD800) << 10) + (unit - 0xDC00));
    else
        put_character(&self->head, unit);
    if (is_low)
        self->high_half = 0;
    return FAULT_NONE;
}

static enum fault put_byte(struct markup_encoding *self, unsigned char byte)
{
    if (self->encoding == LATIN1) {
        put_character(&self->head, byte);
        return FAULT_NONE;
    }
    if (!self->odd_bytes) {
        self->odd = byte;
        self->odd_bytes = 1;
        return FAULT_NONE;
    }
    self->odd_bytes = 0;
    uint32_t unit = self->encoding == UTF16_LITTLE ? self->odd | (uint32_t)byte << 8 : (uint32_t)self->odd << 8 | byte;
    return put_utf16_unit(self, unit);
}

/* What stands before a broken character is handed on first: its faults come first wherever the windows are cut. */
static enum fault transcode(struct markup_encoding *self, struct span bytes)
{
    buffer_clear(&self->head); /* it still holds the last piece of the call before */
    must(buffer_reserve(&self->head, PIECE_BYTES));
    enum fault broken = FAULT_NONE;
    for (size_t i = 0; !broken && i < bytes.len;) {
        self->head.len = 0;
        for (; !broken && i < bytes.len && self->head.len + 4 <= PIECE_BYTES; i++)
            broken = put_byte(self, (unsigned char)bytes.data[i]);
        enum fault fault = self->head.len ? self->sink(self->context, buffer_span(&self->head)) : FAULT_NONE;
        if (fault)
            return fault;
    }
    return broken;
}

static enum fault hand_on(struct markup_encoding *self, struct span bytes)
{
    if (!bytes.len)
        return FAULT_NONE;
    return self->encoding == UTF8 ? self->sink(self->context, bytes) : transcode(self, bytes);
}

/* --- the stream --------------------------------------------------------------------------------------------------------- */

/* Decides on what is in `head`, then hands it on; transcoding needs that buffer, so it goes by a copy. */
static enum fault try_head(struct markup_encoding *self, bool is_final)
{
    size_t skipped;
    enum fault fault = decide(self, buffer_span(&self->head), is_final, &skipped);
    if (fault || self->encoding == UNDECIDED)
        return fault;
    char copy[DECLARATION_BYTES];
    size_t n = self->head.len - skipped;
    must(n <= sizeof copy);
    if (n)
        memcpy(copy, self->head.data + skipped, n);
    buffer_clear(&self->head);
    return hand_on(self, span_make(copy, n));
}

enum fault markup_encoding_push(struct markup_encoding *self, struct span bytes)
{
    while (self->encoding == UNDECIDED && bytes.len) {
        size_t room = DECLARATION_BYTES - self->head.len, n = bytes.len < room ? bytes.len : room;
        must(n > 0 && buffer_append(&self->head, span_make(bytes.data, n)) == FAULT_NONE);
        bytes = span_from(bytes, n);
        enum fault fault = try_head(self, false);
        if (fault)
            return fault;
    }
    return hand_on(self, bytes);
}

enum fault markup_encoding_finish(struct markup_encoding *self)
{
    enum fault fault = FAULT_NONE;
    if (self->encoding == UNDECIDED)
        fault = try_head(self, true);
    if (!fault && (self->odd_bytes || self->high_half))
        fault = why_set(self->why, FAULT_CORRUPT, "the part ends within a character of UTF-16");
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * Documents that arrive in pieces: UTF-16 becomes UTF-8 first, whole tokens are cut from a window, the
 * unfinished one waits for more. Memory is the longest token, not the document.
 */
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/xml_cut.h"

#define TOKEN_BYTES_MAX ((size_t)16 << 20)
#define DEPTH_MAX 256

enum encoding { ENCODING_UNKNOWN, ENCODING_UTF8, ENCODING_UTF16LE, ENCODING_UTF16BE };

struct xml_cut_stream {
    xml_cut_visit *visit;
    void *context;
    enum encoding encoding;
    struct buffer raw;    /* undecided or half a character */
    struct buffer window; /* UTF-8 */
    unsigned depth;
    uint32_t high; /* a high surrogate that waits for its low one */
    struct buffer declaration;
};

struct xml_cut_stream *xml_cut_stream_new(xml_cut_visit *visit, void *context)
{
    struct xml_cut_stream *self = must_alloc(sizeof *self);
    self->visit = visit;
    self->context = context;
    buffer_init(&self->raw, TOKEN_BYTES_MAX);
    buffer_init(&self->window, 4 * TOKEN_BYTES_MAX);
    buffer_init(&self->declaration, BUFFER_LIMIT_DEFAULT);
    return self;
}

void xml_cut_stream_destroy(struct xml_cut_stream **self_p)
{
    struct xml_cut_stream *self = *self_p;
    if (!self)
        return;
    buffer_free(&self->raw);
    buffer_free(&self->window);
    buffer_free(&self->declaration);
    free(self);
    *self_p = NULL;
}

/* --- encodings ---------------------------------------------------------------------------------------------- */

static enum encoding detect(struct span raw)
{
    static const struct {
        const char *bytes;
        enum encoding encoding;
    } marks[] = {{"\xff\xfe", ENCODING_UTF16LE}, {"\xfe\xff", ENCODING_UTF16BE}, {"<\0", ENCODING_UTF16LE}, {"\0<", ENCODING_UTF16BE}};
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (raw.len >= 2 && memcmp(raw.data, marks[i].bytes, 2) == 0)
            return marks[i].encoding;
    return ENCODING_UTF8;
}

static void put_unit(struct xml_cut_stream *self, uint32_t unit)
{
    char bytes[4];
    if (unit >= 0xd800 && unit < 0xdc00) {
        if (self->high)
            buffer_put_text(&self->window, "\xef\xbf\xbd");
        self->high = unit;
        return;
    }
    uint32_t character = unit;
    if (unit >= 0xdc00 && unit < 0xe000)
        character = self->high ? 0x10000 + ((self->high - 0xd800) << 10) + (unit - 0xdc00) : 0xfffd;
    else if (self->high)
        buffer_put_text(&self->window, "\xef\xbf\xbd");
    self->high = 0;
    if (character != 0xfeff)
        buffer_put(&self->window, span_make(bytes, utf8_encode(character, bytes)));
}

static void transcode(struct xml_cut_stream *self)
{
    const unsigned char *bytes = (const unsigned char *)self->raw.data;
    bool is_big = self->encoding == ENCODING_UTF16BE;
    size_t i = 0;
    for (; i + 1 < self->raw.len; i += 2)
        put_unit(self, (uint32_t)bytes[i + is_big] | (uint32_t)bytes[i + !is_big] << 8);
    memmove(self->raw.data, self->raw.data + i, self->raw.len - i);
    self->raw.len -= i;
}

static enum fault take(struct xml_cut_stream *self, struct span bytes, struct why *why)
{
    if (self->encoding != ENCODING_UTF8) {
        if (buffer_append(&self->raw, bytes))
            return why_set(why, FAULT_LIMIT, "the XML has a token over %zu MiB", TOKEN_BYTES_MAX >> 20);
        if (self->raw.len < 4 && self->encoding == ENCODING_UNKNOWN)
            return FAULT_NONE;
        if (self->encoding == ENCODING_UNKNOWN)
            self->encoding = detect(buffer_span(&self->raw));
        if (self->encoding != ENCODING_UTF8)
            return transcode(self), FAULT_NONE;
        bytes = buffer_span(&self->raw);
    }
    enum fault fault = buffer_append(&self->window, bytes);
    buffer_clear(&self->raw);
    return fault ? why_set(why, FAULT_LIMIT, "the XML has a token over %zu MiB", TOKEN_BYTES_MAX >> 20) : FAULT_NONE;
}

/* --- tokens ------------------------------------------------------------------------------------------------- */

/* The declaration as it must read now that the bytes are UTF-8; other encodings are refused by name. */
static enum fault check_declaration(struct xml_cut_stream *self, struct xml_cut_token *token, struct why *why)
{
    struct xml_cut_token tag = *token;
    tag.kind = XML_CUT_START;
    tag.name = span_make(token->raw.data + 2, 3);
    struct span name = xml_cut_value(&tag, "encoding");
    if (!name.data || (name.len == 5 && strncasecmp(name.data, "utf-8", 5) == 0) ||
        (name.len == 4 && strncasecmp(name.data, "utf8", 4) == 0))
        return FAULT_NONE;
    bool is_utf16 = name.len >= 6 && strncasecmp(name.data, "utf-16", 6) == 0;
    if (!is_utf16 && !(name.len == 8 && strncasecmp(name.data, "us-ascii", 8) == 0))
        return why_set(why, FAULT_UNSUPPORTED, "the XML is in the encoding %.*s; save the workbook again with Excel",
                       SPAN_ARGS(name));
    size_t at = (size_t)(name.data - token->raw.data);
    buffer_put(&self->declaration, span_make(token->raw.data, at));
    buffer_put_text(&self->declaration, "UTF-8");
    buffer_put(&self->declaration, span_from(token->raw, at + name.len));
    token->raw = buffer_span(&self->declaration);
    return FAULT_NONE;
}

static enum fault visit_token(struct xml_cut_stream *self, struct xml_cut_token *token, unsigned depth, struct why *why)
{
    if (depth > DEPTH_MAX)
        return why_set(why, FAULT_LIMIT, "the XML is nested over %u deep", DEPTH_MAX);
    if (token->kind == XML_CUT_OTHER && span_starts(token->raw, SPAN("<?xml "))) {
        enum fault fault = check_declaration(self, token, why);
        if (fault)
            return fault;
    }
    return self->visit(self->context, token);
}

static enum fault cut_tokens(struct xml_cut_stream *self, bool is_last, struct why *why)
{
    struct xml_cut cutter = {.document = buffer_span(&self->window), .depth = self->depth};
    struct xml_cut_token token;
    enum xml_cut_answer answer;
    enum fault fault = FAULT_NONE;
    while (!fault && (answer = xml_cut_next(&cutter, &token)) == XML_CUT_GOT)
        fault = visit_token(self, &token, cutter.depth, why);
    if (fault)
        return fault;
    if (answer == XML_CUT_DOCTYPE)
        return why_set(why, FAULT_UNSAFE_XML, "the XML has a DOCTYPE");
    if (answer == XML_CUT_BAD || (is_last && (answer == XML_CUT_MORE || cutter.depth)))
        return why_set(why, FAULT_CORRUPT, is_last ? "the XML ends before its elements do" : "the XML is malformed");
    size_t left = self->window.len - cutter.at;
    if (left > TOKEN_BYTES_MAX)
        return why_set(why, FAULT_LIMIT, "the XML has a token over %zu MiB", TOKEN_BYTES_MAX >> 20);
    if (left)
        memmove(self->window.data, self->window.data + cutter.at, left);
    self->window.len = left;
    self->depth = cutter.depth;
    return FAULT_NONE;
}

enum fault xml_cut_stream_feed(struct xml_cut_stream *self, struct span bytes, struct why *why)
{
    while (bytes.len) {
        size_t len = bytes.len < (1u << 20) ? bytes.len : 1u << 20;
        enum fault fault = take(self, span_make(bytes.data, len), why);
        if (!fault && self->window.len)
            fault = cut_tokens(self, false, why);
        if (fault)
            return fault;
        bytes = span_from(bytes, len);
    }
    return FAULT_NONE;
}

enum fault xml_cut_stream_end(struct xml_cut_stream *self, struct why *why)
{
    if (self->raw.len && self->encoding == ENCODING_UNKNOWN) { /* fewer than four bytes in all */
        self->encoding = ENCODING_UTF8;
        buffer_put(&self->window, buffer_span(&self->raw));
        buffer_clear(&self->raw);
    }
    if (self->raw.len || self->high)
        return why_set(why, FAULT_CORRUPT, "the XML ends inside a character");
    return cut_tokens(self, true, why);
}

struct feed {
    struct xml_cut_stream *stream;
    struct why *why;
};

static enum fault feed_piece(void *context, struct span bytes)
{
    struct feed *feed = context;
    return xml_cut_stream_feed(feed->stream, bytes, feed->why);
}

enum fault xml_cut_stream_part(struct package *package, size_t entry, xml_cut_visit *visit, void *context,
                              struct why *why)
{
    struct feed feed = {xml_cut_stream_new(visit, context), why};
    enum fault fault = package_stream(package, entry, feed_piece, &feed, why);
    if (!fault)
        fault = xml_cut_stream_end(feed.stream, why);
    if (fault)
        why_at_part(why, package_entry_at(package, entry)->name);
    xml_cut_stream_destroy(&feed.stream);
    return fault;
}

static enum fault append_token(void *context, const struct xml_cut_token *token)
{
    return buffer_append(context, token->raw);
}

enum fault xml_cut_read_part(struct package *package, size_t entry, struct buffer *out, struct why *why)
{
    struct buffer raw;
    buffer_init(&raw, (size_t)package_budget(package)->small_part_bytes);
    enum fault fault = package_read(package, entry, &raw, why);
    struct xml_cut_stream *stream = xml_cut_stream_new(append_token, out);
    if (!fault)
        fault = xml_cut_stream_feed(stream, buffer_span(&raw), why);
    if (!fault)
        fault = xml_cut_stream_end(stream, why);
    if (fault)
        why_at_part(why, package_entry_at(package, entry)->name);
    xml_cut_stream_destroy(&stream);
    buffer_free(&raw);
    return fault;
}

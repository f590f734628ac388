/* SPDX-License-Identifier: MIT
 *
 * The cutter: tags, attributes and changed tags over a document in memory. workbook/xml_cut_stream.c feeds
 * it windows of a stream.
 */
#include <stdio.h>

#include "core/utf8.h"
#include "workbook/xml_cut.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* --- tokens ------------------------------------------------------------------------------------------------ */

static bool find(struct span in, const char *what, size_t from, size_t *ret_end)
{
    size_t len = strlen(what);
    const char *hit = from > in.len ? NULL : memmem(in.data + from, in.len - from, what, len);
    if (hit)
        *ret_end = (size_t)(hit - in.data) + len;
    return hit != NULL;
}

static enum xml_cut_answer cut_other(struct span rest, struct xml_cut_token *ret)
{
    size_t end = 0;
    ret->kind = XML_CUT_OTHER;
    bool is_whole = false;
    if (span_starts(rest, SPAN("<?")))
        is_whole = find(rest, "?>", 2, &end);
    else if (span_starts(rest, SPAN("<!--")))
        is_whole = find(rest, "-->", 4, &end);
    else if (span_starts(rest, SPAN("<![CDATA["))) {
        ret->kind = XML_CUT_CDATA;
        is_whole = find(rest, "]]>", 9, &end);
    } else if (rest.len >= 9) {
        return span_starts(rest, SPAN("<!DOCTYPE")) ? XML_CUT_DOCTYPE : XML_CUT_BAD;
    }
    if (!is_whole)
        return XML_CUT_MORE;
    ret->raw = span_make(rest.data, end);
    return XML_CUT_GOT;
}

/* Where the tag ends: '>' outside of quotes. */
static enum xml_cut_answer tag_end(struct span rest, size_t *ret)
{
    char quote = 0;
    for (size_t i = 1; i < rest.len; i++) {
        char c = rest.data[i];
        if (quote) {
            const char *hit = memchr(rest.data + i, quote, rest.len - i);
            if (!hit)
                return XML_CUT_MORE;
            i = (size_t)(hit - rest.data);
            quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '>') {
            *ret = i + 1;
            return XML_CUT_GOT;
        } else if (c == '<') {
            return XML_CUT_BAD;
        }
    }
    return XML_CUT_MORE;
}

/* A patch takes attributes out of a tag: what is left must still be a tag, so nothing but attributes may stand in it. */
static bool is_whole(const struct xml_cut_token *tag, size_t name_end)
{
    struct xml_cut_attribute attribute;
    size_t at = 0, end = name_end;
    while (tag->kind != XML_CUT_END && xml_cut_attribute_next(tag, &at, &attribute)) {
        if (!is_space(attribute.raw.data[0]))
            return false;
        end = at;
    }
    while (is_space(tag->raw.data[end]))
        end++;
    return end == tag->raw.len - (tag->kind == XML_CUT_EMPTY ? 2 : 1);
}

static enum xml_cut_answer cut_tag(struct span rest, struct xml_cut_token *ret)
{
    size_t end = 0;
    enum xml_cut_answer answer = tag_end(rest, &end);
    if (answer != XML_CUT_GOT)
        return answer;
    ret->raw = span_make(rest.data, end);
    bool is_end = rest.data[1] == '/';
    ret->kind = is_end ? XML_CUT_END : rest.data[end - 2] == '/' && end > 3 ? XML_CUT_EMPTY : XML_CUT_START;
    size_t from = is_end ? 2 : 1, to = from, colon = 0;
    for (; to < end - 1 && !is_space(rest.data[to]) && rest.data[to] != '/'; to++)
        if (rest.data[to] == ':' && !colon)
            colon = to + 1;
    for (size_t i = from; i < to; i++)
        if (strchr("\"'=&<", rest.data[i])) /* a NUL too */
            return XML_CUT_BAD;
    if (to == from)
        return XML_CUT_BAD;
    ret->name = span_make(rest.data + from, to - from);
    ret->prefix = span_make(rest.data + from, colon ? colon - from : 0);
    ret->local = colon ? span_make(rest.data + colon, to - colon) : ret->name;
    return ret->local.len && is_whole(ret, to) ? XML_CUT_GOT : XML_CUT_BAD;
}

enum xml_cut_answer xml_cut_next(struct xml_cut *self, struct xml_cut_token *ret)
{
    struct span rest = span_from(self->document, self->at);
    if (!rest.len)
        return XML_CUT_DONE;
    *ret = (struct xml_cut_token){0};
    enum xml_cut_answer answer = XML_CUT_GOT;
    if (rest.data[0] != '<') {
        const char *hit = memchr(rest.data, '<', rest.len);
        ret->kind = XML_CUT_TEXT;
        ret->raw = span_make(rest.data, hit ? (size_t)(hit - rest.data) : rest.len);
    } else if (rest.len < 2) {
        return XML_CUT_MORE;
    } else if (rest.data[1] == '!' || rest.data[1] == '?') {
        answer = cut_other(rest, ret);
    } else {
        answer = cut_tag(rest, ret);
    }
    if (answer != XML_CUT_GOT)
        return answer;
    self->at += ret->raw.len;
    if (ret->kind == XML_CUT_START)
        self->depth++;
    else if (ret->kind == XML_CUT_END && self->depth-- == 0)
        return XML_CUT_BAD;
    return XML_CUT_GOT;
}

enum fault xml_cut_read(struct xml_cut *self, struct xml_cut_token *ret, bool *ret_end, struct why *why)
{
    *ret_end = false;
    switch (xml_cut_next(self, ret)) {
    case XML_CUT_GOT:
        return FAULT_NONE;
    case XML_CUT_DONE:
        *ret_end = true;
        if (self->depth == 0)
            return FAULT_NONE;
        return why_set(why, FAULT_CORRUPT, "the XML ends before its elements do");
    case XML_CUT_DOCTYPE:
        return why_set(why, FAULT_UNSAFE_XML, "the XML has a DOCTYPE");
    case XML_CUT_MORE:
    case XML_CUT_BAD:
        break;
    }
    return why_set(why, FAULT_CORRUPT, "the XML is malformed at byte %zu", self->at);
}

enum fault xml_cut_skip(struct xml_cut *self, struct why *why)
{
    unsigned outside = self->depth - 1;
    struct xml_cut_token token;
    bool is_end = false;
    while (self->depth > outside) {
        enum fault fault = xml_cut_read(self, &token, &is_end, why);
        if (fault)
            return fault;
    }
    return FAULT_NONE;
}

/* --- attributes -------------------------------------------------------------------------------------------- */

bool xml_cut_attribute_next(const struct xml_cut_token *tag, size_t *at, struct xml_cut_attribute *ret)
{
    struct span raw = tag->raw;
    size_t i = *at ? *at : (size_t)(tag->name.data - raw.data) + tag->name.len, start = i;
    while (i < raw.len && is_space(raw.data[i]))
        i++;
    size_t name = i;
    while (i < raw.len && raw.data[i] != '=' && raw.data[i] != '>' && raw.data[i] != '/' && !is_space(raw.data[i]))
        i++;
    ret->name = span_make(raw.data + name, i - name);
    while (i < raw.len && is_space(raw.data[i]))
        i++;
    if (!ret->name.len || i >= raw.len || raw.data[i] != '=')
        return false;
    for (i++; i < raw.len && is_space(raw.data[i]); i++)
        ;
    if (i >= raw.len || (raw.data[i] != '"' && raw.data[i] != '\''))
        return false;
    const char *close = memchr(raw.data + i + 1, raw.data[i], raw.len - i - 1);
    if (!close)
        return false;
    ret->value = span_make(raw.data + i + 1, (size_t)(close - raw.data) - i - 1);
    *at = (size_t)(close - raw.data) + 1;
    ret->raw = span_make(raw.data + start, *at - start);
    return true;
}

struct span xml_cut_value(const struct xml_cut_token *tag, const char *name)
{
    struct xml_cut_attribute attribute;
    for (size_t at = 0; xml_cut_attribute_next(tag, &at, &attribute);)
        if (span_is(attribute.name, name))
            return attribute.value;
    return span_make(NULL, 0);
}

bool xml_cut_value_u32(const struct xml_cut_token *tag, const char *name, uint32_t *ret)
{
    struct span text = span_trim_ascii(xml_cut_value(tag, name));
    uint64_t value = 0;
    if (!text.len || text.len > 10)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    *ret = (uint32_t)value;
    return value <= UINT32_MAX;
}

static uint32_t reference_number(struct span digits)
{
    uint32_t value = 0;
    bool is_hex = digits.len && digits.data[0] == 'x';
    for (size_t i = is_hex; i < digits.len; i++) {
        char c = digits.data[i];
        uint32_t digit = c >= '0' && c <= '9' ? (uint32_t)(c - '0') : c >= 'a' && c <= 'f' ? (uint32_t)(c - 'a' + 10)
                                                              : c >= 'A' && c <= 'F' ? (uint32_t)(c - 'A' + 10) : 99;
        if (digit >= (is_hex ? 16u : 10u) || value > 0x110000)
            return 0;
        value = value * (is_hex ? 16 : 10) + digit;
    }
    return value < 0x110000 && (value < 0xd800 || value > 0xdfff) ? value : 0;
}

static bool put_reference(struct span name, struct buffer *out)
{
    static const struct {
        const char *name;
        char value;
    } known[] = {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (span_is(name, known[i].name))
            return buffer_put_char(out, known[i].value), true;
    if (name.len < 2 || name.data[0] != '#')
        return false;
    uint32_t character = reference_number(span_from(name, 1));
    char bytes[4];
    if (character)
        buffer_put(out, span_make(bytes, utf8_encode(character, bytes)));
    return character != 0;
}

void xml_cut_decode(struct span raw, struct buffer *out)
{
    while (raw.len) {
        const char *amp = memchr(raw.data, '&', raw.len);
        size_t run = amp ? (size_t)(amp - raw.data) : raw.len;
        buffer_put(out, span_make(raw.data, run));
        raw = span_from(raw, run);
        if (!raw.len)
            return;
        const char *semicolon = memchr(raw.data, ';', raw.len < 12 ? raw.len : 12);
        size_t len = semicolon ? (size_t)(semicolon - raw.data) + 1 : 1;
        if (!semicolon || !put_reference(span_make(raw.data + 1, len - 2), out))
            buffer_put(out, span_make(raw.data, len));
        raw = span_from(raw, len);
    }
}

static const struct xml_cut_change *find_change(const struct xml_cut_change *changes, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++)
        if (span_is(name, changes[i].name))
            return &changes[i];
    return NULL;
}

static void put_attribute(struct buffer *out, const struct xml_cut_change *change)
{
    buffer_putf(out, " %s=\"", change->name);
    buffer_put(out, change->value);
    buffer_put_char(out, '"');
}

void xml_cut_put_changed(struct buffer *out, const struct xml_cut_token *tag, const struct xml_cut_change *changes,
                        size_t n, enum xml_cut_kind kind)
{
    size_t at = 0, tail = (size_t)(tag->name.data - tag->raw.data) + tag->name.len;
    buffer_put(out, span_make(tag->raw.data, tail));
    struct xml_cut_attribute attribute;
    while (xml_cut_attribute_next(tag, &at, &attribute)) {
        const struct xml_cut_change *change = find_change(changes, n, attribute.name);
        if (!change)
            buffer_put(out, attribute.raw);
        else if (change->value.data)
            put_attribute(out, change);
        tail = at;
    }
    for (size_t i = 0; i < n; i++)
        if (changes[i].value.data && !xml_cut_value(tag, changes[i].name).data)
            put_attribute(out, &changes[i]);
    size_t close = tag->raw.len - (tag->kind == XML_CUT_EMPTY ? 2 : 1);
    buffer_put(out, span_make(tag->raw.data + tail, close > tail ? close - tail : 0)); /* white space */
    buffer_put_text(out, kind == XML_CUT_EMPTY ? "/>" : ">");
}

/* SPDX-License-Identifier: MIT
 *
 * The tokenizer proper. `scan` takes as many whole tokens as a window holds; `markup_push` carries the rest over: the
 * tail and a little of the next window are joined in `carry`, and as soon as that token is done, scanning goes on in
 * the window itself, so that bytes are copied only around the seams. Encodings are in markup_encoding.c, open
 * elements and their namespaces in markup_elements.c.
 */
#include "workbook/markup.h"

#include <stdlib.h>
#include <string.h>

#include "core/buffer.h"
#include "core/must.h"
#include "core/utf8.h"
#include "workbook/cell_text.h"
#include "workbook/markup_encoding.h"
#include "workbook/markup_state.h"

#define SEAM_BYTES 256 /* how much of the next window joins the tail at first */

/* --- tags ---------------------------------------------------------------------------------------------------------------- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_name_end(char c)
{
    return is_space(c) || c == '>' || c == '/' || c == '=' || c == '<' || c == '"' || c == '\'' || c == '&';
}

static const char *skip_space(const char *at, const char *end)
{
    while (at < end && is_space(*at))
        at++;
    return at;
}

static const char *name_end(const char *at, const char *end)
{
    while (at < end && !is_name_end(*at))
        at++;
    return at;
}

/* Says no more than what any window shows of the tag. */
static enum fault malformed_tag(struct markup *self, const char *tag, const char *end)
{
    const char *name = tag + (tag + 1 < end && tag[1] == '/' ? 2 : 1), *stop = name_end(name, end);
    return why_set(self->why, FAULT_CORRUPT, "malformed tag \"%.*s\"", (int)(stop - tag < 60 ? stop - tag : 60), tag);
}

/* A whole tag may be at most MARKUP_TAG_BYTES; sets *ret_at to NULL where more bytes are wanted. */
static enum fault want_more(struct markup *self, const char *from, const char *end, const char **ret_at)
{
    *ret_at = NULL;
    if (self->is_final)
        return why_set(self->why, FAULT_CORRUPT, "the part is cut off within a tag");
    if ((size_t)(end - from) > MARKUP_TAG_BYTES)
        return why_set(self->why, FAULT_LIMIT, "a tag is longer than %zu bytes", MARKUP_TAG_BYTES);
    return FAULT_NONE;
}

/* References in attribute values are decoded behind each other into `decoded`, which has room for the whole tag. */
static enum fault decode_attribute(struct markup *self, struct span *value)
{
    struct span raw = *value;
    char *to = self->decoded.data + self->decoded.len, *from = to;
    for (size_t at = 0; at < raw.len;) {
        char c = raw.data[at];
        if (c != '&') {
            *to++ = is_space(c) ? ' ' : c;
            at++;
            continue;
        }
        const char *stop = memchr(raw.data + at, ';', raw.len - at);
        size_t n = stop ? (size_t)(stop - raw.data) - at + 1 : 0;
        uint32_t character = n ? reference_character(span_make(raw.data + at, n)) : 0;
        if (!character)
            return why_set(self->why, FAULT_CORRUPT, "bad character reference in an attribute");
        char bytes[4];
        unsigned len = utf8_encode(character, bytes);
        memcpy(to, bytes, len);
        to += len;
        at += n;
    }
    *value = span_make(from, (size_t)(to - from));
    self->decoded.len += value->len;
    return FAULT_NONE;
}

static bool is_repeated(const struct markup *self, size_t n, struct span name)
{
    for (size_t i = 0; i < n; i++) {
        if (span_equal(self->attributes[i].name, name))
            return true;
    }
    return false;
}

/* One attribute at *at; *at becomes NULL where more bytes are wanted. */
static enum fault take_attribute(struct markup *self, const char *tag, const char **at, const char *end, size_t *n)
{
    const char *from = *at, *stop = name_end(from, end);
    struct span name = span_make(from, (size_t)(stop - from));
    const char *equals = skip_space(stop, end);
    if (equals == end)
        return want_more(self, tag, end, at);
    const char *quote = skip_space(equals + 1, end);
    if (!name.len || *equals != '=' || (quote < end && *quote != '"' && *quote != '\''))
        return malformed_tag(self, tag, end);
    const char *close = quote < end ? memchr(quote + 1, *quote, (size_t)(end - quote - 1)) : NULL;
    if (!close)
        return want_more(self, tag, end, at);
    if (*n == MARKUP_ATTRIBUTES)
        return why_set(self->why, FAULT_LIMIT, "more than %d attributes on one tag", MARKUP_ATTRIBUTES);
    if (is_repeated(self, *n, name))
        return malformed_tag(self, tag, end);
    self->attributes[(*n)++] = (struct markup_attribute){name, span_make(quote + 1, (size_t)(close - quote - 1))};
    *at = close + 1;
    if (*at < end && !is_space(**at) && **at != '>' && **at != '/')
        return malformed_tag(self, tag, end);
    return FAULT_NONE;
}

static enum fault check_values(struct markup *self, size_t n, size_t tag_bytes)
{
    self->decoded.len = 0;
    for (size_t i = 0; i < n; i++) {
        struct span *value = &self->attributes[i].value;
        if (memchr(value->data, '<', value->len))
            return why_set(self->why, FAULT_CORRUPT, "'<' in an attribute value");
        if (!memchr(value->data, '&', value->len))
            continue;
        /* Room for all of them is made at the first: nothing moves afterwards. */
        if (!self->decoded.len && !buffer_reserve(&self->decoded, tag_bytes))
            return why_set(self->why, FAULT_LIMIT, "a tag is too long");
        enum fault fault = decode_attribute(self, value);
        if (fault)
            return fault;
    }
    return FAULT_NONE;
}

static enum fault take_start_tag(struct markup *self, const char **ret_at, const char *end)
{
    const char *tag = *ret_at, *at = name_end(tag + 1, end);
    struct span whole = span_make(tag + 1, (size_t)(at - tag - 1));
    size_t n = 0;
    enum fault fault;
    for (;;) {
        const char *next = skip_space(at, end);
        if (next == end)
            return want_more(self, tag, end, ret_at);
        if (*next == '>' || *next == '/') {
            at = next;
            break;
        }
        if (next == at)
            return malformed_tag(self, tag, end);
        at = next;
        fault = take_attribute(self, tag, &at, end, &n);
        if (fault || !at) {
            *ret_at = at;
            return fault;
        }
    }
    bool is_empty = *at == '/';
    if (is_empty && at + 1 == end)
        return want_more(self, tag, end, ret_at);
    if (!whole.len || (is_empty && at[1] != '>'))
        return malformed_tag(self, tag, end);
    at += 1 + is_empty;
    fault = check_values(self, n, (size_t)(at - tag));
    if (!fault)
        fault = markup_open(self, whole, n);
    if (!fault && is_empty)
        fault = markup_close(self);
    *ret_at = at;
    return fault;
}

static enum fault take_end_tag(struct markup *self, const char **ret_at, const char *end)
{
    const char *tag = *ret_at, *close = memchr(tag, '>', (size_t)(end - tag));
    if (!close)
        return want_more(self, tag, end, ret_at);
    const char *stop = name_end(tag + 2, close);
    struct span name = span_make(tag + 2, (size_t)(stop - tag - 2));
    if (skip_space(stop, close) != close)
        return malformed_tag(self, tag, end);
    if (self->depth == 0)
        return why_set(self->why, FAULT_CORRUPT, "an end tag without its start tag");
    size_t from = self->name_ends[self->depth - 1];
    struct span open = span_make(self->names.data + from, self->names.len - from);
    if (!span_equal(name, open))
        return why_set(self->why, FAULT_CORRUPT, "<%.*s> is closed by </%.*s>", (int)(open.len < 64 ? open.len : 64),
                       open.data, (int)(name.len < 64 ? name.len : 64), name.data);
    *ret_at = close + 1;
    return markup_close(self);
}

/* "<!...": a comment, CDATA, or a DOCTYPE that ends the reading. */
static enum fault take_declaration(struct markup *self, const char **ret_at, const char *end)
{
    static const struct {
        struct span text;
        enum markup_context context;
    } table[] = {{{"<!--", 4}, MARKUP_IN_COMMENT}, {{"<![CDATA[", 9}, MARKUP_IN_CDATA}};
    struct span rest = span_make(*ret_at, (size_t)(end - *ret_at));
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (span_starts(rest, table[i].text)) {
            if (table[i].context == MARKUP_IN_CDATA && self->depth == 0)
                return why_set(self->why, FAULT_CORRUPT, "CDATA outside of the root element");
            self->context = table[i].context;
            *ret_at += table[i].text.len;
            return FAULT_NONE;
        }
        if (span_starts(table[i].text, rest))
            return want_more(self, *ret_at, end, ret_at);
    }
    if (span_starts(rest, SPAN("<!D")))
        return why_set(self->why, FAULT_UNSAFE_XML, "a document type declaration (DOCTYPE) is not allowed in a workbook");
    return why_set(self->why, FAULT_CORRUPT, "malformed declaration");
}

static enum fault take_markup(struct markup *self, const char **ret_at, const char *end)
{
    const char *at = *ret_at;
    if (end - at < 2)
        return want_more(self, at, end, ret_at);
    if (at[1] == '/')
        return take_end_tag(self, ret_at, end);
    if (at[1] == '!')
        return take_declaration(self, ret_at, end);
    if (at[1] != '?')
        return take_start_tag(self, ret_at, end);
    self->context = MARKUP_IN_INSTRUCTION;
    *ret_at += 2;
    return FAULT_NONE;
}

/* --- text ---------------------------------------------------------------------------------------------------------------- */

static enum fault give_text(struct markup *self, const char *from, const char *to)
{
    return from < to ? self->reader.text(self->reader.self, span_make(from, (size_t)(to - from))) : FAULT_NONE;
}

/* A reference or a line end at *at; *at becomes NULL where more bytes are wanted. `is_whole`: a tag follows. */
static enum fault take_special(struct markup *self, const char **at, const char *end, bool is_whole)
{
    size_t left = (size_t)(end - *at);
    if (**at == '\r') {
        if (left == 1 && !is_whole) {
            *at = NULL;
            return FAULT_NONE;
        }
        *at += left > 1 && (*at)[1] == '\n' ? 2 : 1;
        return self->reader.text(self->reader.self, SPAN("\n"));
    }
    const char *stop = memchr(*at, ';', left < REFERENCE_BYTES ? left : REFERENCE_BYTES);
    if (!stop && left < REFERENCE_BYTES && !is_whole) {
        *at = NULL;
        return FAULT_NONE;
    }
    size_t n = stop ? (size_t)(stop - *at) + 1 : 0;
    uint32_t character = n ? reference_character(span_make(*at, n)) : 0;
    if (!character)
        return why_set(self->why, FAULT_CORRUPT, n ? "bad character reference \"%.*s\"" : "'&' begins no reference", (int)n,
                       *at);
    char bytes[4];
    *at += n;
    return self->reader.text(self->reader.self, span_make(bytes, utf8_encode(character, bytes)));
}

static enum fault take_wanted_text(struct markup *self, const char **ret_at, const char *end, bool is_whole,
                                   bool has_references)
{
    const char *from = *ret_at, *at = from;
    for (; at < end; at++) {
        if (*at != '\r' && !(has_references && *at == '&'))
            continue;
        enum fault fault = give_text(self, from, at);
        *ret_at = at;
        const char *next = at;
        if (!fault)
            fault = take_special(self, &next, end, is_whole);
        if (fault || !next)
            return fault;
        from = *ret_at = next;
        at = next - 1;
    }
    enum fault fault = give_text(self, from, end);
    *ret_at = end;
    return fault;
}

static enum fault take_text(struct markup *self, const char **ret_at, const char *end)
{
    const char *at = *ret_at, *stop = memchr(at, '<', (size_t)(end - at));
    bool is_whole = stop || self->is_final;
    if (!stop)
        stop = end;
    if (self->depth == 0 && skip_space(at, stop) != stop)
        return why_set(self->why, FAULT_CORRUPT, "text outside of the root element");
    if (self->wants_text && !self->skip_depth)
        return take_wanted_text(self, ret_at, stop, is_whole, true);
    *ret_at = stop;
    return FAULT_NONE;
}

/* What stands between "<!--", "<?" or "<![CDATA[" and its end, in pieces; a piece of the end mark waits for the rest. */
static enum fault take_until(struct markup *self, const char **ret_at, const char *end, struct span mark)
{
    const char *at = *ret_at, *stop = memmem(at, (size_t)(end - at), mark.data, mark.len);
    if (!stop && self->is_final)
        return why_set(self->why, FAULT_CORRUPT, "the part is cut off before \"%s\"", mark.data);
    size_t kept = (size_t)(end - at) < mark.len - 1 ? (size_t)(end - at) : mark.len - 1;
    const char *to = stop ? stop : end - kept;
    if (self->context == MARKUP_IN_CDATA && self->wants_text && !self->skip_depth) {
        enum fault fault = take_wanted_text(self, ret_at, to, stop, false);
        if (fault || *ret_at < to)
            return fault;
    }
    *ret_at = stop ? stop + mark.len : to;
    if (stop)
        self->context = MARKUP_IN_CONTENT;
    return FAULT_NONE;
}

/* --- windows --------------------------------------------------------------------------------------------------------------- */

static enum fault take_token(struct markup *self, const char **at, const char *end)
{
    switch (self->context) {
    case MARKUP_IN_COMMENT:
        return take_until(self, at, end, SPAN("-->"));
    case MARKUP_IN_INSTRUCTION:
        return take_until(self, at, end, SPAN("?>"));
    case MARKUP_IN_CDATA:
        return take_until(self, at, end, SPAN("]]>"));
    case MARKUP_IN_CONTENT:
        break;
    }
    return **at == '<' ? take_markup(self, at, end) : take_text(self, at, end);
}

static bool is_plain_content(const struct markup *self)
{
    return self->context == MARKUP_IN_CONTENT && !self->skip_depth;
}

/* Takes what is whole; *ret_at is where the unfinished token begins. */
static enum fault scan(struct markup *self, const char **ret_at, const char *end)
{
    const char *at = *ret_at;
    enum fault fault = FAULT_NONE;
    while (at < end) {
        if (self->fast_depth == self->depth && *at == '<' && self->depth && is_plain_content(self)) {
            at = self->reader.fast(self->reader.self, at, end, &fault);
            if (fault || at == end)
                break;
        }
        const char *next = at;
        fault = take_token(self, &next, end);
        if (fault || !next || next == at)
            break;
        at = next;
    }
    *ret_at = at;
    return fault;
}

static enum fault keep_tail(struct markup *self, const char *at, const char *end)
{
    enum fault fault = buffer_append(&self->carry, span_make(at, (size_t)(end - at)));
    return fault ? why_set(self->why, fault, "a tag is longer than %zu bytes", MARKUP_TAG_BYTES) : FAULT_NONE;
}

/* Joins the tail with the beginning of `bytes` until the token is done; then *bytes is what follows it. */
static enum fault mend_seam(struct markup *self, struct span *bytes)
{
    for (size_t step = SEAM_BYTES; self->carry.len; step *= 2) {
        size_t tail = self->carry.len, take = bytes->len < step ? bytes->len : step;
        enum fault fault = keep_tail(self, bytes->data, bytes->data + take);
        if (fault)
            return fault;
        const char *from = self->carry.data, *at = from, *end = from + self->carry.len;
        fault = scan(self, &at, end);
        if (fault)
            return fault;
        size_t taken = (size_t)(at - from);
        if (taken >= tail) {
            *bytes = span_from(*bytes, taken - tail);
            self->carry.len = 0;
            break;
        }
        memmove(self->carry.data, at, (size_t)(end - at));
        self->carry.len -= taken;
        *bytes = span_from(*bytes, take);
        if (!bytes->len)
            break;
    }
    return FAULT_NONE;
}

static enum fault push_utf8(void *context, struct span bytes)
{
    struct markup *self = context;
    enum fault fault = self->carry.len ? mend_seam(self, &bytes) : FAULT_NONE;
    if (fault || !bytes.len || self->carry.len)
        return fault;
    const char *at = bytes.data, *end = at + bytes.len;
    fault = scan(self, &at, end);
    return fault ? fault : keep_tail(self, at, end);
}

enum fault markup_push(struct markup *self, struct span bytes)
{
    return bytes.len ? markup_encoding_push(self->encoding, bytes) : FAULT_NONE;
}

enum fault markup_finish(struct markup *self)
{
    enum fault fault = markup_encoding_finish(self->encoding);
    if (fault)
        return fault;
    self->is_final = true;
    if (self->carry.len || self->context != MARKUP_IN_CONTENT) {
        const char *at = self->carry.data, *end = at + self->carry.len;
        fault = self->carry.len ? scan(self, &at, end) : FAULT_NONE;
        if (!fault && (at != end || self->context != MARKUP_IN_CONTENT))
            fault = why_set(self->why, FAULT_CORRUPT, "the part is cut off");
        if (fault)
            return fault;
    }
    if (!self->had_root)
        return why_set(self->why, FAULT_CORRUPT, "the part is empty");
    if (self->depth) {
        size_t from = self->name_ends[self->depth - 1], n = self->names.len - from;
        return why_set(self->why, FAULT_CORRUPT, "the part is cut off: <%.*s> is never closed", (int)(n < 64 ? n : 64),
                       self->names.data + from);
    }
    return FAULT_NONE;
}

struct markup *markup_new(const struct markup_reader *reader, struct why *why)
{
    struct markup *self = must_realloc(NULL, sizeof *self);
    memset(self, 0, offsetof(struct markup, bindings)); /* what stands behind has its own counts */
    self->name_ends[0] = 0;
    self->reader = *reader;
    self->why = why;
    self->encoding = markup_encoding_new(push_utf8, self, why);
    buffer_init(&self->carry, MARKUP_TAG_BYTES * 2);
    buffer_init(&self->names, MARKUP_TAG_BYTES * 2);
    buffer_init(&self->decoded, MARKUP_TAG_BYTES * 2);
    return self;
}

void markup_destroy(struct markup **self)
{
    if (!*self)
        return;
    markup_encoding_destroy(&(*self)->encoding);
    buffer_free(&(*self)->carry);
    buffer_free(&(*self)->names);
    buffer_free(&(*self)->decoded);
    free(*self);
    *self = NULL;
}

void markup_want_text(struct markup *self, bool is_wanted)
{
    self->wants_text = is_wanted;
}

void markup_want_fast(struct markup *self, bool is_wanted)
{
    self->fast_depth = is_wanted && self->reader.fast ? self->depth : 0;
}

bool markup_is_main_by_default(const struct markup *self)
{
    return self->default_ns == MARKUP_NS_MAIN;
}

struct span markup_get(const struct markup_tag *tag, const char *name)
{
    size_t len = strlen(name);
    for (size_t i = 0; i < tag->n; i++) {
        if (tag->attributes[i].name.len == len && memcmp(tag->attributes[i].name.data, name, len) == 0)
            return tag->attributes[i].value;
    }
    return (struct span){NULL, 0};
}

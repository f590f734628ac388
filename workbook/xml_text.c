/* SPDX-License-Identifier: MIT
 *
 * libxml2 is always fed UTF-8 that we have checked, so that it never converts, and never believes a
 * declaration that lies. UTF-8, the common case, passes without a copy.
 */
#include "workbook/xml_text.h"

#include <strings.h>

#include "core/must.h"
#include "core/utf8.h"

void xml_text_init(struct xml_text *self)
{
    *self = (struct xml_text){0};
    buffer_init(&self->out, BUFFER_LIMIT_DEFAULT);
}

void xml_text_free(struct xml_text *self)
{
    buffer_free(&self->out);
}

static enum fault invalid(struct why *why)
{
    return why_set(why, FAULT_CORRUPT,
                   "text that is not in its encoding: the file is damaged, save it again");
}

/* --- which encoding --- */

/* The value of encoding="..." in an XML declaration of 8-bit characters; empty when there is none.
 */
static struct span declared_encoding(struct span head)
{
    if (!span_starts(head, SPAN("<?xml")))
        return SPAN("");
    const char *end = memmem(head.data, head.len < 512 ? head.len : 512, "?>", 2);
    const char *at = end ? memmem(head.data, (size_t)(end - head.data), "encoding", 8) : NULL;
    if (!at)
        return SPAN("");
    struct span rest = span_make(at + 8, (size_t)(end - at - 8));
    while (rest.len && strchr(" \t\r\n=", rest.data[0]))
        rest = span_from(rest, 1);
    if (!rest.len || (rest.data[0] != '"' && rest.data[0] != '\''))
        return SPAN("");
    const char *close = memchr(rest.data + 1, rest.data[0], rest.len - 1);
    return close ? span_make(rest.data + 1, (size_t)(close - rest.data - 1)) : SPAN("");
}

static bool is_word(struct span text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

static enum fault choose_declared(struct xml_text *self, struct span head, struct why *why)
{
    struct span name = declared_encoding(head);
    if (!name.len || is_word(name, "UTF-8") || is_word(name, "UTF8") || is_word(name, "US-ASCII") ||
        is_word(name, "ASCII"))
        self->encoding = XML_ENCODING_UTF8;
    else if (is_word(name, "ISO-8859-1") || is_word(name, "latin1"))
        self->encoding = XML_ENCODING_LATIN1;
    else
        return why_set(why, FAULT_UNSUPPORTED,
                       "the encoding \"%.*s\" is not supported: save the file again",
                       SPAN_ARGS(span_make(name.data, name.len < 40 ? name.len : 40)));
    return FAULT_NONE;
}

/* Sets the encoding and returns the length of the byte order mark. */
static enum fault choose(struct xml_text *self, struct span head, size_t *ret_mark, struct why *why)
{
    *ret_mark = 0;
    if (span_starts(head, span_make("\xff\xfe\0\0", 4)) ||
        span_starts(head, span_make("\0\0\xfe\xff", 4)))
        return why_set(why, FAULT_UNSUPPORTED,
                       "the encoding UTF-32 is not supported: save the file again");
    if (span_starts(head, SPAN("\xef\xbb\xbf"))) {
        *ret_mark = 3;
        self->encoding = XML_ENCODING_UTF8;
    } else if (span_starts(head, SPAN("\xff\xfe")) || span_starts(head, SPAN("\xfe\xff"))) {
        *ret_mark = 2;
        self->encoding = head.data[0] == '\xff' ? XML_ENCODING_UTF16LE : XML_ENCODING_UTF16BE;
    } else if (head.len >= 4 && head.data[0] == '<' && !head.data[1] && !head.data[3]) {
        self->encoding = XML_ENCODING_UTF16LE;
    } else if (head.len >= 4 && !head.data[0] && head.data[1] == '<' && !head.data[2]) {
        self->encoding = XML_ENCODING_UTF16BE;
    } else {
        return choose_declared(self, head, why);
    }
    return FAULT_NONE;
}

/* --- decoding --- */

static size_t utf8_need(unsigned char lead)
{
    return lead < 0xc0 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

/* Where a character begins that `text` does not hold whole; text.len when there is none. */
static size_t whole_utf8(struct span text)
{
    for (size_t back = 1; back <= 3 && back <= text.len; back++) {
        unsigned char c = (unsigned char)text.data[text.len - back];
        if ((c & 0xc0) != 0x80)
            return utf8_need(c) > back ? text.len - back : text.len;
    }
    return text.len;
}

static void hold(struct xml_text *self, struct span rest)
{
    must(rest.len <= sizeof self->held);
    if (rest.len)
        memcpy(self->held, rest.data, rest.len);
    self->n_held = rest.len;
}

static enum fault decode_utf8(struct xml_text *self, struct span bytes, struct span *ret,
                              struct why *why)
{
    if (self->n_held) { /* rare: copy the piece behind the held bytes */
        buffer_clear(&self->out);
        buffer_put(&self->out, span_make(self->held, self->n_held));
        buffer_put(&self->out, bytes);
        bytes = buffer_span(&self->out);
    }
    size_t whole = whole_utf8(bytes);
    hold(self, span_make(bytes.data + whole, bytes.len - whole));
    *ret = span_make(bytes.data, whole);
    return utf8_valid(*ret) ? FAULT_NONE : invalid(why);
}

static uint32_t unit_at(const struct xml_text *self, const unsigned char *p)
{
    return self->encoding == XML_ENCODING_UTF16LE ? p[0] | (uint32_t)p[1] << 8
                                                  : p[1] | (uint32_t)p[0] << 8;
}

static bool is_high(uint32_t unit)
{
    return unit >= 0xd800 && unit < 0xdc00;
}

static bool is_low(uint32_t unit)
{
    return unit >= 0xdc00 && unit < 0xe000;
}

/* Puts one character; returns the bytes taken, 0 when more are wanted, -1 when it is invalid. */
static int decode_unit(struct xml_text *self, struct span rest)
{
    const unsigned char *p = (const unsigned char *)rest.data;
    if (rest.len < 2)
        return 0;
    uint32_t c = unit_at(self, p);
    int taken = 2;
    if (is_low(c) || !c)
        return -1;
    if (is_high(c)) {
        if (rest.len < 4)
            return 0;
        uint32_t low = unit_at(self, p + 2);
        if (!is_low(low))
            return -1;
        c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
        taken = 4;
    }
    char text[4];
    buffer_put(&self->out, span_make(text, utf8_encode(c, text)));
    return taken;
}

static enum fault decode_utf16(struct xml_text *self, struct span bytes, struct span *ret,
                               struct why *why)
{
    buffer_clear(&self->out);
    while (self->n_held && bytes.len) { /* finish the character that was cut */
        self->held[self->n_held++] = (unsigned char)bytes.data[0];
        bytes = span_from(bytes, 1);
        int taken = decode_unit(self, span_make(self->held, self->n_held));
        if (taken < 0)
            return invalid(why);
        if (taken)
            self->n_held = 0;
    }
    for (int taken; bytes.len && (taken = decode_unit(self, bytes)) != 0;
         bytes = span_from(bytes, (size_t)taken))
        if (taken < 0)
            return invalid(why);
    if (bytes.len)
        hold(self, bytes);
    *ret = buffer_span(&self->out);
    return FAULT_NONE;
}

static void decode_latin1(struct xml_text *self, struct span bytes, struct span *ret)
{
    buffer_clear(&self->out);
    for (size_t i = 0; i < bytes.len; i++) {
        char text[4];
        buffer_put(&self->out, span_make(text, utf8_encode((unsigned char)bytes.data[i], text)));
    }
    *ret = buffer_span(&self->out);
}

enum fault xml_text_add(struct xml_text *self, struct span bytes, struct span *ret, struct why *why)
{
    *ret = SPAN("");
    if (!self->has_begun) {
        size_t mark;
        enum fault fault = choose(self, bytes, &mark, why);
        if (fault)
            return fault;
        self->has_begun = true;
        bytes = span_from(bytes, mark);
    }
    if (!bytes.len)
        return FAULT_NONE;
    switch (self->encoding) {
    case XML_ENCODING_UTF8:
        return decode_utf8(self, bytes, ret, why);
    case XML_ENCODING_LATIN1:
        decode_latin1(self, bytes, ret);
        return FAULT_NONE;
    default:
        return decode_utf16(self, bytes, ret, why);
    }
}

enum fault xml_text_end(struct xml_text *self, struct why *why)
{
    return self->n_held ? invalid(why) : FAULT_NONE;
}

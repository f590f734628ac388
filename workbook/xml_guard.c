/* SPDX-License-Identifier: MIT
 *
 * One byte at a time through a small state machine; only text between tags and the values of attributes, the
 * bulk of a document, are skipped with memchr.
 */
#include "workbook/xml_guard.h"

static enum fault refuse_doctype(struct why *why)
{
    return why_set(why, FAULT_UNSAFE_XML,
                   "the document has a DOCTYPE, which no spreadsheet program writes and which can "
                   "be used for attacks");
}

static enum fault over(struct why *why, const char *what, size_t limit)
{
    return why_set(why, FAULT_LIMIT, "%s: more than the limit of %zu", what, limit);
}

static enum fault step_open(struct xml_guard *self, char c)
{
    self->attributes = 0;
    self->quote = 0;
    self->n_bang = 0;
    self->last[0] = self->last[1] = 0;
    self->state = c == '!'   ? GUARD_BANG
                  : c == '?' ? GUARD_PI
                  : c == '/' ? GUARD_END_TAG
                             : GUARD_TAG;
    return FAULT_NONE;
}

static enum fault step_bang(struct xml_guard *self, char c, struct why *why)
{
    static const struct span comment = {"--", 2}, cdata = {"[CDATA[", 7};
    self->bang[self->n_bang++] = c;
    struct span seen = {self->bang, self->n_bang};
    if (span_equal(seen, comment))
        self->state = GUARD_COMMENT;
    else if (span_equal(seen, cdata))
        self->state = GUARD_CDATA;
    else if (!span_starts(comment, seen) && !span_starts(cdata, seen))
        return refuse_doctype(why); /* or ELEMENT, ENTITY: the same, without its beginning */
    self->last[0] = self->last[1] = 0;
    return FAULT_NONE;
}

static enum fault end_start_tag(struct xml_guard *self, struct why *why)
{
    self->state = GUARD_TEXT;
    if (self->last[1] != '/' && ++self->depth > XML_DEPTH_MAX)
        return over(why, "nested elements", XML_DEPTH_MAX);
    return FAULT_NONE;
}

static enum fault step_tag(struct xml_guard *self, char c, struct why *why)
{
    if (self->len > XML_TAG_BYTES_MAX)
        return over(why, "bytes of one tag", XML_TAG_BYTES_MAX);
    if (self->quote) {
        if (c == self->quote)
            self->quote = 0;
        return FAULT_NONE;
    }
    if (c == '"' || c == '\'')
        self->quote = c;
    else if (c == '=' && ++self->attributes > XML_ATTRIBUTES_MAX)
        return over(why, "attributes of one element", XML_ATTRIBUTES_MAX);
    else if (c == '>')
        return end_start_tag(self, why);
    return FAULT_NONE;
}

static enum fault step_end_tag(struct xml_guard *self, char c, struct why *why)
{
    if (self->len > XML_TAG_BYTES_MAX)
        return over(why, "bytes of one tag", XML_TAG_BYTES_MAX);
    if (c == '>') {
        self->state = GUARD_TEXT;
        self->depth -= self->depth > 0;
    }
    return FAULT_NONE;
}

/* Comments end with "-->", CDATA with "]]>", instructions with "?>". */
static enum fault step_until(struct xml_guard *self, char c, char a, char b, struct why *why)
{
    if (c == '>' && self->last[1] == b && (!a || self->last[0] == a))
        self->state = GUARD_TEXT;
    else if (self->state != GUARD_CDATA && self->len > XML_COMMENT_BYTES_MAX)
        return over(why, "bytes of one comment", XML_COMMENT_BYTES_MAX);
    return FAULT_NONE;
}

static enum fault step(struct xml_guard *self, char c, struct why *why)
{
    self->len++;
    switch (self->state) {
    case GUARD_OPEN:
        return step_open(self, c);
    case GUARD_BANG:
        return step_bang(self, c, why);
    case GUARD_TAG:
        return step_tag(self, c, why);
    case GUARD_END_TAG:
        return step_end_tag(self, c, why);
    case GUARD_COMMENT:
        return step_until(self, c, '-', '-', why);
    case GUARD_CDATA:
        return step_until(self, c, ']', ']', why);
    case GUARD_PI:
        return step_until(self, c, 0, '?', why);
    default:
        return FAULT_NONE;
    }
}

/* The rest of an attribute's value, up to its quote: nothing in it counts but its length. */
static size_t skip_value(struct xml_guard *self, struct span bytes)
{
    const char *stop = memchr(bytes.data, self->quote, bytes.len);
    size_t n = stop ? (size_t)(stop - bytes.data) : bytes.len;
    if (!n)
        return 0;
    self->last[0] = n > 1 ? bytes.data[n - 2] : self->last[1];
    self->last[1] = bytes.data[n - 1];
    self->len += n;
    return n;
}

enum fault xml_guard_check(struct xml_guard *self, struct span bytes, struct why *why)
{
    while (bytes.len) {
        if (self->state == GUARD_TEXT) {
            const char *open = memchr(bytes.data, '<', bytes.len);
            if (!open)
                return FAULT_NONE;
            self->state = GUARD_OPEN;
            self->len = 1;
            bytes = span_from(bytes, (size_t)(open - bytes.data) + 1);
            continue;
        }
        if (self->state == GUARD_TAG && self->quote) {
            bytes = span_from(bytes, skip_value(self, bytes));
            if (self->len > XML_TAG_BYTES_MAX)
                return over(why, "bytes of one tag", XML_TAG_BYTES_MAX);
            if (!bytes.len)
                return FAULT_NONE;
        }
        char c = bytes.data[0];
        bool is_fresh = self->state == GUARD_OPEN || self->state == GUARD_BANG;
        enum fault fault = step(self, c, why);
        if (fault)
            return fault;
        if (!is_fresh) {
            self->last[0] = self->last[1];
            self->last[1] = c;
        }
        bytes = span_from(bytes, 1);
    }
    return FAULT_NONE;
}

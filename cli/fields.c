/* SPDX-License-Identifier: MIT
 *
 * Spans are set when a record is whole, because its buffer moves as it grows: until then a field is a place in it.
 */
#include "cli/fields.h"

#include "core/utf8.h"

void fields_init(struct fields *self, struct span text, char delimiter)
{
    static const struct span mark = {"\xEF\xBB\xBF", 3};
    *self = (struct fields){.rest = span_starts(text, mark) ? span_from(text, mark.len) : text, .delimiter = delimiter, .next_line = 1};
    buffer_init(&self->text, BUFFER_LIMIT_DEFAULT);
}

void fields_free(struct fields *self)
{
    buffer_free(&self->text);
}

static char peek(const struct fields *self)
{
    return self->rest.len ? self->rest.data[0] : '\n'; /* the end ends a line */
}

static char take(struct fields *self)
{
    char c = self->rest.data[0];
    self->rest = span_from(self->rest, 1);
    self->next_line += c == '\n';
    return c;
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

static bool take_quoted(struct fields *self)
{
    take(self);
    while (self->rest.len) {
        char c = take(self);
        if (c != '"' || peek(self) == '"')
            buffer_put_char(&self->text, c == '"' ? take(self) : c);
        else
            return true;
    }
    self->wrong = "a quote is not closed";
    return false;
}

static void skip_blanks(struct fields *self)
{
    while (self->rest.len && peek(self) == ' ' && self->delimiter != ' ')
        take(self);
}

/* One field into the buffer, up to its delimiter or line end. */
static bool take_field(struct fields *self)
{
    size_t from = self->text.len;
    skip_blanks(self);
    if (self->rest.len && peek(self) == '"') {
        if (!take_quoted(self))
            return false;
        skip_blanks(self);
        if (!is_line_end(peek(self)) && peek(self) != self->delimiter)
            self->wrong = "text behind a closing quote";
        return !self->wrong;
    }
    while (!is_line_end(peek(self)) && peek(self) != self->delimiter)
        buffer_put_char(&self->text, take(self));
    if (self->text.len > from) {
        struct span bare = utf8_trim(span_from(buffer_span(&self->text), from));
        memmove(self->text.data + from, bare.data, bare.len);
        self->text.len = from + bare.len;
    }
    return true;
}

static void skip_line_ends(struct fields *self)
{
    while (self->rest.len && is_line_end(peek(self)))
        take(self);
}

uint32_t fields_next(struct fields *self, struct span *ret, uint32_t room)
{
    uint32_t n = 0;
    buffer_clear(&self->text);
    self->wrong = NULL;
    skip_line_ends(self);
    self->line = self->next_line;
    if (!self->rest.len)
        return 0;
    for (;; take(self)) { /* the delimiter */
        if (!take_field(self))
            return 0;
        if (n < room)
            ret[n].len = self->text.len; /* where it ends, for now */
        n++;
        if (is_line_end(peek(self)))
            break;
    }
    if (!utf8_valid(buffer_span(&self->text))) {
        self->wrong = "not UTF-8; save it with that encoding";
        return 0;
    }
    const char *at = buffer_text(&self->text);
    for (uint32_t i = 0; i < n && i < room; i++) {
        ret[i] = span_make(at, (size_t)(self->text.data + ret[i].len - at));
        at += ret[i].len;
    }
    return n;
}

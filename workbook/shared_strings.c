/* SPDX-License-Identifier: MIT
 *
 * One byte store for all texts end to end, and where each of them ends: eight bytes per string at most beyond its own.
 * Cells refer to it and never copy. <si><t>...</t></si> is taken by the fast road; runs, phonetics and all else by events.
 */
#include "workbook/shared_strings.h"

#include <stdlib.h>
#include <string.h>

#include "core/must.h"
#include "workbook/cell_text.h"
#include "workbook/entry_stream.h"
#include "workbook/markup.h"
#include "workbook/shared_strings_reader.h"
#include "workbook/shared_strings_table.h"

#define FIRST_PIECE_BYTES ((size_t)8 << 10)
#define LARGE_PIECE_BYTES ((size_t)128 << 10)

enum place { BEFORE_ROOT, IN_TABLE, IN_ITEM, IN_RUN, IN_TEXT };

struct shared_strings_reader {
    struct shared_strings *table;
    struct markup *markup;
    struct why *why;
    uint64_t max_strings;
    enum place place, text_parent;
    unsigned skip;
    struct buffer scratch;
};

uint32_t shared_strings_count(const struct shared_strings *self)
{
    return self->count;
}

struct span shared_strings_get(const struct shared_strings *self, uint32_t index)
{
    must(index < self->count);
    return shared_strings_at(self, index);
}

void shared_strings_destroy(struct shared_strings **self)
{
    if (!*self)
        return;
    buffer_free(&(*self)->bytes);
    free((*self)->ends);
    free(*self);
    *self = NULL;
}

/* --- building --------------------------------------------------------------------------------------------------------------- */

static enum fault too_long(struct shared_strings_reader *self)
{
    return why_set(self->why, FAULT_LIMIT, "shared string %u is longer than %zu bytes", self->table->count, CELL_TEXT_BYTES);
}

static enum fault add_bytes(struct shared_strings_reader *self, struct span text)
{
    struct shared_strings *table = self->table;
    size_t from = table->count ? table->ends[table->count - 1] : 0;
    if (table->bytes.len - from + text.len > CELL_TEXT_BYTES)
        return too_long(self);
    if (buffer_append(&table->bytes, text))
        return why_set(self->why, FAULT_LIMIT, "the shared strings take more than %zu bytes", table->bytes.limit_bytes);
    return FAULT_NONE;
}

/* The bytes added since the last string become one. */
static enum fault end_string(struct shared_strings_reader *self)
{
    struct shared_strings *table = self->table;
    if (table->count >= self->max_strings || table->count == UINT32_MAX)
        return why_set(self->why, FAULT_LIMIT, "there are more than %llu shared strings",
                       (unsigned long long)self->max_strings);
    if (table->count == table->room) {
        table->room = table->room ? (table->room > UINT32_MAX / 2 ? UINT32_MAX : table->room * 2) : 1024;
        table->ends = must_realloc(table->ends, (size_t)table->room * sizeof table->ends[0]);
    }
    table->ends[table->count++] = (uint32_t)table->bytes.len;
    return FAULT_NONE;
}

static enum fault finish_item(struct shared_strings_reader *self)
{
    struct shared_strings *table = self->table;
    size_t from = table->count ? table->ends[table->count - 1] : 0;
    if (table->bytes.len > from) {
        char *text = table->bytes.data + from;
        size_t len = table->bytes.len - from;
        if (!cell_text_is_valid(span_make(text, len)))
            return why_set(self->why, FAULT_CORRUPT, "shared string %u has characters that XML does not allow", table->count);
        table->bytes.len = from + cell_text_unescape(text, len);
    }
    return end_string(self);
}

/* --- events ----------------------------------------------------------------------------------------------------------------- */

static enum fault start_root(struct shared_strings_reader *self, const struct markup_tag *tag)
{
    if (!span_is(tag->name, "sst"))
        return why_set(self->why, FAULT_CORRUPT, "the part is no shared string table: its root is <%.*s>",
                       (int)(tag->name.len < 64 ? tag->name.len : 64), tag->name.data);
    self->place = IN_TABLE;
    markup_want_fast(self->markup, !tag->has_prefix && markup_is_main_by_default(self->markup));
    return FAULT_NONE;
}

static enum fault on_start(void *context, const struct markup_tag *tag)
{
    struct shared_strings_reader *self = context;
    if (self->skip) {
        self->skip++;
    } else if (self->place == BEFORE_ROOT) {
        return start_root(self, tag);
    } else if (tag->ns != MARKUP_NS_MAIN) {
        self->skip = 1;
    } else if (self->place == IN_TABLE && span_is(tag->name, "si")) {
        self->place = IN_ITEM;
    } else if (self->place == IN_ITEM && span_is(tag->name, "r")) {
        self->place = IN_RUN;
    } else if ((self->place == IN_ITEM || self->place == IN_RUN) && span_is(tag->name, "t")) {
        self->text_parent = self->place;
        self->place = IN_TEXT;
        markup_want_text(self->markup, true);
    } else {
        self->skip = 1; /* phonetic runs, run properties, extensions */
    }
    return FAULT_NONE;
}

static enum fault on_end(void *context)
{
    struct shared_strings_reader *self = context;
    if (self->skip) {
        self->skip--;
        return FAULT_NONE;
    }
    switch (self->place) {
    case IN_TEXT:
        self->place = self->text_parent;
        markup_want_text(self->markup, false);
        return FAULT_NONE;
    case IN_RUN:
        self->place = IN_ITEM;
        return FAULT_NONE;
    case IN_ITEM:
        self->place = IN_TABLE;
        return finish_item(self);
    default:
        return FAULT_NONE;
    }
}

static enum fault on_text(void *context, struct span text)
{
    struct shared_strings_reader *self = context;
    return self->skip ? FAULT_NONE : add_bytes(self, text);
}

/* --- the fast road ------------------------------------------------------------------------------------------------------------ */

/* Behind "<si><t>" or its white-space-preserving twin; NULL for anything else. */
static const char *behind_head(const char *at, const char *end)
{
    static const struct span heads[] = {{"<si><t>", 7}, {"<si><t xml:space=\"preserve\">", 28}};
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        if ((size_t)(end - at) >= heads[i].len && memcmp(at, heads[i].data, heads[i].len) == 0)
            return at + heads[i].len;
    }
    return NULL;
}

static const char *fast_road(void *context, const char *at, const char *end, enum fault *ret_fault)
{
    static const struct span tail = {"</t></si>", 9};
    struct shared_strings_reader *self = context;
    for (;;) {
        const char *from = behind_head(at, end);
        const char *stop = from ? memchr(from, '<', (size_t)(end - from)) : NULL;
        if (!stop || (size_t)(end - stop) < tail.len || memcmp(stop, tail.data, tail.len) != 0)
            return at;
        struct span text;
        if (cell_text_decode(span_make(from, (size_t)(stop - from)), &self->scratch, &text))
            return at; /* the complete road says what is wrong with it */
        *ret_fault = add_bytes(self, text);
        if (!*ret_fault)
            *ret_fault = end_string(self);
        if (*ret_fault)
            return at;
        at = stop + tail.len;
    }
}

/* --- life ------------------------------------------------------------------------------------------------------------------- */

struct shared_strings_reader *shared_strings_reader_new(const struct budget *budget, bool has_fast_road, struct why *why)
{
    struct shared_strings_reader *self = must_alloc(sizeof *self);
    uint64_t bytes = budget->string_bytes < UINT32_MAX ? budget->string_bytes : UINT32_MAX;
    self->table = must_alloc(sizeof *self->table);
    buffer_init(&self->table->bytes, (size_t)bytes);
    buffer_init(&self->scratch, CELL_TEXT_BYTES + 64);
    self->max_strings = budget->strings;
    self->why = why;
    struct markup_reader reader = {
        .self = self, .start = on_start, .end = on_end, .text = on_text, .fast = has_fast_road ? fast_road : NULL};
    self->markup = markup_new(&reader, why);
    return self;
}

void shared_strings_reader_destroy(struct shared_strings_reader **self)
{
    if (!*self)
        return;
    markup_destroy(&(*self)->markup);
    shared_strings_destroy(&(*self)->table);
    buffer_free(&(*self)->scratch);
    free(*self);
    *self = NULL;
}

enum fault shared_strings_reader_push(struct shared_strings_reader *self, struct span bytes)
{
    return markup_push(self->markup, bytes);
}

enum fault shared_strings_reader_finish(struct shared_strings_reader *self, struct shared_strings **ret)
{
    enum fault fault = markup_finish(self->markup);
    if (fault)
        return fault;
    *ret = self->table;
    self->table = NULL;
    return FAULT_NONE;
}

static enum fault consume(void *context, struct span bytes)
{
    return shared_strings_reader_push(context, bytes);
}

enum fault shared_strings_read(struct book *book, struct shared_strings **ret, struct why *why)
{
    if (book->strings_entry == PACKAGE_NONE) {
        *ret = must_alloc(sizeof **ret);
        return FAULT_NONE;
    }
    struct shared_strings_reader *reader = shared_strings_reader_new(package_budget(book->package), true, why);
    enum fault fault = package_stream(book->package, book->strings_entry, consume, reader, why);
    if (!fault)
        fault = shared_strings_reader_finish(reader, ret);
    if (fault)
        why_at_part(why, book->strings_part);
    shared_strings_reader_destroy(&reader);
    return fault;
}

/* Small pieces first: a header is soon read. */
static enum fault read_beginning(struct entry_stream *stream, uint32_t n, struct shared_strings_reader *reader,
                                 struct shared_strings **ret, struct why *why)
{
    for (size_t size = FIRST_PIECE_BYTES; reader->table->count < n; size += size < LARGE_PIECE_BYTES ? size : 0) {
        struct span piece;
        enum fault fault = entry_stream_take(stream, size, &piece, why);
        if (!fault && !piece.len)
            return shared_strings_reader_finish(reader, ret);
        if (!fault)
            fault = shared_strings_reader_push(reader, piece);
        if (fault)
            return fault;
    }
    *ret = reader->table;
    reader->table = NULL;
    return FAULT_NONE;
}

enum fault shared_strings_read_first(struct book *book, uint32_t n, struct shared_strings **ret, struct why *why)
{
    if (book->strings_entry == PACKAGE_NONE || n == 0) {
        *ret = must_alloc(sizeof **ret);
        return FAULT_NONE;
    }
    struct entry_stream *stream;
    enum fault fault = entry_stream_open(book->package, book->strings_entry, &stream, why);
    if (fault)
        return fault;
    struct shared_strings_reader *reader = shared_strings_reader_new(package_budget(book->package), true, why);
    fault = read_beginning(stream, n, reader, ret, why);
    if (fault)
        why_at_part(why, book->strings_part);
    shared_strings_reader_destroy(&reader);
    entry_stream_close(&stream);
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * A partial result of stack mode as bytes. stack_partial_open believes nothing: the sections fill the bytes exactly, the fragments
 * fill theirs, the rows of fragments and of sheets are as many as the header says, issues decode, counts add up. What a fragment
 * inflates to is the sink's to check when it does inflate one (crc32, raw_len).
 */
#include "wire/stack_partial.h"

#include <endian.h>
#include <stdlib.h>

#include "core/must.h"
#include "wire/cursor.h"
#include "wire/source.h"

#define PARTIAL_KIND "stack"
#define PARTIAL_VERSION 1
#define PARTIAL_FIELDS 13
#define SHEETS_MAX 65535u
#define ISSUE_BYTES_MAX ((size_t)256 << 20)
#define DEFLATE_RATIO_MAX 1032u /* RFC 1951: 258 bytes for two bits of code at most */

#define KEPT_BYTES_MAX ((size_t)8 << 20)

struct stack_partial_builder {
    struct sha256 plan, source;
    uint32_t slice;
    enum partial_state state;
    struct stack_sheet_counts *sheets;
    uint32_t n_sheets, sheets_capacity;
    uint32_t n_fragments, n_issues;
    uint64_t n_rows;
    struct buffer fragments, rows, issues, bytes, id_text;
};

struct stack_partial_builder *stack_partial_builder_new(struct sha256 plan, struct sha256 source, uint32_t slice)
{
    struct stack_partial_builder *self = must_alloc(sizeof *self);
    self->plan = plan;
    self->source = source;
    self->slice = slice;
    buffer_init(&self->fragments, STACK_PARTIAL_BYTES_MAX);
    buffer_init(&self->rows, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->issues, ISSUE_BYTES_MAX);
    buffer_init(&self->bytes, STACK_PARTIAL_BYTES_MAX);
    buffer_init(&self->id_text, BUFFER_LIMIT_DEFAULT);
    return self;
}

void stack_partial_builder_restart(struct stack_partial_builder *self, struct sha256 source, uint32_t slice)
{
    struct buffer *kept[] = {&self->fragments, &self->rows, &self->issues, &self->bytes, &self->id_text};
    self->source = source;
    self->slice = slice;
    self->state = PARTIAL_OK;
    self->n_sheets = self->n_fragments = self->n_issues = 0;
    self->n_rows = 0;
    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (kept[i]->capacity > KEPT_BYTES_MAX)
            buffer_free(kept[i]);
        buffer_clear(kept[i]);
    }
}

void stack_partial_builder_destroy(struct stack_partial_builder **self)
{
    if (!*self)
        return;
    free((*self)->sheets);
    buffer_free(&(*self)->fragments);
    buffer_free(&(*self)->rows);
    buffer_free(&(*self)->issues);
    buffer_free(&(*self)->bytes);
    buffer_free(&(*self)->id_text);
    free(*self);
    *self = NULL;
}

static void put_u32(struct buffer *out, uint32_t value)
{
    uint32_t little = htole32(value);
    buffer_put(out, span_make(&little, sizeof little));
}

enum fault stack_partial_builder_fragment(struct stack_partial_builder *self, struct span bytes, uint32_t raw_len, uint32_t crc32,
                                          uint32_t n_rows)
{
    must(bytes.len && bytes.len <= UINT32_MAX && n_rows && raw_len >= n_rows && raw_len <= STACK_FRAGMENT_RAW_MAX);
    size_t others = self->fragments.len + self->rows.len + STACK_FRAGMENT_BYTES + (size_t)n_rows * STACK_ROW_BYTES;
    if (others > STACK_PARTIAL_BYTES_MAX || self->bytes.len > STACK_PARTIAL_BYTES_MAX - others ||
        buffer_append(&self->bytes, bytes) != FAULT_NONE)
        return FAULT_LIMIT;
    put_u32(&self->fragments, (uint32_t)bytes.len);
    put_u32(&self->fragments, raw_len);
    put_u32(&self->fragments, crc32);
    put_u32(&self->fragments, n_rows);
    self->n_fragments++;
    self->n_rows += n_rows;
    return FAULT_NONE;
}

void stack_partial_builder_row(struct stack_partial_builder *self, const struct stack_row *row)
{
    buffer_put(&self->rows, span_make(row->hash, sizeof row->hash));
    put_u32(&self->rows, row->n_cells);
}

void stack_partial_builder_issue(struct stack_partial_builder *self, const struct issue *issue)
{
    issue_encode(&self->issues, issue);
    self->n_issues++;
}

void stack_partial_builder_sheet(struct stack_partial_builder *self, const struct stack_sheet_counts *counts)
{
    if (self->n_sheets == self->sheets_capacity) {
        self->sheets_capacity = self->sheets_capacity ? self->sheets_capacity * 2 : 8;
        self->sheets = must_realloc(self->sheets, self->sheets_capacity * sizeof *self->sheets);
    }
    self->sheets[self->n_sheets++] = *counts;
}

void stack_partial_builder_id(struct stack_partial_builder *self, struct span id_text)
{
    buffer_clear(&self->id_text);
    buffer_put(&self->id_text, id_text);
}

void stack_partial_builder_reject(struct stack_partial_builder *self)
{
    self->state = PARTIAL_REJECTED;
    self->n_sheets = self->n_fragments = 0;
    self->n_rows = 0;
    buffer_clear(&self->fragments);
    buffer_clear(&self->rows);
    buffer_clear(&self->bytes);
}

static void pack_row_counts(struct buffer *out, const struct stack_sheet_counts *sheet)
{
    const struct stack_counts *rows = &sheet->rows;
    pack_array(out, 1 + STACK_COUNTS);
    pack_u64(out, sheet->sheet);
    pack_u64(out, rows->written);
    pack_u64(out, rows->blank);
    pack_u64(out, rows->header);
    pack_u64(out, rows->above);
    pack_u64(out, rows->repeated);
    pack_u64(out, rows->filtered);
    pack_u64(out, rows->totals);
    pack_u64(out, rows->footers);
    pack_u64(out, rows->hidden);
    pack_u64(out, rows->duplicates);
}

static void pack_header(const struct stack_partial_builder *self, const struct partial_counts *counts, struct buffer *out)
{
    pack_array(out, PARTIAL_FIELDS);
    pack_text(out, SPAN(PARTIAL_KIND));
    pack_u64(out, PARTIAL_VERSION);
    pack_bytes(out, span_make(self->plan.bytes, SHA256_BYTES));
    pack_bytes(out, span_make(self->source.bytes, SHA256_BYTES));
    pack_u64(out, self->slice);
    pack_u64(out, self->state);
    pack_array(out, 4);
    pack_u64(out, counts->read);
    pack_u64(out, counts->used);
    pack_u64(out, counts->not_applicable);
    pack_u64(out, counts->skipped);
    pack_text(out, buffer_span(&self->id_text));
    pack_array(out, self->n_sheets);
    for (uint32_t i = 0; i < self->n_sheets; i++)
        pack_row_counts(out, &self->sheets[i]);
    pack_u64(out, self->n_fragments);
    pack_array(out, 2);
    pack_u64(out, self->n_rows);
    pack_bool(out, self->rows.len > 0);
    pack_array(out, 2);
    pack_u64(out, self->n_issues);
    pack_u64(out, self->issues.len);
    pack_u64(out, self->bytes.len);
}

static uint64_t written_rows(const struct stack_partial_builder *self)
{
    uint64_t written = 0;
    for (uint32_t i = 0; i < self->n_sheets; i++)
        written += self->sheets[i].rows.written;
    return written;
}

void stack_partial_builder_finish(struct stack_partial_builder *self, struct partial_counts counts, struct buffer *out)
{
    must(counts.read == counts.used + counts.not_applicable + counts.skipped);
    must(self->rows.len == 0 || self->rows.len == self->n_rows * STACK_ROW_BYTES);
    must(written_rows(self) == self->n_rows);
    struct buffer header;
    buffer_init(&header, BUFFER_LIMIT_DEFAULT);
    pack_header(self, &counts, &header);
    size_t whole = sizeof(uint32_t) + header.len + self->fragments.len + self->rows.len + self->issues.len + self->bytes.len;
    must(buffer_reserve(out, whole)); /* at once: growing would copy the rows again and again */
    put_u32(out, (uint32_t)header.len);
    buffer_put(out, buffer_span(&header));
    buffer_put(out, buffer_span(&self->fragments));
    buffer_put(out, buffer_span(&self->rows));
    buffer_put(out, buffer_span(&self->issues));
    buffer_put(out, buffer_span(&self->bytes));
    buffer_free(&header);
}

/* --- reading --- */

static uint32_t get_u32(const unsigned char *at)
{
    uint32_t little;
    memcpy(&little, at, sizeof little);
    return le32toh(little);
}

void stack_fragment_get(const unsigned char *record, struct stack_fragment *ret)
{
    *ret = (struct stack_fragment){
        .len = get_u32(record), .raw_len = get_u32(record + 4), .crc32 = get_u32(record + 8), .n_rows = get_u32(record + 12)};
}

void stack_row_get(const unsigned char *record, struct stack_row *ret)
{
    memcpy(ret->hash, record, sizeof ret->hash);
    ret->n_cells = get_u32(record + sizeof ret->hash);
}

static bool read_hash(struct cursor *in, struct sha256 *ret)
{
    struct span bytes = cursor_bytes(in);
    if (bytes.len != SHA256_BYTES)
        return false;
    memcpy(ret->bytes, bytes.data, SHA256_BYTES);
    return true;
}

static bool adds_up(const uint64_t *parts, unsigned n, uint64_t *ret)
{
    *ret = 0;
    for (unsigned i = 0; i < n; i++) {
        if (__builtin_add_overflow(*ret, parts[i], ret))
            return false;
    }
    return true;
}

static bool read_counts(struct cursor *in, struct partial_counts *ret)
{
    uint32_t n = cursor_enter(in, 4);
    ret->read = cursor_u64(in);
    uint64_t parts[3], sum;
    for (unsigned i = 0; i < 3; i++)
        parts[i] = cursor_u64(in);
    if (in->fault != FAULT_NONE)
        return false;
    cursor_leave(in, n - 4);
    ret->used = parts[0];
    ret->not_applicable = parts[1];
    ret->skipped = parts[2];
    return adds_up(parts, 3, &sum) && sum == ret->read;
}

static bool read_sheet(struct cursor *in, struct stack_sheet_counts *ret)
{
    uint32_t n = cursor_enter(in, 1 + STACK_COUNTS);
    ret->sheet = cursor_u32(in);
    uint64_t counts[STACK_COUNTS], sum;
    for (unsigned i = 0; i < STACK_COUNTS; i++)
        counts[i] = cursor_u64(in);
    if (in->fault != FAULT_NONE)
        return false;
    cursor_leave(in, n - 1 - STACK_COUNTS);
    ret->rows = (struct stack_counts){.written = counts[0],
                                      .blank = counts[1],
                                      .header = counts[2],
                                      .above = counts[3],
                                      .repeated = counts[4],
                                      .filtered = counts[5],
                                      .totals = counts[6],
                                      .footers = counts[7],
                                      .hidden = counts[8],
                                      .duplicates = counts[9]};
    return adds_up(counts, STACK_COUNTS, &sum) && ret->rows.duplicates == 0;
}

static bool read_sheets(struct cursor *in, struct arena *arena, struct stack_partial *ret, uint64_t *ret_written)
{
    ret->n_sheets = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || ret->n_sheets > SHEETS_MAX)
        return false;
    ret->sheets = arena_alloc(arena, ret->n_sheets * sizeof *ret->sheets);
    if (!ret->sheets)
        return false;
    *ret_written = 0;
    for (uint32_t i = 0; i < ret->n_sheets; i++) {
        struct stack_sheet_counts *sheet = &ret->sheets[i];
        if (!read_sheet(in, sheet) || (i && sheet->sheet <= sheet[-1].sheet) ||
            __builtin_add_overflow(*ret_written, sheet->rows.written, ret_written))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_sizes(struct cursor *in, struct stack_partial *ret)
{
    ret->n_fragments = cursor_u32(in);
    uint32_t n = cursor_enter(in, 2);
    ret->n_rows = cursor_u64(in);
    ret->has_rows = cursor_bool(in);
    if (in->fault != FAULT_NONE)
        return false;
    cursor_leave(in, n - 2);
    n = cursor_enter(in, 2);
    ret->n_issues = cursor_u32(in);
    ret->issues_len = cursor_u64(in);
    if (in->fault != FAULT_NONE)
        return false;
    cursor_leave(in, n - 2);
    ret->bytes_len = cursor_u64(in);
    return in->fault == FAULT_NONE;
}

static bool read_header(struct span header, struct arena *arena, struct stack_partial *ret)
{
    struct cursor in;
    cursor_init(&in, header);
    uint32_t n = cursor_enter(&in, PARTIAL_FIELDS);
    if (!span_is(cursor_text(&in), PARTIAL_KIND) || cursor_u32(&in) != PARTIAL_VERSION || !read_hash(&in, &ret->plan) ||
        !read_hash(&in, &ret->source))
        return false;
    ret->slice = cursor_u32(&in);
    uint32_t state = cursor_u32(&in);
    if (ret->slice >= SOURCE_SLICES_MAX || state > PARTIAL_REJECTED || !read_counts(&in, &ret->counts))
        return false;
    ret->state = (enum partial_state)state;
    ret->id_text = cursor_text(&in);
    uint64_t written;
    if (!read_sheets(&in, arena, ret, &written) || !read_sizes(&in, ret))
        return false;
    cursor_leave(&in, n - PARTIAL_FIELDS);
    return cursor_at_end(&in) && written == ret->n_rows && (ret->state == PARTIAL_OK || (!ret->n_fragments && !ret->n_sheets));
}

/* The sections one after another; nothing may be left over. The factors are 32 bits or checked, so that no product overflows. */
static bool lay_out(struct stack_partial *self, uint64_t at, uint64_t size)
{
    uint64_t rest = size - at, fragments_len = (uint64_t)self->n_fragments * STACK_FRAGMENT_BYTES;
    if (fragments_len > rest)
        return false;
    rest -= fragments_len;
    if (self->has_rows && self->n_rows > rest / STACK_ROW_BYTES)
        return false;
    uint64_t rows_len = self->has_rows ? self->n_rows * STACK_ROW_BYTES : 0;
    rest -= rows_len;
    if (self->issues_len > rest || self->bytes_len != rest - self->issues_len)
        return false;
    self->fragments_at = at;
    self->rows_at = at + fragments_len;
    self->issues_at = self->rows_at + rows_len;
    self->bytes_at = self->issues_at + self->issues_len;
    return true;
}

static bool fragments_are_sound(const struct stack_partial *self, struct span bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.data + self->fragments_at;
    uint64_t len = 0, rows = 0;
    for (uint32_t i = 0; i < self->n_fragments; i++, at += STACK_FRAGMENT_BYTES) {
        struct stack_fragment fragment;
        stack_fragment_get(at, &fragment);
        if (!fragment.len || !fragment.n_rows || fragment.raw_len < fragment.n_rows ||
            fragment.raw_len > STACK_FRAGMENT_RAW_MAX || fragment.raw_len / DEFLATE_RATIO_MAX > fragment.len)
            return false;
        len += fragment.len;
        rows += fragment.n_rows;
    }
    return len == self->bytes_len && rows == self->n_rows;
}

static bool issues_are_sound(const struct stack_partial *self, struct span bytes)
{
    struct cursor in;
    cursor_init(&in, span_make(bytes.data + self->issues_at, self->issues_len));
    for (uint32_t i = 0; i < self->n_issues; i++) {
        struct issue issue;
        if (issue_decode(&in, &issue) != FAULT_NONE)
            return false;
    }
    return cursor_at_end(&in);
}

enum fault stack_partial_open(struct span bytes, uint64_t size, struct arena *arena, struct stack_partial *ret)
{
    struct stack_partial self = {0};
    if (bytes.len < sizeof(uint32_t) || bytes.len > size)
        return FAULT_PROTOCOL;
    uint32_t length = get_u32((const unsigned char *)bytes.data);
    if (length > bytes.len - sizeof length || !read_header(span_make(bytes.data + sizeof length, length), arena, &self))
        return FAULT_PROTOCOL;
    if (!lay_out(&self, sizeof length + length, size) || self.bytes_at > bytes.len)
        return FAULT_PROTOCOL;
    if (!fragments_are_sound(&self, bytes) || !issues_are_sound(&self, bytes))
        return FAULT_PROTOCOL;
    *ret = self;
    return FAULT_NONE;
}

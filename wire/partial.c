/* SPDX-License-Identifier: MIT
 *
 * A partial result as bytes. The builder sorts and lays out; partial_open believes nothing: the
 * sections fill the bytes exactly, values ascend and are in normal form, texts are inside their
 * section, issues decode, counts add up.
 */
#include "wire/partial.h"

#include <endian.h>
#include <stdlib.h>

#include "core/must.h"
#include "wire/cursor.h"

#define PARTIAL_VERSION 1
#define PARTIAL_FIELDS 10
#define COEFFICIENT_MAX INT64_C(100000000000000000) /* 10^17, core/decimal.h */
#define EXPONENT_MAX 400
#define ISSUE_BYTES_MAX ((size_t)256 << 20)

struct partial_builder {
    struct sha256 plan, source;
    enum partial_state state;
    struct partial_value *values;
    uint32_t n_values, values_capacity;
    struct partial_sheet *sheets; /* names: text_at and length in `names` */
    uint32_t n_sheets, sheets_capacity;
    uint32_t n_issues;
    struct buffer texts, issues, names, id_text;
};

struct partial_builder *partial_builder_new(struct sha256 plan, struct sha256 source)
{
    struct partial_builder *self = must_alloc(sizeof *self);
    self->plan = plan;
    self->source = source;
    buffer_init(&self->texts, PARTIAL_TEXT_BYTES_MAX);
    buffer_init(&self->issues, ISSUE_BYTES_MAX);
    buffer_init(&self->names, BUFFER_LIMIT_DEFAULT);
    buffer_init(&self->id_text, BUFFER_LIMIT_DEFAULT);
    return self;
}

void partial_builder_destroy(struct partial_builder **self)
{
    if (!*self)
        return;
    free((*self)->values);
    free((*self)->sheets);
    buffer_free(&(*self)->texts);
    buffer_free(&(*self)->issues);
    buffer_free(&(*self)->names);
    buffer_free(&(*self)->id_text);
    free(*self);
    *self = NULL;
}

static bool has_text(const struct partial_value *value)
{
    return value->kind == VALUE_TEXT || value->kind == VALUE_ERROR;
}

enum fault partial_builder_value(struct partial_builder *self, struct partial_value value,
                                 struct span text)
{
    value.text_at = value.text_len = 0;
    if (has_text(&value)) {
        value.text_at = (uint32_t)self->texts.len;
        value.text_len = (uint32_t)text.len;
        value.number = (struct decimal){0};
        if (buffer_append(&self->texts, text) != FAULT_NONE)
            return FAULT_LIMIT;
    }
    if (self->n_values == self->values_capacity) {
        self->values_capacity = self->values_capacity ? self->values_capacity * 2 : 256;
        self->values = must_realloc(self->values, self->values_capacity * sizeof *self->values);
    }
    self->values[self->n_values++] = value;
    return FAULT_NONE;
}

void partial_builder_issue(struct partial_builder *self, const struct issue *issue)
{
    issue_encode(&self->issues, issue);
    self->n_issues++;
}

void partial_builder_sheet(struct partial_builder *self, struct partial_sheet sheet)
{
    if (self->n_sheets == self->sheets_capacity) {
        self->sheets_capacity = self->sheets_capacity ? self->sheets_capacity * 2 : 8;
        self->sheets = must_realloc(self->sheets, self->sheets_capacity * sizeof *self->sheets);
    }
    buffer_put(&self->names, sheet.source_name);
    self->sheets[self->n_sheets++] = sheet;
}

void partial_builder_id(struct partial_builder *self, struct span id_text)
{
    buffer_clear(&self->id_text);
    buffer_put(&self->id_text, id_text);
}

void partial_builder_reject(struct partial_builder *self)
{
    self->state = PARTIAL_REJECTED;
    self->n_values = 0;
    buffer_clear(&self->texts);
}

/* Stable by order of arrival within an input, which `text_at` cannot tell for numbers: a merge sort
 * keeps it. */
static void sort_values(struct partial_value *values, struct partial_value *spare, uint32_t n)
{
    bool is_sorted = true;
    for (uint32_t i = 1; i < n && is_sorted; i++)
        is_sorted = values[i - 1].input <= values[i].input;
    if (is_sorted)
        return;
    uint32_t half = n / 2;
    sort_values(values, spare, half);
    sort_values(values + half, spare, n - half);
    memcpy(spare, values, half * sizeof *values);
    for (uint32_t i = 0, k = half, to = 0; i < half; to++) {
        if (k < n && values[k].input < spare[i].input)
            values[to] = values[k++];
        else
            values[to] = spare[i++];
    }
}

/* Sorted, the last of each input kept. */
static void settle_values(struct partial_builder *self)
{
    struct partial_value *spare = must_alloc((self->n_values / 2 + 1) * sizeof *spare);
    sort_values(self->values, spare, self->n_values);
    free(spare);
    uint32_t n = 0;
    for (uint32_t i = 0; i < self->n_values; i++) {
        if (n && self->values[n - 1].input == self->values[i].input)
            n--;
        self->values[n++] = self->values[i];
    }
    self->n_values = n;
}

static struct span view_at(const struct buffer *bytes, size_t at, size_t len)
{
    return len ? span_make(bytes->data + at, len) : (struct span){"", 0};
}

static void pack_header(struct partial_builder *self, const struct partial_counts *counts,
                        size_t texts_len, struct buffer *out)
{
    pack_array(out, PARTIAL_FIELDS);
    pack_u64(out, PARTIAL_VERSION);
    pack_bytes(out, span_make(self->plan.bytes, SHA256_BYTES));
    pack_bytes(out, span_make(self->source.bytes, SHA256_BYTES));
    pack_u64(out, self->state);
    pack_array(out, 4);
    pack_u64(out, counts->read);
    pack_u64(out, counts->used);
    pack_u64(out, counts->not_applicable);
    pack_u64(out, counts->skipped);
    pack_text(out, buffer_span(&self->id_text));
    pack_array(out, self->n_sheets);
    size_t at = 0;
    for (uint32_t i = 0; i < self->n_sheets; i++) {
        const struct partial_sheet *sheet = &self->sheets[i];
        pack_array(out, 3);
        pack_u64(out, sheet->plan_sheet);
        pack_text(out, view_at(&self->names, at, sheet->source_name.len));
        pack_u64(out, sheet->match);
        at += sheet->source_name.len;
    }
    pack_u64(out, self->n_values);
    pack_u64(out, texts_len);
    pack_u64(out, self->n_issues);
}

void partial_builder_finish(struct partial_builder *self, struct partial_counts counts,
                            struct buffer *out)
{
    must(counts.read == counts.used + counts.not_applicable + counts.skipped);
    settle_values(self);
    struct buffer texts; /* in the order of the values, without those that were replaced */
    buffer_init(&texts, PARTIAL_TEXT_BYTES_MAX);
    for (uint32_t i = 0; i < self->n_values; i++) {
        struct partial_value *value = &self->values[i];
        if (!has_text(value))
            continue;
        struct span text = view_at(&self->texts, value->text_at, value->text_len);
        value->text_at = (uint32_t)texts.len;
        buffer_put(&texts, text);
    }
    struct buffer header;
    buffer_init(&header, BUFFER_LIMIT_DEFAULT);
    pack_header(self, &counts, texts.len, &header);
    uint32_t length = htole32((uint32_t)header.len);
    buffer_put(out, span_make(&length, sizeof length));
    buffer_put(out, buffer_span(&header));
    for (uint32_t i = 0; i < self->n_values; i++) {
        unsigned char bytes[PARTIAL_VALUE_BYTES];
        partial_value_put(bytes, &self->values[i]);
        buffer_put(out, span_make(bytes, sizeof bytes));
    }
    buffer_put(out, buffer_span(&texts));
    buffer_put(out, buffer_span(&self->issues));
    buffer_free(&header);
    buffer_free(&texts);
}

/* --- one value: input u32, kind u8, flags u8, exponent i16, coefficient i64, text_at u32, text_len
 * u32 --- */

void partial_value_put(unsigned char *bytes, const struct partial_value *value)
{
    uint32_t input = htole32(value->input), at = htole32(value->text_at),
             len = htole32(value->text_len);
    uint16_t exponent = htole16((uint16_t)value->number.exponent);
    uint64_t coefficient = htole64((uint64_t)value->number.coefficient);
    memcpy(bytes, &input, 4);
    bytes[4] = value->kind;
    bytes[5] = value->flags;
    memcpy(bytes + 6, &exponent, 2);
    memcpy(bytes + 8, &coefficient, 8);
    memcpy(bytes + 16, &at, 4);
    memcpy(bytes + 20, &len, 4);
}

void partial_value_get(const unsigned char *bytes, struct partial_value *ret)
{
    uint32_t input, at, len;
    uint16_t exponent;
    uint64_t coefficient;
    memcpy(&input, bytes, 4);
    memcpy(&exponent, bytes + 6, 2);
    memcpy(&coefficient, bytes + 8, 8);
    memcpy(&at, bytes + 16, 4);
    memcpy(&len, bytes + 20, 4);
    *ret = (struct partial_value){
        .input = le32toh(input),
        .kind = bytes[4],
        .flags = bytes[5],
        .number = {(int64_t)le64toh(coefficient), (int16_t)le16toh(exponent)},
        .text_at = le32toh(at),
        .text_len = le32toh(len),
    };
}

/* --- reading --- */

static bool read_hash(struct cursor *in, struct sha256 *ret)
{
    struct span bytes = cursor_bytes(in);
    if (bytes.len != SHA256_BYTES)
        return false;
    memcpy(ret->bytes, bytes.data, SHA256_BYTES);
    return true;
}

static bool read_counts(struct cursor *in, struct partial_counts *ret)
{
    uint32_t n = cursor_enter(in, 4);
    ret->read = cursor_u64(in);
    ret->used = cursor_u64(in);
    ret->not_applicable = cursor_u64(in);
    ret->skipped = cursor_u64(in);
    if (in->fault != FAULT_NONE)
        return false;
    cursor_leave(in, n - 4);
    uint64_t sum;
    return !__builtin_add_overflow(ret->used, ret->not_applicable, &sum) &&
           !__builtin_add_overflow(sum, ret->skipped, &sum) && sum == ret->read;
}

static bool read_sheets(struct cursor *in, struct arena *arena, struct partial *ret)
{
    ret->n_sheets = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE)
        return false;
    ret->sheets = arena_alloc(arena, ret->n_sheets * sizeof *ret->sheets);
    if (!ret->sheets)
        return false;
    for (uint32_t i = 0; i < ret->n_sheets; i++) {
        uint32_t n = cursor_enter(in, 3);
        ret->sheets[i].plan_sheet = cursor_u32(in);
        ret->sheets[i].source_name = cursor_text(in);
        uint32_t match = cursor_u32(in);
        if (in->fault != FAULT_NONE || match > MATCH_MISSING)
            return false;
        ret->sheets[i].match = match;
        cursor_leave(in, n - 3);
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_header(struct span header, struct arena *arena, struct partial *ret)
{
    struct cursor in;
    cursor_init(&in, header);
    uint32_t n = cursor_enter(&in, PARTIAL_FIELDS);
    if (cursor_u32(&in) != PARTIAL_VERSION || !read_hash(&in, &ret->plan) ||
        !read_hash(&in, &ret->source))
        return false;
    uint32_t state = cursor_u32(&in);
    if (state > PARTIAL_REJECTED || !read_counts(&in, &ret->counts))
        return false;
    ret->state = state;
    ret->id_text = cursor_text(&in);
    if (!read_sheets(&in, arena, ret))
        return false;
    ret->n_values = cursor_u32(&in);
    ret->texts_len = cursor_u64(&in);
    ret->n_issues = cursor_u32(&in);
    if (in.fault != FAULT_NONE)
        return false;
    cursor_leave(&in, n - PARTIAL_FIELDS);
    return in.fault == FAULT_NONE && cursor_at_end(&in) &&
           (state == PARTIAL_OK || ret->n_values == 0);
}

static bool is_normal(struct decimal number)
{
    if (number.coefficient == 0)
        return number.exponent == 0;
    return number.coefficient < COEFFICIENT_MAX && number.coefficient > -COEFFICIENT_MAX &&
           number.coefficient % 10 != 0 && number.exponent >= -EXPONENT_MAX &&
           number.exponent <= EXPONENT_MAX;
}

static bool flags_are_sound(const struct partial_value *value)
{
    bool may_be_none = value->kind == VALUE_TEXT || value->kind == VALUE_DATE || value->kind == VALUE_BOOLEAN;
    switch (value->flags) {
    case 0:
    case VALUE_USED:
        return true;
    case VALUE_NO_NUMBER:
    case VALUE_NO_NUMBER | VALUE_UNTOLD:
        return may_be_none;
    default:
        return false;
    }
}

static bool value_is_sound(const struct partial_value *value, uint64_t texts_len)
{
    if (value->kind > VALUE_ERROR || !flags_are_sound(value) || !is_normal(value->number))
        return false;
    if (has_text(value))
        return value->text_at <= texts_len && value->text_len <= texts_len - value->text_at &&
               value->number.coefficient == 0;
    bool is_flag = value->number.exponent == 0 && (uint64_t)value->number.coefficient <= 1;
    return value->text_at == 0 && value->text_len == 0 && (value->kind != VALUE_BOOLEAN || is_flag);
}

static bool values_are_sound(const struct partial *self, struct span bytes)
{
    const unsigned char *at = (const unsigned char *)bytes.data + self->values_at;
    uint32_t last = 0;
    for (uint32_t i = 0; i < self->n_values; i++, at += PARTIAL_VALUE_BYTES) {
        struct partial_value value;
        partial_value_get(at, &value);
        if (!value_is_sound(&value, self->texts_len) || (i && value.input <= last))
            return false;
        last = value.input;
    }
    return true;
}

static bool issues_are_sound(const struct partial *self, struct span bytes)
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

enum fault partial_open(struct span bytes, struct arena *arena, struct partial *ret)
{
    struct partial self = {0};
    uint32_t length;
    if (bytes.len < sizeof length)
        return FAULT_PROTOCOL;
    memcpy(&length, bytes.data, sizeof length);
    length = le32toh(length);
    uint64_t rest = bytes.len - sizeof length;
    if (length > rest || !read_header(span_make(bytes.data + sizeof length, length), arena, &self))
        return FAULT_PROTOCOL;
    rest -= length;
    uint64_t values_len = (uint64_t)self.n_values * PARTIAL_VALUE_BYTES;
    if (values_len > rest || self.texts_len > rest - values_len)
        return FAULT_PROTOCOL;
    self.values_at = sizeof length + length;
    self.texts_at = self.values_at + values_len;
    self.issues_at = self.texts_at + self.texts_len;
    self.issues_len = bytes.len - self.issues_at;
    if (!values_are_sound(&self, bytes) || !issues_are_sound(&self, bytes))
        return FAULT_PROTOCOL;
    *ret = self;
    return FAULT_NONE;
}

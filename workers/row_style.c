/* SPDX-License-Identifier: MIT
 *
 * Formats are found by their code: indexes differ from book to book, codes do not.
 */
#include "workers/row_style.h"

#include <stdlib.h>

#include "core/hash.h"
#include "core/must.h"

struct row_formats {
    const struct stack_plan *plan;
    uint32_t *slots; /* 1 + index of a format; 0: empty */
    uint32_t mask;
};

struct row_formats *row_formats_new(const struct stack_plan *plan)
{
    struct row_formats *self = must_alloc(sizeof *self);
    uint32_t size = 16;
    while (size < plan->n_formats * 2)
        size *= 2;
    self->plan = plan;
    self->mask = size - 1;
    self->slots = must_alloc(size * sizeof *self->slots);
    for (uint32_t i = 0; i < plan->n_formats; i++) {
        uint32_t slot = (uint32_t)hash_bytes(plan->formats[i]) & self->mask;
        while (self->slots[slot])
            slot = (slot + 1) & self->mask;
        self->slots[slot] = i + 1;
    }
    return self;
}

void row_formats_destroy(struct row_formats **self)
{
    if (!*self)
        return;
    free((*self)->slots);
    free(*self);
    *self = NULL;
}

static uint32_t find_format(const struct row_formats *self, struct span code)
{
    uint32_t slot = (uint32_t)hash_bytes(code) & self->mask;
    for (; self->slots[slot]; slot = (slot + 1) & self->mask) {
        uint32_t i = self->slots[slot] - 1;
        if (span_equal(self->plan->formats[i], code))
            return STACK_STYLES_FIXED + i;
    }
    return STACK_STYLE_GENERAL;
}

static uint8_t put(char *out, size_t at, struct span text)
{
    memcpy(out + at, text.data, text.len);
    return (uint8_t)(at + text.len);
}

/* `<c`, ` s="n"` */
static uint8_t put_head(char *out, uint32_t style)
{
    uint8_t at = put(out, 0, SPAN("<c"));
    if (style == STACK_STYLE_GENERAL)
        return at;
    char digits[ROW_STYLE_DIGITS + 1];
    size_t n = 0;
    for (uint32_t rest = style; rest; rest /= 10)
        digits[n++] = (char)('0' + rest % 10);
    must(n <= ROW_STYLE_DIGITS);
    at = put(out, at, SPAN(" s=\""));
    while (n)
        out[at++] = digits[--n];
    return put(out, at, SPAN("\""));
}

static struct row_style make_style(uint32_t style, enum format_kind kind, bool is_1904)
{
    struct row_style made = {.style = style, .kind = (uint8_t)kind, .is_shifted = is_1904 && kind == FORMAT_DATE};
    made.number_len = put(made.number, put_head(made.number, style), SPAN("><v>"));
    made.text_len = put(made.text, put_head(made.text, style), SPAN(" t=\"inlineStr\"><is><t>"));
    return made;
}

void row_styles_init(struct row_styles *self)
{
    *self = (struct row_styles){.general = make_style(STACK_STYLE_GENERAL, FORMAT_GENERAL, false),
                                .date = make_style(STACK_STYLE_DATE, FORMAT_DATE, false),
                                .date_time = make_style(STACK_STYLE_DATE_TIME, FORMAT_DATE, false)};
}

void row_styles_free(struct row_styles *self)
{
    free(self->items);
    self->items = NULL;
    self->n = self->capacity = 0;
}

void row_styles_fill(struct row_styles *self, const struct row_formats *formats, const struct styles *styles, bool is_1904)
{
    uint32_t n = styles_count(styles);
    if (n > self->capacity) {
        self->items = must_realloc(self->items, n * sizeof *self->items);
        self->capacity = n;
    }
    for (uint32_t i = 0; i < n; i++)
        self->items[i] = make_style(find_format(formats, styles_format(styles, i)), styles_kind(styles, i), is_1904);
    self->n = n;
}

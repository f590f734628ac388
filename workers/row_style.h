/* SPDX-License-Identifier: MIT
 *
 * What a cell's style index in one book means for the rows that are written: the format's number in the output, as the very
 * bytes that a cell begins with, and whether its numbers are dates. Made once per book, looked up per cell.
 */
#ifndef SHEAF_WORKERS_ROW_STYLE_H
#define SHEAF_WORKERS_ROW_STYLE_H

#include "wire/stack_plan.h"
#include "workbook/styles.h"

#define ROW_STYLE_DIGITS 5 /* STACK_STYLES_FIXED + STACK_FORMATS_MAX has no more */

struct row_style {
    char number[16]; /* `<c s="12"><v>` */
    char text[48];   /* `<c s="12" t="inlineStr"><is><t>` */
    uint8_t number_len, text_len;
    uint8_t kind;    /* enum format_kind */
    bool is_shifted; /* its numbers are dates of the 1904 system */
    uint32_t style;  /* in the output */
};

struct row_styles {
    struct row_style *items;
    uint32_t n, capacity;
    struct row_style general, date, date_time; /* for an index out of range; for dates that bring no format of their own */
};

struct row_formats; /* of a plan: from a format's code to its number */
struct row_formats *row_formats_new(const struct stack_plan *plan); /* borrowed */
void row_formats_destroy(struct row_formats **self);

void row_styles_init(struct row_styles *self);
void row_styles_free(struct row_styles *self);
/* Replaces what was there. */
void row_styles_fill(struct row_styles *self, const struct row_formats *formats, const struct styles *styles, bool is_1904);

static inline const struct row_style *row_styles_get(const struct row_styles *self, uint32_t index)
{
    return index < self->n ? &self->items[index] : &self->general;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * A source's layouts and its sheets' counts, put together from the slices that it was cut into.
 */
#include <stdlib.h>

#include "core/must.h"
#include "sink/stack_merge.h"

#define TOLD_BYTES_MAX ((size_t)512 << 20)

void stack_counts_add(struct stack_counts *to, const struct stack_counts *from)
{
    to->written += from->written;
    to->blank += from->blank;
    to->header += from->header;
    to->above += from->above;
    to->repeated += from->repeated;
    to->filtered += from->filtered;
    to->totals += from->totals;
    to->footers += from->footers;
    to->hidden += from->hidden;
    to->duplicates += from->duplicates;
}

struct teller {
    const struct stack_parts *parts;
    struct stack_told *told;
    struct buffer bytes;
    unsigned char *has_column; /* of the plan */
    bool has_header;
    uint32_t sheets_capacity, extra_capacity;
};

static enum fault load(struct teller *self, uint64_t at, uint64_t len)
{
    buffer_clear(&self->bytes);
    char *to = buffer_reserve(&self->bytes, len);
    if (!to)
        return FAULT_LIMIT;
    enum fault fault = spool_read(ledger_spool(self->parts->ledger), at, to, len);
    self->bytes.len = fault == FAULT_NONE ? len : 0;
    return fault;
}

static int compare_index(const void *key, const void *sheet)
{
    uint32_t index = *(const uint32_t *)key, other = ((const struct stack_told_sheet *)sheet)->index;
    return (index > other) - (index < other);
}

/* Sheets ascend in the layouts of a source's slices, and one that is cut comes again in the next. */
static enum fault find_sheet(struct teller *self, const struct stack_layout_sheet *sheet, struct stack_told_sheet **ret)
{
    struct stack_told *told = self->told;
    *ret = told->n_sheets ? bsearch(&sheet->index, told->sheets, told->n_sheets, sizeof *told->sheets, compare_index) : NULL;
    if (*ret)
        return FAULT_NONE;
    if (told->n_sheets == self->sheets_capacity) {
        self->sheets_capacity = self->sheets_capacity ? self->sheets_capacity * 2 : 8;
        told->sheets = must_realloc(told->sheets, self->sheets_capacity * sizeof *told->sheets);
    }
    *ret = &told->sheets[told->n_sheets++];
    **ret = (struct stack_told_sheet){.index = sheet->index, .name = arena_copy(told->arena, sheet->name),
                                      .first_header = sheet->first_header, .last_header = sheet->last_header};
    return (*ret)->name.data ? FAULT_NONE : FAULT_LIMIT;
}

static enum fault note_extra(struct teller *self, struct span name)
{
    struct stack_told *told = self->told;
    for (uint32_t i = 0; i < told->n_extra; i++)
        if (span_equal(told->extra[i], name))
            return FAULT_NONE;
    if (told->n_extra == self->extra_capacity) {
        self->extra_capacity = self->extra_capacity ? self->extra_capacity * 2 : 8;
        told->extra = must_realloc(told->extra, self->extra_capacity * sizeof *told->extra);
    }
    struct span copy = arena_copy(told->arena, name);
    told->extra[told->n_extra++] = copy;
    return copy.data ? FAULT_NONE : FAULT_LIMIT;
}

static enum fault note_columns(struct teller *self, const struct stack_layout_sheet *sheet)
{
    enum fault fault = FAULT_NONE;
    self->has_header |= sheet->first_header != 0;
    for (uint32_t i = 0; i < sheet->n_columns && fault == FAULT_NONE; i++) {
        uint32_t column = sheet->columns[i].column;
        if (column == STACK_COLUMN_NONE)
            fault = note_extra(self, sheet->columns[i].name);
        else if (column < self->parts->plan->n_columns)
            self->has_column[column] = 1;
    }
    return fault;
}

static enum fault read_counts(struct teller *self, const struct stack_part *part, const struct stack_layout *layout)
{
    enum fault fault = load(self, part->sheets_at, part->n_sheets * sizeof(struct stack_sheet_counts));
    for (uint32_t i = 0; i < part->n_sheets && fault == FAULT_NONE; i++) {
        struct stack_sheet_counts counts;
        struct stack_told_sheet *sheet;
        memcpy(&counts, self->bytes.data + i * sizeof counts, sizeof counts);
        stack_counts_add(&self->told->rows, &counts.rows);
        if (counts.sheet >= layout->n_sheets)
            continue;
        fault = find_sheet(self, &layout->sheets[counts.sheet], &sheet);
        if (fault == FAULT_NONE)
            stack_counts_add(&sheet->rows, &counts.rows);
    }
    return fault;
}

static enum fault read_record(struct teller *self, uint32_t index)
{
    const struct record *record = ledger_record(self->parts->ledger, index);
    const struct stack_part *part = stack_parts_at(self->parts, index);
    struct stack_layout layout = {0};
    struct arena *arena = arena_new(TOLD_BYTES_MAX);
    struct buffer bytes; /* the layout views it */
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    enum fault fault = record->layout_len ? load(self, record->layout_at, record->layout_len) : FAULT_NONE;
    if (fault == FAULT_NONE && record->layout_len) {
        struct buffer other = bytes;
        bytes = self->bytes;
        self->bytes = other;
        fault = stack_layout_decode(buffer_span(&bytes), arena, &layout);
    }
    for (uint32_t i = 0; i < layout.n_sheets && fault == FAULT_NONE; i++) {
        struct stack_told_sheet *sheet;
        fault = find_sheet(self, &layout.sheets[i], &sheet);
        if (fault == FAULT_NONE)
            fault = note_columns(self, &layout.sheets[i]);
    }
    if (fault == FAULT_NONE && part)
        fault = read_counts(self, part, &layout);
    arena_destroy(&arena);
    buffer_free(&bytes);
    return fault;
}

static void list_missing(struct teller *self)
{
    uint32_t n_columns = self->parts->plan->n_columns;
    if (!self->has_header)
        return;
    self->told->missing = must_alloc((n_columns + 1) * sizeof *self->told->missing);
    for (uint32_t i = 0; i < n_columns; i++)
        if (!self->has_column[i])
            self->told->missing[self->told->n_missing++] = i;
}

enum fault stack_told_read(const struct stack_parts *parts, uint32_t head, struct stack_told *ret)
{
    *ret = (struct stack_told){.arena = arena_new(TOLD_BYTES_MAX)};
    struct teller self = {.parts = parts, .told = ret, .has_column = must_alloc(parts->plan->n_columns + 1)};
    buffer_init(&self.bytes, BUFFER_LIMIT_DEFAULT);
    enum fault fault = FAULT_NONE;
    for (uint32_t i = head; i < ledger_next(parts->ledger, head) && fault == FAULT_NONE; i++)
        fault = read_record(&self, i);
    if (fault == FAULT_NONE)
        list_missing(&self);
    else
        stack_told_free(ret);
    buffer_free(&self.bytes);
    free(self.has_column);
    return fault;
}

void stack_told_free(struct stack_told *self)
{
    arena_destroy(&self->arena);
    free(self->sheets);
    free(self->extra);
    free(self->missing);
    *self = (struct stack_told){0};
}

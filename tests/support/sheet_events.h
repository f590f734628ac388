/* SPDX-License-Identifier: MIT
 *
 * What the sheet scanner says about a document, as text: one line per event, then "ok" or the fault with its place.
 *
 *     row 3 hidden                    B7 number 12 style=1                  C7 text "a" formula="A1" shared=0 range=C7:C9
 */
#ifndef SHEAF_TESTS_SUPPORT_SHEET_EVENTS_H
#define SHEAF_TESTS_SUPPORT_SHEET_EVENTS_H

#include <stdlib.h>

#include "core/buffer.h"
#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "workbook/shared_strings_reader.h"
#include "workbook/sheet_scanner.h"

struct sheet_events {
    struct buffer text;
    bool wants_blanks;
    uint64_t max_cells;
};

static void events_put_range(struct buffer *out, struct cell_range range)
{
    char first[CELL_REF_TEXT_MAX], last[CELL_REF_TEXT_MAX];
    cell_ref_format(range.first, first);
    cell_ref_format(range.last, last);
    buffer_putf(out, "%s:%s", first, last);
}

static enum fault events_on_row(void *context, const struct sheet_row *row)
{
    struct sheet_events *self = context;
    buffer_putf(&self->text, "row %u%s\n", row->row + 1, row->is_hidden ? " hidden" : "");
    return FAULT_NONE;
}

static enum fault events_on_cell(void *context, const struct cell *cell)
{
    static const char *const types[] = {"blank", "number", "text", "boolean", "error", "date"};
    static const char *const formulas[] = {"", "normal", "shared", "array", "table"};
    struct sheet_events *self = context;
    struct buffer *out = &self->text;
    char ref[CELL_REF_TEXT_MAX];
    cell_ref_format((struct cell_ref){cell->row, cell->col}, ref);
    buffer_putf(out, "%s %s ", ref, types[cell->type]);
    if (cell->has_value)
        utf8_put_json(out, cell->value);
    double number = 0;
    must(cell->type != CELL_NUMBER || !cell->has_value ||
         (!number_parse(cell->value, &number) && memcmp(&number, &cell->number, sizeof number) == 0));
    if (cell->style)
        buffer_putf(out, " style=%u", cell->style);
    if (cell->formula) {
        buffer_putf(out, " %s=", formulas[cell->formula]);
        utf8_put_json(out, cell->formula_text);
        if (cell->formula == FORMULA_SHARED)
            buffer_putf(out, " si=%u", cell->shared_index);
        if (cell->has_formula_range) {
            buffer_put_text(out, " range=");
            events_put_range(out, cell->formula_range);
        }
    }
    buffer_put_char(out, '\n');
    return FAULT_NONE;
}

static enum fault events_on_merge(void *context, struct cell_range range)
{
    struct sheet_events *self = context;
    buffer_put_text(&self->text, "merge ");
    events_put_range(&self->text, range);
    buffer_put_char(&self->text, '\n');
    return FAULT_NONE;
}

static enum fault events_on_column(void *context, uint32_t first, uint32_t last, bool is_hidden)
{
    struct sheet_events *self = context;
    buffer_putf(&self->text, "columns %u-%u%s\n", first + 1, last + 1, is_hidden ? " hidden" : "");
    return FAULT_NONE;
}

static enum fault events_on_protection(void *context)
{
    struct sheet_events *self = context;
    buffer_put_text(&self->text, "protected\n");
    return FAULT_NONE;
}

/* Scans `document` in pieces of `first` bytes, then of `piece` bytes each. False: this machine has no such road. */
static inline bool sheet_events_scan(struct sheet_events *self, struct span document, size_t first, size_t piece,
                                     enum scan_road road, const struct shared_strings *strings)
{
    struct why why = {0};
    struct sheet_handler handler = {
        .self = self,
        .row = events_on_row,
        .cell = events_on_cell,
        .merge = events_on_merge,
        .column = events_on_column,
        .protection = events_on_protection,
        .wants_blanks = self->wants_blanks,
        .wants_numbers = true,
    };
    struct sheet_scanner *scanner = sheet_scanner_new(strings, &handler, self->max_cells ? self->max_cells : 1000000, &why);
    bool has_road = sheet_scanner_set_road(scanner, road);
    enum fault fault = FAULT_NONE;
    buffer_clear(&self->text);
    for (size_t at = 0; has_road && !fault && at < document.len;) {
        size_t n = at == 0 && first ? first : piece;
        n = n < document.len - at ? n : document.len - at;
        /* A copy of exactly this size: reading past its end is seen by the sanitizer. */
        char *copy = must_alloc(n);
        memcpy(copy, document.data + at, n);
        fault = sheet_scanner_push(scanner, span_make(copy, n));
        free(copy);
        at += n;
    }
    if (!fault)
        fault = sheet_scanner_finish(scanner);
    if (fault) {
        char line[1024];
        buffer_putf(&self->text, "%s %s", fault_class(fault), why_line(&why, line, sizeof line));
    } else {
        buffer_put_text(&self->text, "ok");
    }
    sheet_scanner_destroy(&scanner);
    return has_road;
}

/* A table from a document; NULL after a fault, which goes to `why`. */
static inline struct shared_strings *strings_from(struct span document, size_t piece, bool has_fast_road, struct why *why)
{
    struct shared_strings *table = NULL;
    struct shared_strings_reader *reader = shared_strings_reader_new(&budget_default, has_fast_road, why);
    enum fault fault = FAULT_NONE;
    for (size_t at = 0; !fault && at < document.len; at += piece) {
        size_t n = document.len - at < piece ? document.len - at : piece;
        char *copy = must_alloc(n);
        memcpy(copy, document.data + at, n);
        fault = shared_strings_reader_push(reader, span_make(copy, n));
        free(copy);
    }
    if (!fault)
        fault = shared_strings_reader_finish(reader, &table);
    shared_strings_reader_destroy(&reader);
    return table;
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * Well-made sheets come row by row and cell by cell; then no cell can stand twice and nothing is kept. Only a sheet that is
 * out of order is looked at again, with every address in memory.
 */
#include "cli/cells_survey.h"

#include <stdlib.h>

#include "core/must.h"
#include "workbook/dates.h"

#define LINE_OVERHEAD 16 /* index, reference, type and separators */
#define ADDRESSES_MAX ((size_t)8 << 20) /* of a sheet out of order: 128 MiB while they are sorted */

struct address {
    uint64_t place;   /* row and column */
    uint64_t ordinal;
};

struct look {
    const struct book *book;
    struct cells_survey *survey;
    uint64_t limit_bytes;
    size_t name_bytes;
    uint64_t next_place; /* the lowest that keeps the order */
    bool is_disordered;
    struct address *addresses; /* second look only */
    size_t n, room;
    struct why *why;
};

static uint64_t place_of(const struct cell *cell)
{
    return (uint64_t)cell->row * GRID_COLS + cell->col;
}

bool cells_survey_serial(const struct book *book, struct span text, double *ret)
{
    return book->has_strict_dates ? date_from_iso_strict(text, ret) : date_from_iso(text, book->is_1904, ret);
}

static enum fault measure(void *context, const struct cell *cell)
{
    struct look *look = context;
    if (!cells_survey_counts(cell))
        return FAULT_NONE;
    double serial;
    if (cell->type == CELL_DATE && !cells_survey_serial(look->book, cell->value, &serial))
        return why_set(look->why, FAULT_CORRUPT, "\"%.*s\" is no ISO 8601 date",
                       (int)(cell->value.len < 80 ? cell->value.len : 80), cell->value.data);
    uint64_t place = place_of(cell);
    look->is_disordered |= place < look->next_place;
    look->next_place = place + 1;
    look->survey->values++;
    look->survey->bytes += LINE_OVERHEAD + look->name_bytes + cell->value.len;
    if (look->survey->bytes > look->limit_bytes)
        return why_set(look->why, FAULT_LIMIT, "the dump is longer than %llu bytes: see --max-bytes",
                       (unsigned long long)look->limit_bytes);
    return FAULT_NONE;
}

static enum fault note_address(void *context, const struct cell *cell)
{
    struct look *look = context;
    if (!cells_survey_counts(cell))
        return FAULT_NONE;
    if (look->n == ADDRESSES_MAX)
        return why_set(look->why, FAULT_LIMIT, "the cells are out of order, and more than %zu", ADDRESSES_MAX);
    if (look->n == look->room) {
        look->room = look->room ? look->room * 2 : 1024;
        look->addresses = must_realloc(look->addresses, look->room * sizeof look->addresses[0]);
    }
    look->addresses[look->n] = (struct address){place_of(cell), look->n};
    look->n++;
    return FAULT_NONE;
}

static int by_place_then_ordinal(const void *a, const void *b)
{
    const struct address *x = a, *y = b;
    if (x->place != y->place)
        return x->place < y->place ? -1 : 1;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

static int by_number(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void find_replaced(struct look *look, struct cells_survey *survey)
{
    qsort(look->addresses, look->n, sizeof look->addresses[0], by_place_then_ordinal);
    survey->replaced = must_alloc(look->n * sizeof survey->replaced[0]);
    for (size_t i = 0; i + 1 < look->n; i++) {
        if (look->addresses[i].place == look->addresses[i + 1].place)
            survey->replaced[survey->n_replaced++] = look->addresses[i].ordinal;
    }
    qsort(survey->replaced, survey->n_replaced, sizeof survey->replaced[0], by_number);
}

enum fault cells_survey_sheet(struct book *book, size_t index, const struct shared_strings *strings, uint64_t limit_bytes,
                              struct cells_survey *ret, struct why *why)
{
    *ret = (struct cells_survey){0};
    struct look look = {.book = book, .survey = ret, .limit_bytes = limit_bytes, .why = why};
    look.name_bytes = book->sheets[index].name.len;
    struct sheet_handler handler = {.self = &look, .cell = measure};
    enum fault fault = sheet_scan(book, index, strings, &handler, why);
    if (!fault && look.is_disordered) {
        handler.cell = note_address;
        fault = sheet_scan(book, index, strings, &handler, why);
        if (!fault && look.n)
            find_replaced(&look, ret);
        free(look.addresses);
    }
    return fault;
}

void cells_survey_free(struct cells_survey *self)
{
    free(self->replaced);
    *self = (struct cells_survey){0};
}

/* SPDX-License-Identifier: MIT
 *
 * compare_books BOOK: counts the cells of the first sheet by kind and adds its numbers, as one line of JSON.
 * compare_books OURS THEIRS: whether the first sheets of two workbooks hold the same rows in the same order. Columns are matched by the
 * header in row 1; those whose name begins with "_" say where a row comes from and are left out. A blank cell equals none and the
 * empty text; numbers are equal to twelve digits. Prints the number of cells, or the first difference; exit 1 when they differ.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "workbook/sheet.h"

#define NO_COLUMN UINT32_MAX
#define CLOSE 1e-12

struct value {
    uint32_t row, column; /* column: of ours */
    enum cell_type type;
    uint64_t bits; /* of the double, or the hash of the text */
};

struct rows {
    const char *path;
    struct span *names; /* of its columns, owned */
    uint32_t *columns;  /* of its columns, those of ours; NO_COLUMN: left out */
    uint32_t n_columns;
    struct value *values;
    size_t n, capacity;
    struct value wanted; /* printing one cell */
    bool prints;
};

static uint64_t hash_text(struct span text)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.data[i]) * 0x100000001b3u;
    return hash;
}

static enum fault take_name(struct rows *self, const struct cell *cell)
{
    if (cell->col >= self->n_columns) {
        self->names = must_realloc(self->names, (cell->col + 1) * sizeof *self->names);
        for (uint32_t i = self->n_columns; i <= cell->col; i++)
            self->names[i] = (struct span){NULL, 0};
        self->n_columns = cell->col + 1;
    }
    self->names[cell->col] = span_make(must_strndup(cell->value.data, cell->value.len), cell->value.len);
    return FAULT_NONE;
}

static enum fault take_cell(void *context, const struct cell *cell)
{
    struct rows *self = context;
    if (cell->row == 0)
        return self->columns ? FAULT_NONE : take_name(self, cell);
    if (!cell->has_value || (cell->type == CELL_TEXT && cell->value.len == 0) || !self->columns)
        return FAULT_NONE;
    struct value value = {cell->row, cell->col < self->n_columns ? self->columns[cell->col] : NO_COLUMN, cell->type, 0};
    if (value.column == NO_COLUMN)
        return FAULT_NONE;
    double number;
    if (cell->type == CELL_NUMBER) {
        must(!number_parse(cell->value, &number));
        memcpy(&value.bits, &number, sizeof number);
    } else {
        value.bits = hash_text(cell->value);
    }
    if (self->prints) {
        if (value.row == self->wanted.row && value.column == self->wanted.column)
            printf(" %.*s", SPAN_ARGS(cell->value));
        return FAULT_NONE;
    }
    if (self->n == self->capacity)
        self->values = must_realloc(self->values, (self->capacity = self->capacity ? self->capacity * 2 : 1 << 16) * sizeof value);
    self->values[self->n++] = value;
    return FAULT_NONE;
}

static void scan(struct rows *self)
{
    struct package *package = NULL;
    struct book *book = NULL;
    struct shared_strings *strings = NULL;
    struct why why = {0};
    struct sheet_handler handler = {.self = self, .cell = take_cell};
    enum fault fault = package_open(self->path, NULL, &package, &why);
    if (!fault)
        fault = book_open(package, &book, &why);
    if (!fault)
        fault = shared_strings_read(book, &strings, &why);
    if (!fault)
        fault = sheet_scan(book, 0, strings, &handler, &why);
    if (fault) {
        printf("%s: %s\n", self->path, why.text);
        exit(1);
    }
    shared_strings_destroy(&strings);
    book_close(&book);
    package_close(&package);
}

static uint32_t find_column(const struct rows *self, struct span name)
{
    for (uint32_t i = 0; i < self->n_columns; i++)
        if (span_equal(self->names[i], name))
            return i;
    return NO_COLUMN;
}

/* Numbers the columns of `self` as those of ours are numbered. */
static void match_columns(struct rows *self, const struct rows *ours)
{
    uint32_t *columns = must_alloc((self->n_columns + 1) * sizeof *columns), n = 0;
    for (uint32_t i = 0; i < self->n_columns; i++) {
        bool is_left_out = self->names[i].len == 0 || self->names[i].data[0] == '_';
        columns[i] = is_left_out ? NO_COLUMN : find_column(ours, self->names[i]);
        n += !is_left_out;
        if (!is_left_out && columns[i] == NO_COLUMN) {
            printf("column \"%.*s\" is in %s only\n", SPAN_ARGS(self->names[i]), self->path);
            exit(1);
        }
    }
    self->columns = columns;
}

static int by_place(const void *a, const void *b)
{
    const struct value *x = a, *y = b;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return (x->column > y->column) - (x->column < y->column);
}

static bool is_sorted(const struct rows *self)
{
    for (size_t i = 1; i < self->n; i++)
        if (by_place(&self->values[i - 1], &self->values[i]) > 0)
            return false;
    return true;
}

static void load(struct rows *self, const struct rows *ours)
{
    scan(self);
    match_columns(self, ours);
    scan(self);
    if (!is_sorted(self))
        qsort(self->values, self->n, sizeof *self->values, by_place);
}

static bool is_same(const struct value *a, const struct value *b)
{
    if (by_place(a, b) != 0 || a->type != b->type)
        return false;
    if (a->bits == b->bits || a->type != CELL_NUMBER)
        return a->bits == b->bits;
    double x, y;
    memcpy(&x, &a->bits, sizeof x);
    memcpy(&y, &b->bits, sizeof y);
    return fabs(x - y) <= CLOSE * fmax(fabs(x), fabs(y));
}

static void print_cell(struct rows *self, struct value place)
{
    static const char *const kinds[] = {[CELL_BLANK] = "blank", [CELL_NUMBER] = "number", [CELL_TEXT] = "text",
                                        [CELL_BOOLEAN] = "boolean", [CELL_ERROR] = "error", [CELL_DATE] = "date"};
    enum cell_type type = CELL_BLANK;
    for (size_t i = 0; i < self->n; i++)
        if (by_place(&self->values[i], &place) == 0)
            type = self->values[i].type;
    printf(" %s", kinds[type]);
    self->wanted = place;
    self->prints = true;
    scan(self);
}

static int print_difference(struct rows *ours, struct rows *theirs, size_t i)
{
    struct value place = i == ours->n ? theirs->values[i] : ours->values[i];
    if (i < ours->n && i < theirs->n && by_place(&theirs->values[i], &place) < 0)
        place = theirs->values[i];
    printf("row %u, column \"%.*s\": ours", place.row + 1, SPAN_ARGS(ours->names[place.column]));
    print_cell(ours, place);
    printf(", theirs");
    print_cell(theirs, place);
    printf("\n");
    return 1;
}

static int print_counts(struct rows *self)
{
    uint64_t counts[CELL_DATE + 1] = {0};
    long double sum = 0;
    uint64_t header = 0;
    for (uint32_t i = 0; i < self->n_columns; i++)
        header += self->names[i].len > 0;
    for (size_t i = 0; i < self->n; i++) {
        double number = 0;
        if (self->values[i].type == CELL_NUMBER)
            memcpy(&number, &self->values[i].bits, sizeof number);
        sum += number;
        counts[self->values[i].type]++;
    }
    printf("{\"numbers\":%llu,\"texts\":%llu,\"booleans\":%llu,\"errors\":%llu,\"sum\":\"%.4Lf\"}\n", (unsigned long long)counts[CELL_NUMBER],
           (unsigned long long)(counts[CELL_TEXT] + header), (unsigned long long)counts[CELL_BOOLEAN], (unsigned long long)counts[CELL_ERROR], sum);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 2 && argc != 3)
        return 4;
    struct rows ours = {.path = argv[1]}, theirs = {.path = argv[argc - 1]};
    load(&ours, &ours);
    if (argc == 2)
        return print_counts(&ours);
    load(&theirs, &ours);
    for (size_t i = 0; i < ours.n || i < theirs.n; i++)
        if (i == ours.n || i == theirs.n || !is_same(&ours.values[i], &theirs.values[i]))
            return print_difference(&ours, &theirs, i);
    printf("%zu cells in %u rows\n", ours.n, ours.n ? ours.values[ours.n - 1].row : 0);
    return ours.n == 0;
}

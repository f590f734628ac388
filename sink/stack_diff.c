/* SPDX-License-Identifier: MIT
 *
 * Rows are kept as key and hash, sorted, and compared like two lists; only the few that are told are read again, with their cells.
 * A row's hash is a sum over its cells, each with its column's name: columns that moved change nothing.
 */
#include <stdlib.h>

#include "core/hash.h"
#include "core/must.h"
#include "sink/stack_reader.h"

#define DIFF_ROWS_MAX ((size_t)1 << 26) /* a GiB on each side */
#define TEXT_BYTES_MAX ((size_t)1 << 30)
#define SOURCE_COLUMNS 3u /* they are the key */

enum side { SIDE_OLD, SIDE_NEW, SIDES };

/* Rows of one sheet of one file, as they stand together in an output. */
struct run {
    struct span file, sheet;
    uint32_t rank; /* of the same file and sheet in both outputs */
};

struct keyed {
    uint32_t rank; /* the run's index before runs are ranked */
    uint32_t row;
    uint64_t hash;
};

struct told_change { /* to be told at the end */
    struct keyed key;
    enum row_change kind;
    struct stack_read_cell *cells[SIDES];
    uint32_t n_cells[SIDES];
};

struct output {
    struct output_file file;
    struct stack_book book;
    struct span *columns;
    uint64_t *column_hashes;
    uint32_t n_columns;
    struct run *runs;
    struct keyed *rows;
    size_t n_runs, runs_capacity, n_rows, rows_capacity;
};

struct stack_diff {
    struct arena *arena;
    struct output sides[SIDES];
    struct output *reading;
    size_t next_run; /* of the one that is read again */
    struct run *ranked; /* by rank */
    struct told_change *changes;
    size_t n_changes, max_changes;
    bool is_full;
};

/* --- reading ------------------------------------------------------------------------------------------------------------------- */

static struct span keep(struct stack_diff *self, struct span text)
{
    struct span copy = arena_copy(self->arena, text);
    self->is_full |= copy.data == NULL;
    return copy;
}

static void *grown(void *items, size_t n, size_t *capacity, size_t size)
{
    if (n < *capacity)
        return items;
    *capacity = *capacity ? *capacity * 2 : 1024;
    return must_realloc(items, *capacity * size);
}

static enum fault take_columns(struct stack_diff *self, const struct stack_read_row *row)
{
    struct output *output = self->reading;
    if (output->columns)
        return FAULT_NONE; /* a further sheet repeats them */
    output->n_columns = row->n_cells ? row->cells[row->n_cells - 1].col + 1 : 0;
    output->columns = must_alloc((output->n_columns + 1) * sizeof *output->columns);
    output->column_hashes = must_alloc((output->n_columns + 1) * sizeof *output->column_hashes);
    for (uint32_t i = 0; i < row->n_cells; i++) {
        output->columns[row->cells[i].col] = keep(self, row->cells[i].value.text);
        output->column_hashes[row->cells[i].col] = hash_bytes(row->cells[i].value.text);
    }
    return self->is_full ? FAULT_LIMIT : FAULT_NONE;
}

static uint64_t hash_row(const struct output *output, const struct stack_read_row *row)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < row->n_cells; i++) {
        const struct stack_read_cell *cell = &row->cells[i];
        if (cell->col < SOURCE_COLUMNS || cell->col >= output->n_columns)
            continue;
        uint64_t hash = hash_bytes(cell->value.text) + (uint64_t)cell->value.kind;
        hash = (hash ^ output->column_hashes[cell->col]) * 0x9E3779B97F4A7C15u;
        sum += (hash ^ hash >> 29) * 0xBF58476D1CE4E5B9u;
    }
    return sum;
}

static bool is_same_run(const struct run *run, const struct stack_read_row *row)
{
    return span_equal(run->file, row->file) && span_equal(run->sheet, row->sheet);
}

static enum fault take_row(void *context, const struct stack_read_row *row)
{
    struct stack_diff *self = context;
    struct output *output = self->reading;
    if (row->row == 0)
        return take_columns(self, row);
    if (!output->n_runs || !is_same_run(&output->runs[output->n_runs - 1], row)) {
        output->runs = grown(output->runs, output->n_runs, &output->runs_capacity, sizeof *output->runs);
        output->runs[output->n_runs++] = (struct run){keep(self, row->file), keep(self, row->sheet), 0};
    }
    self->is_full |= output->n_rows == DIFF_ROWS_MAX;
    if (self->is_full)
        return FAULT_LIMIT;
    output->rows = grown(output->rows, output->n_rows, &output->rows_capacity, sizeof *output->rows);
    output->rows[output->n_rows++] = (struct keyed){(uint32_t)output->n_runs - 1, (uint32_t)row->source_row, hash_row(output, row)};
    return FAULT_NONE;
}

static enum fault read_side(struct stack_diff *self, enum side side, stack_row_visit *visit, struct why *why)
{
    struct output *output = self->reading = &self->sides[side];
    enum fault fault = FAULT_NONE;
    self->next_run = 0;
    for (size_t i = 0; i < output->book.n_data && fault == FAULT_NONE; i++)
        fault = stack_rows_read(&output->file, &output->book, i, visit, self, why);
    return self->is_full ? why_set(why, FAULT_LIMIT, "too many rows to compare in memory") : fault;
}

/* --- one order for both: the new one's files as they stand, then those of the old one alone ------------------------------------ */

struct named_run {
    struct run *run;
    size_t first, file_first; /* places in the order of new runs, then old ones */
};

static int by_name(const void *a, const void *b)
{
    const struct named_run *x = a, *y = b;
    int order = span_compare(x->run->file, y->run->file);
    if (order == 0)
        order = span_compare(x->run->sheet, y->run->sheet);
    return order ? order : (x->first > y->first) - (x->first < y->first);
}

static int by_place(const void *a, const void *b)
{
    const struct named_run *x = a, *y = b;
    if (x->file_first != y->file_first)
        return x->file_first < y->file_first ? -1 : 1;
    return (x->first > y->first) - (x->first < y->first);
}

static struct named_run *list_runs(struct stack_diff *self, size_t *ret_n)
{
    size_t n = 0;
    struct named_run *all = must_alloc((self->sides[SIDE_OLD].n_runs + self->sides[SIDE_NEW].n_runs + 1) * sizeof *all);
    for (int side = SIDE_NEW; side >= SIDE_OLD; side--)
        for (size_t i = 0; i < self->sides[side].n_runs; i++, n++)
            all[n] = (struct named_run){&self->sides[side].runs[i], n, 0};
    qsort(all, n, sizeof *all, by_name);
    *ret_n = n;
    return all;
}

/* All runs of a name get the place of the first; all of a file that of its first. */
static void find_places(struct named_run *all, size_t n)
{
    size_t end;
    for (size_t i = 0; i < n; i = end) {
        size_t first = SIZE_MAX;
        for (end = i; end < n && span_equal(all[end].run->file, all[i].run->file); end++) {
            if (end > i && span_equal(all[end].run->sheet, all[end - 1].run->sheet))
                all[end].first = all[end - 1].first;
            first = all[end].first < first ? all[end].first : first;
        }
        for (size_t k = i; k < end; k++)
            all[k].file_first = first;
    }
}

static void rank_runs(struct stack_diff *self)
{
    size_t n;
    struct named_run *all = list_runs(self, &n);
    find_places(all, n);
    qsort(all, n, sizeof *all, by_place);
    self->ranked = must_alloc((n + 1) * sizeof *self->ranked);
    uint32_t rank = 0;
    for (size_t i = 0; i < n; i++) {
        rank += i && by_place(&all[i], &all[i - 1]) != 0;
        all[i].run->rank = rank;
        self->ranked[rank] = *all[i].run;
    }
    free(all);
}

static int by_key(const void *a, const void *b)
{
    const struct keyed *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void sort_rows(struct output *output)
{
    bool is_sorted = true;
    for (size_t i = 0; i < output->n_rows; i++) {
        output->rows[i].rank = output->runs[output->rows[i].rank].rank;
        is_sorted &= i == 0 || by_key(&output->rows[i - 1], &output->rows[i]) <= 0;
    }
    if (!is_sorted)
        qsort(output->rows, output->n_rows, sizeof *output->rows, by_key);
}

/* --- comparing ----------------------------------------------------------------------------------------------------------------- */

static void note_change(struct stack_diff *self, struct stack_change_source *source, const struct keyed *key, enum row_change kind)
{
    source->added += kind == ROW_ADDED;
    source->removed += kind == ROW_REMOVED;
    source->changed += kind == ROW_CHANGED;
    if (self->n_changes < self->max_changes)
        self->changes[self->n_changes++] = (struct told_change){.key = *key, .kind = kind};
}

static enum fault tell_source(const struct stack_change_source *source, const struct stack_diff_visit *visit)
{
    bool is_same = !source->added && !source->removed && !source->changed;
    return is_same ? FAULT_NONE : visit->source(visit->self, source);
}

static enum fault compare_rows(struct stack_diff *self, const struct stack_diff_visit *visit)
{
    const struct output *olds = &self->sides[SIDE_OLD], *news = &self->sides[SIDE_NEW];
    struct stack_change_source source = {.file = {"", 0}};
    enum fault fault = FAULT_NONE;
    size_t i = 0, k = 0;
    while ((i < olds->n_rows || k < news->n_rows) && fault == FAULT_NONE) {
        int order = i == olds->n_rows ? 1 : k == news->n_rows ? -1 : by_key(&olds->rows[i], &news->rows[k]);
        const struct keyed *key = order < 0 ? &olds->rows[i] : &news->rows[k];
        struct span file = self->ranked[key->rank].file;
        if (!span_equal(source.file, file)) {
            fault = tell_source(&source, visit);
            source = (struct stack_change_source){.file = file};
        }
        source.old_rows += order <= 0;
        source.new_rows += order >= 0;
        if (order || olds->rows[i].hash != news->rows[k].hash)
            note_change(self, &source, key, order < 0 ? ROW_REMOVED : order > 0 ? ROW_ADDED : ROW_CHANGED);
        i += order <= 0;
        k += order >= 0;
    }
    return fault == FAULT_NONE ? tell_source(&source, visit) : fault;
}

/* --- the rows that are told ---------------------------------------------------------------------------------------------------- */

static enum fault keep_cells(struct stack_diff *self, struct told_change *change, const struct stack_read_row *row)
{
    enum side side = self->reading == &self->sides[SIDE_NEW] ? SIDE_NEW : SIDE_OLD;
    struct stack_read_cell *cells = arena_alloc(self->arena, (row->n_cells + 1) * sizeof *cells);
    if (!cells)
        return FAULT_LIMIT;
    for (uint32_t i = 0; i < row->n_cells; i++)
        cells[i] = (struct stack_read_cell){row->cells[i].col, {row->cells[i].value.kind, keep(self, row->cells[i].value.text)}};
    change->cells[side] = cells;
    change->n_cells[side] = row->n_cells;
    return self->is_full ? FAULT_LIMIT : FAULT_NONE;
}

static enum fault take_told_row(void *context, const struct stack_read_row *row)
{
    struct stack_diff *self = context;
    struct output *output = self->reading;
    if (row->row == 0)
        return FAULT_NONE;
    if (!self->next_run || !is_same_run(&output->runs[self->next_run - 1], row))
        self->next_run += self->next_run < output->n_runs;
    struct told_change wanted = {.key = {.rank = output->runs[self->next_run - 1].rank, .row = (uint32_t)row->source_row}};
    struct told_change *change = bsearch(&wanted, self->changes, self->n_changes, sizeof wanted, by_key); /* the key is first */
    return change && change->kind == ROW_CHANGED ? keep_cells(self, change, row) : FAULT_NONE;
}

static struct told cell_of(const struct told_change *change, enum side side, const struct output *output, struct span column)
{
    for (uint32_t i = 0; i < change->n_cells[side]; i++) {
        const struct stack_read_cell *cell = &change->cells[side][i];
        if (cell->col >= SOURCE_COLUMNS && cell->col < output->n_columns && span_equal(output->columns[cell->col], column))
            return cell->value;
    }
    return (struct told){TOLD_NOTHING, {"", 0}};
}

/* The cells of `side` that are other ones on the other side. With `is_alone`: those whose column the other side's row has not. */
static size_t list_cells(struct stack_diff *self, const struct told_change *change, enum side side, bool is_alone, struct stack_change_cell *to)
{
    const struct output *here = &self->sides[side], *there = &self->sides[1 - side];
    size_t n = 0;
    for (uint32_t i = 0; i < change->n_cells[side]; i++) {
        const struct stack_read_cell *cell = &change->cells[side][i];
        if (cell->col < SOURCE_COLUMNS || cell->col >= here->n_columns)
            continue;
        struct span column = here->columns[cell->col];
        struct told other = cell_of(change, 1 - side, there, column);
        if (is_alone ? other.kind != TOLD_NOTHING : told_equal(cell->value, other))
            continue;
        to[n++] = side == SIDE_NEW ? (struct stack_change_cell){column, other, cell->value} : (struct stack_change_cell){column, cell->value, other};
    }
    return n;
}

static enum fault tell_rows(struct stack_diff *self, const struct stack_diff_visit *visit)
{
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < self->n_changes && fault == FAULT_NONE; i++) {
        const struct told_change *change = &self->changes[i];
        const struct run *run = &self->ranked[change->key.rank];
        struct stack_change_cell *cells = must_alloc(((size_t)change->n_cells[SIDE_OLD] + change->n_cells[SIDE_NEW] + 1) * sizeof *cells);
        size_t n = list_cells(self, change, SIDE_NEW, false, cells);
        n += list_cells(self, change, SIDE_OLD, true, cells + n);
        struct stack_change_row row = {change->kind, run->file, run->sheet, change->key.row, cells, n};
        fault = visit->row(visit->self, &row);
        free(cells);
    }
    return fault;
}

/* --- all of it ----------------------------------------------------------------------------------------------------------------- */

static enum fault compare(struct stack_diff *self, const struct stack_diff_visit *visit, struct why *why)
{
    enum fault fault = read_side(self, SIDE_OLD, take_row, why);
    if (fault == FAULT_NONE)
        fault = read_side(self, SIDE_NEW, take_row, why);
    if (fault != FAULT_NONE)
        return fault;
    rank_runs(self);
    sort_rows(&self->sides[SIDE_OLD]);
    sort_rows(&self->sides[SIDE_NEW]);
    fault = compare_rows(self, visit);
    for (int side = 0; side < SIDES && fault == FAULT_NONE && self->n_changes; side++)
        fault = read_side(self, (enum side)side, take_told_row, why);
    return fault == FAULT_NONE ? tell_rows(self, visit) : fault;
}

static enum fault open_side(struct output *output, const char *path, struct why *why)
{
    bool is_stack;
    enum fault fault = output_file_open(path, &output->file, why);
    if (fault == FAULT_NONE)
        fault = stack_book_open(&output->file, &output->book, &is_stack, why);
    if (fault == FAULT_NONE && !is_stack)
        return why_set(why, FAULT_NOT_FOUND, "it is no output of stack mode, and the other one is: there is nothing to compare");
    if (fault == FAULT_NONE && !output->book.has_origin)
        return why_set(why, FAULT_NOT_FOUND, "its rows do not say where they come from (--no-source-columns)");
    return fault;
}

enum fault diff_stacks(const char *old_path, const char *new_path, size_t max_rows, const struct stack_diff_visit *visit,
                       const char **ret_path, struct why *why)
{
    struct stack_diff self = {.arena = arena_new(TEXT_BYTES_MAX), .max_changes = max_rows};
    self.changes = must_alloc((max_rows + 1) * sizeof *self.changes);
    self.reading = &self.sides[SIDE_OLD];
    enum fault fault = open_side(&self.sides[SIDE_OLD], old_path, why);
    if (fault == FAULT_NONE) {
        self.reading = &self.sides[SIDE_NEW];
        fault = open_side(&self.sides[SIDE_NEW], new_path, why);
    }
    if (fault == FAULT_NONE)
        fault = compare(&self, visit, why);
    *ret_path = self.reading == &self.sides[SIDE_NEW] ? new_path : old_path;
    for (int side = 0; side < SIDES; side++) {
        struct output *output = &self.sides[side];
        output_file_close(&output->file);
        free(output->columns);
        free(output->column_hashes);
        free(output->runs);
        free(output->rows);
    }
    free(self.ranked);
    free(self.changes);
    arena_destroy(&self.arena);
    return fault;
}

enum fault output_is_stack(const char *path, bool *ret, struct why *why)
{
    struct output_file file;
    struct stack_book book;
    *ret = false;
    enum fault fault = output_file_open(path, &file, why);
    if (fault != FAULT_NONE)
        return fault;
    fault = stack_book_open(&file, &book, ret, why);
    output_file_close(&file);
    return fault;
}

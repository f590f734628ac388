/* SPDX-License-Identifier: MIT
 *
 * Two outputs compared in two passes: first the results of both, then the parts of those that differ. Memory holds the results
 * and what changed, not the contributions.
 */
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "sink/contributions_reader.h"
#include "workbook/sheet.h"

#define DIFF_BYTES_MAX ((size_t)1 << 30)

enum side { SIDE_OLD, SIDE_NEW, SIDES };

struct key {
    uint32_t sheet; /* in diff.sheets */
    struct cell_ref cell;
};

struct result {
    struct key key;
    struct told value;
};

struct part {
    struct span source;
    struct told value;
    bool is_matched;
};

struct change {
    struct key key;
    struct told values[SIDES];
    struct {
        size_t first, n;
    } parts[SIDES];
};

struct list { /* of results or parts, by side */
    void *items;
    size_t n, capacity;
};

struct diff {
    struct output_file files[SIDES];
    struct arena *arena;
    struct span *sheets; /* in the order of the new workbook, then those of the old one alone */
    uint32_t n_sheets;
    struct list results[SIDES], parts[SIDES];
    struct list changes;
    enum side side; /* being read */
    struct change *reading;
    bool is_full;
};

static void *list_add(struct list *self, size_t size)
{
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 256;
        self->items = must_realloc(self->items, self->capacity * size);
    }
    return (char *)self->items + self->n++ * size;
}

static int compare_keys(const void *a, const void *b)
{
    const struct key *x = a, *y = b; /* first in struct result and struct change */
    if (x->sheet != y->sheet)
        return x->sheet < y->sheet ? -1 : 1;
    if (x->cell.row != y->cell.row)
        return x->cell.row < y->cell.row ? -1 : 1;
    return (x->cell.col > y->cell.col) - (x->cell.col < y->cell.col);
}

/* --- sheets ---------------------------------------------------------------------------------------------------------- */

static void list_sheets(struct diff *self)
{
    const struct book *new_book = self->files[SIDE_NEW].book, *old_book = self->files[SIDE_OLD].book;
    self->sheets = must_alloc((new_book->n_sheets + old_book->n_sheets + 1) * sizeof *self->sheets);
    for (size_t i = 0; i < new_book->n_sheets; i++)
        self->sheets[self->n_sheets++] = new_book->sheets[i].name;
    for (size_t i = 0; i < old_book->n_sheets; i++)
        if (book_find_sheet(new_book, old_book->sheets[i].name) < 0)
            self->sheets[self->n_sheets++] = old_book->sheets[i].name;
}

/* Rows of one sheet follow each other: the search seldom goes further than the last hit. */
static bool find_sheet(const struct diff *self, struct span name, uint32_t *hint)
{
    if (*hint < self->n_sheets && span_equal(self->sheets[*hint], name))
        return true;
    for (uint32_t i = 0; i < self->n_sheets; i++)
        if (utf8_fold_equal(self->sheets[i], name)) {
            *hint = i;
            return true;
        }
    return false;
}

static bool find_key(const struct diff *self, const struct contributions_head *head, uint32_t *hint, struct key *ret)
{
    if (!find_sheet(self, head->sheet, hint))
        return false;
    *ret = (struct key){*hint, head->cell};
    return true;
}

/* --- first pass: results ---------------------------------------------------------------------------------------------- */

struct pass {
    struct diff *diff;
    uint32_t hint;
};

static enum fault take_result(void *context, const struct contributions_head *head, bool *ret_wants_parts)
{
    struct pass *pass = context;
    struct diff *self = pass->diff;
    struct result result;
    *ret_wants_parts = false;
    if (!find_key(self, head, &pass->hint, &result.key))
        return FAULT_NONE;
    if (!told_copy(self->arena, head->result, &result.value)) {
        self->is_full = true;
        return FAULT_LIMIT;
    }
    *(struct result *)list_add(&self->results[self->side], sizeof result) = result;
    return FAULT_NONE;
}

/* With --preset=original the results stand only in their cells. */
struct refill {
    struct diff *diff;
    uint32_t sheet;
};

static enum fault refill_cell(void *context, const struct cell *cell)
{
    const struct refill *refill = context;
    struct list *results = &refill->diff->results[refill->diff->side];
    struct key key = {refill->sheet, {cell->row, cell->col}};
    struct result *result = bsearch(&key, results->items, results->n, sizeof *result, compare_keys);
    if (!result || result->value.kind != TOLD_NOTHING)
        return FAULT_NONE;
    return told_copy(refill->diff->arena, told_cell(cell), &result->value) ? FAULT_NONE : FAULT_LIMIT;
}

static enum fault refill_results(struct diff *self, struct why *why)
{
    struct output_file *file = &self->files[self->side];
    const struct result *results = self->results[self->side].items;
    enum fault fault = FAULT_NONE;
    uint32_t done = UINT32_MAX;
    for (size_t i = 0; i < self->results[self->side].n && fault == FAULT_NONE; i++) {
        uint32_t sheet = results[i].key.sheet;
        if (results[i].value.kind != TOLD_NOTHING || sheet == done)
            continue;
        struct refill refill = {self, sheet};
        struct sheet_handler handler = {.self = &refill, .cell = refill_cell};
        int index = book_find_sheet(file->book, self->sheets[sheet]);
        if (index >= 0)
            fault = sheet_scan(file->book, (size_t)index, file->strings, &handler, why);
        done = sheet;
    }
    return fault;
}

static enum fault read_results(struct diff *self, enum side side, struct why *why)
{
    struct pass pass = {.diff = self};
    struct contributions_events events = {.self = &pass, .head = take_result};
    struct list *results = &self->results[side];
    self->side = side;
    enum fault fault = contributions_read(&self->files[side], &events, why);
    if (fault != FAULT_NONE)
        return fault;
    if (results->n)
        qsort(results->items, results->n, sizeof(struct result), compare_keys);
    return refill_results(self, why);
}

static void add_change(struct diff *self, struct key key, const struct result *old, const struct result *new)
{
    struct change change = {.key = key};
    if (old)
        change.values[SIDE_OLD] = old->value;
    if (new)
        change.values[SIDE_NEW] = new->value;
    if (!told_equal(change.values[SIDE_OLD], change.values[SIDE_NEW]) || !old || !new)
        *(struct change *)list_add(&self->changes, sizeof change) = change;
}

static void join_results(struct diff *self)
{
    const struct result *old = self->results[SIDE_OLD].items, *new = self->results[SIDE_NEW].items;
    size_t i = 0, j = 0, n = self->results[SIDE_OLD].n, m = self->results[SIDE_NEW].n;
    while (i < n || j < m) {
        int order = i == n ? 1 : j == m ? -1 : compare_keys(&old[i], &new[j]);
        add_change(self, order <= 0 ? old[i].key : new[j].key, order <= 0 ? &old[i] : NULL, order >= 0 ? &new[j] : NULL);
        i += order <= 0;
        j += order >= 0;
    }
}

/* --- second pass: the parts of what changed ---------------------------------------------------------------------------- */

static enum fault want_change(void *context, const struct contributions_head *head, bool *ret_wants_parts)
{
    struct pass *pass = context;
    struct diff *self = pass->diff;
    struct key key;
    self->reading = NULL;
    if (find_key(self, head, &pass->hint, &key))
        self->reading = bsearch(&key, self->changes.items, self->changes.n, sizeof(struct change), compare_keys);
    if (self->reading)
        self->reading->parts[self->side].first = self->parts[self->side].n;
    *ret_wants_parts = self->reading != NULL;
    return FAULT_NONE;
}

static enum fault take_part(void *context, const struct contributions_part *from)
{
    struct pass *pass = context;
    struct diff *self = pass->diff;
    struct part *part = list_add(&self->parts[self->side], sizeof *part);
    *part = (struct part){.source = arena_copy(self->arena, from->source.len ? from->source : from->file)};
    if (!part->source.data || !told_copy(self->arena, from->value, &part->value)) {
        self->is_full = true;
        return FAULT_LIMIT;
    }
    self->reading->parts[self->side].n++;
    return FAULT_NONE;
}

static enum fault read_parts(struct diff *self, enum side side, struct why *why)
{
    struct pass pass = {.diff = self};
    struct contributions_events events = {.self = &pass, .head = want_change, .part = take_part};
    self->side = side;
    return self->changes.n ? contributions_read(&self->files[side], &events, why) : FAULT_NONE;
}

/* --- telling ------------------------------------------------------------------------------------------------------------ */

static int compare_sources(const void *a, const void *b)
{
    return span_compare((*(struct part *const *)a)->source, (*(struct part *const *)b)->source);
}

static struct part *find_part(struct part **sorted, size_t n, struct span source)
{
    struct part key = {.source = source}, *address = &key;
    struct part **found = n ? bsearch(&address, sorted, n, sizeof *sorted, compare_sources) : NULL;
    return found ? *found : NULL;
}

static enum fault tell_part(const struct part *old, const struct part *new, struct result_change *line, diff_visit *visit,
                            void *context)
{
    static const struct told nothing;
    line->source = new ? new->source : old->source;
    line->old_part = old ? old->value : nothing;
    line->new_part = new ? new->value : nothing;
    return told_equal(line->old_part, line->new_part) ? FAULT_NONE : visit(context, line);
}

static struct part *parts_of(const struct diff *self, const struct change *change, enum side side)
{
    return change->parts[side].n ? (struct part *)self->parts[side].items + change->parts[side].first : NULL;
}

/* The sources of the new workbook in their order, then those that only the old one has. */
static enum fault tell_change(struct diff *self, const struct change *change, diff_visit *visit, void *context)
{
    struct part *old = parts_of(self, change, SIDE_OLD), *new = parts_of(self, change, SIDE_NEW);
    size_t n_old = change->parts[SIDE_OLD].n, n_new = change->parts[SIDE_NEW].n;
    struct part **sorted = must_alloc((n_old + 1) * sizeof *sorted);
    for (size_t i = 0; i < n_old; i++)
        sorted[i] = &old[i];
    qsort(sorted, n_old, sizeof *sorted, compare_sources);
    struct result_change line = {.sheet = self->sheets[change->key.sheet], .cell = change->key.cell,
                                 .old_value = change->values[SIDE_OLD], .new_value = change->values[SIDE_NEW]};
    enum fault fault = visit(context, &line);
    for (size_t i = 0; i < n_new && fault == FAULT_NONE; i++) {
        struct part *before = find_part(sorted, n_old, new[i].source);
        if (before)
            before->is_matched = true;
        fault = tell_part(before, &new[i], &line, visit, context);
    }
    for (size_t i = 0; i < n_old && fault == FAULT_NONE; i++)
        if (!old[i].is_matched)
            fault = tell_part(&old[i], NULL, &line, visit, context);
    free(sorted);
    return fault;
}

static enum fault compare(struct diff *self, diff_visit *visit, void *context, struct why *why)
{
    list_sheets(self);
    enum fault fault = read_results(self, SIDE_OLD, why);
    if (fault == FAULT_NONE)
        fault = read_results(self, SIDE_NEW, why);
    if (fault == FAULT_NONE) {
        join_results(self);
        fault = read_parts(self, SIDE_OLD, why);
    }
    if (fault == FAULT_NONE)
        fault = read_parts(self, SIDE_NEW, why);
    if (self->is_full)
        return why_set(why, FAULT_LIMIT, "too many changes to compare in memory");
    const struct change *changes = self->changes.items;
    for (size_t i = 0; i < self->changes.n && fault == FAULT_NONE; i++)
        fault = tell_change(self, &changes[i], visit, context);
    return fault;
}

enum fault diff_results(const char *old_path, const char *new_path, diff_visit *visit, void *context, const char **ret_path,
                        struct why *why)
{
    struct diff self = {.arena = arena_new(DIFF_BYTES_MAX)};
    enum fault fault = output_file_open(old_path, &self.files[SIDE_OLD], why);
    if (fault == FAULT_NONE) {
        self.side = SIDE_NEW;
        fault = output_file_open(new_path, &self.files[SIDE_NEW], why);
    }
    if (fault == FAULT_NONE)
        fault = compare(&self, visit, context, why);
    *ret_path = self.side == SIDE_NEW ? new_path : old_path;
    for (int side = 0; side < SIDES; side++) {
        output_file_close(&self.files[side]);
        free(self.results[side].items);
        free(self.parts[side].items);
    }
    free(self.changes.items);
    free(self.sheets);
    arena_destroy(&self.arena);
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * Aligning two drawings of one form. Each pair (template line, source line) weighs what their
 * common labels weigh; the best chain of pairs ascending in both is found in one sweep (a Fenwick
 * tree of prefix maxima, and the best chain per offset), where a change of offset costs almost as
 * much as a label: an explanation by few shifts wins over one by many. Rows first, by labels in any
 * column; then columns, by labels in corresponding rows; so both may have shifted.
 */
#include "workers/drift.h"

#include <stdlib.h>

#include "core/must.h"

/* a text that stands in more places says nothing about where it belongs */
#define SEEN_PER_LABEL 16u
#define LINES_MAX 1100000u /* of a map */
#define PAIRS_MAX 4000000u
#define WEIGHT_SAME_CROSS 3 /* a row's label in its own column */
#define WEIGHT_OTHER_CROSS 1
#define SHIFT_COST 2

/* --- the index of label texts --- */

static int by_text(const void *a, const void *b)
{
    return span_compare(*(const struct span *)a, *(const struct span *)b);
}

uint32_t label_index_find(const struct label_index *self, struct span text)
{
    if (self->n_texts == 0)
        return DRIFT_NONE;
    const struct span *found =
        bsearch(&text, self->texts, self->n_texts, sizeof *self->texts, by_text);
    return found ? (uint32_t)(found - self->texts) : DRIFT_NONE;
}

bool label_index_make(const struct plan_sheet *sheet, struct arena *arena, struct label_index *ret)
{
    uint32_t n = sheet->n_labels;
    *ret = (struct label_index){.sheet = sheet};
    ret->texts = arena_alloc(arena, n * sizeof *ret->texts);
    ret->id_of = arena_alloc(arena, n * sizeof *ret->id_of);
    if (!ret->texts || !ret->id_of)
        return false;
    for (uint32_t i = 0; i < n; i++)
        ret->texts[i] = sheet->labels[i].text;
    if (n)
        qsort(ret->texts, n, sizeof *ret->texts, by_text);
    for (uint32_t i = 0; i < n; i++) {
        if (ret->n_texts == 0 || !span_equal(ret->texts[ret->n_texts - 1], ret->texts[i]))
            ret->texts[ret->n_texts++] = ret->texts[i];
    }
    for (uint32_t i = 0; i < n; i++)
        ret->id_of[i] = label_index_find(ret, sheet->labels[i].text);
    return true;
}

/* --- line maps --- */

uint32_t line_map_get(const struct line_map *self, uint32_t source_line)
{
    if (source_line < self->n)
        return self->template_line[source_line];
    int64_t line = (int64_t)source_line + self->offset;
    return line < 0 || line >= DRIFT_NONE ? DRIFT_NONE : (uint32_t)line;
}

bool line_map_is_unsure(const struct line_map *self, uint32_t source_line)
{
    return source_line < self->n && self->is_unsure[source_line];
}

/* --- pairs of lines and the best chain through them --- */

struct pair {
    uint32_t template_line, source_line;
    int32_t weight;
    int32_t total;   /* of the best chain that ends here */
    uint32_t before; /* the pair before in it; DRIFT_NONE */
};

struct pairs {
    struct pair *items;
    uint32_t n, capacity;
};

static void add_pair(struct pairs *self, uint32_t template_line, uint32_t source_line,
                     int32_t weight)
{
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 256;
        self->items = must_realloc(self->items, self->capacity * sizeof *self->items);
    }
    self->items[self->n++] = (struct pair){template_line, source_line, weight, 0, DRIFT_NONE};
}

static int by_lines(const void *a, const void *b)
{
    const struct pair *x = a, *y = b;
    if (x->template_line != y->template_line)
        return x->template_line < y->template_line ? -1 : 1;
    return x->source_line < y->source_line ? -1 : x->source_line > y->source_line;
}

/* Equal pairs become one with the sum of their weights. */
static void settle_pairs(struct pairs *self)
{
    uint32_t n = 0;
    if (self->n)
        qsort(self->items, self->n, sizeof *self->items, by_lines);
    for (uint32_t i = 0; i < self->n; i++) {
        if (n && by_lines(&self->items[n - 1], &self->items[i]) == 0)
            self->items[n - 1].weight += self->items[i].weight;
        else
            self->items[n++] = self->items[i];
    }
    self->n = n;
}

struct chainer {
    struct pair *pairs;
    uint32_t n;
    uint32_t *tree; /* Fenwick: best pair with a source line up to here */
    uint32_t lines;
    uint32_t *by_offset; /* best pair per source line - template line + lines */
};

static bool is_better(const struct chainer *self, uint32_t a, uint32_t b)
{
    return b == DRIFT_NONE || (a != DRIFT_NONE && self->pairs[a].total > self->pairs[b].total);
}

static uint32_t best_below(const struct chainer *self, uint32_t source_line)
{
    uint32_t best = DRIFT_NONE;
    for (uint32_t i = source_line; i > 0; i -= i & -i) {
        if (is_better(self, self->tree[i], best))
            best = self->tree[i];
    }
    return best;
}

static void enter(struct chainer *self, uint32_t pair)
{
    const struct pair *p = &self->pairs[pair];
    for (uint32_t i = p->source_line + 1; i <= self->lines; i += i & -i) {
        if (is_better(self, pair, self->tree[i]))
            self->tree[i] = pair;
    }
    uint32_t *same = &self->by_offset[p->source_line + self->lines - p->template_line];
    if (is_better(self, pair, *same))
        *same = pair;
}

static void chain_pair(struct chainer *self, uint32_t pair)
{
    struct pair *p = &self->pairs[pair];
    int32_t best = p->source_line == p->template_line
                       ? 0
                       : -SHIFT_COST; /* the edge of the sheet stands for offset 0 */
    uint32_t same = self->by_offset[p->source_line + self->lines - p->template_line];
    uint32_t any = best_below(self, p->source_line);
    if (same != DRIFT_NONE && self->pairs[same].total > best) {
        best = self->pairs[same].total;
        p->before = same;
    }
    if (any != DRIFT_NONE && self->pairs[any].total - SHIFT_COST > best) {
        best = self->pairs[any].total - SHIFT_COST;
        p->before = any;
    }
    p->total = best + p->weight;
}

/* The pairs of the best chain, ascending, moved to the front; returns how many. */
static uint32_t best_chain(struct pairs *pairs, uint32_t lines)
{
    struct chainer self = {.pairs = pairs->items, .n = pairs->n, .lines = lines};
    self.tree = must_alloc((lines + 1) * sizeof *self.tree);
    self.by_offset = must_alloc((2 * (size_t)lines + 1) * sizeof *self.by_offset);
    memset(self.tree, 0xFF, (lines + 1) * sizeof *self.tree);
    memset(self.by_offset, 0xFF, (2 * (size_t)lines + 1) * sizeof *self.by_offset);
    uint32_t best = DRIFT_NONE;
    for (uint32_t begin = 0, end; begin < self.n; begin = end) {
        for (end = begin;
             end < self.n && self.pairs[end].template_line == self.pairs[begin].template_line;
             end++)
            chain_pair(&self, end);
        for (uint32_t i = begin; i < end; i++) { /* pairs of one line must not follow each other */
            enter(&self, i);
            if (is_better(&self, i, best))
                best = i;
        }
    }
    free(self.tree);
    free(self.by_offset);
    uint32_t n = 0;
    for (uint32_t i = best; i != DRIFT_NONE; i = pairs->items[i].before)
        n++;
    struct pair *chain = must_alloc(n * sizeof *chain);
    for (uint32_t i = best, k = n; i != DRIFT_NONE; i = pairs->items[i].before)
        chain[--k] = pairs->items[i];
    if (n)
        memcpy(pairs->items, chain, n * sizeof *chain);
    free(chain);
    return n;
}

/* --- from a chain to a map --- */

struct mapper {
    struct line_map *map;
    struct drift *drift;
    bool is_column;
    const bool *is_lost; /* per template line: it has labels and none of them is matched */
    bool is_full;
};

static void note_shift(struct mapper *self, bool is_insertion, uint32_t source_line,
                       uint32_t template_line, uint32_t n)
{
    if (self->drift->n_shifts == SHIFTS_MAX) {
        self->is_full = true;
        return;
    }
    self->drift->shifts[self->drift->n_shifts++] =
        (struct shift){self->is_column, is_insertion, source_line, template_line, n};
}

static void map_line(struct mapper *self, uint32_t source_line, uint32_t template_line,
                     bool is_unsure)
{
    self->map->template_line[source_line] = template_line;
    self->map->is_unsure[source_line] = is_unsure;
}

/* Lines t..t_end of the template against s..s_end of the source (ends excluded), between two
 * matched lines. */
static void map_gap(struct mapper *self, uint32_t t, uint32_t t_end, uint32_t s, uint32_t s_end)
{
    uint32_t gap_t = t_end - t, gap_s = s_end - s;
    if (gap_s >= gap_t) { /* insertions stand right before the matched line, unless the lines
                             between say nothing of it */
        bool is_unsure = gap_s > gap_t && gap_t > 0;
        for (uint32_t i = 0; i < gap_s; i++)
            map_line(self, s + i, i < gap_t ? t + i : DRIFT_NONE, is_unsure);
        if (gap_s > gap_t)
            note_shift(self, true, s + gap_t, t_end, gap_s - gap_t);
        return;
    }
    uint32_t missing = gap_t - gap_s, lost = 0, run = 0;
    for (uint32_t i = t; i < t_end; i++)
        lost += self->is_lost[i];
    bool is_unsure = gap_s > 0 && lost != missing;
    for (; t < t_end; t++) {
        if (gap_s == 0 || (is_unsure ? t_end - t <= missing : self->is_lost[t])) {
            run++;
            continue;
        }
        if (run)
            note_shift(self, false, s, t - run, run);
        run = 0;
        map_line(self, s++, t, is_unsure);
    }
    if (run)
        note_shift(self, false, s, t_end - run, run);
}

/* Which template lines have labels, none of them on the chain. */
static void mark_lost(const struct label_index *index, bool is_column, const struct pair *chain,
                      uint32_t n, bool *is_lost)
{
    for (uint32_t i = 0; i < index->sheet->n_labels; i++)
        is_lost[is_column ? index->sheet->labels[i].col : index->sheet->labels[i].row] = true;
    for (uint32_t i = 0; i < n; i++)
        is_lost[chain[i].template_line] = false;
}

static bool make_map(const struct label_index *index, struct pairs *pairs, uint32_t lines,
                     bool is_column, struct arena *arena, struct drift *drift)
{
    uint32_t n = best_chain(pairs, lines);
    struct line_map *map = is_column ? &drift->columns : &drift->rows;
    *map = (struct line_map){0};
    if (n == 0)
        return true;
    const struct pair *last = &pairs->items[n - 1];
    map->n = last->source_line + 1;
    map->offset = (int64_t)last->template_line - last->source_line;
    map->template_line = arena_alloc(arena, map->n * sizeof *map->template_line);
    map->is_unsure = arena_alloc(arena, map->n * sizeof *map->is_unsure);
    bool *is_lost = arena_alloc(arena, lines * sizeof *is_lost);
    if (!map->template_line || !map->is_unsure || !is_lost)
        return false;
    mark_lost(index, is_column, pairs->items, n, is_lost);
    struct mapper mapper = {map, drift, is_column, is_lost, false};
    uint32_t t = 0, s = 0;
    for (uint32_t i = 0; i < n; i++) {
        const struct pair *pair = &pairs->items[i];
        map_gap(&mapper, t, pair->template_line, s, pair->source_line);
        map_line(&mapper, pair->source_line, pair->template_line, false);
        t = pair->template_line + 1;
        s = pair->source_line + 1;
    }
    return !mapper.is_full;
}

/* --- labels on both sides --- */

struct labels {
    const struct label_index *index;
    struct label_seen *seen; /* sorted by id */
    uint32_t n;
    uint32_t *first;        /* per id, and one more at the end */
    uint32_t rows, columns; /* one more than the highest of either side */
};

static int by_id(const void *a, const void *b)
{
    const struct label_seen *x = a, *y = b;
    if (x->id != y->id)
        return x->id < y->id ? -1 : 1;
    if (x->row != y->row)
        return x->row < y->row ? -1 : 1;
    return x->col < y->col ? -1 : x->col > y->col;
}

static bool collect(const struct label_index *index, const struct label_seen *seen, uint32_t n,
                    struct arena *arena, struct labels *ret)
{
    *ret = (struct labels){.index = index, .n = n};
    ret->seen = arena_alloc(arena, n * sizeof *ret->seen);
    ret->first = arena_alloc(arena, (index->n_texts + 1) * sizeof *ret->first);
    if (!ret->seen || !ret->first || n == 0)
        return false;
    memcpy(ret->seen, seen, n * sizeof *seen);
    qsort(ret->seen, n, sizeof *ret->seen, by_id);
    for (uint32_t i = 0, id = 0; id <= index->n_texts; id++) {
        while (i < n && ret->seen[i].id < id)
            i++;
        ret->first[id] = i;
    }
    ret->rows = index->sheet->area.last_row + 1;
    ret->columns = index->sheet->area.last_col + 1;
    for (uint32_t i = 0; i < n; i++) {
        ret->rows = seen[i].row >= ret->rows ? seen[i].row + 1 : ret->rows;
        ret->columns = seen[i].col >= ret->columns ? seen[i].col + 1 : ret->columns;
    }
    return ret->rows <= LINES_MAX && ret->columns <= LINES_MAX;
}

static bool pair_rows(const struct labels *self, struct pairs *pairs)
{
    const struct plan_sheet *sheet = self->index->sheet;
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        const struct plan_label *label = &sheet->labels[i];
        uint32_t id = self->index->id_of[i];
        if (self->first[id + 1] - self->first[id] > SEEN_PER_LABEL)
            continue;
        for (uint32_t k = self->first[id]; k < self->first[id + 1]; k++) {
            bool is_same = self->seen[k].col == label->col;
            add_pair(pairs, label->row, self->seen[k].row,
                     is_same ? WEIGHT_SAME_CROSS : WEIGHT_OTHER_CROSS);
        }
        if (pairs->n > PAIRS_MAX)
            return false;
    }
    settle_pairs(pairs);
    return true;
}

/* Only labels in rows that correspond, so a row's labels may move along it. */
static bool pair_columns(const struct labels *self, const struct line_map *rows,
                         struct pairs *pairs)
{
    const struct plan_sheet *sheet = self->index->sheet;
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        const struct plan_label *label = &sheet->labels[i];
        uint32_t id = self->index->id_of[i], near = 0;
        for (uint32_t k = self->first[id]; k < self->first[id + 1] && near <= SEEN_PER_LABEL; k++) {
            if (line_map_get(rows, self->seen[k].row) != label->row)
                continue;
            add_pair(pairs, label->col, self->seen[k].col, WEIGHT_SAME_CROSS);
            near++;
        }
        if (pairs->n > PAIRS_MAX)
            return false;
    }
    settle_pairs(pairs);
    return true;
}

static uint32_t count_found(const struct labels *self, const struct line_map *rows,
                            const struct line_map *columns)
{
    uint32_t found = 0;
    for (uint32_t i = 0; i < self->n; i++) {
        uint32_t row = line_map_get(rows, self->seen[i].row),
                 col = line_map_get(columns, self->seen[i].col);
        const struct plan_label *label = plan_label_at(self->index->sheet, row, col);
        found +=
            label && self->index->id_of[label - self->index->sheet->labels] == self->seen[i].id;
    }
    return found;
}

static bool is_on(const struct shift *shift, uint32_t line)
{
    return !shift->is_insertion && line >= shift->template_line &&
           line < shift->template_line + shift->n;
}

static uint32_t count_deleted(const struct drift *drift, const struct plan_sheet *sheet)
{
    uint32_t deleted = 0;
    for (uint32_t i = 0; i < sheet->n_labels; i++) {
        bool is_deleted = false;
        for (uint32_t k = 0; k < drift->n_shifts && !is_deleted; k++)
            is_deleted =
                is_on(&drift->shifts[k],
                      drift->shifts[k].is_column ? sheet->labels[i].col : sheet->labels[i].row);
        deleted += is_deleted;
    }
    return deleted;
}

static bool is_convincing(const struct drift *drift, uint32_t deleted)
{
    uint32_t expected = drift->labels - deleted;
    return drift->n_shifts > 0 && drift->found >= drift->at_home + drift->n_shifts &&
           (uint64_t)drift->found * 10 >= (uint64_t)expected * 9 &&
           (uint64_t)drift->found * 2 >= drift->labels;
}

bool drift_find(const struct label_index *index, const struct label_seen *seen, uint32_t n,
                struct arena *arena, struct drift *ret)
{
    static const struct line_map identity;
    *ret = (struct drift){.labels = index->sheet->n_labels};
    struct labels labels;
    if (!collect(index, seen, n, arena, &labels))
        return false;
    ret->at_home = ret->found = count_found(&labels, &identity, &identity);
    struct pairs pairs = {0};
    uint32_t rows = labels.rows, columns = labels.columns;
    bool is_mapped = pair_rows(&labels, &pairs) && make_map(index, &pairs, rows, false, arena, ret);
    pairs.n = 0;
    is_mapped = is_mapped && pair_columns(&labels, &ret->rows, &pairs) &&
                make_map(index, &pairs, columns, true, arena, ret);
    free(pairs.items);
    if (!is_mapped)
        return false;
    ret->found = count_found(&labels, &ret->rows, &ret->columns);
    return is_convincing(ret, count_deleted(ret, index->sheet));
}

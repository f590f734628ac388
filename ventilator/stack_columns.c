/* SPDX-License-Identifier: MIT
 *
 * The columns of the output, in order of first appearance, and what each source has less or more. A source's columns are those of
 * all its sheets together. Sources without any header say nothing about columns.
 */
#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"
#include "ventilator/stack_settle.h"

#define LIST_BYTES 300u
#define SIMILAR_COLUMNS_MAX 500u /* pairs of more are too many to look at, and to read about */
#define SIMILAR_ISSUES_MAX 50u
#define SIMILAR_CHARACTERS_MIN 5u
#define SIMILAR_CHARACTERS_MAX 64u
#define SIMILAR_DISTANCE 2u

/* --- lists of names --- */

struct name_list {
    struct buffer text;
    uint32_t n, n_left_out;
};

static void list_init(struct name_list *self)
{
    *self = (struct name_list){0};
    buffer_init(&self->text, BUFFER_LIMIT_DEFAULT);
}

static void list_add(struct name_list *self, struct span name)
{
    self->n++;
    if (self->text.len > LIST_BYTES) {
        self->n_left_out++;
        return;
    }
    buffer_put_text(&self->text, self->text.len ? ", " : "");
    buffer_put(&self->text, utf8_cut_utf16(name, 80));
}

static struct span list_span(struct name_list *self)
{
    if (self->n_left_out)
        buffer_putf(&self->text, " and %u more", self->n_left_out);
    self->n_left_out = 0;
    return buffer_span(&self->text);
}

/* --- who has which --- */

static const struct survey_source *surveyed(const struct settling *self, uint32_t index)
{
    bool counts = index < self->survey->n_sources && self->inputs->sources[index].state == SOURCE_TASK;
    return counts ? &self->survey->sources[index] : NULL;
}

/* Marks the keys of a source; gives how many there are. */
static uint32_t mark_keys(struct settling *self, const struct survey_source *source)
{
    uint32_t n = 0;
    self->stamp++;
    for (uint32_t s = 0; s < source->n_sheets; s++) {
        for (uint32_t i = 0; i < source->sheets[s].n_columns; i++) {
            uint32_t key = source->sheets[s].columns[i].key;
            n += self->stamps[key] != self->stamp;
            self->stamps[key] = self->stamp;
        }
    }
    return n;
}

struct appearance { /* of a key */
    uint32_t key, name, source;
    uint32_t n_sources;
};

struct roll { /* all keys of the used sources, in order of first appearance */
    struct appearance *items;
    uint32_t n, n_used, n_first; /* n_first: those of the first used source come first */
    uint32_t *place;             /* per key: 1 + its item */
};

static void call_roll(struct settling *self, struct roll *roll)
{
    uint32_t n_keys = self->survey->keys.n;
    *roll = (struct roll){must_alloc((n_keys + 1) * sizeof *roll->items), .place = must_alloc((n_keys + 1) * sizeof *roll->place)};
    for (uint32_t s = 0; s < self->inputs->n_sources; s++) {
        const struct survey_source *source = self->is_used[s] ? surveyed(self, s) : NULL;
        self->stamp++;
        for (uint32_t t = 0; source && t < source->n_sheets; t++) {
            for (uint32_t i = 0; i < source->sheets[t].n_columns; i++) {
                const struct survey_column *column = &source->sheets[t].columns[i];
                if (!roll->place[column->key]) {
                    roll->items[roll->n++] = (struct appearance){.key = column->key, .name = column->name, .source = s};
                    roll->place[column->key] = roll->n;
                }
                roll->items[roll->place[column->key] - 1].n_sources += self->stamps[column->key] != self->stamp;
                self->stamps[column->key] = self->stamp;
            }
        }
        if (source && roll->n_used++ == 0)
            roll->n_first = roll->n;
    }
}

static bool is_kept(const struct settling *self, const struct roll *roll, uint32_t i)
{
    switch (self->survey->job->stack.columns) {
    case COLUMNS_INTERSECTION:
        return roll->items[i].n_sources == roll->n_used;
    case COLUMNS_FIRST:
    case COLUMNS_STRICT:
        return i < roll->n_first;
    default:
        return true;
    }
}

/* --- the plan's columns --- */

static bool is_source_name(const struct settling *self, struct span name)
{
    const struct stack_plan *plan = self->plan;
    for (unsigned i = 0; plan->has_source_columns && i < STACK_SOURCE_COLUMNS; i++) {
        if (utf8_fold_equal(plan->source_names[i], name))
            return true;
    }
    return false;
}

/* A column must not be called like one of ours; those that it could clash with next are among the keys. */
static struct span free_name(struct settling *self, struct span name)
{
    struct stack_survey *survey = self->survey;
    struct buffer *text = &survey->part, key;
    buffer_init(&key, BUFFER_LIMIT_DEFAULT);
    bool is_taken = is_source_name(self, name);
    for (unsigned n = 2; is_taken; n++) {
        buffer_clear(text);
        buffer_putf(text, "%.*s_%u", SPAN_ARGS(name), n);
        buffer_clear(&key);
        stack_survey_key(survey, buffer_span(text), &key);
        is_taken = is_source_name(self, buffer_span(text)) || text_set_find(&survey->keys, buffer_span(&key)) != TEXT_SET_NONE;
        if (!is_taken)
            name = buffer_span(text);
    }
    buffer_free(&key);
    return arena_copy(self->plan->arena, name);
}

static enum fault too_many(struct settling *self, uint32_t n)
{
    return why_set(self->why, FAULT_LIMIT,
                   "the sources have %u different columns together, and a sheet holds %u: keep fewer with --columns=intersection or first, "
                   "or join names with --alias",
                   n, STACK_COLUMNS_MAX);
}

static enum fault make_columns(struct settling *self, const struct roll *roll)
{
    struct stack_plan *plan = self->plan;
    uint32_t n = 0, ours = plan->has_source_columns ? STACK_SOURCE_COLUMNS : 0;
    for (uint32_t i = 0; i < roll->n; i++)
        n += is_kept(self, roll, i);
    if (n + ours > STACK_COLUMNS_MAX)
        return too_many(self, n + ours);
    plan->columns = arena_alloc(plan->arena, n * sizeof *plan->columns);
    for (uint32_t i = 0; i < roll->n && plan->columns; i++) {
        const struct appearance *item = &roll->items[i];
        if (!is_kept(self, roll, i))
            continue;
        struct stack_column *column = &plan->columns[plan->n_columns];
        column->name = free_name(self, self->survey->texts.texts[item->name]);
        column->key = arena_copy(plan->arena, self->survey->keys.texts[item->key]);
        if (!column->name.data || !column->key.data)
            break;
        self->column_of[item->key] = plan->n_columns++;
    }
    return plan->n_columns == n ? FAULT_NONE : why_set(self->why, FAULT_LIMIT, "the names of the columns are too long");
}

/* --- issues --- */

static struct span keep(struct settling *self, struct span text)
{
    struct span copy = arena_copy(self->inputs->arena, text);
    return copy.data ? copy : SPAN("");
}

static void tell(struct settling *self, enum issue_code code, uint32_t source, struct name_list *list)
{
    struct issue *issue = inputs_add_issue(self->inputs, code, source);
    issue->detail = keep(self, list_span(list));
    issue->count = list->n;
}

/* Names that the plan has and the source has not, and the other way round. */
static void compare(struct settling *self, const struct roll *roll, uint32_t index, struct name_list *missing, struct name_list *extra)
{
    const struct survey_source *source = surveyed(self, index);
    (void)mark_keys(self, source);
    list_init(missing);
    list_init(extra);
    for (uint32_t i = 0; i < roll->n; i++) {
        uint32_t key = roll->items[i].key, column = self->column_of[key];
        bool has = self->stamps[key] == self->stamp;
        if (!has && column != STACK_COLUMN_NONE)
            list_add(missing, self->plan->columns[column].name);
        else if (has && column == STACK_COLUMN_NONE)
            list_add(extra, self->survey->texts.texts[roll->items[i].name]);
    }
}

static void reject(struct settling *self, uint32_t index, struct name_list *missing, struct name_list *extra)
{
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&text, "unlike %.*s:", SPAN_ARGS(self->inputs->sources[self->first_used].name));
    if (missing->n)
        buffer_putf(&text, " without %.*s", SPAN_ARGS(list_span(missing)));
    if (extra->n)
        buffer_putf(&text, "%s with %.*s", missing->n ? ";" : "", SPAN_ARGS(list_span(extra)));
    self->rejected[index] = keep(self, buffer_span(&text)); /* the issue comes from the worker, with the empty result */
    buffer_free(&text);
}

static void tell_differences(struct settling *self, const struct roll *roll)
{
    bool is_strict = self->survey->job->stack.columns == COLUMNS_STRICT;
    for (uint32_t s = 0; s < self->inputs->n_sources; s++) {
        struct name_list missing, extra;
        if (!self->is_used[s])
            continue;
        compare(self, roll, s, &missing, &extra);
        if (is_strict && (missing.n || extra.n)) {
            reject(self, s, &missing, &extra);
        } else {
            if (missing.n)
                tell(self, ISSUE_COLUMN_MISSING, s, &missing);
            if (extra.n)
                tell(self, ISSUE_COLUMN_EXTRA, s, &extra);
        }
        buffer_free(&missing.text);
        buffer_free(&extra.text);
    }
}

/* --- nearly the same names --- */

struct letters {
    uint32_t at[SIMILAR_CHARACTERS_MAX];
    unsigned n; /* 0: not compared */
};

static void spell(struct span text, struct letters *ret)
{
    ret->n = 0;
    for (size_t at = 0; at < text.len;) {
        unsigned len;
        if (ret->n == SIMILAR_CHARACTERS_MAX) {
            ret->n = 0;
            return;
        }
        ret->at[ret->n++] = utf8_decode(span_from(text, at), &len);
        at += len;
    }
}

/* Levenshtein's table, two rows of it, ended when a whole row is beyond `max`. */
static unsigned distance(const struct letters *a, const struct letters *b, unsigned max)
{
    unsigned before[SIMILAR_CHARACTERS_MAX + 1], row[SIMILAR_CHARACTERS_MAX + 1];
    if (a->n > b->n + max || b->n > a->n + max)
        return max + 1;
    for (unsigned k = 0; k <= b->n; k++)
        before[k] = k;
    for (unsigned i = 1; i <= a->n; i++) {
        unsigned least = row[0] = i;
        for (unsigned k = 1; k <= b->n; k++) {
            unsigned change = before[k - 1] + (a->at[i - 1] != b->at[k - 1]);
            unsigned skip = (before[k] < row[k - 1] ? before[k] : row[k - 1]) + 1;
            row[k] = change < skip ? change : skip;
            least = row[k] < least ? row[k] : least;
        }
        if (least > max)
            return max + 1;
        memcpy(before, row, (b->n + 1) * sizeof row[0]);
    }
    return before[b->n] < max ? before[b->n] : before[b->n] > max ? max + 1 : max;
}

unsigned stack_distance(struct span a, struct span b, unsigned max)
{
    struct letters x, y;
    spell(a, &x);
    spell(b, &y);
    return x.n && y.n ? distance(&x, &y, max) : max + 1;
}

static bool is_digit(uint32_t c)
{
    return c >= '0' && c <= '9';
}

/* "Q1 2024" and "Q2 2024" are two columns, however near. */
static bool differs_in_digits(const struct letters *a, const struct letters *b)
{
    unsigned i = 0, k = 0;
    for (;; i++, k++) {
        while (i < a->n && !is_digit(a->at[i]))
            i++;
        while (k < b->n && !is_digit(b->at[k]))
            k++;
        if (i == a->n || k == b->n)
            return i != a->n || k != b->n;
        if (a->at[i] != b->at[k])
            return true;
    }
}

/* Who has both means both. */
static bool stand_together(struct settling *self, uint32_t key, uint32_t other)
{
    for (uint32_t s = 0; s < self->inputs->n_sources; s++) {
        const struct survey_source *source = self->is_used[s] ? surveyed(self, s) : NULL;
        bool has = false, has_other = false;
        for (uint32_t t = 0; source && t < source->n_sheets; t++) {
            for (uint32_t i = 0; i < source->sheets[t].n_columns; i++) {
                has |= source->sheets[t].columns[i].key == key;
                has_other |= source->sheets[t].columns[i].key == other;
            }
        }
        if (has && has_other)
            return true;
    }
    return false;
}

static void tell_similar(struct settling *self, const struct roll *roll)
{
    uint32_t n_told = 0;
    if (roll->n > SIMILAR_COLUMNS_MAX)
        return;
    struct letters *letters = must_alloc((roll->n + 1) * sizeof *letters);
    for (uint32_t i = 0; i < roll->n; i++) {
        spell(self->survey->keys.texts[roll->items[i].key], &letters[i]);
        for (uint32_t k = 0; k < i && n_told < SIMILAR_ISSUES_MAX; k++) {
            const struct appearance *item = &roll->items[i], *like = &roll->items[k];
            if (letters[i].n < SIMILAR_CHARACTERS_MIN || letters[k].n < SIMILAR_CHARACTERS_MIN ||
                distance(&letters[i], &letters[k], SIMILAR_DISTANCE) > SIMILAR_DISTANCE || differs_in_digits(&letters[i], &letters[k]) ||
                stand_together(self, item->key, like->key))
                continue;
            struct span name = self->survey->texts.texts[like->name];
            struct issue *issue = inputs_add_issue(self->inputs, ISSUE_COLUMN_SIMILAR, item->source);
            issue->value = keep(self, self->survey->texts.texts[item->name]);
            buffer_clear(&self->survey->part);
            buffer_putf(&self->survey->part, "\"%.*s\" in %.*s", SPAN_ARGS(name), SPAN_ARGS(self->inputs->sources[like->source].name));
            issue->detail = keep(self, buffer_span(&self->survey->part));
            n_told++;
        }
    }
    free(letters);
}

/* --- all --- */

static bool has_header(const struct survey_source *source)
{
    for (uint32_t s = 0; source && s < source->n_sheets; s++) {
        if (source->sheets[s].first_row)
            return true;
    }
    return false;
}

enum fault stack_settle_columns(struct settling *self)
{
    uint32_t n = self->inputs->n_sources;
    self->first_used = n;
    for (uint32_t s = n; s-- > 0;) {
        self->is_used[s] = has_header(surveyed(self, s));
        if (self->is_used[s])
            self->first_used = s;
    }
    for (uint32_t key = 0; key < self->survey->keys.n; key++)
        self->column_of[key] = STACK_COLUMN_NONE;
    struct roll roll;
    call_roll(self, &roll);
    enum fault fault = make_columns(self, &roll);
    if (!fault) {
        tell_differences(self, &roll);
        tell_similar(self, &roll);
    }
    free(roll.items);
    free(roll.place);
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * Columns first (stack_columns.c), because all else names them; then formats, conditions and keys; at last the records of the sources,
 * whose number only now is known.
 */
#include "ventilator/stack_settle.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/utf8.h"

#define NAMES_BYTES 150u
#define NEAR_DISTANCE 3u

/* --- formats --- */

static enum fault settle_formats(struct settling *self)
{
    struct stack_survey *survey = self->survey;
    struct stack_plan *plan = self->plan;
    plan->formats = arena_alloc(plan->arena, survey->formats.n * sizeof *plan->formats);
    if (!plan->formats)
        return why_set(self->why, FAULT_LIMIT, "the sources have too many number formats");
    survey->stamp++;
    const uint32_t *last = NULL;
    for (uint32_t s = 0; s < self->inputs->n_sources; s++) {
        if (!self->is_used[s] || self->rejected[s].data || survey->sources[s].formats == last)
            continue;
        const struct survey_source *source = &survey->sources[s];
        last = source->formats;
        for (uint32_t i = 0; i < source->n_formats; i++) {
            uint32_t format = source->formats[i];
            if (survey->format_stamps[format] == survey->stamp)
                continue;
            survey->format_stamps[format] = survey->stamp;
            plan->formats[plan->n_formats] = arena_copy(plan->arena, survey->formats.texts[format]);
            if (!plan->formats[plan->n_formats++].data || plan->n_formats > STACK_FORMATS_MAX)
                return why_set(self->why, FAULT_LIMIT,
                               "the sources have more than %u different number formats, which no workbook holds; stack them in parts",
                               STACK_FORMATS_MAX);
        }
    }
    return FAULT_NONE;
}

/* --- names in options --- */

static void list_columns(const struct stack_plan *plan, struct buffer *out)
{
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        if (out->len > NAMES_BYTES) {
            buffer_putf(out, " and %u more", plan->n_columns - i);
            return;
        }
        buffer_putf(out, "%s%.*s", i ? ", " : "", SPAN_ARGS(utf8_cut_utf16(plan->columns[i].name, 40)));
    }
}

static enum fault no_column(struct settling *self, const char *option, struct span name, struct span key)
{
    const struct stack_plan *plan = self->plan;
    unsigned best = NEAR_DISTANCE + 1;
    struct span nearest = {0};
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        unsigned near = stack_distance(key, plan->columns[i].key, NEAR_DISTANCE);
        if (near < best) {
            best = near;
            nearest = utf8_cut_utf16(plan->columns[i].name, 40);
        }
    }
    struct buffer names, hint;
    buffer_init(&names, BUFFER_LIMIT_DEFAULT);
    buffer_init(&hint, BUFFER_LIMIT_DEFAULT);
    list_columns(plan, &names);
    if (nearest.data)
        buffer_putf(&hint, "; is it \"%.*s\"?", SPAN_ARGS(nearest));
    why_set(self->why, FAULT_USAGE, "%s: there is no column \"%.*s\"%.*s The output has: %.*s", option,
            SPAN_ARGS(utf8_cut_utf16(name, 40)), SPAN_ARGS(hint.len ? buffer_span(&hint) : SPAN(".")), SPAN_ARGS(buffer_span(&names)));
    buffer_free(&names);
    buffer_free(&hint);
    return FAULT_USAGE;
}

static enum fault find_column(struct settling *self, const char *option, struct span name, uint32_t *ret)
{
    struct stack_survey *survey = self->survey;
    struct buffer key;
    buffer_init(&key, BUFFER_LIMIT_DEFAULT);
    stack_survey_key(survey, stack_survey_alias(survey, name), &key);
    uint32_t found = text_set_find(&survey->keys, buffer_span(&key));
    *ret = found == TEXT_SET_NONE ? STACK_COLUMN_NONE : self->column_of[found];
    enum fault fault = *ret == STACK_COLUMN_NONE ? no_column(self, option, name, buffer_span(&key)) : FAULT_NONE;
    buffer_free(&key);
    return fault;
}

/* Which of _file and _sheet a name is; by their place. */
static bool find_source_column(const struct settling *self, struct span name, uint32_t *ret)
{
    for (uint32_t i = 0; i < STACK_SOURCE_COLUMNS; i++) {
        if (utf8_fold_equal(self->plan->source_names[i], name)) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static enum fault settle_conditions(struct settling *self)
{
    struct stack_plan *plan = self->plan;
    const struct stack_survey *survey = self->survey;
    uint32_t n = survey->job->stack.n_wheres;
    plan->conditions = arena_alloc(plan->arena, n * sizeof *plan->conditions);
    if (!plan->conditions)
        return why_set(self->why, FAULT_LIMIT, "the conditions are too long");
    for (uint32_t i = 0; i < n; i++) {
        const struct where *where = &survey->wheres[i];
        struct stack_condition *condition = &plan->conditions[plan->n_conditions++];
        uint32_t place;
        *condition = where->condition;
        condition->text = arena_copy(plan->arena, where->condition.text);
        if (!condition->text.data)
            return why_set(self->why, FAULT_LIMIT, "the conditions are too long");
        if (!find_source_column(self, where->name, &place)) {
            enum fault fault = find_column(self, "--where", where->name, &condition->column);
            if (fault)
                return fault;
        } else if (place == 2) {
            return why_set(self->why, FAULT_USAGE, "--where: the number of a row (%.*s) is nothing to choose rows by", SPAN_ARGS(where->name));
        } else {
            condition->column = place == 0 ? STACK_COLUMN_FILE : STACK_COLUMN_SHEET;
        }
    }
    return FAULT_NONE;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static enum fault settle_dedupe(struct settling *self)
{
    struct stack_plan *plan = self->plan;
    const struct stack_options *options = &self->survey->job->stack;
    plan->dedupe = options->dedupe;
    if (options->dedupe != DEDUPE_KEY)
        return FAULT_NONE;
    if (!options->n_dedupe_keys)
        return why_set(self->why, FAULT_USAGE, "--dedupe=key: say by which columns, as in --dedupe=key:ID,Date");
    plan->dedupe_columns = arena_alloc(plan->arena, options->n_dedupe_keys * sizeof *plan->dedupe_columns);
    if (!plan->dedupe_columns)
        return why_set(self->why, FAULT_LIMIT, "--dedupe: too many columns");
    for (uint32_t i = 0; i < options->n_dedupe_keys; i++) {
        enum fault fault = find_column(self, "--dedupe", options->dedupe_keys[i], &plan->dedupe_columns[i]);
        if (fault)
            return fault;
    }
    qsort(plan->dedupe_columns, options->n_dedupe_keys, sizeof *plan->dedupe_columns, by_number);
    for (uint32_t i = 0; i < options->n_dedupe_keys; i++) {
        if (!i || plan->dedupe_columns[i] != plan->dedupe_columns[i - 1])
            plan->dedupe_columns[plan->n_dedupe_columns++] = plan->dedupe_columns[i];
    }
    return FAULT_NONE;
}

/* --- cutting --- */

/* How many slices a sheet gives; 1: it is not cut. */
static uint64_t slices_of(const struct survey_sheet *sheet)
{
    bool is_large = sheet->bytes > STACK_SLICE_BYTES + STACK_SLICE_BYTES / 2;
    return is_large && sheet->is_plain && sheet->first_row ? (sheet->bytes + STACK_SLICE_BYTES / 2) / STACK_SLICE_BYTES : 1;
}

/* A declared size is only believed so far: whoever lies gets one slice, or slices without rows. */
static bool may_be_cut(const struct survey_source *source, uint64_t part_bytes_max)
{
    uint64_t records = 0;
    for (uint32_t i = 0; i < source->n_sheets; i++) {
        if (source->sheets[i].bytes > part_bytes_max)
            return false;
        records += slices_of(&source->sheets[i]);
    }
    return records <= SLICED_RECORDS_MAX;
}

struct cutting {
    struct stack_cut *cuts;
    uint32_t n;
    uint64_t bytes; /* of the last, while sheets may still join it */
    bool is_open;
};

static struct stack_cut *add_cut(struct cutting *self, uint32_t sheet)
{
    if ((self->n & (self->n - 1)) == 0)
        self->cuts = must_realloc(self->cuts, (self->n ? self->n * 2 : 1) * sizeof *self->cuts);
    self->cuts[self->n] = (struct stack_cut){sheet, 1, 0, STACK_TO_END};
    return &self->cuts[self->n++];
}

/* Sheets one after another share a record up to the size at which one alone would be cut. */
static void add_whole(struct cutting *self, uint32_t index, uint64_t bytes)
{
    bool fits = self->is_open && bytes <= STACK_SLICE_BYTES + STACK_SLICE_BYTES / 2 - self->bytes;
    if (fits)
        self->cuts[self->n - 1].n_sheets++;
    else
        add_cut(self, index);
    self->bytes = fits ? self->bytes + bytes : bytes;
    self->is_open = self->bytes <= STACK_SLICE_BYTES + STACK_SLICE_BYTES / 2;
}

uint32_t stack_cut_source(const struct survey_source *source, uint64_t part_bytes_max, struct stack_cut **ret)
{
    struct cutting self = {0};
    bool may_cut = may_be_cut(source, part_bytes_max);
    if (!may_cut || !source->n_sheets)
        add_cut(&self, 0)->n_sheets = source->n_sheets;
    for (uint32_t i = 0; may_cut && i < source->n_sheets; i++) {
        uint64_t n = slices_of(&source->sheets[i]);
        if (n == 1) {
            add_whole(&self, i, source->sheets[i].bytes);
            continue;
        }
        for (uint64_t k = 0; k < n; k++) {
            struct stack_cut *cut = add_cut(&self, i);
            cut->from = k * STACK_SLICE_BYTES;
            cut->to = k + 1 == n ? STACK_TO_END : (k + 1) * STACK_SLICE_BYTES;
        }
        self.is_open = false;
    }
    *ret = self.cuts;
    return self.n;
}

/* --- layouts --- */

static bool lay_out_sheet(struct settling *self, const struct survey_sheet *from, struct stack_layout_sheet *to)
{
    const struct text_set *texts = &self->survey->texts;
    *to = (struct stack_layout_sheet){
        .index = from->index, .name = from->name, .first_header = from->first_row, .last_header = from->last_row, .n_columns = from->n_columns};
    to->columns = arena_alloc(self->survey->scratch, from->n_columns * sizeof *to->columns);
    for (uint32_t i = 0; i < from->n_columns && to->columns; i++) {
        const struct survey_column *column = &from->columns[i];
        to->columns[i] =
            (struct stack_layout_column){column->col, self->column_of[column->key], texts->texts[column->header], texts->texts[column->name]};
    }
    return to->columns;
}

static bool put_layout(struct settling *self, uint32_t index, const struct stack_cut *cut, struct buffer *out)
{
    const struct survey_source *source = &self->survey->sources[index];
    struct arena *scratch = self->survey->scratch;
    arena_clear(scratch);
    struct stack_layout layout = {.n_sheets = cut->n_sheets, .from = cut->from, .to = cut->to};
    layout.is_rejected = self->rejected[index].data;
    layout.reason = layout.is_rejected ? self->rejected[index] : SPAN("");
    layout.sheets = arena_alloc(scratch, cut->n_sheets * sizeof *layout.sheets);
    if (!layout.sheets)
        return false;
    for (uint32_t i = 0; i < cut->n_sheets; i++) {
        if (!lay_out_sheet(self, &source->sheets[cut->first_sheet + i], &layout.sheets[i]))
            return false;
    }
    buffer_clear(out);
    stack_layout_encode(out, &layout);
    return true;
}

struct records {
    struct source *items;
    uint32_t n, capacity;
};

static enum fault add_record(struct settling *self, struct records *records, const struct source *head, const struct stack_cut *cut,
                             struct buffer *bytes)
{
    if (!put_layout(self, head->index, cut, bytes))
        return why_set(self->why, FAULT_LIMIT, "the headers of %.*s are too large", SPAN_ARGS(head->name));
    if (records->n == records->capacity) {
        records->capacity = records->capacity ? records->capacity * 2 : 64;
        records->items = must_realloc(records->items, records->capacity * sizeof *records->items);
    }
    struct source *record = &records->items[records->n];
    *record = *head;
    record->index = records->n++;
    record->layout = arena_copy(self->inputs->arena, buffer_span(bytes));
    return record->layout.data ? FAULT_NONE
                               : why_set(self->why, FAULT_LIMIT, "the headers of all sources are too large; stack them in parts");
}

static enum fault add_records(struct settling *self, struct records *records, const struct source *head, struct buffer *bytes)
{
    struct stack_cut *cuts = NULL;
    static const struct survey_source nothing = {0};
    bool is_task = head->state == SOURCE_TASK;
    bool is_whole = !is_task || self->rejected[head->index].data;
    uint32_t first = records->n, n = stack_cut_source(is_whole ? &nothing : &self->survey->sources[head->index],
                                                      budget_default.part_bytes, &cuts);
    if (is_task && is_whole)
        cuts[0].n_sheets = self->survey->sources[head->index].n_sheets;
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < n && !fault; i++) {
        fault = add_record(self, records, head, &cuts[i], bytes);
        if (fault)
            break;
        records->items[first + i].slice = i;
        records->items[first + i].slices = n > 1 ? n : 0;
        if (!is_task)
            records->items[first + i].layout = SPAN("");
    }
    free(cuts);
    return fault;
}

/* The sources by their records: what pointed to one points to its first record afterwards. */
static enum fault settle_sources(struct settling *self)
{
    struct inputs *inputs = self->inputs;
    struct records records = {0};
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    uint32_t *head_of = must_alloc((inputs->n_sources + 1) * sizeof *head_of);
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < inputs->n_sources && !fault; i++) {
        head_of[i] = records.n;
        fault = add_records(self, &records, &inputs->sources[i], &bytes);
    }
    buffer_free(&bytes);
    if (fault) {
        free(records.items);
        free(head_of);
        return fault;
    }
    for (uint32_t i = 0; i < records.n; i++) {
        if (records.items[i].state == SOURCE_DUPLICATE)
            records.items[i].same_as = head_of[records.items[i].same_as];
    }
    for (uint32_t i = 0; i < inputs->n_issues; i++) {
        if (inputs->issues[i].source != ISSUE_NO_SOURCE)
            inputs->issues[i].source = head_of[inputs->issues[i].source];
    }
    free(inputs->sources);
    inputs->sources = records.items ? records.items : must_alloc(sizeof *records.items);
    inputs->n_sources = records.n;
    free(head_of);
    return FAULT_NONE;
}

/* --- all --- */

/* The names are at most the job's arena long, and the plan's is larger. */
static void take_options(const struct job *job, struct stack_plan *plan)
{
    plan->form = job->stack.form;
    plan->compress_small = job->compress_small;
    plan->has_source_columns = !job->stack.no_source_columns;
    for (unsigned i = 0; i < STACK_SOURCE_COLUMNS; i++)
        plan->source_names[i] = arena_copy(plan->arena, job->stack.source_names[i]);
    plan->skip_hidden = job->skip_hidden;
    plan->keep_totals = job->stack.keep_totals;
    plan->keep_footers = job->stack.keep_footers;
}

static enum fault check_source_names(const struct stack_plan *plan, struct why *why)
{
    for (unsigned i = 0; plan->has_source_columns && i < STACK_SOURCE_COLUMNS; i++) {
        for (unsigned k = 0; k < i; k++) {
            if (utf8_fold_equal(plan->source_names[i], plan->source_names[k]))
                return why_set(why, FAULT_USAGE, "--source-columns: \"%.*s\" stands for two columns", SPAN_ARGS(plan->source_names[i]));
        }
        if (!utf8_trim(plan->source_names[i]).len || !utf8_valid(plan->source_names[i]))
            return why_set(why, FAULT_USAGE, "--source-columns: say three names, as in _file,_sheet,_row");
    }
    return FAULT_NONE;
}

/* What was found in the sheets of the sources that count. */
static void tell_notes(struct settling *self)
{
    for (uint32_t s = 0; s < self->survey->n_sources && s < self->inputs->n_sources; s++) {
        const struct survey_note *note = self->inputs->sources[s].state == SOURCE_TASK ? self->survey->sources[s].notes : NULL;
        for (; note; note = note->next) {
            struct issue *issue = inputs_add_issue(self->inputs, note->code, s);
            struct span sheet = arena_copy(self->inputs->arena, note->sheet), value = arena_copy(self->inputs->arena, note->value);
            issue->sheet = sheet.data ? sheet : SPAN("");
            issue->value = value.data ? value : SPAN("");
        }
    }
}

static enum fault settle_all(struct settling *self)
{
    tell_notes(self);
    enum fault fault = stack_settle_columns(self);
    if (!fault)
        fault = settle_formats(self);
    if (!fault && self->plan->n_columns) /* without any there are no rows to choose from */
        fault = settle_conditions(self);
    if (!fault && self->plan->n_columns)
        fault = settle_dedupe(self);
    return fault ? fault : settle_sources(self);
}

enum fault stack_settle(struct stack_survey *survey, struct inputs *inputs, struct stack_plan *ret, struct why *why)
{
    struct stack_plan plan = {.arena = arena_new(STACK_PLAN_ARENA_BYTES)};
    take_options(survey->job, &plan);
    enum fault fault = check_source_names(&plan, why);
    struct settling self = {.survey = survey, .inputs = inputs, .plan = &plan, .why = why};
    self.column_of = must_alloc((survey->keys.n + 1) * sizeof *self.column_of);
    self.stamps = must_alloc((survey->keys.n + 1) * sizeof *self.stamps);
    self.is_used = must_alloc((inputs->n_sources + 1) * sizeof *self.is_used);
    self.rejected = must_alloc((inputs->n_sources + 1) * sizeof *self.rejected);
    if (!fault)
        fault = settle_all(&self);
    free(self.column_of);
    free(self.stamps);
    free(self.is_used);
    free(self.rejected);
    if (fault)
        stack_plan_free(&plan);
    else
        stack_plan_seal(&plan);
    *ret = plan;
    return fault;
}

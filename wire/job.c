/* SPDX-License-Identifier: MIT
 *
 * The job's encoding is one flat array in the order of the table below; fields are only ever appended.
 */
#include "wire/job.h"

#include "core/must.h"
#include "core/utf8.h"
#include "wire/cursor.h"

#define JOB_ARENA_BYTES ((size_t)64 << 20)
#define JOB_LIST_MAX 1000000u

static const char *const function_names[FUNCTIONS] = {
    "sum",  "count", "counta", "average", "max",   "min",  "product", "stdev", "stdevp",
    "var",  "varp",  "median", "first",   "last",  "same", "join",    "wavg",
};

const char *function_name(enum function function)
{
    must(function < FUNCTIONS);
    return function_names[function];
}

bool function_find(struct span name, enum function *ret)
{
    static const struct {
        const char *name;
        enum function function;
    } others[] = {{"avg", FUNCTION_AVERAGE}, {"mean", FUNCTION_AVERAGE}, {"weighted", FUNCTION_WAVG}};
    for (unsigned i = 0; i < FUNCTIONS; i++) {
        if (utf8_fold_equal(name, span_of(function_names[i]))) {
            *ret = (enum function)i;
            return true;
        }
    }
    for (unsigned i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (utf8_fold_equal(name, span_of(others[i].name))) {
            *ret = others[i].function;
            return true;
        }
    }
    return false;
}

void job_init(struct job *self)
{
    *self = (struct job){.arena = arena_new(JOB_ARENA_BYTES),
                         .precision = DECIMAL_15,
                         .notes = true,
                         .links = true,
                         .notes_max = 5000,
                         .stack = {.source_names = {SPAN("_file"), SPAN("_sheet"), SPAN("_row")}}};
}

void job_free(struct job *self)
{
    arena_destroy(&self->arena);
    *self = (struct job){0};
}

/* clang-format off */
#define NUMBERS(X) \
    X(mode, MODE_COLLECT) X(function, FUNCTIONS - 1) X(precision, DECIMAL_FULL) X(text_rule, JOB_TEXT_OFF) \
    X(errors, ERRORS_FAIL) X(duplicates, DUPLICATES_ALL) X(drift, DRIFT_REPORT) X(highlight, JOB_HIGHLIGHT_FILL) \
    X(contributions, CONTRIBUTIONS_NONE) X(notes_max, UINT32_MAX) X(max_failed, UINT32_MAX) \
    X(stack.first_header, UINT32_MAX) X(stack.last_header, UINT32_MAX) X(stack.columns, COLUMNS_STRICT) \
    X(stack.dedupe, DEDUPE_KEY) X(stack.form, STACK_JSONL)
#define SWITCHES(X) \
    X(average_blank_zero) X(skip_hidden) X(constants_aggregate) X(template_filled) X(strict) X(is_preset_original) \
    X(is_check) X(stamp) X(compress_small) X(notes) X(links) \
    X(stack.key_exact) X(stack.no_source_columns) X(stack.keep_totals) X(stack.keep_footers) X(stack.cell_refs) \
    X(wants_output_sha)
#define TEXTS(X) \
    X(template_path) X(output_path) X(report_path) X(text_locale) X(sheet_selector) X(id_cell) X(id_regex) \
    X(stack.source_names[0]) X(stack.source_names[1]) X(stack.source_names[2])
/* clang-format on */
#define JOB_FIELDS (1 + 16 + 17 + 10 + 8)

static void pack_texts(struct buffer *out, const struct span *texts, uint32_t n)
{
    pack_array(out, n);
    for (uint32_t i = 0; i < n; i++)
        pack_text(out, texts[i]);
}

static void pack_aliases(struct buffer *out, const struct alias *aliases, uint32_t n)
{
    pack_array(out, n * 2);
    for (uint32_t i = 0; i < n; i++) {
        pack_text(out, aliases[i].from);
        pack_text(out, aliases[i].to);
    }
}

void job_encode(struct buffer *out, const struct job *self)
{
    pack_array(out, JOB_FIELDS);
    pack_bytes(out, span_make(self->id, sizeof self->id));
#define X(field, most) pack_u64(out, self->field);
    NUMBERS(X)
#undef X
#define X(field) pack_bool(out, self->field);
    SWITCHES(X)
#undef X
#define X(field) pack_text(out, self->field);
    TEXTS(X)
#undef X
    pack_texts(out, self->inputs, self->n_inputs);
    pack_texts(out, self->excludes, self->n_excludes);
    pack_texts(out, self->ranges, self->n_ranges);
    pack_array(out, self->n_colors * 3);
    for (uint32_t i = 0; i < self->n_colors; i++) {
        pack_u64(out, self->colors[i].rgb);
        pack_bool(out, self->colors[i].is_ignore);
        pack_u64(out, self->colors[i].function);
    }
    pack_aliases(out, self->aliases, self->n_aliases);
    pack_aliases(out, self->stack.column_aliases, self->stack.n_column_aliases);
    pack_texts(out, self->stack.dedupe_keys, self->stack.n_dedupe_keys);
    pack_texts(out, self->stack.wheres, self->stack.n_wheres);
}

static uint32_t take_choice(struct cursor *in, uint64_t most)
{
    uint32_t value = cursor_u32(in);
    if (value > most && in->fault == FAULT_NONE)
        in->fault = FAULT_PROTOCOL;
    return in->fault == FAULT_NONE ? value : 0;
}

static struct span keep(struct cursor *in, struct arena *arena)
{
    struct span copy = arena_copy(arena, cursor_text(in));
    if (!copy.data && in->fault == FAULT_NONE)
        in->fault = FAULT_PROTOCOL;
    return copy.data ? copy : (struct span){"", 0};
}

/* A list whose length is checked against the bytes before memory is taken for it. */
static uint32_t enter_list(struct cursor *in, struct arena *arena, uint32_t per_item, size_t item_size, void **ret)
{
    uint32_t n = cursor_enter(in, 0);
    if (n % per_item || n > JOB_LIST_MAX * per_item) {
        in->fault = FAULT_PROTOCOL;
        n = 0;
    }
    *ret = arena_alloc(arena, n / per_item * item_size);
    if (!*ret && in->fault == FAULT_NONE)
        in->fault = FAULT_PROTOCOL;
    return *ret && in->fault == FAULT_NONE ? n / per_item : 0;
}

static void take_texts(struct cursor *in, struct arena *arena, struct span **ret, uint32_t *ret_n)
{
    void *items;
    *ret_n = enter_list(in, arena, 1, sizeof(struct span), &items);
    *ret = items;
    for (uint32_t i = 0; i < *ret_n; i++)
        (*ret)[i] = keep(in, arena);
    cursor_leave(in, 0);
}

static void take_aliases(struct cursor *in, struct arena *arena, struct alias **ret, uint32_t *ret_n)
{
    void *items;
    *ret_n = enter_list(in, arena, 2, sizeof **ret, &items);
    *ret = items;
    for (uint32_t i = 0; i < *ret_n; i++) {
        (*ret)[i].from = keep(in, arena);
        (*ret)[i].to = keep(in, arena);
    }
    cursor_leave(in, 0);
}

static void take_lists(struct cursor *in, struct job *job)
{
    void *items;
    take_texts(in, job->arena, &job->inputs, &job->n_inputs);
    take_texts(in, job->arena, &job->excludes, &job->n_excludes);
    take_texts(in, job->arena, &job->ranges, &job->n_ranges);
    job->n_colors = enter_list(in, job->arena, 3, sizeof *job->colors, &items);
    job->colors = items;
    for (uint32_t i = 0; i < job->n_colors; i++) {
        job->colors[i].rgb = take_choice(in, 0xFFFFFF);
        job->colors[i].is_ignore = cursor_bool(in);
        job->colors[i].function = (enum function)take_choice(in, FUNCTIONS - 1);
    }
    cursor_leave(in, 0);
    take_aliases(in, job->arena, &job->aliases, &job->n_aliases);
    take_aliases(in, job->arena, &job->stack.column_aliases, &job->stack.n_column_aliases);
    take_texts(in, job->arena, &job->stack.dedupe_keys, &job->stack.n_dedupe_keys);
    take_texts(in, job->arena, &job->stack.wheres, &job->stack.n_wheres);
}

enum fault job_decode(struct span message, struct job *ret)
{
    struct job job;
    job_init(&job);
    struct cursor in;
    cursor_init(&in, message);
    uint32_t n = cursor_enter(&in, JOB_FIELDS);
    struct span id = cursor_bytes(&in);
    if (id.len == sizeof job.id)
        memcpy(job.id, id.data, sizeof job.id);
    else
        in.fault = FAULT_PROTOCOL;
#define X(field, most) job.field = take_choice(&in, most);
    NUMBERS(X)
#undef X
#define X(field) job.field = cursor_bool(&in);
    SWITCHES(X)
#undef X
#define X(field) job.field = keep(&in, job.arena);
    TEXTS(X)
#undef X
    take_lists(&in, &job);
    cursor_leave(&in, n - JOB_FIELDS);
    if (!cursor_at_end(&in)) {
        job_free(&job);
        return FAULT_PROTOCOL;
    }
    *ret = job;
    return FAULT_NONE;
}

/* SPDX-License-Identifier: MIT
 *
 * The plan of stack mode as bytes. Its first item is a text where the position plan has a number, so that neither decoder takes
 * the other's bytes. Nothing is believed on the way in: counts are within their limits, columns are named, conditions and keys
 * point at columns that there are.
 */
#include "wire/stack_plan.h"

#include <math.h>

#include "core/utf8.h"
#include "wire/cursor.h"

#define PLAN_KIND "stack"
#define PLAN_VERSION 1
#define PLAN_FIELDS 14

static void pack_condition(struct buffer *out, const struct stack_condition *condition)
{
    pack_array(out, 4);
    pack_u64(out, condition->column);
    pack_u64(out, condition->op);
    pack_text(out, condition->text);
    if (condition->has_number)
        pack_double(out, condition->number);
    else
        pack_nil(out);
}

static void pack_texts(struct buffer *out, const struct span *texts, uint32_t n)
{
    pack_array(out, n);
    for (uint32_t i = 0; i < n; i++)
        pack_text(out, texts[i]);
}

void stack_plan_encode(struct buffer *out, const struct stack_plan *self)
{
    pack_array(out, PLAN_FIELDS);
    pack_text(out, SPAN(PLAN_KIND));
    pack_u64(out, PLAN_VERSION);
    pack_array(out, self->n_columns * 2);
    for (uint32_t i = 0; i < self->n_columns; i++) {
        pack_text(out, self->columns[i].name);
        pack_text(out, self->columns[i].key);
    }
    pack_texts(out, self->formats, self->n_formats);
    pack_array(out, self->n_conditions);
    for (uint32_t i = 0; i < self->n_conditions; i++)
        pack_condition(out, &self->conditions[i]);
    pack_u64(out, self->form);
    pack_bool(out, self->compress_small);
    pack_bool(out, self->has_source_columns);
    pack_texts(out, self->source_names, STACK_SOURCE_COLUMNS);
    pack_u64(out, self->dedupe);
    pack_array(out, self->n_dedupe_columns);
    for (uint32_t i = 0; i < self->n_dedupe_columns; i++)
        pack_u64(out, self->dedupe_columns[i]);
    pack_bool(out, self->skip_hidden);
    pack_bool(out, self->keep_totals);
    pack_bool(out, self->keep_footers);
}

/* --- decoding: every helper returns false on what no encoder writes --- */

/* Text of the output: what is not UTF-8 would make a part that no reader opens. */
static bool copy_text(struct cursor *in, struct arena *arena, struct span *ret)
{
    struct span text = cursor_text(in);
    if (in->fault != FAULT_NONE || !utf8_valid(text))
        return false;
    *ret = arena_copy(arena, text);
    return ret->data;
}

/* Enters an array of at most `max` and makes room for what it holds. */
static bool enter_list(struct cursor *in, struct arena *arena, uint32_t max, size_t item_size, uint32_t *ret_n, void **ret)
{
    uint32_t n = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || n > max)
        return false;
    *ret_n = n;
    *ret = arena_alloc(arena, n * item_size);
    return *ret;
}

static bool read_columns(struct cursor *in, struct stack_plan *plan)
{
    uint32_t n = cursor_enter(in, 0);
    if (in->fault != FAULT_NONE || n % 2 || n / 2 > STACK_COLUMNS_MAX)
        return false;
    plan->n_columns = n / 2;
    plan->columns = arena_alloc(plan->arena, plan->n_columns * sizeof *plan->columns);
    if (!plan->columns)
        return false;
    for (uint32_t i = 0; i < plan->n_columns; i++) {
        struct stack_column *column = &plan->columns[i];
        if (!copy_text(in, plan->arena, &column->name) || !copy_text(in, plan->arena, &column->key) || !column->name.len)
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_formats(struct cursor *in, struct stack_plan *plan)
{
    void *items;
    if (!enter_list(in, plan->arena, STACK_FORMATS_MAX, sizeof *plan->formats, &plan->n_formats, &items))
        return false;
    plan->formats = items;
    for (uint32_t i = 0; i < plan->n_formats; i++) {
        if (!copy_text(in, plan->arena, &plan->formats[i]) || !plan->formats[i].len)
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool is_column(const struct stack_plan *plan, uint32_t column)
{
    return column < plan->n_columns;
}

static bool read_condition(struct cursor *in, struct stack_plan *plan, struct stack_condition *ret)
{
    uint32_t n = cursor_enter(in, 4);
    ret->column = cursor_u32(in);
    uint32_t op = cursor_u32(in);
    if (!copy_text(in, plan->arena, &ret->text) || op > STACK_UNLIKE)
        return false;
    ret->op = (enum stack_operator)op;
    ret->has_number = !cursor_is_nil(in);
    if (ret->has_number)
        ret->number = cursor_double(in);
    if (in->fault != FAULT_NONE || !isfinite(ret->number))
        return false;
    cursor_leave(in, n - 4);
    return is_column(plan, ret->column) || ret->column == STACK_COLUMN_FILE || ret->column == STACK_COLUMN_SHEET;
}

static bool read_conditions(struct cursor *in, struct stack_plan *plan)
{
    void *items;
    if (!enter_list(in, plan->arena, STACK_CONDITIONS_MAX, sizeof *plan->conditions, &plan->n_conditions, &items))
        return false;
    plan->conditions = items;
    for (uint32_t i = 0; i < plan->n_conditions; i++) {
        if (!read_condition(in, plan, &plan->conditions[i]))
            return false;
    }
    cursor_leave(in, 0);
    return true;
}

static bool read_source_names(struct cursor *in, struct stack_plan *plan)
{
    uint32_t n = cursor_enter(in, STACK_SOURCE_COLUMNS);
    for (unsigned i = 0; i < STACK_SOURCE_COLUMNS; i++) {
        if (!copy_text(in, plan->arena, &plan->source_names[i]) || (plan->has_source_columns && !plan->source_names[i].len))
            return false;
    }
    cursor_leave(in, n - STACK_SOURCE_COLUMNS);
    return true;
}

static bool read_dedupe(struct cursor *in, struct stack_plan *plan)
{
    uint32_t dedupe = cursor_u32(in);
    void *items;
    if (dedupe > DEDUPE_KEY ||
        !enter_list(in, plan->arena, STACK_COLUMNS_MAX, sizeof *plan->dedupe_columns, &plan->n_dedupe_columns, &items))
        return false;
    plan->dedupe = (enum dedupe_policy)dedupe;
    plan->dedupe_columns = items;
    for (uint32_t i = 0; i < plan->n_dedupe_columns; i++) {
        uint32_t column = cursor_u32(in);
        if (in->fault != FAULT_NONE || !is_column(plan, column) || (i && column <= plan->dedupe_columns[i - 1]))
            return false;
        plan->dedupe_columns[i] = column;
    }
    cursor_leave(in, 0);
    return (plan->dedupe == DEDUPE_KEY) == (plan->n_dedupe_columns > 0);
}

static bool read_plan(struct cursor *in, struct stack_plan *plan)
{
    uint32_t n = cursor_enter(in, PLAN_FIELDS);
    if (!span_is(cursor_text(in), PLAN_KIND) || cursor_u32(in) != PLAN_VERSION || in->fault != FAULT_NONE)
        return false;
    if (!read_columns(in, plan) || !read_formats(in, plan) || !read_conditions(in, plan))
        return false;
    uint32_t form = cursor_u32(in);
    plan->compress_small = cursor_bool(in);
    plan->has_source_columns = cursor_bool(in);
    if (in->fault != FAULT_NONE || form > STACK_JSONL || !read_source_names(in, plan) || !read_dedupe(in, plan))
        return false;
    plan->form = (enum stack_form)form;
    plan->skip_hidden = cursor_bool(in);
    plan->keep_totals = cursor_bool(in);
    plan->keep_footers = cursor_bool(in);
    if (in->fault != FAULT_NONE)
        return false;
    cursor_leave(in, n - PLAN_FIELDS);
    return cursor_at_end(in) && plan->n_columns + (plan->has_source_columns ? STACK_SOURCE_COLUMNS : 0) <= STACK_COLUMNS_MAX;
}

enum fault stack_plan_decode(struct span message, struct stack_plan *ret)
{
    struct stack_plan plan = {.arena = arena_new(STACK_PLAN_ARENA_BYTES)};
    struct cursor in;
    cursor_init(&in, message);
    if (!read_plan(&in, &plan)) {
        stack_plan_free(&plan);
        return FAULT_PROTOCOL;
    }
    stack_plan_seal(&plan);
    *ret = plan;
    return FAULT_NONE;
}

void stack_plan_free(struct stack_plan *self)
{
    arena_destroy(&self->arena);
    *self = (struct stack_plan){0};
}

void stack_plan_seal(struct stack_plan *self)
{
    struct buffer bytes;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    stack_plan_encode(&bytes, self);
    self->hash = sha256_of(buffer_span(&bytes));
    buffer_free(&bytes);
}

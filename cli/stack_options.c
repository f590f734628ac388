/* SPDX-License-Identifier: MIT
 *
 * What a value can be judged by itself is judged here; names of columns are the ventilator's to know.
 */
#include "cli/stack_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/alias_file.h"
#include "cli/fields.h"
#include "core/must.h"
#include "core/utf8.h"
#include "wire/stack_plan.h"

#define ROWS_MAX 1048576ul

/* A row number and what follows it. */
static bool parse_row(const char *text, uint32_t *ret, const char **ret_end)
{
    char *end;
    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    unsigned long row = strtoul(text, &end, 10);
    *ret = (uint32_t)row;
    *ret_end = end;
    return errno == 0 && row >= 1 && row <= ROWS_MAX;
}

static bool set_header(struct invocation *self, const char *value)
{
    struct stack_options *stack = &self->job.stack;
    const char *end;
    bool is_good = parse_row(value, &stack->first_header, &end);
    stack->last_header = stack->first_header;
    if (is_good && *end == '-')
        is_good = parse_row(end + 1, &stack->last_header, &end);
    if (!is_good || *end)
        return invocation_wrong(self, "a row number is wanted, or two as in 3-4");
    if (stack->last_header < stack->first_header)
        return invocation_wrong(self, "the last row stands above the first");
    return true;
}

/* One record of fields in `value`. */
static uint32_t split(struct invocation *self, const char *value, struct span *ret, uint32_t room)
{
    struct fields fields;
    fields_init(&fields, span_of(value), ',');
    uint32_t n = fields_next(&fields, ret, room);
    if (fields.wrong)
        (void)invocation_wrong(self, "%s", fields.wrong);
    else if (fields.rest.len)
        (void)invocation_wrong(self, "a line break outside quotes");
    bool is_good = !self->wrong[0];
    for (uint32_t i = 0; is_good && i < n && i < room; i++)
        ret[i] = invocation_keep(self, ret[i]);
    fields_free(&fields);
    return is_good ? n : 0;
}

static bool set_source_names(struct invocation *self, const char *value)
{
    struct span names[STACK_SOURCE_COLUMNS];
    uint32_t n = split(self, value, names, STACK_SOURCE_COLUMNS);
    if (self->wrong[0])
        return false;
    if (n != STACK_SOURCE_COLUMNS)
        return invocation_wrong(self, "three names are wanted, for file, sheet and row; %u given", n);
    for (uint32_t i = 0; i < n; i++) {
        if (!names[i].len)
            return invocation_wrong(self, "a name is empty; --no-source-columns leaves all three out");
        for (uint32_t j = 0; j < i; j++)
            if (utf8_fold_equal(names[i], names[j]))
                return invocation_wrong(self, "%.*s twice", SPAN_ARGS(names[i]));
        self->job.stack.source_names[i] = names[i];
    }
    return true;
}

static bool set_dedupe(struct invocation *self, const char *value)
{
    struct stack_options *stack = &self->job.stack;
    stack->n_dedupe_keys = 0;
    stack->dedupe = strcasecmp(value, "row") == 0 ? DEDUPE_ROW : DEDUPE_NONE;
    if (stack->dedupe == DEDUPE_ROW || strcasecmp(value, "none") == 0)
        return true;
    if (strncasecmp(value, "key:", 4) != 0)
        return invocation_wrong(self, "one of none, row, key:NAME,NAME");
    uint32_t room = 1;
    for (const char *at = value + 4; *at; at++)
        room += *at == ',';
    struct span *keys = arena_alloc(self->job.arena, room * sizeof *keys);
    must(keys);
    uint32_t n = split(self, value + 4, keys, room);
    for (uint32_t i = 0; i < n; i++)
        if (!keys[i].len)
            n = 0;
    if (n == 0)
        return self->wrong[0] ? false : invocation_wrong(self, "which columns? As in key:Name,Date");
    stack->dedupe = DEDUPE_KEY;
    stack->dedupe_keys = keys;
    stack->n_dedupe_keys = n;
    return true;
}

static bool add_where(struct invocation *self, const char *value)
{
    struct stack_options *stack = &self->job.stack;
    if (stack->n_wheres == STACK_CONDITIONS_MAX)
        return invocation_wrong(self, "more than %u conditions", STACK_CONDITIONS_MAX);
    if (!utf8_valid(span_of(value)) || !utf8_trim(span_of(value)).len)
        return invocation_wrong(self, "a condition is wanted, as in 'Amount >= 100'");
    invocation_append(self, &stack->wheres, &stack->n_wheres, invocation_keep(self, span_of(value)));
    return true;
}

bool stack_option_set(struct invocation *self, const char *name, const char *value, int choice)
{
    struct stack_options *stack = &self->job.stack;
    struct { const char *name; bool *field; bool when; } switches[] = {
        {"key", &stack->key_exact, choice == 1},
        {"totals", &stack->keep_totals, choice == 1},
        {"footers", &stack->keep_footers, choice == 1},
        {"no-source-columns", &stack->no_source_columns, true},
        {"cell-refs", &stack->cell_refs, true},
    };
    struct { const char *name; bool (*set)(struct invocation *self, const char *value); } setters[] = {
        {"header", set_header}, {"alias", alias_file_read}, {"source-columns", set_source_names}, {"where", add_where}, {"dedupe", set_dedupe},
    };
    for (size_t i = 0; i < sizeof switches / sizeof switches[0]; i++)
        if (strcmp(name, switches[i].name) == 0)
            return *switches[i].field = switches[i].when, true;
    for (size_t i = 0; i < sizeof setters / sizeof setters[0]; i++)
        if (strcmp(name, setters[i].name) == 0)
            return setters[i].set(self, value);
    must(strcmp(name, "columns") == 0); /* else an option of the table has no setter */
    stack->columns = (enum column_policy)choice;
    return true;
}

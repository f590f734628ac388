/* SPDX-License-Identifier: MIT
 *
 * The table, and the functions of a few values: logic, information, simple mathematics.
 */
#include "workbook/formula_functions.h"

#include <math.h>
#include <strings.h>

#include "core/utf8.h"

#define ANY 255
#define PI_DIGITS 3.14159265358979323846

struct formula_function {
    const char *name;
    uint8_t min, max; /* arguments */
    formula_call *call;
    reference_call *refer; /* instead of call: may give cells */
};

static struct calc_value call_true(struct evaluation *self, const struct node *call)
{
    (void)self, (void)call;
    return value_boolean(true);
}

static struct calc_value call_false(struct evaluation *self, const struct node *call)
{
    (void)self, (void)call;
    return value_boolean(false);
}

static struct calc_value call_na(struct evaluation *self, const struct node *call)
{
    (void)self, (void)call;
    return value_error("#N/A");
}

static struct calc_value call_pi(struct evaluation *self, const struct node *call)
{
    (void)self, (void)call;
    return value_number(PI_DIGITS);
}

static struct calc_value call_not(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_boolean(self, call->child);
    return value.kind == CALC_BOOLEAN ? value_boolean(value.number == 0) : value;
}

static struct calc_value call_abs(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_number(self, call->child);
    return value.kind == CALC_NUMBER ? value_number(fabs(value.number)) : value;
}

static struct calc_value call_sign(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_number(self, call->child);
    return value.kind == CALC_NUMBER ? value_number((value.number > 0) - (value.number < 0)) : value;
}

static struct calc_value call_sqrt(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_number(self, call->child);
    if (value.kind != CALC_NUMBER)
        return value;
    return value.number < 0 ? value_error("#NUM!") : value_number(sqrt(value.number));
}

static struct calc_value call_power(struct evaluation *self, const struct node *call)
{
    struct calc_value base = evaluate_number(self, call->child), exponent = evaluate_number(self, call->child->next);
    if (value_is_bad(base))
        return value_is_bad(exponent) ? value_unknown() : base;
    return value_is_bad(exponent) ? exponent : value_arithmetic(OPERATOR_POWER, base.number, exponent.number, false);
}

/* --- choices ------------------------------------------------------------------------------------------------------ */

static struct operand give(struct calc_value value)
{
    return (struct operand){.value = value};
}

/* An argument left out counts as 0. */
static struct operand branch(struct evaluation *self, const struct node *node)
{
    struct operand operand = evaluate_operand(self, node);
    operand.is_missing = false;
    return operand;
}

static struct operand refer_if(struct evaluation *self, const struct node *call)
{
    struct calc_value condition = evaluate_boolean(self, call->child);
    const struct node *then = call->child->next;
    if (condition.kind != CALC_BOOLEAN)
        return give(condition);
    if (condition.number != 0)
        return branch(self, then);
    return then->next ? branch(self, then->next) : give(value_boolean(false));
}

static struct operand refer_choose(struct evaluation *self, const struct node *call)
{
    struct calc_value index = evaluate_number(self, call->child);
    if (index.kind != CALC_NUMBER)
        return give(index);
    if (!(index.number >= 1) || index.number >= call->n)
        return give(value_error("#VALUE!"));
    const struct node *node = call->child;
    for (unsigned i = (unsigned)index.number; i; i--)
        node = node->next;
    return branch(self, node);
}

static struct calc_value call_iferror(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_scalar(self, call->child);
    return value.kind == CALC_ERROR ? evaluate_scalar(self, call->child->next) : value;
}

static bool is_not_available(struct calc_value value)
{
    return value.kind == CALC_ERROR && span_is(value.text, "#N/A");
}

static struct calc_value call_ifna(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_scalar(self, call->child);
    return is_not_available(value) ? evaluate_scalar(self, call->child->next) : value;
}

/* --- information -------------------------------------------------------------------------------------------------- */

/* `kinds`: a bit for each enum calc_kind that is asked for. */
static struct calc_value is_any_of(struct evaluation *self, const struct node *call, unsigned kinds)
{
    struct calc_value value = evaluate_scalar(self, call->child);
    return value_is_unknown(value) ? value : value_boolean(kinds >> value.kind & 1);
}

static struct calc_value call_isblank(struct evaluation *self, const struct node *call)
{
    return is_any_of(self, call, 1u << CALC_BLANK);
}

static struct calc_value call_isnumber(struct evaluation *self, const struct node *call)
{
    return is_any_of(self, call, 1u << CALC_NUMBER);
}

static struct calc_value call_istext(struct evaluation *self, const struct node *call)
{
    return is_any_of(self, call, 1u << CALC_TEXT);
}

static struct calc_value call_isnontext(struct evaluation *self, const struct node *call)
{
    return is_any_of(self, call, ~(1u << CALC_TEXT));
}

static struct calc_value call_islogical(struct evaluation *self, const struct node *call)
{
    return is_any_of(self, call, 1u << CALC_BOOLEAN);
}

static struct calc_value call_iserror(struct evaluation *self, const struct node *call)
{
    return is_any_of(self, call, 1u << CALC_ERROR);
}

static struct calc_value call_isna(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_scalar(self, call->child);
    return value_is_unknown(value) ? value : value_boolean(is_not_available(value));
}

static struct calc_value call_iserr(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_scalar(self, call->child);
    return value_is_unknown(value) ? value : value_boolean(value.kind == CALC_ERROR && !is_not_available(value));
}

static struct calc_value call_n(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_scalar(self, call->child);
    return value_is_bad(value) || value.kind == CALC_NUMBER ? value
           : value_number(value.kind == CALC_BOOLEAN ? value.number : 0);
}

static struct calc_value call_t(struct evaluation *self, const struct node *call)
{
    struct calc_value value = evaluate_scalar(self, call->child);
    return value_is_bad(value) || value.kind == CALC_TEXT ? value : value_text(SPAN(""));
}

/* --- place and size ----------------------------------------------------------------------------------------------- */

static struct calc_value place(struct evaluation *self, const struct node *call, bool is_row)
{
    const struct formula *formula = self->formula;
    if (!call->child)
        return value_number((is_row ? formula->row : formula->col) + 1.0);
    struct operand operand = evaluate_operand(self, call->child);
    if (!operand.is_area)
        return value_unknown();
    const struct cell_range *range = &operand.area.range;
    uint32_t first = is_row ? range->first.row : range->first.col, last = is_row ? range->last.row : range->last.col;
    return first == last ? value_number(first + 1.0) : value_unknown();
}

static struct calc_value call_row(struct evaluation *self, const struct node *call)
{
    return place(self, call, true);
}

static struct calc_value call_column(struct evaluation *self, const struct node *call)
{
    return place(self, call, false);
}

static struct calc_value call_rows(struct evaluation *self, const struct node *call)
{
    struct operand operand = evaluate_operand(self, call->child);
    const struct cell_range *range = &operand.area.range;
    return operand.is_area ? value_number(range->last.row - range->first.row + 1.0) : value_unknown();
}

static struct calc_value call_columns(struct evaluation *self, const struct node *call)
{
    struct operand operand = evaluate_operand(self, call->child);
    const struct cell_range *range = &operand.area.range;
    return operand.is_area ? value_number(range->last.col - range->first.col + 1.0) : value_unknown();
}

/* --- text --------------------------------------------------------------------------------------------------------- */

static struct calc_value call_concatenate(struct evaluation *self, const struct node *call)
{
    struct calc_value joined = value_text(SPAN(""));
    for (const struct node *node = call->child; node; node = node->next) {
        char room[VALUE_TEXT_MAX];
        struct calc_value value = value_to_text(evaluate_scalar(self, node), room);
        if (joined.kind != CALC_TEXT || value_is_bad(value)) {
            joined = joined.kind == CALC_TEXT ? value : joined;
            if (!self->is_pending)
                return joined;
            continue;
        }
        joined = evaluation_join(self, (struct span[]){joined.text, value.text}, 2);
    }
    return joined;
}

static struct calc_value call_len(struct evaluation *self, const struct node *call)
{
    char room[VALUE_TEXT_MAX];
    struct calc_value value = value_to_text(evaluate_scalar(self, call->child), room);
    return value.kind == CALC_TEXT ? value_number((double)utf16_units(value.text)) : value;
}

static struct calc_value call_exact(struct evaluation *self, const struct node *call)
{
    char room_a[VALUE_TEXT_MAX], room_b[VALUE_TEXT_MAX];
    struct calc_value a = value_to_text(evaluate_scalar(self, call->child), room_a);
    struct calc_value b = value_to_text(evaluate_scalar(self, call->child->next), room_b);
    if (value_is_bad(a))
        return a;
    return value_is_bad(b) ? b : value_boolean(span_equal(a.text, b.text));
}

/* --- the table ----------------------------------------------------------------------------------------------------- */

/* clang-format off */
static const struct formula_function functions[] = { /* by name */
    {"ABS",         1, 1,   call_abs,         NULL},
    {"AND",         1, ANY, call_and,         NULL},
    {"AVERAGE",     1, ANY, call_average,     NULL},
    {"AVERAGEIF",   2, 3,   call_averageif,   NULL},
    {"AVERAGEIFS",  3, ANY, call_averageifs,  NULL},
    {"CHOOSE",      2, ANY, NULL,             refer_choose},
    {"COLUMN",      0, 1,   call_column,      NULL},
    {"COLUMNS",     1, 1,   call_columns,     NULL},
    {"CONCATENATE", 1, ANY, call_concatenate, NULL},
    {"COUNT",       1, ANY, call_count,       NULL},
    {"COUNTA",      1, ANY, call_counta,      NULL},
    {"COUNTBLANK",  1, 1,   call_countblank,  NULL},
    {"COUNTIF",     2, 2,   call_countif,     NULL},
    {"COUNTIFS",    2, ANY, call_countifs,    NULL},
    {"EXACT",       2, 2,   call_exact,       NULL},
    {"FALSE",       0, 0,   call_false,       NULL},
    {"HLOOKUP",     3, 4,   call_hlookup,     NULL},
    {"IF",          2, 3,   NULL,             refer_if},
    {"IFERROR",     2, 2,   call_iferror,     NULL},
    {"IFNA",        2, 2,   call_ifna,        NULL},
    {"INDEX",       2, 3,   NULL,             refer_index},
    {"INT",         1, 1,   call_int,         NULL},
    {"ISBLANK",     1, 1,   call_isblank,     NULL},
    {"ISERR",       1, 1,   call_iserr,       NULL},
    {"ISERROR",     1, 1,   call_iserror,     NULL},
    {"ISLOGICAL",   1, 1,   call_islogical,   NULL},
    {"ISNA",        1, 1,   call_isna,        NULL},
    {"ISNONTEXT",   1, 1,   call_isnontext,   NULL},
    {"ISNUMBER",    1, 1,   call_isnumber,    NULL},
    {"ISTEXT",      1, 1,   call_istext,      NULL},
    {"LEN",         1, 1,   call_len,         NULL},
    {"MATCH",       2, 3,   call_match,       NULL},
    {"MAX",         1, ANY, call_max,         NULL},
    {"MIN",         1, ANY, call_min,         NULL},
    {"MOD",         2, 2,   call_mod,         NULL},
    {"N",           1, 1,   call_n,           NULL},
    {"NA",          0, 0,   call_na,          NULL},
    {"NOT",         1, 1,   call_not,         NULL},
    {"OR",          1, ANY, call_or,          NULL},
    {"PI",          0, 0,   call_pi,          NULL},
    {"POWER",       2, 2,   call_power,       NULL},
    {"PRODUCT",     1, ANY, call_product,     NULL},
    {"ROUND",       2, 2,   call_round,       NULL},
    {"ROUNDDOWN",   2, 2,   call_rounddown,   NULL},
    {"ROUNDUP",     2, 2,   call_roundup,     NULL},
    {"ROW",         0, 1,   call_row,         NULL},
    {"ROWS",        1, 1,   call_rows,        NULL},
    {"SIGN",        1, 1,   call_sign,        NULL},
    {"SQRT",        1, 1,   call_sqrt,        NULL},
    {"SUBTOTAL",    2, ANY, call_subtotal,    NULL},
    {"SUM",         1, ANY, call_sum,         NULL},
    {"SUMIF",       2, 3,   call_sumif,       NULL},
    {"SUMIFS",      3, ANY, call_sumifs,      NULL},
    {"SUMPRODUCT",  1, ANY, call_sumproduct,  NULL},
    {"T",           1, 1,   call_t,           NULL},
    {"TRUE",        0, 0,   call_true,        NULL},
    {"TRUNC",       1, 2,   call_trunc,       NULL},
    {"VLOOKUP",     3, 4,   call_vlookup,     NULL},
};
/* clang-format on */
#define N_FUNCTIONS (sizeof functions / sizeof functions[0])

static int compare_name(struct span name, const char *other)
{
    size_t len = strlen(other);
    int order = strncasecmp(name.data, other, name.len < len ? name.len : len);
    return order ? order : (name.len > len) - (name.len < len);
}

const struct formula_function *formula_function_find(struct span name)
{
    size_t low = 0, high = N_FUNCTIONS;
    while (name.len && low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_name(name, functions[middle].name);
        if (order == 0)
            return &functions[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

bool formula_function_takes(const struct formula_function *self, unsigned n_arguments)
{
    return n_arguments >= self->min && n_arguments <= self->max;
}

const char *formula_function_name(const struct formula_function *self)
{
    return self->name;
}

const struct formula_function *formula_function_at(size_t i)
{
    return i < N_FUNCTIONS ? &functions[i] : NULL;
}

struct operand formula_function_call(struct evaluation *self, const struct node *call)
{
    const struct formula_function *function = call->function;
    return function->refer ? function->refer(self, call) : give(function->call(self, call));
}

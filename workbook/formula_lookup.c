/* SPDX-License-Identifier: MIT
 *
 * Looking up the equal value: VLOOKUP, HLOOKUP, MATCH with exact match, INDEX. The approximate forms search by halves, and what
 * they find in a range that is not sorted is not documented: unknown.
 */
#include <math.h>

#include "workbook/formula_functions.h"

static bool has_wildcard(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] == '*' || text.data[i] == '?' || text.data[i] == '~')
            return true;
    return false;
}

enum found { FOUND_NO, FOUND_YES, FOUND_UNSURE };

/* Kinds must agree: "5" is not 5, a blank cell is nothing. */
static enum found is_wanted(struct calc_value cell, struct calc_value wanted)
{
    if (value_is_unknown(cell))
        return FOUND_UNSURE;
    if (cell.kind != wanted.kind)
        return FOUND_NO;
    if (cell.kind == CALC_TEXT) {
        enum text_verdict verdict = value_text_equal(cell.text, wanted.text);
        return verdict == TEXT_EQUAL ? FOUND_YES : verdict == TEXT_DIFFERENT ? FOUND_NO : FOUND_UNSURE;
    }
    if (cell.number == wanted.number)
        return FOUND_YES;
    /* Equal to 15 digits but not in all bits: not known. */
    return fabs(cell.number - wanted.number) <= fabs(wanted.number) * 1e-14 ? FOUND_UNSURE : FOUND_NO;
}

/* The first cell of a row or column that equals `wanted`; its offset. BLANK: found; else the value to give. */
static struct calc_value find(struct evaluation *self, const struct area *line, struct calc_value wanted, uint32_t *ret)
{
    if (wanted.kind == CALC_BLANK || (wanted.kind == CALC_TEXT && (!wanted.text.len || has_wildcard(wanted.text))))
        return value_unknown();
    struct area_walk walk = area_begin(self, line);
    struct calc_value cell;
    while (area_next(&walk, &cell)) {
        enum found found = is_wanted(cell, wanted);
        if (found == FOUND_UNSURE && !self->is_pending)
            return value_unknown();
        if (found == FOUND_YES && !self->is_pending) {
            *ret = walk.slot->row - line->range.first.row + walk.slot->col - line->range.first.col;
            return (struct calc_value){.kind = CALC_BLANK};
        }
    }
    return self->is_pending ? value_unknown() : value_error("#N/A");
}

/* The last argument of a lookup: true when it asks for the equal value. */
static struct calc_value is_exact(struct evaluation *self, const struct node *mode)
{
    return mode ? evaluate_boolean(self, mode) : value_boolean(true);
}

/* Row or column `at` (1-based) of the table. */
static bool cut_line(const struct area *table, double at, bool is_row, struct area *ret)
{
    const struct cell_range *range = &table->range;
    uint32_t n = is_row ? range->last.row - range->first.row + 1 : range->last.col - range->first.col + 1;
    if (!(at >= 1) || at >= n + 1.0)
        return false;
    *ret = *table;
    if (is_row)
        ret->range.first.row = ret->range.last.row = range->first.row + (uint32_t)at - 1;
    else
        ret->range.first.col = ret->range.last.col = range->first.col + (uint32_t)at - 1;
    return true;
}

static struct calc_value lookup(struct evaluation *self, const struct node *call, bool is_vertical)
{
    const struct node *argument = call->child;
    struct calc_value wanted = evaluate_scalar(self, argument);
    struct operand table = evaluate_operand(self, argument = argument->next);
    struct calc_value index = evaluate_number(self, argument = argument->next);
    struct calc_value is_near = is_exact(self, argument->next);
    struct area keys, values;
    uint32_t at = 0;
    if (value_is_bad(wanted) || value_is_bad(index) || is_near.kind != CALC_BOOLEAN)
        return value_is_bad(wanted) && !value_is_bad(index) && is_near.kind == CALC_BOOLEAN ? wanted : value_unknown();
    if (!table.is_area || is_near.number != 0 || !cut_line(&table.area, 1, !is_vertical, &keys))
        return value_unknown();
    if (!cut_line(&table.area, index.number, !is_vertical, &values))
        return index.number < 1 ? value_error("#VALUE!") : value_error("#REF!");
    struct calc_value missing = find(self, &keys, wanted, &at);
    if (missing.kind != CALC_BLANK)
        return missing;
    return area_cell(self, values.sheet, values.range.first.row + (is_vertical ? at : 0),
                     values.range.first.col + (is_vertical ? 0 : at));
}

struct calc_value call_vlookup(struct evaluation *self, const struct node *call)
{
    return lookup(self, call, true);
}

struct calc_value call_hlookup(struct evaluation *self, const struct node *call)
{
    return lookup(self, call, false);
}

struct calc_value call_match(struct evaluation *self, const struct node *call)
{
    struct calc_value wanted = evaluate_scalar(self, call->child);
    struct operand line = evaluate_operand(self, call->child->next);
    struct calc_value mode = value_number(1);
    uint32_t at;
    if (call->n == 3)
        mode = evaluate_number(self, call->child->next->next);
    bool is_line = line.is_area && (line.area.range.first.row == line.area.range.last.row ||
                                    line.area.range.first.col == line.area.range.last.col);
    if (value_is_bad(wanted) || mode.kind != CALC_NUMBER || mode.number != 0 || !is_line)
        return value_is_bad(wanted) && mode.kind == CALC_NUMBER && mode.number == 0 ? wanted : value_unknown();
    struct calc_value missing = find(self, &line.area, wanted, &at);
    return missing.kind == CALC_BLANK ? value_number(at + 1.0) : missing;
}

static struct operand give(struct calc_value value)
{
    return (struct operand){.value = value};
}

/* INDEX(cells, row, column), or INDEX(line, place). A 0 takes the whole row or column. */
struct operand refer_index(struct evaluation *self, const struct node *call)
{
    struct operand operand = evaluate_operand(self, call->child);
    struct calc_value row = evaluate_number(self, call->child->next), col = value_number(0);
    if (call->n == 3)
        col = evaluate_number(self, call->child->next->next);
    if (!operand.is_area || row.kind != CALC_NUMBER || col.kind != CALC_NUMBER || row.number < 0 || col.number < 0)
        return give(value_unknown());
    double at_row = trunc(row.number), at_col = trunc(col.number);
    bool is_row = operand.area.range.first.row == operand.area.range.last.row;
    bool is_column = operand.area.range.first.col == operand.area.range.last.col;
    if (call->n == 2 && !is_row && !is_column)
        return give(value_unknown());
    if (call->n == 2 && is_row) {
        at_col = at_row;
        at_row = 1;
    }
    struct area area = operand.area;
    if ((at_row > 0 && !cut_line(&area, at_row, true, &area)) || (at_col > 0 && !cut_line(&area, at_col, false, &area)))
        return give(value_error("#REF!"));
    operand.area = area;
    return operand;
}

/* SPDX-License-Identifier: MIT
 *
 * Values inside formulas: what Excel makes of a blank, a text or a boolean where it wants a number, how it compares, what a
 * number looks like in a text. Where Excel's answer depends on the user's country or is not known for certain, the
 * answer here is CALC_UNKNOWN.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_VALUE_H
#define SHEAF_WORKBOOK_FORMULA_VALUE_H

#include "core/number.h"
#include "workbook/formula.h"
#include "workbook/formula_parse.h"

#define TEXT_UNITS_MAX 32767 /* UTF-16 units in a cell */

static inline bool value_is_unknown(struct calc_value value)
{
    return value.kind == CALC_UNKNOWN;
}

/* An error or unknown: what most functions hand on as it is. */
static inline bool value_is_bad(struct calc_value value)
{
    return value.kind == CALC_UNKNOWN || value.kind == CALC_ERROR;
}

static inline struct calc_value value_unknown(void)
{
    return (struct calc_value){.kind = CALC_UNKNOWN};
}

static inline struct calc_value value_boolean(bool value)
{
    return (struct calc_value){.kind = CALC_BOOLEAN, .number = value};
}

static inline struct calc_value value_text(struct span text)
{
    return (struct calc_value){.kind = CALC_TEXT, .text = text};
}

static inline struct calc_value value_error(const char *error)
{
    return (struct calc_value){.kind = CALC_ERROR, .text = span_of(error)};
}

/* #NUM! when it is not finite; there are no subnormal numbers in a cell. */
struct calc_value value_number(double number);

/* NUMBER, ERROR or UNKNOWN. A blank is 0, TRUE is 1, text that is plainly a number is that number. */
struct calc_value value_to_number(struct calc_value value);
/* BOOLEAN, ERROR or UNKNOWN. */
struct calc_value value_to_boolean(struct calc_value value);
#define VALUE_TEXT_MAX NUMBER_TEXT_MAX
/* TEXT, ERROR or UNKNOWN; `room` holds the text of a number. */
struct calc_value value_to_text(struct calc_value value, char room[VALUE_TEXT_MAX]);

enum text_reading { TEXT_IS_NUMBER, TEXT_IS_NO_NUMBER, TEXT_IS_UNSURE };
enum text_reading value_read_number(struct span text, double *ret);

/* a OP b for neither unknown nor error; numbers before texts before booleans, 15 digits, case ignored. */
struct calc_value value_compare(enum node_operator op, struct calc_value a, struct calc_value b);
enum text_verdict { TEXT_EQUAL, TEXT_DIFFERENT, TEXT_MAYBE_EQUAL };
enum text_verdict value_text_equal(struct span a, struct span b);
/* a OP b on numbers. `is_last`: the last step of a formula, where Excel takes a difference in the last bits as none. */
struct calc_value value_arithmetic(enum node_operator op, double a, double b, bool is_last);

#endif

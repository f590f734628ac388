/* SPDX-License-Identifier: MIT
 *
 * One --where of stack mode: NAME OP VALUE, told apart without knowing which columns there are.
 *
 *     Amount >= 100        'Unit price' < 5        Branch ~ zur*        Date > 2024-07-31
 *     Note =               (is blank)              Note !=              (is not)          ID = '007'   (quoted: a text)
 *
 * OP: == = != <> < <= > >= ~ !~. A name with one of these in it, and a value that begins with a quote, stand in '...' or "..." with
 * the quote itself doubled.
 */
#ifndef SHEAF_VENTILATOR_WHERE_H
#define SHEAF_VENTILATOR_WHERE_H

#include "core/fault.h"
#include "wire/stack_plan.h"

struct where {
    struct span name;                 /* as given, without quotes; never empty */
    struct stack_condition condition; /* all but the column */
};

/* Memory from `arena`. FAULT_USAGE says what is wrong with it. */
enum fault where_parse(struct span text, struct arena *arena, struct where *ret, struct why *why) MUST_CHECK;

#endif

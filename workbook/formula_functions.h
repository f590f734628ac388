/* SPDX-License-Identifier: MIT
 *
 * The functions that formulas may call: one table. A function that is not in it makes its cell unknown. Each takes the call's
 * node and evaluates the arguments that it needs.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_FUNCTIONS_H
#define SHEAF_WORKBOOK_FORMULA_FUNCTIONS_H

#include "workbook/formula_eval.h"

struct formula_function;

const struct formula_function *formula_function_find(struct span name); /* any case; NULL: not one of ours */
bool formula_function_takes(const struct formula_function *self, unsigned n_arguments);
const char *formula_function_name(const struct formula_function *self);
struct operand formula_function_call(struct evaluation *self, const struct node *call);
/* The i-th of the table, for documentation and tests; NULL behind the last. */
const struct formula_function *formula_function_at(size_t i);

typedef struct calc_value formula_call(struct evaluation *self, const struct node *call);
typedef struct operand reference_call(struct evaluation *self, const struct node *call); /* may give cells */

/* formula_aggregate.c */
formula_call call_sum, call_average, call_count, call_counta, call_countblank, call_min, call_max, call_product;
formula_call call_subtotal, call_sumproduct, call_and, call_or;
/* formula_criteria.c */
formula_call call_countif, call_countifs, call_sumif, call_sumifs, call_averageif, call_averageifs;
/* formula_lookup.c */
formula_call call_vlookup, call_hlookup, call_match;
reference_call refer_index;
/* formula_rounding.c */
formula_call call_round, call_roundup, call_rounddown, call_int, call_mod, call_trunc;

#endif

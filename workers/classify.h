/* SPDX-License-Identifier: MIT
 *
 * What becomes of each value: used, not applicable, or skipped for a reason that is told. Kinds of
 * value, functions and policies meet here and nowhere else.
 */
#ifndef SHEAF_WORKERS_CLASSIFY_H
#define SHEAF_WORKERS_CLASSIFY_H

#include "workbook/text_number.h"
#include "workers/issue_log.h"
#include "workers/sheet_values.h"

struct classifier {
    const struct plan *plan;
    struct partial_builder *builder;
    struct issue_log *issues;
    struct partial_counts counts;
    enum text_number_rule text_rule;
    struct text_number_locale locale;
    bool is_refused; /* --errors=fail met an error */
};

/* The plan's locale is known (the ventilator checked it) or the rule falls back to strict. */
void classifier_init(struct classifier *self, const struct plan *plan,
                     struct partial_builder *builder, struct issue_log *issues);

/* Settles every cell of one sheet, row-major. `drift` places the issues in the source's numbering;
 * NULL = literal. FAULT_LIMIT: more text than a partial result holds. */
enum fault classify_sheet(struct classifier *self, const struct sheet_values *values,
                          const struct drift *drift) MUST_CHECK;

#endif

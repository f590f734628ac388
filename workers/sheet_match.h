/* SPDX-License-Identifier: MIT
 *
 * Which sheet of a source is which sheet of the template: by name, trimmed and case folded, and in
 * other ways only on request (consolidation.md section 1).
 */
#ifndef SHEAF_WORKERS_SHEET_MATCH_H
#define SHEAF_WORKERS_SHEET_MATCH_H

#include "wire/partial.h"
#include "workbook/sheet_selector.h"

#define NO_SHEET SIZE_MAX

struct matched_sheet {
    size_t index; /* in the source's book; NO_SHEET */
    enum sheet_match match;
};

/* One entry per sheet of the plan into `ret`. `is_taken` (one per sheet of the book, zeroed) is set
 * for those matched. */
void sheet_match(const struct plan *plan, const struct sheet_selector *selector,
                 const struct book *book, struct matched_sheet *ret, bool *is_taken);

/* "In*" with * and ? against a name, both folded. Linear but for stars: at most pattern times name
 * steps. */
bool sheet_name_matches(struct span pattern, struct span name);

/* A worksheet of the source that the template does not know, mapped or not. */
bool sheet_is_extra(const struct plan *plan, const struct book *book, size_t index);

#endif

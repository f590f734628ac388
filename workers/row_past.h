/* SPDX-License-Identifier: MIT
 *
 * A second look at a sheet, from its top, for the questions that a row cannot answer (workers/row_judge.h): what do the columns
 * above it add up to, was there a blank row, does data follow. Rare: sheets without suspect rows are read once.
 */
#ifndef SHEAF_WORKERS_ROW_PAST_H
#define SHEAF_WORKERS_ROW_PAST_H

#include "workers/row_reader.h"

struct row_past {
    const struct row_reader *reader; /* its columns and styles; borrowed */
    struct book *book;
    const struct shared_strings *strings;
    struct why *why;
};

/* Tells `judge` what stands above row `until` (1-based). */
enum fault row_past_recall(const struct row_past *self, uint32_t until, struct row_judge *judge) MUST_CHECK;
/* Whether a row that is no text below the table follows behind row `after`. */
enum fault row_past_look_ahead(const struct row_past *self, uint32_t after, bool *ret_follows) MUST_CHECK;

#endif

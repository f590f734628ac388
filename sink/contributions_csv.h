/* SPDX-License-Identifier: MIT
 *
 * Contributions as CSV (the layout is in sink/contributions.h), for what no sheet can hold.
 */
#ifndef SHEAF_SINK_CONTRIBUTIONS_CSV_H
#define SHEAF_SINK_CONTRIBUTIONS_CSV_H

#include "sink/results.h"

struct contributions_csv;

enum fault contributions_csv_new(const char *path, const struct plan *plan, struct results *results, struct ledger *ledger,
                                 struct contributions_csv **ret, struct why *why) MUST_CHECK;
void contributions_csv_destroy(struct contributions_csv **self);
enum fault contributions_csv_cell(struct contributions_csv *self, const struct result_cell *cell, struct why *why) MUST_CHECK;
enum fault contributions_csv_finish(struct contributions_csv *self, struct why *why) MUST_CHECK;
enum fault contributions_csv_commit(struct contributions_csv *self, struct why *why) MUST_CHECK;

/* "out.xlsx" -> "out.contributions.csv"; the caller frees. */
char *contributions_csv_path(struct span output);
/* One field: quoted where RFC 4180 asks for it; text that a spreadsheet would take for a formula gets an apostrophe. */
void csv_put_text(struct buffer *out, struct span text);

#endif

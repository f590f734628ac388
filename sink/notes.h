/* SPDX-License-Identifier: MIT
 *
 * The note on a result cell: the function, how many sources, the biggest contributions. For a look; the whole is in Contributions.
 */
#ifndef SHEAF_SINK_NOTES_H
#define SHEAF_SINK_NOTES_H

#include "sink/results.h"

#define NOTES_AUTHOR "sheaf"
#define NOTES_TOP 10u

struct notes;

struct notes *notes_new(const struct plan *plan, struct results *results, struct ledger *ledger, bool average_blank_zero);
void notes_destroy(struct notes **self);
/* At most CELL_TEXT_UNITS UTF-16 units; a view until the next call. */
enum fault notes_text(struct notes *self, const struct result_cell *cell, struct span *ret) MUST_CHECK;

/* A value as the cell's format suggests it: percentages as 82.5%, else as value_put_text. */
void notes_put_value(const struct partial_value *value, struct span text, const struct plan_cell *plan, struct buffer *out);
void notes_put_result(const struct result_cell *cell, struct buffer *out);

#endif

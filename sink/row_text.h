/* SPDX-License-Identifier: MIT
 *
 * Rows of a stack as the text of its output (wire/stack_partial.h): taken apart row by row, and given their references. Knows the
 * form in which our own workers write, nothing else; what has another form is said to be damaged.
 */
#ifndef SHEAF_SINK_ROW_TEXT_H
#define SHEAF_SINK_ROW_TEXT_H

#include "core/buffer.h"
#include "wire/job.h"

/* Takes the first row off `rows`, with its end of line in CSV and JSON lines. Empty: there is no whole row. */
struct span row_text_next(enum stack_form form, struct span *rows);
/* The first `n` rows; .data is NULL when there are fewer. */
struct span row_text_first(enum stack_form form, struct span rows, uint32_t n);

/* STACK_XLSX: appends the rows with numbers and cell references, the first of them is row `row` (1-based); blank cells, which only
 * hold a place, go. FAULT_LIMIT of the buffer; FAULT_CORRUPT: not our form, or beyond the grid. */
enum fault row_text_refer(struct span rows, uint32_t row, struct buffer *out) MUST_CHECK;

#endif

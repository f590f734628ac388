/* SPDX-License-Identifier: MIT
 *
 * Dates and durations in words, for the outputs that know no number formats (CSV, JSON lines).
 */
#ifndef SHEAF_WORKERS_ROW_SHOWN_H
#define SHEAF_WORKERS_ROW_SHOWN_H

#include "workers/row_value.h"

#define ROW_SHOWN_MAX 48

/* "2024-03-31", "2024-03-31T13:45:00", "13:45:00" for a number with a date's format, "26:30:00" for a duration's. Returns the
 * length; 0: it is neither, or no date (negative, past 9999): the number stands as it is. */
size_t row_shown(const struct row_value *value, char out[ROW_SHOWN_MAX]);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The end of a job: two walks over the result cells. The first fills the template, the second writes where each number comes
 * from and compares: what stands in Contributions makes the result that stands in the cell.
 */
#ifndef SHEAF_SINK_FINISH_H
#define SHEAF_SINK_FINISH_H

#include "sink/merge_mode.h"

/* The functions of struct merge_mode. `csv_path`: where contributions go that do not fit the workbook. */
enum fault finish_output(const struct merge_end *end, const struct plan *plan, const char *csv_path) MUST_CHECK;
enum fault finish_check(const struct merge_end *end, const struct plan *plan) MUST_CHECK;
enum fault finish_refused(const struct merge_end *end, const struct plan *plan, const struct why *refusal) MUST_CHECK;

#endif

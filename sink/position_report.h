/* SPDX-License-Identifier: MIT
 *
 * What the report of position mode says of its plan and its results.
 */
#ifndef SHEAF_SINK_POSITION_REPORT_H
#define SHEAF_SINK_POSITION_REPORT_H

#include "sink/report.h"
#include "sink/results.h"

struct report_mode position_report(const struct plan *plan);
enum fault report_cell(struct report *self, const struct plan *plan, const struct result_cell *cell, struct why *why) MUST_CHECK;

#endif

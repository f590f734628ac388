/* SPDX-License-Identifier: MIT
 *
 * What Sources and the report say of a source of a stack: rows by what became of them, and columns that it lacks or has alone.
 */
#ifndef SHEAF_SINK_STACK_SOURCES_H
#define SHEAF_SINK_STACK_SOURCES_H

#include "sink/report.h"
#include "sink/sources_sheet.h"
#include "sink/stack_join.h"

#define STACK_SOURCES_HEADERS                                                                                                    \
    {"Source", "File", "SHA-256", "Size", "Sheets", "Status", "Rows", "Blank rows", "Header rows", "Above the header",           \
     "Repeated headers", "Totals", "Footers", "Filtered out", "Hidden", "Duplicates", "Cells read", "Used", "Not applicable", \
     "Skipped", "Missing columns", "Extra columns", "Warnings", "Reason"}

struct stack_sources {
    const struct stack_parts *parts;
    const struct stack_joined *joined; /* by record */
};
/* `told` of the source at `head`, with what --dedupe has left out in its sum. */
enum fault stack_sources_told(const struct stack_sources *self, uint32_t head, struct stack_told *ret) MUST_CHECK;
/* Both borrow `self`. */
struct sources_form stack_sources_form(struct stack_sources *self);
struct report_mode stack_report(struct stack_sources *self);

#endif

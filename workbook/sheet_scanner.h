/* SPDX-License-Identifier: MIT
 *
 * The worksheet scanner as a push parser: windows of any size in, cells out, the same events wherever the windows are
 * cut. sheet_scan (workbook/sheet.h) feeds it from a package.
 */
#ifndef SHEAF_WORKBOOK_SHEET_SCANNER_H
#define SHEAF_WORKBOOK_SHEET_SCANNER_H

#include "workbook/sheet.h"

struct sheet_scanner;

/* `handler` is copied; `strings` (NULL: a table of none) and `why` (may be NULL) are borrowed. */
struct sheet_scanner *sheet_scanner_new(const struct shared_strings *strings, const struct sheet_handler *handler,
                                        uint64_t max_cells, struct why *why);
void sheet_scanner_destroy(struct sheet_scanner **self);

/* FAULT_CORRUPT, FAULT_LIMIT, FAULT_UNSAFE_XML, FAULT_UNSUPPORTED with the cell in `why`, or the handler's fault.
 * After a fault only destroy is allowed. */
enum fault sheet_scanner_push(struct sheet_scanner *self, struct span bytes) MUST_CHECK;
enum fault sheet_scanner_finish(struct sheet_scanner *self) MUST_CHECK;

/* For tests and measurements: without it the machine decides. */
enum scan_road { SCAN_ROAD_BEST, SCAN_ROAD_SLOW, SCAN_ROAD_PORTABLE, SCAN_ROAD_SSE2, SCAN_ROAD_AVX2, SCAN_ROAD_AVX512, SCAN_ROADS };
/* False (and nothing changed) when this machine or build lacks it. Before the first push. */
bool sheet_scanner_set_road(struct sheet_scanner *self, enum scan_road road);

#endif

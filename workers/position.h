/* SPDX-License-Identifier: MIT
 *
 * Reading one source against a position plan: sheets matched, labels compared, drift found, cells
 * told apart by kind, every cell accounted for. Pure but for the file it reads; knows no sockets.
 */
#ifndef SHEAF_WORKERS_POSITION_H
#define SHEAF_WORKERS_POSITION_H

#include "wire/partial.h"
#include "wire/plan.h"
#include "wire/source.h"
#include "workbook/package.h"

struct position_reader; /* buffers reused from source to source; one thread */
struct position_reader *position_reader_new(const struct plan *plan); /* plan borrowed */
void position_reader_destroy(struct position_reader **self);

/* Appends the partial result's bytes to `out`. A fault (with `why`) means that the source counts
 * for nothing and is failed: FAULT_ENCRYPTED, CORRUPT, LIMIT, NOT_SPREADSHEET, UNSUPPORTED,
 * UNSAFE_XML, IO, CHANGED (size or mtime differ from `source`). A source that is readable but
 * refused (drift, --errors=fail) is a partial in state PARTIAL_REJECTED. */
enum fault position_read(struct position_reader *self, const struct source *source,
                         const struct budget *budget, struct buffer *out,
                         struct why *why) MUST_CHECK;

#endif

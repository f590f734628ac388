/* SPDX-License-Identifier: MIT
 *
 * Reading Contributions back, whatever their form (layout: sink/contributions.h), as a stream: a head for each result, then
 * its parts. Nothing is kept but the header.
 */
#ifndef SHEAF_SINK_CONTRIBUTIONS_READER_H
#define SHEAF_SINK_CONTRIBUTIONS_READER_H

#include "sink/explain.h"
#include "workbook/book.h"
#include "workbook/shared_strings.h"

struct contributions_head {
    struct span sheet;
    struct cell_ref cell;
    struct span row_label, column_label, function;
    struct told result; /* NOTHING with --preset=original: it stands in the result's own cell */
    uint64_t n;         /* 0 with --preset=original */
};

struct contributions_part {
    struct span source; /* identity; "" with --preset=original */
    struct span file;   /* "" but with --preset=original */
    struct told value;
};

/* Spans live during the call. A fault ends the reading and is returned. */
struct contributions_events {
    void *self;
    enum fault (*head)(void *self, const struct contributions_head *head, bool *ret_wants_parts);
    enum fault (*part)(void *self, const struct contributions_part *part);
};

/* An output of ours, open. */
struct output_file {
    struct package *package;
    struct book *book;
    struct shared_strings *strings;
    const char *path; /* borrowed */
};
enum fault output_file_open(const char *path, struct output_file *ret, struct why *why) MUST_CHECK;
void output_file_close(struct output_file *self);

/* FAULT_NOT_FOUND: neither a sheet with our header nor a CSV beside the workbook. */
enum fault contributions_read(struct output_file *file, const struct contributions_events *events,
                              struct why *why) MUST_CHECK;

/* The rows of the newest sheet Sources: identity and file. No such sheet: none. */
enum fault sources_read(struct output_file *file, void *context,
                        enum fault (*visit)(void *context, struct span identity, struct span name),
                        struct why *why) MUST_CHECK;

/* In contributions_csv_reader.c. FAULT_NOT_FOUND: no such file, or not ours. */
enum fault contributions_csv_read(const char *path, const struct contributions_events *events, struct why *why) MUST_CHECK;

struct cell;
struct told told_cell(const struct cell *cell);
/* Copies into `arena`; false when it is full. */
bool told_copy(struct arena *arena, struct told value, struct told *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The shared string table as a push parser, for shared_strings_read and for tests.
 */
#ifndef SHEAF_WORKBOOK_SHARED_STRINGS_READER_H
#define SHEAF_WORKBOOK_SHARED_STRINGS_READER_H

#include <stdbool.h>

#include "workbook/shared_strings.h"

struct shared_strings_reader;

/* `budget` is read at once, `why` (may be NULL) borrowed. Without the fast road every string goes the complete one. */
struct shared_strings_reader *shared_strings_reader_new(const struct budget *budget, bool has_fast_road, struct why *why);
void shared_strings_reader_destroy(struct shared_strings_reader **self);
enum fault shared_strings_reader_push(struct shared_strings_reader *self, struct span bytes) MUST_CHECK;
/* Gives the table away. */
enum fault shared_strings_reader_finish(struct shared_strings_reader *self, struct shared_strings **ret) MUST_CHECK;

#endif

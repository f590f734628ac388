/* SPDX-License-Identifier: MIT
 *
 * A text file beside the workbook (CSV, report): streams into a file without a name in the same folder and takes its name only
 * on commit, so that an earlier file is whole until a new one is.
 */
#ifndef SHEAF_SINK_SIDE_FILE_H
#define SHEAF_SINK_SIDE_FILE_H

#include "core/buffer.h"

struct side_file;

enum fault side_file_new(const char *path, struct side_file **ret, struct why *why) MUST_CHECK;
/* Removes the temporary file when not committed. */
void side_file_destroy(struct side_file **self);
/* Where to put what comes next; side_file_flush now and then keeps it small. */
struct buffer *side_file_buffer(struct side_file *self);
/* Writes the buffer out when it has grown to its working size. */
enum fault side_file_flush(struct side_file *self, struct why *why) MUST_CHECK;
/* Writes all and syncs; only the rename is left to fail. Nothing more may be put. */
enum fault side_file_finish(struct side_file *self, struct why *why) MUST_CHECK;
/* A path under which the finished file can be read before commit. Lives as long as self. */
const char *side_file_readable(const struct side_file *self);
/* Gives the file its name, after finishing what is not finished. After it only destroy is allowed. */
enum fault side_file_commit(struct side_file *self, struct why *why) MUST_CHECK;

#endif

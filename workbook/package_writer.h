/* SPDX-License-Identifier: MIT
 *
 * Writing a package: entries stream out in order, DOS time fixed (1980-01-01) unless told, ZIP64 where it
 * is needed, sizes and CRC patched into the local header (no data descriptors). The file appears under its
 * final name only on commit: temporary file in the same folder, fsync, rename, fsync of the folder. Until then an
 * earlier file of that name is untouched. One thread.
 */
#ifndef SHEAF_WORKBOOK_PACKAGE_WRITER_H
#define SHEAF_WORKBOOK_PACKAGE_WRITER_H

#include <time.h>

#include "core/spool.h"
#include "workbook/codec.h"
#include "workbook/package.h"

struct package_writer;

enum fault package_writer_new(const char *path, enum deflate_level level, struct package_writer **ret,
                              struct why *why) MUST_CHECK;
/* The time of the entries that follow, in UTC (ZIP has no zone); a time that a ZIP cannot name changes nothing. */
void package_writer_set_time(struct package_writer *self, time_t when);
/* Removes the temporary file when not committed. */
void package_writer_destroy(struct package_writer **self);
/* Completes the file without giving it its name: nothing more may be added, only rename is left to fail. `durable` as below. */
enum fault package_writer_finish(struct package_writer *self, bool durable, struct why *why) MUST_CHECK;
/* A path under which the finished file can be read before commit. Lives as long as self. */
const char *package_writer_readable(struct package_writer *self);
/* `durable` = fsync file and folder. Finishes what is not finished. After it only destroy is allowed. */
enum fault package_writer_commit(struct package_writer *self, bool durable, struct why *why) MUST_CHECK;

/* What the first fault of begin, add, end and put was about; their callers hand it on. */
const struct why *package_writer_why(const struct package_writer *self);
/* Bytes written so far (all of the file after commit). */
uint64_t package_writer_size(const struct package_writer *self);

/* Copies an entry of `from` as it is: same method, compressed bytes, CRC. */
enum fault package_writer_copy(struct package_writer *self, struct package *from, size_t entry, struct why *why)
    MUST_CHECK;
/* One entry at a time: begin, any number of add, end. */
enum fault package_writer_begin(struct package_writer *self, struct span name) MUST_CHECK;
enum fault package_writer_add(struct package_writer *self, struct span bytes) MUST_CHECK;
enum fault package_writer_end(struct package_writer *self) MUST_CHECK;
/* Between begin and end: fragments (workbook/codec.h) that come deflated are written as they are, what was added before is closed
 * to a byte boundary first. `crc32` and `raw_len` are of the inflated bytes. Several fragments at once are one of their joined CRC. */
enum fault package_writer_join(struct package_writer *self, struct span deflated, uint32_t crc32, uint64_t raw_len) MUST_CHECK;
/* The whole entry in one call. */
enum fault package_writer_put(struct package_writer *self, struct span name, struct span bytes) MUST_CHECK;

/* An entry deflated ahead of its turn into a spool (a new sheet that streams while results are computed). */
struct entry_spool;
enum fault entry_spool_new(enum deflate_level level, const char *folder, struct entry_spool **ret, struct why *why)
    MUST_CHECK;
void entry_spool_destroy(struct entry_spool **self);
enum fault entry_spool_add(struct entry_spool *self, struct span bytes) MUST_CHECK;
enum fault entry_spool_end(struct entry_spool *self) MUST_CHECK;
enum fault package_writer_put_spool(struct package_writer *self, struct span name, struct entry_spool *spool) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * The bytes of one file, opened once. A small file (nearly every return) is read whole at once: what looks at it afterwards
 * (the hash, the ZIP check, every part) costs no system call. Of a larger one nothing is kept. Private to the module.
 */
#ifndef SHEAF_WORKBOOK_FILE_BYTES_H
#define SHEAF_WORKBOOK_FILE_BYTES_H

#include <stdint.h>

#include "core/fault.h"
#include "core/hash.h"

/* Up to here a file is read whole. */
#define FILE_BYTES_WHOLE_MAX ((uint64_t)1 << 20)
/* ISA-L loads and stores words: what it touches behind a buffer, on damaged data, is still ours. */
#define FILE_BYTES_SLACK 64

struct file_bytes {
    int fd; /* -1 for a file that is whole here */
    uint64_t size;
    int64_t mtime_ns;
    char *whole; /* all bytes with slack behind them; NULL: ask file_bytes_read */
};

/* A regular file; FAULT_IO, FAULT_NOT_FOUND, FAULT_CHANGED. */
enum fault file_bytes_open(const char *path, struct file_bytes *ret, struct why *why) MUST_CHECK;
void file_bytes_close(struct file_bytes *self); /* may be called twice */

/* Exactly `len` bytes; FAULT_CHANGED when the file got shorter. */
enum fault file_bytes_read(const struct file_bytes *self, uint64_t offset, void *to, size_t len,
                           struct why *why) MUST_CHECK;

/* Of all bytes. Asks the thread's interrupt hook: FAULT_CANCELLED. */
enum fault file_bytes_hash(const struct file_bytes *self, struct sha256 *ret, struct why *why) MUST_CHECK;

#endif

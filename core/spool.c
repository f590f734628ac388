/* SPDX-License-Identifier: MIT */
#include "core/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/must.h"

#define SPOOL_BUFFER_BYTES ((size_t)64 << 10)

struct spool {
    int file;
    uint64_t flushed; /* bytes in the file */
    size_t buffered;  /* bytes behind them, not written yet */
    char buffer[SPOOL_BUFFER_BYTES];
};

static int open_nameless(const char *folder)
{
    int file = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (file >= 0)
        return file;
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/.sheaf-spool-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return -1;
    file = mkostemp(path, O_CLOEXEC);
    if (file >= 0)
        unlink(path);
    return file;
}

enum fault spool_new(const char *folder, struct spool **ret, struct why *why)
{
    if (!folder)
        folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    int file = open_nameless(folder);
    if (file < 0) /* a missing folder is the machine's trouble, like one without room, and no missing input */
        return why_set(why, errno == ENOENT ? FAULT_IO : fault_from_errno(errno), "cannot make a temporary file in %s: %s; set TMPDIR to a folder with room",
                       folder, strerror(errno));
    struct spool *self = malloc(sizeof *self); /* not zeroed: 64 KiB that may never be used */
    must(self);
    self->file = file;
    self->flushed = 0;
    self->buffered = 0;
    *ret = self;
    return FAULT_NONE;
}

void spool_destroy(struct spool **self)
{
    if (!*self)
        return;
    close((*self)->file);
    free(*self);
    *self = NULL;
}

static enum fault write_at_end(struct spool *self, const char *bytes, size_t len)
{
    while (len) {
        ssize_t n = pwrite(self->file, bytes, len, (off_t)self->flushed);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? fault_from_errno(errno) : FAULT_IO;
        bytes += n;
        len -= (size_t)n;
        self->flushed += (uint64_t)n;
    }
    return FAULT_NONE;
}

static enum fault flush(struct spool *self)
{
    enum fault fault = write_at_end(self, self->buffer, self->buffered);
    if (fault == FAULT_NONE)
        self->buffered = 0;
    return fault;
}

enum fault spool_append(struct spool *self, struct span bytes, uint64_t *ret_offset)
{
    uint64_t offset = spool_size(self);
    if (bytes.len > SPOOL_BUFFER_BYTES - self->buffered) {
        enum fault fault = flush(self);
        if (fault == FAULT_NONE && bytes.len >= SPOOL_BUFFER_BYTES) {
            fault = write_at_end(self, bytes.data, bytes.len);
            bytes.len = 0;
        }
        if (fault != FAULT_NONE)
            return fault;
    }
    if (bytes.len)
        memcpy(self->buffer + self->buffered, bytes.data, bytes.len);
    self->buffered += bytes.len;
    if (ret_offset)
        *ret_offset = offset;
    return FAULT_NONE;
}

enum fault spool_read(struct spool *self, uint64_t offset, void *to, size_t len)
{
    uint64_t end = spool_size(self);
    if (offset > end || len > end - offset)
        return FAULT_IO;
    if (offset + len > self->flushed) {
        enum fault fault = flush(self);
        if (fault != FAULT_NONE)
            return fault;
    }
    char *at = to;
    while (len) {
        ssize_t n = pread(self->file, at, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return FAULT_IO;
        at += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return FAULT_NONE;
}

uint64_t spool_size(const struct spool *self)
{
    return self->flushed + self->buffered;
}

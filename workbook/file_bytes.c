/* SPDX-License-Identifier: MIT */
#include "workbook/file_bytes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/must.h"

#define STEP_BYTES ((size_t)256 << 10)

static enum fault read_at(int fd, uint64_t offset, void *to, size_t len, struct why *why)
{
    for (size_t done = 0; done < len;) {
        ssize_t got = pread(fd, (char *)to + done, len - done, (off_t)(offset + done));
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return why_set(why, fault_from_errno(errno), "cannot read the file: %s", strerror(errno));
        if (got == 0)
            return why_set(why, FAULT_CHANGED, "the file got shorter while it was read");
        done += (size_t)got;
    }
    return FAULT_NONE;
}

static enum fault read_whole(struct file_bytes *self, struct why *why)
{
    self->whole = must_realloc(NULL, (size_t)self->size + FILE_BYTES_SLACK);
    memset(self->whole + self->size, 0, FILE_BYTES_SLACK);
    enum fault fault = read_at(self->fd, 0, self->whole, (size_t)self->size, why);
    close(self->fd);
    self->fd = -1;
    return fault;
}

enum fault file_bytes_open(const char *path, struct file_bytes *ret, struct why *why)
{
    /* Not blocking: a FIFO in a folder of returns must not stop the run. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    struct stat stat;
    if (fd < 0)
        return why_set(why, fault_from_errno(errno), "%s: %s", path, strerror(errno));
    if (fstat(fd, &stat) != 0) {
        int error = errno;
        close(fd);
        return why_set(why, fault_from_errno(error), "%s: %s", path, strerror(error));
    }
    if (!S_ISREG(stat.st_mode)) {
        close(fd);
        return why_set(why, FAULT_IO, "%s: not a regular file", path);
    }
    struct file_bytes self = {.fd = fd,
                              .size = (uint64_t)stat.st_size,
                              .mtime_ns = (int64_t)stat.st_mtim.tv_sec * 1000000000 + stat.st_mtim.tv_nsec};
    enum fault fault = self.size <= FILE_BYTES_WHOLE_MAX ? read_whole(&self, why) : FAULT_NONE;
    if (fault)
        file_bytes_close(&self);
    else
        *ret = self;
    return fault;
}

void file_bytes_close(struct file_bytes *self)
{
    if (self->fd >= 0)
        close(self->fd);
    free(self->whole);
    *self = (struct file_bytes){.fd = -1};
}

enum fault file_bytes_read(const struct file_bytes *self, uint64_t offset, void *to, size_t len, struct why *why)
{
    if (!self->whole)
        return read_at(self->fd, offset, to, len, why);
    if (offset > self->size || len > self->size - offset)
        return why_set(why, FAULT_CHANGED, "the file got shorter while it was read");
    memcpy(to, self->whole + offset, len);
    return FAULT_NONE;
}

static enum fault hash_in_steps(const struct file_bytes *self, struct sha256_stream *stream, struct why *why)
{
    char *step = must_realloc(NULL, STEP_BYTES);
    enum fault fault = FAULT_NONE;
    for (uint64_t at = 0; at < self->size && !fault;) {
        size_t len = self->size - at < STEP_BYTES ? (size_t)(self->size - at) : STEP_BYTES;
        fault = file_bytes_read(self, at, step, len, why);
        if (!fault)
            sha256_stream_add(stream, span_make(step, len));
        at += len;
        if (!fault && interrupt_wanted())
            fault = why_set(why, FAULT_CANCELLED, "interrupted while it was read");
    }
    free(step);
    return fault;
}

enum fault file_bytes_hash(const struct file_bytes *self, struct sha256 *ret, struct why *why)
{
    if (self->whole) {
        *ret = sha256_of(span_make(self->whole, (size_t)self->size));
        return FAULT_NONE;
    }
    struct sha256_stream *stream = sha256_stream_new();
    enum fault fault = hash_in_steps(self, stream, why);
    if (fault)
        sha256_stream_destroy(&stream);
    else
        *ret = sha256_stream_end(&stream);
    return fault;
}

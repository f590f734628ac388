/* SPDX-License-Identifier: MIT
 *
 * Temporary name, fsync, rename, fsync of the folder.
 */
#include "sink/side_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/must.h"

#define WORKING_BYTES ((size_t)128 << 10)
#define ATTEMPTS 1000u /* names that a killed run of the same process number may have left */

struct side_file {
    char *path, *temporary;
    int file;
    bool is_committed;
    struct buffer buffer;
};

static enum fault fail(const struct side_file *self, struct why *why)
{
    int error = errno;
    return why_set(why, fault_from_errno(error), "cannot write %s: %s", self->path, strerror(error));
}

/* A free name in the folder of `path`. Created with the usual rights (mkstemp would give 0600), so no rights to mend later. */
static int create_beside(const char *path, char **ret_name)
{
    const char *slash = strrchr(path, '/');
    struct span folder = span_make(path, slash ? (size_t)(slash + 1 - path) : 0);
    int file = -1;
    for (unsigned n = 0; n < ATTEMPTS; n++) {
        struct buffer name;
        buffer_init(&name, BUFFER_LIMIT_DEFAULT);
        buffer_putf(&name, "%.*s.sheaf-%ld-%u.tmp", SPAN_ARGS(folder), (long)getpid(), n);
        free(*ret_name);
        *ret_name = must_strdup(buffer_text(&name));
        buffer_free(&name);
        file = open(*ret_name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        if (file >= 0 || errno != EEXIST)
            break;
    }
    return file;
}

enum fault side_file_new(const char *path, struct side_file **ret, struct why *why)
{
    struct side_file *self = must_alloc(sizeof *self);
    self->path = must_strdup(path);
    buffer_init(&self->buffer, BUFFER_LIMIT_DEFAULT);
    self->file = create_beside(path, &self->temporary);
    if (self->file < 0) {
        enum fault fault = fail(self, why);
        side_file_destroy(&self);
        return fault;
    }
    *ret = self;
    return FAULT_NONE;
}

void side_file_destroy(struct side_file **self)
{
    struct side_file *f = *self;
    if (!f)
        return;
    if (f->file >= 0)
        close(f->file);
    if (!f->is_committed && f->file >= 0)
        unlink(f->temporary);
    buffer_free(&f->buffer);
    free(f->path);
    free(f->temporary);
    free(f);
    *self = NULL;
}

struct buffer *side_file_buffer(struct side_file *self)
{
    return &self->buffer;
}

static enum fault write_out(struct side_file *self, struct why *why)
{
    const char *at = self->buffer.data;
    size_t len = self->buffer.len;
    while (len) {
        ssize_t n = write(self->file, at, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(self, why);
        at += n;
        len -= (size_t)n;
    }
    buffer_clear(&self->buffer);
    return FAULT_NONE;
}

enum fault side_file_flush(struct side_file *self, struct why *why)
{
    return self->buffer.len < WORKING_BYTES ? FAULT_NONE : write_out(self, why);
}

static void sync_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? must_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : must_strdup(".");
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0) { /* a folder that cannot be synced (network file systems) still has the file */
        fsync(file);
        close(file);
    }
    free(folder);
}

enum fault side_file_commit(struct side_file *self, struct why *why)
{
    enum fault fault = write_out(self, why);
    if (fault != FAULT_NONE)
        return fault;
    if (fsync(self->file) != 0 || rename(self->temporary, self->path) != 0)
        return fail(self, why);
    self->is_committed = true;
    int file = self->file;
    self->file = -1;
    if (close(file) != 0)
        return fail(self, why);
    sync_folder(self->path);
    return FAULT_NONE;
}

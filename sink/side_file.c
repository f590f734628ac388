/* SPDX-License-Identifier: MIT
 *
 * No name at all while it is written, so that a killed run leaves nothing behind; then fsync, a temporary name, rename, fsync
 * of the folder. Where the file system has no nameless files (network file systems), it has the temporary name from the start.
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
    char *path, *temporary; /* temporary: NULL while the file has no name */
    char link[64];          /* by which it can be reached all the same */
    int file;
    bool is_finished, is_committed;
    struct buffer buffer;
};

static enum fault fail(const struct side_file *self, struct why *why)
{
    int error = errno;
    return why_set(why, fault_from_errno(error), "cannot write %s: %s", self->path, strerror(error));
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? must_strndup(path, slash == path ? 1 : (size_t)(slash - path)) : must_strdup(".");
}

static char *name_beside(const char *path, unsigned n)
{
    const char *slash = strrchr(path, '/');
    struct span folder = span_make(path, slash ? (size_t)(slash + 1 - path) : 0);
    struct buffer name;
    buffer_init(&name, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&name, "%.*s.sheaf-%ld-%u.tmp", SPAN_ARGS(folder), (long)getpid(), n);
    char *copy = must_strdup(buffer_text(&name));
    buffer_free(&name);
    return copy;
}

static void link_of(int file, char link[64])
{
    snprintf(link, 64, "/proc/self/fd/%d", file);
}

/* Both kinds are created with the usual rights (mkstemp would give 0600), so there are none to mend later. */
static int create_nameless(const char *path)
{
    char link[64], *folder = folder_of(path);
    int file = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    free(folder);
    if (file < 0)
        return -1;
    link_of(file, link);
    if (access(link, F_OK) == 0) /* commit names the file through this link */
        return file;
    close(file);
    return -1;
}

static int create_beside(const char *path, char **ret_name)
{
    int file = -1;
    for (unsigned n = 0; n < ATTEMPTS && file < 0; n++) {
        char *name = name_beside(path, n);
        file = open(name, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
        int error = errno;
        if (file >= 0)
            *ret_name = name;
        else
            free(name);
        errno = error;
        if (file < 0 && error != EEXIST)
            break;
    }
    return file;
}

const char *side_file_readable(const struct side_file *self)
{
    must(self->is_finished);
    return self->temporary ? self->temporary : self->link;
}

/* Gives a nameless file its temporary name: a link cannot replace the earlier file, a rename can. */
static bool settle_name(struct side_file *self)
{
    for (unsigned n = 0; n < ATTEMPTS && !self->temporary; n++) {
        char *name = name_beside(self->path, n);
        bool is_linked = linkat(AT_FDCWD, self->link, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
        int error = errno;
        if (is_linked)
            self->temporary = name;
        else
            free(name);
        errno = error;
        if (!is_linked && error != EEXIST)
            break;
    }
    return self->temporary != NULL;
}

enum fault side_file_new(const char *path, struct side_file **ret, struct why *why)
{
    struct side_file *self = must_alloc(sizeof *self);
    self->path = must_strdup(path);
    buffer_init(&self->buffer, BUFFER_LIMIT_DEFAULT);
    self->file = create_nameless(path);
    if (self->file < 0)
        self->file = create_beside(path, &self->temporary);
    link_of(self->file, self->link);
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
    if (!f->is_committed && f->file >= 0 && f->temporary)
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
    char *folder = folder_of(path);
    int file = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (file >= 0) { /* a folder that cannot be synced (network file systems) still has the file */
        fsync(file);
        close(file);
    }
    free(folder);
}

enum fault side_file_finish(struct side_file *self, struct why *why)
{
    enum fault fault = write_out(self, why);
    if (fault != FAULT_NONE)
        return fault;
    if (fsync(self->file) != 0)
        return fail(self, why);
    self->is_finished = true;
    return FAULT_NONE;
}

enum fault side_file_commit(struct side_file *self, struct why *why)
{
    enum fault fault = self->is_finished ? FAULT_NONE : side_file_finish(self, why);
    if (fault != FAULT_NONE)
        return fault;
    if (!settle_name(self) || rename(self->temporary, self->path) != 0)
        return fail(self, why);
    self->is_committed = true;
    int file = self->file;
    self->file = -1;
    if (close(file) != 0)
        return fail(self, why);
    sync_folder(self->path);
    return FAULT_NONE;
}

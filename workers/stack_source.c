/* SPDX-License-Identifier: MIT */
#include "workers/stack_source.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/must.h"

#define PATH_BYTES_MAX ((size_t)1 << 20)

void stack_source_init(struct stack_source *self)
{
    *self = (struct stack_source){0};
    buffer_init(&self->path, PATH_BYTES_MAX);
    part_skip_init(&self->skip);
    self->styles_cache = styles_cache_new();
}

void stack_source_free(struct stack_source *self)
{
    stack_source_close(self);
    part_skip_free(&self->skip);
    styles_cache_destroy(&self->styles_cache);
    buffer_free(&self->path);
}

void stack_source_close_sheet(struct stack_source *self)
{
    sheet_scanner_destroy(&self->scanner);
    entry_stream_close(&self->windows.stream);
    self->windows = (struct part_windows){0};
    self->at = 0;
}

void stack_source_close(struct stack_source *self)
{
    stack_source_close_sheet(self);
    shared_strings_destroy(&self->strings);
    book_close(&self->book);
    package_close(&self->package);
    buffer_clear(&self->path);
}

enum fault stack_source_check(const struct source *source, struct why *why)
{
    struct stat st;
    char *path = must_strndup(source->path.data, source->path.len);
    int failed = stat(path, &st);
    int error = errno;
    free(path);
    if (failed)
        return why_set(why, fault_from_errno(error), "cannot open: %s", strerror(error));
    int64_t mtime_ns = (int64_t)st.st_mtim.tv_sec * 1000000000 + st.st_mtim.tv_nsec;
    if ((uint64_t)st.st_size != source->size || mtime_ns != source->mtime_ns)
        return why_set(why, FAULT_CHANGED, "the file changed since the run began; run again");
    return FAULT_NONE;
}

static enum fault open_book(struct stack_source *self, const struct source *source, struct why *why)
{
    if (buffer_append(&self->path, source->path) != FAULT_NONE)
        return why_set(why, FAULT_LIMIT, "the path is too long");
    enum fault fault = package_open(buffer_text(&self->path), &budget_default, &self->package, why);
    if (fault == FAULT_NONE)
        fault = book_open(self->package, &self->book, why);
    if (fault == FAULT_NONE)
        fault = shared_strings_read(self->book, &self->strings, why);
    if (fault != FAULT_NONE)
        return fault;
    self->sha = source->sha;
    self->styles_broken = (struct why){0};
    fault = styles_cache_read(self->styles_cache, self->book, &self->styles, &self->styles_broken);
    if (fault != FAULT_NONE && why)
        *why = self->styles_broken;
    return fault;
}

enum fault stack_source_open(struct stack_source *self, const struct source *source, bool *ret_new, struct why *why)
{
    *ret_new = false;
    if (self->book && span_equal(buffer_span(&self->path), source->path) && sha256_equal(self->sha, source->sha))
        return FAULT_NONE;
    *ret_new = true;
    stack_source_close(self);
    enum fault fault = open_book(self, source, why);
    if (fault != FAULT_NONE)
        stack_source_close(self);
    return fault;
}

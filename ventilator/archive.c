/* SPDX-License-Identifier: MIT */
#include "ventilator/archive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/must.h"
#include "core/utf8.h"
#include "workbook/package.h"

struct member {
    struct span name;
    size_t entry;
};

static int by_name(const void *a, const void *b)
{
    return utf8_natural_compare(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static bool is_file(const struct package_entry *entry)
{
    return entry->name.len && !span_ends(entry->name, SPAN("/")) && !span_starts(entry->name, SPAN("__MACOSX/"));
}

/* Each member keeps a descriptor: take what the system gives. */
static void allow_many_files(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static int open_nameless(struct why *why)
{
    const char *folder = getenv("TMPDIR");
    char path[4096];
    snprintf(path, sizeof path, "%s/.sheaf-member-XXXXXX", folder && *folder ? folder : "/tmp");
    int file = mkostemp(path, O_CLOEXEC);
    if (file >= 0) {
        unlink(path);
        return file;
    }
    if (errno == EMFILE || errno == ENFILE)
        why_set(why, FAULT_LIMIT, "the archive holds more files than this process may have open; unpack it and name the folder");
    else
        why_set(why, fault_from_errno(errno), "cannot make a temporary file: %s; set TMPDIR to a folder with room", strerror(errno));
    return -1;
}

static enum fault write_piece(void *context, struct span bytes)
{
    int file = *(int *)context;
    while (bytes.len) {
        ssize_t n = write(file, bytes.data, bytes.len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return fault_from_errno(errno);
        bytes = span_from(bytes, (size_t)n);
    }
    return FAULT_NONE;
}

static enum fault unpack_member(struct package *package, const struct member *member, archive_visit *visit, void *context,
                                struct why *why)
{
    struct why reason = {.fault = FAULT_NONE};
    int file = open_nameless(&reason);
    enum fault fault = file < 0 ? reason.fault : package_stream(package, member->entry, write_piece, &file, &reason);
    if (fault != FAULT_NONE) {
        if (file >= 0)
            close(file);
        return why_set(why, fault, "%.*s in the archive: %s", SPAN_ARGS(member->name),
                       reason.text[0] ? reason.text : fault_text(fault));
    }
    return visit(context, member->name, file);
}

enum fault archive_unpack(const char *path, archive_visit *visit, void *context, struct why *why)
{
    struct package *package = NULL;
    enum fault fault = package_open_any(path, NULL, &package, why);
    if (fault != FAULT_NONE)
        return fault;
    allow_many_files();
    size_t n = 0;
    struct member *members = must_alloc((package_entries(package) + 1) * sizeof *members);
    for (size_t i = 0; i < package_entries(package); i++)
        if (is_file(package_entry_at(package, i)))
            members[n++] = (struct member){package_entry_at(package, i)->name, i};
    qsort(members, n, sizeof *members, by_name);
    for (size_t i = 0; i < n && fault == FAULT_NONE; i++)
        fault = unpack_member(package, &members[i], visit, context, why);
    free(members);
    package_close(&package);
    return fault;
}

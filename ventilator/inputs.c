/* SPDX-License-Identifier: MIT
 *
 * SOURCE arguments become candidates (path as opened, name as shown), in the order of the arguments and naturally sorted
 * within a folder or glob; candidates become sources once what is no return is left out: lock files, empty files, the
 * template, our own outputs, files of other kinds met while walking a folder. What a user names outright is never left
 * out silently: it fails with a reason instead.
 */
#include "ventilator/inputs.h"

#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <glob.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/interrupt.h"
#include "core/must.h"
#include "core/utf8.h"
#include "ventilator/archive.h"
#include "workbook/output_book.h"
#include "workbook/package.h"

#define INPUTS_MAX 1000000u
#define INPUTS_ARENA_BYTES ((size_t)2 << 30)
#define FOLDER_DEPTH_MAX 64

struct candidate {
    struct span path, name;
    bool is_named; /* given as a file, not found by walking a folder */
};

struct collector {
    const struct job *job;
    const struct sha256 *template_sha;
    struct inputs *out;
    struct candidate *candidates;
    uint32_t n_candidates, room;
    const struct inputs_viewer *viewer; /* NULL: nobody */
    struct why *why;
};

static struct span keep(struct collector *self, struct span text)
{
    struct span copy = arena_copy(self->out->arena, text);
    must(copy.data); /* bounded by INPUTS_MAX paths of PATH_MAX */
    return copy;
}

struct issue *inputs_add_issue(struct inputs *self, enum issue_code code, uint32_t source)
{
    if ((self->n_issues & (self->n_issues - 1)) == 0)
        self->issues = must_realloc(self->issues, (self->n_issues ? self->n_issues * 2 : 1) * sizeof *self->issues);
    self->issues[self->n_issues] = (struct issue){
        .code = code, .source = source, .value = SPAN(""), .sheet = SPAN(""), .detail = SPAN(""), .count = 1};
    return &self->issues[self->n_issues++];
}

static struct issue *add_issue(struct collector *self, enum issue_code code, uint32_t source, struct span value)
{
    struct issue *issue = inputs_add_issue(self->out, code, source);
    issue->value = keep(self, value);
    return issue;
}

static void leave_out(struct collector *self, struct span name, const char *reason)
{
    add_issue(self, ISSUE_LEFT_OUT, ISSUE_NO_SOURCE, name)->detail = span_of(reason);
}

static struct span base_name(struct span name)
{
    size_t at = name.len;
    while (at > 0 && name.data[at - 1] != '/')
        at--;
    return span_from(name, at);
}

/* The reason for which a file name alone keeps a file out, or NULL. */
static const char *reason_by_name(struct span base)
{
    if (span_starts(base, SPAN("~$")))
        return "lock file of an open workbook";
    if (span_starts(base, SPAN("._")))
        return "resource fork of another system";
    if (span_starts(base, SPAN(".")))
        return "hidden file";
    return NULL;
}

static bool is_excluded(const struct collector *self, struct span name)
{
    char text[4096];
    if (name.len >= sizeof text)
        return false;
    memcpy(text, name.data, name.len);
    text[name.len] = '\0';
    for (uint32_t i = 0; i < self->job->n_excludes; i++) {
        char pattern[1024];
        snprintf(pattern, sizeof pattern, "%.*s", SPAN_ARGS(self->job->excludes[i]));
        const char *base = strrchr(text, '/');
        if (fnmatch(pattern, text, 0) == 0 || fnmatch(pattern, base ? base + 1 : text, 0) == 0)
            return true;
    }
    return false;
}

static enum fault add_candidate(struct collector *self, struct span path, struct span name, bool is_named)
{
    if (self->n_candidates == INPUTS_MAX)
        return why_set(self->why, FAULT_LIMIT, "more than %u input files; merge them in parts", INPUTS_MAX);
    if (self->n_candidates == self->room) {
        self->room = self->room ? self->room * 2 : 64;
        self->candidates = must_realloc(self->candidates, self->room * sizeof *self->candidates);
    }
    self->candidates[self->n_candidates++] =
        (struct candidate){keep(self, path), keep(self, name), is_named};
    return FAULT_NONE;
}

struct unpacking {
    struct collector *self;
    struct span archive; /* the archive's name, as shown */
};

/* A member is opened through its descriptor; its name shows the archive it came from. */
static enum fault add_member(void *context, struct span member, int file)
{
    struct unpacking *unpacking = context;
    struct inputs *out = unpacking->self->out;
    if ((out->n_unpacked & (out->n_unpacked - 1)) == 0)
        out->unpacked = must_realloc(out->unpacked, (out->n_unpacked ? out->n_unpacked * 2 : 1) * sizeof *out->unpacked);
    out->unpacked[out->n_unpacked++] = file;
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    struct buffer name;
    buffer_init(&name, BUFFER_LIMIT_DEFAULT);
    buffer_put(&name, unpacking->archive);
    buffer_put_char(&name, '/');
    buffer_put(&name, member);
    enum fault fault = add_candidate(unpacking->self, span_of(path), buffer_span(&name), false);
    buffer_free(&name);
    return fault;
}

static bool is_archive(const char *path)
{
    enum container container;
    size_t len = strlen(path);
    return len > 4 && strcasecmp(path + len - 4, ".zip") == 0 && container_detect(path, &container, NULL) == FAULT_NONE &&
           container == CONTAINER_ZIP_OTHER;
}

static enum fault add_file(struct collector *self, const char *path, struct span name, bool is_named)
{
    if (!is_archive(path))
        return add_candidate(self, span_of(path), name, is_named);
    struct unpacking unpacking = {self, name};
    uint32_t before = self->n_candidates;
    enum fault fault = archive_unpack(path, add_member, &unpacking, self->why);
    if (fault != FAULT_CORRUPT)
        return fault;
    self->n_candidates = before; /* all or nothing: a damaged archive is one failed source */
    return add_candidate(self, span_of(path), name, true);
}

/* The name without its extension: an original stands before "original - Copy". */
static struct span without_extension(struct span name)
{
    for (size_t at = name.len; at > 1 && name.data[at - 1] != '/'; at--)
        if (name.data[at - 1] == '.')
            return span_make(name.data, at - 1);
    return name;
}

static int by_name(const void *a, const void *b)
{
    struct span x = ((const struct candidate *)a)->name, y = ((const struct candidate *)b)->name;
    int order = utf8_natural_compare(without_extension(x), without_extension(y));
    return order ? order : utf8_natural_compare(x, y);
}

/* Adds every file below `path`; names are relative to the folder that the user gave. */
static enum fault walk(struct collector *self, const char *path, const char *prefix, unsigned depth)
{
    if (depth > FOLDER_DEPTH_MAX)
        return why_set(self->why, FAULT_LIMIT, "%s: folders nested more than %d deep", path, FOLDER_DEPTH_MAX);
    DIR *folder = opendir(path);
    if (!folder)
        return why_set(self->why, fault_from_errno(errno), "cannot read the folder %s: %s", path, strerror(errno));
    enum fault fault = FAULT_NONE;
    struct dirent *entry;
    while (fault == FAULT_NONE && (entry = readdir(folder))) {
        char below[8192], name[8192];
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
        snprintf(name, sizeof name, "%s%s", prefix, entry->d_name);
        if (stat(below, &info) != 0) {
            leave_out(self, span_of(name), "cannot be opened (a broken link?)");
        } else if (S_ISDIR(info.st_mode)) {
            snprintf(name, sizeof name, "%s%s/", prefix, entry->d_name);
            if (entry->d_name[0] == '.') {
                leave_out(self, span_of(name), "hidden folder");
                continue;
            }
            struct stat link;
            if (lstat(below, &link) == 0 && S_ISLNK(link.st_mode))
                leave_out(self, span_of(name), "a link to a folder"); /* could lead in a circle */
            else
                fault = walk(self, below, name, depth + 1);
        } else if (S_ISREG(info.st_mode)) {
            fault = add_file(self, below, span_of(name), false);
        } else {
            leave_out(self, span_of(name), "neither a file nor a folder"); /* opening a pipe could wait for ever */
        }
    }
    closedir(folder);
    return fault;
}

static enum fault add_path(struct collector *self, const char *path, bool is_named)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return why_set(self->why, fault_from_errno(errno), "%s: %s", path, strerror(errno));
    if (S_ISDIR(info.st_mode)) {
        uint32_t first = self->n_candidates;
        size_t len = strlen(path);
        while (len > 1 && path[len - 1] == '/')
            len--;
        char *clean = must_strndup(path, len);
        enum fault fault = walk(self, clean, "", 0);
        free(clean);
        if (self->n_candidates > first)
            qsort(self->candidates + first, self->n_candidates - first, sizeof *self->candidates, by_name);
        return fault;
    }
    if (!S_ISREG(info.st_mode))
        return why_set(self->why, FAULT_USAGE, "%s: neither a file nor a folder", path);
    const char *name = path;
    while (strncmp(name, "./", 2) == 0)
        name += 2;
    /* an absolute path shows its last two steps: the folder often tells files of one name apart */
    if (name[0] == '/') {
        const char *last = strrchr(name, '/'), *before = last;
        while (before > name && before[-1] != '/')
            before--;
        name = before > name ? before : last + 1;
    }
    return add_file(self, path, span_of(name), is_named);
}

static enum fault add_argument(struct collector *self, struct span argument)
{
    char *path = must_strndup(argument.data, argument.len);
    struct stat info;
    enum fault fault;
    if (stat(path, &info) == 0 || !strpbrk(path, "*?[")) {
        fault = add_path(self, path, true);
    } else {
        glob_t found = {0};
        fault = glob(path, GLOB_BRACE | GLOB_NOSORT, NULL, &found) == 0
                    ? FAULT_NONE
                    : why_set(self->why, FAULT_NOT_FOUND, "%s: no file matches", path);
        uint32_t first = self->n_candidates;
        for (size_t i = 0; fault == FAULT_NONE && i < found.gl_pathc; i++)
            fault = add_path(self, found.gl_pathv[i], false);
        if (self->n_candidates > first)
            qsort(self->candidates + first, self->n_candidates - first, sizeof *self->candidates, by_name);
        globfree(&found);
    }
    free(path);
    return fault;
}

/* Files of other kinds in a folder are no returns; one that the user names is told to be what it is. */
static const char *reason_by_content(const struct examined_file *file, bool is_named)
{
    switch (file->container) {
    case CONTAINER_EMPTY:
        return "empty file";
    case CONTAINER_XLSX:
        return file->package && output_package_is_marked(file->package) ? "an earlier output of sheaf" : NULL;
    case CONTAINER_ZIP_OTHER:
    case CONTAINER_OLE2_OTHER:
    case CONTAINER_CSV:
    case CONTAINER_PDF:
    case CONTAINER_XML:
    case CONTAINER_UNKNOWN:
        return is_named ? NULL : "not a spreadsheet";
    case CONTAINER_HTML: /* often an "Excel" export of a web page: worth an error by name */
    case CONTAINER_XLSB:
    case CONTAINER_ODS:
    case CONTAINER_XLS:
    case CONTAINER_ENCRYPTED_OOXML:
        return NULL;
    }
    return NULL;
}

/* A file whose content tells nothing but whose name promises a workbook (damaged, truncated) is a failed source, not a
 * bystander. */
static bool claims_to_be_a_workbook(struct span base)
{
    static const char *const extensions[] = {".xlsx", ".xlsm", ".xltx", ".xltm", ".xls", ".xlsb", ".ods"};
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
        struct span end = span_of(extensions[i]);
        if (base.len > end.len && strncasecmp(base.data + base.len - end.len, end.data, end.len) == 0)
            return true;
    }
    return false;
}

static struct span stem_of(struct span name)
{
    struct span base = base_name(name);
    for (size_t at = base.len; at > 1; at--)
        if (base.data[at - 1] == '.')
            return span_make(base.data, at - 1);
    return base;
}

static struct span match_of(struct collector *self, const regex_t *regex, struct span name)
{
    regmatch_t groups[2];
    char *text = must_strndup(name.data, name.len);
    struct span found = stem_of(name);
    if (regexec(regex, text, 2, groups, 0) == 0) {
        regmatch_t hit = groups[1].rm_so >= 0 ? groups[1] : groups[0];
        if (hit.rm_eo > hit.rm_so)
            found = keep(self, span_make(text + hit.rm_so, (size_t)(hit.rm_eo - hit.rm_so)));
    }
    free(text);
    return found;
}

static void add_source(struct collector *self, const struct candidate *c, const struct source *found, const regex_t *id_regex)
{
    struct source *s = &self->out->sources[self->out->n_sources];
    *s = *found;
    s->index = self->out->n_sources++;
    s->path = c->path;
    s->name = c->name;
    s->identity = id_regex ? match_of(self, id_regex, c->name) : stem_of(c->name);
}

static const char *reason_by_bytes(const struct collector *self, const struct candidate *c, const struct examined_file *file)
{
    bool is_claimed = c->is_named || claims_to_be_a_workbook(base_name(c->name));
    const char *reason = reason_by_content(file, is_claimed);
    if (!reason && self->template_sha && sha256_equal(file->sha, *self->template_sha))
        reason = "the template itself";
    return reason;
}

/* The part and the sheet, which a worker would name too. */
static void tell_place(struct why *why)
{
    char line[sizeof why->part + sizeof why->sheet + sizeof why->text + 32];
    why_line(why, line, sizeof line);
    why_set(why, why->fault, "%s", line);
}

/* Turns one candidate into a source, or leaves it out and says so. */
static void examine(struct collector *self, const struct candidate *c, const regex_t *id_regex)
{
    const char *reason = reason_by_name(base_name(c->name));
    if (!reason && is_excluded(self, c->name))
        reason = "excluded by --exclude";
    struct why why = {.fault = FAULT_NONE};
    struct examined_file file = {0};
    enum fault fault = reason ? FAULT_NONE : file_examine(c->path.data, &file, &why);
    if (!reason && fault == FAULT_NONE)
        reason = reason_by_bytes(self, c, &file);
    if (!reason && fault == FAULT_NONE && self->viewer) {
        fault = self->viewer->view(self->viewer->context, self->out->n_sources, c->path.data,
                                   file.container == CONTAINER_XLSX ? file.package : NULL, &why);
        if (fault != FAULT_NONE)
            tell_place(&why);
    }
    package_close(&file.package);
    if (reason) {
        leave_out(self, c->name, reason);
        return;
    }
    struct source found = {.reason = SPAN(""), .sha = file.sha, .size = file.size, .mtime_ns = file.mtime_ns, .fault = fault};
    if (fault != FAULT_NONE) {
        found.state = SOURCE_FAILED;
        found.reason = keep(self, span_of(why.text));
    }
    add_source(self, c, &found, id_regex);
}

static int by_hash(const void *a, const void *b)
{
    const struct source *x = *(const struct source *const *)a, *y = *(const struct source *const *)b;
    int order = memcmp(x->sha.bytes, y->sha.bytes, SHA256_BYTES);
    return order ? order : (x->index > y->index) - (x->index < y->index);
}

/* The first in source order of every group of equal content stays; the others point to it. */
static enum fault find_duplicates(struct collector *self)
{
    struct inputs *out = self->out;
    if (self->job->duplicates == DUPLICATES_ALL || out->n_sources < 2)
        return FAULT_NONE;
    struct source **order = must_alloc(out->n_sources * sizeof *order);
    uint32_t n = 0;
    for (uint32_t i = 0; i < out->n_sources; i++)
        if (out->sources[i].state == SOURCE_TASK)
            order[n++] = &out->sources[i];
    qsort(order, n, sizeof *order, by_hash);
    for (uint32_t i = 1; i < n; i++) {
        if (!sha256_equal(order[i]->sha, order[i - 1]->sha))
            continue;
        const struct source *first = order[i - 1];
        order[i]->state = SOURCE_DUPLICATE;
        order[i]->same_as = first->state == SOURCE_DUPLICATE ? first->same_as : first->index;
    }
    free(order);
    for (uint32_t i = 0; i < out->n_sources; i++) {
        const struct source *s = &out->sources[i];
        if (s->state != SOURCE_DUPLICATE)
            continue;
        struct span first = out->sources[s->same_as].name;
        if (self->job->duplicates == DUPLICATES_ERROR)
            return why_set(self->why, FAULT_REFUSED, "%.*s has the same content as %.*s; remove one, or use --duplicates=first",
                           SPAN_ARGS(s->name), SPAN_ARGS(first));
        add_issue(self, ISSUE_DUPLICATE_CONTENT, s->index, first);
    }
    return FAULT_NONE;
}

static void note_clash(void *context, uint32_t source, uint32_t with)
{
    struct collector *self = context;
    struct source *sources = self->out->sources;
    if (sources[source].state == SOURCE_DUPLICATE)
        return; /* told already */
    add_issue(self, ISSUE_DUPLICATE_IDENTITY, source, sources[with].name)->detail =
        keep(self, sources[source].identity);
}

static enum fault name_sources(struct collector *self)
{
    uint32_t before = self->out->n_issues;
    source_unique(self->out->sources, self->out->n_sources, self->out->arena, note_clash, self);
    if (!self->job->strict || self->job->id_cell.len)
        return FAULT_NONE;
    for (uint32_t i = before; i < self->out->n_issues; i++) {
        const struct issue *clash = &self->out->issues[i];
        return why_set(self->why, FAULT_REFUSED, "%.*s and %.*s have the same name but other content; rename one, or leave out --strict",
                       SPAN_ARGS(self->out->sources[clash->source].name), SPAN_ARGS(clash->value));
    }
    return FAULT_NONE;
}

/* One file reached twice (a folder and a file in it) is one source. */
static void drop_repeated_paths(struct collector *self)
{
    struct { dev_t device; ino_t inode; } *seen = must_alloc((self->n_candidates + 1) * sizeof *seen);
    uint32_t kept = 0;
    size_t mask = 16;
    while (mask < 2 * (size_t)self->n_candidates)
        mask *= 2;
    uint32_t *slots = must_alloc(mask * sizeof *slots);
    for (uint32_t i = 0; i < self->n_candidates; i++) {
        struct stat info;
        bool is_repeated = false;
        if (stat(self->candidates[i].path.data, &info) == 0) {
            size_t at = (info.st_ino * 0x9E3779B97F4A7C15u >> 20) & (mask - 1);
            while (slots[at] && !(seen[slots[at] - 1].inode == info.st_ino && seen[slots[at] - 1].device == info.st_dev))
                at = (at + 1) & (mask - 1);
            is_repeated = slots[at] != 0;
            slots[at] = slots[at] ? slots[at] : kept + 1;
            seen[kept].device = info.st_dev;
            seen[kept].inode = info.st_ino;
        }
        if (is_repeated)
            leave_out(self, self->candidates[i].name, "the same file, reached a second time");
        else
            self->candidates[kept++] = self->candidates[i];
    }
    self->n_candidates = kept;
    free(slots);
    free(seen);
}

static enum fault compile_id_regex(const struct job *job, regex_t *ret, struct why *why)
{
    char *pattern = must_strndup(job->id_regex.data, job->id_regex.len);
    int error = regcomp(ret, pattern, REG_EXTENDED);
    char text[200] = "";
    if (error)
        regerror(error, ret, text, sizeof text);
    enum fault fault = error ? why_set(why, FAULT_USAGE, "--id-regex %s: %s", pattern, text) : FAULT_NONE;
    free(pattern);
    return fault;
}

/* A file that counts is not overwritten by what it counts in. An earlier output among the inputs is no source any more. */
static enum fault guard_source(struct collector *self, struct span target, const char *what)
{
    struct stat file, info;
    char *path = must_strndup(target.data, target.len);
    bool exists = target.len && stat(path, &file) == 0;
    free(path);
    for (uint32_t i = 0; exists && i < self->out->n_sources; i++) {
        const struct source *s = &self->out->sources[i];
        if (stat(s->path.data, &info) == 0 && info.st_dev == file.st_dev && info.st_ino == file.st_ino)
            return why_set(self->why, FAULT_USAGE, "the %s would overwrite the source %.*s; give it another name", what,
                           SPAN_ARGS(s->name));
    }
    return FAULT_NONE;
}

enum fault inputs_collect(const struct job *job, const struct sha256 *template_sha, struct inputs *ret, struct why *why)
{
    return inputs_collect_viewed(job, template_sha, NULL, ret, why);
}

enum fault inputs_collect_viewed(const struct job *job, const struct sha256 *template_sha, const struct inputs_viewer *viewer,
                                 struct inputs *ret, struct why *why)
{
    struct inputs out = {.arena = arena_new(INPUTS_ARENA_BYTES)};
    struct collector self = {.job = job, .template_sha = template_sha, .out = &out, .viewer = viewer, .why = why};
    regex_t id_regex;
    bool has_regex = job->id_regex.len > 0;
    enum fault fault = has_regex ? compile_id_regex(job, &id_regex, why) : FAULT_NONE;
    if (fault != FAULT_NONE)
        has_regex = false;
    for (uint32_t i = 0; fault == FAULT_NONE && i < job->n_inputs; i++)
        fault = add_argument(&self, job->inputs[i]);
    if (fault == FAULT_NONE) {
        drop_repeated_paths(&self);
        out.sources = must_alloc((self.n_candidates + 1) * sizeof *out.sources);
        for (uint32_t i = 0; i < self.n_candidates && !interrupt_wanted(); i++)
            examine(&self, &self.candidates[i], has_regex ? &id_regex : NULL);
        fault = interrupt_wanted() ? why_set(why, FAULT_CANCELLED, "interrupted while the inputs were read")
                                   : find_duplicates(&self);
    }
    if (fault == FAULT_NONE)
        fault = guard_source(&self, job->output_path, "output");
    if (fault == FAULT_NONE)
        fault = guard_source(&self, job->report_path, "report");
    if (fault == FAULT_NONE)
        fault = name_sources(&self);
    if (has_regex)
        regfree(&id_regex);
    free(self.candidates);
    if (fault != FAULT_NONE)
        inputs_free(&out);
    else
        *ret = out;
    return fault;
}

void inputs_free(struct inputs *self)
{
    arena_destroy(&self->arena);
    for (uint32_t i = 0; i < self->n_unpacked; i++)
        close(self->unpacked[i]);
    free(self->unpacked);
    free(self->sources);
    free(self->issues);
    *self = (struct inputs){0};
}

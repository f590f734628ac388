/* SPDX-License-Identifier: MIT
 *
 * The input set: files, folders (recursive), globs and lists become an ordered list of sources with identity and
 * content hash (consolidation.md section 1, "Input set" and "Identity").
 */
#ifndef SHEAF_VENTILATOR_INPUTS_H
#define SHEAF_VENTILATOR_INPUTS_H

#include "wire/issue.h"
#include "wire/job.h"
#include "wire/source.h"
#include "workbook/package.h"

struct inputs {
    struct arena *arena;
    struct source *sources; /* in order; index i at place i */
    uint32_t n_sources;
    struct issue *issues; /* LEFT_OUT, DUPLICATE_CONTENT, DUPLICATE_IDENTITY ...; spans from the arena */
    uint32_t n_issues;
    int *unpacked; /* open temporary files of archive members: sources are opened through them until inputs_free */
    uint32_t n_unpacked;
};

/* FAULT_NOT_FOUND: an argument names nothing. FAULT_REFUSED: --duplicates=error or --strict met its case. An empty set is
 * n_sources = 0 and FAULT_NONE. `template_sha` is left out of the sources; NULL when there is no template. */
enum fault inputs_collect(const struct job *job, const struct sha256 *template_sha, struct inputs *ret,
                          struct why *why) MUST_CHECK;

/* For who wants to see each source while its file is open. `index` is what the source will have; `package` is NULL when the file is no sound
 * ZIP. A fault makes it a failed source, for the reason in `why`. Sources with the content of another one are shown as well. */
struct inputs_viewer {
    void *context;
    enum fault (*view)(void *context, uint32_t index, const char *path, struct package *package, struct why *why);
};
enum fault inputs_collect_viewed(const struct job *job, const struct sha256 *template_sha, const struct inputs_viewer *viewer,
                                 struct inputs *ret, struct why *why) MUST_CHECK;
/* Adds one about a source, or ISSUE_NO_SOURCE; its spans are empty, for the caller to set from the arena. Valid until the next one. */
struct issue *inputs_add_issue(struct inputs *self, enum issue_code code, uint32_t source);
void inputs_free(struct inputs *self);

#endif

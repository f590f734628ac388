/* SPDX-License-Identifier: MIT
 *
 * One source of a job as the ventilator found it: its place in the order, its identity, its file and content hash.
 * Everything observable depends on the order of this list only, never on the order of arrival.
 */
#ifndef SHEAF_WIRE_SOURCE_H
#define SHEAF_WIRE_SOURCE_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/fault.h"
#include "core/hash.h"
#include "core/span.h"
#include "wire/cursor.h"

enum source_state {
    SOURCE_TASK,      /* to be read by a worker */
    SOURCE_DUPLICATE, /* same content as source `same_as`: not read, not counted */
    SOURCE_FAILED,    /* refused before any task (cannot be opened ...): `reason` says why */
};

#define SOURCE_SLICES_MAX 100000u

struct source {
    uint32_t index;        /* 0-based place in the order */
    struct span path;      /* as opened */
    struct span name;      /* relative path as shown to people */
    struct span identity;  /* file stem; made unique */
    struct sha256 sha;
    uint64_t size;
    int64_t mtime_ns;
    enum source_state state;
    uint32_t same_as;
    enum fault fault;
    struct span reason;
    uint32_t slice, slices; /* of a source that is cut (wire/stack_layout.h): its records stand together; 0 of 0 or 1 otherwise */
    struct span layout;     /* stack mode: wire/stack_layout.h; not for the client */
};

void source_encode(struct buffer *out, const struct source *self);
enum fault source_decode(struct cursor *in, struct source *ret) MUST_CHECK; /* spans view the message */

/* Makes the identities of `n` sources unique, in order: on a clash (folded) the parent folder is put before ("north/A1"), then
 * "#2", "#3" is appended. Strings from `arena`. Calls `clash` (may be NULL) for each source that clashed. */
void source_unique(struct source *sources, uint32_t n, struct arena *arena,
                   void (*clash)(void *context, uint32_t source, uint32_t with), void *context);

#endif

/* SPDX-License-Identifier: MIT
 *
 * A worksheet part read from its middle: slices. The part inflates from its start in any case; what is saved is scanning the rows of
 * others. Skipping is only done where it cannot change what is read: in UTF-8, with rows that say their number, and nothing but plain
 * elements on the way (no comments, no CDATA, no markup compatibility); else the owner scans from the top and throws away.
 */
#ifndef SHEAF_WORKERS_PART_SKIP_H
#define SHEAF_WORKERS_PART_SKIP_H

#include "workbook/entry_stream.h"

/* The windows of a part, cut where the owner wants. */
struct part_windows {
    struct entry_stream *stream; /* owned by who opened it */
    struct span left;            /* of the last window */
    bool is_ended;
};

uint64_t part_windows_at(const struct part_windows *self); /* offset of the next byte */
/* The next bytes, none of them at or beyond `to`; empty at the end of the part or when `to` is reached. */
enum fault part_windows_next(struct part_windows *self, uint64_t to, struct span *ret, struct why *why) MUST_CHECK;
/* The next bytes up to and including the next '>', or all that is left of the window. */
enum fault part_windows_next_tag(struct part_windows *self, struct span *ret, struct why *why) MUST_CHECK;

#define PART_PROLOGUE_BYTES_MAX ((size_t)1 << 20)

struct part_skip {
    struct buffer prologue;  /* all up to and including <sheetData> */
    struct buffer tag;       /* the row's tag that was found */
    bool can_skip;
    char last;               /* byte before the next one */
};

void part_skip_init(struct part_skip *self);
void part_skip_free(struct part_skip *self);
/* Reads the prologue: `windows` stands at the start. Clears can_skip where there is none that can be repeated: then some part of
 * the bytes has been read for nothing. */
enum fault part_skip_begin(struct part_skip *self, struct part_windows *windows, struct why *why) MUST_CHECK;
/* Goes on to the first tag of a row that ends at or beyond `from`, which becomes self->tag (empty: there is none). Clears can_skip
 * when it cannot be told: then the part must be read from its start. */
enum fault part_skip_to(struct part_skip *self, struct part_windows *windows, uint64_t from, struct why *why) MUST_CHECK;

#endif

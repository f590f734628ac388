/* SPDX-License-Identifier: MIT
 *
 * Notes as the two parts that hold them: comments (ECMA-376-1 18.7) and the VML drawing with their boxes (part 4,
 * 19). Either is begun new or extended; what is in it stays.
 */
#ifndef SHEAF_WORKBOOK_NOTES_H
#define SHEAF_WORKBOOK_NOTES_H

#include "core/buffer.h"
#include "core/fault.h"
#include "workbook/cell_ref.h"

struct note_view {
    struct cell_ref at;
    struct span author, text;
};

/* `document`: the comments part (UTF-8), or empty. */
enum fault notes_put_comments(struct buffer *document, const struct note_view *notes, size_t n, bool is_strict,
                              struct why *why) MUST_CHECK;

/* `document`: the VML part as it is (it need not be well-formed XML, and Excel's often is not), or empty. `cluster` is
 * the first block of 1,024 shape ids that may be used; the next free one is given back. */
enum fault notes_put_drawing(struct buffer *document, const struct note_view *notes, size_t n, uint32_t *cluster,
                             struct why *why) MUST_CHECK;
/* Can notes_put_drawing extend this part? It needs an <xml> element. */
bool notes_can_extend(struct span drawing);

#endif

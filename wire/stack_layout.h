/* SPDX-License-Identifier: MIT
 *
 * What the survey found in one source: which sheets, where their headers end, and which column of a sheet is which column of
 * the plan. Travels in source.layout; broker and client do not look into it. A source whose sheets are large is cut into
 * slices, each a source record of its own (same path, name and hash; source.slice of source.slices): a slice is a byte range of the
 * inflated part of one sheet, and its partial results concatenate. Cutting depends on the file alone, so that the output is the
 * same for any number of workers.
 *
 * A row belongs to the slice in whose bytes the '>' of its start tag lies: from <= offset < to, counted from the start of the part.
 */
#ifndef SHEAF_WIRE_STACK_LAYOUT_H
#define SHEAF_WIRE_STACK_LAYOUT_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/fault.h"
#include "core/span.h"

#define STACK_SLICE_BYTES ((uint64_t)32 << 20) /* inflated bytes of a sheet in one slice; sheets up to 1.5 times this are not cut */
#define STACK_TO_END UINT64_MAX

struct stack_layout_column {
    uint32_t col;       /* 0-based, in the sheet */
    uint32_t column;    /* of the plan, each once in a sheet; STACK_COLUMN_NONE: dropped by --columns */
    struct span header; /* text of the cell in the last header row, as stored: a repeated header is known by it; "" = blank */
    struct span name;   /* the whole name: all levels joined, made unique */
};

struct stack_layout_sheet {
    uint32_t index; /* in the book */
    struct span name;
    uint32_t first_header, last_header; /* 1-based rows; both 0: no header was found, and nothing of the sheet is taken */
    struct stack_layout_column *columns; /* ascending col; header cells only: a value elsewhere is outside the table */
    uint32_t n_columns;
};

struct stack_layout {
    struct stack_layout_sheet *sheets; /* in book order; a sheet that is cut stands alone in each of its slices */
    uint32_t n_sheets;
    uint64_t from, to; /* bytes of the one sheet when it is cut; else 0 and STACK_TO_END */
    bool is_rejected;  /* --columns=strict, and the columns are others: `reason`; nothing of the source counts */
    struct span reason;
};

/* Whether it is a part of one sheet. A source that is cut may have whole sheets too, in records of their own. */
static inline bool stack_layout_is_cut(const struct stack_layout *self)
{
    return self->from || self->to != STACK_TO_END;
}

void stack_layout_encode(struct buffer *out, const struct stack_layout *self);
/* Arrays from `arena`, spans view the bytes. FAULT_PROTOCOL. */
enum fault stack_layout_decode(struct span bytes, struct arena *arena, struct stack_layout *ret) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * A partial result of stack mode: the rows of one source (or slice) in the form of the output, unnumbered, in fragments
 * that the sink joins as they are. Self-contained, the same bytes whoever makes it, keyed by (plan, source, slice).
 *
 *   STACK_XLSX   <row><c .../>...</row> elements without r attributes (ECMA-376-1 18.3.1.4 and 18.3.1.73: both optional), text as
 *                inline strings, cells in order, a gap filled by <c/>; deflated as non-final blocks that end at a byte, so that
 *                fragments concatenate in one deflate stream
 *   STACK_CSV    RFC 4180 records, CRLF, not compressed
 *   STACK_JSONL  one JSON object a line, not compressed
 *
 * Layout, little endian: u32 length of the header | header (msgpack) | fragments: STACK_FRAGMENT_BYTES each | rows:
 * STACK_ROW_BYTES each (only with --dedupe) | issues (msgpack, one after another) | bytes of the fragments, in order.
 */
#ifndef SHEAF_WIRE_STACK_PARTIAL_H
#define SHEAF_WIRE_STACK_PARTIAL_H

#include "core/arena.h"
#include "core/buffer.h"
#include "core/hash.h"
#include "wire/issue.h"
#include "wire/partial.h"

struct stack_counts { /* rows: read = written + blank + the rest; a row without any value in it is not read at all but `blank` */
    uint64_t written, blank, header, above, repeated, filtered, totals, footers, hidden, duplicates /* the sink's */;
};
#define STACK_COUNTS 10

struct stack_sheet_counts {
    uint32_t sheet; /* in the layout */
    struct stack_counts rows;
};

struct stack_fragment {
    uint64_t at;       /* of its bytes, from the start of the partial: for the caller of stack_fragment_get, which leaves it 0 */
    uint32_t len;      /* bytes here */
    uint32_t raw_len;  /* inflated */
    uint32_t crc32;    /* of the inflated bytes */
    uint32_t n_rows;
};
#define STACK_FRAGMENT_BYTES 16

struct stack_row { /* for --dedupe: what makes a row the same as another; its cells, which count as skipped if it is */
    unsigned char hash[16];
    uint32_t n_cells;
};
#define STACK_ROW_BYTES 20
#define STACK_FRAGMENT_RAW_TARGET ((size_t)1 << 20) /* a fragment is closed at the row with which it reaches this */
#define STACK_FRAGMENT_RAW_MAX ((size_t)1 << 31)
#define STACK_PARTIAL_BYTES_MAX ((size_t)512 << 20) /* all but header and issues: a partial travels as one message */

struct stack_partial {
    struct sha256 plan, source;
    uint32_t slice;
    enum partial_state state;
    struct partial_counts counts; /* cells; of this slice */
    struct span id_text;
    struct stack_sheet_counts *sheets;
    uint32_t n_sheets;
    uint32_t n_fragments, n_issues;
    uint64_t n_rows; /* of all fragments */
    bool has_rows;   /* the section of struct stack_row is there: n_rows of them */
    uint64_t fragments_at, rows_at, issues_at, issues_len, bytes_at, bytes_len;
};

/* Building: fragments in order, sheets ascending, issues in order; the rows of a fragment before the next fragment. */
struct stack_partial_builder;
struct stack_partial_builder *stack_partial_builder_new(struct sha256 plan, struct sha256 source, uint32_t slice);
/* The next one of the same plan, in the memory of the last as far as that is not much. */
void stack_partial_builder_restart(struct stack_partial_builder *self, struct sha256 source, uint32_t slice);
void stack_partial_builder_destroy(struct stack_partial_builder **self);
/* Closes a fragment: `bytes` (already deflated or not, by form); none is empty. FAULT_LIMIT: STACK_PARTIAL_BYTES_MAX. */
enum fault stack_partial_builder_fragment(struct stack_partial_builder *self, struct span bytes, uint32_t raw_len, uint32_t crc32,
                                          uint32_t n_rows) MUST_CHECK;
void stack_partial_builder_row(struct stack_partial_builder *self, const struct stack_row *row);
void stack_partial_builder_issue(struct stack_partial_builder *self, const struct issue *issue);
void stack_partial_builder_sheet(struct stack_partial_builder *self, const struct stack_sheet_counts *counts);
void stack_partial_builder_id(struct stack_partial_builder *self, struct span id_text);
/* All or nothing: drops fragments, rows and the sheets' counts so far; counts of cells (all skipped) and issues stay. Last. */
void stack_partial_builder_reject(struct stack_partial_builder *self);
/* The sheets' written rows are those of the fragments, else it is a bug. Appends to `out`. */
void stack_partial_builder_finish(struct stack_partial_builder *self, struct partial_counts counts, struct buffer *out);

/* Checks header, offsets, lengths, sums of rows, every issue, and that the counts of cells add up: FAULT_PROTOCOL. `sheets` from
 * `arena` (ascending), spans view the bytes. `size` is that of the whole partial: `bytes` may be only its beginning, up to bytes_at or
 * more. raw_len is within what deflate can make of len, so that room for it may be taken. A rejected partial has no sheets. */
enum fault stack_partial_open(struct span bytes, uint64_t size, struct arena *arena, struct stack_partial *ret) MUST_CHECK;
/* Decodes fragment records (STACK_FRAGMENT_BYTES each) and rows; `at` of a fragment is left 0: the caller adds up `len`. */
void stack_fragment_get(const unsigned char *record, struct stack_fragment *ret);
void stack_row_get(const unsigned char *record, struct stack_row *ret);

#endif

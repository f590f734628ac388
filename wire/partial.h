/* SPDX-License-Identifier: MIT
 *
 * A partial result: what one worker found in one source, keyed by (plan hash, source hash).
 * Self-contained, the same bytes whoever makes it and however often. The sink keeps it in a spool
 * and later reads runs of values by input number, so values have a fixed size and stand sorted;
 * texts and issues follow.
 *
 * Layout, little endian:  header (msgpack array, length in the first 4 bytes as u32) | values: 24
 * bytes each, ascending input number | texts | issues (msgpack, one after another).
 */
#ifndef SHEAF_WIRE_PARTIAL_H
#define SHEAF_WIRE_PARTIAL_H

#include "core/buffer.h"
#include "core/decimal.h"
#include "core/hash.h"
#include "wire/issue.h"
#include "wire/plan.h"

enum value_kind {
    VALUE_NUMBER,
    VALUE_CONVERTED, /* a number that was typed as text */
    VALUE_DURATION,  /* days */
    VALUE_DATE,      /* 1900-system serial */
    VALUE_TEXT,
    VALUE_BOOLEAN, /* coefficient 0 or 1 */
    VALUE_ERROR,   /* text "#N/A" ... */
};

enum value_flags {
    VALUE_USED = 1,      /* takes part in the result by its cell's function; otherwise it was skipped
                            with an issue */
    VALUE_NO_NUMBER = 2, /* skipped: text that is no number in any reading, a date, a boolean */
    VALUE_UNTOLD = 4,    /* ... and its issue is only counted in a TOO_MANY */
};

struct partial_value {
    uint32_t input; /* input number of the plan */
    uint8_t kind;   /* enum value_kind */
    uint8_t flags;
    struct decimal number;      /* NUMBER, CONVERTED, DURATION, DATE, BOOLEAN */
    uint32_t text_at, text_len; /* TEXT, ERROR: into the texts section */
};
#define PARTIAL_VALUE_BYTES 24
#define PARTIAL_TEXT_BYTES_MAX ((size_t)256 << 20) /* texts of one source */

enum partial_state {
    PARTIAL_OK,
    PARTIAL_REJECTED
}; /* rejected: issues only, no values (drift, --errors=fail) */

enum sheet_match {
    MATCH_EXACT,
    MATCH_FOLDED,
    MATCH_ALIAS,
    MATCH_ALIGNED,
    MATCH_SELECTED,
    MATCH_MISSING
};

struct partial_sheet {
    uint32_t plan_sheet;     /* index in plan.sheets */
    struct span source_name; /* the sheet of the source that was read, "" when missing */
    enum sheet_match match;
};

struct partial_counts { /* promise 4: read = used + not_applicable + skipped, checked where it is
                           made and where it is merged */
    uint64_t read, used, not_applicable, skipped;
};

struct partial {
    struct sha256 plan, source;
    enum partial_state state;
    struct partial_counts counts;
    struct span id_text; /* --id-cell; "" otherwise */
    struct partial_sheet *sheets;
    uint32_t n_sheets;
    uint32_t n_values, n_issues;
    uint64_t values_at, texts_at, texts_len, issues_at,
        issues_len; /* offsets from the start of the bytes */
};

/* Building: values in any order (sorted at the end; a second value for an input replaces the
 * first), issues in order. */
struct partial_builder;
struct partial_builder *partial_builder_new(struct sha256 plan, struct sha256 source);
void partial_builder_destroy(struct partial_builder **self);
/* FAULT_LIMIT: more than PARTIAL_TEXT_BYTES_MAX of texts. */
enum fault partial_builder_value(struct partial_builder *self, struct partial_value value,
                                 struct span text) MUST_CHECK;
void partial_builder_issue(struct partial_builder *self, const struct issue *issue);
void partial_builder_sheet(struct partial_builder *self, struct partial_sheet sheet);
void partial_builder_id(struct partial_builder *self, struct span id_text);
/* Drops all values (all or nothing). */
void partial_builder_reject(struct partial_builder *self);
/* Appends the bytes to `out`. */
void partial_builder_finish(struct partial_builder *self, struct partial_counts counts,
                            struct buffer *out);

/* Checks header, offsets, every value and issue, and that the counts add up: FAULT_PROTOCOL.
 * `sheets` from `arena`, spans view the bytes. Input numbers and plan_sheet are the caller's to
 * compare with its plan. */
enum fault partial_open(struct span bytes, struct arena *arena, struct partial *ret) MUST_CHECK;
/* Decodes one fixed-size value (bytes has PARTIAL_VALUE_BYTES). */
void partial_value_get(const unsigned char *bytes, struct partial_value *ret);
void partial_value_put(unsigned char *bytes, const struct partial_value *value);

#endif

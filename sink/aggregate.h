/* SPDX-License-Identifier: MIT
 *
 * One result cell: a function over the values that the sources have there. Exact until one rounding at the end
 * (core/decimal), so nothing depends on the order of adding but what is about order (first, last, join). Pure.
 */
#ifndef SHEAF_SINK_AGGREGATE_H
#define SHEAF_SINK_AGGREGATE_H

#include "wire/issue.h"
#include "wire/partial.h"

enum result_kind {
    RESULT_NONE, /* no contributor, or the sources' values give none: the cell stays as in the template */
    RESULT_NUMBER,
    RESULT_DATE,     /* 1900-system serial */
    RESULT_DURATION, /* days */
    RESULT_TEXT,
    RESULT_BOOLEAN, /* number 0 or 1 */
    RESULT_ERROR,   /* text "#NUM!" ... */
};

struct result {
    enum result_kind kind;
    double number;
    struct span text; /* TEXT, ERROR; lives until the next aggregate_begin */
    uint32_t n;       /* values that took part */
    bool has_issue;
    enum issue_code issue; /* RESULT_OVERFLOW, RESULT_UNDEFINED, RESULT_NOT_SAME, RESULT_TEXT_CUT */
};

struct aggregate;

struct aggregate *aggregate_new(void);
void aggregate_destroy(struct aggregate **self);

/* Starts a cell. `divisor`: what average divides by, 0 = the contributors that had a number. */
void aggregate_begin(struct aggregate *self, enum function function, uint64_t divisor);
/* Does a value of this kind take part in this function at all? An error always does: it is a value with VALUE_USED only
 * under --errors=propagate. */
bool aggregate_takes(enum function function, enum value_kind kind);
/* Adds the next value in source order. `text` is the value's text (only looked at for TEXT and ERROR, and for those only
 * where aggregate_needs_text says so). `weight` is NULL but for wavg. False: it takes no part. */
bool aggregate_add(struct aggregate *self, const struct partial_value *value, struct span text,
                   const struct decimal *weight);
bool aggregate_needs_text(enum function function, enum value_kind kind);
struct result aggregate_end(struct aggregate *self);
/* The exact sum of the numbers that took part, for reports; valid until the next begin. */
const struct decimal_sum *aggregate_sum(const struct aggregate *self);

/* A value as a person reads it: shortest decimal, ISO date, [h]:mm:ss, TRUE, the text itself. */
void value_put_text(const struct partial_value *value, struct span text, struct buffer *out);

#define CELL_TEXT_UNITS 32767u /* UTF-16 units in a cell or a note */

#endif

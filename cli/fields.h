/* SPDX-License-Identifier: MIT
 *
 * Fields between delimiters, as in a CSV file: a field may stand in quotes (then "" is a quote, and delimiters and line breaks are
 * text), blanks around a bare field do not count. For short things that people type: lists of names, alias files.
 */
#ifndef SHEAF_CLI_FIELDS_H
#define SHEAF_CLI_FIELDS_H

#include "core/buffer.h"
#include "core/span.h"

struct fields {
    struct span rest;
    char delimiter;
    uint32_t line;     /* of the record read last, 1-based */
    uint32_t next_line;
    const char *wrong; /* what made fields_next stop; NULL: the end */
    struct buffer text; /* of the record's fields, one after another */
};

void fields_init(struct fields *self, struct span text, char delimiter);
void fields_free(struct fields *self);
/* The next record that is not blank: up to `room` fields, which view `text`. Returns how many there are, also when they are more
 * than `room`; 0 at the end or when something is wrong. */
uint32_t fields_next(struct fields *self, struct span *ret, uint32_t room);

#endif

/* SPDX-License-Identifier: MIT
 *
 * What the peers in C make of the events of an XML parser: shared strings, then typed cells. A
 * parser (parse_libxml2.c, parse_expat.c) calls scan_begin, scan_text and scan_end; who wants the
 * cells gives a visitor.
 */
#ifndef SHEAF_BENCH_SCAN_H
#define SHEAF_BENCH_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench/peers/c/zip.h"

enum cell_kind { CELL_NUMBER, CELL_TEXT, CELL_BOOLEAN, CELL_ERROR };

struct cell {
    uint32_t row, col; /* from 0 */
    uint32_t style;
    enum cell_kind kind;
    double number;    /* also 0 or 1 of a boolean */
    const char *text; /* terminated; of a text or an error */
    size_t len;
};

struct pool {
    char *bytes;
    size_t len, room;
};

struct strings {
    struct pool pool;
    size_t *at; /* offsets in the pool, one more than n */
    size_t n, room;
};

typedef void cell_visit(void *context, const struct cell *cell);

struct scan {
    struct strings strings;
    struct pool value;
    struct cell cell;
    char type[12];
    bool is_strings, in_value, in_phonetic, has_value;
    bool is_done; /* set by the visitor: the rest is not wanted, though some of it may still come */
    uint32_t next_row, next_col;
    cell_visit *visit;
    void *context;
};

struct slice {
    const char *at;
    size_t len;
};

/* An attribute of the element at hand; at == NULL: not there. */
typedef struct slice attribute_find(const void *attributes, const char *name);

void scan_begin(struct scan *self, const char *name, attribute_find *find, const void *attributes);
void scan_text(struct scan *self, const char *text, size_t len);
void scan_end(struct scan *self, const char *name);

/* Reads the shared strings, when there are some; those of another book are forgotten. */
void scan_strings(struct scan *self, const struct zip *zip);
void scan_sheet(struct scan *self, const struct zip_entry *sheet, cell_visit *visit, void *context);
void scan_free(struct scan *self);

/* The parser's part: runs one entry through scan_begin, scan_text and scan_end; ends early once
 * self->is_done. */
void parse_entry(struct scan *self, const struct zip_entry *entry);

#endif

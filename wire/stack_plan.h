/* SPDX-License-Identifier: MIT
 *
 * Stack mode's plan: what the rows of every source become, the same for all of them. The ventilator surveys the headers of all
 * sources first (ventilator/stack_survey.c) and settles the columns and number formats of the output here; what differs from
 * source to source is its layout (wire/stack_layout.h), which travels with the source.
 *
 * Cell formats of the output, by number: STACK_STYLE_GENERAL, _HEADER, _DATE, _DATE_TIME, then formats[0], formats[1], ...
 */
#ifndef SHEAF_WIRE_STACK_PLAN_H
#define SHEAF_WIRE_STACK_PLAN_H

#include "core/arena.h"
#include "core/hash.h"
#include "wire/job.h"

enum { STACK_STYLE_GENERAL, STACK_STYLE_HEADER, STACK_STYLE_DATE, STACK_STYLE_DATE_TIME, STACK_STYLES_FIXED };

#define STACK_COLUMNS_MAX 16384u        /* source columns included */
#define STACK_FORMATS_MAX 60000u
#define STACK_CONDITIONS_MAX 64u
#define STACK_COLUMN_NONE UINT32_MAX    /* a column that is not kept */
#define STACK_COLUMN_FILE (UINT32_MAX - 1)  /* in conditions: the source columns */
#define STACK_COLUMN_SHEET (UINT32_MAX - 2)
#define STACK_PLAN_ARENA_BYTES ((size_t)256 << 20)
#define STACK_SOURCE_COLUMNS 3u         /* _file, _sheet, _row: the first of the output when has_source_columns */

struct stack_column {
    struct span name; /* as first seen, made unique: what the output's header says */
    struct span key;  /* in the form in which headers are compared */
};

enum stack_operator { STACK_EQUAL, STACK_UNEQUAL, STACK_LESS, STACK_LESS_EQUAL, STACK_GREATER, STACK_GREATER_EQUAL, STACK_LIKE, STACK_UNLIKE };

/* One --where; a row must meet all. Numbers and dates (as serials of the 1900 system) compare by value when `has_number` and the
 * cell is one of them; else texts compare folded. LIKE takes * and ?. A blank cell equals "" and is unlike anything else. */
struct stack_condition {
    uint32_t column; /* of `columns`, or STACK_COLUMN_FILE, STACK_COLUMN_SHEET */
    enum stack_operator op;
    struct span text;  /* folded */
    bool has_number;
    double number; /* finite; 0 when there is none */
};

struct stack_plan {
    struct arena *arena;
    struct sha256 hash;          /* of the encoding */
    struct stack_column *columns; /* without the source columns */
    uint32_t n_columns;
    struct span *formats;        /* number format codes, no "General", each once */
    uint32_t n_formats;
    struct stack_condition *conditions;
    uint32_t n_conditions;
    enum stack_form form;
    bool compress_small;
    bool has_source_columns;
    struct span source_names[STACK_SOURCE_COLUMNS]; /* "_file", "_sheet", "_row" or as chosen */
    enum dedupe_policy dedupe;
    uint32_t *dedupe_columns; /* DEDUPE_KEY: of `columns`, ascending, each once; none otherwise */
    uint32_t n_dedupe_columns;
    bool skip_hidden, keep_totals, keep_footers;
};

void stack_plan_encode(struct buffer *out, const struct stack_plan *self);
/* Copies into a new arena, and hashes. FAULT_PROTOCOL: also for the plan of another mode. Texts are UTF-8, names and formats not empty. */
enum fault stack_plan_decode(struct span message, struct stack_plan *ret) MUST_CHECK;
void stack_plan_free(struct stack_plan *self);
/* For who builds a plan: sets the hash. */
void stack_plan_seal(struct stack_plan *self);

#endif

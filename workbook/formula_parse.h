/* SPDX-License-Identifier: MIT
 *
 * The text of a formula (ECMA-376-1 18.17.2) as a tree in an arena. What a plain formula is made of is parsed: literals,
 * references with or without a sheet, ranges, whole rows and columns, defined names, operators, calls. Structured,
 * external, 3-D and spilled references, arrays, unions and intersections are not: such a formula has no tree, and its
 * value is unknown.
 */
#ifndef SHEAF_WORKBOOK_FORMULA_PARSE_H
#define SHEAF_WORKBOOK_FORMULA_PARSE_H

#include <stdint.h>

#include "core/arena.h"
#include "workbook/cell_ref.h"

#define FORMULA_TEXT_MAX 32768 /* bytes; Excel allows 8,192 characters */
#define FORMULA_DEPTH_MAX 96   /* parentheses and calls inside each other; Excel allows 64 */

enum node_kind {
    NODE_NUMBER,
    NODE_TEXT,
    NODE_BOOLEAN,   /* number is 0 or 1 */
    NODE_ERROR,     /* text is "#DIV/0!" ... */
    NODE_REFERENCE, /* a cell or a rectangle of cells */
    NODE_NAME,      /* name is what `names->find_name` gave */
    NODE_MISSING,   /* an argument left out: IF(A1,,2) */
    NODE_NEGATE,    /* one child; a unary plus leaves no node */
    NODE_PERCENT,   /* one child */
    NODE_CHAIN,     /* operands of one precedence, left to right: each but the first has the operator before it */
    NODE_CALL,      /* function, children are the arguments */
    NODE_UNKNOWN,   /* a name, sheet or function that nobody here knows */
};

enum node_operator {
    OPERATOR_NONE,
    OPERATOR_EQUAL,
    OPERATOR_NOT_EQUAL,
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
    OPERATOR_CONCAT,
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_POWER,
};

/* Which coordinates move with the cell (no "$"). */
enum reference_flag {
    ROW1_MOVES = 1,
    COL1_MOVES = 2,
    ROW2_MOVES = 4,
    COL2_MOVES = 8,
    REFERENCE_MOVES = 15,
};

#define OWN_SHEET (-1)

struct node_reference {
    uint32_t row1, row2; /* as written: the corners are put in order after they have moved */
    uint16_t col1, col2;
    int16_t sheet;       /* an index of the book, or OWN_SHEET */
    uint8_t flags;       /* reference_flag */
    bool is_area;        /* written with a colon */
};

struct formula_function;

struct node {
    uint8_t kind;          /* node_kind */
    uint8_t join;          /* node_operator between the operand before and this one */
    bool is_grouped;       /* in parentheses of its own */
    uint16_t n;            /* children */
    struct node *next;     /* sibling */
    struct node *child;
    union {
        double number;
        struct span text;
        struct node_reference reference;
        int name;
        const struct formula_function *function;
    };
};

/* Looks up what a formula names. Each may be NULL: nothing is known then. Negative: not found. */
struct formula_names {
    void *self;
    int (*find_sheet)(void *self, struct span name);
    /* `sheet` is the qualifying sheet or OWN_SHEET. */
    int (*find_name)(void *self, struct span name, int sheet);
};

/* `text` without a leading "=". Strings are copied into `arena`. NULL: not a plain formula, or the arena is full
 * (*ret_full). *ret_has_subtotal: it calls SUBTOTAL or AGGREGATE somewhere. */
const struct node *formula_parse(struct span text, const struct formula_names *names, struct arena *arena,
                                 bool *ret_has_subtotal, bool *ret_full);

/* "#N/A" ... : one of the seven errors of the file format, as a constant; an empty span on anything else. */
struct span formula_error_find(struct span text);

#endif

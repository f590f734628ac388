/* SPDX-License-Identifier: MIT
 *
 * Recursive descent over the bytes, no separate token list. A run of operators of one precedence becomes one flat node,
 * so the depth of a tree is bounded by the nesting of parentheses and calls and not by the length of the formula.
 */
#include "workbook/formula_parse.h"

#include <strings.h>

#include "core/must.h"
#include "core/number.h"
#include "workbook/formula_functions.h"

struct parser {
    const char *at, *end;
    const struct formula_names *names;
    struct arena *arena;
    unsigned depth;
    bool is_full;
    bool has_subtotal;
};

/* Sheet names are at most 31 characters; a defined name has at most 255. */
#define NAME_BYTES_MAX 1024

static struct node *parse_expression(struct parser *self);

static struct node *make_node(struct parser *self, enum node_kind kind)
{
    struct node *node = arena_alloc(self->arena, sizeof *node);
    if (!node) {
        self->is_full = true;
        return NULL;
    }
    node->kind = (uint8_t)kind;
    return node;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* What a name, function, sheet or cell reference is written with. */
static bool is_word(char c)
{
    return is_letter(c) || is_digit(c) || c == '_' || c == '.' || c == '\\' || c == '?' || c == '$' || (c & 0x80);
}

static char peek(const struct parser *self)
{
    return self->at < self->end ? *self->at : '\0';
}

static bool accept(struct parser *self, char c)
{
    if (self->at >= self->end || *self->at != c)
        return false;
    self->at++;
    return true;
}

static void skip_blanks(struct parser *self)
{
    while (self->at < self->end && (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t'))
        self->at++;
}

static struct span scan_word(struct parser *self)
{
    const char *start = self->at;
    while (self->at < self->end && is_word(*self->at))
        self->at++;
    return span_make(start, (size_t)(self->at - start));
}

struct span formula_error_find(struct span text)
{
    static const struct span errors[] = {
        {"#DIV/0!", 7}, {"#N/A", 4},   {"#NAME?", 6},  {"#NULL!", 6},
        {"#NUM!", 5},   {"#REF!", 5}, {"#VALUE!", 7},
    };
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++)
        if (text.len == errors[i].len && strncasecmp(text.data, errors[i].data, text.len) == 0)
            return errors[i];
    return (struct span){NULL, 0};
}

/* --- literals ---------------------------------------------------------------------------------------------------- */

static struct node *parse_number(struct parser *self)
{
    const char *start = self->at;
    while (is_digit(peek(self)))
        self->at++;
    if (accept(self, '.'))
        while (is_digit(peek(self)))
            self->at++;
    if (peek(self) == 'e' || peek(self) == 'E') {
        self->at++;
        if (!accept(self, '+'))
            (void)accept(self, '-');
        while (is_digit(peek(self)))
            self->at++;
    }
    double value;
    if (number_parse(span_make(start, (size_t)(self->at - start)), &value) || is_word(peek(self)))
        return NULL;
    struct node *node = make_node(self, NODE_NUMBER);
    if (node)
        node->number = value;
    return node;
}

/* What stands between two `quote`s, with doubled quotes single; the first is at self->at. */
static bool scan_quoted(struct parser *self, char quote, struct span *ret)
{
    const char *start = self->at + 1, *close = start;
    while (close < self->end && (*close != quote || (close + 1 < self->end && close[1] == quote)))
        close += *close == quote ? 2 : 1;
    if (close >= self->end)
        return false;
    char *out = arena_alloc(self->arena, (size_t)(close - start) + 1);
    if (!out) {
        self->is_full = true;
        return false;
    }
    size_t len = 0;
    for (const char *from = start; from < close; from += *from == quote ? 2 : 1)
        out[len++] = *from;
    self->at = close + 1;
    *ret = span_make(out, len);
    return true;
}

static struct node *parse_string(struct parser *self)
{
    struct span text;
    if (!scan_quoted(self, '"', &text))
        return NULL;
    struct node *node = make_node(self, NODE_TEXT);
    if (node)
        node->text = text;
    return node;
}

static struct node *parse_error(struct parser *self)
{
    const char *start = self->at++;
    while (self->at < self->end && (is_letter(*self->at) || *self->at == '/' || *self->at == '0'))
        self->at++;
    if (peek(self) == '!' || peek(self) == '?')
        self->at++;
    struct span error = formula_error_find(span_make(start, (size_t)(self->at - start)));
    if (!error.len)
        return NULL;
    /* "#REF!A1" is what is left of a reference to a sheet that was deleted. */
    if (span_is(error, "#REF!"))
        (void)scan_word(self);
    struct node *node = make_node(self, NODE_ERROR);
    if (node)
        node->text = error;
    return node;
}

/* --- references -------------------------------------------------------------------------------------------------- */

enum corner_kind { CORNER_NONE, CORNER_CELL, CORNER_COLUMN, CORNER_ROW };

struct corner {
    enum corner_kind kind;
    uint32_t row, col;
    bool row_moves, col_moves;
};

static struct corner read_corner(struct span word)
{
    struct corner corner = {CORNER_NONE, 0, 0, true, true};
    size_t i = 0, letters = 0, digits = 0;
    if (i < word.len && word.data[i] == '$')
        corner.col_moves = false, i++;
    for (; i < word.len && is_letter(word.data[i]); i++, letters++) {
        if (letters == 3)
            return corner;
        corner.col = corner.col * 26 + (uint32_t)((word.data[i] & ~0x20) - 'A' + 1);
    }
    if (letters && i < word.len && word.data[i] == '$')
        corner.row_moves = false, i++;
    for (; i < word.len && is_digit(word.data[i]); i++, digits++) {
        if (digits == 7)
            return corner;
        corner.row = corner.row * 10 + (uint32_t)(word.data[i] - '0');
    }
    if (i != word.len || corner.col > GRID_COLS || corner.row > GRID_ROWS || (digits && !corner.row))
        return corner;
    if (!letters && digits) { /* "$3": the mark belongs to the row */
        corner.row_moves = corner.col_moves;
        corner.kind = CORNER_ROW;
    } else if (letters && digits) {
        corner.kind = CORNER_CELL;
    } else if (letters && word.data[word.len - 1] != '$') {
        corner.kind = CORNER_COLUMN;
    }
    corner.row -= digits != 0;
    corner.col -= letters != 0;
    return corner;
}

static struct node *make_reference(struct parser *self, struct corner a, struct corner b, int sheet, bool is_area)
{
    struct node *node = make_node(self, NODE_REFERENCE);
    if (!node)
        return NULL;
    if (a.kind == CORNER_COLUMN) {
        a.row = 0, b.row = GRID_ROWS - 1;
        a.row_moves = b.row_moves = false;
    } else if (a.kind == CORNER_ROW) {
        a.col = 0, b.col = GRID_COLS - 1;
        a.col_moves = b.col_moves = false;
    }
    node->reference = (struct node_reference){
        .row1 = a.row, .row2 = b.row, .col1 = (uint16_t)a.col, .col2 = (uint16_t)b.col, .sheet = (int16_t)sheet,
        .flags = (uint8_t)((a.row_moves ? ROW1_MOVES : 0) | (a.col_moves ? COL1_MOVES : 0) |
                           (b.row_moves ? ROW2_MOVES : 0) | (b.col_moves ? COL2_MOVES : 0)),
        .is_area = is_area};
    return node;
}

/* A sheet that is not there makes the reference unknown, not the formula: it may stand in a branch not taken. */
static struct node *finish_reference(struct parser *self, struct corner a, struct corner b, int sheet, bool is_area)
{
    if (sheet < OWN_SHEET)
        return make_node(self, NODE_UNKNOWN);
    return make_reference(self, a, b, sheet, is_area);
}

#define SHEET_NOT_FOUND (-2)

static int find_sheet(struct parser *self, struct span name)
{
    int sheet = self->names->find_sheet ? self->names->find_sheet(self->names->self, name) : -1;
    return sheet < 0 || sheet > INT16_MAX ? SHEET_NOT_FOUND : sheet;
}

/* Reads "Name!" or "'My Sheet'!" where a range's second corner may repeat it. False: something else, nothing read. */
static bool accept_sheet(struct parser *self, int *ret_sheet)
{
    struct parser ahead = *self;
    struct span name;
    if (peek(&ahead) == '\'') {
        if (!scan_quoted(&ahead, '\'', &name))
            return false;
    } else {
        name = scan_word(&ahead);
    }
    if (!name.len || name.len > NAME_BYTES_MAX || !accept(&ahead, '!'))
        return false;
    *self = ahead;
    *ret_sheet = find_sheet(self, name);
    return true;
}

static struct node *parse_name(struct parser *self, struct span word, int sheet)
{
    if (sheet < OWN_SHEET || word.len > NAME_BYTES_MAX || memchr(word.data, '$', word.len))
        return make_node(self, NODE_UNKNOWN);
    int name = self->names->find_name ? self->names->find_name(self->names->self, word, sheet) : -1;
    struct node *node = make_node(self, name < 0 ? NODE_UNKNOWN : NODE_NAME);
    if (node)
        node->name = name;
    return node;
}

/* A reference or a name whose first word is read already. */
static struct node *parse_reference(struct parser *self, struct span word, int sheet, bool has_sheet)
{
    struct corner a = read_corner(word);
    char next = peek(self);
    if (next == '#' || next == '[' || next == '!')
        return NULL; /* a spilled range, a table, a 3-D reference */
    if (next != ':') {
        if (a.kind == CORNER_CELL)
            return finish_reference(self, a, a, sheet, false);
        return parse_name(self, word, sheet);
    }
    self->at++;
    int other = sheet;
    if (accept_sheet(self, &other) && (!has_sheet || other != sheet || sheet < 0))
        return NULL; /* Jan:Dec!A1, or two sheets */
    struct corner b = read_corner(scan_word(self));
    next = peek(self);
    if (a.kind == CORNER_NONE || b.kind != a.kind || next == ':' || next == '(' || next == '!' || next == '#')
        return NULL;
    return finish_reference(self, a, b, sheet, true);
}

/* After "Sheet!". */
static struct node *parse_qualified(struct parser *self, int sheet)
{
    if (peek(self) == '#')
        return parse_error(self);
    struct span word = scan_word(self);
    if (!word.len || peek(self) == '(')
        return NULL;
    return parse_reference(self, word, sheet, true);
}

static struct node *parse_quoted_sheet(struct parser *self)
{
    struct span name;
    if (!scan_quoted(self, '\'', &name) || !accept(self, '!'))
        return NULL;
    /* '[Book.xlsx]Sheet' and 'Jan:Dec': neither character can stand in a sheet's name. */
    if (!name.len || name.len > NAME_BYTES_MAX || memchr(name.data, '[', name.len) || memchr(name.data, ':', name.len))
        return NULL;
    return parse_qualified(self, find_sheet(self, name));
}

/* --- calls ------------------------------------------------------------------------------------------------------- */

static bool parse_arguments(struct parser *self, struct node *call)
{
    struct node **tail = &call->child;
    skip_blanks(self);
    if (accept(self, ')'))
        return true;
    for (;;) {
        skip_blanks(self);
        bool is_missing = peek(self) == ',' || peek(self) == ')';
        struct node *argument = is_missing ? make_node(self, NODE_MISSING) : parse_expression(self);
        if (!argument || call->n == UINT16_MAX)
            return false;
        *tail = argument;
        tail = &argument->next;
        call->n++;
        skip_blanks(self);
        if (accept(self, ')'))
            return true;
        if (!accept(self, ','))
            return false;
    }
}

static struct node *parse_call(struct parser *self, struct span name)
{
    self->at++;
    struct node *call = make_node(self, NODE_CALL);
    if (!call)
        return NULL;
    if (span_starts(name, SPAN("_xlfn.")))
        name = span_from(name, 6);
    call->function = formula_function_find(name);
    self->has_subtotal |= (name.len == 8 && strncasecmp(name.data, "SUBTOTAL", 8) == 0) ||
                          (name.len == 9 && strncasecmp(name.data, "AGGREGATE", 9) == 0);
    if (!parse_arguments(self, call))
        return NULL;
    if (peek(self) == ':' || peek(self) == '#' || peek(self) == '(')
        return NULL; /* INDEX(...):B7 */
    if (!call->function || !formula_function_takes(call->function, call->n)) {
        call->kind = NODE_UNKNOWN;
        call->child = NULL;
        call->n = 0;
    }
    return call;
}

static struct node *parse_word(struct parser *self)
{
    struct span word = scan_word(self);
    if (!word.len)
        return NULL;
    if (peek(self) == '(')
        return parse_call(self, word);
    if (accept(self, '!'))
        return parse_qualified(self, find_sheet(self, word));
    bool is_true = word.len == 4 && strncasecmp(word.data, "TRUE", 4) == 0;
    if (is_true || (word.len == 5 && strncasecmp(word.data, "FALSE", 5) == 0)) {
        struct node *node = make_node(self, NODE_BOOLEAN);
        if (node)
            node->number = is_true;
        return node;
    }
    return parse_reference(self, word, OWN_SHEET, false);
}

/* --- operators --------------------------------------------------------------------------------------------------- */

static struct node *parse_group(struct parser *self)
{
    self->at++;
    struct node *node = parse_expression(self);
    skip_blanks(self);
    if (!node || !accept(self, ')')) /* a comma here is a union */
        return NULL;
    if (peek(self) == ':' || peek(self) == '#')
        return NULL;
    node->is_grouped = true;
    return node;
}

/* Digits may begin a number or whole rows ("2:5"). */
static struct node *parse_digits(struct parser *self)
{
    const char *at = self->at;
    while (at < self->end && is_digit(*at))
        at++;
    if (at < self->end && *at == ':')
        return parse_reference(self, scan_word(self), OWN_SHEET, false);
    return parse_number(self);
}

static struct node *parse_primary(struct parser *self)
{
    skip_blanks(self);
    char c = peek(self);
    if (is_digit(c))
        return parse_digits(self);
    if (c == '.')
        return parse_number(self);
    switch (c) {
    case '"':
        return parse_string(self);
    case '#':
        return parse_error(self);
    case '(':
        return parse_group(self);
    case '\'':
        return parse_quoted_sheet(self);
    default:
        return parse_word(self); /* also refuses '{', '[', '@' */
    }
}

static struct node *wrap(struct parser *self, enum node_kind kind, struct node *child)
{
    struct node *node = make_node(self, kind);
    if (node) {
        node->child = child;
        node->n = 1;
    }
    return node;
}

/* Two signs cancel out in Excel too: --"3" is the number 3, so at least one negation stays. */
static struct node *parse_signed(struct parser *self)
{
    unsigned minus = 0;
    for (;;) {
        skip_blanks(self);
        if (accept(self, '-'))
            minus++;
        else if (!accept(self, '+'))
            break;
    }
    struct node *node = parse_primary(self);
    for (unsigned i = minus > 2 ? 2 - minus % 2 : minus; node && i; i--)
        node = wrap(self, NODE_NEGATE, node);
    for (skip_blanks(self); node && accept(self, '%'); skip_blanks(self))
        node = wrap(self, NODE_PERCENT, node);
    return node;
}

/* The operator at self->at, if it is of this level (0 compares, 4 is the power); read when it is. */
static enum node_operator accept_operator(struct parser *self, int level)
{
    static const struct {
        char text[3];
        uint8_t level, op;
    } table[] = {
        {"<>", 0, OPERATOR_NOT_EQUAL}, {"<=", 0, OPERATOR_LESS_EQUAL}, {">=", 0, OPERATOR_GREATER_EQUAL},
        {"=", 0, OPERATOR_EQUAL},      {"<", 0, OPERATOR_LESS},        {">", 0, OPERATOR_GREATER},
        {"&", 1, OPERATOR_CONCAT},     {"+", 2, OPERATOR_ADD},         {"-", 2, OPERATOR_SUBTRACT},
        {"*", 3, OPERATOR_MULTIPLY},   {"/", 3, OPERATOR_DIVIDE},      {"^", 4, OPERATOR_POWER},
    };
    skip_blanks(self);
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        size_t len = strlen(table[i].text);
        if ((size_t)(self->end - self->at) < len || memcmp(self->at, table[i].text, len) != 0)
            continue;
        if (table[i].level != level)
            return OPERATOR_NONE;
        self->at += len;
        return table[i].op;
    }
    return OPERATOR_NONE;
}

static struct node *parse_level(struct parser *self, int level)
{
    if (level == 5)
        return parse_signed(self);
    struct node *first = parse_level(self, level + 1);
    if (!first)
        return NULL;
    enum node_operator op = accept_operator(self, level);
    if (op == OPERATOR_NONE)
        return first;
    struct node *chain = wrap(self, NODE_CHAIN, first), *last = first;
    while (chain && op != OPERATOR_NONE) {
        struct node *operand = parse_level(self, level + 1);
        if (!operand || chain->n == UINT16_MAX)
            return NULL;
        operand->join = (uint8_t)op;
        last->next = operand;
        last = operand;
        chain->n++;
        op = accept_operator(self, level);
    }
    return chain;
}

static struct node *parse_expression(struct parser *self)
{
    if (self->depth == FORMULA_DEPTH_MAX)
        return NULL;
    self->depth++;
    struct node *node = parse_level(self, 0);
    self->depth--;
    return node;
}

const struct node *formula_parse(struct span text, const struct formula_names *names, struct arena *arena,
                                 bool *ret_has_subtotal, bool *ret_full)
{
    struct parser self = {.at = text.data, .end = text.data + text.len, .names = names, .arena = arena};
    struct node *node = NULL;
    if (text.len && text.len <= FORMULA_TEXT_MAX) {
        node = parse_expression(&self);
        skip_blanks(&self);
        if (self.at != self.end)
            node = NULL;
    }
    *ret_has_subtotal = node && self.has_subtotal;
    *ret_full = self.is_full;
    return node;
}

/* SPDX-License-Identifier: MIT
 *
 * The fast road, written once and compiled per instruction set: sheet_fast.c includes this with FAST (name) naming the
 * variant, FAST_TARGET its target attribute, and FAST (look) giving the three masks of 64 bytes. No include guard: it is
 * a template.
 *
 * It takes cells of the shape that every writer uses, and nothing else:
 *
 *     <c r="B7" s="1" t="s"><v>12</v></c>      s and t in any order, each optional, t of one letter, str or inlineStr
 *     <c r="B7" s="1"/>
 *     <c ...><f>A1+1</f><v>3</v></c>           <f> without attributes; <v> may be missing
 *     <c ... t="inlineStr"><is><t>text</t></is></c>
 *
 * in a row whose number it knows, and "</row><row r=...>" between rows. The row's digits are compared, not parsed.
 * One quirk anywhere, and the cell is left untouched for the complete road, which gives the same event or the fault.
 */

/* The attributes of a cell, from just behind r="..."; sets *at behind the last one. False: not of a known shape. */
static FAST_TARGET inline bool FAST(take_attributes)(struct sheet_scanner *self, const char *p, const char **at,
                                                     const struct look *look, uint64_t quotes)
{
    const char *q = *at;
    uint32_t style = 0;
    bool has_style = false, has_type = false;
    self->stored = STORED_NUMBER;
    while (*q == ' ') {
        uint32_t head = load32(q);
        unsigned open = (unsigned)(q - p) + 3, close;
        quotes &= quotes - 1; /* the opening one: checked to be at `open` by the compare of the head */
        if (!quotes)
            return false;
        close = (unsigned)__builtin_ctzll(quotes);
        quotes &= quotes - 1;
        unsigned len = close - open - 1;
        if (head == HEAD(' ', 's', '=', '"') && !has_style) {
            if (len - 1 > 5 || (~look->digits & bits_between(open + 1, close)))
                return false;
            for (const char *d = p + open + 1; d < p + close; d++)
                style = style * 10 + (uint32_t)(*d - '0');
            has_style = true;
        } else if (head == HEAD(' ', 't', '=', '"') && !has_type) {
            if (!known_type(p + open + 1, len, &self->stored))
                return false;
            has_type = true;
        } else {
            return false;
        }
        q = p + close + 1;
    }
    self->cell.style = style;
    *at = q;
    return true;
}

/* r="..." of a cell in the open row; false when it is not predicted. */
static FAST_TARGET inline bool FAST(take_reference)(const struct sheet_scanner *self, const char *ref, unsigned len,
                                                    uint32_t *ret_col)
{
    unsigned letters = len - self->row_digits;
    if (letters - 1 > 2)
        return false;
    if ((load64(ref + letters) ^ self->row_text) & self->row_mask)
        return false;
    unsigned col = 0;
    for (unsigned i = 0; i < letters; i++) {
        unsigned letter = (unsigned)(unsigned char)ref[i] - 'A';
        if (letter > 25)
            return false;
        col = col * 26 + letter + 1;
    }
    if (col > GRID_COLS)
        return false;
    *ret_col = col - 1;
    return true;
}

/* A number of digits and at most one point and a leading minus; else the parser decides. */
static FAST_TARGET inline bool FAST(is_number)(struct span value, unsigned from, const struct look *look)
{
    unsigned to = from + (unsigned)value.len;
    if (value.len && to <= 64) {
        uint64_t all = bits_between(from, to), other = ~look->digits & all;
        if (value.data[0] == '-')
            other &= other - 1;
        if (!other)
            return (look->digits & all) != 0;
        if (!(other & (other - 1)) && value.data[(unsigned)__builtin_ctzll(other) - from] == '.')
            return (look->digits & all) != 0;
    }
    double ignored;
    return value.len && !is_blank(value.data[0]) && !is_blank(value.data[value.len - 1]) &&
           number_parse(value, &ignored) == FAULT_NONE;
}

/* The value of self->stored type between two tags; `from` is its offset in the masks. */
static FAST_TARGET inline bool FAST(take_value)(struct sheet_scanner *self, struct span value, unsigned from,
                                                const struct look *look)
{
    struct cell *cell = &self->cell;
    cell->has_value = true;
    if (self->stored == STORED_NUMBER) {
        cell->type = CELL_NUMBER;
        cell->value = value;
        return FAST(is_number)(value, from, look);
    }
    if (self->stored == STORED_SHARED) {
        if (value.len - 1 > 8 || from + value.len > 64 || (~look->digits & bits_between(from, from + (unsigned)value.len)))
            return false;
        uint32_t index = 0;
        for (size_t i = 0; i < value.len; i++)
            index = index * 10 + (uint32_t)(value.data[i] - '0');
        if (index >= self->n_strings)
            return false;
        cell->type = CELL_TEXT;
        sheet_take_string(self, index);
        return true;
    }
    return take_text_value(self, value);
}

/* What follows the attributes, up to behind the cell; NULL: not of a known shape. */
static FAST_TARGET inline const char *FAST(take_rest)(struct sheet_scanner *self, const char *p, const char *at,
                                                      const char *end, const struct look *look)
{
    struct cell *cell = &self->cell;
    if (at[0] == '/' && at[1] == '>') {
        cell->has_value = false;
        cell->type = CELL_BLANK;
        cell->value = SPAN("");
        return at + 2;
    }
    if (at[0] != '>')
        return NULL;
    unsigned from = (unsigned)(at - p) + 4;
    if (at[1] != '<' || at[2] != 'v' || at[3] != '>' || self->stored == STORED_INLINE || from >= 64)
        return take_body(self, at + 1, end);
    at += 4;
    uint64_t stops = look->less >> from;
    const char *stop = stops ? at + __builtin_ctzll(stops) : find_less(p + 64, end);
    if (end - stop < 8 || load64(stop) != CLOSE_VALUE_CELL ||
        !FAST(take_value)(self, span_make(at, (size_t)(stop - at)), from, look))
        return NULL;
    return stop + 8;
}

/* One cell at p, whose 64 bytes are readable; returns what follows it, or p. */
static FAST_TARGET inline const char *FAST(take_cell)(struct sheet_scanner *self, const char *p, const char *end,
                                                      enum fault *ret_fault)
{
    struct look look;
    FAST(look)(p, &look);
    uint64_t quotes = look.quotes & (look.quotes - 1); /* without the one of r=" */
    if (!quotes)
        return p;
    unsigned close = (unsigned)__builtin_ctzll(quotes);
    quotes &= quotes - 1;
    const char *at = p + close + 1;
    uint32_t col;
    /* From here on members of the cell may be set in vain: the complete road sets them all again. Only its place, which
     * faults are told with, waits until the cell is sure. */
    if (!FAST(take_reference)(self, p + 6, close - 6, &col) || at - p > 48 ||
        !FAST(take_attributes)(self, p, &at, &look, quotes))
        return p;
    const char *next = FAST(take_rest)(self, p, at, end, &look);
    if (!next)
        return p;
    if (self->cells++ >= self->max_cells) {
        *ret_fault = sheet_over_limit(self);
        return p;
    }
    self->cell.row = self->row;
    self->cell.col = col;
    self->next_col = col + 1;
    *ret_fault = sheet_emit(self);
    return next;
}

static FAST_TARGET const char *FAST(road)(void *context, const char *at, const char *end, enum fault *ret_fault)
{
    struct sheet_scanner *self = context;
    while (end - at >= 72) {
        const char *next;
        uint64_t head = load64(at);
        if ((head & HEAD6_MASK) == CELL_HEAD)
            next = FAST(take_cell)(self, at, end, ret_fault);
        else if ((head & HEAD6_MASK) == ROW_END)
            next = take_next_row(self, at, end, ret_fault);
        else
            return at;
        if (next == at || *ret_fault)
            return next;
        at = next;
    }
    return at;
}

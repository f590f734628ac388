/* SPDX-License-Identifier: MIT
 *
 * The fast road, written once and compiled per instruction set: sheet_fast.c includes this with FAST (name) naming the
 * variant, FAST_TARGET its target attribute, and FAST (look) giving the three masks of 64 bytes. No include guard: it is
 * a template.
 *
 * It takes cells of the shape that every writer uses, and nothing else:
 *
 *     <c r="B7" s="1" t="s"><v>12</v></c>      r may be missing; s and t in any order, each optional, t of one letter, str or
 *     <c r="B7" s="1"/>                        inlineStr
 *     <c ...><f>A1+1</f><v>3</v></c>           <f> without attributes; <v> may be missing
 *     <c ... t="inlineStr"><is><t>text</t></is></c>
 *
 * The tags' places follow from the mask of '<' alone, so that the next cell is known, and its masks on their way, before the
 * attributes of this one are looked at.
 *
 * They stand in a row whose number it knows, and "</row><row ...>" between rows. The row's digits are compared, not parsed.
 * One quirk anywhere, and the cell is left untouched for the complete road, which gives the same event or the fault.
 */

/* The digits p[from..to) as a number, at most 8 of them; false when they are none. */
static FAST_TARGET ALWAYS_INLINE bool FAST(take_digits)(const char *p, unsigned from, unsigned to, const struct look *look,
                                                 uint32_t *ret)
{
    unsigned len = to - from;
    if (len - 1 > 7 || to > 64 || (~look->digits & bits_between(from, to)))
        return false;
    *ret = digits_value(p + from, len);
    return true;
}

/* The quotes of an attribute whose name ends at p + *open: the opening one goes out of the mask, then the closing one, whose
 * place is given. False: it is not closed within the mask. */
static FAST_TARGET ALWAYS_INLINE bool FAST(take_quotes)(uint64_t *quotes, unsigned *ret_close)
{
    *quotes &= *quotes - 1;
    if (!*quotes)
        return false;
    *ret_close = (unsigned)__builtin_ctzll(*quotes);
    *quotes &= *quotes - 1;
    return true;
}

/* ` s="..."` at p + *at. */
static FAST_TARGET ALWAYS_INLINE bool FAST(take_style)(struct sheet_scanner *self, const char *p, unsigned *at, uint64_t *quotes,
                                                const struct look *look)
{
    unsigned open = *at + 4, close;
    if (!FAST(take_quotes)(quotes, &close))
        return false;
    uint32_t style = (uint32_t)(p[open] - '0');
    if (close == open + 1 ? style > 9 : close - open > 6 || !FAST(take_digits)(p, open, close, look, &style))
        return false;
    self->cell.style = style;
    *at = close + 1;
    return true;
}

/* The attributes of a cell behind r="..."; moves *at behind the last one. False: not of a known shape. */
static FAST_TARGET ALWAYS_INLINE bool FAST(take_attributes)(struct sheet_scanner *self, const char *p, unsigned *at,
                                                     const struct look *look, uint64_t quotes)
{
    uint32_t head = load32(p + *at);
    bool has_style = head == HEAD(' ', 's', '=', '"');
    self->stored = STORED_NUMBER;
    if (has_style) {
        if (!FAST(take_style)(self, p, at, &quotes, look))
            return false;
        head = load32(p + *at);
    } else {
        self->cell.style = 0;
    }
    if (head != HEAD(' ', 't', '=', '"'))
        return true; /* what follows is looked at by who takes it for the end of the tag */
    unsigned close;
    if (!FAST(take_quotes)(&quotes, &close) || !known_type(p + *at + 4, close - *at - 4, &self->stored))
        return false;
    *at = close + 1;
    return has_style || load32(p + *at) != HEAD(' ', 's', '=', '"') || FAST(take_style)(self, p, at, &quotes, look);
}

/* r="..." of a cell in the open row; false when it is not predicted. */
static FAST_TARGET ALWAYS_INLINE bool FAST(take_reference)(const struct sheet_scanner *self, const char *ref, unsigned len,
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
static FAST_TARGET ALWAYS_INLINE bool FAST(take_number)(struct sheet_scanner *self, struct span value, unsigned from,
                                                 const struct look *look)
{
    unsigned to = from + (unsigned)value.len;
    if (value.len && value.len < 64 && to <= 64) {
        uint64_t all = bits_between(from, to), other = ~look->digits & all;
        unsigned is_negative = value.data[0] == '-';
        if (is_negative)
            other &= other - 1;
        unsigned point = other ? (unsigned)__builtin_ctzll(other) - from : UINT32_MAX;
        if (!other || (!(other & (other - 1)) && value.data[point] == '.')) {
            if (!(look->digits & all))
                return false;
            if (!self->handler.wants_numbers)
                return true;
            double *to_number = &self->cell.number;
            if (FAST(convert)(value.data + is_negative, (unsigned)value.len - is_negative, point - is_negative, is_negative,
                              to_number))
                return true;
        }
    }
    return value.len && !is_blank(value.data[0]) && !is_blank(value.data[value.len - 1]) &&
           number_parse(value, &self->cell.number) == FAULT_NONE;
}

/* The value of self->stored type between two tags; `from` is its offset in the masks. */
static FAST_TARGET ALWAYS_INLINE bool FAST(take_value)(struct sheet_scanner *self, const char *p, struct span value, unsigned from,
                                                const struct look *look)
{
    struct cell *cell = &self->cell;
    cell->has_value = true;
    if (self->stored == STORED_NUMBER) {
        cell->type = CELL_NUMBER;
        cell->value = value;
        return FAST(take_number)(self, value, from, look);
    }
    if (self->stored == STORED_SHARED) {
        uint32_t index;
        if (value.len > 8 || !FAST(take_digits)(p, from, from + (unsigned)value.len, look, &index) || index >= self->n_strings)
            return false;
        cell->type = CELL_TEXT;
        sheet_take_string(self, index);
        return true;
    }
    return take_text_value(self, value);
}

/* "<v>...</v></c>" at p + open, whose next '<' are the bits of `less`; returns what follows, or NULL. */
static FAST_TARGET ALWAYS_INLINE const char *FAST(take_value_element)(struct sheet_scanner *self, const char *p, unsigned open,
                                                               uint64_t less, const char *end, const struct look *look)
{
    const char *from = p + open + 3;
    const char *stop = less ? p + __builtin_ctzll(less) : find_less(p + 64 > from ? p + 64 : from, end);
    if (end - stop < 8 || load64(stop) != CLOSE_VALUE_CELL ||
        !FAST(take_value)(self, p, span_make(from, (size_t)(stop - from)), open + 3, look))
        return NULL;
    return stop + 8;
}

/* "<is><t>...</t></is></c>" at p + open, whose next '<' are the bits of `less`. */
static FAST_TARGET ALWAYS_INLINE const char *FAST(take_inline_element)(struct sheet_scanner *self, const char *p, unsigned open,
                                                                       uint64_t less, const char *end)
{
    struct cell *cell = &self->cell;
    if ((load64(p + open) & HEAD7_MASK) != OPEN_INLINE_TEXT)
        return take_body(self, p + open, end);
    less &= less - 1; /* the one of <t> */
    const char *from = p + open + 7, *stop = less ? p + __builtin_ctzll(less) : find_less(p + 64 > from ? p + 64 : from, end);
    if (end - stop < 13 || load64(stop) != CLOSE_TEXT_INLINE || load64(stop + 5) != CLOSE_INLINE_CELL)
        return NULL;
    cell->has_value = true;
    cell->type = CELL_TEXT;
    return decode_into(&self->value, span_make(from, (size_t)(stop - from)), &cell->value) ? stop + 13 : NULL;
}

/* "<f>...</f>" at p + open and what follows it up to behind the cell. */
static FAST_TARGET ALWAYS_INLINE const char *FAST(take_formula)(struct sheet_scanner *self, const char *p, unsigned open, uint64_t less,
                                                         const char *end, const struct look *look)
{
    struct cell *cell = &self->cell;
    unsigned close = less ? (unsigned)__builtin_ctzll(less) : 64;
    if (close > 56 || load32(p + close) != HEAD('<', '/', 'f', '>') || close == open + 3)
        return take_body(self, p + open, end);
    const char *next;
    less &= less - 1;
    if (load32(p + close + 4) == HEAD('<', '/', 'c', '>')) {
        cell->has_value = false;
        cell->type = CELL_BLANK;
        cell->value = SPAN("");
        next = p + close + 8;
    } else {
        if ((load32(p + close + 4) & HEAD3_MASK) != HEAD('<', 'v', '>', 0))
            return NULL;
        next = FAST(take_value_element)(self, p, close + 4, less & (less - 1), end, look);
    }
    if (!next || !decode_into(&self->formula, span_make(p + open + 3, close - open - 3), &cell->formula_text) ||
        !cell->formula_text.len)
        return NULL;
    cell->formula = FORMULA_NORMAL; /* last: nothing fails behind it, and the complete road finds it unset */
    return next;
}

/* One cell at p, ROOM bytes of which are readable; returns what follows it, or NULL. Members of the cell may be set in vain:
 * the complete road sets them all again. */
static FAST_TARGET ALWAYS_INLINE const char *FAST(take_cell)(struct sheet_scanner *self, const char *p, const char *end,
                                                      uint32_t *ret_col)
{
    struct look look;
    FAST(look)(p, &look);
    uint64_t less = look.less & (look.less - 1);
    if (!less)
        return NULL;
    unsigned second = (unsigned)__builtin_ctzll(less), at = 2; /* the '<' behind the cell's tag */
    less &= less - 1;
    uint64_t quotes = look.quotes & ((UINT64_C(1) << second) - 1);
    *ret_col = self->next_col;
    if (load32(p + at) == HEAD(' ', 'r', '=', '"')) {
        struct expected_cell *expected = &self->expected;
        unsigned close = 6 + expected->len;
        if (expected->left && !((load64(p + 6) ^ expected->text) & expected->mask)) {
            quotes &= quotes - 1;
            quotes &= quotes - 1;
            *ret_col = expected->col++;
            expected->text += expected->step;
            expected->left--;
        } else {
            if (!FAST(take_quotes)(&quotes, &close) || !FAST(take_reference)(self, p + 6, close - 6, ret_col))
                return NULL;
            sheet_expect_cell(expected, load64(p + 6), close - 6, close - 6 - self->row_digits, *ret_col, 1);
        }
        at = close + 1;
    } else if (*ret_col >= GRID_COLS) {
        return NULL;
    }
    if (!FAST(take_attributes)(self, p, &at, &look, quotes))
        return NULL;
    struct cell *cell = &self->cell;
    if (p[at] == '>' && at + 1 == second) {
        uint32_t head = load32(p + second) & HEAD3_MASK;
        if (self->stored == STORED_INLINE)
            return FAST(take_inline_element)(self, p, second, less, end);
        if (head == HEAD('<', 'v', '>', 0))
            return FAST(take_value_element)(self, p, second, less, end, &look);
        return head == HEAD('<', 'f', '>', 0) ? FAST(take_formula)(self, p, second, less, end, &look) : NULL;
    }
    if (p[at] != '/' || p[at + 1] != '>')
        return NULL;
    cell->has_value = false;
    cell->type = CELL_BLANK;
    cell->value = SPAN("");
    return at + 2 == second ? p + second : p + at + 2; /* as a rule known long before `at` */
}

static FAST_TARGET const char *FAST(road)(void *context, const char *at, const char *end, enum fault *ret_fault)
{
    struct sheet_scanner *self = context;
    enum fault fault = FAULT_NONE;
    while (end - at >= ROOM && !fault) {
        uint32_t col;
        const char *next;
        if (at[0] == '<' && at[1] == 'c' && (at[2] == ' ' || at[2] == '>' || at[2] == '/')) {
            next = FAST(take_cell)(self, at, end, &col);
            if (!next)
                break;
            if (self->cells >= self->max_cells) {
                fault = sheet_over_limit(self);
                break;
            }
            self->cells++;
            self->cell.row = self->row;
            self->cell.col = col;
            self->next_col = col + 1;
            fault = sheet_emit(self);
        } else {
            next = (load64(at) & HEAD6_MASK) == ROW_END ? take_next_row(self, at, end, &fault) : at;
            if (next == at)
                break;
        }
        at = next;
    }
    *ret_fault = fault;
    return at;
}

/* SPDX-License-Identifier: MIT
 *
 * The 1904 shift is made on the digits: 40000.1 becomes 41462.1, not the nearest double of something.
 */
#include "workers/row_value.h"

#include "core/decimal.h"
#include "core/utf8.h"
#include "workbook/cell_value.h"
#include "workbook/dates.h"

/* "digits[.digits]" of 1 or more + 1462; 0 when the token is of another form. */
static size_t shift_digits(struct span token, char *out, size_t size)
{
    uint64_t whole = 0;
    size_t at = 0;
    while (at < token.len && (unsigned)(token.data[at] - '0') < 10 && at < 15)
        whole = whole * 10 + (unsigned)(token.data[at++] - '0');
    if (at == 0 || whole == 0)
        return 0;
    for (size_t i = at; i < token.len; i++) {
        bool is_fraction = i == at ? token.data[i] == '.' : (unsigned)(token.data[i] - '0') < 10;
        if (!is_fraction)
            return 0;
    }
    char digits[24];
    size_t n = 0;
    for (uint64_t rest = whole + DATE_1904_SHIFT; rest; rest /= 10)
        digits[n++] = (char)('0' + rest % 10);
    if (n + token.len - at > size)
        return 0;
    size_t len = 0;
    while (n)
        out[len++] = digits[--n];
    memcpy(out + len, token.data + at, token.len - at);
    return len + token.len - at;
}

static void shift_date(const struct cell *cell, struct row_value *ret)
{
    size_t len = shift_digits(cell->value, ret->scratch, sizeof ret->scratch);
    struct decimal value;
    if (!len && cell_number(cell, FORMAT_DATE, true, DECIMAL_FULL, &value) == FAULT_NONE)
        len = decimal_format(value, ret->scratch);
    if (len)
        ret->text = span_make(ret->scratch, len);
}

static void take_iso_date(const struct row_book *self, const struct cell *cell, struct row_value *ret)
{
    double serial;
    bool is_date = self->has_strict_dates ? date_from_iso_strict(cell->value, &serial)
                                          : date_from_iso(cell->value, false, &serial);
    if (!is_date) {
        ret->type = CELL_TEXT;
        return;
    }
    ret->type = CELL_NUMBER;
    ret->text = span_make(ret->scratch, number_format(serial, ret->scratch));
    bool has_time = memchr(cell->value.data, ':', cell->value.len) || memchr(cell->value.data, 'T', cell->value.len);
    if (ret->style->style == STACK_STYLE_GENERAL)
        ret->style = has_time ? &self->styles.date_time : &self->styles.date;
}

void row_value_of(const struct row_book *self, const struct cell *cell, struct row_value *ret)
{
    ret->type = cell->type;
    ret->text = cell->value;
    ret->style = row_styles_get(&self->styles, cell->style);
    ret->is_cut = false;
    if (cell->type == CELL_NUMBER && ret->style->is_shifted) {
        shift_date(cell, ret);
    } else if (cell->type == CELL_DATE) {
        take_iso_date(self, cell, ret);
    }
    if (ret->type == CELL_TEXT && ret->text.len > ROW_TEXT_UNITS) {
        struct span cut = utf8_cut_utf16(ret->text, ROW_TEXT_UNITS);
        ret->is_cut = cut.len < ret->text.len;
        ret->text = cut;
    }
}

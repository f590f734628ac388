/* SPDX-License-Identifier: MIT
 *
 * Cells as Excel writes them: references everywhere, shared strings, the shortest decimal of a number; counted as they go.
 */
#include "bench/lib/shape.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/must.h"

enum { UNIT = 10000, CELL_BYTES = 160 };

uint64_t shape_random(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t x = a * 0x9e3779b97f4a7c15u + b * 0xbf58476d1ce4e5b9u + c * 0x94d049bb133111ebu + 0x632be59bd9b4e019u;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
    x = (x ^ x >> 27) * 0x94d049bb133111ebu;
    return x ^ x >> 31;
}

static char *put_digits(char *at, uint64_t value)
{
    char digits[20];
    size_t n = 0;
    do {
        digits[n++] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0);
    while (n > 0)
        *at++ = digits[--n];
    return at;
}

static char *put_words(char *at, const char *words)
{
    size_t n = strlen(words);
    memcpy(at, words, n);
    return at + n;
}

/* 12.5, -3, 0.0375 */
static char *put_decimal(char *at, int64_t ten_thousandths)
{
    uint64_t value = ten_thousandths < 0 ? -(uint64_t)ten_thousandths : (uint64_t)ten_thousandths;
    if (ten_thousandths < 0)
        *at++ = '-';
    at = put_digits(at, value / UNIT);
    uint32_t rest = (uint32_t)(value % UNIT);
    if (rest == 0)
        return at;
    *at++ = '.';
    for (uint32_t unit = UNIT / 10; rest > 0; rest %= unit, unit /= 10)
        *at++ = (char)('0' + rest / unit);
    return at;
}

/* <c r="B12" s="3" and room for the rest. */
static char *begin_cell(struct cell_writer *self, uint32_t column, uint32_t style)
{
    char *at = buffer_reserve(&self->out, CELL_BYTES);
    must(at && column < 26 * 27);
    at = put_words(at, "<c r=\"");
    if (column >= 26)
        *at++ = (char)('A' + column / 26 - 1);
    *at++ = (char)('A' + column % 26);
    at = put_digits(at, self->row);
    *at++ = '"';
    if (style != 0) {
        at = put_words(at, " s=\"");
        at = put_digits(at, style);
        *at++ = '"';
    }
    return at;
}

static void end_cell(struct cell_writer *self, char *at, const char *words)
{
    at = put_words(at, words);
    self->out.len = (size_t)(at - self->out.data);
}

void put_text_cell(struct cell_writer *self, uint32_t column, uint32_t style, uint32_t string)
{
    char *at = put_words(begin_cell(self, column, style), " t=\"s\"><v>");
    end_cell(self, put_digits(at, string), "</v></c>");
    self->tally.texts++;
}

static void count_number(struct cell_writer *self, int64_t ten_thousandths)
{
    self->tally.numbers++;
    self->tally.sum += ten_thousandths;
}

void put_amount_cell(struct cell_writer *self, uint32_t column, uint32_t style, int64_t ten_thousandths)
{
    char *at = put_words(begin_cell(self, column, style), "><v>");
    end_cell(self, put_decimal(at, ten_thousandths), "</v></c>");
    count_number(self, ten_thousandths);
}

void put_date_cell(struct cell_writer *self, uint32_t column, uint32_t style, uint32_t serial)
{
    char *at = put_words(begin_cell(self, column, style), "><v>");
    end_cell(self, put_digits(at, serial), "</v></c>");
    self->tally.dates++;
    self->tally.date_sum += (__int128)serial * UNIT;
}

void put_boolean_cell(struct cell_writer *self, uint32_t column, uint32_t style, bool value)
{
    char *at = put_words(begin_cell(self, column, style), " t=\"b\"><v>");
    end_cell(self, at, value ? "1</v></c>" : "0</v></c>");
    self->tally.booleans++;
}

void put_blank_cell(struct cell_writer *self, uint32_t column, uint32_t style)
{
    end_cell(self, begin_cell(self, column, style), "/>");
    self->tally.blanks++;
}

void put_formula_cell(struct cell_writer *self, uint32_t column, uint32_t style, const char *formula, int64_t ten_thousandths)
{
    char *at = put_words(begin_cell(self, column, style), "><f>");
    at = put_words(put_words(at, formula), "</f><v>");
    end_cell(self, put_decimal(at, ten_thousandths), "</v></c>");
    count_number(self, ten_thousandths);
}

void put_formula_text_cell(struct cell_writer *self, uint32_t column, uint32_t style, const char *formula, const char *text)
{
    char *at = put_words(begin_cell(self, column, style), " t=\"str\"><f>");
    at = put_words(put_words(at, formula), "</f><v>");
    end_cell(self, put_words(at, text), "</v></c>");
    self->tally.texts++;
}

void put_string(struct cell_writer *self, const char *format, ...)
{
    char text[CELL_BYTES];
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    must(n > 0 && (size_t)n < sizeof text);
    buffer_put(&self->out, SPAN("<si><t>"));
    buffer_put(&self->out, span_make(text, (size_t)n));
    buffer_put(&self->out, SPAN("</t></si>"));
    self->tally.string_bytes += (uint64_t)n;
}

/* SPDX-License-Identifier: MIT
 *
 * A number format code taken apart: sections of tokens. Private to workbook/number_format*.c.
 */
#ifndef SHEAF_WORKBOOK_NUMBER_FORMAT_CODE_H
#define SHEAF_WORKBOOK_NUMBER_FORMAT_CODE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buffer.h"
#include "core/decimal.h"
#include "core/span.h"

enum format_token_kind {
    FORMAT_TOKEN_LITERAL, /* text */
    FORMAT_TOKEN_NUMERAL, /* letter: 1..9 standing unquoted; a literal, or part of a fixed
                             denominator */
    FORMAT_TOKEN_SPACE,   /* _x: as wide as x */
    FORMAT_TOKEN_FILL,    /* *x: fills the column */
    FORMAT_TOKEN_DIGIT,   /* letter: 0 # ? */
    FORMAT_TOKEN_POINT,
    FORMAT_TOKEN_COMMA,
    FORMAT_TOKEN_PERCENT,
    FORMAT_TOKEN_EXPONENT, /* letter: + or - */
    FORMAT_TOKEN_SLASH,
    FORMAT_TOKEN_TEXT, /* @ */
    FORMAT_TOKEN_GENERAL,
    FORMAT_TOKEN_DATE,      /* letter: y m d h s e g b, M for minutes; count */
    FORMAT_TOKEN_ELAPSED,   /* letter: h m s; count */
    FORMAT_TOKEN_SUBSECOND, /* count digits after the point */
    FORMAT_TOKEN_AM_PM,     /* text: as written */
};

struct format_token {
    enum format_token_kind kind;
    char letter;
    uint16_t count;
    struct span text;
};

enum format_comparison {
    FORMAT_ALWAYS,
    FORMAT_LT,
    FORMAT_LE,
    FORMAT_EQ,
    FORMAT_NE,
    FORMAT_GE,
    FORMAT_GT
};

struct format_section {
    const struct format_token *tokens;
    uint16_t n;
    uint16_t digits; /* digit placeholders */
    bool has_date, has_elapsed, has_percent, has_text, has_general;
    enum format_comparison comparison;
    double limit;
    uint16_t system; /* 0xF800 long date, 0xF400 time of the system; else 0 */
};

#define FORMAT_SECTIONS 4
#define FORMAT_TOKENS 512 /* Excel allows codes of 255 characters */

struct format_code {
    struct format_section sections[FORMAT_SECTIONS];
    uint16_t n_sections; /* 1..4; what stands behind a fourth is ignored */
    uint16_t n_tokens;
    bool is_malformed; /* an open quote or bracket, a missing character, too long: read as far as it
                          makes sense */
    struct format_token tokens[FORMAT_TOKENS];
};

/* Spans of `ret` view `code`. Never fails: see is_malformed. Not copyable: sections point into
 * tokens. */
void format_code_parse(struct span code, struct format_code *ret);

/* --- what writes each sort of section. Values come without their sign, which stands before all
 * else where `has_sign` says so and something other than zeros is shown.
 * ----------------------------------------------------------- */

/* The decimal as General shows it in a wide column: at most 11 characters. */
void format_put_general(struct decimal value, struct buffer *out);
/* A section with has_date or has_elapsed. */
void format_put_date(const struct format_section *section, double value, bool is_1904,
                     struct buffer *out);
/* A section with digit placeholders, or with literals only. */
void format_put_number(const struct format_section *section, struct decimal value, bool has_sign,
                       struct buffer *out);
/* A section with digit placeholders on both sides of a slash; false when it is none (nothing
 * written). */
bool format_put_fraction(const struct format_section *section, struct decimal value, bool has_sign,
                         struct buffer *out);
/* What a token shows that is no placeholder. */
void format_put_literal(const struct format_token *token, struct buffer *out);

/* --- decimal digits as they are shown: rounded half away from zero
 * ------------------------------------ */

struct format_digits {
    char text[20]; /* no leading zeros */
    int n;         /* 0 for zero */
    int exponent;  /* power of ten of the last digit */
};

/* |value| rounded to `places` digits behind the point. */
struct format_digits format_round(struct decimal value, int places);
char format_digit_at(const struct format_digits *digits, int power); /* '0' outside */
int format_integer_length(const struct format_digits *digits);       /* digits before the point */

/* How far the digits of one run of placeholders are written. */
struct format_run {
    struct format_digits digits;
    int n;  /* integer placeholders */
    int at; /* the next one, from the left */
    bool has_thousands;
    bool is_filling; /* a 0 stood before: what follows shows zeros too */
};
/* One integer placeholder (0 # ?); the first also writes the digits that have no placeholder. */
void format_put_integer_digit(struct format_run *run, char letter, struct buffer *out);

#endif

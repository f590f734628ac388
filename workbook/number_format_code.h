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
    FORMAT_TOKEN_LITERAL,   /* text */
    FORMAT_TOKEN_NUMERAL,   /* letter: 1..9 standing unquoted; a literal, or part of a fixed denominator */
    FORMAT_TOKEN_SPACE,     /* _x: as wide as x */
    FORMAT_TOKEN_FILL,      /* *x: fills the column */
    FORMAT_TOKEN_DIGIT,     /* letter: 0 # ? */
    FORMAT_TOKEN_POINT,
    FORMAT_TOKEN_COMMA,
    FORMAT_TOKEN_PERCENT,
    FORMAT_TOKEN_EXPONENT,  /* letter: + or - */
    FORMAT_TOKEN_SLASH,
    FORMAT_TOKEN_TEXT,      /* @ */
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

enum format_comparison { FORMAT_ALWAYS, FORMAT_LT, FORMAT_LE, FORMAT_EQ, FORMAT_NE, FORMAT_GE, FORMAT_GT };

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
    bool is_malformed; /* an open quote or bracket, a missing character, too long: read as far as it makes sense */
    struct format_token tokens[FORMAT_TOKENS];
};

/* Spans of `ret` view `code`. Never fails: see is_malformed. Not copyable: sections point into tokens. */
void format_code_parse(struct span code, struct format_code *ret);

/* The decimal as General shows it in a wide column: at most 11 characters and the sign. */
void format_put_general(struct decimal value, struct buffer *out);
/* A section with has_date or has_elapsed. */
void format_put_date(const struct format_section *section, double value, bool is_1904, struct buffer *out);
/* A section with digit placeholders or literals only; the sign is put before all. */
void format_put_number(const struct format_section *section, struct decimal value, struct buffer *out);
/* A literal, or what stands for one; nothing for the rest. */
void format_put_literal(const struct format_token *token, struct buffer *out);

/* coefficient * 10^-places (places counts from the exponent up), rounded half away from zero: how Excel shows. */
struct format_digits {
    char text[20]; /* digits without leading zeros */
    int n;         /* 0 for zero */
    int exponent;  /* weight of the last digit */
};
struct format_digits format_round(struct decimal value, int places);
/* '0'..'9' at 10^power. */
char format_digit_at(const struct format_digits *digits, int power);
/* Power of the first digit; INT16_MIN for zero. */
int format_top(const struct format_digits *digits);

#endif

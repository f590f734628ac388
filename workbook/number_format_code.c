/* SPDX-License-Identifier: MIT
 *
 * The lexer of number format codes. It takes everything that a file may say: unknown brackets are
 * skipped and stray letters are literals, since a code that we do not know must not hide the value.
 */
#include "workbook/number_format_code.h"

#include <strings.h>

struct lexer {
    struct span rest;
    struct format_code *code;
    struct format_section *section;
};

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

static bool starts_folded(struct span text, const char *word)
{
    size_t n = strlen(word);
    return text.len >= n && strncasecmp(text.data, word, n) == 0;
}

/* The bytes of the character at the front; never more than there are. */
static size_t character_length(struct span text)
{
    size_t n = 1;
    while (n < text.len && n < 4 && ((unsigned char)text.data[n] & 0xc0) == 0x80)
        n++;
    return n;
}

static void put_token(struct lexer *self, struct format_token token)
{
    if (self->code->n_tokens == FORMAT_TOKENS) {
        self->code->is_malformed = true;
        return;
    }
    self->code->tokens[self->code->n_tokens++] = token;
    self->section->n++;
}

static struct span take(struct lexer *self, size_t n)
{
    struct span text = {self->rest.data, n};
    self->rest = span_from(self->rest, n);
    return text;
}

static void put_text(struct lexer *self, enum format_token_kind kind, struct span text)
{
    put_token(self, (struct format_token){.kind = kind, .text = text});
}

static void lex_quoted(struct lexer *self)
{
    take(self, 1);
    const char *end = self->rest.len ? memchr(self->rest.data, '"', self->rest.len) : NULL;
    self->code->is_malformed |= !end;
    size_t n = end ? (size_t)(end - self->rest.data) : self->rest.len;
    put_text(self, FORMAT_TOKEN_LITERAL, take(self, n));
    if (end)
        take(self, 1);
}

/* \x _x *x */
static void lex_escaped(struct lexer *self, enum format_token_kind kind)
{
    take(self, 1);
    if (!self->rest.len) {
        self->code->is_malformed = true;
        return;
    }
    put_text(self, kind, take(self, character_length(self->rest)));
}

/* --- brackets ----------------------------------------------------------------------------------
 */

static bool is_elapsed(struct span inner)
{
    char letter = inner.len ? lower(inner.data[0]) : 0;
    if (letter != 'h' && letter != 'm' && letter != 's')
        return false;
    for (size_t i = 1; i < inner.len; i++) {
        if (lower(inner.data[i]) != letter)
            return false;
    }
    return true;
}

/* [$text-locale] */
static void lex_currency(struct lexer *self, struct span inner)
{
    inner = span_from(inner, 1);
    const char *dash = inner.len ? memrchr(inner.data, '-', inner.len) : NULL;
    size_t n = dash ? (size_t)(dash - inner.data) : inner.len;
    if (n)
        put_text(self, FORMAT_TOKEN_LITERAL, (struct span){inner.data, n});
    struct span locale = dash ? span_from(inner, n + 1) : SPAN("");
    if (starts_folded(locale, "F800") || starts_folded(locale, "x-sysdate"))
        self->section->system = 0xF800;
    else if (starts_folded(locale, "F400") || starts_folded(locale, "x-systime"))
        self->section->system = 0xF400;
}

static void lex_condition(struct lexer *self, struct span inner)
{
    static const struct {
        const char *sign;
        enum format_comparison comparison;
    } signs[] = {{"<=", FORMAT_LE}, {">=", FORMAT_GE}, {"<>", FORMAT_NE},
                 {"<", FORMAT_LT},  {">", FORMAT_GT},  {"=", FORMAT_EQ}};
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
        struct span sign = span_of(signs[i].sign);
        struct decimal limit;
        if (!span_starts(inner, sign))
            continue;
        if (decimal_parse(span_from(inner, sign.len), DECIMAL_FULL, &limit) != FAULT_NONE) {
            self->code->is_malformed = true;
            return;
        }
        self->section->comparison = signs[i].comparison;
        self->section->limit = decimal_to_double(limit);
        return;
    }
}

static void lex_bracket(struct lexer *self)
{
    const char *end = memchr(self->rest.data, ']', self->rest.len);
    if (!end) {
        self->code->is_malformed = true;
        put_text(self, FORMAT_TOKEN_LITERAL, take(self, self->rest.len));
        return;
    }
    take(self, 1);
    struct span inner = take(self, (size_t)(end - self->rest.data));
    take(self, 1);
    if (is_elapsed(inner)) {
        self->code->is_malformed |=
            self->section->has_date || self->section->has_elapsed; /* "hh[mm]" */
        put_token(self,
                  (struct format_token){.kind = FORMAT_TOKEN_ELAPSED,
                                        .letter = lower(inner.data[0]),
                                        .count = (uint16_t)(inner.len < 99 ? inner.len : 99)});
        self->section->has_elapsed = true;
    } else if (inner.len && inner.data[0] == '$') {
        lex_currency(self, inner);
    } else if (inner.len && strchr("<>=", inner.data[0])) {
        lex_condition(self, inner);
    }
    /* Colours, [DBNum1] and whatever else a program may have put there change no text. */
}

/* --- placeholders -------------------------------------------------------------------------------
 */

static size_t count_run(struct span text, char letter)
{
    size_t n = 0;
    while (n < text.len && n < 99 && lower(text.data[n]) == letter)
        n++;
    return n;
}

static void lex_date(struct lexer *self, char letter)
{
    size_t n = count_run(self->rest, letter);
    put_token(self, (struct format_token){.kind = FORMAT_TOKEN_DATE,
                                          .letter = letter,
                                          .count = (uint16_t)n,
                                          .text = take(self, n)});
    /* An era or a Buddhist year stands beside y, m or d; alone, "g" and "b" are units without
     * quotes. */
    if (letter != 'g' && letter != 'b')
        self->section->has_date = true;
}

static bool lex_word(struct lexer *self)
{
    if (starts_folded(self->rest, "General")) {
        put_text(self, FORMAT_TOKEN_GENERAL, take(self, 7));
        self->section->has_general = true;
        return true;
    }
    size_t n = starts_folded(self->rest, "AM/PM") ? 5 : starts_folded(self->rest, "A/P") ? 3 : 0;
    if (n) {
        put_text(self, FORMAT_TOKEN_AM_PM, take(self, n));
        self->section->has_date = true;
    }
    return n != 0;
}

static bool lex_letter(struct lexer *self)
{
    char letter = lower(self->rest.data[0]);
    if (lex_word(self))
        return true;
    char next = self->rest.len > 1 ? self->rest.data[1] : 0;
    if (letter == 'e' && (next == '+' || next == '-')) {
        put_token(self, (struct format_token){.kind = FORMAT_TOKEN_EXPONENT, .letter = next});
        take(self, 2);
        return true;
    }
    if (!letter || !strchr("ymdhsegb", letter) || (letter == 'e' && self->section->digits))
        return false;
    lex_date(self, letter);
    return true;
}

static void lex_point(struct lexer *self)
{
    size_t zeros = count_run(span_from(self->rest, 1), '0');
    if (zeros && (self->section->has_date || self->section->has_elapsed)) {
        put_token(self,
                  (struct format_token){.kind = FORMAT_TOKEN_SUBSECOND, .count = (uint16_t)zeros});
        take(self, zeros + 1);
        return;
    }
    put_text(self, FORMAT_TOKEN_POINT, take(self, 1));
}

static void lex_sign(struct lexer *self, char c)
{
    enum format_token_kind kind = FORMAT_TOKEN_LITERAL;
    size_t n = character_length(self->rest);
    if (c == '0' || c == '#' || c == '?') {
        kind = FORMAT_TOKEN_DIGIT;
        self->section->digits++;
    } else if (c >= '1' && c <= '9') {
        kind = FORMAT_TOKEN_NUMERAL;
    } else if (c == ',') {
        kind = FORMAT_TOKEN_COMMA;
    } else if (c == '/') {
        kind = FORMAT_TOKEN_SLASH;
    } else if (c == '%') {
        kind = FORMAT_TOKEN_PERCENT;
        self->section->has_percent = true;
    } else if (c == '@') {
        kind = FORMAT_TOKEN_TEXT;
        self->section->has_text = true;
    }
    put_token(self, (struct format_token){.kind = kind, .letter = c, .text = take(self, n)});
}

/* `m` means minutes right behind hours or right before seconds. */
static void find_minutes(struct format_token *tokens, size_t n)
{
    char before = 0;
    struct format_token *pending = NULL;
    for (size_t i = 0; i < n; i++) {
        if (tokens[i].kind != FORMAT_TOKEN_DATE && tokens[i].kind != FORMAT_TOKEN_ELAPSED)
            continue;
        if (tokens[i].letter == 's' && pending)
            pending->letter = 'M';
        bool may_be =
            tokens[i].kind == FORMAT_TOKEN_DATE && tokens[i].letter == 'm' && tokens[i].count <= 2;
        if (may_be && before == 'h')
            tokens[i].letter = 'M';
        pending = may_be ? &tokens[i] : NULL;
        before = tokens[i].letter;
    }
}

static void lex_section(struct lexer *self)
{
    while (self->rest.len && self->rest.data[0] != ';') {
        char c = self->rest.data[0];
        if (c == '"')
            lex_quoted(self);
        else if (c == '\\')
            lex_escaped(self, FORMAT_TOKEN_LITERAL);
        else if (c == '_')
            lex_escaped(self, FORMAT_TOKEN_SPACE);
        else if (c == '*')
            lex_escaped(self, FORMAT_TOKEN_FILL);
        else if (c == '[')
            lex_bracket(self);
        else if (c == '.')
            lex_point(self);
        else if (!lex_letter(self))
            lex_sign(self, c);
    }
}

void format_code_parse(struct span code, struct format_code *ret)
{
    ret->n_sections = ret->n_tokens = 0;
    ret->is_malformed = false;
    struct lexer lexer = {.rest = code, .code = ret};
    for (;;) {
        struct format_token *first = ret->tokens + ret->n_tokens;
        lexer.section = &ret->sections[ret->n_sections++];
        *lexer.section = (struct format_section){.tokens = first};
        lex_section(&lexer);
        find_minutes(first, lexer.section->n);
        if (!lexer.rest.len || ret->n_sections == FORMAT_SECTIONS)
            return;
        take(&lexer, 1);
    }
}

/* SPDX-License-Identifier: MIT */
#include "cli/told.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"
#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"

/* A cell's text in a table is a hint; --json has all of it. */
#define TEXT_UNITS_SHOWN 60u

static void put_text(struct buffer *out, struct span text)
{
    struct span cut = utf8_cut_utf16(text, TEXT_UNITS_SHOWN);
    utf8_put_printable(out, cut);
    if (cut.len < text.len)
        buffer_put_text(out, "\xE2\x80\xA6");
}

void told_put(struct buffer *out, struct told value)
{
    if (value.kind == TOLD_NOTHING)
        buffer_put_char(out, '-');
    else if (value.kind == TOLD_TEXT)
        buffer_put_char(out, '"');
    put_text(out, value.text);
    if (value.kind == TOLD_TEXT)
        buffer_put_char(out, '"');
}

void told_put_json(struct buffer *out, struct told value)
{
    double number;
    char digits[NUMBER_TEXT_MAX];
    if (value.kind == TOLD_NOTHING)
        buffer_put_text(out, "null");
    else if (value.kind == TOLD_BOOLEAN)
        buffer_put_text(out, span_is(value.text, "TRUE") ? "true" : "false");
    else if (value.kind == TOLD_NUMBER && number_parse(value.text, &number) == FAULT_NONE)
        buffer_put(out, span_make(digits, number_format(number, digits)));
    else
        utf8_put_json(out, value.text);
}

static bool is_plain_name(struct span name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.data[i];
        bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (c & 0x80);
        if (!is_letter && !(i && c >= '0' && c <= '9'))
            return false;
    }
    return name.len > 0;
}

void told_put_cell(struct buffer *out, struct span sheet, struct cell_ref cell)
{
    char ref[CELL_REF_TEXT_MAX];
    size_t len = cell_ref_format(cell, ref);
    bool is_plain = is_plain_name(sheet);
    buffer_put_text(out, is_plain ? "" : "'");
    for (size_t i = 0; i < sheet.len; i++) {
        size_t n = 1;
        while (i + n < sheet.len && (sheet.data[i + n] & 0xC0) == 0x80)
            n++;
        buffer_put_text(out, sheet.data[i] == '\'' ? "'" : "");
        utf8_put_printable(out, span_make(sheet.data + i, n));
        i += n - 1;
    }
    buffer_put_text(out, is_plain ? "!" : "'!");
    buffer_put(out, span_make(ref, len));
}

void told_put_json_cell(struct buffer *out, struct span sheet, struct cell_ref cell)
{
    char ref[CELL_REF_TEXT_MAX];
    cell_ref_format(cell, ref);
    buffer_put_text(out, "\"sheet\": ");
    utf8_put_json(out, sheet);
    buffer_putf(out, ", \"cell\": \"%s\"", ref);
}

/* --- tables ---------------------------------------------------------------------------------------------------------- */

#define COLUMNS_MAX 8

struct field {
    size_t at, len, width;
};

struct table {
    struct buffer text;
    struct field *fields;
    size_t n, capacity, n_columns;
    size_t widths[COLUMNS_MAX];
    bool is_right[COLUMNS_MAX];
};

struct table *table_new(size_t n_columns, const bool *is_right)
{
    struct table *self = must_alloc(sizeof *self);
    must(n_columns <= COLUMNS_MAX);
    self->n_columns = n_columns;
    memcpy(self->is_right, is_right, n_columns * sizeof *is_right);
    buffer_init(&self->text, (size_t)4 << 30);
    return self;
}

void table_destroy(struct table **self)
{
    if (!*self)
        return;
    buffer_free(&(*self)->text);
    free((*self)->fields);
    free(*self);
    *self = NULL;
}

void table_add(struct table *self, struct span text)
{
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->fields = must_realloc(self->fields, self->capacity * sizeof *self->fields);
    }
    struct field field = {.at = self->text.len, .len = text.len, .width = utf8_characters(text)};
    size_t *width = &self->widths[self->n % self->n_columns];
    if (field.width > *width)
        *width = field.width;
    buffer_put(&self->text, text);
    self->fields[self->n++] = field;
}

static void print_blanks(size_t n)
{
    while (n--)
        putchar(' ');
}

void table_print(struct table *self)
{
    for (size_t i = 0; i < self->n; i++) {
        const struct field *field = &self->fields[i];
        size_t column = i % self->n_columns, blanks = self->widths[column] - field->width;
        bool is_last = column + 1 == self->n_columns;
        if (self->is_right[column])
            print_blanks(blanks);
        fwrite(self->text.data + field->at, 1, field->len, stdout);
        if (!is_last && !self->is_right[column])
            print_blanks(blanks);
        fputs(is_last ? "\n" : "  ", stdout);
    }
}

/* --- the command line -------------------------------------------------------------------------------------------------- */

int told_options(int argc, char **argv, int n, const char *wanted, bool *ret_json)
{
    static const struct option longs[] = {{"json", no_argument, NULL, 'j'}, {0}};
    *ret_json = false;
    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, "", longs, NULL)) != -1;) {
        if (c == '?')
            return usage_error(argv[0], "unknown option %s", argv[optind - 1]);
        *ret_json = true;
    }
    if (argc - optind != n)
        return usage_error(argv[0], "%s", wanted);
    return EXIT_DONE;
}

int told_fault(const char *path, enum fault fault, const struct why *why)
{
    char line[1024];
    fprintf(stderr, "error: %s: %s: %s\n", fault_class(fault), path,
            why->fault ? why_line(why, line, sizeof line) : fault_text(fault));
    return EXIT_NOTHING;
}

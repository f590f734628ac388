/* SPDX-License-Identifier: MIT
 *
 * stack [--source] OUT FILE...: all rows of all sheets under the union of their first rows. Read by
 * libxml2's SAX2 and zlib, written by libxlsxwriter in constant memory. libxlsxwriter writes an
 * error only as the result of a formula.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <xlsxwriter.h>

#include "bench/peers/c/outline.h"
#include "bench/peers/c/scan.h"
#include "core/must.h"

enum { NOWHERE = UINT16_MAX, SOURCE_COLUMNS = 3 };

struct columns {
    char **names;
    uint16_t n;
};

struct stack {
    struct scan scan;
    struct columns columns;
    bool has_source;
    lxw_worksheet *target;
    lxw_format *formats[DATE_DURATION + 1];
    lxw_row_t n; /* rows written, the header included */
    /* of the sheet at hand */
    const struct outline *outline;
    const char *path, *sheet;
    uint16_t *places;
    size_t n_places;
    uint32_t row; /* 0: none yet, for row 0 is the header */
};

static uint16_t place_column(struct columns *self, const char *name)
{
    for (uint16_t i = 0; i < self->n; i++)
        if (strcmp(self->names[i], name) == 0)
            return i;
    self->names = must_realloc(self->names, (self->n + 1u) * sizeof *self->names);
    self->names[self->n] = must_strdup(name);
    return self->n++;
}

static void place_header(struct stack *self, const struct cell *cell)
{
    char number[32];
    snprintf(number, sizeof number, "%.17g", cell->number);
    if (cell->col >= self->n_places) {
        self->places = must_realloc(self->places, (cell->col + 1) * sizeof *self->places);
        while (self->n_places <= cell->col)
            self->places[self->n_places++] = NOWHERE;
    }
    self->places[cell->col] = place_column(
        &self->columns, cell->kind == CELL_TEXT || cell->kind == CELL_ERROR ? cell->text : number);
}

static void survey_cell(void *context, const struct cell *cell)
{
    struct stack *self = context;
    if (cell->row == 0)
        place_header(self, cell);
    else
        self->scan.is_done = true;
}

static void write_error(struct stack *self, lxw_col_t col, const char *code)
{
    char formula[32];
    snprintf(formula, sizeof formula, "=%s",
             strcmp(code, "#N/A") == 0      ? "NA()"
             : strcmp(code, "#DIV/0!") == 0 ? "1/0"
                                            : code);
    worksheet_write_formula_str(self->target, self->n, col, formula, NULL, code);
}

static void write_value(struct stack *self, lxw_col_t col, const struct cell *cell)
{
    enum date_kind date =
        cell->style < self->outline->n_kinds ? self->outline->kinds[cell->style] : DATE_NONE;
    switch (cell->kind) {
    case CELL_NUMBER:
        worksheet_write_number(self->target, self->n, col, cell->number, self->formats[date]);
        break;
    case CELL_TEXT:
        worksheet_write_string(self->target, self->n, col, cell->text, NULL);
        break;
    case CELL_BOOLEAN:
        worksheet_write_boolean(self->target, self->n, col, (int)cell->number, NULL);
        break;
    case CELL_ERROR:
        write_error(self, col, cell->text);
        break;
    }
}

static void write_cell(void *context, const struct cell *cell)
{
    struct stack *self = context;
    if (cell->row == 0) {
        place_header(self, cell);
        return;
    }
    uint16_t place = cell->col < self->n_places ? self->places[cell->col] : NOWHERE;
    if (place == NOWHERE)
        return;
    if (cell->row != self->row) {
        self->row = cell->row;
        self->n++;
        if (self->has_source) {
            worksheet_write_string(self->target, self->n, 0, self->path, NULL);
            worksheet_write_string(self->target, self->n, 1, self->sheet, NULL);
            worksheet_write_number(self->target, self->n, 2, cell->row + 1.0, NULL);
        }
    }
    write_value(self, place, cell);
}

static void visit_book(struct stack *self, const char *path, cell_visit *visit)
{
    struct zip zip = zip_open(path);
    struct outline outline;
    outline_read(&outline, &zip);
    scan_strings(&self->scan, &zip);
    self->outline = &outline;
    self->path = path;
    for (size_t i = 0; i < outline.n_sheets; i++) {
        self->sheet = outline.sheets[i].name;
        self->n_places = self->row = 0;
        scan_sheet(&self->scan, &outline.sheets[i].entry, visit, self);
    }
    outline_free(&outline);
    zip_close(&zip);
}

static void write_header(struct stack *self, lxw_workbook *book)
{
    static const char *const codes[] = {[DATE_DAY] = "yyyy-mm-dd",
                                        [DATE_TIME] = "yyyy-mm-dd hh:mm:ss",
                                        [DATE_DURATION] = "[h]:mm:ss"};
    for (int i = DATE_DAY; i <= DATE_DURATION; i++) {
        self->formats[i] = workbook_add_format(book);
        format_set_num_format(self->formats[i], codes[i]);
    }
    self->target = workbook_add_worksheet(book, "Data");
    for (uint16_t i = 0; i < self->columns.n; i++)
        worksheet_write_string(self->target, 0, i, self->columns.names[i], NULL);
}

static void stack_free(struct stack *self)
{
    for (uint16_t i = 0; i < self->columns.n; i++)
        free(self->columns.names[i]);
    free(self->columns.names);
    free(self->places);
    scan_free(&self->scan);
}

int main(int argc, char **argv)
{
    int first = argc > 2 && strcmp(argv[2], "--source") == 0 ? 3 : 2;
    if (argc < first + 2 || strcmp(argv[1], "stack") != 0) {
        fprintf(stderr, "usage: %s stack [--source] OUT FILE...\n", argv[0]);
        return 64;
    }
    struct stack self = {.has_source = first == 3};
    static const char *const source[SOURCE_COLUMNS] = {"_file", "_sheet", "_row"};
    for (int i = 0; self.has_source && i < SOURCE_COLUMNS; i++)
        place_column(&self.columns, source[i]);
    for (int i = first + 1; i < argc; i++)
        visit_book(&self, argv[i], survey_cell);
    lxw_workbook_options options = {.constant_memory = LXW_TRUE};
    lxw_workbook *book = workbook_new_opt(argv[first], &options);
    must(book);
    write_header(&self, book);
    for (int i = first + 1; i < argc; i++)
        visit_book(&self, argv[i], write_cell);
    int status = workbook_close(book) == LXW_NO_ERROR ? 0 : 1;
    stack_free(&self);
    return status;
}

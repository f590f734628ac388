/* SPDX-License-Identifier: MIT
 *
 * Returns of many branches: three sheets of a styled form, a header row, a label, a code, a date and a remark, then nine times
 * three months and their total; the last row adds the columns. About half of the months are left blank, and styled.
 */
#include <stdio.h>

#include "bench/lib/shape.h"
#include "core/must.h"

enum { LABEL, CODE, DUE, REMARK, FIRST_MONTH, GROUP = 4, N_GROUPS = 9, N_COLUMNS = FIRST_MONTH + GROUP * N_GROUPS };
enum { GENERAL, HEADER, LABEL_STYLE, CODE_STYLE, DATE_STYLE, MONEY, WHOLE, FINE, TOTAL, TOTAL_LABEL };
enum { N_CODES = 40, N_REMARKS = 8, FIRST_CODE = N_COLUMNS, FIRST_REMARK = FIRST_CODE + N_CODES, TOTAL_TEXT = FIRST_REMARK + N_REMARKS, FIRST_LABEL };
enum { FIRST_DAY = 45292, CENT = 100, UNIT = 10000 };

static const char *const sheet_names[] = {"Income", "Expenses", "Staff"};

static const char styles[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n"
    "<styleSheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
    "<numFmts count=\"2\"><numFmt numFmtId=\"164\" formatCode=\"yyyy\\-mm\\-dd\"/><numFmt numFmtId=\"165\" formatCode=\"0.0000\"/></numFmts>"
    "<fonts count=\"3\"><font><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><b/><sz val=\"11\"/><color rgb=\"FFFFFFFF\"/><name val=\"Calibri\"/><family val=\"2\"/></font>"
    "<font><b/><sz val=\"11\"/><name val=\"Calibri\"/><family val=\"2\"/></font></fonts>"
    "<fills count=\"4\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>"
    "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FF1F4E78\"/><bgColor indexed=\"64\"/></patternFill></fill>"
    "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFDDEBF7\"/><bgColor indexed=\"64\"/></patternFill></fill></fills>"
    "<borders count=\"2\"><border><left/><right/><top/><bottom/><diagonal/></border>"
    "<border><left style=\"thin\"><color auto=\"1\"/></left><right style=\"thin\"><color auto=\"1\"/></right>"
    "<top style=\"thin\"><color auto=\"1\"/></top><bottom style=\"thin\"><color auto=\"1\"/></bottom><diagonal/></border></borders>"
    "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>"
    "<cellXfs count=\"10\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
    "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"2\" borderId=\"1\" xfId=\"0\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"3\" borderId=\"1\" xfId=\"0\" applyFill=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"1\" xfId=\"0\" applyNumberFormat=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"1\" xfId=\"0\" applyNumberFormat=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"4\" fontId=\"0\" fillId=\"0\" borderId=\"1\" xfId=\"0\" applyNumberFormat=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"3\" fontId=\"0\" fillId=\"0\" borderId=\"1\" xfId=\"0\" applyNumberFormat=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"1\" xfId=\"0\" applyNumberFormat=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"4\" fontId=\"2\" fillId=\"3\" borderId=\"1\" xfId=\"0\" applyNumberFormat=\"1\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\"/>"
    "<xf numFmtId=\"0\" fontId=\"2\" fillId=\"3\" borderId=\"1\" xfId=\"0\" applyFont=\"1\" applyFill=\"1\" applyBorder=\"1\"/></cellXfs>"
    "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>";

static uint32_t month_style(uint32_t row)
{
    return row % 7 == 5 ? FINE : row % 3 == 1 ? WHOLE : MONEY;
}

/* What a branch filled in, in ten-thousandths; 0: left blank. */
static int64_t month_value(uint32_t file, uint32_t sheet, uint32_t row, uint32_t column)
{
    uint64_t random = shape_random(file * 3u + sheet, row, column);
    if (random % 100 < 46)
        return 0;
    random >>= 8;
    switch (month_style(row)) {
    case FINE:
        return (int64_t)(random % 9999 + 1);
    case WHOLE:
        return (int64_t)(random % 2500 + 1) * UNIT;
    default:
        return ((int64_t)(random % 20000000) + 1) * CENT * (random >> 40 & 15 ? 1 : -1);
    }
}

static int64_t group_value(uint32_t file, uint32_t sheet, uint32_t row, uint32_t first)
{
    int64_t sum = 0;
    for (uint32_t i = 0; i < GROUP - 1; i++)
        sum += month_value(file, sheet, row, first + i);
    return sum;
}

static bool is_group_total(uint32_t column)
{
    return (column - FIRST_MONTH) % GROUP == GROUP - 1;
}

static const char *column_name(uint32_t column, char name[4])
{
    snprintf(name, 4, "%.*s%c", column >= 26, "A", 'A' + (char)(column % 26));
    return name;
}

static void put_total_row(const struct shape *self, uint32_t file, uint32_t sheet, struct cell_writer *out)
{
    put_text_cell(out, LABEL, TOTAL_LABEL, TOTAL_TEXT);
    for (uint32_t column = CODE; column < FIRST_MONTH; column++)
        put_blank_cell(out, column, TOTAL_LABEL);
    for (uint32_t column = FIRST_MONTH; column < N_COLUMNS; column++) {
        int64_t sum = 0;
        for (uint32_t row = 2; row < self->n_rows && !self->is_template; row++)
            sum += is_group_total(column) ? group_value(file, sheet, row, column - (GROUP - 1))
                                          : month_value(file, sheet, row, column);
        char name[4], formula[64];
        snprintf(formula, sizeof formula, "SUM(%s2:%s%u)", column_name(column, name), name, self->n_rows - 1);
        put_formula_cell(out, column, TOTAL, formula, sum);
    }
}

static void put_remark(uint32_t sheet, struct cell_writer *out)
{
    uint32_t row = out->row;
    char formula[64];
    if (row % 8 == 3)
        put_boolean_cell(out, REMARK, CODE_STYLE, row % 16 == 3);
    else if (row % 8 == 6) {
        snprintf(formula, sizeof formula, "IF(A%u&lt;&gt;\"\",\"complete\",\"open\")", row);
        put_formula_text_cell(out, REMARK, CODE_STYLE, formula, "complete");
    } else if (row % 8 != 0) {
        put_text_cell(out, REMARK, CODE_STYLE, FIRST_REMARK + (row * 3 + sheet) % N_REMARKS);
    }
}

static void put_row(const struct shape *self, uint32_t file, uint32_t sheet, struct cell_writer *out)
{
    uint32_t row = out->row;
    if (row == 1) {
        for (uint32_t column = 0; column < N_COLUMNS; column++)
            put_text_cell(out, column, HEADER, column);
        return;
    }
    if (row == self->n_rows) {
        put_total_row(self, file, sheet, out);
        return;
    }
    put_text_cell(out, LABEL, LABEL_STYLE, FIRST_LABEL + sheet * self->n_rows + row);
    put_text_cell(out, CODE, CODE_STYLE, FIRST_CODE + (row * 7 + sheet) % N_CODES);
    put_date_cell(out, DUE, DATE_STYLE, FIRST_DAY + (row * 5 + sheet * 31) % 366);
    put_remark(sheet, out);
    for (uint32_t column = FIRST_MONTH; column < N_COLUMNS; column++) {
        char name[4], last[4], formula[64];
        int64_t value;
        if (is_group_total(column)) {
            snprintf(formula, sizeof formula, "SUM(%s%u:%s%u)", column_name(column - 3, name), row, column_name(column - 1, last), row);
            value = self->is_template ? 0 : group_value(file, sheet, row, column - (GROUP - 1));
            put_formula_cell(out, column, month_style(row) == FINE ? FINE : TOTAL, formula, value);
        } else if (!self->is_template && (value = month_value(file, sheet, row, column)) != 0) {
            put_amount_cell(out, column, month_style(row), value);
        } else {
            put_blank_cell(out, column, month_style(row));
        }
    }
}

static uint32_t put_strings(const struct shape *self, uint32_t file, struct cell_writer *out)
{
    static const char *const remarks[N_REMARKS] = {"audited", "provisional", "see note 4", "estimate", "as last year", "new line", "in CHF", "rounded"};
    (void)file;
    put_string(out, "Position");
    put_string(out, "Code");
    put_string(out, "Due");
    put_string(out, "Remark");
    for (uint32_t column = FIRST_MONTH; column < N_COLUMNS; column++)
        put_string(out, is_group_total(column) ? "Group %02u total" : "Group %02u %s", (column - FIRST_MONTH) / GROUP + 1,
                   (const char *[]){"first", "second", "third", ""}[(column - FIRST_MONTH) % GROUP]);
    for (uint32_t i = 0; i < N_CODES; i++)
        put_string(out, "%03u", i * 17 + 4);
    for (uint32_t i = 0; i < N_REMARKS; i++)
        put_string(out, "%s", remarks[i]);
    put_string(out, "Total");
    for (uint32_t sheet = 0; sheet < self->n_sheets; sheet++)
        for (uint32_t row = 0; row < self->n_rows; row++)
            put_string(out, "%s of section %c, line %u", sheet_names[sheet], 'A' + (char)(row / 12 % 26), row);
    return FIRST_LABEL + self->n_sheets * self->n_rows;
}

struct shape forms_shape(uint32_t files, uint32_t rows)
{
    return (struct shape){
        .sheet_names = sheet_names, .n_sheets = 3, .n_columns = N_COLUMNS, .n_files = files, .n_rows = rows, .styles = styles,
        .columns = "<cols><col min=\"1\" max=\"1\" width=\"34.7109375\" customWidth=\"1\"/>"
                   "<col min=\"2\" max=\"40\" width=\"12.7109375\" customWidth=\"1\"/></cols>",
        .put_strings = put_strings, .put_row = put_row,
    };
}

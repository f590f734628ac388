/* SPDX-License-Identifier: MIT */
#include "ventilator/table_header.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"
#include "tests/support/workbook_file.h"

/* "3-4 A=Kunde B=2024 / Q1", the header of the only sheet; "none", "empty", or the fault. */
static void put_header(const char *path, uint32_t first, uint32_t last, bool with_raw, struct buffer *out)
{
    struct why why = {0};
    struct package *package = NULL;
    struct book *book = NULL;
    struct styles *styles = NULL;
    struct table_header header;
    struct arena *arena = arena_new(1 << 24);
    uint32_t index = 0;
    char line[1024];
    enum fault fault = package_open(path, NULL, &package, &why);
    if (!fault)
        fault = book_open(package, &book, &why);
    if (!fault)
        fault = styles_read(book, &styles, &why);
    if (!fault)
        fault = table_headers_read(book, styles, &index, 1, first, last, arena, &header, &why);
    if (fault)
        buffer_putf(out, "%s %s", fault_class(fault), why_line(&why, line, sizeof line));
    else if (!header.first_row)
        buffer_put_text(out, header.is_empty ? "empty" : "none");
    else
        buffer_putf(out, "%u-%u", header.first_row, header.last_row);
    for (uint32_t i = 0; !fault && i < header.n_columns; i++) {
        char letters[4];
        column_format(header.columns[i].col, letters);
        buffer_putf(out, " %s=%.*s", letters, SPAN_ARGS(header.columns[i].name));
        if (with_raw)
            buffer_putf(out, "<%.*s>", SPAN_ARGS(header.columns[i].header));
    }
    arena_destroy(&arena);
    styles_destroy(&styles);
    book_close(&book);
    package_close(&package);
}

static void check_header(const char *cells, const char *merges, uint32_t first, uint32_t last, bool with_raw, const char *expected)
{
    struct workbook_text text = {.sheets = {{.name = "S", .cells = cells, .merges = merges}}};
    struct workbook_file file = workbook_file(&text);
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    put_header(file.path, first, last, with_raw, &out);
    ck_assert_str_eq(buffer_text(&out), expected);
    buffer_free(&out);
    close(file.fd);
}

#define HEADER(cells, expected) check_header(cells, NULL, 0, 0, false, expected)
#define MERGED_HEADER(cells, merges, expected) check_header(cells, merges, 0, 0, false, expected)
#define GIVEN_HEADER(cells, merges, first, last, expected) check_header(cells, merges, first, last, false, expected)

START_TEST(the_first_row_with_two_texts_is_the_header)
{
    HEADER("A1 'Name\nB1 'City\nA2 'Anna\nB2 'Bern\nA3 'Beat\nB3 'Basel\n", "1-1 A=Name B=City");
    HEADER("B4 'Name\nC4 'Amount\nB5 'Anna\nC5 12\n", "4-4 B=Name C=Amount");
    HEADER("A1 'Name\nB1 'Amount\n", "1-1 A=Name B=Amount");
    HEADER("A1 'Only\nA2 'one\nA3 'column\n", "none");
    HEADER("A1 1\nB1 2\nA2 3\nB2 4\n", "none");
    HEADER("", "empty");
    HEADER("A1/4\nB1/4\n", "empty");
}
END_TEST

START_TEST(lines_above_the_table_are_no_header)
{
    HEADER("A1 'Sales 2024\nA3 'Name\nB3 'Amount\nA4 'Anna\nB4 1\n", "3-3 A=Name B=Amount");
    HEADER("A1 'Report\nB1 'July\nA3 'ID\nB3 'Date\nC3 'Name\nD3 'Amount\nA4 1\n", "3-3 A=ID B=Date C=Name D=Amount");
    HEADER("A1 'Branch:\nB1 'Bern\nA2 'ID\nB2 'Name\nC2 'Amount\nA3 1\nB3 'x\nC3 2\n", "2-2 A=ID B=Name C=Amount");
    HEADER("A1 'Year\nB1 2024\nA2 'ID\nB2 'Name\nA3 1\nB3 'x\n", "2-2 A=ID B=Name");
}
END_TEST

START_TEST(a_table_of_texts_does_not_outvote_its_own_header)
{
    HEADER("A1 'ID\nB1 'Name\nC1 'Note\nA2 'a\nB2 'b\nC2 'c\nD2 'd\nE2 'e\n", "1-1 A=ID B=Name C=Note");
    HEADER("A1 'Item:\nB1 'Price:\nA2 'Nut\nB2 1\n", "1-1 A=Item: B=Price:"); /* nothing wider below: labels or not */
}
END_TEST

START_TEST(what_stands_far_below_decides_nothing)
{
    struct buffer cells;
    buffer_init(&cells, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&cells, "A1 'ID\nB1 'Name\nC1 'Amount\n");
    for (unsigned row = 2; row <= 400; row++)
        buffer_putf(&cells, "A%u %u\nB%u 'x\nC%u 1\n", row, row, row, row);
    for (char c = 'A'; c <= 'Z'; c++)
        buffer_putf(&cells, "%c401 'wide\n", c);
    HEADER(buffer_text(&cells), "1-1 A=ID B=Name C=Amount");
    buffer_free(&cells);
}
END_TEST

START_TEST(names_are_trimmed_and_their_white_space_folded)
{
    HEADER("A1 '  Unit \xC2\xA0 price  \nB1 'A\tB\n", "1-1 A=Unit price B=A B");
    HEADER("A1 ' \nB1 'Name\nC1 'City\n", "1-1 B=Name C=City"); /* white space is no text */
}
END_TEST

START_TEST(line_breaks_in_a_name_become_blanks)
{
    struct buffer out;
    struct zip_file zip;
    char path[32];
    int fd;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    struct workbook_text text = {.sheets = {{.name = "S", .cells = "A1 'Unit_x000A_price\nB1 'Qty\n"}}};
    workbook_bytes(&text, &zip);
    put_header(zip_path(buffer_span(&zip.bytes), path, &fd), 0, 0, true, &out);
    ck_assert_str_eq(buffer_text(&out), "1-1 A=Unit price<Unit\nprice> B=Qty<Qty>");
    buffer_free(&out);
    zip_free(&zip);
    close(fd);
}
END_TEST

START_TEST(blank_cells_between_headers_are_called_by_their_letter)
{
    HEADER("A1 'ID\nC1 'Name\nD1/4\nE1/4\nA2 1\nB2 'x\nC2 'y\nE2 5\n", "1-1 A=ID B=Column_B C=Name");
    HEADER("A1 'ID\nB1 =X() '\nC1 =Y()\nD1 'Name\n", "1-1 A=ID B=Column_B C=Column_C D=Name");
}
END_TEST

START_TEST(headers_that_are_no_texts_are_called_as_they_are_shown)
{
    check_header("A1 'Branch\nB1 'Town\nC1 2024\nD1/2 45504\nE1 TRUE\nF1/1 0.5\nG1 #N/A\nH1/6 1234.5\n", NULL, 0, 0, true,
                 "1-1 A=Branch<Branch> B=Town<Town> C=2024<2024> D=2024-07-31<45504> E=TRUE<1> F=50.0%<0.5> G=#N/A<#N/A> "
                 "H=1,234.50<1234.5>");
}
END_TEST

START_TEST(merged_headers_have_their_name_over_all_their_columns)
{
    MERGED_HEADER("A1 'Name\nB1 'Sales\nD1 'Costs\nB2 'Q1\nC2 'Q2\nD2 'Q1\nE2 'Q2\nA3 'x\nB3 1\nC3 2\nD3 3\nE3 4\n",
                  "A1:A2 B1:C1 D1:E1", "1-2 A=Name B=Sales / Q1 C=Sales / Q2 D=Costs / Q1 E=Costs / Q2");
    MERGED_HEADER("B1 'Sales\nD1 'Costs\nA2 'Name\nB2 2023\nC2 2024\nD2 2023\nE2 2024\nA3 'x\nB3 1.5\nC3 2\nD3 3\nE3 4\n", "B1:C1 D1:E1",
                  "1-2 A=Name B=Sales / 2023 C=Sales / 2024 D=Costs / 2023 E=Costs / 2024");
    /* three levels */
    MERGED_HEADER("A1 'Name\nB1 'Sales\nB2 'Q1\nD2 'Q2\nB3 'Jan\nC3 'Feb\nD3 'Apr\nE3 'May\nA4 'x\nB4 1\n", "A1:A3 B1:E1 B2:C2 D2:E2",
                  "1-3 A=Name B=Sales / Q1 / Jan C=Sales / Q1 / Feb D=Sales / Q2 / Apr E=Sales / Q2 / May");
}
END_TEST

START_TEST(a_row_of_data_below_a_merged_header_is_no_level_of_it)
{
    MERGED_HEADER("A1 'Name\nB1 'Address\nA2 'Anna\nB2 'Main St\nC2 'Bern\nA3 'Beat\nB3 'Side St\nC3 'Basel\n", "B1:C1",
                  "1-1 A=Name B=Address C=Address");
    MERGED_HEADER("A1 'Name\nB1 'Amount\nA2 'Anna\nB2 1.25\nC2 2.25\n", "B1:C1", "1-1 A=Name B=Amount C=Amount");
}
END_TEST

START_TEST(without_merged_cells_a_header_is_one_row)
{
    MERGED_HEADER("A1 'Name\nB1 'Sales\nB2 'Q1\nC2 'Q2\nA3 'x\nB3 1\n", NULL, "1-1 A=Name B=Sales");
    MERGED_HEADER("A1 'Name\nB1 'Sales\nD1 'Sum\nB2 'Q1\nC2 'Q2\nA3 'x\n", "A9:B9 C3:D3", "1-1 A=Name B=Sales C=Column_C D=Sum");
}
END_TEST

START_TEST(a_merged_title_is_no_header)
{
    MERGED_HEADER("A1 'All the sales of July\nA2 'Name\nB2 'Qty\nC2 'Sum\nA3 'x\nB3 1\n", "A1:C1", "2-2 A=Name B=Qty C=Sum");
}
END_TEST

START_TEST(a_given_header_is_taken_where_it_is)
{
    const char *cells = "A1 'Name\nB1 'Sum\nA2 'Total\nB2 5\nA3 'Sales\nA4 'Q1\nB4 'Q2\nA5 1\n";
    GIVEN_HEADER(cells, NULL, 2, 2, "2-2 A=Total B=5");
    GIVEN_HEADER(cells, NULL, 3, 4, "3-4 A=Sales / Q1 B=Q2");
    GIVEN_HEADER(cells, "A3:B3", 3, 4, "3-4 A=Sales / Q1 B=Sales / Q2");
    GIVEN_HEADER(cells, "A3:B3", 3, 3, "3-3 A=Sales B=Sales");
    GIVEN_HEADER(cells, NULL, 5, 5, "5-5 A=1");
    GIVEN_HEADER(cells, NULL, 7, 7, "none");
    GIVEN_HEADER("A1 'x\nA90 'ID\nC90 'Name\nA91 1\n", NULL, 90, 90, "90-90 A=ID B=Column_B C=Name");
    GIVEN_HEADER("", NULL, 1, 1, "empty");
}
END_TEST

START_TEST(the_last_header_row_is_told_as_it_is_stored)
{
    check_header("A1 'Kunde\nB1 'Umsatz\nB2 '  Jan  \nC2 'Feb\n", "A1:A2 B1:C1", 0, 0, true,
                 "1-2 A=Kunde<> B=Umsatz / Jan<  Jan  > C=Umsatz / Feb<Feb>");
}
END_TEST

START_TEST(rows_and_cells_out_of_order_are_put_in_order)
{
    HEADER("A3 'x\nB3 1\nB1 'Amount\nA1 'Name\nA2 'y\nB2 2\n", "1-1 A=Name B=Amount");
    HEADER("A1 'Old\nB1 'Amount\nA1 'Name\n", "1-1 A=Name B=Amount"); /* the last of an address counts */
}
END_TEST

/* --- shared strings, and parts that are broken further down --- */

static void shared_book(const char *rows, const char *strings, struct buffer *out)
{
    struct zip_file zip;
    struct buffer xml;
    buffer_init(&xml, 1 << 24);
    zip_begin(&zip);
    zip_add_text(&zip, "[Content_Types].xml",
                 "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
                 "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" "
                 "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>");
    zip_add_text(&zip, "_rels/.rels",
                 "<Relationships " BOOK_RELS "><Relationship Id=\"r\" Type=\"" BOOK_TYPE "officeDocument\" Target=\"xl/workbook.xml\"/>"
                 "</Relationships>");
    zip_add_text(&zip, "xl/workbook.xml",
                 "<workbook " BOOK_MAIN " " BOOK_R "><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>");
    zip_add_text(&zip, "xl/_rels/workbook.xml.rels",
                 "<Relationships " BOOK_RELS "><Relationship Id=\"r1\" Type=\"" BOOK_TYPE "worksheet\" Target=\"s.xml\"/>"
                 "<Relationship Id=\"r2\" Type=\"" BOOK_TYPE "sharedStrings\" Target=\"t.xml\"/></Relationships>");
    buffer_putf(&xml, "<worksheet %s><sheetData>%s", BOOK_MAIN, rows);
    zip_add(&zip, (struct zip_part){.name = "xl/s.xml", .content = buffer_span(&xml)});
    buffer_clear(&xml);
    buffer_putf(&xml, "<sst %s>%s", BOOK_MAIN, strings);
    zip_add(&zip, (struct zip_part){.name = "xl/t.xml", .content = buffer_span(&xml)});
    zip_end(&zip);
    char path[32];
    int fd;
    buffer_clear(out);
    put_header(zip_path(buffer_span(&zip.bytes), path, &fd), 0, 0, false, out);
    close(fd);
    buffer_free(&xml);
    zip_free(&zip);
}

#define ROW(n, a, b) \
    "<row r=\"" #n "\"><c r=\"A" #n "\" t=\"s\"><v>" #a "</v></c><c r=\"B" #n "\" t=\"s\"><v>" #b "</v></c></row>"

START_TEST(shared_texts_are_looked_up)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    shared_book(ROW(1, 2, 1) ROW(2, 0, 0) "</sheetData></worksheet>", "<si><t>x</t></si><si><t>City</t></si><si><t>Name</t></si></sst>", &out);
    ck_assert_str_eq(buffer_text(&out), "1-1 A=Name B=City");
    /* shared texts may be blank: then row 1 has one text only */
    shared_book(ROW(1, 2, 0) ROW(2, 1, 2) "</sheetData></worksheet>", "<si><t> </t></si><si><t>City</t></si><si><t>Name</t></si></sst>", &out);
    ck_assert_str_eq(buffer_text(&out), "2-2 A=City B=Name");
    shared_book(ROW(1, 0, 3) "</sheetData></worksheet>", "<si><t>x</t></si></sst>", &out);
    ck_assert_str_eq(buffer_text(&out), "corrupt S!B1: the cell names shared string 3, and there are 1");
    buffer_free(&out);
}
END_TEST

START_TEST(only_the_beginnings_of_sheet_and_texts_are_read)
{
    struct buffer out, rows, strings;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    buffer_init(&rows, BUFFER_LIMIT_DEFAULT);
    buffer_init(&strings, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&rows, ROW(1, 0, 1));
    for (unsigned row = 2; row < 3000; row++)
        buffer_putf(&rows, "<row r=\"%u\"><c r=\"A%u\"><v>%u</v></c></row>", row, row, row * 7919u);
    buffer_put_text(&rows, "<row broken");
    buffer_put_text(&strings, "<si><t>Name</t></si><si><t>City</t></si>");
    for (unsigned i = 0; i < 3000; i++)
        buffer_putf(&strings, "<si><t>text %u</t></si>", i * 7919u);
    buffer_put_text(&strings, "<si broken");
    shared_book(buffer_text(&rows), buffer_text(&strings), &out);
    ck_assert_str_eq(buffer_text(&out), "1-1 A=Name B=City");
    buffer_free(&out);
    buffer_free(&rows);
    buffer_free(&strings);
}
END_TEST

START_TEST(a_sheet_that_is_broken_at_its_beginning_is_a_fault)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    shared_book("<row r=\"1\"><c r=\"A1\"><v>12x</v></c>", "</sst>", &out);
    ck_assert_msg(span_starts(buffer_span(&out), SPAN("corrupt xl/s.xml, S!A1: ")), "%s", buffer_text(&out));
    buffer_free(&out);
}
END_TEST

SUITE(ventilator_table_header, the_first_row_with_two_texts_is_the_header, lines_above_the_table_are_no_header,
      a_table_of_texts_does_not_outvote_its_own_header, what_stands_far_below_decides_nothing,
      names_are_trimmed_and_their_white_space_folded, line_breaks_in_a_name_become_blanks,
      blank_cells_between_headers_are_called_by_their_letter, headers_that_are_no_texts_are_called_as_they_are_shown,
      merged_headers_have_their_name_over_all_their_columns, a_row_of_data_below_a_merged_header_is_no_level_of_it,
      without_merged_cells_a_header_is_one_row, a_merged_title_is_no_header, a_given_header_is_taken_where_it_is,
      the_last_header_row_is_told_as_it_is_stored, rows_and_cells_out_of_order_are_put_in_order, shared_texts_are_looked_up,
      only_the_beginnings_of_sheet_and_texts_are_read, a_sheet_that_is_broken_at_its_beginning_is_a_fault)

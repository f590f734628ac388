/* SPDX-License-Identifier: MIT
 *
 * However a sheet is cut, and whichever way a reader comes to a slice (going on, skipping, scanning from the top), the rows are
 * those of the sheet that was not cut.
 */
#include <stdlib.h>

#include "tests/support/stack_case.h"
#include "tests/support/suite.h"

static void read_cut(struct stack_case *self, const char *xml, uint64_t slice_bytes, unsigned readers)
{
    struct workbook_text text = {.sheets = {{.name = "Data", .xml = xml}}};
    self->slice_bytes = slice_bytes;
    self->readers = readers;
    stack_case_read(self, &text);
    ck_assert_msg(self->fault == FAULT_NONE, "slices of %llu: %s", (unsigned long long)slice_bytes, self->why.text);
}

static void expect_same(const struct stack_case *whole, struct stack_case *cut)
{
    ck_assert_str_eq(buffer_text(&cut->rows), buffer_text((struct buffer *)&whole->rows));
    ck_assert_mem_eq(&cut->counts, &whole->counts, sizeof cut->counts);
    ck_assert_mem_eq(&cut->cells, &whole->cells, sizeof cut->cells);
}

/* Slices of many sizes, read by one reader in order, by several by turns. */
static void expect_cuts_do_not_matter(const char *xml, const char *columns, const struct stack_plan *plan)
{
    struct stack_case whole = {.plan = *plan, .columns = columns};
    read_cut(&whole, xml, 0, 1);
    ck_assert_uint_gt(whole.rows.len, 0);
    size_t size = strlen(xml);
    for (uint64_t bytes = 7; bytes < size; bytes += bytes < 64 ? 6 : bytes / 3) {
        for (unsigned readers = 1; readers <= 3; readers++) {
            struct stack_case cut = {.plan = *plan, .columns = columns};
            read_cut(&cut, xml, bytes, readers);
            expect_same(&whole, &cut);
            stack_case_free(&cut);
        }
    }
    stack_case_free(&whole);
}

#define HEAD "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<worksheet " BOOK_MAIN "><dimension ref=\"A1\"/><sheetData>"
#define TAIL "</sheetData><pageMargins left=\"0.7\" right=\"0.7\" top=\"0.7\" bottom=\"0.7\" header=\"0.3\" footer=\"0.3\"/></worksheet>"
#define HEADER "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>Name</v></c><c r=\"B1\" t=\"str\"><v>Qty</v></c><c r=\"C1\" t=\"str\"><v>Price</v></c></row>"

static void put_rows(struct buffer *xml, unsigned from, unsigned to)
{
    for (unsigned row = from; row < to; row++)
        buffer_putf(xml,
                    "<row r=\"%u\" spans=\"1:3\"><c r=\"A%u\" t=\"inlineStr\"><is><t>name %u</t></is></c><c r=\"B%u\"><v>%u</v></c>"
                    "<c r=\"C%u\"><v>%u.5</v></c></row>",
                    row, row, row, row, row, row, row % 7);
}

static const struct stack_plan csv = {.form = STACK_CSV};

START_TEST(rows_of_slices_are_those_of_the_sheet)
{
    struct buffer xml;
    buffer_init(&xml, 1 << 20);
    buffer_put_text(&xml, HEAD HEADER);
    put_rows(&xml, 2, 30);
    buffer_put_text(&xml, TAIL);
    struct stack_plan plan = {.form = STACK_XLSX, .has_source_columns = true};
    expect_cuts_do_not_matter(buffer_text(&xml), "Name|Qty|Price", &plan);
    buffer_free(&xml);
}
END_TEST

START_TEST(slices_find_rows_behind_angle_brackets_in_texts_and_attributes)
{
    struct buffer xml;
    buffer_init(&xml, 1 << 20);
    buffer_put_text(&xml, HEAD HEADER);
    for (unsigned row = 2; row < 12; row++)
        buffer_putf(&xml, "<row r=\"%u\" spans='\">\"'\n><c r=\"A%u\" t=\"str\"><v>a &gt; b > c /row></v></c></row>\n", row, row);
    buffer_put_text(&xml, TAIL);
    expect_cuts_do_not_matter(buffer_text(&xml), "Name|Qty|Price", &csv);
    buffer_free(&xml);
}
END_TEST

START_TEST(slices_of_sheets_that_cannot_be_skipped_are_scanned_from_the_top)
{
    expect_cuts_do_not_matter("<worksheet " BOOK_MAIN "><sheetData><row><c t=\"str\"><v>Name</v></c></row><row><c><v>1</v></c></row><row>"
                              "<c><v>2</v></c></row><row><c><v>3</v></c></row><row><c><v>4</v></c></row></sheetData></worksheet>",
                              "Name", &csv);
    expect_cuts_do_not_matter("<worksheet " BOOK_MAIN "><sheetData><row r=\"1\"><c t=\"str\"><v>Name</v></c></row><!-- <row r=\"7\"> -->"
                              "<row r=\"2\"><c t=\"str\"><v><![CDATA[<row r=\"9\">]]></v></c></row><row r=\"3\"><c><v>3</v></c></row>"
                              "</sheetData></worksheet>",
                              "Name", &csv);
    expect_cuts_do_not_matter("<x:worksheet xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><x:sheetData><x:row "
                              "r=\"1\"><x:c t=\"str\"><x:v>Name</x:v></x:c></x:row><x:row r=\"2\"><x:c><x:v>2</x:v></x:c></x:row><x:row "
                              "r=\"3\"><x:c><x:v>3</x:v></x:c></x:row></x:sheetData></x:worksheet>",
                              "Name", &csv);
}
END_TEST

START_TEST(totals_are_proved_across_slices)
{
    struct buffer xml;
    buffer_init(&xml, 1 << 20);
    buffer_put_text(&xml, HEAD HEADER);
    put_rows(&xml, 2, 12);
    buffer_put_text(&xml, "<row r=\"12\"><c r=\"A12\" t=\"str\"><v>Subtotal</v></c><c r=\"B12\"><v>65</v></c></row>");
    put_rows(&xml, 13, 16);
    buffer_put_text(&xml, "<row r=\"16\"><c r=\"A16\" t=\"str\"><v>Total</v></c><c r=\"B16\"><v>107</v></c></row>");
    put_rows(&xml, 17, 20);
    buffer_put_text(&xml, TAIL);
    expect_cuts_do_not_matter(buffer_text(&xml), "Name|Qty|Price", &csv);
    struct stack_case whole = {.plan = csv, .columns = "Name|Qty|Price"};
    read_cut(&whole, buffer_text(&xml), 0, 1);
    ck_assert_uint_eq(whole.counts.totals, 2);
    stack_case_free(&whole);
    buffer_free(&xml);
}
END_TEST

#define NOTE(row) "<row r=\"" #row "\"><c r=\"A" #row "\" t=\"str\"><v>note " #row "</v></c></row>"

START_TEST(text_below_the_table_is_told_across_slices)
{
    struct buffer xml;
    buffer_init(&xml, 1 << 20);
    buffer_put_text(&xml, HEAD HEADER);
    put_rows(&xml, 2, 5);
    buffer_put_text(&xml, NOTE(7) NOTE(8) NOTE(9));
    put_rows(&xml, 10, 13);
    buffer_put_text(&xml, "<row r=\"13\"/>" NOTE(14) NOTE(15) "<row r=\"16\"><c r=\"A16\" s=\"1\"/></row>" NOTE(17) NOTE(18) TAIL);
    expect_cuts_do_not_matter(buffer_text(&xml), "Name|Qty|Price", &csv);
    struct stack_case whole = {.plan = csv, .columns = "Name|Qty|Price"};
    read_cut(&whole, buffer_text(&xml), 0, 1);
    ck_assert_uint_eq(whole.counts.footers, 4);
    ck_assert_uint_eq(whole.counts.written, 9);
    stack_case_free(&whole);
    buffer_free(&xml);
}
END_TEST

START_TEST(cells_out_of_order_within_a_slice_are_put_in_order)
{
    expect_cuts_do_not_matter(HEAD HEADER "<row r=\"2\"><c r=\"B2\"><v>2</v></c><c r=\"A2\"><v>1</v></c></row><row r=\"3\"><c r=\"A3\"><v>3"
                                          "</v></c><c r=\"C3\"><v>5</v></c><c r=\"B3\"><v>4</v></c></row><row r=\"4\"><c r=\"A4\"><v>6</v></c>"
                                          "</row>" TAIL,
                              "Name|Qty|Price", &csv);
}
END_TEST

START_TEST(rows_out_of_order_in_a_sheet_that_is_cut_are_taken_as_they_stand)
{
    static const char xml[] = HEAD HEADER "<row r=\"4\"><c r=\"B4\"><v>4</v></c></row><row r=\"2\"><c r=\"B2\"><v>2</v></c></row>" TAIL;
    struct stack_case cut = {.plan = csv, .columns = "Name|Qty|Price"};
    read_cut(&cut, xml, 10000, 1);
    ck_assert_str_eq(buffer_text(&cut.rows), ",4,\r\n,2,\r\n");
    ck_assert(strstr(buffer_text(&cut.issues), "ROWS_UNORDERED Data!R2C0 x1") != NULL);
    stack_case_free(&cut);
}
END_TEST

START_TEST(fragments_are_closed_at_their_size)
{
    struct buffer xml;
    buffer_init(&xml, 1 << 24);
    buffer_put_text(&xml, HEAD HEADER);
    put_rows(&xml, 2, 30000);
    buffer_put_text(&xml, TAIL);
    struct stack_case self = {.plan = {.form = STACK_XLSX}, .columns = "Name|Qty|Price"};
    read_cut(&self, buffer_text(&xml), 0, 1);
    ck_assert_uint_eq(self.counts.written, 29998);
    ck_assert_uint_eq(self.fragments, self.rows.len / STACK_FRAGMENT_RAW_TARGET + 1);
    struct stack_case cut = {.plan = {.form = STACK_XLSX}, .columns = "Name|Qty|Price"};
    read_cut(&cut, buffer_text(&xml), 400000, 2);
    expect_same(&self, &cut);
    stack_case_free(&cut);
    stack_case_free(&self);
    buffer_free(&xml);
}
END_TEST

START_TEST(a_whole_sheet_between_two_slices_of_another_does_no_harm)
{
    static const char first[] = HEAD HEADER "<row r=\"2\"><c r=\"B2\"><v>2</v></c></row><row r=\"3\"><c r=\"B3\"><v>3</v></c></row>" TAIL;
    static const char second[] = HEAD HEADER "<row r=\"2\"><c r=\"C2\"><v>7</v></c></row>" TAIL;
    struct workbook_text text = {.sheets = {{.name = "Data", .xml = first}, {.name = "More", .xml = second}}};
    struct stack_case self = {.plan = csv, .columns = "Name|Qty|Price"};
    stack_case_read(&self, &text);
    stack_case_free(&self);

    struct stack_layout_column columns[3];
    ck_assert_uint_eq(stack_case_map(&self, columns), 3);
    struct stack_layout_sheet sheets[] = {
        {.index = 0, .name = SPAN("Data"), .first_header = 1, .last_header = 1, .columns = columns, .n_columns = 3},
        {.index = 1, .name = SPAN("More"), .first_header = 1, .last_header = 1, .columns = columns, .n_columns = 3}};
    uint64_t cut = (uint64_t)(strstr(first, "<row r=\"3\"") - first);
    struct stack_layout layouts[] = {{.sheets = &sheets[0], .n_sheets = 1, .from = 0, .to = cut},
                                     {.sheets = &sheets[1], .n_sheets = 1, .from = 0, .to = STACK_TO_END},
                                     {.sheets = &sheets[0], .n_sheets = 1, .from = cut, .to = STACK_TO_END}};
    struct workbook_file file = workbook_file(&text);
    struct buffer plan;
    buffer_init(&plan, 1 << 20);
    stack_plan_encode(&plan, &self.plan);
    void *reader = stack_work.begin(buffer_span(&plan), &self.why);
    file.source.path = span_of(file.path);
    file.source.slices = 3;
    for (uint32_t i = 0; i < 3; i++) {
        file.source.slice = i;
        stack_case_task(&self, reader, &file.source, &layouts[i]);
        ck_assert_int_eq(self.fault, FAULT_NONE);
    }
    ck_assert_str_eq(buffer_text(&self.rows), ",2,\r\n,,7\r\n,3,\r\n");
    stack_work.end(reader);
    buffer_free(&plan);
    stack_case_free(&self);
    close(file.fd);
}
END_TEST

SUITE(workers_stack_slices, rows_of_slices_are_those_of_the_sheet, slices_find_rows_behind_angle_brackets_in_texts_and_attributes,
      slices_of_sheets_that_cannot_be_skipped_are_scanned_from_the_top, totals_are_proved_across_slices,
      text_below_the_table_is_told_across_slices, cells_out_of_order_within_a_slice_are_put_in_order,
      rows_out_of_order_in_a_sheet_that_is_cut_are_taken_as_they_stand, fragments_are_closed_at_their_size,
      a_whole_sheet_between_two_slices_of_another_does_no_harm)

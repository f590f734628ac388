/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "tests/support/suite.h"
#include "workbook/entry_spool.h"
#include "workbook/sheet_writer.h"
#include "workbook/xml_put.h"

#define HEAD                                                                                                           \
    "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<worksheet "                                       \
    "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
#define PLAIN "<sheetViews><sheetView workbookViewId=\"0\"/></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>"
#define TAIL                                                                                                           \
    "<pageMargins left=\"0.7\" right=\"0.7\" top=\"0.75\" bottom=\"0.75\" header=\"0.3\" footer=\"0.3\"/></worksheet>"

static enum fault keep(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

static struct sheet_writer *new_writer(void)
{
    struct sheet_writer *writer;
    ck_assert_int_eq(sheet_writer_new(DEFLATE_FAST, NULL, false, &writer, NULL), FAULT_NONE);
    return writer;
}

/* Ends the sheet and inflates it again. */
static struct buffer finish(struct sheet_writer *writer)
{
    struct entry_spool *spool;
    struct buffer packed, out;
    bool is_end = false;
    buffer_init(&packed, BUFFER_LIMIT_DEFAULT);
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    ck_assert_int_eq(sheet_writer_finish(writer, &spool), FAULT_NONE);
    ck_assert_int_eq(entry_spool_stream(spool, keep, &packed), FAULT_NONE);
    struct inflater *inflater = inflater_new();
    struct span input = buffer_span(&packed);
    while (!is_end) {
        size_t len;
        char *room = buffer_reserve(&out, 65536);
        ck_assert_int_eq(inflater_step(inflater, &input, room, 65536, &len, &is_end), FAULT_NONE);
        out.len += len;
    }
    inflater_destroy(&inflater);
    ck_assert_uint_eq(entry_spool_sizes(spool).size, out.len);
    ck_assert_uint_eq(entry_spool_sizes(spool).crc32, codec_crc32(0, buffer_span(&out)));
    buffer_free(&packed);
    return out;
}

START_TEST(an_empty_sheet_is_whole)
{
    struct sheet_writer *writer = new_writer();
    struct buffer out = finish(writer);
    ck_assert_str_eq(buffer_text(&out), HEAD PLAIN "<sheetData></sheetData>" TAIL);
    buffer_free(&out);
    sheet_writer_destroy(&writer);
}
END_TEST

START_TEST(every_kind_of_cell_has_its_form)
{
    struct sheet_writer *writer = new_writer();
    ck_assert_int_eq(sheet_writer_row(writer, 1), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_text(writer, 0, SPAN("=SUM(A1)"), 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_number(writer, 1, 0.1, 3), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_decimal(writer, 2, decimal_from_int(1200), 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_boolean(writer, 3, true, 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_error(writer, 4, SPAN("#N/A"), 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_blank(writer, 5, 2), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_number(writer, 6, NAN, 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_row(writer, 9), FAULT_NONE);
    struct buffer out = finish(writer);
    ck_assert_str_eq(buffer_text(&out),
                     HEAD PLAIN "<sheetData><row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>=SUM(A1)</t></is></c><c r=\"B2\" s=\"3\"><v>0.1</v></c>"
                                "<c r=\"C2\"><v>1200</v></c><c r=\"D2\" t=\"b\"><v>1</v></c><c r=\"E2\" t=\"e\"><v>#N/A</v></c><c r=\"F2\" s=\"2\"/>"
                                "<c r=\"G2\" t=\"e\"><v>#NUM!</v></c></row><row r=\"10\"></row></sheetData>" TAIL);
    buffer_free(&out);
    sheet_writer_destroy(&writer);
}
END_TEST

START_TEST(panes_columns_filter_and_links_stand_in_the_order_of_the_schema)
{
    struct sheet_writer *writer = new_writer();
    struct sheet_column columns[] = {{0, 1, 12.5}, {2, 2, 40}};
    struct buffer range;
    buffer_init(&range, BUFFER_LIMIT_DEFAULT);
    sheet_writer_columns(writer, columns, 2);
    sheet_writer_freeze(writer, 1, 2);
    sheet_writer_filter(writer, 0, 3);
    for (uint32_t row = 0; row < 3; row++)
        ck_assert_int_eq(sheet_writer_row(writer, row), FAULT_NONE);
    sheet_writer_link(writer, 2, 1, SPAN("'It''s <1>'!B7"));
    struct buffer out = finish(writer);
    ck_assert_str_eq(buffer_text(&out),
                     HEAD "<sheetViews><sheetView workbookViewId=\"0\"><pane xSplit=\"2\" ySplit=\"1\" topLeftCell=\"C2\" activePane=\"bottomRight\" "
                          "state=\"frozen\"/><selection pane=\"bottomRight\"/></sheetView></sheetViews><sheetFormatPr defaultRowHeight=\"15\"/>"
                          "<cols><col min=\"1\" max=\"2\" width=\"12.5\" customWidth=\"1\"/><col min=\"3\" max=\"3\" width=\"40\" customWidth=\"1\"/></cols>"
                          "<sheetData><row r=\"1\"></row><row r=\"2\"></row><row r=\"3\"></row></sheetData><autoFilter ref=\"A1:C3\"/>"
                          "<hyperlinks><hyperlink ref=\"B3\" location=\"&apos;It&apos;&apos;s &lt;1&gt;&apos;!B7\"/></hyperlinks>" TAIL);
    ck_assert(sheet_writer_filter_range(writer, &range));
    ck_assert_str_eq(buffer_text(&range), "$A$1:$C$3");
    buffer_free(&range);
    buffer_free(&out);
    sheet_writer_destroy(&writer);
}
END_TEST

START_TEST(links_over_excels_limit_are_left_out_and_counted)
{
    struct sheet_writer *writer = new_writer();
    for (uint32_t row = 0; row < 65540; row++)
        sheet_writer_link(writer, row, 0, SPAN("A!A1"));
    ck_assert_uint_eq(sheet_writer_links_ignored(writer), 10);
    sheet_writer_destroy(&writer);
}
END_TEST

START_TEST(text_over_excels_limit_is_refused)
{
    struct sheet_writer *writer = new_writer();
    struct buffer text;
    buffer_init(&text, BUFFER_LIMIT_DEFAULT);
    for (int i = 0; i < 16383; i++)
        buffer_put_text(&text, "\xf0\x9f\x98\x80"); /* two UTF-16 units */
    buffer_put_char(&text, 'x');
    ck_assert_int_eq(sheet_writer_row(writer, 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_text(writer, 0, buffer_span(&text), 0), FAULT_NONE);
    buffer_put_char(&text, 'y');
    ck_assert_int_eq(sheet_writer_text(writer, 1, buffer_span(&text), 0), FAULT_LIMIT);
    buffer_free(&text);
    sheet_writer_destroy(&writer);
}
END_TEST

static void check_put(void (*put)(struct buffer *, struct span), struct span text, const char *expected)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    put(&out, text);
    ck_assert_str_eq(buffer_text(&out), expected);
    buffer_free(&out);
}

START_TEST(whatever_the_text_the_xml_is_well_formed)
{
    check_put(xml_put_text, SPAN("a<b>&\"c'\xc3\xa9\n\t"), "a&lt;b&gt;&amp;\"c'\xc3\xa9\n\t");
    check_put(xml_put_value, SPAN("a\"'\n\t"), "a&quot;&apos;&#10;&#9;");
    check_put(xml_put_text, SPAN("\x01\r\0z"), "_x0001__x000D__x0000_z");
    check_put(xml_put_text, SPAN("_x0041_ _X0041_ _x41_ __x0041_"), "_x005F_x0041_ _X0041_ _x41_ __x005F_x0041_");
    check_put(xml_put_text, SPAN("a\xff\xc3z\xed\xa0\x80"), "a\xef\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");
    check_put(xml_put_text, SPAN("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), "_xFFFE__xFFFF_\xef\xbf\xbd");
    check_put(xml_put_plain, SPAN("_x0041_\x02\r"), "_x0041_\xef\xbf\xbd&#13;");
    ck_assert(xml_wants_preserve(SPAN(" a")) && xml_wants_preserve(SPAN("a\nb")) && !xml_wants_preserve(SPAN("a b")));
}
END_TEST

SUITE(workbook_sheet_writer, an_empty_sheet_is_whole, every_kind_of_cell_has_its_form,
      panes_columns_filter_and_links_stand_in_the_order_of_the_schema, links_over_excels_limit_are_left_out_and_counted,
      text_over_excels_limit_is_refused, whatever_the_text_the_xml_is_well_formed)

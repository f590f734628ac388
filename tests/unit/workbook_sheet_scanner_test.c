/* SPDX-License-Identifier: MIT */
#include "workbook/sheet_scanner.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/sheet_events.h"
#include "tests/support/suite.h"

#define MAIN "xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\""
#define HEAD "<worksheet " MAIN "><sheetData>"
#define TAIL "</sheetData></worksheet>"
#define STRINGS "<sst " MAIN "><si><t>zero</t></si><si><t>one</t></si><si><t/></si></sst>"

static struct shared_strings *strings;
static struct sheet_events events, again;

static void begin(void)
{
    struct why why = {0};
    events = again = (struct sheet_events){0};
    buffer_init(&events.text, BUFFER_LIMIT_DEFAULT);
    buffer_init(&again.text, BUFFER_LIMIT_DEFAULT);
    strings = strings_from(SPAN(STRINGS), 1000, true, &why);
    ck_assert_msg(strings, "%s", why.text);
}

static void end(void)
{
    shared_strings_destroy(&strings);
    buffer_free(&events.text);
    buffer_free(&again.text);
}

static void same_again(struct span document, size_t first, size_t piece, enum scan_road road)
{
    if (!sheet_events_scan(&again, document, first, piece, road, strings))
        return;
    ck_assert_msg(span_equal(buffer_span(&events.text), buffer_span(&again.text)),
                  "road %d, first %zu, then %zu:\n%s\n--- instead of ---\n%s", (int)road, first, piece,
                  buffer_text(&again.text), buffer_text(&events.text));
}

/* Every road, whole, byte by byte, and cut in two at every byte: the same events. */
static const char *scan_span(struct span document)
{
    sheet_events_scan(&events, document, 0, document.len + 1, SCAN_ROAD_SLOW, strings);
    for (enum scan_road road = SCAN_ROAD_BEST; road < SCAN_ROADS; road++) {
        same_again(document, 0, document.len + 1, road);
        same_again(document, 0, 1, road);
        same_again(document, 0, 7, road);
        for (size_t cut = 1; cut < document.len; cut++)
            same_again(document, cut, document.len, road);
    }
    return buffer_text(&events.text);
}

static const char *scan(const char *document)
{
    begin();
    return scan_span(span_of(document));
}

/* Enough well-known cells behind, so that the fast road has its 64 bytes. */
#define PADDING "<row r=\"9\"><c r=\"A9\"><v>9</v></c><c r=\"B9\"><v>9</v></c><c r=\"C9\"><v>9</v></c></row>"
#define PADDING_BEHIND "<!-- as much as it takes to have 80 bytes behind the last cell, so that the fast road takes that too -->"
#define PADDED "row 9\nA9 number \"9\"\nB9 number \"9\"\nC9 number \"9\"\nok"

#define CHECK_SHEET(rows, expected)                              \
    do {                                                         \
        ck_assert_str_eq(scan(HEAD rows PADDING TAIL), expected PADDED); \
        end();                                                   \
    } while (0)
#define CHECK_FAULT(rows, expected)                 \
    do {                                            \
        ck_assert_str_eq(scan(HEAD rows PADDING TAIL), expected); \
        end();                                      \
    } while (0)
#define CHECK_DOCUMENT(document, expected)          \
    do {                                            \
        ck_assert_str_eq(scan(document), expected); \
        end();                                      \
    } while (0)

START_TEST(usual_cells_of_every_type_are_read)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\"><v>12</v></c><c r=\"B2\" s=\"3\"><v>-1.5</v></c><c r=\"C2\" t=\"s\"><v>1</v></c>"
                "<c r=\"D2\" s=\"1\" t=\"s\"><v>0</v></c><c r=\"E2\" t=\"b\"><v>1</v></c><c r=\"F2\" t=\"e\"><v>#N/A</v></c>"
                "<c r=\"G2\" t=\"str\"><v>a b</v></c><c r=\"H2\" t=\"n\" s=\"10\"><v>1.5E-7</v></c></row>",
                "row 2\nA2 number \"12\"\nB2 number \"-1.5\" style=3\nC2 text \"one\"\nD2 text \"zero\" style=1\n"
                "E2 boolean \"1\"\nF2 error \"#N/A\"\nG2 text \"a b\"\nH2 number \"1.5E-7\" style=10\n");
}
END_TEST

START_TEST(columns_and_rows_reach_the_corners_of_the_grid)
{
    CHECK_SHEET("<row r=\"1\"><c r=\"Z1\"><v>1</v></c><c r=\"AA1\"><v>2</v></c><c r=\"AZ1\"><v>3</v></c><c r=\"BA1\"><v>4</v></c>"
                "<c r=\"ZZ1\"><v>5</v></c><c r=\"AAA1\"><v>6</v></c><c r=\"XFD1\"><v>7</v></c></row>"
                "<row r=\"1048576\"><c r=\"A1048576\"><v>1</v></c><c r=\"XFD1048576\"><v>8</v></c></row>",
                "row 1\nZ1 number \"1\"\nAA1 number \"2\"\nAZ1 number \"3\"\nBA1 number \"4\"\nZZ1 number \"5\"\n"
                "AAA1 number \"6\"\nXFD1 number \"7\"\nrow 1048576\nA1048576 number \"1\"\nXFD1048576 number \"8\"\n");
}
END_TEST

START_TEST(cells_outside_of_the_grid_are_corrupt_and_named)
{
    CHECK_FAULT("<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"XFE2\"><v>1</v></c></row>",
                "row 2\nA2 number \"1\"\ncorrupt B2: cell reference \"XFE2\" is outside of the sheet");
    CHECK_FAULT("<row r=\"2\"><c r=\"XFC2\"><v>1</v></c><c r=\"XFD2\"><v>1</v></c><c r=\"XFE2\"><v>1</v></c></row>",
                "row 2\nXFC2 number \"1\"\nXFD2 number \"1\"\ncorrupt XFE2: cell reference \"XFE2\" is outside of the sheet");
    CHECK_FAULT("<row r=\"2\"><c r=\"Y2\"><v>1</v></c><c r=\"Z2\"><v>1</v></c><c r=\"[2\"><v>1</v></c></row>",
                "row 2\nY2 number \"1\"\nZ2 number \"1\"\ncorrupt AA2: cell reference \"[2\" is outside of the sheet");
    CHECK_FAULT("<row r=\"1048577\"/>", "corrupt row number \"1048577\" is outside of the sheet");
    CHECK_FAULT("<row r=\"0\"/>", "corrupt row number \"0\" is outside of the sheet");
    CHECK_FAULT("<row r=\"-5\"/>", "corrupt row number \"-5\" is outside of the sheet");
    CHECK_FAULT("<row r=\"18446744073709551617\"/>", "corrupt row number \"18446744073709551617\" is outside of the sheet");
    CHECK_FAULT("<row r=\"3\"><c r=\"\"><v>1</v></c></row>", "row 3\ncorrupt A3: cell reference \"\" is outside of the sheet");
    CHECK_FAULT("<row r=\"3\"><c r=\"3A\"><v>1</v></c></row>", "row 3\ncorrupt A3: cell reference \"3A\" is outside of the sheet");
    CHECK_FAULT("<row r=\"3\"><c r=\"A3:B3\"><v>1</v></c></row>",
                "row 3\ncorrupt A3: cell reference \"A3:B3\" is outside of the sheet");
}
END_TEST

START_TEST(cells_that_come_twice_or_backwards_are_told_as_they_stand)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><v>2</v></c><c r=\"B2\" q=\"\"><v>3</v></c><c r=\"C2\"><v>4</v></c>"
                "<c r=\"A2\"><v>5</v></c><c r=\"B2\"><v>6</v></c></row><row r=\"19\"><c r=\"A19\"/><c r=\"A2\"><v>7</v></c><c r=\"B19\"><v>8</v></c></row>"
                "<row r=\"20\" spans=\"1:2\"><c r=\"A20\"><v>9</v></c></row><row r=\"21\" spans=\"1:2\"><c r=\"A21\"><v>10</v></c></row>"
                "<row r=\"22\" spans=\"1:2\" hidden=\"1\"><c r=\"A22\"><v>1</v></c></row><row r=\"23\" spans=\"1:2\"/>",
                "row 2\nA2 number \"1\"\nB2 number \"2\"\nB2 number \"3\"\nC2 number \"4\"\nA2 number \"5\"\nB2 number \"6\"\n"
                "row 19\nA2 number \"7\"\nB19 number \"8\"\nrow 20\nA20 number \"9\"\nrow 21\nA21 number \"10\"\n"
                "row 22 hidden\nA22 number \"1\"\nrow 23\n");
}
END_TEST

START_TEST(rows_and_cells_without_r_follow_each_other)
{
    CHECK_SHEET("<row><c><v>1</v></c><c><v>2</v></c></row><row r=\"5\"><c r=\"C5\"><v>3</v></c><c><v>4</v></c></row>"
                "<row><c><v>5</v></c></row>",
                "row 1\nA1 number \"1\"\nB1 number \"2\"\nrow 5\nC5 number \"3\"\nD5 number \"4\"\nrow 6\nA6 number \"5\"\n");
}
END_TEST

START_TEST(a_column_number_in_place_of_a_reference_counts_where_it_is_right)
{
    CHECK_SHEET("<row r=\"1\"><c r=\"0\"><v>1</v></c><c r=\"1\"><v>2</v></c></row>",
                "row 1\nA1 number \"1\"\nB1 number \"2\"\n");
    CHECK_FAULT("<row r=\"1\"><c r=\"7\"><v>1</v></c></row>", "row 1\ncorrupt A1: cell reference \"7\" is outside of the sheet");
}
END_TEST

START_TEST(odd_spellings_of_a_cell_mean_the_same)
{
    CHECK_SHEET("<row r='2' ><c s='4'  r='A2'\n t='n'><v> 12\n</v></c ><c t=\"s\" s=\"1\" r=\"B2\"><v>1</v></c>"
                "<c r=\"$C$2\"><v>3</v></c><c r=\"d2\"><v>4</v></c><c r=\"&#69;2\"><v>&#53;</v></c><c r=\"F2\" cm=\"1\"><v>6</v></c>"
                "<c r=\"G2\" s=\"1\"></c></row>",
                "row 2\nA2 number \"12\" style=4\nB2 text \"one\" style=1\nC2 number \"3\"\nD2 number \"4\"\nE2 number \"5\"\n"
                "F2 number \"6\"\n");
}
END_TEST

START_TEST(comments_cdata_and_instructions_within_values_do_not_split_them)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\"><v>1<!-- > </v> -->2</v></c><c r=\"B2\" t=\"str\"><v><![CDATA[<a>&amp;]]]></v></c>"
                "<c r=\"C2\"><?pi ?><v>3<?x >?></v><!----></c><!-- <c r=\"D2\"><v>4</v></c> --></row>",
                "row 2\nA2 number \"12\"\nB2 text \"<a>&amp;]\"\nC2 number \"3\"\n");
}
END_TEST

START_TEST(numbers_are_checked_wherever_they_stand)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\"><v>.5</v></c><c r=\"B2\"><v>5.</v></c><c r=\"C2\"><v>+5</v></c><c r=\"D2\"><v>1e5</v></c>"
                "<c r=\"E2\"><v>-0</v></c><c r=\"F2\"><v>00012</v></c>"
                "<c r=\"G2\"><v>3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803</v></c></row>",
                "row 2\nA2 number \".5\"\nB2 number \"5.\"\nC2 number \"+5\"\nD2 number \"1e5\"\nE2 number \"-0\"\n"
                "F2 number \"00012\"\nG2 number "
                "\"3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803\"\n");
    static const char *const bad[] = {"NaN", "INF", "1e999", "0x10", "1,5", "abc", "1 2", "-", ".", "--1", "5%", "1-", "1.2.3", "-.", "1e"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char document[1024], expected[128];
        snprintf(document, sizeof document, HEAD "<row r=\"2\"><c r=\"B2\"><v>%s</v></c></row>" PADDING TAIL, bad[i]);
        snprintf(expected, sizeof expected, "row 2\ncorrupt B2: \"%s\" is no number", bad[i]);
        CHECK_DOCUMENT(document, expected);
    }
}
END_TEST

START_TEST(empty_values_are_no_values_except_texts)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\"><v></v></c><c r=\"B2\"><v/></c><c r=\"C2\" t=\"s\"><v> </v></c><c r=\"D2\" t=\"str\"><v></v></c>"
                "<c r=\"E2\" t=\"inlineStr\"><is><t/></is></c><c r=\"F2\" t=\"b\"><v/></c><c r=\"G2\" t=\"str\"/>"
                "<c r=\"H2\" t=\"s\"><v>2</v></c></row>",
                "row 2\nD2 text \"\"\nE2 text \"\"\nH2 text \"\"\n");
}
END_TEST

START_TEST(indexes_of_shared_strings_must_exist)
{
    static const char *const bad[] = {"3", "-1", "4294967296", "18446744073709551616", "abc", "1.5", "1e0", "0x1", "+1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char document[1024], expected[128];
        snprintf(document, sizeof document, HEAD "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>%s</v></c></row>" PADDING TAIL, bad[i]);
        snprintf(expected, sizeof expected, "row 2\ncorrupt A2: \"%s\" is no index of a shared string", bad[i]);
        CHECK_DOCUMENT(document, expected);
    }
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\" t=\"s\"><v>0001</v></c></row>", "row 2\nA2 text \"one\"\n");
}
END_TEST

START_TEST(booleans_and_types_that_mean_nothing_are_corrupt)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\" t=\"b\"><v>true</v></c><c r=\"B2\" t=\"b\"><v> 0 </v></c><c r=\"C2\" t=\"b\"><v>FALSE</v></c></row>",
                "row 2\nA2 boolean \"1\"\nB2 boolean \"0\"\nC2 boolean \"0\"\n");
    CHECK_FAULT("<row r=\"2\"><c r=\"A2\" t=\"b\"><v>2</v></c></row>", "row 2\ncorrupt A2: \"2\" is no boolean");
    CHECK_FAULT("<row r=\"2\"><c r=\"A2\" t=\"z\"><v>2</v></c></row>", "row 2\ncorrupt A2: unknown cell type \"z\"");
    CHECK_FAULT("<row r=\"2\"><c r=\"A2\" t=\"\"><v>2</v></c></row>", "row 2\ncorrupt A2: unknown cell type \"\"");
}
END_TEST

START_TEST(style_indexes_that_are_none_count_as_out_of_range)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\" s=\"99999\"><v>1</v></c><c r=\"B2\" s=\"-1\"><v>2</v></c><c r=\"C2\" s=\"99999999999999\"><v>3</v></c>"
                "<c r=\"D2\" s=\"\"><v>4</v></c></row>",
                "row 2\nA2 number \"1\" style=99999\nB2 number \"2\" style=4294967295\nC2 number \"3\" style=4294967295\n"
                "D2 number \"4\" style=4294967295\n");
}
END_TEST

START_TEST(formulas_of_all_kinds_are_read_with_their_values)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\"><f>A1+1</f><v>3</v></c><c r=\"B2\" t=\"str\"><f>\"a\"&amp;\"b\"</f><v>ab</v></c>"
                "<c r=\"C2\"><f>NOW()</f></c><c r=\"D2\"><f t=\"shared\" ref=\"D2:D4\" si=\"7\">D1*2</f><v>1</v></c>"
                "<c r=\"E2\"><f t=\"shared\" si=\"7\"/><v>2</v></c><c r=\"F2\"><f t=\"array\" ref=\"F2:G3\">X1:Y2</f><v>0</v></c>"
                "<c r=\"G2\"><f t=\"dataTable\" ref=\"G2:G3\" dt2D=\"1\"/><v>4</v></c><c r=\"H2\"><f/><v>5</v></c>"
                "<c r=\"I2\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c><c r=\"J2\"><v>1</v><f>1</f></c></row>",
                "row 2\nA2 number \"3\" normal=\"A1+1\"\nB2 text \"ab\" normal=\"\\\"a\\\"&\\\"b\\\"\"\nC2 blank  normal=\"NOW()\"\n"
                "D2 number \"1\" shared=\"D1*2\" si=7 range=D2:D4\nE2 number \"2\" shared=\"\" si=7\n"
                "F2 number \"0\" array=\"X1:Y2\" range=F2:G3\nG2 number \"4\" table=\"\" range=G2:G3\nH2 number \"5\"\n"
                "I2 error \"#DIV/0!\" normal=\"1/0\"\nJ2 number \"1\" normal=\"1\"\n");
}
END_TEST

START_TEST(inline_strings_join_runs_and_skip_phonetics)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\" t=\"inlineStr\"><is><t>plain</t></is></c>"
                "<c r=\"B2\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> a </t></is></c>"
                "<c r=\"C2\" t=\"inlineStr\"><is><r><rPr><b/></rPr><t>bold</t></r><r><t xml:space=\"preserve\"> thin</t></r>"
                "<rPh sb=\"0\" eb=\"1\"><t>phonetic</t></rPh><phoneticPr fontId=\"1\"/></is></c>"
                "<c r=\"D2\" t=\"inlineStr\"><v>loose</v></c><c r=\"E2\" t=\"str\"><is><t>odd</t></is></c></row>",
                "row 2\nA2 text \"plain\"\nB2 text \" a \"\nC2 text \"bold thin\"\nD2 text \"loose\"\nE2 text \"odd\"\n");
}
END_TEST

START_TEST(texts_are_decoded_in_every_way)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\" t=\"str\"><v>&lt;&amp;&#x41;&#228;&quot;</v></c><c r=\"B2\" t=\"str\"><v>a\r\nb\rc\n</v></c>"
                "<c r=\"C2\" t=\"str\"><v>x_x0041_y_X0041_z_x005F_x0042_</v></c><c r=\"D2\" t=\"str\"><v>gr\xC3\xBC\xC3\x9F</v></c>"
                "<c r=\"E2\" t=\"str\"><v>_xD83D__xDE00__xD83D_</v></c><c r=\"F2\" t=\"str\"><v>&#13;</v></c></row>",
                "row 2\nA2 text \"<&A\xC3\xA4\\\"\"\nB2 text \"a\\nb\\nc\\n\"\nC2 text \"xAy_X0041_z_x0042_\"\n"
                "D2 text \"gr\xC3\xBC\xC3\x9F\"\nE2 text \"\xF0\x9F\x98\x80\xEF\xBF\xBD\"\nF2 text \"\\r\"\n");
}
END_TEST

START_TEST(texts_that_xml_does_not_allow_are_corrupt)
{
    static const char *const bad[] = {"\x01", "a\xFFz", "\xC0\xAF", "\xED\xA0\x80", "&#0;", "&#xD800;", "&#x110000;", "&#xFFFF;", "&nosuch;",
                                      "&#65", "&", "&#99999999999999999999;"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char document[1024];
        snprintf(document, sizeof document, HEAD "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>%s</v></c></row>" PADDING TAIL, bad[i]);
        const char *text = scan(document);
        ck_assert_msg(strncmp(text, "row 2\ncorrupt A2: ", 18) == 0, "%s gave %s", bad[i], text);
        end();
    }
}
END_TEST

START_TEST(prefixed_strict_and_foreign_elements_are_told_apart)
{
    CHECK_DOCUMENT("<x:worksheet xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><x:sheetData>"
                   "<x:row r=\"1\"><x:c r=\"A1\" t=\"inlineStr\"><x:is><x:t>a</x:t></x:is></x:c><c r=\"B1\"><v>2</v></c>"
                   "<x:c r=\"C1\"><x:v>3</x:v></x:c></x:row></x:sheetData></x:worksheet>",
                   "row 1\nA1 text \"a\"\nC1 number \"3\"\nok");
    CHECK_DOCUMENT("<worksheet xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"><sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c>"
                   "</row></sheetData></worksheet>",
                   "row 1\nA1 number \"1\"\nok");
    CHECK_SHEET("<row r=\"2\" xmlns:q=\"urn:q\"><q:c r=\"A2\"><v>1</v></q:c><c r=\"B2\"><q:v>1</q:v><v>2</v></c>"
                "<c xmlns=\"urn:q\" r=\"C2\"><v>3</v></c><c r=\"D2\"><v>4</v></c></row>",
                "row 2\nB2 number \"2\"\nD2 number \"4\"\n");
    CHECK_SHEET("<row r=\"2\" xmlns=\"urn:q\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><v>1</v></c><c r=\"C2\"><v>1</v></c></row>", "");
}
END_TEST

START_TEST(alternate_content_gives_its_fallback)
{
    CHECK_DOCUMENT("<worksheet " MAIN " xmlns:mc=\"http://schemas.openxmlformats.org/markup-compatibility/2006\"><sheetData><row r=\"1\">"
                   "<c r=\"A1\"><v>1</v></c><mc:AlternateContent><mc:Choice Requires=\"q\"><c r=\"B1\"><v>2</v></c><c r=\"E1\"><v>2</v></c>"
                   "</mc:Choice><mc:Fallback><c r=\"C1\"><v>3</v></c></mc:Fallback></mc:AlternateContent><c r=\"D1\"><v>4</v></c></row>"
                   "</sheetData></worksheet>",
                   "row 1\nA1 number \"1\"\nC1 number \"3\"\nD1 number \"4\"\nok");
}
END_TEST

START_TEST(what_surrounds_the_cells_is_told)
{
    CHECK_DOCUMENT("<worksheet " MAIN "><dimension ref=\"A1:XFD1048576\"/><cols><col min=\"2\" max=\"3\" hidden=\"1\"/>"
                   "<col min=\"5\" max=\"99999\"/><col min=\"9\" max=\"8\"/></cols><sheetData><row r=\"1\" hidden=\"true\"/>"
                   "<row r=\"2\" spans=\"1:1\" ht=\"15\" hidden=\"1\"><c r=\"A2\"><v>1</v></c></row><row r=\"3\" hidden=\"0\"/></sheetData>"
                   "<sheetProtection sheet=\"1\"/><mergeCells><mergeCell ref=\"A1:B2\"/><mergeCell ref=\"D9:C8\"/>"
                   "<mergeCell ref=\"nonsense\"/></mergeCells></worksheet>",
                   "columns 2-3 hidden\ncolumns 5-16384\nrow 1 hidden\nrow 2 hidden\nA2 number \"1\"\nrow 3\nprotected\n"
                   "merge A1:B2\nmerge C8:D9\nok");
}
END_TEST

START_TEST(rows_behind_rows_keep_their_attributes)
{
    CHECK_SHEET("<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>\n <row r=\"3\" spans=\"1:2\" hidden=\"1\"><c r=\"A3\"><v>1</v></c></row>"
                "<row r=\"4\" hidden='1'><c r=\"A4\"><v>1</v></c></row><row hidden=\"on\" r=\"5\"><c r=\"A5\"><v>1</v></c></row>"
                "<row r=\"07\" x14ac:dyDescent=\"0.25\" customFormat=\"1\" s=\"3\"><c r=\"A7\"><v>1</v></c></row>"
                "<row r=\"8\" q=\"&gt;\"><c r=\"A8\"><v>1</v></c></row>",
                "row 2\nA2 number \"1\"\nrow 3 hidden\nA3 number \"1\"\nrow 4 hidden\nA4 number \"1\"\nrow 5 hidden\nA5 number \"1\"\n"
                "row 7\nA7 number \"1\"\nrow 8\nA8 number \"1\"\n");
}
END_TEST

START_TEST(styled_blanks_are_told_on_request)
{
    begin();
    events.wants_blanks = again.wants_blanks = true;
    ck_assert_str_eq(scan_span(SPAN(HEAD "<row r=\"2\"><c r=\"A2\" s=\"1\"/><c r=\"B2\" s=\"2\"></c><c r=\"C2\" t=\"s\"/></row>" PADDING TAIL)),
                     "row 2\nA2 blank  style=1\nB2 blank  style=2\nC2 blank \n" PADDED);
    end();
}
END_TEST

START_TEST(cells_over_the_budget_are_refused)
{
    begin();
    events.max_cells = again.max_cells = 3;
    ck_assert_str_eq(scan_span(SPAN(HEAD PADDING PADDING TAIL)),
                     "row 9\nA9 number \"9\"\nB9 number \"9\"\nC9 number \"9\"\nrow 9\n"
                     "limit A9: the sheet has more than 3 cells");
    end();
}
END_TEST

START_TEST(malformed_documents_are_corrupt)
{
    static const char *const bad[] = {
        "", " ", "<?xml version=\"1.0\"?>", "no markup", HEAD, HEAD "<row r=\"1\"><c r=\"A1\"><v>1</v>",
        HEAD "<row r=\"1\"><c r=\"A1\"><v>1</v></c>", HEAD "<row r=\"1\"></sheetData></row></worksheet>", HEAD "</sheetData>",
        HEAD TAIL "x", HEAD TAIL "<worksheet/>", HEAD "<row r=1/>" TAIL, HEAD "<row r=\"1\" r=\"2\"/>" TAIL, HEAD "<row r=\"<\"/>" TAIL,
        HEAD "<row r=\"1\"s=\"2\"/>" TAIL, HEAD "<row r/>" TAIL, HEAD "< row/>" TAIL, HEAD "<q:row/>" TAIL, HEAD "<!-- " TAIL, HEAD "<row" ,
        HEAD "<row r=\"1\"/ >" TAIL, HEAD "<row r=\"1\"><c r=\"A1\"><v>1</c></v></row>" TAIL, HEAD "</>" TAIL, HEAD "<![CDAT[x]]>" TAIL,
        "</worksheet>", "<table/>", HEAD "<row r=\"&q;\"/>" TAIL, "<![CDATA[x]]>" HEAD TAIL, HEAD TAIL "<", HEAD "<row r=\"1\"></row x></sheetData>",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const char *text = scan(bad[i]);
        ck_assert_msg(strstr(text, "corrupt ") != NULL, "\"%s\" gave %s", bad[i], text);
        end();
    }
}
END_TEST

START_TEST(a_cut_document_names_the_cell_where_it_ends)
{
    CHECK_DOCUMENT(HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\"><v>2",
                   "row 2\nA2 number \"1\"\ncorrupt B2: the part is cut off: <v> is never closed");
    CHECK_DOCUMENT(HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2", "row 2\nA2 number \"1\"\ncorrupt A2: the part is cut off within a tag");
}
END_TEST

START_TEST(a_doctype_is_unsafe)
{
    CHECK_DOCUMENT("<?xml version=\"1.0\"?><!DOCTYPE worksheet [<!ENTITY a \"b\">]><worksheet " MAIN "/>",
                   "unsafe_xml a document type declaration (DOCTYPE) is not allowed in a workbook");
}
END_TEST

static struct span repeat(const char *head, const char *piece, size_t n, const char *tail)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&out, head);
    for (size_t i = 0; i < n; i++)
        buffer_put_text(&out, piece);
    buffer_put_text(&out, tail);
    return buffer_span(&out);
}

static void check_limit(struct span document, const char *class)
{
    begin();
    for (enum scan_road road = SCAN_ROAD_BEST; road <= SCAN_ROAD_SLOW; road++) {
        sheet_events_scan(&events, document, 0, (size_t)128 << 10, road, strings);
        ck_assert_msg(strstr(buffer_text(&events.text), class), "%s", buffer_text(&events.text));
    }
    end();
    free((char *)document.data);
}

START_TEST(absurd_documents_are_bounded)
{
    check_limit(repeat(HEAD, "<row>", 100000, ""), "limit ");
    check_limit(repeat(HEAD "<row q=\"", "0123456789abcdef", 1 << 17, "\"/>" TAIL), "limit ");
    check_limit(repeat(HEAD "<", "0123456789abcdef", 1 << 17, "/>" TAIL), "limit ");
    check_limit(repeat(HEAD "<row r=\"1\"><c t=\"str\"><v>", "0123456789abcdef", 1 << 17, "</v></c></row>" TAIL), "limit A1: a text");
    check_limit(repeat(HEAD "<row r=\"1\"><c r=\"A1\" t=\"str\"><v>", "&#65;0123456789", 1 << 17, "</v></c></row>" TAIL), "limit A1: a text");
    check_limit(repeat(HEAD, "   <!--                                 -->   ", 1 << 17, "<row r=\"1\"/>" TAIL), "row 1\nok");
}
END_TEST

START_TEST(too_many_attributes_are_bounded)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&out, HEAD "<row");
    for (int i = 0; i < 1000; i++)
        buffer_putf(&out, " a%d=\"\"", i);
    buffer_put_text(&out, "/>" TAIL);
    check_limit(buffer_span(&out), "limit more than 256 attributes");
}
END_TEST

/* The bytes of an ASCII document in UTF-16. */
static struct span utf16(const char *text, bool is_big, bool has_mark)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    if (has_mark)
        buffer_put(&out, is_big ? SPAN("\xFE\xFF") : SPAN("\xFF\xFE"));
    for (; *text; text++) {
        char pair[2] = {is_big ? 0 : *text, is_big ? *text : 0};
        buffer_put(&out, span_make(pair, 2));
    }
    return buffer_span(&out);
}

static uint32_t seed;

static uint32_t pick(uint32_t n)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void put_random_number(struct buffer *out)
{
    static const char *const odd[] = {"1E+5", "1.5e-7", ".5", "5.", "-", ".", "", " 7 ", "+3", "--1", "1.2.3", "9007199254740993", "-0", "0.1e"};
    if (pick(12) == 0) {
        buffer_put_text(out, odd[pick(sizeof odd / sizeof odd[0] - (pick(20) ? 10 : 0))]);
        return;
    }
    buffer_put_text(out, pick(4) ? "" : "-");
    for (uint32_t i = 0, n = 1 + pick(9), point = pick(12); i < n; i++)
        buffer_putf(out, "%s%u", i && i == point ? "." : "", pick(pick(3) ? 10 : 1000000000));
}

static void put_random_cell(struct buffer *out, uint32_t row, uint32_t *col, bool has_refs)
{
    static const char *const types[] = {"", "", "", " t=\"s\"", " t=\"str\"", " t=\"b\"", " t=\"n\"", " t=\"inlineStr\""};
    uint32_t type = pick(8), style = pick(3);
    char ref[CELL_REF_TEXT_MAX];
    *col += pick(9) ? 1 : 1 + pick(60);
    buffer_put_text(out, "<c");
    if (has_refs && pick(40))
        buffer_putf(out, " r=\"%.*s\"", (int)cell_ref_format((struct cell_ref){row, *col}, ref), ref);
    if (style == 1)
        buffer_putf(out, " s=\"%u\"%s", pick(pick(4) ? 10 : 100000), types[type]);
    else
        buffer_put_text(out, types[type]);
    if (style == 2)
        buffer_putf(out, " s=\"%u\"", pick(200));
    if (pick(8) == 0) {
        buffer_put_text(out, pick(5) ? "/>" : " />");
        return;
    }
    buffer_put_text(out, ">");
    if (pick(6) == 0 && type != 7)
        buffer_putf(out, "<f>SUM(%.*s,%u)%s</f>", (int)pick(40), "A1:B2*A1:B2*A1:B2*A1:B2*A1:B2*A1:B2*A1:B2", pick(100), pick(3) ? "" : "&amp;\"x\"");
    if (type == 7) {
        buffer_putf(out, "<is><t>text %u</t></is></c>", pick(1000000));
        return;
    }
    buffer_put_text(out, "<v>");
    if (type == 3 || type == 5)
        buffer_putf(out, "%u", pick(2));
    else
        put_random_number(out);
    buffer_put_text(out, "</v></c>");
}

START_TEST(random_rows_are_the_same_on_every_road)
{
    unsigned n_ok = 0;
    for (uint32_t round = 0; round < 3000; round++) {
        struct buffer out;
        seed = round;
        begin();
        buffer_init(&out, BUFFER_LIMIT_DEFAULT);
        buffer_put_text(&out, HEAD);
        bool has_refs = pick(3);
        for (uint32_t row = pick(2000000) % (pick(5) ? 200 : 1048576), n = 1 + pick(6); n; n--, row += 1 + (pick(9) == 0)) {
            buffer_put_text(&out, "<row");
            if (has_refs)
                buffer_putf(&out, " r=\"%u\"", row + 1);
            buffer_putf(&out, "%s>", pick(4) ? "" : " spans=\"1:9\" hidden=\"1\"");
            uint32_t col = UINT32_MAX;
            for (uint32_t k = pick(12); k; k--)
                put_random_cell(&out, row, &col, has_refs);
            buffer_put_text(&out, "</row>");
        }
        buffer_put_text(&out, PADDING_BEHIND TAIL);
        sheet_events_scan(&events, buffer_span(&out), 0, out.len, SCAN_ROAD_SLOW, strings);
        n_ok += span_ends(buffer_span(&events.text), SPAN("ok"));
        for (enum scan_road road = SCAN_ROAD_BEST; road < SCAN_ROADS; road++) {
            same_again(buffer_span(&out), 0, out.len, road);
            same_again(buffer_span(&out), 0, 300, road);
        }
        buffer_free(&out);
        end();
    }
    ck_assert_uint_gt(n_ok, 1000);
}
END_TEST

START_TEST(utf16_and_latin1_documents_are_transcoded)
{
    for (int kind = 0; kind < 4; kind++) {
        struct span document = utf16("<?xml version=\"1.0\" encoding=\"UTF-16\"?>" HEAD "<row r=\"2\"><c r=\"A2\"><v>1</v></c></row>" PADDING TAIL,
                                     kind & 1, kind & 2);
        begin();
        ck_assert_str_eq(scan_span(document), "row 2\nA2 number \"1\"\n" PADDED);
        const char *cut = scan_span(span_make(document.data, document.len - 1));
        ck_assert_msg(strstr(cut, "\ncorrupt "), "%s", cut);
        end();
        free((char *)document.data);
    }
    CHECK_DOCUMENT("<?xml version='1.0' encoding='ISO-8859-1'?>" HEAD "<row r=\"2\"><c r=\"A2\" t=\"str\"><v>gr\xFC\xDF</v></c></row>" PADDING TAIL,
                   "row 2\nA2 text \"gr\xC3\xBC\xC3\x9F\"\n" PADDED);
    CHECK_DOCUMENT("\xEF\xBB\xBF" HEAD PADDING TAIL, PADDED);
    CHECK_DOCUMENT("<?xml version='1.0' encoding='KOI8-R'?>" HEAD TAIL, "unsupported the encoding \"KOI8-R\" is not supported");
    begin();
    ck_assert_str_eq(scan_span(SPAN("\xFF\xFE<\0a\0\x00\xDC>\0")), "corrupt half a surrogate pair in UTF-16");
    end();
}
END_TEST

START_TEST(a_fault_of_the_handler_stops_the_scan)
{
    begin();
    struct sheet_handler handler = {.self = &events, .row = events_on_row, .merge = events_on_merge};
    struct sheet_scanner *scanner = sheet_scanner_new(NULL, &handler, 10, NULL);
    ck_assert_int_eq(sheet_scanner_push(scanner, SPAN(HEAD "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c></row>")), FAULT_CORRUPT);
    sheet_scanner_destroy(&scanner);
    sheet_scanner_destroy(&scanner);
    end();
}
END_TEST

static enum fault keep_index(void *context, const struct cell *cell)
{
    struct buffer *out = context;
    if (cell_is_unread(cell))
        buffer_putf(out, "#%u ", cell->string_index);
    else
        buffer_putf(out, "%.*s ", SPAN_ARGS(cell->value));
    return FAULT_NONE;
}

START_TEST(without_a_table_shared_texts_may_be_told_by_index)
{
    static const enum scan_road roads[] = {SCAN_ROAD_SLOW, SCAN_ROAD_BEST};
    const char *document = HEAD "<row r=\"1\"><c r=\"A1\" t=\"s\"><v>7</v></c><c r=\"B1\" t=\"str\"><v>x</v></c>"
                                "<c r=\"C1\" t=\"s\"><v>4294967294</v></c><c r=\"D1\" t=\"inlineStr\"><is><t/></is></c><c r=\"E1\"><v>1</v></c>"
                                "</row>" PADDING TAIL;
    for (size_t i = 0; i < 2; i++) {
        struct buffer out;
        buffer_init(&out, BUFFER_LIMIT_DEFAULT);
        struct sheet_handler handler = {.self = &out, .cell = keep_index, .wants_indexes = true};
        struct sheet_scanner *scanner = sheet_scanner_new(NULL, &handler, 1000, NULL);
        ck_assert(sheet_scanner_set_road(scanner, roads[i]));
        ck_assert_int_eq(sheet_scanner_push(scanner, span_of(document)), FAULT_NONE);
        ck_assert_int_eq(sheet_scanner_finish(scanner), FAULT_NONE);
        ck_assert_str_eq(buffer_text(&out), "#7 x #4294967294  1 9 9 9 ");
        sheet_scanner_destroy(&scanner);
        buffer_free(&out);
    }
}
END_TEST

SUITE(workbook_sheet_scanner, usual_cells_of_every_type_are_read, columns_and_rows_reach_the_corners_of_the_grid,
      cells_outside_of_the_grid_are_corrupt_and_named, rows_and_cells_without_r_follow_each_other,
      cells_that_come_twice_or_backwards_are_told_as_they_stand,
      a_column_number_in_place_of_a_reference_counts_where_it_is_right, odd_spellings_of_a_cell_mean_the_same,
      comments_cdata_and_instructions_within_values_do_not_split_them, numbers_are_checked_wherever_they_stand,
      empty_values_are_no_values_except_texts, indexes_of_shared_strings_must_exist,
      booleans_and_types_that_mean_nothing_are_corrupt, style_indexes_that_are_none_count_as_out_of_range,
      formulas_of_all_kinds_are_read_with_their_values, inline_strings_join_runs_and_skip_phonetics,
      texts_are_decoded_in_every_way, texts_that_xml_does_not_allow_are_corrupt,
      prefixed_strict_and_foreign_elements_are_told_apart, alternate_content_gives_its_fallback,
      what_surrounds_the_cells_is_told, rows_behind_rows_keep_their_attributes, styled_blanks_are_told_on_request,
      cells_over_the_budget_are_refused, malformed_documents_are_corrupt, a_cut_document_names_the_cell_where_it_ends,
      a_doctype_is_unsafe, absurd_documents_are_bounded, too_many_attributes_are_bounded,
      random_rows_are_the_same_on_every_road, utf16_and_latin1_documents_are_transcoded, a_fault_of_the_handler_stops_the_scan,
      without_a_table_shared_texts_may_be_told_by_index)

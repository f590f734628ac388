/* SPDX-License-Identifier: MIT
 *
 * Whole output workbooks on templates of a few lines: what is added, what goes, what stays.
 */
#include <dirent.h>

#include "tests/support/mini_book.h"
#include "tests/support/suite.h"
#include "workbook/output_book.h"
#include "workbook/sheet.h"

#define PACKAGE_RELS "http://schemas.openxmlformats.org/package/2006/relationships"
#define TYPES_HEAD                                                                                                     \
    "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "       \
    "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" "            \
    "ContentType=\"application/xml\"/>"
#define SHEET_TYPE                                                                                                     \
    "<Override PartName=\"/xl/worksheets/sheet1.xml\" "                                                                \
    "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>"

static struct output_book *open_output(struct mini_book *mini, const struct mini_part *parts, size_t n)
{
    struct output_book *output;
    struct why why = {0};
    mini_begin(mini, parts, n);
    ck_assert_int_eq(output_book_new(mini->book, DEFLATE_FAST, NULL, &output, &why), FAULT_NONE);
    return output;
}

static struct output_stats write_output(struct mini_book *mini, struct output_book **output)
{
    struct output_stats stats;
    struct why why = {0};
    char line[1024];
    ck_assert_msg(!output_book_write(*output, mini->out, false, &stats, &why), "%s", why_line(&why, line, sizeof line));
    output_book_destroy(output);
    return stats;
}

static struct cell_ref at(const char *text)
{
    struct cell_ref ref;
    ck_assert(cell_ref_parse(span_of(text), &ref));
    return ref;
}

static void check_has(const char *path, const char *part, const char *text)
{
    char *bytes = mini_read(path, part);
    ck_assert_msg(strstr(bytes, text) != NULL, "%s has no %s: %s", part, text, bytes);
    free(bytes);
}

static void check_lacks(const char *path, const char *part, const char *text)
{
    char *bytes = mini_read(path, part);
    ck_assert_msg(strstr(bytes, text) == NULL, "%s has %s: %s", part, text, bytes);
    free(bytes);
}

static void check_is(const char *path, const char *part, const char *text)
{
    char *bytes = mini_read(path, part);
    ck_assert_str_eq(bytes, text);
    free(bytes);
}

START_TEST(a_template_without_edits_only_asks_for_calculation)
{
    struct mini_book mini;
    struct mini_part parts[] = {{"xl/worksheets/sheet1.xml", SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"A1\"><f>1+1</f><v>3</v></c></row></sheetData></worksheet>"},
                                {"xl/media/a.bin", "bytes"}};
    struct output_book *output = open_output(&mini, parts, 2);
    struct output_stats stats = write_output(&mini, &output);
    ck_assert_uint_eq(stats.parts_changed, 1);
    ck_assert_uint_eq(stats.parts_copied, 5);
    check_is(mini.out, "xl/worksheets/sheet1.xml", parts[0].text);
    check_is(mini.out, "xl/workbook.xml",
             "<workbook xmlns=\"" MAIN_NS "\" xmlns:r=\"" REL_NS "\"><sheets><sheet name=\"Form\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"
             "<calcPr fullCalcOnLoad=\"1\"/></workbook>");
    mini_end(&mini);
}
END_TEST

START_TEST(the_last_edit_of_a_cell_wins_and_an_earlier_style_stays)
{
    struct mini_book mini;
    struct output_book *output = open_output(&mini, NULL, 0);
    output_book_set_number(output, 0, at("B2"), 1, STYLE_KEEP);
    output_book_set_style(output, 0, at("A1"), 4);
    output_book_set_text(output, 0, at("A1"), SPAN("old"), STYLE_KEEP);
    output_book_set_number(output, 0, at("A1"), 5, STYLE_KEEP);
    output_book_set_number(output, 0, at("C1"), 6, 2);
    output_book_set_style(output, 0, at("C1"), 3);
    output_book_set_text(output, 0, at("B2"), SPAN("new"), STYLE_KEEP);
    ck_assert_uint_eq(write_output(&mini, &output).cells_written, 3);
    check_is(mini.out, "xl/worksheets/sheet1.xml",
             SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"A1\" s=\"4\"><v>5</v></c><c r=\"C1\" s=\"3\"><v>6</v></c></row>"
                        "<row r=\"2\"><c r=\"B2\" t=\"inlineStr\"><is><t>new</t></is></c></row></sheetData></worksheet>");
    mini_end(&mini);
}
END_TEST

START_TEST(formulas_get_the_new_value_or_lose_the_old_one)
{
    struct mini_book mini;
    struct mini_part parts[] = {{"xl/worksheets/sheet1.xml",
                                 SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"A1\"/><c r=\"B1\"><f>SUM(A1:A2)</f><v>0</v></c><c r=\"C1\"><f>TODAY()+B1</f><v>7</v></c>"
                                            "<c r=\"D1\"><f>2*3</f><v>6</v></c><c r=\"E1\"><f>IF(B1&gt;5,\"high\",1/0)</f><v>0</v></c></row></sheetData></worksheet>"}};
    struct output_book *output = open_output(&mini, parts, 1);
    output_book_set_number(output, 0, at("A1"), 2.5, STYLE_KEEP);
    output_book_set_number(output, 0, at("A2"), 3, STYLE_KEEP);
    struct output_stats stats = write_output(&mini, &output);
    ck_assert_uint_eq(stats.formulas_recomputed, 2);
    ck_assert_uint_eq(stats.formulas_dropped, 1);
    check_is(mini.out, "xl/worksheets/sheet1.xml",
             SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"A1\"><v>2.5</v></c><c r=\"B1\"><f>SUM(A1:A2)</f><v>5.5</v></c><c r=\"C1\"><f>TODAY()+B1</f></c>"
                        "<c r=\"D1\"><f>2*3</f><v>6</v></c><c r=\"E1\" t=\"str\"><f>IF(B1&gt;5,\"high\",1/0)</f><v>high</v></c></row>"
                        "<row r=\"2\"><c r=\"A2\"><v>3</v></c></row></sheetData></worksheet>");
    mini_end(&mini);
}
END_TEST

START_TEST(the_calculation_chain_goes_with_its_relationship_and_type)
{
    struct mini_book mini;
    struct mini_part parts[] = {
        {"[Content_Types].xml", TYPES_HEAD "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/>" SHEET_TYPE
                                           "<Override PartName=\"/xl/calcChain.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.calcChain+xml\"/></Types>"},
        {"xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"" PACKAGE_RELS "\"><Relationship Id=\"rId1\" Type=\"" REL_NS "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                                       "<Relationship Id=\"rId2\" Type=\"" REL_NS "/calcChain\" Target=\"calcChain.xml\"/></Relationships>"},
        {"xl/calcChain.xml", "<calcChain xmlns=\"" MAIN_NS "\"><c r=\"A1\" i=\"1\"/></calcChain>"},
        {"xl/workbook.xml", "<workbook xmlns=\"" MAIN_NS "\" xmlns:r=\"" REL_NS "\"><sheets><sheet name=\"Form\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"
                            "<calcPr calcId=\"191029\" fullCalcOnLoad='0' iterate=\"1\"/><extLst/></workbook>"}};
    struct output_book *output = open_output(&mini, parts, 4);
    write_output(&mini, &output);
    ck_assert(!mini_has(mini.out, "xl/calcChain.xml"));
    check_lacks(mini.out, "[Content_Types].xml", "calcChain");
    check_lacks(mini.out, "xl/_rels/workbook.xml.rels", "calcChain");
    check_has(mini.out, "xl/workbook.xml", "<calcPr calcId=\"191029\" fullCalcOnLoad=\"1\" iterate=\"1\"/><extLst/>");
    mini_end(&mini);
}
END_TEST

START_TEST(a_new_sheet_is_joined_to_the_workbook_under_a_free_name)
{
    struct mini_book mini;
    struct mini_part parts[] = {{"xl/workbook.xml", "<x:workbook xmlns:x=\"" MAIN_NS "\"><x:sheets><x:sheet name=\"FORM\" sheetId=\"7\" xmlns:r=\"" REL_NS
                                                    "\" r:id=\"rId1\"/></x:sheets><x:definedNames/></x:workbook>"},
                                {"xl/worksheets/sheet2.xml", "taken"}};
    struct output_book *output = open_output(&mini, parts, 2);
    struct sheet_writer *writer;
    struct span name;
    ck_assert_int_eq(output_book_add_sheet(output, SPAN("Form"), &writer, &name, NULL), FAULT_NONE);
    ck_assert(span_is(name, "Form (2)"));
    sheet_writer_filter(writer, 0, 2);
    ck_assert_int_eq(sheet_writer_row(writer, 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_text(writer, 0, SPAN("=1+1"), 0), FAULT_NONE);
    ck_assert_int_eq(output_book_add_sheet(output, SPAN("a/b:[c]*?\\ and much more than thirty-one units"), &writer, &name, NULL), FAULT_NONE);
    ck_assert_msg(span_is(name, "a_b__c____ and much more than t"), "%.*s", SPAN_ARGS(name));
    ck_assert_int_eq(output_book_add_sheet(output, SPAN("a/b:[c]*?\\ and much more than thirty-one units"), &writer, &name, NULL), FAULT_NONE);
    ck_assert_msg(span_is(name, "a_b__c____ and much more th (2)"), "%.*s", SPAN_ARGS(name));
    ck_assert_int_eq(output_book_add_sheet(output, SPAN("'history'"), &writer, &name, NULL), FAULT_NONE);
    ck_assert(span_is(name, "history (2)"));
    ck_assert_int_eq(output_book_add_sheet(output, SPAN(""), &writer, &name, NULL), FAULT_NONE);
    ck_assert(span_is(name, "Sheet"));
    write_output(&mini, &output);
    check_has(mini.out, "xl/workbook.xml", "<x:sheet name=\"Form (2)\" sheetId=\"8\" xmlns:r=\"" REL_NS "\" r:id=\"rId2\"/>");
    check_has(mini.out, "xl/workbook.xml",
              "<x:definedNames><x:definedName name=\"_xlnm._FilterDatabase\" localSheetId=\"1\" hidden=\"1\">&apos;Form (2)&apos;!$A$1:$B$1</x:definedName>"
              "</x:definedNames><x:calcPr fullCalcOnLoad=\"1\"/></x:workbook>");
    check_has(mini.out, "xl/_rels/workbook.xml.rels", "<Relationship Id=\"rId2\" Type=\"" REL_NS "/worksheet\" Target=\"/xl/worksheets/sheet3.xml\"/>");
    check_has(mini.out, "[Content_Types].xml", "<Override PartName=\"/xl/worksheets/sheet3.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>");
    check_has(mini.out, "xl/worksheets/sheet3.xml", "<c r=\"A1\" t=\"inlineStr\"><is><t>=1+1</t></is></c>");
    check_is(mini.out, "xl/worksheets/sheet2.xml", "taken");
    mini_end(&mini);
}
END_TEST

START_TEST(a_note_makes_comments_and_a_drawing)
{
    struct mini_book mini;
    struct output_book *output = open_output(&mini, NULL, 0);
    ck_assert(output_book_note(output, 0, at("B2"), SPAN("sheaf & co"), SPAN("10 <files>\n= 5")));
    ck_assert(output_book_note(output, 0, at("XFD1048576"), SPAN("sheaf & co"), SPAN("edge")));
    ck_assert(output_book_note(output, 0, at("XFD1048576"), SPAN("sheaf & co"), SPAN("the last one counts")));
    write_output(&mini, &output);
    check_has(mini.out, "xl/worksheets/sheet1.xml", "<sheetData/><legacyDrawing r:id=\"rId2\"/></worksheet>");
    check_has(mini.out, "xl/worksheets/_rels/sheet1.xml.rels", "<Relationship Id=\"rId1\" Type=\"" REL_NS "/comments\" Target=\"/xl/notes1.xml\"/>");
    check_has(mini.out, "xl/worksheets/_rels/sheet1.xml.rels", "<Relationship Id=\"rId2\" Type=\"" REL_NS "/vmlDrawing\" Target=\"/xl/drawings/notesDrawing1.vml\"/>");
    check_has(mini.out, "xl/notes1.xml", "<authors><author>sheaf &amp; co</author></authors><commentList><comment ref=\"B2\" authorId=\"0\"");
    check_has(mini.out, "xl/notes1.xml", "10 &lt;files&gt;\n= 5</t>");
    check_has(mini.out, "xl/notes1.xml", "the last one counts");
    check_lacks(mini.out, "xl/notes1.xml", "edge");
    check_has(mini.out, "xl/drawings/notesDrawing1.vml", "<x:Row>1</x:Row><x:Column>1</x:Column>");
    check_has(mini.out, "xl/drawings/notesDrawing1.vml", "<x:Anchor>16378, 15, 1048571, 2, 16382, 15, 1048575, 4</x:Anchor>");
    check_has(mini.out, "[Content_Types].xml", "PartName=\"/xl/notes1.xml\"");
    mini_end(&mini);
}
END_TEST

#define OLD_VML                                                                                                        \
    "<xml xmlns:v=\"urn:schemas-microsoft-com:vml\" xmlns:o=\"urn:schemas-microsoft-com:office:office\" "              \
    "xmlns:x=\"urn:schemas-microsoft-com:office:excel\"><o:shapelayout v:ext=\"edit\"><o:idmap v:ext=\"edit\" data=\"1,9\"/>" \
    "</o:shapelayout><v:shapetype id=\"_x0000_t202\"/><v:shape id=\"_x0000_s1025\"><br></v:shape>"

START_TEST(notes_and_links_of_the_template_stay_and_are_joined_by_new_ones)
{
    struct mini_book mini;
    struct mini_part parts[] = {
        {"xl/worksheets/sheet1.xml", SHEET_HEAD "<sheetData/><hyperlinks><hyperlink ref=\"C3:D4\" location=\"Form!A1\"/></hyperlinks><legacyDrawing r:id=\"rId5\"/></worksheet>"},
        {"xl/worksheets/_rels/sheet1.xml.rels", "<Relationships xmlns=\"" PACKAGE_RELS "\"><Relationship Id=\"rId4\" Type=\"" REL_NS "/comments\" Target=\"../comments1.xml\"/>"
                                                "<Relationship Id=\"rId5\" Type=\"" REL_NS "/vmlDrawing\" Target=\"../drawings/vmlDrawing1.vml\"/></Relationships>"},
        {"xl/comments1.xml", "<comments xmlns=\"" MAIN_NS "\"><authors><author>Ann</author></authors><commentList><comment ref=\"A1\" authorId=\"0\"><text><t>@sum</t></text></comment></commentList></comments>"},
        {"xl/drawings/vmlDrawing1.vml", OLD_VML "</xml>"}};
    struct output_book *output = open_output(&mini, parts, 4);
    ck_assert(!output_book_note(output, 0, at("A1"), SPAN("sheaf"), SPAN("not this one")));
    ck_assert(output_book_note(output, 0, at("A2"), SPAN("sheaf"), SPAN("new")));
    ck_assert(output_book_note(output, 0, at("A3"), SPAN("Ann"), SPAN("hers")));
    ck_assert(!output_book_link(output, 0, at("D4"), SPAN("X!A1"), SPAN("")));
    ck_assert(output_book_link(output, 0, at("D5"), SPAN("'It''s'!A1"), SPAN("see \"there\"")));
    write_output(&mini, &output);
    check_is(mini.out, "xl/worksheets/sheet1.xml",
             SHEET_HEAD "<sheetData/><hyperlinks><hyperlink ref=\"C3:D4\" location=\"Form!A1\"/><hyperlink ref=\"D5\" "
                        "location=\"&apos;It&apos;&apos;s&apos;!A1\" tooltip=\"see &quot;there&quot;\"/></hyperlinks><legacyDrawing r:id=\"rId5\"/></worksheet>");
    check_is(mini.out, "xl/worksheets/_rels/sheet1.xml.rels", parts[1].text);
    check_has(mini.out, "xl/comments1.xml", "<author>Ann</author><author>sheaf</author></authors><commentList><comment ref=\"A1\" authorId=\"0\"><text><t>@sum</t></text></comment><comment ref=\"A2\" authorId=\"1\"");
    check_has(mini.out, "xl/comments1.xml", "<comment ref=\"A3\" authorId=\"0\"");
    check_lacks(mini.out, "xl/comments1.xml", "not this one");
    check_has(mini.out, "xl/drawings/vmlDrawing1.vml", "data=\"1,9,10\"/></o:shapelayout><v:shapetype id=\"_x0000_t202\"/><v:shape id=\"_x0000_s1025\"><br></v:shape><v:shape id=\"_x0000_s10241\"");
    mini_end(&mini);
}
END_TEST

START_TEST(looks_are_appended_to_the_styles_and_counted)
{
    struct mini_book mini;
    struct mini_part parts[] = {
        {"xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"" PACKAGE_RELS "\"><Relationship Id=\"rId1\" Type=\"" REL_NS "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                                       "<Relationship Id=\"rId2\" Type=\"" REL_NS "/styles\" Target=\"styles.xml\"/></Relationships>"},
        {"xl/styles.xml", "<styleSheet xmlns=\"" MAIN_NS "\"><fonts count=\"1\"><font><sz val=\"10\"/><name val=\"Arial\"/></font></fonts><fills count=\"2\"><fill/><fill/></fills>"
                          "<borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs><cellXfs count=\"2\"><xf numFmtId=\"0\"/>"
                          "<xf numFmtId=\"4\" borderId='0' applyAlignment=\"1\"><alignment wrapText=\"1\"/></xf></cellXfs><dxfs/></styleSheet>"}};
    struct output_book *output = open_output(&mini, parts, 2);
    uint32_t made, again, other;
    ck_assert_int_eq(output_book_highlight(output, 1, HIGHLIGHT_BORDER, &made), FAULT_NONE);
    ck_assert_uint_eq(made, 2);
    ck_assert_int_eq(output_book_highlight(output, 1, HIGHLIGHT_BORDER, &again), FAULT_NONE);
    ck_assert_uint_eq(again, 2);
    ck_assert_int_eq(output_book_highlight(output, 77, HIGHLIGHT_FILL, &other), FAULT_NONE);
    ck_assert_uint_eq(other, 3);
    ck_assert_uint_eq(output_book_style(output, OUTPUT_TITLE), 4);
    ck_assert_uint_eq(output_book_style(output, OUTPUT_DATE), 5);
    ck_assert_uint_eq(output_book_style(output, OUTPUT_TITLE), 4);
    ck_assert_uint_eq(output_book_style(output, OUTPUT_PLAIN), 0);
    write_output(&mini, &output);
    char *styles = mini_read(mini.out, "xl/styles.xml");
    const char *side = "style=\"thin\"><color rgb=\"FFFF8C00\"/>";
    ck_assert_ptr_nonnull(strstr(styles, "<numFmts count=\"1\"><numFmt numFmtId=\"164\" formatCode=\"yyyy-mm-dd\"/></numFmts><fonts count=\"2\"><font><sz val=\"10\"/><name val=\"Arial\"/></font>"
                                         "<font><b/><sz val=\"13\"/><name val=\"Arial\"/></font></fonts><fills count=\"3\"><fill/><fill/><fill>"));
    ck_assert_ptr_nonnull(strstr(styles, "<borders count=\"2\"><border/><border><left "));
    ck_assert_ptr_nonnull(strstr(styles, side));
    ck_assert_ptr_nonnull(strstr(styles, "<cellXfs count=\"6\"><xf numFmtId=\"0\"/><xf numFmtId=\"4\" borderId='0' applyAlignment=\"1\"><alignment wrapText=\"1\"/></xf>"
                                         "<xf numFmtId=\"4\" borderId=\"1\" applyAlignment=\"1\" applyBorder=\"1\"><alignment wrapText=\"1\"/></xf><xf numFmtId=\"0\" fillId=\"2\" applyFill=\"1\"/>"));
    ck_assert_ptr_nonnull(strstr(styles, "</cellXfs><dxfs/></styleSheet>"));
    free(styles);
    mini_end(&mini);
}
END_TEST

START_TEST(broken_styles_stay_as_they_are_and_never_block_the_values)
{
    struct mini_book mini;
    struct mini_part parts[] = {
        {"xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"" PACKAGE_RELS "\"><Relationship Id=\"rId1\" Type=\"" REL_NS "/worksheet\" Target=\"worksheets/sheet1.xml\"/>"
                                       "<Relationship Id=\"rId2\" Type=\"" REL_NS "/styles\" Target=\"styles.xml\"/></Relationships>"},
        {"xl/styles.xml", "<styleSheet><fonts>"}};
    struct output_book *output = open_output(&mini, parts, 2);
    uint32_t made;
    ck_assert_int_eq(output_book_highlight(output, 1, HIGHLIGHT_BORDER, &made), FAULT_NONE);
    ck_assert_uint_eq(made, 1);
    ck_assert_uint_eq(output_book_style(output, OUTPUT_TITLE), 0);
    output_book_set_number(output, 0, at("A1"), 1, made);
    write_output(&mini, &output);
    check_is(mini.out, "xl/styles.xml", parts[1].text);
    check_has(mini.out, "xl/worksheets/sheet1.xml", "<c r=\"A1\" s=\"1\"><v>1</v></c>");
    mini_end(&mini);
}
END_TEST

START_TEST(a_template_type_becomes_a_workbook_and_macros_stay)
{
    static const char *const types[][2] = {
        {"application/vnd.openxmlformats-officedocument.spreadsheetml.template.main+xml", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"},
        {"application/vnd.ms-excel.template.macroEnabled.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"},
        {"application/vnd.ms-excel.sheet.macroEnabled.main+xml", "application/vnd.ms-excel.sheet.macroEnabled.main+xml"}};
    for (int i = 0; i < 3; i++) {
        struct mini_book mini;
        char text[1024], expected[256];
        snprintf(text, sizeof text, TYPES_HEAD "<Override PartName=\"/xl/workbook.xml\" ContentType=\"%s\"/>" SHEET_TYPE "</Types>", types[i][0]);
        snprintf(expected, sizeof expected, "<Override PartName=\"/xl/workbook.xml\" ContentType=\"%s\"/>", types[i][1]);
        struct mini_part parts[] = {{"[Content_Types].xml", text}, {"xl/vbaProject.bin", "macros"}};
        struct output_book *output = open_output(&mini, parts, 2);
        write_output(&mini, &output);
        check_has(mini.out, "[Content_Types].xml", expected);
        check_is(mini.out, "xl/vbaProject.bin", "macros");
        mini_end(&mini);
    }
}
END_TEST

START_TEST(a_package_signature_is_dropped_because_it_no_longer_holds)
{
    struct mini_book mini;
    struct mini_part parts[] = {
        {"_rels/.rels", "<Relationships xmlns=\"" PACKAGE_RELS "\"><Relationship Id=\"rId1\" Type=\"" REL_NS "/officeDocument\" Target=\"xl/workbook.xml\"/>"
                        "<Relationship Id=\"rId2\" Type=\"" PACKAGE_RELS "/digital-signature/origin\" Target=\"_xmlsignatures/origin.sigs\"/></Relationships>"},
        {"_xmlsignatures/origin.sigs", ""},
        {"_xmlsignatures/sig1.xml", "<Signature/>"},
        {"xl/vbaProjectSignature.bin", "kept"}};
    struct output_book *output = open_output(&mini, parts, 4);
    ck_assert_uint_eq(write_output(&mini, &output).signatures_dropped, 2);
    ck_assert(!mini_has(mini.out, "_xmlsignatures/sig1.xml"));
    ck_assert(!mini_has(mini.out, "_xmlsignatures/origin.sigs"));
    ck_assert(mini_has(mini.out, "xl/vbaProjectSignature.bin"));
    check_lacks(mini.out, "_rels/.rels", "signature");
    mini_end(&mini);
}
END_TEST

static bool is_marked(const char *path)
{
    struct package *package;
    struct book *book;
    ck_assert_int_eq(package_open(path, NULL, &package, NULL), FAULT_NONE);
    ck_assert_int_eq(book_open(package, &book, NULL), FAULT_NONE);
    bool marked = output_book_is_marked(book);
    book_close(&book);
    package_close(&package);
    return marked;
}

START_TEST(an_output_is_known_by_its_mark)
{
    struct mini_book mini;
    struct output_book *output = open_output(&mini, NULL, 0);
    ck_assert(!output_book_is_marked(mini.book));
    write_output(&mini, &output);
    ck_assert(!is_marked(mini.out));
    ck_assert_int_eq(output_book_new(mini.book, DEFLATE_FAST, NULL, &output, NULL), FAULT_NONE);
    output_book_mark(output, SPAN("1 \"x\""));
    write_output(&mini, &output);
    ck_assert(is_marked(mini.out));
    check_has(mini.out, "docProps/custom.xml", "name=\"sheaf.output\"><vt:lpwstr>1 \"x\"</vt:lpwstr>");
    mini_end(&mini);
}
END_TEST

START_TEST(the_mark_is_a_hidden_name_where_the_template_has_its_own_properties)
{
    struct mini_book mini;
    struct mini_part parts[] = {
        {"_rels/.rels", "<Relationships xmlns=\"" PACKAGE_RELS "\"><Relationship Id=\"rId1\" Type=\"" REL_NS "/officeDocument\" Target=\"xl/workbook.xml\"/>"
                        "<Relationship Id=\"rId2\" Type=\"" REL_NS "/custom-properties\" Target=\"docProps/custom.xml\"/></Relationships>"},
        {"docProps/custom.xml", "<Properties xmlns=\"http://schemas.openxmlformats.org/officeDocument/2006/custom-properties\"/>"},
        {"xl/workbook.xml", "<workbook xmlns=\"" MAIN_NS "\" xmlns:r=\"" REL_NS "\"><sheets><sheet name=\"Form\" sheetId=\"1\" r:id=\"rId1\"/></sheets>"
                            "<definedNames><definedName name=\"a\">1</definedName><definedName name=\"Sheaf.Output\">\"old\"</definedName></definedNames></workbook>"}};
    struct output_book *output = open_output(&mini, parts, 3);
    output_book_mark(output, SPAN("1 \"x\""));
    write_output(&mini, &output);
    ck_assert(is_marked(mini.out));
    check_is(mini.out, "docProps/custom.xml", parts[1].text);
    check_has(mini.out, "xl/workbook.xml", "<definedNames><definedName name=\"a\">1</definedName><definedName name=\"sheaf.output\" hidden=\"1\">&quot;1 &quot;&quot;x&quot;&quot;&quot;</definedName></definedNames>");
    mini_end(&mini);
}
END_TEST

START_TEST(a_workbook_from_nothing_is_a_whole_one)
{
    struct output_book *output;
    struct mini_book mini;
    struct sheet_writer *writer;
    mini_begin(&mini, NULL, 0);
    ck_assert_int_eq(output_book_new(NULL, DEFLATE_SMALL, NULL, &output, NULL), FAULT_NONE);
    ck_assert_int_eq(output_book_add_sheet(output, SPAN("Data"), &writer, NULL, NULL), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_row(writer, 0), FAULT_NONE);
    ck_assert_int_eq(sheet_writer_number(writer, 0, 0.1, output_book_style(output, OUTPUT_NUMBER)), FAULT_NONE);
    output_book_mark(output, SPAN("1"));
    write_output(&mini, &output);
    struct package *package;
    struct book *book;
    ck_assert_int_eq(package_open(mini.out, NULL, &package, NULL), FAULT_NONE);
    ck_assert_int_eq(book_open(package, &book, NULL), FAULT_NONE);
    ck_assert_uint_eq(book->n_sheets, 1);
    ck_assert(span_is(book->sheets[0].name, "Data"));
    ck_assert_uint_ne(book->styles_entry, PACKAGE_NONE);
    book_close(&book);
    package_close(&package);
    ck_assert(is_marked(mini.out));
    mini_end(&mini);
}
END_TEST

START_TEST(an_edit_of_what_is_no_worksheet_is_told_by_write_and_nothing_is_left)
{
    struct mini_book mini;
    struct mini_part parts[] = {
        {"[Content_Types].xml", TYPES_HEAD "<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>"},
        {"xl/_rels/workbook.xml.rels", "<Relationships xmlns=\"" PACKAGE_RELS "\"><Relationship Id=\"rId1\" Type=\"" REL_NS "/chartsheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"},
        {"xl/worksheets/sheet1.xml", "<chartsheet xmlns=\"" MAIN_NS "\"/>"}};
    struct output_book *output = open_output(&mini, parts, 3);
    struct why why = {0};
    output_book_set_number(output, 0, at("A1"), 1, STYLE_KEEP);
    ck_assert_int_eq(output_book_write(output, mini.out, false, NULL, &why), FAULT_UNSUPPORTED);
    ck_assert_str_eq(why.sheet, "Form");
    output_book_destroy(&output);
    ck_assert_int_ne(access(mini.out, F_OK), 0);
    mini_end(&mini);
}
END_TEST

START_TEST(the_same_template_and_edits_give_the_same_bytes)
{
    struct buffer first, second;
    buffer_init(&first, BUFFER_LIMIT_DEFAULT);
    buffer_init(&second, BUFFER_LIMIT_DEFAULT);
    for (int i = 0; i < 2; i++) {
        struct mini_book mini;
        struct output_book *output = open_output(&mini, NULL, 0);
        struct sheet_writer *writer;
        uint32_t style;
        ck_assert_int_eq(output_book_highlight(output, 0, HIGHLIGHT_FILL, &style), FAULT_NONE);
        output_book_set_number(output, 0, at("C3"), 3, style);
        ck_assert(output_book_note(output, 0, at("C3"), SPAN("sheaf"), SPAN("note")));
        ck_assert(output_book_link(output, 0, at("C3"), SPAN("New!A1"), SPAN("")));
        ck_assert_int_eq(output_book_add_sheet(output, SPAN("New"), &writer, NULL, NULL), FAULT_NONE);
        ck_assert_int_eq(sheet_writer_row(writer, 0), FAULT_NONE);
        write_output(&mini, &output);
        FILE *file = fopen(mini.out, "rb");
        char *room = buffer_reserve(i ? &second : &first, 65536);
        (i ? &second : &first)->len = fread(room, 1, 65536, file);
        fclose(file);
        mini_end(&mini);
    }
    ck_assert_uint_gt(first.len, 1000);
    ck_assert(span_equal(buffer_span(&first), buffer_span(&second)));
    buffer_free(&first);
    buffer_free(&second);
}
END_TEST

SUITE(workbook_output_book, a_template_without_edits_only_asks_for_calculation,
      the_last_edit_of_a_cell_wins_and_an_earlier_style_stays, formulas_get_the_new_value_or_lose_the_old_one,
      the_calculation_chain_goes_with_its_relationship_and_type, a_new_sheet_is_joined_to_the_workbook_under_a_free_name,
      a_note_makes_comments_and_a_drawing, notes_and_links_of_the_template_stay_and_are_joined_by_new_ones,
      looks_are_appended_to_the_styles_and_counted, broken_styles_stay_as_they_are_and_never_block_the_values,
      a_template_type_becomes_a_workbook_and_macros_stay, a_package_signature_is_dropped_because_it_no_longer_holds,
      an_output_is_known_by_its_mark, the_mark_is_a_hidden_name_where_the_template_has_its_own_properties,
      a_workbook_from_nothing_is_a_whole_one, an_edit_of_what_is_no_worksheet_is_told_by_write_and_nothing_is_left,
      the_same_template_and_edits_give_the_same_bytes)

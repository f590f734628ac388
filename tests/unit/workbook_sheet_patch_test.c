/* SPDX-License-Identifier: MIT
 *
 * A sheet before and after, as text: what is not meant to change must not change by a byte.
 */
#include "tests/support/mini_book.h"
#include "tests/support/suite.h"
#include "workbook/sheet_patch.h"

static struct buffer texts;

static enum fault keep(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

static struct cell_ref ref(const char *text)
{
    struct cell_ref at;
    ck_assert(cell_ref_parse(span_of(text), &at));
    return at;
}

static struct edit edit(const char *at, enum edit_kind kind, double number)
{
    return (struct edit){.row = ref(at).row, .col = (uint16_t)ref(at).col, .kind = (uint8_t)kind, .style = UINT32_MAX, .number = number};
}

static struct edit number(const char *at, double value)
{
    return edit(at, EDIT_NUMBER, value);
}

static struct edit text(const char *at, enum edit_kind kind, const char *value)
{
    struct edit made = edit(at, kind, 0);
    made.text_at = texts.len;
    made.text_len = (uint32_t)strlen(value);
    buffer_put_text(&texts, value);
    return made;
}

static struct edit styled(struct edit made, uint32_t style)
{
    made.style = style;
    return made;
}

static enum fault run(const char *xml, struct sheet_patch *patch, struct buffer *out, struct sheet_patch_counts *counts)
{
    struct mini_book mini;
    struct mini_part part = {"xl/worksheets/sheet1.xml", xml};
    struct sheet_survey survey;
    struct why why = {0};
    mini_begin(&mini, &part, 1);
    size_t entry = mini.book->sheets[0].entry;
    patch->texts = &texts;
    enum fault fault = sheet_survey(mini.package, entry, patch, &survey, &why);
    if (!fault)
        fault = sheet_patch_write(mini.package, entry, patch, &survey, keep, out, counts, &why);
    sheet_survey_free(&survey);
    mini_end(&mini);
    return fault;
}

static void check_patch(const char *before, struct sheet_patch patch, const char *after)
{
    struct buffer out;
    struct sheet_patch_counts counts = {0};
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    ck_assert_int_eq(run(before, &patch, &out, &counts), FAULT_NONE);
    ck_assert_str_eq(buffer_text(&out), after);
    buffer_free(&out);
}

/* The sheetData of a sheet before and after. */
static void check(const char *before, struct edit *edits, size_t n, const char *after)
{
    char a[4096], b[4096];
    snprintf(a, sizeof a, SHEET_HEAD "<sheetData>%s</sheetData></worksheet>", before);
    snprintf(b, sizeof b, SHEET_HEAD "<sheetData>%s</sheetData></worksheet>", after);
    check_patch(a, (struct sheet_patch){.edits = edits, .n_edits = n}, b);
}
#define CHECK(before, after, ...)                                        \
    do {                                                                 \
        buffer_init(&texts, BUFFER_LIMIT_DEFAULT);                       \
        struct edit edits[] = {__VA_ARGS__};                             \
        check(before, edits, sizeof edits / sizeof edits[0], after);     \
        buffer_free(&texts);                                             \
    } while (0)

START_TEST(a_value_replaces_the_old_one_and_keeps_style_and_attributes)
{
    CHECK("<row r=\"1\" ht=\"20\"><c s='3' r=\"A1\" ph=\"1\"  ><v>1</v></c><c r=\"B1\"/></row>",
          "<row r=\"1\" ht=\"20\"><c s='3' r=\"A1\" ph=\"1\"  ><v>2.5</v></c><c r=\"B1\"/></row>", number("A1", 2.5));
    CHECK("<row r=\"1\"><c r=\"A1\" s=\"3\" t=\"s\"><v>0</v></c></row>", "<row r=\"1\"><c r=\"A1\" s=\"3\"><v>-7</v></c></row>",
          number("A1", -7));
    CHECK("<row r=\"1\"><c r=\"A1\" s=\"3\"/></row>",
          "<row r=\"1\"><c r=\"A1\" s=\"3\" t=\"inlineStr\"><is><t xml:space=\"preserve\"> a&lt;b </t></is></c></row>",
          text("A1", EDIT_TEXT, " a<b "));
    CHECK("<row r=\"1\"><c r=\"A1\" vm=\"1\" cm=\"2\"><v>0</v></c></row>", "<row r=\"1\"><c r=\"A1\" t=\"b\"><v>1</v></c></row>",
          edit("A1", EDIT_BOOLEAN, 1));
    CHECK("<row r=\"1\"><c r=\"A1\"/></row>", "<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#N/A</v></c></row>",
          text("A1", EDIT_ERROR, "#N/A"));
}
END_TEST

START_TEST(infinity_is_never_written)
{
    CHECK("<row r=\"1\"><c r=\"A1\"/></row>", "<row r=\"1\"><c r=\"A1\" t=\"e\"><v>#NUM!</v></c></row>", number("A1", 1.0 / 0.0));
}
END_TEST

START_TEST(a_style_alone_leaves_the_content)
{
    CHECK("<row r=\"1\"><c r=\"A1\" s=\"1\" t=\"s\"><v>0</v></c><c r=\"B1\"><f>A1</f><v>1</v></c></row>",
          "<row r=\"1\"><c r=\"A1\" s=\"9\" t=\"s\"><v>0</v></c><c r=\"B1\" s=\"9\"><f>A1</f><v>1</v></c></row>",
          styled(edit("A1", EDIT_STYLE, 0), 9), styled(edit("B1", EDIT_STYLE, 0), 9));
}
END_TEST

START_TEST(missing_cells_and_rows_are_put_in_order)
{
    CHECK("<row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"D2\"><v>2</v></c></row><row r=\"5\"/>",
          "<row r=\"1\"><c r=\"C1\"><v>1</v></c></row>"
          "<row r=\"2\"><c r=\"A2\"><v>2</v></c><c r=\"B2\"><v>1</v></c><c r=\"C2\"><v>3</v></c><c r=\"D2\"><v>2</v></c>"
          "<c r=\"E2\"><v>4</v></c></row><row r=\"4\"><c r=\"A4\"><v>5</v></c><c r=\"B4\"><v>6</v></c></row>"
          "<row r=\"5\"><c r=\"A5\"><v>7</v></c></row><row r=\"9\"><c r=\"A9\"><v>8</v></c></row>",
          number("C1", 1), number("A2", 2), number("C2", 3), number("E2", 4), number("A4", 5), number("B4", 6), number("A5", 7),
          number("A9", 8));
}
END_TEST

START_TEST(rows_and_cells_without_r_are_counted)
{
    CHECK("<row><c><v>1</v></c><c/></row><row/><row><c/><c r=\"C3\"/><c/></row>",
          "<row><c><v>1</v></c><c><v>9</v></c></row><row><c r=\"A2\"><v>8</v></c></row><row><c/><c r=\"B3\"><v>6</v></c>"
          "<c r=\"C3\"/><c><v>7</v></c></row>",
          number("B1", 9), number("A2", 8), number("B3", 6), number("D3", 7));
    CHECK("<row r=\"1\"><c r=\"0\"/><c r=\"1\"/></row>", "<row r=\"1\"><c r=\"0\"/><c r=\"1\"><v>9</v></c></row>", number("B1", 9));
}
END_TEST

START_TEST(rows_and_cells_out_of_order_or_twice_are_patched_where_they_stand)
{
    CHECK("<row r=\"3\"><c r=\"B3\"/><c r=\"A3\"/></row><row r=\"1\"><c r=\"A1\"/></row><row r=\"1\"><c r=\"A1\"/></row>",
          "<row r=\"2\"><c r=\"A2\"><v>2</v></c></row><row r=\"3\"><c r=\"B3\"/><c r=\"A3\"><v>3</v></c></row><row r=\"1\">"
          "<c r=\"A1\"><v>1</v></c><c r=\"B1\"><v>4</v></c></row><row r=\"1\"><c r=\"A1\"><v>1</v></c></row>",
          number("A1", 1), number("B1", 4), number("A2", 2), number("A3", 3));
}
END_TEST

START_TEST(a_new_cell_takes_the_style_of_its_row_or_column)
{
    struct edit edits[] = {number("B1", 1), number("C1", 2), number("B2", 3), styled(number("C2", 4), 7), number("B3", 5)};
    check_patch(SHEET_HEAD "<cols><col min=\"2\" max=\"2\" style=\"4\"/></cols><sheetData><row r=\"1\"><c r=\"A1\"/></row>"
                           "<row r=\"2\" s=\"5\" customFormat=\"1\"/></sheetData></worksheet>",
                (struct sheet_patch){.edits = edits, .n_edits = 5},
                SHEET_HEAD "<cols><col min=\"2\" max=\"2\" style=\"4\"/></cols><sheetData><row r=\"1\"><c r=\"A1\"/>"
                           "<c r=\"B1\" s=\"4\"><v>1</v></c><c r=\"C1\"><v>2</v></c></row><row r=\"2\" s=\"5\" customFormat=\"1\">"
                           "<c r=\"B2\" s=\"5\"><v>3</v></c><c r=\"C2\" s=\"7\"><v>4</v></c></row>"
                           "<row r=\"3\"><c r=\"B3\" s=\"4\"><v>5</v></c></row></sheetData></worksheet>");
}
END_TEST

START_TEST(prefixes_comments_and_white_space_stay)
{
    struct edit edits[] = {number("A1", 1), number("B1", 2), number("A2", 3)};
    check_patch("<?xml version=\"1.0\"?>\n<!-- <c r=\"A1\"> --><x:worksheet xmlns:x=\"" MAIN_NS "\">\n <x:sheetData >\n  <x:row r=\"1\">\n"
                "   <x:c r=\"A1\"><!-- > --><x:v>0</x:v></x:c>\n  </x:row>\n </x:sheetData>\n</x:worksheet>\n",
                (struct sheet_patch){.edits = edits, .n_edits = 3},
                "<?xml version=\"1.0\"?>\n<!-- <c r=\"A1\"> --><x:worksheet xmlns:x=\"" MAIN_NS "\">\n <x:sheetData >\n  <x:row r=\"1\">\n"
                "   <x:c r=\"A1\"><x:v>1</x:v></x:c>\n  <x:c r=\"B1\"><x:v>2</x:v></x:c></x:row>\n <x:row r=\"2\"><x:c r=\"A2\">"
                "<x:v>3</x:v></x:c></x:row></x:sheetData>\n</x:worksheet>\n");
}
END_TEST

START_TEST(an_empty_or_missing_sheet_data_is_opened)
{
    struct edit edits[] = {number("B2", 1)};
    struct sheet_patch patch = {.edits = edits, .n_edits = 1};
    const char *after = SHEET_HEAD "<sheetPr/><sheetData><row r=\"2\"><c r=\"B2\"><v>1</v></c></row></sheetData><pageMargins/></worksheet>";
    check_patch(SHEET_HEAD "<sheetPr/><sheetData/><pageMargins/></worksheet>", patch, after);
    check_patch(SHEET_HEAD "<sheetPr/><sheetData></sheetData><pageMargins/></worksheet>", patch, after);
    check_patch(SHEET_HEAD "<sheetPr/><pageMargins/></worksheet>", patch, after);
}
END_TEST

START_TEST(dimension_and_spans_never_leave_out_a_new_cell)
{
    struct edit edits[] = {number("B2", 1), number("E5", 2)};
    check_patch(SHEET_HEAD "<dimension ref=\"B2:C3\"/><sheetData><row r=\"2\" spans=\"2:3\"/><row r=\"5\" spans=\"2:3\" ht=\"9\"/>"
                           "</sheetData></worksheet>",
                (struct sheet_patch){.edits = edits, .n_edits = 2},
                SHEET_HEAD "<dimension ref=\"B2:E5\"/><sheetData><row r=\"2\" spans=\"2:3\"><c r=\"B2\"><v>1</v></c></row>"
                           "<row r=\"5\" ht=\"9\"><c r=\"E5\"><v>2</v></c></row></sheetData></worksheet>");
}
END_TEST

START_TEST(links_and_drawing_stand_where_the_schema_wants_them)
{
    struct sheet_patch patch = {.hyperlinks = SPAN("ref=\"A1\" location=\"X!A1\"\nref=\"A2\" location=\"X!A2\""),
                                .legacy_drawing = SPAN("rId7")};
#define LINKS "<hyperlink ref=\"A1\" location=\"X!A1\"/><hyperlink ref=\"A2\" location=\"X!A2\"/>"
    check_patch(SHEET_HEAD "<sheetData/><mergeCells/><dataValidations/><pageMargins/><drawing r:id=\"rId1\"/><tableParts/></worksheet>",
                patch,
                SHEET_HEAD "<sheetData/><mergeCells/><dataValidations/><hyperlinks>" LINKS "</hyperlinks><pageMargins/>"
                           "<drawing r:id=\"rId1\"/><legacyDrawing r:id=\"rId7\"/><tableParts/></worksheet>");
    check_patch(SHEET_HEAD "<sheetData/></worksheet>", patch,
                SHEET_HEAD "<sheetData/><hyperlinks>" LINKS "</hyperlinks><legacyDrawing r:id=\"rId7\"/></worksheet>");
    check_patch(SHEET_HEAD "<sheetData/><hyperlinks><hyperlink ref=\"B1\" r:id=\"rId1\"/></hyperlinks><extLst/></worksheet>", patch,
                SHEET_HEAD "<sheetData/><hyperlinks><hyperlink ref=\"B1\" r:id=\"rId1\"/>" LINKS
                           "</hyperlinks><legacyDrawing r:id=\"rId7\"/><extLst/></worksheet>");
    check_patch("<worksheet xmlns=\"" MAIN_NS "\"><sheetData/><hyperlinks/></worksheet>", patch,
                "<worksheet xmlns=\"" MAIN_NS "\"><sheetData/><hyperlinks>" LINKS "</hyperlinks><legacyDrawing xmlns:r=\"" REL_NS
                "\" r:id=\"rId7\"/></worksheet>");
}
END_TEST

START_TEST(followers_of_an_overwritten_shared_formula_are_written_out)
{
    CHECK("<row r=\"1\"><c r=\"B1\"><f t=\"shared\" ref=\"B1:B3\" si=\"0\">A1&amp;\"A1\"+$A$1+Sheet2!C1*LOG10(A2)</f><v>1</v></c></row>"
          "<row r=\"2\"><c r=\"B2\" s=\"2\"><f t=\"shared\" si=\"0\"/><v>2</v></c></row><row r=\"3\"><c r=\"B3\"><f t=\"shared\" si=\"0\"/></c></row>"
          "<row r=\"4\"><c r=\"B4\"><f t=\"shared\" ref=\"B4:B5\" si=\"0\">A4</f></c></row><row r=\"5\"><c r=\"B5\"><f t=\"shared\" si=\"0\"/></c></row>",
          "<row r=\"1\"><c r=\"B1\"><v>9</v></c></row>"
          "<row r=\"2\"><c r=\"B2\" s=\"2\"><f>A2&amp;&quot;A1&quot;+$A$1+Sheet2!C2*LOG10(A3)</f><v>2</v></c></row>"
          "<row r=\"3\"><c r=\"B3\"><v>8</v></c></row>"
          "<row r=\"4\"><c r=\"B4\"><f t=\"shared\" ref=\"B4:B5\" si=\"0\">A4</f></c></row><row r=\"5\"><c r=\"B5\"><f t=\"shared\" si=\"0\"/></c></row>",
          number("B1", 9), number("B3", 8));
}
END_TEST

START_TEST(a_cached_value_is_replaced_or_dropped_and_the_formula_stays)
{
    CHECK("<row r=\"1\"><c r=\"A1\" s=\"1\" t=\"str\"><f>B1</f><v>x</v></c><c r=\"B1\"><f>C1</f></c><c r=\"C1\" t=\"e\"><f>1/0</f><v>#DIV/0!</v></c>"
          "<c r=\"D1\"><f>E1</f><v>1</v></c><c r=\"E1\"><v>5</v></c></row>",
          "<row r=\"1\"><c r=\"A1\" s=\"1\"><f>B1</f><v>2</v></c><c r=\"B1\" t=\"str\"><f>C1</f><v>y</v></c><c r=\"C1\"><f>1/0</f></c>"
          "<c r=\"D1\" t=\"b\"><f>E1</f><v>0</v></c><c r=\"E1\"><v>5</v></c></row>",
          edit("A1", EDIT_CACHE_NUMBER, 2), text("B1", EDIT_CACHE_TEXT, "y"), edit("C1", EDIT_CACHE_DROP, 0),
          edit("D1", EDIT_CACHE_BOOLEAN, 0), edit("E1", EDIT_CACHE_NUMBER, 6), edit("F9", EDIT_CACHE_NUMBER, 6));
}
END_TEST

START_TEST(all_cached_values_can_be_dropped_those_of_array_formulas_too)
{
    check_patch(SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"A1\"><f t=\"array\" ref=\"A1:B1\">C1:D1</f><v>1</v></c><c r=\"B1\" s=\"2\"><v>2</v></c>"
                           "<c r=\"C1\"><v>3</v></c><c r=\"D1\" t=\"str\"><f>C1</f><v>3</v></c></row></sheetData></worksheet>",
                (struct sheet_patch){.drop_all_cached = true},
                SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"A1\"><f t=\"array\" ref=\"A1:B1\">C1:D1</f></c><c r=\"B1\" s=\"2\"></c>"
                           "<c r=\"C1\"><v>3</v></c><c r=\"D1\"><f>C1</f></c></row></sheetData></worksheet>");
}
END_TEST

START_TEST(a_utf16_sheet_becomes_utf8)
{
    struct edit edits[] = {number("A1", 1)};
    check_patch("\xff\xfe<?xml version=\"1.0\" encoding=\"UTF-16\" standalone=\"yes\"?>" SHEET_HEAD
                "<sheetData><row r=\"1\"><c r=\"A1\"/><c r=\"B1\" t=\"str\"><v>x</v></c></row></sheetData></worksheet>",
                (struct sheet_patch){.edits = edits, .n_edits = 1},
                "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>" SHEET_HEAD
                "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></c><c r=\"B1\" t=\"str\"><v>x</v></c></row></sheetData></worksheet>");
}
END_TEST

START_TEST(what_is_not_a_sheet_is_refused)
{
    static const struct {
        const char *xml;
        enum fault fault;
    } cases[] = {{SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"A1\"><v>1</v></row></sheetData>", FAULT_CORRUPT},
                 {SHEET_HEAD "<sheetData><row r=\"1048577\"/></sheetData></worksheet>", FAULT_CORRUPT},
                 {SHEET_HEAD "<sheetData><row r=\"1\"><c r=\"XFE1\"/></row></sheetData></worksheet>", FAULT_CORRUPT},
                 {"<!DOCTYPE worksheet><worksheet/>", FAULT_UNSAFE_XML},
                 {"<worksheet/>", FAULT_CORRUPT},
                 {"<?xml version=\"1.0\" encoding=\"windows-1252\"?><worksheet><sheetData/></worksheet>", FAULT_UNSUPPORTED}};
    struct edit edits[] = {number("A1", 1)};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct buffer out;
        struct sheet_patch patch = {.edits = edits, .n_edits = 1};
        struct sheet_patch_counts counts = {0};
        buffer_init(&out, BUFFER_LIMIT_DEFAULT);
        ck_assert_msg(run(cases[i].xml, &patch, &out, &counts) == cases[i].fault, "case %zu", i);
        buffer_free(&out);
    }
}
END_TEST

SUITE(workbook_sheet_patch, a_value_replaces_the_old_one_and_keeps_style_and_attributes, infinity_is_never_written,
      a_style_alone_leaves_the_content, missing_cells_and_rows_are_put_in_order, rows_and_cells_without_r_are_counted,
      rows_and_cells_out_of_order_or_twice_are_patched_where_they_stand, a_new_cell_takes_the_style_of_its_row_or_column,
      prefixes_comments_and_white_space_stay, an_empty_or_missing_sheet_data_is_opened,
      dimension_and_spans_never_leave_out_a_new_cell, links_and_drawing_stand_where_the_schema_wants_them,
      followers_of_an_overwritten_shared_formula_are_written_out, a_cached_value_is_replaced_or_dropped_and_the_formula_stays,
      all_cached_values_can_be_dropped_those_of_array_formulas_too, a_utf16_sheet_becomes_utf8, what_is_not_a_sheet_is_refused)

/* SPDX-License-Identifier: MIT */
#include "workbook/book.h"

#include "tests/support/suite.h"
#include "tests/support/zip_file.h"

#define RELS "http://schemas.openxmlformats.org/package/2006/relationships"
#define OFFICE "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
#define MAIN "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
#define XLSX "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"

static const char types[] =
    "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'>"
    "<Default Extension='xml' ContentType='application/xml'/>"
    "<Override PartName='/xl/workbook.xml' ContentType='" XLSX "'/></Types>";
static const char root[] =
    "<Relationships xmlns='" RELS "'><Relationship Id='r' Type='" OFFICE "/officeDocument' "
    "Target='xl/workbook.xml'/></Relationships>";

static struct package *package;
static struct book *book;
static struct why why;

/* Any of the parts may be NULL: left out. The sheets are xl/s/1.xml and xl/s/2.xml. */
static enum fault open_book(const char *content_types, const char *package_rels,
                            const char *workbook, const char *rels)
{
    char path[32];
    int fd;
    struct zip_file zip;
    zip_begin(&zip);
    const char *const names[] = {"[Content_Types].xml", "_rels/.rels", "xl/workbook.xml",
                                 "xl/_rels/workbook.xml.rels"};
    const char *const parts[] = {content_types, package_rels, workbook, rels};
    for (size_t i = 0; i < 4; i++)
        if (parts[i])
            zip_add_text(&zip, names[i], parts[i]);
    zip_add_text(&zip, "xl/s/1.xml", "<worksheet/>");
    zip_add_text(&zip, "xl/s/2.xml", "<worksheet/>");
    zip_add_text(&zip, "xl/styles.xml", "<styleSheet/>");
    zip_end(&zip);
    book_close(&book);
    package_close(&package);
    why = (struct why){0};
    enum fault fault =
        package_open(zip_path(buffer_span(&zip.bytes), path, &fd), NULL, &package, &why);
    close(fd);
    zip_free(&zip);
    if (!fault)
        fault = book_open(package, &book, &why);
    ck_assert_int_eq(why.fault, fault);
    return fault;
}

#define WORKBOOK(inside) "<workbook xmlns='" MAIN "' xmlns:r='" OFFICE "'>" inside "</workbook>"
#define REL(id, type, target) \
    "<Relationship Id='" id "' Type='" OFFICE "/" type "' Target='" target "'/>"
#define BOOK_RELS(inside) "<Relationships xmlns='" RELS "'>" inside "</Relationships>"

START_TEST(sheets_come_in_order_with_kind_state_and_part)
{
    ck_assert_int_eq(
        open_book(
            types, root,
            WORKBOOK("<sheets><sheet name='One &amp; all' sheetId='5' r:id='a'/>"
                     "<sheet name='Two' sheetId='2' state='hidden' r:id='b'/>"
                     "<sheet name='Chart' sheetId='3' state='veryHidden' r:id='c'/>"
                     "<sheet name='Gone' sheetId='4' r:id='d'/><sheet name='None' sheetId='6'/>"
                     "<sheet name='Out' r:id='e'/></sheets>"),
            BOOK_RELS(
                REL("a", "worksheet", "/xl/s/1.xml") REL("b", "worksheet", "s/./../s/2.xml")
                    REL("c", "chartsheet", "s\\1.xml")
                        REL("d", "worksheet",
                            "s/9.xml") "<Relationship Id='e' Type='" OFFICE
                                       "/worksheet' TargetMode='External' Target='xl/s/1.xml'/>")),
        FAULT_NONE);
    static const struct {
        const char *name, *part;
        enum sheet_kind kind;
        enum sheet_state state;
        bool has_entry;
    } expected[] = {{"One & all", "xl/s/1.xml", SHEET_WORKSHEET, SHEET_VISIBLE, true},
                    {"Two", "xl/s/2.xml", SHEET_WORKSHEET, SHEET_HIDDEN, true},
                    {"Chart", "xl/s/1.xml", SHEET_CHARTSHEET, SHEET_VERY_HIDDEN, true},
                    {"Gone", "xl/s/9.xml", SHEET_MISSING, SHEET_VISIBLE, false},
                    {"None", "", SHEET_MISSING, SHEET_VISIBLE, false},
                    {"Out", "", SHEET_MISSING, SHEET_VISIBLE, false}};
    ck_assert_uint_eq(book->n_sheets, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct book_sheet *sheet = &book->sheets[i];
        ck_assert_msg(span_is(sheet->name, expected[i].name), "%zu", i);
        ck_assert_msg(span_is(sheet->part_name, expected[i].part), "%zu: %.*s", i,
                      SPAN_ARGS(sheet->part_name));
        ck_assert_int_eq(sheet->kind, expected[i].kind);
        ck_assert_int_eq(sheet->state, expected[i].state);
        ck_assert_int_eq(sheet->entry != PACKAGE_NONE, expected[i].has_entry);
    }
    ck_assert_uint_eq(book->sheets[0].sheet_id, 5);
    ck_assert(span_is(book->sheets[1].rel_id, "b"));
}
END_TEST

START_TEST(sheets_are_found_by_exact_name_first_then_folded)
{
    ck_assert_int_eq(open_book(types, root,
                               WORKBOOK("<sheets><sheet name='DATA'/><sheet name='Data'/><sheet "
                                        "name=' A\xc3\x91O '/></sheets>"),
                               NULL),
                     FAULT_NONE);
    ck_assert_int_eq(book_find_sheet(book, SPAN("Data")), 1);
    ck_assert_int_eq(book_find_sheet(book, SPAN("data")), 0);
    ck_assert_int_eq(book_find_sheet(book, SPAN("a\xc3\xb1o")), 2);
    ck_assert_int_eq(book_find_sheet(book, SPAN("other")), -1);
}
END_TEST

START_TEST(names_views_and_date_system_are_read)
{
    ck_assert_int_eq(
        open_book(
            types, root,
            WORKBOOK("<workbookPr date1904='true'/><bookViews><workbookView visibility='hidden' "
                     "activeTab='0'/>"
                     "<workbookView activeTab='1'/><workbookView activeTab='0'/></bookViews>"
                     "<sheets><sheet name='a'/><sheet name='b'/></sheets>"
                     "<definedNames><definedName name='x' localSheetId='1' "
                     "hidden='1'>a!$A$1&amp;<![CDATA[<]]></definedName>"
                     "<definedName>nameless</definedName><definedName name='y'/></definedNames>"
                     "<x:sheets xmlns:x='urn:x'><x:sheet name='no'/></x:sheets>"),
            NULL),
        FAULT_NONE);
    ck_assert(book->is_1904 && !book->has_macros && !book->is_strict);
    ck_assert_uint_eq(book->active_tab, 1);
    ck_assert_uint_eq(book->n_sheets, 2);
    ck_assert_uint_eq(book->n_names, 2);
    ck_assert(span_is(book->names[0].name, "x") && span_is(book->names[0].formula, "a!$A$1&<"));
    ck_assert(book->names[0].is_hidden && book->names[0].sheet == 1);
    ck_assert(span_is(book->names[1].name, "y") && book->names[1].formula.len == 0 &&
              book->names[1].sheet == UINT32_MAX);
    ck_assert_int_eq(
        open_book(types, root,
                  WORKBOOK("<bookViews><workbookView activeTab='99'/></bookViews><sheets><sheet "
                           "name='a'/></sheets>"),
                  NULL),
        FAULT_NONE);
    ck_assert_uint_eq(book->active_tab, 0);
}
END_TEST

START_TEST(parts_are_found_through_relationships)
{
    ck_assert_int_eq(
        open_book(types, root, WORKBOOK(""),
                  BOOK_RELS(REL("1", "styles", "styles.xml") REL("2", "sharedStrings", "gone.xml")
                                REL("3", "theme", "theme.xml"))),
        FAULT_NONE);
    ck_assert_uint_ne(book->styles_entry, PACKAGE_NONE);
    ck_assert(span_is(book->styles_part, "xl/styles.xml"));
    ck_assert(book->is_strings_missing && book->strings_entry == PACKAGE_NONE);
    ck_assert_uint_eq(book->theme_entry, PACKAGE_NONE);
    ck_assert_uint_eq(book->calc_chain_entry, PACKAGE_NONE);
    ck_assert(span_is(book_content_type(book, SPAN("/XL/Workbook.xml")), XLSX));
    ck_assert(span_is(book_content_type(book, SPAN("xl/styles.XML")), "application/xml"));
    ck_assert(span_is(book_content_type(book, SPAN("xl/none.bin")), ""));
    ck_assert(span_is(book_content_type(book, SPAN("")), ""));
}
END_TEST

START_TEST(strict_and_macro_books_are_known)
{
    ck_assert_int_eq(
        open_book(
            "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'><Override "
            "PartName='/xl/workbook.xml' "
            "ContentType='application/vnd.ms-excel.sheet.macroEnabled.main+xml'/></Types>",
            BOOK_RELS(
                "<Relationship Id='r' "
                "Type='http://purl.oclc.org/ooxml/officeDocument/relationships/officeDocument' "
                "Target='/xl/workbook.xml'/>"),
            "<workbook xmlns='http://purl.oclc.org/ooxml/spreadsheetml/main' "
            "xmlns:r='http://purl.oclc.org/ooxml/officeDocument/relationships'><sheets><sheet "
            "name='s' r:id='a'/></sheets></workbook>",
            BOOK_RELS("<Relationship Id='a' "
                      "Type='http://purl.oclc.org/ooxml/officeDocument/relationships/worksheet' "
                      "Target='s/1.xml'/>")),
        FAULT_NONE);
    ck_assert(book->is_strict && book->has_macros);
    ck_assert_int_eq(book->sheets[0].kind, SHEET_WORKSHEET);
    const struct relationship *sheet = relationships_find_type(&book->relationships, "worksheet");
    ck_assert_ptr_nonnull(sheet);
    ck_assert_msg(span_is(sheet->type, OFFICE "/worksheet"), "%.*s", SPAN_ARGS(sheet->type));
}
END_TEST

START_TEST(what_is_no_workbook_is_refused_by_class)
{
    ck_assert_int_eq(open_book(types, root, NULL, NULL), FAULT_CORRUPT);
    ck_assert_int_eq(open_book(types, BOOK_RELS(""), WORKBOOK(""), NULL), FAULT_CORRUPT);
    ck_assert_int_eq(open_book(types, root, "<workbook/>", NULL), FAULT_CORRUPT);
    ck_assert_int_eq(open_book(NULL, root, "<document/>", NULL), FAULT_NOT_SPREADSHEET);
    ck_assert_int_eq(open_book(types, root, "<workbook", NULL), FAULT_CORRUPT);
    ck_assert_str_eq(why.part, "xl/workbook.xml");
    ck_assert_int_eq(open_book(types, root, WORKBOOK(""), "<!DOCTYPE x><Relationships/>"),
                     FAULT_UNSAFE_XML);
    ck_assert_str_eq(why.part, "xl/_rels/workbook.xml.rels");
    ck_assert_int_eq(open_book(types, root, WORKBOOK(""),
                               BOOK_RELS(REL("1", "styles", "a") REL("1", "theme", "b"))),
                     FAULT_CORRUPT);
    ck_assert_int_eq(
        open_book(
            "<Types xmlns='http://schemas.openxmlformats.org/package/2006/content-types'><Override "
            "PartName='/xl/workbook.xml' "
            "ContentType='application/vnd.ms-excel.sheet.binary.macroEnabled.main'/></Types>",
            root, WORKBOOK(""), NULL),
        FAULT_UNSUPPORTED);
    ck_assert_int_eq(open_book(NULL, root, WORKBOOK(""), NULL),
                     FAULT_NONE); /* without content types */
}
END_TEST

START_TEST(targets_never_leave_the_package)
{
    ck_assert_int_eq(
        open_book(types, root, WORKBOOK(""),
                  BOOK_RELS(REL("1", "a", "../../../etc/passwd") REL("2", "a", "file:///etc/passwd")
                                REL("3", "a", "..") REL("4", "a", "#frag")
                                    REL("5", "a", "a/b/../../c#d")
                                        REL("6", "a", "//x///y") "<Relationship Id='0'/>")),
        FAULT_NONE);
    static const struct {
        const char *id, *target;
        bool is_external;
    } expected[] = {{"1", "etc/passwd", false}, {"2", "file:///etc/passwd", true},
                    {"3", "", false},           {"4", "", false},
                    {"0", "", false},           {"5", "xl/c", false},
                    {"6", "x/y", false}};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct relationship *found =
            relationships_find(&book->relationships, span_of(expected[i].id));
        ck_assert_ptr_nonnull(found);
        ck_assert_msg(span_is(found->target, expected[i].target), "%zu: %.*s", i,
                      SPAN_ARGS(found->target));
        ck_assert_int_eq(found->is_external, expected[i].is_external);
    }
    ck_assert_ptr_null(relationships_find(&book->relationships, SPAN("7")));
    ck_assert_ptr_null(relationships_find_type(&book->relationships, "b"));
}
END_TEST

/* "#" in the item becomes the number. */
static void put_item(struct buffer *out, const char *item, int number)
{
    for (; *item; item++)
        if (*item == '#')
            buffer_put_u64(out, (uint64_t)number);
        else
            buffer_put_char(out, *item);
}

START_TEST(masses_of_sheets_names_and_relationships_are_over_the_limit)
{
    struct buffer text;
    buffer_init(&text, (size_t)64 << 20);
    static const struct {
        const char *open, *item, *close;
        int n;
        bool is_rels;
    } cases[] = {
        {"<workbook xmlns='" MAIN "'><sheets>", "<sheet name='s'/>", "</sheets></workbook>",
         BOOK_SHEETS_MAX, false},
        {"<workbook xmlns='" MAIN "'><definedNames>", "<definedName name='n'/>",
         "</definedNames></workbook>", BOOK_NAMES_MAX, false},
        {"<Relationships xmlns='" RELS "'>", "<Relationship Id='#'/>", "</Relationships>",
         RELATIONSHIPS_MAX, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (int over = 0; over < 2; over++) {
            buffer_clear(&text);
            buffer_put_text(&text, cases[i].open);
            for (int k = 0; k < cases[i].n + over; k++)
                put_item(&text, cases[i].item, k);
            buffer_put_text(&text, cases[i].close);
            const char *document = buffer_text(&text);
            enum fault fault = cases[i].is_rels ? open_book(types, root, WORKBOOK(""), document)
                                                : open_book(types, root, document, NULL);
            ck_assert_msg(fault == (over ? FAULT_LIMIT : FAULT_NONE), "%zu %d: %s %s", i, over,
                          fault_name(fault), why.text);
        }
    buffer_free(&text);
}
END_TEST

SUITE(workbook_book, sheets_come_in_order_with_kind_state_and_part,
      sheets_are_found_by_exact_name_first_then_folded, names_views_and_date_system_are_read,
      parts_are_found_through_relationships, strict_and_macro_books_are_known,
      what_is_no_workbook_is_refused_by_class, targets_never_leave_the_package,
      masses_of_sheets_names_and_relationships_are_over_the_limit)

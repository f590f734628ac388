/* SPDX-License-Identifier: MIT */
#include "workbook/styles.h"

#include "tests/support/styles_book.h"
#include "tests/support/suite.h"

#define MAIN "<styleSheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>"
#define THEME                                                                                    \
    "<a:theme "                                                                                  \
    "xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/"                                 \
    "main'><a:themeElements><a:clrScheme name='x'>"                                              \
    "<a:dk1><a:sysClr val='windowText' lastClr='010203'/></a:dk1><a:lt1><a:sysClr val='window' " \
    "lastClr='FAFBFC'/></a:lt1>"                                                                 \
    "<a:dk2><a:srgbClr val='44546A'/></a:dk2><a:lt2><a:srgbClr val='E7E6E6'/></a:lt2>"           \
    "<a:accent1><a:srgbClr val='4472C4'><a:alpha val='5'/></a:srgbClr></a:accent1>"              \
    "</a:clrScheme><a:fmtScheme><a:accent2><a:srgbClr "                                          \
    "val='FFFFFF'/></a:accent2></a:fmtScheme></a:themeElements></a:theme>"

static struct why why;

/* The styles of a book with these parts; NULL: none. */
static struct styles *read_parts(const char *styles_xml, const char *theme_xml)
{
    struct styles_book file;
    struct styles *styles = NULL;
    styles_book_open(&file, styles_xml, theme_xml);
    why = (struct why){0};
    ck_assert_msg(styles_read(&file.book, &styles, &why) == FAULT_NONE, "%s", why.text);
    styles_book_close(&file);
    return styles;
}

static void check_format(const struct styles *styles, uint32_t style, const char *code,
                         enum format_kind kind)
{
    struct span got = styles_format(styles, style);
    ck_assert_msg(span_is(got, code), "%u: %.*s, not %s", style, SPAN_ARGS(got), code);
    ck_assert_int_eq(styles_kind(styles, style), kind);
    ck_assert_int_eq(styles_is_percent(styles, style), kind == FORMAT_PERCENT);
}

static void check_nothing_known(const struct styles *styles)
{
    static const uint32_t indexes[] = {0, 1, 99999, UINT32_MAX};
    for (size_t i = 0; i < 4; i++) {
        check_format(styles, indexes[i], "General", FORMAT_GENERAL);
        ck_assert_int_eq(styles_fill(styles, indexes[i]), -1);
        ck_assert(styles_is_locked(styles, indexes[i]));
    }
    ck_assert_int_eq(styles_count(styles), 0);
}

START_TEST(styles_tell_the_format_of_each_cell_format)
{
    struct styles *styles = read_parts(
        MAIN "<numFmts count='9'><numFmt numFmtId='164' formatCode='0.0\"d\"'/><numFmt "
             "numFmtId='165' formatCode='[h]:mm'/>"
             "<numFmt numFmtId='14' formatCode='yyyy\\-mm\\-dd'/><numFmt numFmtId='166' "
             "formatCode='0'/><numFmt numFmtId='166' "
             "formatCode='0.0%'/><numFmt numFmtId='0' formatCode='d'/></numFmts>"
             "<cellStyleXfs count='1'><xf numFmtId='14'/></cellStyleXfs>"
             "<cellXfs count='3'><xf numFmtId='0'/><xf numFmtId='164'/><xf numFmtId='165'/><xf "
             "numFmtId='14'/><xf numFmtId='9'/>"
             "<xf numFmtId='166'/><xf numFmtId='4711'/><xf/><xf numFmtId='-3'/><xf "
             "numFmtId='49'/><xf numFmtId='22'/></cellXfs>"
             "<dxfs><dxf><numFmt numFmtId='164' formatCode='yyyy'/></dxf></dxfs></styleSheet>",
        NULL);
    ck_assert_int_eq(why.fault, FAULT_NONE);
    ck_assert_int_eq(styles_count(styles), 11); /* the count attribute lies */
    check_format(styles, 0, "General", FORMAT_GENERAL);
    check_format(styles, 1, "0.0\"d\"", FORMAT_NUMBER);
    check_format(styles, 2, "[h]:mm", FORMAT_DURATION);
    check_format(styles, 3, "yyyy\\-mm\\-dd",
                 FORMAT_DATE); /* the file's own code for a built-in number */
    check_format(styles, 4, "0%", FORMAT_PERCENT);
    check_format(styles, 5, "0.0%", FORMAT_PERCENT); /* of two codes the last */
    check_format(styles, 6, "General", FORMAT_GENERAL);
    check_format(styles, 7, "General", FORMAT_GENERAL);
    check_format(styles, 8, "General", FORMAT_GENERAL);
    check_format(styles, 9, "@", FORMAT_TEXT);
    check_format(styles, 10, "m/d/yy h:mm", FORMAT_DATE);
    check_format(styles, 11, "General", FORMAT_GENERAL);
    styles_destroy(&styles);
    ck_assert_ptr_null(styles);
    styles_destroy(&styles);
}
END_TEST

START_TEST(styles_find_formats_that_stand_behind_their_use)
{
    struct styles *styles = read_parts(
        MAIN "<cellXfs><xf numFmtId='200' fillId='1'/></cellXfs><fills><fill/><fill><patternFill "
             "patternType='solid'><fgColor rgb='FF102030'/></patternFill></fill></fills>"
             "<numFmts><numFmt numFmtId='200' formatCode='d'/></numFmts></styleSheet>",
        NULL);
    check_format(styles, 0, "d", FORMAT_DATE);
    ck_assert_int_eq(styles_fill(styles, 0), 0x102030);
    styles_destroy(&styles);
}
END_TEST

START_TEST(styles_tell_locked_cells)
{
    struct styles *styles =
        read_parts(MAIN "<cellXfs><xf/><xf applyProtection='1'><protection "
                        "locked='0'/></xf><xf><alignment wrapText='1'/><protection "
                        "hidden='1'/></xf><xf><protection locked='false'/></xf><xf><protection "
                        "locked='1'/></xf></cellXfs></styleSheet>",
                   NULL);
    static const bool expected[] = {true, false, true, false, true, true};
    for (uint32_t i = 0; i < 6; i++)
        ck_assert_msg(styles_is_locked(styles, i) == expected[i], "%u", i);
    styles_destroy(&styles);
}
END_TEST

#define FILL(color)                                          \
    "<fill><patternFill patternType='solid'><fgColor " color \
    "/><bgColor rgb='FF999999'/></patternFill></fill>"
#define FILLS                                                                                      \
    MAIN                                                                                           \
        "<fills><fill><patternFill patternType='none'/></fill><fill><patternFill "                 \
        "patternType='gray125'><fgColor rgb='FF111111'/>"                                          \
        "</patternFill></fill>" FILL("rgb='FFFF8C00'") FILL("rgb='00ff8c00'") FILL("theme='0'")    \
            FILL("theme='1'") FILL("theme='4'") FILL("theme='4' tint='0.79998168889431442'") FILL( \
                "theme='4' tint='-0.249977111117893'") FILL("indexed='13'") FILL("indexed='64'")   \
                FILL("indexed='99'") FILL("theme='77'") FILL("rgb='nonsense'") FILL("auto='1'")    \
                    FILL("theme='5'") "<fill><gradientFill><stop><color "                          \
                                      "rgb='FF123456'/></stop></gradientFill></fill>" FILL(        \
                                          "theme='0' tint='-0.5'") "</fills><cellXfs>"             \
                                                                   "<xf fillId='0'/><xf "          \
                                                                   "fillId='1'/><xf "              \
                                                                   "fillId='2'/><xf "              \
                                                                   "fillId='3'/><xf "              \
                                                                   "fillId='4'/><xf "              \
                                                                   "fillId='5'/><xf fillId='6'/>"  \
                                                                   "<xf fillId='7'/><xf "          \
                                                                   "fillId='8'/><xf "              \
                                                                   "fillId='9'/><xf "              \
                                                                   "fillId='10'/><xf "             \
                                                                   "fillId='11'/><xf "             \
                                                                   "fillId='12'/><xf "             \
                                                                   "fillId='13'/>"                 \
                                                                   "<xf fillId='14'/><xf "         \
                                                                   "fillId='15'/><xf "             \
                                                                   "fillId='16'/><xf "             \
                                                                   "fillId='17'/><xf "             \
                                                                   "fillId='18'/><xf "             \
                                                                   "fillId='4294967295'/></"       \
                                                                   "cellXfs>"

static void check_fills(const struct styles *styles, const int32_t *expected, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        int32_t fill = styles_fill(styles, i);
        ck_assert_msg(fill == expected[i], "%u: %06X, not %06X", i, (unsigned)fill,
                      (unsigned)expected[i]);
    }
}

START_TEST(styles_resolve_fill_colours)
{
    struct styles *styles = read_parts(
        FILLS "<dxfs><dxf><fill><patternFill patternType='solid'><fgColor rgb='FF00FF00'/>"
              "</patternFill></fill></dxf></dxfs></styleSheet>",
        THEME);
    ck_assert_int_eq(why.fault, FAULT_NONE);
    /* Tinted accents as Excel's palette shows them: "Accent 1, lighter 80%", "darker 25%". */
    static const int32_t expected[] = {-1,       -1,       0xFF8C00, 0xFF8C00, 0xFAFBFC, 0x010203,
                                       0x4472C4, 0xD9E1F2, 0x305496, 0xFFFF00, 0x000000, -1,
                                       -1,       -1,       -1,       0xC0504D, -1};
    check_fills(styles, expected, 17);
    ck_assert_int_eq(styles_fill(styles, 18), -1);
    ck_assert_int_eq(styles_fill(styles, 19), -1);
    styles_destroy(&styles);
}
END_TEST

/* What Excel's colour menu shows for the tints of white, black and the blue accent. */
START_TEST(styles_tint_as_excel_shows_it)
{
    struct styles *styles = read_parts(
        MAIN "<fills>" FILL("rgb='FFFFFFFF' tint='-0.0499893185216834'") FILL(
            "rgb='FFFFFFFF' tint='-0.14999847407452621'")
            FILL("rgb='FFFFFFFF' tint='-0.249977111117893'") FILL(
                "rgb='FFFFFFFF' tint='-0.34998626667073579'")
                FILL("rgb='FFFFFFFF' tint='-0.499984740745262'") FILL(
                    "rgb='FF000000' tint='0.34998626667073579'")
                    FILL("rgb='FF000000' tint='0.499984740745262'") FILL(
                        "rgb='FF4472C4' tint='0.79998168889431442'")
                        FILL("rgb='FF4472C4' tint='0.59999389629810485'") FILL(
                            "rgb='FF4472C4' tint='0.39997558519241921'")
                            FILL("rgb='FF4472C4' tint='-0.249977111117893'") FILL(
                                "rgb='FF4472C4' tint='5'") FILL("rgb='FF4472C4' tint='-5'")
                                FILL("rgb='FF4472C4' tint='x'") FILL(
                                    "rgb='FF123456' tint='0'") "</fills><cellXfs><xf "
                                                               "fillId='0'/><xf fillId='1'/>"
                                                               "<xf fillId='2'/><xf "
                                                               "fillId='3'/><xf fillId='4'/><xf "
                                                               "fillId='5'/><xf fillId='6'/><xf "
                                                               "fillId='7'/><xf fillId='8'/>"
                                                               "<xf fillId='9'/><xf "
                                                               "fillId='10'/><xf fillId='11'/><xf "
                                                               "fillId='12'/><xf fillId='13'/><xf "
                                                               "fillId='14'/>"
                                                               "</cellXfs></styleSheet>",
        NULL);
    static const int32_t expected[] = {0xF2F2F2, 0xD9D9D9, 0xBFBFBF, 0xA6A6A6, 0x808080,
                                       0x595959, 0x808080, 0xD9E1F2, 0xB4C6E7, 0x8EA9DB,
                                       0x305496, 0xFFFFFF, 0x000000, 0x4472C4, 0x123456};
    check_fills(styles, expected, 15);
    styles_destroy(&styles);
}
END_TEST

START_TEST(styles_fall_back_to_the_office_theme)
{
    struct styles *styles = read_parts(FILLS "</styleSheet>", NULL);
    ck_assert_int_eq(styles_fill(styles, 4), 0xFFFFFF);
    ck_assert_int_eq(styles_fill(styles, 6), 0x4F81BD);
    ck_assert_int_eq(styles_fill(styles, 17), 0x808080);
    styles_destroy(&styles);
    styles = read_parts(FILLS "</styleSheet>", "<theme><clrScheme><accent1>");
    ck_assert_int_eq(why.fault, FAULT_CORRUPT);
    ck_assert_int_eq(styles_fill(styles, 6), 0x4F81BD);
    styles_destroy(&styles);
}
END_TEST

START_TEST(styles_use_the_palette_of_the_file)
{
    struct styles *styles = read_parts(
        MAIN "<fills>" FILL("indexed='1'") FILL("indexed='2'") FILL(
            "indexed='3'") "</fills>"
                           "<cellXfs><xf fillId='0'/><xf fillId='1'/><xf "
                           "fillId='2'/></cellXfs><colors><indexedColors><rgbColor rgb='00ABCDEF'/>"
                           "<rgbColor rgb='00123456'/><rgbColor/></indexedColors><mruColors><color "
                           "rgb='FF777777'/></mruColors></colors></styleSheet>",
        NULL);
    check_fills(styles, (int32_t[]){0x123456, 0xFF0000, 0x00FF00}, 3);
    styles_destroy(&styles);
}
END_TEST

START_TEST(styles_that_are_absent_or_broken_block_nothing)
{
    struct styles *styles = read_parts(NULL, NULL);
    ck_assert_int_eq(why.fault, FAULT_NONE);
    check_nothing_known(styles);
    styles_destroy(&styles);
    static const char *const broken[] = {"", "no xml", "<styleSheet", MAIN "<numFmts><numFmt",
                                         "<!DOCTYPE x [<!ENTITY a 'b'>]><styleSheet/>"};
    for (size_t i = 0; i < sizeof broken / sizeof broken[0]; i++) {
        styles = read_parts(broken[i], NULL);
        ck_assert_msg(why.fault != FAULT_NONE, "no warning for: %s", broken[i]);
        ck_assert_str_eq(why.part, "xl/styles.xml");
        check_nothing_known(styles);
        styles_destroy(&styles);
    }
    styles = read_parts("<html><body/></html>", NULL);
    check_nothing_known(styles);
    styles_destroy(&styles);
}
END_TEST

START_TEST(styles_before_a_break_count)
{
    struct styles *styles = read_parts(
        MAIN "<cellXfs><xf numFmtId='14'/><xf numFmtId='9'/></cellXfs><dxfs><oops></dxfs>", NULL);
    ck_assert_int_eq(why.fault, FAULT_CORRUPT);
    check_format(styles, 0, "m/d/yy", FORMAT_DATE);
    check_format(styles, 1, "0%", FORMAT_PERCENT);
    styles_destroy(&styles);
}
END_TEST

SUITE(workbook_styles, styles_tell_the_format_of_each_cell_format,
      styles_find_formats_that_stand_behind_their_use, styles_tell_locked_cells,
      styles_resolve_fill_colours, styles_tint_as_excel_shows_it,
      styles_fall_back_to_the_office_theme, styles_use_the_palette_of_the_file,
      styles_that_are_absent_or_broken_block_nothing, styles_before_a_break_count)

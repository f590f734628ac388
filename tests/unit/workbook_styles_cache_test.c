/* SPDX-License-Identifier: MIT */
#include "workbook/styles_cache.h"

#include "tests/support/styles_book.h"
#include "tests/support/suite.h"

#define SHEET "<styleSheet xmlns='http://schemas.openxmlformats.org/spreadsheetml/2006/main'>"
#define DATES SHEET "<cellXfs><xf numFmtId='14'/></cellXfs></styleSheet>"
#define SHARES SHEET "<cellXfs><xf numFmtId='09'/></cellXfs></styleSheet>"
#define BROKEN SHEET "<cellXfs><xf numFmtId='14'/></cellXfs><oops>"

static struct why why;

/* The styles of a book of its own: its package is closed again before they are used. */
static const struct styles *read_through(struct styles_cache *cache, const char *styles_xml, const char *theme_xml)
{
    struct styles_book file;
    const struct styles *styles = NULL;
    styles_book_open(&file, styles_xml, theme_xml);
    why = (struct why){0};
    ck_assert_msg(styles_cache_read(cache, &file.book, &styles, &why) == FAULT_NONE, "%s", why.text);
    styles_book_close(&file);
    return styles;
}

START_TEST(equal_parts_are_read_once)
{
    struct styles_cache *cache = styles_cache_new();
    const struct styles *first = read_through(cache, DATES, NULL);
    ck_assert_int_eq(styles_kind(first, 0), FORMAT_DATE);
    ck_assert_ptr_eq(read_through(cache, DATES, NULL), first);
    ck_assert_int_eq(styles_kind(first, 0), FORMAT_DATE);
    styles_cache_destroy(&cache);
}
END_TEST

START_TEST(another_part_of_the_same_length_is_read)
{
    struct styles_cache *cache = styles_cache_new();
    ck_assert_uint_eq(strlen(DATES), strlen(SHARES));
    ck_assert_int_eq(styles_kind(read_through(cache, DATES, NULL), 0), FORMAT_DATE);
    ck_assert_int_eq(styles_kind(read_through(cache, SHARES, NULL), 0), FORMAT_PERCENT);
    ck_assert_int_eq(styles_kind(read_through(cache, NULL, NULL), 0), FORMAT_GENERAL);
    ck_assert_int_eq(styles_kind(read_through(cache, DATES, NULL), 0), FORMAT_DATE);
    styles_cache_destroy(&cache);
}
END_TEST

START_TEST(another_theme_gives_other_colours)
{
#define FILLED                                                                                                           \
    SHEET "<fills><fill/><fill><patternFill patternType='solid'><fgColor theme='4'/></patternFill></fill></fills>"       \
          "<cellXfs><xf fillId='1'/></cellXfs></styleSheet>"
#define ACCENT(color)                                                                                                    \
    "<a:theme xmlns:a='http://schemas.openxmlformats.org/drawingml/2006/main'><a:themeElements><a:clrScheme name='x'>"   \
    "<a:accent1><a:srgbClr val='" color "'/></a:accent1></a:clrScheme></a:themeElements></a:theme>"
    struct styles_cache *cache = styles_cache_new();
    ck_assert_int_eq(styles_fill(read_through(cache, FILLED, ACCENT("102030")), 0), 0x102030);
    ck_assert_int_eq(styles_fill(read_through(cache, FILLED, ACCENT("405060")), 0), 0x405060);
    styles_cache_destroy(&cache);
}
END_TEST

START_TEST(a_broken_part_is_told_for_every_book)
{
    struct styles_cache *cache = styles_cache_new();
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(styles_kind(read_through(cache, BROKEN, NULL), 0), FORMAT_DATE);
        ck_assert_int_eq(why.fault, FAULT_CORRUPT);
    }
    read_through(cache, DATES, NULL);
    ck_assert_int_eq(why.fault, FAULT_NONE);
    styles_cache_destroy(&cache);
}
END_TEST

SUITE(workbook_styles_cache, equal_parts_are_read_once, another_part_of_the_same_length_is_read,
      another_theme_gives_other_colours, a_broken_part_is_told_for_every_book)

/* SPDX-License-Identifier: MIT */
#include "workbook/cell_ref.h"

#include "tests/support/suite.h"

START_TEST(references_are_read_with_dollars_and_in_lower_case)
{
    static const struct {
        const char *text;
        uint32_t row, col;
    } cases[] = {{"A1", 0, 0},
                 {"B7", 6, 1},
                 {"$B$7", 6, 1},
                 {"b$7", 6, 1},
                 {"Z1", 0, 25},
                 {"AA1", 0, 26},
                 {"az1", 0, 51},
                 {"ZZ10", 9, 701},
                 {"AAA1", 0, 702},
                 {"XFD1", 0, 16383},
                 {"XFD1048576", 1048575, 16383}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cell_ref ref;
        ck_assert_msg(cell_ref_parse(span_of(cases[i].text), &ref), "%s", cases[i].text);
        ck_assert_uint_eq(ref.row, cases[i].row);
        ck_assert_uint_eq(ref.col, cases[i].col);
    }
}
END_TEST

START_TEST(what_is_no_reference_is_refused_and_leaves_the_result_alone)
{
    static const char *const cases[] = {
        "",    "A",    "1",   "A0",    "A01",          "XFE1",        "AAAA1", "A1048577", "A-1",
        "A1 ", " A1",  "A1:", "A1:B2", "1A",           "$",           "$$A1",  "A$$1",     "A1x",
        "@1",  "[1",   "`1",  "{1",    "A99999999999", "A4294967297", "A$",    "Ä1",       "A1.0",
        "A+1", "ZZZ1", "A1\n"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cell_ref ref = {7, 7};
        ck_assert_msg(!cell_ref_parse(span_of(cases[i]), &ref), "%s", cases[i]);
        ck_assert_uint_eq(ref.row, 7);
    }
}
END_TEST

START_TEST(every_column_survives_the_way_to_text_and_back)
{
    for (uint32_t col = 0; col < GRID_COLS; col++) {
        char text[CELL_REF_TEXT_MAX];
        struct cell_ref in = {col * 63u % GRID_ROWS, col}, out;
        size_t len = cell_ref_format(in, text);
        ck_assert_uint_eq(len, strlen(text));
        ck_assert(cell_ref_parse(span_make(text, len), &out));
        ck_assert_uint_eq(out.row, in.row);
        ck_assert_uint_eq(out.col, in.col);
    }
    char text[CELL_REF_TEXT_MAX];
    cell_ref_format((struct cell_ref){GRID_ROWS - 1, GRID_COLS - 1}, text);
    ck_assert_str_eq(text, "XFD1048576");
}
END_TEST

START_TEST(ranges_take_their_corners_in_any_order)
{
    static const struct {
        const char *text;
        uint32_t top, left, bottom, right;
    } cases[] = {
        {"B2:D9", 1, 1, 8, 3},
        {"D9:B2", 1, 1, 8, 3},
        {"D2:B9", 1, 1, 8, 3},
        {"$B$2:$D$9", 1, 1, 8, 3},
        {"C3", 2, 2, 2, 2},
        {"A:C", 0, 0, GRID_ROWS - 1, 2},
        {"C:A", 0, 0, GRID_ROWS - 1, 2},
        {"2:5", 1, 0, 4, GRID_COLS - 1},
        {"$5:$2", 1, 0, 4, GRID_COLS - 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cell_range r;
        ck_assert_msg(cell_range_parse(span_of(cases[i].text), &r), "%s", cases[i].text);
        ck_assert_uint_eq(r.first.row, cases[i].top);
        ck_assert_uint_eq(r.first.col, cases[i].left);
        ck_assert_uint_eq(r.last.row, cases[i].bottom);
        ck_assert_uint_eq(r.last.col, cases[i].right);
    }
}
END_TEST

START_TEST(ranges_of_two_kinds_or_with_a_rest_are_refused)
{
    static const char *const cases[] = {"",      ":",      "A",    "5",        "A:5",
                                        "A1:B",  "A:B1",   "A1:2", "A1:B2:C3", "A1:XFE2",
                                        "A1;B2", "A1: B2", "A1:"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct cell_range r;
        ck_assert_msg(!cell_range_parse(span_of(cases[i]), &r), "%s", cases[i]);
    }
}
END_TEST

START_TEST(sheet_names_are_unquoted)
{
    static const struct {
        const char *text, *name;
        uint32_t row;
    } cases[] = {{"B7", "", 6},
                 {"Sheet!B7", "Sheet", 6},
                 {"'My Sheet'!B7:C9", "My Sheet", 6},
                 {"'It''s'!$A$1", "It's", 0},
                 {"''''!A1", "'", 0},
                 {"'a!b'!A2", "a!b", 1}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char name[64];
        size_t len = 99;
        struct cell_range r;
        ck_assert_msg(sheet_range_parse(span_of(cases[i].text), name, &len, &r), "%s",
                      cases[i].text);
        ck_assert_msg(span_is(span_make(name, len), cases[i].name), "%s gave %.*s", cases[i].text,
                      (int)len, name);
        ck_assert_uint_eq(r.first.row, cases[i].row);
    }
    static const char *const bad[] = {"!A1", "''!A1", "'a!A1",  "'a'A1",
                                      "'a'", "'",     "Sheet!", "Sheet!x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        char name[64];
        size_t len;
        struct cell_range r;
        ck_assert_msg(!sheet_range_parse(span_of(bad[i]), name, &len, &r), "%s", bad[i]);
    }
}
END_TEST

SUITE(workbook_cell_ref, references_are_read_with_dollars_and_in_lower_case,
      what_is_no_reference_is_refused_and_leaves_the_result_alone,
      every_column_survives_the_way_to_text_and_back, ranges_take_their_corners_in_any_order,
      ranges_of_two_kinds_or_with_a_rest_are_refused, sheet_names_are_unquoted)

/* SPDX-License-Identifier: MIT */
#include "tests/support/suite.h"
#include "workbook/formula_shift.h"

static void check(const char *formula, const char *from, const char *to, const char *expected)
{
    struct cell_ref a, b;
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    ck_assert(cell_ref_parse(span_of(from), &a) && cell_ref_parse(span_of(to), &b));
    formula_shift(span_of(formula), a, b, &out);
    ck_assert_str_eq(buffer_text(&out), expected);
    buffer_free(&out);
}

START_TEST(relative_references_move_and_absolute_ones_stay)
{
    check("A1+$A1+A$1+$A$1", "C3", "D5", "B3+$A3+B$1+$A$1");
    check("SUM(B2:C9)/z9", "A1", "A2", "SUM(B3:C10)/Z10");
    check("A:A+$B:C+2:3+$4:$5", "A1", "B2", "B:B+$B:D+3:4+$4:$5");
    check("Data!A1+'It''s A1'!B2+[1]Data!C3", "A1", "A2", "Data!A2+'It''s A1'!B3+[1]Data!C4");
    check("C3-1", "D4", "B2", "A1-1");
}
END_TEST

START_TEST(what_only_looks_like_a_reference_stays)
{
    check("LOG10(A1)&\"A1 \"\"B2\"\"\"", "A1", "B1", "LOG10(B1)&\"A1 \"\"B2\"\"\"");
    check("Sheet1!A1", "A1", "A2", "Sheet1!A2");
    check("A1!B2", "A1", "A2", "A1!B3");
    check("Sales[[#This Row],[A1]]*TAXES2024+_A1+A1.B", "A1", "A2", "Sales[[#This Row],[A1]]*TAXES2024+_A1+A1.B");
    check("ABCD1+XFE1+A1048577+A0", "A1", "A2", "ABCD1+XFE1+A1048577+A0");
    check("1E5+1.5E3+TRUE+{1,2}", "A1", "A2", "1E5+1.5E3+TRUE+{1,2}");
    check("\xc3\xa9" "A1+#REF!+#N/A", "A1", "A2", "\xc3\xa9" "A1+#REF!+#N/A");
}
END_TEST

START_TEST(references_wrap_at_the_edge_as_excel_does)
{
    check("A1", "B2", "A1", "XFD1048576");
    check("XFD1048576", "A1", "B2", "A1");
}
END_TEST

START_TEST(broken_formulas_are_copied_to_their_end)
{
    check("\"open", "A1", "A2", "\"open");
    check("'open", "A1", "A2", "'open");
    check("[[open", "A1", "A2", "[[open");
    check("", "A1", "A2", "");
    check("A1:", "A1", "A2", "A2:");
}
END_TEST

SUITE(workbook_formula_shift, relative_references_move_and_absolute_ones_stay, what_only_looks_like_a_reference_stays,
      references_wrap_at_the_edge_as_excel_does, broken_formulas_are_copied_to_their_end)

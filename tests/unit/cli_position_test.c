/* SPDX-License-Identifier: MIT
 *
 * Sources read against a template: which values count, which are skipped and what is told. Cases as
 * text: see tests/support/position_case.h and tests/support/workbook_file.h.
 */
#include <stdlib.h>

#include "tests/support/position_case.h"
#include "tests/support/suite.h"

static const struct workbook_text form = {
    .sheets = {{.name = "Form",
                .cells = "A1 'Return\n"
                         "A2 'Line\nB2 'Units\nC2 'Share\n"
                         "A3 'Sales\nB3\nC3/1\nD3 =B3*2 0\n"
                         "A4 'Fees\nB4\nC4/1\nD4 =B4*2 0\n"
                         "A5 'Rent\nB5\nC5/1\nD5 =B5*2 0\n"
                         "A6 'Year\nB6 2024\n"
                         "A7 'Total\nB7 =SUM(B3:B5) 0\nC7\nD7\n",
                .merges = "A1:D1"}},
};

/* The form filled in: `rows` stands for rows 3 to 5. */
#define HEAD "A1 'Return\nA2 'Line\nB2 'Units\nC2 'Share\n"
#define TAIL "A6 'Year\nB6 2024\nA7 'Total\nB7 =SUM(B3:B5) 9\n"
#define SOURCE(rows)                                                               \
    (struct workbook_text)                                                         \
    {                                                                              \
        .sheets = { {.name = "Form", .cells = HEAD rows TAIL, .merges = "A1:D1"} } \
    }
#define LABELS3 "A3 'Sales\n"
#define LABELS4 "A4 'Fees\n"
#define LABELS5 "A5 'Rent\n"

static struct job defaults(void)
{
    struct job job;
    job_init(&job);
    return job;
}

static void expect(struct workbook_text source, const char *expected)
{
    struct job job = defaults();
    case_expect(&job, &form, &source, expected);
    job_free(&job);
}

START_TEST(numbers_count_and_blanks_do_not)
{
    expect(SOURCE(LABELS3 "B3 12.50\nC3 0.5\nD3 =B3*2 25\n" LABELS4 "B4 0\nC4/1\n" LABELS5
                          "B5 -1e3\n"),
           "Form!B3 number 12.5\nForm!C3 number 0.5\nForm!B4 number 0\nForm!B5 number -1000\n");
}
END_TEST

START_TEST(a_formula_at_an_input_counts_with_its_cached_value_or_is_told)
{
    expect(SOURCE(LABELS3 "B3 =1+1 2\nC3 =1/0 #DIV/0!\nD3 =B3*2 4\n" LABELS4
                          "B4 =X()\nC4 =X() '\n" LABELS5),
           "Form!B3 number 2\nForm!C3 error #DIV/0! skipped\n"
           "ERROR_VALUE Form!C3 #DIV/0!\nNO_CACHED_VALUE Form!B4\n");
}
END_TEST

START_TEST(text_that_is_a_number_in_one_way_only_is_converted)
{
    expect(
        SOURCE(LABELS3 "B3 '1 234.50\nC3 '(100)\nD3 =B3*2 4\n" LABELS4
                       "B4 '1.234\nC4 'n/a\n" LABELS5 "B5 '007\nC5 'nan\n"),
        "Form!B3 converted 1234.5\nForm!C3 converted -100\nForm!B4 text 1.234 skipped\nForm!C4 "
        "text n/a skipped\n"
        "Form!B5 text 007 skipped\nForm!C5 text nan skipped\n"
        "TEXT_CONVERTED Form!B3 1 234.50\nTEXT_CONVERTED Form!C3 (100)\nTEXT_AMBIGUOUS Form!B4 "
        "1.234\n"
        "TEXT_NOT_NUMBER Form!C4 n/a\nTEXT_NOT_NUMBER Form!B5 007\nTEXT_NOT_NUMBER Form!C5 nan\n");
}
END_TEST

START_TEST(a_text_longer_than_any_number_is_not_cut_into_one)
{
    struct buffer cells;
    buffer_init(&cells, 1 << 20);
    buffer_put_text(&cells, HEAD LABELS3 "B3 '12");
    for (int i = 0; i < 300; i++)
        buffer_put_char(&cells, ' ');
    buffer_put_text(&cells, "x\n" LABELS4 LABELS5 TAIL);
    struct workbook_text source = SOURCE("");
    source.sheets[0].cells = buffer_text(&cells);
    struct job job = defaults();
    struct plan plan;
    ck_assert_int_eq(case_plan(&form, &job, &plan, NULL), FAULT_NONE);
    struct workbook_file file = workbook_file(&source);
    file.source.path = span_of(file.path);
    struct position_reader *reader = position_reader_new(&plan);
    struct buffer bytes, text;
    buffer_init(&bytes, 1 << 20);
    buffer_init(&text, 1 << 20);
    ck_assert_int_eq(position_read(reader, &file.source, NULL, &bytes, NULL), FAULT_NONE);
    case_put_partial(&text, &plan, buffer_span(&bytes));
    ck_assert_ptr_nonnull(strstr(buffer_text(&text), "TEXT_NOT_NUMBER Form!B3 12"));
    ck_assert_ptr_null(strstr(buffer_text(&text), "converted"));
    close(file.fd);
    buffer_free(&cells);
    buffer_free(&bytes);
    buffer_free(&text);
    position_reader_destroy(&reader);
    plan_free(&plan);
    job_free(&job);
}
END_TEST

START_TEST(booleans_and_dates_are_no_numbers_and_durations_add_up)
{
    expect(SOURCE(LABELS3 "B3 TRUE\nC3/2 45000\n" LABELS4 "B4/3 1.5\n" LABELS5),
           "Form!B3 boolean 1 skipped\nForm!C3 date 45000 skipped\nForm!B4 duration 1.5\n"
           "BOOLEAN_VALUE Form!B3 TRUE\nDATE_VALUE Form!C3 45000\n");
}
END_TEST

START_TEST(functions_that_take_any_kind_use_what_sums_skip)
{
    struct job job = defaults();
    job.function = FUNCTION_FIRST;
    struct workbook_text source =
        SOURCE(LABELS3 "B3 TRUE\n" LABELS4 "B4/2 45000\n" LABELS5 "B5 '1,234\nC5 '12\n");
    case_expect(&job, &form, &source, /* C stays an average: its format is a percentage */
                "Form!B3 boolean 1\nForm!B4 date 45000\nForm!B5 text 1,234\nForm!C5 converted 12\n"
                "TEXT_CONVERTED Form!C5 12\n");
    job.function = FUNCTION_MAX;
    case_expect(
        &job, &form, &source,
        "Form!B3 boolean 1 skipped\nForm!B4 date 45000\nForm!B5 text 1,234 skipped\nForm!C5 "
        "converted 12\n"
        "BOOLEAN_VALUE Form!B3 TRUE\nTEXT_AMBIGUOUS Form!B5 1,234\nTEXT_CONVERTED Form!C5 12\n");
    job_free(&job);
}
END_TEST

START_TEST(dates_of_a_1904_book_are_moved_and_times_and_durations_are_not)
{
    struct job job = defaults();
    job.function = FUNCTION_MAX;
    struct workbook_text source =
        SOURCE(LABELS3 "B3/2 43538.25\n" LABELS4 "B4/3 1.5\n" LABELS5 "B5/7 0.75\n");
    source.is_1904 = true;
    case_expect(&job, &form, &source,
                "Form!B3 date 45000.25\nForm!B4 duration 1.5\nForm!B5 date 0.75\n");
    job_free(&job);
}
END_TEST

START_TEST(errors_can_be_propagated_or_refuse_the_source)
{
    struct job job = defaults();
    struct workbook_text source = SOURCE(LABELS3 "B3 #N/A\nC3 0.5\n" LABELS4 LABELS5);
    job.errors = ERRORS_PROPAGATE;
    case_expect(&job, &form, &source,
                "Form!B3 error #N/A\nForm!C3 number 0.5\nERROR_VALUE Form!B3 #N/A\n");
    job.errors = ERRORS_FAIL;
    case_expect(&job, &form, &source,
                "rejected\nERROR_VALUE Form!B3 #N/A\nSOURCE_REJECTED (it holds an error value "
                "(--errors=fail))\n");
    job_free(&job);
}
END_TEST

START_TEST(percentages_are_used_as_stored_and_flagged_beyond_150)
{
    expect(SOURCE(LABELS3 "C3 1.5\n" LABELS4 "C4 82.5\n" LABELS5 "C5 -1.51\n"),
           "Form!C3 number 1.5\nForm!C4 number 82.5\nForm!C5 number -1.51\n"
           "PERCENT_RANGE Form!C4 82.5\nPERCENT_RANGE Form!C5 -1.51\n");
}
END_TEST

START_TEST(typed_values_over_formulas_and_errors_in_them_are_told)
{
    expect(SOURCE(LABELS3 "B3 1\nD3 99\n" LABELS4 "D4 =B4/0 #DIV/0!\n" LABELS5 "D5 =B5 0\n"),
           "Form!B3 number 1\nFORMULA_OVERWRITTEN Form!D3 99\nERROR_COMPUTED Form!D4 #DIV/0!\n");
}
END_TEST

START_TEST(what_an_array_formula_of_the_source_fills_is_not_typed)
{
    expect(SOURCE(LABELS3 "B3 1\nD3 {D3:D5} 2\n" LABELS4 "D4 3\n" LABELS5 "D5 4\n"),
           "Form!B3 number 1\n");
}
END_TEST

START_TEST(values_under_a_merged_area_are_told)
{
    struct workbook_text source = SOURCE(LABELS3 "B3 1\n" LABELS4 LABELS5);
    source.sheets[0].cells =
        "A1 'Return\nC1 7\nA2 'Line\nB2 'Units\nC2 'Share\n" LABELS3 "B3 1\n" LABELS4 LABELS5 TAIL;
    source.sheets[0].merges = "A1:B1 C4:D4";
    expect(source, "Form!B3 number 1\nUNDER_MERGE Form!C1 7\n"
                   "MERGE_DIFFERS Form!A1 A1:B1 (2 merged only here, 1 only in the template, first "
                   "A1:B1) x3\n");
}
END_TEST

START_TEST(values_outside_the_template_are_counted_once)
{
    struct workbook_text source = SOURCE(LABELS3 "B3 1\nF3 5\n" LABELS4 LABELS5);
    source.sheets[0].cells = HEAD LABELS3 "B3 1\nF3 5\n" LABELS4 LABELS5 TAIL "B9 'note\nA12 3\n";
    expect(source, "Form!B3 number 1\nOUTSIDE_TEMPLATE Form!F3 (3 cells in A3:F12) x3\n");
}
END_TEST

START_TEST(cells_of_the_area_that_are_not_mapped_are_outside_too)
{
    struct job job = defaults();
    struct span range = SPAN("B3:B5");
    job.ranges = &range;
    job.n_ranges = 1;
    struct workbook_text source = SOURCE(LABELS3 "B3 1\nC3 2\n" LABELS4 LABELS5);
    case_expect(&job, &form, &source,
                "Form!B3 number 1\nOUTSIDE_TEMPLATE Form!C3 (1 cell in C3:C3)\n");
    job_free(&job);
}
END_TEST

START_TEST(the_same_cell_twice_counts_as_the_last)
{
    expect(SOURCE(LABELS3 "B3 1\nC3 0.5\nB3 2\n" LABELS4 "B4 #N/A\nB4 3\n" LABELS5),
           "Form!B3 number 2\nForm!C3 number 0.5\nForm!B4 number 3\n");
}
END_TEST

START_TEST(a_book_that_was_never_calculated_is_flagged)
{
    struct workbook_text source =
        SOURCE(LABELS3 "B3 5\nD3 =B3*2 0\n" LABELS4 "D4 =B4*2 0\n" LABELS5);
    source.sheets[0].cells =
        HEAD LABELS3 "B3 5\nD3 =B3*2 0\n" LABELS4 "D4 =B4*2 0.0\n" LABELS5 "A6 'Year\nB6 2024\n"
                     "A7 'Total\nB7 =SUM(B3:B5) 0\n";
    expect(source, "Form!B3 number 5\nFORMULA_ZERO Form (3 formulas) x3\n");
}
END_TEST

START_TEST(a_single_label_and_a_constant_may_differ)
{
    struct workbook_text source = SOURCE("");
    source.sheets[0].cells = HEAD "A3 'Turnover\nB3 1\n" LABELS4 LABELS5
                                  "A6 ' YEAR\nB6 2023\nA7 'Total\nB7 =SUM(B3:B5) 1\n";
    expect(source,
           "Form!B3 number 1\nLABEL_DIFFERS Form!A3 Turnover\nCONSTANT_DIFFERS Form!B6 2023\n");
}
END_TEST

static const struct workbook_text shifted = {
    .sheets =
        {{.name = "Form",
          .cells = HEAD LABELS3
          "B3 1\nD3 =B3*2 2\nA4 'Extra\nB4 100\nA5 'Fees\nB5 '2x\nD5 =B5*2 4\nA6 'Rent\nB6 3\n"
          "D6 7\nA7 'Year\nB7 2024\nA8 'Total\nB8 =SUM(B3:B6) 6\n",
          .merges = "A1:D1"}},
};

START_TEST(an_inserted_row_refuses_the_source_by_default)
{
    expect(shifted, "rejected\nSOURCE_REJECTED Form!4:4 (1 row inserted before row 4)\n");
}
END_TEST

START_TEST(an_inserted_row_can_be_aligned_with_issues_in_the_source_s_numbering)
{
    struct job job = defaults();
    job.drift = DRIFT_ALIGN;
    case_expect(&job, &form, &shifted,
                "Form!B3 number 1\nForm!B4 text 2x skipped\nForm!B5 number 3\n"
                "ROW_INSERTED Form!4:4 (1 row inserted before row 4)\n"
                "TEXT_NOT_NUMBER Form!B5 2x\n"
                "FORMULA_OVERWRITTEN Form!D6 7\n"
                "OUTSIDE_TEMPLATE Form!A4 (2 cells in A4:B4) x2\n");
    job_free(&job);
}
END_TEST

START_TEST(an_inserted_row_can_be_reported_and_read_literally)
{
    struct job job = defaults();
    job.drift = DRIFT_REPORT;
    case_expect(
        &job, &form, &shifted,
        "Form!B3 number 1\nForm!B4 number 100\nForm!B5 text 2x skipped\nForm!D6 number 7\n"
        "LAYOUT_SHIFTED Form!4:4 (1 row inserted before row 4)\n"
        "LABEL_DIFFERS Form!A4 Extra\nLABEL_DIFFERS Form!A5 Fees\nTEXT_NOT_NUMBER Form!B5 2x\n"
        "LABEL_DIFFERS Form!A6 Rent\nCONSTANT_DIFFERS Form!B6 3\n"
        "LABEL_DIFFERS Form!A7 Year\nFORMULA_OVERWRITTEN Form!B7 2024\n"
        "OUTSIDE_TEMPLATE Form!A8 (2 cells in A8:B8) x2\n");
    job_free(&job);
}
END_TEST

START_TEST(a_column_inserted_and_a_row_deleted_are_aligned_together)
{
    struct job job = defaults();
    job.drift = DRIFT_ALIGN;
    static const struct workbook_text source = {
        .sheets = {{.name = "Form",
                    .cells = "A1 'Return\nA2 'Line\nC2 'Units\nD2 'Share\nA3 'Sales\nC3 1\nD3 0.5\n"
                             "A4 'Rent\nC4 3\nA5 'Year\nC5 2024\nA6 'Total\nC6 =SUM(C3:C4) 4\n",
                    .merges = "A1:E1"}},
    };
    case_expect(&job, &form, &source,
                "Form!B3 number 1\nForm!C3 number 0.5\nForm!B5 number 3\n"
                "ROW_DELETED Form!4:4 (1 row missing: row 4 of the template)\n"
                "COLUMN_INSERTED Form!B (1 column inserted before column B)\n");
    job_free(&job);
}
END_TEST

START_TEST(an_unlabelled_row_that_could_be_either_is_not_guessed)
{
    static const struct workbook_text template = {
        .sheets = {{.name = "F",
                    .cells = "A1 'a\nA2 'b\nA3 'c\nA4 'd\nB5\nB6\nA7 'e\nA8 'f\nA9 'g\n"}},
    };
    static const struct workbook_text source = {
        .sheets = {{.name = "F",
                    .cells =
                        "A1 'a\nA2 'b\nA3 'c\nA4 'd\nB5 5\nB6 6\nB7 7\nA8 'e\nA9 'f\nA10 'g\n"}},
    };
    struct job job = defaults();
    job.drift = DRIFT_ALIGN;
    case_expect(&job, &template, &source,
                "rejected\nSOURCE_REJECTED F!7:7 (1 row inserted before row 7)\n"
                "SOURCE_REJECTED F!B5 (it cannot be told which of several lines without labels was "
                "inserted or removed here)\n");
    job_free(&job);
}
END_TEST

START_TEST(another_form_is_refused_or_read_literally_on_request)
{
    static const struct workbook_text source = {
        .sheets = {{.name = "Form",
                    .cells = "A1 'Stock\nA2 'Item\nB2 'Count\nC2 'Price\nA3 'Nails\nB3 4\nA4 "
                             "'Bolts\nA5 'Nuts\n"}},
    };
    struct job job = defaults();
    case_expect(&job, &form, &source,
                "rejected\nSOURCE_REJECTED Form (9 of 9 labels differ, and no inserted or missing "
                "rows or columns explain it)\n");
    job_free(&job);
}
END_TEST

/* --- sheets --- */

static const struct workbook_text two = {
    .sheets = {{.name = "Income", .cells = "A1 'in\nA2 'x\nA3 'y\nB1\n"},
               {.name = "Costs", .cells = "A1 'out\nA2 'z\nB1\n"}},
};

START_TEST(sheets_match_by_name_in_any_order_and_case)
{
    static const struct workbook_text source = {
        .sheets = {{.name = "COSTS ", .cells = "A1 'out\nB1 2\nA2 'z\n"},
                   {.name = "Notes", .cells = "A1 1\n"},
                   {.name = "income", .cells = "A1 'in\nB1 1\nA2 'x\nA3 'y\n", .state = "hidden"}},
        .active = 1,
    };
    struct job job = defaults();
    case_expect(&job, &two, &source, "Income!B1 number 1\nCosts!B1 number 2\nSHEET_EXTRA Notes\n");
    job.skip_hidden = true;
    case_expect(&job, &two, &source,
                "Costs!B1 number 2\nHIDDEN_SKIPPED income\nSHEET_EXTRA Notes\n");
    job_free(&job);
}
END_TEST

START_TEST(an_exact_name_wins_over_a_folded_one)
{
    static const struct workbook_text source = {
        .sheets = {{.name = "INCOME ", .cells = "A1 'in\nB1 9\nA2 'x\nA3 'y\n"},
                   {.name = "Income", .cells = "A1 'in\nB1 1\nA2 'x\nA3 'y\n"},
                   {.name = "Costs", .cells = "A1 'out\nA2 'z\n"}},
    };
    struct job job = defaults();
    case_expect(&job, &two, &source, "Income!B1 number 1\nSHEET_EXTRA INCOME \n");
    job_free(&job);
}
END_TEST

START_TEST(a_renamed_sheet_is_found_by_alias_or_by_its_labels)
{
    static const struct workbook_text source = {
        .sheets = {{.name = "Income Aug", .cells = "A1 'in\nB1 1\nA2 'x\nA3 'y\n"},
                   {.name = "Costs", .cells = "A1 'out\nA2 'z\n"}},
    };
    struct job job = defaults();
    case_expect(&job, &two, &source, "SHEET_MISSING Income\nSHEET_EXTRA Income Aug\n");
    job.drift = DRIFT_ALIGN;
    case_expect(&job, &two, &source,
                "Income!B1 number 1\nSHEET_RENAMED Income Aug Income Aug (Income)\n");
    job.drift = DRIFT_REJECT;
    struct alias alias = {SPAN("INCOME *"), SPAN("Income")};
    job.aliases = &alias;
    job.n_aliases = 1;
    case_expect(&job, &two, &source, "Income!B1 number 1\n");
    job_free(&job);
}
END_TEST

START_TEST(a_sheet_and_its_copy_cannot_be_told_apart_by_labels)
{
    static const struct workbook_text source = {
        .sheets = {{.name = "Income 1", .cells = "A1 'in\nB1 1\nA2 'x\nA3 'y\n"},
                   {.name = "Income 2", .cells = "A1 'in\nB1 2\nA2 'x\nA3 'y\n"},
                   {.name = "Costs", .cells = "A1 'out\nA2 'z\n"}},
    };
    struct job job = defaults();
    job.drift = DRIFT_ALIGN;
    case_expect(&job, &two, &source,
                "SHEET_MISSING Income\nSHEET_EXTRA Income 1\nSHEET_EXTRA Income 2\n");
    job_free(&job);
}
END_TEST

START_TEST(a_one_sheet_source_matches_a_one_sheet_template)
{
    struct workbook_text source = SOURCE(LABELS3 "B3 1\n" LABELS4 LABELS5);
    source.sheets[0].name = "Sheet1";
    expect(source, "Form!B3 number 1\n");
    source.sheets[1] = (struct workbook_sheet){.name = "Sheet2", .cells = "A1 1\n"};
    expect(source, "SHEET_MISSING Form\nSHEET_EXTRA Sheet1\nSHEET_EXTRA Sheet2\n");
}
END_TEST

START_TEST(the_selector_picks_the_sheet_of_the_source)
{
    struct workbook_text source = SOURCE(LABELS3 "B3 1\n" LABELS4 LABELS5);
    source.sheets[0].name = "Return July";
    source.sheets[1] = (struct workbook_sheet){
        .name = "Form", .cells = HEAD LABELS3 "B3 2\n" LABELS4 LABELS5 TAIL, .merges = "A1:D1"};
    source.active = 1;
    const struct {
        const char *selector, *expected;
    } cases[] = {{"", "Form!B3 number 2\nSHEET_EXTRA Return July\n"},
                 {"#1", "Form!B3 number 1\n"},
                 {"active", "Form!B3 number 2\n"},
                 {"Return July", "Form!B3 number 1\n"},
                 {"Gone", "SHEET_MISSING Form\n"},
                 {"/^return/", "Form!B3 number 1\n"},
                 {"/o/", "Form!B3 number 2\n"},
                 {"#3", "SHEET_MISSING Form\n"}};
    struct job job = defaults();
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        job.sheet_selector = span_of(cases[i].selector);
        case_expect(&job, &form, &source, cases[i].expected);
    }
    job_free(&job);
}
END_TEST

START_TEST(hidden_rows_and_columns_count_unless_they_are_to_be_skipped)
{
    struct workbook_text source =
        SOURCE("hide 3\n" LABELS3 "B3 1\n" LABELS4 "B4 2\nC4 0.5\n" LABELS5);
    source.sheets[0].columns = "<col min=\"3\" max=\"4\" hidden=\"1\"/>";
    expect(source, "Form!B3 number 1\nForm!B4 number 2\nForm!C4 number 0.5\n");
    struct job job = defaults();
    job.skip_hidden = true;
    case_expect(&job, &form, &source,
                "Form!B3 number 1 skipped\nForm!B4 number 2\nForm!C4 number 0.5 skipped\n"
                "HIDDEN_SKIPPED Form!B3 1\nHIDDEN_SKIPPED Form!C4 0.5\n");
    job_free(&job);
}
END_TEST

START_TEST(the_identity_is_read_from_its_cell_where_the_form_has_moved_to)
{
    struct job job = defaults();
    struct workbook_text source = SOURCE(LABELS3 "B3 'Z\xC3\xBCrich\n" LABELS4 LABELS5);
    job.id_cell = SPAN("form!B3");
    case_expect(&job, &form, &source,
                "id Z\xC3\xBCrich\nForm!B3 text Z\xC3\xBCrich skipped\nTEXT_NOT_NUMBER Form!B3 "
                "Z\xC3\xBCrich\n");
    job.id_cell = SPAN("B5");
    job.drift = DRIFT_ALIGN;
    struct plan plan;
    ck_assert_int_eq(case_plan(&form, &job, &plan, NULL), FAULT_NONE);
    struct workbook_file file = workbook_file(&shifted);
    file.source.path = span_of(file.path);
    struct position_reader *reader = position_reader_new(&plan);
    struct buffer bytes;
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    buffer_init(&bytes, 1 << 20);
    ck_assert_int_eq(position_read(reader, &file.source, NULL, &bytes, NULL), FAULT_NONE);
    ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_NONE);
    ck_assert_msg(span_is(partial.id_text, "3"), "%.*s",
                  SPAN_ARGS(partial.id_text)); /* the source's B6 */
    arena_destroy(&arena);
    buffer_free(&bytes);
    position_reader_destroy(&reader);
    close(file.fd);
    plan_free(&plan);
    job_free(&job);
}
END_TEST

START_TEST(the_preset_reads_numbers_at_every_address_of_the_active_sheet)
{
    static const struct workbook_text template = {
        .sheets = {{.name = "Other", .cells = "A1 1\n"},
                   {.name = "T", .cells = "A1 'Label\nB1 5\nA2 =B1 5\nB2/1 0.5\n"}},
        .active = 1,
    };
    static const struct workbook_text source = {
        .sheets = {{.name = "T", .cells = "A1 1\n"},
                   {.name = "S",
                    .cells = "A1 'Other\nB1 6.10000000000000053\nA2 =B1 7\nB2 82.5\n"}},
        .active = 1,
    };
    struct job job = defaults();
    job.is_preset_original = true;
    case_expect(&job, &template, &source,
                "T!B1 number 6.1000000000000005\nT!A2 number 7\nT!B2 number 82.5\n");
    job_free(&job);
}
END_TEST

START_TEST(a_kind_of_issue_is_told_two_hundred_times_and_then_counted)
{
    struct buffer template_cells, cells;
    buffer_init(&template_cells, 1 << 20);
    buffer_init(&cells, 1 << 20);
    for (int i = 1; i <= 250; i++) {
        buffer_putf(&template_cells, "A%d\n", i);
        buffer_putf(&cells, "A%d 'x\n", i);
    }
    struct workbook_text template = {
        .sheets = {{.name = "T", .cells = buffer_text(&template_cells)}}};
    struct workbook_text source = {.sheets = {{.name = "T", .cells = buffer_text(&cells)}}};
    struct buffer expected;
    buffer_init(&expected, 1 << 20);
    for (int i = 1; i <= 250; i++)
        buffer_putf(&expected, "T!A%d text x skipped\n", i);
    for (int i = 1; i <= 200; i++)
        buffer_putf(&expected, "TEXT_NOT_NUMBER T!A%d x\n", i);
    buffer_put_text(&expected, "TOO_MANY T TEXT_NOT_NUMBER (50 more of TEXT_NOT_NUMBER) x50\n");
    struct job job = defaults();
    case_expect(&job, &template, &source, buffer_text(&expected));
    buffer_free(&template_cells);
    buffer_free(&cells);
    buffer_free(&expected);
    job_free(&job);
}
END_TEST

START_TEST(every_cell_read_is_used_not_applicable_or_skipped)
{
    struct workbook_text source =
        SOURCE(LABELS3 "B3 1\nC3 #N/A\nD3 =B3*2 2\n" LABELS4 "B4 'x\nD4 5\n" LABELS5 "G5 1\n");
    struct job job = defaults();
    struct plan plan;
    ck_assert_int_eq(case_plan(&form, &job, &plan, NULL), FAULT_NONE);
    struct workbook_file file = workbook_file(&source);
    file.source.path = span_of(file.path);
    struct position_reader *reader = position_reader_new(&plan);
    struct buffer bytes;
    struct arena *arena = arena_new(1 << 20);
    struct partial partial;
    buffer_init(&bytes, 1 << 20);
    for (int round = 0; round < 2;
         round++) { /* the reader is used again: nothing is left of the first time */
        buffer_clear(&bytes);
        ck_assert_int_eq(position_read(reader, &file.source, NULL, &bytes, NULL), FAULT_NONE);
        ck_assert_int_eq(partial_open(buffer_span(&bytes), arena, &partial), FAULT_NONE);
        ck_assert_uint_eq(partial.counts.used, 1);
        ck_assert_uint_eq(partial.counts.skipped, 4); /* C3, B4, D4, G5 */
        ck_assert_uint_eq(partial.counts.not_applicable,
                          12); /* 9 labels, a constant, two formulas */
        ck_assert_uint_eq(partial.counts.read, 17);
    }
    arena_destroy(&arena);
    buffer_free(&bytes);
    position_reader_destroy(&reader);
    close(file.fd);
    plan_free(&plan);
    job_free(&job);
}
END_TEST

START_TEST(a_file_that_changed_counts_for_nothing)
{
    struct workbook_text source = SOURCE(LABELS3 "B3 1\n" LABELS4 LABELS5);
    struct job job = defaults();
    struct plan plan;
    struct why why = {0};
    ck_assert_int_eq(case_plan(&form, &job, &plan, NULL), FAULT_NONE);
    struct workbook_file file = workbook_file(&source);
    file.source.path = span_of(file.path);
    struct position_reader *reader = position_reader_new(&plan);
    struct buffer bytes;
    buffer_init(&bytes, 1 << 20);
    file.source.mtime_ns++;
    ck_assert_int_eq(position_read(reader, &file.source, NULL, &bytes, &why), FAULT_CHANGED);
    file.source.mtime_ns--;
    file.source.size++;
    ck_assert_int_eq(position_read(reader, &file.source, NULL, &bytes, &why), FAULT_CHANGED);
    file.source.path = SPAN("/nowhere/at/all.xlsx");
    ck_assert_int_eq(position_read(reader, &file.source, NULL, &bytes, &why), FAULT_NOT_FOUND);
    ck_assert_uint_eq(bytes.len, 0);
    buffer_free(&bytes);
    position_reader_destroy(&reader);
    close(file.fd);
    plan_free(&plan);
    job_free(&job);
}
END_TEST

SUITE(cli_position, numbers_count_and_blanks_do_not,
      a_formula_at_an_input_counts_with_its_cached_value_or_is_told,
      text_that_is_a_number_in_one_way_only_is_converted,
      a_text_longer_than_any_number_is_not_cut_into_one,
      booleans_and_dates_are_no_numbers_and_durations_add_up,
      functions_that_take_any_kind_use_what_sums_skip,
      dates_of_a_1904_book_are_moved_and_times_and_durations_are_not,
      errors_can_be_propagated_or_refuse_the_source,
      percentages_are_used_as_stored_and_flagged_beyond_150,
      typed_values_over_formulas_and_errors_in_them_are_told,
      what_an_array_formula_of_the_source_fills_is_not_typed, values_under_a_merged_area_are_told,
      values_outside_the_template_are_counted_once,
      cells_of_the_area_that_are_not_mapped_are_outside_too, the_same_cell_twice_counts_as_the_last,
      a_book_that_was_never_calculated_is_flagged, a_single_label_and_a_constant_may_differ,
      an_inserted_row_refuses_the_source_by_default,
      an_inserted_row_can_be_aligned_with_issues_in_the_source_s_numbering,
      an_inserted_row_can_be_reported_and_read_literally,
      a_column_inserted_and_a_row_deleted_are_aligned_together,
      an_unlabelled_row_that_could_be_either_is_not_guessed,
      another_form_is_refused_or_read_literally_on_request,
      sheets_match_by_name_in_any_order_and_case, an_exact_name_wins_over_a_folded_one,
      a_renamed_sheet_is_found_by_alias_or_by_its_labels,
      a_sheet_and_its_copy_cannot_be_told_apart_by_labels,
      a_one_sheet_source_matches_a_one_sheet_template, the_selector_picks_the_sheet_of_the_source,
      hidden_rows_and_columns_count_unless_they_are_to_be_skipped,
      the_identity_is_read_from_its_cell_where_the_form_has_moved_to,
      the_preset_reads_numbers_at_every_address_of_the_active_sheet,
      a_kind_of_issue_is_told_two_hundred_times_and_then_counted,
      every_cell_read_is_used_not_applicable_or_skipped, a_file_that_changed_counts_for_nothing)

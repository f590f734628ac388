/* SPDX-License-Identifier: MIT
 *
 * The roles that a template's cells get (position_plan), drawn as letters: see
 * tests/support/position_case.h.
 */
#include <stdlib.h>

#include "tests/support/position_case.h"
#include "tests/support/suite.h"

static struct job defaults(void)
{
    struct job job;
    job_init(&job);
    return job;
}

static const struct workbook_text form = {
    .sheets = {{.name = "Form",
                .cells = "A1 'Return\n"
                         "A3 'Line\nB3 'Units\nC3 'Rate\nD3 'Total\n"
                         "A4 'Sales\nB4/6\nC4/1\nD4 =B4*C4 0\n"
                         "A5 'Year\nB5 2024\nD5/2 45000\nE5 TRUE\n",
                .merges = "A1:D1"}},
};

START_TEST(natural_roles_follow_what_a_cell_holds)
{
    struct job job = defaults();
    case_expect_roles(&job, &form,
                      "Tcccs\n"
                      "sssss\n"
                      "TTTTs\n"
                      "Tsa=s\n"
                      "T9s99\n");
    job.function = FUNCTION_MAX; /* a percent format keeps its average */
    case_expect_roles(&job, &form,
                      "TcccM\n"
                      "MMMMM\n"
                      "TTTTM\n"
                      "TMa=M\n"
                      "T9M99\n");
    job_free(&job);
}
END_TEST

START_TEST(constants_become_inputs_on_request)
{
    struct job job = defaults();
    job.constants_aggregate = true;
    case_expect_roles(&job, &form, "Tcccs\nsssss\nTTTTs\nTsa=s\nTssss\n");
    job.constants_aggregate = false;
    job.template_filled = true; /* numbers only */
    case_expect_roles(&job, &form, "Tcccs\nsssss\nTTTTs\nTsa=s\nTsss9\n");
    job_free(&job);
}
END_TEST

START_TEST(a_range_limits_the_inputs_and_labels_stay)
{
    struct job job = defaults();
    struct span ranges[] = {SPAN("B4:C5"), SPAN("Form!F1")};
    job.ranges = ranges;
    job.n_ranges = 2;
    case_expect_roles(&job, &form,
                      "Tccc-s\n"
                      "------\n"
                      "TTTT--\n"
                      "Tsa=--\n"
                      "T9s99-\n");
    job_free(&job);
}
END_TEST

START_TEST(a_note_is_stronger_than_everything_else)
{
    struct workbook_text noted = form;
    noted.sheets[0].notes = "B4 @max\nA5 @join\nB5 @sum\nD4 @min\nC4 @ignore\nC1 @first\nE3 a word "
                            "to @Ann please\nG6 @average";
    struct job job = defaults();
    case_expect_roles(&job, &noted,
                      "fcccsss\n"
                      "sssssss\n"
                      "TTTTsss\n"
                      "TMxmsss\n"
                      "jss99ss\n"
                      "ssssssa\n");
    job_free(&job);
}
END_TEST

START_TEST(names_are_stronger_than_colours_and_spare_labels)
{
    struct workbook_text text = {
        .sheets = {{.name = "My Form",
                    .cells = "A1/5 'Head\nB1/5\nC1/5 7\nA2/5 'Line\nB2/5\nC2\nD2/5 =B2 1\n"}},
        .names = "Sheaf.Min 'My Form'!$A$1:$B$1\nSHEAF.IGNORE 'My Form'!$C$2\nPrint_Area #REF!",
    };
    struct color_role color = {.rgb = 0xFF8C00, .function = FUNCTION_MAX};
    struct job job = defaults();
    job.colors = &color;
    job.n_colors = 1;
    case_expect_roles(&job, &text, "TmMs\nTMxM\n");
    color.is_ignore = true;
    case_expect_roles(&job, &text, "xmxs\nxxxx\n");
    job_free(&job);
}
END_TEST

START_TEST(unlocked_cells_of_a_protected_sheet_are_the_inputs)
{
    struct workbook_text text = {
        .sheets = {{.name = "Form",
                    .cells = "A1 'Name\nB1/4 'fill in\nC1\nA2 'Sum\nB2/4 0\nC2/4 =B2 0\n",
                    .is_protected = true}},
    };
    struct job job = defaults();
    case_expect_roles(&job, &text, "Ts-\nTs=\n");
    text.sheets[0].is_protected = false;
    case_expect_roles(&job, &text, "TTs\nT9=\n");
    text.sheets[0].is_protected = true; /* all locked: protection says nothing */
    text.sheets[0].cells = "A1 'Name\nB1 'x\nC1\n";
    case_expect_roles(&job, &text, "TTs\n");
    job_free(&job);
}
END_TEST

START_TEST(what_an_array_formula_fills_is_computed)
{
    struct workbook_text text = {
        .sheets = {{.name = "F", .cells = "A1 {A1:A3} 1\nB1\nA2 2\nA3 3\n"}}};
    struct job job = defaults();
    case_expect_roles(&job, &text, "=s\n=s\n=s\n");
    job_free(&job);
}
END_TEST

START_TEST(a_weighted_average_is_tied_to_the_input_of_its_weight)
{
    struct workbook_text text = {
        .sheets = {{.name = "F", .cells = "A1 'Rate\nB1\nC1\n", .notes = "B1 @wavg(C1)"},
                   {.name = "G", .cells = "A1\n"}},
    };
    struct job job = defaults();
    struct plan plan;
    struct why why = {0};
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_NONE);
    plan = case_sent(&plan);
    ck_assert_uint_eq(plan.n_weights, 1);
    ck_assert_uint_eq(plan.weights[0].input, 0);
    ck_assert_uint_eq(plan.weights[0].weight_input, 1);
    plan_free(&plan);
    text.sheets[0].notes = "B1 @wavg(g!A1)";
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_NONE);
    ck_assert_uint_eq(plan.weights[0].weight_input, 2);
    plan_free(&plan);
    text.sheets[0].notes = "B1 @wavg(A1)"; /* a label */
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_USAGE);
    ck_assert_str_eq(why.sheet, "F");
    ck_assert_uint_eq(why.row, 1);
    ck_assert_uint_eq(why.col, 2);
    text.sheets[0].notes = NULL;
    job.function = FUNCTION_WAVG;
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_USAGE);
    job_free(&job);
}
END_TEST

START_TEST(a_misspelt_note_is_a_fault_with_its_place)
{
    struct workbook_text text = form;
    text.sheets[0].notes = "B4 @summ";
    struct job job = defaults();
    struct plan plan;
    struct why why = {0};
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_USAGE);
    ck_assert_ptr_nonnull(strstr(why.text, "@summ"));
    ck_assert_str_eq(why.sheet, "Form");
    ck_assert_uint_eq(why.row, 4);
    job_free(&job);
}
END_TEST

START_TEST(the_selector_picks_sheets_of_the_template)
{
    static const struct workbook_text text = {
        .sheets = {{.name = "Jan", .cells = "A1\n"},
                   {.name = "Feb", .cells = "A1\nB1\n"},
                   {.name = "Notes", .cells = "A1 'x\n"}},
        .active = 1,
    };
    struct job job = defaults();
    case_expect_roles(&job, &text, "[Jan]\ns\n[Feb]\nss\n[Notes]\nT\n");
    const struct {
        const char *selector, *roles;
    } cases[] = {{"feb", "ss\n"},
                 {"#1", "s\n"},
                 {"active", "ss\n"},
                 {"/^(jan|feb)$/", "[Jan]\ns\n[Feb]\nss\n"},
                 {"all", "[Jan]\ns\n[Feb]\nss\n[Notes]\nT\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        job.sheet_selector = span_of(cases[i].selector);
        case_expect_roles(&job, &text, cases[i].roles);
    }
    struct plan plan;
    struct why why = {0};
    job.sheet_selector = SPAN("March");
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_USAGE);
    ck_assert_ptr_nonnull(strstr(why.text, "Jan, Feb, Notes"));
    job.sheet_selector = SPAN("/(/");
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_USAGE);
    job_free(&job);
}
END_TEST

START_TEST(hidden_sheets_are_mapped_unless_they_are_to_be_skipped)
{
    static const struct workbook_text text = {
        .sheets = {{.name = "A", .cells = "A1\n"},
                   {.name = "B", .cells = "A1\n", .state = "hidden"}},
    };
    struct job job = defaults();
    case_expect_roles(&job, &text, "[A]\ns\n[B]\ns\n");
    job.skip_hidden = true;
    case_expect_roles(&job, &text, "s\n");
    job_free(&job);
}
END_TEST

START_TEST(the_preset_takes_every_address_of_the_active_sheet)
{
    static const struct workbook_text text = {
        .sheets = {{.name = "A", .cells = "A1\n"},
                   {.name = "B",
                    .cells = "B2 'x\nC2/1 0.5\nB3 =C2 1\nD4 5\n",
                    .merges = "B2:B3",
                    .notes = "C2 @ignore"}},
        .active = 1,
    };
    struct job job = defaults();
    job.is_preset_original = true;
    case_expect_roles(&job, &text, "ssss\nssas\nscss\nssss\n");
    job_free(&job);
}
END_TEST

START_TEST(a_template_without_inputs_says_what_would_make_some)
{
    static const struct workbook_text text = {
        .sheets = {{.name = "A", .cells = "A1 'Total\nB1 5\n"}}};
    struct job job = defaults();
    struct plan plan;
    struct why why = {0};
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_USAGE);
    ck_assert_ptr_nonnull(strstr(why.text, "--template-filled"));
    job_free(&job);
}
END_TEST

START_TEST(a_used_range_of_the_whole_grid_asks_for_a_range)
{
    static const struct workbook_text text = {
        .sheets = {{.name = "A", .cells = "A1 'x\nB1\nXFD1048576 1\n"}}};
    struct job job = defaults();
    struct plan plan;
    struct why why = {0};
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_LIMIT);
    ck_assert_ptr_nonnull(strstr(why.text, "--range"));
    struct span range = SPAN("A1:B2");
    job.ranges = &range;
    job.n_ranges = 1;
    case_expect_roles(&job, &text, "Ts\nss\n");
    job_free(&job);
}
END_TEST

START_TEST(labels_are_kept_folded_and_as_shown)
{
    static const struct workbook_text text = {
        .sheets = {{.name = "A",
                    .cells = "A1 '  Net\xC2\xA0  INCOME \nA2/1 0.125\nA3 1.50\nA4 TRUE\nB1\n"}},
    };
    static const char *const expected[][2] = {{"net income", "  Net\xC2\xA0  INCOME "},
                                              {"0.125", "12.5%"},
                                              {"1.5", "1.5"},
                                              {"TRUE", "TRUE"}};
    struct job job = defaults();
    struct plan plan;
    struct why why = {0};
    ck_assert_int_eq(case_plan(&text, &job, &plan, &why), FAULT_NONE);
    ck_assert_uint_eq(plan.sheets[0].n_labels, 4);
    for (uint32_t i = 0; i < 4; i++) {
        const struct plan_label *label = &plan.sheets[0].labels[i];
        ck_assert_msg(span_is(label->text, expected[i][0]), "%.*s", SPAN_ARGS(label->text));
        ck_assert_msg(span_is(label->shown, expected[i][1]), "%.*s", SPAN_ARGS(label->shown));
    }
    plan_free(&plan);
    job_free(&job);
}
END_TEST

START_TEST(a_cell_that_stands_twice_counts_as_the_last_and_order_does_not_matter)
{
    static const struct workbook_text text = {
        .sheets = {{.name = "A", .cells = "B2 'late\nA1 'x\nB2 5\nA2\n"}}};
    struct job job = defaults();
    case_expect_roles(&job, &text, "Ts\ns9\n");
    job_free(&job);
}
END_TEST

SUITE(cli_position_plan, natural_roles_follow_what_a_cell_holds, constants_become_inputs_on_request,
      a_range_limits_the_inputs_and_labels_stay, a_note_is_stronger_than_everything_else,
      names_are_stronger_than_colours_and_spare_labels,
      unlocked_cells_of_a_protected_sheet_are_the_inputs, what_an_array_formula_fills_is_computed,
      a_weighted_average_is_tied_to_the_input_of_its_weight,
      a_misspelt_note_is_a_fault_with_its_place, the_selector_picks_sheets_of_the_template,
      hidden_sheets_are_mapped_unless_they_are_to_be_skipped,
      the_preset_takes_every_address_of_the_active_sheet,
      a_template_without_inputs_says_what_would_make_some,
      a_used_range_of_the_whole_grid_asks_for_a_range, labels_are_kept_folded_and_as_shown,
      a_cell_that_stands_twice_counts_as_the_last_and_order_does_not_matter)

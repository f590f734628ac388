/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "core/utf8.h"
#include "tests/support/suite.h"
#include "wire/cursor.h"
#include "wire/plan.h"

/* A drawing of a sheet, one letter per cell: T label, 9 constant, = formula, . input, % percent
 * input, x ignored, c covered. */
static struct plan_cell drawn(char c)
{
    switch (c) {
    case 'T':
        return (struct plan_cell){ROLE_LABEL, 0, 0};
    case '9':
        return (struct plan_cell){ROLE_CONSTANT, 0, 0};
    case '=':
        return (struct plan_cell){ROLE_FORMULA, 0, 0};
    case '%':
        return (struct plan_cell){ROLE_INPUT, FUNCTION_AVERAGE, PLAN_PERCENT};
    case 'x':
        return (struct plan_cell){ROLE_IGNORED, 0, 0};
    case 'c':
        return (struct plan_cell){ROLE_COVERED, 0, 0};
    default:
        return (struct plan_cell){ROLE_INPUT, FUNCTION_SUM, 0};
    }
}

static void draw_sheet(struct plan *plan, struct plan_sheet *sheet, const char *name, uint32_t row,
                       uint32_t col, uint32_t cols, const char *drawing)
{
    uint32_t n = (uint32_t)strlen(drawing);
    sheet->name = span_of(name);
    sheet->area = (struct plan_range){row, col, row + n / cols - 1, col + cols - 1};
    sheet->cells = arena_alloc(plan->arena, n * sizeof *sheet->cells);
    sheet->labels = arena_alloc(plan->arena, n * sizeof *sheet->labels);
    for (uint32_t i = 0; i < n; i++) {
        sheet->cells[i] = drawn(drawing[i]);
        if (drawing[i] != 'T' && drawing[i] != '9')
            continue;
        char text[32];
        snprintf(text, sizeof text, "%s%u,%u", drawing[i] == 'T' ? "label " : "", row + i / cols,
                 col + i % cols);
        struct span copy = arena_copy(plan->arena, span_of(text));
        sheet->labels[sheet->n_labels++] =
            (struct plan_label){row + i / cols, col + i % cols, copy, copy};
    }
}

static struct plan two_sheets(void)
{
    struct plan plan = {.arena = arena_new(PLAN_ARENA_BYTES), .n_sheets = 3};
    plan.sheets = arena_alloc(plan.arena, 3 * sizeof *plan.sheets);
    draw_sheet(&plan, &plan.sheets[0], "Income", 3, 1, 4,
               "TTcc"
               "T9.%"
               "T..="
               "x.9.");
    draw_sheet(&plan, &plan.sheets[1], "Empty", 0, 0, 1, "T");
    draw_sheet(&plan, &plan.sheets[2], " K\xC3\x84SE ", 0, 0, 2, "..");
    plan.sheets[0].n_merges = 1;
    plan.sheets[0].merges = arena_alloc(plan.arena, sizeof *plan.sheets[0].merges);
    plan.sheets[0].merges[0] = (struct plan_range){3, 2, 3, 4};
    plan.sheets[2].template_index = 5;
    plan.n_weights = 1;
    plan.weights = arena_alloc(plan.arena, sizeof *plan.weights);
    plan.weights[0] = (struct plan_weight){0, 7};
    plan.precision = DECIMAL_FULL;
    plan.text_rule = JOB_TEXT_LOCALE;
    plan.text_locale = SPAN("de-CH");
    plan.errors = ERRORS_PROPAGATE;
    plan.drift = DRIFT_REPORT;
    plan.skip_hidden = true;
    plan.is_template_1904 = true;
    plan.sheet_selector = SPAN("/x/");
    plan.n_aliases = 1;
    plan.aliases = arena_alloc(plan.arena, sizeof *plan.aliases);
    plan.aliases[0] = (struct alias){SPAN("In*"), SPAN("Income")};
    plan.id_cell = SPAN("Income!B3");
    plan.n_unmapped = 1;
    plan.unmapped = arena_alloc(plan.arena, sizeof *plan.unmapped);
    plan.unmapped[0] = SPAN("notes");
    ck_assert_int_eq(plan_seal(&plan), FAULT_NONE);
    return plan;
}

static struct buffer encoded(const struct plan *plan)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    plan_encode(&out, plan);
    return out;
}

static void assert_text(struct span is, const char *expected)
{
    if (!span_is(is, expected))
        ck_abort_msg("\"%.*s\" where \"%s\" is expected", SPAN_ARGS(is), expected);
}

START_TEST(a_plan_survives_the_wire_and_keeps_its_hash)
{
    struct plan plan = two_sheets(), back;
    struct buffer bytes = encoded(&plan);
    ck_assert_int_eq(plan_decode(buffer_span(&bytes), &back), FAULT_NONE);
    struct buffer again = encoded(&back);
    ck_assert(span_equal(buffer_span(&bytes), buffer_span(&again)));
    ck_assert(sha256_equal(plan.hash, back.hash));
    ck_assert(sha256_equal(back.hash, sha256_of(buffer_span(&bytes))));
    ck_assert_uint_eq(back.n_sheets, 3);
    assert_text(back.sheets[2].folded_name, "k\xC3\xA4se");
    ck_assert_uint_eq(back.sheets[2].template_index, 5);
    ck_assert_int_eq(back.drift, DRIFT_REPORT);
    ck_assert_int_eq(back.errors, ERRORS_PROPAGATE);
    ck_assert(back.skip_hidden && back.is_template_1904 && !back.is_preset_original);
    assert_text(back.aliases[0].to, "Income");
    assert_text(back.id_cell, "Income!B3");
    ck_assert_uint_eq(back.n_unmapped, 1);
    assert_text(back.unmapped[0], "notes");
    buffer_free(&bytes);
    buffer_free(&again);
    plan_free(&plan);
    plan_free(&back);
}
END_TEST

START_TEST(inputs_are_numbered_through_the_sheets_row_by_row)
{
    struct plan plan = two_sheets();
    ck_assert_uint_eq(plan.n_inputs, 8);
    const uint32_t expected[8][3] = {{0, 4, 3}, {0, 4, 4}, {0, 5, 2}, {0, 5, 3},
                                     {0, 6, 2}, {0, 6, 4}, {2, 0, 0}, {2, 0, 1}};
    for (uint32_t i = 0; i < 8; i++) {
        uint32_t sheet, row, col;
        plan_locate(&plan, i, &sheet, &row, &col);
        ck_assert_uint_eq(sheet, expected[i][0]);
        ck_assert_uint_eq(row, expected[i][1]);
        ck_assert_uint_eq(col, expected[i][2]);
        ck_assert_uint_eq(plan.sheets[sheet].input_of[plan_place(&plan.sheets[sheet], row, col)],
                          i);
        ck_assert_int_eq(plan_cell_of(&plan, i)->role, ROLE_INPUT);
    }
    ck_assert_int_eq(plan_cell_of(&plan, 1)->function, FUNCTION_AVERAGE);
    ck_assert_uint_eq(plan.sheets[0].input_of[0], PLAN_NO_INPUT);
    plan_free(&plan);
}
END_TEST

START_TEST(labels_are_found_left_and_above_and_through_merges)
{
    struct plan plan = two_sheets();
    assert_text(plan_row_label(&plan, 0), "label 4,1"); /* the text, past the constant between */
    assert_text(plan_column_label(&plan, 0),
                "label 3,2"); /* the header is merged over the column */
    assert_text(plan_column_label(&plan, 1), "label 3,2");
    assert_text(plan_column_label(&plan, 2),
                "4,2");                           /* a constant heads its column: a year, a week */
    assert_text(plan_row_label(&plan, 5), "6,3"); /* only a constant is left of it */
    assert_text(plan_row_label(&plan, 4), "");
    assert_text(plan_column_label(&plan, 6), "");
    plan_free(&plan);
}
END_TEST

START_TEST(a_plan_cut_anywhere_is_refused)
{
    struct plan plan = two_sheets(), back;
    struct buffer bytes = encoded(&plan);
    for (size_t n = 0; n < bytes.len; n++)
        ck_assert_int_eq(plan_decode(span_make(bytes.data, n), &back), FAULT_PROTOCOL);
    ck_assert_int_eq(buffer_append(&bytes, SPAN("\xC0")), FAULT_NONE);
    ck_assert_int_eq(plan_decode(buffer_span(&bytes), &back), FAULT_PROTOCOL);
    buffer_free(&bytes);
    plan_free(&plan);
}
END_TEST

static void refuse(const struct plan *plan)
{
    struct plan back;
    struct buffer bytes = encoded(plan);
    ck_assert_int_eq(plan_decode(buffer_span(&bytes), &back), FAULT_PROTOCOL);
    buffer_free(&bytes);
}

START_TEST(a_plan_that_contradicts_itself_is_refused)
{
    struct plan plan = two_sheets();
    struct plan_sheet *first = &plan.sheets[0];
    plan.weights[0].weight_input = 8; /* there are 8 inputs: 0..7 */
    refuse(&plan);
    plan.weights[0].weight_input = 7;
    first->labels[1].col = 3; /* not a label cell */
    refuse(&plan);
    first->labels[1].col = first->labels[0].col; /* twice the same cell */
    refuse(&plan);
    first->labels[1].col = 2;
    first->cells[3].role = ROLE_OUTSIDE + 1;
    refuse(&plan);
    first->cells[3].role = ROLE_COVERED;
    first->cells[6].function = FUNCTIONS;
    refuse(&plan);
    first->cells[6].function = FUNCTION_SUM;
    first->merges[0].last_col = 16384;
    refuse(&plan);
    first->merges[0].last_col = 4;
    struct plan back;
    struct buffer bytes = encoded(&plan);
    ck_assert_int_eq(plan_decode(buffer_span(&bytes), &back), FAULT_NONE);
    plan_free(&back);
    buffer_free(&bytes);
    plan_free(&plan);
}
END_TEST

/* An area of the whole grid in a message of some 60 bytes must not be allocated. */
START_TEST(a_huge_area_is_refused_before_it_is_allocated)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    pack_array(&out, 15);
    pack_u64(&out, 1);
    pack_array(&out, 1);
    pack_array(&out, 6);
    pack_text(&out, SPAN("Sheet1"));
    pack_u64(&out, 0);
    pack_array(&out, 4);
    pack_u64(&out, 0);
    pack_u64(&out, 0);
    pack_u64(&out, 1048575);
    pack_u64(&out, 16383);
    pack_array(&out, 2);
    pack_u64(&out, UINT32_MAX);
    pack_u64(&out, ROLE_INPUT);
    struct plan back;
    ck_assert_int_eq(plan_decode(buffer_span(&out), &back), FAULT_PROTOCOL);
    buffer_free(&out);
}
END_TEST

SUITE(wire_plan, a_plan_survives_the_wire_and_keeps_its_hash,
      inputs_are_numbered_through_the_sheets_row_by_row,
      labels_are_found_left_and_above_and_through_merges, a_plan_cut_anywhere_is_refused,
      a_plan_that_contradicts_itself_is_refused, a_huge_area_is_refused_before_it_is_allocated)

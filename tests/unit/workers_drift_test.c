/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "core/must.h"
#include "tests/support/suite.h"
#include "workers/drift.h"

/* A sheet as text: rows separated by newlines, cells by blanks, "." for an empty cell. */
struct drawing {
    struct plan plan;
    struct label_index index;
    struct arena *arena;
};

static void draw_template(struct drawing *self, const char *text)
{
    *self = (struct drawing){.plan = {.arena = arena_new(1 << 24), .n_sheets = 1},
                             .arena = arena_new(1 << 24)};
    struct plan_sheet *sheet = self->plan.sheets = arena_alloc(self->plan.arena, sizeof *sheet);
    sheet->name = SPAN("Form");
    sheet->area = (struct plan_range){0, 0, 39, 19};
    sheet->cells = arena_alloc(self->plan.arena, 40 * 20 * sizeof *sheet->cells);
    sheet->labels = arena_alloc(self->plan.arena, 40 * 20 * sizeof *sheet->labels);
    uint32_t row = 0, col = 0;
    for (const char *at = text; *at; at++) {
        size_t len = strcspn(at, " \n");
        struct span word = span_make(at, len);
        if (len && !span_is(word, ".")) {
            sheet->cells[plan_place(sheet, row, col)].role = ROLE_LABEL;
            sheet->labels[sheet->n_labels++] = (struct plan_label){row, col, word, word};
        }
        at += len;
        col++;
        if (*at == '\n') {
            row++;
            col = 0;
        }
        if (!*at)
            break;
    }
    ck_assert_int_eq(plan_seal(&self->plan), FAULT_NONE);
    ck_assert(label_index_make(sheet, self->arena, &self->index));
}

static bool find(struct drawing *self, const char *source, struct drift *ret)
{
    struct label_seen seen[800];
    uint32_t n = 0, row = 0, col = 0;
    for (const char *at = source; *at; at++) {
        size_t len = strcspn(at, " \n");
        uint32_t id = label_index_find(&self->index, span_make(at, len));
        if (len && id != DRIFT_NONE)
            seen[n++] = (struct label_seen){row, col, id};
        at += len;
        col++;
        if (*at == '\n') {
            row++;
            col = 0;
        }
        if (!*at)
            break;
    }
    return drift_find(&self->index, seen, n, self->arena, ret);
}

static void release(struct drawing *self)
{
    arena_destroy(&self->arena);
    plan_free(&self->plan);
}

static const char form[] = "Title\n"
                           "\n"
                           "Line Budget Actual Prior\n"
                           "Sales\n"
                           "Fees\n"
                           "Rent\n"
                           "Interest\n"
                           "Other\n"
                           "Total\n";

START_TEST(an_unchanged_form_has_not_drifted)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(!find(&d, form, &drift));
    ck_assert_uint_eq(drift.labels, 11);
    ck_assert_uint_eq(drift.at_home, 11);
    release(&d);
}
END_TEST

START_TEST(an_inserted_row_is_found_and_named_in_the_source_s_numbering)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(find(
        &d, "Title\n\nLine Budget Actual Prior\nSales\nFees\nNew\nRent\nInterest\nOther\nTotal\n",
        &drift));
    ck_assert_uint_eq(drift.n_shifts, 1);
    ck_assert(drift.shifts[0].is_insertion && !drift.shifts[0].is_column);
    ck_assert_uint_eq(drift.shifts[0].source_line, 5);
    ck_assert_uint_eq(drift.shifts[0].n, 1);
    ck_assert_uint_eq(line_map_get(&drift.rows, 4), 4);
    ck_assert_uint_eq(line_map_get(&drift.rows, 5), DRIFT_NONE);
    ck_assert_uint_eq(line_map_get(&drift.rows, 6), 5);
    ck_assert_uint_eq(line_map_get(&drift.rows, 100),
                      99); /* beyond the last label the shift goes on */
    ck_assert_uint_eq(line_map_get(&drift.columns, 3), 3);
    release(&d);
}
END_TEST

START_TEST(a_row_before_a_blank_row_leaves_it_open_which_one_is_new)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(
        find(&d, "Title\n\n\nLine Budget Actual Prior\nSales\nFees\nRent\nInterest\nOther\nTotal\n",
             &drift));
    ck_assert_uint_eq(drift.n_shifts, 1);
    ck_assert_uint_eq(drift.shifts[0].source_line, 2);
    ck_assert(line_map_is_unsure(&drift.rows, 1) && line_map_is_unsure(&drift.rows, 2));
    ck_assert(!line_map_is_unsure(&drift.rows, 3));
    ck_assert_uint_eq(line_map_get(&drift.rows, 3), 2);
    release(&d);
}
END_TEST

START_TEST(several_insertions_are_found_one_by_one)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(find(&d,
                   "x\nTitle\n\nLine Budget Actual "
                   "Prior\nSales\nx\nx\nFees\nRent\nInterest\nx\nOther\nTotal\n",
                   &drift));
    ck_assert_uint_eq(drift.n_shifts, 3);
    ck_assert_uint_eq(drift.shifts[0].source_line, 0);
    ck_assert_uint_eq(drift.shifts[1].source_line, 5);
    ck_assert_uint_eq(drift.shifts[1].n, 2);
    ck_assert_uint_eq(drift.shifts[2].source_line, 10);
    ck_assert_uint_eq(drift.found, 11);
    release(&d);
}
END_TEST

START_TEST(a_deleted_row_is_found_with_the_template_s_row)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(find(&d, "Title\n\nLine Budget Actual Prior\nSales\nFees\nInterest\nOther\nTotal\n",
                   &drift));
    ck_assert_uint_eq(drift.n_shifts, 1);
    ck_assert(!drift.shifts[0].is_insertion);
    ck_assert_uint_eq(drift.shifts[0].template_line, 5);
    ck_assert_uint_eq(line_map_get(&drift.rows, 5), 6);
    ck_assert_uint_eq(line_map_get(&drift.rows, 4), 4);
    release(&d);
}
END_TEST

START_TEST(an_inserted_column_is_found)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(
        find(&d, "Title\n\nLine x Budget Actual Prior\nSales\nFees\nRent\nInterest\nOther\nTotal\n",
             &drift));
    ck_assert_uint_eq(drift.n_shifts, 1);
    ck_assert(drift.shifts[0].is_column && drift.shifts[0].is_insertion);
    ck_assert_uint_eq(drift.shifts[0].source_line, 1);
    ck_assert_uint_eq(line_map_get(&drift.columns, 0), 0);
    ck_assert_uint_eq(line_map_get(&drift.columns, 1), DRIFT_NONE);
    ck_assert_uint_eq(line_map_get(&drift.columns, 2), 1);
    ck_assert_uint_eq(line_map_get(&drift.rows, 7), 7);
    release(&d);
}
END_TEST

START_TEST(rows_and_columns_may_shift_together)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(find(
        &d, "Title\n\nLine Budget x Actual Prior\nSales\nFees\nRent\nx\nInterest\nOther\nTotal\n",
        &drift));
    ck_assert_uint_eq(drift.n_shifts, 2);
    ck_assert(!drift.shifts[0].is_column && drift.shifts[1].is_column);
    ck_assert_uint_eq(drift.shifts[0].source_line, 6);
    ck_assert_uint_eq(drift.shifts[1].source_line, 2);
    ck_assert_uint_eq(drift.found, 11);
    release(&d);
}
END_TEST

START_TEST(changed_wording_is_no_drift)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(!find(
        &d, "Title\n\nLine Budget Actual Prior\nTurnover\nFees\nRent\nInterest\nMisc\nTotal\n",
        &drift));
    ck_assert_uint_eq(drift.at_home, 9);
    release(&d);
}
END_TEST

START_TEST(two_exchanged_rows_are_no_drift)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(
        !find(&d, "Title\n\nLine Budget Actual Prior\nSales\nRent\nFees\nInterest\nOther\nTotal\n",
              &drift));
    release(&d);
}
END_TEST

START_TEST(another_form_is_no_drift)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d, form);
    ck_assert(!find(&d, "Total\nOther\nInterest\nRent\nFees\nSales\n", &drift));
    ck_assert(!find(&d, "a b c\nd e f\n", &drift));
    ck_assert(!find(&d, "", &drift));
    release(&d);
}
END_TEST

START_TEST(a_text_that_stands_everywhere_does_not_mislead)
{
    struct drawing d;
    struct drift drift;
    draw_template(&d,
                  "Head\nn/a n/a n/a\nA n/a\nB n/a\nC n/a\nD n/a\nE n/a\nF n/a\nG n/a\nH n/a\n");
    ck_assert(find(
        &d, "Head\nn/a n/a n/a\nA n/a\nB n/a\nC n/a\nx n/a\nD n/a\nE n/a\nF n/a\nG n/a\nH n/a\n",
        &drift));
    ck_assert_uint_eq(drift.n_shifts, 1);
    ck_assert_uint_eq(drift.shifts[0].source_line, 5);
    release(&d);
}
END_TEST

SUITE(workers_drift, an_unchanged_form_has_not_drifted,
      an_inserted_row_is_found_and_named_in_the_source_s_numbering,
      a_row_before_a_blank_row_leaves_it_open_which_one_is_new,
      several_insertions_are_found_one_by_one, a_deleted_row_is_found_with_the_template_s_row,
      an_inserted_column_is_found, rows_and_columns_may_shift_together, changed_wording_is_no_drift,
      two_exchanged_rows_are_no_drift, another_form_is_no_drift,
      a_text_that_stands_everywhere_does_not_mislead)

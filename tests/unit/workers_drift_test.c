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

struct words { /* where the text has been read to */
    const char *at;
    uint32_t row, col;
};

static bool next_word(struct words *self, struct plan_label *ret)
{
    while (*self->at) {
        struct span text = span_make(self->at, strcspn(self->at, " \n"));
        *ret = (struct plan_label){self->row, self->col++, text, text};
        self->at += text.len;
        if (*self->at == '\n') {
            self->row++;
            self->col = 0;
        }
        self->at += *self->at != '\0';
        if (text.len && !span_is(text, "."))
            return true;
    }
    return false;
}

static struct drawing draw(const char *template)
{
    struct drawing d = {.plan = {.arena = arena_new(1 << 24), .n_sheets = 1}, .arena = arena_new(1 << 24)};
    struct plan_sheet *sheet = d.plan.sheets = arena_alloc(d.plan.arena, sizeof *sheet);
    sheet->name = SPAN("Form");
    sheet->area = (struct plan_range){0, 0, 39, 19};
    sheet->cells = arena_alloc(d.plan.arena, 40 * 20 * sizeof *sheet->cells);
    sheet->labels = arena_alloc(d.plan.arena, 40 * 20 * sizeof *sheet->labels);
    struct words words = {.at = template};
    for (struct plan_label label; next_word(&words, &label);) {
        sheet->cells[plan_place(sheet, label.row, label.col)].role = ROLE_LABEL;
        sheet->labels[sheet->n_labels++] = label;
    }
    ck_assert_int_eq(plan_seal(&d.plan), FAULT_NONE);
    ck_assert(label_index_make(sheet, d.arena, &d.index));
    return d;
}

static bool find(struct drawing *self, const char *source, struct drift *ret)
{
    struct label_seen seen[800];
    uint32_t n = 0;
    struct words words = {.at = source};
    for (struct plan_label label; next_word(&words, &label);) {
        uint32_t id = label_index_find(&self->index, label.text);
        if (id != DRIFT_NONE)
            seen[n++] = (struct label_seen){label.row, label.col, id};
    }
    return drift_find(&self->index, seen, n, self->arena, ret);
}

static struct drift found(struct drawing *self, const char *source)
{
    struct drift drift;
    ck_assert(find(self, source, &drift));
    return drift;
}

static struct drift not_found(struct drawing *self, const char *source)
{
    struct drift drift;
    ck_assert(!find(self, source, &drift));
    return drift;
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
    struct drawing d = draw(form);
    struct drift drift = not_found(&d, form);
    ck_assert_uint_eq(drift.labels, 11);
    ck_assert_uint_eq(drift.at_home, 11);
    release(&d);
}
END_TEST

START_TEST(an_inserted_row_is_found_and_named_in_the_source_s_numbering)
{
    struct drawing d = draw(form);
    struct drift drift = found(&d, "Title\n\nLine Budget Actual Prior\nSales\nFees\nNew\nRent\nInterest\nOther\nTotal\n");
    ck_assert_uint_eq(drift.n_shifts, 1);
    ck_assert(drift.shifts[0].is_insertion && !drift.shifts[0].is_column);
    ck_assert_uint_eq(drift.shifts[0].source_line, 5);
    ck_assert_uint_eq(drift.shifts[0].n, 1);
    ck_assert_uint_eq(line_map_get(&drift.rows, 4), 4);
    ck_assert_uint_eq(line_map_get(&drift.rows, 5), DRIFT_NONE);
    ck_assert_uint_eq(line_map_get(&drift.rows, 6), 5);
    ck_assert_uint_eq(line_map_get(&drift.rows, 100), 99); /* beyond the last label the shift goes on */
    ck_assert_uint_eq(line_map_get(&drift.columns, 3), 3);
    release(&d);
}
END_TEST

START_TEST(a_row_before_a_blank_row_leaves_it_open_which_one_is_new)
{
    struct drawing d = draw(form);
    struct drift drift = found(&d, "Title\n\n\nLine Budget Actual Prior\nSales\nFees\nRent\nInterest\nOther\nTotal\n");
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
    struct drawing d = draw(form);
    struct drift drift = found(&d, "x\nTitle\n\nLine Budget Actual Prior\nSales\nx\nx\nFees\nRent\nInterest\nx\nOther\nTotal\n");
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
    struct drawing d = draw(form);
    struct drift drift = found(&d, "Title\n\nLine Budget Actual Prior\nSales\nFees\nInterest\nOther\nTotal\n");
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
    struct drawing d = draw(form);
    struct drift drift = found(&d, "Title\n\nLine x Budget Actual Prior\nSales\nFees\nRent\nInterest\nOther\nTotal\n");
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
    struct drawing d = draw(form);
    struct drift drift = found(&d, "Title\n\nLine Budget x Actual Prior\nSales\nFees\nRent\nx\nInterest\nOther\nTotal\n");
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
    struct drawing d = draw(form);
    struct drift drift = not_found(&d, "Title\n\nLine Budget Actual Prior\nTurnover\nFees\nRent\nInterest\nMisc\nTotal\n");
    ck_assert_uint_eq(drift.at_home, 9);
    release(&d);
}
END_TEST

START_TEST(two_exchanged_rows_are_no_drift)
{
    struct drawing d = draw(form);
    not_found(&d, "Title\n\nLine Budget Actual Prior\nSales\nRent\nFees\nInterest\nOther\nTotal\n");
    release(&d);
}
END_TEST

START_TEST(another_form_is_no_drift)
{
    struct drawing d = draw(form);
    not_found(&d, "Total\nOther\nInterest\nRent\nFees\nSales\n");
    not_found(&d, "a b c\nd e f\n");
    not_found(&d, "");
    release(&d);
}
END_TEST

START_TEST(a_text_that_stands_everywhere_does_not_mislead)
{
    struct drawing d = draw("Head\nn/a n/a n/a\nA n/a\nB n/a\nC n/a\nD n/a\nE n/a\nF n/a\nG n/a\nH n/a\n");
    struct drift drift = found(&d, "Head\nn/a n/a n/a\nA n/a\nB n/a\nC n/a\nx n/a\nD n/a\nE n/a\nF n/a\nG n/a\nH n/a\n");
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

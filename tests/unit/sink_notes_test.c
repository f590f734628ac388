/* SPDX-License-Identifier: MIT */
#include "sink/notes.h"

#include "core/utf8.h"
#include "sink/contributions_csv.h"
#include "tests/support/suite.h"

#define SOURCES 14u

static struct ledger *ledger;
static struct plan plan = {.n_inputs = 1};
static struct job job;
static struct results *results;
static struct gathered values[SOURCES];
static const struct gathered *parts[SOURCES];

static void make_ledger(void)
{
    struct sha256 none = {{0}};
    ck_assert_int_eq(ledger_new(&ledger, NULL), FAULT_NONE);
    for (uint32_t i = 0; i < SOURCES; i++) {
        char name[8];
        snprintf(name, sizeof name, "u%u", i);
        struct source source = {.index = i, .path = span_of(name), .name = span_of(name), .identity = span_of(name)};
        ck_assert_int_eq(ledger_source(ledger, &source), FAULT_NONE);
        enum merge_verdict verdict;
        uint64_t at;
        struct ledger_facts facts = {.content = none};
        ck_assert_int_eq(ledger_keep(ledger, i, SPAN(""), sha256_of(SPAN("")), &facts, &verdict, &at, NULL), FAULT_NONE);
        ck_assert_int_eq(verdict, MERGE_COUNTED);
    }
    ck_assert_int_eq(ledger_settle(ledger), FAULT_NONE);
    results = results_new(&plan, &job, ledger);
}

static void put_value(uint32_t slot, int64_t number)
{
    values[slot] = (struct gathered){.slot = slot, .value = {.kind = VALUE_NUMBER, .number = decimal_from_int(number)}};
    parts[slot] = &values[slot];
}

static void check_note(const struct plan_cell *plan_cell, uint32_t n, bool blank_zero, const char *want)
{
    struct notes *notes = notes_new(&plan, results, ledger, blank_zero);
    struct result_cell cell = {.plan = plan_cell, .parts = parts, .result = {.kind = RESULT_NUMBER, .n = n}};
    struct span text;
    ck_assert_int_eq(notes_text(notes, &cell, &text), FAULT_NONE);
    ck_assert_msg(span_is(text, want), "%.*s", SPAN_ARGS(text));
    notes_destroy(&notes);
}

START_TEST(a_note_shows_the_ten_biggest_by_size_and_counts_the_rest)
{
    static const int64_t numbers[SOURCES] = {5, -900, 7, 0, 900, 3, 1, 2, 4, 6, 8, 9, 10, 11};
    make_ledger();
    for (uint32_t i = 0; i < SOURCES; i++)
        put_value(i, numbers[i]);
    check_note(&(struct plan_cell){ROLE_INPUT, FUNCTION_SUM, 0}, SOURCES, false,
               "sum of 14 sources\nu1: -900\nu4: 900\nu13: 11\nu12: 10\nu11: 9\nu10: 8\nu2: 7\nu9: 6\nu0: 5\nu8: 4\n\u2026 and 4 more");
    check_note(&(struct plan_cell){ROLE_INPUT, FUNCTION_SUM, 0}, 1, false, "sum of 1 source\nu0: 5");
    results_destroy(&results);
    ledger_destroy(&ledger);
}
END_TEST

START_TEST(a_note_shows_percentages_and_what_an_average_divides_by)
{
    make_ledger();
    put_value(0, 1);
    values[0].value.number = decimal_shift(decimal_from_int(825), 3);
    put_value(1, 2);
    check_note(&(struct plan_cell){ROLE_INPUT, FUNCTION_AVERAGE, PLAN_PERCENT}, 2, true,
               "average of 14 sources (blank counts as 0)\nu1: 200%\nu0: 82.5%");
    check_note(&(struct plan_cell){ROLE_INPUT, FUNCTION_AVERAGE, PLAN_PERCENT}, 2, false,
               "average of 2 sources\nu1: 200%\nu0: 82.5%");
    results_destroy(&results);
    ledger_destroy(&ledger);
}
END_TEST

START_TEST(csv_text_is_quoted_where_it_must_be_and_never_a_formula)
{
    static const char *const cases[][2] = {
        {"plain", "plain"},       {"", ""},
        {"a,b", "\"a,b\""},       {"say \"x\"", "\"say \"\"x\"\"\""},
        {"two\nlines", "\"two\nlines\""}, {"=1+1", "\"'=1+1\""},
        {"+1", "\"'+1\""},        {"-1", "\"'-1\""},
        {"@SUM(A1)", "\"'@SUM(A1)\""},    {"\t=1", "\"'\t=1\""},
        {"'07", "\"''07\""},      {"a=1", "a=1"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct buffer out;
        buffer_init(&out, BUFFER_LIMIT_DEFAULT);
        csv_put_text(&out, span_of(cases[i][0]));
        ck_assert_str_eq(buffer_text(&out), cases[i][1]);
        buffer_free(&out);
    }
}
END_TEST

SUITE(sink_notes, a_note_shows_the_ten_biggest_by_size_and_counts_the_rest,
      a_note_shows_percentages_and_what_an_average_divides_by, csv_text_is_quoted_where_it_must_be_and_never_a_formula)

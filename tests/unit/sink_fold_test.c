/* SPDX-License-Identifier: MIT */
#include "sink/fold.h"

#include <jansson.h>

#include "sink/merge.h"
#include "tests/support/job_maker.h"
#include "tests/support/suite.h"

#define SOURCES 12u

/* What a worker does with a cell that a sum cannot take: a value that is not used, and an issue of its place in the source. */
static void skip(struct partial_builder *builder, uint32_t input, enum issue_code code, enum value_kind kind, uint8_t flags,
                 const char *text)
{
    struct partial_value value = {.input = input, .kind = (uint8_t)kind, .flags = flags};
    if (kind == VALUE_DATE)
        value.number = decimal_from_int(45001);
    if (kind == VALUE_NUMBER)
        value.number = decimal_from_int(7);
    struct issue issue = {.code = code, .sheet = SPAN("Form (2)"), .row = 102, .col = input + 102, .value = span_of(text),
                          .count = 1, .input = input + 1};
    must(partial_builder_value(builder, value, span_of(text)) == FAULT_NONE);
    if (!(flags & VALUE_UNTOLD))
        partial_builder_issue(builder, &issue);
}

static void skip_text(struct partial_builder *builder, uint32_t input, const char *text)
{
    skip(builder, input, ISSUE_TEXT_NOT_NUMBER, VALUE_TEXT, VALUE_NO_NUMBER, text);
}

enum cell {
    NAME,      /* text in all */
    DATE,      /* a date in all but one */
    NUMBER,    /* text in all but one, which has a number */
    RARE,      /* text in two */
    AMBIGUOUS, /* text in all, one of them 1,234 */
    MIXED,     /* text in three, TRUE in two, blank in the others */
    HIDDEN,    /* text in all but one, which has a number that is hidden */
    AMOUNT,    /* numbers */
    CELLS
};

static struct partial_counts cover(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    (void)self;
    char name[32];
    snprintf(name, sizeof name, "Branch %u", source);
    skip_text(builder, NAME, name);
    if (source != 5)
        skip(builder, DATE, ISSUE_DATE_VALUE, VALUE_DATE, VALUE_NO_NUMBER, "45001");
    if (source == 3)
        maker_number(builder, NUMBER, decimal_from_int(40));
    else
        skip_text(builder, NUMBER, "n/a");
    if (source < 2)
        skip_text(builder, RARE, "n/a");
    if (source == 4)
        skip(builder, AMBIGUOUS, ISSUE_TEXT_AMBIGUOUS, VALUE_TEXT, 0, "1,234");
    else
        skip_text(builder, AMBIGUOUS, "n/a");
    if (source < 3)
        skip_text(builder, MIXED, "yes");
    else if (source < 5)
        skip(builder, MIXED, ISSUE_BOOLEAN_VALUE, VALUE_BOOLEAN, VALUE_NO_NUMBER, "FALSE");
    if (source == 6)
        skip(builder, HIDDEN, ISSUE_HIDDEN_SKIPPED, VALUE_NUMBER, 0, "7");
    else
        skip_text(builder, HIDDEN, "n/a");
    maker_number(builder, AMOUNT, decimal_from_int(source));
    return (struct partial_counts){10, 2, 1, 7};
}

static struct merge_summary run(struct job_maker *self, uint32_t n, maker_fill *fill)
{
    struct merge_summary summary;
    struct why why = {0};
    maker_open(self);
    for (uint32_t i = 0; i < n; i++)
        maker_announce(self, i);
    for (uint32_t i = n; i-- > 0;)
        ck_assert_int_eq(maker_add(self, i, fill), MERGE_COUNTED);
    maker_must(merge_finish(self->merge, NULL, NULL, &summary, &why), &why);
    return summary;
}

static json_t *load_report(const struct job_maker *self)
{
    json_error_t error;
    json_t *report = json_load_file(self->report_path, 0, &error);
    ck_assert_msg(report != NULL, "report: line %d: %s", error.line, error.text);
    return report;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

static json_int_t number_of(json_t *object, const char *key)
{
    return json_integer_value(json_object_get(object, key));
}

/* The nth issue of a code; NULL when there are fewer. */
static json_t *issue_of(json_t *report, const char *code, size_t n)
{
    size_t i;
    json_t *issue;
    json_array_foreach(json_object_get(report, "issues"), i, issue) {
        if (!strcmp(text_of(issue, "code"), code) && n-- == 0)
            return issue;
    }
    return NULL;
}

static uint32_t count_code(json_t *report, const char *code)
{
    uint32_t n = 0;
    while (issue_of(report, code, n))
        n++;
    return n;
}

static void expect_field(json_t *report, size_t n, const char *cell, const char *value, const char *detail, int sources)
{
    json_t *issue = issue_of(report, "FIELD_NOT_NUMBER", n);
    ck_assert_ptr_nonnull(issue);
    ck_assert_str_eq(text_of(issue, "severity"), "info");
    ck_assert_str_eq(text_of(issue, "source"), "(none)");
    ck_assert_str_eq(text_of(issue, "sheet"), "Form"); /* the template's place, not the source's */
    ck_assert_str_eq(text_of(issue, "cell"), cell);
    ck_assert_str_eq(text_of(issue, "value"), value);
    ck_assert_str_eq(text_of(issue, "detail"), detail);
    ck_assert_int_eq(number_of(issue, "count"), sources);
}

START_TEST(a_field_in_which_no_source_has_a_number_is_one_note)
{
    struct job_maker maker;
    maker_init(&maker, 1, CELLS);
    struct merge_summary summary = run(&maker, SOURCES, cover);
    json_t *report = load_report(&maker);
    ck_assert_uint_eq(count_code(report, "FIELD_NOT_NUMBER"), 3);
    expect_field(report, 0, "B2", "Branch 0", "text in 12 of 12 sources", 12);
    expect_field(report, 1, "C2", "2023-03-16", "a date in 11 of 12 sources", 11);
    expect_field(report, 2, "G2", "yes", "text in 3, TRUE or FALSE in 2 of 12 sources", 5);
    ck_assert_uint_eq(count_code(report, "DATE_VALUE"), 0);
    ck_assert_uint_eq(count_code(report, "BOOLEAN_VALUE"), 0);
    ck_assert_uint_eq(summary.infos, 3 + 1);
    ck_assert_uint_eq(summary.cells_read, 10 * SOURCES);
    ck_assert_uint_eq(summary.cells_skipped, 7 * SOURCES);
    json_decref(report);
    maker_free(&maker);
}
END_TEST

START_TEST(a_number_or_what_may_be_one_keeps_every_warning_of_the_cell)
{
    struct job_maker maker;
    maker_init(&maker, 1, CELLS);
    struct merge_summary summary = run(&maker, SOURCES, cover);
    json_t *report = load_report(&maker);
    ck_assert_uint_eq(count_code(report, "TEXT_AMBIGUOUS"), 1);
    ck_assert_uint_eq(count_code(report, "HIDDEN_SKIPPED"), 1);
    ck_assert_uint_eq(count_code(report, "TEXT_NOT_NUMBER"), 11 + 2 + 11 + 11); /* NUMBER, RARE, AMBIGUOUS, HIDDEN */
    ck_assert_uint_eq(summary.warnings, 35 + 1);
    json_int_t warnings = 0;
    size_t i;
    json_t *source;
    json_array_foreach(json_object_get(report, "sources"), i, source)
        warnings += number_of(source, "warnings");
    ck_assert_int_eq(warnings, summary.warnings); /* one by one, they are the same */
    json_decref(report);
    maker_free(&maker);
}
END_TEST

static struct partial_counts name_only(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    (void)self;
    skip_text(builder, 0, source ? "South" : "North");
    maker_number(builder, 1, decimal_from_int(source));
    return (struct partial_counts){2, 1, 0, 1};
}

START_TEST(a_source_that_has_only_fields_is_used_without_warnings)
{
    for (uint32_t n = 1; n <= 3; n++) {
        struct job_maker maker;
        maker_init(&maker, 1, 2);
        struct merge_summary summary = run(&maker, n, name_only);
        json_t *report = load_report(&maker);
        const char *status = text_of(json_array_get(json_object_get(report, "sources"), 0), "status");
        ck_assert_uint_eq(summary.warnings, n == 1 ? 1 : 0); /* one source alone says nothing about a field */
        ck_assert_str_eq(status, n == 1 ? "used with warnings" : "used");
        ck_assert_uint_eq(count_code(report, "FIELD_NOT_NUMBER"), n == 1 ? 0 : 1);
        json_decref(report);
        maker_free(&maker);
    }
}
END_TEST

START_TEST(a_preflight_folds_as_well)
{
    struct job_maker maker;
    maker_init(&maker, 1, 2);
    maker.job.is_check = true;
    struct merge_summary summary = run(&maker, 4, name_only);
    ck_assert_uint_eq(summary.warnings, 0);
    ck_assert_uint_eq(summary.infos, 1);
    maker_free(&maker);
}
END_TEST

#define TOLD 200u
#define FIELDS 300u

/* A sheet of text: more than a worker tells. In source 1 the last cell is a number. */
static struct partial_counts text_form(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    uint32_t n = self->plan.n_inputs, untold = FIELDS - TOLD - (n == FIELDS && source == 1);
    for (uint32_t i = 0; i < FIELDS; i++) {
        if (i == n - 1 && source == 1)
            maker_number(builder, i, decimal_from_int(1));
        else
            skip(builder, i, ISSUE_TEXT_NOT_NUMBER, VALUE_TEXT,
                 i < TOLD ? VALUE_NO_NUMBER : VALUE_NO_NUMBER | VALUE_UNTOLD, "x");
    }
    struct issue more = {.code = ISSUE_TOO_MANY, .sheet = SPAN("Form (2)"), .value = SPAN("TEXT_NOT_NUMBER"),
                         .detail = SPAN("as counted"), .count = untold, .input = FIELDS};
    partial_builder_issue(builder, &more);
    return (struct partial_counts){FIELDS, 0, 0, FIELDS};
}

START_TEST(what_was_only_counted_is_folded_too)
{
    struct job_maker maker;
    maker_init(&maker, 30, 11); /* one row of inputs that nobody has */
    struct merge_summary summary = run(&maker, 4, text_form);
    ck_assert_uint_eq(summary.warnings, 0);
    ck_assert_uint_eq(summary.infos, FIELDS);
    maker_free(&maker);
}
END_TEST

START_TEST(what_is_left_of_a_count_is_told)
{
    struct job_maker maker;
    maker_init(&maker, 30, 10);
    struct merge_summary summary = run(&maker, 4, text_form);
    json_t *report = load_report(&maker);
    ck_assert_uint_eq(count_code(report, "TEXT_NOT_NUMBER"), 0);
    ck_assert_uint_eq(count_code(report, "FIELD_NOT_NUMBER"), FIELDS - 1);
    json_t *more = issue_of(report, "TOO_MANY", 0);
    ck_assert_int_eq(number_of(more, "count"), 1);
    ck_assert_str_eq(text_of(more, "detail"), "1 more of TEXT_NOT_NUMBER");
    ck_assert_uint_eq(summary.infos, FIELDS - 1);
    ck_assert_uint_eq(count_code(report, "TOO_MANY"), 3);
    ck_assert_uint_eq(summary.warnings, 3);
    json_decref(report);
    maker_free(&maker);
}
END_TEST

SUITE(sink_fold, a_field_in_which_no_source_has_a_number_is_one_note,
      a_number_or_what_may_be_one_keeps_every_warning_of_the_cell, a_source_that_has_only_fields_is_used_without_warnings,
      a_preflight_folds_as_well, what_was_only_counted_is_folded_too, what_is_left_of_a_count_is_told)

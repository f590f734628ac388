/* SPDX-License-Identifier: MIT */
#include "sink/merge.h"

#include <jansson.h>

#include "sink/contributions.h"
#include "sink/original.h"
#include "tests/support/job_maker.h"
#include "workbook/sheet.h"
#include "tests/support/suite.h"

/* --- sources ------------------------------------------------------------------------------------------------------------------- */

/* Every source has 0.1 in every cell whose number its own number does not divide. */
static struct partial_counts tenths(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    uint64_t used = 0;
    for (uint32_t i = 0; i < self->plan.n_inputs; i++) {
        if (i % (source + 2) == 0)
            continue;
        maker_number(builder, i, decimal_shift(decimal_from_int(1), 1));
        used++;
    }
    return (struct partial_counts){used + 5, used, 3, 2};
}

/* Cell 0: the source's number; cell 1: "=text N"; cell 2: TRUE. */
static struct partial_counts kinds(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    (void)self;
    char text[32];
    snprintf(text, sizeof text, "=text %u", source);
    maker_number(builder, 0, decimal_from_int(source));
    maker_text(builder, 1, VALUE_TEXT, text);
    struct partial_value yes = {.input = 2, .kind = VALUE_BOOLEAN, .flags = VALUE_USED, .number = decimal_from_int(1)};
    must(partial_builder_value(builder, yes, SPAN("")) == FAULT_NONE);
    return (struct partial_counts){3, 3, 0, 0};
}

static struct partial_counts with_issues(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    struct issue converted = {.code = ISSUE_TEXT_CONVERTED, .sheet = SPAN("Form"), .row = 2, .col = 2, .value = SPAN("'5"), .count = 1};
    struct issue error = {.code = ISSUE_ERROR_VALUE, .sheet = SPAN("Form"), .row = 3, .col = 2, .value = SPAN("#N/A"), .count = 1};
    partial_builder_issue(builder, &converted);
    if (source == 1)
        partial_builder_issue(builder, &error);
    return tenths(self, source, builder);
}

static struct partial_counts rejected(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    struct partial_counts counts = tenths(self, source, builder);
    struct issue drift = {.code = ISSUE_SOURCE_REJECTED, .sheet = SPAN("Form"), .detail = SPAN("1 row before row 4"), .count = 1};
    partial_builder_issue(builder, &drift);
    partial_builder_reject(builder);
    (void)counts;
    return (struct partial_counts){0};
}

/* --- a whole run ----------------------------------------------------------------------------------------------------------------- */

static struct merge_summary finish(struct job_maker *self)
{
    struct merge_summary summary;
    struct why why = {0};
    maker_must(merge_finish(self->merge, NULL, NULL, &summary, &why), &why);
    return summary;
}

static struct merge_summary run(struct job_maker *self, uint32_t n, maker_fill *fill)
{
    maker_open(self);
    for (uint32_t i = 0; i < n; i++)
        maker_announce(self, i);
    for (uint32_t i = 0; i < n; i++)
        ck_assert_int_eq(maker_add(self, i, fill), MERGE_COUNTED);
    return finish(self);
}

static json_t *load_report(const struct job_maker *self)
{
    json_error_t error;
    json_t *report = json_load_file(self->report_path, 0, &error);
    ck_assert_msg(report != NULL, "report: line %d: %s", error.line, error.text);
    return report;
}

static json_t *result_at(json_t *report, const char *cell)
{
    size_t i;
    json_t *result;
    json_array_foreach(json_object_get(report, "results"), i, result) {
        if (!strcmp(json_string_value(json_object_get(result, "cell")), cell))
            return result;
    }
    return NULL;
}

static const char *text_of(json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "(none)";
}

static bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

START_TEST(a_merge_adds_up_exactly_and_proves_it)
{
    struct job_maker maker;
    maker_init(&maker, 10, 3);
    struct merge_summary summary = run(&maker, 12, tenths);
    ck_assert_uint_eq(summary.sources, 12);
    ck_assert_uint_eq(summary.used, 12);
    ck_assert(summary.self_check_passed);
    ck_assert_uint_eq(summary.cells_read, summary.cells_used + summary.cells_not_applicable + summary.cells_skipped);
    ck_assert_uint_eq(summary.contributions, summary.cells_used);
    ck_assert_uint_eq(summary.n_samples, 3);
    json_t *report = load_report(&maker);
    uint64_t contributions = 0;
    size_t i;
    json_t *result;
    ck_assert_uint_eq(json_array_size(json_object_get(report, "results")), summary.result_cells);
    json_array_foreach(json_object_get(report, "results"), i, result) {
        double n = (double)json_integer_value(json_object_get(result, "n"));
        contributions += (uint64_t)n;
        ck_assert(json_number_value(json_object_get(result, "result")) == n / 10);
        ck_assert(strtod(text_of(result, "contributions_sum"), NULL) == n / 10);
    }
    ck_assert_uint_eq(contributions, summary.contributions);
    ck_assert_ptr_null(result_at(report, "B2")); /* cell 0 is of no source: it stays as in the template */
    ck_assert_str_eq(text_of(result_at(report, "C2"), "row_label"), "Row 1");
    ck_assert_str_eq(text_of(result_at(report, "C2"), "column_label"), "Column 2");
    json_decref(report);
    maker_free(&maker);
}
END_TEST

/* The same sources, added in an order that `step` (coprime to n) makes, some of them twice. */
static struct merge_summary run_shuffled(struct job_maker *self, uint32_t n, uint32_t step)
{
    maker_open(self);
    for (uint32_t i = 0; i < n / 2; i++)
        maker_announce(self, i);
    for (uint32_t i = 0; i < n; i++)
        ck_assert_int_eq(maker_add(self, i * step % n, with_issues), MERGE_COUNTED);
    for (uint32_t i = n; i-- > n / 2;)
        maker_announce(self, i);
    ck_assert_int_eq(maker_add(self, 0, with_issues), MERGE_AGAIN);
    return finish(self);
}

START_TEST(the_output_is_the_same_bytes_whatever_the_order_of_arrival)
{
    struct sha256 first = {{0}};
    static const uint32_t steps[] = {1, 7, 30};
    for (int i = 0; i < 3; i++) {
        struct job_maker maker;
        maker_init(&maker, 20, 5);
        struct merge_summary summary = run_shuffled(&maker, 31, steps[i]);
        if (i == 0)
            first = summary.output_sha;
        ck_assert_msg(sha256_equal(first, summary.output_sha), "step %u", steps[i]);
        maker_free(&maker);
    }
}
END_TEST

START_TEST(a_partial_counts_once_and_only_if_it_is_whole)
{
    struct job_maker maker;
    maker_init(&maker, 4, 2);
    maker_open(&maker);
    for (uint32_t i = 0; i < 2; i++)
        maker_announce(&maker, i);
    struct buffer a, b;
    buffer_init(&a, BUFFER_LIMIT_DEFAULT);
    buffer_init(&b, BUFFER_LIMIT_DEFAULT);
    maker_partial(&maker, 0, tenths, &a);
    maker_partial(&maker, 0, with_issues, &b);
    ck_assert_int_eq(maker_add_bytes(&maker, 0, span_make(a.data, a.len - 1)), MERGE_CORRUPT);
    enum merge_verdict verdict;
    ck_assert_int_eq(merge_add(maker.merge, 0, buffer_span(&a), (struct sha256){{9}}, &verdict, NULL), FAULT_NONE);
    ck_assert_int_eq(verdict, MERGE_CORRUPT);
    ck_assert_int_eq(maker_add_bytes(&maker, 1, buffer_span(&a)), MERGE_CORRUPT); /* source 0's content */
    ck_assert_int_eq(maker_add_bytes(&maker, 0, buffer_span(&a)), MERGE_COUNTED);
    ck_assert_int_eq(maker_add_bytes(&maker, 0, buffer_span(&a)), MERGE_AGAIN);
    ck_assert_int_eq(maker_add_bytes(&maker, 0, buffer_span(&b)), MERGE_CONFLICT);
    merge_failed(maker.merge, 0, FAULT_CORRUPT, SPAN("too late: it is counted"));
    merge_failed(maker.merge, 1, FAULT_CORRUPT, SPAN("broken"));
    ck_assert_int_eq(maker_add(&maker, 1, tenths), MERGE_CONFLICT);
    struct merge_summary summary = finish(&maker);
    ck_assert_uint_eq(summary.used, 1);
    ck_assert_uint_eq(summary.failed, 1);
    ck_assert(summary.self_check_passed);
    buffer_free(&a);
    buffer_free(&b);
    maker_free(&maker);
}
END_TEST

START_TEST(every_source_has_a_status_and_every_failure_an_issue)
{
    struct job_maker maker;
    maker_init(&maker, 4, 2);
    maker_open(&maker);
    char name[32];
    for (uint32_t i = 0; i < 7; i++) {
        struct source source = maker_source(i, name);
        if (i == 3) {
            source.state = SOURCE_DUPLICATE;
            source.same_as = 0;
        }
        if (i == 4) {
            source.state = SOURCE_FAILED;
            source.fault = FAULT_NOT_FOUND;
            source.reason = SPAN("it is gone");
        }
        merge_source(maker.merge, &source);
    }
    ck_assert_int_eq(maker_add(&maker, 0, tenths), MERGE_COUNTED);
    ck_assert_int_eq(maker_add(&maker, 1, with_issues), MERGE_COUNTED);
    ck_assert_int_eq(maker_add(&maker, 2, rejected), MERGE_COUNTED);
    merge_failed(maker.merge, 5, FAULT_ENCRYPTED, SPAN("password protected"));
    merge_failed(maker.merge, 6, FAULT_CHANGED, SPAN("size differs"));
    struct merge_summary summary = finish(&maker);
    ck_assert_uint_eq(summary.used, 2);
    ck_assert_uint_eq(summary.failed, 3);
    ck_assert_uint_eq(summary.rejected, 1);
    ck_assert_uint_eq(summary.duplicates, 1);
    ck_assert_uint_eq(summary.warnings, 1);
    ck_assert_uint_eq(summary.infos, 1);
    static const char *const states[] = {"used", "used with warnings", "rejected", "duplicate", "failed", "failed", "failed"};
    static const char *const codes[] = {"TEXT_CONVERTED", "ERROR_VALUE", "SOURCE_REJECTED", "SOURCE_FAILED", "SOURCE_ENCRYPTED",
                                        "SOURCE_CHANGED"};
    json_t *report = load_report(&maker);
    json_t *sources = json_object_get(report, "sources"), *issues = json_object_get(report, "issues");
    ck_assert_uint_eq(json_array_size(sources), 7);
    for (size_t i = 0; i < 7; i++)
        ck_assert_str_eq(text_of(json_array_get(sources, i), "status"), states[i]);
    ck_assert_uint_eq(json_array_size(issues), 6);
    for (size_t i = 0; i < 6; i++)
        ck_assert_str_eq(text_of(json_array_get(issues, i), "code"), codes[i]);
    json_decref(report);
    maker_free(&maker);
}
END_TEST

START_TEST(nothing_usable_is_refused_and_writes_no_output)
{
    struct job_maker maker;
    maker_init(&maker, 2, 2);
    maker_open(&maker);
    maker_announce(&maker, 0);
    merge_failed(maker.merge, 0, FAULT_CORRUPT, SPAN("broken"));
    struct merge_summary summary;
    struct why why;
    ck_assert_int_eq(merge_finish(maker.merge, NULL, NULL, &summary, &why), FAULT_REFUSED);
    ck_assert(!file_exists(maker.output_path));
    ck_assert_uint_eq(summary.failed, 1);
    json_t *report = load_report(&maker);
    ck_assert_ptr_nonnull(json_object_get(json_object_get(report, "summary"), "refused"));
    json_decref(report);
    maker_free(&maker);
}
END_TEST

static bool cancel_late(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    return done < total * 3 / 4;
}

START_TEST(a_cancelled_merge_leaves_nothing_behind)
{
    struct job_maker maker;
    maker_init(&maker, 1000, 4);
    maker.job.contributions = CONTRIBUTIONS_CSV;
    maker_open(&maker);
    for (uint32_t i = 0; i < 3; i++) {
        maker_announce(&maker, i);
        ck_assert_int_eq(maker_add(&maker, i, tenths), MERGE_COUNTED);
    }
    struct merge_summary summary;
    struct why why;
    ck_assert_int_eq(merge_finish(maker.merge, cancel_late, NULL, &summary, &why), FAULT_CANCELLED);
    ck_assert(!file_exists(maker.output_path) && !file_exists(maker.report_path) && !file_exists(maker.csv_path));
    maker_free(&maker); /* fails when a temporary file is left in the folder */
}
END_TEST

static void set_functions(struct job_maker *self)
{
    maker_cell(self, 0)->function = FUNCTION_SAME;
    maker_cell(self, 1)->function = FUNCTION_JOIN;
    maker_cell(self, 2)->function = FUNCTION_FIRST;
}

START_TEST(texts_and_booleans_are_results_too_and_disagreement_is_told)
{
    struct job_maker maker;
    maker_init(&maker, 1, 4);
    set_functions(&maker);
    struct merge_summary summary = run(&maker, 3, kinds);
    ck_assert_uint_eq(summary.result_cells, 2);
    ck_assert_uint_eq(summary.contributions, 9);
    ck_assert(summary.self_check_passed);
    json_t *report = load_report(&maker);
    ck_assert_str_eq(text_of(result_at(report, "B2"), "kind"), "none");
    ck_assert_str_eq(text_of(result_at(report, "C2"), "result"), "=text 0; =text 1; =text 2");
    ck_assert(json_is_true(json_object_get(result_at(report, "D2"), "result")));
    ck_assert_str_eq(text_of(json_array_get(json_object_get(report, "issues"), 0), "code"), "RESULT_NOT_SAME");
    ck_assert_str_eq(text_of(json_array_get(json_object_get(report, "issues"), 0), "cell"), "B2");
    ck_assert_str_eq(text_of(json_array_get(json_object_get(report, "issues"), 0), "detail"),
                     "same of 3 values; unit-00000: 0, unit-00001: 1");
    json_decref(report);
    maker_free(&maker);
}
END_TEST

static struct span read_file(const char *path, char *into, size_t size)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    size_t n = fread(into, 1, size, file);
    fclose(file);
    return span_make(into, n);
}

START_TEST(the_csv_is_long_and_safe_from_formula_injection)
{
    struct job_maker maker;
    maker_init(&maker, 1, 4);
    set_functions(&maker);
    maker.job.contributions = CONTRIBUTIONS_CSV;
    struct merge_summary summary = run(&maker, 2, kinds);
    ck_assert(span_equal(summary.contributions_csv, span_of(maker.csv_path)));
    static const char want[] = "\xEF\xBB\xBF"
                               "Sheet,Cell,Row label,Column label,Function,Result,n,Source,Value\r\n"
                               "Form,B2,Row 1,Column 1,same,,2,unit-00000,0\r\n"
                               "Form,B2,Row 1,Column 1,same,,2,unit-00001,1\r\n"
                               "Form,C2,Row 1,Column 2,join,\"'=text 0; =text 1\",2,unit-00000,\"'=text 0\"\r\n"
                               "Form,C2,Row 1,Column 2,join,\"'=text 0; =text 1\",2,unit-00001,\"'=text 1\"\r\n"
                               "Form,D2,Row 1,Column 3,first,TRUE,2,unit-00000,TRUE\r\n"
                               "Form,D2,Row 1,Column 3,first,TRUE,2,unit-00001,TRUE\r\n";
    char bytes[2000];
    struct span got = read_file(maker.csv_path, bytes, sizeof bytes);
    ck_assert_msg(span_is(got, want), "%.*s", SPAN_ARGS(got));
    maker_free(&maker);
}
END_TEST

/* Cell 0 is weighted by cell 1; source 2 has no weight. */
static struct partial_counts weighted(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    (void)self;
    maker_number(builder, 0, decimal_from_int(10 * (source + 1)));
    if (source != 2)
        maker_number(builder, 1, decimal_from_int(source + 1));
    uint64_t used = source == 2 ? 1 : 2;
    return (struct partial_counts){used, used, 0, 0};
}

START_TEST(a_weighted_average_takes_its_weights_from_the_same_source)
{
    struct job_maker maker;
    maker_init(&maker, 1, 2);
    maker_cell(&maker, 0)->function = FUNCTION_WAVG;
    maker.plan.n_weights = 1;
    maker.plan.weights = arena_alloc(maker.plan.arena, sizeof *maker.plan.weights);
    maker.plan.weights[0] = (struct plan_weight){0, 1};
    struct merge_summary summary = run(&maker, 4, weighted);
    ck_assert(summary.self_check_passed);
    json_t *report = load_report(&maker);
    json_t *result = result_at(report, "B2");
    ck_assert(json_number_value(json_object_get(result, "result")) == 30.0); /* (10 + 40 + 160) / 7 */
    ck_assert_int_eq(json_integer_value(json_object_get(result, "n")), 3);
    json_t *issue = json_array_get(json_object_get(report, "issues"), 0);
    ck_assert_str_eq(text_of(issue, "code"), "WEIGHT_MISSING");
    ck_assert_str_eq(text_of(issue, "source"), "unit-00002");
    ck_assert_str_eq(text_of(json_array_get(json_object_get(report, "sources"), 2), "status"), "used with warnings");
    json_decref(report);
    maker_free(&maker);
}
END_TEST

static struct partial_counts named(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    partial_builder_id(builder, source == 2 ? SPAN("") : source == 3 ? SPAN(" School 1 ") : SPAN("School 1"));
    return tenths(self, source, builder);
}

START_TEST(an_identity_from_a_cell_replaces_the_file_name_and_stays_unique)
{
    struct job_maker maker;
    maker_init(&maker, 2, 2);
    run(&maker, 4, named);
    static const char *const names[] = {"School 1", "School 1#2", "unit-00002", "School 1#3"};
    json_t *report = load_report(&maker);
    for (size_t i = 0; i < 4; i++)
        ck_assert_str_eq(text_of(json_array_get(json_object_get(report, "sources"), i), "source"), names[i]);
    json_decref(report);
    maker_free(&maker);
}
END_TEST

START_TEST(a_preflight_tells_the_issues_of_results_and_writes_nothing)
{
    struct job_maker maker;
    maker_init(&maker, 1, 4);
    set_functions(&maker);
    maker.job.is_check = true;
    struct merge_summary summary = run(&maker, 3, kinds);
    ck_assert_uint_eq(summary.result_cells, 2);
    ck_assert_uint_eq(summary.warnings, 1);
    ck_assert(!file_exists(maker.output_path) && !file_exists(maker.report_path));
    maker_free(&maker);
}
END_TEST

START_TEST(every_form_of_contributions_and_every_option_gives_a_workbook)
{
    for (int form = CONTRIBUTIONS_AUTO; form <= CONTRIBUTIONS_NONE; form++) {
        for (int highlight = 0; highlight < 3; highlight++) {
            struct job_maker maker;
            maker_init(&maker, 5, 2);
            maker.job.contributions = (enum contributions_form)form;
            maker.job.highlight = (enum highlight_option)highlight;
            maker.job.notes = maker.job.links = highlight != 1;
            struct merge_summary summary = run(&maker, 3, tenths);
            ck_assert(summary.self_check_passed && summary.output_bytes > 0);
            ck_assert_int_eq(file_exists(maker.csv_path), form == CONTRIBUTIONS_CSV);
            maker_free(&maker);
        }
    }
}
END_TEST

static void announce_up_to(struct ledger *ledger, uint32_t n)
{
    char name[32];
    for (uint32_t i = ledger_records(ledger); i < n; i++) {
        struct source source = maker_source(i, name);
        if (i < 2)
            source.identity = i ? SPAN("Value") : SPAN("Source");
        ck_assert_int_eq(ledger_source(ledger, &source), FAULT_NONE);
    }
}

START_TEST(the_form_of_contributions_follows_what_fits)
{
    struct ledger *ledger;
    ck_assert_int_eq(ledger_new(&ledger, NULL), FAULT_NONE);
    announce_up_to(ledger, 2); /* the wide header would be that of the long form */
    ck_assert_int_eq(contributions_choose(CONTRIBUTIONS_AUTO, ledger, 1), CONTRIBUTIONS_LONG);
    announce_up_to(ledger, CONTRIBUTIONS_WIDE_SOURCES_MAX);
    ck_assert_uint_eq(CONTRIBUTIONS_WIDE_SOURCES_MAX, 16377);
    ck_assert_int_eq(contributions_choose(CONTRIBUTIONS_AUTO, ledger, (uint64_t)1 << 40), CONTRIBUTIONS_WIDE);
    ck_assert_int_eq(contributions_choose(CONTRIBUTIONS_LONG, ledger, 1), CONTRIBUTIONS_LONG);
    ck_assert_int_eq(contributions_choose(CONTRIBUTIONS_LONG, ledger, (uint64_t)1 << 40), CONTRIBUTIONS_CSV);
    ck_assert_int_eq(contributions_choose(CONTRIBUTIONS_NONE, ledger, 1), CONTRIBUTIONS_NONE);
    announce_up_to(ledger, CONTRIBUTIONS_WIDE_SOURCES_MAX + 1);
    ck_assert_int_eq(contributions_choose(CONTRIBUTIONS_WIDE, ledger, 1), CONTRIBUTIONS_LONG);
    ck_assert_int_eq(contributions_choose(CONTRIBUTIONS_AUTO, ledger, 1), CONTRIBUTIONS_LONG);
    ledger_destroy(&ledger);
}
END_TEST

START_TEST(the_preset_original_gives_a_workbook_of_its_own_form)
{
    struct job_maker maker;
    maker_init(&maker, 5, 2);
    maker.job.is_preset_original = maker.plan.is_preset_original = true;
    maker.job.average_blank_zero = true;
    for (uint32_t i = 0; i < 10; i++)
        maker_cell(&maker, i)->function = FUNCTION_AVERAGE;
    struct merge_summary summary = run(&maker, 4, tenths);
    ck_assert(summary.self_check_passed);
    json_t *report = load_report(&maker);
    /* cell 1 is of all four, cell 4 not of source 0 (2 divides it) and not of source 2 (4 divides it) */
    ck_assert(json_number_value(json_object_get(result_at(report, "C2"), "result")) == 0.1);
    ck_assert(json_number_value(json_object_get(result_at(report, "B4"), "result")) == 0.05);
    json_decref(report);
    maker_free(&maker);
}
END_TEST

/* --- read back what was written ---------------------------------------------------------------------------------------------- */

struct read_back {
    uint32_t columns;  /* that hold a source */
    uint64_t cells, rows;
    struct decimal_sum sum; /* of the row being read */
    double result;
    uint64_t n, said_n;
    struct job_maker *maker;
};

static int64_t cents(uint32_t source, uint32_t input)
{
    return (int64_t)((source * 2654435761u ^ input * 2246822519u) % 10000019u) - 5000000;
}

static struct partial_counts amounts(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    for (uint32_t i = 0; i < self->plan.n_inputs; i++)
        maker_number(builder, i, decimal_shift(decimal_from_int(cents(source, i)), 2));
    return (struct partial_counts){self->plan.n_inputs, self->plan.n_inputs, 0, 0};
}

static enum fault end_row(void *context, const struct sheet_row *row)
{
    struct read_back *self = context;
    double sum;
    if (row->row > 1) {
        ck_assert_int_eq(decimal_sum_to_double(&self->sum, &sum), FAULT_NONE);
        ck_assert(sum == self->result);
        ck_assert_uint_eq(self->n, self->said_n);
        self->rows++;
    }
    decimal_sum_clear(&self->sum);
    self->n = 0;
    return FAULT_NONE;
}

static enum fault read_cell(void *context, const struct cell *cell)
{
    struct read_back *self = context;
    struct decimal number;
    if (cell->row == 0) {
        self->columns += cell->col >= CONTRIBUTIONS_FIXED_COLS;
        return FAULT_NONE;
    }
    if (cell->col < CONTRIBUTIONS_COL_RESULT)
        return FAULT_NONE;
    ck_assert_int_eq(decimal_parse(cell->value, DECIMAL_15, &number), FAULT_NONE);
    if (cell->col == CONTRIBUTIONS_COL_RESULT) {
        self->result = decimal_to_double(number);
    } else if (cell->col == CONTRIBUTIONS_COL_N) {
        self->said_n = (uint64_t)decimal_to_double(number);
    } else {
        int64_t want = cents(cell->col - CONTRIBUTIONS_FIXED_COLS, cell->row - 1);
        ck_assert_int_eq(decimal_compare(number, decimal_shift(decimal_from_int(want), 2)), 0);
        decimal_sum_add(&self->sum, number);
        self->n++;
        self->cells++;
    }
    return FAULT_NONE;
}

static void scan_output(const char *path, const char *sheet, struct sheet_handler *handler)
{
    struct why why = {0};
    struct package *package = NULL;
    struct book *book = NULL;
    struct shared_strings *strings = NULL;
    maker_must(package_open(path, NULL, &package, &why), &why);
    maker_must(book_open(package, &book, &why), &why);
    maker_must(shared_strings_read(book, &strings, &why), &why);
    int index = book_find_sheet(book, span_of(sheet));
    ck_assert_int_ge(index, 0);
    maker_must(sheet_scan(book, (size_t)index, strings, handler, &why), &why);
    shared_strings_destroy(&strings);
    book_close(&book);
    package_close(&package);
}

START_TEST(contributions_of_550_sources_and_2000_cells_are_complete)
{
    struct job_maker maker;
    maker_init(&maker, 200, 10);
    maker.job.report_path = SPAN("");
    struct merge_summary summary = run(&maker, 550, amounts);
    ck_assert_uint_eq(summary.contributions, 550 * 2000);
    struct read_back back = {.maker = &maker};
    scan_output(maker.output_path, CONTRIBUTIONS_SHEET,
                &(struct sheet_handler){.self = &back, .row = end_row, .cell = read_cell});
    end_row(&back, &(struct sheet_row){.row = 2001});
    ck_assert_uint_eq(back.columns, 550);
    ck_assert_uint_eq(back.cells, 550 * 2000);
    ck_assert_uint_eq(back.rows, 2000);
    maker_free(&maker);
}
END_TEST

static struct partial_counts dated(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    (void)self;
    struct partial_value date = {.input = 0, .kind = VALUE_DATE, .flags = VALUE_USED, .number = decimal_from_int(45000 + source)};
    must(partial_builder_value(builder, date, SPAN("")) == FAULT_NONE);
    return (struct partial_counts){1, 1, 0, 0};
}

struct values_back {
    char texts[4][32]; /* by column, of row 2 */
};

static enum fault keep_row_two(void *context, const struct cell *cell)
{
    struct values_back *self = context;
    if (cell->row == 1 && cell->col < 4)
        snprintf(self->texts[cell->col], sizeof self->texts[0], "%.*s", SPAN_ARGS(cell->value));
    return FAULT_NONE;
}

START_TEST(dates_are_written_in_the_date_system_of_the_template)
{
    for (int is_1904 = 0; is_1904 < 2; is_1904++) {
        struct job_maker maker;
        maker_init(&maker, 1, 1);
        maker_cell(&maker, 0)->function = FUNCTION_MAX;
        maker.plan.is_template_1904 = is_1904;
        run(&maker, 3, dated);
        struct values_back back = {0};
        scan_output(maker.output_path, "Form", &(struct sheet_handler){.self = &back, .cell = keep_row_two});
        ck_assert_str_eq(back.texts[1], is_1904 ? "43540" : "45002");
        json_t *report = load_report(&maker);
        ck_assert_str_eq(text_of(result_at(report, "B2"), "kind"), "date");
        ck_assert(json_number_value(json_object_get(result_at(report, "B2"), "result")) == 45002);
        json_decref(report);
        maker_free(&maker);
    }
}
END_TEST

struct plain_back {
    uint32_t labels, numbers;
};

static enum fault count_plain(void *context, const struct cell *cell)
{
    struct plain_back *self = context;
    self->labels += cell->type == CELL_TEXT;
    self->numbers += cell->type == CELL_NUMBER;
    return FAULT_NONE;
}

START_TEST(the_plain_sheet_has_the_labels_of_the_template_and_the_results)
{
    struct job_maker maker;
    maker_init(&maker, 5, 3);
    maker.job.is_preset_original = maker.plan.is_preset_original = true;
    run(&maker, 4, amounts);
    struct plain_back back = {0};
    scan_output(maker.output_path, ORIGINAL_PLAIN_SHEET, &(struct sheet_handler){.self = &back, .cell = count_plain});
    ck_assert_uint_eq(back.labels, 5 + 3);
    ck_assert_uint_eq(back.numbers, 15);
    maker_free(&maker);
}
END_TEST

SUITE(sink_merge, dates_are_written_in_the_date_system_of_the_template,
      contributions_of_550_sources_and_2000_cells_are_complete,
      the_plain_sheet_has_the_labels_of_the_template_and_the_results, a_merge_adds_up_exactly_and_proves_it, the_output_is_the_same_bytes_whatever_the_order_of_arrival,
      a_partial_counts_once_and_only_if_it_is_whole, every_source_has_a_status_and_every_failure_an_issue,
      nothing_usable_is_refused_and_writes_no_output, a_cancelled_merge_leaves_nothing_behind,
      texts_and_booleans_are_results_too_and_disagreement_is_told, the_csv_is_long_and_safe_from_formula_injection,
      a_weighted_average_takes_its_weights_from_the_same_source,
      an_identity_from_a_cell_replaces_the_file_name_and_stays_unique,
      a_preflight_tells_the_issues_of_results_and_writes_nothing,
      every_form_of_contributions_and_every_option_gives_a_workbook, the_form_of_contributions_follows_what_fits,
      the_preset_original_gives_a_workbook_of_its_own_form)

/* SPDX-License-Identifier: MIT
 *
 * Outputs made by the real merge, asked about themselves.
 */
#include "sink/explain.h"

#include "sink/contributions.h"
#include "tests/support/job_maker.h"
#include "tests/support/suite.h"

/* Every source: its number and a half in B2; C2 only from odd ones; a text in B3; TRUE in C3 from source 0; B4 nothing. */
static struct partial_counts numbers(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    char text[32];
    uint64_t used = 2;
    (void)self;
    snprintf(text, sizeof text, "=text, \"%u\"", source);
    maker_number(builder, 0, decimal_shift(decimal_from_int(10 * source + 5), 1));
    if (source % 2) {
        maker_number(builder, 1, decimal_from_int(-(int64_t)source));
        used++;
    }
    maker_text(builder, 2, VALUE_TEXT, text);
    if (source == 0) {
        struct partial_value yes = {.input = 3, .kind = VALUE_BOOLEAN, .flags = VALUE_USED, .number = decimal_from_int(1)};
        must(partial_builder_value(builder, yes, SPAN("")) == FAULT_NONE);
        used++;
    }
    return (struct partial_counts){used, used, 0, 0};
}

/* The same, but source 1 was corrected in B2 and source 2 has no C2 or a new one. */
static struct partial_counts corrected(struct job_maker *self, uint32_t source, struct partial_builder *builder)
{
    if (source != 1 && source != 2)
        return numbers(self, source, builder);
    char text[32];
    snprintf(text, sizeof text, "=text, \"%u\"", source);
    maker_number(builder, 0, decimal_from_int(source == 1 ? 100 : 2));
    maker_number(builder, 1, decimal_from_int(source == 1 ? -1 : 7));
    maker_text(builder, 2, VALUE_TEXT, text);
    return (struct partial_counts){3, 3, 0, 0};
}

static void begin(struct job_maker *maker, enum contributions_form form, bool is_original)
{
    maker_init(maker, 3, 2);
    maker->job.contributions = form;
    maker->job.is_preset_original = maker->plan.is_preset_original = is_original;
    maker_cell(maker, 2)->function = FUNCTION_LAST;
    maker_cell(maker, 3)->function = FUNCTION_COUNTA;
}

static void write_output(struct job_maker *maker, uint32_t n, maker_fill *fill)
{
    struct merge_summary summary;
    struct why why = {0};
    maker_open(maker);
    for (uint32_t i = 0; i < n; i++)
        maker_announce(maker, i);
    for (uint32_t i = 0; i < n; i++)
        ck_assert_int_eq(maker_add(maker, i, fill), MERGE_COUNTED);
    maker_must(merge_finish(maker->merge, NULL, NULL, &summary, &why), &why);
}

static struct cell_ref at(const char *text)
{
    struct cell_ref ref;
    must(cell_ref_parse(span_of(text), &ref));
    return ref;
}

static void put_told(struct buffer *out, struct told told)
{
    static const char kinds[] = {[TOLD_NOTHING] = '-', [TOLD_NUMBER] = 'n', [TOLD_TEXT] = 's', [TOLD_BOOLEAN] = 'b', [TOLD_ERROR] = 'e'};
    buffer_putf(out, "%c:%.*s", kinds[told.kind], SPAN_ARGS(told.text));
}

/* "Form!B2 Row 1|Column 1 sum n:3.5 of 3; unit-00000 unit-00000.xlsx n:0.5; ..." or "CLASS: why" */
static const char *ask(const struct job_maker *maker, const char *sheet, const char *cell)
{
    static char text[2000];
    struct explanation found = {0};
    struct why why = {0};
    enum fault fault = explain_cell(maker->output_path, span_of(sheet), at(cell), &found, &why);
    if (fault != FAULT_NONE) {
        snprintf(text, sizeof text, "%s: %s", fault_class(fault), why.text);
        return text;
    }
    struct buffer out;
    char ref[CELL_REF_TEXT_MAX];
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    cell_ref_format(found.cell, ref);
    buffer_putf(&out, "%.*s!%s %.*s|%.*s %.*s ", SPAN_ARGS(found.sheet), ref, SPAN_ARGS(found.row_label),
                SPAN_ARGS(found.column_label), SPAN_ARGS(found.function));
    put_told(&out, found.result);
    buffer_putf(&out, " of %u", (unsigned)found.n);
    for (size_t i = 0; i < found.n_items; i++) {
        buffer_putf(&out, "; %.*s %.*s ", SPAN_ARGS(found.items[i].source), SPAN_ARGS(found.items[i].file));
        put_told(&out, found.items[i].value);
    }
    snprintf(text, sizeof text, "%s", buffer_text(&out));
    buffer_free(&out);
    explanation_free(&found);
    return text;
}

static void check_answers(enum contributions_form form)
{
    struct job_maker maker;
    begin(&maker, form, false);
    write_output(&maker, 3, numbers);
    ck_assert_str_eq(ask(&maker, "Form", "B2"), "Form!B2 Row 1|Column 1 sum n:4.5 of 3; unit-00000 unit-00000.xlsx n:0.5; "
                                                "unit-00001 unit-00001.xlsx n:1.5; unit-00002 unit-00002.xlsx n:2.5");
    ck_assert_str_eq(ask(&maker, "form ", "C2"), "Form!C2 Row 1|Column 2 sum n:-1 of 1; unit-00001 unit-00001.xlsx n:-1");
    ck_assert_str_eq(ask(&maker, "", "B3"), "Form!B3 Row 2|Column 1 last s:=text, \"2\" of 3; unit-00000 unit-00000.xlsx s:=text, "
                     "\"0\"; unit-00001 unit-00001.xlsx s:=text, \"1\"; unit-00002 unit-00002.xlsx s:=text, \"2\"");
    ck_assert_str_eq(ask(&maker, "Form", "C3"), "Form!C3 Row 2|Column 2 counta n:1 of 1; unit-00000 unit-00000.xlsx b:TRUE");
    maker_free(&maker);
}

START_TEST(a_result_tells_its_contributors_from_the_wide_form)
{
    check_answers(CONTRIBUTIONS_WIDE);
}
END_TEST

START_TEST(a_result_tells_its_contributors_from_the_long_form)
{
    check_answers(CONTRIBUTIONS_LONG);
}
END_TEST

START_TEST(a_result_tells_its_contributors_from_the_csv_beside_it)
{
    check_answers(CONTRIBUTIONS_CSV);
}
END_TEST

START_TEST(the_original_form_is_read_too)
{
    struct job_maker maker;
    begin(&maker, CONTRIBUTIONS_AUTO, true);
    write_output(&maker, 2, numbers);
    ck_assert_str_eq(ask(&maker, "Form", "B2"), "Form!B2 |  n:2 of 2; unit-00000.xlsx unit-00000.xlsx n:0.5; "
                                                "unit-00001.xlsx unit-00001.xlsx n:1.5");
    maker_free(&maker);
}
END_TEST

START_TEST(a_cell_that_is_no_result_says_what_it_is)
{
    struct job_maker maker;
    begin(&maker, CONTRIBUTIONS_AUTO, false);
    write_output(&maker, 2, numbers);
    ck_assert_str_eq(ask(&maker, "Form", "A2"), "not_found: Form!A2 is no result but a label of the template, \"Row 1\"");
    ck_assert_str_eq(ask(&maker, "Form", "B4"), "not_found: Form!B4 is empty: no source had a value for it, or it is outside of "
                                                "the cells that are filled");
    ck_assert(strstr(ask(&maker, "Nowhere", "B4"), "not_found: there is no sheet \"Nowhere\"; there are \"Form\", \"Sources\""));
    maker_free(&maker);
}
END_TEST

START_TEST(a_workbook_without_contributions_says_so)
{
    struct job_maker maker;
    begin(&maker, CONTRIBUTIONS_NONE, false);
    write_output(&maker, 2, numbers);
    ck_assert(strstr(ask(&maker, "Form", "B2"), "it has no Contributions"));
    struct explanation found;
    struct why why = {0};
    ck_assert_int_eq(explain_cell(maker.template_path, SPAN("Form"), at("B2"), &found, &why), FAULT_NOT_FOUND);
    ck_assert_int_eq(explain_cell("/nowhere.xlsx", SPAN("Form"), at("B2"), &found, &why), FAULT_NOT_FOUND);
    maker_free(&maker);
}
END_TEST

START_TEST(a_damaged_csv_is_a_fault_and_names_the_line)
{
    struct job_maker maker;
    begin(&maker, CONTRIBUTIONS_CSV, false);
    write_output(&maker, 2, numbers);
    FILE *file = fopen(maker.csv_path, "a");
    fputs("Form,B9,only three\r\n", file);
    fclose(file);
    ck_assert(strstr(ask(&maker, "Form", "C9"), "line 8: not nine fields"));
    file = fopen(maker.csv_path, "w");
    fputs("a,b\n", file);
    fclose(file);
    ck_assert(strstr(ask(&maker, "Form", "B2"), "it has no Contributions"));
    maker_free(&maker);
}
END_TEST

/* An output as the template of the next year: the newest sheets count. */
START_TEST(contributions_of_an_earlier_run_in_the_template_are_passed_over)
{
    struct job_maker first, second;
    begin(&first, CONTRIBUTIONS_AUTO, false);
    write_output(&first, 3, numbers);
    begin(&second, CONTRIBUTIONS_AUTO, false);
    ck_assert_int_eq(rename(first.output_path, second.template_path), 0);
    write_output(&second, 2, corrected);
    ck_assert_str_eq(ask(&second, "Form", "C2"), "Form!C2 Row 1|Column 2 sum n:-1 of 1; unit-00001 unit-00001.xlsx n:-1");
    ck_assert(strstr(ask(&second, "Form", "B2"), "sum n:100.5 of 2;"));
    maker_free(&first);
    maker_free(&second);
}
END_TEST

static enum fault note_change(void *context, const struct result_change *change)
{
    struct buffer *out = context;
    char ref[CELL_REF_TEXT_MAX];
    cell_ref_format(change->cell, ref);
    buffer_putf(out, "%.*s!%s ", SPAN_ARGS(change->sheet), ref);
    if (change->source.len)
        buffer_putf(out, "%.*s ", SPAN_ARGS(change->source));
    put_told(out, change->source.len ? change->old_part : change->old_value);
    buffer_put_text(out, " -> ");
    put_told(out, change->source.len ? change->new_part : change->new_value);
    buffer_put_char(out, '\n');
    return FAULT_NONE;
}

static void check_diff(enum contributions_form old_form, enum contributions_form new_form, bool is_original, uint32_t n_new,
                       const char *expected)
{
    struct job_maker old, new;
    struct buffer out;
    const char *about;
    struct why why = {0};
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    begin(&old, old_form, is_original);
    write_output(&old, 3, numbers);
    begin(&new, new_form, is_original);
    write_output(&new, n_new, corrected);
    maker_must(diff_results(old.output_path, new.output_path, note_change, &out, &about, &why), &why);
    ck_assert_str_eq(buffer_text(&out), expected);
    buffer_clear(&out);
    maker_must(diff_results(new.output_path, new.output_path, note_change, &out, &about, &why), &why);
    ck_assert_str_eq(buffer_text(&out), "");
    buffer_free(&out);
    maker_free(&old);
    maker_free(&new);
}

START_TEST(a_diff_tells_results_and_the_sources_that_changed_them)
{
    static const char expected[] = "Form!B2 n:4.5 -> n:102.5\n"
                                   "Form!B2 unit-00001 n:1.5 -> n:100\n"
                                   "Form!B2 unit-00002 n:2.5 -> n:2\n"
                                   "Form!C2 n:-1 -> n:6\n"
                                   "Form!C2 unit-00002 -: -> n:7\n";
    check_diff(CONTRIBUTIONS_WIDE, CONTRIBUTIONS_WIDE, false, 3, expected);
    check_diff(CONTRIBUTIONS_LONG, CONTRIBUTIONS_WIDE, false, 3, expected);
    check_diff(CONTRIBUTIONS_WIDE, CONTRIBUTIONS_CSV, false, 3, expected);
}
END_TEST

START_TEST(a_diff_names_the_file_that_is_no_output)
{
    struct job_maker maker;
    struct buffer out;
    const char *about;
    struct why why = {0};
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    begin(&maker, CONTRIBUTIONS_AUTO, false);
    write_output(&maker, 2, numbers);
    enum fault fault = diff_results(maker.output_path, maker.template_path, note_change, &out, &about, &why);
    ck_assert_int_eq(fault, FAULT_NOT_FOUND);
    ck_assert_ptr_eq(about, maker.template_path);
    fault = diff_results("/nowhere.xlsx", maker.output_path, note_change, &out, &about, &why);
    ck_assert_int_eq(fault, FAULT_NOT_FOUND);
    ck_assert_str_eq(about, "/nowhere.xlsx");
    ck_assert_uint_eq(out.len, 0);
    buffer_free(&out);
    maker_free(&maker);
}
END_TEST

START_TEST(a_diff_tells_sources_that_are_gone)
{
    check_diff(CONTRIBUTIONS_AUTO, CONTRIBUTIONS_AUTO, false, 1,
               "Form!B2 n:4.5 -> n:0.5\n"
               "Form!B2 unit-00001 n:1.5 -> -:\n"
               "Form!B2 unit-00002 n:2.5 -> -:\n"
               "Form!C2 n:-1 -> -:\n"
               "Form!C2 unit-00001 n:-1 -> -:\n"
               "Form!B3 s:=text, \"2\" -> s:=text, \"0\"\n"
               "Form!B3 unit-00001 s:=text, \"1\" -> -:\n"
               "Form!B3 unit-00002 s:=text, \"2\" -> -:\n");
}
END_TEST

START_TEST(a_diff_of_the_original_form_takes_results_from_their_cells)
{
    check_diff(CONTRIBUTIONS_AUTO, CONTRIBUTIONS_AUTO, true, 2,
               "Form!B2 n:4.5 -> n:100.5\n"
               "Form!B2 unit-00001.xlsx n:1.5 -> n:100\n"
               "Form!B2 unit-00002.xlsx n:2.5 -> -:\n"
               "Form!B3 s:=text, \"2\" -> s:=text, \"1\"\n"
               "Form!B3 unit-00002.xlsx s:=text, \"2\" -> -:\n");
}
END_TEST

SUITE(sink_explain, a_result_tells_its_contributors_from_the_wide_form, a_result_tells_its_contributors_from_the_long_form,
      a_result_tells_its_contributors_from_the_csv_beside_it, the_original_form_is_read_too,
      a_cell_that_is_no_result_says_what_it_is, a_workbook_without_contributions_says_so,
      a_damaged_csv_is_a_fault_and_names_the_line, contributions_of_an_earlier_run_in_the_template_are_passed_over,
      a_diff_tells_results_and_the_sources_that_changed_them, a_diff_names_the_file_that_is_no_output,
      a_diff_tells_sources_that_are_gone,
      a_diff_of_the_original_form_takes_results_from_their_cells)

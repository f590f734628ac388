/* SPDX-License-Identifier: MIT */
#include "sink/explain.h"

#include <stdarg.h>

#include "tests/support/stack_maker.h"
#include "tests/support/suite.h"

/* An output of `n` sources; source i has the rows 10 * i + 1 to 10 * i + parts[i].n_rows. */
static void make_output(struct stack_maker *maker, uint32_t n, struct stack_maker_part *parts)
{
    struct merge_summary summary;
    struct why why = {0};
    stack_maker_open(maker);
    for (uint32_t i = 0; i < n; i++)
        stack_maker_announce(maker, i, 0, 1);
    for (uint32_t i = 0; i < n; i++)
        ck_assert_int_eq(stack_maker_add(maker, i, 0, &parts[i]), MERGE_COUNTED);
    stack_must(merge_finish(maker->merge, NULL, NULL, &summary, &why), &why);
}

static void make_usual(struct stack_maker *maker)
{
    struct stack_maker_part parts[] = {{1, 4, 9, NULL, NULL, false}, {11, 3, 9, NULL, NULL, false}};
    stack_maker_init(maker, STACK_XLSX);
    make_output(maker, 2, parts);
}

static void check_refusal(const char *path, const char *sheet, uint32_t row, uint32_t col, const char *words)
{
    struct explanation found;
    struct why why = {0};
    ck_assert_int_eq(explain_cell(path, span_of(sheet), (struct cell_ref){row, col}, &found, &why), FAULT_NOT_FOUND);
    ck_assert_msg(strstr(why.text, words) != NULL, "%s", why.text);
}

START_TEST(a_cell_of_a_stack_names_its_file_sheet_and_row)
{
    struct stack_maker maker;
    struct explanation found;
    struct why why = {0};
    make_usual(&maker);
    stack_must(explain_cell(maker.output_path, SPAN("Data"), (struct cell_ref){6, 3}, &found, &why), &why);
    ck_assert(found.is_stacked);
    ck_assert(span_is(found.origin.file, "unit-00001.xlsx"));
    ck_assert(span_is(found.origin.sheet, "Sales"));
    ck_assert_uint_eq(found.origin.row, 12);
    ck_assert(span_is(found.column_label, "A"));
    ck_assert(span_is(found.result.text, "120"));
    explanation_free(&found);
    stack_must(explain_cell(maker.output_path, SPAN(""), (struct cell_ref){1, 4}, &found, &why), &why); /* a blank one */
    ck_assert_int_eq(found.result.kind, TOLD_NOTHING);
    ck_assert_uint_eq(found.origin.row, 1);
    explanation_free(&found);
    check_refusal(maker.output_path, "Data", 0, 3, "is the header");
    check_refusal(maker.output_path, "Data", 8, 3, "end at row 8");
    check_refusal(maker.output_path, "Data", 2, 9, "beside the data");
    check_refusal(maker.output_path, "Sources", 1, 0, "is a list");
    stack_maker_free(&maker);
}
END_TEST

START_TEST(source_columns_with_other_names_are_known_by_what_is_in_them)
{
    struct stack_maker maker;
    struct explanation found;
    struct why why = {0};
    struct stack_maker_part part = {1, 4, 9, NULL, NULL, false};
    stack_maker_init(&maker, STACK_XLSX);
    maker.plan.source_names[0] = SPAN("Datei");
    make_output(&maker, 1, &part);
    stack_must(explain_cell(maker.output_path, SPAN("Data"), (struct cell_ref){2, 3}, &found, &why), &why);
    ck_assert_uint_eq(found.origin.row, 2);
    explanation_free(&found);
    stack_maker_free(&maker);
}
END_TEST

START_TEST(without_source_columns_nothing_is_made_up)
{
    struct stack_maker maker;
    struct why why = {0};
    const char *path;
    stack_maker_init(&maker, STACK_XLSX);
    maker.plan.has_source_columns = false;
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    struct stack_partial_builder *builder = stack_partial_builder_new(maker.plan.hash, stack_maker_sha(0), 0);
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_FAST);
    struct span row = SPAN("<row><c t=\"inlineStr\"><is><t>unit-x.xlsx</t></is></c><c><v>7</v></c><c><v>3</v></c></row>");
    struct stack_sheet_counts counts = {.rows = {.written = 1}};
    struct buffer bytes;
    struct merge_summary summary;
    enum merge_verdict verdict;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    ck_assert_int_eq(fragment_deflate(deflater, row, &bytes), FAULT_NONE);
    ck_assert_int_eq(stack_partial_builder_fragment(builder, buffer_span(&bytes), (uint32_t)row.len, codec_crc32(0, row), 1), FAULT_NONE);
    stack_partial_builder_sheet(builder, &counts);
    buffer_clear(&bytes);
    stack_partial_builder_finish(builder, (struct partial_counts){3, 3, 0, 0}, &bytes);
    stack_must(merge_add(maker.merge, 0, buffer_span(&bytes), sha256_of(buffer_span(&bytes)), &verdict, &why), &why);
    stack_must(merge_finish(maker.merge, NULL, NULL, &summary, &why), &why);
    check_refusal(maker.output_path, "Data", 1, 1, "--no-source-columns");
    struct stack_diff_visit visit = {0};
    ck_assert_int_eq(diff_stacks(maker.output_path, maker.output_path, 10, &visit, &path, &why), FAULT_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(why.text, "--no-source-columns"));
    stack_partial_builder_destroy(&builder);
    fragment_deflater_destroy(&deflater);
    buffer_free(&bytes);
    stack_maker_free(&maker);
}
END_TEST

/* --- diff ---------------------------------------------------------------------------------------------------------------------- */

struct told_diff {
    char text[4096];
    size_t len, n_rows;
};

static void put(struct told_diff *self, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void put(struct told_diff *self, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    self->len += (size_t)vsnprintf(self->text + self->len, sizeof self->text - self->len, format, args);
    va_end(args);
}

static enum fault keep_source(void *context, const struct stack_change_source *source)
{
    put(context, "%.*s %llu-%llu: +%llu -%llu ~%llu\n", SPAN_ARGS(source->file), (unsigned long long)source->old_rows,
        (unsigned long long)source->new_rows, (unsigned long long)source->added, (unsigned long long)source->removed,
        (unsigned long long)source->changed);
    return FAULT_NONE;
}

static enum fault keep_row(void *context, const struct stack_change_row *row)
{
    struct told_diff *told = context;
    told->n_rows++;
    put(told, "%c %.*s %.*s %llu", "+-~"[row->kind], SPAN_ARGS(row->file), SPAN_ARGS(row->sheet), (unsigned long long)row->row);
    for (size_t i = 0; i < row->n_cells; i++)
        put(told, " %.*s: %.*s > %.*s", SPAN_ARGS(row->cells[i].column), SPAN_ARGS(row->cells[i].old_value.text),
            SPAN_ARGS(row->cells[i].new_value.text));
    put(told, "\n");
    return FAULT_NONE;
}

static void check_diff(const char *old_path, const char *new_path, size_t max_rows, const char *want)
{
    struct told_diff told = {.len = 0};
    struct why why = {0};
    const char *path;
    struct stack_diff_visit visit = {&told, keep_source, keep_row};
    stack_must(diff_stacks(old_path, new_path, max_rows, &visit, &path, &why), &why);
    ck_assert_str_eq(told.text, want);
}

START_TEST(rows_are_told_as_added_removed_and_changed_by_source)
{
    struct stack_maker old, new;
    struct stack_maker_part parts[] = {{2, 4, 9, NULL, NULL, false}, {11, 3, 9, "new", NULL, false}, {21, 1, 9, NULL, NULL, false}};
    make_usual(&old); /* rows 1 to 4, 11 to 13 */
    stack_maker_init(&new, STACK_XLSX);
    make_output(&new, 3, parts);
    check_diff(old.output_path, old.output_path, 10, "");
    check_diff(old.output_path, new.output_path, 100,
               "unit-00000.xlsx 4-4: +1 -1 ~0\n"
               "unit-00001.xlsx 3-3: +0 -0 ~3\n"
               "unit-00002.xlsx 0-1: +1 -0 ~0\n"
               "- unit-00000.xlsx Sales 1\n"
               "+ unit-00000.xlsx Sales 5\n"
               "~ unit-00001.xlsx Sales 11 C, \"c\": 11 > new\n"
               "~ unit-00001.xlsx Sales 12 C, \"c\": 12 > new\n"
               "~ unit-00001.xlsx Sales 13 C, \"c\": 13 > new\n"
               "+ unit-00002.xlsx Sales 21\n");
    check_diff(new.output_path, old.output_path, 1,
               "unit-00000.xlsx 4-4: +1 -1 ~0\n"
               "unit-00001.xlsx 3-3: +0 -0 ~3\n"
               "unit-00002.xlsx 1-0: +0 -1 ~0\n"
               "+ unit-00000.xlsx Sales 1\n");
    stack_maker_free(&old);
    stack_maker_free(&new);
}
END_TEST

START_TEST(sheets_that_break_elsewhere_and_columns_that_moved_are_no_change)
{
    struct stack_maker old, new;
    struct stack_maker_part parts[] = {{1, 4, 9, NULL, NULL, false}, {11, 3, 9, NULL, NULL, false}};
    make_usual(&old);
    stack_maker_init(&new, STACK_XLSX);
    setenv("SHEAF_SHEET_ROWS", "4", 1);
    make_output(&new, 2, parts);
    unsetenv("SHEAF_SHEET_ROWS");
    check_diff(old.output_path, new.output_path, 10, "");
    stack_maker_free(&new);
    stack_maker_init(&new, STACK_XLSX); /* the third column is called otherwise: every value of it is gone, and there again */
    new.columns[2].name = SPAN("D");
    make_output(&new, 1, parts);
    check_diff(old.output_path, new.output_path, 1,
               "unit-00000.xlsx 4-4: +0 -0 ~4\n"
               "unit-00001.xlsx 3-0: +0 -3 ~0\n"
               "~ unit-00000.xlsx Sales 1 D:  > 1 C, \"c\": 1 > \n");
    stack_maker_free(&new);
    stack_maker_free(&old);
}
END_TEST

SUITE(sink_stack_explain, a_cell_of_a_stack_names_its_file_sheet_and_row, source_columns_with_other_names_are_known_by_what_is_in_them,
      without_source_columns_nothing_is_made_up, rows_are_told_as_added_removed_and_changed_by_source,
      sheets_that_break_elsewhere_and_columns_that_moved_are_no_change)

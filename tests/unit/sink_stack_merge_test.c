/* SPDX-License-Identifier: MIT */
#include "sink/stack_merge.h"

#include <jansson.h>

#include "tests/support/stack_maker.h"
#include "tests/support/suite.h"
#include "workbook/cell_ref.h"
#include "workbook/output_book.h"
#include "workbook/sheet.h"

/* --- reading the output back --------------------------------------------------------------------------------------------------- */

struct grid { /* the cells of one sheet as text; "" where there is none */
    char sheet[40];
    char cells[64][26][40];
    uint32_t n_rows;
};

static enum fault keep_row(void *context, const struct sheet_row *row)
{
    struct grid *grid = context;
    grid->n_rows = row->row + 1;
    return FAULT_NONE;
}

static enum fault keep_cell(void *context, const struct cell *cell)
{
    struct grid *grid = context;
    if (cell->row < 64 && cell->col < 26 && cell->has_value)
        snprintf(grid->cells[cell->row][cell->col], 40, "%.*s", SPAN_ARGS(cell->value));
    return FAULT_NONE;
}

static void read_sheet(const char *path, size_t index, struct grid *ret)
{
    struct package *package;
    struct book *book;
    struct shared_strings *strings;
    struct why why = {0};
    *ret = (struct grid){0};
    stack_must(package_open(path, NULL, &package, &why), &why);
    stack_must(book_open(package, &book, &why), &why);
    stack_must(shared_strings_read(book, &strings, &why), &why);
    ck_assert(index < book->n_sheets);
    snprintf(ret->sheet, sizeof ret->sheet, "%.*s", SPAN_ARGS(book->sheets[index].name));
    struct sheet_handler handler = {.self = ret, .row = keep_row, .cell = keep_cell};
    stack_must(sheet_scan(book, index, strings, &handler, &why), &why);
    shared_strings_destroy(&strings);
    book_close(&book);
    package_close(&package);
}

static char *read_file(const char *path)
{
    FILE *file = fopen(path, "r");
    static char text[1 << 16];
    ck_assert_ptr_nonnull(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static json_t *load_report(const struct stack_maker *self)
{
    json_error_t error;
    json_t *report = json_load_file(self->report_path, 0, &error);
    ck_assert_msg(report != NULL, "report: line %d: %s", error.line, error.text);
    return report;
}

static int64_t number_at(json_t *object, const char *list, size_t i, const char *member, const char *name)
{
    json_t *item = json_array_get(json_object_get(object, list), i);
    json_t *value = json_object_get(member ? json_object_get(item, member) : item, name);
    ck_assert_msg(json_is_integer(value), "%s %s", member ? member : list, name);
    return json_integer_value(value);
}

/* --- runs ---------------------------------------------------------------------------------------------------------------------- */

static struct merge_summary finish(struct stack_maker *self)
{
    struct merge_summary summary;
    struct why why = {0};
    stack_must(merge_finish(self->merge, NULL, NULL, &summary, &why), &why);
    return summary;
}

static void check_adds_up(const struct merge_summary *summary)
{
    ck_assert(summary->self_check_passed);
    ck_assert_uint_eq(summary->cells_read, summary->cells_used + summary->cells_not_applicable + summary->cells_skipped);
    ck_assert_uint_eq(summary->rows, summary->row_counts.written);
    ck_assert_uint_eq(summary->result_cells, summary->cells_used);
}

START_TEST(rows_of_all_sources_stand_in_source_order_under_one_header)
{
    struct stack_maker maker;
    struct grid grid;
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    for (uint32_t i = 0; i < 3; i++)
        stack_maker_announce(&maker, i, 0, 1);
    for (uint32_t i = 3; i > 0; i--)
        ck_assert_int_eq(stack_maker_add(&maker, i - 1, 0, &(struct stack_maker_part){i * 10, 5, 2, NULL, NULL, false}), MERGE_COUNTED);
    struct merge_summary summary = finish(&maker);
    check_adds_up(&summary);
    ck_assert_uint_eq(summary.rows, 15);
    ck_assert_uint_eq(summary.columns, 6);
    ck_assert_uint_eq(summary.used, 3);
    read_sheet(maker.output_path, 0, &grid);
    ck_assert_str_eq(grid.sheet, "Data");
    ck_assert_uint_eq(grid.n_rows, 16);
    static const char *const header[] = {"_file", "_sheet", "_row", "A", "B & <b>", "C, \"c\""};
    for (uint32_t col = 0; col < 6; col++)
        ck_assert_str_eq(grid.cells[0][col], header[col]);
    for (uint32_t row = 0; row < 15; row++) {
        char file[32], number[16];
        snprintf(file, sizeof file, "unit-%05u.xlsx", row / 5);
        snprintf(number, sizeof number, "%u", (row / 5 + 1) * 10 + row % 5);
        ck_assert_str_eq(grid.cells[row + 1][0], file);
        ck_assert_str_eq(grid.cells[row + 1][2], number);
        ck_assert_str_eq(grid.cells[row + 1][4], "");
        ck_assert_str_eq(grid.cells[row + 1][5], number);
    }
    stack_maker_free(&maker);
}
END_TEST

START_TEST(sources_and_report_say_where_every_row_went)
{
    struct stack_maker maker;
    struct grid grid;
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){5, 4, 2, NULL, NULL, false});
    struct merge_summary summary = finish(&maker);
    ck_assert_uint_eq(summary.row_counts.header, 2);
    read_sheet(maker.output_path, 1, &grid);
    ck_assert_str_eq(grid.sheet, "Sources");
    static const char *const want[][2] = {{"Source", "unit-00000"}, {"File", "unit-00000.xlsx"}, {"SHA-256", NULL}, {"Size", "1000"},
        {"Sheets", "Sales"}, {"Status", "used"}, {"Rows", "4"}, {"Blank rows", "1"}, {"Header rows", "2"}, {"Above the header", "0"},
        {"Repeated headers", "0"}, {"Totals", "0"}, {"Footers", "0"}, {"Filtered out", "0"}, {"Hidden", "0"}, {"Duplicates", "0"},
        {"Cells read", "11"}, {"Used", "8"}, {"Not applicable", "1"}, {"Skipped", "2"}, {"Missing columns", "C, \"c\""},
        {"Extra columns", "Extra"}, {"Warnings", "0"}, {"Reason", ""}};
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        ck_assert_str_eq(grid.cells[0][i], want[i][0]);
        if (want[i][1])
            ck_assert_str_eq(grid.cells[1][i], want[i][1]);
    }
    read_sheet(maker.output_path, 2, &grid);
    ck_assert_str_eq(grid.sheet, "Issues");
    json_t *report = load_report(&maker);
    ck_assert_str_eq(json_string_value(json_object_get(json_object_get(report, "job"), "mode")), "stack");
    ck_assert_uint_eq(json_array_size(json_object_get(report, "columns")), 6);
    ck_assert_int_eq(number_at(report, "sources", 0, "rows", "written"), 4);
    ck_assert_int_eq(number_at(report, "sources", 0, "cells", "used"), 8);
    json_t *source = json_array_get(json_object_get(report, "sources"), 0);
    ck_assert_int_eq(number_at(source, "tables", 0, NULL, "first_header"), 3);
    ck_assert_int_eq(number_at(source, "tables", 0, "rows", "blank"), 1);
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(source, "missing_columns"), 0)), "C, \"c\"");
    ck_assert_int_eq(number_at(report, "sheets", 0, NULL, "rows"), 4);
    ck_assert_int_eq(json_integer_value(json_object_get(json_object_get(report, "summary"), "rows")), 4);
    json_decref(report);
    stack_maker_free(&maker);
}
END_TEST

/* Sources 0 to 9, two of them in slices, added from one end or the other: the hash of the output. */
static struct sha256 run_in_order(bool is_backwards)
{
    struct stack_maker maker;
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    for (uint32_t i = 0; i < 10; i++)
        stack_maker_announce(&maker, i - i % 5 % 3, i % 5 % 3, i % 5 < 3 ? 3 : 2);
    for (uint32_t k = 0; k < 10; k++) {
        uint32_t i = is_backwards ? 9 - k : k, slice = i % 5 % 3;
        ck_assert_int_eq(stack_maker_add(&maker, i - slice, slice, &(struct stack_maker_part){i * 100, 30, 7, NULL, NULL, false}), MERGE_COUNTED);
    }
    struct merge_summary summary = finish(&maker);
    ck_assert_uint_eq(summary.sources, 4);
    ck_assert_uint_eq(summary.rows, 300);
    stack_maker_free(&maker);
    return summary.output_sha;
}

START_TEST(any_order_of_arrival_gives_the_same_bytes)
{
    ck_assert(sha256_equal(run_in_order(false), run_in_order(true)));
}
END_TEST

static void add_issue(struct stack_partial_builder *builder)
{
    struct issue issue = {.code = ISSUE_TOTAL_DOUBTFUL, .sheet = SPAN("Sales"), .row = 7, .col = 1, .value = SPAN("Total"), .count = 1};
    stack_partial_builder_issue(builder, &issue);
}

static void add_row_issue(struct stack_partial_builder *builder)
{
    struct issue issue = {.code = ISSUE_TOTAL_ROW, .sheet = SPAN("Sales"), .row = 17, .value = SPAN("Total"), .count = 1};
    stack_partial_builder_issue(builder, &issue);
}

static enum fault count_issue(void *context, const struct issue *issue, const struct source *source)
{
    uint32_t *counts = context;
    ck_assert(!source || source->slice == 0);
    counts[issue->code]++;
    return FAULT_NONE;
}

START_TEST(slices_are_one_source_to_everyone)
{
    struct stack_maker maker;
    uint32_t issues[ISSUE_CODES] = {0};
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    for (uint32_t i = 0; i < 3; i++)
        stack_maker_announce(&maker, 0, i, 3);
    stack_maker_announce(&maker, 3, 0, 1);
    for (uint32_t i = 3; i > 0; i--)
        stack_maker_add(&maker, 0, i - 1, &(struct stack_maker_part){i * 10, 2, 5, NULL, add_issue, false});
    stack_maker_add(&maker, 3, 0, &(struct stack_maker_part){1, 1, 5, NULL, NULL, false});
    struct merge_summary summary = finish(&maker);
    check_adds_up(&summary);
    ck_assert_uint_eq(summary.sources, 2);
    ck_assert_uint_eq(summary.used, 2);
    ck_assert_uint_eq(summary.warnings, 3);
    ck_assert_uint_eq(summary.cells_read, 3 * 7 + 5);
    ck_assert_int_eq(merge_each_issue(maker.merge, count_issue, issues), FAULT_NONE);
    ck_assert_uint_eq(issues[ISSUE_TOTAL_DOUBTFUL], 3);
    json_t *report = load_report(&maker);
    ck_assert_uint_eq(json_array_size(json_object_get(report, "sources")), 2);
    ck_assert_int_eq(number_at(report, "sources", 0, "rows", "written"), 6);
    ck_assert_int_eq(number_at(report, "sources", 0, "rows", "blank"), 3);
    ck_assert_int_eq(number_at(report, "sources", 0, NULL, "warnings"), 3);
    ck_assert_uint_eq(json_array_size(json_object_get(json_array_get(json_object_get(report, "sources"), 0), "tables")), 1);
    json_decref(report);
    stack_maker_free(&maker);
}
END_TEST

START_TEST(a_slice_that_fails_takes_its_whole_source_along)
{
    struct stack_maker maker;
    struct grid grid;
    uint32_t issues[ISSUE_CODES] = {0};
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    for (uint32_t i = 0; i < 3; i++)
        stack_maker_announce(&maker, 0, i, 3);
    stack_maker_announce(&maker, 3, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){1, 2, 5, NULL, add_issue, false});
    merge_failed(maker.merge, 1, FAULT_CORRUPT, SPAN("damaged at row 17"));
    stack_maker_add(&maker, 0, 2, &(struct stack_maker_part){5, 2, 5, NULL, add_issue, false});
    stack_maker_add(&maker, 3, 0, &(struct stack_maker_part){1, 1, 5, NULL, NULL, false});
    struct merge_summary summary = finish(&maker);
    check_adds_up(&summary);
    ck_assert_uint_eq(summary.failed, 1);
    ck_assert_uint_eq(summary.rows, 1);
    ck_assert_int_eq(merge_each_issue(maker.merge, count_issue, issues), FAULT_NONE);
    ck_assert_uint_eq(issues[ISSUE_TOTAL_DOUBTFUL], 0);
    ck_assert_uint_eq(issues[ISSUE_SOURCE_FAILED], 1);
    ck_assert_uint_eq(summary.warnings, 0);
    read_sheet(maker.output_path, 1, &grid);
    ck_assert_str_eq(grid.cells[1][5], "failed");
    ck_assert_ptr_nonnull(strstr(grid.cells[1][23], "damaged at row 17"));
    ck_assert_str_eq(grid.cells[2][5], "used");
    stack_maker_free(&maker);
}
END_TEST

START_TEST(a_slice_that_is_rejected_rejects_its_source_and_says_so_once)
{
    struct stack_maker maker;
    uint32_t issues[ISSUE_CODES] = {0};
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    for (uint32_t i = 0; i < 3; i++)
        stack_maker_announce(&maker, 0, i, 3);
    stack_maker_announce(&maker, 3, 0, 1);
    for (uint32_t i = 0; i < 3; i++)
        stack_maker_add(&maker, 0, i, &(struct stack_maker_part){1, 2, 5, NULL, add_issue, i > 0});
    stack_maker_add(&maker, 3, 0, &(struct stack_maker_part){1, 1, 5, NULL, NULL, false});
    struct merge_summary summary = finish(&maker);
    ck_assert_uint_eq(summary.rejected, 1);
    ck_assert_uint_eq(summary.used, 1);
    ck_assert_uint_eq(summary.rows, 1);
    ck_assert_int_eq(merge_each_issue(maker.merge, count_issue, issues), FAULT_NONE);
    ck_assert_uint_eq(issues[ISSUE_TOTAL_DOUBTFUL], 1);
    stack_maker_free(&maker);
}
END_TEST

START_TEST(rows_beyond_a_sheet_go_on_in_the_next_under_the_header_again)
{
    struct stack_maker maker;
    struct grid grid;
    for (int has_refs = 0; has_refs < 2; has_refs++) {
        stack_maker_init(&maker, STACK_XLSX);
        maker.job.stack.cell_refs = has_refs;
        setenv("SHEAF_SHEET_ROWS", "11", 1);
        stack_maker_open(&maker);
        unsetenv("SHEAF_SHEET_ROWS");
        for (uint32_t i = 0; i < 3; i++)
            stack_maker_announce(&maker, i, 0, 1);
        for (uint32_t i = 0; i < 3; i++)
            stack_maker_add(&maker, i, 0, &(struct stack_maker_part){i * 10, 10, 6, NULL, NULL, false});
        struct merge_summary summary = finish(&maker);
        check_adds_up(&summary);
        static const char *const names[] = {"Data", "Data (2)", "Data (3)"};
        for (uint32_t k = 0; k < 3; k++) {
            read_sheet(maker.output_path, k, &grid);
            ck_assert_str_eq(grid.sheet, names[k]);
            ck_assert_uint_eq(grid.n_rows, 11);
            ck_assert_str_eq(grid.cells[0][3], "A");
            for (uint32_t row = 1; row < 11; row++) {
                char number[16];
                snprintf(number, sizeof number, "%u", k * 10 + row - 1);
                ck_assert_str_eq(grid.cells[row][2], number);
            }
        }
        read_sheet(maker.output_path, 3, &grid);
        ck_assert_str_eq(grid.sheet, "Sources");
        stack_maker_free(&maker);
    }
}
END_TEST

START_TEST(rows_that_are_there_already_are_left_out_across_sources_and_fragments)
{
    static const enum stack_form forms[] = {STACK_XLSX, STACK_CSV, STACK_JSONL};
    struct grid grid;
    for (size_t k = 0; k < 3; k++) {
        struct stack_maker maker;
        stack_maker_init(&maker, forms[k]);
        maker.plan.dedupe = DEDUPE_ROW;
        stack_maker_open(&maker);
        for (uint32_t i = 0; i < 3; i++)
            stack_maker_announce(&maker, i, 0, 1);
        stack_maker_add(&maker, 2, 0, &(struct stack_maker_part){5, 20, 4, NULL, NULL, false});
        stack_maker_add(&maker, 1, 0, &(struct stack_maker_part){1, 6, 3, "same", NULL, false});
        stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){1, 10, 3, NULL, NULL, false});
        struct merge_summary summary = finish(&maker);
        check_adds_up(&summary);
        ck_assert_uint_eq(summary.rows, 10 + 1 + 14);
        ck_assert_uint_eq(summary.row_counts.duplicates, 5 + 6);
        ck_assert_uint_eq(summary.cells_used, 2 * 25);
        ck_assert_uint_eq(summary.cells_skipped, 3 * 2 + 2 * 11);
        ck_assert_uint_eq(summary.infos, 2);
        json_t *report = load_report(&maker);
        ck_assert_int_eq(number_at(report, "sources", 1, "rows", "written"), 1);
        ck_assert_int_eq(number_at(report, "sources", 1, "rows", "duplicates"), 5);
        ck_assert_int_eq(number_at(report, "sources", 2, "rows", "duplicates"), 6);
        ck_assert_int_eq(number_at(report, "issues", 0, NULL, "count"), 5);
        json_decref(report);
        if (forms[k] == STACK_XLSX) {
            read_sheet(maker.output_path, 0, &grid);
            ck_assert_uint_eq(grid.n_rows, 26);
            ck_assert_str_eq(grid.cells[11][5], "same");
            ck_assert_str_eq(grid.cells[12][2], "11"); /* 5 to 10 are in source 0 */
            ck_assert_str_eq(grid.cells[25][2], "24");
        } else {
            char *text = read_file(maker.output_path), *at = strstr(text, "same");
            ck_assert_ptr_nonnull(at);
            ck_assert_ptr_null(strstr(at + 1, "same"));
        }
        stack_maker_free(&maker);
    }
}
END_TEST

START_TEST(references_are_written_where_they_are_asked_for)
{
    struct stack_maker maker;
    struct package *package;
    struct buffer part;
    struct why why = {0};
    stack_maker_init(&maker, STACK_XLSX);
    maker.job.stack.cell_refs = true;
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){5, 2, 1, NULL, NULL, false});
    finish(&maker);
    stack_must(package_open(maker.output_path, NULL, &package, &why), &why);
    buffer_init(&part, 1 << 20);
    stack_must(package_read(package, package_find(package, SPAN("xl/worksheets/sheet1.xml")), &part, &why), &why);
    ck_assert_ptr_nonnull(strstr(buffer_text(&part), "<row r=\"3\"><c r=\"A3\" t=\"inlineStr\"><is><t>unit-00000.xlsx</t></is></c>"));
    ck_assert_ptr_nonnull(strstr(buffer_text(&part), "<c r=\"D3\" s=\"2\"><v>60</v></c><c r=\"F3\" t=\"inlineStr\">"));
    buffer_free(&part);
    package_close(&package);
    stack_maker_free(&maker);
}
END_TEST

START_TEST(csv_and_json_lines_are_the_rows_and_no_lists)
{
    struct stack_maker maker;
    stack_maker_init(&maker, STACK_CSV);
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){1, 2, 1, "x", NULL, false});
    struct merge_summary summary = finish(&maker);
    check_adds_up(&summary);
    char *text = read_file(maker.output_path);
    ck_assert_str_eq(text, "\xEF\xBB\xBF_file,_sheet,_row,A,B & <b>,\"C, \"\"c\"\"\"\r\nunit-00000.xlsx,Sales,1,10,\"x\r\n\",\r\n"
                           "unit-00000.xlsx,Sales,2,20,\"x\r\n\",\r\n");
    ck_assert_uint_eq(summary.output_bytes, strlen(text));
    ck_assert(sha256_equal(summary.output_sha, sha256_of(span_of(text))));
    stack_maker_free(&maker);
    stack_maker_init(&maker, STACK_JSONL);
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){1, 1, 1, "x", NULL, false});
    finish(&maker);
    ck_assert_str_eq(read_file(maker.output_path), "{\"_file\":\"unit-00000.xlsx\",\"_sheet\":\"Sales\",\"_row\":1,\"A\":10,\"b\":\"x\"}\n");
    stack_maker_free(&maker);
}
END_TEST

START_TEST(a_source_without_rows_leaves_a_header)
{
    struct stack_maker maker;
    struct grid grid;
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){1, 0, 1, NULL, NULL, false});
    struct merge_summary summary = finish(&maker);
    ck_assert_uint_eq(summary.rows, 0);
    ck_assert_uint_eq(summary.used, 1);
    read_sheet(maker.output_path, 0, &grid);
    ck_assert_uint_eq(grid.n_rows, 1);
    stack_maker_free(&maker);
}
END_TEST

START_TEST(nothing_usable_is_refused_and_only_the_report_says_so)
{
    struct stack_maker maker;
    struct merge_summary summary;
    struct why why = {0};
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    merge_failed(maker.merge, 0, FAULT_CORRUPT, SPAN("damaged"));
    ck_assert_int_eq(merge_finish(maker.merge, NULL, NULL, &summary, &why), FAULT_REFUSED);
    ck_assert_int_ne(access(maker.output_path, F_OK), 0);
    json_t *report = load_report(&maker);
    ck_assert_ptr_nonnull(json_object_get(json_object_get(report, "summary"), "refused"));
    json_decref(report);
    stack_maker_free(&maker);
}
END_TEST

START_TEST(a_preflight_counts_rows_and_duplicates_and_writes_nothing)
{
    struct stack_maker maker;
    stack_maker_init(&maker, STACK_XLSX);
    maker.plan.dedupe = DEDUPE_ROW;
    maker.job.is_check = true;
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){1, 5, 2, "x", NULL, false});
    struct merge_summary summary = finish(&maker);
    ck_assert_uint_eq(summary.rows, 1);
    ck_assert_uint_eq(summary.row_counts.duplicates, 4);
    ck_assert_int_ne(access(maker.output_path, F_OK), 0);
    ck_assert_int_ne(access(maker.report_path, F_OK), 0);
    stack_maker_free(&maker);
}
END_TEST

static bool stop(void *context, uint64_t done, uint64_t total)
{
    (void)context;
    return done < total / 2;
}

START_TEST(a_cancelled_stack_leaves_the_earlier_file)
{
    struct stack_maker maker;
    struct merge_summary summary;
    struct why why = {0};
    stack_maker_init(&maker, STACK_XLSX);
    FILE *earlier = fopen(maker.output_path, "w");
    fputs("earlier", earlier);
    fclose(earlier);
    stack_maker_open(&maker);
    for (uint32_t i = 0; i < 4; i++)
        stack_maker_announce(&maker, i, 0, 1);
    for (uint32_t i = 0; i < 4; i++)
        stack_maker_add(&maker, i, 0, &(struct stack_maker_part){1, 50, 10, NULL, NULL, false});
    ck_assert_int_eq(merge_finish(maker.merge, stop, NULL, &summary, &why), FAULT_CANCELLED);
    ck_assert_str_eq(read_file(maker.output_path), "earlier");
    stack_maker_free(&maker);
}
END_TEST

START_TEST(slices_that_do_not_stand_together_are_refused)
{
    enum { ONE_IS_MISSING, SOUND, OF_ANOTHER_FILE, CUT_SHORT, CASES };
    static const uint32_t slices[CASES] = {[ONE_IS_MISSING] = 3, [SOUND] = 1, [CUT_SHORT] = 2};
    for (int k = 0; k < CASES; k++) {
        struct stack_maker maker;
        struct merge_summary summary;
        struct why why = {0};
        stack_maker_init(&maker, STACK_XLSX);
        stack_maker_open(&maker);
        if (k == OF_ANOTHER_FILE) {
            stack_maker_announce(&maker, 0, 0, 1);
            struct source source = {.index = 1, .name = SPAN("x"), .sha = stack_maker_sha(7), .slice = 1, .slices = 2};
            merge_source(maker.merge, &source);
        } else {
            stack_maker_announce(&maker, 0, 0, slices[k]);
        }
        merge_failed(maker.merge, 0, FAULT_CORRUPT, SPAN("x"));
        merge_failed(maker.merge, 1, FAULT_CORRUPT, SPAN("x"));
        if (k == SOUND || k == CUT_SHORT)
            stack_maker_announce(&maker, 1, 0, 1);
        if (k == ONE_IS_MISSING)
            stack_maker_announce(&maker, 0, 1, 3);
        ck_assert_int_eq(merge_finish(maker.merge, NULL, NULL, &summary, &why), k == SOUND ? FAULT_REFUSED : FAULT_PROTOCOL);
        stack_maker_free(&maker);
    }
}
END_TEST

START_TEST(an_issue_of_a_row_names_the_row)
{
    struct stack_maker maker;
    struct grid grid;
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    stack_maker_announce(&maker, 0, 0, 1);
    stack_maker_add(&maker, 0, 0, &(struct stack_maker_part){1, 2, 5, NULL, add_row_issue, false});
    finish(&maker);
    read_sheet(maker.output_path, 2, &grid);
    ck_assert_str_eq(grid.cells[1][4], "row 17");
    json_t *report = load_report(&maker);
    ck_assert_int_eq(number_at(report, "issues", 0, NULL, "row"), 17);
    json_decref(report);
    stack_maker_free(&maker);
}
END_TEST

START_TEST(a_partial_of_another_slice_plan_or_file_does_not_count)
{
    struct stack_maker maker;
    stack_maker_init(&maker, STACK_XLSX);
    stack_maker_open(&maker);
    for (uint32_t i = 0; i < 2; i++)
        stack_maker_announce(&maker, 0, i, 2);
    stack_maker_announce(&maker, 2, 0, 1);
    struct stack_maker_part part = {1, 2, 2, NULL, NULL, false};
    struct stack_partial_builder *builder = stack_partial_builder_new(maker.plan.hash, stack_maker_sha(0), 0);
    struct buffer bytes;
    struct why why = {0};
    enum merge_verdict verdict;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    stack_partial_builder_finish(builder, (struct partial_counts){0}, &bytes);
    struct sha256 sha = sha256_of(buffer_span(&bytes));
    static const enum merge_verdict want[] = {MERGE_COUNTED, MERGE_CORRUPT, MERGE_CORRUPT};
    for (uint32_t i = 3; i > 0; i--) {
        stack_must(merge_add(maker.merge, i - 1, buffer_span(&bytes), sha, &verdict, &why), &why);
        ck_assert_int_eq(verdict, want[i - 1]);
    }
    stack_must(merge_add(maker.merge, 0, buffer_span(&bytes), sha, &verdict, &why), &why);
    ck_assert_int_eq(verdict, MERGE_AGAIN);
    ck_assert_int_eq(stack_maker_add(&maker, 0, 0, &part), MERGE_CONFLICT);
    maker.plan.hash.bytes[0] ^= 1;
    ck_assert_int_eq(stack_maker_add(&maker, 2, 0, &part), MERGE_CORRUPT);
    maker.plan.hash.bytes[0] ^= 1;
    stack_partial_builder_destroy(&builder);
    buffer_free(&bytes);
    stack_maker_free(&maker);
}
END_TEST

SUITE(sink_stack_merge, rows_of_all_sources_stand_in_source_order_under_one_header, sources_and_report_say_where_every_row_went,
      any_order_of_arrival_gives_the_same_bytes, slices_are_one_source_to_everyone, a_slice_that_fails_takes_its_whole_source_along,
      a_slice_that_is_rejected_rejects_its_source_and_says_so_once, rows_beyond_a_sheet_go_on_in_the_next_under_the_header_again,
      rows_that_are_there_already_are_left_out_across_sources_and_fragments, references_are_written_where_they_are_asked_for,
      csv_and_json_lines_are_the_rows_and_no_lists, a_source_without_rows_leaves_a_header,
      nothing_usable_is_refused_and_only_the_report_says_so, a_preflight_counts_rows_and_duplicates_and_writes_nothing,
      a_cancelled_stack_leaves_the_earlier_file, slices_that_do_not_stand_together_are_refused,
      an_issue_of_a_row_names_the_row, a_partial_of_another_slice_plan_or_file_does_not_count)

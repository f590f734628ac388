/* SPDX-License-Identifier: MIT
 *
 * With SHEAF_TEST_BOOK set the first workbook is kept under that name, for a look with other readers.
 */
#include "workbook/new_book.h"

#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/sheet_events.h"
#include "tests/support/suite.h"
#include "workbook/book.h"
#include "workbook/output_book.h"
#include "workbook/styles.h"

#define ROW(a, b) "<row><c><v>" a "</v></c><c t=\"inlineStr\"><is><t>" b "</t></is></c></row>"

static char folder[] = "/tmp/sheaf-test-XXXXXX";
static char path[64];
static struct why why;

static void begin(void)
{
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.xlsx", folder);
}

static void end(void)
{
    unlink(path);
    ck_assert_int_eq(rmdir(folder), 0);
}

static struct new_book *new_book(enum deflate_level level)
{
    struct new_book *book;
    ck_assert_msg(!new_book_new(path, level, &book, &why), "%s", why.text);
    return book;
}

static void check(enum fault fault)
{
    ck_assert_msg(!fault, "%s: %s", fault_class(fault), why.text);
}

static void commit(struct new_book *book)
{
    const char *readable;
    struct stat st;
    check(new_book_prepare(book, true, &readable, &why));
    ck_assert_int_eq(stat(readable, &st), 0);
    ck_assert_uint_eq(new_book_bytes(book), (uint64_t)st.st_size);
    check(new_book_commit(book, &why));
    new_book_destroy(&book);
}

static void join(struct new_book *book, struct span rows, uint32_t n)
{
    struct fragment_deflater *deflater = fragment_deflater_new(DEFLATE_FAST);
    struct buffer fragment;
    buffer_init(&fragment, 1 << 20);
    check(fragment_deflate(deflater, rows, &fragment));
    check(new_book_join(book, buffer_span(&fragment), codec_crc32(0, rows), rows.len, n, &why));
    fragment_deflater_destroy(&deflater);
    buffer_free(&fragment);
}

static struct book *open_book(struct package **ret)
{
    struct book *book;
    check(package_open(path, NULL, ret, &why));
    check(book_open(*ret, &book, &why));
    return book;
}

static void check_part(struct package *package, const char *name, const char *expected)
{
    struct buffer bytes;
    size_t entry = package_find(package, span_of(name));
    ck_assert_uint_ne(entry, PACKAGE_NONE);
    buffer_init(&bytes, 1 << 24);
    check(package_read(package, entry, &bytes, &why));
    ck_assert_ptr_nonnull(strstr(buffer_text(&bytes), expected));
    buffer_free(&bytes);
}

static void check_cells(struct book *book, size_t sheet, const char *expected)
{
    struct sheet_events events = {0};
    buffer_init(&events.text, 1 << 20);
    struct sheet_handler handler = {.self = &events, .cell = events_on_cell, .wants_numbers = true};
    check(sheet_scan(book, sheet, NULL, &handler, &why));
    ck_assert_str_eq(buffer_text(&events.text), expected);
    buffer_free(&events.text);
}

START_TEST(rows_joined_and_put_are_one_table_with_its_head_and_filter)
{
    begin();
    struct new_book *book = new_book(DEFLATE_FAST);
    uint32_t header, money;
    check(new_book_format(book, &(struct new_book_format){.bold = true, .wrapped = true, .fill = "FFDDEBF7", .bottom_border = true},
                          &header));
    check(new_book_format(book, &(struct new_book_format){.code = "#,##0.00 \"EUR\"", .code_len = 14}, &money));
    ck_assert_uint_eq(header, 1);
    ck_assert_uint_eq(money, 2);
    const struct sheet_column columns[] = {{0, 0, 12.5}, {1, 1, 30}};
    const struct new_book_table table = {columns, 2, 1, 1, 2};
    struct span name;
    check(new_book_begin_table(book, SPAN("Data"), &table, &name, &why));
    ck_assert(span_is(name, "Data"));
    check(new_book_rows(book,
                        SPAN("<row><c s=\"1\" t=\"inlineStr\"><is><t>Amount</t></is></c>"
                             "<c s=\"1\" t=\"inlineStr\"><is><t>Name</t></is></c></row>"),
                        1, &why));
    join(book, SPAN(ROW("1", "a") ROW("2", "b")), 2);
    join(book, SPAN(""), 0);
    check(new_book_rows(book, SPAN("<row><c s=\"2\"><v>3.5</v></c><c/><c t=\"b\"><v>1</v></c></row>"), 1, &why));
    join(book, SPAN(ROW("4", "d")), 1);
    check(new_book_end_table(book, &why));
    new_book_mark(book, SPAN("job & 1"));
    commit(book);

    struct package *package;
    struct book *read = open_book(&package);
    check_cells(read, 0,
                "A1 text \"Amount\" style=1\nB1 text \"Name\" style=1\nA2 number \"1\"\nB2 text \"a\"\nA3 number \"2\"\n"
                "B3 text \"b\"\nA4 number \"3.5\" style=2\nC4 boolean \"1\"\nA5 number \"4\"\nB5 text \"d\"\n");
    check_part(package, "xl/worksheets/sheet1.xml", "<pane xSplit=\"1\" ySplit=\"1\" topLeftCell=\"B2\"");
    check_part(package, "xl/worksheets/sheet1.xml", "<col min=\"1\" max=\"1\" width=\"12.5\" customWidth=\"1\"/>");
    check_part(package, "xl/worksheets/sheet1.xml", "</sheetData><autoFilter ref=\"A1:B5\"/><pageMargins");
    ck_assert_uint_eq(read->n_names, 1);
    ck_assert(span_is(read->names[0].name, "_xlnm._FilterDatabase"));
    ck_assert(span_is(read->names[0].formula, "'Data'!$A$1:$B$5"));
    ck_assert(read->names[0].is_hidden);
    ck_assert_uint_eq(read->names[0].sheet, 0);
    ck_assert(output_book_is_marked(read));
    ck_assert(output_package_is_marked(package));
    struct styles *styles;
    check(styles_read(read, &styles, &why));
    ck_assert(span_is(styles_format(styles, 2), "#,##0.00 \"EUR\""));
    ck_assert_int_eq(styles_fill(styles, 1), 0xddebf7);
    styles_destroy(&styles);
    book_close(&read), package_close(&package);
    if (getenv("SHEAF_TEST_BOOK"))
        ck_assert_int_eq(rename(path, getenv("SHEAF_TEST_BOOK")), 0);
    end();
}
END_TEST

START_TEST(sheets_follow_the_tables_and_names_are_unique)
{
    begin();
    struct new_book *book = new_book(DEFLATE_SMALL);
    struct sheet_writer *sources, *issues;
    struct span names[4];
    const struct new_book_table table = {.filter_columns = 3};
    check(new_book_add_sheet(book, SPAN("Sources"), &sources, &names[2], &why));
    check(new_book_begin_table(book, SPAN("Data"), &table, &names[0], &why));
    check(new_book_rows(book, SPAN(ROW("1", "x")), 1, &why));
    check(sheet_writer_row(sources, 0));
    check(sheet_writer_text(sources, 0, SPAN("file"), 0));
    check(new_book_end_table(book, &why));
    check(new_book_add_sheet(book, SPAN("data"), &issues, &names[3], &why));
    check(new_book_begin_table(book, SPAN("Data"), &table, &names[1], &why));
    check(new_book_rows(book, SPAN(ROW("2", "y")), 1, &why));
    check(new_book_end_table(book, &why));
    sheet_writer_filter(sources, 0, 1);
    const char *expected[] = {"Data", "Data (3)", "Sources", "data (2)"};
    for (int i = 0; i < 4; i++)
        ck_assert_msg(span_is(names[i], expected[i]), "%.*s", SPAN_ARGS(names[i]));
    commit(book);
    struct package *package;
    struct book *read = open_book(&package);
    ck_assert_uint_eq(read->n_sheets, 4);
    for (size_t i = 0; i < 4; i++)
        ck_assert(span_is(read->sheets[i].name, expected[i]));
    check_cells(read, 0, "A1 number \"1\"\nB1 text \"x\"\n");
    check_cells(read, 1, "A1 number \"2\"\nB1 text \"y\"\n");
    check_cells(read, 2, "A1 text \"file\"\n");
    check_cells(read, 3, "");
    ck_assert_uint_eq(read->n_names, 3);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_uint_eq(read->names[i].sheet, i);
    ck_assert(span_is(read->names[1].formula, "'Data (3)'!$A$1:$C$1"));
    book_close(&read), package_close(&package);
    end();
}
END_TEST

START_TEST(a_table_of_more_rows_than_a_sheet_has_is_a_fault)
{
    begin();
    struct new_book *book = new_book(DEFLATE_FAST);
    const struct new_book_table table = {0};
    check(new_book_begin_table(book, SPAN("Data"), &table, NULL, &why));
    struct buffer rows;
    buffer_init(&rows, 1 << 24);
    for (int i = 0; i < 1 << 20; i++)
        buffer_put(&rows, SPAN("<row/>"));
    join(book, span_make(rows.data, rows.len - 6), (1 << 20) - 1);
    check(new_book_rows(book, SPAN("<row><c><v>7</v></c></row>"), 1, &why));
    ck_assert_int_eq(new_book_rows(book, SPAN("<row/>"), 1, &why), FAULT_LIMIT);
    ck_assert_ptr_nonnull(strstr(why.text, "1048576 rows"));
    new_book_destroy(&book), new_book_destroy(&book);
    ck_assert_int_ne(access(path, F_OK), 0);
    book = new_book(DEFLATE_FAST);
    check(new_book_begin_table(book, SPAN("Data"), &table, NULL, &why));
    join(book, span_make(rows.data, rows.len - 6), (1 << 20) - 1);
    check(new_book_rows(book, SPAN("<row><c><v>7</v></c></row>"), 1, &why));
    check(new_book_end_table(book, &why));
    commit(book);
    struct package *package;
    struct book *read = open_book(&package);
    check_cells(read, 0, "A1048576 number \"7\"\n");
    book_close(&read), package_close(&package);
    buffer_free(&rows);
    end();
}
END_TEST

START_TEST(number_formats_that_are_built_in_keep_their_numbers_and_bad_ones_are_general)
{
    begin();
    static const struct {
        const char *code;
        const char *xf;
    } cases[] = {{"0.00", "numFmtId=\"2\""},     {"m/d/yy", "numFmtId=\"14\""},         {"[h]:mm:ss", "numFmtId=\"46\""},
                 {"@", "numFmtId=\"49\""},       {"yyyy-mm-dd", "numFmtId=\"164\""},    {"0.000", "numFmtId=\"165\""},
                 {"yyyy-mm-dd", "numFmtId=\"164\""}, {"0.00\"open", "numFmtId=\"0\""},
                 {"\"$\"#,##0_);\\(\"$\"#,##0\\)", "numFmtId=\"166\""}}; /* 5 shows the currency of the reader's country */
    struct new_book *book = new_book(DEFLATE_FAST);
    uint32_t id;
    for (uint32_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(new_book_format(book, &(struct new_book_format){.code = cases[i].code, .code_len = strlen(cases[i].code)}, &id));
        ck_assert_uint_eq(id, i + 1);
    }
    check(new_book_format(book, &(struct new_book_format){.code = "General", .code_len = 7}, &id));
    ck_assert_uint_eq(id, 0);
    const struct new_book_table table = {0};
    check(new_book_begin_table(book, SPAN(""), &table, NULL, &why));
    check(new_book_end_table(book, &why));
    commit(book);
    struct package *package;
    struct book *read = open_book(&package);
    struct buffer styles;
    buffer_init(&styles, 1 << 20);
    check(package_read(package, read->styles_entry, &styles, &why));
    const char *at = strstr(buffer_text(&styles), "<cellXfs");
    ck_assert_ptr_nonnull(at);
    at = strstr(at, "<xf ") + 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        at = strstr(at, "<xf ");
        ck_assert_ptr_nonnull(at);
        ck_assert_msg(strncmp(at + 4, cases[i].xf, strlen(cases[i].xf)) == 0, "%s: %.30s", cases[i].code, at);
        at++;
    }
    ck_assert_ptr_nonnull(strstr(buffer_text(&styles), "<numFmts count=\"3\">"));
    buffer_free(&styles);
    book_close(&read), package_close(&package);
    end();
}
END_TEST

START_TEST(the_same_calls_give_the_same_bytes_and_a_stamp_other_ones)
{
    begin();
    struct sha256 sums[3];
    for (int i = 0; i < 3; i++) {
        struct new_book *book = new_book(DEFLATE_FAST);
        const struct new_book_table table = {0};
        if (i == 2)
            new_book_stamp(book);
        check(new_book_begin_table(book, SPAN("Data"), &table, NULL, &why));
        join(book, SPAN(ROW("1", "x")), 1);
        check(new_book_end_table(book, &why));
        commit(book);
        struct examined_file file;
        check(file_examine(path, &file, &why));
        sums[i] = file.sha;
        package_close(&file.package);
    }
    ck_assert(memcmp(&sums[0], &sums[1], sizeof sums[0]) == 0);
    ck_assert(memcmp(&sums[0], &sums[2], sizeof sums[0]) != 0);
    end();
}
END_TEST

START_TEST(a_target_that_cannot_be_made_is_told_by_name)
{
    begin();
    struct new_book *book;
    ck_assert_int_eq(new_book_new("/nowhere/at/all.xlsx", DEFLATE_FAST, &book, &why), FAULT_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(why.text, "/nowhere/at/all.xlsx"));
    end();
}
END_TEST

SUITE(workbook_new_book, rows_joined_and_put_are_one_table_with_its_head_and_filter,
      sheets_follow_the_tables_and_names_are_unique, a_table_of_more_rows_than_a_sheet_has_is_a_fault,
      number_formats_that_are_built_in_keep_their_numbers_and_bad_ones_are_general,
      the_same_calls_give_the_same_bytes_and_a_stamp_other_ones, a_target_that_cannot_be_made_is_told_by_name)

/* SPDX-License-Identifier: MIT
 *
 * Which rows are data. Rows come back as CSV, which is easy to read.
 */
#include <stdlib.h>

#include "tests/support/stack_case.h"
#include "tests/support/suite.h"

static struct stack_case given(const char *columns)
{
    return (struct stack_case){.plan = {.form = STACK_CSV}, .columns = columns};
}

static void read_cells(struct stack_case *self, const char *cells)
{
    struct workbook_text text = {.sheets = {{.name = "Data", .cells = cells}}};
    stack_case_read(self, &text);
    ck_assert_msg(self->fault == FAULT_NONE, "%s", self->why.text);
}

#define EXPECT(self, what, text) ck_assert_str_eq(buffer_text(&(self).what), text)

START_TEST(rows_above_the_header_and_the_header_are_no_data)
{
    struct stack_case self = given("Name|Qty");
    self.first_header = 2;
    self.last_header = 3;
    read_cells(&self, "A1 'Sales 2024\nA2 'Item\nA3 'Name\nB3 'Qty\nA4 'Oil\nB4 12.50\n");
    EXPECT(self, rows, "Oil,12.50\r\n");
    ck_assert_uint_eq(self.counts.above, 1);
    ck_assert_uint_eq(self.counts.header, 2);
    ck_assert_uint_eq(self.counts.written, 1);
    ck_assert_uint_eq(self.cells.read, 6);
    ck_assert_uint_eq(self.cells.used, 2);
    ck_assert_uint_eq(self.cells.not_applicable, 4);
    stack_case_free(&self);
}
END_TEST

START_TEST(a_sheet_without_a_header_gives_nothing_and_says_so)
{
    struct stack_case self = given("Name|Qty");
    self.first_header = UINT32_MAX;
    read_cells(&self, "A1 'Oil\nB1 12\n");
    EXPECT(self, rows, "");
    EXPECT(self, issues, "HEADER_MISSING Data!R0C0 x1 ''\n");
    ck_assert_uint_eq(self.cells.skipped, 2);
    stack_case_free(&self);
}
END_TEST

START_TEST(blank_rows_are_dropped_and_columns_that_a_source_lacks_stay_blank)
{
    struct stack_case self = given("Name|Qty|Price");
    self.headers = "Price|Name";
    read_cells(&self, "A1 'Price\nB1 'Name\nA2 3\nB2 'Oil\nA3/2\nB4 'Tyre\n");
    EXPECT(self, rows, "Oil,,3\r\nTyre,,\r\n");
    ck_assert_uint_eq(self.counts.blank, 1);
    ck_assert_uint_eq(self.counts.written, 2);
    stack_case_free(&self);
}
END_TEST

START_TEST(dropped_columns_and_values_outside_of_the_table_are_counted_apart)
{
    struct stack_case self = given("Name");
    self.headers = "Name|Remark";
    read_cells(&self, "A1 'Name\nB1 'Remark\nA2 'Oil\nB2 'x\nD2 7\nE3 8\n");
    EXPECT(self, rows, "Oil\r\n");
    EXPECT(self, issues, "OUTSIDE_TABLE Data!R2C4 x2 ''\n");
    ck_assert_uint_eq(self.cells.used, 1);
    ck_assert_uint_eq(self.cells.not_applicable, 3);
    ck_assert_uint_eq(self.cells.skipped, 2);
    ck_assert_uint_eq(self.counts.blank, 1);
    stack_case_free(&self);
}
END_TEST

START_TEST(the_header_repeated_further_down_is_dropped)
{
    struct stack_case self = given("Name|Qty|Price");
    read_cells(&self, "A1 'Name\nB1 'Qty\nC1 'Price\nA2 'Oil\nB2 1\nC2 2\nA3 ' NAME\nB3 'qty\nC3 'Price\nA4 'Name\nB4 3\n");
    EXPECT(self, rows, "Oil,1,2\r\nName,3,\r\n");
    EXPECT(self, issues, "HEADER_REPEATED Data!R3C0 x1 ''\n");
    ck_assert_uint_eq(self.counts.repeated, 1);
    stack_case_free(&self);
}
END_TEST

/* --- totals --- */

#define LEDGER "A1 'Name\nB1 'Qty\nC1 'Price\nD1 'Amount\nA2 'Oil\nB2 2\nC2 10.1\nD2 20.2\nA3 'Tyre\nB3 1\nC3 80.1\nD3 80.1\n"

static void expect_total(const char *row, bool is_dropped)
{
    struct stack_case self = given("Name|Qty|Price|Amount");
    char cells[512];
    snprintf(cells, sizeof cells, LEDGER "%s", row);
    read_cells(&self, cells);
    ck_assert_msg(self.counts.totals == (is_dropped ? 1 : 0), "%s", row);
    ck_assert_msg(self.counts.written == (is_dropped ? 2 : 3), "%s", row);
    ck_assert_msg((strstr(buffer_text(&self.issues), "TOTAL_ROW Data!R4C0") != NULL) == is_dropped, "%s", row);
    stack_case_free(&self);
}

START_TEST(a_row_that_says_total_and_adds_up_is_dropped)
{
    expect_total("A4 'Total\nB4 3\nD4 100.3\n", true);
    expect_total("A4 'TOTAL:\nD4 100.3\n", true);
    expect_total("A4 'Grand  total\nB4 3\nC4 45.1\nD4 100.3\n", true); /* the mean price speaks neither way */
    expect_total("B4 'Summe\nD4 100.30000000000001\n", true);          /* as a formula of doubles stores it */
    expect_total("A4 '合計\nD4 =SUM(D2:D3) 100.3\n", true);
    expect_total("A4 'Total\nC4 'EUR\nD4 100.3\n", true);
    expect_total("A4 'Total\nB4 3\nC4 9999\nD4 100.3\n", true);
}
END_TEST

START_TEST(a_row_that_says_total_and_does_not_add_up_is_data)
{
    expect_total("A4 'Total\nB4 3\nC4 12\nD4 36\n", false); /* the oil company */
    expect_total("A4 'Total\nD4 100.31\n", false);
    expect_total("A4 'Total\nB4 0\n", false);
    expect_total("A4 'Total\nB4 'x\nC4 'y\nD4 100.3\n", false);
    expect_total("A4 'Totals of all\nD4 100.3\n", false); /* no such word */
    expect_total("A4 'Total\n", false);
    expect_total("B4 3\nD4 100.3\n", false);
}
END_TEST

START_TEST(doubtful_totals_are_told)
{
    struct stack_case self = given("Name|Qty|Price|Amount");
    read_cells(&self, LEDGER "A4 'Total\nD4 7\n");
    EXPECT(self, issues, "TOTAL_DOUBTFUL Data!R4C0 x1 'Total'\n");
    stack_case_free(&self);
}
END_TEST

START_TEST(subtotals_count_for_their_part_and_are_left_out_of_the_whole)
{
    struct stack_case self = given("Name|Amount");
    read_cells(&self, "A1 'Name\nB1 'Amount\nA2 'a\nB2 1\nA3 'b\nB3 2\nA4 'Subtotal\nB4 3\nA5 'c\nB5 10\nA6 'Subtotal\nB6 10\n"
                      "A7 'Grand total\nB7 13\nA8 'd\nB8 5\n");
    EXPECT(self, rows, "a,1\r\nb,2\r\nc,10\r\nd,5\r\n");
    ck_assert_uint_eq(self.counts.totals, 3);
    stack_case_free(&self);
}
END_TEST

/* From the second sheet on the reader adds up from the start: the same verdicts, without a second look. */
START_TEST(sheets_behind_one_with_a_total_are_read_alike)
{
    struct stack_case self = given("Name|Qty|Price|Amount");
    struct workbook_text text = {.sheets = {{.name = "A", .cells = LEDGER "A4 'Total\nB4 3\nD4 100.3\n"},
                                            {.name = "B", .cells = LEDGER "A4 'Total\nB4 3\nC4 12\nD4 36\nA5 'Total\nB5 6\nD5 136.3\n"},
                                            {.name = "C", .cells = LEDGER "A4 'NAME\nB4 'Qty\nC4 'Price\nD4 'Amount\nA6 'Signed:\n"},
                                            {.name = "D", .cells = LEDGER "A4 'Total\nB4 3\nD4 100.3\n"}}};
    stack_case_read(&self, &text);
    ck_assert_uint_eq(self.counts.written, 9);
    ck_assert_uint_eq(self.counts.totals, 3);
    EXPECT(self, issues, "TOTAL_ROW A!R4C0 x1 'Total'\nTOTAL_DOUBTFUL B!R4C0 x1 'Total'\nTOTAL_ROW B!R5C0 x1 'Total'\n"
                         "HEADER_REPEATED C!R4C0 x1 ''\nFOOTER_ROW C!R6C0 x1 'Signed:'\nTOTAL_ROW D!R4C0 x1 'Total'\n");
    stack_case_free(&self);
}
END_TEST

START_TEST(totals_stay_when_they_are_wanted)
{
    struct stack_case self = given("Name|Qty|Price|Amount");
    self.plan.keep_totals = true;
    read_cells(&self, LEDGER "A4 'Total\nD4 100.3\n");
    ck_assert_uint_eq(self.counts.written, 3);
    EXPECT(self, issues, "");
    stack_case_free(&self);
}
END_TEST

START_TEST(totals_of_a_sheet_that_is_not_in_order_are_still_proved)
{
    struct stack_case self = given("Name|Amount");
    struct workbook_text text = {
        .sheets = {{.name = "Data",
                    .xml = "<worksheet " BOOK_MAIN "><sheetData><row r=\"4\"><c r=\"A4\" t=\"str\"><v>Total</v></c><c r=\"B4\"><v>3</v>"
                           "</c></row><row r=\"2\"><c r=\"B2\"><v>1</v></c><c r=\"A2\" t=\"str\"><v>a</v></c></row><row r=\"3\">"
                           "<c r=\"A3\" t=\"str\"><v>b</v></c><c r=\"B3\"><v>9</v></c><c r=\"B3\"><v>2</v></c></row></sheetData>"
                           "</worksheet>"}}};
    stack_case_read(&self, &text);
    EXPECT(self, rows, "a,1\r\nb,2\r\n");
    EXPECT(self, issues, "TOTAL_ROW Data!R4C0 x1 'Total'\nROWS_UNORDERED Data!R0C0 x1 ''\n");
    ck_assert_uint_eq(self.cells.read, 7);
    ck_assert_uint_eq(self.cells.used, 4);
    ck_assert_uint_eq(self.cells.skipped, 3);
    stack_case_free(&self);
}
END_TEST

/* --- footers --- */

START_TEST(text_below_the_table_is_dropped_when_no_data_follows)
{
    struct stack_case self = given("Name|Qty|Price");
    read_cells(&self, "A1 'Name\nB1 'Qty\nC1 'Price\nA2 'Oil\nB2 1\nC2 2\nA4 'Prepared by:\nA5 'Checked\nB7 'Signed\n");
    EXPECT(self, rows, "Oil,1,2\r\n");
    EXPECT(self, issues, "FOOTER_ROW Data!R4C0 x1 'Prepared by:'\nFOOTER_ROW Data!R5C0 x1 'Checked'\n"
                         "FOOTER_ROW Data!R7C0 x1 'Signed'\n");
    ck_assert_uint_eq(self.counts.footers, 3);
    ck_assert_uint_eq(self.cells.skipped, 3);
    stack_case_free(&self);
}
END_TEST

START_TEST(text_between_data_is_data)
{
    struct stack_case self = given("Name|Qty|Price");
    read_cells(&self, "A1 'Name\nB1 'Qty\nC1 'Price\nA2 'Oil\nB2 1\nA4 'North\nA5 'Cork\nA6 'Tyre\nB6 3\nA8 'End\n");
    EXPECT(self, rows, "Oil,1,\r\nNorth,,\r\nCork,,\r\nTyre,3,\r\n");
    ck_assert_uint_eq(self.counts.footers, 1);
    stack_case_free(&self);
}
END_TEST

START_TEST(text_without_a_blank_row_before_it_is_data)
{
    struct stack_case self = given("Name|Qty|Price");
    read_cells(&self, "A1 'Name\nB1 'Qty\nC1 'Price\nA2 'Oil\nB2 1\nA3 'Tyre\n");
    EXPECT(self, rows, "Oil,1,\r\nTyre,,\r\n");
    stack_case_free(&self);
}
END_TEST

START_TEST(texts_in_half_of_the_columns_are_data)
{
    struct stack_case self = given("Name|Qty");
    read_cells(&self, "A1 'Name\nB1 'Qty\nA2 'Oil\nB2 1\nA4 'Tyre\n");
    EXPECT(self, rows, "Oil,1\r\nTyre,\r\n");
    stack_case_free(&self);
}
END_TEST

START_TEST(more_text_below_the_table_than_a_footer_has_is_data)
{
    struct stack_case self = given("Name|Qty|Price");
    struct buffer cells;
    buffer_init(&cells, 1 << 20);
    buffer_put_text(&cells, "A1 'Name\nB1 'Qty\nC1 'Price\nA2 'Oil\nB2 1\n");
    for (unsigned row = 4; row < 4 + 65; row++)
        buffer_putf(&cells, "A%u 'text\n", row);
    read_cells(&self, buffer_text(&cells));
    ck_assert_uint_eq(self.counts.written, 66);
    ck_assert_uint_eq(self.counts.footers, 0);
    buffer_free(&cells);
    stack_case_free(&self);
}
END_TEST

START_TEST(footers_stay_when_they_are_wanted)
{
    struct stack_case self = given("Name|Qty|Price");
    self.plan.keep_footers = true;
    read_cells(&self, "A1 'Name\nA2 'Oil\nB2 1\nA4 'Prepared by:\n");
    EXPECT(self, rows, "Oil,1,\r\nPrepared by:,,\r\n");
    stack_case_free(&self);
}
END_TEST

/* --- the rest --- */

START_TEST(hidden_rows_count_unless_they_are_to_be_skipped)
{
    struct stack_case self = given("Name");
    read_cells(&self, "A1 'Name\nA2 'a\nhide 3\nA3 'b\nA4 'c\n");
    EXPECT(self, rows, "a\r\nb\r\nc\r\n");
    stack_case_free(&self);
    self.plan.skip_hidden = true;
    read_cells(&self, "A1 'Name\nA2 'a\nhide 3\nA3 'b\nA4 'c\n");
    EXPECT(self, rows, "a\r\nc\r\n");
    ck_assert_uint_eq(self.counts.hidden, 1);
    stack_case_free(&self);
}
END_TEST

START_TEST(a_formula_without_a_value_is_blank_and_told)
{
    struct stack_case self = given("Name|Qty");
    read_cells(&self, "A1 'Name\nB1 'Qty\nA2 'a\nB2 =A1\nB3 =A2\nA4 'c\nB4 =A3 5\n");
    EXPECT(self, rows, "a,\r\n,\r\nc,5\r\n");
    EXPECT(self, issues, "NO_CACHED_VALUE Data!R2C2 x1 ''\nNO_CACHED_VALUE Data!R3C2 x1 ''\n");
    ck_assert_uint_eq(self.cells.skipped, 2);
    stack_case_free(&self);
}
END_TEST

START_TEST(error_values_are_kept_and_told_once)
{
    struct stack_case self = given("Name|Qty");
    read_cells(&self, "A1 'Name\nB1 'Qty\nA2 'a\nB2 #N/A\nA3 #REF!\nB3 #N/A\n");
    EXPECT(self, rows, "a,#N/A\r\n#REF!,#N/A\r\n");
    EXPECT(self, issues, "ERROR_KEPT Data!R2C2 x3 ''\n");
    stack_case_free(&self);
}
END_TEST

static void expect_where(struct stack_condition condition, const char *rows)
{
    struct stack_case self = given("Name|Qty");
    self.plan.conditions = &condition;
    self.plan.n_conditions = 1;
    read_cells(&self, "A1 'Name\nB1 'Qty\nA2 'Oil\nB2 1\nA3 'TYRE\nB3 20\nA4 'oil\nB4 '30\nA5 'x\n");
    EXPECT(self, rows, rows);
    ck_assert_uint_eq(self.counts.written + self.counts.filtered, 4);
    stack_case_free(&self);
}

START_TEST(conditions_choose_rows)
{
    expect_where((struct stack_condition){.column = 0, .op = STACK_EQUAL, .text = SPAN("oil")}, "Oil,1\r\noil,30\r\n");
    expect_where((struct stack_condition){.column = 0, .op = STACK_UNEQUAL, .text = SPAN("oil")}, "TYRE,20\r\nx,\r\n");
    expect_where((struct stack_condition){.column = 0, .op = STACK_LIKE, .text = SPAN("?y*")}, "TYRE,20\r\n");
    expect_where((struct stack_condition){.column = 0, .op = STACK_UNLIKE, .text = SPAN("?y*")}, "Oil,1\r\noil,30\r\nx,\r\n");
    expect_where((struct stack_condition){.column = 1, .op = STACK_GREATER, .text = SPAN("3"), .has_number = true, .number = 3},
                 "TYRE,20\r\noil,30\r\n");
    expect_where((struct stack_condition){.column = 1, .op = STACK_LESS_EQUAL, .text = SPAN("20"), .has_number = true, .number = 20},
                 "Oil,1\r\nTYRE,20\r\n");
    expect_where((struct stack_condition){.column = 1, .op = STACK_EQUAL, .text = SPAN("")}, "x,\r\n");
    expect_where((struct stack_condition){.column = 1, .op = STACK_UNEQUAL, .text = SPAN("")}, "Oil,1\r\nTYRE,20\r\noil,30\r\n");
    expect_where((struct stack_condition){.column = STACK_COLUMN_SHEET, .op = STACK_EQUAL, .text = SPAN("data")},
                 "Oil,1\r\nTYRE,20\r\noil,30\r\nx,\r\n");
    expect_where((struct stack_condition){.column = STACK_COLUMN_FILE, .op = STACK_LIKE, .text = SPAN("south/*")}, "");
}
END_TEST

static bool same_hash(const struct stack_case *self, unsigned a, unsigned b)
{
    return memcmp(self->hashes.data + a * STACK_ROW_BYTES, self->hashes.data + b * STACK_ROW_BYTES, 16) == 0;
}

START_TEST(rows_are_the_same_by_kind_and_value)
{
    struct stack_case self = given("Name|Qty");
    self.plan.dedupe = DEDUPE_ROW;
    read_cells(&self, "A1 'Name\nB1 'Qty\nA2 'a\nB2 1\nA3 'a\nB3 1.0\nA4 'a\nB4 '1\nA5 'a\nA6 'A\nB6 1\n");
    ck_assert_uint_eq(self.hashes.len, 5 * STACK_ROW_BYTES);
    ck_assert(same_hash(&self, 0, 1));
    ck_assert(!same_hash(&self, 0, 2));
    ck_assert(!same_hash(&self, 0, 3));
    ck_assert(!same_hash(&self, 0, 4));
    struct stack_row row;
    stack_row_get((const unsigned char *)self.hashes.data + 3 * STACK_ROW_BYTES, &row);
    ck_assert_uint_eq(row.n_cells, 1);
    struct stack_case other = given("Name|Qty");
    other.plan.dedupe = DEDUPE_ROW;
    other.headers = "Qty|Name";
    read_cells(&other, "A1 'Qty\nB1 'Name\nA2 1\nB2 'a\n");
    ck_assert_mem_eq(self.hashes.data, other.hashes.data, 16);
    stack_case_free(&self);
    stack_case_free(&other);
}
END_TEST

START_TEST(rows_are_the_same_by_key)
{
    struct stack_case self = given("Name|Qty");
    uint32_t key[] = {0};
    self.plan.dedupe = DEDUPE_KEY;
    self.plan.dedupe_columns = key;
    self.plan.n_dedupe_columns = 1;
    read_cells(&self, "A1 'Name\nB1 'Qty\nA2 'a\nB2 1\nA3 'a\nB3 2\nA4 'b\nB4 1\n");
    ck_assert(same_hash(&self, 0, 1));
    ck_assert(!same_hash(&self, 0, 2));
    stack_case_free(&self);
}
END_TEST

START_TEST(a_source_whose_file_changed_is_refused)
{
    struct stack_case self = given("Name");
    struct workbook_text text = {.sheets = {{.name = "Data", .cells = "A1 'Name\n"}}};
    stack_case_read(&self, &text);
    stack_case_free(&self);
    struct workbook_file file = workbook_file(&text);
    file.source.mtime_ns++;
    buffer_init(&self.rows, 1 << 20);
    stack_case_run(&self, &text, &file);
    ck_assert_int_eq(self.fault, FAULT_CHANGED);
    close(file.fd);
    stack_case_free(&self);
}
END_TEST

SUITE(workers_stack_rules, rows_above_the_header_and_the_header_are_no_data,
      a_sheet_without_a_header_gives_nothing_and_says_so, blank_rows_are_dropped_and_columns_that_a_source_lacks_stay_blank,
      dropped_columns_and_values_outside_of_the_table_are_counted_apart, the_header_repeated_further_down_is_dropped,
      a_row_that_says_total_and_adds_up_is_dropped, a_row_that_says_total_and_does_not_add_up_is_data, doubtful_totals_are_told,
      subtotals_count_for_their_part_and_are_left_out_of_the_whole,
      sheets_behind_one_with_a_total_are_read_alike, totals_stay_when_they_are_wanted,
      totals_of_a_sheet_that_is_not_in_order_are_still_proved, text_below_the_table_is_dropped_when_no_data_follows,
      text_between_data_is_data, text_without_a_blank_row_before_it_is_data, texts_in_half_of_the_columns_are_data,
      more_text_below_the_table_than_a_footer_has_is_data, footers_stay_when_they_are_wanted,
      hidden_rows_count_unless_they_are_to_be_skipped, a_formula_without_a_value_is_blank_and_told,
      error_values_are_kept_and_told_once, conditions_choose_rows, rows_are_the_same_by_kind_and_value, rows_are_the_same_by_key,
      a_source_whose_file_changed_is_refused)

/* SPDX-License-Identifier: MIT */
#include "sink/row_text.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "sink/row_set.h"
#include "tests/support/suite.h"
#include "workbook/cell_ref.h"

static void check_refer(const char *rows, uint32_t row, const char *want)
{
    struct buffer out;
    buffer_init(&out, 1 << 20);
    ck_assert_int_eq(row_text_refer(span_of(rows), row, &out), FAULT_NONE);
    ck_assert_str_eq(buffer_text(&out), want);
    buffer_free(&out);
}

START_TEST(rows_and_cells_get_the_references_of_their_places)
{
    check_refer("<row><c><v>1</v></c><c/><c s=\"5\"><v>2.5</v></c></row><row><c t=\"inlineStr\"><is><t>a&lt;c b</t></is></c></row>", 9,
                "<row r=\"9\"><c r=\"A9\"><v>1</v></c><c r=\"C9\" s=\"5\"><v>2.5</v></c></row>"
                "<row r=\"10\"><c r=\"A10\" t=\"inlineStr\"><is><t>a&lt;c b</t></is></c></row>");
    check_refer("<row></row>", 1048576, "<row r=\"1048576\"></row>");
    check_refer("<row><c/><c/></row>", 2, "<row r=\"2\"></row>");
    check_refer("", 1, "");
}
END_TEST

START_TEST(every_column_has_its_letters)
{
    struct buffer rows, out, want;
    buffer_init(&rows, 1 << 24);
    buffer_init(&out, 1 << 24);
    buffer_init(&want, 1 << 24);
    buffer_put_text(&rows, "<row>");
    buffer_put_text(&want, "<row r=\"1048576\">");
    for (uint32_t col = 0; col < GRID_COLS; col++) {
        char ref[CELL_REF_TEXT_MAX];
        cell_ref_format((struct cell_ref){GRID_ROWS - 1, col}, ref);
        buffer_put_text(&rows, "<c><v>1</v></c>");
        buffer_putf(&want, "<c r=\"%s\"><v>1</v></c>", ref);
    }
    buffer_put_text(&rows, "</row>");
    buffer_put_text(&want, "</row>");
    ck_assert_int_eq(row_text_refer(buffer_span(&rows), GRID_ROWS, &out), FAULT_NONE);
    ck_assert(span_equal(buffer_span(&out), buffer_span(&want)));
    buffer_free(&rows);
    buffer_free(&out);
    buffer_free(&want);
}
END_TEST

START_TEST(what_is_not_in_our_form_is_damaged)
{
    static const char *const broken[] = {"<c><v>1</v></c>", "<row><cell/></row>", "<rows/>", "<row><c", "<row r=\"1\"></row>"};
    struct buffer out;
    buffer_init(&out, 1 << 20);
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        ck_assert_int_eq(row_text_refer(span_of(broken[i]), 1, &out), FAULT_CORRUPT);
    ck_assert_int_eq(row_text_refer(SPAN("<row></row><row></row>"), GRID_ROWS, &out), FAULT_CORRUPT);
    buffer_free(&out);
}
END_TEST

START_TEST(a_fragment_is_cut_after_any_row)
{
    struct span xml = SPAN("<row><c/></row><row><c><v>2</v></c></row>"), csv = SPAN("a,\"x\r\ny \"\"z\"\"\"\r\n1,2\r\n"), lines = SPAN("{\"a\":1}\n{}\n");
    ck_assert(span_is(row_text_first(STACK_XLSX, xml, 1), "<row><c/></row>"));
    ck_assert(span_equal(row_text_first(STACK_XLSX, xml, 2), xml));
    ck_assert_ptr_null(row_text_first(STACK_XLSX, xml, 3).data);
    ck_assert(span_is(row_text_first(STACK_CSV, csv, 1), "a,\"x\r\ny \"\"z\"\"\"\r\n"));
    ck_assert(span_equal(row_text_first(STACK_CSV, csv, 2), csv));
    ck_assert_ptr_null(row_text_first(STACK_CSV, csv, 3).data);
    ck_assert(span_is(row_text_first(STACK_JSONL, lines, 1), "{\"a\":1}\n"));
    ck_assert_ptr_null(row_text_first(STACK_JSONL, SPAN("{}"), 1).data);
}
END_TEST

START_TEST(the_set_of_rows_knows_each_hash_once_however_many)
{
    struct row_set *set = row_set_new();
    unsigned char hash[16] = {0};
    uint32_t wrong = 0;
    bool is_new;
    for (uint32_t round = 0; round < 2; round++) {
        for (uint32_t i = 0; i < 20000; i++) { /* also the hash of zeros, and many that begin at the same place */
            memcpy(hash, &(uint32_t){i % 1000}, 4);
            memcpy(hash + 8, &i, 4);
            wrong += row_set_add(set, hash, &is_new) != FAULT_NONE || is_new != (round == 0);
        }
    }
    ck_assert_uint_eq(wrong, 0); /* once: an assertion costs a system call */
    row_set_destroy(&set);
}
END_TEST

SUITE(sink_stack_rows, rows_and_cells_get_the_references_of_their_places, every_column_has_its_letters, what_is_not_in_our_form_is_damaged,
      a_fragment_is_cut_after_any_row, the_set_of_rows_knows_each_hash_once_however_many)

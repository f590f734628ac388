/* SPDX-License-Identifier: MIT
 *
 * What cells look like in the output, and the fast renderer against a simple one.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/support/stack_case.h"
#include "tests/support/suite.h"
#include "workbook/xml_put.h"
#include "workers/row_render.h"
#include "workers/row_text.h"

static void read_book(struct stack_case *self, const char *cells, bool is_1904)
{
    struct workbook_text text = {.sheets = {{.name = "Data", .cells = cells}}, .is_1904 = is_1904};
    stack_case_read(self, &text);
    ck_assert_msg(self->fault == FAULT_NONE, "%s", self->why.text);
}

/* One row of the given cells in row 2; formats: 4 "0.0%", 5 "yyyy-mm-dd", 6 "[h]:mm", 7 "#,##0.00", 8 "h:mm". */
static void expect(enum stack_form form, bool is_1904, const char *cells, const char *row)
{
    struct span formats[] = {SPAN("0.0%"), SPAN("yyyy-mm-dd"), SPAN("[h]:mm"), SPAN("#,##0.00"), SPAN("h:mm")};
    struct stack_case self = {.plan = {.form = form, .formats = formats, .n_formats = 5}, .columns = "A|B|C|D"};
    read_book(&self, cells, is_1904);
    ck_assert_str_eq(buffer_text(&self.rows), row);
    stack_case_free(&self);
}

#define XLSX(cells, row) expect(STACK_XLSX, false, cells, "<row>" row "</row>")
#define TEXT(text) "<c t=\"inlineStr\"><is><t>" text "</t></is></c>"
#define PADDED(text) "<c t=\"inlineStr\"><is><t xml:space=\"preserve\">" text "</t></is></c>"

START_TEST(cells_of_a_worksheet_keep_kind_token_and_format)
{
    XLSX("A2 1.50\nB2/2 45000\nC2/6 -1E-7\nD2/1 0.25\n", "<c><v>1.50</v></c><c s=\"5\"><v>45000</v></c><c s=\"7\"><v>-1E-7</v></c>"
                                                         "<c s=\"4\"><v>0.25</v></c>");
    XLSX("A2 '007\nB2/6 'x\n", TEXT("007") "<c s=\"7\" t=\"inlineStr\"><is><t>x</t></is></c>");
    XLSX("A2 TRUE\nB2/2 FALSE\nC2/1 #DIV/0!\n",
         "<c t=\"b\"><v>1</v></c><c s=\"5\" t=\"b\"><v>0</v></c><c s=\"4\" t=\"e\"><v>#DIV/0!</v></c>");
    XLSX("A2 =X() '\nD2 7\n", TEXT("") "<c/><c/><c><v>7</v></c>");
    XLSX("A2/99 5\n", "<c><v>5</v></c>");
    XLSX("A2 12345678901234567890123456789012345678901234567890\n", "<c><v>12345678901234567890123456789012345678901234567890</v></c>");
}
END_TEST

START_TEST(texts_are_escaped_and_their_white_space_kept)
{
    XLSX("A2 'a&b<c>d\"e'f\nB2 ' x\nC2 'x \nD2 '_x0041_ _x\n",
         TEXT("a&amp;b&lt;c&gt;d\"e'f") PADDED(" x") PADDED("x ") TEXT("A _x"));
    XLSX("A2 '_x005F_x0041_\nB2 'a_x000A_b\nC2 'a_x0001__x000D_\nD2 '_xFFFF_é\n",
         TEXT("_x005F_x0041_") PADDED("a\nb") PADDED("a_x0001__x000D_") TEXT("_xFFFF_é"));
    XLSX("A2 '0123456789abcdef0123456789abcdef</row>&\n", TEXT("0123456789abcdef0123456789abcdef&lt;/row&gt;&amp;"));
}
END_TEST

START_TEST(dates_of_the_1904_system_are_shifted_on_their_digits)
{
    expect(STACK_XLSX, true, "A2/2 43000.1\nB2/2 0.5\nC2/3 43000\nD2 43000\n",
           "<row><c s=\"5\"><v>44462.1</v></c><c s=\"5\"><v>0.5</v></c><c s=\"6\"><v>43000</v></c><c><v>43000</v></c></row>");
    expect(STACK_XLSX, true, "A2/2 99999\nB2/2 4.3E4\nC2/2 43000.\n",
           "<row><c s=\"5\"><v>101461</v></c><c s=\"5\"><v>44462</v></c><c s=\"5\"><v>44462.</v></c></row>");
    expect(STACK_XLSX, true, "A2/2 -1\n", "<row><c s=\"5\"><v>1461</v></c></row>");
}
END_TEST

static void expect_xml(const char *inside, const char *row)
{
    struct stack_case self = {.plan = {.form = STACK_XLSX}, .columns = "A|B|C|D"};
    char xml[2048];
    snprintf(xml, sizeof xml, "<worksheet " BOOK_MAIN "><sheetData><row r=\"2\">%s</row></sheetData></worksheet>", inside);
    struct workbook_text text = {.sheets = {{.name = "Data", .xml = xml}}};
    stack_case_read(&self, &text);
    ck_assert_str_eq(buffer_text(&self.rows), row);
    stack_case_free(&self);
}

START_TEST(iso_dates_become_serials)
{
    expect_xml("<c r=\"A2\" t=\"d\"><v>2024-03-31</v></c><c r=\"B2\" t=\"d\"><v>2024-03-31T12:00:00</v></c>"
               "<c r=\"C2\" t=\"d\"><v>someday</v></c>",
               "<row><c s=\"2\"><v>45382</v></c><c s=\"3\"><v>45382.5</v></c>" TEXT("someday") "</row>");
}
END_TEST

START_TEST(cells_that_do_not_stand_in_order_are_put_in_order)
{
    expect_xml("<c r=\"C2\"><v>3</v></c><c r=\"A2\" t=\"str\"><v>a</v></c><c r=\"B2\"><v>1</v></c><c r=\"B2\"><v>2</v></c>",
               "<row>" TEXT("a") "<c><v>2</v></c><c><v>3</v></c></row>");
}
END_TEST

START_TEST(columns_in_another_order_than_the_sheets_are_assembled)
{
    struct stack_case self = {.plan = {.form = STACK_XLSX, .has_source_columns = true}, .columns = "A|B|C|D", .headers = "D|B||A"};
    read_book(&self, "A2 4\nB2 'two\nD2 1\nB3 'alone\nD4 1\n", false);
    ck_assert_str_eq(buffer_text(&self.rows),
                     "<row>" TEXT("north/a &amp; b.xlsx") TEXT("Data") "<c><v>2</v></c><c><v>1</v></c>" TEXT("two") "<c/><c><v>4</v>"
                     "</c></row><row>" TEXT("north/a &amp; b.xlsx") TEXT("Data") "<c><v>3</v></c><c/>" TEXT("alone") "</row>"
                     "<row>" TEXT("north/a &amp; b.xlsx") TEXT("Data") "<c><v>4</v></c><c><v>1</v></c></row>");
    stack_case_free(&self);
}
END_TEST

START_TEST(a_text_longer_than_a_cell_may_be_is_cut)
{
    struct stack_case self = {.plan = {.form = STACK_CSV}, .columns = "A"};
    struct buffer cells;
    buffer_init(&cells, 1 << 20);
    buffer_put_text(&cells, "A2 '");
    for (unsigned i = 0; i < 40000; i++)
        buffer_put_char(&cells, 'x');
    read_book(&self, buffer_text(&cells), false);
    ck_assert_uint_eq(self.rows.len, 32767 + 2);
    ck_assert(strstr(buffer_text(&self.issues), "TEXT_CUT Data!R2C1 x1") != NULL);
    buffer_free(&cells);
    stack_case_free(&self);
}
END_TEST

START_TEST(csv_quotes_what_needs_it_and_disarms_formulas)
{
    expect(STACK_CSV, false, "A2 'a,b\nB2 'say \"hi\"\nC2 '=1+1\nD2 -5\n", "\"a,b\",\"say \"\"hi\"\"\",'=1+1,-5\r\n");
    expect(STACK_CSV, false, "A2 '-5\nB2 '+x\nC2 '@x\nD2 'a_x000A_b\n", "'-5,'+x,'@x,\"a\nb\"\r\n");
    expect(STACK_CSV, false, "A2 '=a,b\nB2 ' x\nC2 TRUE\nD2 #N/A\n", "\"'=a,b\",\" x\",TRUE,#N/A\r\n");
    expect(STACK_CSV, false, "A2/2 45382\nB2/2 45382.573611111111\nC2/3 1.1041666666666667\nD2/7 0.5\n",
           "2024-03-31,2024-03-31T13:46:00,26:30:00,12:00:00\r\n");
    expect(STACK_CSV, false, "B2/3 -0.5\nC2/2 -1\n", ",-12:00:00,-1,\r\n");
}
END_TEST

START_TEST(json_lines_hold_every_column)
{
    expect(STACK_JSONL, false, "A2 'a\"\\b\nC2 #N/A\nD2 TRUE\n",
           "{\"A\":\"a\\\"\\\\b\",\"B\":null,\"C\":{\"error\":\"#N/A\"},\"D\":true}\n");
    expect(STACK_JSONL, false, "A2 .5\nB2 +7\nC2 007\nD2 1.50E+3\n", "{\"A\":0.5,\"B\":7,\"C\":7,\"D\":1.50E+3}\n");
    expect(STACK_JSONL, false, "A2/2 45382\nB2 'x_x0001__x000A_\nC2 5.\n",
           "{\"A\":\"2024-03-31\",\"B\":\"x\\u0001\\n\",\"C\":5,\"D\":null}\n");
}
END_TEST

/* Column names C0|C1|..., in order or backwards, and one row of shared texts, numbers, booleans and formula strings in turn. */
static void expect_wide_row(unsigned n, bool is_reversed)
{
    struct buffer columns, headers, xml, row;
    struct buffer *all[] = {&columns, &headers, &xml, &row};
    for (unsigned i = 0; i < 4; i++)
        buffer_init(all[i], 1 << 20);
    buffer_put_text(&xml, "<worksheet " BOOK_MAIN "><sheetData><row r=\"2\">");
    buffer_put_text(&row, "<row>");
    for (unsigned i = 0; i < n; i++) {
        unsigned at = is_reversed ? n - 1 - i : i;
        char name[8];
        column_format(i, name);
        buffer_putf(&columns, "%sC%u", i ? "|" : "", i);
        buffer_putf(&headers, "%sC%u", i ? "|" : "", at);
        static const char *const stored[] = {" t=\"s\"><v>1", "><v>12.5", " t=\"b\"><v>1", " t=\"str\"><v>x", " t=\"s\"><v>0"};
        static const char *const written[] = {TEXT("b &amp; c"), "<c><v>12.5</v></c>", "<c t=\"b\"><v>1</v></c>", TEXT("x"), PADDED(" a")};
        buffer_putf(&xml, "<c r=\"%s2\"%s</v></c>", name, stored[i % 5]);
        buffer_put_text(&row, written[at % 5]);
    }
    buffer_put_text(&xml, "</row></sheetData></worksheet>");
    buffer_put_text(&row, "</row>");
    struct workbook_text text = {.sheets = {{.name = "Data", .xml = buffer_text(&xml)}},
                                 .strings = "<si><t xml:space=\"preserve\"> a</t></si><si><t>b &amp; c</t></si>"};
    struct stack_case self = {.plan = {.form = STACK_XLSX}, .columns = buffer_text(&columns), .headers = buffer_text(&headers)};
    stack_case_read(&self, &text);
    ck_assert_str_eq(buffer_text(&self.rows), buffer_text(&row));
    ck_assert_uint_eq(self.cells.used, n);
    stack_case_free(&self);
    for (unsigned i = 0; i < 4; i++)
        buffer_free(all[i]);
}

START_TEST(cells_that_wait_for_each_other_come_out_in_their_places)
{
    for (unsigned n = 1; n <= 200; n += n < 12 ? 1 : 31) {
        expect_wide_row(n, false);
        expect_wide_row(n, true);
    }
}
END_TEST

START_TEST(shared_texts_that_are_too_long_are_cut)
{
    struct buffer strings;
    buffer_init(&strings, 1 << 20);
    buffer_put_text(&strings, "<si><t>");
    for (unsigned i = 0; i < 16384; i++)
        buffer_put_text(&strings, "\xf0\x9f\x98\x80"); /* two units each */
    buffer_put_text(&strings, "</t></si>");
    struct workbook_text text = {.sheets = {{.name = "Data",
                                             .xml = "<worksheet " BOOK_MAIN "><sheetData><row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"B2\" "
                                                    "t=\"s\"><v>0</v></c></row></sheetData></worksheet>"}},
                                 .strings = buffer_text(&strings)};
    struct stack_case self = {.plan = {.form = STACK_CSV}, .columns = "A|B"};
    stack_case_read(&self, &text);
    ck_assert_uint_eq(self.rows.len, 2 + 4 * 16383 + 2);
    ck_assert(strncmp(buffer_text(&self.issues), "TEXT_CUT Data!R2C2 x1", 21) == 0);
    stack_case_free(&self);
    buffer_free(&strings);
}
END_TEST

/* --- the fast way against the simple one --- */

static void put_simply(struct buffer *out, const struct cell *cell, uint32_t style)
{
    bool is_text = cell->type == CELL_TEXT;
    buffer_put_text(out, "<c");
    if (style)
        buffer_putf(out, " s=\"%u\"", style);
    if (!is_text) {
        buffer_putf(out, "%s><v>", cell->type == CELL_BOOLEAN ? " t=\"b\"" : cell->type == CELL_ERROR ? " t=\"e\"" : "");
        xml_put_text(out, cell->value);
        buffer_put_text(out, "</v></c>");
        return;
    }
    buffer_putf(out, " t=\"inlineStr\"><is><t%s>", xml_wants_preserve(cell->value) ? " xml:space=\"preserve\"" : "");
    xml_put_text(out, cell->value);
    buffer_put_text(out, "</t></is></c>");
}

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525 + 1013904223;
    return *state >> 8;
}

/* At the very end of its memory, so that a sanitizer sees what reads beyond. */
static struct span make_text(uint32_t *state, char **ret_memory)
{
    static const char *const pieces[] = {"a", "Oil filter", "&", "<", ">", "_", "_x0041_", "_x00", "\n", "\t", " ", "é", "\xef\xbf\xbe",
                                         "\xef\xbf\xbd", "\x01", "\r", "0123456789abcdef", "水道代", "\"'", "\xf0\x9f\x98\x80"};
    char text[256];
    size_t len = 0, n = random_next(state) % 9;
    for (size_t i = 0; i < n; i++) {
        const char *piece = pieces[random_next(state) % (sizeof pieces / sizeof pieces[0])];
        memcpy(text + len, piece, strlen(piece));
        len += strlen(piece);
    }
    *ret_memory = malloc(len ? len : 1);
    if (len)
        memcpy(*ret_memory, text, len);
    return span_make(*ret_memory, len);
}

static const char *const tokens[] = {"0", "1", "-1.5", "12345.678", "1E+300", "123456789012345", "0.1234567890123456", "747.0599999999999999"};

START_TEST(the_renderer_writes_what_a_simple_one_writes)
{
    struct stack_plan plan = {.form = STACK_XLSX};
    struct row_render *render = row_render_new(&plan);
    struct row_style styles[3] = {render->book.styles.general, render->book.styles.date, render->book.styles.date_time};
    render->book.styles.items = styles;
    render->book.styles.n = 3;
    struct buffer simple;
    buffer_init(&simple, BUFFER_LIMIT_DEFAULT);
    uint32_t state = 7;
    ck_assert_int_eq(row_render_open(render, SPAN(""), SPAN(""), false), FAULT_NONE);
    for (unsigned row = 1; row <= 3000; row++) {
        buffer_clear(&simple);
        row_bytes_cut(&render->bytes, 0);
        buffer_put_text(&simple, "<row>");
        ck_assert_int_eq(row_render_begin(render, row), FAULT_NONE);
        for (uint32_t column = random_next(&state) % 3, next = 0; column < 12; column += 1 + random_next(&state) % 3) {
            static const enum cell_type types[] = {CELL_NUMBER, CELL_TEXT, CELL_TEXT, CELL_TEXT, CELL_BOOLEAN, CELL_ERROR};
            static const uint32_t numbers[] = {STACK_STYLE_GENERAL, STACK_STYLE_DATE, STACK_STYLE_DATE_TIME, STACK_STYLE_GENERAL};
            struct cell cell = {.has_value = true, .type = types[random_next(&state) % 6], .style = random_next(&state) % 4};
            char *memory = NULL;
            cell.value = cell.type == CELL_NUMBER    ? span_of(tokens[random_next(&state) % 8])
                         : cell.type == CELL_BOOLEAN ? SPAN("1")
                         : cell.type == CELL_ERROR   ? SPAN("#REF!")
                                                     : make_text(&state, &memory);
            for (; next < column; next++)
                buffer_put_text(&simple, "<c/>");
            next++;
            put_simply(&simple, &cell, numbers[cell.style]);
            ck_assert_int_eq(row_render_cell(render, column, &cell), FAULT_NONE);
            free(memory);
        }
        buffer_put_text(&simple, "</row>");
        ck_assert_int_eq(row_render_end(render), FAULT_NONE);
        ck_assert_msg(span_equal(buffer_span(&simple), span_make(render->bytes.data, row_bytes_len(&render->bytes))), "%s\n%.*s",
                      buffer_text(&simple), (int)row_bytes_len(&render->bytes), render->bytes.data);
    }
    render->book.styles.items = NULL;
    row_render_destroy(&render);
    buffer_free(&simple);
}
END_TEST

SUITE(workers_stack_render, cells_of_a_worksheet_keep_kind_token_and_format, texts_are_escaped_and_their_white_space_kept,
      dates_of_the_1904_system_are_shifted_on_their_digits, iso_dates_become_serials,
      cells_that_do_not_stand_in_order_are_put_in_order, columns_in_another_order_than_the_sheets_are_assembled,
      a_text_longer_than_a_cell_may_be_is_cut, csv_quotes_what_needs_it_and_disarms_formulas, json_lines_hold_every_column,
      cells_that_wait_for_each_other_come_out_in_their_places, shared_texts_that_are_too_long_are_cut,
      the_renderer_writes_what_a_simple_one_writes)

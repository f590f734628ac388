/* SPDX-License-Identifier: MIT
 *
 * Little workbooks in a folder, surveyed as a job would; the plan, the sources and the issues as text.
 */
#include <check.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "tests/support/suite.h"
#include "tests/support/workbook_file.h"
#include "ventilator/stack_settle.h"
#include "ventilator/ventilator.h"

struct stack_case {
    char folder[32];
    struct job job;
    struct span input, wheres[4], keys[4];
    struct alias aliases[4];
    struct buffer out;
};

static void begin(struct stack_case *self)
{
    *self = (struct stack_case){.folder = "/tmp/sheaf-stack-XXXXXX"};
    must(mkdtemp(self->folder));
    job_init(&self->job);
    self->job.mode = MODE_STACK;
    self->input = span_of(self->folder);
    self->job.inputs = &self->input;
    self->job.n_inputs = 1;
    self->job.sheet_selector = self->job.output_path = self->job.report_path = SPAN("");
    self->job.stack.wheres = self->wheres;
    self->job.stack.dedupe_keys = self->keys;
    self->job.stack.column_aliases = self->aliases;
    buffer_init(&self->out, BUFFER_LIMIT_DEFAULT);
}

static void put_file(struct stack_case *self, const char *name, struct span bytes)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", self->folder, name);
    FILE *file = fopen(path, "wb");
    must(file && fwrite(bytes.data, 1, bytes.len, file) == bytes.len && fclose(file) == 0);
}

static void put_book(struct stack_case *self, const char *name, const struct workbook_text *text)
{
    struct zip_file zip;
    workbook_bytes(text, &zip);
    put_file(self, name, buffer_span(&zip.bytes));
    zip_free(&zip);
}

static void put_sheet(struct stack_case *self, const char *name, const char *cells)
{
    put_book(self, name, &(struct workbook_text){.sheets = {{.name = "Data", .cells = cells}}});
}

static void end(struct stack_case *self)
{
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", self->folder);
    must(system(command) == 0);
    self->job.inputs = NULL;
    job_free(&self->job);
    buffer_free(&self->out);
}

static void put_plan(struct buffer *out, struct span bytes)
{
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~"};
    struct stack_plan plan;
    ck_assert_int_eq(stack_plan_decode(bytes, &plan), FAULT_NONE);
    buffer_put_text(out, "columns");
    for (uint32_t i = 0; i < plan.n_columns; i++)
        buffer_putf(out, " [%.*s]", SPAN_ARGS(plan.columns[i].name));
    for (uint32_t i = 0; i < plan.n_conditions; i++) {
        const struct stack_condition *condition = &plan.conditions[i];
        buffer_putf(out, "\nwhere %d %s [%.*s]", (int)condition->column, signs[condition->op], SPAN_ARGS(condition->text));
    }
    for (uint32_t i = 0; i < plan.n_dedupe_columns; i++)
        buffer_putf(out, "%s%u", i ? "," : "\nkey ", plan.dedupe_columns[i]);
    buffer_put_char(out, '\n');
    stack_plan_free(&plan);
}

/* "0 a.xlsx Data@1: 0>2 1>0" */
static void put_source(struct buffer *out, const struct source *source)
{
    static const char *const states[] = {"", " duplicate", " failed"};
    struct arena *arena = arena_new(1 << 22);
    struct stack_layout layout = {0};
    buffer_putf(out, "%u %.*s%s", source->index, SPAN_ARGS(source->name), states[source->state]);
    if (source->slices)
        buffer_putf(out, " slice %u/%u", source->slice, source->slices);
    if (source->state == SOURCE_DUPLICATE)
        buffer_putf(out, " of %u", source->same_as);
    if (source->reason.len)
        buffer_putf(out, " (%s: %.*s)", fault_class(source->fault), SPAN_ARGS(source->reason));
    if (source->state == SOURCE_TASK)
        ck_assert_int_eq(stack_layout_decode(source->layout, arena, &layout), FAULT_NONE);
    else
        ck_assert_uint_eq(source->layout.len, 0);
    if (layout.is_rejected)
        buffer_putf(out, " rejected (%.*s)", SPAN_ARGS(layout.reason));
    if (source->slices && (layout.from || layout.to != STACK_TO_END))
        buffer_putf(out, " from %llu MiB", (unsigned long long)(layout.from >> 20));
    for (uint32_t i = 0; i < layout.n_sheets; i++) {
        const struct stack_layout_sheet *sheet = &layout.sheets[i];
        buffer_putf(out, " %.*s@%u", SPAN_ARGS(sheet->name), sheet->last_header);
        for (uint32_t k = 0; k < sheet->n_columns; k++)
            buffer_putf(out, "%s%u>%d", k ? " " : ": ", sheet->columns[k].col, (int)sheet->columns[k].column);
    }
    buffer_put_char(out, '\n');
    arena_destroy(&arena);
}

static void put_issue(struct buffer *out, const struct issue *issue)
{
    buffer_putf(out, "%s %d", issue_name(issue->code), (int)issue->source);
    if (issue->sheet.len)
        buffer_putf(out, " %.*s", SPAN_ARGS(issue->sheet));
    if (issue->value.len)
        buffer_putf(out, " %.*s", SPAN_ARGS(issue->value));
    if (issue->detail.len)
        buffer_putf(out, " (%.*s)", SPAN_ARGS(issue->detail));
    buffer_put_char(out, '\n');
}

static const char *run(struct stack_case *self)
{
    struct inputs inputs;
    struct buffer plan;
    struct why why = {0};
    char line[1024];
    buffer_init(&plan, BUFFER_LIMIT_DEFAULT);
    buffer_clear(&self->out);
    enum fault fault = stack_craft.prepare(&self->job, &inputs, &plan, &why);
    if (fault) {
        buffer_putf(&self->out, "%s: %s", fault_class(fault), why_line(&why, line, sizeof line));
    } else {
        put_plan(&self->out, buffer_span(&plan));
        for (uint32_t i = 0; i < inputs.n_sources; i++)
            put_source(&self->out, &inputs.sources[i]);
        for (uint32_t i = 0; i < inputs.n_issues; i++)
            put_issue(&self->out, &inputs.issues[i]);
        stack_craft.free(&inputs);
    }
    buffer_free(&plan);
    return buffer_text(&self->out);
}

#define EXPECT(self, expected) ck_assert_str_eq(run(self), expected)

START_TEST(columns_come_in_order_of_first_appearance)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 'ID\nB1 'Customer Name\nA2 1\n");
    put_sheet(&self, "b.xlsx", "B3 'CUSTOMER  NAME\nC3 'Amount\nD3 'id\nB4 'x\n");
    put_sheet(&self, "c.xlsx", "A1 'ID\nB1 'Customer name\nC1 'Amount\n");
    EXPECT(&self, "columns [ID] [Customer Name] [Amount]\n"
                  "0 a.xlsx Data@1: 0>0 1>1\n"
                  "1 b.xlsx Data@3: 1>1 2>2 3>0\n"
                  "2 c.xlsx Data@1: 0>0 1>1 2>2\n"
                  "COLUMN_MISSING 0 (Amount)\n");
    self.job.stack.key_exact = true;
    EXPECT(&self, "columns [ID] [Customer Name] [CUSTOMER NAME] [Amount] [id] [Customer name]\n"
                  "0 a.xlsx Data@1: 0>0 1>1\n"
                  "1 b.xlsx Data@3: 1>2 2>3 3>4\n"
                  "2 c.xlsx Data@1: 0>0 1>5 2>3\n"
                  "COLUMN_MISSING 0 (CUSTOMER NAME, Amount, id, Customer name)\n"
                  "COLUMN_MISSING 1 (ID, Customer Name, Customer name)\n"
                  "COLUMN_MISSING 2 (Customer Name, CUSTOMER NAME, id)\n"
                  "COLUMN_SIMILAR 2 Customer name (\"Customer Name\" in a.xlsx)\n");
    end(&self);
}
END_TEST

START_TEST(other_policies_keep_fewer_columns)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 'ID\nB1 'Name\nC1 'Town\n");
    put_sheet(&self, "b.xlsx", "A1 'Town\nB1 'ID\nC1 'Sum\n");
    put_sheet(&self, "c.xlsx", "A1 'Name\nB1 'Town\nC1 'ID\n");
    put_sheet(&self, "d.xlsx", "A1 'only\n"); /* no header: has no say */
    self.job.stack.columns = COLUMNS_INTERSECTION;
    EXPECT(&self, "columns [ID] [Town]\n"
                  "0 a.xlsx Data@1: 0>0 1>-1 2>1\n"
                  "1 b.xlsx Data@1: 0>1 1>0 2>-1\n"
                  "2 c.xlsx Data@1: 0>-1 1>1 2>0\n"
                  "3 d.xlsx Data@0\n"
                  "COLUMN_EXTRA 0 (Name)\n"
                  "COLUMN_EXTRA 1 (Sum)\n"
                  "COLUMN_EXTRA 2 (Name)\n");
    self.job.stack.columns = COLUMNS_FIRST;
    EXPECT(&self, "columns [ID] [Name] [Town]\n"
                  "0 a.xlsx Data@1: 0>0 1>1 2>2\n"
                  "1 b.xlsx Data@1: 0>2 1>0 2>-1\n"
                  "2 c.xlsx Data@1: 0>1 1>2 2>0\n"
                  "3 d.xlsx Data@0\n"
                  "COLUMN_MISSING 1 (Name)\n"
                  "COLUMN_EXTRA 1 (Sum)\n");
    self.job.stack.columns = COLUMNS_STRICT;
    EXPECT(&self, "columns [ID] [Name] [Town]\n"
                  "0 a.xlsx Data@1: 0>0 1>1 2>2\n"
                  "1 b.xlsx rejected (unlike a.xlsx: without Name; with Sum) Data@1: 0>2 1>0 2>-1\n"
                  "2 c.xlsx Data@1: 0>1 1>2 2>0\n"
                  "3 d.xlsx Data@0\n");
    end(&self);
}
END_TEST

START_TEST(repeated_names_are_numbered_and_aliases_joined)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 'Sum\nB1 'SUM\nC1 'Sum\nD1 'Sum_2\n");
    put_sheet(&self, "b.xlsx", "A1 'Betrag\nB1 '_file\nC1 'Sum_2\n");
    self.aliases[0] = (struct alias){SPAN(" BETRAG"), SPAN("Sum")};
    self.job.stack.n_column_aliases = 1;
    EXPECT(&self, "columns [Sum] [SUM_2] [Sum_3] [Sum_2_2] [_file_2]\n"
                  "0 a.xlsx Data@1: 0>0 1>1 2>2 3>3\n"
                  "1 b.xlsx Data@1: 0>0 1>4 2>1\n"
                  "COLUMN_MISSING 0 (_file_2)\n"
                  "COLUMN_MISSING 1 (Sum_3, Sum_2_2)\n");
    self.job.stack.no_source_columns = true;
    self.aliases[0].to = SPAN("_FILE"); /* two columns of one name */
    EXPECT(&self, "columns [Sum] [SUM_2] [Sum_3] [Sum_2_2] [_FILE] [_file_2]\n"
                  "0 a.xlsx Data@1: 0>0 1>1 2>2 3>3\n"
                  "1 b.xlsx Data@1: 0>4 1>5 2>1\n"
                  "COLUMN_MISSING 0 (_FILE, _file_2)\n"
                  "COLUMN_MISSING 1 (Sum, Sum_3, Sum_2_2)\n");
    end(&self);
}
END_TEST

START_TEST(nearly_equal_names_are_suggested_once)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 'Lagerort\nB1 'Q1 2024\nC1 'Price\nD1 'Prize\n");
    put_sheet(&self, "b.xlsx", "A1 'Lagerortt\nB1 'Q2 2024\nC1 'Price\n");
    self.job.stack.columns = COLUMNS_FIRST;
    EXPECT(&self, "columns [Lagerort] [Q1 2024] [Price] [Prize]\n"
                  "0 a.xlsx Data@1: 0>0 1>1 2>2 3>3\n"
                  "1 b.xlsx Data@1: 0>-1 1>-1 2>2\n"
                  "COLUMN_MISSING 1 (Lagerort, Q1 2024, Prize)\n"
                  "COLUMN_EXTRA 1 (Lagerortt, Q2 2024)\n"
                  "COLUMN_SIMILAR 1 Lagerortt (\"Lagerort\" in a.xlsx)\n");
    end(&self);
}
END_TEST

START_TEST(sheets_are_chosen_as_asked)
{
    struct stack_case self;
    struct workbook_text text = {.sheets = {{.name = "Jan", .cells = "A1 'ID\nB1 'Sum\n"},
                                            {.name = "Old", .cells = "A1 'ID\nB1 'Was\n", .state = "hidden"},
                                            {.name = "Blank"},
                                            {.name = "Notes", .cells = "A1 'Just a line\n"}}};
    begin(&self);
    put_book(&self, "a.xlsx", &text);
    EXPECT(&self, "columns [ID] [Sum]\n0 a.xlsx Jan@1: 0>0 1>1 Blank@0 Notes@0\nSHEET_HIDDEN 0 Old\n");
    self.job.sheet_selector = SPAN("all");
    EXPECT(&self, "columns [ID] [Sum] [Was]\n0 a.xlsx Jan@1: 0>0 1>1 Old@1: 0>0 1>2 Blank@0 Notes@0\n");
    self.job.skip_hidden = true;
    EXPECT(&self, "columns [ID] [Sum]\n0 a.xlsx Jan@1: 0>0 1>1 Blank@0 Notes@0\nSHEET_HIDDEN 0 Old\n");
    self.job.skip_hidden = false;
    self.job.sheet_selector = SPAN("#2");
    EXPECT(&self, "columns [ID] [Was]\n0 a.xlsx Old@1: 0>0 1>1\n");
    self.job.sheet_selector = SPAN("/^j/");
    EXPECT(&self, "columns [ID] [Sum]\n0 a.xlsx Jan@1: 0>0 1>1\n");
    self.job.sheet_selector = SPAN("Dec");
    EXPECT(&self, "columns\n0 a.xlsx\nSHEET_MISSING 0 Dec\n");
    end(&self);
}
END_TEST

START_TEST(all_sheets_of_a_source_together_are_its_columns)
{
    struct stack_case self;
    struct workbook_text text = {
        .sheets = {{.name = "In", .cells = "A1 'ID\nB1 'Income\n"}, {.name = "Out", .cells = "A2 'ID\nB2 'Costs\n"}}};
    begin(&self);
    put_book(&self, "a.xlsx", &text);
    put_sheet(&self, "b.xlsx", "A1 'Costs\nB1 'ID\n");
    self.job.stack.columns = COLUMNS_INTERSECTION;
    EXPECT(&self, "columns [ID] [Costs]\n0 a.xlsx In@1: 0>0 1>-1 Out@2: 0>0 1>1\n1 b.xlsx Data@1: 0>1 1>0\nCOLUMN_EXTRA 0 (Income)\n");
    end(&self);
}
END_TEST

START_TEST(what_cannot_be_read_fails_with_its_reason)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 'ID\nB1 'Sum\n");
    put_file(&self, "b.xlsx", SPAN("PK\003\004 and nothing else of a ZIP file"));
    put_file(&self, "c.xls", SPAN("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1 short"));
    put_sheet(&self, "d.xlsx", "A1 'ID\nB1 12x\n");
    const char *text = run(&self);
    ck_assert_msg(strstr(text, "columns [ID] [Sum]\n0 a.xlsx Data@1: 0>0 1>1\n1 b.xlsx failed ("), "%s", text);
    ck_assert_msg(strstr(text, "\n2 c.xls failed ("), "%s", text);
    ck_assert_msg(strstr(text, "\n3 d.xlsx failed (corrupt: xl/worksheets/sheet1.xml, Data!B1: "), "%s", text);
    end(&self);
}
END_TEST

START_TEST(copies_have_no_say)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "b.xlsx", "A1 'Old\nB1 'Sum\n");
    put_sheet(&self, "a.xlsx", "A1 'ID\nB1 'Sum\n");
    put_sheet(&self, "c.xlsx", "A1 'ID\nB1 'Sum\n");
    EXPECT(&self, "columns [ID] [Sum] [Old]\n"
                  "0 a.xlsx Data@1: 0>0 1>1\n"
                  "1 b.xlsx Data@1: 0>2 1>1\n"
                  "2 c.xlsx duplicate of 0\n"
                  "DUPLICATE_CONTENT 2 a.xlsx\n"
                  "COLUMN_MISSING 0 (Old)\n"
                  "COLUMN_MISSING 1 (ID)\n");
    end(&self);
}
END_TEST

START_TEST(conditions_and_keys_name_columns)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 'ID\nB1 'Unit price\nC1 'Town\n");
    self.wheres[0] = SPAN("unit  PRICE >= 5");
    self.wheres[1] = SPAN("_FILE ~ a*");
    self.wheres[2] = SPAN("_sheet != x");
    self.job.stack.n_wheres = 3;
    self.job.stack.dedupe = DEDUPE_KEY;
    self.keys[0] = SPAN("town");
    self.keys[1] = SPAN("ID");
    self.keys[2] = SPAN("Town");
    self.job.stack.n_dedupe_keys = 3;
    EXPECT(&self, "columns [ID] [Unit price] [Town]\n"
                  "where 1 >= [5]\n"
                  "where -2 ~ [a*]\n"
                  "where -3 != [x]\n"
                  "key 0,2\n"
                  "0 a.xlsx Data@1: 0>0 1>1 2>2\n");
    self.wheres[0] = SPAN("Unit prise >= 5");
    EXPECT(&self, "usage: --where: there is no column \"Unit prise\"; is it \"Unit price\"? The output has: ID, Unit price, Town");
    self.wheres[0] = SPAN("_row > 5");
    EXPECT(&self, "usage: --where: the number of a row (_row) is nothing to choose rows by");
    self.wheres[0] = SPAN("ID");
    EXPECT(&self, "usage: --where \"ID\": say NAME OP VALUE, with OP one of = != < <= > >= ~ !~");
    self.wheres[0] = SPAN("ID=1");
    self.keys[1] = SPAN("Country");
    EXPECT(&self, "usage: --dedupe: there is no column \"Country\". The output has: ID, Unit price, Town");
    end(&self);
}
END_TEST

START_TEST(without_any_column_conditions_mean_nothing)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 1\n");
    self.wheres[0] = SPAN("ID = 5");
    self.job.stack.n_wheres = 1;
    EXPECT(&self, "columns\n0 a.xlsx Data@0\n");
    end(&self);
}
END_TEST

START_TEST(options_that_make_no_sense_are_refused)
{
    struct stack_case self;
    begin(&self);
    put_sheet(&self, "a.xlsx", "A1 'ID\nB1 'Sum\n");
    self.job.stack.first_header = 3;
    self.job.stack.last_header = 2;
    EXPECT(&self, "usage: --header: rows 3 to 2 are none of a sheet");
    self.job.stack.last_header = 2000;
    EXPECT(&self, "usage: --header: a header has at most 64 rows");
    self.job.stack.first_header = self.job.stack.last_header = 1;
    self.job.stack.source_names[1] = SPAN("_FILE");
    EXPECT(&self, "usage: --source-columns: \"_FILE\" stands for two columns");
    end(&self);
}
END_TEST

START_TEST(more_columns_than_a_sheet_holds_are_refused)
{
    struct stack_case self;
    begin(&self);
    for (unsigned file = 0; file < 2; file++) {
        struct buffer cells;
        char letters[4], name[16];
        buffer_init(&cells, BUFFER_LIMIT_DEFAULT);
        for (uint32_t col = 0; col < 9000; col++) {
            column_format(col, letters);
            buffer_putf(&cells, "%s1 'n%u\n", letters, col + file * 9000);
        }
        snprintf(name, sizeof name, "%u.xlsx", file);
        put_sheet(&self, name, buffer_text(&cells));
        buffer_free(&cells);
    }
    EXPECT(&self, "limit: the sources have 18003 different columns together, and a sheet holds 16384: keep fewer with "
                  "--columns=intersection or first, or join names with --alias");
    self.job.stack.columns = COLUMNS_FIRST;
    ck_assert(strstr(run(&self), "columns [n0] [n1]"));
    end(&self);
}
END_TEST

/* --- slices --- */

static void check_cuts(const struct survey_sheet *sheets, uint32_t n, const char *expected)
{
    struct survey_source source = {.sheets = (struct survey_sheet *)sheets, .n_sheets = n};
    struct stack_cut *cuts;
    uint32_t n_cuts = stack_cut_source(&source, (uint64_t)4 << 30, &cuts);
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < n_cuts; i++) {
        buffer_putf(&out, "%s%u+%u", i ? " " : "", cuts[i].first_sheet, cuts[i].n_sheets);
        if (cuts[i].to != STACK_TO_END || cuts[i].from)
            buffer_putf(&out, "@%llu-%llu", (unsigned long long)cuts[i].from >> 20,
                        (unsigned long long)(cuts[i].to == STACK_TO_END ? 0 : cuts[i].to >> 20));
    }
    ck_assert_str_eq(buffer_text(&out), expected);
    buffer_free(&out);
    free(cuts);
}

#define MIB(n) ((uint64_t)(n) << 20)
#define PLAIN(n) {.bytes = MIB(n), .is_plain = true, .first_row = 1}

START_TEST(large_sheets_are_cut_and_small_ones_stay_together)
{
    check_cuts(NULL, 0, "0+0");
    check_cuts((const struct survey_sheet[]){PLAIN(1), PLAIN(2), PLAIN(3)}, 3, "0+3");
    check_cuts((const struct survey_sheet[]){PLAIN(48)}, 1, "0+1");
    check_cuts((const struct survey_sheet[]){PLAIN(49)}, 1, "0+1@0-32 0+1@32-0");
    check_cuts((const struct survey_sheet[]){PLAIN(1), PLAIN(100), PLAIN(1), PLAIN(1)}, 4, "0+1 1+1@0-32 1+1@32-64 1+1@64-0 2+2");
    check_cuts((const struct survey_sheet[]){PLAIN(30), PLAIN(30), PLAIN(10)}, 3, "0+1 1+2");
    check_cuts((const struct survey_sheet[]){{.bytes = MIB(100), .first_row = 1}, PLAIN(1)}, 2, "0+1 1+1"); /* not plain */
    check_cuts((const struct survey_sheet[]){{.bytes = MIB(100), .is_plain = true}}, 1, "0+1");             /* no header */
    check_cuts((const struct survey_sheet[]){PLAIN(100), PLAIN(5000)}, 2, "0+2");                           /* cannot be true */
}
END_TEST

/* A sheet that says it is larger than it is, by no more than deflate could: only its beginning is read here, so that nobody notices. */
static void put_large(struct stack_case *self, const char *name, const char *header)
{
    struct zip_file zip;
    struct buffer xml;
    buffer_init(&xml, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&xml, "<worksheet %s><sheetData><row r=\"1\">%s</row>", BOOK_MAIN, header);
    for (unsigned row = 2, value = 1; row < 30000; row++, value = value * 1664525u + 1013904223u)
        buffer_putf(&xml, "<row r=\"%u\"><c r=\"A%u\"><v>%u</v></c></row>", row, row, value);
    buffer_put_text(&xml, "</sheetData></worksheet>");
    zip_begin(&zip);
    zip_add_text(&zip, "[Content_Types].xml",
                 "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" "
                 "ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Override PartName=\"/xl/workbook.xml\" "
                 "ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml\"/></Types>");
    zip_add_text(&zip, "_rels/.rels",
                 "<Relationships " BOOK_RELS "><Relationship Id=\"r\" Type=\"" BOOK_TYPE "officeDocument\" Target=\"xl/workbook.xml\"/>"
                 "</Relationships>");
    zip_add_text(&zip, "xl/workbook.xml",
                 "<workbook " BOOK_MAIN " " BOOK_R "><sheets><sheet name=\"Big\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>");
    zip_add_text(&zip, "xl/_rels/workbook.xml.rels",
                 "<Relationships " BOOK_RELS "><Relationship Id=\"r1\" Type=\"" BOOK_TYPE "worksheet\" Target=\"s.xml\"/></Relationships>");
    zip_add(&zip, (struct zip_part){.name = "xl/s.xml", .content = buffer_span(&xml), .size = ZIP_LIE(MIB(80))});
    zip_end(&zip);
    put_file(self, name, buffer_span(&zip.bytes));
    zip_free(&zip);
    buffer_free(&xml);
}

#define BIG_HEADER "<c r=\"A1\" t=\"inlineStr\"><is><t>ID</t></is></c><c r=\"B1\" t=\"inlineStr\"><is><t>Sum</t></is></c>"

START_TEST(slices_stand_together_and_all_else_points_to_the_first)
{
    struct stack_case self;
    begin(&self);
    put_large(&self, "a.xlsx", BIG_HEADER);
    put_sheet(&self, "b.xlsx", "A1 'ID\nB1 'Other\n");
    put_large(&self, "c.xlsx", BIG_HEADER "<c r=\"C1\" t=\"inlineStr\"><is><t>Town</t></is></c>");
    put_sheet(&self, "d.xlsx", "A1 'ID\nB1 'Other\n");
    EXPECT(&self, "columns [ID] [Sum] [Other] [Town]\n"
                  "0 a.xlsx slice 0/3 from 0 MiB Big@1: 0>0 1>1\n"
                  "1 a.xlsx slice 1/3 from 32 MiB Big@1: 0>0 1>1\n"
                  "2 a.xlsx slice 2/3 from 64 MiB Big@1: 0>0 1>1\n"
                  "3 b.xlsx Data@1: 0>0 1>2\n"
                  "4 c.xlsx slice 0/3 from 0 MiB Big@1: 0>0 1>1 2>3\n"
                  "5 c.xlsx slice 1/3 from 32 MiB Big@1: 0>0 1>1 2>3\n"
                  "6 c.xlsx slice 2/3 from 64 MiB Big@1: 0>0 1>1 2>3\n"
                  "7 d.xlsx duplicate of 3\n"
                  "DUPLICATE_CONTENT 7 b.xlsx\n"
                  "COLUMN_MISSING 0 (Other, Town)\n"
                  "COLUMN_MISSING 3 (Sum, Town)\n"
                  "COLUMN_MISSING 4 (Other)\n");
    self.job.stack.columns = COLUMNS_STRICT; /* who is rejected is not worth cutting */
    EXPECT(&self, "columns [ID] [Sum]\n"
                  "0 a.xlsx slice 0/3 from 0 MiB Big@1: 0>0 1>1\n"
                  "1 a.xlsx slice 1/3 from 32 MiB Big@1: 0>0 1>1\n"
                  "2 a.xlsx slice 2/3 from 64 MiB Big@1: 0>0 1>1\n"
                  "3 b.xlsx rejected (unlike a.xlsx: without Sum; with Other) Data@1: 0>0 1>-1\n"
                  "4 c.xlsx rejected (unlike a.xlsx: with Town) Big@1: 0>0 1>1 2>-1\n"
                  "5 d.xlsx duplicate of 3\n"
                  "DUPLICATE_CONTENT 5 b.xlsx\n");
    end(&self);
}
END_TEST

START_TEST(distances_count_characters)
{
    ck_assert_uint_eq(stack_distance(SPAN("menge"), SPAN("menge"), 2), 0);
    ck_assert_uint_eq(stack_distance(SPAN("lagerort"), SPAN("lagerortt"), 2), 1);
    ck_assert_uint_eq(stack_distance(SPAN("gr\xC3\xB6sse"), SPAN("grosse"), 2), 1);
    ck_assert_uint_eq(stack_distance(SPAN("abc"), SPAN("xyz"), 2), 3);
    ck_assert_uint_eq(stack_distance(SPAN("kitten"), SPAN("sitting"), 5), 3);
    ck_assert_uint_eq(stack_distance(SPAN("a"), SPAN("abcdef"), 2), 3);
    ck_assert_uint_eq(stack_distance(SPAN(""), SPAN("a"), 2), 3); /* nothing is like nothing */
}
END_TEST

SUITE(ventilator_stack, columns_come_in_order_of_first_appearance, other_policies_keep_fewer_columns,
      repeated_names_are_numbered_and_aliases_joined, nearly_equal_names_are_suggested_once, sheets_are_chosen_as_asked,
      all_sheets_of_a_source_together_are_its_columns, what_cannot_be_read_fails_with_its_reason, copies_have_no_say,
      conditions_and_keys_name_columns, without_any_column_conditions_mean_nothing, options_that_make_no_sense_are_refused,
      more_columns_than_a_sheet_holds_are_refused, large_sheets_are_cut_and_small_ones_stay_together,
      slices_stand_together_and_all_else_points_to_the_first, distances_count_characters)

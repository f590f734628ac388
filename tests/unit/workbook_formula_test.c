/* SPDX-License-Identifier: MIT */
#include <math.h>

#include "core/must.h"
#include "core/utf8.h"
#include "tests/support/suite.h"
#include "workbook/formula_functions.h"
#include "workbook/formula_load.h"

/* A book of three sheets in memory: "Data" (0), "My Sheet" (1), "Über" (2). */
static int find_sheet(void *self, struct span name)
{
    static const char *const names[] = {"Data", "My Sheet", "Über"};
    (void)self;
    for (int i = 0; i < 3; i++)
        if (utf8_fold_equal(name, span_of(names[i])))
            return i;
    return -1;
}

struct bench {
    struct calculation *calculation;
    struct loader *loader;
};

static struct bench bench_new(void)
{
    struct bench bench = {.calculation = calculation_make(3)};
    bench.loader = loader_new(bench.calculation, false, find_sheet, NULL);
    loader_begin_sheet(bench.loader, 0);
    return bench;
}

static struct cell_ref ref(const char *text)
{
    struct cell_ref at;
    must(cell_ref_parse(span_of(text), &at));
    return at;
}

static struct cell make_cell(const char *at, const char *text)
{
    struct cell cell = {.row = ref(at).row, .col = ref(at).col, .has_value = true};
    double number;
    if (text[0] == '=') {
        cell.formula = FORMULA_NORMAL;
        cell.formula_text = span_of(text + 1);
        cell.has_value = false;
    } else if (text[0] == '#') {
        cell.type = CELL_ERROR;
        cell.value = span_of(text);
    } else if (strcmp(text, "TRUE") == 0 || strcmp(text, "FALSE") == 0) {
        cell.type = CELL_BOOLEAN;
        cell.value = text[0] == 'T' ? SPAN("1") : SPAN("0");
    } else if (text[0] != '\'' && number_parse(span_of(text), &number) == FAULT_NONE) {
        cell.type = CELL_NUMBER;
        cell.value = span_of(text);
    } else {
        cell.type = CELL_TEXT;
        cell.value = span_of(text + (text[0] == '\''));
    }
    return cell;
}

/* "12" a number, "'12" a text, "TRUE", "#N/A", "=A1+1". */
static void put(struct bench *bench, const char *at, const char *text)
{
    struct cell cell = make_cell(at, text);
    ck_assert_int_eq(loader_take_cell(bench->loader, &cell), FAULT_NONE);
}

static void bench_run(struct bench *bench)
{
    loader_end_sheet(bench->loader);
    calculation_run(bench->calculation);
}

static void bench_free(struct bench *bench)
{
    loader_destroy(&bench->loader);
    calculation_destroy(&bench->calculation);
}

/* "3", "'text", "TRUE", "#DIV/0!", "?" for unknown, "" for blank. Numbers with 17 digits where they need them. */
static const char *show(struct calc_value value)
{
    static char out[256];
    switch (value.kind) {
    case CALC_BLANK:
        return "";
    case CALC_NUMBER:
        out[number_format(value.number, out)] = '\0';
        return out;
    case CALC_TEXT:
        snprintf(out, sizeof out, "'%.*s", SPAN_ARGS(value.text));
        return out;
    case CALC_BOOLEAN:
        return value.number != 0 ? "TRUE" : "FALSE";
    case CALC_ERROR:
        snprintf(out, sizeof out, "%.*s", SPAN_ARGS(value.text));
        return out;
    case CALC_UNKNOWN:
        return "?";
    }
    return "";
}

static const char *value_at(struct bench *bench, const char *at)
{
    return show(calculation_get(bench->calculation, 0, ref(at)));
}

struct expectation {
    const char *formula, *value;
};

/* Each formula stands in column Z of rows 30 and below, beside the cells that `bench` has. */
static void check_all(struct bench *bench, const struct expectation *table, size_t n)
{
    char at[32], text[9000];
    for (size_t i = 0; i < n; i++) {
        snprintf(at, sizeof at, "Z%zu", 30 + i);
        snprintf(text, sizeof text, "=%s", table[i].formula);
        put(bench, at, text);
    }
    bench_run(bench);
    for (size_t i = 0; i < n; i++) {
        snprintf(at, sizeof at, "Z%zu", 30 + i);
        const char *value = value_at(bench, at);
        ck_assert_msg(strcmp(value, table[i].value) == 0, "%s: %s, not %s", table[i].formula, value, table[i].value);
    }
    bench_free(bench);
}
#define CHECK_ALL(bench, table) check_all(bench, table, sizeof table / sizeof table[0])

START_TEST(operators_bind_as_in_excel)
{
    static const struct expectation table[] = {
        {"1+2*3", "7"},       {"(1+2)*3", "9"},     {"-2^2", "4"},        {"0-2^2", "-4"},     {"2^3^2", "64"},
        {"2^-1", "0.5"},      {"10%", "0.1"},       {"-50%*4", "-2"},     {"200%%", "0.02"},   {"7-2-1", "4"},
        {"8/4/2", "1"},       {"1&2+3", "'15"},     {"\"a\"&\"b\"=\"AB\"", "TRUE"},            {"1+1=2", "TRUE"},
        {"1<>1", "FALSE"},    {"2>=2", "TRUE"},     {"+5", "5"},          {"--5", "5"},        {"---5", "-5"},
        {"1=1=TRUE", "TRUE"}, {" 1 +\n2 ", "3"},    {"1.5E+2", "150"},    {".5", "0.5"},       {"\"say \"\"hi\"\"\"", "'say \"hi\""},
        {"3>2>1", "TRUE"},    {"2*-3", "-6"},       {"1--1", "2"},        {"--\"3\"", "3"},
    };
    struct bench bench = bench_new();
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(errors_come_out_where_excel_gives_them)
{
    static const struct expectation table[] = {
        {"1/0", "#DIV/0!"},      {"1+1/0", "#DIV/0!"},     {"\"a\"+1", "#VALUE!"},  {"#N/A+1", "#N/A"},
        {"0^0", "#NUM!"},        {"0^-1", "#DIV/0!"},      {"1E300*1E300", "#NUM!"}, {"SQRT(-1)", "#NUM!"},
        {"A1+1", "#DIV/0!"},     {"SUM(A1:A2)", "#DIV/0!"}, {"SUM(B1:B3)", "?"},     {"#REF!A1+1", "#REF!"},
        {"Data!#REF!", "#REF!"}, {"1+#REF!*2", "#REF!"},   {"\"\"+1", "#VALUE!"},   {"MOD(1,0)", "#DIV/0!"},
        {"AVERAGE(C1:C9)", "#DIV/0!"},                     {"\"x\"+#N/A", "?"},     {"#N/A+#REF!", "#N/A"},
    };
    struct bench bench = bench_new();
    put(&bench, "A1", "#DIV/0!");
    put(&bench, "A2", "1");
    put(&bench, "B1", "#N/A");
    put(&bench, "B2", "#REF!");
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(blanks_texts_and_booleans_become_what_is_wanted)
{
    static const struct expectation table[] = {
        {"A1", "0"},        {"A1&\"x\"", "'x"},  {"A1+1", "1"},      {"A1=0", "TRUE"},    {"A1=\"\"", "TRUE"},
        {"A1=FALSE", "TRUE"}, {"A2+1", "13"},    {"A2&1", "'121"},   {"A3+1", "2"},       {"A3&\"\"", "'TRUE"},
        {"A4+1", "?"},      {"A5+1", "?"},       {"A2=12", "FALSE"}, {"A2>1000", "TRUE"}, {"A3>A2", "TRUE"},
        {"A6+1", "#VALUE!"}, {"A7*2", "25"},     {"NOT(A1)", "TRUE"}, {"A1=A9", "TRUE"},  {"\"TRUE\"+1", "#VALUE!"},
        {"IF(\"true\",1,2)", "1"}, {"IF(\"yes\",1,2)", "#VALUE!"},   {"1=\"1\"", "FALSE"}, {"A8&\"\"", "'0.1"},
    };
    struct bench bench = bench_new();
    put(&bench, "A2", "'12");
    put(&bench, "A3", "TRUE");
    put(&bench, "A4", "'1,234");
    put(&bench, "A5", "'50%");
    put(&bench, "A6", "'abc");
    put(&bench, "A7", "' 12.5 ");
    put(&bench, "A8", "0.1");
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(texts_compare_without_case_and_leave_the_locale_alone)
{
    static const struct expectation table[] = {
        {"\"abc\"=\"ABC\"", "TRUE"},  {"\"abc\"<\"abd\"", "TRUE"}, {"\"a\"<\"B\"", "TRUE"}, {"\"a-b\"<\"ab\"", "?"},
        {"\"9\"<\"a\"", "TRUE"},      {"\"\"<\"a\"", "TRUE"},     {"\"é\"=\"é\"", "TRUE"},  {"\"é\"=\"É\"", "?"},
        {"\"é\"=\"e\"", "FALSE"},     {"\"是\"=\"否\"", "FALSE"}, {"\"a \"=\"a\"", "FALSE"}, {"\"a-b\"=\"a-c\"", "FALSE"},
        {"EXACT(\"a\",\"A\")", "FALSE"}, {"LEN(\"aé😀\")", "4"},
    };
    struct bench bench = bench_new();
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(numbers_compare_and_cancel_at_fifteen_digits)
{
    static const struct expectation table[] = {
        {"0.1+0.2=0.3", "TRUE"}, {"0.3-0.2-0.1", "0"},   {"1-0.9=0.1", "TRUE"},
        {"1.1-1-0.1", "0"},      {"1E13+0.3=1E13", "FALSE"}, {"1E15+0.3=1E15", "TRUE"}, {"0.1*3>0.3", "FALSE"},
        {"1-0.9999999999999", "1.000310945187266E-13"},
    };
    struct bench bench = bench_new();
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(sums_of_ranges_are_exact)
{
    struct bench bench = bench_new();
    char at[8];
    for (int i = 1; i <= 10; i++) {
        snprintf(at, sizeof at, "A%d", i);
        put(&bench, at, "0.1");
        snprintf(at, sizeof at, "B%d", i);
        put(&bench, at, "=1/3");
    }
    put(&bench, "C1", "1e15");
    put(&bench, "C2", "0.1");
    put(&bench, "C3", "-1e15");
    static const struct expectation table[] = {
        {"SUM(A1:A10)", "1"},      {"AVERAGE(A1:A10)", "0.1"},          {"SUM(B1:B3)", "1"},
        {"SUM(C1:C3)", "0.1"},     {"SUMPRODUCT(A1:A10,A1:A10)", "0.1"}, {"SUM(A:A)", "1"},
        {"SUM(A1:A3)", "0.3"},     {"SUM(A1:A3,C2)", "0.4"},            {"SUM(9007199254740991,1,1)", "9007199254740992"},
    };
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(functions_over_cells_pass_texts_over_and_take_them_directly)
{
    static const struct expectation table[] = {
        {"SUM(A1:A6)", "6"},       {"COUNT(A1:A6)", "3"},      {"COUNTA(A1:A7)", "6"},     {"COUNTBLANK(A1:A8)", "3"},
        {"SUM(\"3\",TRUE)", "4"},  {"COUNT(\"3\",TRUE,\"x\")", "2"}, {"SUM(\"x\")", "#VALUE!"}, {"SUM(A4)", "0"},
        {"MIN(A1:A6)", "1"},       {"MAX(A1:A6)", "3"},        {"MAX(A4:A5)", "0"},        {"PRODUCT(A1:A6)", "6"},
        {"PRODUCT(A4:A5)", "0"},   {"AVERAGE(A1:A6)", "2"},    {"MAX(-1,-5)", "-1"},       {"SUM(A1:A2,A2:A3)", "9"},
        {"SUM(A3:A1)", "6"},       {"COUNT(A1,,2)", "3"},      {"SUM(1:1)", "1"},          {"COUNTA(1,\"\")", "2"},
        {"AND(A1:A6)", "TRUE"},    {"OR(A4)", "#VALUE!"},      {"AND(1,0)", "FALSE"},      {"OR(A1>5,A2=3)", "TRUE"},
        {"SUMPRODUCT(A1:A3,A1:A3)", "14"}, {"SUMPRODUCT(A1:A3,A1:A2)", "#VALUE!"}, {"SUMPRODUCT(A1:A6)", "6"},
        {"SUMPRODUCT((A1:A3>1)*A1:A3)", "?"},
    };
    struct bench bench = bench_new();
    put(&bench, "A1", "1");
    put(&bench, "A2", "3");
    put(&bench, "A3", "2");
    put(&bench, "A4", "'7");
    put(&bench, "A5", "TRUE");
    put(&bench, "A6", "=\"\"");
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(subtotals_leave_out_subtotals_and_hidden_rows)
{
    struct bench bench = bench_new();
    put(&bench, "A1", "1");
    put(&bench, "A2", "2");
    put(&bench, "A3", "=SUBTOTAL(9,A1:A2)");
    put(&bench, "A4", "4");
    put(&bench, "A5", "=SUBTOTAL(9,A4:A4)");
    put(&bench, "B1", "1");
    put(&bench, "B12", "5");
    struct sheet_row hidden = {.row = 11, .is_hidden = true};
    ck_assert_int_eq(loader_take_row(bench.loader, &hidden), FAULT_NONE);
    static const struct expectation table[] = {
        {"SUBTOTAL(9,A1:A5)", "7"},  {"SUBTOTAL(109,A1:A5)", "7"}, {"SUM(A1:A5)", "14"},
        {"SUBTOTAL(9,B1:B20)", "?"}, {"SUBTOTAL(109,B1:B20)", "1"}, {"SUBTOTAL(1,A1:A5)", "2.3333333333333335"},
        {"SUBTOTAL(2,A1:A5)", "3"},  {"SUBTOTAL(3,A1:A5)", "3"},    {"SUBTOTAL(4,A1:A5)", "4"},
        {"SUBTOTAL(5,A1:A5)", "1"},  {"SUBTOTAL(6,A1:A5)", "8"},    {"SUBTOTAL(7,A1:A5)", "?"},
        {"SUBTOTAL(9,5)", "?"},
    };
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(rounding_works_on_the_decimal_that_is_shown)
{
    static const struct expectation table[] = {
        {"ROUND(1.005,2)", "1.01"},    {"ROUND(2.675,2)", "2.68"},  {"ROUND(-2.5,0)", "-3"},   {"ROUND(1234.5,-2)", "1200"},
        {"ROUND(1250,-2)", "1300"},    {"ROUNDUP(1.001,2)", "1.01"}, {"ROUNDUP(-1.1,0)", "-2"}, {"ROUNDDOWN(1.999,2)", "1.99"},
        {"ROUNDDOWN(-1.9,0)", "-1"},   {"ROUNDUP(5,-1)", "10"},     {"INT(-1.5)", "-2"},       {"INT(2.9)", "2"},
        {"TRUNC(-1.9)", "-1"},         {"TRUNC(1.99,1)", "1.9"},    {"INT(4.1*100)", "?"},     {"ROUNDDOWN(4.1*100,0)", "?"},
        {"ROUND(4.1*100,0)", "410"},   {"MOD(7,3)", "1"},           {"MOD(-7,3)", "2"},        {"MOD(7,-3)", "-2"},
        {"MOD(1.5,1)", "0.5"},         {"MOD(1,0.1)", "?"},         {"ROUND(0,5)", "0"},       {"ROUND(1E-300,2)", "0"},
        {"ROUND(0.5,0)", "1"},         {"ROUND(123.456,1.9)", "123.5"}, {"SIGN(-3)", "-1"},     {"ABS(-3)", "3"},
        {"ROUNDUP(0.00001,2)", "0.01"},
    };
    struct bench bench = bench_new();
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(choices_evaluate_only_the_branch_they_take)
{
    static const struct expectation table[] = {
        {"IF(TRUE,1,1/0)", "1"},        {"IF(FALSE,1)", "FALSE"},      {"IF(FALSE,1,)", "0"},  {"IF(TRUE,,2)", "0"},
        {"IF(A1>0,\"y\",\"n\")", "'y"}, {"IF(TRUE,1,VLOOKUP(1,A1:B2,2))", "1"}, {"IF(1/0,1,2)", "#DIV/0!"},
        {"IFERROR(1/0,\"-\")", "'-"},   {"IFERROR(5,1/0)", "5"},       {"IFNA(NA(),7)", "7"}, {"IFNA(1/0,7)", "#DIV/0!"},
        {"IFERROR(RAND(),1)", "?"},     {"SUM(IF(TRUE,A1:A2,0))", "7"}, {"CHOOSE(2,1,A1,3)", "5"}, {"CHOOSE(4,1,2,3)", "#VALUE!"},
        {"_xlfn.IFNA(#N/A,1)", "1"},    {"ISBLANK(A9)", "TRUE"},       {"ISBLANK(A1)", "FALSE"}, {"ISNUMBER(A1)", "TRUE"},
        {"ISERROR(1/0)", "TRUE"},       {"ISERROR(RAND())", "?"},      {"ISTEXT(\"\")", "TRUE"}, {"TRUE()", "TRUE"},
        {"N(TRUE)", "1"},               {"T(5)", "'"},                 {"ROW()", "55"},        {"COLUMN(C5)", "3"},
        {"ROWS(A1:B7)", "7"},           {"if(true,1,2)", "1"},
    };
    struct bench bench = bench_new();
    put(&bench, "A1", "5");
    put(&bench, "A2", "2");
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(conditions_select_cells)
{
    static const struct expectation table[] = {
        {"SUMIF(A1:A6,\"north\",B1:B6)", "5"},  {"SUMIF(B1:B6,\">2\")", "18"},        {"COUNTIF(A1:A6,\"n*\")", "2"},
        {"COUNTIF(A1:A6,\"<>north\")", "4"},    {"COUNTIF(A1:A6,\"s??th\")", "1"},    {"COUNTIF(B1:B6,3)", "1"},
        {"COUNTIF(B1:B6,\">=\"&B3)", "4"},      {"SUMIF(A:A,\"NORTH\",B:B)", "5"},    {"SUMIF(A1:A6,\"<>north\",B1)", "16"},
        {"COUNTIF(A1:A6,\"\")", "?"},           {"COUNTIF(A1:A6,\"<>\")", "5"},       {"AVERAGEIF(A1:A6,\"north\",B1:B6)", "2.5"},
        {"SUMIFS(B1:B6,A1:A6,\"north\",B1:B6,\">1\")", "4"},                          {"COUNTIFS(A1:A6,\"north\",B1:B6,1)", "1"},
        {"COUNTIF(A1:A6,\"5 may\")", "?"},      {"COUNTIF(A1:A6,\"west 5\")", "1"},   {"AVERAGEIF(A1:A6,\"none\",B1:B6)", "#DIV/0!"},
        {"SUMIF(A1:A6,A9,B1:B6)", "0"},         {"COUNTIF(A1:A6,\"=east\")", "1"},    {"COUNTIF(A1:A6,\"~*\")", "0"},
        {"SUMIFS(B1:B6,A1:A5,\"north\")", "#VALUE!"},                                 {"SUMIF(A1:A6,\"north\",C1:C6)", "0"},
    };
    struct bench bench = bench_new();
    static const char *const names[] = {"North", "south", "East", "north", "West 5"};
    char at[8];
    for (int i = 0; i < 5; i++) {
        snprintf(at, sizeof at, "A%d", i + 1);
        put(&bench, at, names[i]);
    }
    put(&bench, "B1", "1");
    put(&bench, "B2", "2");
    put(&bench, "B3", "3");
    put(&bench, "B4", "4");
    put(&bench, "B5", "5");
    put(&bench, "B6", "6");
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(lookups_find_the_equal_value)
{
    static const struct expectation table[] = {
        {"VLOOKUP(\"b\",A1:C4,3,FALSE)", "20"},    {"VLOOKUP(\"B\",A1:C4,2,0)", "'two"}, {"VLOOKUP(\"z\",A1:C4,2,0)", "#N/A"},
        {"VLOOKUP(5,A1:C4,3,0)", "40"},            {"VLOOKUP(\"5\",A1:C4,3,0)", "#N/A"}, {"VLOOKUP(\"b\",A1:C4,3)", "?"},
        {"VLOOKUP(\"b\",A1:C4,3,TRUE)", "?"},      {"VLOOKUP(\"b\",A1:C4,4,0)", "#REF!"}, {"VLOOKUP(\"b\",A1:C4,0,0)", "#VALUE!"},
        {"VLOOKUP(\"b*\",A1:C4,2,0)", "?"},        {"VLOOKUP(A9,A1:C4,2,0)", "?"},      {"VLOOKUP(\"b\",A1:C4,2,)", "'two"},
        {"HLOOKUP(\"one\",A1:C4,2,FALSE)", "'two"}, {"HLOOKUP(10,A1:C4,3,FALSE)", "30"}, {"MATCH(5,A1:A4,0)", "4"},
        {"MATCH(\"two\",B1:B4,0)", "2"},           {"MATCH(10,A1:C1,0)", "3"},           {"MATCH(1,A1:A4)", "?"},
        {"MATCH(1,A1:C4,0)", "?"},                 {"INDEX(A1:C4,2,3)", "20"},           {"INDEX(C1:C4,3)", "30"},
        {"INDEX(A1:C1,3)", "10"},                  {"INDEX(A1:C4,5,1)", "#REF!"},        {"SUM(INDEX(A1:C4,0,3))", "100"},
        {"INDEX(C1:C4,MATCH(\"c\",A1:A4,0))", "30"}, {"INDEX(A1:C4,2)", "?"},          {"IFERROR(VLOOKUP(\"z\",A1:C4,2,0),\"-\")", "'-"},
        {"VLOOKUP(\"c\",A1:C4,2,0)", "0"},         {"VLOOKUP(\"q\",A1:C5,3,0)", "50"},    {"VLOOKUP(\"q\",A1:C6,3,0)", "50"},
        {"VLOOKUP(\"r\",A1:C6,3,0)", "?"},         {"SUM(INDEX(A1:C4,0,0))", "105"},
    };
    static const char *const cells[][3] = {{"a", "one", "10"}, {"b", "two", "20"}, {"c", NULL, "30"}, {"5", "x", "40"}, {"=\"q\"", "x", "50"}};
    struct bench bench = bench_new();
    char at[8];
    for (int row = 0; row < 5; row++)
        for (int col = 0; col < 3; col++) {
            snprintf(at, sizeof at, "%c%d", 'A' + col, row + 1);
            if (cells[row][col])
                put(&bench, at, cells[row][col]);
        }
    put(&bench, "A6", "=NOW()");
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(what_is_not_plain_is_unknown_with_all_that_needs_it)
{
    static const struct expectation table[] = {
        {"[1]Sheet1!A1", "?"},    {"'[Book 1.xlsx]S'!A1", "?"}, {"Table1[Sales]", "?"},  {"SUM({1,2})", "?"},
        {"SUM((A1,A2))", "?"},    {"SUM(A1:A2 A1:B1)", "?"},   {"Data:Über!A1", "?"},    {"A1#", "?"},
        {"@A1", "?"},             {"NOW()", "?"},              {"INDIRECT(\"A1\")", "?"}, {"OFFSET(A1,0,0)", "?"},
        {"A1:INDEX(A1:A9,2)", "?"}, {"Nowhere!A1", "?"},       {"unheard", "?"},         {"1+", "?"},
        {"SUM(A1", "?"},          {"ROUND(1)", "?"},           {"1 2", "?"},             {"\"open", "?"},
        {"Z41+1", "?"},           {"IF(TRUE,1,Nowhere!A1)", "1"}, {"SUM(NOW(),1)", "?"}, {"LAMBDA(x,x)(1)", "?"},
        {"'Jan:Dec'!A1", "?"},    {"", "?"},                   {"A1048577", "?"},        {"XFE1", "?"},
        {"(-8)^(1/3)", "?"},
    };
    struct bench bench = bench_new();
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(references_reach_other_sheets_and_whole_rows)
{
    struct bench bench = bench_new();
    loader_begin_sheet(bench.loader, 1);
    put(&bench, "A1", "10");
    put(&bench, "B1", "20");
    put(&bench, "A1048576", "5");
    loader_end_sheet(bench.loader);
    loader_begin_sheet(bench.loader, 0);
    put(&bench, "C3", "1");
    static const struct expectation table[] = {
        {"'My Sheet'!A1", "10"},       {"SUM('My Sheet'!A1:B1)", "30"}, {"SUM('My Sheet'!A:A)", "15"},
        {"SUM('My Sheet'!$1:$1)", "30"}, {"'my sheet'!B$1+Über!A1", "20"}, {"data!C3", "1"},
        {"SUM('My Sheet'!A1:'My Sheet'!B1)", "30"}, {"SUM(Data!A1:Über!B1)", "?"}, {"SUM($C$1:C3)", "1"},
    };
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(a_range_gives_a_plain_formula_the_cell_beside_it)
{
    struct bench bench = bench_new();
    put(&bench, "A1", "1");
    put(&bench, "A2", "2");
    put(&bench, "B2", "=A1:A3*10");
    put(&bench, "B9", "=A1:A3*10");
    put(&bench, "A5", "=A1:B1+1");
    struct cell array = make_cell("C2", "=SUM(A1:A2*10)");
    array.formula = FORMULA_ARRAY;
    array.has_formula_range = true;
    array.formula_range = (struct cell_range){ref("C2"), ref("C2")};
    ck_assert_int_eq(loader_take_cell(bench.loader, &array), FAULT_NONE);
    array = make_cell("C3", "=SUM(A1:A2)");
    array.formula = FORMULA_ARRAY;
    array.has_formula_range = true;
    array.formula_range = (struct cell_range){ref("C3"), ref("C3")};
    ck_assert_int_eq(loader_take_cell(bench.loader, &array), FAULT_NONE);
    bench_run(&bench);
    ck_assert_str_eq(value_at(&bench, "B2"), "20");
    ck_assert_str_eq(value_at(&bench, "B9"), "#VALUE!");
    ck_assert_str_eq(value_at(&bench, "A5"), "2");
    ck_assert_str_eq(value_at(&bench, "C2"), "?");
    ck_assert_str_eq(value_at(&bench, "C3"), "3");
    bench_free(&bench);
}
END_TEST

START_TEST(cells_of_an_array_formula_are_unknown)
{
    struct bench bench = bench_new();
    struct cell array = make_cell("C2", "=A1:A2");
    array.formula = FORMULA_ARRAY;
    array.has_formula_range = true;
    array.formula_range = (struct cell_range){ref("C2"), ref("C3")};
    ck_assert_int_eq(loader_take_cell(bench.loader, &array), FAULT_NONE);
    put(&bench, "C3", "7");
    put(&bench, "D1", "=C3+1");
    bench_run(&bench);
    ck_assert_str_eq(value_at(&bench, "C2"), "?");
    ck_assert_str_eq(value_at(&bench, "C3"), "?");
    ck_assert_str_eq(value_at(&bench, "D1"), "?");
    bench_free(&bench);
}
END_TEST

static void put_shared(struct bench *bench, const char *at, const char *text, uint32_t si)
{
    struct cell cell = make_cell(at, text);
    cell.formula = FORMULA_SHARED;
    cell.shared_index = si;
    cell.has_formula_range = cell.formula_text.len > 0;
    ck_assert_int_eq(loader_take_cell(bench->loader, &cell), FAULT_NONE);
}

START_TEST(shared_formulas_move_their_relative_references)
{
    struct bench bench = bench_new();
    put(&bench, "A1", "1");
    put(&bench, "A2", "2");
    put(&bench, "A3", "3");
    put_shared(&bench, "C3", "=", 0); /* before its master */
    put_shared(&bench, "B1", "=A1*$A$3+SUM(A$1:A1)", 0);
    put_shared(&bench, "B2", "=", 0);
    put_shared(&bench, "B3", "=", 0);
    put_shared(&bench, "D2", "=D1", 1);
    put_shared(&bench, "D1", "=", 1); /* off the sheet */
    put_shared(&bench, "E1", "=", 99);
    bench_run(&bench);
    ck_assert_str_eq(value_at(&bench, "B1"), "4");
    ck_assert_str_eq(value_at(&bench, "B2"), "9");
    ck_assert_str_eq(value_at(&bench, "B3"), "15");
    ck_assert_str_eq(value_at(&bench, "C3"), "73"); /* B3 * 3 + SUM(B$1:B3) */
    ck_assert_str_eq(value_at(&bench, "D1"), "?");
    ck_assert_str_eq(value_at(&bench, "E1"), "?");
    bench_free(&bench);
}
END_TEST

START_TEST(names_stand_for_cells_and_constants)
{
    struct defined_name names[] = {
        {SPAN("Rate"), SPAN("0.25"), UINT32_MAX, false},          {SPAN("Total"), SPAN("Data!$A$1:$A$2"), UINT32_MAX, false},
        {SPAN("Local"), SPAN("Data!$A$1"), 0, false},             {SPAN("Local"), SPAN("Data!$A$2"), UINT32_MAX, false},
        {SPAN("Moves"), SPAN("Data!A1"), UINT32_MAX, false},      {SPAN("Formula"), SPAN("SUM(Data!$A$1:$A$2)"), UINT32_MAX, false},
        {SPAN("Minus"), SPAN("-3"), UINT32_MAX, false},           {SPAN("Gone"), SPAN("#REF!"), UINT32_MAX, false},
        {SPAN("Elsewhere"), SPAN("Data!$A$1"), 1, false},         {SPAN("Word"), SPAN("\"w\""), UINT32_MAX, false},
        {SPAN("Twin"), SPAN("1"), UINT32_MAX, false},             {SPAN("twin"), SPAN("2"), UINT32_MAX, false},
    };
    static const struct expectation table[] = {
        {"Rate*A2", "1"},  {"rate", "0.25"},   {"SUM(Total)", "7"},    {"Local", "3"},  {"Moves", "?"},   {"Formula", "?"},
        {"Minus", "-3"},   {"Gone", "#REF!"},  {"Elsewhere", "?"},     {"Word&1", "'w1"}, {"'My Sheet'!Elsewhere", "3"},
        {"'My Sheet'!Local", "4"},             {"Twin", "?"},
    };
    struct bench bench = bench_new();
    loader_take_names(bench.loader, names, sizeof names / sizeof names[0]);
    put(&bench, "A1", "3");
    put(&bench, "A2", "4");
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(circles_are_unknown_and_do_not_hang)
{
    struct bench bench = bench_new();
    put(&bench, "A1", "=B1");
    put(&bench, "B1", "=C1+1");
    put(&bench, "C1", "=A1");
    put(&bench, "D1", "=SUM(D1:D5)");
    put(&bench, "E1", "=A1+1");
    put(&bench, "F1", "=IF(FALSE,F1,3)");
    bench_run(&bench);
    ck_assert_str_eq(value_at(&bench, "A1"), "?");
    ck_assert_str_eq(value_at(&bench, "B1"), "?");
    ck_assert_str_eq(value_at(&bench, "C1"), "?");
    ck_assert_str_eq(value_at(&bench, "D1"), "?");
    ck_assert_str_eq(value_at(&bench, "E1"), "?");
    ck_assert_str_eq(value_at(&bench, "F1"), "3");
    bench_free(&bench);
}
END_TEST

START_TEST(long_chains_in_either_direction_are_evaluated)
{
    struct bench bench = bench_new();
    char at[16], text[64];
    for (int i = 1; i <= 20000; i++) {
        snprintf(at, sizeof at, "A%d", i);
        snprintf(text, sizeof text, "=A%d+1", i + 1);
        put(&bench, at, text);
        snprintf(at, sizeof at, "B%d", i);
        snprintf(text, sizeof text, "=B%d+1", i - 1);
        put(&bench, at, i == 1 ? "1" : text);
    }
    for (int i = 1; i <= 1500; i++) {
        snprintf(at, sizeof at, "C%d", i);
        snprintf(text, sizeof text, "=IF(D%d,SUM(C%d:C1501),0)", i, i + 1);
        put(&bench, at, text);
    }
    bench_run(&bench);
    ck_assert_str_eq(value_at(&bench, "A1"), "20000");
    ck_assert_str_eq(value_at(&bench, "B20000"), "20000");
    ck_assert_str_eq(value_at(&bench, "C1"), "0");
    bench_free(&bench);
}
END_TEST

START_TEST(work_is_bounded_and_what_is_left_is_unknown)
{
    struct bench bench = bench_new();
    char at[16];
    for (int i = 1; i <= 30000; i++) {
        snprintf(at, sizeof at, "A%d", i);
        put(&bench, at, "1");
        snprintf(at, sizeof at, "B%d", i);
        put(&bench, at, "=SUM(A:A)");
    }
    bench_run(&bench);
    ck_assert_str_eq(value_at(&bench, "B1"), "30000");
    ck_assert_str_eq(value_at(&bench, "B30000"), "?");
    bench_free(&bench);
}
END_TEST

START_TEST(results_that_are_set_replace_cells_and_reach_their_dependents)
{
    struct bench bench = bench_new();
    put(&bench, "A1", "1");
    put(&bench, "A3", "=A1+1");
    put(&bench, "B1", "=SUM(A1:A9)");
    put(&bench, "B2", "=A3*2");
    put(&bench, "C1", "=A5&\"!\"");
    loader_end_sheet(bench.loader);
    char text[] = "set";
    calculation_set(bench.calculation, 0, ref("A2"), value_number(10));
    calculation_set(bench.calculation, 0, ref("A3"), value_number(100));
    calculation_set(bench.calculation, 0, ref("A5"), value_text(span_of(text)));
    text[0] = 'X';
    calculation_run(bench.calculation);
    ck_assert_str_eq(value_at(&bench, "B1"), "111");
    ck_assert_str_eq(value_at(&bench, "B2"), "200");
    ck_assert_str_eq(value_at(&bench, "C1"), "'set!");
    calculation_set(bench.calculation, 0, ref("A2"), value_number(20));
    calculation_run(bench.calculation);
    ck_assert_str_eq(value_at(&bench, "B1"), "121");
    bench_free(&bench);
}
END_TEST

static enum fault note_visit(void *context, size_t sheet, struct cell_ref at, const struct calc_value *value,
                             bool is_changed)
{
    char *out = context, cell[CELL_REF_TEXT_MAX];
    cell_ref_format(at, cell);
    sprintf(out + strlen(out), "%zu %s %s %d\n", sheet, cell, show(*value), is_changed);
    return FAULT_NONE;
}

START_TEST(every_formula_is_told_in_order_with_whether_it_changed)
{
    struct bench bench = bench_new();
    struct cell cell = make_cell("B2", "=A1*2");
    cell.has_value = true;
    cell.type = CELL_NUMBER;
    cell.value = SPAN("4");
    ck_assert_int_eq(loader_take_cell(bench.loader, &cell), FAULT_NONE);
    cell = make_cell("B1", "=A1*2"); /* rows out of order */
    cell.has_value = true;
    cell.type = CELL_NUMBER;
    cell.value = SPAN("5");
    ck_assert_int_eq(loader_take_cell(bench.loader, &cell), FAULT_NONE);
    put(&bench, "A1", "9");
    put(&bench, "A1", "2"); /* the last one wins */
    put(&bench, "C1", "=NOW()");
    put(&bench, "D1", "=\"x\"");
    bench_run(&bench);
    char out[256] = "";
    ck_assert_int_eq(calculation_each(bench.calculation, note_visit, out), FAULT_NONE);
    ck_assert_str_eq(out, "0 B1 4 1\n0 C1 ? 0\n0 D1 'x 1\n0 B2 4 0\n");
    bench_free(&bench);
}
END_TEST

START_TEST(deep_and_long_formulas_are_bounded)
{
    struct bench bench = bench_new();
    static char deep[4000], wide[9000];
    size_t n = 0;
    for (int i = 0; i < 1000; i++)
        deep[n++] = '(';
    deep[n++] = '1';
    for (int i = 0; i < 1000; i++)
        deep[n++] = ')';
    n = 0;
    for (int i = 0; i < 2000; i++)
        n += (size_t)sprintf(wide + n, "1+");
    wide[n] = '1';
    const struct expectation table[] = {{deep, "?"}, {wide, "2001"}, {"((((((((((((1))))))))))))", "1"}};
    CHECK_ALL(&bench, table);
}
END_TEST

START_TEST(the_document_lists_every_function)
{
    FILE *file = fopen("docs/FORMAT.md", "r");
    ck_assert_msg(file != NULL, "run this where docs/FORMAT.md is");
    static char text[1 << 17];
    size_t len = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    char *list = strstr(text, "* **Functions**:");
    ck_assert(list && len > 0);
    list[strcspn(list, ";")] = ' ';
    for (char *c = list; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    for (size_t i = 0; formula_function_at(i); i++) {
        char word[32];
        snprintf(word, sizeof word, " %s ", formula_function_name(formula_function_at(i)));
        ck_assert_msg(strstr(list, word) != NULL, "%s is missing in docs/FORMAT.md", word);
    }
}
END_TEST

SUITE(workbook_formula, operators_bind_as_in_excel, errors_come_out_where_excel_gives_them,
      blanks_texts_and_booleans_become_what_is_wanted, texts_compare_without_case_and_leave_the_locale_alone,
      numbers_compare_and_cancel_at_fifteen_digits, sums_of_ranges_are_exact,
      functions_over_cells_pass_texts_over_and_take_them_directly, subtotals_leave_out_subtotals_and_hidden_rows,
      rounding_works_on_the_decimal_that_is_shown, choices_evaluate_only_the_branch_they_take, conditions_select_cells,
      lookups_find_the_equal_value, what_is_not_plain_is_unknown_with_all_that_needs_it, references_reach_other_sheets_and_whole_rows,
      a_range_gives_a_plain_formula_the_cell_beside_it, cells_of_an_array_formula_are_unknown,
      shared_formulas_move_their_relative_references, names_stand_for_cells_and_constants,
      circles_are_unknown_and_do_not_hang, long_chains_in_either_direction_are_evaluated,
      work_is_bounded_and_what_is_left_is_unknown, results_that_are_set_replace_cells_and_reach_their_dependents,
      every_formula_is_told_in_order_with_whether_it_changed, deep_and_long_formulas_are_bounded,
      the_document_lists_every_function)

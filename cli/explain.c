/* SPDX-License-Identifier: MIT */
#include "cli/explain.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "cli/options.h"
#include "cli/told.h"
#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"

/* A part's share of a sum. False where that says nothing: other functions, a sum of 0. */
static bool find_share(const struct explanation *found, struct told value, double *ret)
{
    double part, whole;
    if (!span_is(found->function, "sum") || value.kind != TOLD_NUMBER || found->result.kind != TOLD_NUMBER ||
        number_parse(value.text, &part) != FAULT_NONE || number_parse(found->result.text, &whole) != FAULT_NONE || whole == 0)
        return false;
    *ret = part / whole;
    return true;
}

static void put_label(struct buffer *out, const char *what, struct span label)
{
    if (!label.len)
        return;
    buffer_putf(out, "%s: ", what);
    utf8_put_printable(out, label);
    buffer_put_char(out, '\n');
}

/* "Income!B7 = 1234.5, sum of 3 sources" */
static void put_heading(struct buffer *out, const struct explanation *found)
{
    told_put_cell(out, found->sheet, found->cell);
    buffer_put_text(out, " = ");
    told_put(out, found->result);
    buffer_put_text(out, ", ");
    if (found->function.len)
        buffer_putf(out, "%.*s of ", SPAN_ARGS(found->function));
    buffer_putf(out, "%llu value%s\n", (unsigned long long)found->n, found->n == 1 ? "" : "s");
    put_label(out, "row", found->row_label);
    put_label(out, "column", found->column_label);
    buffer_put_char(out, '\n');
}

/* "Data!F17 = 1234.5", then its column, file, sheet and row. */
static void print_origin(const struct explanation *found)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    told_put_cell(&out, found->sheet, found->cell);
    buffer_put_text(&out, " = ");
    told_put(&out, found->result);
    buffer_put_char(&out, '\n');
    put_label(&out, "column", found->column_label);
    put_label(&out, "file", found->origin.file);
    put_label(&out, "sheet", found->origin.sheet);
    buffer_putf(&out, "row: %llu\n", (unsigned long long)found->origin.row);
    fwrite(out.data, 1, out.len, stdout);
    buffer_free(&out);
}

static void print_json_origin(const char *path, const struct explanation *found)
{
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&out, "{\"workbook\": ");
    utf8_put_json(&out, span_of(path));
    buffer_put_text(&out, ", ");
    told_put_json_cell(&out, found->sheet, found->cell);
    buffer_put_text(&out, ", \"column_label\": ");
    utf8_put_json(&out, found->column_label);
    buffer_put_text(&out, ", \"result\": ");
    told_put_json(&out, found->result);
    buffer_put_text(&out, ", \"origin\": {\"file\": ");
    utf8_put_json(&out, found->origin.file);
    buffer_put_text(&out, ", \"sheet\": ");
    utf8_put_json(&out, found->origin.sheet);
    buffer_putf(&out, ", \"row\": %llu}}\n", (unsigned long long)found->origin.row);
    fwrite(out.data, 1, out.len, stdout);
    buffer_free(&out);
}

static void add_item(struct table *table, const struct explanation *found, const struct contribution *item,
                     struct buffer *field)
{
    double share;
    buffer_clear(field);
    utf8_put_printable(field, item->source);
    table_add(table, buffer_span(field));
    buffer_clear(field);
    utf8_put_printable(field, item->file);
    table_add(table, buffer_span(field));
    buffer_clear(field);
    told_put(field, item->value);
    table_add(table, buffer_span(field));
    buffer_clear(field);
    if (find_share(found, item->value, &share))
        buffer_putf(field, "%.1f %%", share * 100);
    table_add(table, buffer_span(field));
}

static void print_table(const struct explanation *found)
{
    static const bool is_right[] = {false, false, true, true};
    struct table *table = table_new(4, is_right);
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    put_heading(&out, found);
    fwrite(out.data, 1, out.len, stdout);
    table_add(table, SPAN("SOURCE"));
    table_add(table, SPAN("FILE"));
    table_add(table, SPAN("VALUE"));
    table_add(table, SPAN("SHARE"));
    for (size_t i = 0; i < found->n_items; i++)
        add_item(table, found, &found->items[i], &out);
    table_print(table);
    table_destroy(&table);
    buffer_free(&out);
}

static void put_json_item(struct buffer *out, const struct explanation *found, const struct contribution *item)
{
    double share;
    char digits[NUMBER_TEXT_MAX];
    buffer_put_text(out, "{\"source\": ");
    utf8_put_json(out, item->source);
    buffer_put_text(out, ", \"file\": ");
    utf8_put_json(out, item->file);
    buffer_put_text(out, ", \"value\": ");
    told_put_json(out, item->value);
    if (find_share(found, item->value, &share)) {
        buffer_put_text(out, ", \"share\": ");
        buffer_put(out, span_make(digits, number_format(share, digits)));
    }
    buffer_put_char(out, '}');
}

static void print_json(const char *path, const struct explanation *found)
{
    struct buffer out;
    buffer_init(&out, (size_t)4 << 30);
    buffer_put_text(&out, "{\"workbook\": ");
    utf8_put_json(&out, span_of(path));
    buffer_put_text(&out, ", ");
    told_put_json_cell(&out, found->sheet, found->cell);
    buffer_put_text(&out, ", \"row_label\": ");
    utf8_put_json(&out, found->row_label);
    buffer_put_text(&out, ", \"column_label\": ");
    utf8_put_json(&out, found->column_label);
    buffer_put_text(&out, ", \"function\": ");
    utf8_put_json(&out, found->function);
    buffer_put_text(&out, ", \"result\": ");
    told_put_json(&out, found->result);
    buffer_putf(&out, ", \"n\": %llu, \"contributions\": [", (unsigned long long)found->n);
    for (size_t i = 0; i < found->n_items; i++) {
        buffer_put_text(&out, i ? ",\n  " : "\n  ");
        put_json_item(&out, found, &found->items[i]);
    }
    buffer_put_text(&out, "]}\n");
    fwrite(out.data, 1, out.len, stdout);
    buffer_free(&out);
}

int explain_command(int argc, char **argv)
{
    bool is_json;
    int code = told_options(argc, argv, 2, "name one workbook and one cell, as in: out.xlsx 'Income!B7'", &is_json);
    if (code != EXIT_DONE)
        return code;
    const char *path = argv[optind], *asked = argv[optind + 1];
    char *sheet = must_alloc(strlen(asked) + 1);
    size_t sheet_len;
    struct cell_range range;
    struct explanation found;
    struct why why = {0};
    bool is_cell = sheet_range_parse(span_of(asked), sheet, &sheet_len, &range) && range.first.row == range.last.row &&
                   range.first.col == range.last.col;
    if (!is_cell) {
        free(sheet);
        return usage_error(argv[0], "%s is no cell; name one as in 'Income!B7'", asked);
    }
    enum fault fault = explain_cell(path, span_make(sheet, sheet_len), range.first, &found, &why);
    free(sheet);
    if (fault != FAULT_NONE)
        return told_fault(path, fault, &why);
    if (found.is_stacked)
        (is_json ? print_json_origin(path, &found) : print_origin(&found));
    else if (is_json)
        print_json(path, &found);
    else
        print_table(&found);
    explanation_free(&found);
    return EXIT_DONE;
}

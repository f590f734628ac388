/* SPDX-License-Identifier: MIT */
#include "cli/diff.h"

#include <getopt.h>
#include <stdio.h>

#include "cli/diff_stack.h"
#include "cli/options.h"
#include "cli/told.h"
#include "core/number.h"
#include "core/utf8.h"

struct report {
    struct table *table; /* NULL: JSON */
    struct buffer text;
    size_t n; /* results */
    bool has_sources; /* JSON: the list of the result at hand has one */
};

static void add(struct report *self, struct told value)
{
    buffer_clear(&self->text);
    told_put(&self->text, value);
    table_add(self->table, buffer_span(&self->text));
}

/* How much it grew, exact to the double; nothing for texts. */
static void add_difference(struct report *self, struct told old, struct told new)
{
    double a = 0, b = 0;
    char digits[NUMBER_TEXT_MAX];
    bool has_old = old.kind == TOLD_NOTHING || (old.kind == TOLD_NUMBER && number_parse(old.text, &a) == FAULT_NONE);
    bool has_new = new.kind == TOLD_NOTHING || (new.kind == TOLD_NUMBER && number_parse(new.text, &b) == FAULT_NONE);
    buffer_clear(&self->text);
    if (has_old && has_new && (b - a) - (b - a) == 0) {
        struct decimal shown = decimal_from_double(b - a, DECIMAL_15);
        buffer_put_text(&self->text, b > a ? "+" : "");
        buffer_put(&self->text, span_make(digits, decimal_format(shown, digits)));
    }
    table_add(self->table, buffer_span(&self->text));
}

static void add_row(struct report *self, const struct result_change *change)
{
    bool is_part = change->source.len > 0;
    buffer_clear(&self->text);
    if (!is_part)
        told_put_cell(&self->text, change->sheet, change->cell);
    table_add(self->table, buffer_span(&self->text));
    buffer_clear(&self->text);
    utf8_put_printable(&self->text, change->source);
    table_add(self->table, buffer_span(&self->text));
    add(self, is_part ? change->old_part : change->old_value);
    add(self, is_part ? change->new_part : change->new_value);
    add_difference(self, is_part ? change->old_part : change->old_value, is_part ? change->new_part : change->new_value);
}

static void put_json_values(struct buffer *out, struct told old, struct told new)
{
    buffer_put_text(out, ", \"old\": ");
    told_put_json(out, old);
    buffer_put_text(out, ", \"new\": ");
    told_put_json(out, new);
}

static void print_json_change(struct report *self, const struct result_change *change)
{
    struct buffer *out = &self->text;
    buffer_clear(out);
    if (change->source.len) {
        buffer_put_text(out, self->has_sources ? ",\n    {\"source\": " : "\n    {\"source\": ");
        utf8_put_json(out, change->source);
        put_json_values(out, change->old_part, change->new_part);
        buffer_put_char(out, '}');
        self->has_sources = true;
    } else {
        buffer_put_text(out, self->n ? "]},\n  {" : "{\"changes\": [\n  {");
        told_put_json_cell(out, change->sheet, change->cell);
        put_json_values(out, change->old_value, change->new_value);
        buffer_put_text(out, ", \"sources\": [");
        self->has_sources = false;
    }
    fwrite(out->data, 1, out->len, stdout);
}

static enum fault report_change(void *context, const struct result_change *change)
{
    struct report *self = context;
    if (!self->table)
        print_json_change(self, change);
    else
        add_row(self, change);
    self->n += change->source.len == 0;
    return FAULT_NONE;
}

static void begin(struct report *self, bool is_json)
{
    static const bool is_right[] = {false, false, true, true, true};
    static const char *const headers[] = {"CELL", "SOURCE", "OLD", "NEW", "CHANGE"};
    *self = (struct report){0};
    buffer_init(&self->text, BUFFER_LIMIT_DEFAULT);
    if (is_json)
        return;
    self->table = table_new(5, is_right);
    for (size_t i = 0; i < 5; i++)
        table_add(self->table, span_of(headers[i]));
}

static void end(struct report *self)
{
    if (!self->table) {
        puts(self->n ? "]}]}" : "{\"changes\": []}");
        return;
    }
    if (self->n)
        table_print(self->table);
    printf(self->n ? "\n%zu result%s differ%s.\n" : "No result differs.\n", self->n, self->n == 1 ? "" : "s",
           self->n == 1 ? "s" : "");
}

int diff_command(int argc, char **argv)
{
    bool is_json;
    int code = told_options(argc, argv, 2, "name two output workbooks: OLD.xlsx NEW.xlsx", &is_json);
    if (code != EXIT_DONE)
        return code;
    const char *path = argv[optind];
    bool is_stack, is_other_stack = false;
    struct report report;
    struct why why = {0};
    enum fault fault = output_is_stack(path, &is_stack, &why);
    if (fault == FAULT_NONE && !is_stack) {
        path = argv[optind + 1];
        fault = output_is_stack(path, &is_other_stack, &why);
    }
    if (fault == FAULT_NONE && (is_stack || is_other_stack))
        return diff_stack_files(argv[optind], argv[optind + 1], is_json);
    if (fault != FAULT_NONE)
        return told_fault(path, fault, &why);
    begin(&report, is_json);
    fault = diff_results(argv[optind], argv[optind + 1], report_change, &report, &path, &why);
    if (fault == FAULT_NONE)
        end(&report);
    table_destroy(&report.table);
    buffer_free(&report.text);
    if (fault != FAULT_NONE)
        return told_fault(path, fault, &why);
    return report.n ? EXIT_WARNINGS : EXIT_DONE;
}

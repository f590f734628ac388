/* SPDX-License-Identifier: MIT
 *
 * First what became of every source, then some of the rows, cell by cell.
 */
#include "cli/diff_stack.h"

#include <stdio.h>

#include "cli/options.h"
#include "cli/told.h"
#include "core/utf8.h"

#define ROWS_SHOWN 20u     /* to a person */
#define ROWS_TOLD 10000u   /* to a machine */

struct report {
    struct table *sources, *rows; /* NULL: JSON */
    struct buffer text;
    size_t n_sources, n_rows;
    uint64_t added, removed, changed;
};

static const char *const kinds[] = {[ROW_ADDED] = "added", [ROW_REMOVED] = "removed", [ROW_CHANGED] = "changed"};

static void add_text(struct report *self, struct table *table, struct span text)
{
    buffer_clear(&self->text);
    utf8_put_printable(&self->text, text);
    table_add(table, buffer_span(&self->text));
}

static void add_count(struct report *self, struct table *table, uint64_t count)
{
    buffer_clear(&self->text);
    buffer_put_u64(&self->text, count);
    table_add(table, buffer_span(&self->text));
}

static void add_value(struct report *self, struct table *table, struct told value)
{
    buffer_clear(&self->text);
    told_put(&self->text, value);
    table_add(table, buffer_span(&self->text));
}

static void add_headers(struct table *table, const char *const *headers, size_t n)
{
    for (size_t i = 0; i < n; i++)
        table_add(table, span_of(headers[i]));
}

static void put_json_text(struct buffer *out, const char *name, struct span text)
{
    buffer_putf(out, "\"%s\": ", name);
    utf8_put_json(out, text);
}

static void put_json_source(struct report *self, const struct stack_change_source *source)
{
    struct buffer *out = &self->text;
    buffer_clear(out);
    buffer_put_text(out, self->n_sources ? ",\n  {" : "{\"sources\": [\n  {");
    put_json_text(out, "file", source->file);
    buffer_putf(out, ", \"old_rows\": %llu, \"new_rows\": %llu, \"added\": %llu, \"removed\": %llu, \"changed\": %llu}",
                (unsigned long long)source->old_rows, (unsigned long long)source->new_rows, (unsigned long long)source->added,
                (unsigned long long)source->removed, (unsigned long long)source->changed);
    fwrite(out->data, 1, out->len, stdout);
}

static enum fault report_source(void *context, const struct stack_change_source *source)
{
    struct report *self = context;
    self->added += source->added;
    self->removed += source->removed;
    self->changed += source->changed;
    if (self->sources) {
        add_text(self, self->sources, source->file);
        const uint64_t counts[] = {source->old_rows, source->new_rows, source->added, source->removed, source->changed};
        for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
            add_count(self, self->sources, counts[i]);
    } else {
        put_json_source(self, source);
    }
    self->n_sources++;
    return FAULT_NONE;
}

static void put_json_row(struct report *self, const struct stack_change_row *row)
{
    struct buffer *out = &self->text;
    buffer_clear(out);
    buffer_put_text(out, self->n_rows ? ",\n  {" : "],\n\"rows\": [\n  {");
    put_json_text(out, "change", span_of(kinds[row->kind]));
    buffer_put_text(out, ", ");
    put_json_text(out, "file", row->file);
    buffer_put_text(out, ", ");
    put_json_text(out, "sheet", row->sheet);
    buffer_putf(out, ", \"row\": %llu, \"cells\": [", (unsigned long long)row->row);
    for (size_t i = 0; i < row->n_cells; i++) {
        buffer_put_text(out, i ? ", {" : "{");
        put_json_text(out, "column", row->cells[i].column);
        buffer_put_text(out, ", \"old\": ");
        told_put_json(out, row->cells[i].old_value);
        buffer_put_text(out, ", \"new\": ");
        told_put_json(out, row->cells[i].new_value);
        buffer_put_char(out, '}');
    }
    buffer_put_text(out, "]}");
    fwrite(out->data, 1, out->len, stdout);
}

static void add_row_place(struct report *self, const struct stack_change_row *row)
{
    table_add(self->rows, span_of(kinds[row->kind]));
    add_text(self, self->rows, row->file);
    add_text(self, self->rows, row->sheet);
    add_count(self, self->rows, row->row);
}

static void add_row(struct report *self, const struct stack_change_row *row)
{
    add_row_place(self, row);
    for (size_t i = 0; i < row->n_cells || i == 0; i++) {
        for (size_t k = 0; i && k < 4; k++)
            table_add(self->rows, SPAN("")); /* the row's place is said once */
        if (i == row->n_cells) {
            for (size_t k = 0; k < 3; k++)
                table_add(self->rows, SPAN(""));
            break;
        }
        add_text(self, self->rows, row->cells[i].column);
        add_value(self, self->rows, row->cells[i].old_value);
        add_value(self, self->rows, row->cells[i].new_value);
    }
}

static enum fault report_row(void *context, const struct stack_change_row *row)
{
    struct report *self = context;
    if (self->rows)
        add_row(self, row);
    else
        put_json_row(self, row);
    self->n_rows++;
    return FAULT_NONE;
}

static void begin(struct report *self, bool is_json)
{
    static const bool sources_right[] = {false, true, true, true, true, true}, rows_right[] = {false, false, false, true, false, true, true};
    static const char *const sources[] = {"FILE", "OLD ROWS", "NEW ROWS", "ADDED", "REMOVED", "CHANGED"};
    static const char *const rows[] = {"ROW", "FILE", "SHEET", "ROW", "COLUMN", "OLD", "NEW"};
    *self = (struct report){0};
    buffer_init(&self->text, BUFFER_LIMIT_DEFAULT);
    if (is_json)
        return;
    self->sources = table_new(6, sources_right);
    self->rows = table_new(7, rows_right);
    add_headers(self->sources, sources, 6);
    add_headers(self->rows, rows, 7);
}

static void end_json(const struct report *self)
{
    fputs(self->n_sources ? "" : "{\"sources\": [", stdout);
    fputs(self->n_rows ? "]" : "],\n\"rows\": []", stdout);
    printf(",\n\"added\": %llu, \"removed\": %llu, \"changed\": %llu}\n", (unsigned long long)self->added,
           (unsigned long long)self->removed, (unsigned long long)self->changed);
}

static void end(struct report *self)
{
    uint64_t all = self->added + self->removed + self->changed;
    if (!self->sources) {
        end_json(self);
        return;
    }
    if (!all) {
        puts("No row differs.");
        return;
    }
    table_print(self->sources);
    putchar('\n');
    table_print(self->rows);
    if (all > self->n_rows)
        printf("... and %llu more; --json tells up to %u\n", (unsigned long long)(all - self->n_rows), ROWS_TOLD);
    printf("\n%llu row%s added, %llu removed, %llu changed.\n", (unsigned long long)self->added, self->added == 1 ? "" : "s",
           (unsigned long long)self->removed, (unsigned long long)self->changed);
}

int diff_stack_files(const char *old_path, const char *new_path, bool is_json)
{
    const char *path;
    struct report report;
    struct why why = {0};
    begin(&report, is_json);
    struct stack_diff_visit visit = {&report, report_source, report_row};
    enum fault fault = diff_stacks(old_path, new_path, is_json ? ROWS_TOLD : ROWS_SHOWN, &visit, &path, &why);
    if (fault == FAULT_NONE)
        end(&report);
    table_destroy(&report.sources);
    table_destroy(&report.rows);
    buffer_free(&report.text);
    if (fault != FAULT_NONE)
        return told_fault(path, fault, &why);
    return report.n_sources ? EXIT_WARNINGS : EXIT_DONE;
}

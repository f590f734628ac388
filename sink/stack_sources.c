/* SPDX-License-Identifier: MIT
 *
 * Read anew for each of the two: what is kept of a source in memory does not grow with its sheets and columns.
 */
#include "sink/stack_sources.h"

enum column { COL_ROWS = SOURCES_COL_STATUS + 1, COL_CELLS = COL_ROWS + STACK_COUNTS, COL_MISSING = COL_CELLS + 4, COL_EXTRA, COL_WARNINGS, COL_REASON, COLS };

static const char *const count_names[STACK_COUNTS] = {"written", "blank", "header", "above", "repeated", "totals", "footers",
                                                      "filtered", "hidden", "duplicates"};

/* In the order of the columns. */
static void list_counts(const struct stack_counts *rows, uint64_t ret[STACK_COUNTS])
{
    const uint64_t counts[STACK_COUNTS] = {rows->written, rows->blank,   rows->header,   rows->above,  rows->repeated,
                                           rows->totals,  rows->footers, rows->filtered, rows->hidden, rows->duplicates};
    memcpy(ret, counts, sizeof counts);
}

enum fault stack_sources_told(const struct stack_sources *self, uint32_t head, struct stack_told *ret)
{
    enum fault fault = stack_told_read(self->parts, head, ret);
    if (fault == FAULT_NONE && self->joined) {
        ret->rows.duplicates = self->joined[head].duplicates;
        ret->rows.written -= self->joined[head].duplicates;
    }
    return fault;
}

static bool was_read(const struct record *record)
{
    return record->status <= STATUS_WARNED || record->status == STATUS_REJECTED;
}

/* --- the sheet ----------------------------------------------------------------------------------------------------------------- */

static void put_name(struct buffer *out, struct span name)
{
    buffer_put_text(out, out->len ? "; " : "");
    buffer_put(out, name);
}

static enum fault put_columns(const struct cells *cells, const struct stack_plan *plan, const struct stack_told *told)
{
    struct buffer names;
    buffer_init(&names, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < told->n_missing; i++)
        put_name(&names, plan->columns[told->missing[i]].name);
    enum fault fault = cells_text(cells, COL_MISSING, buffer_span(&names), OUTPUT_PLAIN);
    buffer_clear(&names);
    for (uint32_t i = 0; i < told->n_extra; i++)
        put_name(&names, told->extra[i]);
    if (fault == FAULT_NONE)
        fault = cells_text(cells, COL_EXTRA, buffer_span(&names), OUTPUT_PLAIN);
    buffer_free(&names);
    return fault;
}

static enum fault put_told(const struct stack_sources *self, const struct cells *cells, const struct record *record,
                           const struct stack_told *told)
{
    struct buffer sheets;
    uint64_t counts[STACK_COUNTS];
    buffer_init(&sheets, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < told->n_sheets; i++)
        put_name(&sheets, told->sheets[i].name);
    enum fault fault = sources_put_first(cells, record, buffer_span(&sheets));
    list_counts(&told->rows, counts);
    for (uint32_t i = 0; i < STACK_COUNTS && fault == FAULT_NONE && was_read(record); i++)
        fault = cells_count(cells, COL_ROWS + i, counts[i]);
    if (fault == FAULT_NONE)
        fault = sources_put_cells(cells, COL_CELLS, record);
    if (fault == FAULT_NONE && was_read(record))
        fault = put_columns(cells, self->parts->plan, told);
    buffer_free(&sheets);
    return fault;
}

static enum fault put_row(void *context, const struct cells *cells, uint32_t source)
{
    const struct stack_sources *self = context;
    const struct record *record = ledger_record(self->parts->ledger, source);
    struct stack_told told;
    enum fault fault = stack_sources_told(self, source, &told);
    if (fault != FAULT_NONE)
        return fault;
    fault = put_told(self, cells, record, &told);
    stack_told_free(&told);
    return fault == FAULT_NONE ? sources_put_last(cells, COL_WARNINGS, self->parts->ledger, record) : fault;
}

struct sources_form stack_sources_form(struct stack_sources *self)
{
    static const char *const headers[COLS] = STACK_SOURCES_HEADERS;
    static const struct sheet_column widths[] = {{0, 0, 24},           {1, 1, 40},
                                                 {2, 2, 20},           {3, 3, 11},
                                                 {4, 4, 30},           {5, 5, 18},
                                                 {COL_ROWS, COL_MISSING - 1, 11},
                                                 {COL_MISSING, COL_EXTRA, 30},
                                                 {COL_WARNINGS, COL_WARNINGS, 11},
                                                 {COL_REASON, COL_REASON, 60}};
    return (struct sources_form){self, headers, COLS, widths, sizeof widths / sizeof *widths, put_row};
}

/* --- the report ---------------------------------------------------------------------------------------------------------------- */

static void put_job(void *context, struct json_out *json, const struct job *job)
{
    static const char *const columns[] = {"union", "intersection", "first", "strict"};
    static const char *const dedupes[] = {"none", "row", "key"};
    static const char *const forms[] = {"xlsx", "csv", "jsonl"};
    const struct stack_options *options = &job->stack;
    (void)context;
    json_text(json, "form", span_of(forms[options->form]));
    json_text(json, "columns", span_of(columns[options->columns]));
    json_text(json, "key", options->key_exact ? SPAN("exact") : SPAN("folded"));
    if (options->first_header) {
        json_count(json, "first_header", options->first_header);
        json_count(json, "last_header", options->last_header);
    }
    json_text(json, "dedupe", span_of(dedupes[options->dedupe]));
    json_open_list(json, "where");
    for (uint32_t i = 0; i < options->n_wheres; i++)
        json_text_item(json, options->wheres[i]);
    json_close_list(json);
    json_text(json, "totals", options->keep_totals ? SPAN("keep") : SPAN("drop"));
    json_text(json, "footers", options->keep_footers ? SPAN("keep") : SPAN("drop"));
    json_bool(json, "cell_refs", options->cell_refs);
}

static void put_head(void *context, struct json_out *json)
{
    const struct stack_sources *self = context;
    const struct stack_plan *plan = self->parts->plan;
    json_open_list(json, "columns");
    for (uint32_t i = 0; plan->has_source_columns && i < STACK_SOURCE_COLUMNS; i++)
        json_text_item(json, plan->source_names[i]);
    for (uint32_t i = 0; i < plan->n_columns; i++)
        json_text_item(json, plan->columns[i].name);
    json_close_list(json);
}

static void put_counts(struct json_out *json, const struct stack_counts *rows)
{
    uint64_t counts[STACK_COUNTS];
    list_counts(rows, counts);
    json_open_object(json, "rows");
    for (uint32_t i = 0; i < STACK_COUNTS; i++)
        json_count(json, count_names[i], counts[i]);
    json_close_object(json);
}

static void put_sheet(struct json_out *json, const struct stack_told_sheet *sheet)
{
    json_open_item(json);
    json_text(json, "sheet", sheet->name);
    json_count(json, "first_header", sheet->first_header);
    json_count(json, "last_header", sheet->last_header);
    put_counts(json, &sheet->rows);
    json_close_item(json);
}

static enum fault put_source(void *context, struct json_out *json, uint32_t source)
{
    const struct stack_sources *self = context;
    const struct stack_plan *plan = self->parts->plan;
    struct stack_told told;
    if (!was_read(ledger_record(self->parts->ledger, source)))
        return FAULT_NONE;
    enum fault fault = stack_sources_told(self, source, &told);
    if (fault != FAULT_NONE)
        return fault;
    put_counts(json, &told.rows);
    json_open_list(json, "tables");
    for (uint32_t i = 0; i < told.n_sheets; i++)
        put_sheet(json, &told.sheets[i]);
    json_close_list(json);
    json_open_list(json, "missing_columns");
    for (uint32_t i = 0; i < told.n_missing; i++)
        json_text_item(json, plan->columns[told.missing[i]].name);
    json_close_list(json);
    json_open_list(json, "extra_columns");
    for (uint32_t i = 0; i < told.n_extra; i++)
        json_text_item(json, told.extra[i]);
    json_close_list(json);
    stack_told_free(&told);
    return FAULT_NONE;
}

static void put_check(struct json_out *json, const struct merge_summary *summary)
{
    put_counts(json, &summary->row_counts);
}

static void put_summary(struct json_out *json, const struct merge_summary *summary)
{
    json_count(json, "rows", summary->rows);
    json_count(json, "columns", summary->columns);
    json_count(json, "cells", summary->result_cells);
}

struct report_mode stack_report(struct stack_sources *self)
{
    return (struct report_mode){.self = self, .plan = self->parts->plan->hash, .list = "sheets", .job = put_job, .head = put_head,
                                .source = put_source, .check = put_check, .summary = put_summary};
}

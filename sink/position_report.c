/* SPDX-License-Identifier: MIT */
#include "sink/position_report.h"

static void put_job(void *self, struct json_out *json, const struct job *job)
{
    static const char *const errors[] = {"skip", "propagate", "fail"};
    static const char *const drifts[] = {"reject", "align", "report"};
    static const char *const duplicates[] = {"first", "error", "all"};
    static const char *const texts[] = {"strict", "plain", "locale", "off"};
    (void)self;
    json_text(json, "function", span_of(function_name(job->function)));
    json_text(json, "precision", job->precision == DECIMAL_FULL ? SPAN("full") : SPAN("15"));
    json_text(json, "text_numbers", span_of(texts[job->text_rule]));
    json_text_if_any(json, "locale", job->text_locale);
    json_text(json, "errors", span_of(errors[job->errors]));
    json_text(json, "drift", span_of(drifts[job->drift]));
    json_text(json, "duplicates", span_of(duplicates[job->duplicates]));
    json_text(json, "avg_blank", job->average_blank_zero ? SPAN("zero") : SPAN("skip"));
    json_bool(json, "preset_original", job->is_preset_original);
}

static void put_check(struct json_out *json, const struct merge_summary *summary)
{
    json_count(json, "contributions", summary->contributions);
}

static void put_summary(struct json_out *json, const struct merge_summary *summary)
{
    json_count(json, "result_cells", summary->result_cells);
}

struct report_mode position_report(const struct plan *plan)
{
    return (struct report_mode){.plan = plan->hash, .list = "results", .job = put_job, .check = put_check, .summary = put_summary};
}

static void put_result(struct json_out *json, const struct result *result)
{
    static const char *const kinds[] = {
        [RESULT_NONE] = "none",         [RESULT_NUMBER] = "number", [RESULT_DATE] = "date",
        [RESULT_DURATION] = "duration", [RESULT_TEXT] = "text",     [RESULT_BOOLEAN] = "boolean",
        [RESULT_ERROR] = "error",
    };
    json_text(json, "kind", span_of(kinds[result->kind]));
    if (result->kind == RESULT_TEXT || result->kind == RESULT_ERROR)
        json_text(json, "result", result->text);
    else if (result->kind == RESULT_BOOLEAN)
        json_bool(json, "result", result->number != 0);
    else if (result->kind != RESULT_NONE)
        json_double(json, "result", result->number);
}

enum fault report_cell(struct report *self, const struct plan *plan, const struct result_cell *cell, struct why *why)
{
    struct json_out *json = report_json(self);
    struct buffer sum;
    buffer_init(&sum, BUFFER_LIMIT_DEFAULT);
    json_open_item(json);
    json_text(json, "sheet", plan->sheets[cell->sheet].name);
    report_put_cell(json, cell->row, cell->col);
    json_text_if_any(json, "row_label", plan_row_label(plan, cell->input));
    json_text_if_any(json, "column_label", plan_column_label(plan, cell->input));
    json_text(json, "function", span_of(function_name((enum function)cell->plan->function)));
    put_result(json, &cell->result);
    json_count(json, "n", cell->result.n);
    decimal_sum_put(cell->sum, &sum);
    json_text(json, "contributions_sum", buffer_span(&sum));
    json_close_item(json);
    buffer_free(&sum);
    return report_flush(self, why);
}

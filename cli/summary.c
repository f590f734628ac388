/* SPDX-License-Identifier: MIT */
#include "cli/summary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/stack_summary.h"
#include "cli/wording.h"
#include "core/utf8.h"

#define ISSUES_SHOWN 12
#define ISSUES_OF_A_KIND 3

static void print(const struct buffer *text, FILE *to)
{
    if (text->len)
        fwrite(text->data, 1, text->len, to);
}

struct span summary_source_name(const struct run_result *result, uint32_t source)
{
    if (source >= result->n_sources_list)
        return SPAN("");
    return result->sources_list[source].name;
}

/* "Branch 7.xlsx, Income!C5 "1,234": Text that ...; not used; declare ..." */
static void put_issue(struct buffer *out, const struct run_result *result, const struct issue *issue)
{
    struct span name = summary_source_name(result, issue->source);
    utf8_put_printable(out, name.len ? name : issue->value);
    if (issue->sheet.len) {
        buffer_put_text(out, name.len ? ", " : "");
        utf8_put_printable(out, issue->sheet);
    }
    if (issue->row && issue->col) {
        struct why place = {.row = issue->row, .col = issue->col};
        char ref[32];
        why_line(&place, ref, sizeof ref);
        buffer_putf(out, "%s%.*s", issue->sheet.len ? "!" : " ", (int)strcspn(ref, ":"), ref);
    } else if (issue->row) {
        buffer_putf(out, " row %u", issue->row);
    }
    bool is_whole_source = issue->code <= ISSUE_SOURCE_CHANGED && issue->detail.len; /* the reason says it all */
    buffer_put_text(out, ": ");
    if (is_whole_source) {
        utf8_put_printable(out, issue->detail);
    } else {
        buffer_put_text(out, issue_text(issue->code));
        if (issue->detail.len) {
            buffer_put_text(out, " (");
            utf8_put_printable(out, issue->detail);
            buffer_put_char(out, ')');
        }
        if (name.len && issue->value.len) {
            buffer_put_text(out, ": ");
            utf8_put_printable(out, issue->value);
        }
    }
    if (issue->count > 1)
        buffer_putf(out, " [%llu times]", (unsigned long long)issue->count);
    buffer_putf(out, "; %s\n", issue_action(issue->code));
}

/* Of a long list a few of each kind are shown, so that four thousand of one do not hide the one of another. */
static void put_issues(struct buffer *out, const struct summary_view *view, enum severity severity, unsigned most)
{
    const struct run_result *result = view->result;
    unsigned of_code[ISSUE_CODES] = {0}, shown[ISSUE_CODES] = {0}, total = 0;
    for (uint32_t i = 0; i < result->n_issues; i++) {
        of_code[result->issues[i].code]++;
        total += issue_severity(result->issues[i].code) == severity;
    }
    for (uint32_t i = 0; i < result->n_issues; i++) {
        enum issue_code code = result->issues[i].code;
        if (issue_severity(code) != severity || (total > most && shown[code] == ISSUES_OF_A_KIND))
            continue;
        shown[code]++;
        buffer_put_text(out, "  ");
        put_issue(out, result, &result->issues[i]);
    }
    for (unsigned code = 0; code < ISSUE_CODES; code++)
        if (issue_severity((enum issue_code)code) == severity && shown[code] < of_code[code])
            buffer_putf(out, "  ... and %u more: %s\n", of_code[code] - shown[code], issue_text((enum issue_code)code));
    if (total > most)
        buffer_putf(out, "  %s\n", view->asked->job.is_check ? "--verbose prints them all" : "sheet Issues lists them all; --verbose prints them");
}

static void put_samples(struct buffer *out, const struct run_result *result)
{
    for (uint32_t i = 0; i < result->n_samples; i++) {
        buffer_put_text(out, "  ");
        utf8_put_printable(out, result->samples[i].sheet);
        buffer_put_char(out, '!');
        buffer_put(out, result->samples[i].cell);
        buffer_put_text(out, "  ");
        utf8_put_printable(out, result->samples[i].label);
        buffer_put_text(out, "  = ");
        utf8_put_printable(out, result->samples[i].value);
        buffer_putf(out, "  from %u source%s\n", result->samples[i].n, wording_plural(result->samples[i].n));
    }
}

static void put_filled(struct buffer *out, const struct summary_view *view)
{
    const struct run_result *r = view->result;
    char a[32], b[32];
    if (view->asked->job.is_check) {
        buffer_putf(out, "%u of %u source%s would count (%.1f s); nothing was written\n", r->used, r->sources,
                    wording_plural(r->sources), (double)view->elapsed_ms / 1000);
        return;
    }
    utf8_put_printable(out, wording_path(r->output_path));
    buffer_putf(out, ": %u of %u source%s, %s result cell%s, %s KB in %.1f s\n", r->used, r->sources,
                wording_plural(r->sources), wording_grouped(r->result_cells, a), wording_plural(r->result_cells),
                wording_grouped((r->output_bytes + 1023) / 1024, b), (double)view->elapsed_ms / 1000);
}

static void put_outcome(struct buffer *out, const struct summary_view *view)
{
    const struct run_result *r = view->result;
    char a[32], b[32], c[32];
    if (view->asked->job.mode == MODE_STACK)
        stack_summary_put(out, view);
    else
        put_filled(out, view);
    buffer_putf(out, "  %s cells read = %s used", wording_grouped(r->cells_read, a), wording_grouped(r->cells_used, b));
    buffer_putf(out, " + %s not applicable", wording_grouped(r->cells_not_applicable, c));
    buffer_putf(out, " + %s skipped for a named reason%s\n", wording_grouped(r->cells_skipped, a),
                r->self_check_passed ? "" : "  SELF-CHECK FAILED");
    put_samples(out, r);
    if (r->contributions_csv.len) {
        buffer_put_text(out, "  contributions: ");
        utf8_put_printable(out, wording_path(r->contributions_csv));
        buffer_put_char(out, '\n');
    }
    if (r->report_path.len) {
        buffer_put_text(out, "  report: ");
        utf8_put_printable(out, wording_path(r->report_path));
        buffer_put_char(out, '\n');
    }
}

static void print_fault(const struct summary_view *view)
{
    const struct run_result *r = view->result;
    char line[1024];
    if (r->fault == FAULT_CANCELLED)
        fprintf(stderr, "sheaf: interrupted; nothing was written\n");
    else
        fprintf(stderr, "error: %s: %s\n", fault_class(r->fault), why_line(&r->why, line, sizeof line));
}

void summary_print(const struct summary_view *view)
{
    const struct run_result *r = view->result;
    bool is_quiet = view->asked->is_quiet, is_verbose = view->asked->is_verbose;
    unsigned most = is_verbose ? UINT32_MAX : ISSUES_SHOWN;
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    if (r->fault == FAULT_NONE && r->used > 0 && !is_quiet)
        put_outcome(&out, view);
    print(&out, stdout);
    fflush(stdout);
    buffer_clear(&out);
    put_issues(&out, view, SEVERITY_ERROR, most);
    if (out.len) {
        fprintf(stderr, "%u source%s of %u do%s not count:\n", r->failed + r->rejected, wording_plural(r->failed + r->rejected),
                r->sources, r->failed + r->rejected == 1 ? "es" : "");
        print(&out, stderr);
    }
    buffer_clear(&out);
    if (!is_quiet)
        put_issues(&out, view, SEVERITY_WARNING, most);
    if (out.len) {
        fprintf(stderr, "%u warning%s:\n", r->warnings, wording_plural(r->warnings));
        print(&out, stderr);
    }
    buffer_clear(&out);
    if (is_verbose)
        put_issues(&out, view, SEVERITY_INFO, most);
    if (out.len) {
        fprintf(stderr, "%u note%s:\n", r->infos, wording_plural(r->infos));
        print(&out, stderr);
    }
    buffer_free(&out);
    if (r->fault != FAULT_NONE)
        print_fault(view);
    else if (r->used == 0)
        fprintf(stderr, "error: nothing usable among %u source%s; nothing was written\n", r->sources, wording_plural(r->sources));
}

static void put_member(struct buffer *out, const char *name, struct span value)
{
    buffer_putf(out, ",\"%s\":", name);
    utf8_put_json(out, value);
}

static void put_number(struct buffer *out, const char *name, uint64_t value)
{
    buffer_putf(out, ",\"%s\":%llu", name, (unsigned long long)value);
}

static void put_json_issue(struct buffer *out, const struct run_result *result, const struct issue *issue)
{
    buffer_putf(out, "{\"severity\":\"%s\",\"code\":\"%s\"", severity_name(issue_severity(issue->code)),
                issue_name(issue->code));
    if (issue->source != ISSUE_NO_SOURCE)
        put_member(out, "source", summary_source_name(result, issue->source));
    if (issue->sheet.len)
        put_member(out, "sheet", issue->sheet);
    if (issue->row && issue->col) {
        struct why place = {.row = issue->row, .col = issue->col};
        char ref[32];
        why_line(&place, ref, sizeof ref);
        put_member(out, "cell", span_make(ref, strcspn(ref, ":")));
    } else if (issue->row) {
        buffer_putf(out, ",\"row\":%u", issue->row);
    }
    put_member(out, "value", issue->value);
    put_member(out, "detail", issue->detail);
    put_member(out, "meaning", span_of(issue_text(issue->code)));
    put_member(out, "action", span_of(issue_action(issue->code)));
    put_number(out, "count", issue->count);
    buffer_put_char(out, '}');
}

static void put_json_counts(struct buffer *out, const struct run_result *r)
{
    const struct { const char *name; uint64_t value; } numbers[] = {
        {"sources", r->sources}, {"used", r->used}, {"failed", r->failed}, {"rejected", r->rejected},
        {"duplicates", r->duplicates}, {"warnings", r->warnings}, {"notes", r->infos}, {"result_cells", r->result_cells},
        {"cells_read", r->cells_read}, {"cells_used", r->cells_used}, {"cells_not_applicable", r->cells_not_applicable},
        {"cells_skipped", r->cells_skipped}, {"contributions", r->contributions}, {"output_bytes", r->output_bytes},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        put_number(out, numbers[i].name, numbers[i].value);
    buffer_putf(out, ",\"self_check_passed\":%s", r->self_check_passed ? "true" : "false");
}

static void put_json_error(struct buffer *out, const struct run_result *r)
{
    char line[1024];
    buffer_putf(out, ",\"error\":{\"class\":\"%s\"", fault_class(r->fault));
    put_member(out, "text", span_of(why_line(&r->why, line, sizeof line)));
    buffer_put_char(out, '}');
}

void summary_print_json(const struct summary_view *view)
{
    const struct run_result *r = view->result;
    struct buffer out;
    buffer_init(&out, BUFFER_LIMIT_DEFAULT);
    buffer_putf(&out, "{\"exit_code\":%d,\"elapsed_ms\":%lld", view->exit_code, (long long)view->elapsed_ms);
    put_json_counts(&out, r);
    if (view->asked->job.mode == MODE_STACK)
        stack_summary_put_json(&out, r);
    if (r->fault != FAULT_NONE)
        put_json_error(&out, r);
    else if (!view->asked->job.is_check && r->used > 0) {
        char hex[65];
        sha256_hex(r->output_sha, hex);
        put_member(&out, "output", r->output_path);
        put_member(&out, "output_sha256", span_of(hex));
        if (r->report_path.len)
            put_member(&out, "report", r->report_path);
        if (r->contributions_csv.len)
            put_member(&out, "contributions_csv", r->contributions_csv);
    }
    buffer_put_text(&out, ",\"issues\":[");
    for (uint32_t i = 0; i < r->n_issues; i++) {
        if (i)
            buffer_put_char(&out, ',');
        put_json_issue(&out, r, &r->issues[i]);
    }
    buffer_put_text(&out, "]}\n");
    print(&out, stdout);
    buffer_free(&out);
}

/* SPDX-License-Identifier: MIT
 *
 * The survey's layouts come with the source records of a check; the rest are figures of the sink, and issues.
 */
#include "cli/stack_summary.h"

#include "cli/wording.h"
#include "core/utf8.h"
#include "wire/stack_layout.h"
#include "wire/stack_plan.h"

#define SOURCES_SHOWN 40u
#define LISTS_SHOWN 4u
#define LIST_UNITS 80u
#define LAYOUT_ARENA_BYTES ((size_t)64 << 20)

/* --- rows -------------------------------------------------------------------------------------------------------------- */

static const struct row_reason {
    const char *name, *one, *many; /* name: in JSON; one, many: of what is told to a person, NULL when it is not */
    size_t at;
} reasons[] = {
    {"written", NULL, NULL, offsetof(struct stack_counts, written)},
    {"blank", "blank row", "blank rows", offsetof(struct stack_counts, blank)},
    {"header", NULL, NULL, offsetof(struct stack_counts, header)},
    {"above_header", "row above a header", "rows above headers", offsetof(struct stack_counts, above)},
    {"header_repeated", "repeated header", "repeated headers", offsetof(struct stack_counts, repeated)},
    {"filtered", "row that --where leaves out", "rows that --where leaves out", offsetof(struct stack_counts, filtered)},
    {"totals", "total", "totals", offsetof(struct stack_counts, totals)},
    {"footers", "row of text below a table", "rows of text below tables", offsetof(struct stack_counts, footers)},
    {"hidden", "hidden row", "hidden rows", offsetof(struct stack_counts, hidden)},
    {"duplicates", "duplicate", "duplicates", offsetof(struct stack_counts, duplicates)},
};
#define N_REASONS (sizeof reasons / sizeof reasons[0])
_Static_assert(N_REASONS == STACK_COUNTS, "a place where rows go has no name");

static uint64_t count_of(const struct run_result *r, const struct row_reason *reason)
{
    return *(const uint64_t *)((const char *)&r->row_counts + reason->at);
}

static void put_dropped(struct buffer *out, const struct run_result *r)
{
    char number[32];
    unsigned shown = 0;
    for (size_t i = 0; i < N_REASONS; i++) {
        uint64_t n = count_of(r, &reasons[i]);
        if (reasons[i].one && n)
            buffer_putf(out, "%s%s %s", shown++ ? ", " : "  not taken: ", wording_grouped(n, number), n == 1 ? reasons[i].one : reasons[i].many);
    }
    if (shown)
        buffer_put_char(out, '\n');
}

/* --- columns ----------------------------------------------------------------------------------------------------------- */

static void put_cut(struct buffer *out, struct span text)
{
    struct span cut = utf8_cut_utf16(text, LIST_UNITS);
    utf8_put_printable(out, cut);
    if (cut.len < text.len)
        buffer_put_text(out, " ...");
}

struct lack {
    struct span names; /* one or more, as the issue tells them */
    unsigned n;
};

/* What columns the issues of one code name, with the number of sources: the most frequent first, then as they come. */
static unsigned count_details(const struct run_result *r, enum issue_code code, struct lack *lacks, unsigned room)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < r->n_issues; i++) {
        unsigned at = 0;
        if (r->issues[i].code != code)
            continue;
        while (at < n && !span_equal(lacks[at].names, r->issues[i].detail))
            at++;
        if (at == room)
            continue;
        if (at == n)
            lacks[n++] = (struct lack){.names = r->issues[i].detail};
        lacks[at].n++;
        for (; at > 0 && lacks[at - 1].n < lacks[at].n; at--) {
            struct lack moved = lacks[at];
            lacks[at] = lacks[at - 1];
            lacks[at - 1] = moved;
        }
    }
    return n;
}

static void put_columns(struct buffer *out, const struct run_result *r, enum issue_code code, const char *words)
{
    struct lack lacks[256];
    unsigned n = count_details(r, code, lacks, 256);
    for (unsigned i = 0; i < n && i < LISTS_SHOWN; i++) {
        buffer_put_text(out, i ? "; " : words);
        put_cut(out, lacks[i].names);
        buffer_putf(out, " (%u source%s)", lacks[i].n, wording_plural(lacks[i].n));
    }
    if (n > LISTS_SHOWN)
        buffer_putf(out, "; and %u more", n - LISTS_SHOWN);
    if (n)
        buffer_put_char(out, '\n');
}

/* --- what a check found in a source ------------------------------------------------------------------------------------- */

static void put_sheet(struct buffer *out, const struct stack_layout_sheet *sheet)
{
    utf8_put_printable(out, sheet->name);
    if (!sheet->first_header)
        buffer_put_text(out, " (no header)");
    else if (sheet->first_header == sheet->last_header)
        buffer_putf(out, " (header in row %u, %u column%s)", sheet->first_header, sheet->n_columns, wording_plural(sheet->n_columns));
    else
        buffer_putf(out, " (header in rows %u-%u, %u column%s)", sheet->first_header, sheet->last_header, sheet->n_columns,
                    wording_plural(sheet->n_columns));
}

static const struct {
    enum issue_code code;
    const char *words;
    bool is_named; /* by its details, else counted */
} found[] = {
    {ISSUE_COLUMN_MISSING, "without ", true},        {ISSUE_COLUMN_EXTRA, "not kept: ", true},
    {ISSUE_TOTAL_ROW, "totals: ", false},             {ISSUE_TOTAL_DOUBTFUL, "doubtful totals: ", false},
    {ISSUE_HEADER_REPEATED, "repeated headers: ", false}, {ISSUE_FOOTER_ROW, "text below tables: ", false},
    {ISSUE_SHEET_HIDDEN, "hidden sheets: ", false},
};

/* The issues [from, to) are those of one source. */
static void put_findings(struct buffer *out, const struct run_result *r, uint32_t from, uint32_t to)
{
    for (size_t k = 0; k < sizeof found / sizeof found[0]; k++) {
        uint64_t n = 0;
        for (uint32_t i = from; i < to; i++) {
            const struct issue *issue = &r->issues[i];
            if (issue->code != found[k].code)
                continue;
            if (found[k].is_named) {
                buffer_put_text(out, n ? ", " : "; ");
                buffer_put_text(out, n ? "" : found[k].words);
                put_cut(out, issue->detail);
            }
            n += issue->count;
        }
        if (n && !found[k].is_named)
            buffer_putf(out, "; %s%llu", found[k].words, (unsigned long long)n);
    }
}

/* Issues come in the order of sources: finds those of `source` from *at on. */
static uint32_t end_of_issues(const struct run_result *r, uint32_t source, uint32_t *at)
{
    while (*at < r->n_issues && (r->issues[*at].source == ISSUE_NO_SOURCE || r->issues[*at].source < source))
        ++*at;
    uint32_t end = *at;
    while (end < r->n_issues && r->issues[end].source == source)
        end++;
    return end;
}

static bool put_layout(struct buffer *out, const struct source *source)
{
    struct arena *arena = arena_new(LAYOUT_ARENA_BYTES);
    struct stack_layout layout;
    bool is_read = source->layout.len && stack_layout_decode(source->layout, arena, &layout) == FAULT_NONE;
    for (uint32_t i = 0; is_read && i < layout.n_sheets; i++) {
        buffer_put_text(out, i ? ", " : ": ");
        put_sheet(out, &layout.sheets[i]);
    }
    if (is_read && layout.n_sheets == 0)
        buffer_put_text(out, ": no sheet to take");
    arena_destroy(&arena);
    return is_read;
}

static void put_survey(struct buffer *out, const struct summary_view *view)
{
    const struct run_result *r = view->result;
    uint32_t issue = 0, shown = 0, most = view->asked->is_verbose ? UINT32_MAX : SOURCES_SHOWN;
    for (uint32_t i = 0; i < r->n_sources_list && shown < most; i++) {
        const struct source *source = &r->sources_list[i];
        if (source->slice || source->state != SOURCE_TASK)
            continue;
        size_t before = out->len;
        shown++;
        utf8_put_printable(out, source->name);
        if (!put_layout(out, source))
            out->len = before;
        uint32_t end = end_of_issues(r, i, &issue);
        if (out->len > before) {
            put_findings(out, r, issue, end);
            buffer_put_char(out, '\n');
        }
        issue = end;
    }
    if (shown == most && shown < r->sources)
        buffer_putf(out, "... %u sources in all; --verbose prints them\n", r->sources);
}

/* --- the whole --------------------------------------------------------------------------------------------------------- */

/* "40 sources", or "38 of 40 sources" */
static void put_sources(struct buffer *out, const struct run_result *r)
{
    char number[32];
    if (r->used != r->sources)
        buffer_putf(out, "%s of ", wording_grouped(r->used, number));
    buffer_putf(out, "%s source%s", wording_grouped(r->sources, number), wording_plural(r->sources));
}

void stack_summary_put(struct buffer *out, const struct summary_view *view)
{
    const struct run_result *r = view->result;
    const struct job *job = &view->asked->job;
    char rows[32], kilobytes[32];
    uint32_t beside = job->stack.no_source_columns ? 0 : STACK_SOURCE_COLUMNS;
    uint32_t columns = r->columns > beside ? r->columns - beside : 0;
    if (job->is_check)
        put_survey(out, view);
    buffer_putf(out, "%s row%s of ", wording_grouped(r->rows, rows), wording_plural(r->rows));
    put_sources(out, r);
    buffer_putf(out, " (%u column%s)", columns, wording_plural(columns));
    if (job->is_check) {
        buffer_putf(out, " would be taken (%.1f s); nothing was written\n", (double)view->elapsed_ms / 1000);
    } else {
        buffer_put_text(out, " in ");
        utf8_put_printable(out, wording_path(r->output_path));
        buffer_putf(out, ", %s KB in %.1f s\n", wording_grouped((r->output_bytes + 1023) / 1024, kilobytes),
                    (double)view->elapsed_ms / 1000);
    }
    put_dropped(out, r);
    put_columns(out, r, ISSUE_COLUMN_MISSING, "  columns that sources lack: ");
    put_columns(out, r, ISSUE_COLUMN_EXTRA, "  columns that are not kept: ");
}

static void put_json_sheet(struct buffer *out, const struct stack_layout_sheet *sheet)
{
    buffer_put_text(out, "{\"sheet\":");
    utf8_put_json(out, sheet->name);
    buffer_putf(out, ",\"first_header\":%u,\"last_header\":%u,\"columns\":[", sheet->first_header, sheet->last_header);
    for (uint32_t i = 0; i < sheet->n_columns; i++) {
        buffer_put_text(out, i ? "," : "");
        utf8_put_json(out, sheet->columns[i].name);
    }
    buffer_put_text(out, "]}");
}

static bool put_json_layout(struct buffer *out, const struct source *source, bool is_first)
{
    struct arena *arena = arena_new(LAYOUT_ARENA_BYTES);
    struct stack_layout layout;
    bool is_read = stack_layout_decode(source->layout, arena, &layout) == FAULT_NONE;
    if (is_read) {
        buffer_put_text(out, is_first ? "{\"source\":" : ",{\"source\":");
        utf8_put_json(out, source->name);
        buffer_put_text(out, ",\"sheets\":[");
        for (uint32_t i = 0; i < layout.n_sheets; i++) {
            buffer_put_text(out, i ? "," : "");
            put_json_sheet(out, &layout.sheets[i]);
        }
        buffer_put_text(out, "]}");
    }
    arena_destroy(&arena);
    return is_read;
}

void stack_summary_put_json(struct buffer *out, const struct run_result *r)
{
    bool is_first = true;
    buffer_putf(out, ",\"rows\":%llu,\"columns\":%u,\"row_counts\":{", (unsigned long long)r->rows, r->columns);
    for (size_t i = 0; i < N_REASONS; i++)
        buffer_putf(out, "%s\"%s\":%llu", i ? "," : "", reasons[i].name, (unsigned long long)count_of(r, &reasons[i]));
    buffer_put_char(out, '}');
    buffer_put_text(out, ",\"layouts\":[");
    for (uint32_t i = 0; i < r->n_sources_list; i++)
        if (r->sources_list[i].layout.len && !r->sources_list[i].slice && put_json_layout(out, &r->sources_list[i], is_first))
            is_first = false;
    buffer_put_char(out, ']');
}

/* SPDX-License-Identifier: MIT
 *
 * stack_rows [-n TIMES] [-s SLICE_BYTES] [-f xlsx|csv|jsonl] [-r] FILE...: reads each workbook's first sheet (header in row 1) with the
 * reader that workers use, without sockets, on one thread. Prints cells, bytes and nanoseconds per cell; with -p FILE the partial
 * results' rows go there; with -r the columns of the output stand in reverse order.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "core/must.h"
#include "wire/stack_layout.h"
#include "wire/stack_partial.h"
#include "wire/stack_plan.h"
#include "workbook/codec.h"
#include "workbook/sheet.h"
#include "workbook/styles.h"
#include "workers/stack_work.h"

#define FILES_MAX 1000
#define COLUMNS_MAX 512

struct table {
    struct stack_layout_column columns[COLUMNS_MAX];
    uint32_t n;
    uint32_t row;
};

struct input {
    struct source source;
    uint64_t sheet_bytes;
};

static bool is_reversed;
static struct stack_plan plan;
static struct table table;
static struct arena *arena;

static enum fault take_row(void *context, const struct sheet_row *row)
{
    (void)context;
    return row->row > 0 ? FAULT_REFUSED : FAULT_NONE;
}

static enum fault take_cell(void *context, const struct cell *cell)
{
    (void)context;
    must(table.n < COLUMNS_MAX);
    struct span text = arena_copy(arena, cell->value);
    table.columns[table.n] = (struct stack_layout_column){.col = cell->col, .column = table.n, .header = text, .name = text};
    table.n++;
    return FAULT_NONE;
}

static bool has_format(struct span code)
{
    for (uint32_t i = 0; i < plan.n_formats; i++) {
        if (span_equal(plan.formats[i], code))
            return true;
    }
    return span_is(code, "General");
}

static void add_formats(struct book *book)
{
    struct styles *styles;
    struct why why;
    must(styles_read(book, &styles, &why) == FAULT_NONE);
    plan.formats = must_realloc(plan.formats, (plan.n_formats + styles_count(styles)) * sizeof *plan.formats);
    for (uint32_t i = 0; i < styles_count(styles); i++) {
        if (!has_format(styles_format(styles, i)))
            plan.formats[plan.n_formats++] = arena_copy(arena, styles_format(styles, i));
    }
    styles_destroy(&styles);
}

/* The header becomes the plan's columns with the first file; the others must have the same. */
static void survey(const char *path, struct input *ret)
{
    struct package *package;
    struct book *book;
    struct shared_strings *strings;
    struct why why;
    struct sheet_handler handler = {.row = take_row, .cell = take_cell};
    struct examined_file examined;
    must(file_examine(path, &examined, &why) == FAULT_NONE);
    package_close(&examined.package);
    must(package_open(path, NULL, &package, &why) == FAULT_NONE && book_open(package, &book, &why) == FAULT_NONE &&
         shared_strings_read(book, &strings, &why) == FAULT_NONE);
    table.n = 0;
    (void)!sheet_scan(book, 0, strings, &handler, &why);
    if (!plan.columns) {
        plan.n_columns = table.n;
        plan.columns = must_alloc(table.n * sizeof *plan.columns);
        for (uint32_t i = 0; i < table.n; i++)
            plan.columns[i] = (struct stack_column){table.columns[i].name, table.columns[i].name};
    }
    must(table.n == plan.n_columns);
    for (uint32_t i = 0; i < table.n && is_reversed; i++)
        table.columns[i].column = table.n - 1 - i;
    add_formats(book);
    ret->source = (struct source){.path = span_of(path), .name = span_of(path), .sha = examined.sha, .size = examined.size,
                                  .mtime_ns = examined.mtime_ns};
    ret->sheet_bytes = package_entry_at(package, book->sheets[0].entry)->size;
    shared_strings_destroy(&strings);
    book_close(&book);
    package_close(&package);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

struct totals {
    uint64_t cells, used, raw, bytes, rows;
    FILE *print;
};

static void print_fragment(struct totals *totals, struct span bytes)
{
    static char window[1 << 16];
    struct inflater *inflater = inflater_new();
    while (bytes.len) {
        size_t len;
        bool is_end;
        must(inflater_step(inflater, &bytes, window, sizeof window, &len, &is_end) == FAULT_NONE);
        fwrite(window, 1, len, totals->print);
    }
    inflater_destroy(&inflater);
}

static void add_partial(struct totals *totals, struct span bytes)
{
    struct stack_partial partial;
    arena_clear(arena);
    must(stack_partial_open(bytes, bytes.len, arena, &partial) == FAULT_NONE);
    totals->cells += partial.counts.read;
    totals->used += partial.counts.used;
    totals->rows += partial.n_rows;
    totals->bytes += partial.bytes_len;
    uint64_t at = partial.bytes_at;
    for (uint32_t i = 0; i < partial.n_fragments; i++) {
        struct stack_fragment fragment;
        stack_fragment_get((const unsigned char *)bytes.data + partial.fragments_at + i * STACK_FRAGMENT_BYTES, &fragment);
        totals->raw += fragment.raw_len;
        struct span here = span_make(bytes.data + at, fragment.len);
        if (totals->print && plan.form == STACK_XLSX)
            print_fragment(totals, here);
        else if (totals->print)
            fwrite(here.data, 1, here.len, totals->print);
        at += fragment.len;
    }
}

static void read_input(void *reader, const struct input *input, uint64_t slice_bytes, struct totals *totals)
{
    struct stack_layout_sheet sheet = {.name = SPAN("Sheet1"), .first_header = 1, .last_header = 1, .columns = table.columns,
                                       .n_columns = table.n};
    uint32_t slices = slice_bytes ? (uint32_t)((input->sheet_bytes + slice_bytes - 1) / slice_bytes) : 1;
    struct buffer layout, out;
    buffer_init(&layout, BUFFER_LIMIT_DEFAULT);
    buffer_init(&out, (size_t)1 << 32);
    for (uint32_t i = 0; i < slices; i++) {
        struct stack_layout whole = {.sheets = &sheet, .n_sheets = 1, .from = i * slice_bytes, .to = (i + 1) * slice_bytes};
        if (i + 1 == slices)
            whole.to = STACK_TO_END;
        buffer_clear(&layout);
        stack_layout_encode(&layout, &whole);
        struct source source = input->source;
        source.slice = i;
        source.slices = slices;
        source.layout = buffer_span(&layout);
        struct why why = {0};
        char line[600];
        uint64_t cells;
        buffer_clear(&out);
        if (stack_work.read(reader, &source, &out, &cells, &why) != FAULT_NONE) {
            fprintf(stderr, "%s\n", why_line(&why, line, sizeof line));
            exit(EXIT_FAILURE);
        }
        add_partial(totals, buffer_span(&out));
    }
    buffer_free(&out);
    buffer_free(&layout);
}

int main(int argc, char **argv)
{
    static struct input inputs[FILES_MAX];
    uint64_t slice_bytes = 0;
    int times = 5;
    struct totals totals = {0};
    plan = (struct stack_plan){.has_source_columns = true,
                               .source_names = {SPAN("_file"), SPAN("_sheet"), SPAN("_row")}};
    for (int option; (option = getopt(argc, argv, "n:s:f:p:cr")) != -1;) {
        if (option == 'n')
            times = atoi(optarg);
        else if (option == 's')
            slice_bytes = strtoull(optarg, NULL, 10);
        else if (option == 'f')
            plan.form = *optarg == 'c' ? STACK_CSV : *optarg == 'j' ? STACK_JSONL : STACK_XLSX;
        else if (option == 'r')
            is_reversed = true;
        else if (option == 'c')
            plan.compress_small = true;
        else if (option == 'p')
            totals.print = fopen(optarg, "wb");
    }
    int n = argc - optind;
    if (n < 1 || n > FILES_MAX)
        return fprintf(stderr, "usage: stack_rows [-n TIMES] [-s SLICE_BYTES] [-f FORM] [-p OUT] [-c] [-r] FILE...\n"), 2;
    arena = arena_new((size_t)1 << 30);
    for (int i = 0; i < n; i++)
        survey(argv[optind + i], &inputs[i]);
    struct buffer encoded;
    struct why why = {0};
    buffer_init(&encoded, BUFFER_LIMIT_DEFAULT);
    stack_plan_encode(&encoded, &plan);
    struct arena *names = arena;
    arena = arena_new((size_t)1 << 30);
    for (int time = 0; time < times; time++) {
        totals = (struct totals){.print = time == 0 ? totals.print : NULL};
        double from = now();
        void *reader = stack_work.begin(buffer_span(&encoded), &why);
        must(reader);
        for (int i = 0; i < n; i++)
            read_input(reader, &inputs[i], slice_bytes, &totals);
        stack_work.end(reader);
        double ns = now() - from;
        printf("cells %llu used %llu rows %llu raw %.1f MB out %.1f MB: %.1f ms, %.1f ns a cell\n", (unsigned long long)totals.cells,
               (unsigned long long)totals.used, (unsigned long long)totals.rows, (double)totals.raw / 1e6, (double)totals.bytes / 1e6,
               ns / 1e6, ns / (double)totals.cells);
    }
    arena_destroy(&arena);
    arena_destroy(&names);
    buffer_free(&encoded);
    return EXIT_SUCCESS;
}

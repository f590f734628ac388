/* SPDX-License-Identifier: MIT
 *
 * The dump of a workbook: sheet index, sheet name (JSON), reference, type (n s b e), value, separated by tabs, streamed
 * through one buffer. Numbers are the shortest decimal of the double, dates raw serials, texts JSON strings. Texts can be
 * shared by many cells, so the dump has a budget of its own.
 */
#include "cli/cells.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cells_survey.h"
#include "cli/options.h"
#include "core/buffer.h"
#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "workbook/sheet_selector.h"

#define OUTPUT_LIMIT_LEAST ((uint64_t)256 << 20)
#define OUTPUT_PER_FILE_BYTE 40u
#define FLUSH_BYTES ((size_t)256 << 10)
#define LINE_BYTES ((size_t)16 << 20) /* any line: a text of 1 MiB, six bytes for each control character */

struct cells_options {
    const char *path;
    struct sheet_selector sheets;
    uint64_t limit_bytes; /* 0: by the size of the file */
    bool wants_help;
};

struct dump {
    struct buffer out;
    struct buffer prefix; /* "0\t\"Sheet1\"\t" */
    uint64_t written_bytes, limit_bytes;
    struct book *book;
    struct shared_strings *strings;
    struct cells_survey *surveys; /* one per sheet */
    const struct cells_survey *survey; /* of the sheet that is printed */
    uint64_t values;                   /* of it so far */
    size_t passed;                     /* how many of them were replaced ones */
    bool cannot_write;
    struct why *why;
};

/* --- output ------------------------------------------------------------------------------------------------------------------ */

static enum fault flush(struct dump *self)
{
    if (self->out.len > self->limit_bytes - self->written_bytes)
        return why_set(self->why, FAULT_LIMIT, "the dump is longer than %llu bytes: raise it with --max-bytes",
                       (unsigned long long)self->limit_bytes);
    for (size_t at = 0; at < self->out.len;) {
        ssize_t n = write(STDOUT_FILENO, self->out.data + at, self->out.len - at);
        if (n < 0 && errno == EINTR)
            continue;
        self->cannot_write |= n < 0;
        if (n < 0)
            return why_set(self->why, fault_from_errno(errno), "cannot write the dump: %s", strerror(errno));
        at += (size_t)n;
    }
    self->written_bytes += self->out.len;
    self->out.len = 0;
    return FAULT_NONE;
}

static void put_number(struct dump *self, double value)
{
    char text[NUMBER_TEXT_MAX];
    buffer_put(&self->out, span_make(text, number_format(value, text)));
}

static enum fault put_value(struct dump *self, const struct cell *cell)
{
    double value;
    switch (cell->type) {
    case CELL_NUMBER:
        if (number_parse(cell->value, &value))
            return why_set(self->why, FAULT_CORRUPT, "\"%.*s\" is no number", SPAN_ARGS(cell->value));
        put_number(self, value);
        return FAULT_NONE;
    case CELL_DATE:
        if (!cells_survey_serial(self->book, cell->value, &value)) /* the survey saw none: somebody writes to the file */
            return why_set(self->why, FAULT_CHANGED, "the file changes while it is read");
        put_number(self, value);
        return FAULT_NONE;
    case CELL_BOOLEAN:
        buffer_put(&self->out, cell->value);
        return FAULT_NONE;
    default:
        utf8_put_json(&self->out, cell->value);
        return FAULT_NONE;
    }
}

/* Counts the value, and tells whether a later one takes its place. */
static bool is_replaced(struct dump *self)
{
    const struct cells_survey *survey = self->survey;
    bool is_one = self->passed < survey->n_replaced && survey->replaced[self->passed] == self->values;
    self->values++;
    self->passed += is_one;
    return is_one;
}

static enum fault put_cell(void *context, const struct cell *cell)
{
    static const char letters[] = {[CELL_NUMBER] = 'n', [CELL_TEXT] = 's', [CELL_BOOLEAN] = 'b', [CELL_ERROR] = 'e',
                                   [CELL_DATE] = 'n'};
    struct dump *self = context;
    if (!cells_survey_counts(cell) || is_replaced(self))
        return FAULT_NONE;
    char ref[CELL_REF_TEXT_MAX];
    size_t n = cell_ref_format((struct cell_ref){cell->row, cell->col}, ref);
    buffer_put(&self->out, buffer_span(&self->prefix));
    buffer_put(&self->out, span_make(ref, n));
    char type[3] = {'\t', letters[cell->type], '\t'};
    buffer_put(&self->out, span_make(type, sizeof type));
    enum fault fault = put_value(self, cell);
    buffer_put_char(&self->out, '\n');
    if (!fault && self->out.len >= FLUSH_BYTES)
        fault = flush(self);
    return fault;
}

/* --- the workbook ------------------------------------------------------------------------------------------------------------ */

static void warn(const struct book_sheet *sheet, const char *what)
{
    struct buffer name;
    buffer_init(&name, LINE_BYTES);
    utf8_put_printable(&name, sheet->name);
    fprintf(stderr, "warning: sheet \"%.*s\" %s\n", (int)name.len, name.len ? name.data : "", what);
    buffer_free(&name);
}

static bool is_wanted(const struct cells_options *options, const struct book *book, size_t index)
{
    if (options->sheets.kind == SELECT_BY_NAME || options->sheets.kind == SELECT_ALL)
        return true; /* macro and dialog sheets too */
    return sheet_selector_picks(&options->sheets, book, index);
}

/* Looks at every wanted sheet: what is damaged or too much is refused before the first line. */
static enum fault survey_sheets(struct dump *self, const struct cells_options *options)
{
    struct book *book = self->book;
    uint64_t left = self->limit_bytes;
    size_t wanted = 0;
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; !fault && i < book->n_sheets; i++) {
        if (!is_wanted(options, book, i))
            continue;
        wanted++;
        if (book->sheets[i].kind == SHEET_MISSING)
            warn(&book->sheets[i], "has no part in the file: nothing of it can be shown");
        fault = cells_survey_sheet(book, i, self->strings, left, &self->surveys[i], self->why);
        if (self->surveys[i].n_replaced)
            warn(&book->sheets[i], "stores cells twice: the last value of each is shown");
        left -= fault ? 0 : self->surveys[i].bytes;
    }
    if (book->n_sheets == 0)
        fault = why_set(self->why, FAULT_CORRUPT, "the workbook has no sheets");
    else if (!fault && !wanted)
        fault = why_set(self->why, FAULT_NOT_FOUND, "no sheet is the one that --sheet asks for");
    return fault;
}

static enum fault dump_sheet(struct dump *self, size_t index)
{
    buffer_clear(&self->prefix);
    buffer_put_u64(&self->prefix, index);
    buffer_put_char(&self->prefix, '\t');
    utf8_put_json(&self->prefix, self->book->sheets[index].name);
    buffer_put_char(&self->prefix, '\t');
    self->survey = &self->surveys[index];
    self->values = self->passed = 0;
    struct sheet_handler handler = {.self = self, .cell = put_cell};
    return sheet_scan(self->book, index, self->strings, &handler, self->why);
}

static enum fault dump_book(struct dump *self, const struct cells_options *options)
{
    size_t n = self->book->n_sheets;
    self->surveys = must_alloc(n * sizeof self->surveys[0]);
    enum fault fault = shared_strings_read(self->book, &self->strings, self->why);
    if (!fault)
        fault = survey_sheets(self, options);
    for (size_t i = 0; !fault && i < n; i++) {
        if (self->surveys[i].values)
            fault = dump_sheet(self, i);
    }
    for (size_t i = 0; i < n; i++)
        cells_survey_free(&self->surveys[i]);
    free(self->surveys);
    shared_strings_destroy(&self->strings);
    return fault ? fault : flush(self);
}

/* A text can be shared by a million cells: 15 KB of file would print 12 GB. What honest files print is a few times their size. */
static uint64_t default_limit(const char *path)
{
    struct stat info;
    uint64_t size = stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
    uint64_t limit = size < UINT64_MAX / OUTPUT_PER_FILE_BYTE ? size * OUTPUT_PER_FILE_BYTE : UINT64_MAX;
    return limit > OUTPUT_LIMIT_LEAST ? limit : OUTPUT_LIMIT_LEAST;
}

static enum fault dump_file(const struct cells_options *options, bool *ret_cannot_write, struct why *why)
{
    struct dump dump = {.limit_bytes = options->limit_bytes, .why = why};
    struct package *package = NULL;
    if (!dump.limit_bytes)
        dump.limit_bytes = default_limit(options->path);
    buffer_init(&dump.out, FLUSH_BYTES + LINE_BYTES);
    buffer_init(&dump.prefix, LINE_BYTES);
    enum fault fault = package_open(options->path, NULL, &package, why);
    if (!fault)
        fault = book_open(package, &dump.book, why);
    if (!fault)
        fault = dump_book(&dump, options);
    *ret_cannot_write = dump.cannot_write;
    book_close(&dump.book);
    package_close(&package);
    buffer_free(&dump.out);
    buffer_free(&dump.prefix);
    return fault;
}

/* --- the command --------------------------------------------------------------------------------------------------------------- */

/* "1048576", "64K", "256M", "1G". */
static bool parse_size(const char *text, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    const char *units = "KMG", *unit = *end ? strchr(units, *end & ~0x20) : NULL;
    unsigned shift = unit ? 10 * (unsigned)(unit - units + 1) : 0;
    if (errno || end == text || *text == '-' || value == 0 || value > UINT64_MAX >> shift >> 1 || end[unit != NULL])
        return false;
    *ret = (uint64_t)value << shift;
    return true;
}

static int parse_options(int argc, char **argv, struct cells_options *ret)
{
    static const struct option longs[] = {
        {"sheet", required_argument, NULL, 's'}, {"max-bytes", required_argument, NULL, 'm'}, {"help", no_argument, NULL, 'h'}, {0}};
    struct why why = {0};
    int letter;
    optind = 0;
    while ((letter = getopt_long(argc, argv, ":s:h", longs, NULL)) != -1) {
        if (letter == 'm' && !parse_size(optarg, &ret->limit_bytes))
            return usage_error("cells", "--max-bytes wants a size such as 64M, not \"%s\"", optarg);
        if (letter == 's') {
            sheet_selector_free(&ret->sheets);
            if (sheet_selector_parse(span_of(optarg), &ret->sheets, &why))
                return usage_error("cells", "%s", why.text);
        }
        if (letter == 'h')
            ret->wants_help = true;
        if (letter == '?' || letter == ':')
            return usage_error("cells", "%s \"%s\"", letter == '?' ? "unknown option" : "a value is missing for", argv[optind - 1]);
    }
    if (!ret->wants_help && argc - optind != 1)
        return usage_error("cells", argc == optind ? "which FILE?" : "one FILE at a time");
    ret->path = argv[optind];
    return EXIT_DONE;
}

static void report(const struct cells_options *options, enum fault fault, const struct why *why)
{
    char line[1024];
    fprintf(stderr, "error: %s: %s: %s\n", fault_class(fault), options->path,
            why->fault ? why_line(why, line, sizeof line) : fault_text(fault));
}

int cells_command(int argc, char **argv)
{
    struct cells_options options = {0};
    int code = parse_options(argc, argv, &options);
    if (!code && options.wants_help) {
        help_print_command(command_find("cells"));
    } else if (!code) {
        struct why why = {0};
        bool cannot_write;
        enum fault fault = dump_file(&options, &cannot_write, &why);
        if (fault)
            report(&options, fault, &why);
        code = !fault ? EXIT_DONE : cannot_write ? EXIT_OUTPUT : EXIT_NOTHING;
    }
    sheet_selector_free(&options.sheets);
    return code;
}

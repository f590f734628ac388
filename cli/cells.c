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

#include "cli/options.h"
#include "core/buffer.h"
#include "core/number.h"
#include "core/utf8.h"
#include "workbook/dates.h"
#include "workbook/sheet.h"

#define OUTPUT_LIMIT_LEAST ((uint64_t)32 << 20)
#define OUTPUT_PER_FILE_BYTE 40u
#define FLUSH_BYTES ((size_t)256 << 10)
#define LINE_BYTES ((size_t)16 << 20) /* any line: a text of 1 MiB, six bytes for each control character */

struct cells_options {
    const char *path, *sheet;
    uint64_t limit_bytes;
};

struct dump {
    struct buffer out;
    struct buffer prefix; /* "0\t\"Sheet1\"\t" */
    uint64_t written_bytes, limit_bytes;
    bool is_1904;
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

static enum fault put_date(struct dump *self, struct span text)
{
    double serial;
    if (!date_from_iso(text, self->is_1904, &serial))
        return why_set(self->why, FAULT_CORRUPT, "\"%.*s\" is no ISO 8601 date", (int)(text.len < 80 ? text.len : 80),
                       text.data);
    put_number(self, serial);
    return FAULT_NONE;
}

static enum fault put_value(struct dump *self, const struct cell *cell)
{
    double value;
    switch (cell->type) {
    case CELL_NUMBER:
        if (number_parse(cell->value, &value))
            return why_set(self->why, FAULT_CORRUPT, "a number that is none");
        put_number(self, value);
        return FAULT_NONE;
    case CELL_DATE:
        return put_date(self, cell->value);
    case CELL_BOOLEAN:
        buffer_put(&self->out, cell->value);
        return FAULT_NONE;
    default:
        utf8_put_json(&self->out, cell->value);
        return FAULT_NONE;
    }
}

static enum fault put_cell(void *context, const struct cell *cell)
{
    static const char letters[] = {[CELL_NUMBER] = 'n', [CELL_TEXT] = 's', [CELL_BOOLEAN] = 'b', [CELL_ERROR] = 'e',
                                   [CELL_DATE] = 'n'};
    struct dump *self = context;
    if (!cell->has_value || (cell->type == CELL_TEXT && !cell->value.len))
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

static enum fault dump_sheet(struct dump *self, struct book *book, size_t index, const struct shared_strings *strings)
{
    const struct book_sheet *sheet = &book->sheets[index];
    if (sheet->kind == SHEET_MISSING)
        fprintf(stderr, "warning: sheet \"%.*s\" has no part in the file: nothing of it can be shown\n",
                SPAN_ARGS(sheet->name));
    buffer_clear(&self->prefix);
    buffer_put_u64(&self->prefix, index);
    buffer_put_char(&self->prefix, '\t');
    utf8_put_json(&self->prefix, sheet->name);
    buffer_put_char(&self->prefix, '\t');
    struct sheet_handler handler = {.self = self, .cell = put_cell};
    return sheet_scan(book, index, strings, &handler, self->why);
}

static enum fault dump_book(struct dump *self, struct book *book, const struct cells_options *options)
{
    int only = -1;
    if (options->sheet) {
        only = book_find_sheet(book, span_of(options->sheet));
        if (only < 0)
            return why_set(self->why, FAULT_NOT_FOUND, "there is no sheet \"%s\"", options->sheet);
    }
    struct shared_strings *strings = NULL;
    enum fault fault = shared_strings_read(book, &strings, self->why);
    self->is_1904 = book->is_1904;
    for (size_t i = 0; !fault && i < book->n_sheets; i++) {
        if (only < 0 || (size_t)only == i)
            fault = dump_sheet(self, book, i, strings);
    }
    shared_strings_destroy(&strings);
    return fault;
}

static enum fault dump_file(const struct cells_options *options, struct why *why)
{
    struct dump dump = {.limit_bytes = options->limit_bytes, .why = why};
    struct package *package = NULL;
    struct book *book = NULL;
    buffer_init(&dump.out, FLUSH_BYTES + LINE_BYTES);
    buffer_init(&dump.prefix, LINE_BYTES);
    enum fault fault = package_open(options->path, NULL, &package, why);
    if (!fault)
        fault = book_open(package, &book, why);
    if (!fault)
        fault = dump_book(&dump, book, options);
    if (!fault)
        fault = flush(&dump);
    book_close(&book);
    package_close(&package);
    buffer_free(&dump.out);
    buffer_free(&dump.prefix);
    return fault;
}

/* --- the command --------------------------------------------------------------------------------------------------------------- */

/* "1048576", "64M", "1G": bytes. */
static bool parse_size(const char *text, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    unsigned shift = *end == 'K' ? 10 : *end == 'M' ? 20 : *end == 'G' ? 30 : 0;
    if (errno || end == text || *text == '-' || value == 0 || end[shift != 0] || value > UINT64_MAX >> shift)
        return false;
    *ret = (uint64_t)value << shift;
    return true;
}

static int parse_options(int argc, char **argv, struct cells_options *ret)
{
    static const struct option longs[] = {
        {"sheet", required_argument, NULL, 's'}, {"max-bytes", required_argument, NULL, 'm'}, {0}};
    *ret = (struct cells_options){0};
    opterr = 0;
    optind = 1;
    for (int c; (c = getopt_long(argc, argv, ":s:", longs, NULL)) != -1;) {
        if (c == 's')
            ret->sheet = optarg;
        else if (c == 'm' && !parse_size(optarg, &ret->limit_bytes))
            return usage_error("cells", "--max-bytes %s: a number of bytes, as in 64M or 1G", optarg);
        else if (c == ':')
            return usage_error("cells", "option %s needs a value", argv[optind - 1]);
        else if (c == '?')
            return usage_error("cells", "unknown option %s", argv[optind - 1]);
    }
    if (argc - optind != 1)
        return usage_error("cells", "name one FILE");
    ret->path = argv[optind];
    return EXIT_DONE;
}

/* A text can be shared by a million cells: 15 KB of file would print 12 GB. What honest files print is a few times their size. */
static uint64_t default_limit(const char *path)
{
    struct stat info;
    uint64_t size = stat(path, &info) == 0 && info.st_size > 0 ? (uint64_t)info.st_size : 0;
    uint64_t limit = size < UINT64_MAX / OUTPUT_PER_FILE_BYTE ? size * OUTPUT_PER_FILE_BYTE : UINT64_MAX;
    return limit > OUTPUT_LIMIT_LEAST ? limit : OUTPUT_LIMIT_LEAST;
}

int cells_command(int argc, char **argv)
{
    struct cells_options options;
    int code = parse_options(argc, argv, &options);
    if (code)
        return code;
    if (!options.limit_bytes)
        options.limit_bytes = default_limit(options.path);
    struct why why = {0};
    enum fault fault = dump_file(&options, &why);
    if (!fault)
        return EXIT_DONE;
    char line[1024];
    fprintf(stderr, "error: %s: %s: %s\n", fault_class(fault), options.path,
            why.fault ? why_line(&why, line, sizeof line) : fault_text(fault));
    return fault == FAULT_IO || fault == FAULT_NO_SPACE ? EXIT_OUTPUT : EXIT_NOTHING;
}

/* SPDX-License-Identifier: MIT
 *
 * The CSV beside the workbook, a field at a time: RFC 4180 with what sink/contributions_csv.c does to formulas undone.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "sink/contributions.h"
#include "sink/contributions_reader.h"

#define FIELD_BYTES_MAX ((size_t)1 << 20) /* a cell has at most 32,767 characters */
#define READ_BYTES ((size_t)64 << 10)

struct csv_reader {
    FILE *file;
    const char *path;
    const struct contributions_events *events;
    struct buffer fields[CONTRIBUTIONS_LONG_COLS], sheet; /* sheet: of the result told last */
    bool is_quoted[CONTRIBUTIONS_LONG_COLS];
    struct cell_ref cell;
    bool has_last, wants_parts;
    uint64_t line;
};

static enum fault complain(const struct csv_reader *self, struct why *why, const char *what)
{
    return why_set(why, FAULT_CORRUPT, "%s: line %llu: %s", self->path, (unsigned long long)self->line, what);
}

/* One field; *ret_end is the character behind it: ',', '\n' or EOF. False: too long, or quotes that do not match. */
static bool read_field(struct csv_reader *self, struct buffer *out, bool *ret_quoted, int *ret_end)
{
    int c = getc_unlocked(self->file);
    buffer_clear(out);
    *ret_quoted = c == '"';
    if (c == '"') {
        for (;;) {
            c = getc_unlocked(self->file);
            if (c == '"' && (c = getc_unlocked(self->file)) != '"')
                break;
            char byte = (char)c;
            if (c == EOF || buffer_append(out, span_make(&byte, 1)) != FAULT_NONE)
                return false;
        }
    }
    while (c != EOF && c != ',' && c != '\n') {
        char byte = (char)c;
        if (c != '\r' && (*ret_quoted || buffer_append(out, span_make(&byte, 1)) != FAULT_NONE))
            return false;
        c = getc_unlocked(self->file);
    }
    *ret_end = c;
    return true;
}

/* False at the end of the file. */
static enum fault read_line(struct csv_reader *self, bool *ret_more, struct why *why)
{
    int end = ',';
    size_t n = 0;
    self->line++;
    while (end == ',' && n < CONTRIBUTIONS_LONG_COLS) {
        if (!read_field(self, &self->fields[n], &self->is_quoted[n], &end))
            return complain(self, why, "a field that does not end");
        n++;
    }
    if (ferror(self->file))
        return why_set(why, FAULT_IO, "%s: cannot be read", self->path);
    *ret_more = !(end == EOF && n == 1 && self->fields[0].len == 0);
    if (*ret_more && (end == ',' || n < CONTRIBUTIONS_LONG_COLS))
        return complain(self, why, "not nine fields; the file was changed or cut off");
    return FAULT_NONE;
}

static struct span field(const struct csv_reader *self, enum contributions_column column)
{
    struct span text = buffer_span(&self->fields[column]);
    if (self->is_quoted[column] && text.len && text.data[0] == '\'')
        text = span_from(text, 1);
    return text;
}

static struct told tell(const struct csv_reader *self, enum contributions_column column)
{
    struct span text = field(self, column);
    double number;
    enum told_kind kind = TOLD_TEXT;
    if (!text.len && !self->is_quoted[column])
        kind = TOLD_NOTHING;
    else if (!self->is_quoted[column] && number_parse(text, &number) == FAULT_NONE)
        kind = TOLD_NUMBER;
    else if (!self->is_quoted[column] && (span_is(text, "TRUE") || span_is(text, "FALSE")))
        kind = TOLD_BOOLEAN;
    else if (!self->is_quoted[column] && text.len > 2 && text.data[0] == '#')
        kind = TOLD_ERROR;
    return (struct told){kind, text};
}

static enum fault take_head(struct csv_reader *self, struct why *why)
{
    struct cell_ref cell;
    struct span sheet = field(self, CONTRIBUTIONS_COL_SHEET);
    if (!cell_ref_parse(field(self, CONTRIBUTIONS_COL_CELL), &cell))
        return complain(self, why, "no cell in the second field");
    bool is_same = self->has_last && cell.row == self->cell.row && cell.col == self->cell.col &&
                   span_equal(sheet, buffer_span(&self->sheet));
    if (is_same)
        return FAULT_NONE;
    self->has_last = true;
    self->cell = cell;
    buffer_clear(&self->sheet);
    buffer_put(&self->sheet, sheet);
    struct contributions_head head = {
        .sheet = sheet, .cell = cell, .row_label = field(self, CONTRIBUTIONS_COL_ROW_LABEL),
        .column_label = field(self, CONTRIBUTIONS_COL_COLUMN_LABEL), .function = field(self, CONTRIBUTIONS_COL_FUNCTION),
        .result = tell(self, CONTRIBUTIONS_COL_RESULT),
        .n = strtoull(buffer_text(&self->fields[CONTRIBUTIONS_COL_N]), NULL, 10)};
    return self->events->head(self->events->self, &head, &self->wants_parts);
}

static enum fault check_header(struct csv_reader *self, struct why *why)
{
    static const char *const headers[] = CONTRIBUTIONS_HEADERS;
    bool has_line;
    for (const char *mark = "\xEF\xBB\xBF"; *mark; mark++)
        if (getc_unlocked(self->file) != (unsigned char)*mark)
            return FAULT_NOT_FOUND;
    enum fault fault = read_line(self, &has_line, why);
    if (fault != FAULT_NONE || !has_line)
        return FAULT_NOT_FOUND;
    for (size_t i = 0; i < CONTRIBUTIONS_LONG_COLS; i++)
        if (!span_is(buffer_span(&self->fields[i]), headers[i]))
            return FAULT_NOT_FOUND;
    return FAULT_NONE;
}

static enum fault read_lines(struct csv_reader *self, struct why *why)
{
    bool has_line;
    enum fault fault = check_header(self, why);
    while (fault == FAULT_NONE && (fault = read_line(self, &has_line, why)) == FAULT_NONE && has_line) {
        fault = take_head(self, why);
        if (fault != FAULT_NONE || !self->wants_parts)
            continue;
        struct contributions_part part = {.source = field(self, CONTRIBUTIONS_COL_SOURCE),
                                          .value = tell(self, CONTRIBUTIONS_COL_VALUE)};
        fault = self->events->part(self->events->self, &part);
    }
    return fault;
}

enum fault contributions_csv_read(const char *path, const struct contributions_events *events, struct why *why)
{
    FILE *file = fopen(path, "rbe");
    if (!file)
        return why_set(why, fault_from_errno(errno), "%s: %s", path, strerror(errno));
    setvbuf(file, NULL, _IOFBF, READ_BYTES);
    struct csv_reader self = {.file = file, .path = path, .events = events};
    buffer_init(&self.sheet, FIELD_BYTES_MAX);
    for (size_t i = 0; i < CONTRIBUTIONS_LONG_COLS; i++)
        buffer_init(&self.fields[i], FIELD_BYTES_MAX);
    enum fault fault = read_lines(&self, why);
    for (size_t i = 0; i < CONTRIBUTIONS_LONG_COLS; i++)
        buffer_free(&self.fields[i]);
    buffer_free(&self.sheet);
    fclose(file);
    return fault;
}

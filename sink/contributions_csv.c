/* SPDX-License-Identifier: MIT
 *
 * One line per contribution; numbers in the shortest exact form, never through a locale.
 */
#include "sink/contributions_csv.h"

#include <stdlib.h>

#include "core/must.h"
#include "core/number.h"
#include "core/utf8.h"
#include "sink/contributions.h"
#include "sink/side_file.h"

struct contributions_csv {
    const struct plan *plan;
    struct results *results;
    struct ledger *ledger;
    struct side_file *file;
    struct buffer head; /* the fields that all lines of a cell begin with */
};

char *contributions_csv_path(struct span output)
{
    size_t end = output.len;
    for (size_t i = output.len; i > 0 && output.data[i - 1] != '/'; i--) {
        if (output.data[i - 1] == '.') {
            end = i - 1;
            break;
        }
    }
    struct buffer path;
    buffer_init(&path, BUFFER_LIMIT_DEFAULT);
    buffer_put(&path, span_make(output.data, end));
    buffer_put_text(&path, CONTRIBUTIONS_CSV_SUFFIX);
    char *copy = must_strdup(buffer_text(&path));
    buffer_free(&path);
    return copy;
}

static bool looks_like_formula(struct span text)
{
    return text.len && memchr("=+-@\t\r'", text.data[0], 7);
}

void csv_put_text(struct buffer *out, struct span text)
{
    bool is_quoted = looks_like_formula(text);
    for (size_t i = 0; i < text.len && !is_quoted; i++)
        is_quoted = text.data[i] == '"' || text.data[i] == ',' || text.data[i] == '\n' || text.data[i] == '\r';
    if (!is_quoted && utf8_valid(text)) {
        buffer_put(out, text);
        return;
    }
    buffer_put_char(out, '"');
    if (looks_like_formula(text))
        buffer_put_char(out, '\'');
    unsigned len;
    for (size_t i = 0; i < text.len; i += len) {
        uint32_t character = utf8_decode(span_from(text, i), &len);
        if (character == '"')
            buffer_put_char(out, '"');
        if (character == 0xFFFD) /* also what is no UTF-8: a file name may be anything, the CSV not */
            buffer_put_text(out, "\xEF\xBF\xBD");
        else
            buffer_put(out, span_make(text.data + i, len));
    }
    buffer_put_char(out, '"');
}

static void put_double(struct buffer *out, double value)
{
    char digits[NUMBER_TEXT_MAX];
    buffer_put(out, span_make(digits, number_format(value, digits)));
}

static void put_result(struct contributions_csv *self, struct buffer *out, const struct result *result)
{
    if (result->kind == RESULT_TEXT || result->kind == RESULT_ERROR)
        csv_put_text(out, result->text);
    else if (result->kind == RESULT_BOOLEAN)
        buffer_put(out, result->number != 0 ? SPAN("TRUE") : SPAN("FALSE"));
    else if (result->kind == RESULT_DATE)
        put_double(out, results_serial(self->results, result->number));
    else if (result->kind != RESULT_NONE)
        put_double(out, result->number);
}

static enum fault put_part(struct contributions_csv *self, struct buffer *out, const struct gathered *part)
{
    const struct partial_value *value = &part->value;
    struct span text;
    enum fault fault = results_text(self->results, part, &text);
    if (fault != FAULT_NONE)
        return fault;
    char digits[DECIMAL_TEXT_MAX];
    if (value->kind == VALUE_TEXT || value->kind == VALUE_ERROR)
        csv_put_text(out, text);
    else if (value->kind == VALUE_BOOLEAN)
        buffer_put(out, value->number.coefficient ? SPAN("TRUE") : SPAN("FALSE"));
    else if (value->kind == VALUE_DATE)
        put_double(out, results_serial(self->results, decimal_to_double(value->number)));
    else
        buffer_put(out, span_make(digits, decimal_format(value->number, digits)));
    return FAULT_NONE;
}

enum fault contributions_csv_new(const char *path, const struct plan *plan, struct results *results, struct ledger *ledger,
                                 struct contributions_csv **ret, struct why *why)
{
    static const char *const headers[] = CONTRIBUTIONS_HEADERS;
    struct contributions_csv *self = must_alloc(sizeof *self);
    *self = (struct contributions_csv){.plan = plan, .results = results, .ledger = ledger};
    buffer_init(&self->head, BUFFER_LIMIT_DEFAULT);
    enum fault fault = side_file_new(path, &self->file, why);
    if (fault != FAULT_NONE) {
        contributions_csv_destroy(&self);
        return fault;
    }
    struct buffer *out = side_file_buffer(self->file);
    buffer_put(out, SPAN("\xEF\xBB\xBF"));
    for (uint32_t i = 0; i < CONTRIBUTIONS_LONG_COLS; i++) {
        buffer_put(out, i ? SPAN(",") : SPAN(""));
        buffer_put_text(out, headers[i]);
    }
    buffer_put(out, SPAN("\r\n"));
    *ret = self;
    return FAULT_NONE;
}

void contributions_csv_destroy(struct contributions_csv **self)
{
    if (!*self)
        return;
    side_file_destroy(&(*self)->file);
    buffer_free(&(*self)->head);
    free(*self);
    *self = NULL;
}

static void put_head(struct contributions_csv *self, const struct result_cell *cell)
{
    struct buffer *out = &self->head;
    buffer_clear(out);
    char ref[CELL_REF_TEXT_MAX];
    csv_put_text(out, self->plan->sheets[cell->sheet].name);
    buffer_put_char(out, ',');
    buffer_put(out, span_make(ref, cell_ref_format((struct cell_ref){cell->row, cell->col}, ref)));
    buffer_put_char(out, ',');
    csv_put_text(out, plan_row_label(self->plan, cell->input));
    buffer_put_char(out, ',');
    csv_put_text(out, plan_column_label(self->plan, cell->input));
    buffer_put_char(out, ',');
    buffer_put_text(out, function_name((enum function)cell->plan->function));
    buffer_put_char(out, ',');
    put_result(self, out, &cell->result);
    buffer_put_char(out, ',');
    buffer_put_u64(out, cell->result.n);
    buffer_put_char(out, ',');
}

enum fault contributions_csv_cell(struct contributions_csv *self, const struct result_cell *cell, struct why *why)
{
    struct buffer *out = side_file_buffer(self->file);
    put_head(self, cell);
    for (uint32_t i = 0; i < cell->result.n; i++) {
        buffer_put(out, buffer_span(&self->head));
        csv_put_text(out, ledger_slot(self->ledger, cell->parts[i]->slot)->source.identity);
        buffer_put_char(out, ',');
        enum fault fault = put_part(self, out, cell->parts[i]);
        if (fault != FAULT_NONE)
            return fault;
        buffer_put(out, SPAN("\r\n"));
        fault = side_file_flush(self->file, why);
        if (fault != FAULT_NONE)
            return fault;
    }
    return FAULT_NONE;
}

enum fault contributions_csv_finish(struct contributions_csv *self, struct why *why)
{
    return side_file_finish(self->file, why);
}

enum fault contributions_csv_commit(struct contributions_csv *self, struct why *why)
{
    return side_file_commit(self->file, why);
}

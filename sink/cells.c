/* SPDX-License-Identifier: MIT
 *
 * What the sheets Contributions, Sources and Issues have in common when they write a cell.
 */
#include "sink/cells.h"

#include "core/utf8.h"

static enum fault add_output_sheet(void *book, struct span name, struct sheet_writer **ret, struct span *ret_name,
                                   struct why *why)
{
    return output_book_add_sheet(book, name, ret, ret_name, why);
}

static uint32_t output_style(void *book, enum output_style style)
{
    return output_book_style(book, style);
}

struct cells_book cells_of_output(struct output_book *book)
{
    return (struct cells_book){book, add_output_sheet, output_style};
}

enum fault cells_add_sheet(struct cells *self, struct span name, struct span *ret_name, struct why *why)
{
    return self->book.add_sheet(self->book.book, name, &self->sheet, ret_name, why);
}

uint32_t cells_style(const struct cells *self, enum output_style style)
{
    return self->book.style(self->book.book, style);
}

enum fault cells_text(const struct cells *self, uint32_t col, struct span text, enum output_style style)
{
    if (text.len == 0)
        return FAULT_NONE;
    if (text.len > CELL_TEXT_UNITS) /* never fewer bytes than units */
        text = utf8_cut_utf16(text, CELL_TEXT_UNITS);
    return sheet_writer_text(self->sheet, col, text, cells_style(self, style));
}

enum fault cells_count(const struct cells *self, uint32_t col, uint64_t count)
{
    return sheet_writer_number(self->sheet, col, (double)count, cells_style(self, OUTPUT_PLAIN));
}

enum fault cells_header(const struct cells *self, uint32_t row, const char *const *texts, uint32_t n)
{
    enum fault fault = sheet_writer_row(self->sheet, row);
    for (uint32_t i = 0; i < n && fault == FAULT_NONE; i++)
        fault = cells_text(self, i, span_of(texts[i]), OUTPUT_HEADER);
    return fault;
}

static enum output_style number_style(const struct plan_cell *plan)
{
    return plan->flags & PLAN_PERCENT ? OUTPUT_PERCENT : OUTPUT_PLAIN;
}

static enum fault date_cell(const struct cells *self, uint32_t col, double serial)
{
    return sheet_writer_number(self->sheet, col, results_serial(self->results, serial), cells_style(self, OUTPUT_DATE));
}

enum fault cells_part(const struct cells *self, uint32_t col, const struct gathered *part, const struct plan_cell *plan)
{
    const struct partial_value *value = &part->value;
    struct span text;
    enum fault fault = results_text(self->results, part, &text);
    if (fault != FAULT_NONE)
        return fault;
    switch ((enum value_kind)value->kind) {
    case VALUE_TEXT: /* the empty text of a formula, that counta counts, is a cell too */
        return text.len ? cells_text(self, col, text, OUTPUT_PLAIN)
                        : sheet_writer_text(self->sheet, col, text, cells_style(self, OUTPUT_PLAIN));
    case VALUE_ERROR:
        return sheet_writer_error(self->sheet, col, text, cells_style(self, OUTPUT_PLAIN));
    case VALUE_BOOLEAN:
        return sheet_writer_boolean(self->sheet, col, value->number.coefficient != 0, cells_style(self, OUTPUT_PLAIN));
    case VALUE_DATE:
        return date_cell(self, col, decimal_to_double(value->number));
    case VALUE_DURATION:
        return sheet_writer_decimal(self->sheet, col, value->number, cells_style(self, OUTPUT_DURATION));
    case VALUE_NUMBER:
    case VALUE_CONVERTED:
        break;
    }
    return sheet_writer_decimal(self->sheet, col, value->number, cells_style(self, number_style(plan)));
}

enum fault cells_result(const struct cells *self, uint32_t col, const struct result_cell *cell)
{
    const struct result *result = &cell->result;
    switch (result->kind) {
    case RESULT_NONE:
        return FAULT_NONE;
    case RESULT_TEXT:
        return cells_text(self, col, result->text, OUTPUT_PLAIN);
    case RESULT_ERROR:
        return sheet_writer_error(self->sheet, col, result->text, cells_style(self, OUTPUT_PLAIN));
    case RESULT_BOOLEAN:
        return sheet_writer_boolean(self->sheet, col, result->number != 0, cells_style(self, OUTPUT_PLAIN));
    case RESULT_DATE:
        return date_cell(self, col, result->number);
    case RESULT_DURATION:
        return sheet_writer_number(self->sheet, col, result->number, cells_style(self, OUTPUT_DURATION));
    case RESULT_NUMBER:
        break;
    }
    return sheet_writer_number(self->sheet, col, result->number, cells_style(self, number_style(cell->plan)));
}

void cells_put_location(struct buffer *out, struct span sheet, struct cell_ref at)
{
    char ref[CELL_REF_TEXT_MAX];
    sheet_quote(sheet, out);
    buffer_put_char(out, '!');
    buffer_put(out, span_make(ref, cell_ref_format(at, ref)));
}

enum fault cells_reference(const struct cells *self, uint32_t row, uint32_t col, struct span name, struct cell_ref at)
{
    char ref[CELL_REF_TEXT_MAX];
    size_t len = cell_ref_format(at, ref);
    enum fault fault = cells_text(self, col, span_make(ref, len), name.len ? OUTPUT_LINK : OUTPUT_PLAIN);
    if (fault != FAULT_NONE || name.len == 0)
        return fault;
    struct buffer location;
    buffer_init(&location, BUFFER_LIMIT_DEFAULT);
    cells_put_location(&location, name, at);
    sheet_writer_link(self->sheet, row, col, buffer_span(&location));
    buffer_free(&location);
    return FAULT_NONE;
}

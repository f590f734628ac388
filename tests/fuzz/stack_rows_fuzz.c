/* SPDX-License-Identifier: MIT
 *
 * Bytes as the rows of a sheet, read whole and in slices by two readers that take turns: the partial results are sound, every cell is in one
 * count, slices give the rows of the whole. The first byte chooses form and options, the second the size of the slices.
 */
#include <stdlib.h>

#include "tests/support/stack_case.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define HEAD "<worksheet " BOOK_MAIN "><sheetData><row r=\"1\"><c r=\"A1\" t=\"str\"><v>Name</v></c><c r=\"C1\" t=\"str\"><v>Qty</v></c></row>"
#define TAIL "</sheetData></worksheet>"

static struct stack_case given(uint8_t options)
{
    return (struct stack_case){.plan = {.form = options % 3,
                                        .keep_totals = options & 4,
                                        .keep_footers = options & 8,
                                        .skip_hidden = options & 16,
                                        .has_source_columns = options & 32,
                                        .dedupe = options & 64 ? DEDUPE_ROW : DEDUPE_NONE},
                               .columns = "Name|Qty|Price",
                               .headers = options & 128 ? "Qty|Price|Name|Other" : "Name||Qty|Price|"};
}

static void read_with(struct stack_case *self, const char *xml, uint64_t slice_bytes)
{
    struct workbook_text text = {
        .sheets = {{.name = "Data", .xml = xml}},
        .strings = "<si><t>a</t></si><si><t>Total</t></si><si><t>Name</t></si><si><t xml:space=\"preserve\"> &amp;_x0041_\n</t></si><si><t/></si>"};
    self->slice_bytes = slice_bytes;
    self->readers = 2;
    stack_case_read(self, &text);
    must(self->fault != FAULT_PROTOCOL && self->fault != FAULT_REFUSED);
}

/* A sheet out of order is sorted only when it is whole, and its faults are met by other slices. */
static bool is_comparable(struct stack_case *whole, struct stack_case *cut)
{
    return whole->fault == FAULT_NONE && cut->fault == FAULT_NONE && !strstr(buffer_text(&whole->issues), "ROWS_UNORDERED") &&
           !strstr(buffer_text(&cut->issues), "ROWS_UNORDERED");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2 || memchr(data + 2, 0, size - 2))
        return 0;
    struct buffer xml;
    buffer_init(&xml, 1 << 24);
    bool is_whole_part = size > 3 && data[2] == '<' && data[3] == 'w';
    if (!is_whole_part)
        buffer_put_text(&xml, HEAD);
    buffer_put(&xml, span_make(data + 2, size - 2));
    if (!is_whole_part)
        buffer_put_text(&xml, TAIL);
    struct stack_case whole = given(data[0]), cut = given(data[0]);
    read_with(&whole, buffer_text(&xml), 0);
    read_with(&cut, buffer_text(&xml), 16 + (uint64_t)data[1] * 4);
    if (is_comparable(&whole, &cut)) {
        must(span_equal(buffer_span(&whole.rows), buffer_span(&cut.rows)));
        must(memcmp(&whole.counts, &cut.counts, sizeof whole.counts) == 0);
        must(memcmp(&whole.cells, &cut.cells, sizeof whole.cells) == 0);
    }
    stack_case_free(&whole);
    stack_case_free(&cut);
    buffer_free(&xml);
    return 0;
}

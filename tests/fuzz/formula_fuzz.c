/* SPDX-License-Identifier: MIT
 *
 * The formula parser, and the evaluation of what it lets through, on a small sheet.
 */
#include <stdint.h>

#include "core/must.h"
#include "workbook/formula_load.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int find_sheet(void *self, struct span name)
{
    (void)self;
    return name.len == 1 && name.data[0] == 'S' ? 0 : -1;
}

static void put(struct loader *loader, uint32_t row, uint32_t col, enum cell_type type, struct span value,
                struct span formula)
{
    struct cell cell = {.row = row, .col = col, .type = type, .value = value, .has_value = value.len > 0,
                        .formula_text = formula, .formula = formula.len ? FORMULA_NORMAL : FORMULA_NONE};
    must(loader_take_cell(loader, &cell) <= FAULT_LIMIT);
}

/* Lines are the formulas of column D; columns A to C hold numbers, texts and errors. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct calculation *calculation = calculation_make(1);
    struct loader *loader = loader_new(calculation, false, find_sheet, NULL);
    struct defined_name name = {SPAN("n"), SPAN("S!$A$1:$B$3"), UINT32_MAX, false};
    loader_take_names(loader, &name, 1);
    loader_begin_sheet(loader, 0);
    put(loader, 0, 0, CELL_NUMBER, SPAN("1.5"), SPAN(""));
    put(loader, 1, 0, CELL_NUMBER, SPAN("-2e10"), SPAN(""));
    put(loader, 0, 1, CELL_TEXT, SPAN("12"), SPAN(""));
    put(loader, 1, 1, CELL_TEXT, SPAN("5%"), SPAN(""));
    put(loader, 2, 1, CELL_TEXT, SPAN("w\xC3\xA9"), SPAN(""));
    put(loader, 0, 2, CELL_ERROR, SPAN("#N/A"), SPAN(""));
    put(loader, 1, 2, CELL_BOOLEAN, SPAN("1"), SPAN(""));
    struct span text = span_make(data, size);
    for (uint32_t row = 0; row < 64 && text.len; row++) {
        const char *end = memchr(text.data, '\n', text.len);
        struct span line = {text.data, end ? (size_t)(end - text.data) : text.len};
        put(loader, row, 3, CELL_BLANK, SPAN(""), line);
        text = span_from(text, line.len + (end ? 1 : 0));
    }
    loader_end_sheet(loader);
    calculation_run(calculation);
    for (uint32_t row = 0; row < 64; row++) {
        struct calc_value value = calculation_get(calculation, 0, (struct cell_ref){row, 3});
        must(value.kind != CALC_NUMBER || value.number - value.number == 0);
    }
    loader_destroy(&loader);
    calculation_destroy(&calculation);
    return 0;
}

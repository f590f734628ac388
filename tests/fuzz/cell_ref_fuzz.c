/* SPDX-License-Identifier: MIT
 *
 * References and ranges: what parses lies in the grid and, printed and parsed again, is the same.
 */
#include <stdint.h>
#include <stdlib.h>

#include "core/must.h"
#include "workbook/cell_ref.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_ref(struct cell_ref ref)
{
    char text[CELL_REF_TEXT_MAX];
    struct cell_ref again;
    must(ref.row < GRID_ROWS && ref.col < GRID_COLS);
    must(cell_ref_parse(span_make(text, cell_ref_format(ref, text)), &again));
    must(again.row == ref.row && again.col == ref.col);
}

static void check_range(struct cell_range range)
{
    check_ref(range.first);
    check_ref(range.last);
    must(cell_range_has(range, range.first.row, range.first.col) &&
         cell_range_has(range, range.last.row, range.last.col));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = {(const char *)data, size};
    struct cell_ref ref;
    struct cell_range range;
    if (cell_ref_parse(text, &ref)) {
        check_ref(ref);
        must(cell_range_parse(text, &range)); /* every cell is a range */
    }
    if (cell_range_parse(text, &range))
        check_range(range);
    char *name = must_alloc(size); /* exactly as large as promised */
    size_t len;
    if (sheet_range_parse(text, name, &len, &range)) {
        must(len <= size);
        check_range(range);
    }
    free(name);
    return 0;
}

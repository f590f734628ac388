/* SPDX-License-Identifier: MIT
 *
 * drift_find on any two drawings: each input byte places a label of the template or of the source.
 * Whatever it answers, the maps keep the order of lines, no template line is given twice, and a
 * shift is told only with more labels found than at home.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "workers/drift.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define ROWS 32u
#define COLS 8u

static const char names[] = "abcdefghijklmnop";

static void place(struct plan_sheet *sheet, uint32_t row, uint32_t col, unsigned name)
{
    uint32_t at = plan_place(sheet, row, col);
    if (sheet->cells[at].role == ROLE_LABEL)
        return;
    sheet->cells[at].role = ROLE_LABEL;
    uint32_t i = sheet->n_labels++;
    for (; i > 0 && (sheet->labels[i - 1].row > row ||
                     (sheet->labels[i - 1].row == row && sheet->labels[i - 1].col > col));
         i--)
        sheet->labels[i] = sheet->labels[i - 1];
    struct span text = span_make(names + name, 1);
    sheet->labels[i] = (struct plan_label){row, col, text, text};
}

static void check_map(const struct line_map *map, uint32_t lines)
{
    int64_t last = -1;
    for (uint32_t i = 0; i < lines; i++) {
        uint32_t line = line_map_get(map, i);
        if (line == DRIFT_NONE)
            continue;
        must((int64_t)line > last);
        last = line;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan plan = {.arena = arena_new((size_t)64 << 20), .n_sheets = 1};
    struct plan_sheet *sheet = plan.sheets = arena_alloc(plan.arena, sizeof *sheet);
    struct label_seen seen[512];
    uint32_t n = 0;
    sheet->name = SPAN("F");
    sheet->area = (struct plan_range){0, 0, ROWS - 1, COLS - 1};
    sheet->cells = arena_alloc(plan.arena, ROWS * COLS * sizeof *sheet->cells);
    sheet->labels = arena_alloc(plan.arena, ROWS * COLS * sizeof *sheet->labels);
    size_t half = size / 2;
    for (size_t i = 0; i + 1 < half; i += 2)
        place(sheet, data[i] % ROWS, data[i] / ROWS, data[i + 1] % 16);
    must(plan_seal(&plan) == FAULT_NONE);
    struct label_index index;
    must(label_index_make(sheet, plan.arena, &index));
    for (size_t i = half; i + 1 < size && n < 512; i += 2) {
        uint32_t id = label_index_find(&index, span_make(names + data[i + 1] % 16, 1));
        if (id != DRIFT_NONE)
            seen[n++] = (struct label_seen){data[i] % ROWS + (data[i + 1] >> 7),
                                            data[i] / ROWS + (data[i + 1] >> 6 & 1), id};
    }
    struct drift drift;
    if (drift_find(&index, seen, n, plan.arena, &drift)) {
        must(drift.n_shifts > 0 && drift.n_shifts <= SHIFTS_MAX && drift.found > drift.at_home);
        check_map(&drift.rows, 3 * ROWS);
        check_map(&drift.columns, 3 * COLS);
    }
    plan_free(&plan);
    return 0;
}

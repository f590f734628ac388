/* SPDX-License-Identifier: MIT
 *
 * stack_partial_open on any bytes: no crash; what it accepts can be read to the last fragment, row and issue, and the sums are
 * right. The first byte says how much of the partial is given: all, or only its beginning.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "wire/stack_partial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(const struct stack_partial *partial, const uint8_t *data, uint64_t size)
{
    uint64_t rows = 0, written = 0, at = partial->bytes_at;
    for (uint32_t i = 0; i < partial->n_fragments; i++) {
        struct stack_fragment fragment;
        stack_fragment_get(data + partial->fragments_at + (size_t)i * STACK_FRAGMENT_BYTES, &fragment);
        must(fragment.len && fragment.n_rows && fragment.raw_len <= STACK_FRAGMENT_RAW_MAX);
        at += fragment.len;
        rows += fragment.n_rows;
    }
    must(at == size && rows == partial->n_rows);
    uint64_t cells = 0;
    for (uint64_t i = 0; partial->has_rows && i < partial->n_rows; i++) {
        struct stack_row row;
        stack_row_get(data + partial->rows_at + i * STACK_ROW_BYTES, &row);
        cells += row.n_cells;
    }
    __asm__ volatile("" : : "r"(cells)); /* the reads must happen */
    for (uint32_t i = 0; i < partial->n_sheets; i++)
        written += partial->sheets[i].rows.written;
    must(written == rows);
    struct cursor in;
    cursor_init(&in, span_make(data + partial->issues_at, partial->issues_len));
    for (uint32_t i = 0; i < partial->n_issues; i++) {
        struct issue issue;
        must(issue_decode(&in, &issue) == FAULT_NONE);
    }
    must(cursor_at_end(&in));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!size)
        return 0;
    uint64_t more = data[0]; /* bytes of the fragments that are not given */
    struct arena *arena = arena_new((size_t)256 << 20);
    struct stack_partial partial;
    if (stack_partial_open(span_make(data + 1, size - 1), size - 1 + more, arena, &partial) == FAULT_NONE)
        read_all(&partial, data + 1, size - 1 + more);
    arena_destroy(&arena);
    return 0;
}

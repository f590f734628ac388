/* SPDX-License-Identifier: MIT
 *
 * partial_open on any bytes: no crash; what it accepts can be read to the last value, text and
 * issue.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/arena.h"
#include "core/must.h"
#include "wire/partial.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t sum_bytes(struct span text)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < text.len; i++)
        sum += (unsigned char)text.data[i];
    return sum;
}

static void read_all(const struct partial *partial, const uint8_t *data)
{
    uint64_t sum = sum_bytes(partial->id_text);
    for (uint32_t i = 0; i < partial->n_sheets; i++)
        sum += sum_bytes(partial->sheets[i].source_name);
    for (uint32_t i = 0; i < partial->n_values; i++) {
        const unsigned char *at = data + partial->values_at + (size_t)i * PARTIAL_VALUE_BYTES;
        unsigned char back[PARTIAL_VALUE_BYTES];
        struct partial_value value;
        partial_value_get(at, &value);
        partial_value_put(back, &value);
        must(memcmp(at, back, PARTIAL_VALUE_BYTES) == 0);
        sum += sum_bytes(span_make(data + partial->texts_at + value.text_at, value.text_len));
    }
    struct cursor in;
    cursor_init(&in, span_make(data + partial->issues_at, partial->issues_len));
    for (uint32_t i = 0; i < partial->n_issues; i++) {
        struct issue issue;
        must(issue_decode(&in, &issue) == FAULT_NONE);
        sum += sum_bytes(issue.value) + sum_bytes(issue.detail) + sum_bytes(issue.sheet);
    }
    must(cursor_at_end(&in));
    __asm__ volatile("" : : "r"(sum)); /* the reads must happen */
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)256 << 20);
    struct partial partial;
    if (partial_open(span_make(data, size), arena, &partial) == FAULT_NONE)
        read_all(&partial, data);
    arena_destroy(&arena);
    return 0;
}

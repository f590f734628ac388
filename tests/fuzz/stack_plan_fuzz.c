/* SPDX-License-Identifier: MIT
 *
 * Stack plan and layout on any bytes: no crash; what a decoder accepts encodes to something that decodes to the same.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "wire/plan.h"
#include "wire/stack_layout.h"
#include "wire/stack_plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void try_plan(struct span input)
{
    struct stack_plan plan, again;
    struct plan other;
    if (stack_plan_decode(input, &plan) != FAULT_NONE)
        return;
    must(plan_decode(input, &other) == FAULT_PROTOCOL);
    for (uint32_t i = 0; i < plan.n_conditions; i++) {
        uint32_t column = plan.conditions[i].column;
        must(column < plan.n_columns || column == STACK_COLUMN_FILE || column == STACK_COLUMN_SHEET);
    }
    struct buffer bytes, bytes_again;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    buffer_init(&bytes_again, BUFFER_LIMIT_DEFAULT);
    stack_plan_encode(&bytes, &plan);
    must(stack_plan_decode(buffer_span(&bytes), &again) == FAULT_NONE);
    stack_plan_encode(&bytes_again, &again);
    must(span_equal(buffer_span(&bytes), buffer_span(&bytes_again)) && sha256_equal(plan.hash, again.hash));
    buffer_free(&bytes);
    buffer_free(&bytes_again);
    stack_plan_free(&again);
    stack_plan_free(&plan);
}

static void try_layout(struct span input)
{
    struct arena *arena = arena_new((size_t)256 << 20);
    struct stack_layout layout, again;
    if (stack_layout_decode(input, arena, &layout) == FAULT_NONE) {
        struct buffer bytes, bytes_again;
        buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
        buffer_init(&bytes_again, BUFFER_LIMIT_DEFAULT);
        stack_layout_encode(&bytes, &layout);
        must(stack_layout_decode(buffer_span(&bytes), arena, &again) == FAULT_NONE);
        stack_layout_encode(&bytes_again, &again);
        must(span_equal(buffer_span(&bytes), buffer_span(&bytes_again)));
        buffer_free(&bytes);
        buffer_free(&bytes_again);
    }
    arena_destroy(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    try_plan(span_make(data, size));
    try_layout(span_make(data, size));
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * plan_decode on any bytes: no crash; what it accepts encodes to a plan that decodes to the same
 * one, and every input can be located and labelled.
 */
#include <stddef.h>
#include <stdint.h>

#include "core/must.h"
#include "wire/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct plan plan, again;
    if (plan_decode(span_make(data, size), &plan) != FAULT_NONE)
        return 0;
    uint32_t step = plan.n_inputs / 1000 + 1;
    for (uint32_t input = 0; input < plan.n_inputs; input += step) {
        uint32_t sheet, row, col;
        plan_locate(&plan, input, &sheet, &row, &col);
        must(plan.sheets[sheet].input_of[plan_place(&plan.sheets[sheet], row, col)] == input);
        must(plan_cell_of(&plan, input)->role == ROLE_INPUT);
        must(plan_row_label(&plan, input).data && plan_column_label(&plan, input).data);
    }
    struct buffer bytes, bytes_again;
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    buffer_init(&bytes_again, BUFFER_LIMIT_DEFAULT);
    plan_encode(&bytes, &plan);
    must(plan_decode(buffer_span(&bytes), &again) == FAULT_NONE);
    plan_encode(&bytes_again, &again);
    must(span_equal(buffer_span(&bytes), buffer_span(&bytes_again)));
    must(sha256_equal(plan.hash, again.hash));
    buffer_free(&bytes);
    buffer_free(&bytes_again);
    plan_free(&again);
    plan_free(&plan);
    return 0;
}

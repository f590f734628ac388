/* SPDX-License-Identifier: MIT
 *
 * Eight bytes of a double, then a format code: its kind, and its text in both date systems, which
 * must be finite, the same each time, and nothing at all when the code is refused.
 */
#include <stdint.h>
#include <string.h>

#include "core/must.h"
#include "workbook/number_format.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    double value;
    if (size < sizeof value)
        return 0;
    memcpy(&value, data, sizeof value);
    struct span code = span_make(data + sizeof value, size - sizeof value);
    must(number_format_kind(code) <= FORMAT_TEXT);
    struct buffer first, second;
    buffer_init(&first, 2 * code.len + 4096 * 4);
    buffer_init(&second, 2 * code.len + 4096 * 4);
    for (int is_1904 = 0; is_1904 < 2; is_1904++) {
        buffer_clear(&first);
        buffer_clear(&second);
        bool is_good = number_format_apply(code, value, is_1904, &first);
        must(is_good || first.len == 0);
        must(number_format_apply(code, value, is_1904, &second) == is_good);
        must(span_equal(buffer_span(&first), buffer_span(&second)));
    }
    buffer_free(&first);
    buffer_free(&second);
    return 0;
}

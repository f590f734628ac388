/* SPDX-License-Identifier: MIT
 *
 * number_parse against strtod on the same text, and number_format against number_parse on the same bits.
 */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/must.h"
#include "core/number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const uint8_t *data, size_t size)
{
    double value;
    if (number_parse(span_make(data, size), &value) != FAULT_NONE)
        return;
    char *text = must_strndup((const char *)data, size);
    char *end;
    double expected = strtod(text, &end);
    must(end > text && strspn(end, " \t\r\n") == strlen(end));
    must(memcmp(&value, &expected, sizeof value) == 0);
    free(text);
}

static void check_bits(const uint8_t *data)
{
    double value, back;
    memcpy(&value, data, sizeof value);
    if (!isfinite(value))
        return;
    char text[NUMBER_TEXT_MAX];
    size_t n = number_format(value, text);
    must(n <= NUMBER_TEXT_MAX && number_parse(span_make(text, n), &back) == FAULT_NONE && back == value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_text(data, size);
    if (size >= sizeof(double))
        check_bits(data);
    return 0;
}

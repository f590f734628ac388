/* SPDX-License-Identifier: MIT
 *
 * Any text under every rule: the verdict is one of four, a converted value is in normal form, and
 * what the plain rule takes every rule takes with the same value unless it can mean something else.
 */
#include <stdint.h>

#include "core/must.h"
#include "workbook/text_number.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct span text = span_make(data, size);
    struct text_number_locale locale;
    struct decimal strict = {0}, plain = {0}, local = {0};
    enum text_number_verdict s = text_number_parse(text, TEXT_NUMBER_STRICT, NULL, &strict);
    enum text_number_verdict p = text_number_parse(text, TEXT_NUMBER_PLAIN, NULL, &plain);
    must(s <= TEXT_NUMBER_KEPT && p <= TEXT_NUMBER_KEPT && p != TEXT_NUMBER_AMBIGUOUS);
    must(decimal_valid(strict) && decimal_valid(plain));
    if (p == TEXT_NUMBER_CONVERTED && s == TEXT_NUMBER_CONVERTED)
        must(decimal_compare(strict, plain) == 0);
    if (p == TEXT_NUMBER_CONVERTED)
        must(s == TEXT_NUMBER_CONVERTED || s == TEXT_NUMBER_AMBIGUOUS);
    static const char *const names[] = {"de", "en", "fr", "de-CH"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        must(text_number_locale_find(span_of(names[i]), &locale));
        must(text_number_parse(text, TEXT_NUMBER_LOCALE, &locale, &local) != TEXT_NUMBER_AMBIGUOUS);
        must(decimal_valid(local));
    }
    (void)text_number_locale_find(text, &locale);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * Numbers that people typed as text ("1 234,50", "(100)", "12.5%"): the text-to-number rule of
 * docs/FORMAT.md. Never: nan, inf, hex, 1e5, 1_000. A leading zero ("007") or more than 15 digits stays text.
 */
#ifndef SHEAF_WORKBOOK_TEXT_NUMBER_H
#define SHEAF_WORKBOOK_TEXT_NUMBER_H

#include "core/decimal.h"
#include "core/span.h"

enum text_number_rule {
    TEXT_NUMBER_OFF,    /* text is never a number */
    TEXT_NUMBER_PLAIN,  /* sign, digits, one decimal point, blanks around: "1234.50" */
    TEXT_NUMBER_STRICT, /* any form that has one meaning whatever the locale; default */
    TEXT_NUMBER_LOCALE, /* the declared locale's decimal mark and grouping */
};

enum text_number_verdict {
    TEXT_NUMBER_CONVERTED,
    TEXT_NUMBER_NOT,       /* not a number at all */
    TEXT_NUMBER_AMBIGUOUS, /* "1.234", "1,234" without a locale */
    TEXT_NUMBER_KEPT,      /* looks like one, stays text by rule: leading zero, too many digits */
};

struct text_number_locale {
    char decimal;        /* '.' or ',' */
    char grouping[4][4]; /* UTF-8 grouping marks that are accepted, "" ends the list */
};

/* "de", "de-CH", "en_US", "fr" ...; false for a locale that is not known. */
bool text_number_locale_find(struct span name, struct text_number_locale *ret);

/* `locale` is NULL unless the rule is TEXT_NUMBER_LOCALE. `ret` only on CONVERTED. */
enum text_number_verdict text_number_parse(struct span text, enum text_number_rule rule,
                                           const struct text_number_locale *locale, struct decimal *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * The names that stand beside amounts: currency symbols and ISO 4217 codes. Private to text_number.
 */
#ifndef SHEAF_WORKBOOK_TEXT_NUMBER_NAMES_H
#define SHEAF_WORKBOOK_TEXT_NUMBER_NAMES_H

#include "core/span.h"

/* Bytes of the longest currency name at the front or the back of the text; 0 for none. Spelling is
 * exact. */
size_t text_number_currency_front(struct span text);
size_t text_number_currency_back(struct span text);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Text <-> double, exactly rounded, locale-free, without allocation. Parsing: Clinger's fast path, then
 * Eisel-Lemire (D. Lemire, "Number parsing at a gigabyte per second", 2021), then strtod_l for the rest.
 */
#ifndef SHEAF_CORE_NUMBER_H
#define SHEAF_CORE_NUMBER_H

#include "core/fault.h"
#include "core/span.h"

/* Parses the whole of `text` as an XML Schema double without INF and NaN: [+-]digits[.digits][e[+-]digits],
 * also ".5" and "5.". Surrounding XML white space is allowed. FAULT_CORRUPT on anything else and on
 * overflow to infinity; underflow gives 0. Nearest double, ties to even. */
enum fault number_parse(struct span text, double *ret_value) MUST_CHECK;

/* Longest text that number_format writes, without a NUL. */
#define NUMBER_TEXT_MAX 32

/* The shortest decimal that parses to exactly `value` (finite), in the form Excel stores: plain digits
 * for exponents -5..20 ("0.00012", "100000"), else "1.5E+25", "1E-7". -0 is written "0". Returns the length; `out` has
 * NUMBER_TEXT_MAX bytes and is not terminated. */
size_t number_format(double value, char out[NUMBER_TEXT_MAX]);

#endif

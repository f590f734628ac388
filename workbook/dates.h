/* SPDX-License-Identifier: MIT
 *
 * Serial dates (ECMA-376-1 18.17.4). The 1900 system has a 29 February 1900 that never was: serials 1..59 are
 * 1 January .. 28 February 1900, 60 is that day, 61 is 1 March 1900. The 1904 system counts from 0 = 1 January 1904;
 * a 1904 serial + 1462 is the 1900 serial. Serial 0 of the 1900 system, a time of day alone, is day 0 of January 1900.
 */
#ifndef SHEAF_WORKBOOK_DATES_H
#define SHEAF_WORKBOOK_DATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

#define DATE_1904_SHIFT 1462

struct date_time {
    int32_t year;
    uint8_t month, day; /* 1-based; day 29 in February 1900 for serial 60; day 0 for serial 0 */
    uint8_t hour, minute, second;
    uint32_t microsecond;
};

/* To the nearest millisecond: a serial of today holds no more. False: negative, not finite, or after 9999-12-31. */
bool date_from_serial(double serial, bool is_1904, struct date_time *ret);
double date_to_serial(struct date_time date, bool is_1904);
/* t="d" cells: "2024-07-31", "2024-07-31T12:30:00.5", "12:30:00"; optional Z; durations as "PT1H30M0.5S". False when
 * malformed. */
bool date_from_iso(struct span text, bool is_1904, double *ret_serial);
/* The same in the 1900 system of workbooks with dateCompatibility="0" (ISO/IEC 29500-1 18.17.4.1), where no day is made up:
 * serial 1 is 31 December 1899. date1904 does not count there. */
bool date_from_iso_strict(struct span text, double *ret_serial);
/* "2024-07-31", "2024-07-31T12:30:00.5"; day 0 gives the time alone. Not terminated; returns the length. */
size_t date_to_iso(struct date_time date, bool with_time, char out[40]);

#endif

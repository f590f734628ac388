/* SPDX-License-Identifier: MIT
 *
 * Monotonic time. Pure code takes `now` as an argument; only actors and the command line ask.
 */
#ifndef SHEAF_CORE_CLOCK_H
#define SHEAF_CORE_CLOCK_H

#include <stdint.h>

int64_t clock_now_ms(void); /* CLOCK_MONOTONIC */
int64_t clock_now_us(void);

#endif

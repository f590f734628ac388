/* SPDX-License-Identifier: MIT
 *
 * Independent pieces of work on all cores.
 */
#ifndef SHEAF_BENCH_PARALLEL_H
#define SHEAF_BENCH_PARALLEL_H

#include <stdint.h>

/* Calls body(context, i) once for each i below n, on as many threads as there are cores, in no order. */
void parallel_for(uint32_t n, void (*body)(void *context, uint32_t i), void *context);

#endif

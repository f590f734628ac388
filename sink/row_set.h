/* SPDX-License-Identifier: MIT
 *
 * The rows that an output has already (--dedupe), by their hashes of 128 bits. Memory is 16 bytes a slot and between 1.33 and 2.67
 * slots a row: 21 to 43 bytes, half as much again while it grows.
 */
#ifndef SHEAF_SINK_ROW_SET_H
#define SHEAF_SINK_ROW_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "core/fault.h"

struct row_set;
struct row_set *row_set_new(void);
void row_set_destroy(struct row_set **self);
/* *ret_is_new tells whether it was not there yet. FAULT_LIMIT: no memory for more. */
enum fault row_set_add(struct row_set *self, const unsigned char hash[16], bool *ret_is_new) MUST_CHECK;

#endif

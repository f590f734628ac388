/* SPDX-License-Identifier: MIT
 *
 * Numbers and names in sentences for people.
 */
#ifndef SHEAF_CLI_WORDING_H
#define SHEAF_CLI_WORDING_H

#include <stdint.h>

#include "core/span.h"

const char *wording_grouped(uint64_t value, char out[32]); /* 1234567 as "1,234,567"; returns out */
const char *wording_plural(uint64_t n);                    /* "" or "s" */
struct span wording_path(struct span path);                /* as the user would type it: relative to where he is */

#endif

/* SPDX-License-Identifier: MIT
 *
 * Every file is opened with windows and tables of some 300 KiB, given back at its end. glibc would return them to the
 * system each time, and take them again page by page: an eighth of the time for small files.
 */
#include "core/process.h"

#include <malloc.h>
#include <stdlib.h>

#define KEPT_BYTES (32 << 20)   /* at the top of each arena */
#define MAPPED_BYTES (8 << 20)  /* what is as large as this goes back at once */

void process_tune(void)
{
    mallopt(M_TRIM_THRESHOLD, KEPT_BYTES);
    mallopt(M_MMAP_THRESHOLD, MAPPED_BYTES);
    /* libzip turns the date of every entry into local time; without TZ the C library looks at /etc/localtime each time. */
    setenv("TZ", ":/etc/localtime", 0);
}

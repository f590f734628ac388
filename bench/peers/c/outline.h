/* SPDX-License-Identifier: MIT
 *
 * What the writing peer in C must know of a workbook besides its cells: the sheets with their names
 * in order, and which styles show dates. By libxml2's tree.
 */
#ifndef SHEAF_BENCH_OUTLINE_H
#define SHEAF_BENCH_OUTLINE_H

#include "bench/peers/c/zip.h"

enum date_kind { DATE_NONE, DATE_DAY, DATE_TIME, DATE_DURATION };

struct outline_sheet {
    char *name;
    struct zip_entry entry;
};

struct outline {
    struct outline_sheet *sheets;
    size_t n_sheets;
    unsigned char *kinds; /* enum date_kind by cell style */
    size_t n_kinds;
};

void outline_read(struct outline *self, const struct zip *zip);
void outline_free(struct outline *self);

#endif

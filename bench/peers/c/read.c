/* SPDX-License-Identifier: MIT
 *
 * read FILE...: every cell of every sheet to a typed value with doubles, by an XML parser and zlib.
 * The answer: see README.md.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench/peers/c/scan.h"

struct tally {
    uint64_t n[4]; /* by enum cell_kind */
    double sum;
};

static void count(void *context, const struct cell *cell)
{
    struct tally *self = context;
    self->n[cell->kind]++;
    if (cell->kind == CELL_NUMBER)
        self->sum += cell->number;
}

static void read_book(struct scan *scan, const char *path, struct tally *tally)
{
    struct zip zip = zip_open(path);
    struct zip_entry entry;
    scan_strings(scan, &zip);
    for (size_t at = 0; zip_next(&zip, &at, &entry);)
        if (zip_is_below(&entry, "xl/worksheets/"))
            scan_sheet(scan, &entry, count, tally);
    zip_close(&zip);
}

int main(int argc, char **argv)
{
    if (argc < 3 || strcmp(argv[1], "read") != 0) {
        fprintf(stderr, "usage: %s read FILE...\n", argv[0]);
        return 64;
    }
    struct scan scan = {0};
    struct tally tally = {0};
    for (int i = 2; i < argc; i++)
        read_book(&scan, argv[i], &tally);
    scan_free(&scan);
    printf("{\"numbers\": %" PRIu64 ", \"texts\": %" PRIu64 ", \"booleans\": %" PRIu64
           ", \"errors\": %" PRIu64 ", \"sum\": \"%.17g\"}\n",
           tally.n[CELL_NUMBER], tally.n[CELL_TEXT], tally.n[CELL_BOOLEAN], tally.n[CELL_ERROR],
           tally.sum);
    return 0;
}

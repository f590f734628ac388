/* SPDX-License-Identifier: MIT
 *
 * limit_inflate FILE...: reads each file and only inflates, with ISA-L and one state, the entries that a merge needs (workbook,
 * relationships, content types, styles, shared strings, sheets). No check, no parsing: what no reader of these files can undercut.
 * Prints the number of bytes inflated.
 */
#include <stdio.h>

#include <isa-l/igzip_lib.h>

#include "bench/lib/zip_in.h"
#include "core/must.h"

#define WINDOW_BYTES ((size_t)128 << 10)

static struct inflate_state state;
static unsigned char window[WINDOW_BYTES];

static void inflate_entry(void *context, const struct zip_in_entry *entry)
{
    uint64_t *total = context, size = 0;
    if (!entry->is_deflated || !zip_in_is_needed(entry))
        return;
    isal_inflate_init(&state);
    state.next_in = (uint8_t *)(uintptr_t)entry->data.data;
    state.avail_in = (uint32_t)entry->data.len;
    while (state.block_state != ISAL_BLOCK_FINISH) {
        state.next_out = window;
        state.avail_out = WINDOW_BYTES;
        must(isal_inflate(&state) == ISAL_DECOMP_OK);
        size += WINDOW_BYTES - state.avail_out;
    }
    must(size == entry->size);
    *total += size;
}

int main(int argc, char **argv)
{
    uint64_t total = 0;
    for (int i = 1; i < argc; i++)
        zip_in_walk(zip_in_load(argv[i]), inflate_entry, &total);
    printf("%llu\n", (unsigned long long)total);
    return 0;
}

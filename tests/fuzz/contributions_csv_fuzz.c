/* SPDX-License-Identifier: MIT
 *
 * Contributions as CSV that somebody changed: with our header and mark before whatever comes.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/must.h"
#include "sink/contributions.h"
#include "sink/contributions_reader.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum fault take_head(void *self, const struct contributions_head *head, bool *ret_wants_parts)
{
    uint64_t *n = self;
    must(head->cell.row < GRID_ROWS && head->cell.col < GRID_COLS);
    *ret_wants_parts = ++*n % 2;
    return FAULT_NONE;
}

static enum fault take_part(void *self, const struct contributions_part *part)
{
    uint64_t *n = self;
    *n += part->source.len + part->value.text.len;
    return FAULT_NONE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char header[] = "\xEF\xBB\xBFSheet,Cell,Row label,Column label,Function,Result,n,Source,Value\r\n";
    uint64_t n = 0;
    struct contributions_events events = {.self = &n, .head = take_head, .part = take_part};
    struct why why = {0};
    char path[64];
    int file = memfd_create("contributions", MFD_CLOEXEC);
    must(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    bool is_whole = size && data[0] == 'h'; /* sometimes without our header */
    must(is_whole || write(file, header, sizeof header - 1) == (ssize_t)sizeof header - 1);
    must(write(file, data, size) == (ssize_t)size);
    enum fault fault = contributions_csv_read(path, &events, &why);
    must(fault == FAULT_NONE || fault == FAULT_CORRUPT || fault == FAULT_NOT_FOUND);
    must(fault != FAULT_CORRUPT || why.text[0]);
    close(file);
    return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * limit_inflate FILE...: reads each file and only inflates, with ISA-L and one state, the entries that a merge needs (workbook,
 * relationships, content types, styles, shared strings, sheets). No check, no parsing: what no reader of these files can undercut.
 * Prints the number of bytes inflated.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <isa-l/igzip_lib.h>

#include "core/must.h"

enum { END_BYTES = 22, CENTRAL_BYTES = 46, LOCAL_BYTES = 30, DEFLATED = 8 };
#define WINDOW_BYTES ((size_t)128 << 10)

static struct inflate_state state;
static unsigned char window[WINDOW_BYTES];

static uint32_t get16(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) | get16(p + 2) << 16;
}

static uint64_t inflate_entry(const unsigned char *data, uint32_t compressed, uint32_t size)
{
    uint64_t total = 0;
    isal_inflate_init(&state);
    state.next_in = (uint8_t *)data;
    state.avail_in = compressed;
    while (state.block_state != ISAL_BLOCK_FINISH) {
        state.next_out = window;
        state.avail_out = WINDOW_BYTES;
        must(isal_inflate(&state) == ISAL_DECOMP_OK);
        total += WINDOW_BYTES - state.avail_out;
    }
    must(total == size);
    return total;
}

static int is_needed(const char *name, size_t len)
{
    static const char *const needless[] = {"docProps/", "xl/theme/", "xl/media/", "xl/printerSettings/", "xl/calcChain"};
    for (size_t i = 0; i < sizeof needless / sizeof needless[0]; i++)
        if (len >= strlen(needless[i]) && memcmp(name, needless[i], strlen(needless[i])) == 0)
            return 0;
    return 1;
}

static uint64_t inflate_file(const unsigned char *bytes, size_t size)
{
    size_t end = size - END_BYTES;
    while (end > 0 && get32(bytes + end) != 0x06054b50)
        end--;
    uint32_t n = get16(bytes + end + 10);
    const unsigned char *at = bytes + get32(bytes + end + 16);
    uint64_t total = 0;
    for (; n > 0; n--) {
        uint32_t name = get16(at + 28);
        const unsigned char *local = bytes + get32(at + 42);
        if (get16(at + 10) == DEFLATED && is_needed((const char *)at + CENTRAL_BYTES, name))
            total += inflate_entry(local + LOCAL_BYTES + get16(local + 26) + get16(local + 28), get32(at + 20), get32(at + 24));
        at += CENTRAL_BYTES + name + get16(at + 30) + get16(at + 32);
    }
    return total;
}

int main(int argc, char **argv)
{
    uint64_t total = 0;
    unsigned char *bytes = NULL;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        int file = open(argv[i], O_RDONLY);
        must(file >= 0 && fstat(file, &info) == 0 && info.st_size > END_BYTES);
        bytes = must_realloc(bytes, (size_t)info.st_size + 64);
        must(read(file, bytes, (size_t)info.st_size) == info.st_size);
        close(file);
        total += inflate_file(bytes, (size_t)info.st_size);
    }
    free(bytes);
    printf("%llu\n", (unsigned long long)total);
    return 0;
}

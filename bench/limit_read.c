/* SPDX-License-Identifier: MIT
 *
 * limit_read FILE...: reads the bytes of each file and does nothing with them. Prints how many.
 */
#include <stdint.h>
#include <stdio.h>

#include "bench/lib/zip_in.h"

int main(int argc, char **argv)
{
    uint64_t total = 0;
    for (int i = 1; i < argc; i++)
        total += zip_in_load(argv[i]).len;
    printf("%llu\n", (unsigned long long)total);
    return 0;
}

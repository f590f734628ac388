/* SPDX-License-Identifier: MIT */
#include "cli/wording.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

const char *wording_grouped(uint64_t value, char out[32])
{
    char digits[24];
    int n = snprintf(digits, sizeof digits, "%llu", (unsigned long long)value), at = 0;
    for (int i = 0; i < n; i++) {
        if (i && (n - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

const char *wording_plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

struct span wording_path(struct span path)
{
    char folder[4096];
    if (!getcwd(folder, sizeof folder - 1))
        return path;
    size_t n = strlen(folder);
    if (path.len > n + 1 && memcmp(path.data, folder, n) == 0 && path.data[n] == '/')
        return span_from(path, n + 1);
    return path;
}

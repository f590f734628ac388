/* SPDX-License-Identifier: MIT
 *
 * Runs files through a fuzzer's entry point without libFuzzer: every saved crash stays fixed, under any sanitizer.
 * Prints "NAME: N passed, 0 failed"; a crash ends the process, which the runner counts as a failure.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned long runs;

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (!file || fstat(fileno(file), &info) != 0) {
        fprintf(stderr, "replay: cannot read %s\n", path);
        exit(EXIT_FAILURE);
    }
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size ? size : 1); /* exactly the size: a read past the end is seen */
    if (!data || fread(data, 1, size, file) != size)
        exit(EXIT_FAILURE);
    fclose(file);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    runs++;
}

static void replay(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0)
        return;
    if (!S_ISDIR(info.st_mode)) {
        replay_file(path);
        return;
    }
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char below[4096];
        snprintf(below, sizeof below, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.')
            replay(below);
        free(names[i]);
    }
    if (n >= 0)
        free(names);
}

int main(int argc, char **argv)
{
    LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    runs++;
    for (int i = 1; i < argc; i++)
        replay(argv[i]);
    const char *name = strrchr(argv[0], '/');
    printf("%s: %lu passed, 0 failed\n", name ? name + 1 : argv[0], runs);
    return EXIT_SUCCESS;
}

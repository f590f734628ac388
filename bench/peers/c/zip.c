/* SPDX-License-Identifier: MIT
 *
 * Reads the central directory where it is mapped, and inflates 64 KiB at a time.
 */
#include "bench/peers/c/zip.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <zlib.h>

#include "core/must.h"

enum { END_BYTES = 22, CENTRAL_BYTES = 46, LOCAL_BYTES = 30, PIECE_BYTES = 64 << 10 };

static uint32_t get16(const unsigned char *p)
{
    return p[0] | (uint32_t)p[1] << 8;
}

static uint32_t get32(const unsigned char *p)
{
    return get16(p) | get16(p + 2) << 16;
}

struct zip zip_open(const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    must(file >= 0 && fstat(file, &st) == 0 && st.st_size >= END_BYTES);
    struct zip self = {mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, file, 0),
                       (size_t)st.st_size};
    must(self.bytes != MAP_FAILED);
    close(file);
    return self;
}

void zip_close(struct zip *self)
{
    munmap((void *)self->bytes, self->size);
    self->bytes = NULL;
}

static size_t find_directory(const struct zip *self)
{
    size_t end = self->size - END_BYTES;
    while (end > 0 && get32(self->bytes + end) != 0x06054b50)
        end--;
    return get32(self->bytes + end + 16);
}

bool zip_next(const struct zip *self, size_t *at, struct zip_entry *ret)
{
    if (*at == 0)
        *at = find_directory(self);
    must(*at + CENTRAL_BYTES <= self->size || *at + END_BYTES <= self->size);
    const unsigned char *central = self->bytes + *at;
    if (get32(central) != 0x02014b50)
        return false;
    const unsigned char *local = self->bytes + get32(central + 42);
    *ret = (struct zip_entry){
        .name = (const char *)central + CENTRAL_BYTES,
        .name_len = get16(central + 28),
        .data = local + LOCAL_BYTES + get16(local + 26) + get16(local + 28),
        .compressed = get32(central + 20),
        .size = get32(central + 24),
        .method = get16(central + 10),
    };
    must(ret->data + ret->compressed <= self->bytes + self->size);
    *at += CENTRAL_BYTES + ret->name_len + get16(central + 30) + get16(central + 32);
    return true;
}

bool zip_find(const struct zip *self, const char *name, struct zip_entry *ret)
{
    for (size_t at = 0; zip_next(self, &at, ret);)
        if (ret->name_len == strlen(name) && memcmp(ret->name, name, ret->name_len) == 0)
            return true;
    return false;
}

bool zip_is_below(const struct zip_entry *entry, const char *folder)
{
    size_t len = strlen(folder);
    return entry->name_len > len && memcmp(entry->name, folder, len) == 0 &&
           memchr(entry->name + len, '/', entry->name_len - len) == NULL;
}

void zip_inflate(const struct zip_entry *entry, zip_piece *piece, void *context)
{
    if (entry->method == 0) {
        piece(context, (const char *)entry->data, entry->size);
        return;
    }
    static unsigned char window[PIECE_BYTES];
    z_stream stream = {.next_in = (Bytef *)entry->data, .avail_in = (uInt)entry->compressed};
    must(inflateInit2(&stream, -MAX_WBITS) == Z_OK);
    for (int status = Z_OK; status != Z_STREAM_END;) {
        stream.next_out = window;
        stream.avail_out = PIECE_BYTES;
        status = inflate(&stream, Z_NO_FLUSH);
        must(status == Z_OK || status == Z_STREAM_END);
        if (!piece(context, (const char *)window, PIECE_BYTES - stream.avail_out))
            break;
    }
    inflateEnd(&stream);
}

/* SPDX-License-Identifier: MIT
 *
 * A ZIP writer that does two things libzip does not do together: it streams an entry whose size is not known
 * yet, and it copies entries without touching their compressed bytes. The local header of a streamed entry keeps
 * room for the ZIP64 sizes in the extra field that OPC has for padding (APPNOTE 4.6.10, growth hint), so that going
 * over 4 GiB needs no second pass.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/must.h"
#include "workbook/entry_spool.h"
#include "workbook/package_writer.h"

#define OUT_BYTES (256u << 10)
#define WRITEBACK_BYTES ((uint64_t)4 << 20)
#define DOS_EPOCH (0x21u << 16) /* 1980-01-01 00:00: the first moment that a ZIP can name */
#define U32_FULL 0xffffffffu
#define U16_FULL 0xffffu
#define LOCAL_BYTES 30u
#define ROOM_BYTES 20u /* a ZIP64 extra with both sizes, or a growth hint as long */
#define FLAG_UTF8 0x800u
#define FLAG_LEVEL 0x6u
#define FLAG_ENCRYPTED 0x2041u
#define TEMP_TRIES 64
#define JOIN_BYTES_MAX ((uint64_t)1 << 40)

struct written_entry {
    char *name;
    uint16_t name_len, method, flags;
    uint32_t crc32, external_attributes;
    uint32_t dos_time; /* date in the upper half */
    uint64_t size, compressed_size, offset;
};

struct package_writer {
    int fd;
    char *path, *folder;
    char *temp_path; /* NULL while the file has no name (O_TMPFILE) */
    unsigned char *out;
    size_t out_len;
    uint64_t offset; /* bytes given out so far, buffered ones included */
    uint64_t written, sent; /* in the file; of those, on their way to the disk */
    struct written_entry *entries;
    size_t n_entries, capacity;
    struct deflater *deflater;
    bool is_open; /* between begin and end */
    bool is_finished, is_committed;
    char readable[64];
    enum deflate_level level;
    uint32_t dos_time;
    enum fault fault; /* the first one; everything after it gives the same */
    struct why why;
};

static void put_u16(unsigned char *to, uint32_t value)
{
    to[0] = (unsigned char)value;
    to[1] = (unsigned char)(value >> 8);
}

static void put_u32(unsigned char *to, uint32_t value)
{
    put_u16(to, value & 0xffff);
    put_u16(to + 2, value >> 16);
}

static void put_u64(unsigned char *to, uint64_t value)
{
    put_u32(to, (uint32_t)value);
    put_u32(to + 4, (uint32_t)(value >> 32));
}

static uint32_t clip_u32(uint64_t value)
{
    return value >= U32_FULL ? U32_FULL : (uint32_t)value;
}

/* --- the file ---------------------------------------------------------------------------------------------- */

static enum fault fail(struct package_writer *self, int error, const char *what)
{
    if (!self->fault)
        self->fault = why_set(&self->why, fault_from_errno(error), "%s: %s: %s", self->path, what,
                              strerror(error));
    return self->fault;
}

/* The disk begins while more is made, so that the sync at the end has little left to wait for. A hint: what becomes of it is all one. */
static void begin_writeback(struct package_writer *self)
{
    if (self->written - self->sent < WRITEBACK_BYTES)
        return;
    (void)sync_file_range(self->fd, (off_t)self->sent, (off_t)(self->written - self->sent), SYNC_FILE_RANGE_WRITE);
    self->sent = self->written;
}

static enum fault write_all(struct package_writer *self, const unsigned char *bytes, size_t len)
{
    while (len) {
        ssize_t n = write(self->fd, bytes, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(self, n ? errno : EIO, "cannot write");
        bytes += n;
        len -= (size_t)n;
        self->written += (uint64_t)n;
    }
    begin_writeback(self);
    return FAULT_NONE;
}

static enum fault flush(struct package_writer *self)
{
    if (self->fault)
        return self->fault;
    enum fault fault = write_all(self, self->out, self->out_len);
    self->out_len = 0;
    return fault;
}

static enum fault emit(struct package_writer *self, const void *bytes, size_t len)
{
    if (self->fault)
        return self->fault;
    self->offset += len;
    if (len > OUT_BYTES - self->out_len) {
        enum fault fault = flush(self);
        if (fault)
            return fault;
        if (len >= OUT_BYTES)
            return write_all(self, bytes, len);
    }
    memcpy(self->out + self->out_len, bytes, len);
    self->out_len += len;
    return FAULT_NONE;
}

/* Overwrites bytes given out before; they may still be in the buffer. */
static enum fault patch(struct package_writer *self, uint64_t offset, const unsigned char *bytes, size_t len)
{
    uint64_t flushed = self->offset - self->out_len;
    if (offset >= flushed) {
        memcpy(self->out + (offset - flushed), bytes, len);
        return FAULT_NONE;
    }
    enum fault fault = flush(self);
    while (!fault && len) {
        ssize_t n = pwrite(self->fd, bytes, len, (off_t)offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return fail(self, n ? errno : EIO, "cannot write");
        bytes += n;
        len -= (size_t)n;
        offset += (uint64_t)n;
    }
    return fault;
}

/* A file without a name where the file system can; it cannot be left behind, whatever happens. */
static int open_nameless(const char *folder)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0)
        return -1;
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    if (access(link, F_OK) == 0) /* commit names the file through this link */
        return fd;
    close(fd);
    return -1;
}

static char *random_name(const char *path)
{
    unsigned char bits[8];
    if (getrandom(bits, sizeof bits, 0) != (ssize_t)sizeof bits)
        memset(bits, 0, sizeof bits);
    char *copy = must_strdup(path), *copy2 = must_strdup(path);
    struct buffer name;
    buffer_init(&name, BUFFER_LIMIT_DEFAULT);
    /* Short: the final name may be as long as the file system allows. */
    buffer_putf(&name, "%s/.%.40s.", dirname(copy), basename(copy2));
    for (size_t i = 0; i < sizeof bits; i++)
        buffer_putf(&name, "%02x", bits[i]);
    buffer_put_text(&name, ".tmp");
    char *result = must_strdup(buffer_text(&name));
    buffer_free(&name);
    free(copy);
    free(copy2);
    return result;
}

static int open_named(const char *path, char **ret_temp)
{
    for (int i = 0; i < TEMP_TRIES; i++) {
        char *temp = random_name(path);
        int fd = open(temp, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0666);
        if (fd >= 0) {
            *ret_temp = temp;
            return fd;
        }
        int error = errno;
        free(temp);
        errno = error;
        if (error != EEXIST)
            return -1;
    }
    return -1;
}

static enum fault check_target(const char *path, struct why *why)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return FAULT_NONE; /* not there yet, or told when it is opened */
    if (S_ISDIR(st.st_mode))
        return why_set(why, FAULT_IO, "%s is a folder; name a file in it", path);
    if (!S_ISREG(st.st_mode))
        return why_set(why, FAULT_IO, "%s is not a regular file", path);
    return FAULT_NONE;
}

enum fault package_writer_new(const char *path, enum deflate_level level, struct package_writer **ret,
                              struct why *why)
{
    enum fault fault = check_target(path, why);
    if (fault)
        return fault;
    char *copy = must_strdup(path);
    char *folder = must_strdup(dirname(copy));
    free(copy);
    char *temp = NULL;
    int fd = open_nameless(folder);
    if (fd < 0)
        fd = open_named(path, &temp);
    if (fd < 0) {
        int error = errno;
        free(folder);
        return why_set(why, fault_from_errno(error), "cannot create %s: %s", path, strerror(error));
    }
    struct package_writer *self = must_alloc(sizeof *self);
    self->fd = fd;
    self->path = must_strdup(path);
    self->folder = folder;
    self->temp_path = temp;
    self->out = must_alloc(OUT_BYTES);
    self->level = level;
    self->dos_time = DOS_EPOCH;
    *ret = self;
    return FAULT_NONE;
}

void package_writer_set_time(struct package_writer *self, time_t when)
{
    struct tm utc;
    if (!gmtime_r(&when, &utc) || utc.tm_year < 80 || utc.tm_year > 80 + 127)
        return;
    uint32_t date = (uint32_t)(utc.tm_year - 80) << 9 | (uint32_t)(utc.tm_mon + 1) << 5 | (uint32_t)utc.tm_mday;
    uint32_t time = (uint32_t)utc.tm_hour << 11 | (uint32_t)utc.tm_min << 5 | (uint32_t)utc.tm_sec / 2;
    self->dos_time = date << 16 | time;
}

void package_writer_destroy(struct package_writer **self_p)
{
    struct package_writer *self = *self_p;
    if (!self)
        return;
    if (self->fd >= 0)
        close(self->fd);
    if (self->temp_path && !self->is_committed)
        unlink(self->temp_path);
    for (size_t i = 0; i < self->n_entries; i++)
        free(self->entries[i].name);
    free(self->entries);
    deflater_destroy(&self->deflater);
    free(self->out);
    free(self->path);
    free(self->folder);
    free(self->temp_path);
    free(self);
    *self_p = NULL;
}

const struct why *package_writer_why(const struct package_writer *self)
{
    return &self->why;
}

uint64_t package_writer_size(const struct package_writer *self)
{
    return self->offset;
}

/* --- entries ----------------------------------------------------------------------------------------------- */

static bool is_ascii(struct span text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    return true;
}

static enum fault entry_new(struct package_writer *self, struct span name, struct written_entry **ret)
{
    must(!self->is_open && !self->is_committed);
    if (self->fault)
        return self->fault;
    if (name.len > U16_FULL)
        return self->fault = why_set(&self->why, FAULT_LIMIT, "%s: a part's name is too long", self->path);
    if (self->n_entries == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->entries = must_realloc(self->entries, self->capacity * sizeof *self->entries);
    }
    struct written_entry *entry = &self->entries[self->n_entries++];
    *entry = (struct written_entry){.name = must_strndup(name.data, name.len),
                                    .name_len = (uint16_t)name.len,
                                    .method = 8,
                                    .flags = is_ascii(name) ? 0 : FLAG_UTF8,
                                    .dos_time = self->dos_time,
                                    .offset = self->offset};
    *ret = entry;
    return FAULT_NONE;
}

/* The extra of a local header: nothing, the sizes that do not fit, or room for them. */
static size_t fill_extra(unsigned char extra[ROOM_BYTES], const struct written_entry *entry, bool has_room)
{
    memset(extra, 0, ROOM_BYTES);
    if (entry->size >= U32_FULL || entry->compressed_size >= U32_FULL) {
        put_u16(extra, 0x0001);
        put_u16(extra + 2, 16);
        put_u64(extra + 4, entry->size);
        put_u64(extra + 12, entry->compressed_size);
        return ROOM_BYTES;
    }
    if (!has_room)
        return 0;
    put_u16(extra, 0xa220);
    put_u16(extra + 2, 16);
    put_u16(extra + 4, 0xa028);
    put_u16(extra + 6, 12);
    return ROOM_BYTES;
}

static size_t fill_local(unsigned char to[LOCAL_BYTES + ROOM_BYTES], const struct written_entry *entry,
                         bool has_room, unsigned char extra[ROOM_BYTES])
{
    size_t extra_len = fill_extra(extra, entry, has_room);
    bool is_64 = entry->size >= U32_FULL || entry->compressed_size >= U32_FULL;
    put_u32(to, 0x04034b50);
    put_u16(to + 4, is_64 ? 45 : 20);
    put_u16(to + 6, entry->flags);
    put_u16(to + 8, entry->method);
    put_u32(to + 10, entry->dos_time);
    put_u32(to + 14, entry->crc32);
    put_u32(to + 18, is_64 ? U32_FULL : (uint32_t)entry->compressed_size);
    put_u32(to + 22, is_64 ? U32_FULL : (uint32_t)entry->size);
    put_u16(to + 26, entry->name_len);
    put_u16(to + 28, (uint32_t)extra_len);
    return extra_len;
}

static enum fault emit_local(struct package_writer *self, const struct written_entry *entry, bool has_room)
{
    unsigned char head[LOCAL_BYTES + ROOM_BYTES], extra[ROOM_BYTES];
    size_t extra_len = fill_local(head, entry, has_room, extra);
    enum fault fault = emit(self, head, LOCAL_BYTES);
    if (!fault)
        fault = emit(self, entry->name, entry->name_len);
    if (!fault)
        fault = emit(self, extra, extra_len);
    return fault;
}

static enum fault emit_raw(void *context, struct span bytes)
{
    return emit(context, bytes.data, bytes.len);
}

enum fault package_writer_copy(struct package_writer *self, struct package *from, size_t index, struct why *why)
{
    const struct package_entry *source = package_entry_at(from, index);
    if (source->flags & FLAG_ENCRYPTED)
        return why_set(why, FAULT_UNSUPPORTED, "%.*s: the part is encrypted", SPAN_ARGS(source->name));
    struct written_entry *entry;
    enum fault fault = entry_new(self, source->name, &entry);
    if (fault)
        return fault;
    entry->method = source->method;
    entry->flags = source->flags & (FLAG_UTF8 | FLAG_LEVEL);
    entry->crc32 = source->crc32;
    entry->size = source->size;
    entry->compressed_size = source->compressed_size;
    entry->external_attributes = source->external_attributes;
    fault = emit_local(self, entry, false);
    if (fault)
        return fault;
    uint64_t start = self->offset;
    fault = package_stream_raw(from, index, emit_raw, self, why);
    if (!fault && self->offset - start != entry->compressed_size)
        fault = why_set(why, FAULT_CORRUPT, "%.*s: the part is shorter than the package says",
                        SPAN_ARGS(source->name));
    if (fault && !self->fault)
        self->fault = fault; /* half an entry stands in the file: nothing may follow it */
    return fault;
}

enum fault package_writer_begin(struct package_writer *self, struct span name)
{
    struct written_entry *entry;
    enum fault fault = entry_new(self, name, &entry);
    if (fault)
        return fault;
    fault = emit_local(self, entry, true);
    if (fault)
        return fault;
    if (self->deflater)
        deflater_reset(self->deflater, emit_raw, self);
    else
        self->deflater = deflater_new(self->level, emit_raw, self);
    self->is_open = true;
    return FAULT_NONE;
}

enum fault package_writer_add(struct package_writer *self, struct span bytes)
{
    must(self->is_open);
    return self->fault ? self->fault : deflater_add(self->deflater, bytes);
}

enum fault package_writer_join(struct package_writer *self, struct span deflated, uint32_t crc32, uint64_t raw_len)
{
    must(self->is_open);
    if (!self->fault && raw_len > JOIN_BYTES_MAX)
        self->fault = why_set(&self->why, FAULT_LIMIT, "%s: a fragment says that it is too large", self->path);
    return self->fault ? self->fault : deflater_join(self->deflater, deflated, crc32, raw_len);
}

enum fault package_writer_end(struct package_writer *self)
{
    must(self->is_open);
    self->is_open = false;
    enum fault fault = self->fault ? self->fault : deflater_end(self->deflater);
    if (fault)
        return fault;
    struct written_entry *entry = &self->entries[self->n_entries - 1];
    uint64_t data = entry->offset + LOCAL_BYTES + entry->name_len + ROOM_BYTES;
    entry->compressed_size = self->offset - data;
    entry->size = deflater_size(self->deflater);
    entry->crc32 = deflater_crc32(self->deflater);
    unsigned char head[LOCAL_BYTES + ROOM_BYTES], extra[ROOM_BYTES];
    fill_local(head, entry, true, extra);
    fault = patch(self, entry->offset, head, LOCAL_BYTES);
    if (!fault)
        fault = patch(self, data - ROOM_BYTES, extra, ROOM_BYTES);
    return fault;
}

static enum fault append_raw(void *context, struct span bytes)
{
    return buffer_append(context, bytes);
}

/* Its sizes are known before the header is written: no room is kept, and what does not shrink is stored. */
enum fault package_writer_put(struct package_writer *self, struct span name, struct span bytes)
{
    struct written_entry *entry;
    enum fault fault = entry_new(self, name, &entry);
    if (fault)
        return fault;
    struct buffer packed;
    buffer_init(&packed, SIZE_MAX / 2);
    if (self->deflater)
        deflater_reset(self->deflater, append_raw, &packed);
    else
        self->deflater = deflater_new(self->level, append_raw, &packed);
    fault = deflater_add(self->deflater, bytes);
    if (!fault)
        fault = deflater_end(self->deflater);
    if (fault)
        goto out;
    bool is_smaller = packed.len < bytes.len;
    entry->method = is_smaller ? 8 : 0;
    entry->crc32 = deflater_crc32(self->deflater);
    entry->size = bytes.len;
    entry->compressed_size = is_smaller ? packed.len : bytes.len;
    fault = emit_local(self, entry, false);
    if (!fault)
        fault = is_smaller ? emit(self, packed.data, packed.len) : emit(self, bytes.data, bytes.len);
out:
    buffer_free(&packed);
    return fault;
}

enum fault package_writer_put_spool(struct package_writer *self, struct span name, struct entry_spool *spool)
{
    struct entry_spool_sizes sizes = entry_spool_sizes(spool);
    struct written_entry *entry;
    enum fault fault = entry_new(self, name, &entry);
    if (fault)
        return fault;
    entry->crc32 = sizes.crc32;
    entry->size = sizes.size;
    entry->compressed_size = sizes.compressed_size;
    fault = emit_local(self, entry, false);
    if (!fault)
        fault = entry_spool_stream(spool, emit_raw, self);
    return fault;
}

/* --- directory and commit ------------------------------------------------------------------------------------ */

static enum fault emit_central(struct package_writer *self, const struct written_entry *entry)
{
    unsigned char head[46], extra[28];
    size_t extra_len = 4;
    if (entry->size >= U32_FULL)
        put_u64(extra + extra_len, entry->size), extra_len += 8;
    if (entry->compressed_size >= U32_FULL)
        put_u64(extra + extra_len, entry->compressed_size), extra_len += 8;
    if (entry->offset >= U32_FULL)
        put_u64(extra + extra_len, entry->offset), extra_len += 8;
    if (extra_len == 4)
        extra_len = 0;
    put_u16(extra, 0x0001);
    put_u16(extra + 2, (uint32_t)(extra_len ? extra_len - 4 : 0));
    memset(head, 0, sizeof head);
    put_u32(head, 0x02014b50);
    put_u16(head + 4, extra_len ? 45 : 20);
    put_u16(head + 6, extra_len ? 45 : 20);
    put_u16(head + 8, entry->flags);
    put_u16(head + 10, entry->method);
    put_u32(head + 12, entry->dos_time);
    put_u32(head + 16, entry->crc32);
    put_u32(head + 20, clip_u32(entry->compressed_size));
    put_u32(head + 24, clip_u32(entry->size));
    put_u16(head + 28, entry->name_len);
    put_u16(head + 30, (uint32_t)extra_len);
    put_u32(head + 38, entry->external_attributes);
    put_u32(head + 42, clip_u32(entry->offset));
    enum fault fault = emit(self, head, sizeof head);
    if (!fault)
        fault = emit(self, entry->name, entry->name_len);
    if (!fault)
        fault = emit(self, extra, extra_len);
    return fault;
}

static enum fault emit_end64(struct package_writer *self, uint64_t start, uint64_t len)
{
    unsigned char tail[56 + 20] = {0};
    put_u32(tail, 0x06064b50);
    put_u64(tail + 4, 56 - 12);
    put_u16(tail + 12, 45);
    put_u16(tail + 14, 45);
    put_u64(tail + 24, self->n_entries);
    put_u64(tail + 32, self->n_entries);
    put_u64(tail + 40, len);
    put_u64(tail + 48, start);
    put_u32(tail + 56, 0x07064b50);
    put_u64(tail + 64, start + len);
    put_u32(tail + 72, 1);
    return emit(self, tail, sizeof tail);
}

static enum fault emit_directory(struct package_writer *self)
{
    uint64_t start = self->offset;
    enum fault fault = FAULT_NONE;
    for (size_t i = 0; i < self->n_entries && !fault; i++)
        fault = emit_central(self, &self->entries[i]);
    if (fault)
        return fault;
    uint64_t len = self->offset - start;
    if (self->n_entries >= U16_FULL || start >= U32_FULL || len >= U32_FULL)
        fault = emit_end64(self, start, len);
    if (fault)
        return fault;
    unsigned char tail[22] = {0};
    uint32_t n = self->n_entries >= U16_FULL ? U16_FULL : (uint32_t)self->n_entries;
    put_u32(tail, 0x06054b50);
    put_u16(tail + 8, n);
    put_u16(tail + 10, n);
    put_u32(tail + 12, clip_u32(len));
    put_u32(tail + 16, clip_u32(start));
    fault = emit(self, tail, sizeof tail);
    return fault ? fault : flush(self);
}

static enum fault name_file(struct package_writer *self)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", self->fd);
    for (int i = 0; i < TEMP_TRIES; i++) {
        char *temp = random_name(self->path);
        if (linkat(AT_FDCWD, link, AT_FDCWD, temp, AT_SYMLINK_FOLLOW) == 0) {
            self->temp_path = temp;
            return FAULT_NONE;
        }
        int error = errno;
        free(temp);
        if (error != EEXIST)
            return fail(self, error, "cannot name the temporary file");
    }
    return fail(self, EEXIST, "cannot name the temporary file");
}

static enum fault sync_folder(struct package_writer *self)
{
    int fd = open(self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return fail(self, errno, "cannot open the folder");
    /* EINVAL: this file system has nothing to sync in a folder. */
    int result = fsync(fd) < 0 && errno != EINVAL ? errno : 0;
    close(fd);
    return result ? fail(self, result, "cannot sync the folder") : FAULT_NONE;
}

static enum fault finish_file(struct package_writer *self, bool durable)
{
    enum fault fault = emit_directory(self);
    if (!fault && durable && fsync(self->fd) < 0)
        fault = fail(self, errno, "cannot sync");
    self->is_finished = true;
    return fault;
}

static enum fault publish(struct package_writer *self, bool durable)
{
    enum fault fault = self->temp_path ? FAULT_NONE : name_file(self);
    if (fault)
        return fault;
    int fd = self->fd;
    self->fd = -1;
    if (close(fd) < 0)
        return fail(self, errno, "cannot close");
    if (rename(self->temp_path, self->path) < 0)
        return fail(self, errno, "cannot rename the temporary file");
    self->is_committed = true;
    return durable ? sync_folder(self) : FAULT_NONE;
}

static enum fault tell(const struct package_writer *self, enum fault fault, struct why *why)
{
    if (fault && why)
        *why = self->why;
    if (fault && why && !why->fault)
        why_set(why, fault, "%s: %s", self->path, fault_text(fault));
    return fault;
}

enum fault package_writer_finish(struct package_writer *self, bool durable, struct why *why)
{
    must(!self->is_open && !self->is_finished);
    return tell(self, self->fault ? self->fault : finish_file(self, durable), why);
}

const char *package_writer_readable(struct package_writer *self)
{
    must(self->is_finished && !self->is_committed);
    if (self->temp_path)
        return self->temp_path;
    snprintf(self->readable, sizeof self->readable, "/proc/self/fd/%d", self->fd);
    return self->readable;
}

enum fault package_writer_commit(struct package_writer *self, bool durable, struct why *why)
{
    must(!self->is_open && !self->is_committed);
    enum fault fault = self->fault;
    if (!fault && !self->is_finished)
        fault = finish_file(self, durable);
    return tell(self, fault ? fault : publish(self, durable), why);
}

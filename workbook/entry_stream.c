/* SPDX-License-Identifier: MIT
 *
 * The bytes of an entry, raw or inflated window by window. Our inflater counts what becomes of them: libzip
 * would inflate past the declared size without a word. What package.h calls streaming is a loop over this.
 */
#include "workbook/entry_stream.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "core/interrupt.h"
#include "core/must.h"
#include "workbook/codec.h"
#include "workbook/package_state.h"

#define WINDOW_BYTES ((size_t)128 << 10)
#define RAW_BYTES ((size_t)64 << 10)
enum { METHOD_STORED = 0, METHOD_DEFLATED = 8, METHOD_AES = 99 };
enum { FLAG_ENCRYPTED = 1 << 0, FLAG_STRONGLY_ENCRYPTED = 1 << 6 };

struct entry_stream {
    struct package *package;
    const struct package_entry *entry;
    zip_file_t *file; /* NULL for a file that is whole in memory */
    uint64_t data_offset;
    uint64_t raw_left;  /* of the compressed bytes */
    struct span input;  /* read and not yet inflated */
    uint64_t out_len;   /* bytes given out */
    uint32_t crc;
    bool is_inflated;   /* the deflate stream has ended */
    struct inflater *inflater; /* from here on: made when first needed, kept from entry to entry */
    char *window, *raw;
};

static enum fault corrupt(struct why *why, const char *what)
{
    return why_set(why, FAULT_CORRUPT, "%s: the file is damaged, ask for a fresh copy", what);
}

static enum fault check_interrupt(struct why *why)
{
    return interrupt_wanted() ? why_set(why, FAULT_CANCELLED, "interrupted while it was read") : FAULT_NONE;
}

/* --- life --- */

static struct entry_stream *take_idle(struct package *package)
{
    struct entry_stream *self = package->idle;
    package->idle = NULL;
    return self ? self : must_alloc(sizeof *self);
}

void entry_stream_free(struct entry_stream *self)
{
    if (!self)
        return;
    inflater_destroy(&self->inflater);
    free(self->window);
    free(self->raw);
    free(self);
}

void entry_stream_close(struct entry_stream **self_p)
{
    struct entry_stream *self = *self_p;
    if (!self)
        return;
    if (self->file)
        zip_fclose(self->file);
    self->file = NULL;
    *self_p = NULL;
    struct package *package = self->package;
    if (package->idle)
        entry_stream_free(self);
    else
        package->idle = self;
}

/* What can be said before the first byte is read. */
static enum fault check_readable(const struct package_entry *entry, uint64_t bytes_max, struct why *why)
{
    if (S_ISLNK(entry->external_attributes >> 16))
        return corrupt(why, "a symbolic link in place of a part");
    if (entry->flags & (FLAG_ENCRYPTED | FLAG_STRONGLY_ENCRYPTED) || entry->method == METHOD_AES)
        return why_set(why, FAULT_ENCRYPTED, "password protected: ask for a copy without password");
    if (entry->method != METHOD_STORED && entry->method != METHOD_DEFLATED)
        return why_set(why, FAULT_UNSUPPORTED,
                       "compressed by method %u, which no spreadsheet program uses: save it again",
                       entry->method);
    if (entry->size > bytes_max)
        return why_set(why, FAULT_LIMIT, "the part has %llu bytes, more than the limit of %llu",
                       (unsigned long long)entry->size, (unsigned long long)bytes_max);
    return FAULT_NONE;
}

static enum fault open_raw(struct entry_stream *self, size_t index, struct why *why)
{
    struct package *package = self->package;
    zip_stat_t stat;
    const char *name = zip_get_name(package->zip, index, ZIP_FL_ENC_RAW);
    struct span expected = package->extents.items[index].name;
    if (!name || strncmp(name, expected.data, expected.len) != 0 ||
        zip_stat_index(package->zip, index, 0, &stat) != 0 ||
        stat.comp_size != self->entry->compressed_size || stat.crc != self->entry->crc32)
        return corrupt(why, "the ZIP directory can be read in two ways");
    if (package->file.whole)
        return FAULT_NONE;
    self->file = zip_fopen_index(package->zip, index, ZIP_FL_COMPRESSED);
    if (!self->file)
        return corrupt(why, zip_strerror(package->zip));
    if (!self->raw)
        self->raw = must_realloc(NULL, RAW_BYTES + FILE_BYTES_SLACK);
    return FAULT_NONE;
}

static void prepare_inflate(struct entry_stream *self)
{
    if (!self->inflater) {
        self->window = must_realloc(NULL, WINDOW_BYTES + FILE_BYTES_SLACK);
        self->inflater = inflater_new();
    }
    inflater_reset(self->inflater);
}

enum how { HOW_RAW, HOW_INFLATED };

static enum fault open_entry(struct package *package, size_t index, enum how how, uint64_t bytes_max,
                             struct entry_stream **ret, struct why *why)
{
    must(index < package->extents.n);
    struct entry_stream *self = take_idle(package);
    self->package = package;
    self->entry = &package->entries[index];
    self->data_offset = package->extents.items[index].data_offset;
    self->raw_left = self->entry->compressed_size;
    self->input = SPAN("");
    self->out_len = 0;
    self->crc = 0;
    self->is_inflated = false;
    enum fault fault = how == HOW_RAW ? FAULT_NONE : check_readable(self->entry, bytes_max, why);
    if (!fault)
        fault = open_raw(self, index, why);
    if (fault) {
        why_at_part(why, self->entry->name);
        entry_stream_close(&self);
        return fault;
    }
    if (how == HOW_INFLATED && self->entry->method == METHOD_DEFLATED)
        prepare_inflate(self);
    *ret = self;
    return FAULT_NONE;
}

enum fault entry_stream_open(struct package *package, size_t index, struct entry_stream **ret, struct why *why)
{
    return open_entry(package, index, HOW_INFLATED, package->budget.part_bytes, ret, why);
}

uint64_t entry_stream_offset(const struct entry_stream *self)
{
    return self->out_len;
}

/* --- raw bytes --- */

/* At most `max` bytes; empty at the end. */
static enum fault read_raw(struct entry_stream *self, uint64_t max, struct span *ret, struct why *why)
{
    size_t len = (size_t)(self->raw_left < max ? self->raw_left : max);
    enum fault fault = check_interrupt(why);
    if (fault)
        return fault;
    if (self->package->file.whole) { /* proven by extents_read to lie inside */
        uint64_t at = self->data_offset + (self->entry->compressed_size - self->raw_left);
        *ret = span_make(self->package->file.whole + at, len);
    } else {
        len = len < RAW_BYTES ? len : RAW_BYTES;
        zip_int64_t got = len ? zip_fread(self->file, self->raw, len) : 0;
        if (got < 0 || (size_t)got != len)
            return corrupt(why, "an entry cannot be read to its end");
        *ret = span_make(self->raw, len);
    }
    self->raw_left -= len;
    return FAULT_NONE;
}

/* --- inflated bytes --- */

/* Fills the window, unless the deflate stream ends before. */
static enum fault fill_window(struct entry_stream *self, size_t max, struct span *ret, struct why *why)
{
    size_t filled = 0;
    while (filled < max && !self->is_inflated) {
        if (!self->input.len && self->raw_left) {
            enum fault fault = read_raw(self, UINT64_MAX, &self->input, why);
            if (fault)
                return fault;
        }
        size_t before = self->input.len, len;
        enum fault fault = inflater_step(self->inflater, &self->input, self->window + filled,
                                         max - filled, &len, &self->is_inflated);
        if (fault)
            return corrupt(why, "invalid compressed data");
        filled += len;
        if (!len && !self->is_inflated && self->input.len == before && (before || !self->raw_left))
            return corrupt(why, "compressed data end too early");
    }
    *ret = span_make(self->window, filled);
    return FAULT_NONE;
}

static enum fault count(struct entry_stream *self, struct span piece, struct why *why)
{
    struct package *package = self->package;
    if (piece.len > self->entry->size - self->out_len)
        return corrupt(why, "a part is larger than it says");
    if (piece.len > package->budget.total_bytes - package->total_bytes)
        return why_set(why, FAULT_LIMIT,
                       "the parts of this file have more than the limit of %llu bytes together",
                       (unsigned long long)package->budget.total_bytes);
    self->out_len += piece.len;
    package->total_bytes += piece.len;
    self->crc = codec_crc32(self->crc, piece);
    return FAULT_NONE;
}

static enum fault check_end(const struct entry_stream *self, struct why *why)
{
    if (self->entry->method == METHOD_DEFLATED &&
        inflater_consumed(self->inflater) != self->entry->compressed_size)
        return corrupt(why, "bytes behind the end of compressed data");
    if (self->out_len != self->entry->size)
        return corrupt(why, "a part is smaller than it says");
    if (self->crc != self->entry->crc32)
        return corrupt(why, "wrong checksum");
    return FAULT_NONE;
}

static enum fault next_window(struct entry_stream *self, size_t max, struct span *ret, struct why *why)
{
    enum fault fault = self->entry->method == METHOD_DEFLATED ? fill_window(self, max, ret, why)
                                                              : read_raw(self, max, ret, why);
    if (!fault)
        fault = check_interrupt(why);
    if (!fault)
        fault = count(self, *ret, why);
    if (!fault && !ret->len)
        fault = check_end(self, why);
    return fault;
}

enum fault entry_stream_take(struct entry_stream *self, size_t max, struct span *ret, struct why *why)
{
    must(max);
    enum fault fault = next_window(self, max < WINDOW_BYTES ? max : WINDOW_BYTES, ret, why);
    if (fault)
        why_at_part(why, self->entry->name);
    return fault;
}

enum fault entry_stream_next(struct entry_stream *self, struct span *ret, struct why *why)
{
    return entry_stream_take(self, WINDOW_BYTES, ret, why);
}

/* --- handed on piece by piece --- */

static enum fault stream_entry(struct package *self, size_t index, enum how how, uint64_t bytes_max,
                               package_consume *consume, void *context, struct why *why)
{
    struct entry_stream *stream;
    enum fault fault = open_entry(self, index, how, bytes_max, &stream, why);
    if (fault)
        return fault;
    for (struct span piece = {"", 1}; !fault && piece.len;) {
        fault = how == HOW_RAW ? read_raw(stream, WINDOW_BYTES, &piece, why) : next_window(stream, WINDOW_BYTES, &piece, why);
        if (!fault && piece.len)
            fault = consume(context, piece);
    }
    if (fault)
        why_at_part(why, stream->entry->name);
    entry_stream_close(&stream);
    return fault;
}

enum fault package_stream(struct package *self, size_t index, package_consume *consume,
                          void *context, struct why *why)
{
    return stream_entry(self, index, HOW_INFLATED, self->budget.part_bytes, consume, context, why);
}

enum fault package_stream_small(struct package *self, size_t index, package_consume *consume,
                                void *context, struct why *why)
{
    return stream_entry(self, index, HOW_INFLATED, self->budget.small_part_bytes, consume, context,
                        why);
}

enum fault package_stream_raw(struct package *self, size_t index, package_consume *consume,
                              void *context, struct why *why)
{
    return stream_entry(self, index, HOW_RAW, 0, consume, context, why);
}

/* SPDX-License-Identifier: MIT
 *
 * Two readers of one ZIP must never see two different archives, so whatever APPNOTE leaves to
 * interpretation is refused: several end records, gaps between directory and end record, counts or
 * sizes that do not add up.
 */
#include "workbook/extents.h"

#include <stdlib.h>

#include "core/must.h"

enum { END_BYTES = 22, LOCATOR_BYTES = 20, END64_BYTES = 56, CENTRAL_BYTES = 46, LOCAL_BYTES = 30 };
enum {
    END_SIGN = 0x06054b50,
    LOCATOR_SIGN = 0x07064b50,
    END64_SIGN = 0x06064b50,
    CENTRAL_SIGN = 0x02014b50,
    LOCAL_SIGN = 0x04034b50
};
enum { FLAG_ENCRYPTED = 1, FLAG_DESCRIPTOR = 8 };
enum { METHOD_STORED = 0, METHOD_DEFLATED = 8 };
#define ZIP64_EXTRA 1
#define IN_ZIP64 UINT32_MAX
/* An archive comment has at most 65,535 bytes; behind it we accept NULs up to the same amount
 * (block-wise transfers). */
#define TAIL_BYTES ((uint64_t)2 * UINT16_MAX + END_BYTES)
/* Deflate cannot do better than 258 bytes in 2 bits; a stored or coded block adds a little. */
#define DEFLATE_RATIO_MAX 1032
#define DEFLATE_SLACK 1024

static uint16_t get16(const void *from)
{
    const unsigned char *p = from;
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const void *from)
{
    return get16(from) | (uint32_t)get16((const char *)from + 2) << 16;
}

static uint64_t get64(const void *from)
{
    return get32(from) | (uint64_t)get32((const char *)from + 4) << 32;
}

/* What the end records say. */
struct ending {
    uint64_t entries, directory_size, directory_offset;
    uint64_t directory_end; /* where the records of the end begin */
};

struct reading {
    const struct extent_source *source;
    struct why *why;
};

static enum fault corrupt(const struct reading *self, const char *what)
{
    return why_set(self->why, FAULT_CORRUPT,
                   "%s: the ZIP file is damaged or was made to mislead; ask for a fresh copy",
                   what);
}

static enum fault read_at(const struct reading *self, uint64_t offset, void *to, size_t len)
{
    if (len > self->source->size || offset > self->source->size - len)
        return corrupt(self, "a record lies outside the file");
    return self->source->read(self->source->context, offset, to, len);
}

/* --- the end --- */

/* Finds the one end record in the tail of the file; *ret_at is its place in the tail. */
static enum fault find_end(const struct reading *self, struct span tail, size_t *ret_at)
{
    size_t found = 0;
    size_t nul_from = tail.len; /* from here on there are only NULs */
    while (nul_from && !tail.data[nul_from - 1])
        nul_from--;
    for (size_t left = tail.len - END_BYTES + 1; left > 0;) {
        const char *sign = memrchr(tail.data, 'P', left);
        if (!sign)
            break;
        size_t at = left = (size_t)(sign - tail.data);
        if (get32(sign) != END_SIGN)
            continue;
        size_t end = at + END_BYTES + get16(tail.data + at + 20);
        if (end > tail.len || end < nul_from)
            continue;
        *ret_at = at;
        found++;
    }
    if (!found)
        return why_set(self->why, FAULT_CORRUPT,
                       "the end of the ZIP file is missing: it was cut off or has bytes behind it; "
                       "ask for a fresh copy");
    return found == 1 ? FAULT_NONE : corrupt(self, "several ends of the ZIP directory");
}

static bool agrees(uint64_t narrow, uint64_t escape, uint64_t wide)
{
    return narrow == escape || narrow == wide;
}

static enum fault read_zip64_end(const struct reading *self, uint64_t locator_at,
                                 const char *locator, struct ending *end)
{
    char record[END64_BYTES];
    uint64_t at = get64(locator + 8);
    if (get32(locator + 4) || get32(locator + 16) > 1)
        return corrupt(self, "a ZIP file in several volumes");
    enum fault fault = read_at(self, at, record, sizeof record);
    if (fault)
        return fault;
    if (get32(record) != END64_SIGN || get64(record + 4) != locator_at - at - 12 ||
        locator_at < at + END64_BYTES)
        return corrupt(self, "bad ZIP64 end record");
    if (get32(record + 16) || get32(record + 20) || get64(record + 24) != get64(record + 32))
        return corrupt(self, "a ZIP file in several volumes");
    if (!agrees(end->entries, UINT16_MAX, get64(record + 32)) ||
        !agrees(end->directory_size, IN_ZIP64, get64(record + 40)) ||
        !agrees(end->directory_offset, IN_ZIP64, get64(record + 48)))
        return corrupt(self, "the two end records disagree");
    *end = (struct ending){get64(record + 32), get64(record + 40), get64(record + 48), at};
    return FAULT_NONE;
}

static enum fault parse_end(const struct reading *self, struct span tail, size_t at,
                            struct ending *ret)
{
    const char *record = tail.data + at;
    uint64_t end_at = self->source->size - tail.len + at;
    if (get16(record + 4) || get16(record + 6) || get16(record + 8) != get16(record + 10))
        return corrupt(self, "a ZIP file in several volumes");
    *ret = (struct ending){get16(record + 10), get32(record + 12), get32(record + 16), end_at};
    if (at >= LOCATOR_BYTES && get32(record - LOCATOR_BYTES) == LOCATOR_SIGN) {
        enum fault fault =
            read_zip64_end(self, end_at - LOCATOR_BYTES, record - LOCATOR_BYTES, ret);
        if (fault)
            return fault;
    }
    if (ret->directory_offset > ret->directory_end ||
        ret->directory_size != ret->directory_end - ret->directory_offset)
        return corrupt(self, "the ZIP directory is not where its end record says");
    return FAULT_NONE;
}

static enum fault read_end(const struct reading *self, struct ending *ret)
{
    if (self->source->size < END_BYTES)
        return why_set(self->why, FAULT_CORRUPT,
                       "the file is too short for a workbook; ask for a fresh copy");
    /* Room for the locator in front of the longest tail. */
    uint64_t most = TAIL_BYTES + LOCATOR_BYTES;
    size_t len = (size_t)(self->source->size < most ? self->source->size : most);
    char *tail = must_realloc(NULL, len);
    size_t at = 0;
    enum fault fault = read_at(self, self->source->size - len, tail, len);
    if (!fault)
        fault = find_end(self, span_make(tail, len), &at);
    if (!fault)
        fault = parse_end(self, span_make(tail, len), at, ret);
    free(tail);
    return fault;
}

/* --- headers --- */

/* The ZIP64 field of an extra area, empty when there is none; false when the area is malformed.
 * Java and some others leave a few NULs at the end: fewer bytes than a header are no field. */
static bool find_zip64(struct span extra, struct span *ret)
{
    *ret = SPAN("");
    while (extra.len >= 4) {
        size_t len = get16(extra.data + 2);
        if (len > extra.len - 4)
            return false;
        if (get16(extra.data) == ZIP64_EXTRA)
            *ret = span_make(extra.data + 4, len);
        extra = span_from(extra, 4 + len);
    }
    return true;
}

/* A 32-bit field whose value moved to the ZIP64 field. */
static bool widen(uint64_t *value, struct span *zip64)
{
    if (*value != IN_ZIP64)
        return true;
    if (zip64->len < 8)
        return !zip64->len; /* without the field the number means itself */
    *value = get64(zip64->data);
    *zip64 = span_from(*zip64, 8);
    return true;
}

static enum fault parse_central(const struct reading *self, struct span *directory,
                                struct extent *ret)
{
    const char *at = directory->data;
    if (directory->len < CENTRAL_BYTES || get32(at) != CENTRAL_SIGN)
        return corrupt(self, "the ZIP directory has fewer entries than its end record says");
    size_t name = get16(at + 28), extra = get16(at + 30), comment = get16(at + 32);
    if (CENTRAL_BYTES + name + extra + comment > directory->len)
        return corrupt(self, "an entry of the ZIP directory is cut off");
    *ret = (struct extent){
        .name = span_make(at + CENTRAL_BYTES, name),
        .flags = get16(at + 8),
        .method = get16(at + 10),
        .crc32 = get32(at + 16),
        .compressed_size = get32(at + 20),
        .size = get32(at + 24),
        .external_attributes = get32(at + 38),
        .header_offset = get32(at + 42),
    };
    struct span zip64;
    if (!find_zip64(span_make(at + CENTRAL_BYTES + name, extra), &zip64) ||
        !widen(&ret->size, &zip64) || !widen(&ret->compressed_size, &zip64) ||
        !widen(&ret->header_offset, &zip64))
        return corrupt(self, "bad extra field");
    if (get16(at + 34) && get16(at + 34) != UINT16_MAX)
        return corrupt(self, "a ZIP file in several volumes");
    *directory = span_from(*directory, CENTRAL_BYTES + name + extra + comment);
    return FAULT_NONE;
}

/* With a data descriptor the local header may leave CRC and sizes 0. */
static bool local_sizes_agree(const struct extent *entry, const char *header, struct span extra)
{
    uint64_t compressed = get32(header + 18), size = get32(header + 22);
    uint32_t crc = get32(header + 14);
    struct span zip64;
    if (!find_zip64(extra, &zip64) || !widen(&size, &zip64) || !widen(&compressed, &zip64))
        return false;
    if (get16(header + 6) & FLAG_DESCRIPTOR)
        return (!crc || crc == entry->crc32) &&
               (!compressed || compressed == entry->compressed_size) &&
               (!size || size == entry->size);
    return crc == entry->crc32 && compressed == entry->compressed_size && size == entry->size;
}

static enum fault check_local(const struct reading *self, const struct ending *end,
                              struct extent *entry)
{
    char fixed[LOCAL_BYTES], rest[UINT16_MAX * 2];
    if (entry->header_offset > end->directory_offset ||
        end->directory_offset - entry->header_offset < LOCAL_BYTES)
        return corrupt(self, "an entry lies outside the file");
    enum fault fault = read_at(self, entry->header_offset, fixed, sizeof fixed);
    if (fault)
        return fault;
    size_t name = get16(fixed + 26), extra = get16(fixed + 28);
    if (get32(fixed) != LOCAL_SIGN)
        return corrupt(self, "an entry without its header");
    if (name != entry->name.len || get16(fixed + 8) != entry->method ||
        (get16(fixed + 6) ^ entry->flags) & FLAG_ENCRYPTED)
        return corrupt(self, "the header of an entry differs from the directory");
    entry->data_offset = entry->header_offset + LOCAL_BYTES + name + extra;
    if (entry->data_offset > end->directory_offset ||
        entry->compressed_size > end->directory_offset - entry->data_offset)
        return corrupt(self, "an entry is longer than the file");
    fault = read_at(self, entry->header_offset + LOCAL_BYTES, rest, name + extra);
    if (fault)
        return fault;
    if (!span_equal(span_make(rest, name), entry->name))
        return corrupt(self, "the name of an entry differs from the directory");
    if (!local_sizes_agree(entry, fixed, span_make(rest + name, extra)))
        return corrupt(self, "the sizes of an entry differ from the directory");
    return FAULT_NONE;
}

static enum fault check_size(const struct reading *self, const struct extent *entry)
{
    uint64_t most = UINT64_MAX;
    if (entry->method == METHOD_STORED && !(entry->flags & FLAG_ENCRYPTED) &&
        entry->size != entry->compressed_size)
        return corrupt(self, "a stored entry with two sizes");
    if (entry->method == METHOD_DEFLATED &&
        entry->compressed_size < UINT64_MAX / DEFLATE_RATIO_MAX - DEFLATE_SLACK)
        most = entry->compressed_size * DEFLATE_RATIO_MAX + DEFLATE_SLACK;
    return entry->size <= most ? FAULT_NONE
                               : corrupt(self, "an entry says it is larger than it can be");
}

/* --- overlaps --- */

static int by_offset(const void *a, const void *b)
{
    const struct extent *x = *(const struct extent *const *)a,
                        *y = *(const struct extent *const *)b;
    return (x->header_offset > y->header_offset) - (x->header_offset < y->header_offset);
}

static enum fault check_overlaps(const struct reading *self, const struct extents *extents)
{
    if (!extents->n)
        return FAULT_NONE;
    const struct extent **order = must_alloc(extents->n * sizeof *order);
    for (size_t i = 0; i < extents->n; i++)
        order[i] = &extents->items[i];
    qsort(order, extents->n, sizeof *order, by_offset);
    enum fault fault = FAULT_NONE;
    for (size_t i = 1; i < extents->n && !fault; i++)
        if (order[i - 1]->data_offset + order[i - 1]->compressed_size > order[i]->header_offset)
            fault = corrupt(self, "entries overlap");
    free(order);
    return fault;
}

static enum fault check_entries(const struct reading *self, const struct ending *end,
                                struct extents *extents)
{
    struct span directory = span_make(extents->directory, (size_t)end->directory_size);
    for (size_t i = 0; i < extents->n; i++) {
        struct extent *entry = &extents->items[i];
        enum fault fault = parse_central(self, &directory, entry);
        if (!fault)
            fault = check_local(self, end, entry);
        if (!fault)
            fault = check_size(self, entry);
        if (fault) {
            why_at_part(self->why, entry->name);
            return fault;
        }
    }
    if (directory.len)
        return corrupt(self, "the ZIP directory has more entries than its end record says");
    return check_overlaps(self, extents);
}

enum fault extents_read(const struct extent_source *source, uint64_t entries_max,
                        struct extents *ret, struct why *why)
{
    struct reading self = {source, why};
    struct ending end;
    *ret = (struct extents){0};
    enum fault fault = read_end(&self, &end);
    if (fault)
        return fault;
    if (end.entries > end.directory_size / CENTRAL_BYTES)
        return corrupt(&self, "the ZIP directory has fewer entries than its end record says");
    if (end.entries > entries_max)
        return why_set(why, FAULT_LIMIT,
                       "%llu entries in the ZIP file, more than the limit of %llu",
                       (unsigned long long)end.entries, (unsigned long long)entries_max);
    if (end.directory_size > EXTENTS_DIRECTORY_BYTES_MAX)
        return why_set(why, FAULT_LIMIT,
                       "the ZIP directory has %llu bytes, more than the limit of %llu",
                       (unsigned long long)end.directory_size,
                       (unsigned long long)EXTENTS_DIRECTORY_BYTES_MAX);
    struct extents extents = {must_alloc((size_t)end.entries * sizeof *extents.items),
                              (size_t)end.entries, must_alloc((size_t)end.directory_size)};
    fault = read_at(&self, end.directory_offset, extents.directory, (size_t)end.directory_size);
    if (!fault)
        fault = check_entries(&self, &end, &extents);
    if (fault)
        extents_free(&extents);
    else
        *ret = extents;
    return fault;
}

void extents_free(struct extents *self)
{
    free(self->items);
    free(self->directory);
    *self = (struct extents){0};
}

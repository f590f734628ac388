/* SPDX-License-Identifier: MIT */
#include "workbook/styles_cache.h"

#include <stdlib.h>

#include "core/must.h"

#define KEY_BYTES_MAX ((size_t)1 << 20)

struct styles_cache {
    struct styles *styles;
    struct buffer key, wanted; /* what the styles were made from; what the next are to be made from */
    bool has_key;
};

struct styles_cache *styles_cache_new(void)
{
    struct styles_cache *self = must_alloc(sizeof *self);
    buffer_init(&self->key, KEY_BYTES_MAX);
    buffer_init(&self->wanted, KEY_BYTES_MAX);
    return self;
}

void styles_cache_destroy(struct styles_cache **self)
{
    if (!*self)
        return;
    styles_destroy(&(*self)->styles);
    buffer_free(&(*self)->key);
    buffer_free(&(*self)->wanted);
    free(*self);
    *self = NULL;
}

/* All that decides what becomes of a part: how it is stored, what it must inflate to, and its bytes. */
static bool add_part(struct buffer *key, const struct package *package, size_t entry)
{
    struct span raw = SPAN("");
    struct {
        uint64_t size, raw_len;
        uint32_t crc32;
        uint16_t method, flags;
    } head = {.raw_len = UINT64_MAX};
    if (entry != PACKAGE_NONE) {
        const struct package_entry *part = package_entry_at(package, entry);
        if (!package_raw(package, entry, &raw))
            return false;
        head.size = part->size;
        head.raw_len = raw.len;
        head.crc32 = part->crc32;
        head.method = part->method;
        head.flags = part->flags;
    }
    return buffer_append(key, span_make((const char *)&head, sizeof head)) == FAULT_NONE &&
           buffer_append(key, raw) == FAULT_NONE;
}

static bool make_key(struct buffer *key, const struct book *book)
{
    buffer_clear(key);
    return add_part(key, book->package, book->styles_entry) && add_part(key, book->package, book->theme_entry);
}

enum fault styles_cache_read(struct styles_cache *self, struct book *book, const struct styles **ret, struct why *why)
{
    bool has_key = make_key(&self->wanted, book);
    if (has_key && self->has_key && span_equal(buffer_span(&self->wanted), buffer_span(&self->key))) {
        *ret = self->styles;
        return FAULT_NONE;
    }
    struct why broken = {0};
    self->has_key = false;
    styles_destroy(&self->styles);
    enum fault fault = styles_read(book, &self->styles, &broken);
    if (why && broken.fault != FAULT_NONE)
        *why = broken;
    if (fault != FAULT_NONE)
        return fault;
    if (has_key && broken.fault == FAULT_NONE) { /* a broken part is told for every source */
        struct buffer old = self->key;
        self->key = self->wanted;
        self->wanted = old;
        self->has_key = true;
    }
    *ret = self->styles;
    return FAULT_NONE;
}

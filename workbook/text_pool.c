/* SPDX-License-Identifier: MIT
 *
 * Open addressing over spans in an arena.
 */
#include "workbook/text_pool.h"

#include <stdint.h>
#include <stdlib.h>

#include "core/arena.h"
#include "core/hash.h"
#include "core/must.h"

#define KEPT_BYTES_MAX ((size_t)256 << 20)
#define SHOWN_BYTES_MAX ((uint64_t)2 << 30)

struct entry {
    uint64_t hash;
    struct span text; /* data NULL: free */
};

struct text_pool {
    struct arena *arena;
    struct entry *entries;
    size_t n, size; /* size is a power of two */
    uint64_t shown_bytes;
};

struct text_pool *text_pool_new(void)
{
    struct text_pool *self = must_alloc(sizeof *self);
    self->arena = arena_new(KEPT_BYTES_MAX);
    self->size = 256;
    self->entries = must_alloc(self->size * sizeof *self->entries);
    return self;
}

void text_pool_destroy(struct text_pool **self)
{
    if (!*self)
        return;
    arena_destroy(&(*self)->arena);
    free((*self)->entries);
    free(*self);
    *self = NULL;
}

/* Where the text is, or the free entry where it belongs. */
static struct entry *seek(struct entry *entries, size_t size, uint64_t hash, struct span text)
{
    for (size_t i = hash & (size - 1);; i = (i + 1) & (size - 1)) {
        struct entry *entry = &entries[i];
        if (!entry->text.data || (entry->hash == hash && span_equal(entry->text, text)))
            return entry;
    }
}

static void grow(struct text_pool *self)
{
    size_t size = self->size * 2;
    struct entry *entries = must_alloc(size * sizeof *entries);
    for (size_t i = 0; i < self->size; i++)
        if (self->entries[i].text.data)
            *seek(entries, size, self->entries[i].hash, self->entries[i].text) = self->entries[i];
    free(self->entries);
    self->entries = entries;
    self->size = size;
}

bool text_pool_keep(struct text_pool *self, struct span text, struct span *ret)
{
    self->shown_bytes += text.len;
    if (self->shown_bytes > SHOWN_BYTES_MAX || text.len > UINT32_MAX)
        return false;
    uint64_t hash = hash_bytes(text);
    struct entry *entry = seek(self->entries, self->size, hash, text);
    if (!entry->text.data) {
        struct span copy = arena_copy(self->arena, text);
        if (!copy.data)
            return false;
        *entry = (struct entry){hash, copy};
        self->n++;
        *ret = copy;
        if (self->n * 4 > self->size * 3)
            grow(self);
        return true;
    }
    *ret = entry->text;
    return true;
}

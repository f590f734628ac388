/* SPDX-License-Identifier: MIT */
#include "core/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/must.h"

#define BLOCK_BYTES ((size_t)64 << 10)

struct block {
    struct block *next;
    size_t used, size;
    _Alignas(16) char bytes[];
};

struct arena {
    struct block *blocks; /* newest first; only the newest is allocated from */
    size_t used_bytes, limit_bytes;
};

struct arena *arena_new(size_t limit_bytes)
{
    struct arena *self = must_alloc(sizeof *self);
    self->limit_bytes = limit_bytes;
    return self;
}

void arena_clear(struct arena *self)
{
    while (self->blocks && self->blocks->next) {
        struct block *next = self->blocks->next;
        free(self->blocks);
        self->blocks = next;
    }
    if (self->blocks)
        self->blocks->used = 0;
    self->used_bytes = 0;
}

void arena_destroy(struct arena **self)
{
    if (!*self)
        return;
    arena_clear(*self);
    free((*self)->blocks);
    free(*self);
    *self = NULL;
}

void *arena_alloc(struct arena *self, size_t size)
{
    if (size > self->limit_bytes || self->used_bytes > self->limit_bytes - size)
        return NULL;
    size_t need = (size + 15) & ~(size_t)15;
    if (!self->blocks || self->blocks->size - self->blocks->used < need) {
        size_t bytes = need > BLOCK_BYTES ? need : BLOCK_BYTES;
        struct block *block = malloc(sizeof *block + bytes);
        must(block);
        *block = (struct block){.next = self->blocks, .size = bytes};
        self->blocks = block;
    }
    void *p = self->blocks->bytes + self->blocks->used;
    self->blocks->used += need;
    self->used_bytes += size;
    memset(p, 0, need);
    return p;
}

struct span arena_copy(struct arena *self, struct span text)
{
    char *copy = arena_alloc(self, text.len + 1);
    if (!copy)
        return (struct span){NULL, 0};
    if (text.len)
        memcpy(copy, text.data, text.len);
    return span_make(copy, text.len);
}

size_t arena_used(const struct arena *self)
{
    return self->used_bytes;
}

/* SPDX-License-Identifier: MIT
 *
 * Open addressing, linear probing. The hashes are good ones: their first bytes are the place.
 */
#include "sink/row_set.h"

#include <stdlib.h>
#include <string.h>

#include "core/must.h"

#define SLOTS_FIRST ((size_t)1 << 12)

struct slot {
    uint64_t a, b; /* both 0: free */
};

struct row_set {
    struct slot *slots;
    size_t n, size; /* size: a power of two */
    bool has_zero;  /* the hash that looks like a free slot */
};

struct row_set *row_set_new(void)
{
    struct row_set *self = must_alloc(sizeof *self);
    self->size = SLOTS_FIRST;
    self->slots = must_alloc(self->size * sizeof *self->slots);
    return self;
}

void row_set_destroy(struct row_set **self)
{
    if (!*self)
        return;
    free((*self)->slots);
    free(*self);
    *self = NULL;
}

static struct slot *look_up(struct slot *slots, size_t size, struct slot wanted)
{
    size_t at = wanted.a & (size - 1);
    while ((slots[at].a || slots[at].b) && (slots[at].a != wanted.a || slots[at].b != wanted.b))
        at = (at + 1) & (size - 1);
    return &slots[at];
}

static enum fault grow(struct row_set *self)
{
    size_t size = self->size * 2;
    struct slot *slots = calloc(size, sizeof *slots);
    if (!slots)
        return FAULT_LIMIT;
    for (size_t i = 0; i < self->size; i++)
        if (self->slots[i].a || self->slots[i].b)
            *look_up(slots, size, self->slots[i]) = self->slots[i];
    free(self->slots);
    self->slots = slots;
    self->size = size;
    return FAULT_NONE;
}

enum fault row_set_add(struct row_set *self, const unsigned char hash[16], bool *ret_is_new)
{
    struct slot wanted;
    memcpy(&wanted, hash, sizeof wanted);
    if (!wanted.a && !wanted.b) {
        *ret_is_new = !self->has_zero;
        self->has_zero = true;
        return FAULT_NONE;
    }
    enum fault fault = self->n < self->size / 4 * 3 ? FAULT_NONE : grow(self);
    if (fault != FAULT_NONE)
        return fault;
    struct slot *slot = look_up(self->slots, self->size, wanted);
    *ret_is_new = !slot->a && !slot->b;
    self->n += *ret_is_new;
    *slot = wanted;
    return FAULT_NONE;
}

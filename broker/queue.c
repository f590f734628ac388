/* SPDX-License-Identifier: MIT
 *
 * A ring of indexes. Taking from the middle happens only around tasks that the asking worker must not have, so it may
 * move what stands before.
 */
#include "broker/queue.h"

#include <stdlib.h>

#include "core/must.h"

static uint32_t *slot(struct queue *self, size_t at)
{
    return &self->ring[(self->head + at) & (self->capacity - 1)];
}

static void make_room(struct queue *self)
{
    if (self->len < self->capacity)
        return;
    size_t capacity = self->capacity ? 2 * self->capacity : 64;
    uint32_t *ring = must_alloc(capacity * sizeof *ring);
    for (size_t i = 0; i < self->len; i++)
        ring[i] = *slot(self, i);
    free(self->ring);
    *self = (struct queue){.ring = ring, .len = self->len, .capacity = capacity};
}

void queue_free(struct queue *self)
{
    free(self->ring);
    *self = (struct queue){0};
}

void queue_push(struct queue *self, uint32_t index)
{
    make_room(self);
    *slot(self, self->len++) = index;
}

void queue_push_front(struct queue *self, uint32_t index)
{
    make_room(self);
    self->head = (self->head + self->capacity - 1) & (self->capacity - 1);
    self->len++;
    *slot(self, 0) = index;
}

bool queue_take(struct queue *self, queue_may_take *may_take, void *context, uint32_t *ret)
{
    for (size_t at = 0; at < self->len; at++) {
        uint32_t index = *slot(self, at);
        if (!may_take(context, index))
            continue;
        for (; at > 0; at--)
            *slot(self, at) = *slot(self, at - 1);
        self->head = (self->head + 1) & (self->capacity - 1);
        self->len--;
        *ret = index;
        return true;
    }
    return false;
}

/* splitmix64: small, and the same everywhere. */
static uint64_t next_random(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void queue_shuffle(struct queue *self, uint64_t seed)
{
    for (size_t i = self->len; i > 1; i--) {
        size_t j = (size_t)(next_random(&seed) % i);
        uint32_t kept = *slot(self, i - 1);
        *slot(self, i - 1) = *slot(self, j);
        *slot(self, j) = kept;
    }
}

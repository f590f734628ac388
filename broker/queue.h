/* SPDX-License-Identifier: MIT
 *
 * The source indexes of one job that wait for a worker: a ring that grows, first in first out; what comes back from a
 * lost worker goes to the front. Pure.
 */
#ifndef SHEAF_BROKER_QUEUE_H
#define SHEAF_BROKER_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct queue {
    uint32_t *ring;
    size_t head, len, capacity; /* capacity is 0 or a power of two */
};

void queue_free(struct queue *self);
void queue_push(struct queue *self, uint32_t index);
void queue_push_front(struct queue *self, uint32_t index);

/* Takes the first index that `may_take` agrees to (it is asked in order); false when there is none. */
typedef bool queue_may_take(void *context, uint32_t index);
bool queue_take(struct queue *self, queue_may_take *may_take, void *context, uint32_t *ret);

/* Puts the indexes into an order that `seed` alone decides: tests shuffle arrival with it. */
void queue_shuffle(struct queue *self, uint64_t seed);

#endif

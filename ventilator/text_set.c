/* SPDX-License-Identifier: MIT
 *
 * Open addressing, at most half full. Numbers come from the order of addition, so the seed of the hash shows nowhere.
 */
#include "ventilator/text_set.h"

#include <stdlib.h>

#include "core/hash.h"
#include "core/must.h"

#define SLOTS_FIRST 64u

void text_set_init(struct text_set *self, struct arena *arena)
{
    *self = (struct text_set){.arena = arena, .n_slots = SLOTS_FIRST};
    self->slots = must_alloc(SLOTS_FIRST * sizeof *self->slots);
}

void text_set_free(struct text_set *self)
{
    free(self->texts);
    free(self->slots);
    *self = (struct text_set){0};
}

static uint32_t *find_slot(const struct text_set *self, struct span text)
{
    size_t mask = self->n_slots - 1, at = (size_t)hash_bytes(text) & mask;
    while (self->slots[at] && !span_equal(self->texts[self->slots[at] - 1], text))
        at = (at + 1) & mask;
    return &self->slots[at];
}

static void grow(struct text_set *self)
{
    free(self->slots);
    self->n_slots *= 2;
    self->slots = must_alloc(self->n_slots * sizeof *self->slots);
    for (uint32_t i = 0; i < self->n; i++)
        *find_slot(self, self->texts[i]) = i + 1;
}

uint32_t text_set_find(const struct text_set *self, struct span text)
{
    uint32_t found = *find_slot(self, text);
    return found ? found - 1 : TEXT_SET_NONE;
}

uint32_t text_set_add(struct text_set *self, struct span text)
{
    uint32_t *slot = find_slot(self, text);
    if (*slot)
        return *slot - 1;
    struct span copy = arena_copy(self->arena, text);
    if (!copy.data || self->n == TEXT_SET_NONE - 1)
        return TEXT_SET_NONE;
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? self->capacity * 2 : 64;
        self->texts = must_realloc(self->texts, self->capacity * sizeof *self->texts);
    }
    self->texts[self->n++] = copy;
    *slot = self->n;
    if (self->n * (size_t)2 >= self->n_slots)
        grow(self);
    return self->n - 1;
}

/* SPDX-License-Identifier: MIT
 *
 * Texts kept once each and known by a number, in order of first addition: thousands of sheets share a few dozen names.
 */
#ifndef SHEAF_VENTILATOR_TEXT_SET_H
#define SHEAF_VENTILATOR_TEXT_SET_H

#include <stdint.h>

#include "core/arena.h"

struct text_set {
    struct arena *arena; /* borrowed: where the texts are kept */
    struct span *texts;
    uint32_t n, capacity;
    uint32_t *slots; /* 1 + number; 0 = free */
    size_t n_slots;
};

#define TEXT_SET_NONE UINT32_MAX

void text_set_init(struct text_set *self, struct arena *arena);
void text_set_free(struct text_set *self);
/* The number of a text, which is kept if it is new; TEXT_SET_NONE: the arena is full (FAULT_LIMIT). */
uint32_t text_set_add(struct text_set *self, struct span text);
/* TEXT_SET_NONE when it is not there. */
uint32_t text_set_find(const struct text_set *self, struct span text);

#endif

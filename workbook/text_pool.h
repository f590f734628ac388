/* SPDX-License-Identifier: MIT
 *
 * Texts kept once each: a long text that a million cells share costs its length once. Bounded in what it keeps and in what
 * it is shown, so that no file can make it hash for minutes.
 */
#ifndef SHEAF_WORKBOOK_TEXT_POOL_H
#define SHEAF_WORKBOOK_TEXT_POOL_H

#include "core/span.h"

struct text_pool;

struct text_pool *text_pool_new(void);
void text_pool_destroy(struct text_pool **self);
/* A copy that lives as long as the pool. False when the pool is full. */
bool text_pool_keep(struct text_pool *self, struct span text, struct span *ret);

#endif

/* SPDX-License-Identifier: MIT
 *
 * Input cells that are no number fields: a name, a date of return. Every source has text there and none a number, so that
 * one line says it all, and thousands of equal warnings do not hide the ten that matter.
 */
#ifndef SHEAF_SINK_FOLD_H
#define SHEAF_SINK_FOLD_H

#include "sink/gather.h"
#include "wire/issue.h"
#include "wire/plan.h"

#define FOLD_SOURCES_MIN 3u /* with text, a date or a boolean; all of the sources when there are only two */

struct fold;

struct fold *fold_new(const struct plan *plan); /* borrowed */
void fold_destroy(struct fold **self);

/* Whether an input that no source uses, and whose values are these, is a field. A number or text that may be one, though
 * skipped, speaks against it. */
bool fold_is_field(const struct gather_rest *rest, uint32_t n_sources);
/* "text in 11, a date in 1 of 13 sources" */
void fold_put_detail(const struct gather_rest *rest, uint32_t n_sources, struct buffer *out);

void fold_add(struct fold *self, uint32_t input);
bool fold_is_empty(const struct fold *self);

/* What is left of an issue that a worker told about a source with these values: *ret_is_left says whether anything is; of a
 * TOO_MANY count and detail shrink (detail: a view until the next call). Only warnings go. */
enum fault fold_issue(struct fold *self, struct spool *spool, const struct gather_source *values, struct issue *issue,
                      bool *ret_is_left) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * The rows of a fragment as text: what was deflated is inflated and checked, what was not is given as it is.
 */
#ifndef SHEAF_SINK_FRAGMENT_TEXT_H
#define SHEAF_SINK_FRAGMENT_TEXT_H

#include "core/span.h"
#include "wire/job.h"
#include "wire/stack_partial.h"

struct fragment_text;
struct fragment_text *fragment_text_new(enum stack_form form);
void fragment_text_destroy(struct fragment_text **self);
/* `bytes` are the fragment's; *ret lives until the next call. FAULT_CORRUPT: it is not what its record says. FAULT_LIMIT. */
enum fault fragment_text_get(struct fragment_text *self, const struct stack_fragment *fragment, struct span bytes,
                             struct span *ret) MUST_CHECK;

#endif

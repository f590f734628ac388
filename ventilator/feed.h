/* SPDX-License-Identifier: MIT
 *
 * Handing a long list on in batches, with at most CHUNKS_AHEAD of them unanswered: where one receiver stands in the sources
 * and issues of a job. Pure.
 */
#ifndef SHEAF_VENTILATOR_FEED_H
#define SHEAF_VENTILATOR_FEED_H

#include "ventilator/inputs.h"
#include "wire/submit.h"

struct feed {
    bool with_issues, with_layouts;
    uint32_t next_source, next_issue, number, unanswered;
};

/* The next batch into `body` (cleared first); false: all is sent, or the receiver must answer first. */
bool feed_next(struct feed *self, struct job_id job, const struct inputs *inputs, struct buffer *body);
void feed_answered(struct feed *self);
/* Nothing left to send. */
bool feed_is_sent(const struct feed *self, const struct inputs *inputs);

#endif

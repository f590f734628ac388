/* SPDX-License-Identifier: MIT
 *
 * Sources first, then issues; a batch never mixes them.
 */
#include "ventilator/feed.h"

bool feed_is_sent(const struct feed *self, const struct inputs *inputs)
{
    return self->next_source == inputs->n_sources && (!self->with_issues || self->next_issue == inputs->n_issues);
}

void feed_answered(struct feed *self)
{
    if (self->unanswered)
        self->unanswered--;
}

static void fill_sources(struct feed *self, const struct inputs *inputs, struct batch *batch, struct buffer *items)
{
    batch->kind = BATCH_SOURCES;
    for (; self->next_source < inputs->n_sources && items->len < BATCH_BYTES; batch->n++) {
        struct source source = inputs->sources[self->next_source++];
        if (!self->with_layouts)
            source.layout = SPAN("");
        source_encode(items, &source);
    }
}

static void fill_issues(struct feed *self, const struct inputs *inputs, struct batch *batch, struct buffer *items)
{
    batch->kind = BATCH_ISSUES;
    for (; self->next_issue < inputs->n_issues && items->len < BATCH_BYTES; batch->n++)
        placed_issue_encode(items, &inputs->issues[self->next_issue++]);
}

bool feed_next(struct feed *self, struct job_id job, const struct inputs *inputs, struct buffer *body)
{
    if (self->unanswered == CHUNKS_AHEAD || feed_is_sent(self, inputs))
        return false;
    struct batch batch = {.job = job, .number = self->number++};
    struct buffer items;
    buffer_init(&items, BUFFER_LIMIT_DEFAULT);
    if (self->next_source < inputs->n_sources)
        fill_sources(self, inputs, &batch, &items);
    else
        fill_issues(self, inputs, &batch, &items);
    batch.items = buffer_span(&items);
    buffer_clear(body);
    batch_encode(body, &batch);
    buffer_free(&items);
    self->unanswered++;
    return true;
}

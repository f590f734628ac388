/* SPDX-License-Identifier: MIT
 *
 * A short array: the sink grants some tens of partials at most.
 */
#include "workers/outbox.h"

#include <stdlib.h>

#include "core/must.h"

#define REFUSED_AGAIN_MS 20 /* the sink's queue was full */

static void remove_at(struct outbox *self, size_t at)
{
    struct parting *parting = self->partings[at];
    self->bytes -= parting->bytes.len;
    buffer_free(&parting->bytes);
    free(parting);
    self->partings[at] = self->partings[--self->n];
}

void outbox_clear(struct outbox *self)
{
    while (self->n)
        remove_at(self, self->n - 1);
    self->grant = (struct grant){0, 0};
}

void outbox_free(struct outbox *self)
{
    outbox_clear(self);
    free(self->partings);
    *self = (struct outbox){0};
}

bool outbox_has_room(const struct outbox *self)
{
    return self->grant.partials > 0 && (self->n == 0 || (self->n < self->grant.partials && self->bytes < self->grant.bytes));
}

void outbox_add(struct outbox *self, const struct delivery *delivery, uint64_t lease, struct buffer *bytes, int64_t now)
{
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 8;
        self->partings = must_realloc(self->partings, self->capacity * sizeof(struct parting *));
    }
    struct parting *parting = must_alloc(sizeof *parting);
    *parting = (struct parting){.delivery = *delivery, .lease = lease, .bytes = *bytes, .due_ms = now,
                                .wait_ms = OUTBOX_AGAIN_MS};
    buffer_init(bytes, bytes->limit_bytes);
    self->bytes += parting->bytes.len;
    self->partings[self->n++] = parting;
}

struct parting *outbox_due(struct outbox *self, int64_t now)
{
    for (size_t i = 0; i < self->n; i++)
        if (self->partings[i]->due_ms <= now)
            return self->partings[i];
    return NULL;
}

void outbox_sent(struct parting *parting, int64_t now)
{
    parting->due_ms = now + parting->wait_ms;
    parting->wait_ms = parting->wait_ms * 2 < OUTBOX_AGAIN_LIMIT_MS ? parting->wait_ms * 2 : OUTBOX_AGAIN_LIMIT_MS;
}

void outbox_refused(struct parting *parting, int64_t now)
{
    parting->due_ms = now + REFUSED_AGAIN_MS;
}

int64_t outbox_deadline(const struct outbox *self)
{
    int64_t deadline = INT64_MAX;
    for (size_t i = 0; i < self->n; i++)
        if (self->partings[i]->due_ms < deadline)
            deadline = self->partings[i]->due_ms;
    return deadline;
}

void outbox_counted(struct outbox *self, struct job_id job, struct range range)
{
    for (size_t i = self->n; i-- > 0;) {
        const struct delivery *delivery = &self->partings[i]->delivery;
        if (delivery->index - range.first < range.count && delivery->index >= range.first &&
            job_id_equal(delivery->job, job))
            remove_at(self, i);
    }
}

uint64_t outbox_remove(struct outbox *self, struct job_id job, uint32_t index, uint32_t slice)
{
    for (size_t i = 0; i < self->n; i++) {
        struct parting *parting = self->partings[i];
        if (parting->delivery.index != index || parting->delivery.slice != slice ||
            !job_id_equal(parting->delivery.job, job))
            continue;
        uint64_t lease = parting->lease;
        remove_at(self, i);
        return lease;
    }
    return 0;
}

void outbox_drop_job(struct outbox *self, struct job_id job)
{
    for (size_t i = self->n; i-- > 0;)
        if (job_id_equal(self->partings[i]->delivery.job, job))
            remove_at(self, i);
}

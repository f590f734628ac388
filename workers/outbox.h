/* SPDX-License-Identifier: MIT
 *
 * Partials that the sink has not counted yet. The same bytes are sent again, later and later, until COUNTED or NAK; what
 * is in here bounds how far a worker may run ahead of the sink. Pure: time comes as an argument.
 */
#ifndef SHEAF_WORKERS_OUTBOX_H
#define SHEAF_WORKERS_OUTBOX_H

#include "wire/delivery.h"

struct parting { /* a partial on its way */
    struct delivery delivery;
    uint64_t lease;
    struct buffer bytes;
    int64_t due_ms, wait_ms;
};

struct outbox {
    struct parting **partings;
    size_t n, capacity;
    uint64_t bytes;
    struct grant grant; /* what the sink allows; nothing until it says so */
};

#define OUTBOX_AGAIN_MS 1000
#define OUTBOX_AGAIN_LIMIT_MS 8000

void outbox_free(struct outbox *self);
void outbox_clear(struct outbox *self); /* drops all, and the grant */
/* Room for one more: the grant is not used up. One is always allowed once there is a grant. */
bool outbox_has_room(const struct outbox *self);
/* Takes the bytes over; it is due at once. */
void outbox_add(struct outbox *self, const struct delivery *delivery, uint64_t lease, struct buffer *bytes, int64_t now);
/* The one whose time has come, or NULL. The caller sends it and says so, or lets it be due again soon. */
struct parting *outbox_due(struct outbox *self, int64_t now);
void outbox_sent(struct parting *parting, int64_t now);
void outbox_refused(struct parting *parting, int64_t now);
int64_t outbox_deadline(const struct outbox *self); /* INT64_MAX = none */

void outbox_counted(struct outbox *self, struct job_id job, struct range range);
/* Takes one out and gives its lease; 0 when it is not there. */
uint64_t outbox_remove(struct outbox *self, struct job_id job, uint32_t index, uint32_t slice);
void outbox_drop_job(struct outbox *self, struct job_id job);

#endif

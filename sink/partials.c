/* SPDX-License-Identifier: MIT
 *
 * What workers bring: each partial is counted once, and refused with a reason when it cannot be. One that comes ahead of its
 * job or source is passed over in silence: it is sent again.
 */
#include "sink/sink_state.h"

#include "wire/delivery.h"

#define GRANT_PARTIALS 64                /* uncounted partials of one worker ... */
#define GRANT_BYTES ((uint64_t)32 << 20) /* ... and bytes of them */

static void refuse_partial(struct sink *self, const struct parcel *parcel, const struct delivery *delivery,
                           enum nak_reason reason, const struct why *why)
{
    struct nak nak = {.job = delivery->job, .index = delivery->index, .slice = delivery->slice, .reason = reason, .why = *why};
    nak_encode(sink_body(self), &nak);
    sink_tell_worker(self, parcel, MESSAGE_NAK);
}


static enum fault on_open(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct opening opening;
    if (opening_decode(parcel->body, &opening) != FAULT_NONE)
        return FAULT_PROTOCOL;
    grant_encode(sink_body(self), &(struct grant){GRANT_PARTIALS, GRANT_BYTES});
    sink_tell_worker(self, parcel, MESSAGE_CREDIT);
    return FAULT_NONE;
}

static void say_counted(struct sink *self, const struct parcel *parcel, struct job_id job, uint32_t index)
{
    struct buffer items;
    buffer_init(&items, 64);
    range_encode(&items, &(struct range){index, 1});
    job_items_encode(sink_body(self), &(struct job_items){job, 1, buffer_span(&items)});
    sink_tell_broker(self, MESSAGE_COUNTED, buffer_span(&self->body));
    sink_tell_worker(self, parcel, MESSAGE_COUNTED);
    buffer_free(&items);
}

static void count_partial(struct sink *self, const struct parcel *parcel, const struct delivery *delivery,
                          struct sink_job *job)
{
    enum merge_verdict verdict = MERGE_CORRUPT;
    struct why why = {0};
    enum fault fault = self->craft->add(job->merge, delivery->index, parcel->blob, delivery->sha, &verdict, &why);
    if (fault != FAULT_NONE) {
        refuse_partial(self, parcel, delivery, NAK_CLOSED, &why);
        sink_end_with_fault(self, job, fault, &why);
        return;
    }
    if (verdict == MERGE_CORRUPT || verdict == MERGE_CONFLICT) {
        if (why.fault == FAULT_NONE)
            (void)why_set(&why, FAULT_PROTOCOL, "%s",
                          verdict == MERGE_CORRUPT ? "its partial result was damaged on its way to the sink"
                                                   : "two readings of the same file differ");
        refuse_partial(self, parcel, delivery, verdict == MERGE_CORRUPT ? NAK_CORRUPT : NAK_CONFLICT, &why);
        return;
    }
    if (sink_job_place(job, delivery->index) == PLACE_AWAITED) {
        sink_job_set_place(job, delivery->index, PLACE_COUNTED);
        job->n_counted++;
    }
    say_counted(self, parcel, delivery->job, delivery->index);
}

static enum fault on_partial(void *role, const struct parcel *parcel)
{
    struct sink *self = role;
    struct delivery delivery;
    if (delivery_decode(parcel->body, &delivery) != FAULT_NONE || !parcel->has_blob)
        return FAULT_PROTOCOL;
    struct sink_job *job = sink_find_job(self, delivery.job);
    if (!job || job->state == SINK_OPENING)
        return FAULT_NONE; /* ahead of its job: comes again */
    struct why why = {0};
    if (job->state != SINK_OPEN) {
        refuse_partial(self, parcel, &delivery, NAK_CLOSED, &why);
        return FAULT_NONE;
    }
    enum place place = sink_job_place(job, delivery.index);
    if (place == PLACE_UNKNOWN)
        return FAULT_NONE; /* ahead of its source */
    if (place == PLACE_DEAD || place == PLACE_IDLE) {
        refuse_partial(self, parcel, &delivery, NAK_CLOSED, &why);
    } else if (!sha256_equal(delivery.plan, job->plan)) {
        (void)why_set(&why, FAULT_PROTOCOL, "its partial result was made by another plan");
        refuse_partial(self, parcel, &delivery, NAK_CORRUPT, &why);
    } else {
        count_partial(self, parcel, &delivery, job);
    }
    return FAULT_NONE;
}

const struct handler sink_from_workers[] = {
    {MESSAGE_OPEN, on_open},
    {MESSAGE_PARTIAL, on_partial},
    {0, NULL},
};

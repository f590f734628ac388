/* SPDX-License-Identifier: MIT
 *
 * Partial results between worker and sink. All spans view the decoded message.
 *
 *     OPEN     worker -> sink            who is talking: the session from WELCOME
 *     CREDIT   sink -> worker            how many partials, and bytes of them, may be on their way uncounted
 *     PARTIAL  worker -> sink            blob: the partial; sent again until COUNTED or NAK
 *     COUNTED  sink -> worker, broker    kept, once; this and nothing else completes a task
 *     NAK      sink -> worker            not kept, and why
 */
#ifndef SHEAF_WIRE_DELIVERY_H
#define SHEAF_WIRE_DELIVERY_H

#include "core/hash.h"
#include "wire/body.h"

struct opening {
    uint64_t session;
};

struct grant {
    uint32_t partials;
    uint64_t bytes;
};

struct delivery { /* PARTIAL */
    struct job_id job;
    uint32_t index, slice;
    struct sha256 plan, sha; /* sha: message_digest of the blob */
};

struct range {
    uint32_t first, count; /* first + count does not overflow */
};

enum nak_reason {
    NAK_CLOSED,   /* the job has ended: drop it */
    NAK_FENCED,   /* the session has ended: begin a new one */
    NAK_CORRUPT,  /* the bytes do not have their hash, or are no partial of this source and plan */
    NAK_CONFLICT, /* counted before with other bytes: the reader is not deterministic */
};

struct nak {
    struct job_id job;
    uint32_t index, slice;
    enum nak_reason reason;
    struct why why;
};

void opening_encode(struct buffer *out, const struct opening *self);
enum fault opening_decode(struct span body, struct opening *ret) MUST_CHECK;
void grant_encode(struct buffer *out, const struct grant *self);
enum fault grant_decode(struct span body, struct grant *ret) MUST_CHECK;
void delivery_encode(struct buffer *out, const struct delivery *self);
enum fault delivery_decode(struct span body, struct delivery *ret) MUST_CHECK;
/* COUNTED: items of range_encode. */
enum fault counted_decode(struct span body, struct job_items *ret) MUST_CHECK;
void range_encode(struct buffer *out, const struct range *self);
enum fault range_next(struct cursor *items, struct range *ret) MUST_CHECK;
void nak_encode(struct buffer *out, const struct nak *self);
enum fault nak_decode(struct span body, struct nak *ret) MUST_CHECK;

#endif

/* SPDX-License-Identifier: MIT
 *
 * What the bodies of all messages share: how an array is opened and closed, the id of a job, a reason, and runs of
 * items that are decoded one by one without allocation.
 */
#ifndef SHEAF_WIRE_BODY_H
#define SHEAF_WIRE_BODY_H

#include "core/hash.h"
#include "wire/cursor.h"

struct job_id {
    unsigned char bytes[16];
};

static inline bool job_id_equal(struct job_id a, struct job_id b)
{
    return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}

struct job_id job_id_make(const unsigned char bytes[16]);
/* 32 hex digits, terminated; for log lines. */
const char *job_id_hex(struct job_id id, char out[33]);

/* Opens the array of a body; the count goes to body_close, with how many items were read. */
uint32_t body_open(struct cursor *in, struct span body, uint32_t at_least);
/* Skips what a later version appended and demands that the body ends there. FAULT_PROTOCOL. */
enum fault body_close(struct cursor *in, uint32_t count, uint32_t used) MUST_CHECK;
/* The same for an array within a body. */
void body_leave(struct cursor *in, uint32_t count, uint32_t used);

void pack_job_id(struct buffer *out, struct job_id id);
struct job_id cursor_job_id(struct cursor *in);
void pack_sha256(struct buffer *out, struct sha256 sha);
struct sha256 cursor_sha256(struct cursor *in);
/* Values of an enumeration: `count` of them, from 0. */
unsigned cursor_enum(struct cursor *in, unsigned count);

/* A run of n items as bytes: items stand one after another behind an array header. */
void pack_items(struct buffer *out, uint32_t n, struct span items);
/* Views the n items (each skipped over, not yet judged). */
struct span cursor_items(struct cursor *in, uint32_t *ret_n);

/* Whether n items can be read, by the function that reads one of them. */
enum fault items_judge(struct span items, uint32_t n, enum fault (*judge)(struct cursor *items)) MUST_CHECK;

/* Items of one job: the body of TASK, DONE, COUNTED, SYNC and DEAD. Views the decoded message. */
struct job_items {
    struct job_id job;
    uint32_t n;
    struct span items;
};

void job_items_encode(struct buffer *out, const struct job_items *self);
/* Judges every item, so that reading the first n from cursor_init(items) cannot fail. */
enum fault job_items_decode(struct span body, enum fault (*judge)(struct cursor *items), struct job_items *ret) MUST_CHECK;

/* fault, part, sheet, row, col, text. Strings longer than the fields are cut. */
void pack_why(struct buffer *out, const struct why *why);
void cursor_why(struct cursor *in, struct why *ret);

#endif

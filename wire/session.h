/* SPDX-License-Identifier: MIT
 *
 * A worker's life with its broker. All spans view the decoded message.
 *
 *     HELLO    worker -> broker   first message, again each second until WELCOME
 *     WELCOME  broker -> worker   the session that all later messages carry in their header
 *     STAT     worker -> broker   the heartbeat: what is held; a lease that is not listed was lost on its way
 *     HB       broker -> worker   the broker's heartbeat, no fields
 *     DRAIN    broker -> worker   finish what is held, take nothing new
 *     BYE      worker -> broker   leaving; no fields
 */
#ifndef SHEAF_WIRE_SESSION_H
#define SHEAF_WIRE_SESSION_H

#include "wire/body.h"

struct hello {
    uint64_t nonce; /* random, one per incarnation: tells a resent HELLO from a new worker */
    uint64_t previous_session; /* 0 = none */
    uint32_t slots;            /* tasks at a time */
    struct span held;          /* n_held leases (u64) of the previous session */
    uint32_t n_held;
    struct span build;
};

struct welcome {
    uint64_t session, epoch;
    uint32_t beat_ms; /* STAT at least this often; 0 = never */
    uint32_t credit;  /* tasks that the broker sends ahead */
};

struct stat {
    uint32_t running, free;
    uint64_t rss_bytes;
    struct span held; /* n_held leases (u64): queued, running, or delivered and not yet counted */
    uint32_t n_held;
};

struct drain {
    uint32_t level; /* 0 graceful, 1 quick */
};

void hello_encode(struct buffer *out, const struct hello *self);
enum fault hello_decode(struct span body, struct hello *ret) MUST_CHECK;
void welcome_encode(struct buffer *out, const struct welcome *self);
enum fault welcome_decode(struct span body, struct welcome *ret) MUST_CHECK;
void stat_encode(struct buffer *out, const struct stat *self);
enum fault stat_decode(struct span body, struct stat *ret) MUST_CHECK;
void drain_encode(struct buffer *out, const struct drain *self);
enum fault drain_decode(struct span body, struct drain *ret) MUST_CHECK;

/* HB and BYE. */
void empty_encode(struct buffer *out);
enum fault empty_decode(struct span body) MUST_CHECK;

#endif

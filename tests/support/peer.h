/* SPDX-License-Identifier: MIT
 *
 * Playing the peer of an actor: a port of the test's own, messages sent from literals, and expectations with a deadline.
 */
#ifndef SHEAF_TESTS_SUPPORT_PEER_H
#define SHEAF_TESTS_SUPPORT_PEER_H

#include "core/clock.h"
#include "tests/support/suite.h"
#include "wire/port.h"

#define PEER_WAIT_MS 20000 /* longer than any sanitizer build needs */

static inline struct port *peer_open(void *context, const char *endpoint, enum port_kind kind)
{
    struct port *port = NULL;
    struct port_options options = {kind, endpoint, 0};
    ck_assert_int_eq(port_open(context, &options, &port, NULL), FAULT_NONE);
    return port;
}

/* The next message; it must be of `type`. */
static inline struct parcel peer_expect(struct port *port, uint8_t type)
{
    struct parcel parcel;
    int64_t until = clock_now_ms() + PEER_WAIT_MS;
    while (port_receive(port, &parcel) != FAULT_NONE) {
        ck_assert_msg(clock_now_ms() < until, "no %s came", message_name(type));
        port_wait(&port, 1, NULL, 100);
    }
    ck_assert_msg(parcel.header.type == type, "%s came instead of %s", message_name(parcel.header.type),
                  message_name(type));
    return parcel;
}

/* Nothing is there, and nothing comes for a while. */
static inline void peer_expect_silence(struct port *port, int wait_ms)
{
    struct parcel parcel;
    port_wait(&port, 1, NULL, wait_ms);
    enum fault fault = port_receive(port, &parcel);
    ck_assert_msg(fault == FAULT_TIMEOUT, "%s came", message_name(parcel.header.type));
}

/* On a DEALER; empties the body. */
static inline void peer_send(struct port *port, uint8_t type, uint64_t session, struct buffer *body, const struct span *blob)
{
    ck_assert_int_eq(port_send(port, NULL, type, session, buffer_span(body), blob), FAULT_NONE);
    buffer_clear(body);
}

#endif

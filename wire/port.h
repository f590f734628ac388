/* SPDX-License-Identifier: MIT
 *
 * The one place where bytes cross a socket: ROUTER or DEALER, never blocking, with high-water marks as a tripwire (flow
 * control is by credit, see docs/PROTOCOL.md). A message is frame 0 (wire/header.h, then the body) and at most one blob.
 * A port belongs to one thread.
 */
#ifndef SHEAF_WIRE_PORT_H
#define SHEAF_WIRE_PORT_H

#include "core/fault.h"
#include "wire/header.h"

enum port_kind {
    PORT_ROUTER, /* binds; speaks with many, each named by a struct peer */
    PORT_DEALER, /* connects; speaks with one */
};

struct peer { /* as ZeroMQ minted it; a value */
    unsigned char id[16];
    unsigned char len; /* 0: none, as on a DEALER */
};

struct parcel {
    struct header header;
    struct peer peer;       /* ROUTER: from whom */
    struct span body, blob; /* live until the port's next receive */
    bool has_blob;
};

struct port_counters {
    uint64_t sent, received, bytes_sent, bytes_received;
    uint64_t malformed; /* dropped: not two frames at most, or a header that header_decode refuses */
    uint64_t full;      /* sends refused because the peer does not read */
};

struct port_options {
    enum port_kind kind;
    const char *endpoint;
    int high_water; /* messages each way; 0 = the default of PORT_HIGH_WATER */
};
#define PORT_HIGH_WATER 1000

/* A ZeroMQ context for ports. `io_threads` may be 0 when all endpoints are inproc. NULL when the system refuses. */
void *port_context_new(int io_threads, int max_sockets);
/* Waits until every port of it is closed. */
void port_context_destroy(void **context);

struct port;
enum fault port_open(void *context, const struct port_options *options, struct port **ret, struct why *why) MUST_CHECK;
void port_close(struct port **self); /* what is not sent is dropped */

/* `to`: the peer on a ROUTER, NULL on a DEALER. `blob`: NULL = none. Copies. FAULT_TIMEOUT: the peer does not read (its
 * queue is full). FAULT_NOT_FOUND: the peer is gone. Nothing is sent then. */
enum fault port_send(struct port *self, const struct peer *to, uint8_t type, uint64_t session, struct span body,
                     const struct span *blob) MUST_CHECK;

/* The next message that is there. FAULT_TIMEOUT: none. FAULT_PROTOCOL, FAULT_VERSION: one was dropped, `ret->peer` says
 * whose; go on. */
enum fault port_receive(struct port *self, struct parcel *ret) MUST_CHECK;

/* Waits until one of the ports (NULL entries are passed over) or the actor's pipe (may be NULL) has something, at most
 * `wait_ms` (-1 = for ever). A signal may end it early. */
#define PORT_WAIT_MAX 8
void port_wait(struct port *const *ports, size_t n, void *pipe, int wait_ms);

const struct port_counters *port_counters(const struct port *self);

#endif

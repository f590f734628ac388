/* SPDX-License-Identifier: MIT
 *
 * What a role does with what it receives: a table for each kind of peer. A peer may only say what is in its table; all
 * else, and what a handler cannot read, is dropped with a line in the log. For the thread that owns the port.
 */
#ifndef SHEAF_WIRE_DISPATCH_H
#define SHEAF_WIRE_DISPATCH_H

#include "wire/port.h"

/* A table ends with {0, NULL}. */
struct handler {
    uint8_t type;
    /* `role`: as given to dispatch. The parcel lives until it returns, or receives from the same port. A fault: the
     * message is malformed or could not be followed; that is logged, and the next one is handled. */
    enum fault (*handle)(void *role, const struct parcel *parcel);
};

/* FAULT_PROTOCOL: not in the table. */
enum fault dispatch(const struct handler *table, void *role, const struct parcel *parcel) MUST_CHECK;
/* Receives and handles one message, without waiting. False: there was none. */
bool dispatch_next(struct port *port, const struct handler *table, void *role);
/* All that are there. */
void dispatch_all(struct port *port, const struct handler *table, void *role);

#endif

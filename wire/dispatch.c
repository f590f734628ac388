/* SPDX-License-Identifier: MIT
 *
 * Tables are a dozen entries long: a walk is all they need.
 */
#include "wire/dispatch.h"

#include "core/log.h"

enum fault dispatch(const struct handler *table, void *role, const struct parcel *parcel)
{
    for (; table->handle; table++)
        if (table->type == parcel->header.type)
            return table->handle(role, parcel);
    return FAULT_PROTOCOL;
}

bool dispatch_next(struct port *port, const struct handler *table, void *role)
{
    struct parcel parcel;
    enum fault fault = port_receive(port, &parcel);
    if (fault == FAULT_TIMEOUT)
        return false;
    if (fault == FAULT_NONE)
        fault = dispatch(table, role, &parcel);
    if (fault != FAULT_NONE)
        log_warn("malformed", "message=%s fault=%s", message_name(parcel.header.type), fault_name(fault));
    return true;
}

void dispatch_all(struct port *port, const struct handler *table, void *role)
{
    while (dispatch_next(port, table, role))
        ;
}

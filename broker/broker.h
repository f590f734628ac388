/* SPDX-License-Identifier: MIT
 *
 * The broker as an actor: three ROUTER sockets (workers, sinks, ventilators) around broker/core. It moves bytes that it
 * does not understand: jobs, plans, source records and reports pass through as they came.
 */
#ifndef SHEAF_BROKER_BROKER_H
#define SHEAF_BROKER_BROKER_H

#include "broker/core.h"
#include "wire/actor.h"

struct broker_options {
    void *context; /* of wire/port; shared, outlives the actor */
    const char *workers_endpoint, *sinks_endpoint, *ventilators_endpoint; /* bound; borrowed while it is opened */
    struct core_options core;
    uint32_t beat_ms; /* how often workers shall say STAT; 0 = never */
};

extern const struct actor_role broker_role;

#endif

/* SPDX-License-Identifier: MIT
 *
 * The ventilator as an actor: takes jobs from clients, finds the sources, works out the plan, and hands both to the broker in
 * batches; forwards progress, issues and the end of a job to its client. What finds and plans is given:
 * ventilator/position_craft.c for a merge, a fake in a test.
 */
#ifndef SHEAF_VENTILATOR_VENTILATOR_H
#define SHEAF_VENTILATOR_VENTILATOR_H

#include "ventilator/inputs.h"
#include "wire/actor.h"

/* Called in the ventilator's thread only; each must end with FAULT_CANCELLED soon after interrupt_wanted() says so. */
struct ventilator_craft {
    /* Finds the sources and works out the plan, whose encoding is appended to `plan`. */
    enum fault (*prepare)(const struct job *job, struct inputs *ret, struct buffer *plan, struct why *why);
    void (*free)(struct inputs *inputs);
};

struct ventilator_options {
    void *context; /* of wire/port; shared, outlives the actor */
    const char *clients_endpoint; /* bound */
    const char *broker_endpoint;  /* connected; both borrowed while it is opened */
    const struct ventilator_craft *craft; /* borrowed for ever */
};

extern const struct actor_role ventilator_role;

/* Position jobs: ventilator/position_craft.c. */
extern const struct ventilator_craft position_craft;
/* Stack jobs: ventilator/stack_craft.c. */
extern const struct ventilator_craft stack_craft;

#endif

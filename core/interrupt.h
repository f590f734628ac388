/* SPDX-License-Identifier: MIT
 *
 * Where long work may stop. A role that does long work (reading a file, hashing inputs) gives its thread a hook;
 * the places that move bytes ask it every few hundred kilobytes and end with FAULT_CANCELLED when it says so. The
 * hook looks into the role's own inbox, so cancellation is a message and no memory is shared.
 */
#ifndef SHEAF_CORE_INTERRUPT_H
#define SHEAF_CORE_INTERRUPT_H

#include <stdbool.h>

typedef bool interrupt_hook(void *context);

/* For the calling thread; NULL takes the hook away. `context` is borrowed until then. */
void interrupt_set(interrupt_hook *hook, void *context);
/* True: stop now, return FAULT_CANCELLED; true it stays until interrupt_set. False for ever in a thread without a hook.
 * Costs a look at the clock: the hook itself is asked every few milliseconds. */
bool interrupt_wanted(void);

#endif

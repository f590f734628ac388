/* SPDX-License-Identifier: MIT
 *
 * One hook per thread, like the role's name in core/must: it belongs to the thread, not to any data, and plumbing it
 * through every reader of bytes would only repeat that.
 */
#include "core/interrupt.h"

#include <stddef.h>
#include <stdint.h>

#include "core/clock.h"

#define ASK_MS 5 /* a look at the clock is cheap, a look at a role's sockets is not */

static _Thread_local interrupt_hook *hook_of_thread;
static _Thread_local void *context_of_thread;
static _Thread_local int64_t next_ask_ms;
static _Thread_local bool is_wanted;

void interrupt_set(interrupt_hook *hook, void *context)
{
    hook_of_thread = hook;
    context_of_thread = hook ? context : NULL;
    next_ask_ms = 0;
    is_wanted = false;
}

bool interrupt_wanted(void)
{
    if (!hook_of_thread || is_wanted)
        return is_wanted;
    int64_t now = clock_now_ms();
    if (now < next_ask_ms)
        return false;
    next_ask_ms = now + ASK_MS;
    is_wanted = hook_of_thread(context_of_thread);
    return is_wanted;
}

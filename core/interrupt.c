/* SPDX-License-Identifier: MIT
 *
 * One hook per thread, like the role's name in core/must: it belongs to the thread, not to any data, and plumbing it
 * through every reader of bytes would only repeat that.
 */
#include "core/interrupt.h"

#include <stddef.h>

static _Thread_local interrupt_hook *hook_of_thread;
static _Thread_local void *context_of_thread;

void interrupt_set(interrupt_hook *hook, void *context)
{
    hook_of_thread = hook;
    context_of_thread = hook ? context : NULL;
}

bool interrupt_wanted(void)
{
    return hook_of_thread && hook_of_thread(context_of_thread);
}

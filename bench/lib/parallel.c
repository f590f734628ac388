/* SPDX-License-Identifier: MIT
 *
 * One counter that every thread draws from: pieces may differ in length.
 */
#include "bench/lib/parallel.h"

#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "core/must.h"

enum { THREADS_MAX = 64 };

struct work {
    void (*body)(void *context, uint32_t i);
    void *context;
    uint32_t n;
    atomic_uint next;
};

static void *draw(void *argument)
{
    struct work *work = argument;
    for (uint32_t i = atomic_fetch_add(&work->next, 1); i < work->n; i = atomic_fetch_add(&work->next, 1))
        work->body(work->context, i);
    return NULL;
}

void parallel_for(uint32_t n, void (*body)(void *context, uint32_t i), void *context)
{
    struct work work = {.body = body, .context = context, .n = n};
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t threads = cores < 1 ? 1 : cores > THREADS_MAX ? THREADS_MAX : (uint32_t)cores;
    pthread_t ids[THREADS_MAX];
    if (threads > n)
        threads = n;
    for (uint32_t i = 1; i < threads; i++)
        must(pthread_create(&ids[i], NULL, draw, &work) == 0);
    draw(&work);
    for (uint32_t i = 1; i < threads; i++)
        must(pthread_join(ids[i], NULL) == 0);
}

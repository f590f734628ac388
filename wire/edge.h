/* SPDX-License-Identifier: MIT
 *
 * libzmq is not instrumented, so ThreadSanitizer does not see that a send happens before its receive. These two calls
 * tell it, once per message, at the one place where messages cross threads (wire/port). An edge is named
 * by its endpoint: one for everything would order too much and hide races of our own.
 */
#ifndef SHEAF_WIRE_EDGE_H
#define SHEAF_WIRE_EDGE_H

#if defined(SHEAF_TSAN)

#define EDGES 64
extern char edges[EDGES];
void __tsan_acquire(void *address);
void __tsan_release(void *address);

static inline char *edge_of(const char *endpoint)
{
    unsigned hash = 2166136261u; /* FNV-1a: both ends come to the same edge */
    for (; *endpoint; endpoint++)
        hash = (hash ^ (unsigned char)*endpoint) * 16777619u;
    return &edges[hash % EDGES];
}
#define edge_release(edge) __tsan_release(edge)
#define edge_acquire(edge) __tsan_acquire(edge)

#else

static inline char *edge_of(const char *endpoint)
{
    (void)endpoint;
    return (char *)0;
}
#define edge_release(edge) ((void)(edge))
#define edge_acquire(edge) ((void)(edge))

#endif
#endif

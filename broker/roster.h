/* SPDX-License-Identifier: MIT
 *
 * Who is there: the sessions of workers, what each holds on lease and how much more it may have. Pure: time comes as an
 * argument. A session that is gone is forgotten and its number never comes back.
 */
#ifndef SHEAF_BROKER_ROSTER_H
#define SHEAF_BROKER_ROSTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lease {
    uint64_t id;
    uint32_t job, index;
    bool is_done;     /* delivered to the sink, not yet counted: costs no credit */
    bool is_solo;     /* the only task of its worker: it may be what kills workers */
    unsigned missing; /* STATs in a row that did not list it */
};

struct session {
    uint64_t id, nonce;
    uint32_t slots, credit; /* tasks that it may hold undone */
    uint32_t undone;
    bool is_draining;
    int64_t heard_ms;
    struct lease *leases;
    size_t n_leases, leases_capacity;
    uint32_t *jobs_told; /* jobs whose plan it has */
    size_t n_jobs_told;
};

struct roster {
    struct session **sessions;
    size_t n, capacity;
    uint64_t epoch, minted;
};

void roster_init(struct roster *self, uint64_t epoch);
void roster_free(struct roster *self);
/* The next number of this epoch: sessions and leases share the count. */
uint64_t roster_mint(struct roster *self);

/* The session of this incarnation, made if it is new. */
struct session *roster_join(struct roster *self, uint64_t nonce, uint32_t slots, int64_t now);
struct session *roster_find(struct roster *self, uint64_t id); /* NULL: gone or never there */
void roster_forget(struct roster *self, uint64_t id);
/* Sessions that may get tasks. */
size_t roster_takers(const struct roster *self);
/* One that has not been heard since `since_ms`, or NULL. */
struct session *roster_silent(struct roster *self, int64_t since_ms);

bool session_may_have(const struct session *self); /* credit is left */
struct lease *session_lease(struct session *self, uint64_t id, uint32_t job, uint32_t index, bool is_solo);
struct lease *session_find(struct session *self, uint64_t lease); /* valid until the next change */
void session_done(struct session *self, struct lease *lease);
void session_release(struct session *self, struct lease *lease);
bool session_is_told(const struct session *self, uint32_t job);
void session_tell(struct session *self, uint32_t job);
void session_untell(struct session *self, uint32_t job);

#endif

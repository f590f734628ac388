/* SPDX-License-Identifier: MIT
 *
 * Sessions in an array: there are tens of them, and each has a handful of leases, so a walk is the fastest search.
 */
#include "broker/roster.h"

#include <stdlib.h>

#include "core/must.h"

void roster_init(struct roster *self, uint64_t epoch)
{
    *self = (struct roster){.epoch = epoch};
}

static void free_session(struct session *session)
{
    free(session->leases);
    free(session->jobs_told);
    free(session);
}

void roster_free(struct roster *self)
{
    for (size_t i = 0; i < self->n; i++)
        free_session(self->sessions[i]);
    free(self->sessions);
    *self = (struct roster){.epoch = self->epoch};
}

uint64_t roster_mint(struct roster *self)
{
    return self->epoch << 40 | ++self->minted;
}

struct session *roster_join(struct roster *self, uint64_t nonce, uint32_t slots, int64_t now)
{
    for (size_t i = 0; i < self->n; i++) {
        if (self->sessions[i]->nonce == nonce) {
            self->sessions[i]->heard_ms = now;
            return self->sessions[i];
        }
    }
    if (self->n == self->capacity) {
        self->capacity = self->capacity ? 2 * self->capacity : 8;
        self->sessions = must_realloc(self->sessions, self->capacity * sizeof(struct session *));
    }
    struct session *session = must_alloc(sizeof *session);
    session->id = roster_mint(self);
    session->nonce = nonce;
    session->slots = slots;
    session->credit = 2 * slots;
    session->heard_ms = now;
    self->sessions[self->n++] = session;
    return session;
}

struct session *roster_find(struct roster *self, uint64_t id)
{
    for (size_t i = 0; i < self->n; i++)
        if (self->sessions[i]->id == id)
            return self->sessions[i];
    return NULL;
}

void roster_forget(struct roster *self, uint64_t id)
{
    for (size_t i = 0; i < self->n; i++) {
        if (self->sessions[i]->id != id)
            continue;
        free_session(self->sessions[i]);
        self->n--;
        for (; i < self->n; i++) /* keeps the order: dispatch goes round in it */
            self->sessions[i] = self->sessions[i + 1];
        return;
    }
}

size_t roster_takers(const struct roster *self)
{
    size_t n = 0;
    for (size_t i = 0; i < self->n; i++)
        n += !self->sessions[i]->is_draining;
    return n;
}

struct session *roster_silent(struct roster *self, int64_t since_ms)
{
    for (size_t i = 0; i < self->n; i++)
        if (self->sessions[i]->heard_ms < since_ms)
            return self->sessions[i];
    return NULL;
}

bool session_may_have(const struct session *self)
{
    if (self->is_draining || self->undone >= self->credit)
        return false;
    for (size_t i = 0; i < self->n_leases; i++)
        if (self->leases[i].is_solo)
            return false;
    return true;
}

struct lease *session_lease(struct session *self, uint64_t id, uint32_t job, uint32_t index, bool is_solo)
{
    if (self->n_leases == self->leases_capacity) {
        self->leases_capacity = self->leases_capacity ? 2 * self->leases_capacity : 8;
        self->leases = must_realloc(self->leases, self->leases_capacity * sizeof(struct lease));
    }
    struct lease *lease = &self->leases[self->n_leases++];
    *lease = (struct lease){.id = id, .job = job, .index = index, .is_solo = is_solo};
    self->undone++;
    return lease;
}

struct lease *session_find(struct session *self, uint64_t id)
{
    for (size_t i = 0; i < self->n_leases; i++)
        if (self->leases[i].id == id)
            return &self->leases[i];
    return NULL;
}

void session_done(struct session *self, struct lease *lease)
{
    if (lease->is_done)
        return;
    lease->is_done = true;
    self->undone--;
}

void session_release(struct session *self, struct lease *lease)
{
    self->undone -= !lease->is_done;
    *lease = self->leases[--self->n_leases];
}

bool session_is_told(const struct session *self, uint32_t job)
{
    for (size_t i = 0; i < self->n_jobs_told; i++)
        if (self->jobs_told[i] == job)
            return true;
    return false;
}

void session_tell(struct session *self, uint32_t job)
{
    self->jobs_told = must_realloc(self->jobs_told, (self->n_jobs_told + 1) * sizeof *self->jobs_told);
    self->jobs_told[self->n_jobs_told++] = job;
}

void session_untell(struct session *self, uint32_t job)
{
    for (size_t i = 0; i < self->n_jobs_told; i++)
        if (self->jobs_told[i] == job)
            self->jobs_told[i--] = self->jobs_told[--self->n_jobs_told];
}

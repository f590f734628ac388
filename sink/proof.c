/* SPDX-License-Identifier: MIT
 *
 * A record of 24 bytes per result cell, read back in runs.
 */
#include "sink/proof.h"

#include <stdlib.h>

#include "core/must.h"

#define RUN 2048u /* records read at once */

struct kept {
    uint32_t input, n, kind, reserved;
    uint64_t value; /* the double's bits, or the first bytes of the text's hash */
};

struct proof {
    struct ledger *ledger;
    const struct plan *plan;
    struct spool *spool;
    uint64_t n_kept, next; /* records kept; checked */
    uint64_t run_first, run_n;
    struct kept run[RUN];
    uint64_t *used; /* per slot: values given in the second walk */
};

enum fault proof_new(struct ledger *ledger, const struct plan *plan, struct proof **ret, struct why *why)
{
    struct proof *self = must_alloc(sizeof *self);
    self->ledger = ledger;
    self->plan = plan;
    self->used = must_alloc((ledger_used(ledger) + 1) * sizeof *self->used);
    enum fault fault = spool_new(NULL, &self->spool, why);
    if (fault != FAULT_NONE)
        proof_destroy(&self);
    else
        *ret = self;
    return fault;
}

void proof_destroy(struct proof **self)
{
    if (!*self)
        return;
    spool_destroy(&(*self)->spool);
    free((*self)->used);
    free(*self);
    *self = NULL;
}

static struct kept summarise(const struct result_cell *cell)
{
    const struct result *result = &cell->result;
    struct kept kept = {.input = cell->input, .n = result->n, .kind = result->kind};
    if (result->kind == RESULT_TEXT || result->kind == RESULT_ERROR) {
        struct sha256 hash = sha256_of(result->text);
        memcpy(&kept.value, hash.bytes, sizeof kept.value);
    } else if (result->kind != RESULT_NONE) {
        memcpy(&kept.value, &result->number, sizeof kept.value);
    }
    return kept;
}

enum fault proof_keep(struct proof *self, const struct result_cell *cell)
{
    struct kept kept = summarise(cell);
    self->n_kept++;
    return spool_append(self->spool, span_make(&kept, sizeof kept), NULL);
}

static enum fault next_kept(struct proof *self, struct kept *ret)
{
    if (self->next >= self->run_first + self->run_n) {
        uint64_t left = self->n_kept - self->next;
        self->run_first = self->next;
        self->run_n = left < RUN ? left : RUN;
        enum fault fault = spool_read(self->spool, self->run_first * sizeof *ret, self->run, self->run_n * sizeof *ret);
        if (fault != FAULT_NONE)
            return fault;
    }
    *ret = self->run[self->next++ - self->run_first];
    return FAULT_NONE;
}

static bool is_addable(enum value_kind kind)
{
    return kind == VALUE_NUMBER || kind == VALUE_CONVERTED || kind == VALUE_DURATION;
}

/* Adds up what goes into Contributions, apart from aggregate.c. */
static bool sum_is_right(const struct result_cell *cell)
{
    if (cell->plan->function != FUNCTION_SUM || cell->result.kind == RESULT_ERROR)
        return true;
    struct decimal_sum sum;
    decimal_sum_clear(&sum);
    for (uint32_t i = cell->result.n; i-- > 0;) {
        if (!is_addable((enum value_kind)cell->parts[i]->value.kind))
            return false;
        decimal_sum_add(&sum, cell->parts[i]->value.number);
    }
    double number;
    return decimal_sum_to_double(&sum, &number) == FAULT_NONE && number == cell->result.number;
}

static enum fault differs(const struct proof *self, const struct result_cell *cell, struct why *why)
{
    enum fault fault = why_set(why, FAULT_IO,
                               "the contributions do not make the result: the temporary file was damaged; nothing was written, run again");
    why_at_sheet(why, self->plan->sheets[cell->sheet].name);
    why_at_cell(why, cell->row + 1, cell->col + 1);
    return fault;
}

enum fault proof_check(struct proof *self, const struct result_cell *cell, struct why *why)
{
    for (uint32_t i = 0; i < cell->result.n; i++)
        self->used[cell->parts[i]->slot]++;
    for (uint32_t i = 0; i < cell->n_left_out; i++)
        self->used[cell->left_out[i]->slot]++;
    if (cell->result.n == 0)
        return FAULT_NONE;
    if (self->next == self->n_kept)
        return differs(self, cell, why);
    struct kept kept, now = summarise(cell);
    enum fault fault = next_kept(self, &kept);
    if (fault != FAULT_NONE)
        return fault;
    return memcmp(&kept, &now, sizeof kept) == 0 && sum_is_right(cell) ? FAULT_NONE : differs(self, cell, why);
}

enum fault proof_end(struct proof *self, struct why *why)
{
    if (self->next == self->n_kept)
        return FAULT_NONE;
    return why_set(why, FAULT_IO, "the contributions of %llu cells are missing: the temporary file was damaged; run again",
                   (unsigned long long)(self->n_kept - self->next));
}

bool proof_passed(const struct proof *self)
{
    for (uint32_t slot = 0; slot < ledger_used(self->ledger); slot++)
        if (ledger_slot(self->ledger, slot)->counts.used != self->used[slot])
            return false;
    return true;
}

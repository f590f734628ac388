/* SPDX-License-Identifier: MIT
 *
 * Matching in rounds, each over all sheets of the plan before the next: an exact name is never
 * taken by a looser match of another sheet.
 */
#include "workers/sheet_match.h"

#include "core/utf8.h"

struct matcher {
    const struct plan *plan;
    const struct sheet_selector *selector;
    const struct book *book;
    struct matched_sheet *found;
    bool *is_taken;
};

static void take(struct matcher *self, uint32_t sheet, size_t index, enum sheet_match match)
{
    self->found[sheet] = (struct matched_sheet){index, match};
    self->is_taken[index] = true;
}

bool sheet_name_matches(struct span pattern, struct span name)
{
    size_t p = 0, n = 0, star = SIZE_MAX, retry = 0;
    while (n < name.len) {
        bool is_start = ((unsigned char)name.data[n] & 0xC0) != 0x80;
        if (p < pattern.len && pattern.data[p] == '*') {
            star = p++;
            retry = n;
        } else if (p < pattern.len && pattern.data[p] == '?' && is_start) {
            p++; /* one character, all its bytes */
            do
                n++;
            while (n < name.len && ((unsigned char)name.data[n] & 0xC0) == 0x80);
        } else if (p < pattern.len && pattern.data[p] == name.data[n]) {
            p++;
            n++;
        } else if (star != SIZE_MAX) {
            p = star + 1;
            n = ++retry;
        } else {
            return false;
        }
    }
    while (p < pattern.len && pattern.data[p] == '*')
        p++;
    return p == pattern.len;
}

static bool matches_alias(const struct plan *plan, const struct plan_sheet *sheet, struct span name)
{
    struct buffer folded;
    buffer_init(&folded, name.len * 4 + 16);
    utf8_fold(name, &folded);
    bool matches = false;
    for (uint32_t i = 0; i < plan->n_aliases && !matches; i++)
        matches = span_equal(plan->aliases[i].to, sheet->folded_name) &&
                  sheet_name_matches(plan->aliases[i].from, buffer_span(&folded));
    buffer_free(&folded);
    return matches;
}

static bool is_match(const struct matcher *self, const struct plan_sheet *sheet, struct span name,
                     enum sheet_match match)
{
    switch (match) {
    case MATCH_EXACT:
        return span_equal(sheet->name, name);
    case MATCH_FOLDED:
        return utf8_fold_equal(sheet->name, name);
    case MATCH_ALIAS:
        return matches_alias(self->plan, sheet, name);
    default:
        return false;
    }
}

/* An expression says which sheets of a source may be meant at all; the other selectors name one, or
 * leave it to the names. */
static bool may_take(const struct matcher *self, size_t index)
{
    return !self->is_taken[index] && self->book->sheets[index].kind == SHEET_WORKSHEET &&
           (self->selector->kind != SELECT_REGEX ||
            sheet_selector_picks(self->selector, self->book, index));
}

static void match_round(struct matcher *self, enum sheet_match match)
{
    for (uint32_t i = 0; i < self->plan->n_sheets; i++) {
        for (size_t k = 0; self->found[i].index == NO_SHEET && k < self->book->n_sheets; k++) {
            if (may_take(self, k) &&
                is_match(self, &self->plan->sheets[i], self->book->sheets[k].name, match))
                take(self, i, k, match);
        }
    }
}

static void match_by_name(struct matcher *self)
{
    match_round(self, MATCH_EXACT);
    match_round(self, MATCH_FOLDED);
    if (self->plan->n_aliases)
        match_round(self, MATCH_ALIAS);
}

/* What the selector picks and no name has taken goes to the one sheet that is still missing. */
static void match_selected(struct matcher *self)
{
    uint32_t n_missing = 0, missing = 0;
    size_t n_picked = 0, picked = 0;
    for (uint32_t i = 0; i < self->plan->n_sheets; i++) {
        if (self->found[i].index == NO_SHEET) {
            n_missing++;
            missing = i;
        }
    }
    for (size_t k = 0; k < self->book->n_sheets; k++) {
        if (!self->is_taken[k] && sheet_selector_picks(self->selector, self->book, k)) {
            n_picked++;
            picked = k;
        }
    }
    if (n_missing == 1 && n_picked == 1)
        take(self, missing, picked, MATCH_SELECTED);
}

static bool has_one_worksheet(const struct book *book)
{
    size_t n = 0;
    for (size_t i = 0; i < book->n_sheets; i++)
        n += book->sheets[i].kind == SHEET_WORKSHEET;
    return n == 1;
}

void sheet_match(const struct plan *plan, const struct sheet_selector *selector,
                 const struct book *book, struct matched_sheet *ret, bool *is_taken)
{
    struct matcher self = {plan, selector, book, ret, is_taken};
    for (uint32_t i = 0; i < plan->n_sheets; i++)
        ret[i] = (struct matched_sheet){NO_SHEET, MATCH_MISSING};
    switch (selector->kind) {
    case SELECT_NUMBER:
    case SELECT_ACTIVE:
        match_selected(&self);
        return;
    case SELECT_NAME:
        match_selected(&self);
        match_round(&self, MATCH_ALIAS);
        return;
    case SELECT_REGEX:
        match_by_name(&self);
        match_selected(&self);
        return;
    default:
        match_by_name(&self);
        if (plan->n_sheets == 1 && plan->n_unmapped == 0 && has_one_worksheet(book))
            match_selected(&self);
    }
}

bool sheet_is_extra(const struct plan *plan, const struct book *book, size_t index)
{
    if (book->sheets[index].kind != SHEET_WORKSHEET)
        return false;
    struct buffer folded;
    buffer_init(&folded, book->sheets[index].name.len * 4 + 16);
    utf8_fold(book->sheets[index].name, &folded);
    bool is_known = false;
    for (uint32_t i = 0; i < plan->n_unmapped && !is_known; i++)
        is_known = span_equal(plan->unmapped[i], buffer_span(&folded));
    buffer_free(&folded);
    return !is_known;
}

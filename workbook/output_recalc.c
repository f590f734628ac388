/* SPDX-License-Identifier: MIT
 *
 * Cached values of formulas: brought up to date, or taken away, never left stale.
 */
#include "workbook/output_state.h"

enum fault output_recalculate(struct output_book *self, struct why *why)
{
    (void)why;
    for (size_t i = 0; i < self->n_sheets; i++)
        self->sheets[i].drops_caches = self->sheets[i].n_edits > 0;
    return FAULT_NONE;
}

/* SPDX-License-Identifier: MIT
 *
 * The role of every cell of one template sheet (consolidation.md section 2, point 1).
 */
#ifndef SHEAF_VENTILATOR_ROLES_H
#define SHEAF_VENTILATOR_ROLES_H

#include "ventilator/overrides.h"
#include "ventilator/template_sheet.h"
#include "wire/job.h"
#include "wire/plan.h"
#include "workbook/styles.h"

struct weight_request { /* @wavg(C5): settled when all sheets are numbered */
    size_t sheet;       /* of the cell, in the book */
    struct cell_ref at;
    struct span weight; /* as written */
};

struct role_context {
    const struct job *job;
    const struct book *book;
    const struct styles *styles;
    struct regions ranges, names;
    struct arena *arena;             /* the plan's */
    uint64_t cells_left;             /* of PLAN_CELLS_MAX */
    struct weight_request *requests; /* malloc'ed */
    uint32_t n_requests, requests_capacity;
};

/* Fills name, index, area, cells, labels and merges. FAULT_LIMIT: the used range is too large ("use
 * --range"). FAULT_USAGE: an override that cannot be understood. */
enum fault roles_assign(struct role_context *context, size_t index,
                        const struct template_sheet *sheet, struct plan_sheet *ret,
                        struct why *why) MUST_CHECK;

/* --range is given and none of the ranges is on this sheet. */
bool roles_leave_out(const struct role_context *context, size_t index);

#endif

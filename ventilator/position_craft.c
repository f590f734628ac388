/* SPDX-License-Identifier: MIT
 *
 * What the ventilator does for a position job: the template becomes the plan, the template itself is no input. In a file
 * of its own, so that a test of the actor links without it.
 */
#include "core/hash.h"
#include "ventilator/position_plan.h"
#include "ventilator/ventilator.h"

static enum fault plan_job(const struct job *job, struct buffer *out, struct why *why)
{
    struct plan plan = {0};
    enum fault fault = position_plan(job, &plan, why);
    if (fault == FAULT_NONE)
        plan_encode(out, &plan);
    plan_free(&plan);
    return fault;
}

static enum fault collect_inputs(const struct job *job, struct inputs *ret, struct why *why)
{
    struct sha256 template_sha;
    uint64_t size;
    struct buffer path;
    buffer_init(&path, 1 << 16);
    enum fault fault = buffer_append(&path, job->template_path);
    if (fault == FAULT_NONE)
        fault = sha256_file(buffer_text(&path), &template_sha, &size, why);
    buffer_free(&path);
    return fault != FAULT_NONE ? fault : inputs_collect(job, &template_sha, ret, why);
}

const struct ventilator_craft position_craft = {.plan = plan_job, .collect = collect_inputs, .free = inputs_free};

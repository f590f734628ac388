/* SPDX-License-Identifier: MIT
 *
 * What the ventilator does for a stack job: the sources are surveyed while they are collected, and the plan is made of what they
 * have. In a file of its own, so that a test of the actor links without it.
 */
#include "ventilator/stack_settle.h"
#include "ventilator/ventilator.h"

static enum fault prepare(const struct job *job, struct inputs *ret, struct buffer *plan_bytes, struct why *why)
{
    struct stack_survey *survey;
    struct stack_plan plan = {0};
    enum fault fault = stack_survey_new(job, &survey, why);
    if (fault)
        return fault;
    struct inputs inputs = {0};
    struct inputs_viewer viewer = {survey, stack_survey_view};
    fault = inputs_collect_viewed(job, NULL, &viewer, &inputs, why);
    if (!fault) {
        fault = stack_settle(survey, &inputs, &plan, why);
        if (fault)
            inputs_free(&inputs);
    }
    if (!fault) {
        stack_plan_encode(plan_bytes, &plan);
        *ret = inputs;
    }
    stack_plan_free(&plan);
    stack_survey_destroy(&survey);
    return fault;
}

const struct ventilator_craft stack_craft = {.prepare = prepare, .free = inputs_free};

/* SPDX-License-Identifier: MIT
 *
 * The sink's work for a stack: but for its beginning the same as for any merge.
 */
#include "sink/sink.h"
#include "sink/stack_merge.h"

const struct sink_craft stack_merge_craft = {
    .open = stack_merge_new,
    .destroy = merge_destroy,
    .source = merge_source,
    .issue = merge_issue,
    .add = merge_add,
    .failed = merge_failed,
    .finish = merge_finish,
    .each_issue = merge_each_issue,
};

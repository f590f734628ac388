/* SPDX-License-Identifier: MIT
 *
 * The sink's work is sink/merge.h. In a file of its own, so that a test of the actor links without it.
 */
#include "sink/sink.h"

const struct sink_craft merge_craft = {
    .open = merge_new,
    .destroy = merge_destroy,
    .source = merge_source,
    .issue = merge_issue,
    .add = merge_add,
    .failed = merge_failed,
    .finish = merge_finish,
    .each_issue = merge_each_issue,
};

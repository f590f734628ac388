/* SPDX-License-Identifier: MIT
 *
 * Texts are copied into the result's arena: messages go with the next one.
 */
#include "cli/result.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/must.h"

#define RESULT_ARENA_BYTES ((size_t)1 << 30)

void collector_init(struct collector *self, struct run_result *result)
{
    *result = (struct run_result){.arena = arena_new(RESULT_ARENA_BYTES)};
    *self = (struct collector){.result = result};
}

void run_result_free(struct run_result *self)
{
    free(self->issues);
    free(self->sources_list);
    arena_destroy(&self->arena);
    *self = (struct run_result){0};
}

/* The first text that does not fit makes *fault FAULT_LIMIT. */
static struct span keep(struct collector *self, struct span text, enum fault *fault)
{
    struct span copy = arena_copy(self->result->arena, text);
    if (copy.data)
        return copy;
    *fault = FAULT_LIMIT;
    return SPAN("");
}

static enum fault add_source(struct collector *self, const struct source *source)
{
    struct run_result *result = self->result;
    enum fault fault = FAULT_NONE;
    if (source->index != result->n_sources_list)
        return source->index < result->n_sources_list ? FAULT_NONE : FAULT_PROTOCOL;
    if (result->n_sources_list == self->sources_capacity) {
        self->sources_capacity = self->sources_capacity ? 2 * self->sources_capacity : 64;
        result->sources_list = must_realloc(result->sources_list, self->sources_capacity * sizeof *result->sources_list);
    }
    struct source *copy = &result->sources_list[result->n_sources_list++];
    result->sources += source->slice == 0;
    *copy = *source;
    copy->path = keep(self, source->path, &fault);
    copy->name = keep(self, source->name, &fault);
    copy->identity = keep(self, source->identity, &fault);
    copy->reason = keep(self, source->reason, &fault);
    copy->layout = self->with_layouts ? keep(self, source->layout, &fault) : SPAN("");
    return fault;
}

static enum fault add_issue(struct collector *self, const struct issue *issue)
{
    struct run_result *result = self->result;
    enum fault fault = FAULT_NONE;
    if (result->n_issues == REPORT_ISSUES_MAX)
        return FAULT_NONE;
    if (result->n_issues == self->issues_capacity) {
        self->issues_capacity = self->issues_capacity ? 2 * self->issues_capacity : 64;
        result->issues = must_realloc(result->issues, self->issues_capacity * sizeof *result->issues);
    }
    struct issue *copy = &result->issues[result->n_issues++];
    *copy = *issue;
    copy->sheet = keep(self, issue->sheet, &fault);
    copy->value = keep(self, issue->value, &fault);
    copy->detail = keep(self, issue->detail, &fault);
    return fault;
}

enum fault collector_batch(struct collector *self, const struct batch *batch)
{
    struct cursor in;
    enum fault fault = FAULT_NONE;
    cursor_init(&in, batch->items);
    for (uint32_t i = 0; i < batch->n && fault == FAULT_NONE; i++) {
        struct source source;
        struct issue issue;
        if (batch->kind == BATCH_SOURCES) {
            fault = source_decode(&in, &source);
            if (fault == FAULT_NONE)
                fault = add_source(self, &source);
        } else {
            fault = placed_issue_next(&in, &issue);
            if (fault == FAULT_NONE)
                fault = add_issue(self, &issue);
        }
    }
    return fault;
}

static void copy_figures(struct run_result *to, const struct final *from)
{
    to->used = from->used;
    to->failed = from->failed;
    to->rejected = from->rejected;
    to->duplicates = from->duplicates;
    to->warnings = from->warnings;
    to->infos = from->infos;
    to->result_cells = from->result_cells;
    to->cells_read = from->cells_read;
    to->cells_used = from->cells_used;
    to->cells_not_applicable = from->cells_not_applicable;
    to->cells_skipped = from->cells_skipped;
    to->contributions = from->contributions;
    to->output_bytes = from->output_bytes;
    to->rows = from->rows;
    to->columns = from->columns;
    to->row_counts = from->row_counts;
    to->self_check_passed = from->self_check_passed;
    to->output_sha = from->output_sha;
}

enum fault collector_final(struct collector *self, const struct final *final)
{
    struct run_result *result = self->result;
    enum fault fault = FAULT_NONE;
    result->fault = final->why.fault;
    result->why = final->why;
    copy_figures(result, final);
    result->output_path = keep(self, final->output_path, &fault);
    result->report_path = keep(self, final->report_path, &fault);
    result->contributions_csv = keep(self, final->contributions_csv, &fault);
    result->n_samples = final->n_samples;
    for (uint32_t i = 0; i < final->n_samples; i++) {
        result->samples[i].sheet = keep(self, final->samples[i].sheet, &fault);
        result->samples[i].cell = keep(self, final->samples[i].cell, &fault);
        result->samples[i].label = keep(self, final->samples[i].label, &fault);
        result->samples[i].value = keep(self, final->samples[i].value, &fault);
        result->samples[i].n = final->samples[i].n;
    }
    return fault;
}

/* SPDX-License-Identifier: MIT
 *
 * Packing and reading what broker and sink say about the end of a job.
 */
#include "wire/assembly.h"

#include "core/must.h"

void job_opening_encode(struct buffer *out, const struct job_opening *self)
{
    pack_array(out, 2);
    pack_job_id(out, self->job);
    pack_sha256(out, self->plan);
}

enum fault job_opening_decode(struct span body, struct job_opening *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 2);
    ret->job = cursor_job_id(&in);
    ret->plan = cursor_sha256(&in);
    return body_close(&in, n, 2);
}

void dead_encode(struct buffer *out, const struct dead *self)
{
    pack_array(out, 2);
    pack_u64(out, self->index);
    pack_why(out, &self->why);
}

enum fault dead_next(struct cursor *items, struct dead *ret)
{
    uint32_t n = cursor_enter(items, 2);
    ret->index = cursor_u32(items);
    cursor_why(items, &ret->why);
    body_leave(items, n, 2);
    return items->fault;
}

static enum fault judge_dead(struct cursor *items)
{
    return dead_next(items, &(struct dead){0});
}

enum fault dead_batch_decode(struct span body, struct job_items *ret)
{
    return job_items_decode(body, judge_dead, ret);
}

#define FINALIZE_FIELDS 4

void finalize_encode(struct buffer *out, const struct finalize *self)
{
    pack_array(out, FINALIZE_FIELDS);
    pack_job_id(out, self->job);
    pack_u64(out, self->sources);
    pack_u64(out, self->counted);
    pack_u64(out, self->dead);
}

enum fault finalize_decode(struct span body, struct finalize *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, FINALIZE_FIELDS);
    ret->job = cursor_job_id(&in);
    ret->sources = cursor_u32(&in);
    ret->counted = cursor_u32(&in);
    ret->dead = cursor_u32(&in);
    return body_close(&in, n, FINALIZE_FIELDS);
}

void mismatch_encode(struct buffer *out, const struct mismatch *self)
{
    finalize_encode(out, &(struct finalize){self->job, self->sources, self->counted, self->dead});
}

enum fault mismatch_decode(struct span body, struct mismatch *ret)
{
    struct finalize as = {0};
    enum fault fault = finalize_decode(body, &as);
    *ret = (struct mismatch){as.job, as.sources, as.counted, as.dead};
    return fault;
}

void writing_encode(struct buffer *out, const struct writing *self)
{
    pack_array(out, 3);
    pack_job_id(out, self->job);
    pack_u64(out, self->done);
    pack_u64(out, self->total);
}

enum fault writing_decode(struct span body, struct writing *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, 3);
    ret->job = cursor_job_id(&in);
    ret->done = cursor_u64(&in);
    ret->total = cursor_u64(&in);
    return body_close(&in, n, 3);
}

static void pack_sample(struct buffer *out, const struct final_sample *sample)
{
    pack_array(out, 5);
    pack_text(out, sample->sheet);
    pack_text(out, sample->cell);
    pack_text(out, sample->label);
    pack_text(out, sample->value);
    pack_u64(out, sample->n);
}

static void read_sample(struct cursor *in, struct final_sample *ret)
{
    uint32_t n = cursor_enter(in, 5);
    ret->sheet = cursor_text(in);
    ret->cell = cursor_text(in);
    ret->label = cursor_text(in);
    ret->value = cursor_text(in);
    ret->n = cursor_u32(in);
    body_leave(in, n, 5);
}

/* Where the rows went, in the order in which they travel. */
#define ROW_COUNTS(of) \
    {&(of)->written, &(of)->blank, &(of)->header, &(of)->above, &(of)->repeated, &(of)->filtered, &(of)->totals, &(of)->footers, \
     &(of)->hidden, &(of)->duplicates}

static void pack_row_counts(struct buffer *out, const struct stack_counts *rows)
{
    const uint64_t *const counts[STACK_COUNTS] = ROW_COUNTS(rows);
    pack_array(out, STACK_COUNTS);
    for (unsigned i = 0; i < STACK_COUNTS; i++)
        pack_u64(out, *counts[i]);
}

static void read_row_counts(struct cursor *in, struct stack_counts *ret)
{
    uint64_t *const counts[STACK_COUNTS] = ROW_COUNTS(ret);
    uint32_t n = cursor_enter(in, STACK_COUNTS);
    for (unsigned i = 0; i < STACK_COUNTS; i++)
        *counts[i] = cursor_u64(in);
    body_leave(in, n, STACK_COUNTS);
}

#define FINAL_FIELDS 25

void final_encode(struct buffer *out, const struct final *self)
{
    must(self->n_samples <= FINAL_SAMPLES_MAX);
    pack_array(out, FINAL_FIELDS);
    pack_job_id(out, self->job);
    pack_why(out, &self->why);
    const uint32_t counts[] = {self->sources,    self->used,     self->failed, self->rejected,
                               self->duplicates, self->warnings, self->infos};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        pack_u64(out, counts[i]);
    const uint64_t cells[] = {self->result_cells,  self->cells_read,    self->cells_used,  self->cells_not_applicable,
                              self->cells_skipped, self->contributions, self->output_bytes};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        pack_u64(out, cells[i]);
    pack_bool(out, self->self_check_passed);
    pack_sha256(out, self->output_sha);
    pack_text(out, self->output_path);
    pack_text(out, self->report_path);
    pack_text(out, self->contributions_csv);
    pack_array(out, self->n_samples);
    for (uint32_t i = 0; i < self->n_samples; i++)
        pack_sample(out, &self->samples[i]);
    pack_u64(out, self->rows);
    pack_u64(out, self->columns);
    pack_row_counts(out, &self->row_counts);
}

/* The run of samples; more than this version can show are skipped. */
static void read_samples(struct cursor *in, struct final *ret)
{
    uint32_t n = cursor_enter(in, 0);
    ret->n_samples = n < FINAL_SAMPLES_MAX ? n : FINAL_SAMPLES_MAX;
    for (uint32_t i = 0; i < ret->n_samples; i++)
        read_sample(in, &ret->samples[i]);
    body_leave(in, n, ret->n_samples);
}

enum fault final_decode(struct span body, struct final *ret)
{
    struct cursor in;
    uint32_t n = body_open(&in, body, FINAL_FIELDS);
    *ret = (struct final){.job = cursor_job_id(&in)};
    cursor_why(&in, &ret->why);
    uint32_t *counts[] = {&ret->sources,    &ret->used,     &ret->failed, &ret->rejected,
                          &ret->duplicates, &ret->warnings, &ret->infos};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++)
        *counts[i] = cursor_u32(&in);
    uint64_t *cells[] = {&ret->result_cells,  &ret->cells_read,    &ret->cells_used,  &ret->cells_not_applicable,
                         &ret->cells_skipped, &ret->contributions, &ret->output_bytes};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
        *cells[i] = cursor_u64(&in);
    ret->self_check_passed = cursor_bool(&in);
    ret->output_sha = cursor_sha256(&in);
    ret->output_path = cursor_text(&in);
    ret->report_path = cursor_text(&in);
    ret->contributions_csv = cursor_text(&in);
    read_samples(&in, ret);
    ret->rows = cursor_u64(&in);
    ret->columns = cursor_u32(&in);
    read_row_counts(&in, &ret->row_counts);
    return body_close(&in, n, FINAL_FIELDS);
}

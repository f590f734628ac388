/* SPDX-License-Identifier: MIT
 *
 * The real actors over inproc sockets, with fakes in place of template, reader and merge: what they do is told by the
 * sources' names, so a test is a list of names.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <unistd.h>

#include "cli/pipeline.h"
#include "core/clock.h"
#include "core/hash.h"
#include "core/interrupt.h"
#include "core/must.h"
#include "tests/support/suite.h"

/* --- the job under test; set before the actors start, atomic where they count --- */

static struct {
    uint32_t n_sources;
    const char *const *names; /* n_names of them, used in turn */
    uint32_t n_names;
    uint32_t slices; /* 0: no source is cut */
    const char *plan_fault, *collect_wait, *finish;
    enum fault add_fault;
    atomic_uint reads, live_merges, live_readers, failed_calls, issues;
    atomic_int stage; /* 1: collecting, 2: reading, 3: writing */
    uint32_t arrival[20000]; /* order in which partials came; the sink's thread writes, the test reads after the end */
    uint32_t n_arrived;
    char reason[400]; /* of the last source that failed */
    enum fault reason_fault;
} world;

static void wait_for_ever(void)
{
    while (!interrupt_wanted())
        usleep(1000);
}

/* --- ventilator --- */

static enum fault fake_plan(const struct job *job, struct buffer *out, struct why *why)
{
    (void)job;
    if (world.plan_fault)
        return why_set(why, FAULT_USAGE, "%s", world.plan_fault);
    buffer_put_text(out, "a plan");
    return FAULT_NONE;
}

static const char *name_of(uint32_t index)
{
    return world.names[index % world.n_names];
}

static enum fault fake_collect(const struct job *job, struct inputs *ret, struct why *why)
{
    (void)job;
    if (world.collect_wait) {
        atomic_store(&world.stage, 1);
        wait_for_ever();
        return why_set(why, FAULT_CANCELLED, "interrupted while hashing");
    }
    ret->arena = arena_new(64 << 20);
    ret->sources = must_alloc(((size_t)world.n_sources + 1) * sizeof *ret->sources);
    ret->n_sources = world.n_sources;
    for (uint32_t i = 0; i < world.n_sources; i++) {
        char text[64];
        snprintf(text, sizeof text, "%s-%u", name_of(i), i);
        struct span name = arena_copy(ret->arena, span_of(text));
        ret->sources[i] = (struct source){.index = i, .path = name, .name = name, .identity = name, .size = 10,
                                          .sha = sha256_of(name), .reason = SPAN("")};
        if (span_starts(name, SPAN("duplicate")))
            ret->sources[i].state = SOURCE_DUPLICATE;
        if (span_starts(name, SPAN("refused")))
            ret->sources[i].state = SOURCE_FAILED;
        ret->sources[i].slices = world.slices;
        ret->sources[i].slice = world.slices ? i % world.slices : 0;
    }
    ret->issues = must_alloc(sizeof *ret->issues);
    ret->issues[0] = (struct issue){.code = ISSUE_LEFT_OUT, .source = ISSUE_NO_SOURCE, .value = SPAN("~$x.xlsx"),
                                    .sheet = SPAN(""), .detail = SPAN(""), .count = 1};
    ret->n_issues = 1;
    return FAULT_NONE;
}

static void fake_free(struct inputs *inputs)
{
    free(inputs->sources);
    free(inputs->issues);
    arena_destroy(&inputs->arena);
}

static enum fault fake_prepare(const struct job *job, struct inputs *ret, struct buffer *plan, struct why *why)
{
    enum fault fault = fake_plan(job, plan, why);
    return fault == FAULT_NONE ? fake_collect(job, ret, why) : fault;
}

static const struct ventilator_craft fake_ventilator = {fake_prepare, fake_free};

/* --- worker --- */

struct fake_reader {
    uint32_t tries_of_flaky;
};

static void *fake_begin(struct span plan, struct why *why)
{
    (void)why;
    if (!span_is(plan, "a plan"))
        return NULL;
    atomic_fetch_add(&world.live_readers, 1);
    return must_alloc(sizeof(struct fake_reader));
}

static void fake_end(void *reader)
{
    atomic_fetch_sub(&world.live_readers, 1);
    free(reader);
}

static enum fault fake_read(void *context, const struct source *source, struct buffer *out, uint64_t *ret_cells,
                            struct why *why)
{
    static atomic_uint flaky;
    (void)context;
    atomic_fetch_add(&world.reads, 1);
    if (span_starts(source->name, SPAN("corrupt"))) {
        (void)why_set(why, FAULT_CORRUPT, "the sheet ends early");
        why_at_sheet(why, SPAN("Jan"));
        return FAULT_CORRUPT;
    }
    if (span_starts(source->name, SPAN("busy")))
        return why_set(why, FAULT_IO, "the disk is busy");
    if (span_starts(source->name, SPAN("flaky")) && atomic_fetch_add(&flaky, 1) == 0)
        return why_set(why, FAULT_IO, "only this once");
    if (span_starts(source->name, SPAN("endless"))) {
        atomic_store(&world.stage, 2);
        wait_for_ever();
        return why_set(why, FAULT_CANCELLED, "interrupted while reading");
    }
    *ret_cells = 7;
    buffer_put(out, source->name);
    if (span_starts(source->name, SPAN("large")))
        for (int i = 0; i < 3000000; i++)
            buffer_put_char(out, (char)i);
    return FAULT_NONE;
}

static const struct worker_craft fake_worker = {fake_begin, fake_read, fake_end};

/* --- sink --- */

struct fake_merge {
    struct span *partials; /* by source */
    struct source *sources;
    uint32_t n_sources, n_added, n_failed;
    struct arena *arena;
};

static enum fault fake_open(const struct job *job, struct span plan, struct merge **ret, struct why *why)
{
    (void)job;
    if (!span_is(plan, "a plan"))
        return why_set(why, FAULT_PROTOCOL, "not the plan");
    struct fake_merge *self = must_alloc(sizeof *self);
    self->partials = must_alloc(((size_t)world.n_sources + 1) * sizeof *self->partials);
    self->arena = arena_new(1 << 30);
    atomic_fetch_add(&world.live_merges, 1);
    *ret = (struct merge *)self;
    return FAULT_NONE;
}

static void fake_destroy(struct merge **merge)
{
    struct fake_merge *self = (struct fake_merge *)*merge;
    free(self->partials);
    arena_destroy(&self->arena);
    free(self);
    atomic_fetch_sub(&world.live_merges, 1);
    *merge = NULL;
}

static void fake_source(struct merge *merge, const struct source *source)
{
    struct fake_merge *self = (struct fake_merge *)merge;
    ck_assert_uint_eq(source->index, self->n_sources);
    self->n_sources++;
}

static void fake_issue(struct merge *merge, const struct issue *issue)
{
    (void)merge;
    ck_assert_int_eq(issue->code, ISSUE_LEFT_OUT);
    atomic_fetch_add(&world.issues, 1);
}

static enum fault fake_add(struct merge *merge, uint32_t source, struct span bytes, struct sha256 sha,
                           enum merge_verdict *ret, struct why *why)
{
    struct fake_merge *self = (struct fake_merge *)merge;
    if (world.add_fault != FAULT_NONE)
        return why_set(why, world.add_fault, "the temporary folder is full");
    ck_assert(sha256_equal(message_digest(bytes), sha));
    if (self->partials[source].data) {
        *ret = span_equal(self->partials[source], bytes) ? MERGE_AGAIN : MERGE_CONFLICT;
        return FAULT_NONE;
    }
    self->partials[source] = arena_copy(self->arena, bytes);
    world.arrival[world.n_arrived++] = source;
    self->n_added++;
    *ret = MERGE_COUNTED;
    return FAULT_NONE;
}

static void fake_failed(struct merge *merge, uint32_t source, enum fault fault, struct span reason)
{
    struct fake_merge *self = (struct fake_merge *)merge;
    (void)source;
    self->n_failed++;
    atomic_fetch_add(&world.failed_calls, 1);
    snprintf(world.reason, sizeof world.reason, "%.*s", SPAN_ARGS(reason));
    world.reason_fault = fault;
}

static enum fault fake_finish(struct merge *merge, merge_progress *progress, void *context, struct merge_summary *ret,
                              struct why *why)
{
    struct fake_merge *self = (struct fake_merge *)merge;
    if (world.finish && strcmp(world.finish, "endless") == 0) {
        atomic_store(&world.stage, 3);
        while (progress(context, 1, 2))
            usleep(1000);
        return why_set(why, FAULT_CANCELLED, "interrupted while writing");
    }
    if (world.finish)
        return why_set(why, FAULT_NO_SPACE, "%s", world.finish);
    struct sha256_stream *stream = sha256_stream_new();
    for (uint32_t i = 0; i < self->n_sources; i++)
        sha256_stream_add(stream, self->partials[i]);
    ck_assert(progress(context, 1, 1));
    ret->output_sha = sha256_stream_end(&stream);
    ret->sources = self->n_sources;
    ret->used = self->n_added;
    ret->failed = self->n_failed;
    ret->self_check_passed = true;
    ret->output_path = SPAN("/somewhere/out.xlsx");
    ret->n_samples = 1;
    strcpy(ret->samples[0].cell, "B7");
    ret->samples[0].n = self->n_added;
    return FAULT_NONE;
}

static enum fault fake_each_issue(struct merge *merge,
                                  enum fault (*visit)(void *, const struct issue *, const struct source *), void *context)
{
    (void)merge;
    enum fault fault = FAULT_NONE;
    for (uint32_t i = 0; i < 12000 && fault == FAULT_NONE; i++) {
        struct issue issue = {.code = ISSUE_TEXT_NOT_NUMBER, .source = 0, .sheet = SPAN("Jan"), .row = i + 1, .col = 2,
                              .value = SPAN("n/a"), .detail = SPAN(""), .count = 1};
        fault = visit(context, &issue, NULL);
    }
    return fault;
}

static const struct sink_craft fake_sink = {fake_open, fake_destroy, fake_source, fake_issue,
                                            fake_add,  fake_failed,  fake_finish, fake_each_issue};

/* --- running --- */

static void set_world(uint32_t n_sources, const char *const *names, uint32_t n_names)
{
    memset(&world, 0, sizeof world);
    world.n_sources = n_sources;
    world.names = names;
    world.n_names = n_names;
}

static struct run_progress last_progress;

static void keep_progress(void *context, const struct run_progress *progress)
{
    (void)context;
    last_progress = *progress;
}

static void run(unsigned workers, uint64_t seed, volatile int *interrupted, struct run_result *ret)
{
    struct job job;
    job_init(&job);
    job.id[0] = 1;
    job.template_path = SPAN("/t.xlsx");
    struct pipeline_options options = {workers, seed, &fake_ventilator, &fake_worker, &fake_sink};
    pipeline_run(&job, &options, interrupted, keep_progress, NULL, ret);
    job_free(&job);
    ck_assert_uint_eq(atomic_load(&world.live_merges), 0);
    ck_assert_uint_eq(atomic_load(&world.live_readers), 0);
}

static struct run_result run_well(unsigned workers)
{
    struct run_result result;
    run(workers, 0, NULL, &result);
    ck_assert_msg(result.fault == FAULT_NONE, "%s", result.why.text);
    return result;
}

static void run_and_fail(unsigned workers, enum fault fault, const char *reason)
{
    struct run_result result;
    run(workers, 0, NULL, &result);
    ck_assert_int_eq(result.fault, fault);
    ck_assert_str_eq(result.why.text, reason);
    run_result_free(&result);
}

static const char *const plain[] = {"plain"};

START_TEST(every_source_is_read_once_and_the_result_comes_back)
{
    set_world(100, plain, 1);
    struct run_result result = run_well(2);
    ck_assert_uint_eq(result.sources, 100);
    ck_assert_uint_eq(result.used, 100);
    ck_assert_uint_eq(atomic_load(&world.reads), 100);
    ck_assert(span_is(result.output_path, "/somewhere/out.xlsx"));
    ck_assert(result.self_check_passed);
    ck_assert(span_is(result.samples[0].cell, "B7"));
    ck_assert_uint_eq(result.samples[0].n, 100);
    ck_assert(span_is(result.sources_list[99].name, "plain-99"));
    ck_assert_uint_eq(result.n_issues, 10000); /* of 12,000 */
    ck_assert_uint_eq(result.issues[9999].row, 10000);
    ck_assert_uint_eq(atomic_load(&world.issues), 1);
    ck_assert_int_eq(last_progress.stage, RUN_DONE);
    run_result_free(&result);
}
END_TEST

START_TEST(the_result_does_not_depend_on_workers_or_arrival)
{
    static const unsigned workers[] = {1, 2, 7, 1, 3};
    static const uint64_t seeds[] = {0, 0, 0, 4711, 99};
    struct sha256 first = {{0}};
    uint32_t displaced = 0;
    for (int i = 0; i < 5; i++) {
        struct run_result result;
        set_world(60, plain, 1);
        run(workers[i], seeds[i], NULL, &result);
        ck_assert_int_eq(result.fault, FAULT_NONE);
        if (i == 0)
            first = result.output_sha;
        ck_assert(sha256_equal(first, result.output_sha));
        for (uint32_t k = 0; i == 3 && k < 60; k++)
            displaced += world.arrival[k] != k;
        run_result_free(&result);
    }
    ck_assert_uint_gt(displaced, 40); /* the seed did shuffle */
}
END_TEST

START_TEST(one_worker_with_the_same_seed_reads_in_the_same_order)
{
    uint32_t first[50];
    for (int i = 0; i < 2; i++) {
        struct run_result result;
        set_world(50, plain, 1);
        run(1, 5, NULL, &result);
        if (i == 0)
            memcpy(first, world.arrival, sizeof first);
        ck_assert_mem_eq(first, world.arrival, sizeof first);
        run_result_free(&result);
    }
}
END_TEST

START_TEST(a_job_without_sources_ends)
{
    set_world(0, plain, 1);
    struct run_result result = run_well(3);
    ck_assert_uint_eq(result.sources, 0);
    run_result_free(&result);
}
END_TEST

START_TEST(sources_that_nobody_reads_do_not_hold_a_job_up)
{
    static const char *const names[] = {"duplicate", "refused"};
    set_world(10, names, 2);
    struct run_result result = run_well(2);
    ck_assert_uint_eq(result.sources, 10);
    ck_assert_uint_eq(atomic_load(&world.reads), 0);
    run_result_free(&result);
}
END_TEST

START_TEST(a_broken_source_fails_with_its_reason_and_the_others_count)
{
    static const char *const names[] = {"plain", "corrupt"};
    set_world(10, names, 2);
    struct run_result result = run_well(2);
    ck_assert_uint_eq(result.used, 5);
    ck_assert_uint_eq(result.failed, 5);
    ck_assert_uint_eq(atomic_load(&world.reads), 10); /* no second try */
    ck_assert_int_eq(world.reason_fault, FAULT_CORRUPT);
    ck_assert_str_eq(world.reason, "Jan: the sheet ends early");
    run_result_free(&result);
}
END_TEST

START_TEST(all_sources_broken_is_an_end_too)
{
    static const char *const names[] = {"corrupt"};
    set_world(300, names, 1);
    struct run_result result = run_well(2);
    ck_assert_uint_eq(result.failed, 300);
    run_result_free(&result);
}
END_TEST

START_TEST(a_failure_in_passing_is_tried_again)
{
    static const char *const names[] = {"plain", "busy", "plain", "flaky"};
    set_world(4, names, 4);
    struct run_result result = run_well(2);
    ck_assert_uint_eq(result.used, 3);
    ck_assert_uint_eq(result.failed, 1);
    ck_assert_uint_eq(atomic_load(&world.reads), 6); /* busy twice, flaky twice */
    ck_assert_int_eq(world.reason_fault, FAULT_IO);
    run_result_free(&result);
}
END_TEST

START_TEST(ten_thousand_sources_pass_in_batches)
{
    set_world(10000, plain, 1);
    struct run_result result = run_well(3);
    ck_assert_uint_eq(result.sources, 10000);
    ck_assert_uint_eq(result.used, 10000);
    ck_assert(span_is(result.sources_list[9999].identity, "plain-9999"));
    run_result_free(&result);
}
END_TEST

START_TEST(large_partials_are_held_back_by_credit_and_all_arrive)
{
    static const char *const names[] = {"large"};
    set_world(40, names, 1);
    struct run_result result = run_well(2);
    ck_assert_uint_eq(result.used, 40);
    run_result_free(&result);
}
END_TEST

START_TEST(more_workers_than_sources_is_fine)
{
    set_world(3, plain, 1);
    struct run_result result = run_well(40);
    ck_assert_uint_eq(result.used, 3);
    run_result_free(&result);
}
END_TEST

START_TEST(a_fault_while_planning_ends_the_job)
{
    set_world(3, plain, 1);
    world.plan_fault = "there is no input cell";
    run_and_fail(2, FAULT_USAGE, "there is no input cell");
}
END_TEST

START_TEST(a_fault_of_the_sink_ends_the_job_while_others_read)
{
    static const char *const names[] = {"plain", "endless"};
    set_world(4, names, 2);
    world.add_fault = FAULT_NO_SPACE;
    run_and_fail(3, FAULT_NO_SPACE, "the temporary folder is full");
}
END_TEST

START_TEST(a_fault_while_writing_ends_the_job)
{
    set_world(4, plain, 1);
    world.finish = "no space left for the output";
    run_and_fail(1, FAULT_NO_SPACE, "no space left for the output");
}
END_TEST

START_TEST(a_source_that_is_cut_is_one_file_to_a_person)
{
    set_world(30, plain, 1);
    world.slices = 3;
    struct run_result result = run_well(2);
    ck_assert_uint_eq(atomic_load(&world.reads), 30);
    ck_assert_uint_eq(result.n_sources_list, 30);
    ck_assert_uint_eq(result.sources, 10);
    ck_assert_uint_eq(last_progress.sources_total, 10);
    ck_assert_uint_eq(last_progress.sources_done, 10);
    ck_assert_uint_eq(last_progress.bytes_total, 100);
    ck_assert_uint_eq(last_progress.bytes_done, 100);
    run_result_free(&result);
}
END_TEST

START_TEST(slices_that_fail_are_one_failed_file)
{
    static const char *const names[] = {"plain", "plain", "plain", "plain", "corrupt", "corrupt"};
    set_world(12, names, 6);
    world.slices = 3;
    struct run_result result = run_well(2);
    ck_assert_uint_eq(last_progress.sources_total, 4);
    ck_assert_uint_eq(last_progress.sources_done, 4);
    ck_assert_uint_eq(last_progress.sources_failed, 2);
    run_result_free(&result);
}
END_TEST

/* --- cancellation --- */

static volatile int interrupted;

/* Stands in for the signal handler: interrupts as soon as the job is at a stage. */
static void *interrupt_at(void *stage)
{
    while (atomic_load(&world.stage) != *(int *)stage)
        usleep(500);
    __atomic_store_n(&interrupted, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void cancel_at(int stage)
{
    struct run_result result;
    pthread_t thread;
    interrupted = 0;
    must(pthread_create(&thread, NULL, interrupt_at, &stage) == 0);
    run(2, 0, &interrupted, &result);
    pthread_join(thread, NULL);
    ck_assert_int_eq(result.fault, FAULT_CANCELLED);
    run_result_free(&result);
}

START_TEST(a_job_is_cancelled_while_it_is_planned)
{
    set_world(4, plain, 1);
    world.collect_wait = "yes";
    cancel_at(1);
}
END_TEST

START_TEST(a_job_is_cancelled_while_sources_are_read)
{
    static const char *const names[] = {"plain", "endless"};
    set_world(500, names, 2);
    int64_t start = clock_now_ms();
    cancel_at(2);
    ck_assert_int_lt(clock_now_ms() - start, 2000); /* an endless source per worker, and more of them waiting */
}
END_TEST

START_TEST(a_job_is_cancelled_while_its_output_is_written)
{
    set_world(4, plain, 1);
    world.finish = "endless";
    cancel_at(3);
}
END_TEST

START_TEST(a_job_that_is_interrupted_at_once_ends)
{
    struct run_result result;
    set_world(1000, plain, 1);
    interrupted = 1;
    run(2, 0, &interrupted, &result);
    ck_assert_int_eq(result.fault, FAULT_CANCELLED);
    run_result_free(&result);
}
END_TEST

SUITE(cli_pipeline, every_source_is_read_once_and_the_result_comes_back,
      the_result_does_not_depend_on_workers_or_arrival, one_worker_with_the_same_seed_reads_in_the_same_order,
      a_job_without_sources_ends, sources_that_nobody_reads_do_not_hold_a_job_up,
      a_broken_source_fails_with_its_reason_and_the_others_count, all_sources_broken_is_an_end_too,
      a_failure_in_passing_is_tried_again, ten_thousand_sources_pass_in_batches,
      large_partials_are_held_back_by_credit_and_all_arrive, more_workers_than_sources_is_fine,
      a_fault_while_planning_ends_the_job, a_fault_of_the_sink_ends_the_job_while_others_read,
      a_fault_while_writing_ends_the_job, a_source_that_is_cut_is_one_file_to_a_person,
      slices_that_fail_are_one_failed_file, a_job_is_cancelled_while_it_is_planned,
      a_job_is_cancelled_while_sources_are_read, a_job_is_cancelled_while_its_output_is_written,
      a_job_that_is_interrupted_at_once_ends)

/* SPDX-License-Identifier: MIT */
#include "broker/core.h"
#include "broker/queue.h"
#include "tests/support/suite.h"

static const struct job_id id = {{7}};

/* The actions of one kind since the last look, zeros behind them; the others are dropped. */
static unsigned take(struct broker_core *core, enum action_kind kind, struct action *ret, unsigned max)
{
    struct action action;
    memset(ret, 0, max * sizeof *ret);
    unsigned n = 0;
    while (broker_core_next(core, &action))
        if (action.kind == kind && n < max)
            ret[n++] = action;
    return n;
}

static struct broker_core *with_job(const struct core_options *options, uint32_t tasks, uint32_t *ret_job)
{
    struct broker_core *core = broker_core_new(options);
    *ret_job = broker_core_open(core, id);
    for (uint32_t i = 0; i < tasks; i++)
        ck_assert_int_eq(broker_core_source(core, *ret_job, i, true), FAULT_NONE);
    ck_assert_int_eq(broker_core_seal(core, 0, *ret_job, tasks, tasks), FAULT_NONE);
    return core;
}

static uint64_t join(struct broker_core *core, uint64_t nonce, uint32_t slots)
{
    return broker_core_hello(core, 0, &(struct hello_event){nonce, 0, slots});
}

static struct why because(enum fault fault)
{
    struct why why;
    (void)why_set(&why, fault, "because");
    return why;
}

START_TEST(a_worker_gets_twice_as_many_tasks_as_it_has_slots)
{
    uint32_t job;
    struct action tasks[9];
    struct broker_core *core = with_job(&core_options_default, 20, &job);
    uint64_t session = join(core, 1, 3);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 9), 6);
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_uint_eq(tasks[i].index, i);
        ck_assert_uint_eq(tasks[i].session, session);
    }
    broker_core_done(core, 1, session, tasks[0].lease);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 9), 1);
    ck_assert_uint_eq(tasks[0].index, 6);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(the_plan_comes_once_and_before_the_first_task)
{
    uint32_t job;
    struct action action;
    struct broker_core *core = with_job(&core_options_default, 5, &job);
    uint64_t session = join(core, 1, 1);
    enum action_kind want[] = {ACTION_WELCOME, ACTION_PLAN, ACTION_TASK, ACTION_TASK};
    for (unsigned i = 0; i < 4; i++) {
        ck_assert(broker_core_next(core, &action));
        ck_assert_int_eq(action.kind, want[i]);
    }
    broker_core_done(core, 1, session, action.lease);
    ck_assert(broker_core_next(core, &action));
    ck_assert_int_eq(action.kind, ACTION_TASK);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(the_last_tasks_spread_over_all_workers)
{
    struct action tasks[9];
    struct broker_core *core = broker_core_new(&core_options_default);
    uint64_t first = join(core, 1, 4), second = join(core, 2, 4);
    uint32_t job = broker_core_open(core, id), by_first = 0, by_second = 0;
    for (uint32_t i = 0; i < 6; i++)
        ck_assert_int_eq(broker_core_source(core, job, i, true), FAULT_NONE);
    ck_assert_int_eq(broker_core_seal(core, 0, job, 6, 6), FAULT_NONE);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 9), 6);
    for (unsigned i = 0; i < 6; i++) {
        by_first += tasks[i].session == first;
        by_second += tasks[i].session == second;
    }
    ck_assert_uint_eq(by_first, 3);
    ck_assert_uint_eq(by_second, 3);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(done_completes_nothing_and_counted_does)
{
    uint32_t job;
    struct action tasks[2], end;
    struct broker_core *core = with_job(&core_options_default, 2, &job);
    uint64_t session = join(core, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 2), 2);
    broker_core_done(core, 1, session, tasks[0].lease);
    broker_core_done(core, 1, session, tasks[1].lease);
    ck_assert_int_eq(broker_core_task_state(core, job, 0), TASK_LEASED);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, &end, 1), 0);
    broker_core_counted(core, 2, job, 0, 1);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, &end, 1), 0);
    broker_core_counted(core, 2, job, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, &end, 1), 1);
    broker_core_final(core, 3, job, FAULT_NONE);
    ck_assert_uint_eq(take(core, ACTION_ENDED, &end, 1), 1);
    ck_assert_int_eq(end.fault, FAULT_NONE);
    broker_core_forget(core, job);
    ck_assert_uint_eq(broker_core_find(core, id), CORE_NO_JOB);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_task_counted_twice_counts_once)
{
    uint32_t job;
    struct broker_core *core = with_job(&core_options_default, 3, &job);
    join(core, 1, 1);
    broker_core_counted(core, 1, job, 1, 1);
    broker_core_counted(core, 1, job, 0, 2);
    ck_assert_uint_eq(broker_core_figures(core, job).counted, 2);
    broker_core_counted(core, 1, job, 2, UINT32_MAX - 2); /* beyond the end: no harm */
    ck_assert_uint_eq(broker_core_figures(core, job).counted, 3);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_permanent_failure_is_not_tried_again)
{
    uint32_t job;
    struct action actions[4];
    struct why why = because(FAULT_CORRUPT);
    struct broker_core *core = with_job(&core_options_default, 1, &job);
    uint64_t session = join(core, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, actions, 4), 1);
    broker_core_fail(core, 1, session, actions[0].lease, FAIL_PERMANENT, &why);
    ck_assert_uint_eq(take(core, ACTION_DEAD, actions, 4), 1);
    ck_assert_int_eq(broker_core_why(core, job, 0)->fault, FAULT_CORRUPT);
    ck_assert_int_eq(broker_core_figures(core, job).state, CORE_FINALIZING);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_transient_failure_waits_longer_each_time_and_then_dies)
{
    uint32_t job;
    struct action task;
    struct why why = because(FAULT_IO);
    struct broker_core *core = with_job(&core_options_default, 1, &job);
    uint64_t session = join(core, 1, 1);
    int64_t now = 0, last = 0;
    for (unsigned attempt = 1; attempt <= core_options_default.transient_max; attempt++) {
        ck_assert_uint_eq(take(core, ACTION_TASK, &task, 1), 1);
        ck_assert_uint_eq(task.attempt, attempt);
        broker_core_fail(core, now, session, task.lease, FAIL_TRANSIENT, &why);
        broker_core_heard(core, now, session);
        if (attempt == core_options_default.transient_max)
            break;
        int64_t least = core_options_default.backoff_ms / 2 << (attempt - 1);
        broker_core_tick(core, now + least - 1);
        ck_assert_int_eq(broker_core_task_state(core, job, 0), TASK_WAIT);
        last = least;
        now += 2 * least;
        broker_core_heard(core, now, session);
        broker_core_tick(core, now);
    }
    ck_assert_int_eq(broker_core_task_state(core, job, 0), TASK_DEAD);
    ck_assert_int_eq(last, core_options_default.backoff_ms / 2 << 3);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_crashed_task_goes_to_another_worker)
{
    uint32_t job;
    struct action task;
    struct why why = because(FAULT_CORRUPT);
    struct broker_core *core = with_job(&core_options_default, 1, &job);
    uint64_t first = join(core, 1, 1), second = join(core, 2, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, &task, 1), 1);
    ck_assert_uint_eq(task.session, first);
    broker_core_fail(core, 0, first, task.lease, FAIL_CRASH, &why);
    broker_core_tick(core, 100);
    ck_assert_uint_eq(take(core, ACTION_TASK, &task, 1), 1);
    ck_assert_uint_eq(task.session, second);
    broker_core_fail(core, 100, second, task.lease, FAIL_CRASH, &why);
    broker_core_gone(core, 150, first, false);
    broker_core_tick(core, 200); /* nobody else is left: better the same worker than none */
    ck_assert_uint_eq(take(core, ACTION_TASK, &task, 1), 1);
    ck_assert_uint_eq(task.session, second);
    broker_core_fail(core, 200, second, task.lease, FAIL_CRASH, &why);
    ck_assert_int_eq(broker_core_task_state(core, job, 0), TASK_DEAD);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_silent_worker_loses_its_tasks_and_cannot_come_back)
{
    uint32_t job;
    struct action tasks[4];
    struct broker_core *core = with_job(&core_options_default, 2, &job);
    uint64_t first = join(core, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 2);
    ck_assert_int_eq(broker_core_deadline(core), core_options_default.silent_ms + 1);
    broker_core_tick(core, core_options_default.silent_ms + 1);
    ck_assert_uint_eq(take(core, ACTION_FENCE, tasks, 4), 1);
    ck_assert_uint_eq(tasks[0].session, first);
    ck_assert(!broker_core_heard(core, 3000, first));
    uint64_t second = broker_core_hello(core, 3000, &(struct hello_event){2, first, 1});
    ck_assert_uint_ne(first, second);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 2);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_hello_said_twice_is_one_session)
{
    struct broker_core *core = broker_core_new(&core_options_default);
    ck_assert_uint_eq(join(core, 5, 1), join(core, 5, 1));
    ck_assert_uint_ne(join(core, 5, 1), join(core, 6, 1));
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_lease_that_a_worker_does_not_list_comes_back)
{
    uint32_t job;
    struct action tasks[4];
    struct broker_core *core = with_job(&core_options_default, 2, &job);
    uint64_t session = join(core, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 2);
    uint64_t held = tasks[1].lease;
    for (int i = 0; i < 3; i++)
        broker_core_stat(core, i, session, &held, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 0);
    broker_core_stat(core, 3, session, &held, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 1);
    ck_assert_uint_eq(tasks[0].index, 0);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_task_that_loses_workers_runs_alone_and_then_dies)
{
    uint32_t job;
    struct action tasks[4];
    struct broker_core *core = with_job(&core_options_default, 1, &job);
    for (unsigned i = 0; i < core_options_default.loss_max; i++) {
        uint64_t session = join(core, 100 + i, 2);
        ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 1);
        broker_core_gone(core, 0, session, true);
    }
    ck_assert_int_eq(broker_core_task_state(core, job, 0), TASK_DEAD);
    ck_assert_int_eq(broker_core_why(core, job, 0)->fault, FAULT_TIMEOUT);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(what_is_counted_after_its_worker_was_lost_stays_counted)
{
    uint32_t job;
    struct action tasks[4];
    struct broker_core *core = with_job(&core_options_default, 2, &job);
    uint64_t session = join(core, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 2);
    broker_core_gone(core, 0, session, true);
    broker_core_counted(core, 1, job, 0, 1); /* its partial had arrived */
    join(core, 2, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 4), 1);
    ck_assert_uint_eq(tasks[0].index, 1);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(counted_wins_over_dead_until_the_end)
{
    uint32_t job;
    struct action actions[4];
    struct why why = because(FAULT_CORRUPT);
    struct broker_core *core = with_job(&core_options_default, 2, &job);
    uint64_t session = join(core, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, actions, 4), 2);
    broker_core_fail(core, 0, session, actions[0].lease, FAIL_PERMANENT, &why);
    broker_core_counted(core, 1, job, 0, 1); /* by a worker that had been taken for lost */
    ck_assert_uint_eq(broker_core_figures(core, job).dead, 0);
    ck_assert_uint_eq(broker_core_figures(core, job).counted, 1);
    broker_core_fail(core, 1, session, actions[1].lease, FAIL_PERMANENT, &why);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, actions, 4), 1);
    broker_core_counted(core, 2, job, 1, 1);
    broker_core_mismatch(core, 2, job);
    ck_assert_uint_eq(take(core, ACTION_DEAD, actions, 4), 0); /* said again, by what is known now */
    ck_assert_uint_eq(broker_core_figures(core, job).counted, 2);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_cancelled_job_ends_when_the_sink_says_so)
{
    uint32_t job;
    struct action actions[4];
    struct broker_core *core = with_job(&core_options_default, 5, &job);
    uint64_t session = join(core, 1, 1);
    ck_assert_uint_eq(take(core, ACTION_TASK, actions, 4), 2);
    broker_core_cancel(core, 1, job, FAULT_CANCELLED);
    ck_assert(broker_core_next(core, &actions[0]) && actions[0].kind == ACTION_DROP && actions[0].session == session);
    ck_assert(broker_core_next(core, &actions[0]) && actions[0].kind == ACTION_CLOSE);
    ck_assert(!broker_core_next(core, &actions[0]));
    broker_core_counted(core, 1, job, 0, 5); /* too late to matter */
    ck_assert_int_eq(broker_core_deadline(core), 1001);
    broker_core_tick(core, 1001); /* the sink may not have heard */
    ck_assert_uint_eq(take(core, ACTION_CLOSE, actions, 4), 1);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, actions, 4), 0);
    broker_core_final(core, 2, job, FAULT_CANCELLED);
    ck_assert_uint_eq(take(core, ACTION_ENDED, actions, 4), 1);
    ck_assert_int_eq(actions[0].fault, FAULT_CANCELLED);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(a_result_that_was_there_before_the_cancellation_wins)
{
    uint32_t job;
    struct action end;
    struct broker_core *core = with_job(&core_options_default, 0, &job);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, &end, 1), 1); /* nothing to wait for */
    broker_core_cancel(core, 1, job, FAULT_CANCELLED);
    broker_core_final(core, 2, job, FAULT_NONE);
    ck_assert_uint_eq(take(core, ACTION_ENDED, &end, 1), 1);
    ck_assert_int_eq(end.fault, FAULT_NONE);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(finalize_is_repeated_until_the_sink_answers)
{
    uint32_t job;
    struct action end;
    struct broker_core *core = with_job(&core_options_default, 0, &job);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, &end, 1), 1);
    ck_assert_int_eq(broker_core_deadline(core), 1000);
    broker_core_tick(core, 1000);
    ck_assert_uint_eq(take(core, ACTION_FINALIZE, &end, 1), 1);
    for (int i = 0; i < 100; i++)
        broker_core_mismatch(core, 1000, job);
    ck_assert_uint_eq(take(core, ACTION_CLOSE, &end, 1), 0);
    broker_core_mismatch(core, 1000, job); /* a sink that never agrees does not hang the job */
    ck_assert_uint_eq(take(core, ACTION_CLOSE, &end, 1), 1);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(two_jobs_take_turns)
{
    struct action tasks[8];
    struct broker_core *core = broker_core_new(&core_options_default);
    for (unsigned char k = 1; k <= 2; k++) {
        uint32_t job = broker_core_open(core, (struct job_id){{k}});
        for (uint32_t i = 0; i < 10; i++)
            ck_assert_int_eq(broker_core_source(core, job, i, true), FAULT_NONE);
        ck_assert_int_eq(broker_core_seal(core, 0, job, 10, 10), FAULT_NONE);
    }
    join(core, 1, 2);
    ck_assert_uint_eq(take(core, ACTION_TASK, tasks, 8), 4);
    for (unsigned i = 0; i < 4; i++)
        ck_assert_uint_eq(tasks[i].job, i % 2);
    broker_core_destroy(&core);
}
END_TEST

START_TEST(sources_out_of_order_or_too_few_are_refused)
{
    struct broker_core *core = broker_core_new(&core_options_default);
    uint32_t job = broker_core_open(core, id);
    ck_assert_int_eq(broker_core_source(core, job, 1, true), FAULT_PROTOCOL);
    ck_assert_int_eq(broker_core_source(core, job, 0, true), FAULT_NONE);
    ck_assert_int_eq(broker_core_source(core, job, 0, true), FAULT_PROTOCOL);
    ck_assert_int_eq(broker_core_seal(core, 0, job, 2, 2), FAULT_PROTOCOL);
    ck_assert_int_eq(broker_core_seal(core, 0, job, 1, 0), FAULT_PROTOCOL);
    ck_assert_int_eq(broker_core_seal(core, 0, job, 1, 1), FAULT_NONE);
    ck_assert_int_eq(broker_core_source(core, job, 1, true), FAULT_PROTOCOL);
    broker_core_destroy(&core);
}
END_TEST

static bool is_even(void *context, uint32_t index)
{
    (void)context;
    return index % 2 == 0;
}

static bool any(void *context, uint32_t index)
{
    (void)context;
    (void)index;
    return true;
}

START_TEST(a_queue_keeps_its_order_when_some_may_not_be_taken)
{
    struct queue queue = {0};
    uint32_t got;
    for (uint32_t i = 1; i <= 100; i++)
        queue_push(&queue, i);
    queue_push_front(&queue, 0);
    for (uint32_t want = 0; want <= 100; want += 2)
        ck_assert(queue_take(&queue, is_even, NULL, &got) && got == want);
    ck_assert(!queue_take(&queue, is_even, NULL, &got));
    for (uint32_t want = 1; want <= 99; want += 2)
        ck_assert(queue_take(&queue, any, NULL, &got) && got == want);
    ck_assert_uint_eq(queue.len, 0);
    queue_free(&queue);
}
END_TEST

SUITE(broker_core, a_worker_gets_twice_as_many_tasks_as_it_has_slots, the_plan_comes_once_and_before_the_first_task,
      the_last_tasks_spread_over_all_workers, done_completes_nothing_and_counted_does, a_task_counted_twice_counts_once,
      a_permanent_failure_is_not_tried_again, a_transient_failure_waits_longer_each_time_and_then_dies,
      a_crashed_task_goes_to_another_worker, a_silent_worker_loses_its_tasks_and_cannot_come_back,
      a_hello_said_twice_is_one_session, a_lease_that_a_worker_does_not_list_comes_back,
      a_task_that_loses_workers_runs_alone_and_then_dies, what_is_counted_after_its_worker_was_lost_stays_counted,
      counted_wins_over_dead_until_the_end, a_cancelled_job_ends_when_the_sink_says_so, a_result_that_was_there_before_the_cancellation_wins,
      finalize_is_repeated_until_the_sink_answers, two_jobs_take_turns, sources_out_of_order_or_too_few_are_refused,
      a_queue_keeps_its_order_when_some_may_not_be_taken)

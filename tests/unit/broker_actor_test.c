/* SPDX-License-Identifier: MIT
 *
 * The broker as an actor, with the test as its ventilator, its workers and its sink.
 */
#include "broker/broker.h"
#include "core/hash.h"
#include "tests/support/peer.h"
#include "wire/assembly.h"
#include "wire/delivery.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

#define SILENT_MS 300

static const struct job_id job = {{1}};

struct stage {
    void *context;
    struct actor *broker;
    struct port *ventilator, *sink, *workers[2];
    uint64_t sessions[2];
    struct buffer body;
};

static struct stage open_stage(void)
{
    struct stage s = {.context = port_context_new(0, 32)};
    struct broker_options options = {.context = s.context,
                                     .workers_endpoint = "inproc://workers",
                                     .sinks_endpoint = "inproc://sinks",
                                     .ventilators_endpoint = "inproc://ventilators",
                                     .core = core_options_default};
    options.core.silent_ms = SILENT_MS;
    buffer_init(&s.body, BUFFER_LIMIT_DEFAULT);
    actor_prepare();
    ck_assert_int_eq(actor_open(&broker_role, &options, &s.broker, NULL), FAULT_NONE);
    s.ventilator = peer_open(s.context, "inproc://ventilators", PORT_DEALER);
    s.sink = peer_open(s.context, "inproc://sinks", PORT_DEALER);
    for (int i = 0; i < 2; i++)
        s.workers[i] = peer_open(s.context, "inproc://workers", PORT_DEALER);
    actor_run(s.broker);
    return s;
}

static void close_stage(struct stage *s)
{
    actor_stop(&s->broker);
    port_close(&s->ventilator);
    port_close(&s->sink);
    for (int i = 0; i < 2; i++)
        port_close(&s->workers[i]);
    port_context_destroy(&s->context);
    buffer_free(&s->body);
}

static void send_sink_beat(struct stage *s)
{
    empty_encode(&s->body);
    peer_send(s->sink, MESSAGE_HB, 0, &s->body, NULL);
}

static void say_hello(struct stage *s, int worker)
{
    hello_encode(&s->body, &(struct hello){.nonce = 10 + (unsigned)worker, .slots = 1, .build = SPAN("test")});
    peer_send(s->workers[worker], MESSAGE_HELLO, 0, &s->body, NULL);
}

static void join(struct stage *s, int worker)
{
    struct welcome welcome;
    say_hello(s, worker);
    ck_assert_int_eq(welcome_decode(peer_expect(s->workers[worker], MESSAGE_WELCOME).body, &welcome), FAULT_NONE);
    s->sessions[worker] = welcome.session;
}

/* Submits a job of n sources; the sink gets it and answers the batch. */
static void submit(struct stage *s, uint32_t n)
{
    struct buffer items;
    struct span bytes = SPAN("opaque");
    buffer_init(&items, BUFFER_LIMIT_DEFAULT);
    submit_encode(&s->body, &(struct submit){job});
    peer_send(s->ventilator, MESSAGE_SUBMIT, 0, &s->body, &bytes);
    plan_notice_encode(&s->body, &(struct plan_notice){job, sha256_of(bytes)});
    peer_send(s->ventilator, MESSAGE_PLAN, 0, &s->body, &bytes);
    for (uint32_t i = 0; i < n; i++) {
        struct source source = {.index = i, .path = SPAN("p"), .name = SPAN("n"), .identity = SPAN("i"), .reason = SPAN(""),
                                .size = 100};
        source_encode(&items, &source);
    }
    batch_encode(&s->body, &(struct batch){job, BATCH_SOURCES, 0, n, buffer_span(&items)});
    peer_send(s->ventilator, MESSAGE_CHUNK, 0, &s->body, NULL);
    ck_assert(span_is(peer_expect(s->sink, MESSAGE_JOB).blob, "opaque"));
    peer_expect(s->sink, MESSAGE_PLAN);
    peer_expect(s->sink, MESSAGE_SOURCES);
    ok_encode(&s->body, &(struct ok){job, 0});
    peer_send(s->sink, MESSAGE_OK, 0, &s->body, NULL);
    peer_expect(s->ventilator, MESSAGE_OK);
    seal_encode(&s->body, &(struct seal){job, n, n});
    peer_send(s->ventilator, MESSAGE_SEAL, 0, &s->body, NULL);
    peer_expect(s->ventilator, MESSAGE_PROGRESS);
    buffer_free(&items);
}

static struct job_items expect_tasks(struct stage *s, int worker, struct task *ret)
{
    struct job_items batch;
    struct cursor in;
    ck_assert_int_eq(task_batch_decode(peer_expect(s->workers[worker], MESSAGE_TASK).body, &batch), FAULT_NONE);
    cursor_init(&in, batch.items);
    for (uint32_t i = 0; i < batch.n && i < 4; i++)
        ck_assert_int_eq(task_next(&in, &ret[i]), FAULT_NONE);
    return batch;
}

static void send_stat(struct stage *s, int worker)
{
    stat_encode(&s->body, &(struct stat){0});
    peer_send(s->workers[worker], MESSAGE_STAT, s->sessions[worker], &s->body, NULL);
}

static void send_counted(struct stage *s, uint32_t first, uint32_t count)
{
    struct buffer items;
    buffer_init(&items, 64);
    range_encode(&items, &(struct range){first, count});
    job_items_encode(&s->body, &(struct job_items){job, 1, buffer_span(&items)});
    peer_send(s->sink, MESSAGE_COUNTED, 0, &s->body, NULL);
    buffer_free(&items);
}

static void send_final(struct stage *s, enum fault fault)
{
    struct final final = {.job = job, .used = 2};
    if (fault != FAULT_NONE)
        (void)why_set(&final.why, fault, "the sink says so");
    final_encode(&s->body, &final);
    peer_send(s->sink, MESSAGE_FINAL, 0, &s->body, NULL);
}

/* The end of the job, past the news before it. */
static struct final expect_end(struct stage *s)
{
    static struct final final;
    struct parcel parcel;
    for (;;) {
        port_wait(&s->ventilator, 1, NULL, PEER_WAIT_MS);
        ck_assert_int_eq(port_receive(s->ventilator, &parcel), FAULT_NONE);
        if (parcel.header.type == MESSAGE_JOB_DONE)
            break;
        ck_assert_int_eq(parcel.header.type, MESSAGE_PROGRESS);
    }
    ck_assert_int_eq(final_decode(parcel.body, &final), FAULT_NONE);
    return final;
}

START_TEST(a_job_goes_from_submit_to_its_end)
{
    struct stage s = open_stage();
    struct task tasks[4];
    struct finalize finalize;
    send_sink_beat(&s);
    submit(&s, 2);
    join(&s, 0);
    ck_assert(span_is(peer_expect(s.workers[0], MESSAGE_PLAN).blob, "opaque"));
    ck_assert_uint_eq(expect_tasks(&s, 0, tasks).n, 2); /* in one message */
    ck_assert_uint_eq(tasks[1].index, 1);
    ck_assert_uint_eq(tasks[1].source.size, 100);
    send_counted(&s, 0, 2);
    ck_assert_int_eq(finalize_decode(peer_expect(s.sink, MESSAGE_FINALIZE).body, &finalize), FAULT_NONE);
    ck_assert_uint_eq(finalize.sources, 2);
    ck_assert_uint_eq(finalize.counted, 2);
    send_final(&s, FAULT_NONE);
    struct final final = expect_end(&s);
    ck_assert_int_eq(final.why.fault, FAULT_NONE);
    ck_assert_uint_eq(final.used, 2);
    peer_expect(s.workers[0], MESSAGE_CANCEL); /* the plan may go */
    close_stage(&s);
}
END_TEST

START_TEST(the_tasks_of_a_silent_worker_go_to_another)
{
    struct stage s = open_stage();
    struct task tasks[4];
    send_sink_beat(&s);
    submit(&s, 2);
    join(&s, 0);
    peer_expect(s.workers[0], MESSAGE_PLAN);
    ck_assert_uint_eq(expect_tasks(&s, 0, tasks).n, 2);
    uint64_t lease = tasks[0].lease;
    join(&s, 1); /* and from here on worker 0 says nothing */
    peer_expect(s.workers[0], MESSAGE_BYE);
    struct parcel parcel = {0};
    while (parcel.header.type != MESSAGE_TASK) { /* a real worker: beats, and joins again if it was too slow here */
        port_wait(&s.workers[1], 1, NULL, SILENT_MS / 6);
        if (port_receive(s.workers[1], &parcel) != FAULT_NONE)
            send_stat(&s, 1);
        else if (parcel.header.type == MESSAGE_BYE && parcel.header.session == s.sessions[1])
            say_hello(&s, 1);
        else if (parcel.header.type == MESSAGE_WELCOME)
            s.sessions[1] = parcel.header.session;
    }
    struct job_items batch;
    struct cursor in;
    struct task task;
    ck_assert_int_eq(task_batch_decode(parcel.body, &batch), FAULT_NONE);
    cursor_init(&in, batch.items);
    ck_assert_int_eq(task_next(&in, &task), FAULT_NONE);
    ck_assert_uint_ne(task.lease, lease);
    ck_assert_uint_eq(task.attempt, 2);
    close_stage(&s);
}
END_TEST

START_TEST(a_failed_task_reaches_the_sink_with_its_reason)
{
    struct stage s = open_stage();
    struct task tasks[4];
    struct job_items batch;
    struct dead dead;
    struct cursor in;
    send_sink_beat(&s);
    submit(&s, 1);
    join(&s, 0);
    peer_expect(s.workers[0], MESSAGE_PLAN);
    ck_assert_uint_eq(expect_tasks(&s, 0, tasks).n, 1);
    struct fail fail = {.job = job, .lease = tasks[0].lease, .kind = FAIL_PERMANENT};
    (void)why_set(&fail.why, FAULT_ENCRYPTED, "remove the password");
    fail_encode(&s.body, &fail);
    peer_send(s.workers[0], MESSAGE_FAIL, s.sessions[0], &s.body, NULL);
    ck_assert_int_eq(dead_batch_decode(peer_expect(s.sink, MESSAGE_DEAD).body, &batch), FAULT_NONE);
    cursor_init(&in, batch.items);
    ck_assert_int_eq(dead_next(&in, &dead), FAULT_NONE);
    ck_assert_int_eq(dead.why.fault, FAULT_ENCRYPTED);
    ck_assert_str_eq(dead.why.text, "remove the password");
    peer_expect(s.sink, MESSAGE_FINALIZE);
    close_stage(&s);
}
END_TEST

START_TEST(a_stranger_is_told_to_begin_again)
{
    struct stage s = open_stage();
    s.sessions[0] = 4711;
    send_stat(&s, 0);
    ck_assert_uint_eq(peer_expect(s.workers[0], MESSAGE_BYE).header.session, 4711);
    close_stage(&s);
}
END_TEST

START_TEST(a_job_without_a_sink_is_refused)
{
    struct stage s = open_stage();
    struct span bytes = SPAN("opaque");
    struct err err;
    submit_encode(&s.body, &(struct submit){job});
    peer_send(s.ventilator, MESSAGE_SUBMIT, 0, &s.body, &bytes);
    ck_assert_int_eq(err_decode(peer_expect(s.ventilator, MESSAGE_ERR).body, &err), FAULT_NONE);
    ck_assert_int_eq(err.why.fault, FAULT_IO);
    close_stage(&s);
}
END_TEST

START_TEST(a_sink_that_goes_away_ends_its_jobs)
{
    struct stage s = open_stage();
    send_sink_beat(&s);
    submit(&s, 1);
    port_close(&s.sink);
    job_notice_encode(&s.body, &(struct job_notice){job});
    peer_send(s.ventilator, MESSAGE_CANCEL, 0, &s.body, NULL); /* now the broker has something to tell it */
    struct final final = expect_end(&s);
    ck_assert(final.why.fault == FAULT_CANCELLED || final.why.fault == FAULT_IO);
    close_stage(&s);
}
END_TEST

START_TEST(a_cancelled_job_ends_when_the_sink_has_closed_it)
{
    struct stage s = open_stage();
    struct task tasks[4];
    send_sink_beat(&s);
    submit(&s, 3);
    join(&s, 0);
    peer_expect(s.workers[0], MESSAGE_PLAN);
    expect_tasks(&s, 0, tasks);
    job_notice_encode(&s.body, &(struct job_notice){job});
    peer_send(s.ventilator, MESSAGE_CANCEL, 0, &s.body, NULL);
    peer_expect(s.workers[0], MESSAGE_CANCEL);
    peer_expect(s.sink, MESSAGE_CLOSE);
    send_final(&s, FAULT_CANCELLED);
    ck_assert_int_eq(expect_end(&s).why.fault, FAULT_CANCELLED);
    close_stage(&s);
}
END_TEST

START_TEST(garbage_harms_nobody)
{
    struct stage s = open_stage();
    send_sink_beat(&s);
    join(&s, 0);
    for (int type = 1; type < 60; type++) {
        if (message_name((uint8_t)type)[0] == '?' || type == MESSAGE_BYE)
            continue;
        buffer_put_text(&s.body, "\x95\x01\xdd\xff\xff\xff\xff");
        peer_send(s.workers[0], (uint8_t)type, s.sessions[0], &s.body, NULL);
        buffer_put_text(&s.body, "\x91\xc4\x10 short");
        peer_send(s.ventilator, (uint8_t)type, 0, &s.body, NULL);
        buffer_put_text(&s.body, "\x96\xc4\x10 short");
        peer_send(s.sink, (uint8_t)type, 0, &s.body, NULL);
    }
    submit(&s, 1);
    struct task tasks[4];
    send_stat(&s, 0);
    peer_expect(s.workers[0], MESSAGE_PLAN);
    ck_assert_uint_eq(expect_tasks(&s, 0, tasks).n, 1);
    close_stage(&s);
}
END_TEST

SUITE(broker_actor, a_job_goes_from_submit_to_its_end, the_tasks_of_a_silent_worker_go_to_another,
      a_failed_task_reaches_the_sink_with_its_reason, a_stranger_is_told_to_begin_again, a_job_without_a_sink_is_refused,
      a_sink_that_goes_away_ends_its_jobs, a_cancelled_job_ends_when_the_sink_has_closed_it, garbage_harms_nobody)

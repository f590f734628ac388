/* SPDX-License-Identifier: MIT
 *
 * The sink as an actor, with the test as its broker and its worker and a merge that only keeps bytes.
 */
#include "core/hash.h"
#include "core/must.h"
#include "sink/sink.h"
#include "tests/support/peer.h"
#include "wire/assembly.h"
#include "wire/delivery.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

/* --- a merge of up to eight sources --- */

struct toy {
    struct buffer partials[8];
    bool is_there[8];
};

static enum fault toy_open(const struct job *job, struct span plan, struct merge **ret, struct why *why)
{
    (void)job;
    if (span_is(plan, "bad plan"))
        return why_set(why, FAULT_IO, "no room for a spool");
    *ret = must_alloc(sizeof(struct toy));
    return FAULT_NONE;
}

static void toy_destroy(struct merge **merge)
{
    struct toy *self = (struct toy *)*merge;
    for (int i = 0; i < 8; i++)
        free(self->partials[i].data);
    free(self);
    *merge = NULL;
}

static void toy_source(struct merge *merge, const struct source *source)
{
    (void)merge;
    (void)source;
}

static void toy_issue(struct merge *merge, const struct issue *issue)
{
    (void)merge;
    (void)issue;
}

static enum fault toy_add(struct merge *merge, uint32_t source, struct span bytes, struct sha256 sha,
                          enum merge_verdict *ret, struct why *why)
{
    struct toy *self = (struct toy *)merge;
    (void)why;
    struct buffer *kept = &self->partials[source];
    if (!sha256_equal(sha, message_digest(bytes))) {
        *ret = MERGE_CORRUPT;
    } else if (self->is_there[source]) {
        *ret = span_equal(buffer_span(kept), bytes) ? MERGE_AGAIN : MERGE_CONFLICT;
    } else {
        self->is_there[source] = true;
        buffer_init(kept, 1000);
        buffer_put(kept, bytes);
        *ret = MERGE_COUNTED;
    }
    return FAULT_NONE;
}

static void toy_failed(struct merge *merge, uint32_t source, enum fault fault, struct span reason)
{
    (void)merge;
    (void)source;
    ck_assert_int_eq(fault, FAULT_CORRUPT);
    ck_assert(span_is(reason, "it is cut off"));
}

static enum fault toy_finish(struct merge *merge, merge_progress *progress, void *context, struct merge_summary *ret,
                             struct why *why)
{
    struct toy *self = (struct toy *)merge;
    (void)why;
    (void)progress;
    (void)context;
    for (int i = 0; i < 8; i++)
        ret->used += self->is_there[i];
    return FAULT_NONE;
}

static enum fault toy_each_issue(struct merge *merge,
                                 enum fault (*visit)(void *, const struct issue *, const struct source *), void *context)
{
    (void)merge;
    (void)visit;
    (void)context;
    return FAULT_NONE;
}

static const struct sink_craft toy = {toy_open, toy_destroy, toy_source, toy_issue,
                                      toy_add,  toy_failed,  toy_finish, toy_each_issue};

/* --- the sink between two ports of ours --- */

static const struct job_id job = {{1}};
static const struct sha256 plan = {{7}};

struct stage {
    void *context;
    struct actor *sink;
    struct port *broker, *worker;
    struct peer peer; /* the sink, for our broker's port */
    struct buffer body;
};

static struct stage open_stage(void)
{
    struct stage s = {.context = port_context_new(0, 32)};
    struct sink_options options = {s.context, "inproc://partials", "inproc://broker", &toy};
    buffer_init(&s.body, BUFFER_LIMIT_DEFAULT);
    actor_prepare();
    s.broker = peer_open(s.context, "inproc://broker", PORT_ROUTER);
    ck_assert_int_eq(actor_open(&sink_role, &options, &s.sink, NULL), FAULT_NONE);
    s.worker = peer_open(s.context, "inproc://partials", PORT_DEALER);
    actor_run(s.sink);
    s.peer = peer_expect(s.broker, MESSAGE_HB).peer;
    return s;
}

static void close_stage(struct stage *s)
{
    actor_stop(&s->sink);
    port_close(&s->broker);
    port_close(&s->worker);
    port_context_destroy(&s->context);
    buffer_free(&s->body);
}

static void tell(struct stage *s, uint8_t type, const struct span *blob)
{
    ck_assert_int_eq(port_send(s->broker, &s->peer, type, 0, buffer_span(&s->body), blob), FAULT_NONE);
    buffer_clear(&s->body);
}

static void open_job(struct stage *s, const char *plan_bytes)
{
    struct job described;
    struct buffer message;
    struct span plan_span = span_of(plan_bytes);
    job_init(&described);
    buffer_init(&message, BUFFER_LIMIT_DEFAULT);
    job_encode(&message, &described);
    struct span message_span = buffer_span(&message);
    job_opening_encode(&s->body, &(struct job_opening){.job = job});
    tell(s, MESSAGE_JOB, &message_span);
    plan_notice_encode(&s->body, &(struct plan_notice){job, plan});
    tell(s, MESSAGE_PLAN, &plan_span);
    buffer_free(&message);
    job_free(&described);
}

static void add_sources(struct stage *s, uint32_t n)
{
    struct buffer items;
    buffer_init(&items, BUFFER_LIMIT_DEFAULT);
    for (uint32_t i = 0; i < n; i++) {
        struct source source = {.index = i, .path = SPAN("p"), .name = SPAN("n"), .identity = SPAN("i"), .reason = SPAN("")};
        source_encode(&items, &source);
    }
    batch_encode(&s->body, &(struct batch){job, BATCH_SOURCES, 0, n, buffer_span(&items)});
    tell(s, MESSAGE_SOURCES, NULL);
    peer_expect(s->broker, MESSAGE_OK);
    buffer_free(&items);
}

static void send_partial(struct stage *s, uint32_t index, const char *text, bool is_true)
{
    struct span bytes = span_of(text);
    struct delivery delivery = {.job = job, .index = index, .plan = plan, .sha = message_digest(bytes)};
    delivery.sha.bytes[0] ^= !is_true;
    delivery_encode(&s->body, &delivery);
    peer_send(s->worker, MESSAGE_PARTIAL, 5, &s->body, &bytes);
}

static void expect_nak(struct stage *s, enum nak_reason reason)
{
    struct nak nak;
    ck_assert_int_eq(nak_decode(peer_expect(s->worker, MESSAGE_NAK).body, &nak), FAULT_NONE);
    ck_assert_int_eq(nak.reason, reason);
}

static struct final expect_final(struct stage *s)
{
    static struct final final;
    ck_assert_int_eq(final_decode(peer_expect(s->broker, MESSAGE_FINAL).body, &final), FAULT_NONE);
    return final;
}

static void finalize(struct stage *s, uint32_t sources, uint32_t counted, uint32_t dead)
{
    finalize_encode(&s->body, &(struct finalize){job, sources, counted, dead});
    tell(s, MESSAGE_FINALIZE, NULL);
}

START_TEST(a_partial_that_comes_again_is_counted_once_and_answered_twice)
{
    struct stage s = open_stage();
    open_job(&s, "plan");
    add_sources(&s, 1);
    for (int i = 0; i < 2; i++) {
        send_partial(&s, 0, "bytes", true);
        peer_expect(s.broker, MESSAGE_COUNTED);
        peer_expect(s.worker, MESSAGE_COUNTED);
    }
    finalize(&s, 1, 1, 0);
    ck_assert_uint_eq(expect_final(&s).used, 1);
    close_stage(&s);
}
END_TEST

START_TEST(other_bytes_for_the_same_source_are_a_conflict)
{
    struct stage s = open_stage();
    open_job(&s, "plan");
    add_sources(&s, 1);
    send_partial(&s, 0, "bytes", true);
    peer_expect(s.worker, MESSAGE_COUNTED);
    send_partial(&s, 0, "others", true);
    expect_nak(&s, NAK_CONFLICT);
    close_stage(&s);
}
END_TEST

START_TEST(damaged_bytes_and_foreign_plans_are_corrupt)
{
    struct stage s = open_stage();
    open_job(&s, "plan");
    add_sources(&s, 1);
    send_partial(&s, 0, "bytes", false);
    expect_nak(&s, NAK_CORRUPT);
    struct span bytes = SPAN("x");
    delivery_encode(&s.body, &(struct delivery){.job = job, .plan = {{9}}, .sha = message_digest(bytes)});
    peer_send(s.worker, MESSAGE_PARTIAL, 5, &s.body, &bytes);
    expect_nak(&s, NAK_CORRUPT);
    close_stage(&s);
}
END_TEST

START_TEST(a_partial_ahead_of_its_source_waits_for_its_sender)
{
    struct stage s = open_stage();
    send_partial(&s, 0, "bytes", true); /* ahead of its job */
    peer_expect_silence(s.worker, 50);
    open_job(&s, "plan");
    add_sources(&s, 1);
    send_partial(&s, 1, "bytes", true); /* no such source yet */
    peer_expect_silence(s.worker, 50);
    send_partial(&s, 0, "bytes", true);
    peer_expect(s.worker, MESSAGE_COUNTED);
    close_stage(&s);
}
END_TEST

START_TEST(nothing_is_written_while_the_figures_disagree)
{
    struct stage s = open_stage();
    struct mismatch mismatch;
    struct job_items counted;
    open_job(&s, "plan");
    add_sources(&s, 3);
    send_partial(&s, 0, "a", true);
    send_partial(&s, 2, "c", true);
    peer_expect(s.broker, MESSAGE_COUNTED);
    peer_expect(s.broker, MESSAGE_COUNTED);
    finalize(&s, 3, 3, 0);
    ck_assert_int_eq(counted_decode(peer_expect(s.broker, MESSAGE_SYNC).body, &counted), FAULT_NONE);
    ck_assert_uint_eq(counted.n, 2); /* two ranges: 0 and 2 */
    ck_assert_int_eq(mismatch_decode(peer_expect(s.broker, MESSAGE_MISMATCH).body, &mismatch), FAULT_NONE);
    ck_assert_uint_eq(mismatch.counted, 2);
    send_partial(&s, 1, "b", true);
    peer_expect(s.broker, MESSAGE_COUNTED);
    finalize(&s, 3, 3, 0);
    ck_assert_uint_eq(expect_final(&s).used, 3);
    finalize(&s, 3, 3, 0); /* the answer was lost */
    ck_assert_uint_eq(expect_final(&s).used, 3);
    send_partial(&s, 1, "b", true);
    for (int i = 0; i < 3; i++)
        peer_expect(s.worker, MESSAGE_COUNTED);
    expect_nak(&s, NAK_CLOSED);
    close_stage(&s);
}
END_TEST

START_TEST(a_dead_source_is_not_counted_any_more)
{
    struct stage s = open_stage();
    struct buffer items;
    struct dead dead = {.index = 0};
    buffer_init(&items, 4000);
    (void)why_set(&dead.why, FAULT_CORRUPT, "it is cut off");
    dead_encode(&items, &dead);
    open_job(&s, "plan");
    add_sources(&s, 2);
    send_partial(&s, 1, "b", true);
    peer_expect(s.broker, MESSAGE_COUNTED);
    for (int i = 0; i < 2; i++) { /* said again with the second FINALIZE */
        job_items_encode(&s.body, &(struct job_items){job, 1, buffer_span(&items)});
        tell(&s, MESSAGE_DEAD, NULL);
    }
    finalize(&s, 2, 1, 0);
    peer_expect(s.broker, MESSAGE_SYNC);
    peer_expect(s.broker, MESSAGE_MISMATCH);
    send_partial(&s, 0, "a", true);
    peer_expect(s.worker, MESSAGE_COUNTED);
    expect_nak(&s, NAK_CLOSED);
    finalize(&s, 2, 1, 1);
    ck_assert_uint_eq(expect_final(&s).used, 1);
    buffer_free(&items);
    close_stage(&s);
}
END_TEST

START_TEST(a_job_that_cannot_be_opened_ends_with_the_reason)
{
    struct stage s = open_stage();
    open_job(&s, "bad plan");
    struct final final = expect_final(&s);
    ck_assert_int_eq(final.why.fault, FAULT_IO);
    ck_assert_str_eq(final.why.text, "no room for a spool");
    job_notice_encode(&s.body, &(struct job_notice){job});
    tell(&s, MESSAGE_CLOSE, NULL);
    ck_assert_int_eq(expect_final(&s).why.fault, FAULT_IO); /* the last word stays */
    close_stage(&s);
}
END_TEST

START_TEST(a_closed_job_is_cancelled_and_so_is_one_that_never_was)
{
    struct stage s = open_stage();
    for (int i = 0; i < 2; i++) {
        job_notice_encode(&s.body, &(struct job_notice){job});
        tell(&s, MESSAGE_CLOSE, NULL);
        ck_assert_int_eq(expect_final(&s).why.fault, FAULT_CANCELLED);
        if (i == 0)
            open_job(&s, "plan");
    }
    close_stage(&s);
}
END_TEST

START_TEST(garbage_harms_nobody)
{
    struct stage s = open_stage();
    open_job(&s, "plan");
    add_sources(&s, 1);
    static const uint8_t types[] = {MESSAGE_PARTIAL, MESSAGE_OPEN, MESSAGE_TASK, MESSAGE_FINAL};
    for (size_t i = 0; i < sizeof types; i++) {
        buffer_put_text(&s.body, "\xdd\xff\xff\xff\xff not a message");
        peer_send(s.worker, types[i], 5, &s.body, NULL);
    }
    static const uint8_t orders[] = {MESSAGE_JOB, MESSAGE_PLAN, MESSAGE_SOURCES, MESSAGE_DEAD, MESSAGE_FINALIZE, MESSAGE_CLOSE};
    for (size_t i = 0; i < sizeof orders; i++) {
        buffer_put_text(&s.body, "\x91\xc4\x10 too short");
        tell(&s, orders[i], NULL);
    }
    send_partial(&s, 0, "bytes", true);
    peer_expect(s.broker, MESSAGE_COUNTED);
    finalize(&s, 1, 1, 0);
    ck_assert_uint_eq(expect_final(&s).used, 1);
    close_stage(&s);
}
END_TEST

SUITE(sink_actor, a_partial_that_comes_again_is_counted_once_and_answered_twice,
      other_bytes_for_the_same_source_are_a_conflict, damaged_bytes_and_foreign_plans_are_corrupt,
      a_partial_ahead_of_its_source_waits_for_its_sender, nothing_is_written_while_the_figures_disagree,
      a_dead_source_is_not_counted_any_more, a_job_that_cannot_be_opened_ends_with_the_reason,
      a_closed_job_is_cancelled_and_so_is_one_that_never_was, garbage_harms_nobody)

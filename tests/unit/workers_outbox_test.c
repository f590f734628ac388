/* SPDX-License-Identifier: MIT */
#include "tests/support/suite.h"
#include "workers/outbox.h"

static const struct job_id job = {{1}}, other = {{2}};

static void add(struct outbox *outbox, struct job_id id, uint32_t index, size_t size, int64_t now)
{
    struct buffer bytes;
    struct delivery delivery = {.job = id, .index = index};
    buffer_init(&bytes, BUFFER_LIMIT_DEFAULT);
    for (size_t i = 0; i < size; i++)
        buffer_put_char(&bytes, 'x');
    outbox_add(outbox, &delivery, 100 + index, &bytes, now);
    ck_assert_ptr_null(bytes.data); /* taken over */
}

START_TEST(a_partial_is_sent_at_once_and_then_ever_more_rarely)
{
    struct outbox outbox = {0};
    add(&outbox, job, 1, 10, 0);
    static const int64_t due[] = {0, 1000, 3000, 7000, 15000, 23000};
    for (unsigned i = 0; i < 6; i++) {
        ck_assert_int_eq(outbox_deadline(&outbox), due[i]);
        ck_assert_ptr_null(outbox_due(&outbox, due[i] - 1));
        struct parting *parting = outbox_due(&outbox, due[i]);
        ck_assert_ptr_nonnull(parting);
        outbox_sent(parting, due[i]);
    }
    outbox_free(&outbox);
}
END_TEST

START_TEST(a_sink_that_is_full_is_asked_again_soon)
{
    struct outbox outbox = {0};
    add(&outbox, job, 1, 10, 0);
    outbox_refused(outbox_due(&outbox, 0), 0);
    ck_assert_int_eq(outbox_deadline(&outbox), 20);
    outbox_free(&outbox);
}
END_TEST

START_TEST(room_is_what_the_sink_grants)
{
    struct outbox outbox = {0};
    ck_assert(!outbox_has_room(&outbox));
    outbox.grant = (struct grant){2, 100};
    ck_assert(outbox_has_room(&outbox));
    add(&outbox, job, 1, 500, 0); /* one larger than all is allowed alone */
    ck_assert(!outbox_has_room(&outbox));
    ck_assert_uint_eq(outbox_remove(&outbox, job, 1, 0), 101);
    add(&outbox, job, 2, 10, 0);
    ck_assert(outbox_has_room(&outbox));
    add(&outbox, job, 3, 10, 0);
    ck_assert(!outbox_has_room(&outbox));
    ck_assert_uint_eq(outbox.bytes, 20);
    outbox_free(&outbox);
}
END_TEST

START_TEST(counted_takes_out_what_it_names_and_nothing_else)
{
    struct outbox outbox = {0};
    for (uint32_t i = 0; i < 6; i++)
        add(&outbox, i == 2 ? other : job, i, 1, 0);
    outbox_counted(&outbox, job, (struct range){1, 3});
    ck_assert_uint_eq(outbox.n, 4); /* 0, 2 of the other job, 4, 5 */
    outbox_counted(&outbox, job, (struct range){UINT32_MAX, 0});
    ck_assert_uint_eq(outbox.n, 4);
    outbox_drop_job(&outbox, job);
    ck_assert_uint_eq(outbox.n, 1);
    ck_assert_uint_eq(outbox_remove(&outbox, job, 2, 0), 0);
    ck_assert_uint_eq(outbox_remove(&outbox, other, 2, 1), 0);
    ck_assert_uint_eq(outbox_remove(&outbox, other, 2, 0), 102);
    ck_assert_uint_eq(outbox.bytes, 0);
    outbox_free(&outbox);
}
END_TEST

SUITE(workers_outbox, a_partial_is_sent_at_once_and_then_ever_more_rarely, a_sink_that_is_full_is_asked_again_soon,
      room_is_what_the_sink_grants, counted_takes_out_what_it_names_and_nothing_else)

/* SPDX-License-Identifier: MIT */
#include "tests/support/suite.h"
#include "wire/assembly.h"
#include "wire/delivery.h"
#include "wire/header.h"
#include "wire/session.h"
#include "wire/submit.h"
#include "wire/task.h"

static const struct job_id job = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
static const struct sha256 sha = {{0xde, 0xad, 0xbe, 0xef}};

static struct why sample_why(void)
{
    struct why why;
    (void)why_set(&why, FAULT_CORRUPT, "row data ends early: save the file again");
    why_at_part(&why, SPAN("xl/worksheets/sheet1.xml"));
    why_at_sheet(&why, SPAN("Ausz\xC3\xBCge"));
    why_at_cell(&why, 7, 2);
    return why;
}

static struct source sample_source(uint32_t index)
{
    return (struct source){.index = index,
                           .path = SPAN("/data/north/A1.xlsx"),
                           .name = SPAN("north/A1.xlsx"),
                           .identity = SPAN("A1"),
                           .sha = sha,
                           .size = 5000000000u,
                           .mtime_ns = -1};
}

/* Every message once, as its bytes; one more array item at the end is what a later version would send. */
#define ROUND_TRIP_AS(type, name, value)                                     \
    do {                                                                     \
        struct type before = value, after;                                   \
        memset(&after, 0xA5, sizeof after);                                  \
        struct buffer first, second;                                         \
        buffer_init(&first, BUFFER_LIMIT_DEFAULT);                           \
        buffer_init(&second, BUFFER_LIMIT_DEFAULT);                          \
        type##_encode(&first, &before);                                      \
        ck_assert_int_eq(name##_decode(buffer_span(&first), &after), FAULT_NONE); \
        type##_encode(&second, &after);                                      \
        ck_assert_uint_eq(first.len, second.len);                            \
        ck_assert_mem_eq(first.data, second.data, first.len);                \
        refuse_broken(&first, decode_##name, #name);                         \
        buffer_free(&first);                                                 \
        buffer_free(&second);                                                \
    } while (0)

#define ROUND_TRIP(name, value) ROUND_TRIP_AS(name, name, value)
#define ROUND_TRIP_ITEMS(name, n, items) \
    ROUND_TRIP_AS(job_items, name, ((struct job_items){job, n, buffer_span(&items)}))

#define DECODER_AS(type, name)                             \
    static enum fault decode_##name(struct span body)      \
    {                                                      \
        struct type message;                               \
        return name##_decode(body, &message);              \
    }
#define DECODER(name) DECODER_AS(name, name)
DECODER(hello)
DECODER(welcome)
DECODER(stat)
DECODER(drain)
DECODER(plan_notice)
DECODER_AS(job_items, task_batch)
DECODER_AS(job_items, done_batch)
DECODER(fail)
DECODER(job_notice)
DECODER(opening)
DECODER(grant)
DECODER(delivery)
DECODER_AS(job_items, counted)
DECODER(nak)
DECODER(job_opening)
DECODER_AS(job_items, dead_batch)
DECODER(finalize)
DECODER(mismatch)
DECODER(writing)
DECODER(final)
DECODER(submit)
DECODER(batch)
DECODER(seal)
DECODER(ok)
DECODER(progress)
DECODER(err)

/* Each cut is refused; a byte behind the array is refused; a field more is accepted. */
static void refuse_broken(struct buffer *whole, enum fault (*decode)(struct span), const char *name)
{
    struct span body = buffer_span(whole);
    for (size_t len = 0; len < body.len; len++)
        ck_assert_msg(decode(span_make(body.data, len)) != FAULT_NONE, "%s cut at %zu", name, len);
    struct buffer more;
    buffer_init(&more, BUFFER_LIMIT_DEFAULT);
    buffer_put(&more, body);
    pack_nil(&more);
    ck_assert_msg(decode(buffer_span(&more)) == FAULT_PROTOCOL, "%s with a byte behind it", name);
    unsigned char tag = (unsigned char)more.data[0];
    if ((tag & 0xF0) == 0x90 && (tag & 0x0F) < 15) {
        more.data[0]++;
        ck_assert_msg(decode(buffer_span(&more)) == FAULT_NONE, "%s of a later version", name);
    }
    buffer_free(&more);
}

START_TEST(each_message_of_a_session_is_read_back)
{
    struct buffer held;
    buffer_init(&held, 1000);
    pack_u64(&held, 1);
    pack_u64(&held, UINT64_MAX);
    struct span items = buffer_span(&held);
    ROUND_TRIP(hello, ((struct hello){77, 1ull << 40 | 3, 4, items, 2, SPAN("sheaf 1")}));
    ROUND_TRIP(welcome, ((struct welcome){1ull << 40 | 4, 1, 500, 8}));
    ROUND_TRIP(stat, ((struct stat){1, 3, 1u << 30, items, 2}));
    ROUND_TRIP(drain, ((struct drain){1}));
    buffer_free(&held);
}
END_TEST

START_TEST(each_message_about_tasks_is_read_back)
{
    struct buffer record, items;
    buffer_init(&record, 4000);
    buffer_init(&items, 4000);
    struct source source = sample_source(9);
    source_encode(&record, &source);
    for (uint32_t i = 0; i < 3; i++)
        task_encode(&items, &(struct task){.index = 9 + i, .lease = 5 + i, .attempt = 1}, buffer_span(&record));
    ROUND_TRIP(plan_notice, ((struct plan_notice){job, sha}));
    ROUND_TRIP_ITEMS(task_batch, 3, items);
    struct cursor in;
    cursor_init(&in, buffer_span(&items));
    struct task task;
    ck_assert_int_eq(task_next(&in, &task), FAULT_NONE);
    ck_assert_uint_eq(task.lease, 5);
    ck_assert(span_is(task.source.name, "north/A1.xlsx"));
    buffer_clear(&items);
    done_encode(&items, &(struct done){9, 5, 1234567890123});
    ROUND_TRIP_ITEMS(done_batch, 1, items);
    ROUND_TRIP(fail, ((struct fail){job, 9, 0, 5, FAIL_CRASH, sample_why()}));
    ROUND_TRIP(job_notice, ((struct job_notice){job}));
    buffer_free(&record);
    buffer_free(&items);
}
END_TEST

START_TEST(each_message_about_partials_is_read_back)
{
    struct buffer items;
    buffer_init(&items, 4000);
    range_encode(&items, &(struct range){0, 3});
    range_encode(&items, &(struct range){UINT32_MAX, 0});
    ROUND_TRIP(opening, ((struct opening){1ull << 40 | 4}));
    ROUND_TRIP(grant, ((struct grant){64, 32u << 20}));
    ROUND_TRIP(delivery, ((struct delivery){job, 9, 0, sha, sha}));
    ROUND_TRIP_ITEMS(counted, 2, items);
    ROUND_TRIP(nak, ((struct nak){job, 9, 0, NAK_CONFLICT, sample_why()}));
    buffer_free(&items);
}
END_TEST

START_TEST(each_message_of_the_sink_is_read_back)
{
    struct buffer items;
    buffer_init(&items, 4000);
    dead_encode(&items, &(struct dead){4, sample_why()});
    ROUND_TRIP(job_opening, ((struct job_opening){job, sha}));
    ROUND_TRIP_ITEMS(dead_batch, 1, items);
    ROUND_TRIP(finalize, ((struct finalize){job, 10, 8, 1}));
    ROUND_TRIP(mismatch, ((struct mismatch){job, 10, 7, 1}));
    ROUND_TRIP(writing, ((struct writing){job, 1, 2}));
    struct final final = {.job = job, .sources = 3, .used = 1, .failed = 1, .rejected = 1, .contributions = 1ull << 40};
    final.why = sample_why();
    final.output_path = SPAN("/tmp/out.xlsx");
    final.rows = 5000000;
    final.columns = 23;
    final.row_counts = (struct stack_counts){5000000, 1, 2, 3, 4, 5, 6, 7, 8, 1ull << 33};
    final.n_samples = 2;
    final.samples[1] = (struct final_sample){SPAN("Jan"), SPAN("B7"), SPAN("Total"), SPAN("12.5"), 3};
    ROUND_TRIP(final, final);
    buffer_free(&items);
}
END_TEST

START_TEST(each_message_of_a_client_is_read_back)
{
    struct buffer items;
    buffer_init(&items, 4000);
    struct source source = sample_source(0);
    source_encode(&items, &source);
    ROUND_TRIP(submit, ((struct submit){job}));
    ROUND_TRIP(batch, ((struct batch){job, BATCH_SOURCES, 2, 1, buffer_span(&items)}));
    buffer_clear(&items);
    struct issue issue = {.code = ISSUE_TEXT_AMBIGUOUS, .source = 5, .sheet = SPAN("Jan"), .row = 3, .col = 2, .count = 1};
    placed_issue_encode(&items, &issue);
    ROUND_TRIP(batch, ((struct batch){job, BATCH_ISSUES, 0, 1, buffer_span(&items)}));
    struct cursor in;
    cursor_init(&in, buffer_span(&items));
    struct issue back;
    ck_assert_int_eq(placed_issue_next(&in, &back), FAULT_NONE);
    ck_assert_uint_eq(back.source, 5);
    ROUND_TRIP(seal, ((struct seal){job, 10, 9}));
    ROUND_TRIP(ok, ((struct ok){job, 3}));
    ROUND_TRIP(progress, ((struct progress){job, PROGRESS_WRITING, 10, 9, 1, 5, 4, 3, 2, 1, SPAN("A1.xlsx")}));
    ROUND_TRIP(err, ((struct err){job, sample_why()}));
    buffer_free(&items);
}
END_TEST

START_TEST(a_reason_keeps_its_place)
{
    struct buffer b;
    buffer_init(&b, 4000);
    struct why why = sample_why(), back;
    pack_why(&b, &why);
    struct cursor in;
    cursor_init(&in, buffer_span(&b));
    cursor_why(&in, &back);
    ck_assert_int_eq(in.fault, FAULT_NONE);
    ck_assert_int_eq(back.fault, FAULT_CORRUPT);
    ck_assert_str_eq(back.part, why.part);
    ck_assert_str_eq(back.sheet, why.sheet);
    ck_assert_str_eq(back.text, why.text);
    ck_assert_uint_eq(back.row, 7);
    ck_assert_uint_eq(back.col, 2);
    buffer_free(&b);
}
END_TEST

START_TEST(an_item_of_the_wrong_kind_is_refused)
{
    struct buffer items, body;
    buffer_init(&items, 4000);
    buffer_init(&body, 4000);
    struct source source = sample_source(0);
    source_encode(&items, &source);
    struct batch batch = {job, BATCH_ISSUES, 0, 1, buffer_span(&items)}, back;
    batch_encode(&body, &batch);
    ck_assert_int_eq(batch_decode(buffer_span(&body), &back), FAULT_PROTOCOL);
    buffer_clear(&items);
    buffer_clear(&body);
    range_encode(&items, &(struct range){UINT32_MAX, 1});
    struct job_items counted = {job, 1, buffer_span(&items)}, counted_back;
    job_items_encode(&body, &counted);
    ck_assert_int_eq(counted_decode(buffer_span(&body), &counted_back), FAULT_PROTOCOL);
    buffer_free(&items);
    buffer_free(&body);
}
END_TEST

START_TEST(a_header_is_24_big_endian_bytes)
{
    static const unsigned char want[HEADER_BYTES] = {0x53, 0x48, 1, 11, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2,
                                                     0,    0,    0, 0,  0, 0, 0, 9};
    unsigned char frame[HEADER_BYTES + 1];
    header_encode(frame, &(struct header){.type = MESSAGE_TASK, .session = 1ull << 40 | 2, .sequence = 9});
    ck_assert_mem_eq(frame, want, HEADER_BYTES);
    frame[HEADER_BYTES] = 0x90;
    struct header header;
    struct span body;
    ck_assert_int_eq(header_decode(span_make(frame, sizeof frame), &header, &body), FAULT_NONE);
    ck_assert_uint_eq(header.type, MESSAGE_TASK);
    ck_assert_uint_eq(header.session, 1ull << 40 | 2);
    ck_assert_uint_eq(header.sequence, 9);
    ck_assert_uint_eq(body.len, 1);
    ck_assert_int_eq(header_decode(span_make(frame, 23), &header, &body), FAULT_PROTOCOL);
    frame[2] = 2;
    ck_assert_int_eq(header_decode(span_make(frame, sizeof frame), &header, &body), FAULT_VERSION);
    frame[2] = 1;
    frame[3] = 255;
    ck_assert_int_eq(header_decode(span_make(frame, sizeof frame), &header, &body), FAULT_PROTOCOL);
    frame[3] = MESSAGE_TASK;
    frame[0] = 'X';
    ck_assert_int_eq(header_decode(span_make(frame, sizeof frame), &header, &body), FAULT_PROTOCOL);
    ck_assert_str_eq(message_name(MESSAGE_JOB_DONE), "JOB_DONE");
}
END_TEST

SUITE(wire_messages, each_message_of_a_session_is_read_back, each_message_about_tasks_is_read_back,
      each_message_about_partials_is_read_back, each_message_of_the_sink_is_read_back,
      each_message_of_a_client_is_read_back, a_reason_keeps_its_place, an_item_of_the_wrong_kind_is_refused,
      a_header_is_24_big_endian_bytes)

/* SPDX-License-Identifier: MIT */
#include "tests/support/suite.h"
#include "wire/cursor.h"
#include "wire/issue.h"
#include "wire/job.h"
#include "wire/source.h"

START_TEST(a_job_survives_its_message_byte_for_byte)
{
    struct job job, back;
    job_init(&job);
    struct span inputs[] = {SPAN("returns"), SPAN("more/*.xlsx")};
    struct color_role colors[] = {{0xFF8C00, true, FUNCTION_SUM}, {0x00FF00, false, FUNCTION_MAX}};
    struct alias aliases[] = {{SPAN("Headcount*"), SPAN("Headcount")}};
    job.inputs = inputs, job.n_inputs = 2;
    job.colors = colors, job.n_colors = 2;
    job.aliases = aliases, job.n_aliases = 1;
    job.function = FUNCTION_MEDIAN;
    job.drift = DRIFT_ALIGN;
    job.links = false;
    job.template_path = SPAN("/t.xlsx");
    job.max_failed = 7;
    memcpy(job.id, "0123456789abcdef", 16);
    struct buffer first, second;
    buffer_init(&first, BUFFER_LIMIT_DEFAULT);
    buffer_init(&second, BUFFER_LIMIT_DEFAULT);
    job_encode(&first, &job);
    ck_assert_int_eq(job_decode(buffer_span(&first), &back), FAULT_NONE);
    job_encode(&second, &back);
    ck_assert(span_equal(buffer_span(&first), buffer_span(&second)));
    ck_assert_uint_eq(back.n_inputs, 2);
    ck_assert(span_is(back.inputs[1], "more/*.xlsx"));
    ck_assert_uint_eq(back.colors[1].function, FUNCTION_MAX);
    ck_assert(!back.links && back.notes);
    for (size_t cut = 0; cut < first.len; cut++) {
        struct job none;
        ck_assert_int_eq(job_decode(span_make(first.data, cut), &none), FAULT_PROTOCOL);
    }
    job_free(&back);
    job_free(&job);
    buffer_free(&first);
    buffer_free(&second);
}
END_TEST

START_TEST(functions_have_names_in_any_case)
{
    enum function f;
    ck_assert(function_find(SPAN(" AVG "), &f) && f == FUNCTION_AVERAGE);
    ck_assert(function_find(SPAN("StDevP"), &f) && f == FUNCTION_STDEVP);
    ck_assert(!function_find(SPAN("total"), &f));
}
END_TEST

START_TEST(identities_that_clash_get_their_folder_then_a_number)
{
    struct source s[5] = {
        {.index = 0, .name = SPAN("north/A1.xlsx"), .identity = SPAN("A1")},
        {.index = 1, .name = SPAN("south/a1.xlsx"), .identity = SPAN("a1")},
        {.index = 2, .name = SPAN("x/south/A1.xlsm"), .identity = SPAN("A1")},
        {.index = 3, .name = SPAN("A1.xlsx"), .identity = SPAN("A1")},
        {.index = 4, .name = SPAN("B.xlsx"), .identity = SPAN("B")},
    };
    struct arena *arena = arena_new(1 << 20);
    source_unique(s, 5, arena, NULL, NULL);
    ck_assert(span_is(s[0].identity, "A1"));
    ck_assert(span_is(s[1].identity, "south/a1"));
    ck_assert(span_is(s[2].identity, "south/A1#2"));
    ck_assert(span_is(s[3].identity, "A1#2"));
    ck_assert(span_is(s[4].identity, "B"));
    arena_destroy(&arena);
}
END_TEST

START_TEST(issues_and_sources_survive_their_messages)
{
    struct buffer b;
    buffer_init(&b, BUFFER_LIMIT_DEFAULT);
    struct issue issue = {ISSUE_ERROR_VALUE, 3, SPAN("Income"), 5, 3, SPAN("#N/A"), SPAN(""), 1, 8}, back;
    struct source source = {.index = 9, .path = SPAN("/p"), .name = SPAN("n"), .identity = SPAN("i"), .size = 1ull << 40,
                            .mtime_ns = -5, .state = SOURCE_FAILED, .fault = FAULT_CORRUPT, .reason = SPAN("cut")}, other;
    issue_encode(&b, &issue);
    source_encode(&b, &source);
    struct cursor c;
    cursor_init(&c, buffer_span(&b));
    ck_assert_int_eq(issue_decode(&c, &back), FAULT_NONE);
    ck_assert_int_eq(source_decode(&c, &other), FAULT_NONE);
    ck_assert(cursor_at_end(&c));
    ck_assert_int_eq(back.code, ISSUE_ERROR_VALUE);
    ck_assert(span_is(back.value, "#N/A"));
    ck_assert_uint_eq(back.source, ISSUE_NO_SOURCE);
    ck_assert_uint_eq(back.input, 8);
    ck_assert_int_eq(other.mtime_ns, -5);
    ck_assert_int_eq(other.fault, FAULT_CORRUPT);
    buffer_free(&b);
}
END_TEST

START_TEST(an_issue_of_before_inputs_is_understood)
{
    struct buffer b;
    buffer_init(&b, BUFFER_LIMIT_DEFAULT);
    pack_array(&b, 7);
    pack_u64(&b, ISSUE_DATE_VALUE);
    pack_text(&b, SPAN("Cover"));
    pack_u64(&b, 4);
    pack_u64(&b, 2);
    pack_text(&b, SPAN("45000"));
    pack_text(&b, SPAN(""));
    pack_u64(&b, 1);
    pack_u64(&b, 77); /* what follows */
    struct cursor c;
    struct issue back;
    cursor_init(&c, buffer_span(&b));
    ck_assert_int_eq(issue_decode(&c, &back), FAULT_NONE);
    ck_assert_int_eq(back.code, ISSUE_DATE_VALUE);
    ck_assert_uint_eq(back.input, 0);
    ck_assert_uint_eq(cursor_u64(&c), 77);
    buffer_free(&b);
}
END_TEST

SUITE(wire_job, an_issue_of_before_inputs_is_understood, a_job_survives_its_message_byte_for_byte, functions_have_names_in_any_case,
      identities_that_clash_get_their_folder_then_a_number, issues_and_sources_survive_their_messages)

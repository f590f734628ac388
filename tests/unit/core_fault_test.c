/* SPDX-License-Identifier: MIT */
#include "core/fault.h"

#include "tests/support/suite.h"

START_TEST(a_reason_is_cut_at_a_whole_character)
{
    struct why why;
    char text[1000];
    for (size_t i = 0; i + 2 < sizeof text; i += 3)
        memcpy(text + i, "\xe2\x82\xac", 4);
    ck_assert_int_eq(why_set(&why, FAULT_CORRUPT, "x%s", text), FAULT_CORRUPT);
    ck_assert_uint_eq(strlen(why.text) % 3, 1);
    ck_assert_uint_gt(strlen(why.text), sizeof why.text - 4);
}
END_TEST

START_TEST(a_place_is_kept_once_and_may_be_empty)
{
    struct why why = {0};
    why_at_part(&why, span_make(NULL, 0));
    ck_assert_str_eq(why.part, "");
    why_at_part(&why, SPAN("a.xml"));
    why_at_part(&why, SPAN("b.xml"));
    ck_assert_str_eq(why.part, "a.xml");
    why_at_part(NULL, SPAN("c.xml"));
}
END_TEST

SUITE(core_fault, a_reason_is_cut_at_a_whole_character, a_place_is_kept_once_and_may_be_empty)

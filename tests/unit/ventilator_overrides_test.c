/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"
#include "ventilator/overrides.h"

static enum note_verdict parse(const char *text, struct role_override *role, struct span *word)
{
    return note_parse(span_of(text), role, word);
}

START_TEST(a_note_gives_a_function_wherever_the_word_stands)
{
    static const char *const notes[] = {
        "@max", "Ann Lee:\n@max", "please see below @MAX thanks", "@max, as agreed",
        "[Threaded comment]\n\nYour version of Excel ...\n\nComment:\n    @max"};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        struct role_override role;
        struct span word;
        ck_assert_msg(parse(notes[i], &role, &word) == NOTE_OVERRIDE, "%s", notes[i]);
        ck_assert(!role.is_ignore && role.function == FUNCTION_MAX);
    }
}
END_TEST

START_TEST(a_weighted_average_names_its_weight)
{
    struct role_override role;
    struct span word;
    ck_assert_int_eq(parse("@wavg( C5 )", &role, &word), NOTE_OVERRIDE);
    ck_assert(role.function == FUNCTION_WAVG && span_is(role.weight, "C5"));
    ck_assert_int_eq(parse("@wavg('My Sheet'!C5)", &role, &word), NOTE_OVERRIDE);
    ck_assert(span_is(role.weight, "'My Sheet'!C5"));
    ck_assert_int_eq(parse("@wavg", &role, &word), NOTE_MISTAKE);
    ck_assert_int_eq(parse("@wavg(", &role, &word), NOTE_MISTAKE);
    ck_assert_int_eq(parse("@wavg()", &role, &word), NOTE_MISTAKE);
}
END_TEST

START_TEST(ordinary_notes_and_addresses_are_left_alone)
{
    static const char *const notes[] = {"",
                                        "@",
                                        "Check with finance",
                                        "mail ann@sum.example",
                                        "@Ann please fill in",
                                        "5 @ 3.20",
                                        "Ann:\nsee @Bob and others"};
    for (size_t i = 0; i < sizeof notes / sizeof notes[0]; i++) {
        struct role_override role;
        struct span word;
        ck_assert_msg(parse(notes[i], &role, &word) == NOTE_NOTHING, "%s", notes[i]);
    }
}
END_TEST

START_TEST(a_note_that_is_only_an_unknown_word_is_a_mistake)
{
    struct role_override role;
    struct span word;
    ck_assert_int_eq(parse("Ann:\n@summ", &role, &word), NOTE_MISTAKE);
    ck_assert(span_is(word, "summ"));
}
END_TEST

START_TEST(ignore_is_told_from_the_functions)
{
    struct role_override role;
    struct span word;
    ck_assert_int_eq(parse("@Ignore", &role, &word), NOTE_OVERRIDE);
    ck_assert(role.is_ignore);
}
END_TEST

static const struct book *two_sheets(const char *name, const char *formula)
{
    static struct book_sheet sheets[2];
    static struct defined_name names[1];
    static struct book book;
    sheets[0] = (struct book_sheet){.name = SPAN("Income")};
    sheets[1] = (struct book_sheet){.name = SPAN("Per, head")};
    names[0] = (struct defined_name){
        .name = span_of(name), .formula = span_of(formula), .sheet = UINT32_MAX};
    book = (struct book){.sheets = sheets, .n_sheets = 2, .names = names, .n_names = 1};
    return &book;
}

START_TEST(a_defined_name_may_hold_several_ranges)
{
    struct arena *arena = arena_new(1 << 20);
    struct regions regions;
    struct why why = {0};
    const struct book *book = two_sheets("Sheaf.Max", "Income!$B$2:$C$3,'Per, head'!$D$4");
    ck_assert_int_eq(regions_from_names(book, arena, &regions, &why), FAULT_NONE);
    ck_assert_uint_eq(regions.n, 2);
    ck_assert_uint_eq(regions.items[0].sheet, 0);
    ck_assert_uint_eq(regions.items[0].range.last.row, 2);
    ck_assert_uint_eq(regions.items[1].sheet, 1);
    ck_assert_uint_eq(regions.items[1].range.first.col, 3);
    ck_assert_int_eq(regions.items[1].role.function, FUNCTION_MAX);
    arena_destroy(&arena);
}
END_TEST

START_TEST(a_name_of_ours_that_cannot_be_used_is_a_fault)
{
    struct arena *arena = arena_new(1 << 20);
    struct regions regions;
    struct why why = {0};
    ck_assert_int_eq(
        regions_from_names(two_sheets("sheaf.summ", "Income!$B$2"), arena, &regions, &why),
        FAULT_USAGE);
    ck_assert_ptr_nonnull(strstr(why.text, "sheaf.summ"));
    ck_assert_int_eq(regions_from_names(two_sheets("sheaf.sum", "#REF!"), arena, &regions, &why),
                     FAULT_USAGE);
    ck_assert_int_eq(regions_from_names(two_sheets("sheaf.sum", "Gone!A1"), arena, &regions, &why),
                     FAULT_USAGE);
    ck_assert_int_eq(regions_from_names(two_sheets("sheafs", "#REF!"), arena, &regions, &why),
                     FAULT_NONE);
    ck_assert_uint_eq(regions.n, 0);
    arena_destroy(&arena);
}
END_TEST

START_TEST(ranges_of_the_command_line_name_a_sheet_or_all)
{
    struct arena *arena = arena_new(1 << 20);
    struct regions regions;
    struct why why = {0};
    struct span ranges[] = {SPAN("B2:F9"), SPAN("income!A:A")};
    struct job job = {.ranges = ranges, .n_ranges = 2};
    const struct book *book = two_sheets("x", "1");
    ck_assert_int_eq(regions_from_ranges(&job, book, arena, &regions, &why), FAULT_NONE);
    ck_assert_uint_eq(regions.n, 2);
    ck_assert(regions.items[0].sheet == EVERY_SHEET && regions.items[1].sheet == 0);
    ranges[0] = SPAN("Outcome!B2");
    ck_assert_int_eq(regions_from_ranges(&job, book, arena, &regions, &why), FAULT_USAGE);
    ck_assert_ptr_nonnull(strstr(why.text, "Outcome!B2"));
    arena_destroy(&arena);
}
END_TEST

SUITE(ventilator_overrides, a_note_gives_a_function_wherever_the_word_stands,
      a_weighted_average_names_its_weight, ordinary_notes_and_addresses_are_left_alone,
      a_note_that_is_only_an_unknown_word_is_a_mistake, ignore_is_told_from_the_functions,
      a_defined_name_may_hold_several_ranges, a_name_of_ours_that_cannot_be_used_is_a_fault,
      ranges_of_the_command_line_name_a_sheet_or_all)

/* SPDX-License-Identifier: MIT
 *
 * Fields in quotes and without, and the alias files made of them.
 */
#include <string.h>

#include "cli/alias_file.h"
#include "cli/fields.h"
#include "tests/support/suite.h"

static struct invocation asked;

static void begin(void)
{
    asked = (struct invocation){0};
    job_init(&asked.job);
}

static void end(void)
{
    invocation_free(&asked);
}

static void expect_pair(uint32_t at, const char *from, const char *to)
{
    const struct stack_options *stack = &asked.job.stack;
    ck_assert_uint_lt(at, stack->n_column_aliases);
    ck_assert_msg(span_is(stack->column_aliases[at].from, from), "%.*s", SPAN_ARGS(stack->column_aliases[at].from));
    ck_assert_msg(span_is(stack->column_aliases[at].to, to), "%.*s", SPAN_ARGS(stack->column_aliases[at].to));
}

/* Reads `text`, which must give these pairs (NULL at the end). */
static void expect_pairs(const char *text, const char *const *pairs)
{
    uint32_t n = 0;
    begin();
    ck_assert_msg(alias_text_read(&asked, span_of(text)), "%s", asked.wrong);
    for (; pairs[2 * n]; n++)
        expect_pair(n, pairs[2 * n], pairs[2 * n + 1]);
    ck_assert_uint_eq(asked.job.stack.n_column_aliases, n);
    end();
}

static void expect_wrong(const char *text, size_t len, const char *words)
{
    begin();
    ck_assert(!alias_text_read(&asked, span_make(text, len)));
    ck_assert_msg(strstr(asked.wrong, words), "%s", asked.wrong);
    end();
}

#define PAIRS(...) (const char *const[]){__VA_ARGS__, NULL, NULL}

START_TEST(comma_tab_and_semicolon_are_found_from_the_first_line)
{
    expect_pairs("Umsatz,Revenue\nOrt,Town\n", PAIRS("Umsatz", "Revenue", "Ort", "Town"));
    expect_pairs("Umsatz, netto\tRevenue\nOrt\tTown; city", PAIRS("Umsatz, netto", "Revenue", "Ort", "Town; city"));
    expect_pairs("Umsatz;Revenue\r\nOrt;Town\r\n", PAIRS("Umsatz", "Revenue", "Ort", "Town"));
}
END_TEST

START_TEST(quotes_hold_delimiters_quotes_and_line_breaks)
{
    expect_pairs("\"a, b\",c\n\"say \"\"hi\"\"\",\"x\ny\"\n", PAIRS("a, b", "c", "say \"hi\"", "x\ny"));
    expect_wrong("a,b\n c , \"d\n", 11, "line 2: a quote is not closed");
}
END_TEST

START_TEST(blanks_around_bare_fields_blank_lines_and_a_byte_order_mark_do_not_count)
{
    expect_pairs("\xEF\xBB\xBF\n\n  a  , b \r\n\r\n\xC2\xA0" "c,\" d \"\n", PAIRS("a", "b", "c", " d "));
    expect_pairs("", PAIRS(NULL));
    expect_pairs("\xEF\xBB\xBF", PAIRS(NULL));
    expect_pairs("a,b", PAIRS("a", "b"));
}
END_TEST

START_TEST(the_same_twice_is_once_and_two_meanings_are_wrong)
{
    expect_pairs("a,b\na,b\n", PAIRS("a", "b"));
    expect_wrong("a,b\nc,d\na,d\n", 12, "line 3: a cannot be both b and d");
}
END_TEST

START_TEST(what_is_wrong_is_told_with_its_line)
{
    expect_wrong("a,b\n\nc\n", 7, "line 3: 1 field where two");
    expect_wrong("a,b\nc,d,e\n", 10, "line 2: 3 fields where two");
    expect_wrong("a,b\n\"x\ny\",z\n,d\n", 16, "line 4: a field is empty");
    expect_wrong("a,b\n\"c,d\n", 9, "line 2: a quote is not closed");
    expect_wrong("\"a\"x,b\n", 7, "line 1: text behind a closing quote");
    expect_wrong("a,b\nc,\xFF\n", 8, "line 2: not UTF-8");
}
END_TEST

START_TEST(a_file_that_is_not_there_says_so)
{
    begin();
    ck_assert(!alias_file_read(&asked, "no-such-folder/aliases.csv"));
    ck_assert_ptr_nonnull(strstr(asked.wrong, "No such file"));
    ck_assert(!alias_file_read(&asked, "/"));
    ck_assert_ptr_nonnull(strstr(asked.wrong, "directory"));
    end();
}
END_TEST

START_TEST(more_fields_than_room_are_counted)
{
    struct fields fields;
    struct span one[1];
    fields_init(&fields, SPAN("a,b,c\nd"), ',');
    ck_assert_uint_eq(fields_next(&fields, one, 1), 3);
    ck_assert(span_is(one[0], "a"));
    ck_assert_uint_eq(fields_next(&fields, one, 1), 1);
    ck_assert(span_is(one[0], "d"));
    ck_assert_uint_eq(fields_next(&fields, one, 1), 0);
    ck_assert_ptr_null(fields.wrong);
    fields_free(&fields);
}
END_TEST

SUITE(cli_alias_file, comma_tab_and_semicolon_are_found_from_the_first_line, quotes_hold_delimiters_quotes_and_line_breaks,
      blanks_around_bare_fields_blank_lines_and_a_byte_order_mark_do_not_count,
      the_same_twice_is_once_and_two_meanings_are_wrong, what_is_wrong_is_told_with_its_line,
      a_file_that_is_not_there_says_so, more_fields_than_room_are_counted)

/* SPDX-License-Identifier: MIT */
#include "ventilator/where.h"

#include <check.h>
#include <stdlib.h>

#include "tests/support/suite.h"

static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">=", "~", "!~"};

/* "[name] >= [text] 12.5", or the fault's words. */
static const char *parsed(const char *text, struct buffer *out)
{
    struct arena *arena = arena_new(1 << 20);
    struct where where;
    struct why why = {0};
    buffer_clear(out);
    if (where_parse(span_of(text), arena, &where, &why) == FAULT_NONE) {
        buffer_putf(out, "[%.*s] %s [%.*s]", SPAN_ARGS(where.name), signs[where.condition.op], SPAN_ARGS(where.condition.text));
        if (where.condition.has_number)
            buffer_putf(out, " %.10g", where.condition.number);
    } else {
        ck_assert_int_eq(why.fault, FAULT_USAGE);
        buffer_put_text(out, why.text);
    }
    arena_destroy(&arena);
    return buffer_text(out);
}

#define WHERE(text, expected)                           \
    do {                                                \
        struct buffer out;                              \
        buffer_init(&out, BUFFER_LIMIT_DEFAULT);        \
        ck_assert_str_eq(parsed(text, &out), expected); \
        buffer_free(&out);                              \
    } while (0)

START_TEST(every_operator_is_told_apart)
{
    WHERE("a=b", "[a] = [b]");
    WHERE("a == b", "[a] = [b]");
    WHERE("a != b", "[a] != [b]");
    WHERE("a <> b", "[a] != [b]");
    WHERE("a<b", "[a] < [b]");
    WHERE("a <= b", "[a] <= [b]");
    WHERE("a>b", "[a] > [b]");
    WHERE("a>=b", "[a] >= [b]");
    WHERE("a ~ b*", "[a] ~ [b*]");
    WHERE("a!~?b", "[a] !~ [?b]");
    WHERE("a = =b", "[a] = [=b]");
}
END_TEST

START_TEST(names_may_hold_blanks_and_when_quoted_anything)
{
    WHERE("  Unit price  <  5 ", "[Unit price] < [5] 5");
    WHERE("'a=b' = 1", "[a=b] = [1] 1");
    WHERE("\"it's\"='x'", "[it's] = [x]");
    WHERE("'it''s' != \"say \"\"no\"\"\"", "[it's] != [say \"no\"]");
    WHERE("Wow! = 1", "[Wow!] = [1] 1");
    WHERE("K\xC3\xA4se = \xC3\x84", "[K\xC3\xA4se] = [\xC3\xA4]");
}
END_TEST

START_TEST(values_are_numbers_dates_or_texts)
{
    WHERE("a = 12.50", "[a] = [12.50] 12.5");
    WHERE("a < -1e3", "[a] < [-1e3] -1000");
    WHERE("a = '12.50'", "[a] = [12.50]");
    WHERE("a >= 2024-07-31", "[a] >= [2024-07-31] 45504");
    WHERE("a >= 2024-07-31T12:00:00", "[a] >= [2024-07-31t12:00:00] 45504.5");
    WHERE("a = 2024-13-31", "[a] = [2024-13-31]");
    WHERE("a = 12:30", "[a] = [12:30]");
    WHERE("a = 007", "[a] = [007] 7");
    WHERE("a ~ 12", "[a] ~ [12]");
    WHERE("a = nan", "[a] = [nan]");
    WHERE("a = ZUR  ich", "[a] = [zur ich]");
}
END_TEST

START_TEST(no_value_asks_for_blank_cells)
{
    WHERE("a=", "[a] = []");
    WHERE("a != ", "[a] != []");
    WHERE("a = ''", "[a] = []");
    WHERE("a >", "--where \"a >\": there is no value to compare with");
    WHERE("a ~", "--where \"a ~\": there is no value to compare with");
}
END_TEST

START_TEST(what_is_no_condition_is_refused_in_words)
{
    WHERE("", "--where \"\": say NAME OP VALUE, with OP one of = != < <= > >= ~ !~");
    WHERE("abc", "--where \"abc\": say NAME OP VALUE, with OP one of = != < <= > >= ~ !~");
    WHERE("= 5", "--where \"= 5\": say NAME OP VALUE, with OP one of = != < <= > >= ~ !~");
    WHERE("'' = 5", "--where \"'' = 5\": say NAME OP VALUE, with OP one of = != < <= > >= ~ !~");
    WHERE("'a = 5", "--where \"'a = 5\": the name's quote is not closed");
    WHERE("'a' 5", "--where \"'a' 5\": say NAME OP VALUE, with OP one of = != < <= > >= ~ !~");
    WHERE("a = '5", "--where \"a = '5\": the value's quote is not closed at its end");
    WHERE("a = '5' x", "--where \"a = '5' x\": the value's quote is not closed at its end");
    WHERE("a = \xFF", "--where: the condition is no text of at most 65536 bytes");
}
END_TEST

SUITE(ventilator_where, every_operator_is_told_apart, names_may_hold_blanks_and_when_quoted_anything, values_are_numbers_dates_or_texts,
      no_value_asks_for_blank_cells, what_is_no_condition_is_refused_in_words)

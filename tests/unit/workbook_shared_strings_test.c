/* SPDX-License-Identifier: MIT */
#include "workbook/shared_strings_reader.h"

#include <check.h>
#include <stdlib.h>

#include "core/must.h"
#include "tests/support/sheet_events.h"
#include "tests/support/suite.h"

#define HEAD "<?xml version=\"1.0\"?><sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" count=\"4294967295\">"
#define TAIL "</sst>"

/* Each string in JSON, or the fault: both roads, in pieces of every size up to `document`. */
static const char *read_all(const char *document, struct buffer *out)
{
    struct span bytes = span_of(document);
    struct buffer first;
    buffer_init(&first, BUFFER_LIMIT_DEFAULT);
    for (size_t piece = bytes.len + 1; piece > 0; piece--) {
        for (int has_fast_road = 0; has_fast_road < 2; has_fast_road++) {
            struct why why = {0};
            struct shared_strings *table = strings_from(bytes, piece, has_fast_road, &why);
            buffer_clear(out);
            for (uint32_t i = 0; table && i < shared_strings_count(table); i++)
                utf8_put_json(out, shared_strings_get(table, i));
            if (!table)
                buffer_putf(out, "%s: %s", fault_class(why.fault), why.text);
            shared_strings_destroy(&table);
            if (piece == bytes.len + 1 && !has_fast_road)
                buffer_put(&first, buffer_span(out));
            ck_assert_msg(span_equal(buffer_span(&first), buffer_span(out)), "pieces of %zu, road %d: %s", piece, has_fast_road,
                          buffer_text(out));
        }
    }
    buffer_free(&first);
    return buffer_text(out);
}

#define CHECK_TABLE(document, expected)                      \
    do {                                                     \
        struct buffer out;                                   \
        buffer_init(&out, BUFFER_LIMIT_DEFAULT);             \
        ck_assert_str_eq(read_all(document, &out), expected); \
        buffer_free(&out);                                   \
    } while (0)

START_TEST(plain_and_empty_strings_are_read_in_order)
{
    CHECK_TABLE(HEAD "<si><t>a</t></si><si><t></t></si><si><t/></si><si/><si><t xml:space=\"preserve\"> b </t></si>\n<si> <t>c</t> </si>" TAIL,
                "\"a\"\"\"\"\"\"\"\" b \"\"c\"");
    CHECK_TABLE(HEAD TAIL, "");
    CHECK_TABLE("<sst xmlns=\"http://purl.oclc.org/ooxml/spreadsheetml/main\"/>", "");
}
END_TEST

START_TEST(rich_runs_join_and_phonetic_runs_do_not_count)
{
    CHECK_TABLE(HEAD "<si><r><rPr><sz val=\"11\"/></rPr><t>one </t></r><r><t>two</t></r><rPh sb=\"0\" eb=\"1\"><t>no</t></rPh>"
                     "<phoneticPr fontId=\"1\"/></si><si><t>x</t><rPh sb=\"0\" eb=\"1\"><t>y</t></rPh></si>" TAIL,
                "\"one two\"\"x\"");
}
END_TEST

START_TEST(strings_are_decoded_and_cut_nowhere)
{
    CHECK_TABLE(HEAD "<si><t>&lt;&#x1F600;&amp;amp;</t></si><si><t>a\r\nb\rc</t></si><si><t>_x000A_ _x005F_x000A_ _X000A_ _x00G0_</t></si>"
                     "<si><t><![CDATA[<&]]>&gt;<!-- no -->!</t></si><si><t>_x00<!-- -->41_</t></si>" TAIL,
                "\"<\xF0\x9F\x98\x80&amp;\"\"a\\nb\\nc\"\"\\n _x000A_ _X000A_ _x00G0_\"\"<&>!\"\"A\"");
}
END_TEST

START_TEST(prefixed_tables_are_read_and_foreign_elements_are_not)
{
    CHECK_TABLE("<x:sst xmlns:x=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" xmlns:q=\"urn:q\"><x:si><x:t>a</x:t><q:t>b</q:t></x:si>"
                "<q:si><q:t>c</q:t></q:si></x:sst>",
                "\"a\"");
}
END_TEST

START_TEST(damaged_tables_are_refused)
{
    CHECK_TABLE("<worksheet/>", "corrupt: the part is no shared string table: its root is <worksheet>");
    CHECK_TABLE("", "corrupt: the part is empty");
    CHECK_TABLE(HEAD "<si><t>a", "corrupt: the part is cut off: <t> is never closed");
    CHECK_TABLE(HEAD "<si><t>a</si></t>" TAIL, "corrupt: <t> is closed by </si>");
    CHECK_TABLE(HEAD "<si><t>a</t></si><si><t>\xFF</t></si>" TAIL, "corrupt: shared string 1 has characters that XML does not allow");
    CHECK_TABLE(HEAD "<si><t>&#0;</t></si>" TAIL, "corrupt: bad character reference \"&#0;\"");
    CHECK_TABLE("<!DOCTYPE sst><sst/>", "unsafe_xml: a document type declaration (DOCTYPE) is not allowed in a workbook");
}
END_TEST

static enum fault read_with(const struct budget *budget, const char *item, size_t n, struct shared_strings **ret)
{
    struct why why = {0};
    struct shared_strings_reader *reader = shared_strings_reader_new(budget, true, &why);
    enum fault fault = shared_strings_reader_push(reader, SPAN(HEAD));
    for (size_t i = 0; !fault && i < n; i++)
        fault = shared_strings_reader_push(reader, span_of(item));
    if (!fault)
        fault = shared_strings_reader_push(reader, SPAN(TAIL));
    if (!fault)
        fault = shared_strings_reader_finish(reader, ret);
    shared_strings_reader_destroy(&reader);
    return fault;
}

START_TEST(strings_and_bytes_over_the_budget_are_refused)
{
    struct shared_strings *table = NULL;
    struct budget budget = budget_default;
    budget.strings = 100;
    ck_assert_int_eq(read_with(&budget, "<si><t>abc</t></si>", 101, &table), FAULT_LIMIT);
    ck_assert_int_eq(read_with(&budget, "<si><r><t>abc</t></r></si>", 101, &table), FAULT_LIMIT);
    budget.string_bytes = 300;
    ck_assert_int_eq(read_with(&budget, "<si><t>abcd</t></si>", 100, &table), FAULT_LIMIT);
    ck_assert_int_eq(read_with(&budget, "<si><t>abc</t></si>", 100, &table), FAULT_NONE);
    ck_assert_uint_eq(shared_strings_count(table), 100);
    ck_assert(span_is(shared_strings_get(table, 99), "abc"));
    shared_strings_destroy(&table);
    shared_strings_destroy(&table);
}
END_TEST

START_TEST(a_single_string_has_a_limit_of_its_own)
{
    char *item = must_alloc(3 << 20);
    memset(item, 'x', (3 << 20) - 1);
    memcpy(item, "<si><t>", 7);
    memcpy(item + (3 << 20) - 10, "</t></si>", 9);
    struct shared_strings *table = NULL;
    ck_assert_int_eq(read_with(&budget_default, item, 1, &table), FAULT_LIMIT);
    free(item);
}
END_TEST

START_TEST(many_strings_keep_their_places)
{
    struct buffer document;
    buffer_init(&document, BUFFER_LIMIT_DEFAULT);
    buffer_put_text(&document, HEAD);
    for (unsigned i = 0; i < 50000; i++)
        buffer_putf(&document, i % 3 ? "<si><t>string %u</t></si>" : "<si><r><t>string</t></r><r><t> %u</t></r></si>", i);
    buffer_put_text(&document, TAIL);
    struct why why = {0};
    struct shared_strings *table = strings_from(buffer_span(&document), 4099, true, &why);
    ck_assert_msg(table, "%s", why.text);
    ck_assert_uint_eq(shared_strings_count(table), 50000);
    for (unsigned i = 0; i < 50000; i++) {
        char expected[32];
        snprintf(expected, sizeof expected, "string %u", i);
        ck_assert(span_is(shared_strings_get(table, i), expected));
    }
    shared_strings_destroy(&table);
    buffer_free(&document);
}
END_TEST

SUITE(workbook_shared_strings, plain_and_empty_strings_are_read_in_order, rich_runs_join_and_phonetic_runs_do_not_count,
      strings_are_decoded_and_cut_nowhere, prefixed_tables_are_read_and_foreign_elements_are_not,
      damaged_tables_are_refused, strings_and_bytes_over_the_budget_are_refused, a_single_string_has_a_limit_of_its_own,
      many_strings_keep_their_places)

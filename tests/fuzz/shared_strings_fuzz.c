/* SPDX-License-Identifier: MIT
 *
 * The string table by the complete road and whole, against both roads in pieces: the same strings or the same fault. The
 * first byte chooses the pieces and whether the rest is a document or the inside of a table.
 */
#include <stdint.h>

#include "tests/support/sheet_events.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define IN_TABLE 0x80

static void read_table(struct span document, size_t piece, bool has_fast_road, struct buffer *out)
{
    struct why why = {0};
    struct shared_strings *table = strings_from(document, piece, has_fast_road, &why);
    buffer_clear(out);
    for (uint32_t i = 0; table && i < shared_strings_count(table); i++) {
        must(utf8_valid(shared_strings_get(table, i)));
        utf8_put_json(out, shared_strings_get(table, i));
    }
    if (!table)
        buffer_putf(out, "%s: %s", fault_class(why.fault), why.text);
    shared_strings_destroy(&table);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    struct buffer document, expected, got;
    buffer_init(&document, BUFFER_LIMIT_DEFAULT);
    buffer_init(&expected, BUFFER_LIMIT_DEFAULT);
    buffer_init(&got, BUFFER_LIMIT_DEFAULT);
    bool is_inside = data[0] & IN_TABLE;
    if (is_inside)
        buffer_put_text(&document, "<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">");
    buffer_put(&document, span_make(data + 1, size - 1));
    if (is_inside)
        buffer_put_text(&document, "</sst>");
    read_table(buffer_span(&document), document.len + 1, false, &expected);
    for (int road = 0; road < 2; road++) {
        read_table(buffer_span(&document), (size_t)(data[0] & 0x7F) + 1, road, &got);
        must(span_equal(buffer_span(&expected), buffer_span(&got)));
    }
    buffer_free(&document);
    buffer_free(&expected);
    buffer_free(&got);
    return 0;
}
